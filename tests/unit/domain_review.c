/*
 * What follows a filing: the reviewer's last day, the unit's last day after a return, the steps of a review's ladder,
 * the terms of a rule frozen as JSON and read back, and what milestones come to.
 */
#include "jiebang/json.h"
#include "jiebang/milestone.h"
#include "jiebang/programme.h"
#include "jiebang/reminder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain_days.h"

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

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

/* ---- the two deadlines ---- */

static const struct {
	int workdays, days_after_due;
	const char *filed_on, *due_on, *review_on;
	bool provisional;
} reviews[] = {
	{ 5, -1, "2025-03-03", "2025-03-03", "2025-03-10", false },
	{ 5, -1, "2025-02-28", "2025-03-03", "2025-03-07", false }, /* a Friday */
	{ 5, -1, "2025-09-26", "2025-09-30", "2025-10-10",
	  false }, /* 28th made up, then eight days off */
	{ 1, -1, "2025-09-30", "2025-09-30", "2025-10-09", false },
	{ 5, -1, "2030-12-27", "2030-12-31", "2031-01-03", true }, /* no calendar: plain weekends */
	{ 0, 2, "2024-12-22", "2025-01-05", "2025-01-07", false },
	{ 0, 2, "2025-01-05", "2025-01-05", "2025-01-07", false },
	{ 0, 2, "2025-01-06", "2025-01-05", "2025-01-08",
	  false }, /* late: nobody's deadline has passed when it begins */
	{ 0, 0, "2025-01-04", "2025-01-05", "2025-01-05", false },
	{ 0, 3, "2025-09-30", "2025-09-30", "2025-10-03", false }, /* civil days do not roll */
};

static void the_reviewers_last_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(reviews); i++) {
		bool provisional = false;
		struct review_rule rule = { RECIPIENT_OFFICE, reviews[i].workdays,
					    reviews[i].days_after_due };
		assert_day(review_due_on(&rule, calendar, day_of(reviews[i].filed_on),
					 day_of(reviews[i].due_on), &provisional),
			   reviews[i].review_on);
		assert_int_equal(provisional, reviews[i].provisional);
	}
}

static const struct {
	struct correction_rule rule;
	const char *returned_on, *due_on, *review_on; /* NULL: none */
	const char *correct_on;
} corrections[] = {
	{ { 0, 0, false },
	  "2025-03-06",
	  "2025-03-03",
	  NULL,
	  "2025-03-03" }, /* the due date stands, though past */
	{ { 5, 0, false }, "2025-03-06", "2025-03-03", NULL, "2025-03-13" },
	{ { 5, 0, false },
	  "2025-02-17",
	  "2025-03-03",
	  NULL,
	  "2025-03-03" }, /* a return takes nothing */
	{ { 0, 10, false },
	  "2025-09-25",
	  "2025-09-01",
	  NULL,
	  "2025-10-05" }, /* civil days, on a holiday */
	{ { 0, 0, true }, "2025-01-06", "2025-01-05", "2025-01-07", "2025-01-07" },
	{ { 0, 0, true },
	  "2025-01-07",
	  "2025-01-05",
	  "2025-01-07",
	  "2025-01-08" }, /* no time left: a day more */
	{ { 0, 0, true }, "2025-01-20", "2025-01-05", "2025-01-07", "2025-01-21" },
	{ { 0, 0, true }, "2024-12-25", "2025-01-05", NULL, "2025-01-05" },
};

static void the_units_last_day_after_a_return(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(corrections); i++) {
		bool provisional = false;
		int32_t review_on = corrections[i].review_on ? day_of(corrections[i].review_on) : 0;
		assert_day(correction_due_on(&corrections[i].rule, calendar,
					     day_of(corrections[i].returned_on),
					     day_of(corrections[i].due_on), review_on,
					     &provisional),
			   corrections[i].correct_on);
		assert_false(provisional);
	}
}

/* ---- the reviewer's ladder ---- */

static void a_reviews_ladder_speaks_to_the_reviewer(void **state)
{
	static const struct {
		const char *key, *at;
		enum recipient to;
	} expected[] = {
		{ "review-before-1", "2025-03-06T09:05:00+08:00", RECIPIENT_REVIEWER },
		{ "review-due", "2025-03-07T09:05:00+08:00", RECIPIENT_REVIEWER },
		{ "review-after-1", "2025-03-08T09:05:00+08:00", RECIPIENT_REVIEWER },
		{ "review-office+3w", "2025-03-12T09:05:00+08:00", RECIPIENT_OFFICE },
		{ "review-repeat-1", "2025-03-15T09:05:00+08:00", RECIPIENT_REVIEWER },
	};
	struct ladder ladder = { .before_days = { 1, 0 },
				 .n_before = 2,
				 .after_days = { 1 },
				 .n_after = 1,
				 .then_every_days = 7,
				 .of_review = true,
				 .send_at_s = 9 * 3600 + 300,
				 .escalations = { { RECIPIENT_OFFICE, 3 } },
				 .n_escalations = 1 };
	struct step_dates dates = { day_of("2025-02-16"), day_of("2025-03-07") };
	struct step steps[COUNT_OF(expected)];
	(void)state;
	assert_int_equal(reminder_steps(&ladder, calendar, &dates, 0,
					civil_start_at(day_of("2025-03-16")), steps,
					COUNT_OF(steps)),
			 COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		char at[CIVIL_INSTANT_BYTES];
		civil_instant_write(steps[i].at, at);
		assert_string_equal(steps[i].key, expected[i].key);
		assert_string_equal(at, expected[i].at);
		assert_int_equal(steps[i].to, expected[i].to);
		assert_int_not_equal(steps[i].kind, STEP_OPEN);
	}
	/* The longest key that a file can give fits. */
	ladder.escalations[0] = (struct escalation){ RECIPIENT_RECOMMENDER, 3660 };
	ladder.n_before = ladder.n_after = 0;
	ladder.then_every_days = 0;
	assert_true(reminder_next(&ladder, calendar, &dates, 0, &steps[0]));
	assert_string_equal(steps[0].key, "review-recommender+3660w");
}

/* ---- frozen terms ---- */

static void freeze(const struct plan_rule *rule, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_key(&jw, "on_dates");
	jw_array(&jw);
	for (size_t i = 0; i < rule->n_on_dates; i++)
		jw_str(&jw, "2025-01-01");
	jw_array_end(&jw);
	jw_kv_int(&jw, "opens_before_days", rule->opens_before_days);
	jw_kv_int(&jw, "opens_months", rule->opens_months);
	jw_kv_str(&jw, "roll", roll_name(rule->roll));
	plan_rule_write_terms(&jw, rule);
	jw_object_end(&jw);
}

static void what_is_frozen_is_read_back(void **state)
{
	const struct plan_rule rules[] = {
		{ .opens_months = -1, .opens_before_days = 15, .roll = ROLL_NEXT_WORKDAY },
		{ .opens_months = 18, .early = true, .n_on_dates = 2 },
		{ .review = { RECIPIENT_RECOMMENDER, 5, -1 }, .correction = { 5, 0, false } },
		{ .review = { RECIPIENT_OFFICE, 0, 2 }, .correction = { 0, 0, true } },
		{ .on_milestones = true, .days_after = 10, .correction = { 0, 7, false } },
		{ .after_window_months = 6 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct buf text = BUF_EMPTY, again = BUF_EMPTY;
		struct plan_rule read;
		struct problem problem;
		freeze(&rules[i], &text);
		if (plan_rule_read(text.data, text.len, &read, &problem) != FAULT_NONE)
			fail_msg("%s: %s", problem.detail, text.data);
		freeze(&read, &again);
		assert_string_equal(again.data, text.data);
		assert_int_equal(read.n_on_dates, rules[i].n_on_dates);
		assert_int_equal(read.early, rules[i].early);
		buf_clear(&text);
		buf_clear(&again);
	}
}

#define TERMS(roll, early, review, correction)                                                     \
	"{\"on_dates\":[],\"opens_before_days\":1,\"opens_months\":-1,\"roll\":" roll              \
	",\"on_milestones\":false,\"days_after\":0,\"after_window_months\":0,\"early\":" early     \
	",\"review\":" review ",\"correction\":" correction "}"
#define NO_CORRECTION "{\"workdays\":0,\"days\":0,\"until_review\":false}"

/* A row edited by hand must not decide anything. */
static void broken_terms_are_refused(void **state)
{
	static const struct {
		const char *text, *detail;
	} broken[] = {
		{ "", "" },
		{ "[]", "roll" },
		{ "{}", "roll" },
		{ TERMS("\"sideways\"", "false", "null", NO_CORRECTION), "roll" },
		{ TERMS("\"none\"", "0", "null", NO_CORRECTION), "its opening" },
		{ "{\"roll\":\"none\",\"opens_before_days\":1,\"opens_months\":-2,\"early\":true}",
		  "its opening" },
		{ "{\"roll\":\"none\",\"opens_before_days\":1,\"opens_months\":-1,\"early\":true}",
		  "its dates" },
		{ TERMS("\"none\"", "true", "7", NO_CORRECTION), "review" },
		{ TERMS("\"none\"", "true",
			"{\"by\":\"unit\",\"workdays\":5,\"days_after_due\":-1}", NO_CORRECTION),
		  "review" },
		{ TERMS("\"none\"", "true",
			"{\"by\":\"office\",\"workdays\":-5,\"days_after_due\":-1}", NO_CORRECTION),
		  "review" },
		{ TERMS("\"none\"", "true", "null", "null"), "correction" },
		{ TERMS("\"none\"", "true", "null", "{\"workdays\":0,\"days\":0}"), "correction" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		struct plan_rule rule;
		struct problem problem;
		assert_int_equal(
			plan_rule_read(broken[i].text, strlen(broken[i].text), &rule, &problem),
			FAULT_INVALID);
		assert_non_null(strstr(problem.detail, broken[i].detail));
	}
}

/* ---- milestones ---- */

static void milestones_come_to_what_they_weigh(void **state)
{
	static const struct {
		struct milestone rows[3];
		size_t n;
		int reached;
		const char *refused; /* NULL: the weights are right */
	} plans[] = {
		{ { { .weight = 100, .percent = 100 } }, 1, 100, NULL },
		{ { { .weight = 100, .percent = 0 } }, 1, 0, NULL },
		{ { { .weight = 30, .percent = 100 }, { .weight = 70, .percent = 33 } },
		  2,
		  53,
		  NULL },
		{ { { .weight = 1, .percent = 99 }, { .weight = 99, .percent = 100 } },
		  2,
		  99,
		  NULL },
		{ { { .weight = 33 }, { .weight = 33 }, { .weight = 33 } }, 3, 0, "come to 99;" },
		{ { { .weight = 50 }, { .weight = 51 } }, 2, 0, "come to 101;" },
		{ { { .weight = 0 } }, 0, 0, "come to 0;" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		struct problem problem = { .fault = FAULT_NONE };
		enum fault fault = milestones_check(plans[i].rows, plans[i].n, &problem);
		assert_int_equal(fault, plans[i].refused ? FAULT_UNPROCESSED : FAULT_NONE);
		if (plans[i].refused) {
			assert_non_null(strstr(problem.detail, plans[i].refused));
			assert_string_equal(problem.pointer, "/milestones");
		}
		assert_int_equal(milestones_reached(plans[i].rows, plans[i].n), plans[i].reached);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reviewers_last_day),
		cmocka_unit_test(the_units_last_day_after_a_return),
		cmocka_unit_test(a_reviews_ladder_speaks_to_the_reviewer),
		cmocka_unit_test(what_is_frozen_is_read_back),
		cmocka_unit_test(broken_terms_are_refused),
		cmocka_unit_test(milestones_come_to_what_they_weigh),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
