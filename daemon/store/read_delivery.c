/*
 * Endpoints, messages and their deliveries, newest first: what people look for is what happened last. Those at rest
 * are many, so a list by endpoint walks the unit's own messages where the endpoint belongs to a unit; endpoints of
 * recommenders and of the office get so many that the newest page is near the end anyway.
 */
#include "store/read.h"

#include "jiebang/robot.h"
#include "jiebang/secret.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

#include <string.h>

enum {
	ENDPOINTS,
	ENDPOINTS_OF,
	ENDPOINT,
	MESSAGES,
	MESSAGES_OF_UNIT,
	MESSAGES_OF_OBLIGATION,
	MESSAGES_UNSETTLED,
	MESSAGES_DUE,
	MESSAGE,
	ENDPOINT_UNIT,
	ATTEMPTS
};

enum {
	MS_KEY,
	MS_ID,
	MS_TYPE,
	MS_ENDPOINT,
	MS_PROGRAMME,
	MS_UNIT,
	MS_OBLIGATION,
	MS_STEP,
	MS_STEPS,
	MS_NOMINAL_AT,
	MS_CREATED_AT,
	MS_STATE,
	MS_ATTEMPTS,
	MS_REASON,
	MS_READY_AT,
	MS_LAST_STATUS,
	MS_LAST_REASON,
	MS_DELIVERED_AT,
	MS_BODY
};

#define MS_SELECT                                                                                  \
	"SELECT m.message_key, m.id, m.type, m.endpoint_key, p.id, m.unit_key, "                   \
	"m.obligation_key, m.step, m.steps, m.nominal_at, m.created_at, d.state, d.attempts, "     \
	"d.reason, d.ready_at, d.last_status, d.last_reason, d.delivered_at"
#define MS_FROM                                                                                    \
	" FROM message m JOIN delivery d ON d.message_key = m.message_key "                        \
	"LEFT JOIN unit u ON u.unit_key = m.unit_key "                                             \
	"LEFT JOIN programme p ON p.programme_key = coalesce(u.programme_key, m.programme_key) "
#define MS_STATE_FIRST                                                                             \
	" FROM delivery d JOIN message m ON m.message_key = d.message_key "                        \
	"LEFT JOIN unit u ON u.unit_key = m.unit_key "                                             \
	"LEFT JOIN programme p ON p.programme_key = coalesce(u.programme_key, m.programme_key) "
/* $5 state, $6 endpoint, $7 unit, $8 obligation. */
#define MS_FILTERS                                                                                 \
	"AND (CAST($5 AS TEXT) IS NULL OR d.state = $5) "                                          \
	"AND (CAST($6 AS BIGINT) IS NULL OR m.endpoint_key = $6) "                                 \
	"AND (CAST($7 AS BIGINT) IS NULL OR m.unit_key = $7) "                                     \
	"AND (CAST($8 AS BIGINT) IS NULL OR m.obligation_key = $8) "                               \
	"ORDER BY m.message_key DESC LIMIT $4"

static const char *const sql[] = {
	[ENDPOINTS] = EP_SELECT "WHERE endpoint_key > $1 AND state <> 'deleted' AND CAST($5 AS "
				"TEXT) IS NULL ORDER BY endpoint_key LIMIT $4",
	[ENDPOINTS_OF] = EP_SELECT "WHERE owner = $5 AND endpoint_key > $1 AND state <> 'deleted' "
				   "ORDER BY endpoint_key LIMIT $4",
	[ENDPOINT] = EP_SELECT "WHERE endpoint_key = $1",
	[MESSAGES] = MS_SELECT MS_FROM "WHERE m.message_key < $1 " MS_FILTERS,
	[MESSAGES_OF_UNIT] =
		MS_SELECT MS_FROM "WHERE m.unit_key = $7 AND m.message_key < $1 " MS_FILTERS,
	[MESSAGES_OF_OBLIGATION] =
		MS_SELECT MS_FROM "WHERE m.obligation_key = $8 AND m.message_key < $1 " MS_FILTERS,
	[MESSAGES_UNSETTLED] =
		(MS_SELECT MS_STATE_FIRST "WHERE (d.state = 'sending' OR d.state = 'held' OR "
					  "d.state = 'dead') AND d.state = $5 "
					  "AND m.message_key < $1 " MS_FILTERS),
	[MESSAGES_DUE] =
		MS_SELECT MS_FROM "WHERE m.message_key IN (SELECT message_key FROM outbox) "
				  "AND m.message_key < $1 " MS_FILTERS,
	[MESSAGE] = MS_SELECT
	", (SELECT body FROM message_body AS b WHERE b.body_key = d.body_key)" MS_FROM
	"WHERE m.id = $1",
	[ENDPOINT_UNIT] = "SELECT unit_key FROM endpoint WHERE endpoint_key = $1",
	/* The one under way comes last: it stands in the delivery until it ends. */
	[ATTEMPTS] =
		"SELECT a.n, a.started_at, a.elapsed_ms, a.outcome, a.status, a.reason, a.excerpt, "
		"t.n, t.lookup_ms, t.connect_ms, t.tls_ms, t.first_byte_ms FROM attempt AS a LEFT "
		"JOIN attempt_times AS t ON t.message_key = a.message_key AND t.n = a.n WHERE "
		"a.message_key = $1 UNION ALL SELECT attempts, started_at, NULL, NULL, NULL, NULL, "
		"NULL, NULL, NULL, NULL, NULL, NULL FROM delivery WHERE message_key = $1 AND state "
		"= 'sending' ORDER BY 1",
};

/* ---- endpoints ---- */

/* Of a key pair the public half; when the last of the replaced ones ends. */
static void write_signature(struct jw *jw, const struct query *q)
{
	struct secret seed = { .kind = SECRET_ED25519, .len = query_col_bytes(q, 9) };
	struct buf text = BUF_EMPTY;
	bool pair = !query_col_null(q, 9);
	kv_text(jw, "signature", q, 8);
	if (pair && seed.len <= sizeof(seed.bytes)) {
		memcpy(seed.bytes, query_col_blob(q, 9), seed.len);
		secret_write(&seed, &text);
		explicit_bzero(&seed, sizeof(seed));
	}
	jw_kv_str(jw, "public_key", pair ? buf_str(&text) : NULL);
	buf_clear(&text);
	if (query_col_null(q, 10))
		jw_kv_str(jw, "older_until", NULL);
	else
		kv_instant(jw, "older_until", q, 10);
}

/* A robot's URL is its key: nobody is shown it. */
static void kv_url(struct jw *jw, const char *url, const char *name)
{
	enum endpoint_format format;
	struct buf shown = BUF_EMPTY;
	INVARIANT(endpoint_format_parse(name, &format)); /* a CHECK of the table */
	robot_mask_url(format, url, &shown);
	jw_kv_str(jw, "url", buf_str(&shown));
	buf_clear(&shown);
}

static void endpoint_members(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	kv_key(jw, "id", WIRE_ID_ENDPOINT, q, 0);
	kv_text(jw, "owner", q, 1);
	kv_url(jw, query_col_text(q, 2), query_col_text(q, 3));
	kv_text(jw, "format", q, 3);
	kv_text(jw, "state", q, 4);
	kv_text(jw, "state_reason", q, 5);
	kv_instant(jw, "created_at", q, 6);
	kv_json(jw, "options", q, 7);
	write_signature(jw, q);
}

void endpoint_object(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	endpoint_members(rd, q);
	jw_object_end(&rd->jw);
}

static void endpoint_object_stats(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	endpoint_members(rd, q);
	endpoint_stats_member(rd, query_col_int(q, 0));
	jw_object_end(&rd->jw);
}

enum fault read_endpoints(struct store *store, const struct read_args *args, struct buf *out,
			  struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_DELIVERY,
		.sql = sql,
		.id = args->filter[READ_OWNER].set ? ENDPOINTS_OF : ENDPOINTS,
		.cursor = { 0 },
		.n_cursor = 1,
		.filters = { READ_OWNER },
		.n_filters = 1,
		.row = args->filter[READ_STATS].set ? endpoint_object_stats : endpoint_object,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

static enum fault one_endpoint(struct store *store, const struct read_args *args, struct buf *out,
			       void (*object)(struct reader *rd, const struct query *q),
			       struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_DELIVERY, sql, ENDPOINT);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found)
		object(&rd, &q);
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no endpoint ep_%lld",
				   (long long)args->key);
	return rd.fault;
}

enum fault read_endpoint(struct store *store, const struct read_args *args, struct buf *out,
			 struct problem *problem)
{
	return one_endpoint(store, args, out, endpoint_object, problem);
}

/* Apart from the object itself, whose ETag guards updates: a delivery changes nothing that one would update. */
enum fault read_endpoint_stats(struct store *store, const struct read_args *args, struct buf *out,
			       struct problem *problem)
{
	return one_endpoint(store, args, out, endpoint_object_stats, problem);
}

/* ---- messages and deliveries: two views of one row ---- */

static void message_members(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	kv_text(jw, "id", q, MS_ID);
	kv_text(jw, "type", q, MS_TYPE);
	kv_key(jw, "endpoint", WIRE_ID_ENDPOINT, q, MS_ENDPOINT);
	kv_text(jw, "programme", q, MS_PROGRAMME);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, MS_UNIT);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, MS_OBLIGATION);
	kv_text(jw, "step", q, MS_STEP);
	if (query_col_null(q, MS_STEPS)) {
		jw_key(jw, "steps");
		jw_array(jw);
		jw_array_end(jw);
	} else {
		kv_json(jw, "steps", q, MS_STEPS);
	}
	kv_instant(jw, "nominal_at", q, MS_NOMINAL_AT);
	kv_instant(jw, "created_at", q, MS_CREATED_AT);
	kv_text(jw, "state", q, MS_STATE);
	kv_number(jw, "attempts", q, MS_ATTEMPTS);
}

static void delivery_members(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	int64_t ready_at = query_col_int(q, MS_READY_AT);
	kv_text(jw, "id", q, MS_ID);
	kv_text(jw, "type", q, MS_TYPE);
	kv_key(jw, "endpoint", WIRE_ID_ENDPOINT, q, MS_ENDPOINT);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, MS_UNIT);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, MS_OBLIGATION);
	kv_text(jw, "step", q, MS_STEP);
	kv_text(jw, "state", q, MS_STATE);
	kv_text(jw, "reason", q, MS_REASON);
	/* 0 stands for "at once" in the outbox. */
	jw_kv_at(jw, "ready_at", ready_at ? ready_at : query_col_int(q, MS_CREATED_AT));
	kv_number(jw, "attempts", q, MS_ATTEMPTS);
	kv_number(jw, "last_status", q, MS_LAST_STATUS);
	kv_text(jw, "last_reason", q, MS_LAST_REASON);
	kv_instant(jw, "created_at", q, MS_CREATED_AT);
	kv_instant(jw, "delivered_at", q, MS_DELIVERED_AT);
}

static void message_row(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	message_members(rd, q);
	jw_object_end(&rd->jw);
}

static void delivery_row(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	delivery_members(rd, q);
	jw_object_end(&rd->jw);
}

static enum fault endpoint_unit(struct store *store, int64_t endpoint_key, int64_t *unit_key,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_READ_DELIVERY, sql, ENDPOINT_UNIT);
	query_int(&q, 1, endpoint_key);
	*unit_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

static unsigned way_of(const struct read_args *args)
{
	const char *state = args->filter[READ_STATE].text;
	if (args->filter[READ_OBLIGATION].set)
		return MESSAGES_OF_OBLIGATION;
	if (args->filter[READ_UNIT].set)
		return MESSAGES_OF_UNIT;
	if (!args->filter[READ_STATE].set)
		return MESSAGES;
	if (strcmp(state, "due") == 0)
		return MESSAGES_DUE;
	if (strcmp(state, "sending") == 0 || strcmp(state, "held") == 0 ||
	    strcmp(state, "dead") == 0)
		return MESSAGES_UNSETTLED;
	return MESSAGES;
}

static enum fault messages(struct store *store, const struct read_args *given, struct buf *out,
			   void (*row)(struct reader *rd, const struct query *q),
			   struct problem *problem)
{
	struct read_args args = *given;
	struct read_value *unit = &args.filter[READ_UNIT];
	/* A unit's endpoint hears about that unit only, so its messages are among the unit's. */
	if (args.filter[READ_ENDPOINT].set && !unit->set) {
		enum fault fault = endpoint_unit(store, args.filter[READ_ENDPOINT].number,
						 &unit->number, problem);
		if (fault != FAULT_NONE)
			return fault;
		unit->set = unit->number != 0;
	}
	struct list list = {
		.table = TABLE_READ_DELIVERY,
		.sql = sql,
		.id = way_of(&args),
		.cursor = { MS_KEY },
		.n_cursor = 1,
		.descending = true,
		.filters = { READ_STATE, READ_ENDPOINT, READ_UNIT, READ_OBLIGATION },
		.n_filters = 4,
		.row = row,
	};
	struct reader rd;
	reader_init(&rd, store, &args, out, problem);
	return list_run(&rd, &list);
}

enum fault read_messages(struct store *store, const struct read_args *args, struct buf *out,
			 struct problem *problem)
{
	return messages(store, args, out, message_row, problem);
}

enum fault read_deliveries(struct store *store, const struct read_args *args, struct buf *out,
			   struct problem *problem)
{
	return messages(store, args, out, delivery_row, problem);
}

/* ---- one ---- */

static void write_times(struct jw *jw, const struct query *q)
{
	jw_key(jw, "times");
	jw_object(jw);
	kv_number(jw, "lookup_ms", q, 8);
	kv_number(jw, "connect_ms", q, 9);
	kv_number(jw, "tls_ms", q, 10);
	kv_number(jw, "first_byte_ms", q, 11);
	kv_number(jw, "total_ms", q, 2);
	jw_object_end(jw);
}

void attempts_array(struct reader *rd, int64_t message_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_DELIVERY, sql, ATTEMPTS);
	query_int(&q, 1, message_key);
	jw_key(&rd->jw, "attempt_list");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		kv_number(&rd->jw, "n", &q, 0);
		kv_instant(&rd->jw, "started_at", &q, 1);
		kv_number(&rd->jw, "elapsed_ms", &q, 2);
		kv_text(&rd->jw, "outcome", &q, 3);
		kv_number(&rd->jw, "status", &q, 4);
		kv_text(&rd->jw, "reason", &q, 5);
		kv_text(&rd->jw, "excerpt", &q, 6);
		if (!query_col_null(&q, 7))
			write_times(&rd->jw, &q);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static enum fault one(struct store *store, const struct read_args *args, struct buf *out,
		      bool delivery, struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_DELIVERY, sql, MESSAGE);
	query_text(&q, 1, args->name);
	bool found = query_row(&q);
	if (found) {
		jw_object(&rd.jw);
		(delivery ? delivery_members : message_members)(&rd, &q);
		if (delivery) {
			kv_text(&rd.jw, "body", &q, MS_BODY);
			attempts_array(&rd, query_col_int(&q, MS_KEY));
		}
		jw_object_end(&rd.jw);
	}
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no %s with this id",
				   delivery ? "delivery" : "message");
	return rd.fault;
}

enum fault read_message(struct store *store, const struct read_args *args, struct buf *out,
			struct problem *problem)
{
	return one(store, args, out, false, problem);
}

enum fault read_delivery(struct store *store, const struct read_args *args, struct buf *out,
			 struct problem *problem)
{
	return one(store, args, out, true, problem);
}
