/*
 * Endpoint and token rows.
 */
#include "store/endpoint.h"

#include "jiebang/endpoint_filter.h"
#include "jiebang/text.h"
#include "store/query.h"

#include <string.h>

enum { ADD, GET, SET_STATE, DELETE, SET_OPTIONS, OPTIONS_GET, OF_OWNER, TOKEN_ADD, TOKEN_REVOKE };

static const char *const sql[] = {
	[ADD] = "INSERT INTO endpoint (uid, owner, unit_key, url, format, options, secret, "
		"secret_kind, fifo, filtered, per_minute, state, created_at) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $9, $10, $11, $12, 'enabled', $8)",
	[GET] = "SELECT endpoint_key, uid, state, owner, url, format, state_reason, created_at, "
		"unit_key, secret_kind FROM endpoint "
		"WHERE endpoint_key = $1 AND state <> 'deleted'",
	[SET_OPTIONS] =
		"UPDATE endpoint SET url = $2, options = $3, fifo = $4, filtered = $5, per_minute "
		"= $6, revision = revision + 1 WHERE endpoint_key = $1",
	[OPTIONS_GET] = "SELECT options FROM endpoint WHERE endpoint_key = $1",
	[SET_STATE] = "UPDATE endpoint SET state = $2, state_reason = $3, revision = revision + 1 "
		      "WHERE endpoint_key = $1",
	[DELETE] = "UPDATE endpoint SET state = 'deleted', state_reason = NULL, url = $2, revision "
		   "= revision + 1 WHERE endpoint_key = $1",
	[OF_OWNER] = "SELECT endpoint_key, uid, state, filtered FROM endpoint WHERE owner = $1 AND "
		     "state <> 'deleted' AND endpoint_key > $3 ORDER BY endpoint_key LIMIT $2",
	[TOKEN_ADD] = "INSERT INTO token (name, role, sha256, expires_at, created_at) VALUES ($1, "
		      "$2, $3, $4, $5)",
	[TOKEN_REVOKE] =
		"UPDATE token SET revoked_at = $2 WHERE token_key = $1 AND revoked_at IS NULL",
};

static const char *const state_names[ENDPOINT_STATE_COUNT] = {
	[ENDPOINT_ENABLED] = "enabled",
	[ENDPOINT_DISABLED] = "disabled",
	[ENDPOINT_PAUSED] = "paused",
};

const char *endpoint_state_name(enum endpoint_state state)
{
	return state_names[state];
}

static enum endpoint_state state_of(const char *name)
{
	size_t i = 0;
	while (i < ENDPOINT_STATE_COUNT && strcmp(name, state_names[i]) != 0)
		i++;
	INVARIANT(i < ENDPOINT_STATE_COUNT);
	return (enum endpoint_state)i;
}

enum fault endpoint_add(struct store *store, const struct endpoint_new *endpoint, int64_t now_at,
			int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, ADD);
	query_blob(&q, 1, endpoint->uid, sizeof(endpoint->uid));
	query_text(&q, 2, endpoint->owner);
	if (endpoint->unit_key)
		query_int(&q, 3, endpoint->unit_key);
	query_text(&q, 4, endpoint->url);
	query_text(&q, 5, endpoint->format);
	query_text(&q, 6, endpoint->options);
	query_blob(&q, 7, endpoint->secret->bytes, endpoint->secret->len);
	query_int(&q, 8, now_at);
	query_text(&q, 9, secret_kind_name(endpoint->secret->kind));
	query_int(&q, 10, endpoint->fifo);
	query_int(&q, 11, endpoint->filtered);
	query_int(&q, 12, endpoint->per_minute);
	enum fault fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault endpoint_get(struct store *store, int64_t key, struct endpoint_row *out,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, GET);
	*out = (struct endpoint_row){ .key = 0 };
	query_int(&q, 1, key);
	if (query_row(&q)) {
		out->key = query_col_int(&q, 0);
		memcpy(out->uid, query_col_blob(&q, 1), sizeof(out->uid));
		out->state = state_of(query_col_text(&q, 2));
		text_copy(out->owner, sizeof(out->owner), query_col_text(&q, 3));
		text_copy(out->url, sizeof(out->url), query_col_text(&q, 4));
		text_copy(out->format, sizeof(out->format), query_col_text(&q, 5));
		text_copy(out->state_reason, sizeof(out->state_reason), query_col_text(&q, 6));
		out->created_at = query_col_int(&q, 7);
		out->unit_key = query_col_int(&q, 8);
		INVARIANT(secret_kind_parse(query_col_text(&q, 9), &out->secret_kind));
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no endpoint ep_%lld",
				   (long long)key);
	return fault;
}

enum fault endpoint_set_state(struct store *store, int64_t key, enum endpoint_state state,
			      const char *reason, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, SET_STATE);
	query_int(&q, 1, key);
	query_text(&q, 2, endpoint_state_name(state));
	query_text(&q, 3, reason);
	return query_run(&q, problem);
}

enum fault endpoint_delete(struct store *store, int64_t key, const char *url,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, DELETE);
	query_int(&q, 1, key);
	query_text(&q, 2, url);
	return query_run(&q, problem);
}

enum fault endpoint_set(struct store *store, int64_t key, const char *url,
			const struct endpoint_options *options, int per_minute,
			struct problem *problem)
{
	struct buf text = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &text);
	endpoint_options_write(options, &jw);
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, SET_OPTIONS);
	query_int(&q, 1, key);
	query_text(&q, 2, url);
	query_text(&q, 3, buf_str(&text));
	query_int(&q, 4, options->fifo);
	query_int(&q, 5, endpoint_filter_any(options));
	query_int(&q, 6, per_minute);
	enum fault fault = query_run(&q, problem);
	buf_clear(&text);
	return fault;
}

enum fault endpoint_options_get(struct store *store, int64_t key, struct endpoint_options *out,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, OPTIONS_GET);
	enum fault fault = FAULT_NONE;
	memset(out, 0, sizeof(*out));
	query_int(&q, 1, key);
	if (query_row(&q))
		fault = endpoint_options_read(query_col_text(&q, 0), query_col_bytes(&q, 0), out,
					      problem);
	enum fault end = query_end(&q, problem);
	return fault == FAULT_NONE ? end : fault;
}

enum fault endpoints_of(struct store *store, const char *owner, int64_t after_key,
			struct endpoint_ref *out, size_t max, size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, OF_OWNER);
	query_text(&q, 1, owner);
	query_int(&q, 2, (int64_t)max);
	query_int(&q, 3, after_key);
	*n = 0;
	while (*n < max && query_row(&q)) {
		struct endpoint_ref *ref = &out[(*n)++];
		ref->key = query_col_int(&q, 0);
		memcpy(ref->uid, query_col_blob(&q, 1), sizeof(ref->uid));
		ref->state = state_of(query_col_text(&q, 2));
		ref->filtered = query_col_int(&q, 3) != 0;
	}
	return query_end(&q, problem);
}

enum fault token_add(struct store *store, const char *name, const char *role,
		     const uint8_t sha256[32], int64_t expires_at, int64_t now_at, int64_t *key,
		     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, TOKEN_ADD);
	query_text(&q, 1, name);
	query_text(&q, 2, role);
	query_blob(&q, 3, sha256, 32);
	if (expires_at)
		query_int(&q, 4, expires_at);
	query_int(&q, 5, now_at);
	enum fault fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault token_revoke(struct store *store, int64_t key, int64_t now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ENDPOINT, sql, TOKEN_REVOKE);
	query_int(&q, 1, key);
	query_int(&q, 2, now_at);
	enum fault fault = query_run(&q, problem);
	if (fault == FAULT_NONE && query_changed(store) == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no valid token tk_%lld",
				   (long long)key);
	return fault;
}
