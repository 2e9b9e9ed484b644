/*
 * Statements: each is prepared once for a connection, kept, and found again by its table and number.
 */
#include "store/query.h"

#include "store/db_inside.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kept {
	sqlite3_stmt *stmt;
	unsigned char params[QUERY_PARAMS_MAX + 1];
};

struct query_cache {
	struct kept kept[TABLE_COUNT][QUERIES_PER_TABLE];
};

/* SQLite numbers `$3` by first appearance; we bind by the number that is written. */
static void map_params(struct kept *kept)
{
	for (int n = 1; n <= QUERY_PARAMS_MAX; n++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "$%d", n);
		kept->params[n] = (unsigned char)sqlite3_bind_parameter_index(kept->stmt, name);
	}
}

struct query query_begin(struct store *store, enum query_table table, const char *const *texts,
			 unsigned id)
{
	INVARIANT(id < QUERIES_PER_TABLE);
	if (!store->queries)
		store->queries = xcalloc(1, sizeof(*store->queries));
	struct kept *kept = &store->queries->kept[table][id];
	struct query q = { .store = store, .rc = SQLITE_OK };
	if (!kept->stmt) {
		q.rc = sqlite3_prepare_v3(store->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT,
					  &kept->stmt, NULL);
		if ((q.rc & 0xff) == SQLITE_ERROR) {
			(void)fprintf(stderr, "%s: %s\n", texts[id], sqlite3_errmsg(store->db));
			BUG("a statement does not compile");
		}
		if (q.rc == SQLITE_OK)
			map_params(kept);
	}
	q.stmt = kept->stmt;
	q.params = kept->params;
	return q;
}

static int index_of(const struct query *q, int n)
{
	INVARIANT(n >= 1 && n <= QUERY_PARAMS_MAX && q->params[n] > 0);
	return q->params[n];
}

static void note(struct query *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void query_int(struct query *q, int n, int64_t value)
{
	if (q->rc == SQLITE_OK)
		note(q, sqlite3_bind_int64(q->stmt, index_of(q, n), value));
}

void query_text(struct query *q, int n, const char *s)
{
	if (!s)
		query_null(q, n);
	else
		query_text_n(q, n, s, strlen(s));
}

void query_text_n(struct query *q, int n, const char *s, size_t len)
{
	if (q->rc == SQLITE_OK)
		note(q, sqlite3_bind_text64(q->stmt, index_of(q, n), s, len, SQLITE_STATIC,
					    SQLITE_UTF8));
}

void query_blob(struct query *q, int n, const void *data, size_t len)
{
	if (q->rc == SQLITE_OK)
		note(q, sqlite3_bind_blob64(q->stmt, index_of(q, n), data, len, SQLITE_STATIC));
}

void query_null(struct query *q, int n)
{
	if (q->rc == SQLITE_OK)
		note(q, sqlite3_bind_null(q->stmt, index_of(q, n)));
}

bool query_row(struct query *q)
{
	if (q->rc != SQLITE_OK || q->done)
		return false;
	int rc = sqlite3_step(q->stmt);
	if (rc == SQLITE_ROW)
		return true;
	q->done = true;
	if (rc != SQLITE_DONE)
		q->rc = rc;
	return false;
}

void query_again(struct query *q)
{
	if (q->stmt)
		(void)sqlite3_reset(q->stmt);
	q->done = false;
}

int64_t query_col_int(const struct query *q, int column)
{
	return sqlite3_column_int64(q->stmt, column);
}

bool query_col_null(const struct query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

const char *query_col_text(const struct query *q, int column)
{
	const unsigned char *text = sqlite3_column_text(q->stmt, column);
	return text ? (const char *)text : "";
}

size_t query_col_bytes(const struct query *q, int column)
{
	return (size_t)sqlite3_column_bytes(q->stmt, column);
}

const void *query_col_blob(const struct query *q, int column)
{
	return sqlite3_column_blob(q->stmt, column);
}

enum fault query_end(struct query *q, struct problem *problem)
{
	enum fault fault = store_explain(q->store, q->rc, problem);
	if (q->stmt) {
		(void)sqlite3_reset(q->stmt);
		(void)sqlite3_clear_bindings(q->stmt);
	}
	return fault;
}

enum fault query_run(struct query *q, struct problem *problem)
{
	while (query_row(q))
		;
	return query_end(q, problem);
}

void query_forget(struct store *store)
{
	for (size_t t = 0; store->queries && t < TABLE_COUNT; t++)
		for (size_t i = 0; i < QUERIES_PER_TABLE; i++)
			sqlite3_finalize(store->queries->kept[t][i].stmt);
	free(store->queries);
	store->queries = NULL;
}

int64_t query_last_key(struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

int64_t query_changed(struct store *store)
{
	return sqlite3_changes64(store->db);
}
