/*
 * Timers: one a kind and key, earliest first, and moved by setting them again.
 */
#include "store/timer.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct store *store;
static struct problem problem;

static int setup(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/jb-timer-XXXXXX");
	if (!mkdtemp(dir) || store_open(dir, &store, &problem) != FAULT_NONE)
		return -1;
	return store_begin(store, &problem) == FAULT_NONE ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = { "jiebang.db", "jiebang.db-wal", "jiebang.db-shm",
					     "lock" };
	(void)state;
	store_rollback(store);
	store_close(store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(dir);
}

static void set(int64_t key, int64_t at)
{
	assert_int_equal(timer_set(store, "window_end", key, at, &problem), FAULT_NONE);
}

/* The keys that are due at `now_at`, taken off one by one. */
static void expect_due(int64_t now_at, const int64_t *keys, size_t n)
{
	struct timer_row timer;
	bool found;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(timer_due(store, now_at, &timer, &found, &problem), FAULT_NONE);
		assert_true(found);
		assert_int_equal(timer.key, keys[i]);
		assert_string_equal(timer.kind, "window_end");
		assert_true(timer.at <= now_at);
		assert_int_equal(timer_clear(store, timer.kind, timer.key, &problem), FAULT_NONE);
	}
	assert_int_equal(timer_due(store, now_at, &timer, &found, &problem), FAULT_NONE);
	assert_false(found);
}

static void expect_next(int64_t at)
{
	int64_t next;
	assert_int_equal(timer_next(store, &next, &problem), FAULT_NONE);
	assert_int_equal(next, at);
}

static void earliest_first(void **state)
{
	(void)state;
	expect_next(INT64_MAX);
	set(3, 300);
	set(2, 100);
	set(1, 100);
	expect_next(100);
	expect_due(99, NULL, 0);
	expect_due(100, (const int64_t[]){ 1, 2 }, 2);
	expect_next(300);
	expect_due(1000, (const int64_t[]){ 3 }, 1);
}

static void set_again_is_moved(void **state)
{
	(void)state;
	set(1, 100);
	set(1, 500);
	expect_next(500);
	set(1, 50);
	expect_due(50, (const int64_t[]){ 1 }, 1);
	expect_next(INT64_MAX);
}

static void a_kind_nobody_handles_is_refused(void **state)
{
	(void)state;
	assert_int_not_equal(timer_set(store, "tea_time", 1, 100, &problem), FAULT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(earliest_first, setup, teardown),
		cmocka_unit_test_setup_teardown(set_again_is_moved, setup, teardown),
		cmocka_unit_test_setup_teardown(a_kind_nobody_handles_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
