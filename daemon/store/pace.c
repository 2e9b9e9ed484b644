/*
 * The pace of an endpoint stands in its row, so that a restart sends no burst. Few endpoints have one: a partial index
 * finds them, and a claim that finds none asks no further.
 */
#include "store/pace.h"

#include "store/query.h"

enum { ANY, GET, SET };

static const char *const sql[] = {
	[ANY] = "SELECT 1 FROM endpoint WHERE per_minute > 0 LIMIT 1",
	[GET] = ("SELECT per_minute, format, pace_ms FROM endpoint WHERE endpoint_key = $1 AND "
		 "per_minute > 0"),
	[SET] = "UPDATE endpoint SET pace_ms = $2 WHERE endpoint_key = $1",
};

enum fault pace_any(struct store *store, bool *any, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PACE, sql, ANY);
	*any = query_row(&q);
	return query_end(&q, problem);
}

enum fault pace_get(struct store *store, int64_t endpoint_key, struct pace_row *out,
		    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PACE, sql, GET);
	*out = (struct pace_row){ .per_minute = 0 };
	query_int(&q, 1, endpoint_key);
	if (query_row(&q)) {
		out->per_minute = (int)query_col_int(&q, 0);
		INVARIANT(endpoint_format_parse(query_col_text(&q, 1), &out->format));
		out->empty_ms = query_col_int(&q, 2);
	}
	return query_end(&q, problem);
}

enum fault pace_set(struct store *store, int64_t endpoint_key, int64_t empty_ms,
		    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PACE, sql, SET);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, empty_ms);
	return query_run(&q, problem);
}
