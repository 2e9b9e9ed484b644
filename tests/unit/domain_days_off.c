/*
 * On which day a step goes whose own is a day off, for each policy, around the Spring Festivals of 2024 (days off from
 * 02-10 to 02-17; 02-04 and 02-18, Sundays, are worked) and 2025 (01-28 to 02-04; Sunday 01-26 and Saturday 02-08 are
 * worked).
 */
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

/* Where one step goes by each policy. `before` > 0 is a rung before the due day, < 0 one after it. */
static const struct {
	const char *due_on;
	int before;
	const char *send, *back, *forth;
} rows[] = {
	/* A plain Saturday and Sunday; due on a Friday, a Monday. */
	{ "2025-03-14", 6, "2025-03-08", "2025-03-07", "2025-03-10" },
	{ "2025-03-17", 1, "2025-03-16", "2025-03-14", "2025-03-17" },
	/* The due day itself is off: what is up to it never goes past it. */
	{ "2025-03-15", 0, "2025-03-15", "2025-03-14", "2025-03-14" },
	{ "2025-03-16", 1, "2025-03-15", "2025-03-14", "2025-03-14" },
	/* What follows the due day is never said on it, nor before it. */
	{ "2025-03-14", -1, "2025-03-15", "2025-03-17", "2025-03-17" },
	{ "2025-03-14", -2, "2025-03-16", "2025-03-17", "2025-03-17" },
	{ "2025-03-13", -2, "2025-03-15", "2025-03-14", "2025-03-17" },
	{ "2025-03-15", -1, "2025-03-16", "2025-03-17", "2025-03-17" },
	/* The festival of 2024: from its first to its last day, and the Sundays that are worked. */
	{ "2024-02-19", 9, "2024-02-10", "2024-02-09", "2024-02-18" },
	{ "2024-02-19", 2, "2024-02-17", "2024-02-09", "2024-02-18" },
	{ "2024-02-19", 1, "2024-02-18", "2024-02-18", "2024-02-18" },
	{ "2024-02-19", 15, "2024-02-04", "2024-02-04", "2024-02-04" },
	{ "2024-02-09", -7, "2024-02-16", "2024-02-18", "2024-02-18" },
	/* … and of 2025. */
	{ "2025-02-05", 3, "2025-02-02", "2025-01-27", "2025-02-05" },
	{ "2025-02-03", 1, "2025-02-02", "2025-01-27", "2025-01-27" },
	{ "2025-02-03", 8, "2025-01-26", "2025-01-26", "2025-01-26" },
	{ "2025-02-05", 11, "2025-01-25", "2025-01-24", "2025-01-26" },
	{ "2025-02-05", -3, "2025-02-08", "2025-02-08", "2025-02-08" },
	{ "2025-02-05", -4, "2025-02-09", "2025-02-08", "2025-02-10" },
	/* No calendar is out for 2029: plain weekends decide, as they do for due dates. */
	{ "2029-10-05", 4, "2029-10-01", "2029-10-01", "2029-10-01" },
	{ "2029-10-08", 1, "2029-10-07", "2029-10-05", "2029-10-08" },
};

static struct step only_step(size_t i, enum days_off days_off)
{
	struct ladder ladder = { .send_at_s = 9 * 3600 + 5 * 60, .days_off = days_off };
	struct step_dates dates = { .due_on = day_of(rows[i].due_on) };
	struct step steps[3];
	if (rows[i].before >= 0)
		ladder.before_days[ladder.n_before++] = rows[i].before;
	else
		ladder.after_days[ladder.n_after++] = -rows[i].before;
	dates.opens_on = dates.due_on - 30;
	assert_int_equal(reminder_steps(&ladder, calendar, &dates, INT64_MIN, INT64_MAX, steps, 3),
			 2);
	assert_int_equal(steps[0].kind, STEP_OPEN);
	assert_int_equal(steps[1].day, dates.due_on - rows[i].before);
	assert_int_equal(civil_day_of(steps[1].at), steps[1].send_on);
	return steps[1];
}

static void test_each_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *const expected[DAYS_OFF_COUNT] = { rows[i].send, rows[i].back,
							       rows[i].forth };
		for (int policy = 0; policy < DAYS_OFF_COUNT; policy++) {
			char on[CIVIL_DATE_BYTES];
			civil_write(only_step(i, (enum days_off)policy).send_on, on);
			if (strcmp(on, expected[policy]) != 0)
				print_message("row %zu, %s\n", i,
					      days_off_name((enum days_off)policy));
			assert_string_equal(on, expected[policy]);
		}
	}
}

/* The opening is a state and no message: it moves for nobody. */
static void test_opening_stays(void **state)
{
	struct ladder ladder = { .n_before = 1, .days_off = DAYS_OFF_BEFORE };
	struct step_dates dates = { day_of("2025-03-08"), day_of("2025-03-21") };
	struct step steps[3];
	(void)state;
	assert_int_equal(reminder_steps(&ladder, calendar, &dates, INT64_MIN, INT64_MAX, steps, 3),
			 2);
	assert_int_equal(steps[0].at, civil_start_at(day_of("2025-03-08")));
}

/* Repeats of every day: those of a weekend go together with Friday's or with Monday's, none is lost, and all in order. */
static void test_daily_repeats(void **state)
{
	static const char *const ends[DAYS_OFF_COUNT][7] = {
		{ "06-07", "06-08", "06-09", "06-10", "06-11", "06-12", "06-13" },
		{ "06-09", "06-09", "06-09", "06-10", "06-11", "06-12", "06-13" },
		{ "06-09", "06-09", "06-09", "06-10", "06-11", "06-12", "06-13" },
	};
	struct step_dates dates = { day_of("2025-05-20"), day_of("2025-06-06") };
	struct step steps[16], again[16];
	(void)state;
	for (int policy = 0; policy < DAYS_OFF_COUNT; policy++) {
		struct ladder ladder = { .then_every_days = 1,
					 .send_at_s = 33600,
					 .days_off = (enum days_off)policy };
		size_t n = reminder_steps(&ladder, calendar, &dates, civil_end_at(dates.due_on),
					  INT64_MAX, steps, 8);
		assert_int_equal(n, 8);
		for (size_t i = 0; i < 7; i++) {
			char on[CIVIL_DATE_BYTES];
			civil_write(steps[i].send_on, on);
			assert_int_equal(steps[i].offset, i + 1);
			assert_string_equal(on + 5, ends[policy][i]);
		}
		/* The next Saturday's is the eighth. */
		assert_int_equal(steps[7].send_on,
				 day_of(policy == DAYS_OFF_SEND     ? "2025-06-14"
					: policy == DAYS_OFF_BEFORE ? "2025-06-13"
								    : "2025-06-16"));
		/* Asked from Monday on, the weekend's are there too if that is when they go. */
		n = reminder_steps(&ladder, calendar, &dates, civil_start_at(day_of("2025-06-09")),
				   civil_end_at(day_of("2025-06-09")), again, 16);
		assert_int_equal(n, policy == DAYS_OFF_SEND ? 1 : 3);
	}
}

static void test_words(void **state)
{
	enum days_off days_off;
	(void)state;
	for (int i = 0; i < DAYS_OFF_COUNT; i++) {
		assert_true(days_off_parse(days_off_name((enum days_off)i), &days_off));
		assert_int_equal(days_off, i);
	}
	assert_false(days_off_parse("never", &days_off));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_policy),
		cmocka_unit_test(test_opening_stays),
		cmocka_unit_test(test_daily_repeats),
		cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
