/*
 * Options of endpoints: what is taken, what is refused and how it says so, what is kept.
 */
#include "jiebang/endpoint_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static enum fault merge(const char *text, struct endpoint_options *options, struct problem *problem)
{
	struct jr_doc *doc;
	assert_int_equal(jr_read(text, strlen(text), &doc, NULL), FAULT_NONE);
	enum fault fault = endpoint_options_merge(jr_root(doc), options, problem);
	jr_free(doc);
	return fault;
}

static void check_kept(const struct endpoint_options *options, const char *expected)
{
	struct buf text = BUF_EMPTY;
	struct jw jw;
	struct endpoint_options again;
	jw_init(&jw, &text);
	endpoint_options_write(options, &jw);
	assert_string_equal(buf_str(&text), expected);
	assert_int_equal(endpoint_options_read(text.data, text.len, &again, NULL), FAULT_NONE);
	assert_memory_equal(&again, options, sizeof(again));
	buf_clear(&text);
}

/* One after the other onto the same options. */
static void test_taken(void **state)
{
	static const struct {
		const char *text, *kept;
	} cases[] = {
		{ "{}", "{}" },
		{ "{\"concurrency\":2}", "{\"concurrency\":2}" },
		{ "{\"timeout_s\":\"30\"}", "{\"concurrency\":2,\"timeout_s\":30}" },
		{ "{\"retry_s\":\"5, 300,86400\",\"concurrency\":null}",
		  "{\"timeout_s\":30,\"retry_s\":[5,300,86400]}" },
		{ "{\"retry_s\":[60]}", "{\"timeout_s\":30,\"retry_s\":[60]}" },
		{ "{\"concurrency\":\" 64 \",\"timeout_s\":120}",
		  "{\"concurrency\":64,\"timeout_s\":120,\"retry_s\":[60]}" },
		{ "{\"concurrency\":null,\"timeout_s\":null,\"retry_s\":null}", "{}" },
		{ "{\"fifo\":true}", "{\"fifo\":true}" },
		{ "{\"fifo\":false}", "{}" },
		{ "{\"fifo\":\"true\"}", "{\"fifo\":true}" },
		{ "{\"fifo\":\"false\"}", "{}" },
	};
	struct endpoint_options options = { .concurrency = 0 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(merge(cases[i].text, &options, NULL), FAULT_NONE);
		check_kept(&options, cases[i].kept);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *pointer, *says;
	} cases[] = {
		{ "[]", "/options", "options must be a JSON object" },
		{ "{\"concurrency\":0}", "/options/concurrency", "1 to 64 attempts at once" },
		{ "{\"concurrency\":65}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":1.5}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":\"two\"}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":\"\"}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":\"99999999999999999999\"}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":true}", "/options/concurrency", "1 to 64" },
		{ "{\"timeout_s\":121}", "/options/timeout_s", "1 to 120 seconds" },
		{ "{\"retry_s\":[]}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":7}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":\"5,,6\"}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":[5,0]}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":[604801]}", "/options/retry_s", "1 second to 7 days" },
		{ "{\"retry_s\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}", "/options/retry_s",
		  "1 to 16 waits" },
		{ "{\"fifo\":1}", "/options/fifo", "true or false" },
		{ "{\"fifo\":\"yes\"}", "/options/fifo", "true or false" },
		{ "{\"concurency\":2}", "/options/concurency", "did you mean \"concurrency\"?" },
		{ "{\"colour\":2}", "/options/colour",
		  "there are: concurrency, timeout_s, retry_s, fifo" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct endpoint_options options = { .concurrency = 3 };
		struct problem problem = { .fault = FAULT_NONE };
		assert_int_equal(merge(cases[i].text, &options, &problem), FAULT_UNPROCESSED);
		assert_string_equal(problem.pointer, cases[i].pointer);
		if (!strstr(problem.detail, cases[i].says))
			fail_msg("%s: \"%s\" says nothing of \"%s\"", cases[i].text, problem.detail,
				 cases[i].says);
		check_kept(&options, "{\"concurrency\":3}");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
