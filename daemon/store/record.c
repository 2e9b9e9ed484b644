/*
 * Events, audit chain, tallies, kept answers.
 */
#include "store/record.h"

#include "jiebang/digest.h"
#include "jiebang/text.h"
#include "store/query.h"

#include <string.h>

#define IDEMPOTENCY_KEEP_S 86400

enum { EVENT_ADD, AUDIT_LAST, AUDIT_ADD, TALLY_MOVE, TALLY_NEW, KEPT_GET, KEPT_PUT, KEPT_EXPIRE };

static const char *const sql[] = {
	[EVENT_ADD] = "INSERT INTO event (at, type, programme_key, unit_key, obligation_key, data) "
		      "VALUES ($1, $2, $3, $4, $5, $6)",
	[AUDIT_LAST] = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
	[AUDIT_ADD] = "INSERT INTO audit (seq, at, actor, verb, object, detail, hash) VALUES ($1, "
		      "$2, $3, $4, $5, $6, $7)",
	[TALLY_MOVE] = "UPDATE tally SET count = count + $3 WHERE scope = $1 AND what = $2",
	[TALLY_NEW] = "INSERT INTO tally (scope, what, count) VALUES ($1, $2, $3)",
	[KEPT_GET] = "SELECT request, status, body FROM idempotency WHERE actor = $1 AND key = $2",
	[KEPT_PUT] = "INSERT INTO idempotency (actor, key, request, status, body, created_at) "
		     "VALUES ($1, $2, $3, $4, $5, $6)",
	[KEPT_EXPIRE] = "DELETE FROM idempotency WHERE created_at < $1",
};

static void key_or_null(struct query *q, int n, int64_t key)
{
	if (key)
		query_int(q, n, key);
}

enum fault event_append(struct store *store, int64_t now_at, const struct event_row *event,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RECORD, sql, EVENT_ADD);
	query_int(&q, 1, now_at);
	query_text(&q, 2, event->type);
	key_or_null(&q, 3, event->programme_key);
	key_or_null(&q, 4, event->unit_key);
	key_or_null(&q, 5, event->obligation_key);
	query_text(&q, 6, event->data ? event->data : "{}");
	return query_run(&q, problem);
}

void audit_hash(const uint8_t previous[32], int64_t seq, int64_t at, const struct audit_row *row,
		uint8_t out[32])
{
	struct buf text = BUF_EMPTY;
	char digits[TEXT_INT_BYTES];
	buf_add(&text, previous, DIGEST_BYTES);
	buf_add(&text, digits, text_int_write(digits, seq) + 1);
	buf_add(&text, digits, text_int_write(digits, at));
	const char *const fields[] = { row->actor, row->verb, row->object, row->detail };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		buf_addc(&text, '\0');
		buf_adds(&text, fields[i]);
	}
	digest_sha256(text.data, text.len, out);
	buf_clear(&text);
}

static enum fault audit_head_get(struct store *store, struct audit_head *head,
				 struct problem *problem)
{
	struct query last = query_begin(store, TABLE_RECORD, sql, AUDIT_LAST);
	*head = (struct audit_head){ .seq = 0 };
	if (query_row(&last)) {
		head->seq = query_col_int(&last, 0);
		memcpy(head->hash, query_col_blob(&last, 1), DIGEST_BYTES);
	}
	enum fault fault = query_end(&last, problem);
	head->known = fault == FAULT_NONE;
	return fault;
}

enum fault audit_add(struct store *store, struct audit_head *head, int64_t now_at,
		     const struct audit_row *row, struct problem *problem)
{
	struct audit_head next = { .known = true };
	enum fault fault = head->known ? FAULT_NONE : audit_head_get(store, head, problem);
	if (fault != FAULT_NONE)
		return fault;
	next.seq = head->seq + 1;
	audit_hash(head->hash, next.seq, now_at, row, next.hash);
	struct query q = query_begin(store, TABLE_RECORD, sql, AUDIT_ADD);
	query_int(&q, 1, next.seq);
	query_int(&q, 2, now_at);
	query_text(&q, 3, row->actor);
	query_text(&q, 4, row->verb);
	query_text(&q, 5, row->object);
	query_text(&q, 6, row->detail);
	query_blob(&q, 7, next.hash, sizeof(next.hash));
	fault = query_run(&q, problem);
	if (fault == FAULT_NONE)
		*head = next;
	return fault;
}

static enum fault tally_run(struct store *store, unsigned id, int64_t scope, const char *what,
			    int64_t delta, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RECORD, sql, id);
	query_int(&q, 1, scope);
	query_text(&q, 2, what);
	query_int(&q, 3, delta);
	return query_run(&q, problem);
}

enum fault tally_add(struct store *store, int64_t scope, const char *what, int64_t delta,
		     struct problem *problem)
{
	if (delta == 0)
		return FAULT_NONE;
	/* Not an upsert: SQLite checks count >= 0 on the row before it sees the conflict. */
	enum fault fault = tally_run(store, TALLY_MOVE, scope, what, delta, problem);
	if (fault != FAULT_NONE || query_changed(store) > 0)
		return fault;
	return tally_run(store, TALLY_NEW, scope, what, delta, problem);
}

enum fault idempotency_get(struct store *store, const char *actor, const char *key,
			   const uint8_t request[32], int *status, struct buf *body,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RECORD, sql, KEPT_GET);
	query_text(&q, 1, actor);
	query_text(&q, 2, key);
	bool found = query_row(&q);
	bool same = found && query_col_bytes(&q, 0) == 32 &&
		    memcmp(query_col_blob(&q, 0), request, 32) == 0;
	if (same) {
		*status = (int)query_col_int(&q, 1);
		buf_add(body, query_col_text(&q, 2), query_col_bytes(&q, 2));
	}
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!found)
		return FAULT_NOT_FOUND;
	if (!same)
		return problem_set(
			problem, FAULT_UNPROCESSED,
			"this Idempotency-Key was used for a different request; take a new key");
	return FAULT_NONE;
}

enum fault idempotency_put(struct store *store, const char *actor, const char *key,
			   const uint8_t request[32], int status, const struct buf *body,
			   int64_t wall_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RECORD, sql, KEPT_PUT);
	query_text(&q, 1, actor);
	query_text(&q, 2, key);
	query_blob(&q, 3, request, 32);
	query_int(&q, 4, status);
	query_text(&q, 5, buf_str(body));
	query_int(&q, 6, wall_at);
	return query_run(&q, problem);
}

enum fault idempotency_expire(struct store *store, int64_t wall_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RECORD, sql, KEPT_EXPIRE);
	query_int(&q, 1, wall_at - IDEMPOTENCY_KEEP_S);
	return query_run(&q, problem);
}
