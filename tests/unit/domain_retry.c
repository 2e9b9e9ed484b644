/*
 * The delivery policy as tables: every way an attempt ends, every status from 100 to 599, the schedule with the
 * bounds of its jitter, and Retry-After in all its forms.
 */
#include "jiebang/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	enum attempt_end end;
	enum verdict without_status;
	enum verdict with_200;
	enum verdict with_410;
	enum verdict with_429;
} ends[] = {
	{ "answered", ATTEMPT_ANSWERED, VERDICT_RETRY, VERDICT_DELIVERED, VERDICT_GONE,
	  VERDICT_THROTTLE },
	{ "unknown", ATTEMPT_UNKNOWN, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY },
	{ "refused", ATTEMPT_REFUSED, VERDICT_REFUSED, VERDICT_REFUSED, VERDICT_REFUSED,
	  VERDICT_REFUSED },
	{ "dns", ATTEMPT_DNS, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY },
	{ "connect", ATTEMPT_CONNECT, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY },
	{ "tls", ATTEMPT_TLS, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY },
	{ "timeout", ATTEMPT_TIMEOUT, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY },
	/* A reply that broke off after "200" is no reply. */
	{ "broken", ATTEMPT_BROKEN, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY },
	{ "too_large", ATTEMPT_TOO_LARGE, VERDICT_RETRY, VERDICT_DELIVERED, VERDICT_RETRY,
	  VERDICT_RETRY },
	{ "deferred", ATTEMPT_DEFERRED, VERDICT_RETRY, VERDICT_RETRY, VERDICT_RETRY,
	  VERDICT_RETRY },
	{ "rejected", ATTEMPT_REJECTED, VERDICT_REJECTED, VERDICT_REJECTED, VERDICT_REJECTED,
	  VERDICT_REJECTED },
	{ "throttled", ATTEMPT_THROTTLED, VERDICT_THROTTLE, VERDICT_THROTTLE, VERDICT_THROTTLE,
	  VERDICT_THROTTLE },
	{ "disowned", ATTEMPT_DISOWNED, VERDICT_DISOWNED, VERDICT_DISOWNED, VERDICT_DISOWNED,
	  VERDICT_DISOWNED },
	{ "not_begun", ATTEMPT_NOT_BEGUN, VERDICT_RELEASED, VERDICT_RELEASED, VERDICT_RELEASED,
	  VERDICT_RELEASED },
};

static void test_ends(void **state)
{
	enum attempt_end end;
	(void)state;
	assert_int_equal(COUNT_OF(ends), ATTEMPT_END_COUNT);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		assert_string_equal(attempt_end_name(ends[i].end), ends[i].name);
		assert_true(attempt_end_parse(ends[i].name, &end));
		assert_int_equal(end, ends[i].end);
		assert_int_equal(retry_verdict(end, 0), ends[i].without_status);
		assert_int_equal(retry_verdict(end, 200), ends[i].with_200);
		assert_int_equal(retry_verdict(end, 410), ends[i].with_410);
		assert_int_equal(retry_verdict(end, 429), ends[i].with_429);
	}
	assert_false(attempt_end_parse("", &end));
	assert_false(attempt_end_parse("Answered", &end));
	assert_false(attempt_end_parse("time_out", &end));
}

/* Ranges, so that every status has exactly one line. */
static const struct {
	int first;
	int last;
	enum verdict verdict;
} statuses[] = {
	{ 100, 199, VERDICT_RETRY }, { 200, 299, VERDICT_DELIVERED },
	{ 300, 399, VERDICT_RETRY }, /* never followed */
	{ 400, 409, VERDICT_RETRY }, { 410, 410, VERDICT_GONE },
	{ 411, 428, VERDICT_RETRY }, { 429, 429, VERDICT_THROTTLE },
	{ 430, 501, VERDICT_RETRY }, { 502, 502, VERDICT_THROTTLE },
	{ 503, 503, VERDICT_RETRY }, { 504, 504, VERDICT_THROTTLE },
	{ 505, 999, VERDICT_RETRY },
};

static void test_statuses(void **state)
{
	int next = 100;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		assert_int_equal(statuses[i].first, next);
		for (; next <= statuses[i].last; next++)
			assert_int_equal(retry_verdict(ATTEMPT_ANSWERED, next),
					 statuses[i].verdict);
	}
	assert_int_equal(retry_verdict(ATTEMPT_ANSWERED, -200), VERDICT_RETRY);
}

/* Standard Webhooks' schedule, in seconds, and a fifth of each. */
static const struct {
	int64_t least;
	int64_t most;
} waits[] = {
	{ 5, 6 },         { 300, 360 },     { 1800, 2160 },   { 7200, 8640 },    { 18000, 21600 },
	{ 36000, 43200 }, { 50400, 60480 }, { 72000, 86400 }, { 86400, 103680 },
};

static void test_schedule(void **state)
{
	const struct retry_schedule *schedule = &retry_schedule_default;
	(void)state;
	assert_int_equal(schedule->n, COUNT_OF(waits));
	for (unsigned attempt = 1; attempt <= COUNT_OF(waits); attempt++) {
		int64_t least = waits[attempt - 1].least, most = waits[attempt - 1].most;
		assert_int_equal(retry_wait_s(schedule, attempt, -1, 0), least);
		assert_int_equal(retry_wait_s(schedule, attempt, -1, UINT32_MAX), most);
		/* Near enough to the middle for a uniform draw. */
		int64_t middle = retry_wait_s(schedule, attempt, -1, UINT32_MAX / 2);
		assert_in_range(middle, (least + most) / 2 - 1, (least + most) / 2 + 1);
	}
	assert_int_equal(retry_wait_s(schedule, 10, -1, 0), -1);
	assert_int_equal(retry_wait_s(schedule, 11, 60, 7), -1);
	assert_int_equal(retry_wait_s(schedule, UINT32_MAX, -1, 7), -1);
}

/* 61 whole seconds from 300 to 360: each drawn equally often, to within the rounding of one draw. */
static void test_jitter_is_uniform(void **state)
{
	unsigned drawn[61] = { 0 };
	const uint32_t draws = 61 * 1000;
	(void)state;
	for (uint32_t i = 0; i < draws; i++) {
		uint32_t random = (uint32_t)((uint64_t)i * UINT32_MAX / (draws - 1));
		int64_t wait = retry_wait_s(&retry_schedule_default, 2, -1, random);
		assert_in_range(wait, 300, 360);
		drawn[wait - 300]++;
	}
	for (size_t i = 0; i < COUNT_OF(drawn); i++)
		assert_in_range(drawn[i], 999, 1001);
}

static void test_retry_after_lengthens(void **state)
{
	static const struct {
		unsigned attempt;
		int64_t retry_after_s;
		uint32_t random;
		int64_t wait_s;
	} rows[] = {
		{ 1, -1, 0, 5 },
		{ 1, 0, 0, 5 },
		{ 1, 3, 0, 5 }, /* never shortens */
		{ 1, 3, UINT32_MAX, 6 },
		{ 1, 120, 0, 120 }, /* lengthens */
		{ 1, 120, UINT32_MAX, 120 },
		{ 1, 86400, 0, 86400 },
		{ 1, 86401, 0, 86400 }, /* counts a day at most */
		{ 1, INT64_MAX, 0, 86400 },
		{ 9, INT64_MAX, UINT32_MAX, 103680 },
		{ 10, 120, 0, -1 }, /* the last is the last */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(retry_wait_s(&retry_schedule_default, rows[i].attempt,
					      rows[i].retry_after_s, rows[i].random),
				 rows[i].wait_s);
}

static void test_own_schedule(void **state)
{
	const struct retry_schedule once = { .n = 0 };
	const struct retry_schedule quick = { .wait_s = { 0, 1, 4 }, .n = 3 };
	(void)state;
	assert_int_equal(retry_wait_s(&once, 1, 60, 0), -1);
	assert_int_equal(retry_wait_s(&once, 0, 60, 0), -1);
	assert_int_equal(retry_wait_s(&retry_schedule_default, 0, -1, 0), 5);
	assert_int_equal(retry_wait_s(&quick, 1, -1, UINT32_MAX), 0);
	/* A fifth of four seconds is none: jitter never leaves [wait, wait * 1.2]. */
	assert_int_equal(retry_wait_s(&quick, 3, -1, UINT32_MAX), 4);
	assert_int_equal(retry_wait_s(&quick, 4, -1, 0), -1);
}

/* 1994-11-06T08:49:37Z, the example of RFC 9110 §5.6.7. */
#define RFC_AT 784111777
/* 2026-02-28T00:00:00Z */
#define NOW_AT 1772236800

static const struct {
	const char *value;
	int64_t now_at;
	int64_t wait_s;
} headers[] = {
	{ "0", NOW_AT, 0 },
	{ "120", NOW_AT, 120 },
	{ "007", NOW_AT, 7 },
	{ "99999999999999999999999999", NOW_AT, INT64_MAX },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", RFC_AT - 60, 60 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", RFC_AT - 60, 60 },
	{ "Sun Nov  6 08:49:37 1994", RFC_AT - 60, 60 },
	{ "Sun Nov 06 08:49:37 1994", RFC_AT - 60, 60 },
	{ "Wed Nov 16 08:49:37 1994", RFC_AT, 864000 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", RFC_AT, 0 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", NOW_AT, 0 }, /* gone by */
	{ "Sat, 28 Feb 2026 00:02:00 GMT", NOW_AT, 120 },
	{ "Saturday, 28-Feb-26 00:02:00 GMT", NOW_AT, 120 },
	{ "Sat, 28 Feb 2026 00:00:60 GMT", NOW_AT, 60 }, /* a leap second */
	{ "Thu, 29 Feb 2024 00:00:00 GMT", NOW_AT, 0 },
	/* Two digits: at most fifty years ahead (2076), else the past. */
	{ "Friday, 28-Feb-76 00:00:00 GMT", NOW_AT, 1577836800 },
	{ "Monday, 28-Feb-77 00:00:00 GMT", NOW_AT, 0 },
	/* And from 1994: 44 is 2044, 45 is 1945. */
	{ "Sunday, 06-Nov-44 08:49:37 GMT", RFC_AT, 1577923200 },
	{ "Tuesday, 06-Nov-45 08:49:37 GMT", RFC_AT, 0 },
	{ "", NOW_AT, -1 },
	{ "-1", NOW_AT, -1 },
	{ "+1", NOW_AT, -1 },
	{ " 120", NOW_AT, -1 },
	{ "120 ", NOW_AT, -1 },
	{ "12.5", NOW_AT, -1 },
	{ "120s", NOW_AT, -1 },
	{ "0x10", NOW_AT, -1 },
	{ "99999999999999999999999999x", NOW_AT, -1 },
	{ "soon", NOW_AT, -1 },
	{ "Sun, 30 Feb 2026 00:00:00 GMT", NOW_AT, -1 },
	{ "Sun, 00 Feb 2026 00:00:00 GMT", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 24:00:00 GMT", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 00:60:00 GMT", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 00:00:61 GMT", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 00:02:00 UTC", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 00:02:00 +0000", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 00:02:00", NOW_AT, -1 },
	{ "Sat, 28 Feb 2026 00:02:00 GMT ", NOW_AT, -1 },
	{ "Sat, 8 Feb 2026 00:02:00 GMT", NOW_AT, -1 },
	{ "sat, 28 feb 2026 00:02:00 gmt", NOW_AT, -1 },
	{ "Xyz, 28 Feb 2026 00:02:00 GMT", NOW_AT, -1 },
	{ "Sat, 28 Xyz 2026 00:02:00 GMT", NOW_AT, -1 },
	{ "Saturday, 28 Feb 2026 00:02:00 GMT", NOW_AT, -1 },
	{ "Sat, 28-Feb-26 00:02:00 GMT", NOW_AT, -1 },
	{ "28 Feb 2026 00:02:00 GMT", NOW_AT, -1 },
	{ "Mon, 01 Jan 9999 00:00:00 GMT", NOW_AT, -1 }, /* no civil year of ours */
	{ "2026-02-28T00:02:00Z", NOW_AT, -1 },
};

static void test_retry_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		int64_t wait_s = retry_after_parse(headers[i].value, headers[i].now_at);
		if (wait_s != headers[i].wait_s)
			fail_msg("\"%s\" is %" PRId64, headers[i].value, wait_s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_jitter_is_uniform),
		cmocka_unit_test(test_retry_after_lengthens),
		cmocka_unit_test(test_own_schedule),
		cmocka_unit_test(test_retry_after),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
