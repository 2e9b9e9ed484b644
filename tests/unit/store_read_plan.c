/*
 * How the reads walk: those that promise to follow an index scan no table that grows with the data. The plan is the
 * database's own, asked for every statement that a read has run.
 */
#include "store_read_rows.h"

#include "store/db_inside.h"

/* clang-format off */
static const struct ask indexed[] = {
	{ .read = read_units, BY_TEXT(READ_PROGRAMME, "future-2023") },
	{ .read = read_unit, .key = 1 },
	{ .read = read_units, .filters = { { READ_PROGRAMME, "future-2023", 0 }, { READ_SORT, "risk", 0 } }, .n_filters = 2 },
	{ .read = read_risk, .key = 1 },
	{ .read = read_obligations, BY_KEY(READ_OVERDUE, 1) },
	{ .read = read_obligations, .filters = { { READ_OVERDUE, NULL, 1 }, { READ_PROGRAMME, "future-2023", 0 } }, .n_filters = 2 },
	{ .read = read_obligations, BY_KEY(READ_UNIT, 2) },
	{ .read = read_obligations, BY_TEXT(READ_STATE, "open") },
	{ .read = read_obligations, BY_TEXT(READ_STATE, "submitted") },
	{ .read = read_obligations, BY_TEXT(READ_PROGRAMME, "future-2023") },
	{ .read = read_obligation, .key = 1 },
	{ .read = read_submissions, BY_KEY(READ_OBLIGATION, 4) },
	{ .read = read_submissions, BY_KEY(READ_UNIT, 2) },
	{ .read = read_messages, BY_KEY(READ_UNIT, 1) },
	{ .read = read_messages, BY_KEY(READ_OBLIGATION, 1) },
	{ .read = read_messages, BY_KEY(READ_ENDPOINT, 1) },
	{ .read = read_deliveries, BY_TEXT(READ_STATE, "dead") },
	{ .read = read_deliveries, BY_TEXT(READ_STATE, "held") },
	{ .read = read_delivery, .name = "msg_a" },
	{ .read = read_status },
	{ .read = read_schedule },
	{ .read = read_schedule, BY_KEY(READ_UNIT, 1) },
	{ .read = read_explain, BY_KEY(READ_UNIT, 1) },
	{ .read = export_all, BY_KEY(READ_UNIT, 1) },
	{ .read = export_all, BY_TEXT(READ_PROGRAMME, "future-2023") },
};

/* As they are called in the statements. */
static const char *const growing[] = {
	"SCAN o", "SCAN obligation", "SCAN u", "SCAN unit", "SCAN m", "SCAN message", "SCAN d",
	"SCAN delivery", "SCAN a", "SCAN agenda", "SCAN s", "SCAN submission", "SCAN c", "SCAN v", "SCAN e", "SCAN event"
};
/* clang-format on */

static bool scans(const char *step)
{
	/* A search without an index is min() or max() walking a key. */
	if (strncmp(step, "SEARCH ", 7) == 0 && !strstr(step, " USING "))
		return true;
	for (size_t i = 0; i < sizeof(growing) / sizeof(growing[0]); i++) {
		size_t len = strlen(growing[i]);
		if (strncmp(step, growing[i], len) == 0 && (step[len] == '\0' || step[len] == ' '))
			return true;
	}
	return false;
}

static void explain(const char *sql)
{
	struct buf text = BUF_EMPTY;
	sqlite3_stmt *plan = NULL;
	buf_addf(&text, "EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(sqlite3_prepare_v2(store->db, buf_str(&text), -1, &plan, NULL), SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);
		/* The head of the agenda: in its order, and no further than the first row. */
		if (scans(step) && !strstr(sql, "FROM agenda ORDER BY at LIMIT 1"))
			fail_msg("%s: %s", step, sql);
	}
	sqlite3_finalize(plan);
	buf_clear(&text);
}

/* Those that ran since the last look. */
static unsigned explain_all(void)
{
	unsigned n = 0;
	for (sqlite3_stmt *stmt = sqlite3_next_stmt(store->db, NULL); stmt;
	     stmt = sqlite3_next_stmt(store->db, stmt)) {
		if (sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_RUN, 1) == 0 ||
		    !sqlite3_stmt_readonly(stmt) || strncmp(sqlite3_sql(stmt), "SELECT", 6) != 0)
			continue;
		explain(sqlite3_sql(stmt));
		n++;
	}
	return n;
}

static void test_no_scan(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++) {
		struct buf out = BUF_EMPTY;
		enum fault fault = ask_text(&indexed[i], &out);
		if (fault != FAULT_NONE)
			fail_msg("%zu: %s", i, problem.detail);
		buf_clear(&out);
		assert_true(explain_all() > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_no_scan) };
	return cmocka_run_group_tests(tests, setup, teardown);
}
