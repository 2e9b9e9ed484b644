/*
 * The shipped calendar of 2023-2026 against known days, the arithmetic of working days against counting by hand,
 * and every way a calendar file can be wrong.
 */
#include "jiebang/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain_days.h"

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void test_shipped_days(void **state)
{
	static const struct {
		const char *day;
		bool off;
		bool provisional;
	} rows[] = {
		{ "2022-12-31", true, true }, /* listed by the notice of 2023; 2022 itself is not covered */
		{ "2022-12-30", false, true },
		{ "2023-01-28", false, false }, /* make-up Saturday */
		{ "2024-10-01", true, false },
		{ "2024-10-07", true, false },
		{ "2024-10-08", false, false },
		{ "2024-10-12", false, false }, /* make-up Saturday */
		{ "2025-01-26", false, false }, /* make-up Sunday */
		{ "2025-05-05", true, false },
		{ "2025-05-06", false, false },
		{ "2025-10-11", false, false },
		{ "2026-01-04", false, false },
		{ "2026-02-28", false, false },
		{ "2026-03-01", true, false }, /* plain Sunday */
		{ "2026-12-31", false, false },
		{ "2027-01-01", false, true }, /* a Friday, for all we know */
		{ "2027-01-02", true, true },
	};
	struct calendar *calendar = calendar_shipped();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool provisional = false;
		if (calendar_is_off(calendar, day_of(rows[i].day), &provisional) != rows[i].off ||
		    provisional != rows[i].provisional)
			fail_msg("%s", rows[i].day);
	}
	for (int year = 1899; year <= 2202; year++)
		assert_int_equal(calendar_covers(calendar, year), year >= 2023 && year <= 2026);
	calendar_free(calendar);
}

/* The State Council's notices name so many days off and make-up days in each year. */
static void test_shipped_totals(void **state)
{
	static const int holidays[] = { 1, 26, 28, 28, 33 }, workdays[] = { 0, 7, 8, 5, 6 };
	int seen[5][2] = { { 0 } };
	struct calendar *calendar = calendar_shipped();
	int32_t day, last = INT32_MIN;
	enum day_kind kind;
	const char *name;
	(void)state;
	for (size_t i = 0; calendar_entry(calendar, i, &day, &kind, &name); i++) {
		int year, month, day_of_month;
		assert_true(day > last);
		last = day;
		civil_to_ymd(day, &year, &month, &day_of_month);
		assert_in_range(year, 2022, 2026);
		seen[year - 2022][kind == DAY_WORKDAY]++;
		assert_true(strlen(name) >= 6);
	}
	for (size_t i = 0; i < COUNT_OF(holidays); i++) {
		assert_int_equal(seen[i][0], holidays[i]);
		assert_int_equal(seen[i][1], workdays[i]);
	}
	assert_int_equal(calendar_kind(calendar, day_of("2025-10-06"), &name), DAY_HOLIDAY);
	assert_string_equal(name, "中秋节");
	assert_int_equal(calendar_kind(calendar, day_of("2025-10-09"), &name), DAY_PLAIN);
	assert_string_equal(name, "");
	calendar_free(calendar);
}

static void test_roll(void **state)
{
	static const struct {
		const char *day;
		const char *next;
		const char *previous;
		bool next_provisional;
	} rows[] = {
		{ "2025-09-30", "2025-09-30", "2025-09-30", false },
		{ "2025-10-01", "2025-10-09", "2025-09-30", false },
		{ "2025-10-08", "2025-10-09", "2025-09-30", false },
		{ "2025-10-11", "2025-10-11", "2025-10-11", false },
		{ "2025-10-12", "2025-10-13", "2025-10-11", false },
		{ "2024-02-10", "2024-02-18", "2024-02-09", false },
		{ "2028-11-04", "2028-11-06", "2028-11-03", true },
		/* Begun in a covered year, ended in one that is not. */
		{ "2022-12-31", "2023-01-03", "2022-12-30", true },
	};
	struct calendar *calendar = calendar_shipped();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool provisional = false, ignored = false;
		int32_t day = day_of(rows[i].day);
		assert_int_equal(calendar_roll(calendar, day, ROLL_NONE, &provisional), day);
		assert_false(provisional);
		assert_int_equal(calendar_roll(calendar, day, ROLL_NEXT_WORKDAY, &provisional),
				 day_of(rows[i].next));
		assert_int_equal(provisional, rows[i].next_provisional);
		assert_int_equal(calendar_roll(calendar, day, ROLL_PREVIOUS_WORKDAY, &ignored),
				 day_of(rows[i].previous));
		/* Never set back. */
		provisional = true;
		(void)calendar_roll(calendar, day_of("2025-10-01"), ROLL_NEXT_WORKDAY,
				    &provisional);
		assert_true(provisional);
	}
	calendar_free(calendar);
}

static void test_add_workdays(void **state)
{
	static const struct {
		const char *day;
		int n;
		const char *then;
	} rows[] = {
		{ "2025-09-30", 0, "2025-09-30" },
		{ "2025-10-01", 0, "2025-10-01" },
		{ "2025-09-30", 1, "2025-10-09" },
		{ "2025-09-30", 3, "2025-10-11" }, /* the make-up Saturday counts */
		{ "2025-09-30", 7, "2025-10-16" },
		{ "2025-10-03", 1, "2025-10-09" },
		{ "2024-02-09", 2, "2024-02-19" }, /* Spring Festival, make-up Sunday */
		{ "2026-03-02", 5, "2026-03-09" },
	};
	struct calendar *calendar = calendar_shipped();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool provisional = false;
		int32_t then = calendar_add_workdays(calendar, day_of(rows[i].day), rows[i].n,
						     &provisional);
		char text[CIVIL_DATE_BYTES];
		civil_write(then, text);
		assert_string_equal(text, rows[i].then);
		assert_false(provisional);
	}
	calendar_free(calendar);
}

/* Every day of the covered years and n up to 12: the result works, and n working days lie behind the start. */
static void test_workdays_by_counting(void **state)
{
	struct calendar *calendar = calendar_shipped();
	bool p = false;
	(void)state;
	for (int32_t day = day_of("2023-01-01"); day <= day_of("2026-12-01"); day++) {
		for (int n = 1; n <= 12; n++) {
			int32_t then = calendar_add_workdays(calendar, day, n, &p);
			int counted = 0;
			for (int32_t d = day + 1; d <= then; d++)
				counted += !calendar_is_off(calendar, d, &p);
			assert_int_equal(counted, n);
			assert_false(calendar_is_off(calendar, then, &p));
		}
	}
	assert_false(p);
	calendar_free(calendar);
}

static void test_set(void **state)
{
	struct calendar *calendar = calendar_new();
	int32_t day, friday = day_of("2027-10-01");
	enum day_kind kind;
	const char *name;
	bool p = false;
	(void)state;
	assert_false(calendar_entry(calendar, 0, &day, &kind, &name));
	assert_false(calendar_is_off(calendar, friday, &p));
	assert_true(p);
	p = false;
	for (int i = 200; i > 0; i--)
		calendar_set(calendar, friday + i, DAY_HOLIDAY, "后");
	assert_false(calendar_covers(calendar, 2027));
	calendar_set(calendar, friday, DAY_HOLIDAY, "国庆节");
	assert_true(calendar_covers(calendar, 2027));
	assert_true(calendar_is_off(calendar, friday, &p));
	calendar_set(calendar, friday, DAY_WORKDAY, "改");
	assert_false(calendar_is_off(calendar, friday, &p));
	assert_true(calendar_entry(calendar, 0, &day, &kind, &name));
	assert_int_equal(day, friday);
	assert_int_equal(kind, DAY_WORKDAY);
	/* The name may be the calendar's own. */
	calendar_set(calendar, friday, DAY_HOLIDAY, name);
	assert_true(calendar_entry(calendar, 0, &day, &kind, &name));
	assert_string_equal(name, "改");
	assert_true(calendar_entry(calendar, 200, &day, &kind, &name));
	assert_false(calendar_entry(calendar, 201, &day, &kind, &name));
	calendar_set(calendar, friday, DAY_PLAIN, "");
	assert_false(calendar_covers(calendar, 2027));
	assert_false(p);
	calendar_free(calendar);
	calendar_free(NULL);
}

/* What the entries say, without any table: the definition. */
static bool off_by_entries(const struct calendar *calendar, int32_t day, bool *provisional)
{
	int32_t oct;
	int year, month, day_of_month;
	const char *name;
	civil_to_ymd(day, &year, &month, &day_of_month);
	enum day_kind kind = calendar_kind(calendar, day, &name);
	*provisional = !civil_from_ymd(year, 10, 1, &oct) ||
		       calendar_kind(calendar, oct, &name) == DAY_PLAIN;
	return kind == DAY_PLAIN ? civil_weekday(day) >= 5 : kind == DAY_HOLIDAY;
}

/* Days of years far apart, set, set again and taken away, in no order: each day of them and of the years beside them. */
static void test_any_years(void **state)
{
	static const char *const words[] = { "2050-10-01", "2049-12-31", "2051-01-01", "2030-10-01",
					     "2030-10-02", "2070-10-01", "2200-12-31", "1900-01-01",
					     "2050-10-01", "2029-10-01", "2030-10-01" };
	static const enum day_kind kinds[] = { DAY_HOLIDAY, DAY_HOLIDAY, DAY_WORKDAY, DAY_HOLIDAY,
					       DAY_WORKDAY, DAY_HOLIDAY, DAY_HOLIDAY, DAY_WORKDAY,
					       DAY_PLAIN,   DAY_HOLIDAY, DAY_WORKDAY };
	struct calendar *calendar = calendar_new();
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		calendar_set(calendar, day_of(words[i]), kinds[i], "日");
		for (int32_t day = day_of("1900-01-01") - 800; day < day_of("2200-12-31") + 800;
		     day++) {
			bool expected_provisional, provisional = false;
			bool expected = off_by_entries(calendar, day, &expected_provisional);
			assert_int_equal(calendar_is_off(calendar, day, &provisional), expected);
			assert_int_equal(provisional, expected_provisional);
		}
	}
	calendar_free(calendar);
}

#define H "date,kind,name\n"

static void test_files_taken(void **state)
{
	static const struct {
		const char *text;
		size_t days;
	} files[] = {
		{ H "2027-10-01,holiday,国庆节\n", 1 },
		{ H "2027-10-01,holiday,国庆节", 1 },
		{ "\xef\xbb\xbf" H "2027-10-01,holiday,国庆节\n", 1 },
		{ "date,kind,name\r\n2027-10-01,holiday,国庆节\r\n2027-10-09,workday,国庆节\r\n",
		  2 },
		{ H "\n2027-10-01,holiday,国庆节\n\n\n", 1 },
		{ H "2027-10-09,workday,\n2027-10-01,holiday,\"国庆节, 中秋节\"\n", 2 },
		{ "\"date\",\"kind\",\"name\"\n\"2027-10-01\",\"holiday\",\"a \"\"b\"\"\"\n", 1 },
		{ H "2027-10-02,holiday,on a Saturday\n", 1 },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct calendar *calendar;
		struct problem problem = { 0 };
		int32_t day;
		enum day_kind kind;
		const char *name;
		if (calendar_read_csv(files[i].text, strlen(files[i].text), "x.csv", &calendar,
				      &problem) != FAULT_NONE)
			fail_msg("%zu: %s", i, problem.detail);
		assert_true(calendar_entry(calendar, files[i].days - 1, &day, &kind, &name));
		assert_false(calendar_entry(calendar, files[i].days, &day, &kind, &name));
		calendar_free(calendar);
	}
}

#define G "2027-10-01,holiday,国庆节\n"

static const struct {
	const char *text;
	enum fault fault;
	const char *detail;
	const char *pointer;
} bad_files[] = {
	{ "", FAULT_INVALID, "cn.csv:0: no day is listed", "cn.csv:0" },
	{ "\xef\xbb\xbf", FAULT_INVALID, "cn.csv:0: no day is listed", "cn.csv:0" },
	{ H, FAULT_INVALID, "cn.csv:1: no day is listed", "cn.csv:1" },
	{ G, FAULT_INVALID, "cn.csv:1: the first line must be date,kind,name", "cn.csv:1" },
	{ "date,kind\n" G, FAULT_INVALID, "cn.csv:1: the first line must be date,kind,name",
	  "cn.csv:1" },
	{ "date,kind,name,note\n" G, FAULT_INVALID,
	  "cn.csv:1: the first line must be date,kind,name", "cn.csv:1" },
	{ "Date,kind,name\n" G, FAULT_INVALID, "cn.csv:1: the first line must be date,kind,name",
	  "cn.csv:1" },
	{ H G "2027-10-02,holiday\n", FAULT_INVALID,
	  "cn.csv:3: a row has three fields: date,kind,name", "cn.csv:3" },
	{ H G "2027-10-02,holiday,a,b\n", FAULT_INVALID,
	  "cn.csv:3: a row has three fields: date,kind,name", "cn.csv:3" },
	{ H G "2027-02-29,holiday,a\n", FAULT_UNPROCESSED,
	  "cn.csv:3: not a date YYYY-MM-DD: \"2027-02-29\"", "cn.csv:3" },
	{ H "\r\n\n2027/10/1,holiday,a\n" G, FAULT_UNPROCESSED,
	  "cn.csv:4: not a date YYYY-MM-DD: \"2027/10/1\"", "cn.csv:4" },
	{ H "2027-10-02,vacation,a\n" G, FAULT_UNPROCESSED,
	  "cn.csv:2: the kind is neither holiday nor workday: \"vacation\"", "cn.csv:2" },
	{ H "2027-10-02,Holiday,a\n" G, FAULT_UNPROCESSED,
	  "cn.csv:2: the kind is neither holiday nor workday: \"Holiday\"", "cn.csv:2" },
	{ H "2027-10-01,workday,a\n", FAULT_UNPROCESSED,
	  "cn.csv:2: a make-up workday must be a Saturday or Sunday: \"2027-10-01\"", "cn.csv:2" },
	{ H G "2027-10-02,holiday,a\n" G, FAULT_UNPROCESSED,
	  "cn.csv:4: the day is listed twice: \"2027-10-01\"", "cn.csv:4" },
	{ H G "2027-10-02,workday,a\n2027-10-02,holiday,b\n", FAULT_UNPROCESSED,
	  "cn.csv:4: the day is listed twice: \"2027-10-02\"", "cn.csv:4" },
	{ H "2027-10-01,holiday,\xb9\xfa\n", FAULT_INVALID,
	  "cn.csv:2: not UTF-8 text, or a control character in it", "cn.csv:2" },
	{ H "2027-10-01,holiday,a\033[31m\n", FAULT_INVALID,
	  "cn.csv:2: not UTF-8 text, or a control character in it", "cn.csv:2" },
	{ "date,kind,name\r2027-10-01,holiday,a\r", FAULT_INVALID,
	  "cn.csv:1: not UTF-8 text, or a control character in it", "cn.csv:1" },
	{ H "2027-10-01,holiday,\"a\nb\"\n", FAULT_INVALID,
	  "cn.csv:2: a quote is misplaced or not closed", "cn.csv:2" },
	{ H "2027-10-01,holiday,a\"b\n", FAULT_INVALID,
	  "cn.csv:2: a quote is misplaced or not closed", "cn.csv:2" },
	{ H "2027-10-01,holiday,\"a\"b\n", FAULT_INVALID,
	  "cn.csv:2: a quote is misplaced or not closed", "cn.csv:2" },
	{ H "国国国国国国国国国国国国国国国国国国国国,holiday,a\n", FAULT_UNPROCESSED,
	  "cn.csv:2: not a date YYYY-MM-DD: \"国国国国国国国国国国国国国国国…\"", "cn.csv:2" },
};

static void test_files_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad_files); i++) {
		struct calendar *calendar = (struct calendar *)1;
		struct problem problem = { 0 };
		const char *text = bad_files[i].text;
		enum fault fault =
			calendar_read_csv(text, strlen(text), "cn.csv", &calendar, &problem);
		assert_string_equal(problem.detail, bad_files[i].detail);
		assert_string_equal(problem.pointer, bad_files[i].pointer);
		assert_int_equal(fault, bad_files[i].fault);
		assert_null(calendar);
		/* Nobody has to ask for the reason. */
		assert_int_equal(calendar_read_csv(text, strlen(text), "cn.csv", &calendar, NULL),
				 fault);
	}
}

static void test_nul_and_length_refused(void **state)
{
	static const char nul[] = H "2027-10-01,holiday,a\0b\n";
	struct calendar *calendar;
	struct problem problem = { 0 };
	struct buf text = BUF_EMPTY;
	(void)state;
	assert_int_equal(calendar_read_csv(NULL, 0, "cn.csv", &calendar, &problem), FAULT_INVALID);
	assert_int_equal(calendar_read_csv(nul, sizeof(nul) - 1, "cn.csv", &calendar, &problem),
			 FAULT_INVALID);
	for (size_t chars = 96; chars <= 97; chars++) {
		buf_reset(&text);
		buf_addf(&text, H "2027-10-01,holiday,%0*d\n", (int)chars, 0);
		enum fault fault =
			calendar_read_csv(text.data, text.len, "cn.csv", &calendar, &problem);
		assert_int_equal(fault, chars == 96 ? FAULT_NONE : FAULT_UNPROCESSED);
		calendar_free(calendar);
	}
	assert_non_null(strstr(problem.detail, "cn.csv:2: the name is too long"));
	buf_clear(&text);
}

static void test_roll_words(void **state)
{
	static const char *const words[] = { "none", "next_workday", "previous_workday" };
	enum roll roll;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		assert_true(roll_parse(words[i], &roll));
		assert_int_equal(roll, i);
		assert_string_equal(roll_name(roll), words[i]);
	}
	assert_false(roll_parse("", &roll));
	assert_false(roll_parse("next", &roll));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped_days),
		cmocka_unit_test(test_shipped_totals),
		cmocka_unit_test(test_roll),
		cmocka_unit_test(test_add_workdays),
		cmocka_unit_test(test_workdays_by_counting),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_any_years),
		cmocka_unit_test(test_files_taken),
		cmocka_unit_test(test_files_refused),
		cmocka_unit_test(test_nul_and_length_refused),
		cmocka_unit_test(test_roll_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
