/*
 * The second in which a message leaves within its ladder's jitter: bounds, the crowded minutes, the end of the day, and
 * that it is the same each time it is asked for. R5.
 */
#include "jiebang/civil.h"
#include "jiebang/reminder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define IDS         2000

static int64_t instant(const char *text)
{
	int64_t at;
	if (!civil_instant_parse(text, &at))
		fail_msg("no instant: %s", text);
	return at;
}

/* Over many ids the first and the last second that is picked, and how many different ones. */
static const struct {
	const char *step_at;
	int jitter_s;
	const char *first, *last;
	size_t different;
} rows[] = {
	{ "2025-03-03T09:05:00+08:00", 0, "2025-03-03T09:05:00+08:00", "2025-03-03T09:05:00+08:00",
	  1 },
	{ "2025-03-03T09:05:00+08:00", 1, "2025-03-03T09:05:00+08:00", "2025-03-03T09:05:01+08:00",
	  2 },
	{ "2025-03-03T09:05:00+08:00", 180, "2025-03-03T09:05:00+08:00",
	  "2025-03-03T09:08:00+08:00", 181 },
	/* Over the half and the full hour: their first minutes are left out. */
	{ "2025-03-03T09:29:00+08:00", 180, "2025-03-03T09:29:00+08:00",
	  "2025-03-03T09:32:00+08:00", 121 },
	{ "2025-03-03T09:58:30+08:00", 180, "2025-03-03T09:58:30+08:00",
	  "2025-03-03T10:01:30+08:00", 121 },
	{ "2025-03-03T09:59:30+08:00", 60, "2025-03-03T09:59:30+08:00", "2025-03-03T09:59:59+08:00",
	  30 },
	{ "2025-03-03T09:59:59+08:00", 61, "2025-03-03T09:59:59+08:00", "2025-03-03T10:01:00+08:00",
	  2 },
	/* A ladder written by hand may stand in one; only where it leaves no other second is it used. */
	{ "2025-03-03T10:00:00+08:00", 90, "2025-03-03T10:01:00+08:00", "2025-03-03T10:01:30+08:00",
	  31 },
	{ "2025-03-03T10:00:00+08:00", 59, "2025-03-03T10:00:00+08:00", "2025-03-03T10:00:00+08:00",
	  1 },
	/* The day ends it, and with the due day what is up to it. */
	{ "2025-03-03T23:58:00+08:00", 3600, "2025-03-03T23:58:00+08:00",
	  "2025-03-03T23:59:59+08:00", 120 },
	{ "2025-03-03T23:59:59+08:00", 3600, "2025-03-03T23:59:59+08:00",
	  "2025-03-03T23:59:59+08:00", 1 },
	{ "2024-02-29T23:59:59+08:00", 3600, "2024-02-29T23:59:59+08:00",
	  "2024-02-29T23:59:59+08:00", 1 },
};

/* Enough ids for every second of three minutes to be picked once. */
static void check_row(size_t row)
{
	bool seen[LADDER_JITTER_MAX_S + 1] = { false };
	int64_t step_at = instant(rows[row].step_at), first = INT64_MAX, last = 0;
	size_t different = 0;
	for (int i = 0; i < IDS; i++) {
		char id[32];
		(void)snprintf(id, sizeof(id), "msg_%d", i);
		int64_t at = jitter_ready_at(id, step_at, rows[row].jitter_s);
		assert_int_equal(at, jitter_ready_at(id, step_at, rows[row].jitter_s));
		assert_in_range(at - step_at, 0, rows[row].jitter_s);
		different += !seen[at - step_at];
		seen[at - step_at] = true;
		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	if (first != instant(rows[row].first) || last != instant(rows[row].last) ||
	    different != rows[row].different)
		fail_msg("row %zu: from +%lld to +%lld, %zu different", row,
			 (long long)(first - step_at), (long long)(last - step_at), different);
}

static void test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check_row(i);
}

/* From every minute of a day, with the most jitter there is. */
static void test_never_in_a_crowded_minute(void **state)
{
	int64_t day = instant("2025-03-03T00:00:00+08:00");
	(void)state;
	for (int minute = 0; minute < 1440; minute++) {
		for (int i = 0; i < 20; i++) {
			char id[32];
			(void)snprintf(id, sizeof(id), "msg_%d_%d", minute, i);
			int64_t at = jitter_ready_at(id, day + minute * 60, LADDER_JITTER_MAX_S);
			assert_true(at % 1800 >= 60);
			assert_int_equal(civil_day_of(at), civil_day_of(day));
		}
	}
}

/* Other builds and versions pick the same: a replay tells what happened. */
static void test_the_second_is_fixed(void **state)
{
	int64_t at = instant("2025-03-03T09:05:00+08:00");
	(void)state;
	assert_int_equal(jitter_ready_at("msg_p5jXN8AQM9LWM0D4loKWxJek", at, 300) - at, 112);
	assert_int_equal(jitter_ready_at("msg_p5jXN8AQM9LWM0D4loKWxJel", at, 300) - at, 198);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_never_in_a_crowded_minute),
		cmocka_unit_test(test_the_second_is_fixed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
