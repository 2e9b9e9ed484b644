/*
 * What is appended and never changed: the audit chain; and the tokens. The feed of events is in read_feed.c.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"
#include "store/record.h"

#include <stdio.h>
#include <string.h>

enum { AUDIT, AUDIT_FROM, TOKENS, TOKEN_KEY };

static const char *const sql[] = {
	[AUDIT] = "SELECT seq, at, actor, verb, object, detail, hash FROM audit WHERE seq > $1 "
		  "ORDER BY seq LIMIT $4",
	[AUDIT_FROM] = "SELECT seq, at, actor, verb, object, detail, hash FROM audit "
		       "WHERE seq > $1 ORDER BY seq LIMIT $2",
	[TOKENS] = "SELECT token_key, name, role, created_at, expires_at, revoked_at FROM token "
		   "WHERE token_key > $1 ORDER BY token_key LIMIT $4",
	[TOKEN_KEY] = "SELECT token_key, expires_at FROM token WHERE sha256 = $1 "
		      "AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
};

/* ---- audit ---- */

static void audit_object(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	char hex[DIGEST_HEX_BYTES];
	digest_hex(query_col_blob(q, 6), DIGEST_BYTES, hex);
	jw_object(jw);
	kv_number(jw, "seq", q, 0);
	kv_instant(jw, "at", q, 1);
	kv_text(jw, "actor", q, 2);
	kv_text(jw, "verb", q, 3);
	kv_text(jw, "object", q, 4);
	kv_text(jw, "detail", q, 5);
	jw_kv_str(jw, "hash", hex);
	jw_object_end(jw);
}

enum fault read_audit(struct store *store, const struct read_args *args, struct buf *out,
		      struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_LOG,
		.sql = sql,
		.id = AUDIT,
		.cursor = { 0 },
		.n_cursor = 1,
		.row = audit_object,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

/* A gap in the sequence is as bad as a wrong hash: an entry was taken out. */
static bool entry_holds(const struct read_chain *chain, const struct query *q)
{
	struct audit_row row = {
		.actor = query_col_text(q, 2),
		.verb = query_col_text(q, 3),
		.object = query_col_text(q, 4),
		.detail = query_col_text(q, 5),
	};
	uint8_t hash[DIGEST_BYTES];
	int64_t seq = query_col_int(q, 0);
	audit_hash(chain->last_hash, seq, query_col_int(q, 1), &row, hash);
	return seq == chain->last_seq + 1 && query_col_bytes(q, 6) == DIGEST_BYTES &&
	       memcmp(hash, query_col_blob(q, 6), DIGEST_BYTES) == 0;
}

enum fault read_audit_verify(struct store *store, struct read_chain *chain, int64_t max_rows,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_READ_LOG, sql, AUDIT_FROM);
	int64_t rows = 0;
	query_int(&q, 1, chain->last_seq);
	query_int(&q, 2, max_rows);
	for (; chain->first_bad == 0 && query_row(&q); rows++) {
		if (!entry_holds(chain, &q)) {
			chain->first_bad = query_col_int(&q, 0);
			break;
		}
		chain->entries++;
		chain->last_seq = query_col_int(&q, 0);
		memcpy(chain->last_hash, query_col_blob(&q, 6), DIGEST_BYTES);
	}
	chain->done = chain->first_bad != 0 || rows < max_rows;
	return query_end(&q, problem);
}

/* ---- tokens ---- */

/* The last day on which it is valid: it ends with that day. */
static void write_expiry(struct jw *jw, const struct query *q, int column)
{
	char day[CIVIL_DATE_BYTES];
	civil_write(civil_day_of(query_col_int(q, column) - 1), day);
	jw_kv_str(jw, "expires_on", query_col_null(q, column) ? NULL : day);
}

static void token_object(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_key(jw, "id", WIRE_ID_TOKEN, q, 0);
	kv_text(jw, "name", q, 1);
	kv_text(jw, "role", q, 2);
	kv_instant(jw, "created_at", q, 3);
	write_expiry(jw, q, 4);
	kv_instant(jw, "revoked_at", q, 5);
	jw_object_end(jw);
}

enum fault read_tokens(struct store *store, const struct read_args *args, struct buf *out,
		       struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_LOG,
		.sql = sql,
		.id = TOKENS,
		.cursor = { 0 },
		.n_cursor = 1,
		.row = token_object,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

enum fault read_token_key(struct store *store, const uint8_t sha256[DIGEST_BYTES], int64_t now_at,
			  int64_t *key, int64_t *expires_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_READ_LOG, sql, TOKEN_KEY);
	query_blob(&q, 1, sha256, DIGEST_BYTES);
	query_int(&q, 2, now_at);
	bool found = query_row(&q);
	if (found) {
		*key = query_col_int(&q, 0);
		*expires_at = query_col_int(&q, 1);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "no such token");
	return fault;
}
