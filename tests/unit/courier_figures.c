/*
 * How attempts went: counted, handed over in parts, kept for a week, not lost when the disk refuses, not counted twice.
 */
#include "engine_kit.h"

#include "courier/figures.h"
#include "store/endpoint_stat.h"

#define DAY_S 86400

static struct figures *figures;
static unsigned asked;

static void note(void *arg, int64_t wait_ms)
{
	(void)arg;
	assert_in_range(wait_ms, 1, 5000);
	asked++;
}

static void settle(void)
{
	while (engine_load(engine) > 0)
		engine_collect(engine);
}

static void flush(void)
{
	figures_write(figures);
	settle();
}

static void attempt(int64_t key, int status, int64_t elapsed_ms)
{
	struct outcome outcome = { .endpoint_key = key,
				   .end = status ? ATTEMPT_ANSWERED : ATTEMPT_TIMEOUT,
				   .status = status,
				   .elapsed_ms = elapsed_ms };
	figures_count(figures, &outcome);
}

static struct endpoint_stat stat_at(int64_t key, const char *at)
{
	struct endpoint_stat stat;
	assert_int_equal(endpoint_stat_sum(store, key, civil_day_of(instant(at)), &stat, NULL),
			 FAULT_NONE);
	return stat;
}

static int begin(void **state)
{
	int code = setup(state);
	stage_published();
	asked = 0;
	figures = figures_new(engine, note, NULL);
	return code;
}

static int end(void **state)
{
	figures_free(figures);
	return teardown(state);
}

static void counted_and_written(void **state)
{
	int64_t one = endpoint_for("unit:un_1", "https://a.example/hook");
	int64_t two = endpoint_for("unit:un_2", "https://b.example/hook");
	(void)state;
	set_clock("2025-02-24T09:00:00+08:00");
	for (int i = 0; i < 10; i++)
		attempt(one, i < 8 ? 200 : 503, 100);
	attempt(two, 0, 20000); /* nobody answered: its time says nothing about answers */
	assert_int_equal(asked, 1);
	assert_int_equal(stat_at(one, "2025-02-24T12:00:00+08:00").delivered, 0);
	flush();
	struct endpoint_stat stat = stat_at(one, "2025-02-24T12:00:00+08:00");
	assert_int_equal(stat.delivered, 8);
	assert_int_equal(stat.failed, 2);
	assert_int_equal(latency_total(&stat.latency), 10);
	assert_in_range(latency_quantile_ms(&stat.latency, 500), 96, 111);
	stat = stat_at(two, "2025-02-24T12:00:00+08:00");
	assert_int_equal(stat.failed, 1);
	assert_int_equal(latency_total(&stat.latency), 0);
	assert_int_equal(figures_sum(figures)->elapsed_ms, 1000);
	flush(); /* nothing more */
	assert_int_equal(stat_at(one, "2025-02-24T12:00:00+08:00").delivered, 8);
	attempt(one, 200, 7);
	assert_int_equal(asked, 2);
	flush();
	assert_int_equal(stat_at(one, "2025-02-24T12:00:00+08:00").delivered, 9);
}

static void a_week_is_kept(void **state)
{
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	static const char *const days[] = { "2025-02-01T09:00:00+08:00",
					    "2025-02-06T09:00:00+08:00",
					    "2025-02-07T23:59:59+08:00",
					    "2025-02-08T00:00:00+08:00" };
	static const int64_t seen[] = { 1, 2, 3, 3 };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		set_clock(days[i]);
		attempt(key, 204, 1);
		flush();
		assert_int_equal(stat_at(key, days[i]).delivered, seen[i]);
	}
	assert_int_equal(number("SELECT count(*) FROM endpoint_stat"), 3);
}

static void many_go_in_parts(void **state)
{
	int64_t first = endpoint_for("unit:un_1", "https://a.example/hook");
	(void)state;
	execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) "
		"INSERT "
		"INTO endpoint (uid, owner, url, format, secret, state, created_at) SELECT "
		"zeroblob(16), 'office', 'https://x/' || i, 'standard', zeroblob(24), 'enabled', 0 "
		"FROM n");
	execute("UPDATE tally SET count = count + 1200 WHERE what = 'endpoints:enabled'");
	for (int round = 0; round < 2; round++) {
		for (int64_t key = first; key <= first + 1200; key++)
			attempt(key, 200, key % 9);
		flush();
	}
	assert_int_equal(number("SELECT count(*) FROM endpoint_stat"), 1201);
	assert_int_equal(number("SELECT sum(delivered) FROM endpoint_stat"), 2402);
}

static void a_disk_that_refuses_loses_nothing(void **state)
{
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	(void)state;
	set_clock("2025-02-24T09:00:00+08:00");
	attempt(key, 200, 5);
	execute("PRAGMA query_only = 1");
	flush();
	attempt(key, 200, 5);
	flush(); /* what was refused is tried again, before what came since */
	execute("PRAGMA query_only = 0");
	assert_true(asked >= 2);
	flush();
	flush();
	assert_int_equal(stat_at(key, "2025-02-24T09:00:00+08:00").delivered, 2);
}

static void a_damaged_row_is_begun_anew(void **state)
{
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	struct endpoint_stat stat;
	struct problem problem;
	(void)state;
	set_clock("2025-02-24T09:00:00+08:00");
	attempt(key, 200, 5);
	flush();
	execute("UPDATE endpoint_stat SET latency = x'010203'");
	int64_t day = civil_day_of(instant("2025-02-24T09:00:00+08:00"));
	assert_int_equal(endpoint_stat_sum(store, key, day, &stat, &problem), FAULT_CORRUPT);
	attempt(key, 200, 5);
	flush();
	assert_int_equal(stat_at(key, "2025-02-24T09:00:00+08:00").delivered, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counted_and_written, begin, end),
		cmocka_unit_test_setup_teardown(a_week_is_kept, begin, end),
		cmocka_unit_test_setup_teardown(many_go_in_parts, begin, end),
		cmocka_unit_test_setup_teardown(a_disk_that_refuses_loses_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_damaged_row_is_begun_anew, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
