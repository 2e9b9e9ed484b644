/*
 * Connections: opened with settings that keep what was acknowledged, migrated, and put into transactions.
 */
#include "store/store.h"

#include "jiebang/clock.h"
#include "jiebang/digest.h"
#include "store/db_inside.h"
#include "store/known.h"
#include "store/query.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA_VERSION 1
#define APPLICATION_ID 0x6a696562 /* "jieb" */

extern const unsigned char schema_sql[]; /* store/schema.sql, NUL-terminated */

static enum fault fault_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return FAULT_NONE;
	case SQLITE_FULL:
		return FAULT_FULL;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return FAULT_IO;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return FAULT_BUSY;
	case SQLITE_CONSTRAINT:
		return FAULT_CONFLICT;
	case SQLITE_NOMEM:
		fatal(71, "the database library is out of memory");
	case SQLITE_TOOBIG:
		return FAULT_TOO_LARGE;
	default:
		return FAULT_CORRUPT;
	}
}

enum fault store_explain(struct store *store, int rc, struct problem *problem)
{
	enum fault fault = fault_of(rc);
	if (fault == FAULT_NONE)
		return fault;
	if ((rc & 0xff) == SQLITE_MISUSE)
		BUG("database library misused");
	problem_set(problem, fault, "database: %s (code %d)", sqlite3_errmsg(store->db), rc);
	if (problem && fault == FAULT_FULL)
		(void)snprintf(problem->hint, sizeof(problem->hint),
			       "free space on the disk that holds state_dir; nothing was changed, "
			       "and the daemon goes on by itself");
	return fault;
}

static enum fault run(struct store *store, const char *sql, struct problem *problem)
{
	return store_explain(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), problem);
}

/* One integer of a PRAGMA, -1 on failure. */
static int64_t pragma_int(struct store *store, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;
	if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return value;
}

static enum fault take_lock(const char *state_dir, int *fd, struct problem *problem)
{
	char path[512];
	if (snprintf(path, sizeof(path), "%s/lock", state_dir) >= (int)sizeof(path))
		return problem_set(problem, FAULT_INVALID, "state_dir is longer than 500 bytes");
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return problem_set(problem, FAULT_IO, "cannot open %s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return FAULT_NONE;
	int error = errno;
	(void)close(*fd);
	*fd = -1;
	if (error == EWOULDBLOCK)
		return problem_set(problem, FAULT_CONFLICT, "another daemon holds %s", state_dir);
	return problem_set(problem, FAULT_IO, "cannot lock %s: %s", path, strerror(error));
}

/*
 * WAL: readers never wait. FULL: a commit is on disk before it is acknowledged (contract 1). A page cache of 16 MiB
 * bounds memory during an import; beyond it SQLite spills into the WAL. A checkpoint every 1000 pages: at 250 a
 * commit's p99 is 5 ms better, and delivering costs a third more, since pages are copied back more often. DEFENSIVE
 * on and TRUSTED_SCHEMA off, so that a doctored file can't run code in us.
 */
static enum fault settings(struct store *store, bool writer, struct problem *problem)
{
	int off = 0;
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &off);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &off);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, &off);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, &off);
	(void)sqlite3_extended_result_codes(store->db, 1);
	(void)sqlite3_busy_timeout(store->db, 2000);
	enum fault fault = run(
		store,
		"PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2048",
		problem);
	if (fault == FAULT_NONE && writer)
		fault = run(store,
			    "PRAGMA cache_size = -16384; PRAGMA journal_mode = WAL; PRAGMA "
			    "synchronous = FULL; PRAGMA "
			    "wal_autocheckpoint = 1000; "
			    "PRAGMA journal_size_limit = 67108864",
			    problem);
	return fault;
}

/* Version 0 with no tables is a new file; a newer version is refused; older ones would be migrated here, after a backup. */
static enum fault migrate(struct store *store, const char *state_dir, struct problem *problem)
{
	int64_t version = pragma_int(store, "PRAGMA user_version");
	int64_t owner = pragma_int(store, "PRAGMA application_id");
	int64_t tables = pragma_int(store, "SELECT count(*) FROM sqlite_schema");
	if (version < 0 || tables < 0)
		return store_explain(store, sqlite3_extended_errcode(store->db), problem);
	if (version == SCHEMA_VERSION && owner == APPLICATION_ID)
		return FAULT_NONE;
	if (version > SCHEMA_VERSION && owner == APPLICATION_ID)
		return problem_set(problem, FAULT_CORRUPT,
				   "the database has schema version %lld, this program knows %d; "
				   "run the newer program",
				   (long long)version, SCHEMA_VERSION);
	if (tables > 0)
		return problem_set(problem, FAULT_CORRUPT,
				   "jiebang.db in %s is not a database of jiebang",
				   state_dir ? state_dir : "memory");
	enum fault fault = run(store, "BEGIN IMMEDIATE", problem);
	if (fault == FAULT_NONE)
		fault = run(store, (const char *)schema_sql, problem);
	char stamp[96];
	(void)snprintf(stamp, sizeof(stamp),
		       "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
		       APPLICATION_ID, SCHEMA_VERSION);
	if (fault == FAULT_NONE)
		fault = run(store, stamp, problem);
	if (fault != FAULT_NONE)
		(void)run(store, "ROLLBACK", NULL);
	return fault;
}

/* Statistics of memory would cost a lock on every allocation of both threads, and nobody reads them. */
static void configure_once(void)
{
	static bool done;
	if (!done)
		(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	done = true;
}

static enum fault connect_to(const char *path, int flags, struct store **out,
			     struct problem *problem)
{
	struct store *store = xcalloc(1, sizeof(*store));
	store->lock_fd = -1;
	*out = store;
	configure_once();
	int rc = sqlite3_open_v2(path, &store->db,
				 flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return store_explain(store, rc, problem);
	return FAULT_NONE;
}

static enum fault give_or_close(enum fault fault, struct store **out)
{
	if (fault != FAULT_NONE) {
		store_close(*out);
		*out = NULL;
	}
	return fault;
}

static bool path_of(const char *state_dir, char *path, size_t size)
{
	int len = snprintf(path, size, "%s/jiebang.db", state_dir);
	return len > 0 && (size_t)len < size;
}

enum fault store_open(const char *state_dir, struct store **out, struct problem *problem)
{
	char path[512];
	int lock_fd = -1;
	*out = NULL;
	if (!path_of(state_dir, path, sizeof(path)))
		return problem_set(problem, FAULT_INVALID, "state_dir is longer than 500 bytes");
	enum fault fault = take_lock(state_dir, &lock_fd, problem);
	if (fault != FAULT_NONE)
		return fault;
	(void)umask(077); /* secrets of endpoints live in the file */
	fault = connect_to(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out, problem);
	(*out)->lock_fd = lock_fd;
	/* Whose file it is comes first: the journal mode is written into it. */
	if (fault == FAULT_NONE)
		fault = settings(*out, false, problem);
	if (fault == FAULT_NONE)
		fault = migrate(*out, state_dir, problem);
	if (fault == FAULT_NONE)
		fault = settings(*out, true, problem);
	return give_or_close(fault, out);
}

enum fault store_open_reader(const char *state_dir, struct store **out, struct problem *problem)
{
	char path[512];
	*out = NULL;
	if (!path_of(state_dir, path, sizeof(path)))
		return problem_set(problem, FAULT_INVALID, "state_dir is longer than 500 bytes");
	enum fault fault = connect_to(path, SQLITE_OPEN_READONLY, out, problem);
	if (fault == FAULT_NONE)
		fault = settings(*out, false, problem);
	return give_or_close(fault, out);
}

enum fault store_open_memory(struct store **out, struct problem *problem)
{
	enum fault fault =
		connect_to(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out, problem);
	if (fault == FAULT_NONE)
		fault = settings(*out, false, problem);
	if (fault == FAULT_NONE)
		fault = migrate(*out, NULL, problem);
	return give_or_close(fault, out);
}

enum fault store_open_copy(const char *state_dir, struct store **out, struct problem *problem)
{
	struct store *original;
	*out = NULL;
	enum fault fault = store_open_reader(state_dir, &original, problem);
	if (fault != FAULT_NONE)
		return fault;
	INVARIANT(original != NULL);
	fault = connect_to(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, out, problem);
	if (fault == FAULT_NONE) {
		sqlite3_backup *backup =
			sqlite3_backup_init((*out)->db, "main", original->db, "main");
		int rc = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
		(void)sqlite3_backup_finish(backup);
		fault = store_explain(*out, rc, problem);
	}
	store_close(original);
	if (fault == FAULT_NONE)
		fault = settings(*out, false, problem);
	if (fault == FAULT_NONE)
		fault = migrate(*out, state_dir, problem);
	return give_or_close(fault, out);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	query_forget(store);
	known_free(store);
	/* The reader may outlive the writer and can't empty the WAL: a clean stop leaves everything in the one file. */
	if (store->lock_fd >= 0)
		(void)sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
						NULL);
	(void)sqlite3_close(store->db);
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	free(store);
}

enum {
	DB_BEGIN,
	DB_COMMIT,
	DB_ROLLBACK,
	DB_SAVEPOINT,
	DB_RELEASE,
	DB_UNDO,
	DB_READ,
	DB_DATA_VERSION
};

static const char *const sql[] = {
	[DB_BEGIN] = "BEGIN IMMEDIATE",
	[DB_COMMIT] = "COMMIT",
	[DB_ROLLBACK] = "ROLLBACK",
	[DB_SAVEPOINT] = "SAVEPOINT verb",
	[DB_RELEASE] = "RELEASE verb",
	[DB_UNDO] = "ROLLBACK TO verb",
	[DB_READ] = "BEGIN",
	[DB_DATA_VERSION] = "PRAGMA data_version",
};

static enum fault simple(struct store *store, unsigned id, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DB, sql, id);
	return query_run(&q, problem);
}

enum fault store_begin(struct store *store, struct problem *problem)
{
	return simple(store, DB_BEGIN, problem);
}

enum fault store_commit(struct store *store, struct problem *problem)
{
	return simple(store, DB_COMMIT, problem);
}

void store_rollback(struct store *store)
{
	known_forget(store);
	/* After a failed write SQLite may have rolled back by itself. */
	if (!sqlite3_get_autocommit(store->db))
		(void)simple(store, DB_ROLLBACK, NULL);
}

bool store_in_transaction(const struct store *store)
{
	return !sqlite3_get_autocommit(store->db);
}

enum fault store_savepoint(struct store *store, struct problem *problem)
{
	return simple(store, DB_SAVEPOINT, problem);
}

enum fault store_release(struct store *store, struct problem *problem)
{
	return simple(store, DB_RELEASE, problem);
}

void store_undo(struct store *store)
{
	known_forget(store);
	if (sqlite3_get_autocommit(store->db))
		return;
	/* If even that fails, a half-done verb must not be committed with its neighbours: all of it goes. */
	if (simple(store, DB_UNDO, NULL) != FAULT_NONE ||
	    simple(store, DB_RELEASE, NULL) != FAULT_NONE)
		store_rollback(store);
}

enum fault store_read_begin(struct store *store, struct problem *problem)
{
	return simple(store, DB_READ, problem);
}

void store_read_end(struct store *store)
{
	if (!sqlite3_get_autocommit(store->db))
		(void)simple(store, DB_COMMIT, NULL);
}

int64_t store_changes(const struct store *store)
{
	return sqlite3_total_changes64(store->db);
}

int64_t store_data_version(struct store *store)
{
	struct query q = query_begin(store, TABLE_DB, sql, DB_DATA_VERSION);
	int64_t version = query_row(&q) ? query_col_int(&q, 0) : -1;
	(void)query_end(&q, NULL);
	return version;
}
