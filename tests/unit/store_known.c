/*
 * Rules and batches that a connection remembers: what it says is what the rows say, also where two keys share a place,
 * and what a transaction took back is not remembered.
 */
#include "store/known.h"

#include "store/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define RULE(key, id, kind, satisfied_by, reviewer, ladder)                                        \
	"INSERT INTO rule (rule_key, programme_key, id, version, kind, name_zh, name_en, "         \
	"satisfied_by, clause, body, ladder, form, checklist, reviewer, review_ladder) VALUES "    \
	"(" key ", 1, '" id "', 1, '" kind "', '', '', '" satisfied_by "', 'ours', '{}', '{}', "   \
	"'', '', " reviewer ", " ladder ")"
#define BATCH(key, byte)                                                                           \
	"INSERT INTO batch VALUES (" key                                                           \
	", x'" byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte     \
	"', 1, '', 1, NULL, 'uid:0', 1)"

enum {
	PROGRAMME,
	RULE_1,
	RULE_65,
	RULE_7,
	BATCH_1,
	BATCH_65,
	RULE_7_OTHER,
	BATCH_2,
	BATCH_2_OTHER
};

static const char *const rows[] = {
	[PROGRAMME] = "INSERT INTO programme (programme_key, id, name_zh, name_en, doc_no, issuer, "
		      "complete, note, window_months, source_name, sha256, rules, loaded_at) "
		      "VALUES (1, 'p', '', '', '', '', 1, '', 24, '', '', '{}', 1)",
	[RULE_1] = RULE("1", "one", "progress_report", "submission", "NULL", "NULL"),
	[RULE_65] = RULE("65", "other", "evaluation", "acceptance", "'recommender'", "'{}'"),
	[RULE_7] = RULE("7", "undone", "material", "submission", "NULL", "NULL"),
	[RULE_7_OTHER] =
		RULE("7", "written", "acceptance_request", "acceptance", "'office'", "'{}'"),
	[BATCH_1] = BATCH("1", "11"),
	[BATCH_65] = BATCH("65", "65"),
	[BATCH_2] = BATCH("2", "22"),
	[BATCH_2_OTHER] = BATCH("2", "33"),
};

static struct store *store;
static struct problem problem;

static void insert(unsigned row)
{
	struct query q = query_begin(store, TABLE_PLAN, rows, row);
	assert_int_equal(query_run(&q, &problem), FAULT_NONE);
}

static int setup(void **state)
{
	(void)state;
	if (store_open_memory(&store, &problem) != FAULT_NONE)
		return -1;
	for (unsigned row = PROGRAMME; row <= BATCH_65; row++)
		if (row != RULE_7)
			insert(row);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_close(store);
	return 0;
}

static void expect_rule(int64_t key, const char *id, enum obligation_kind kind, bool acceptance,
			enum recipient reviewer)
{
	const struct known_rule *rule;
	assert_int_equal(known_rule_get(store, key, &rule, &problem), FAULT_NONE);
	assert_string_equal(rule->id, id);
	assert_int_equal(rule->kind, kind);
	assert_int_equal(rule->satisfied_by_acceptance, acceptance);
	assert_int_equal(rule->reviewer, reviewer);
}

static void expect_batch(int64_t key, int byte)
{
	uint8_t uid[16];
	const struct known_batch *batch;
	memset(uid, byte, sizeof(uid));
	assert_int_equal(known_batch_get(store, key, &batch, &problem), FAULT_NONE);
	assert_memory_equal(batch->uid, uid, sizeof(uid));
}

static void two_share_a_place(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		expect_rule(1, "one", KIND_PROGRESS_REPORT, false, RECIPIENT_UNIT);
		expect_rule(65, "other", KIND_EVALUATION, true, RECIPIENT_RECOMMENDER);
		expect_batch(1, 0x11);
		expect_batch(65, 0x65);
	}
}

static void what_is_not_there_is_said(void **state)
{
	const struct known_rule *rule;
	const struct known_batch *batch;
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(known_rule_get(store, 129, &rule, &problem), FAULT_NOT_FOUND);
		assert_string_equal(problem.detail, "there is no rule 129");
		assert_int_equal(known_batch_get(store, 129, &batch, &problem), FAULT_NOT_FOUND);
		assert_string_equal(problem.detail, "there is no batch 129");
	}
	expect_rule(1, "one", KIND_PROGRESS_REPORT, false, RECIPIENT_UNIT);
	expect_batch(1, 0x11);
}

/* The key of a row that was taken back is given to the next one. */
static void what_was_taken_back_is_forgotten(void **state)
{
	(void)state;
	for (int undo = 0; undo < 2; undo++) {
		assert_int_equal(store_begin(store, &problem), FAULT_NONE);
		if (undo)
			assert_int_equal(store_savepoint(store, &problem), FAULT_NONE);
		insert(RULE_7);
		insert(BATCH_2);
		expect_rule(7, "undone", KIND_MATERIAL, false, RECIPIENT_UNIT);
		expect_batch(2, 0x22);
		if (undo)
			store_undo(store);
		else
			store_rollback(store);
		if (!undo)
			assert_int_equal(store_begin(store, &problem), FAULT_NONE);
		insert(RULE_7_OTHER);
		insert(BATCH_2_OTHER);
		expect_rule(7, "written", KIND_ACCEPTANCE_REQUEST, true, RECIPIENT_OFFICE);
		expect_batch(2, 0x33);
		store_rollback(store);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_share_a_place, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_there_is_said, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_taken_back_is_forgotten, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
