/* Quantiles of times kept in few steps, against the times themselves. */
#include "jiebang/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 2000

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void quantiles_are_near(void **state)
{
	static const int permilles[] = { 0, 1, 250, 500, 900, 950, 990, 999, 1000 };
	static const int64_t ranges[] = { 3, 20, 500, 20000, 131071 };
	uint64_t random = 88172645463325252u;
	(void)state;
	for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
		struct latency latency = { { 0 } };
		int64_t times[N];
		for (size_t i = 0; i < N; i++) {
			times[i] = (int64_t)(next(&random) % (uint64_t)(ranges[r] + 1));
			latency_add(&latency, times[i]);
		}
		qsort(times, N, sizeof(times[0]), by_size);
		assert_int_equal(latency_total(&latency), N);
		for (size_t p = 0; p < sizeof(permilles) / sizeof(permilles[0]); p++) {
			int64_t rank = (N * permilles[p] + 999) / 1000;
			int64_t exact = times[rank > 0 ? rank - 1 : 0];
			int64_t read = latency_quantile_ms(&latency, permilles[p]);
			assert_true(llabs((long long)(read - exact)) <= exact / 4 + 1);
			/* A step is an eighth to a quarter wide, and its times are many here. */
			if (exact > 100)
				assert_true(llabs((long long)(read - exact)) <= exact / 8);
		}
	}
}

static void exact_where_it_can_be(void **state)
{
	static const struct {
		int64_t times[4];
		int n, permille;
		int64_t quantile;
	} rows[] = {
		{ { 0 }, 0, 500, -1 },           { { 0 }, 1, 500, 0 },
		{ { -5 }, 1, 500, 0 },           { { 3, 1, 2, 0 }, 4, 500, 1 },
		{ { 3, 1, 2, 0 }, 4, 1000, 3 },  { { 7, 6, 5, 4 }, 4, 750, 6 },
		{ { 1, 1, 1, 7 }, 4, 750, 1 },   { { 1, 1, 1, 7 }, 4, 751, 7 },
		{ { 131071 }, 1, 500, 122880 },  { { 131072 }, 1, 500, 122880 },
		{ { INT64_MAX }, 1, 0, 122880 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct latency latency = { { 0 } };
		for (int t = 0; t < rows[i].n; t++)
			latency_add(&latency, rows[i].times[t]);
		assert_int_equal(latency_quantile_ms(&latency, rows[i].permille), rows[i].quantile);
	}
}

static void kept_in_a_row_and_added_up(void **state)
{
	struct latency one = { { 0 } }, two = { { 0 } }, read;
	uint8_t bytes[LATENCY_BYTES_MAX];
	(void)state;
	assert_int_equal(latency_encode(&one, bytes), 0);
	assert_true(latency_decode(&read, bytes, 0));
	assert_int_equal(latency_total(&read), 0);
	latency_add(&one, 2);
	one.count[2] = 0x01020304;
	assert_int_equal(latency_encode(&one, bytes), 12);
	latency_add(&two, 131071);
	two.count[2] = UINT32_MAX - 1;
	assert_int_equal(latency_encode(&two, bytes), LATENCY_BYTES_MAX);
	assert_true(latency_decode(&read, bytes, LATENCY_BYTES_MAX));
	assert_memory_equal(&read, &two, sizeof(two));
	latency_merge(&read, &one);
	assert_int_equal(read.count[2], UINT32_MAX);
	assert_int_equal(read.count[LATENCY_STEPS - 1], 1);
	assert_false(latency_decode(&read, bytes, 3));
	assert_false(latency_decode(&read, bytes, LATENCY_BYTES_MAX + 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_near),
		cmocka_unit_test(exact_where_it_can_be),
		cmocka_unit_test(kept_in_a_row_and_added_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
