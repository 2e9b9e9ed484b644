/*
 * Timer rows, clustered by their instant as the agenda is: asking what is next costs the same however many there are.
 */
#include "store/timer.h"

#include "jiebang/text.h"
#include "store/query.h"

enum { SET, CLEAR, IS_SET, DUE, NEXT };

#define TIMER_ADD "INSERT INTO timer (at, kind, key) VALUES ($1, $2, $3) "

static const char *const sql[] = {
	[SET] = TIMER_ADD "ON CONFLICT (kind, key) DO UPDATE SET at = $1",
	[CLEAR] = "DELETE FROM timer WHERE kind = $1 AND key = $2",
	[IS_SET] = "SELECT 1 FROM timer WHERE kind = $1 AND key = $2",
	[DUE] = "SELECT at, kind, key FROM timer WHERE at <= $1 ORDER BY at, kind, key LIMIT 1",
	[NEXT] = "SELECT at FROM timer ORDER BY at LIMIT 1",
};

enum fault timer_set(struct store *store, const char *kind, int64_t key, int64_t at,
		     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_TIMER, sql, SET);
	query_int(&q, 1, at);
	query_text(&q, 2, kind);
	query_int(&q, 3, key);
	return query_run(&q, problem);
}

enum fault timer_clear(struct store *store, const char *kind, int64_t key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_TIMER, sql, CLEAR);
	query_text(&q, 1, kind);
	query_int(&q, 2, key);
	return query_run(&q, problem);
}

enum fault timer_is_set(struct store *store, const char *kind, int64_t key, bool *set,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_TIMER, sql, IS_SET);
	query_text(&q, 1, kind);
	query_int(&q, 2, key);
	*set = query_row(&q);
	return query_end(&q, problem);
}

enum fault timer_due(struct store *store, int64_t now_at, struct timer_row *out, bool *found,
		     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_TIMER, sql, DUE);
	query_int(&q, 1, now_at);
	*found = query_row(&q);
	if (*found) {
		out->at = query_col_int(&q, 0);
		text_copy(out->kind, sizeof(out->kind), query_col_text(&q, 1));
		out->key = query_col_int(&q, 2);
	}
	return query_end(&q, problem);
}

enum fault timer_next(struct store *store, int64_t *at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_TIMER, sql, NEXT);
	*at = query_row(&q) ? query_col_int(&q, 0) : INT64_MAX;
	return query_end(&q, problem);
}
