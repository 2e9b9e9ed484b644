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
	SET_WINDOW,
	PUBLISHED,
	BESIDE,
	RECOMMENDER,
	PLAN_TABLE,
	PLAN_CLEAR,
	PLAN_ADD,
	LAST_OBLIGATION,
	PLAN_UNITS,
	PLAN_AGENDA,
	PUBLISH_TIMERS,
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
	[GET] = "SELECT u.unit_key, u.programme_key, u.task_key, u.state, u.owes, u.anchor_on, "
		"u.window_end_on, u.window_months, p.id, u.lead, u.project, u.recommender FROM "
		"unit AS u JOIN programme AS p ON p.programme_key = u.programme_key WHERE "
		"u.unit_key = $1",
	[SET_STATE] = "UPDATE unit SET state = $2, revision = revision + 1 WHERE unit_key = $1",
	[SET_WINDOW] = "UPDATE unit SET anchor_on = $2, window_end_on = $3, window_months = $4, "
		       "revision = revision + 1 WHERE unit_key = $1",
	[PUBLISHED] = "SELECT unit_key FROM unit WHERE programme_key = $1 AND unit_key > $2 AND "
		      "anchor_on IS NOT NULL AND (CAST($3 AS TEXT) IS NULL OR anchor_on = $3) "
		      "ORDER BY unit_key LIMIT $4",
	[BESIDE] = "SELECT count(*) FROM unit AS me JOIN task AS mine ON mine.task_key = "
		   "me.task_key JOIN unit AS u ON u.programme_key = me.programme_key JOIN task AS "
		   "t ON t.task_key = u.task_key WHERE me.unit_key = $1 AND u.state = $2 AND ($3 = "
		   "'programme' OR ($3 = 'track' AND t.track_id = mine.track_id) OR ($3 = 'task' "
		   "AND t.task_key = mine.task_key))",
	[RECOMMENDER] = "SELECT 1 FROM unit WHERE recommender = $1 LIMIT 1",
	[PLAN_TABLE] =
		"CREATE TEMP TABLE IF NOT EXISTS plan (position INTEGER PRIMARY KEY, rule_key "
		"INTEGER NOT NULL, "
		"n INTEGER NOT NULL, months INTEGER NOT NULL, opens_on TEXT NOT NULL, last_day_on "
		"TEXT NOT NULL, "
		"due_on TEXT NOT NULL, due_at INTEGER NOT NULL, provisional INTEGER NOT NULL, "
		"first_step_at INTEGER, base_on TEXT)",
	[PLAN_CLEAR] = "DELETE FROM temp.plan",
	[PLAN_ADD] = "INSERT INTO temp.plan (rule_key, n, months, opens_on, last_day_on, due_on, "
		     "due_at, provisional, "
		     "first_step_at, base_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
	[LAST_OBLIGATION] = "SELECT coalesce(max(obligation_key), 0) FROM obligation",
	[PLAN_UNITS] =
		"INSERT INTO obligation (unit_key, rule_key, n, months, opens_on, last_day_on, "
		"due_on, due_at, "
		"provisional, state, next_step_at, base_on, shift_months) "
		"SELECT unit.unit_key, p.rule_key, p.n, p.months, p.opens_on, p.last_day_on, "
		"p.due_on, p.due_at, "
		"p.provisional, 'scheduled', p.first_step_at, p.base_on, $2 FROM unit CROSS JOIN "
		"temp.plan AS p "
		"WHERE unit.programme_key = $1 AND unit.state = 'shortlisted' AND unit.owes = 1 "
		"ORDER BY unit.unit_key, p.position",
	[PLAN_AGENDA] = "INSERT INTO agenda (at, obligation_key) SELECT next_step_at, "
			"obligation_key FROM obligation "
			"WHERE obligation_key > $1 AND next_step_at IS NOT NULL",
	/* Who owes nothing has no window to miss. */
	[PUBLISH_TIMERS] = "INSERT INTO timer (at, kind, key) SELECT $2, 'window_end', unit_key "
			   "FROM unit WHERE programme_key = $1 AND state = 'shortlisted' AND owes "
			   "= 1 ORDER BY unit_key",
	[PUBLISH_UNITS] =
		"UPDATE unit SET state = 'delivering', anchor_on = $2, window_end_on = $3, "
		"window_months = $4, revision = revision + 1 WHERE programme_key = $1 AND state = "
		"'shortlisted'",
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

static void read_unit_row(const struct query *q, struct unit_row *out)
{
	out->key = query_col_int(q, 0);
	out->programme_key = query_col_int(q, 1);
	out->task_key = query_col_int(q, 2);
	INVARIANT(unit_state_parse(query_col_text(q, 3), &out->state));
	out->owes = query_col_int(q, 4) != 0;
	out->published = !query_col_null(q, 5);
	if (out->published) {
		INVARIANT(civil_parse(query_col_text(q, 5), &out->anchor_on));
		INVARIANT(civil_parse(query_col_text(q, 6), &out->window_end_on));
	}
	out->window_months = (int)query_col_int(q, 7);
	text_copy(out->programme_id, sizeof(out->programme_id), query_col_text(q, 8));
	text_copy(out->lead, sizeof(out->lead), query_col_text(q, 9));
	text_copy(out->project, sizeof(out->project), query_col_text(q, 10));
	text_copy(out->recommender, sizeof(out->recommender), query_col_text(q, 11));
}

enum fault unit_get(struct store *store, int64_t key, struct unit_row *out, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, GET);
	*out = (struct unit_row){ .key = 0 };
	query_int(&q, 1, key);
	if (query_row(&q))
		read_unit_row(&q, out);
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

enum fault unit_set_window(struct store *store, const struct unit_row *unit,
			   struct problem *problem)
{
	char anchor_on[CIVIL_DATE_BYTES], window_end_on[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_UNIT, sql, SET_WINDOW);
	civil_write(unit->anchor_on, anchor_on);
	civil_write(unit->window_end_on, window_end_on);
	query_int(&q, 1, unit->key);
	query_text(&q, 2, anchor_on);
	query_text(&q, 3, window_end_on);
	query_int(&q, 4, unit->window_months);
	return query_run(&q, problem);
}

enum fault units_published(struct store *store, int64_t programme_key, const int32_t *anchor_on,
			   int64_t after_key, int64_t *keys, size_t max, size_t *n,
			   struct problem *problem)
{
	char anchor[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_UNIT, sql, PUBLISHED);
	query_int(&q, 1, programme_key);
	query_int(&q, 2, after_key);
	if (anchor_on) {
		civil_write(*anchor_on, anchor);
		query_text(&q, 3, anchor);
	}
	query_int(&q, 4, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		keys[(*n)++] = query_col_int(&q, 0);
	return query_end(&q, problem);
}

enum fault units_beside(struct store *store, int64_t unit_key, enum cap_level level,
			enum unit_state state, int64_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, BESIDE);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, unit_state_name(state));
	query_text(&q, 3, cap_level_name(level));
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
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
			due_on[CIVIL_DATE_BYTES], base_on[CIVIL_DATE_BYTES];
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
		if (row->based) {
			civil_write(row->base_on, base_on);
			query_text(&q, 10, base_on);
		}
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

static enum fault run_pair(struct store *store, unsigned id, int64_t a, int64_t b, int64_t *rows,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, id);
	query_int(&q, 1, a);
	query_int(&q, 2, b);
	enum fault fault = query_run(&q, problem);
	if (rows)
		*rows = query_changed(store);
	return fault;
}

static enum fault plan_agenda(struct store *store, int64_t before, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_UNIT, sql, PLAN_AGENDA);
	query_int(&q, 1, before);
	return query_run(&q, problem);
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
	query_int(&q, 4, publication->window_months);
	enum fault fault = query_run(&q, problem);
	publication->units = query_changed(store);
	return fault;
}

enum fault publication_apply(struct store *store, struct publication *publication,
			     struct problem *problem)
{
	int64_t before = 0, programme_key = publication->programme_key;
	enum fault fault = fill_plan(store, publication, problem);
	if (fault == FAULT_NONE)
		fault = last_obligation(store, &before, problem);
	if (fault == FAULT_NONE)
		fault = run_pair(store, PLAN_UNITS, programme_key, publication->shift_months,
				 &publication->obligations, problem);
	if (fault == FAULT_NONE)
		fault = plan_agenda(store, before, problem);
	if (fault == FAULT_NONE)
		fault = run_pair(store, PUBLISH_TIMERS, programme_key,
				 civil_end_at(publication->window_end_on), NULL, problem);
	if (fault == FAULT_NONE)
		fault = publish_units(store, publication, problem);
	return fault;
}
