/*
 * The room that knows the database library. A `struct store` is one connection: the writer thread owns the writing
 * one, the loop thread a read-only one (WAL readers never wait for the writer).
 *
 * Settings, each with its reason in db.c: WAL, synchronous=FULL, foreign keys, DEFENSIVE, TRUSTED_SCHEMA off, DQS
 * off, and a lock file held for life, since plain WAL lets two daemons open one database.
 */
#ifndef JIEBANG_STORE_H
#define JIEBANG_STORE_H

#include "jiebang/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

/*
 * Takes the lock file STATE_DIR/lock and opens STATE_DIR/jiebang.db for writing, creating or migrating the schema
 * (with a backup beside it before). FAULT_CONFLICT: another daemon holds the directory. FAULT_CORRUPT: a newer
 * schema, or no database of ours.
 */
MUST_CHECK enum fault store_open(const char *state_dir, struct store **out,
				 struct problem *problem);
/* A second, read-only connection to the same file. */
MUST_CHECK enum fault store_open_reader(const char *state_dir, struct store **out,
					struct problem *problem);
/* In memory, for simulation and tests: one connection that reads and writes. */
MUST_CHECK enum fault store_open_memory(struct store **out, struct problem *problem);
/* A private copy in memory of what STATE_DIR holds, for looking ahead: the original is only read. */
MUST_CHECK enum fault store_open_copy(const char *state_dir, struct store **out,
				      struct problem *problem);
void store_close(struct store *store);

/* Group commit: one transaction, a savepoint for each verb in it. */
MUST_CHECK enum fault store_begin(struct store *store, struct problem *problem);
MUST_CHECK enum fault store_commit(struct store *store, struct problem *problem);
void store_rollback(struct store *store);
MUST_CHECK enum fault store_savepoint(struct store *store, struct problem *problem);
MUST_CHECK enum fault store_release(struct store *store, struct problem *problem);
void store_undo(struct store *store); /* back to the savepoint, and past it */

/* False after SQLite ended a transaction by itself (disk full, I/O error). */
bool store_in_transaction(const struct store *store);

/* A consistent view over several reads; no-op nesting is not supported. */
MUST_CHECK enum fault store_read_begin(struct store *store, struct problem *problem);
void store_read_end(struct store *store);

/* Changes made by this connection since it was opened (sqlite3_total_changes64). */
int64_t store_changes(const struct store *store);
/* Bumped by every committed transaction of any connection: PRAGMA data_version for a reader. */
int64_t store_data_version(struct store *store);

#endif
