/*
 * A row for each day and endpoint that was attempted. The steps of the times are bytes here, since no statement looks
 * into them; so a row is read, added to and written, which is why this is done for many attempts at once.
 */
#include "store/endpoint_stat.h"

#include "store/query.h"

enum { GET, PUT, DROP, LAST_DAYS };

static const char *const sql[] = {
	[GET] = "SELECT delivered, failed, latency FROM endpoint_stat WHERE endpoint_key = $1 AND "
		"day = $2",
	[PUT] = "INSERT INTO endpoint_stat (endpoint_key, day, delivered, failed, latency) VALUES "
		"($1, $2, $3, $4, $5) ON CONFLICT (endpoint_key, day) DO UPDATE SET delivered = "
		"$3, failed = $4, latency = $5",
	[DROP] = "DELETE FROM endpoint_stat WHERE endpoint_key = $1 AND day < $2",
	[LAST_DAYS] = "SELECT delivered, failed, latency FROM endpoint_stat WHERE endpoint_key = "
		      "$1 AND day >= $2 AND day <= $3",
};

static enum fault merge_row(const struct query *q, struct endpoint_stat *into,
			    struct problem *problem)
{
	struct latency latency;
	if (!latency_decode(&latency, query_col_blob(q, 2), query_col_bytes(q, 2)))
		return problem_set(problem, FAULT_CORRUPT, "a row of endpoint_stat is malformed");
	into->delivered += query_col_int(q, 0);
	into->failed += query_col_int(q, 1);
	latency_merge(&into->latency, &latency);
	return FAULT_NONE;
}

/* What a damaged row held is lost; what comes is not. */
static enum fault day_get(struct store *store, int64_t endpoint_key, int64_t day,
			  struct endpoint_stat *into, bool *found, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT_STAT, sql, GET);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, day);
	*found = query_row(&q);
	if (*found)
		(void)merge_row(&q, into, NULL);
	return query_end(&q, problem);
}

enum fault endpoint_stat_add(struct store *store, int64_t endpoint_key, int64_t day,
			     const struct endpoint_stat *add, struct problem *problem)
{
	struct endpoint_stat sum = *add;
	uint8_t bytes[LATENCY_BYTES_MAX];
	bool found = false;
	enum fault fault = day_get(store, endpoint_key, day, &sum, &found, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_ENDPOINT_STAT, sql, PUT);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, day);
	query_int(&q, 3, sum.delivered);
	query_int(&q, 4, sum.failed);
	query_blob(&q, 5, bytes, latency_encode(&sum.latency, bytes));
	fault = query_run(&q, problem);
	if (fault != FAULT_NONE || found)
		return fault;
	q = query_begin(store, TABLE_ENDPOINT_STAT, sql, DROP);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, day - ENDPOINT_STAT_DAYS + 1);
	return query_run(&q, problem);
}

enum fault endpoint_stat_sum(struct store *store, int64_t endpoint_key, int64_t day,
			     struct endpoint_stat *out, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	*out = (struct endpoint_stat){ .delivered = 0 };
	struct query q = query_begin(store, TABLE_ENDPOINT_STAT, sql, LAST_DAYS);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, day - ENDPOINT_STAT_DAYS + 1);
	query_int(&q, 3, day);
	while (fault == FAULT_NONE && query_row(&q))
		fault = merge_row(&q, out, problem);
	enum fault end = query_end(&q, fault == FAULT_NONE ? problem : NULL);
	return fault == FAULT_NONE ? end : fault;
}
