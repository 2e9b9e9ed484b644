/*
 * So many a minute in any minute: every rate against every minute of an hour of asking as often as it may, rests, a clock
 * that goes back.
 */
#include "jiebang/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define HOUR_S      3600
#define NOW_AT      INT64_C(1725206400)

/* began[s]: how many in the s-th second, each second asked for all that may begin. */
static void run(const struct pace *pace, unsigned began[HOUR_S])
{
	int64_t empty_ms = 0;
	for (int s = 0; s < HOUR_S; s++) {
		began[s] = pace_room(pace, empty_ms, NOW_AT + s);
		int64_t next_at = pace_next_at(pace, empty_ms, NOW_AT + s);
		assert_int_equal(next_at == NOW_AT + s, began[s] > 0);
		empty_ms = pace_took(pace, empty_ms, NOW_AT + s, began[s]);
	}
}

static unsigned most_in(const unsigned began[HOUR_S], int window_s)
{
	unsigned most = 0, sum = 0;
	for (int s = 0; s < HOUR_S; s++) {
		sum += began[s];
		if (s >= window_s)
			sum -= began[s - window_s];
		most = sum > most ? sum : most;
	}
	return most;
}

static unsigned sum_of(const unsigned began[HOUR_S])
{
	unsigned sum = 0;
	for (int s = 0; s < HOUR_S; s++)
		sum += began[s];
	return sum;
}

/* 61 seconds of a clock without fractions are any 60 of one with them. */
static void test_any_minute(void **state)
{
	static const int rates[] = { 1, 2, 3, 4, 5, 7, 19, 20, 21, 60, 100, 599, 6000 };
	static unsigned began[HOUR_S];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct pace pace = pace_of(rates[i], 0);
		run(&pace, began);
		assert_in_range(most_in(began, 61), 1, rates[i]);
		/* … and no idler than it need be: at least two thirds of the rate, in the long run */
		assert_true(sum_of(began) * 3 >= (unsigned)rates[i] * 60 * 2 || rates[i] < 10);
	}
}

/* Feishu: 100 a minute and 5 a second; two seconds without fractions are any one with them. */
static void test_at_once(void **state)
{
	static unsigned began[HOUR_S];
	struct pace pace = pace_of(100, 3);
	(void)state;
	run(&pace, began);
	assert_in_range(most_in(began, 2), 3, 5);
	assert_in_range(most_in(began, 61), 80, 100);
}

static void test_a_burst_comes_first(void **state)
{
	struct pace pace = pace_of(20, 0);
	int64_t empty_ms = 0;
	(void)state;
	assert_int_equal(pace_room(&pace, 0, NOW_AT), 5);
	empty_ms = pace_took(&pace, empty_ms, NOW_AT, 5);
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT + 4), 0);
	assert_int_equal(pace_next_at(&pace, empty_ms, NOW_AT), NOW_AT + 5);
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT + 5), 1);
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT + 100), 5);
}

static void test_rest(void **state)
{
	struct pace pace = pace_of(20, 0);
	int64_t empty_ms = pace_rest(&pace, 0, NOW_AT + 600);
	(void)state;
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT + 599), 0);
	assert_int_equal(pace_next_at(&pace, empty_ms, NOW_AT), NOW_AT + 600);
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT + 600), 1);
	/* a shorter rest takes nothing from a longer one */
	assert_int_equal(pace_rest(&pace, empty_ms, NOW_AT + 60), empty_ms);
}

static void test_a_clock_that_went_back(void **state)
{
	struct pace pace = pace_of(20, 0);
	int64_t empty_ms = pace_took(&pace, 0, NOW_AT + 86400, 5);
	(void)state;
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT), 5);
	assert_int_equal(pace_next_at(&pace, empty_ms, NOW_AT), NOW_AT);
	empty_ms = pace_took(&pace, empty_ms, NOW_AT, 5);
	assert_int_equal(pace_room(&pace, empty_ms, NOW_AT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_minute),
		cmocka_unit_test(test_at_once),
		cmocka_unit_test(test_a_burst_comes_first),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_a_clock_that_went_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
