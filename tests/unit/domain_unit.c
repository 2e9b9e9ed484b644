/*
 * The whole matrices of both lives, written out here as grids of words and not from the tables of the code: every
 * state by every event, the legal as well as the refused.
 */
#include "jiebang/unit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const char *const unit_events[] = {
	"recommend", "shortlist", "publish", "request_acceptance", "window_ended", "assign_evaluator",
	"pass", "fail", "win", "withdraw", "terminate", "revoke", "resume",
};

/* NULL: refused. */
#define W "withdrawn"
#define T "terminated"
#define R "revoked"
#define AR "acceptance_requested"
static const struct {
	const char *from;
	bool reminded;
	const char *to[13];
	const char *legal;
} units[] = {
	/*                                 recommend      shortlist      publish       request window_ended        assign_evaluator    pass      fail          win       w     t     r     resume */
	{ "applied", false,              { "recommended", NULL,          NULL,         NULL,   NULL,               NULL,               NULL,     NULL,         NULL,     W,    NULL, NULL, NULL },
	  "recommend, withdraw" },
	{ "recommended", false,          { NULL,          "shortlisted", NULL,         NULL,   NULL,               NULL,               NULL,     NULL,         NULL,     W,    NULL, NULL, NULL },
	  "shortlist, withdraw" },
	{ "shortlisted", false,          { NULL,          NULL,          "delivering", NULL,   NULL,               NULL,               NULL,     NULL,         NULL,     W,    T,    R,    NULL },
	  "publish, withdraw, terminate, revoke" },
	{ "delivering", true,            { NULL,          NULL,          NULL,         AR,     "pending_decision", NULL,               NULL,     NULL,         NULL,     W,    T,    R,    NULL },
	  "request_acceptance, window_ended, withdraw, terminate, revoke" },
	{ "acceptance_requested", true,  { NULL,          NULL,          NULL,         NULL,   NULL,               "under_evaluation", NULL,     NULL,         NULL,     W,    T,    R,    NULL },
	  "assign_evaluator, withdraw, terminate, revoke" },
	{ "under_evaluation", true,      { NULL,          NULL,          NULL,         NULL,   NULL,               NULL,               "passed", "not_passed", NULL,     W,    T,    R,    NULL },
	  "pass, fail, withdraw, terminate, revoke" },
	{ "passed", false,               { NULL,          NULL,          NULL,         NULL,   NULL,               NULL,               NULL,     NULL,         "winner", NULL, NULL, R,    NULL },
	  "win, revoke" },
	{ "not_passed", false,           { NULL,          NULL,          NULL,         NULL,   NULL,               NULL,               NULL,     NULL,         NULL,     NULL, NULL, NULL, NULL },
	  "" },
	{ "winner", false,               { NULL,          NULL,          NULL,         NULL,   NULL,               NULL,               NULL,     NULL,         NULL,     NULL, NULL, R,    NULL },
	  "revoke" },
	{ "pending_decision", true,      { NULL,          NULL,          NULL,         AR,     NULL,               NULL,               NULL,     NULL,         NULL,     W,    T,    R,    "delivering" },
	  "request_acceptance, withdraw, terminate, revoke, resume" },
	{ "withdrawn", false,            { NULL }, "" },
	{ "terminated", false,           { NULL }, "" },
	{ "revoked", false,              { NULL }, "" },
};

static const char *const obligation_events[] = { "open", "submit", "return", "accept", "waive", "cancel", "hold", "release", "extend" };

static const struct {
	const char *from;
	bool owed;
	const char *to[9];
	const char *legal;
} obligations[] = {
	/*                      open    submit       return      accept      waive     cancel       hold         release      extend */
	{ "scheduled", true,  { "open", "submitted", NULL,       NULL,       "waived", "cancelled", "scheduled", "scheduled", "scheduled" },
	  "open, submit, waive, cancel, hold, release, extend" },
	{ "open", true,       { NULL,   "submitted", NULL,       NULL,       "waived", "cancelled", "open",      "open",      "open" },
	  "submit, waive, cancel, hold, release, extend" },
	{ "submitted", false, { NULL,   NULL,        "returned", "accepted", "waived", "cancelled", "submitted", "submitted", NULL },
	  "return, accept, waive, cancel, hold, release" },
	{ "returned", true,   { NULL,   "submitted", NULL,       NULL,       "waived", "cancelled", "returned",  "returned",  "returned" },
	  "submit, waive, cancel, hold, release, extend" },
	{ "accepted", false,  { NULL }, "" },
	{ "waived", false,    { NULL }, "" },
	{ "cancelled", false, { NULL }, "" },
};
/* clang-format on */

static void check_unit_move(enum unit_state from, enum unit_event on, const char *expected)
{
	enum unit_state to = UNIT_STATE_COUNT;
	bool moved = unit_move(from, on, &to);
	if (moved != (expected != NULL))
		fail_msg("%s on %s: %s", unit_state_name(from), unit_event_name(on),
			 moved ? "moved" : "refused");
	if (moved)
		assert_string_equal(unit_state_name(to), expected);
	else
		assert_int_equal(to, UNIT_STATE_COUNT);
}

static void test_unit_matrix(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(units), UNIT_STATE_COUNT);
	assert_int_equal(COUNT_OF(unit_events), UNIT_EVENT_COUNT);
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		enum unit_state from;
		struct buf legal = BUF_EMPTY;
		assert_true(unit_state_parse(units[i].from, &from));
		assert_string_equal(unit_state_name(from), units[i].from);
		for (int on = 0; on < UNIT_EVENT_COUNT; on++) {
			assert_string_equal(unit_event_name((enum unit_event)on), unit_events[on]);
			check_unit_move(from, (enum unit_event)on, units[i].to[on]);
		}
		unit_moves_legal(from, &legal);
		assert_string_equal(buf_str(&legal), units[i].legal);
		buf_clear(&legal);
		assert_int_equal(unit_is_reminded(from), units[i].reminded);
	}
}

static void check_obligation_move(enum obligation_state from, enum obligation_event on,
				  const char *expected)
{
	enum obligation_state to = OBLIGATION_STATE_COUNT;
	bool moved = obligation_move(from, on, &to);
	if (moved != (expected != NULL))
		fail_msg("%s on %s: %s", obligation_state_name(from), obligation_event_name(on),
			 moved ? "moved" : "refused");
	if (moved)
		assert_string_equal(obligation_state_name(to), expected);
	else
		assert_int_equal(to, OBLIGATION_STATE_COUNT);
}

static void test_obligation_matrix(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(obligations), OBLIGATION_STATE_COUNT);
	assert_int_equal(COUNT_OF(obligation_events), OBLIGATION_EVENT_COUNT);
	for (size_t i = 0; i < COUNT_OF(obligations); i++) {
		enum obligation_state from;
		struct buf legal = BUF_EMPTY;
		assert_true(obligation_state_parse(obligations[i].from, &from));
		assert_string_equal(obligation_state_name(from), obligations[i].from);
		for (int on = 0; on < OBLIGATION_EVENT_COUNT; on++) {
			assert_string_equal(obligation_event_name((enum obligation_event)on),
					    obligation_events[on]);
			check_obligation_move(from, (enum obligation_event)on,
					      obligations[i].to[on]);
		}
		obligation_moves_legal(from, &legal);
		assert_string_equal(buf_str(&legal), obligations[i].legal);
		buf_clear(&legal);
		assert_int_equal(obligation_is_owed(from), obligations[i].owed);
	}
}

/* O2: overdue flips at 24:00 exactly, and only for what is owed. 2026-03-02 ends at 1772467200. */
static void test_overdue(void **state)
{
	const int64_t due_at = 1772467200;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(obligations); i++) {
		enum obligation_state from;
		assert_true(obligation_state_parse(obligations[i].from, &from));
		assert_false(obligation_is_overdue(from, due_at, due_at - 1));
		assert_int_equal(obligation_is_overdue(from, due_at, due_at), obligations[i].owed);
		assert_int_equal(obligation_is_overdue(from, due_at, due_at + 1),
				 obligations[i].owed);
	}
}

static void test_words_refused(void **state)
{
	static const char *const bad[] = { "", "Open", "open ", "overdue", "deliver", "null" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		enum unit_state unit;
		enum obligation_state obligation;
		assert_false(unit_state_parse(bad[i], &unit));
		assert_false(obligation_state_parse(bad[i], &obligation));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit_matrix),
		cmocka_unit_test(test_obligation_matrix),
		cmocka_unit_test(test_overdue),
		cmocka_unit_test(test_words_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
