/*
 * Statements: each store file has a table of named SQL, prepared once and kept. Inside store/ only.
 *
 *	static const char *const sql[] = { [UNIT_GET] = "SELECT … WHERE unit_key = $1", … };
 *	struct query q = query_begin(store, TABLE_UNIT, sql, UNIT_GET);
 *	query_int(&q, 1, key);
 *	if (query_row(&q)) …query_col_int(&q, 0)…
 *	fault = query_end(&q, problem);
 *
 * A fault sticks to the query: query_row then says false, and query_end returns it.
 */
#ifndef JIEBANG_STORE_QUERY_H
#define JIEBANG_STORE_QUERY_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct sqlite3_stmt;

/* One for each store file that has statements. */
enum query_table {
	TABLE_DB = 0,
	TABLE_INSTANCE,
	TABLE_PROGRAMME,
	TABLE_RULE,
	TABLE_RULING,
	TABLE_MILESTONE,
	TABLE_UNIT,
	TABLE_OBLIGATION,
	TABLE_OCCASION,
	TABLE_KNOWN,
	TABLE_TIMER,
	TABLE_PLAN,
	TABLE_OUTBOX,
	TABLE_CLAIM,
	TABLE_RECORD,
	TABLE_ENDPOINT,
	TABLE_SECRET,
	TABLE_SCOPE,
	TABLE_PACE,
	TABLE_PART,
	TABLE_TOKEN,
	TABLE_READ_PROGRAMME,
	TABLE_READ_UNIT,
	TABLE_READ_RISK,
	TABLE_READ_OBLIGATION,
	TABLE_READ_DELIVERY,
	TABLE_READ_LOG,
	TABLE_READ_STATUS,
	TABLE_READ_COUNTS,
	TABLE_READ_SCHEDULE,
	TABLE_SIMULATED,
	TABLE_READ_EXPLAIN,
	TABLE_READ_MILESTONE,
	TABLE_ABOUT,
	TABLE_MATERIAL,
	TABLE_READ_FORM,
	TABLE_READ_MATERIAL,
	TABLE_CHANGE,
	TABLE_DATED,
	TABLE_CONSORTIUM,
	TABLE_GAP,
	TABLE_READ_CHANGE,
	TABLE_DIGEST,
	TABLE_READ_NOTICES,
	TABLE_READ_GAP,
	TABLE_SILENCE,
	TABLE_ROLLUP,
	TABLE_WEEKLY,
	TABLE_READ_SILENCE,
	TABLE_REACH,
	TABLE_HEALTH,
	TABLE_READ_FEED,
	TABLE_ENDPOINT_STAT,
	TABLE_READ_ENDPOINT,
	TABLE_COUNT
};

#define QUERIES_PER_TABLE 48
#define QUERY_PARAMS_MAX  24

struct query {
	struct store *store;
	struct sqlite3_stmt *stmt;
	const unsigned char *params; /* parameter number → SQLite's index */
	int rc;
	bool done;
};

struct query query_begin(struct store *store, enum query_table table, const char *const *texts,
			 unsigned id);
void query_int(struct query *q, int n, int64_t value);
/* NULL binds NULL; what it points to is borrowed until query_end. */
void query_text(struct query *q, int n, const char *s);
void query_text_n(struct query *q, int n, const char *s, size_t len);
void query_blob(struct query *q, int n, const void *data, size_t len);
void query_null(struct query *q, int n);
/* True while there is a row. */
bool query_row(struct query *q);
/* Runs it again with new parameters (keeps those not bound anew). */
void query_again(struct query *q);
int64_t query_col_int(const struct query *q, int column); /* 0 for NULL */
bool query_col_null(const struct query *q, int column);
/* Never NULL ("" for NULL); borrowed until the next step. */
const char *query_col_text(const struct query *q, int column);
size_t query_col_bytes(const struct query *q, int column);
const void *query_col_blob(const struct query *q, int column);
/* Resets the statement and says how it went. */
enum fault query_end(struct query *q, struct problem *problem);
/* A statement without rows in one go, parameters already bound. */
MUST_CHECK enum fault query_run(struct query *q, struct problem *problem);
int64_t query_last_key(struct store *store);
int64_t query_changed(struct store *store); /* rows by the last statement */

/* Ends all statements of a connection, before it is closed. */
void query_forget(struct store *store);

#endif
