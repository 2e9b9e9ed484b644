/*
 * Connections, settings, transactions and statements: everything that speaks to SQLite's C interface.
 */
#include "jiebang/clock.h"
#include "jiebang/digest.h"
#include "store/query.h"
#include "store/store.h"

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

struct kept {
	sqlite3_stmt *stmt;
	unsigned char params[QUERY_PARAMS_MAX + 1];
};

struct store {
	sqlite3 *db;
	int lock_fd;
	struct kept kept[TABLE_COUNT][QUERIES_PER_TABLE];
};

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

static enum fault explain(struct store *store, int rc, struct problem *problem)
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
	return explain(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL), problem);
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
		return explain(store, sqlite3_extended_errcode(store->db), problem);
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
		return explain(store, rc, problem);
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
		fault = explain(*out, rc, problem);
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
	for (size_t t = 0; t < TABLE_COUNT; t++)
		for (size_t i = 0; i < QUERIES_PER_TABLE; i++)
			sqlite3_finalize(store->kept[t][i].stmt);
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

/* ---- statements ---- */

/* SQLite numbers `$3` by first appearance; we bind by the number that is written. */
static void map_params(struct kept *kept)
{
	for (int n = 1; n <= QUERY_PARAMS_MAX; n++) {
		char name[8];
		(void)snprintf(name, sizeof(name), "$%d", n);
		kept->params[n] = (unsigned char)sqlite3_bind_parameter_index(kept->stmt, name);
	}
}

struct query query_begin(struct store *store, enum query_table table, const char *const *texts,
			 unsigned id)
{
	INVARIANT(id < QUERIES_PER_TABLE);
	struct kept *kept = &store->kept[table][id];
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
	enum fault fault = explain(q->store, q->rc, problem);
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

int64_t query_last_key(struct store *store)
{
	return sqlite3_last_insert_rowid(store->db);
}

int64_t query_changed(struct store *store)
{
	return sqlite3_changes64(store->db);
}
