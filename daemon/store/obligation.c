/*
 * Obligation rows. The agenda row and obligation.next_step_at move together, here and nowhere else.
 */
#include "store/obligation.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/known.h"
#include "store/query.h"

#include <string.h>

enum {
	GET,
	FILE_IT,
	SET_STATE,
	AGENDA_DELETE,
	AGENDA_ADD,
	AGENDA_MOVE,
	SET_PLACE,
	AGENDA_DUE,
	AGENDA_SHIFT,
	AGENDA_SWEEP,
	AGENDA_NEXT,
	AGENDA_BEFORE,
	REPLAN_NEXT,
	SET_DATES,
	SET_REVIEW,
	ADD,
	NEXT_N
};

static const char *const sql[] = {
	/* Of its rule and batch see known.h. */
	[GET] = "SELECT o.obligation_key, o.unit_key, o.rule_key, u.programme_key, o.n, "
		"o.opens_on, o.due_on, o.due_at, o.state, o.revision, o.next_step_at, u.state, "
		"u.batch_key, u.recommender, u.anchor_on, o.last_day_on, o.held_until_at, "
		"o.submitted_at, o.returned_at, o.granted_on, o.review_due_on, o.milestone, "
		"o.provisional, u.window_end_on, o.months, o.shift_months, o.base_on, u.endpoints "
		"FROM obligation AS o JOIN unit AS u ON u.unit_key = o.unit_key "
		"WHERE o.obligation_key = $1",
	/* By far the most of them are filings: that statement writes what a filing changes and asks nothing. */
	[FILE_IT] = "UPDATE obligation SET state = 'submitted', submitted_at = $2, "
		    "review_due_on = $3, review_due_at = $4, next_step_at = $5, "
		    "held_until_at = NULL WHERE obligation_key = $1",
	[SET_STATE] = "UPDATE obligation SET state = $2, "
		      "returned_at = CASE WHEN $2 = 'returned' THEN $3 ELSE returned_at END, "
		      "accepted_at = CASE WHEN $2 = 'accepted' THEN $3 ELSE accepted_at END, "
		      "review_due_on = NULL, review_due_at = NULL, "
		      "next_step_at = CASE WHEN $4 = 1 THEN next_step_at END, "
		      "held_until_at = CASE WHEN $4 = 1 THEN held_until_at END "
		      "WHERE obligation_key = $1",
	[SET_REVIEW] = "UPDATE obligation SET review_due_on = $2, review_due_at = $3 "
		       "WHERE obligation_key = $1",
	[AGENDA_DELETE] = "DELETE FROM agenda WHERE at = $1 AND obligation_key = $2",
	[AGENDA_ADD] = "INSERT INTO agenda (at, obligation_key) VALUES ($1, $2)",
	/* The obligation it belongs to stays: no foreign key is looked up. */
	[AGENDA_MOVE] = "UPDATE agenda SET at = $3 WHERE at = $1 AND obligation_key = $2",
	[SET_PLACE] = "UPDATE obligation SET next_step_at = $2, held_until_at = $3 "
		      "WHERE obligation_key = $1",
	[AGENDA_DUE] = "SELECT obligation_key FROM agenda WHERE at <= $1 ORDER BY at, "
		       "obligation_key LIMIT $2",
	[AGENDA_SWEEP] = "DELETE FROM agenda WHERE obligation_key = $1",
	[AGENDA_SHIFT] = "UPDATE agenda SET at = $2 WHERE obligation_key = $1",
	[AGENDA_BEFORE] = "SELECT count(*) FROM agenda WHERE at < $1",
	[AGENDA_NEXT] = "SELECT at FROM agenda ORDER BY at LIMIT 1",
	[REPLAN_NEXT] = "SELECT obligation_key FROM obligation WHERE obligation_key > $1 AND "
			"(state = 'scheduled' OR state = 'open' OR state = 'submitted' OR state = "
			"'returned') ORDER BY obligation_key LIMIT 1",
	[SET_DATES] = "UPDATE obligation SET opens_on = $2, last_day_on = $3, due_on = $4, due_at "
		      "= $5, provisional = $6, "
		      "revision = revision + $7, granted_on = $8 WHERE obligation_key = $1",
	[ADD] = "INSERT INTO obligation (unit_key, rule_key, n, months, opens_on, last_day_on, "
		"due_on, due_at, provisional, state, milestone) "
		"VALUES ($1, $2, $3, 0, $4, $5, $6, $7, $8, 'scheduled', $9)",
	/* Of all versions of the rule: n is a part of the webhook-id, which does not name the version. */
	[NEXT_N] = "SELECT coalesce(max(o.n), 0) + 1 FROM obligation AS o JOIN rule AS r ON "
		   "r.rule_key = o.rule_key WHERE o.unit_key = $1 AND r.id = "
		   "(SELECT id FROM rule WHERE rule_key = $2)",
};

static int32_t col_day(const struct query *q, int column)
{
	int32_t day = 0;
	INVARIANT(civil_parse(query_col_text(q, column), &day));
	return day;
}

/* 0 for NULL: 1 January 1970 is no day of any programme. */
static int32_t col_day_or_none(const struct query *q, int column)
{
	return query_col_null(q, column) ? 0 : col_day(q, column);
}

static void bind_day(struct query *q, int n, int32_t day, char text[CIVIL_DATE_BYTES])
{
	if (day == 0)
		return;
	civil_write(day, text);
	query_text(q, n, text);
}

static void read_course(const struct query *q, struct obligation_row *out)
{
	out->anchor_on = col_day_or_none(q, 14);
	out->last_day_on = col_day(q, 15);
	out->held_until_at = query_col_int(q, 16);
	out->submitted_at = query_col_int(q, 17);
	out->returned_at = query_col_int(q, 18);
	out->granted_on = col_day_or_none(q, 19);
	out->review_due_on = col_day_or_none(q, 20);
	out->milestone = (int)query_col_int(q, 21);
	out->provisional = query_col_int(q, 22) != 0;
	out->window_end_on = col_day_or_none(q, 23);
	out->months = (int)query_col_int(q, 24);
	out->shift_months = (int)query_col_int(q, 25);
	out->base_on = col_day_or_none(q, 26);
	out->unit_endpoints = query_col_int(q, 27);
}

static void read_row(const struct query *q, struct obligation_row *out)
{
	out->key = query_col_int(q, 0);
	out->unit_key = query_col_int(q, 1);
	out->rule_key = query_col_int(q, 2);
	out->programme_key = query_col_int(q, 3);
	out->n = (int)query_col_int(q, 4);
	out->opens_on = col_day(q, 5);
	out->due_on = col_day(q, 6);
	out->due_at = query_col_int(q, 7);
	INVARIANT(obligation_state_parse(query_col_text(q, 8), &out->state));
	out->revision = query_col_int(q, 9);
	out->next_step_at = query_col_int(q, 10);
	out->next_cleared = out->next_step_at == 0;
	INVARIANT(unit_state_parse(query_col_text(q, 11), &out->unit_state));
	text_copy(out->recommender, sizeof(out->recommender), query_col_text(q, 13));
	read_course(q, out);
}

/* What its rule and its batch say. */
static enum fault add_known(struct store *store, int64_t batch_key, struct obligation_row *out,
			    struct problem *problem)
{
	const struct known_rule *rule;
	const struct known_batch *batch;
	enum fault fault = known_rule_get(store, out->rule_key, &rule, problem);
	if (fault != FAULT_NONE)
		return fault;
	out->kind = rule->kind;
	out->satisfied_by_acceptance = rule->satisfied_by_acceptance;
	out->reviewer = rule->reviewer;
	text_copy(out->rule_id, sizeof(out->rule_id), rule->id);
	fault = known_batch_get(store, batch_key, &batch, problem);
	if (fault == FAULT_NONE)
		memcpy(out->batch_uid, batch->uid, sizeof(out->batch_uid));
	return fault;
}

enum fault obligation_get(struct store *store, int64_t key, struct obligation_row *out,
			  struct problem *problem)
{
	int64_t batch_key = 0;
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, GET);
	query_int(&q, 1, key);
	out->key = 0;
	if (query_row(&q)) {
		read_row(&q, out);
		batch_key = query_col_int(&q, 12);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no obligation ob_%lld",
				   (long long)key);
	return fault == FAULT_NONE ? add_known(store, batch_key, out, problem) : fault;
}

enum fault obligation_set_review(struct store *store, struct obligation_row *row,
				 int32_t review_due_on, struct problem *problem)
{
	char text[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SET_REVIEW);
	query_int(&q, 1, row->key);
	bind_day(&q, 2, review_due_on, text);
	if (review_due_on)
		query_int(&q, 3, civil_end_at(review_due_on));
	row->review_due_on = review_due_on;
	return query_run(&q, problem);
}

static enum fault run_three(struct store *store, unsigned id, int64_t a, int64_t b, int64_t c,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, id);
	query_int(&q, 1, a);
	if (b)
		query_int(&q, 2, b);
	if (c)
		query_int(&q, 3, c);
	return query_run(&q, problem);
}

static enum fault run_pair(struct store *store, unsigned id, int64_t a, int64_t b,
			   struct problem *problem)
{
	return run_three(store, id, a, b, 0, problem);
}

static enum fault set_place(struct store *store, int64_t key, int64_t next_at,
			    int64_t held_until_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SET_PLACE);
	query_int(&q, 1, key);
	if (next_at)
		query_int(&q, 2, next_at);
	if (held_until_at)
		query_int(&q, 3, held_until_at);
	return query_run(&q, problem);
}

static enum fault agenda_row_move(struct store *store, int64_t key, int64_t from_at, int64_t to_at,
				  struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	if (from_at == to_at)
		return fault;
	if (!from_at)
		return run_pair(store, AGENDA_ADD, to_at, key, problem);
	if (to_at)
		fault = run_three(store, AGENDA_MOVE, from_at, key, to_at, problem);
	else
		fault = run_pair(store, AGENDA_DELETE, from_at, key, problem);
	if (fault != FAULT_NONE || query_changed(store) > 0)
		return fault;
	/* One that was put aside stands elsewhere. */
	fault = run_pair(store, AGENDA_SWEEP, key, 0, problem);
	return fault == FAULT_NONE && to_at ? run_pair(store, AGENDA_ADD, to_at, key, problem)
					    : fault;
}

static enum fault agenda_place(struct store *store, struct obligation_row *row, int64_t next_at,
			       int64_t held_until_at, struct problem *problem)
{
	if (row->next_step_at == next_at && row->held_until_at == held_until_at)
		return FAULT_NONE;
	enum fault fault = agenda_row_move(
		store, row->key, row->held_until_at ? row->held_until_at : row->next_step_at,
		held_until_at ? held_until_at : next_at, problem);
	bool written = !next_at && !held_until_at && row->next_cleared;
	if (fault == FAULT_NONE && !written)
		fault = set_place(store, row->key, next_at, held_until_at, problem);
	if (fault != FAULT_NONE)
		return fault;
	row->next_step_at = next_at;
	row->held_until_at = held_until_at;
	row->next_cleared = !next_at && !held_until_at;
	return FAULT_NONE;
}

enum fault obligation_file(struct store *store, struct obligation_row *row,
			   const struct review_start *review, int64_t now_at,
			   struct problem *problem)
{
	char text[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, FILE_IT);
	query_int(&q, 1, row->key);
	query_int(&q, 2, now_at);
	if (review->due_on) {
		bind_day(&q, 3, review->due_on, text);
		query_int(&q, 4, civil_end_at(review->due_on));
	}
	if (review->next_at)
		query_int(&q, 5, review->next_at);
	enum fault fault = query_run(&q, problem);
	if (fault == FAULT_NONE)
		fault = agenda_row_move(store, row->key,
					row->held_until_at ? row->held_until_at : row->next_step_at,
					review->next_at, problem);
	row->state = OBLIGATION_SUBMITTED;
	row->submitted_at = now_at;
	row->review_due_on = review->due_on;
	row->next_step_at = review->next_at;
	row->held_until_at = 0;
	row->next_cleared = review->next_at == 0;
	return fault;
}

enum fault obligation_set_state(struct store *store, struct obligation_row *row,
				enum obligation_state state, int64_t now_at,
				struct problem *problem)
{
	INVARIANT(state != OBLIGATION_SUBMITTED);
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SET_STATE);
	query_int(&q, 1, row->key);
	query_text(&q, 2, obligation_state_name(state));
	query_int(&q, 3, now_at);
	query_int(&q, 4, obligation_is_owed(state));
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	row->state = state;
	row->next_cleared |= !obligation_is_owed(state);
	if (state == OBLIGATION_RETURNED)
		row->returned_at = now_at;
	return FAULT_NONE;
}

enum fault agenda_move(struct store *store, struct obligation_row *row, int64_t next_at,
		       struct problem *problem)
{
	return agenda_place(store, row, next_at, row->held_until_at, problem);
}

enum fault agenda_hold(struct store *store, struct obligation_row *row, int64_t held_until_at,
		       struct problem *problem)
{
	return agenda_place(store, row, row->next_step_at, held_until_at, problem);
}

enum fault agenda_clear(struct store *store, struct obligation_row *row, struct problem *problem)
{
	return agenda_place(store, row, 0, 0, problem);
}

enum fault agenda_due(struct store *store, int64_t now_at, int64_t *keys, size_t max, size_t *n,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, AGENDA_DUE);
	query_int(&q, 1, now_at);
	query_int(&q, 2, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		keys[(*n)++] = query_col_int(&q, 0);
	return query_end(&q, problem);
}

enum fault agenda_put_aside(struct store *store, int64_t key, int64_t next_at,
			    struct problem *problem)
{
	return run_pair(store, AGENDA_SHIFT, key, next_at, problem);
}

enum fault agenda_next(struct store *store, int64_t *next_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, AGENDA_NEXT);
	*next_at = query_row(&q) ? query_col_int(&q, 0) : INT64_MAX;
	return query_end(&q, problem);
}

enum fault agenda_before(struct store *store, int64_t at, int64_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, AGENDA_BEFORE);
	query_int(&q, 1, at);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault replan_next(struct store *store, int64_t after_key, int64_t *key,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, REPLAN_NEXT);
	query_int(&q, 1, after_key);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault obligation_set_dates(struct store *store, int64_t key,
				const struct obligation_dates *dates, struct problem *problem)
{
	char opens_on[CIVIL_DATE_BYTES], last_day_on[CIVIL_DATE_BYTES], due_on[CIVIL_DATE_BYTES],
		granted_on[CIVIL_DATE_BYTES];
	civil_write(dates->opens_on, opens_on);
	civil_write(dates->last_day_on, last_day_on);
	civil_write(dates->due_on, due_on);
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SET_DATES);
	query_int(&q, 1, key);
	query_text(&q, 2, opens_on);
	query_text(&q, 3, last_day_on);
	query_text(&q, 4, due_on);
	query_int(&q, 5, civil_end_at(dates->due_on));
	query_int(&q, 6, dates->provisional);
	query_int(&q, 7, dates->moved);
	bind_day(&q, 8, dates->granted_on, granted_on);
	return query_run(&q, problem);
}

static enum fault next_n(struct store *store, const struct obligation_new *fresh, int *n,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, NEXT_N);
	query_int(&q, 1, fresh->unit_key);
	query_int(&q, 2, fresh->rule_key);
	*n = query_row(&q) ? (int)query_col_int(&q, 0) : 1;
	return query_end(&q, problem);
}

enum fault obligation_add(struct store *store, const struct obligation_new *fresh, int64_t *key,
			  struct problem *problem)
{
	char opens_on[CIVIL_DATE_BYTES], last_day_on[CIVIL_DATE_BYTES], due_on[CIVIL_DATE_BYTES];
	int n = fresh->n;
	enum fault fault = n ? FAULT_NONE : next_n(store, fresh, &n, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, ADD);
	query_int(&q, 1, fresh->unit_key);
	query_int(&q, 2, fresh->rule_key);
	query_int(&q, 3, n);
	bind_day(&q, 4, fresh->opens_on, opens_on);
	bind_day(&q, 5, fresh->last_day_on, last_day_on);
	bind_day(&q, 6, fresh->due_on, due_on);
	query_int(&q, 7, civil_end_at(fresh->due_on));
	query_int(&q, 8, fresh->provisional);
	if (fresh->milestone)
		query_int(&q, 9, fresh->milestone);
	fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}
