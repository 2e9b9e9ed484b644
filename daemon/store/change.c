/*
 * Rows of changes, which are only ever added, and of decision tasks, which are opened and closed.
 */
#include "store/change.h"

#include "jiebang/civil.h"
#include "store/query.h"

enum { CHANGE_ADD, CHANGE_COUNT, DECISION_OPEN, DECISION_GET, DECISION_CLOSE };

static const char *const sql[] = {
	[CHANGE_ADD] =
		"INSERT INTO change (programme_key, unit_key, kind, old, new, reason, approver, "
		"doc_no, effective_on, actor, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"$10, $11)",
	[CHANGE_COUNT] = "SELECT count(*) FROM change WHERE unit_key = $1 AND kind = $2",
	[DECISION_OPEN] = "INSERT INTO decision_task (unit_key, cause, window_end_on, opened_at) "
			  "VALUES ($1, 'window_end', $2, $3)",
	[DECISION_GET] = "SELECT task_no, window_end_on FROM decision_task WHERE unit_key = $1 AND "
			 "closed_at IS NULL",
	[DECISION_CLOSE] = "UPDATE decision_task SET closed_at = $2, resolution = $3, closed_by = "
			   "$4 WHERE unit_key = $1 AND closed_at IS NULL",
};

enum fault change_add(struct store *store, const struct change_new *change, int64_t now_at,
		      int64_t *key, struct problem *problem)
{
	char effective_on[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_CHANGE, sql, CHANGE_ADD);
	civil_write(change->effective_on, effective_on);
	query_int(&q, 1, change->programme_key);
	if (change->unit_key)
		query_int(&q, 2, change->unit_key);
	query_text(&q, 3, change->kind);
	query_text(&q, 4, change->old_json);
	query_text(&q, 5, change->new_json);
	query_text(&q, 6, change->reason);
	query_text(&q, 7, change->approver);
	query_text(&q, 8, change->doc_no);
	query_text(&q, 9, effective_on);
	query_text(&q, 10, change->actor);
	query_int(&q, 11, now_at);
	enum fault fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault change_count(struct store *store, int64_t unit_key, const char *kind, int64_t *n,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CHANGE, sql, CHANGE_COUNT);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, kind);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault decision_open(struct store *store, int64_t unit_key, int32_t window_end_on,
			 int64_t now_at, int64_t *task_no, struct problem *problem)
{
	char end_on[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_CHANGE, sql, DECISION_OPEN);
	civil_write(window_end_on, end_on);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, end_on);
	query_int(&q, 3, now_at);
	enum fault fault = query_run(&q, problem);
	*task_no = query_last_key(store);
	return fault;
}

enum fault decision_of_unit(struct store *store, int64_t unit_key, struct decision_row *out,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CHANGE, sql, DECISION_GET);
	*out = (struct decision_row){ .task_no = 0 };
	query_int(&q, 1, unit_key);
	if (query_row(&q)) {
		out->task_no = query_col_int(&q, 0);
		INVARIANT(civil_parse(query_col_text(&q, 1), &out->window_end_on));
	}
	return query_end(&q, problem);
}

enum fault decision_close(struct store *store, int64_t unit_key, const char *resolution,
			  const char *actor, int64_t now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CHANGE, sql, DECISION_CLOSE);
	query_int(&q, 1, unit_key);
	query_int(&q, 2, now_at);
	query_text(&q, 3, resolution);
	query_text(&q, 4, actor);
	return query_run(&q, problem);
}
