/*
 * Units and publication. Planning is one INSERT … SELECT: units crossed with a small temporary table of the plan,
 * in unit order, so that rows and their unique index only ever grow at the end.
 */
#include "store/unit.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"

#include <string.h>

enum {
	BATCH_ADD,
	BATCH_FINISH,
	STANDS,
	ADD,
	PARTNER_ADD,
	GET,
	SET_STATE,
	RECOMMENDER,
	PLAN_TABLE,
	PLAN_CLEAR,
	PLAN_ADD,
	LAST_OBLIGATION,
	PLAN_UNITS,
	PLAN_AGENDA,
	PUBLISH_UNITS
};

static const char *const sql[] = {
	[BATCH_ADD] =
		"INSERT INTO batch (uid, programme_key, sha256, units, reason, actor, imported_at) "
		"VALUES ($1, $2, '', 0, $3, $4, $5)",
	[BATCH_FINISH] = "UPDATE batch SET units = $2, sha256 = $3 WHERE batch_key = $1",
	[STANDS] = "SELECT 1 FROM unit WHERE task_key = $1 AND lead = $2 AND project = $3",
	[ADD] = "INSERT INTO unit (programme_key, task_key, batch_key, seq, project, lead, "
		"recommender, region, class, "
		"owes, state, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
		"'shortlisted', $11)",
	[PARTNER_ADD] = "INSERT INTO partner (unit_key, position, name) VALUES ($1, $2, $3)",
	[GET] = "SELECT unit_key, programme_key, state, lead, recommender, owes, anchor_on FROM "
		"unit "
		"WHERE unit_key "
		"= $1",
	[SET_STATE] = "UPDATE unit SET state = $2, revision = revision + 1 WHERE unit_key = $1",
	[RECOMMENDER] = "SELECT 1 FROM unit WHERE recommender = $1 LIMIT 1",
	[PLAN_TABLE] =
		"CREATE TEMP TABLE IF NOT EXISTS plan (position INTEGER PRIMARY KEY, rule_key "
		"INTEGER NOT NULL, "
		"n INTEGER NOT NULL, months INTEGER NOT NULL, opens_on TEXT NOT NULL, last_day_on "
		"TEXT NOT NULL, "
		"due_on TEXT NOT NULL, due_at INTEGER NOT NULL, provisional INTEGER NOT NULL, "
		"first_step_at INTEGER)",
	[PLAN_CLEAR] = "DELETE FROM temp.plan",
	[PLAN_ADD] = "INSERT INTO temp.plan (rule_key, n, months, opens_on, last_day_on, due_on, "
		     "due_at, provisional, "
		     "first_step_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	[LAST_OBLIGATION] = "SELECT coalesce(max(obligation_key), 0) FROM obligation",
	[PLAN_UNITS] =
		"INSERT INTO obligation (unit_key, rule_key, n, months, opens_on, last_day_on, "
		"due_on, due_at, "
		"provisional, state, next_step_at) "
		"SELECT unit.unit_key, p.rule_key, p.n, p.months, p.opens_on, p.last_day_on, "
		"p.due_on, p.due_at, "
		"p.provisional, 'scheduled', p.first_step_at FROM unit CROSS JOIN temp.plan AS p "
		"WHERE unit.programme_key = $1 AND unit.state = 'shortlisted' AND unit.owes = 1 "
		"ORDER BY unit.unit_key, p.position",
	[PLAN_AGENDA] = "INSERT INTO agenda (at, obligation_key) SELECT next_step_at, "
			"obligation_key FROM obligation "
			"WHERE obligation_key > $1 AND next_step_at IS NOT NULL",
	[PUBLISH_UNITS] =
		"UPDATE unit SET state = 'delivering', anchor_on = $2, window_end_on = $3, "
		"revision = revision + 1 WHERE programme_key = $1 AND state = 'shortlisted'",
};

enum fault batch_add(struct store *store, const struct batch_row *batch, int64_t now_at,
		     int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, BATCH_ADD);
	query_blob(&q, 1, batch->uid, sizeof(batch->uid));
	query_int(&q, 2, batch->programme_key);
	query_text(&q, 3, batch->reason);
	query_text(&q, 4, batch->actor);
	query_int(&q, 5, now_at);
	enum fault fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault batch_finish(struct store *store, int64_t key, int64_t units, const char *sha256,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, BATCH_FINISH);
	query_int(&q, 1, key);
	query_int(&q, 2, units);
	query_text(&q, 3, sha256);
	return query_run(&q, problem);
}

static enum fault add_partners(struct store *store, int64_t key, const struct unit_new *unit,
			       struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < unit->n_partners; i++) {
		struct query q = query_begin(store, TABLE_UNIT, sql, PARTNER_ADD);
		query_int(&q, 1, key);
		query_int(&q, 2, (int64_t)i + 1);
		query_text(&q, 3, unit->partner[i]);
		fault = query_run(&q, problem);
	}
	return fault;
}

enum fault unit_stands(struct store *store, int64_t task_key, const char *lead, const char *project,
		       bool *stands, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, STANDS);
	query_int(&q, 1, task_key);
	query_text(&q, 2, lead);
	query_text(&q, 3, project);
	*stands = query_row(&q);
	return query_end(&q, problem);
}

enum fault unit_add(struct store *store, const struct unit_new *unit, int64_t now_at, int64_t *key,
		    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, ADD);
	query_int(&q, 1, unit->programme_key);
	query_int(&q, 2, unit->task_key);
	query_int(&q, 3, unit->batch_key);
	query_text(&q, 4, unit->seq);
	query_text(&q, 5, unit->project);
	query_text(&q, 6, unit->lead);
	query_text(&q, 7, unit->recommender);
	query_text(&q, 8, unit->region);
	query_text(&q, 9, unit->class_id);
	query_int(&q, 10, unit->owes);
	query_int(&q, 11, now_at);
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	*key = query_last_key(store);
	return add_partners(store, *key, unit, problem);
}

enum fault unit_get(struct store *store, int64_t key, struct unit_row *out, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, GET);
	*out = (struct unit_row){ .key = 0 };
	query_int(&q, 1, key);
	if (query_row(&q)) {
		out->key = query_col_int(&q, 0);
		out->programme_key = query_col_int(&q, 1);
		INVARIANT(unit_state_parse(query_col_text(&q, 2), &out->state));
		text_copy(out->lead, sizeof(out->lead), query_col_text(&q, 3));
		text_copy(out->recommender, sizeof(out->recommender), query_col_text(&q, 4));
		out->owes = query_col_int(&q, 5) != 0;
		if (!query_col_null(&q, 6))
			INVARIANT(civil_parse(query_col_text(&q, 6), &out->anchor_on));
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no unit un_%lld",
				   (long long)key);
	return fault;
}

enum fault unit_set_state(struct store *store, int64_t key, enum unit_state state,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, SET_STATE);
	query_int(&q, 1, key);
	query_text(&q, 2, unit_state_name(state));
	return query_run(&q, problem);
}

enum fault recommender_known(struct store *store, const char *name, bool *known,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, RECOMMENDER);
	query_text(&q, 1, name);
	*known = query_row(&q);
	return query_end(&q, problem);
}

static enum fault run_simple(struct store *store, unsigned id, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, id);
	return query_run(&q, problem);
}

static enum fault fill_plan(struct store *store, const struct publication *publication,
			    struct problem *problem)
{
	enum fault fault = run_simple(store, PLAN_TABLE, problem);
	if (fault == FAULT_NONE)
		fault = run_simple(store, PLAN_CLEAR, problem);
	for (size_t i = 0; fault == FAULT_NONE && i < publication->n_rows; i++) {
		const struct plan_row *row = &publication->rows[i];
		char opens_on[CIVIL_DATE_BYTES], last_day_on[CIVIL_DATE_BYTES],
			due_on[CIVIL_DATE_BYTES];
		civil_write(row->opens_on, opens_on);
		civil_write(row->last_day_on, last_day_on);
		civil_write(row->due_on, due_on);
		struct query q = query_begin(store, TABLE_UNIT, sql, PLAN_ADD);
		query_int(&q, 1, row->rule_key);
		query_int(&q, 2, row->n);
		query_int(&q, 3, row->months);
		query_text(&q, 4, opens_on);
		query_text(&q, 5, last_day_on);
		query_text(&q, 6, due_on);
		query_int(&q, 7, civil_end_at(row->due_on));
		query_int(&q, 8, row->provisional);
		if (row->first_step_at)
			query_int(&q, 9, row->first_step_at);
		fault = query_run(&q, problem);
	}
	return fault;
}

static enum fault last_obligation(struct store *store, int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, LAST_OBLIGATION);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

static enum fault run_keyed(struct store *store, unsigned id, int64_t key, int64_t *rows,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, id);
	query_int(&q, 1, key);
	enum fault fault = query_run(&q, problem);
	if (rows)
		*rows = query_changed(store);
	return fault;
}

static enum fault publish_units(struct store *store, struct publication *publication,
				struct problem *problem)
{
	char anchor_on[CIVIL_DATE_BYTES], window_end_on[CIVIL_DATE_BYTES];
	civil_write(publication->anchor_on, anchor_on);
	civil_write(publication->window_end_on, window_end_on);
	struct query q = query_begin(store, TABLE_UNIT, sql, PUBLISH_UNITS);
	query_int(&q, 1, publication->programme_key);
	query_text(&q, 2, anchor_on);
	query_text(&q, 3, window_end_on);
	enum fault fault = query_run(&q, problem);
	publication->units = query_changed(store);
	return fault;
}

enum fault publication_apply(struct store *store, struct publication *publication,
			     struct problem *problem)
{
	int64_t before = 0;
	enum fault fault = fill_plan(store, publication, problem);
	if (fault == FAULT_NONE)
		fault = last_obligation(store, &before, problem);
	if (fault == FAULT_NONE)
		fault = run_keyed(store, PLAN_UNITS, publication->programme_key,
				  &publication->obligations, problem);
	if (fault == FAULT_NONE)
		fault = run_keyed(store, PLAN_AGENDA, before, NULL, problem);
	if (fault == FAULT_NONE)
		fault = publish_units(store, publication, problem);
	return fault;
}
