/*
 * When a weekly report leaves: weekdays, days off, weeks that are off as a whole, and what is due after a stop. R11.
 */
#include "jiebang/rollup.h"

#include "jiebang/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int32_t day(const char *text)
{
	int32_t value;
	if (!civil_parse(text, &value))
		fail_msg("no day: %s", text);
	return value;
}

static int64_t instant(const char *text)
{
	int64_t value;
	if (!civil_instant_parse(text, &value))
		fail_msg("no instant: %s", text);
	return value;
}

/* Days off and make-up days as the State Council's notices have them (conf/calendars/cn.csv). */
static struct calendar *some_holidays(void)
{
	static const char *const off[] = { "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31",
					   "2025-02-03", "2025-02-04", "2025-10-01", "2025-10-02",
					   "2025-10-03", "2025-10-06", "2025-10-07", "2025-10-08",
					   "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17",
					   "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23",
					   "2026-05-01", "2026-10-01" };
	static const char *const work[] = { "2025-01-26", "2025-02-08", "2025-10-11", "2026-02-14",
					    "2026-02-28" };
	struct calendar *calendar = calendar_new();
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		calendar_set(calendar, day(off[i]), DAY_HOLIDAY, "假");
	for (size_t i = 0; i < sizeof(work) / sizeof(work[0]); i++)
		calendar_set(calendar, day(work[i]), DAY_WORKDAY, "班");
	return calendar;
}

static const struct {
	int weekday;
	const char *monday;
	const char *at; /* NULL: none in that week */
} slots[] = {
	{ 1, "2025-01-06", "2025-01-06T09:20:00+08:00" },
	{ 5, "2025-01-06", "2025-01-10T09:20:00+08:00" },
	{ 7, "2025-01-06",
	  "2025-01-10T09:20:00+08:00" }, /* no work after it: the last day before */
	{ 7, "2025-01-20", "2025-01-26T09:20:00+08:00" }, /* a make-up Sunday */
	{ 1, "2025-02-03", "2025-02-05T09:20:00+08:00" }, /* 春节 until the 4th */
	{ 2, "2025-01-27",
	  "2025-01-27T09:20:00+08:00" }, /* 除夕 on the 28th, off to the week's end */
	{ 6, "2025-02-03", "2025-02-08T09:20:00+08:00" }, /* a make-up Saturday */
	{ 1, "2025-10-06", "2025-10-09T09:20:00+08:00" },
	{ 5, "2025-10-06", "2025-10-10T09:20:00+08:00" },
	{ 5, "2026-04-27", "2026-04-30T09:20:00+08:00" }, /* 劳动节 on the Friday */
	{ 1, "2026-02-16", NULL },                        /* 春节: nobody works */
	{ 5, "2026-02-16", NULL },
	{ 1, "2026-02-23", "2026-02-24T09:20:00+08:00" },
};

static void test_slots(void **state)
{
	struct calendar *calendar = some_holidays();
	(void)state;
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		struct rollup rollup = { slots[i].weekday, 9 * 3600 + 20 * 60 };
		char found[CIVIL_INSTANT_BYTES] = "none";
		int64_t at;
		if (rollup_slot(&rollup, calendar, day(slots[i].monday), &at))
			civil_instant_write(at, found);
		if (strcmp(found, slots[i].at ? slots[i].at : "none") != 0)
			fail_msg("weekday %d of the week of %s: %s", slots[i].weekday,
				 slots[i].monday, found);
	}
	calendar_free(calendar);
}

static void test_a_week_is_monday_to_sunday(void **state)
{
	(void)state;
	assert_int_equal(rollup_week_of(day("2025-01-06")), day("2025-01-06"));
	assert_int_equal(rollup_week_of(day("2025-01-12")), day("2025-01-06"));
	assert_int_equal(rollup_week_at(instant("2025-01-05T23:59:59+08:00")), day("2024-12-30"));
	assert_int_equal(rollup_week_at(instant("2025-01-06T00:00:00+08:00")), day("2025-01-06"));
}

static const struct {
	const char *through, *now;
	const char *week; /* NULL: nothing is due */
	int missed;
	const char *next;
} looks[] = {
	{ "2025-01-06", "2025-01-13T09:19:59+08:00", NULL, 0, "2025-01-13T09:20:00+08:00" },
	{ "2025-01-06", "2025-01-13T09:20:00+08:00", "2025-01-13", 0, "2025-01-20T09:20:00+08:00" },
	{ "2025-01-13", "2025-01-13T09:20:00+08:00", NULL, 0, "2025-01-20T09:20:00+08:00" },
	{ "2025-01-06", "2025-02-04T12:00:00+08:00", "2025-01-27", 2, "2025-02-05T09:20:00+08:00" },
	{ "2026-02-02", "2026-02-20T12:00:00+08:00", "2026-02-09", 0, "2026-02-24T09:20:00+08:00" },
	{ "2026-02-02", "2026-02-24T12:00:00+08:00", "2026-02-23", 1, "2026-03-02T09:20:00+08:00" },
	/* The clock went back: nothing again. */
	{ "2025-06-02", "2025-01-13T12:00:00+08:00", NULL, 0, "2025-06-09T09:20:00+08:00" },
};

static void test_looks(void **state)
{
	struct calendar *calendar = some_holidays();
	const struct rollup rollup = { 1, 9 * 3600 + 20 * 60 };
	(void)state;
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		struct rollup_due due = rollup_look(&rollup, calendar, day(looks[i].through),
						    instant(looks[i].now));
		if (due.due != (looks[i].week != NULL) ||
		    (due.due && due.week_on != day(looks[i].week)) ||
		    due.missed != looks[i].missed || due.next_at != instant(looks[i].next))
			fail_msg("row %zu: due %d week %d missed %d next %lld", i, due.due,
				 due.week_on, due.missed, (long long)due.next_at);
	}
	struct rollup_due last = rollup_look(&rollup, calendar, day("2200-11-24"),
					     instant("2200-12-20T00:00:00+08:00"));
	assert_int_equal(last.next_at, 0);
	calendar_free(calendar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_a_week_is_monday_to_sunday),
		cmocka_unit_test(test_looks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
