/*
 * The rows of endpoint_health. There is one for an endpoint only while it fails, so that the many that do not cost
 * nothing.
 */
#include "store/health.h"

#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/query.h"

enum { ANY, GET, PUT, REMOVE, PROBE, DIED, FAILED, FAILED_COUNT };

/* Those that were attempted and have not arrived: put off, held, dead. */
#define FAILED_FROM                                                                                \
	"FROM (SELECT message_key FROM outbox WHERE endpoint_key = $1 UNION ALL SELECT "           \
	"message_key FROM delivery WHERE state = 'held' AND endpoint_key = $1 UNION ALL SELECT "   \
	"message_key FROM delivery WHERE state = 'dead' AND endpoint_key = $1) AS k JOIN "         \
	"delivery AS d ON d.message_key = k.message_key "
#define FAILED_WHERE "WHERE d.attempts > 0 "

static const char *const sql[] = {
	[ANY] = "SELECT 1 FROM endpoint_health LIMIT 1",
	[GET] = "SELECT state, since_at, last_at, failures, told, probes, probe_at FROM "
		"endpoint_health WHERE endpoint_key = $1",
	[PUT] = "INSERT INTO endpoint_health (endpoint_key, state, since_at, last_at, failures, "
		"told, probes, probe_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT "
		"(endpoint_key) DO UPDATE SET state = $2, since_at = $3, last_at = $4, failures = "
		"$5, told = $6, probes = $7, probe_at = $8",
	[REMOVE] = "DELETE FROM endpoint_health WHERE endpoint_key = $1",
	[PROBE] = "SELECT message_key FROM delivery WHERE state = 'held' AND endpoint_key = $1 AND "
		  "message_key > $2 AND reason = 'endpoint_paused' ORDER BY message_key LIMIT 1",
	[DIED] = "SELECT d.message_key FROM delivery AS d JOIN attempt AS a ON a.message_key = "
		 "d.message_key AND a.n = d.attempts WHERE d.state = 'dead' AND d.endpoint_key = "
		 "$1 AND d.message_key > $2 AND d.reason = 'exhausted' AND a.started_at >= $3 "
		 "ORDER BY d.message_key LIMIT $4",
	[FAILED] = "SELECT m.id, m.type, m.unit_key, m.obligation_key, m.step, d.state, "
		   "d.last_status, d.last_reason " FAILED_FROM
		   "JOIN message AS m ON m.message_key = d.message_key " FAILED_WHERE
		   "ORDER BY d.message_key LIMIT $2",
	[FAILED_COUNT] = "SELECT count(*) " FAILED_FROM FAILED_WHERE,
};

enum fault health_any(struct store *store, bool *any, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_HEALTH, sql, ANY);
	*any = query_row(&q);
	return query_end(&q, problem);
}

enum fault health_get(struct store *store, int64_t endpoint_key, struct health *out, bool *found,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_HEALTH, sql, GET);
	query_int(&q, 1, endpoint_key);
	*out = (struct health){ .state = HEALTH_DOUBTED };
	*found = query_row(&q);
	if (*found) {
		INVARIANT(health_state_parse(query_col_text(&q, 0), &out->state));
		out->since_at = query_col_int(&q, 1);
		out->last_at = query_col_int(&q, 2);
		out->failures = (unsigned)query_col_int(&q, 3);
		out->told = (unsigned)query_col_int(&q, 4);
		out->probes = (unsigned)query_col_int(&q, 5);
		out->probe_at = query_col_int(&q, 6);
	}
	return query_end(&q, problem);
}

enum fault health_put(struct store *store, int64_t endpoint_key, const struct health *health,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_HEALTH, sql, PUT);
	query_int(&q, 1, endpoint_key);
	query_text(&q, 2, health_state_name(health->state));
	query_int(&q, 3, health->since_at);
	query_int(&q, 4, health->last_at);
	query_int(&q, 5, health->failures);
	query_int(&q, 6, health->told);
	query_int(&q, 7, health->probes);
	query_int(&q, 8, health->probe_at);
	return query_run(&q, problem);
}

enum fault health_remove(struct store *store, int64_t endpoint_key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_HEALTH, sql, REMOVE);
	query_int(&q, 1, endpoint_key);
	return query_run(&q, problem);
}

enum fault health_probe_find(struct store *store, int64_t endpoint_key, int64_t after_key,
			     int64_t *message_key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_HEALTH, sql, PROBE);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, after_key);
	*message_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault health_died(struct store *store, int64_t endpoint_key, int64_t since_at,
		       int64_t after_key, int64_t *keys, size_t max, size_t *n,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_HEALTH, sql, DIED);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, after_key);
	query_int(&q, 3, since_at);
	query_int(&q, 4, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		keys[(*n)++] = query_col_int(&q, 0);
	return query_end(&q, problem);
}

/* ---- what failed ---- */

static void id_or_null(struct jw *jw, const char *name, const char *prefix, const struct query *q,
		       int column)
{
	if (query_col_null(q, column))
		jw_kv_str(jw, name, NULL);
	else
		jw_kv_id(jw, name, prefix, query_col_int(q, column));
}

static void text_or_null(struct jw *jw, const char *name, const struct query *q, int column)
{
	jw_kv_str(jw, name, query_col_null(q, column) ? NULL : query_col_text(q, column));
}

static void write_failed(const struct query *q, struct jw *jw)
{
	jw_object(jw);
	text_or_null(jw, "id", q, 0);
	text_or_null(jw, "type", q, 1);
	id_or_null(jw, "unit", WIRE_ID_UNIT, q, 2);
	id_or_null(jw, "obligation", WIRE_ID_OBLIGATION, q, 3);
	text_or_null(jw, "step", q, 4);
	text_or_null(jw, "state", q, 5);
	if (!query_col_null(q, 6))
		jw_kv_int(jw, "last_status", query_col_int(q, 6));
	text_or_null(jw, "last_reason", q, 7);
	jw_object_end(jw);
}

enum fault health_failed_list(struct store *store, int64_t endpoint_key, size_t max, struct jw *jw,
			      struct health_failed *out, struct problem *problem)
{
	*out = (struct health_failed){ .n = 0 };
	struct query q = query_begin(store, TABLE_HEALTH, sql, FAILED);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, (int64_t)max);
	jw_array(jw);
	while (query_row(&q)) {
		if (!out->first_id[0])
			(void)text_copy(out->first_id, sizeof(out->first_id),
					query_col_text(&q, 0));
		write_failed(&q, jw);
	}
	jw_array_end(jw);
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	q = query_begin(store, TABLE_HEALTH, sql, FAILED_COUNT);
	query_int(&q, 1, endpoint_key);
	out->n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}
