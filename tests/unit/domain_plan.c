/*
 * From a publication date to due dates: the worked cases of tests/data/due-date-vectors.csv, the plan of the 2023
 * programme, every kind of anchor, clipping and skipping.
 */
#include "jiebang/programme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain_days.h"

#include <stdio.h>
#include <stdlib.h>
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

/* A rule with no anchor yet, as the loader makes it. */
static struct plan_rule rule_of(enum roll roll)
{
	static char ours[] = "ours";
	return (struct plan_rule){ .opens_months = -1, .roll = roll, .clause = ours };
}

static struct programme programme_of(struct plan_rule *rules, size_t n, int window_months)
{
	return (struct programme){ .plan = rules, .n_plan = n, .window_months = window_months };
}

/* ---- the worked cases ---- */

static void check_vector(char *line)
{
	static const char *const weekdays[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	char *fields[8] = { 0 };
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		fields[i] = strsep(&line, ",");
		assert_non_null(fields[i]);
	}
	int months = (int)strtol(fields[1], NULL, 10);
	struct plan_rule rules[] = { rule_of(ROLL_NEXT_WORKDAY), rule_of(ROLL_NONE) };
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		rules[i].at_months = &months;
		rules[i].n_at_months = 1;
	}
	struct programme programme = programme_of(rules, 2, 36);
	struct planned out[PLAN_MAX];
	assert_int_equal(programme_plan(&programme, calendar, day_of(fields[0]), out), 2);
	assert_day(out[0].last_day_on, fields[2]);
	assert_string_equal(weekdays[civil_weekday(out[0].last_day_on)], fields[3]);
	assert_day(out[0].due_on, fields[4]);
	assert_string_equal(weekdays[civil_weekday(out[0].due_on)], fields[5]);
	assert_string_equal(out[0].provisional ? "yes" : "no", fields[6]);
	assert_int_equal(out[0].months, months);
	/* Not rolled, no calendar is asked. */
	assert_day(out[1].due_on, fields[2]);
	assert_false(out[1].provisional);
}

static void test_vectors(void **state)
{
	char line[512];
	size_t n = 0;
	FILE *file = fopen(JIEBANG_SOURCE_DIR "/tests/data/due-date-vectors.csv", "r");
	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_int_equal(strncmp(line, "published,months,last_day_art202,", 33), 0);
	for (; fgets(line, sizeof(line), file); n++)
		check_vector(line);
	(void)fclose(file);
	assert_int_equal(n, 10);
}

/* ---- recurrence ---- */

/* T2: anchor 31 August, monthly, 24 steps. Written out, since a chained adder would stick at 28. */
static void test_monthly_from_the_31st(void **state)
{
	static const char *const days[24] = {
		"2024-09-30", "2024-10-31", "2024-11-30", "2024-12-31", "2025-01-31", "2025-02-28",
		"2025-03-31", "2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31", "2025-08-31",
		"2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31", "2026-01-31", "2026-02-28",
		"2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31",
	};
	struct plan_rule rule = rule_of(ROLL_NONE);
	struct planned out[PLAN_MAX];
	(void)state;
	rule.every_months = 1;
	rule.times = 24;
	struct programme programme = programme_of(&rule, 1, 24);
	assert_int_equal(programme_plan(&programme, calendar, day_of("2024-08-31"), out), 24);
	for (size_t i = 0; i < 24; i++) {
		assert_day(out[i].last_day_on, days[i]);
		assert_day(out[i].due_on, days[i]);
		assert_int_equal(out[i].n, i + 1);
		assert_int_equal(out[i].months, i + 1);
	}
}

/* The 2023 programme: T+6 … T+24 half-yearly, mid-term at T+12, acceptance from T+18 to T+24. */
static void test_plan_of_2023(void **state)
{
	static const struct {
		size_t rule;
		int n;
		int months;
		const char *opens_on;
		const char *last_day_on;
		const char *due_on;
		bool provisional;
	} expected[] = {
		/* Lead times land on Saturdays and Sundays and stay there: rolling would shorten them. */
		{ 0, 1, 6, "2025-05-15", "2025-05-30", "2025-05-30", false },
		{ 0, 2, 12, "2025-11-16", "2025-11-30", "2025-12-01", false },
		{ 0, 3, 18, "2026-05-17", "2026-05-30", "2026-06-01", false },
		{ 0, 4, 24, "2026-11-15", "2026-11-30", "2026-11-30", false },
		{ 1, 1, 12, "2025-11-01", "2025-11-30", "2025-12-01", false },
		{ 2, 1, 24, "2026-05-30", "2026-11-30", "2026-11-30", false },
	};
	int at[] = { 12, 24 };
	struct plan_rule rules[] = { rule_of(ROLL_NEXT_WORKDAY), rule_of(ROLL_NEXT_WORKDAY),
				     rule_of(ROLL_NONE) };
	struct planned out[PLAN_MAX];
	(void)state;
	rules[0].every_months = 6;
	rules[0].times = 4;
	rules[0].opens_before_days = 15;
	rules[1].at_months = &at[0];
	rules[1].n_at_months = 1;
	rules[1].opens_before_days = 30;
	rules[2].at_months = &at[1];
	rules[2].n_at_months = 1;
	rules[2].opens_months = 18;
	struct programme programme = programme_of(rules, 3, 24);
	size_t n = programme_plan(&programme, calendar, day_of("2024-11-30"), out);
	assert_int_equal(n, COUNT_OF(expected));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(out[i].rule, expected[i].rule);
		assert_int_equal(out[i].n, expected[i].n);
		assert_int_equal(out[i].months, expected[i].months);
		assert_day(out[i].opens_on, expected[i].opens_on);
		assert_day(out[i].last_day_on, expected[i].last_day_on);
		assert_day(out[i].due_on, expected[i].due_on);
		assert_int_equal(out[i].provisional, expected[i].provisional);
	}
}

/* ---- one rule at a time ---- */

struct case_of_rule {
	const char *what;
	const char *anchor;
	int window_months;
	enum roll window_roll;
	int every_months, times;
	int at_months[4];
	const char *on_dates[4];
	int every_year_on[3][2];
	int opens_before_days;
	int opens_months; /* 0: not used, -1: at publication */
	int young_months;
	enum roll roll;
	const char *expected; /* "n:opens last due" joined by "; ", with ? when provisional */
};

static const struct case_of_rule cases[] = {
	{ .what = "the final report is due with the window's last day, a Sunday: kept, and rolled",
	  .anchor = "2024-05-10",
	  .window_months = 24,
	  .every_months = 12,
	  .times = 3,
	  .opens_before_days = 10,
	  .roll = ROLL_NEXT_WORKDAY,
	  .expected = "1:2025-05-02 2025-05-10 2025-05-12; 2:2026-05-01 2026-05-10 2026-05-11" },
	{ .what = "rolled back to Friday",
	  .anchor = "2024-05-10",
	  .window_months = 24,
	  .every_months = 12,
	  .times = 2,
	  .roll = ROLL_PREVIOUS_WORKDAY,
	  .expected = "1:2025-05-09 2025-05-10 2025-05-09; 2:2026-05-09 2026-05-10 2026-05-09" },
	{ .what = "a window that ends on the Saturday worked before keeps the report of its Sunday",
	  .anchor = "2024-05-10",
	  .window_months = 24,
	  .window_roll = ROLL_PREVIOUS_WORKDAY,
	  .every_months = 24,
	  .times = 1,
	  .roll = ROLL_PREVIOUS_WORKDAY,
	  .expected = "1:2026-05-09 2026-05-10 2026-05-09" },
	{ .what = "past the window: clipped",
	  .anchor = "2024-09-02",
	  .window_months = 24,
	  .every_months = 6,
	  .times = 9,
	  .expected = "1:2025-03-02 2025-03-02 2025-03-02; 2:2025-09-02 2025-09-02 2025-09-02; "
		      "3:2026-03-02 2026-03-02 2026-03-02; 4:2026-09-02 2026-09-02 2026-09-02" },
	{ .what = "months in any order are numbered by date; month 0 is the anchor, no duty",
	  .anchor = "2024-08-31",
	  .window_months = 24,
	  .at_months = { 12, 6, 25, 3 },
	  .expected = "1:2024-11-30 2024-11-30 2024-11-30; 2:2025-02-28 2025-02-28 2025-02-28; "
		      "3:2025-08-31 2025-08-31 2025-08-31" },
	{ .what = "an official date is not rolled (a Saturday) and may lie past the window, not "
		  "before it",
	  .anchor = "2024-09-02",
	  .window_months = 12,
	  .on_dates = { "2026-01-31", "2024-09-02", "2025-11-15", "2023-01-01" },
	  .opens_before_days = 7,
	  .roll = ROLL_NEXT_WORKDAY,
	  .expected = "1:2025-11-08 2025-11-15 2025-11-15; 2:2026-01-24 2026-01-31 2026-01-31" },
	{ .what = "yearly by the end of November, a project younger than a year reports with the "
		  "next",
	  .anchor = "2024-09-02",
	  .window_months = 24,
	  .every_year_on = { { 11, 30 } },
	  .young_months = 12,
	  .roll = ROLL_NEXT_WORKDAY,
	  .opens_before_days = 29,
	  .expected = "1:2025-11-02 2025-11-30 2025-12-01" },
	{ .what = "exactly as old as asked for is not younger",
	  .anchor = "2024-11-30",
	  .window_months = 24,
	  .every_year_on = { { 11, 30 } },
	  .young_months = 12,
	  .expected = "1:2025-11-30 2025-11-30 2025-11-30; 2:2026-11-30 2026-11-30 2026-11-30" },
	{ .what = "half-yearly on calendar anchors, out of order, inside the window only",
	  .anchor = "2024-07-05",
	  .window_months = 24,
	  .every_year_on = { { 7, 5 }, { 1, 5 } },
	  .opens_before_days = 14,
	  .roll = ROLL_NONE,
	  .expected = "1:2024-12-22 2025-01-05 2025-01-05; 2:2025-06-21 2025-07-05 2025-07-05; "
		      "3:2025-12-22 2026-01-05 2026-01-05; 4:2026-06-21 2026-07-05 2026-07-05" },
	{ .what = "29 February is the month's last day in other years",
	  .anchor = "2023-02-28",
	  .window_months = 25,
	  .every_year_on = { { 2, 29 } },
	  .expected = "1:2024-02-29 2024-02-29 2024-02-29; 2:2025-02-28 2025-02-28 2025-02-28" },
	{ .what = "the opening is never before publication",
	  .anchor = "2024-09-02",
	  .window_months = 24,
	  .at_months = { 1 },
	  .opens_before_days = 60,
	  .expected = "1:2024-09-02 2024-10-02 2024-10-02" },
	{ .what = "an opening in months goes before one in days, and is not rolled",
	  .anchor = "2024-08-31",
	  .window_months = 24,
	  .at_months = { 12 },
	  .opens_before_days = 5,
	  .opens_months = 6,
	  .roll = ROLL_NEXT_WORKDAY,
	  .expected = "1:2025-02-28 2025-08-31 2025-09-01" },
	{ .what = "open from publication on",
	  .anchor = "2024-08-31",
	  .window_months = 24,
	  .at_months = { 12 },
	  .opens_before_days = 5,
	  .opens_months = -1,
	  .expected = "1:2024-08-31 2025-08-31 2025-08-31" },
	{ .what = "nor after the due day",
	  .anchor = "2024-09-02",
	  .window_months = 24,
	  .at_months = { 6 },
	  .opens_months = 18,
	  .expected = "1:2025-03-02 2025-03-02 2025-03-02" },
	{ .what = "rolled into a year without calendar, or through it: provisional",
	  .anchor = "2025-11-04",
	  .window_months = 36,
	  .every_months = 12,
	  .times = 3,
	  .roll = ROLL_NEXT_WORKDAY,
	  .expected = "1:2026-11-04 2026-11-04 2026-11-04; 2:2027-11-04 2027-11-04 2027-11-04?; "
		      "3:2028-11-06 2028-11-04 2028-11-06?" },
	{ .what = "a window that rolls takes in what falls on the rolled days",
	  .anchor = "2024-05-10",
	  .window_months = 24,
	  .window_roll = ROLL_NEXT_WORKDAY,
	  .every_year_on = { { 5, 11 } },
	  .expected = "1:2024-05-11 2024-05-11 2024-05-11; 2:2025-05-11 2025-05-11 2025-05-11; "
		      "3:2026-05-11 2026-05-11 2026-05-11" },
	{ .what = "and without the roll it is past the end",
	  .anchor = "2024-05-10",
	  .window_months = 24,
	  .every_year_on = { { 5, 11 } },
	  .expected = "1:2024-05-11 2024-05-11 2024-05-11; 2:2025-05-11 2025-05-11 2025-05-11" },
	{ .what = "a day named twice is one obligation",
	  .anchor = "2024-03-01",
	  .window_months = 24,
	  .every_year_on = { { 2, 29 }, { 2, 28 } },
	  .expected = "1:2025-02-28 2025-02-28 2025-02-28; 2:2026-02-28 2026-02-28 2026-02-28" },
	{ .what = "no anchor, no obligation",
	  .anchor = "2024-05-10",
	  .window_months = 24,
	  .expected = "" },
};

static void write_planned(const struct planned *planned, struct buf *out)
{
	char opens[CIVIL_DATE_BYTES], last[CIVIL_DATE_BYTES], due[CIVIL_DATE_BYTES];
	civil_write(planned->opens_on, opens);
	civil_write(planned->last_day_on, last);
	civil_write(planned->due_on, due);
	buf_addf(out, "%s%d:%s %s %s%s", out->len > 0 ? "; " : "", planned->n, opens, last, due,
		 planned->provisional ? "?" : "");
}

static void check_case(const struct case_of_rule *c)
{
	struct plan_rule rule = rule_of(c->roll);
	int at[4], yearly[3][2];
	int32_t dates[4];
	struct planned out[PLAN_MAX];
	struct buf text = BUF_EMPTY;
	rule.every_months = c->every_months;
	rule.times = c->times;
	memcpy(at, c->at_months, sizeof(at));
	memcpy(yearly, c->every_year_on, sizeof(yearly));
	rule.at_months = at;
	rule.on_dates = dates;
	rule.every_year_on = yearly;
	while (rule.n_at_months < 4 && c->at_months[rule.n_at_months] > 0)
		rule.n_at_months++;
	while (rule.n_every_year_on < 3 && c->every_year_on[rule.n_every_year_on][0] > 0)
		rule.n_every_year_on++;
	for (; rule.n_on_dates < 4 && c->on_dates[rule.n_on_dates]; rule.n_on_dates++)
		dates[rule.n_on_dates] = day_of(c->on_dates[rule.n_on_dates]);
	rule.opens_before_days = c->opens_before_days;
	rule.opens_months = c->opens_months > 0 ? c->opens_months : c->opens_months < 0 ? 0 : -1;
	rule.skip_when_younger_than_months = c->young_months;
	struct programme programme = programme_of(&rule, 1, c->window_months);
	programme.window_roll = c->window_roll;
	size_t n = programme_plan(&programme, calendar, day_of(c->anchor), out);
	for (size_t i = 0; i < n; i++)
		write_planned(&out[i], &text);
	if (strcmp(buf_str(&text), c->expected) != 0)
		fail_msg("%s:\n got %s\nwant %s", c->what, buf_str(&text), c->expected);
	buf_clear(&text);
}

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(&cases[i]);
}

/* A plan that is too long is cut, whole rows and in order, and nothing is written past the array. */
static void test_too_many(void **state)
{
	struct plan_rule rules[] = { rule_of(ROLL_NONE), rule_of(ROLL_NONE) };
	struct planned out[PLAN_MAX];
	(void)state;
	rules[0].every_months = 1;
	rules[0].times = 100;
	rules[1].every_months = 1;
	rules[1].times = 1000000000;
	struct programme programme = programme_of(rules, 2, 1200);
	assert_int_equal(programme_plan(&programme, calendar, day_of("2024-01-01"), out), PLAN_MAX);
	assert_int_equal(out[99].rule, 0);
	assert_int_equal(out[100].rule, 1);
	assert_int_equal(out[PLAN_MAX - 1].n, PLAN_MAX - 100);
	/* Far past the window no month is added up, so that no product of months overflows. */
	programme.window_months = 24;
	rules[1].every_months = 1000000;
	assert_int_equal(programme_plan(&programme, calendar, day_of("2024-01-01"), out), 24);
}

static void test_window_end(void **state)
{
	static const struct {
		const char *anchor;
		int months;
		enum roll roll;
		const char *end;
		bool provisional;
	} rows[] = {
		{ "2024-09-02", 24, ROLL_NONE, "2026-09-02", false },
		{ "2024-02-29", 24, ROLL_NONE, "2026-02-28", false },
		{ "2024-02-29", 24, ROLL_NEXT_WORKDAY, "2026-02-28", false }, /* make-up Saturday */
		{ "2024-05-10", 24, ROLL_NONE, "2026-05-10", false },
		{ "2024-05-10", 24, ROLL_NEXT_WORKDAY, "2026-05-11", false },
		{ "2024-10-01", 24, ROLL_PREVIOUS_WORKDAY, "2026-09-30", false },
		{ "2025-11-04", 36, ROLL_NEXT_WORKDAY, "2028-11-06", true },
		{ "2025-11-04", 36, ROLL_NONE, "2028-11-04", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct programme programme = programme_of(NULL, 0, rows[i].months);
		bool provisional = false;
		programme.window_roll = rows[i].roll;
		assert_day(programme_window_end(&programme, calendar, day_of(rows[i].anchor),
						&provisional),
			   rows[i].end);
		assert_int_equal(provisional, rows[i].provisional);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),      cmocka_unit_test(test_monthly_from_the_31st),
		cmocka_unit_test(test_plan_of_2023), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_too_many),     cmocka_unit_test(test_window_end),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
