/*
 * How an endpoint fares: its health, what waits for it, and how attempts at it went in the last week. Looked up when
 * somebody asks; the outbox is counted up to a bound, since a backlog may be long and the loop is waited for.
 */
#include "store/read.h"

#include "jiebang/wire.h"
#include "store/endpoint_stat.h"
#include "store/read_inside.h"

#include <inttypes.h>

enum { HEALTH, WAITING, HELD, CREATED, FAILING, FAILING_COUNT };

#define COUNT_MAX   10000
#define FAILING_MAX 50

static const char *const sql[] = {
	[HEALTH] = "SELECT state, since_at, last_at, failures, told, nullif(probe_at, 0) FROM "
		   "endpoint_health WHERE endpoint_key = $1",
	[WAITING] = "SELECT count(*), min(message_key) FROM (SELECT message_key FROM outbox WHERE "
		    "endpoint_key = $1 LIMIT $2) AS some",
	[HELD] = "SELECT count(*), min(message_key) FROM (SELECT message_key FROM delivery WHERE "
		 "state = 'held' AND endpoint_key = $1 ORDER BY message_key LIMIT $2) AS some",
	[CREATED] = "SELECT created_at FROM message WHERE message_key = $1",
	[FAILING] = "SELECT endpoint_key, since_at FROM endpoint_health WHERE state <> 'doubted' "
		    "ORDER BY since_at, endpoint_key LIMIT $1",
	[FAILING_COUNT] = "SELECT count(*) FROM endpoint_health WHERE state <> 'doubted'",
};

static struct query ask(struct reader *rd, unsigned id, int64_t first)
{
	struct query q = query_begin(rd->store, TABLE_READ_ENDPOINT, sql, id);
	query_int(&q, 1, first);
	return q;
}

static void write_health(struct reader *rd, int64_t endpoint_key)
{
	struct jw *jw = &rd->jw;
	struct query q = ask(rd, HEALTH, endpoint_key);
	jw_key(jw, "health");
	if (query_row(&q)) {
		jw_object(jw);
		kv_text(jw, "state", &q, 0);
		kv_instant(jw, "since", &q, 1);
		kv_instant(jw, "last_failure_at", &q, 2);
		kv_number(jw, "failures", &q, 3);
		kv_number(jw, "told", &q, 4);
		kv_instant(jw, "next_probe_at", &q, 5);
		jw_object_end(jw);
	} else {
		jw_null(jw);
	}
	reader_fault(rd, query_end(&q, rd->problem));
}

/* How many there are, COUNT_MAX standing for that or more; *oldest becomes the lowest key, if it was 0 or higher. */
static int64_t count_some(struct reader *rd, unsigned id, int64_t endpoint_key, int64_t *oldest)
{
	struct query q = ask(rd, id, endpoint_key);
	query_int(&q, 2, COUNT_MAX);
	int64_t n = query_row(&q) ? query_col_int(&q, 0) : 0;
	int64_t key = n > 0 ? query_col_int(&q, 1) : 0;
	if (key && (*oldest == 0 || key < *oldest))
		*oldest = key;
	reader_fault(rd, query_end(&q, rd->problem));
	return n;
}

static void write_backlog(struct reader *rd, int64_t endpoint_key)
{
	struct jw *jw = &rd->jw;
	int64_t oldest = 0;
	jw_key(jw, "backlog");
	jw_object(jw);
	jw_kv_int(jw, "waiting", count_some(rd, WAITING, endpoint_key, &oldest));
	jw_kv_int(jw, "held", count_some(rd, HELD, endpoint_key, &oldest));
	struct query q = ask(rd, CREATED, oldest);
	jw_kv_at(jw, "oldest_at", query_row(&q) ? query_col_int(&q, 0) : 0);
	reader_fault(rd, query_end(&q, rd->problem));
	jw_object_end(jw);
}

/* Rounded down: 1000 only if every one arrived. */
static void write_rate(struct jw *jw, int64_t good, int64_t all)
{
	jw_key(jw, "success_permille");
	if (all > 0)
		jw_int(jw, good * 1000 / all);
	else
		jw_null(jw);
}

static void write_quantile(struct jw *jw, const char *name, const struct latency *latency,
			   int permille)
{
	int64_t ms = latency_quantile_ms(latency, permille);
	jw_key(jw, name);
	if (ms >= 0)
		jw_int(jw, ms);
	else
		jw_null(jw);
}

static void write_attempts(struct reader *rd, int64_t endpoint_key)
{
	struct jw *jw = &rd->jw;
	struct endpoint_stat stat;
	reader_fault(rd, endpoint_stat_sum(rd->store, endpoint_key, rd->today, &stat, rd->problem));
	jw_key(jw, "attempts");
	jw_object(jw);
	jw_kv_int(jw, "days", ENDPOINT_STAT_DAYS);
	jw_kv_int(jw, "delivered", stat.delivered);
	jw_kv_int(jw, "failed", stat.failed);
	write_rate(jw, stat.delivered, stat.delivered + stat.failed);
	write_quantile(jw, "p50_ms", &stat.latency, 500);
	write_quantile(jw, "p95_ms", &stat.latency, 950);
	write_quantile(jw, "p99_ms", &stat.latency, 990);
	jw_object_end(jw);
}

void endpoint_stats_member(struct reader *rd, int64_t endpoint_key)
{
	jw_key(&rd->jw, "stats");
	jw_object(&rd->jw);
	write_health(rd, endpoint_key);
	write_backlog(rd, endpoint_key);
	write_attempts(rd, endpoint_key);
	jw_object_end(&rd->jw);
}

/* ---- metrics ---- */

/*
 * Ten thousand endpoints must not become ten thousand series of each kind. Those that are well need none; of those that
 * fail, a bounded number that have failed longest, since these are looked for.
 */
void endpoint_metrics(struct reader *rd, struct buf *out)
{
	static const char name[] = "jiebang_endpoint_failing_since_timestamp_seconds";
	struct query q = query_begin(rd->store, TABLE_READ_ENDPOINT, sql, FAILING_COUNT);
	int64_t n = query_row(&q) ? query_col_int(&q, 0) : 0;
	reader_fault(rd, query_end(&q, rd->problem));
	buf_addf(out,
		 "# HELP jiebang_endpoints_failing Endpoints that fail, or are paused for it.\n"
		 "# TYPE jiebang_endpoints_failing gauge\njiebang_endpoints_failing %" PRId64 "\n",
		 n);
	if (n == 0)
		return;
	buf_addf(out, "# HELP %s Of at most %d of these, since when.\n# TYPE %s gauge\n", name,
		 FAILING_MAX, name);
	q = ask(rd, FAILING, FAILING_MAX);
	while (query_row(&q))
		buf_addf(out, "%s{endpoint=\"" WIRE_ID_ENDPOINT "_%" PRId64 "\"} %" PRId64 "\n",
			 name, query_col_int(&q, 0), query_col_int(&q, 1));
	reader_fault(rd, query_end(&q, rd->problem));
}
