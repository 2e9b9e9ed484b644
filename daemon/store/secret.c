/*
 * A rotation moves the endpoint's secret to the replaced ones and writes the new one, in one transaction: there is no
 * moment in which an attempt is signed with neither. older_until in the endpoint's row tells a claim, which reads that
 * row anyway, whether there is anything to look up here.
 */
#include "store/secret.h"

#include "store/query.h"

#include <string.h>

enum { COUNT, OLDER, KEEP, ENDED, FORGET, ERASE, REPLACE };

static const char *const sql[] = {
	[COUNT] = "SELECT count(*), min(until_at) FROM endpoint_secret WHERE endpoint_key = $1 AND "
		  "until_at > $2",
	[OLDER] = "SELECT secret_kind, secret FROM endpoint_secret WHERE endpoint_key = $1 AND "
		  "until_at > $2 ORDER BY n DESC LIMIT $3",
	[KEEP] = "INSERT INTO endpoint_secret (endpoint_key, n, secret, secret_kind, until_at) "
		 "SELECT endpoint_key, 1 + coalesce((SELECT max(n) FROM endpoint_secret AS s WHERE "
		 "s.endpoint_key = endpoint.endpoint_key), 0), secret, secret_kind, $2 FROM "
		 "endpoint WHERE endpoint_key = $1",
	[ENDED] = "DELETE FROM endpoint_secret WHERE endpoint_key = $1 AND until_at <= $2",
	[FORGET] = "DELETE FROM endpoint_secret WHERE endpoint_key = $1",
	[ERASE] = "UPDATE endpoint SET secret = CASE WHEN secret_kind = 'none' THEN secret ELSE $2 "
		  "END, older_until = 0 WHERE endpoint_key = $1",
	[REPLACE] = "UPDATE endpoint SET secret = $2, secret_kind = $3, revision = revision + 1, "
		    "older_until = coalesce((SELECT max(until_at) FROM endpoint_secret AS s WHERE "
		    "s.endpoint_key = endpoint.endpoint_key), 0) WHERE endpoint_key = $1",
};

enum fault secrets_older_count(struct store *store, int64_t endpoint_key, int64_t now_at,
			       struct secrets_older *out, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SECRET, sql, COUNT);
	*out = (struct secrets_older){ 0, INT64_MAX };
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, now_at);
	if (query_row(&q) && query_col_int(&q, 0) > 0)
		*out = (struct secrets_older){ (size_t)query_col_int(&q, 0), query_col_int(&q, 1) };
	return query_end(&q, problem);
}

static void read_secret(const struct query *q, struct secret *out)
{
	*out = (struct secret){ .len = query_col_bytes(q, 1) };
	INVARIANT(out->len <= sizeof(out->bytes)); /* the schema says so */
	INVARIANT(secret_kind_parse(query_col_text(q, 0), &out->kind));
	memcpy(out->bytes, query_col_blob(q, 1), out->len);
}

enum fault secrets_older(struct store *store, int64_t endpoint_key, int64_t now_at,
			 struct secret *out, size_t max, unsigned *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SECRET, sql, OLDER);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, now_at);
	query_int(&q, 3, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		read_secret(&q, &out[(*n)++]);
	return query_end(&q, problem);
}

static enum fault run_at(struct store *store, unsigned id, int64_t endpoint_key, int64_t at,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SECRET, sql, id);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, at);
	return query_run(&q, problem);
}

static enum fault forget(struct store *store, int64_t endpoint_key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SECRET, sql, FORGET);
	query_int(&q, 1, endpoint_key);
	return query_run(&q, problem);
}

enum fault secret_replace(struct store *store, int64_t endpoint_key, const struct secret *secret,
			  int64_t now_at, int64_t until_at, struct problem *problem)
{
	enum fault fault = until_at > now_at ? run_at(store, KEEP, endpoint_key, until_at, problem)
					     : forget(store, endpoint_key, problem);
	if (fault == FAULT_NONE)
		fault = run_at(store, ENDED, endpoint_key, now_at, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_SECRET, sql, REPLACE);
	query_int(&q, 1, endpoint_key);
	query_blob(&q, 2, secret->bytes, secret->len);
	query_text(&q, 3, secret_kind_name(secret->kind));
	return query_run(&q, problem);
}

enum fault secrets_forget(struct store *store, int64_t endpoint_key, struct problem *problem)
{
	static const uint8_t none[SECRET_MIN_BYTES];
	enum fault fault = forget(store, endpoint_key, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_SECRET, sql, ERASE);
	query_int(&q, 1, endpoint_key);
	query_blob(&q, 2, none, sizeof(none));
	return query_run(&q, problem);
}
