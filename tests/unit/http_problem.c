/*
 * The shape of errors: every one has a type that says something, whoever refused.
 */
#include "http/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_type(void **state)
{
	static const struct {
		int status;
		enum fault fault;
		const char *type;
	} cases[] = {
		{ 400, FAULT_INVALID, "invalid" },
		{ 401, FAULT_DENIED, "unauthenticated" },
		{ 403, FAULT_DENIED, "denied" },
		{ 404, FAULT_NONE, "not_found" },
		{ 409, FAULT_REFUSED, "refused" },
		{ 409, FAULT_CONFLICT, "conflict" },
		{ 412, FAULT_STALE, "stale" },
		{ 415, FAULT_INVALID, "unsupported_media_type" },
		{ 429, FAULT_NONE, "too_many_requests" },
		{ 500, FAULT_CORRUPT, "corrupt" },
		{ 503, FAULT_BUSY, "busy" },
		{ 503, FAULT_IO, "io" },
		{ 507, FAULT_FULL, "full" },
		/* Refused at the door, without a fault: too many wait for events, or the daemon stops. */
		{ 503, FAULT_NONE, "busy" },
		{ 500, FAULT_NONE, "failed" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problem problem = { .fault = cases[i].fault };
		struct buf out = BUF_EMPTY, want = BUF_EMPTY;
		problem_write(&out, cases[i].status, &problem, NULL);
		buf_addf(&want, "{\"type\":\"urn:jiebang:problem:%s\",", cases[i].type);
		assert_memory_equal(buf_str(&out), buf_str(&want), want.len);
		buf_clear(&out);
		buf_clear(&want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_type) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
