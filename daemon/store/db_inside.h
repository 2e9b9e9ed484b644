/* A connection's inside, shared by db.c (connections, transactions) and query.c (statements). */
#ifndef JIEBANG_STORE_DB_INSIDE_H
#define JIEBANG_STORE_DB_INSIDE_H

#include "jiebang/fault.h"

#include <sqlite3.h>

struct query_cache;
struct known;

struct store {
	sqlite3 *db;
	int lock_fd;
	struct query_cache *queries; /* query.c's; NULL before the first */
	struct known *known;         /* known.c's; NULL before the first */
};

/* What SQLite's result code means to us, in words; FAULT_NONE for one that is no error. */
MUST_CHECK enum fault store_explain(struct store *store, int rc, struct problem *problem);

#endif
