/*
 * Statements of `jiebangd simulate`.
 */
#include "store/simulated.h"

#include "store/programme.h"
#include "store/query.h"

enum { STATE, TAKE_OVER, ROWS };

static const char *const sql[] = {
	[STATE] = "SELECT simulated, simulated_at FROM instance",
	[TAKE_OVER] = "UPDATE instance SET simulated = 1, simulated_at = $1, high_water_at = $1, "
		      "hold_reason = NULL, "
		      "hold_since_at = NULL",
	[ROWS] = "SELECT c.decided_at AS at, 0 AS kind, o.unit_key, c.obligation_key AS "
		 "obligation_key, "
		 "c.step AS step, c.outcome, coalesce(c.reason, ''), 0, '', c.nominal_at AS "
		 "nominal_at "
		 "FROM occasion AS c JOIN obligation AS o ON o.obligation_key = c.obligation_key "
		 "JOIN unit AS u ON u.unit_key = o.unit_key WHERE u.programme_key = $1 AND "
		 "c.decided_at >= $2 "
		 "UNION ALL SELECT m.created_at, 2, i.unit_key, i.obligation_key, coalesce(i.step, "
		 "'-'), i.type, '', m.endpoint_key, m.id, i.nominal_at FROM digest_item AS i JOIN "
		 "message AS m ON m.digest_key = i.digest_key WHERE i.programme_key = $1 AND "
		 "m.created_at >= $2 "
		 "UNION ALL SELECT m.created_at, 3, 0, 0, CAST(count(*) AS TEXT), m.type, '', "
		 "m.endpoint_key, m.id, m.nominal_at FROM digest_item AS i JOIN message AS m ON "
		 "m.digest_key = i.digest_key WHERE i.programme_key = $1 AND m.created_at >= $2 "
		 "GROUP BY m.message_key "
		 "UNION ALL SELECT m.created_at, 1, m.unit_key, m.obligation_key, coalesce(m.step, "
		 "'-'), m.type, "
		 "'', m.endpoint_key, m.id, "
		 "m.nominal_at FROM message AS m JOIN unit AS u ON u.unit_key = m.unit_key "
		 "WHERE u.programme_key = $1 AND m.created_at >= $2 "
		 "UNION ALL SELECT m.created_at, 4, 0, 0, '-', m.type, '', m.endpoint_key, m.id, "
		 "m.nominal_at FROM message AS m WHERE m.programme_key = $1 AND m.created_at >= $2 "
		 "ORDER BY 1, 4, 10, 5, 2, 8",
};

enum fault simulated_take_over(struct store *store, int64_t *now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SIMULATED, sql, STATE);
	bool found = query_row(&q);
	if (found && query_col_int(&q, 0) && query_col_int(&q, 1) > *now_at)
		*now_at = query_col_int(&q, 1);
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND,
				   "the state is empty: start the daemon once");
	if (fault != FAULT_NONE)
		return fault;
	*now_at += 1; /* what was decided up to and in this second is not to come any more */
	struct query t = query_begin(store, TABLE_SIMULATED, sql, TAKE_OVER);
	query_int(&t, 1, *now_at);
	return query_run(&t, problem);
}

enum fault simulated_rows(struct store *store, const char *programme_id, int64_t from_at,
			  void (*each)(void *arg, const struct simulated_row *row), void *arg,
			  struct problem *problem)
{
	struct programme_row programme;
	enum fault fault = programme_row_get(store, programme_id, &programme, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_SIMULATED, sql, ROWS);
	query_int(&q, 1, programme.key);
	query_int(&q, 2, from_at);
	while (query_row(&q)) {
		struct simulated_row row = { .at = query_col_int(&q, 0),
					     .kind = (enum simulated_kind)query_col_int(&q, 1),
					     .unit_key = query_col_int(&q, 2),
					     .obligation_key = query_col_int(&q, 3),
					     .step = query_col_text(&q, 4),
					     .what = query_col_text(&q, 5),
					     .reason = query_col_text(&q, 6),
					     .endpoint_key = query_col_int(&q, 7),
					     .id = query_col_text(&q, 8) };
		each(arg, &row);
	}
	return query_end(&q, problem);
}
