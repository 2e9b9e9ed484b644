/*
 * Episodes told as tables: what happens to an endpoint at which instant, and what is then to be done about it.
 */
#include "jiebang/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define M           60
#define H           (60 * M)
#define D           (24 * H)
#define BEGIN       1725206400

/* One failure, or (what = 0) the duties of an instant in their order: t tell, p pause, o probe. */
struct act {
	int64_t at;
	const char *duties; /* NULL: a failure */
	bool begins;        /* of a failure: it is failing from now on */
	enum health_state state;
};

#define FAILS(at, begins, state)                                                                   \
	{                                                                                          \
		at, NULL, begins, state                                                            \
	}
#define DUTIES(at, duties, state)                                                                  \
	{                                                                                          \
		at, duties, false, state                                                           \
	}
#define ACTS_MAX 24

static const struct episode {
	const char *name;
	struct act acts[ACTS_MAX];
	size_t n;
} episodes[] = {
	{ "the schedule of retries makes it failing with its fourth attempt",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(5, false, HEALTH_DOUBTED),
	    FAILS(5 * M + 5, false, HEALTH_DOUBTED), FAILS(30 * M - 1, false, HEALTH_DOUBTED),
	    FAILS(30 * M, true, HEALTH_FAILING), FAILS(3 * H, false, HEALTH_FAILING) },
	  6 },
	{ "a burst at one instant is one blip",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(0, false, HEALTH_DOUBTED),
	    FAILS(0, false, HEALTH_DOUBTED), DUTIES(30 * D, "", HEALTH_DOUBTED) },
	  4 },
	{ "a failure a day later is another blip, one at the day's end is not",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(D + 1, false, HEALTH_DOUBTED),
	    FAILS(2 * D + 1, true, HEALTH_FAILING) },
	  3 },
	{ "three days told, then paused, probed at growing waits",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(1 * H, true, HEALTH_FAILING),
	    DUTIES(D - 1, "", HEALTH_FAILING), DUTIES(D, "t", HEALTH_FAILING),
	    DUTIES(D, "", HEALTH_FAILING), DUTIES(2 * D, "t", HEALTH_FAILING),
	    DUTIES(3 * D, "t", HEALTH_FAILING), DUTIES(5 * D - 1, "", HEALTH_FAILING),
	    DUTIES(5 * D, "p", HEALTH_PAUSED), DUTIES(5 * D + H - 1, "", HEALTH_PAUSED),
	    DUTIES(5 * D + H, "o", HEALTH_PAUSED), FAILS(5 * D + H, false, HEALTH_PAUSED),
	    DUTIES(5 * D + 3 * H, "o", HEALTH_PAUSED), DUTIES(5 * D + 7 * H, "o", HEALTH_PAUSED),
	    DUTIES(5 * D + 15 * H, "o", HEALTH_PAUSED), DUTIES(5 * D + 31 * H, "o", HEALTH_PAUSED),
	    DUTIES(5 * D + 55 * H, "o", HEALTH_PAUSED),
	    DUTIES(5 * D + 79 * H - 1, "", HEALTH_PAUSED),
	    DUTIES(5 * D + 79 * H, "o", HEALTH_PAUSED) },
	  19 },
	{ "nobody looked for a month: told once, paused, and probed an hour later",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(H, true, HEALTH_FAILING),
	    DUTIES(30 * D, "tp", HEALTH_PAUSED), DUTIES(30 * D + H, "o", HEALTH_PAUSED) },
	  4 },
	{ "nobody looked on the second day: it is told on the third, once",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(H, true, HEALTH_FAILING),
	    DUTIES(D, "t", HEALTH_FAILING), DUTIES(3 * D + 5, "t", HEALTH_FAILING),
	    DUTIES(4 * D, "", HEALTH_FAILING) },
	  5 },
	{ "a clock that went back begins nothing anew",
	  { FAILS(0, false, HEALTH_DOUBTED), FAILS(H, true, HEALTH_FAILING),
	    FAILS(-H, false, HEALTH_FAILING), DUTIES(D, "t", HEALTH_FAILING) },
	  4 },
};

static const char *duty_letter(enum health_duty duty)
{
	static const char *const letters[] = { "", "t", "p", "o" };
	return letters[duty];
}

static void do_duties(struct health *health, int64_t at, char *out, size_t size)
{
	const struct health_policy *policy = &health_policy_default;
	enum health_duty duty;
	out[0] = '\0';
	while ((duty = health_due(policy, health, at)) != HEALTH_NOTHING) {
		assert_true(strlen(out) + 2 < size);
		memcpy(out + strlen(out), duty_letter(duty), 2);
		health_did(policy, health, duty, at);
	}
	/* What was done is over: the next instant lies ahead. */
	assert_true(health_next_at(policy, health) > at);
}

static void test_episodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(episodes); i++) {
		const struct episode *episode = &episodes[i];
		struct health health = { .failures = 0 };
		for (size_t k = 0; k < episode->n; k++) {
			const struct act *act = &episode->acts[k];
			char duties[16];
			bool right;
			if (act->duties) {
				do_duties(&health, BEGIN + act->at, duties, sizeof(duties));
				right = strcmp(duties, act->duties) == 0;
			} else {
				right = health_failed(&health_policy_default, &health, k > 0,
						      BEGIN + act->at) == act->begins;
			}
			if (!right || health.state != act->state)
				fail_msg("%s: act %zu", episode->name, k + 1);
		}
	}
}

/* It wakes exactly when something is to be done. */
static void test_next_at(void **state)
{
	(void)state;
	static const int64_t wakes[] = { D, 2 * D, 3 * D, 5 * D, 5 * D + H, 5 * D + 3 * H };
	const struct health_policy *policy = &health_policy_default;
	struct health health = { .failures = 0 };
	char duties[16];
	assert_false(health_failed(policy, &health, false, BEGIN));
	assert_true(health_next_at(policy, &health) == INT64_MAX);
	assert_true(health_failed(policy, &health, true, BEGIN + H));
	for (size_t i = 0; i < COUNT_OF(wakes); i++) {
		assert_int_equal(health_next_at(policy, &health) - BEGIN, wakes[i]);
		do_duties(&health, BEGIN + wakes[i], duties, sizeof(duties));
		assert_int_equal(strlen(duties), 1);
	}
}

static void test_nobody_is_told_if_nobody_should_be(void **state)
{
	(void)state;
	struct health_policy policy = health_policy_default;
	struct health health = { .failures = 0 };
	policy.tell.n = 0;
	policy.failing_after_s = 0;
	assert_false(health_failed(&policy, &health, false, BEGIN));
	assert_true(health_failed(&policy, &health, true, BEGIN));
	assert_int_equal(health_next_at(&policy, &health) - BEGIN, 5 * D);
}

static void test_names(void **state)
{
	(void)state;
	for (int i = 0; i < HEALTH_STATE_COUNT; i++) {
		enum health_state parsed;
		assert_true(health_state_parse(health_state_name((enum health_state)i), &parsed));
		assert_int_equal(parsed, i);
	}
	enum health_state parsed;
	assert_false(health_state_parse("healthy", &parsed));
	assert_false(health_state_parse("", &parsed));
}

static void test_release(void **state)
{
	(void)state;
	static const struct {
		int64_t i, wait_s;
	} rows[] = { { 0, 0 }, { 49, 0 }, { 50, 1 }, { 99, 1 }, { 100, 2 }, { 100000, 2000 } };
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(health_release_wait_s(&health_policy_default, rows[i].i),
				 rows[i].wait_s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_episodes),
		cmocka_unit_test(test_next_at),
		cmocka_unit_test(test_nobody_is_told_if_nobody_should_be),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
