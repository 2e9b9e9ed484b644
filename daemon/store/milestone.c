/*
 * Milestone rows. One that leaves the plan is marked, not deleted: its number may be part of a webhook-id, and an
 * obligation may speak of it.
 */
#include "store/milestone.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"

enum { LIST, NEXT_N, ADD, SET, DROP, OBLIGATION };

static const char *const sql[] = {
	[LIST] = "SELECT n, name, weight, percent, planned_on, actual_on FROM milestone "
		 "WHERE unit_key = $1 AND dropped = 0 ORDER BY n",
	[NEXT_N] = "SELECT coalesce(max(n), 0) + 1 FROM milestone WHERE unit_key = $1",
	[ADD] = "INSERT INTO milestone (unit_key, n, name, weight, percent, planned_on, actual_on) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7)",
	[SET] = "UPDATE milestone SET name = $3, weight = $4, percent = $5, planned_on = $6, "
		"actual_on = $7 WHERE unit_key = $1 AND n = $2",
	[DROP] = "UPDATE milestone SET dropped = 1 WHERE unit_key = $1 AND n = $2",
	[OBLIGATION] = "SELECT o.obligation_key FROM obligation AS o JOIN rule AS r ON r.rule_key "
		       "= o.rule_key WHERE o.unit_key = $1 AND r.id = $2 AND o.milestone = $3 AND "
		       "o.state <> 'cancelled'",
};

static void read_row(const struct query *q, struct milestone *out)
{
	*out = (struct milestone){ .n = (int)query_col_int(q, 0),
				   .weight = (int)query_col_int(q, 2),
				   .percent = (int)query_col_int(q, 3) };
	text_copy(out->name, sizeof(out->name), query_col_text(q, 1));
	INVARIANT(civil_parse(query_col_text(q, 4), &out->planned_on));
	if (!query_col_null(q, 5))
		INVARIANT(civil_parse(query_col_text(q, 5), &out->actual_on));
}

enum fault milestones_get(struct store *store, int64_t unit_key,
			  struct milestone out[MILESTONES_MAX], size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MILESTONE, sql, LIST);
	query_int(&q, 1, unit_key);
	*n = 0;
	bool full = false;
	while (!full && query_row(&q)) {
		full = *n == MILESTONES_MAX;
		if (!full)
			read_row(&q, &out[(*n)++]);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && full)
		return problem_set(problem, FAULT_CORRUPT, "un_%lld has more than %d milestones",
				   (long long)unit_key, MILESTONES_MAX);
	return fault;
}

static enum fault write_row(struct store *store, unsigned id, int64_t unit_key,
			    const struct milestone *milestone, struct problem *problem)
{
	char planned_on[CIVIL_DATE_BYTES], actual_on[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_MILESTONE, sql, id);
	civil_write(milestone->planned_on, planned_on);
	query_int(&q, 1, unit_key);
	query_int(&q, 2, milestone->n);
	query_text(&q, 3, milestone->name);
	query_int(&q, 4, milestone->weight);
	query_int(&q, 5, milestone->percent);
	query_text(&q, 6, planned_on);
	if (milestone->actual_on) {
		civil_write(milestone->actual_on, actual_on);
		query_text(&q, 7, actual_on);
	}
	return query_run(&q, problem);
}

enum fault milestone_add(struct store *store, int64_t unit_key, struct milestone *milestone,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MILESTONE, sql, NEXT_N);
	query_int(&q, 1, unit_key);
	milestone->n = query_row(&q) ? (int)query_col_int(&q, 0) : 1;
	enum fault fault = query_end(&q, problem);
	return fault == FAULT_NONE ? write_row(store, ADD, unit_key, milestone, problem) : fault;
}

enum fault milestone_set(struct store *store, int64_t unit_key, const struct milestone *milestone,
			 struct problem *problem)
{
	return write_row(store, SET, unit_key, milestone, problem);
}

enum fault milestone_drop(struct store *store, int64_t unit_key, int n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MILESTONE, sql, DROP);
	query_int(&q, 1, unit_key);
	query_int(&q, 2, n);
	return query_run(&q, problem);
}

enum fault milestone_obligation(struct store *store, int64_t unit_key, const char *rule_id, int n,
				int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MILESTONE, sql, OBLIGATION);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, rule_id);
	query_int(&q, 3, n);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}
