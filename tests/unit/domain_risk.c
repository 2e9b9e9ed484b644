/*
 * The risk score against a table of facts, with the points worked out by hand from the formula in jiebang/risk.h.
 */
#include "jiebang/risk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define UNKNOWN     RISK_UNKNOWN

/* clang-format off */
static const struct {
	int64_t overdue, late, returned, behind, unread;
	int points[RISK_TERM_COUNT];
	int score;
	const char *level;
} scored[] = {
	{ 0, 0, 0, UNKNOWN, 0,        { 0, 0, 0, 0, 0 },      0,   "low" },
	{ 1, 0, 0, UNKNOWN, 0,        { 2, 0, 0, 0, 0 },      2,   "low" },
	{ 1, 1, 0, UNKNOWN, 1,        { 2, 8, 0, 0, 2 },      12,  "low" },
	{ 14, 0, 0, 1, 0,             { 28, 0, 0, 1, 0 },     29,  "low" },
	{ 15, 0, 0, UNKNOWN, 0,       { 30, 0, 0, 0, 0 },     30,  "medium" },
	{ 16, 0, 0, UNKNOWN, 0,       { 30, 0, 0, 0, 0 },     30,  "medium" },
	{ 0, 3, 3, 20, 1,             { 0, 24, 12, 20, 2 },   58,  "medium" },
	{ 15, 2, 1, UNKNOWN, 5,       { 30, 16, 4, 0, 10 },   60,  "high" },
	{ 15, 1, 3, 0, 4,             { 30, 8, 12, 0, 8 },    58,  "medium" },
	/* Silent through two reports. */
	{ 190, 3, 0, UNKNOWN, 60,     { 30, 24, 0, 0, 14 },   68,  "high" },
	{ 15, 3, 3, 20, 7,            { 30, 24, 12, 20, 14 }, 100, "high" },
	{ 9999, 4, 4, 100, 8,         { 30, 24, 12, 20, 14 }, 100, "high" },
	{ INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, { 30, 24, 12, 20, 14 }, 100, "high" },
};

static const struct {
	int64_t reached;
	int32_t anchor_on, window_end_on, today;
	int64_t behind;
} behinds[] = {
	{ 0, 1000, 1200, 999, 0 },
	{ 0, 1000, 1200, 1000, 0 },
	{ 0, 1000, 1200, 1001, 0 },   /* half a percent, rounded down */
	{ 0, 1000, 1200, 1002, 1 },
	{ 20, 1000, 1200, 1100, 30 },
	{ 50, 1000, 1200, 1100, 0 },
	{ 80, 1000, 1200, 1100, 0 },  /* ahead is no credit */
	{ 40, 1000, 1200, 1199, 59 },
	{ 40, 1000, 1200, 1200, 60 },
	{ 40, 1000, 1200, 9999, 60 },
	{ 0, 1000, 1000, 1000, 0 },
	{ 0, 1000, 1000, 1001, 100 },
};

static const struct {
	enum unit_state state;
	bool judged;
} judged[] = {
	{ UNIT_APPLIED, true }, { UNIT_RECOMMENDED, true }, { UNIT_SHORTLISTED, true }, { UNIT_DELIVERING, true },
	{ UNIT_ACCEPTANCE_REQUESTED, true }, { UNIT_UNDER_EVALUATION, true }, { UNIT_PENDING_DECISION, true },
	{ UNIT_PASSED, false }, { UNIT_NOT_PASSED, false }, { UNIT_WINNER, false }, { UNIT_WITHDRAWN, false },
	{ UNIT_TERMINATED, false }, { UNIT_REVOKED, false },
};
/* clang-format on */

static void scores_follow_the_formula(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(scored); i++) {
		const struct risk_facts facts = { { scored[i].overdue, scored[i].late,
						    scored[i].returned, scored[i].behind,
						    scored[i].unread } };
		for (int term = 0; term < RISK_TERM_COUNT; term++)
			assert_int_equal(risk_points((enum risk_term)term, facts.fact[term]),
					 scored[i].points[term]);
		assert_int_equal(risk_score(&facts), scored[i].score);
		assert_string_equal(risk_level_name(risk_level(scored[i].score)), scored[i].level);
	}
}

/* No term fills the scale, all together do exactly, and no fact lowers a score. */
static void the_scale_is_0_to_100(void **state)
{
	int sum = 0;
	(void)state;
	for (int term = 0; term < RISK_TERM_COUNT; term++) {
		int before = 0;
		for (int64_t fact = -1; fact < 200; fact++) {
			int points = risk_points((enum risk_term)term, fact);
			assert_true(points >= before);
			before = points;
		}
		assert_int_equal(before, risk_weight((enum risk_term)term)->max);
		sum += before;
	}
	assert_int_equal(sum, 100);
}

static void what_is_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(behinds); i++)
		assert_int_equal(risk_behind(behinds[i].reached, behinds[i].anchor_on,
					     behinds[i].window_end_on, behinds[i].today),
				 behinds[i].behind);
}

static void who_is_judged(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(judged), UNIT_STATE_COUNT);
	for (size_t i = 0; i < COUNT_OF(judged); i++)
		assert_int_equal(risk_is_judged(judged[i].state), judged[i].judged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_follow_the_formula),
		cmocka_unit_test(the_scale_is_0_to_100),
		cmocka_unit_test(what_is_behind),
		cmocka_unit_test(who_is_judged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
