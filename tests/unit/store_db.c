/*
 * Connections, transactions and statements: who may open what, what a commit keeps and a savepoint undoes, and which
 * rows the schema itself does not take.
 */
#include "store/store.h"

#include "jiebang/text.h"
#include "store/query.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64];
static struct problem problem;

/* ---- the stage ---- */

static int setup(void **state)
{
	(void)state;
	(void)text_copy(dir, sizeof(dir), "/tmp/jb-db-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static void path_of(char *path, size_t size, const char *name)
{
	(void)snprintf(path, size, "%s/%s", dir, name);
}

static int teardown(void **state)
{
	static const char *const names[] = { "jiebang.db", "jiebang.db-wal", "jiebang.db-shm",
					     "lock" };
	char path[128];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		path_of(path, sizeof(path), names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static struct store *opened(void)
{
	struct store *store;
	if (store_open(dir, &store, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	return store;
}

/* Each text once in the statement table of the connection it is used on. */
static const char *sql[2 * QUERIES_PER_TABLE];
static unsigned n_sql;

static struct query look(struct store *store, const char *text)
{
	static const enum query_table tables[] = { TABLE_PLAN, TABLE_TOKEN };
	unsigned i = 0;
	while (i < n_sql && sql[i] != text)
		i++;
	assert_true(i < COUNT_OF(sql));
	if (i == n_sql)
		sql[n_sql++] = text;
	unsigned table = i / QUERIES_PER_TABLE;
	return query_begin(store, tables[table], &sql[table * QUERIES_PER_TABLE],
			   i % QUERIES_PER_TABLE);
}

static enum fault execute(struct store *store, const char *text)
{
	struct query q = look(store, text);
	return query_run(&q, &problem);
}

static int64_t number(struct store *store, const char *text)
{
	struct query q = look(store, text);
	int64_t value = query_row(&q) ? query_col_int(&q, 0) : -1;
	assert_int_equal(query_end(&q, &problem), FAULT_NONE);
	return value;
}

#define ADD_DAY(day) "INSERT INTO calendar_day VALUES ('" day "', 'holiday', 'x')"
#define COUNT_DAYS   "SELECT count(*) FROM calendar_day"

/* ---- opening ---- */

static void a_new_state_is_made_and_found_again(void **state)
{
	struct stat info;
	char path[128];
	(void)state;
	mode_t before = umask(022);
	struct store *store = opened();
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	store_close(store);
	(void)umask(before);
	/* Secrets of endpoints live in it. */
	path_of(path, sizeof(path), "jiebang.db");
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 077, 0);
	store = opened();
	assert_int_equal(number(store, COUNT_DAYS), 1);
	store_close(store);
}

static void expect_no_open(enum fault fault, const char *detail)
{
	struct store *store = NULL;
	assert_int_equal(store_open(dir, &store, &problem), fault);
	assert_null(store);
	assert_int_equal(problem.fault, fault);
	if (!strstr(problem.detail, detail))
		fail_msg("\"%s\" says nothing of \"%s\"", problem.detail, detail);
}

static void one_writer_at_a_time(void **state)
{
	(void)state;
	struct store *store = opened();
	expect_no_open(FAULT_CONFLICT, "another daemon holds /tmp/jb-db-");
	/* The loser took nothing from the winner. */
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	store_close(store);
	store_close(opened());
}

/* A process that dies holds nothing: the lock goes with it. */
static void the_lock_dies_with_its_holder(void **state)
{
	int status;
	(void)state;
	pid_t child = fork();
	if (child == 0) {
		struct store *store;
		_exit(store_open(dir, &store, NULL) == FAULT_NONE ? 7 : 8);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	store_close(opened());
}

static void what_is_not_ours_is_refused(void **state)
{
	static const struct {
		const char *make; /* on a database of ours */
		const char *detail;
	} foreign[] = {
		{ "PRAGMA user_version = 2",
		  "has schema version 2, this program knows 1; run the newer program" },
		{ "PRAGMA application_id = 7", "is not a database of jiebang" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(foreign); i++) {
		struct store *store = opened();
		assert_int_equal(execute(store, foreign[i].make), FAULT_NONE);
		store_close(store);
		expect_no_open(FAULT_CORRUPT, foreign[i].detail);
		expect_no_open(FAULT_CORRUPT, foreign[i].detail); /* and left as it is */
		char path[128];
		path_of(path, sizeof(path), "jiebang.db");
		assert_int_equal(unlink(path), 0);
	}
}

static void garbage_is_refused_and_kept(void **state)
{
	char path[128], content[64] = "";
	static const char garbage[] = "this is a letter, and no database at all ........";
	(void)state;
	path_of(path, sizeof(path), "jiebang.db");
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(garbage, file) >= 0);
	assert_int_equal(fclose(file), 0);
	expect_no_open(FAULT_CORRUPT, "not a database");
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(content, sizeof(content), file));
	assert_int_equal(fclose(file), 0);
	assert_string_equal(content, garbage);
}

static void a_place_that_is_not_there(void **state)
{
	struct store *store = NULL;
	char longer[600];
	(void)state;
	assert_int_equal(store_open("/nonexistent/jb", &store, &problem), FAULT_IO);
	assert_null(store);
	assert_non_null(strstr(problem.detail, "/nonexistent/jb/lock"));
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(store_open(longer, &store, &problem), FAULT_INVALID);
	assert_null(store);
	assert_int_equal(store_open_reader(longer, &store, &problem), FAULT_INVALID);
	assert_null(store);
	assert_int_equal(store_open_reader(dir, &store, &problem), FAULT_IO);
	assert_null(store);
	assert_int_equal(store_open_copy(dir, &store, &problem), FAULT_IO);
	assert_null(store);
}

/* ---- reading beside the writer ---- */

static void the_reader_reads_only(void **state)
{
	struct store *reader;
	(void)state;
	struct store *store = opened();
	assert_int_equal(store_open_reader(dir, &reader, &problem), FAULT_NONE);
	assert_int_equal(execute(reader, ADD_DAY("2025-10-01")), FAULT_IO);
	/* What is not committed is not seen, what is committed is. */
	int64_t version = store_data_version(reader);
	assert_int_equal(store_begin(store, &problem), FAULT_NONE);
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	assert_int_equal(number(reader, COUNT_DAYS), 0);
	assert_int_equal(store_data_version(reader), version);
	assert_int_equal(store_commit(store, &problem), FAULT_NONE);
	assert_int_equal(number(reader, COUNT_DAYS), 1);
	assert_true(store_data_version(reader) != version);
	store_close(reader);
	store_close(store);
}

/* Between begin and end the reader sees one state, whatever is written meanwhile; nobody waits. */
static void a_read_is_of_one_moment(void **state)
{
	struct store *reader;
	(void)state;
	struct store *store = opened();
	assert_int_equal(store_open_reader(dir, &reader, &problem), FAULT_NONE);
	assert_int_equal(store_read_begin(reader, &problem), FAULT_NONE);
	assert_int_equal(number(reader, COUNT_DAYS), 0);
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	assert_int_equal(number(reader, COUNT_DAYS), 0);
	store_read_end(reader);
	store_read_end(reader); /* once too often is no harm */
	assert_int_equal(number(reader, COUNT_DAYS), 1);
	store_close(reader);
	store_close(store);
}

static void a_copy_is_private(void **state)
{
	struct store *copy;
	(void)state;
	struct store *store = opened();
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	assert_int_equal(store_open_copy(dir, &copy, &problem), FAULT_NONE); /* though it is held */
	assert_int_equal(number(copy, COUNT_DAYS), 1);
	assert_int_equal(execute(copy, ADD_DAY("2026-10-01")), FAULT_NONE);
	assert_int_equal(number(copy, COUNT_DAYS), 2);
	assert_int_equal(number(store, COUNT_DAYS), 1);
	store_close(copy);
	store_close(store);
}

/* ---- transactions ---- */

static struct store *memory(void)
{
	struct store *store;
	n_sql = 0;
	assert_int_equal(store_open_memory(&store, &problem), FAULT_NONE);
	return store;
}

static void a_savepoint_is_undone_alone(void **state)
{
	(void)state;
	struct store *store = memory();
	assert_false(store_in_transaction(store));
	assert_int_equal(store_begin(store, &problem), FAULT_NONE);
	assert_true(store_in_transaction(store));
	assert_int_equal(store_savepoint(store, &problem), FAULT_NONE);
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	assert_int_equal(store_release(store, &problem), FAULT_NONE);
	assert_int_equal(store_savepoint(store, &problem), FAULT_NONE);
	assert_int_equal(execute(store, ADD_DAY("2026-10-01")), FAULT_NONE);
	store_undo(store);
	assert_true(store_in_transaction(store));
	assert_int_equal(number(store, COUNT_DAYS), 1);
	assert_int_equal(store_commit(store, &problem), FAULT_NONE);
	assert_false(store_in_transaction(store));
	assert_int_equal(number(store, COUNT_DAYS), 1);
	store_close(store);
}

static void a_rollback_takes_everything(void **state)
{
	(void)state;
	struct store *store = memory();
	assert_int_equal(store_begin(store, &problem), FAULT_NONE);
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	store_rollback(store);
	assert_int_equal(number(store, COUNT_DAYS), 0);
	store_rollback(store); /* nothing is open: nothing happens */
	store_undo(store);
	store_close(store);
}

/* A full disk is told from other faults, with what to do; and the transaction can be given up. */
static void a_full_disk_is_said(void **state)
{
	static const char big[] = "INSERT INTO calendar_day SELECT '2025-10-01', 'holiday', "
				  "hex(zeroblob(1000000))";
	(void)state;
	struct store *store = memory();
	assert_true(number(store, "PRAGMA max_page_count = 200") > 0);
	assert_int_equal(store_begin(store, &problem), FAULT_NONE);
	assert_int_equal(execute(store, big), FAULT_FULL);
	assert_non_null(strstr(problem.hint, "free space on the disk"));
	store_rollback(store);
	assert_int_equal(number(store, COUNT_DAYS), 0);
	assert_int_equal(execute(store, ADD_DAY("2025-10-01")), FAULT_NONE);
	store_close(store);
}

/* ---- statements ---- */

/* A fault sticks: no row comes any more, and the end tells it; the statement is good as new the next time. */
static void a_fault_sticks_to_its_query(void **state)
{
	(void)state;
	struct store *store = memory();
	static const char add[] = "INSERT INTO calendar_day VALUES ($2, $1, 'x')";
	static const char *const kinds[] = { "holiday", "festival", "workday" };
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		char day[16];
		struct query q = look(store, add);
		(void)snprintf(day, sizeof(day), "2025-10-0%zu", i + 1);
		/* Parameters go by the number that is written, not by their order. */
		query_text(&q, 1, kinds[i]);
		query_text(&q, 2, day);
		assert_false(query_row(&q));
		assert_false(query_row(&q));
		enum fault fault = query_end(&q, &problem);
		assert_int_equal(fault, i == 1 ? FAULT_CONFLICT : FAULT_NONE);
	}
	assert_int_equal(number(store, COUNT_DAYS), 2);
	assert_int_equal(number(store,
				"SELECT count(*) FROM calendar_day WHERE day = '2025-10-03' AND "
				"kind = 'workday'"),
			 1);
	store_close(store);
}

static void values_come_back_as_they_went(void **state)
{
	static const uint8_t blob[] = { 0, 1, 255 };
	(void)state;
	struct store *store = memory();
	struct query q = look(store, "SELECT $1, $2, $3, $4, $5");
	query_int(&q, 1, INT64_MIN);
	query_text_n(&q, 2, "揭榜挂帅", 6);
	query_blob(&q, 3, blob, sizeof(blob));
	query_null(&q, 4);
	query_text(&q, 5, NULL);
	assert_true(query_row(&q));
	assert_int_equal(query_col_int(&q, 0), INT64_MIN);
	assert_string_equal(query_col_text(&q, 1), "揭榜");
	assert_int_equal(query_col_bytes(&q, 2), sizeof(blob));
	assert_memory_equal(query_col_blob(&q, 2), blob, sizeof(blob));
	assert_true(query_col_null(&q, 3) && query_col_null(&q, 4));
	assert_string_equal(query_col_text(&q, 3), "");
	assert_int_equal(query_col_int(&q, 3), 0);
	assert_false(query_row(&q));
	assert_int_equal(query_end(&q, &problem), FAULT_NONE);
	/* Nothing of it is left for the next. */
	struct query again = look(store, "SELECT $1, $2, $3, $4, $5");
	assert_true(query_row(&again));
	assert_true(query_col_null(&again, 0) && query_col_null(&again, 2));
	assert_int_equal(query_end(&again, &problem), FAULT_NONE);
	store_close(store);
}

/* ---- what the schema holds ---- */

#define TEXT_32 "x'0001020304050607080910111213141516171819202122232425262728293031'"

/* One good row of each kind that the bad ones hang on, then the bad ones: none of them comes in. */
static const char *const good_rows[] = {
	"INSERT INTO programme (programme_key, id, name_zh, name_en, doc_no, issuer, complete, "
	"note, "
	"window_months, source_name, sha256, rules, loaded_at) VALUES (1, 'p', '', '', '', '', 1, "
	"'', 24, "
	"'', '', '{}', 1)",
	"INSERT INTO track VALUES (1, 'a', 0, '', '')",
	"INSERT INTO task VALUES (1, 1, 't', 0, 'a', NULL, 'task')",
	"INSERT INTO batch VALUES (1, zeroblob(16), 1, '', 1, NULL, 'uid:0', 1)",
	"INSERT INTO unit (unit_key, programme_key, task_key, batch_key, seq, project, lead, "
	"recommender, "
	"region, class, owes, state, created_at) VALUES (1, 1, 1, 1, '', 'x', 'lead', '', '', '', "
	"1, "
	"'delivering', 1)",
	"INSERT INTO rule (rule_key, programme_key, id, version, kind, name_zh, name_en, "
	"satisfied_by, clause, body, ladder, form, checklist) VALUES (1, 1, 'r', 1, "
	"'progress_report', '', '', "
	"'submission', 'ours', "
	"'{}', '{}', '', '')",
	"INSERT INTO obligation (obligation_key, unit_key, rule_key, n, months, opens_on, "
	"last_day_on, "
	"due_on, due_at, provisional, state) VALUES (1, 1, 1, 1, 6, '', '', '', 1, 0, 'open')",
	"INSERT INTO endpoint VALUES (1, zeroblob(16), 'office', NULL, 'u', 'standard', "
	"zeroblob(24), "
	"'enabled', NULL, 1, 1, '{}', 'hmac', 0, 0, 0, 0, 0)",
	"INSERT INTO message (message_key, id, endpoint_key, type, unit_key, obligation_key, "
	"revision, step, steps, nominal_at, deadline_at, created_at) VALUES (1, 'msg_1', 1, 't', "
	"NULL, NULL, NULL, NULL, NULL, 1, 1, 1)",
	"INSERT INTO delivery VALUES (1, 1, 'due', NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, "
	"NULL)",
	"INSERT INTO occasion (obligation_key, revision, step, nominal_at, outcome, reason, "
	"decided_at) VALUES (1, 1, 'due', 1, 'sent', NULL, 1)",
	"INSERT INTO token VALUES (1, 'n', 'admin', " TEXT_32 ", 1, NULL, NULL)",
};

static const char *const bad_rows[] = {
	/* contract 3: an occasion is planned once */
	"INSERT INTO occasion (obligation_key, revision, step, nominal_at, outcome, reason, "
	"decided_at) VALUES (1, 1, 'due', 2, 'sent', NULL, 2)",
	"INSERT INTO occasion (obligation_key, revision, step, nominal_at, outcome, reason, "
	"decided_at) VALUES (1, 1, 'other', 1, 'forgotten', NULL, 1)",
	"INSERT INTO occasion (obligation_key, revision, step, nominal_at, outcome, reason, "
	"decided_at) VALUES (99, 1, 'due', 1, 'sent', NULL, 1)",
	/* contract 4: an id is one message */
	"INSERT INTO message (message_key, id, endpoint_key, type, unit_key, obligation_key, "
	"revision, step, steps, nominal_at, deadline_at, created_at) VALUES (2, 'msg_1', 1, 't', "
	"NULL, NULL, NULL, NULL, NULL, 1, 1, 1)",
	"INSERT INTO message (message_key, id, endpoint_key, type, unit_key, obligation_key, "
	"revision, step, steps, nominal_at, deadline_at, created_at) VALUES (2, 'msg_2', 99, 't', "
	"NULL, NULL, NULL, NULL, NULL, 1, 1, 1)",
	/* contract 5: delivered has its time, and nothing else has */
	"UPDATE delivery SET state = 'delivered'",
	"UPDATE delivery SET delivered_at = 1",
	"UPDATE delivery SET state = 'lost'",
	/* an attempt under way has its beginning and its body, and one that is over its outcome */
	"UPDATE delivery SET state = 'sending'",
	"UPDATE delivery SET started_at = 1, boot = 1",
	"UPDATE delivery SET state = 'sending', started_at = 1",
	"UPDATE delivery SET attempts = 1",
	"INSERT INTO attempt VALUES (1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL)",
	"INSERT INTO attempt VALUES (99, 1, 1, 1, NULL, 'unknown', NULL, NULL, NULL)",
	/* units and obligations */
	"INSERT INTO unit (programme_key, task_key, batch_key, seq, project, lead, recommender, "
	"region, "
	"class, owes, state, created_at) VALUES (1, 1, 1, '', 'x', 'lead', '', '', '', 1, "
	"'delivering', 1)",
	"UPDATE unit SET lead = ''",
	"UPDATE unit SET state = 'lost'",
	"UPDATE unit SET task_key = 99",
	"UPDATE obligation SET state = 'overdue'",
	"INSERT INTO obligation (unit_key, rule_key, n, months, opens_on, last_day_on, due_on, "
	"due_at, "
	"provisional, state) VALUES (1, 1, 1, 6, '', '', '', 1, 0, 'open')",
	"UPDATE obligation SET review_due_on = '2025-01-01'",
	"UPDATE obligation SET review_due_on = '2025-01-01', review_due_at = 1",
	"UPDATE rule SET reviewer = 'unit', review_ladder = '{}'",
	"UPDATE rule SET reviewer = 'office'",
	/* a ruling has its reason and approver, and a hold an end */
	"INSERT INTO ruling VALUES (1, 1, 'waive', '', 'a', NULL, NULL, NULL, 1)",
	"INSERT INTO ruling VALUES (1, 1, 'waive', 'r', '', NULL, NULL, NULL, 1)",
	"INSERT INTO ruling VALUES (1, 1, 'forget', 'r', 'a', NULL, NULL, NULL, 1)",
	"INSERT INTO ruling VALUES (1, 1, 'hold', 'r', 'a', NULL, NULL, NULL, 1)",
	"INSERT INTO ruling VALUES (1, 1, 'waive', 'r', 'a', NULL, NULL, '2025-01-01', 1)",
	"INSERT INTO ruling VALUES (1, 1, 'extend', 'r', 'a', NULL, NULL, NULL, 1)",
	"INSERT INTO ruling VALUES (1, 99, 'waive', 'r', 'a', NULL, NULL, NULL, 1)",
	"DELETE FROM unit",
	"INSERT INTO agenda VALUES (1, 99)",
	"INSERT INTO partner VALUES (1, 1, '', NULL, NULL)",
	"UPDATE programme SET published_on = '2024-09-02'",
	/* endpoints, tokens, counts, the instance */
	"INSERT INTO endpoint VALUES (2, zeroblob(16), 'office', NULL, 'u', 'standard', "
	"zeroblob(24), "
	"'enabled', NULL, 1, 1, '{}', 'hmac', 0, 0, 0, 0, 0)",
	"UPDATE endpoint SET secret = zeroblob(23)",
	"UPDATE endpoint SET secret = zeroblob(65)",
	"UPDATE endpoint SET secret_kind = 'none'",
	"UPDATE endpoint SET secret_kind = 'word', secret = zeroblob(81)",
	"UPDATE endpoint SET per_minute = -1",
	"UPDATE message SET part = 1",
	"UPDATE endpoint SET state = 'gone'",
	"UPDATE token SET sha256 = zeroblob(31)",
	"INSERT INTO token VALUES (2, 'n', 'admin', " TEXT_32 ", 1, NULL, NULL)",
	"INSERT INTO tally VALUES (0, 'x', -1)",
	"INSERT INTO instance VALUES (2, zeroblob(16), 0, NULL, 1, NULL, NULL, 1, 1, 0)",
	"INSERT INTO instance VALUES (1, zeroblob(16), 1, NULL, 1, NULL, NULL, 1, 1, 0)",
	"INSERT INTO instance VALUES (1, zeroblob(16), 0, NULL, 1, 'held', NULL, 1, 1, 0)",
	"INSERT INTO idempotency VALUES ('a', 'k', zeroblob(31), 200, '', 1)",
	/* STRICT: a word is no number */
	"UPDATE unit SET created_at = 'yesterday'",
};

static void the_schema_takes_no_impossible_row(void **state)
{
	(void)state;
	struct store *store = memory();
	for (size_t i = 0; i < COUNT_OF(good_rows); i++)
		if (execute(store, good_rows[i]) != FAULT_NONE)
			fail_msg("%s: %s", good_rows[i], problem.detail);
	int64_t changes = store_changes(store);
	assert_int_equal(changes, COUNT_OF(good_rows));
	for (size_t i = 0; i < COUNT_OF(bad_rows); i++) {
		if (execute(store, bad_rows[i]) != FAULT_CONFLICT)
			fail_msg("taken: %s", bad_rows[i]);
		assert_true(problem.detail[0] != '\0');
	}
	store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_state_is_made_and_found_again),
		TEST(one_writer_at_a_time),
		TEST(the_lock_dies_with_its_holder),
		TEST(what_is_not_ours_is_refused),
		TEST(garbage_is_refused_and_kept),
		TEST(a_place_that_is_not_there),
		TEST(the_reader_reads_only),
		TEST(a_read_is_of_one_moment),
		TEST(a_copy_is_private),
		TEST(a_savepoint_is_undone_alone),
		TEST(a_rollback_takes_everything),
		TEST(a_full_disk_is_said),
		TEST(a_fault_sticks_to_its_query),
		TEST(values_come_back_as_they_went),
		TEST(the_schema_takes_no_impossible_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
