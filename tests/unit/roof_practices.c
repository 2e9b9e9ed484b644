/*
 * Practice found in neighbouring programmes (DOMAIN.md), each written as a programme file in tests/data/practice-*.conf:
 * what is planned from it are the dates that its notice names.
 */
#include "programme_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain_days.h"

#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define ROWS_MAX    32

static struct calendar *calendar;

static int setup(void **state)
{
	(void)state;
	calendar = calendar_shipped();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	calendar_free(calendar);
	return 0;
}

static struct programme *practice(const char *name)
{
	struct programme *programme;
	struct problem problem;
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/tests/data/practice-%s.conf", JIEBANG_SOURCE_DIR,
		       name);
	if (programme_file_load(path, &programme, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	return programme;
}

/* Each row: opening and due day, in the order of the plan. */
static const struct {
	const char *name;
	const char *anchor;
	const char *days[ROWS_MAX][2];
} plans[] = {
	/* 12-22..01-05 and 06-21..07-05, all inside the window, whatever day of the week. */
	{ "half-yearly",
	  "2024-09-02",
	  { { "2024-12-22", "2025-01-05" },
	    { "2025-06-21", "2025-07-05" },
	    { "2025-12-22", "2026-01-05" },
	    { "2026-06-21", "2026-07-05" } } },
	/* An official Saturday stays a Saturday. */
	{ "midterm", "2024-09-02", { { "2025-09-18", "2025-10-18" } } },
	/* November 2024 and 2025 come before a year has passed for who began in December. */
	{ "yearly",
	  "2023-09-14",
	  { { "2024-11-01", "2024-11-30" }, { "2025-11-01", "2025-11-30" } } },
	{ "yearly",
	  "2023-12-01",
	  { { "2025-11-01", "2025-11-30" }, { "2026-11-01", "2026-11-30" } } },
	/* A year to the day is a year. */
	{ "yearly",
	  "2023-11-30",
	  { { "2024-11-01", "2024-11-30" },
	    { "2025-11-01", "2025-11-30" },
	    { "2026-11-01", "2026-11-30" } } },
	/* 25 January 2025 is a Saturday before the Spring Festival of 28 January to 4 February, with 26 January made up. */
	{ "monthly",
	  "2024-09-25",
	  { { "2024-10-20", "2024-10-25" }, { "2024-11-20", "2024-11-25" },
	    { "2024-12-20", "2024-12-25" }, { "2025-01-21", "2025-01-26" },
	    { "2025-02-20", "2025-02-25" }, { "2025-03-20", "2025-03-25" },
	    { "2025-04-20", "2025-04-25" }, { "2025-05-21", "2025-05-26" },
	    { "2025-06-20", "2025-06-25" }, { "2025-07-20", "2025-07-25" },
	    { "2025-08-20", "2025-08-25" }, { "2025-09-20", "2025-09-25" },
	    { "2025-10-22", "2025-10-27" }, { "2025-11-20", "2025-11-25" },
	    { "2025-12-20", "2025-12-25" }, { "2026-01-21", "2026-01-26" },
	    { "2026-02-20", "2026-02-25" }, { "2026-03-20", "2026-03-25" },
	    { "2026-04-22", "2026-04-27" }, { "2026-05-20", "2026-05-25" },
	    { "2026-06-20", "2026-06-25" }, { "2026-07-22", "2026-07-27" },
	    { "2026-08-20", "2026-08-25" }, { "2026-09-23", "2026-09-28" } } },
	/* Expiry on 2026-09-02, and six months: counted from the window's last day (民法典 202: 31 August ends on 28 February). */
	{ "after-window", "2024-09-02", { { "2026-09-02", "2027-03-02" } } },
	{ "after-window", "2024-08-31", { { "2026-08-31", "2027-02-28" } } },
	/* December 2024 is younger than three months for who began on 2 October, not for who began in September. */
	{ "mixed",
	  "2024-09-02",
	  { { "2024-12-16", "2024-12-31" },
	    { "2025-06-15", "2025-06-30" },
	    { "2025-12-16", "2025-12-31" },
	    { "2026-06-15", "2026-06-30" },
	    { "2025-08-03", "2025-09-02" },
	    { "2025-09-20", "2025-09-30" } } },
	{ "mixed",
	  "2024-10-02",
	  { { "2025-06-15", "2025-06-30" },
	    { "2025-12-16", "2025-12-31" },
	    { "2026-06-15", "2026-06-30" },
	    { "2025-09-09", "2025-10-09" },
	    { "2025-09-20", "2025-09-30" } } },
	{ "milestones", "2024-09-02", { { NULL } } },
};

static void each_plans_the_dates_of_its_notice(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		static struct planned out[PLAN_MAX];
		struct programme *programme = practice(plans[i].name);
		size_t n = programme_plan(programme, calendar, day_of(plans[i].anchor), out);
		for (size_t k = 0; k < n && k < ROWS_MAX && plans[i].days[k][0]; k++) {
			char opens_on[CIVIL_DATE_BYTES], due_on[CIVIL_DATE_BYTES];
			civil_write(out[k].opens_on, opens_on);
			civil_write(out[k].due_on, due_on);
			if (strcmp(opens_on, plans[i].days[k][0]) != 0 ||
			    strcmp(due_on, plans[i].days[k][1]) != 0)
				fail_msg("%s from %s, number %zu: %s..%s", plans[i].name,
					 plans[i].anchor, k, opens_on, due_on);
		}
		if (n >= ROWS_MAX || plans[i].days[n][0] || (n > 0 && !plans[i].days[n - 1][0]))
			fail_msg("%s from %s: %zu planned", plans[i].name, plans[i].anchor, n);
		programme_free(programme);
	}
}

/* ---- the second stage ---- */

static const struct {
	const char *filed_on, *due_on, *review_on;
	const char *returned_on, *correct_on;
} stages[] = {
	/* In time: the department has until 01-07, and so has who corrects. */
	{ "2024-12-22", "2025-01-05", "2025-01-07", "2024-12-28", "2025-01-07" },
	{ "2025-01-05", "2025-01-05", "2025-01-07", "2025-01-06", "2025-01-07" },
	/* Late: as many days from its own day. Judged late: a day to correct. */
	{ "2025-01-09", "2025-01-05", "2025-01-11", "2025-01-10", "2025-01-11" },
	{ "2025-01-05", "2025-01-05", "2025-01-07", "2025-01-10", "2025-01-11" },
};

static void the_department_reviews_until_the_seventh(void **state)
{
	(void)state;
	struct programme *programme = practice("half-yearly");
	const struct plan_rule *rule = &programme->plan[0];
	assert_int_equal(rule->review.by, RECIPIENT_RECOMMENDER);
	assert_int_equal(rule->satisfied_by, SATISFIED_BY_ACCEPTANCE);
	assert_false(rule->early);
	for (size_t i = 0; i < COUNT_OF(stages); i++) {
		bool provisional = false;
		int32_t due_on = day_of(stages[i].due_on);
		int32_t review_on = review_due_on(&rule->review, calendar,
						  day_of(stages[i].filed_on), due_on, &provisional);
		assert_day(review_on, stages[i].review_on);
		assert_day(correction_due_on(&rule->correction, calendar,
					     day_of(stages[i].returned_on), due_on, review_on,
					     &provisional),
			   stages[i].correct_on);
		assert_false(provisional);
	}
	programme_free(programme);
}

static void the_office_reviews_what_a_milestone_brings(void **state)
{
	(void)state;
	bool provisional = false;
	struct planned planned;
	struct programme *programme = practice("milestones");
	const struct plan_rule *rule = &programme->plan[0];
	/* Planned for 21 September 2025: ten days later is the first of eight days off. */
	programme_plan_milestone(rule, 0, calendar, day_of("2024-09-02"), 3, day_of("2025-09-21"),
				 &planned);
	assert_int_equal(planned.n, 3);
	assert_day(planned.last_day_on, "2025-10-01");
	assert_day(planned.due_on, "2025-10-09");
	assert_day(planned.opens_on, "2025-09-19");
	assert_false(planned.provisional);
	/* Ten working days from the 30th: 10-09, 10, 11 (made up), 13 … 17, 20, 21. */
	assert_day(review_due_on(&rule->review, calendar, day_of("2025-09-30"), planned.due_on,
				 &provisional),
		   "2025-10-21");
	assert_day(correction_due_on(&rule->correction, calendar, day_of("2025-10-21"),
				     planned.due_on, 0, &provisional),
		   "2025-10-28");
	programme_free(programme);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_plans_the_dates_of_its_notice),
		cmocka_unit_test(the_department_reviews_until_the_seventh),
		cmocka_unit_test(the_office_reviews_what_a_milestone_brings),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
