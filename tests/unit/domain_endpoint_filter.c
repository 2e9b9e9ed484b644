/*
 * What an endpoint wants to be told: each list against what a message is about, and which reminders it leaves out.
 */
#include "jiebang/endpoint_filter.h"
#include "jiebang/event_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct endpoint_options read(const char *text)
{
	struct endpoint_options options;
	assert_int_equal(endpoint_options_read(text, strlen(text), &options, NULL), FAULT_NONE);
	return options;
}

static void test_pass(void **state)
{
	static const struct endpoint_scope unit = { "obligation.overdue", "p", "t", "上海",
						    "un_1" };
	static const struct endpoint_scope whole = { "report.weekly", "p", "", "", "" };
	static const struct endpoint_scope nobody = { "endpoint.failing", "", "", "", "" };
	static const struct {
		const char *options;
		const struct endpoint_scope *scope;
		bool pass;
	} cases[] = {
		{ "{}", &unit, true },
		{ "{\"fifo\":true}", &unit, true },
		{ "{}", &nobody, true },
		{ "{\"events\":[\"obligation.overdue\"]}", &unit, true },
		{ "{\"events\":[\"obligation.due_soon\"]}", &unit, false },
		{ "{\"events\":[\"obligation.due_soon\",\"obligation.overdue\"]}", &unit, true },
		{ "{\"events\":[\"obligation.*\"]}", &unit, true },
		{ "{\"events\":[\"obligation.o*\"]}", &unit, true },
		{ "{\"events\":[\"obligation.overdue*\"]}", &unit, true },
		{ "{\"events\":[\"*\"]}", &nobody, true },
		{ "{\"events\":[\"report.*\"]}", &unit, false },
		{ "{\"events\":[\"report.*\"]}", &whole, true },
		{ "{\"programmes\":[\"q\",\"p\"]}", &unit, true },
		{ "{\"programmes\":[\"pp\"]}", &unit, false },
		{ "{\"programmes\":[\"p\"]}", &whole, true },
		{ "{\"programmes\":[\"p\"]}", &nobody, false },
		{ "{\"tracks\":[\"t\"]}", &unit, true },
		{ "{\"tracks\":[\"t\"]}", &whole, false },
		{ "{\"regions\":[\"北京\",\"上海\"]}", &unit, true },
		{ "{\"regions\":[\"上\"]}", &unit, false },
		{ "{\"regions\":[\"上海\"]}", &whole, false },
		{ "{\"units\":[\"un_1\"]}", &unit, true },
		{ "{\"units\":[\"un_11\",\"un_2\"]}", &unit, false },
		/* all of them have to fit */
		{ "{\"units\":[\"un_1\"],\"tracks\":[\"t\"],\"regions\":[\"上海\"],"
		  "\"programmes\":[\"p\"],\"events\":[\"obligation.*\"]}",
		  &unit, true },
		{ "{\"units\":[\"un_1\"],\"tracks\":[\"u\"]}", &unit, false },
		{ "{\"units\":[\"un_1\"],\"events\":[\"unit.*\"]}", &unit, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct endpoint_options options = read(cases[i].options);
		if (endpoint_filter_pass(&options, cases[i].scope) != cases[i].pass)
			fail_msg("%s: %s", cases[i].options, cases[i].scope->type);
		bool filters = strstr(cases[i].options, "[") != NULL;
		assert_int_equal(endpoint_filter_any(&options), filters);
	}
}

static void test_reminds(void **state)
{
	static const struct endpoint_scope unit = { "", "p", "t", "上海", "un_1" };
	static const struct {
		const char *options;
		bool reminds;
	} cases[] = {
		{ "{}", true },
		{ "{\"events\":[\"obligation.*\",\"review.*\"]}", true },
		{ "{\"events\":[\"*\"],\"units\":[\"un_1\"]}", true },
		{ "{\"events\":[\"obligation.*\"]}", false },
		{ "{\"events\":[\"obligation.overdue\",\"review.*\"]}", false },
		{ "{\"units\":[\"un_2\"]}", false },
		{ "{\"tracks\":[\"t\"],\"regions\":[\"上海\"]}", true },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct endpoint_options options = read(cases[i].options);
		if (endpoint_filter_reminds(&options, &unit) != cases[i].reminds)
			fail_msg("%s", cases[i].options);
	}
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const struct event_type *type = event_type_at(i);
		bool asked_for = type->group != EVENT_DIGEST && type->group != EVENT_TEST;
		assert_ptr_equal(event_type_find(type->name), type);
		assert_int_equal(event_type_pattern(type->name), asked_for);
		assert_true(strlen(type->zh) > 0 && strlen(type->en) > 0);
		assert_true(strlen(event_group_name(type->group)) > 0);
	}
	assert_null(event_type_find("obligation"));
	assert_false(event_type_pattern(""));
	assert_false(event_type_pattern("obligation.dig*"));
	assert_false(event_type_pattern("endpoint.t*"));
	assert_true(event_type_pattern("e*"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_reminds),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
