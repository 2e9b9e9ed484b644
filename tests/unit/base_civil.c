/*
 * Civil dates against an independent oracle, every day of 1900-2200; then the doors for text, each with what it must
 * refuse, and the edges of what fits.
 */
#include "jiebang/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define DAYS_IN_ALL 109938 /* 301 years, 73 of them leap */

static FILE *oracle_open(pid_t *child)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	*child = fork();
	assert_true(*child >= 0);
	if (*child == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)close(ends[0]);
		(void)close(ends[1]);
		(void)execl("/usr/bin/python3", "python3",
			    JIEBANG_SOURCE_DIR "/tests/unit/civil_oracle.py", (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	FILE *lines = fdopen(ends[0], "r");
	assert_non_null(lines);
	return lines;
}

/* Our line for a day, in the oracle's form. */
static void line_write(int32_t day, char *out, size_t size)
{
	static const int months[] = { 1, 6, 12, 24, 36, -1, -18 };
	char date[CIVIL_DATE_BYTES];
	civil_write(day, date);
	int len = snprintf(out, size, "%s %" PRId32 " %d %" PRId64, date, day, civil_weekday(day),
			   civil_start_at(day));
	for (size_t i = 0; i < COUNT_OF(months); i++) {
		civil_write(civil_add_months(day, months[i]), date);
		len += snprintf(out + len, size - (size_t)len, " %s", date);
	}
}

static void check_round_trips(int32_t day, const char *date)
{
	int year, month, day_of_month;
	int32_t again;
	civil_to_ymd(day, &year, &month, &day_of_month);
	assert_true(civil_from_ymd(year, month, day_of_month, &again));
	assert_int_equal(again, day);
	assert_true(civil_parse(date, &again));
	assert_int_equal(again, day);
	assert_int_equal(civil_day_of(civil_start_at(day)), day);
	assert_int_equal(civil_day_of(civil_end_at(day) - 1), day);
	assert_int_equal(civil_day_of(civil_end_at(day)), day + 1);
}

static void test_every_day(void **state)
{
	(void)state;
	pid_t child;
	FILE *lines = oracle_open(&child);
	char theirs[256], ours[256];
	int32_t day;
	int n = 0, status;
	assert_true(civil_from_ymd(1900, 1, 1, &day));
	while (fgets(theirs, sizeof(theirs), lines)) {
		theirs[strcspn(theirs, "\n")] = '\0';
		line_write(day, ours, sizeof(ours));
		assert_string_equal(ours, theirs);
		ours[10] = '\0';
		check_round_trips(day, ours);
		day++;
		n++;
	}
	(void)fclose(lines);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(n, DAYS_IN_ALL);
}

/* Of all triples around the valid ones exactly the existing days are taken, in order. */
static void test_days_that_are_not(void **state)
{
	(void)state;
	int32_t day, expected = -25567; /* 1900-01-01, by `date -ud 1900-01-01 +%s` / 86400 */
	int taken = 0;
	for (int year = 1895; year <= 2205; year++)
		for (int triple = 0; triple < 14 * 34; triple++) {
			if (!civil_from_ymd(year, triple / 34, triple % 34 - 1, &day))
				continue;
			assert_int_equal(day, expected);
			expected++;
			taken++;
		}
	assert_int_equal(taken, DAYS_IN_ALL);
	assert_int_equal(civil_month_length(2024, 2), 29);
	assert_int_equal(civil_month_length(1900, 2), 28);
	assert_int_equal(civil_month_length(2000, 2), 29);
	assert_int_equal(civil_month_length(2025, 0), 0);
	assert_int_equal(civil_month_length(2025, 13), 0);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"2025-02-29",
		"2025-02-31",
		"2024-04-31",
		"2025-00-10",
		"2025-13-01",
		"2025-01-00",
		"2025-01-32",
		"1899-12-31",
		"2201-01-01",
		"2025-1-01",
		"2025-01-1",
		"2025/01/01",
		"20250101",
		" 2025-01-01",
		"2025-01-01 ",
		"2025-01-01T",
		"+025-01-01",
		"-025-01-01",
		"2025-+1-01",
		"2025-01-0x",
		"２025-01-01",
		"2025-01-011",
		"2025-01",
		"0000-01-01",
		"1900-02-29",
		"2100-02-29",
		"2025--1-01",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		int32_t day = 4711;
		if (civil_parse(bad[i], &day) || day != 4711)
			fail_msg("taken: \"%s\"", bad[i]);
	}
}

/* Seconds by `date -ud TEXT +%s`. */
static const struct {
	const char *text;
	int64_t at;
	const char *beijing;
} instants[] = {
	{ "2024-09-02T00:00:00+08:00", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-02", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-01T16:00:00Z", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-01t16:00:00z", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-01T12:00:00-04:00", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-01T21:45:00+05:45", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-01T15:30:00-00:30", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2024-09-01T16:00:00-00:00", 1725206400, "2024-09-02T00:00:00+08:00" },
	{ "2023-11-10T23:59:59+08:00", 1699631999, "2023-11-10T23:59:59+08:00" },
	{ "1970-01-01T00:00:00Z", 0, "1970-01-01T08:00:00+08:00" },
	{ "1969-12-31T23:59:59Z", -1, "1970-01-01T07:59:59+08:00" },
	{ "1900-01-01T00:00:00+08:00", -2209017600, "1900-01-01T00:00:00+08:00" },
	{ "2200-12-31T23:59:59+08:00", 7289625599, "2200-12-31T23:59:59+08:00" },
	{ "2024-02-29T23:59:59+23:59", 1709164859, "2024-02-29T08:00:59+08:00" },
};

static void test_instants(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(instants); i++) {
		int64_t at = 0;
		char out[CIVIL_INSTANT_BYTES];
		if (!civil_instant_parse(instants[i].text, &at) || at != instants[i].at)
			fail_msg("\"%s\" is %" PRId64, instants[i].text, at);
		civil_instant_write(at, out);
		assert_string_equal(out, instants[i].beijing);
	}
}

static void test_instants_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2024-09-02T",
		"2024-09-02T00:00:00",
		"2024-09-02 00:00:00Z",
		"2024-09-02T00:00Z",
		"2024-09-02T24:00:00Z",
		"2024-09-02T23:60:00Z",
		"2024-09-02T23:59:60Z",
		"2024-09-02T00:00:00.5Z",
		"2024-09-02T00:00:00+08",
		"2024-09-02T00:00:00+0800",
		"2024-09-02T00:00:00+24:00",
		"2024-09-02T00:00:00+08:60",
		"2024-09-02T00:00:00+08:00 ",
		"2024-09-02T00:00:00ZZ",
		"2024-09-02T00:00:00*08:00",
		"2024-09-02T-1:00:00Z",
		"2024-02-30T00:00:00Z",
		"2201-01-01T00:00:00Z",
		"2024-09-02T00-00-00Z",
		"2024-09-02T0",
		"2024-09-0",
		"1725206400",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		int64_t at = 4711;
		if (civil_instant_parse(bad[i], &at) || at != 4711)
			fail_msg("taken: \"%s\"", bad[i]);
	}
}

/* From the anchor, never chained: the 31st survives a February. */
static void test_months_from_anchor(void **state)
{
	static const struct {
		const char *anchor;
		int months;
		const char *day;
	} rows[] = {
		{ "2024-08-31", 6, "2025-02-28" },  { "2024-08-31", 12, "2025-08-31" },
		{ "2024-02-29", 12, "2025-02-28" }, { "2024-02-29", 24, "2026-02-28" },
		{ "2024-02-29", 48, "2028-02-29" }, { "2023-11-30", 3, "2024-02-29" },
		{ "2024-12-31", 0, "2024-12-31" },  { "2024-12-31", 2, "2025-02-28" },
		{ "2024-03-31", -1, "2024-02-29" }, { "2024-01-15", -13, "2022-12-15" },
		{ "2199-02-28", 12, "2200-02-28" }, { "2200-12-31", 36, "2203-12-31" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int32_t day;
		char out[CIVIL_DATE_BYTES];
		assert_true(civil_parse(rows[i].anchor, &day));
		civil_write(civil_add_months(day, rows[i].months), out);
		assert_string_equal(out, rows[i].day);
	}
}

/* Whatever number comes out of a file, nothing overflows and no buffer is overrun. */
static void test_far_ends(void **state)
{
	static const int64_t far[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX, -62135596801,
				       253402300800 };
	static const int32_t days[] = { INT32_MIN, INT32_MAX, 0 };
	char instant[CIVIL_INSTANT_BYTES], date[CIVIL_DATE_BYTES];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(far); i++) {
		civil_instant_write(far[i], instant);
		assert_int_equal(strlen(instant), CIVIL_INSTANT_BYTES - 1);
	}
	assert_int_equal(civil_day_of(INT64_MAX), INT32_MAX);
	assert_int_equal(civil_day_of(INT64_MIN), INT32_MIN);
	for (size_t i = 0; i < COUNT_OF(days); i++) {
		civil_write(days[i], date);
		assert_int_equal(strlen(date), CIVIL_DATE_BYTES - 1);
	}
	assert_int_equal(civil_add_months(INT32_MAX, INT32_MAX), INT32_MAX);
	assert_int_equal(civil_add_months(INT32_MIN, INT32_MIN), INT32_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day),        cmocka_unit_test(test_days_that_are_not),
		cmocka_unit_test(test_parse_refuses),    cmocka_unit_test(test_instants),
		cmocka_unit_test(test_instants_refused), cmocka_unit_test(test_months_from_anchor),
		cmocka_unit_test(test_far_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
