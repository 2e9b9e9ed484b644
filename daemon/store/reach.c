/*
 * Who hears what is owed. A unit carries the number of its enabled endpoints, so that one look at its row tells, and
 * whether it owes anything is a range of its few obligations.
 */
#include "store/reach.h"

#include "store/query.h"

enum { GET, OWES, SET_ENDPOINTS, PLANNED };

static const char *const sql[] = {
	[GET] = "SELECT programme_key, endpoints FROM unit WHERE unit_key = $1",
	[OWES] = "SELECT 1 FROM obligation WHERE unit_key = $1 AND obligation_key <> $2 AND "
		 "(state = 'scheduled' OR state = 'open' OR state = 'returned') LIMIT 1",
	[SET_ENDPOINTS] = "UPDATE unit SET endpoints = $2 WHERE unit_key = $1",
	[PLANNED] = "SELECT count(*) FROM unit "
		    "WHERE programme_key = $1 AND state = 'shortlisted' "
		    "AND owes = 1 AND endpoints = 0",
};

enum fault reach_owes(struct store *store, int64_t unit_key, int64_t beside, bool *owes,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_REACH, sql, OWES);
	query_int(&q, 1, unit_key);
	query_int(&q, 2, beside);
	*owes = query_row(&q);
	return query_end(&q, problem);
}

enum fault reach_get(struct store *store, int64_t unit_key, struct reach *out,
		     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_REACH, sql, GET);
	query_int(&q, 1, unit_key);
	bool found = query_row(&q);
	if (found)
		*out = (struct reach){ query_col_int(&q, 0), query_col_int(&q, 1) };
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no unit un_%lld",
				   (long long)unit_key);
	return fault;
}

enum fault reach_set_endpoints(struct store *store, int64_t unit_key, int64_t endpoints,
			       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_REACH, sql, SET_ENDPOINTS);
	query_int(&q, 1, unit_key);
	query_int(&q, 2, endpoints);
	return query_run(&q, problem);
}

enum fault reach_planned(struct store *store, int64_t programme_key, int64_t *n,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_REACH, sql, PLANNED);
	query_int(&q, 1, programme_key);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}
