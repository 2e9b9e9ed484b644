/*
 * Forms: each type at its limits, every mistake at once with its place, and the JSON that a form is frozen as.
 */
#include "jiebang/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define NAME(zh, en) "\"name\":{\"zh\":\"" zh "\",\"en\":\"" en "\"}"
#define FIELD(id, type, required, more)                                                            \
	"{\"id\":\"" id                                                                            \
	"\"," NAME("项" id, "The " id) ",\"type\":\"" type                                         \
				       "\",\"unit\":\"\",\"required\":" required more "}"
#define COLUMNS                                                                                    \
	",\"max\":2,\"columns\":[" FIELD("k", "text", "true", ",\"max_chars\":3") "," FIELD(       \
		"n", "integer", "false", "") "]"
static const char text[] =
	"{\"id\":\"f\"," NAME("表", "Form") ",\"optional\":false,\"fields\":[" FIELD("t", "text", "true", ",\"max_chars\":4") "," FIELD(
		"i", "integer", "false",
		",\"min\":-2,\"max\":9") "," FIELD("d", "decimal", "false",
						   ",\"min\":0.5") "," FIELD("p",
									     "percent", "false", ",\"min\":0,\"max\":100") "," FIELD("m",
																     "money",
																     "false", ",\"min\":0") "," FIELD("day", "date", "false", "") "," FIELD("c", "choice", "false", ",\"choices\":[{\"id\":\"low\"," NAME("低", "low") "},{\"id\":\"high\"," NAME("高", "high") "}]") "," FIELD("b", "boolean", "false", "") "," FIELD("l", "texts", "false", ",\"min\":1,\"max\":2,\"max_chars\":3") "," FIELD("r",
																																																								"rows",
																																																								"false",
																																																								COLUMNS) "]}";

static struct form *form_of(const char *json)
{
	struct form *form;
	struct problem problem;
	assert_int_equal(form_read(json, strlen(json), &form, &problem), FAULT_NONE);
	return form;
}

/* What is wrong with a content: the pointers, a space between them; "" when nothing is. */
static void judge(const struct form *form, const char *content, struct buf *pointers,
		  struct buf *errors)
{
	struct jr_doc *doc = NULL, *told = NULL;
	struct problem problem = { .fault = FAULT_NONE };
	if (content)
		assert_int_equal(jr_read(content, strlen(content), &doc, &problem), FAULT_NONE);
	enum fault fault = form_check(form, doc ? jr_root(doc) : NULL, errors, &problem);
	jr_free(doc);
	if (fault == FAULT_NONE) {
		assert_int_equal(errors->len, 0);
		return;
	}
	assert_int_equal(fault, FAULT_UNPROCESSED);
	assert_int_equal(jr_read(errors->data, errors->len, &told, NULL), FAULT_NONE);
	const struct jr_value *list = jr_member(jr_root(told), "errors");
	for (size_t i = 0; i < jr_count(list); i++) {
		const struct jr_value *error = jr_item(list, i);
		buf_addf(pointers, "%s%s", i ? " " : "", jr_string(jr_member(error, "pointer")));
		assert_non_null(jr_string(jr_member(error, "detail_zh")));
		assert_non_null(jr_string(jr_member(jr_member(error, "limit"), "en")));
	}
	/* The problem speaks of the first one. */
	assert_string_equal(problem.pointer, jr_string(jr_member(jr_item(list, 0), "pointer")));
	assert_non_null(strstr(problem.detail, problem.pointer));
	jr_free(told);
}

static const struct {
	const char *content;
	const char *pointers;
} cases[] = {
	{ "{\"t\":\"a\"}", "" },
	{ "{\"t\":\"四个汉字\"}", "" }, /* characters, not bytes */
	{ "{\"t\":\"五个汉字了\"}", "/content/t" },
	{ "{\"t\":5}", "/content/t" },
	{ "{}", "/content/t" },
	{ NULL, "/content/t" },
	{ "{\"t\":null}", "/content/t" },
	{ "{\"t\":\" \\u3000\"}", "/content/t" }, /* blanks say nothing */
	{ "{\"t\":\"a\",\"i\":null,\"l\":null}", "" },
	{ "{\"t\":\"a\",\"i\":-2}", "" },
	{ "{\"t\":\"a\",\"i\":9}", "" },
	{ "{\"t\":\"a\",\"i\":-3}", "/content/i" },
	{ "{\"t\":\"a\",\"i\":10}", "/content/i" },
	{ "{\"t\":\"a\",\"i\":1.0}", "/content/i" },
	{ "{\"t\":\"a\",\"i\":\"1\"}", "/content/i" },
	{ "{\"t\":\"a\",\"d\":0.5}", "" },
	{ "{\"t\":\"a\",\"d\":7}", "" },
	{ "{\"t\":\"a\",\"d\":0.49}", "/content/d" },
	{ "{\"t\":\"a\",\"p\":100}", "" },
	{ "{\"t\":\"a\",\"p\":100.5}", "/content/p" },
	{ "{\"t\":\"a\",\"p\":-1}", "/content/p" },
	{ "{\"t\":\"a\",\"m\":1234567.8901}", "" },
	{ "{\"t\":\"a\",\"m\":0.3}", "" }, /* no double is 0.3 */
	{ "{\"t\":\"a\",\"m\":12.34567}", "/content/m" },
	{ "{\"t\":\"a\",\"m\":-0.01}", "/content/m" },
	{ "{\"t\":\"a\",\"m\":1e300}", "/content/m" },
	{ "{\"t\":\"a\",\"day\":\"2024-02-29\"}", "" },
	{ "{\"t\":\"a\",\"day\":\"2025-02-29\"}", "/content/day" },
	{ "{\"t\":\"a\",\"day\":20250228}", "/content/day" },
	{ "{\"t\":\"a\",\"c\":\"high\"}", "" },
	{ "{\"t\":\"a\",\"c\":\"高\"}", "/content/c" },
	{ "{\"t\":\"a\",\"b\":false}", "" },
	{ "{\"t\":\"a\",\"b\":0}", "/content/b" },
	{ "{\"t\":\"a\",\"l\":[\"abc\",\"d\"]}", "" },
	{ "{\"t\":\"a\",\"l\":\"abc\"}", "/content/l" },
	{ "{\"t\":\"a\",\"l\":[]}", "/content/l" },
	{ "{\"t\":\"a\",\"l\":[\"a\",\"b\",\"c\"]}", "/content/l" },
	{ "{\"t\":\"a\",\"l\":[\"a\",\"abcd\"]}", "/content/l/1" },
	{ "{\"t\":\"a\",\"l\":[1,2]}", "/content/l/0 /content/l/1" },
	{ "{\"t\":\"a\",\"r\":[]}", "" },
	{ "{\"t\":\"a\",\"r\":[{\"k\":\"x\",\"n\":3}]}", "" },
	{ "{\"t\":\"a\",\"r\":[{\"n\":\"x\"},5]}", "/content/r/0/k /content/r/0/n /content/r/1" },
	{ "{\"t\":\"a\",\"r\":[{\"k\":\"x\",\"z\":1}]}", "/content/r/0/z" },
	{ "{\"t\":\"a\",\"r\":[{},{},{}]}", "/content/r" },
	{ "{\"t\":\"a\",\"x/y~z\":1}", "/content/x~1y~0z" },
	{ "{\"i\":99,\"tt\":1,\"p\":\"a\"}", "/content/t /content/i /content/p /content/tt" },
};

static void every_type_at_its_limits(void **state)
{
	struct form *form = form_of(text);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf pointers = BUF_EMPTY, errors = BUF_EMPTY;
		judge(form, cases[i].content, &pointers, &errors);
		if (strcmp(buf_str(&pointers), cases[i].pointers) != 0)
			print_error("%s\n", cases[i].content ? cases[i].content : "none");
		assert_string_equal(buf_str(&pointers), cases[i].pointers);
		buf_clear(&pointers);
		buf_clear(&errors);
	}
	form_free(form);
}

/* What would be right and what was given stand in each sentence, in both languages. */
static void a_mistake_says_what_was_wanted_and_given(void **state)
{
	static const struct {
		const char *content;
		const char *words[3];
	} told[] = {
		{ "{\"t\":\"a\",\"p\":130}",
		  { "\"detail\":\"p: a percentage from 0 to 100 wanted, 130 given\"",
		    "项p（p）：应为百分数，0 到 100，收到的是 130", "\"given\":\"130\"" } },
		{ "{\"t\":\"五个汉字了\"}",
		  { "at most 4 characters wanted, 5 characters given", "不超过 4 字",
		    "\"given\":\"5 characters\"" } },
		{ "{}", { "t: required, a text", "必填，", "\"given\":\"nothing\"" } },
		{ "{\"t\":\"a\",\"c\":\"mid\"}",
		  { "one of low, high", "low（低）、high（高）", "\\\"mid\\\"" } },
		{ "{\"t\":\"a\",\"dayy\":1}",
		  { "no such field; did you mean day?", "是否指 day？", "/content/dayy" } },
	};
	struct form *form = form_of(text);
	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct buf pointers = BUF_EMPTY, errors = BUF_EMPTY;
		judge(form, told[i].content, &pointers, &errors);
		for (size_t w = 0; w < 3; w++)
			if (!strstr(buf_str(&errors), told[i].words[w]))
				fail_msg("%s lacks %s", buf_str(&errors), told[i].words[w]);
		buf_clear(&pointers);
		buf_clear(&errors);
	}
	form_free(form);
}

static void all_are_counted_some_are_listed(void **state)
{
	struct form *form = form_of(text);
	struct buf content = BUF_EMPTY, errors = BUF_EMPTY;
	struct jr_doc *doc, *told;
	struct problem problem;
	int64_t count;
	(void)state;
	buf_adds(&content, "{\"t\":\"a\"");
	for (int i = 0; i < 300; i++)
		buf_addf(&content, ",\"x%d\":1", i);
	buf_adds(&content, "}");
	assert_int_equal(jr_read(content.data, content.len, &doc, NULL), FAULT_NONE);
	assert_int_equal(form_check(form, jr_root(doc), &errors, &problem), FAULT_UNPROCESSED);
	assert_int_equal(jr_read(errors.data, errors.len, &told, NULL), FAULT_NONE);
	assert_int_equal(jr_count(jr_member(jr_root(told), "errors")), FORM_ERRORS_LISTED);
	assert_true(jr_integer(jr_member(jr_root(told), "error_count"), &count));
	assert_int_equal(count, 300);
	jr_free(told);
	jr_free(doc);
	buf_clear(&content);
	buf_clear(&errors);
	form_free(form);
}

static void optional_content_may_be_absent_but_not_empty(void **state)
{
	struct form *form = form_of(text);
	struct buf pointers = BUF_EMPTY, errors = BUF_EMPTY;
	(void)state;
	form->optional = true;
	judge(form, NULL, &pointers, &errors);
	assert_string_equal(buf_str(&pointers), "");
	judge(form, "{}", &pointers, &errors);
	assert_string_equal(buf_str(&pointers), "/content/t");
	buf_clear(&pointers);
	buf_clear(&errors);
	form_free(form);
}

static void what_is_written_is_read_back(void **state)
{
	struct form *form = form_of(text);
	struct buf out = BUF_EMPTY, again = BUF_EMPTY, skeleton = BUF_EMPTY;
	(void)state;
	form_write(form, false, &out);
	form_skeleton(form, &skeleton);
	form_free(form);
	form = form_of(out.data);
	form_write(form, false, &again);
	assert_string_equal(out.data, again.data);
	assert_string_equal(skeleton.data,
			    "{\"t\":\"\",\"i\":null,\"d\":null,\"p\":null,\"m\":null,\"day\":null,"
			    "\"c\":null,\"b\":null,\"l\":[\"\"],\"r\":[{\"k\":\"\",\"n\":null}]}");
	assert_ptr_equal(form_field(form, "nothing"), NULL);
	assert_int_equal(form_field(form, "c")->n_choices, 2);
	buf_clear(&out);
	buf_clear(&again);
	buf_clear(&skeleton);
	form_free(form);
}

static void a_damaged_form_is_refused(void **state)
{
	static const char *const damaged[] = {
		"",
		"[]",
		"{\"id\":\"f\"}",
		"{\"id\":\"f\"," NAME("表", "F") ",\"optional\":false}",
		"{\"id\":\"f\"," NAME("表", "F") ",\"optional\":false,\"fields\":[5]}",
		"{\"id\":\"f\"," NAME("表", "F") ",\"optional\":false,\"fields\":[" FIELD(
			"a", "words", "true", "") "]}",
		"{\"id\":\"f\"," NAME("表", "F") ",\"optional\":false,\"fields\":[" FIELD(
			"a", "text", "true", "") "]}",
		"{\"id\":\"f\"," NAME("表", "F") ",\"optional\":false,\"fields\":[" FIELD(
			"a", "choice", "true", "") "]}",
		"{\"id\":\"f\"," NAME("表", "F") ",\"optional\":false,\"fields\":[" FIELD(
			"a", "rows", "true", "") "]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct form *form;
		struct problem problem;
		assert_int_equal(form_read(damaged[i], strlen(damaged[i]), &form, &problem),
				 FAULT_INVALID);
		assert_null(form);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_at_its_limits),
		cmocka_unit_test(a_mistake_says_what_was_wanted_and_given),
		cmocka_unit_test(all_are_counted_some_are_listed),
		cmocka_unit_test(optional_content_may_be_absent_but_not_empty),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_damaged_form_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
