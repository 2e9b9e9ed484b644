/*
 * What a checklist takes and when, the quota to the byte, and the JSON that a checklist is frozen as. O5.
 */
#include "engine/paper.h"

#include "jiebang/checklist.h"
#include "jiebang/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char text[] =
	"{\"id\":\"c\",\"name_zh\":\"清单\",\"name_en\":\"List\",\"items\":["
	"{\"id\":\"request\",\"name_zh\":\"申请书\",\"name_en\":\"Request\",\"required\":true,"
	"\"max_bytes\":1000,\"types\":[\"pdf\",\"docx\"]},"
	"{\"id\":\"other\",\"name_zh\":\"其他\",\"name_en\":\"\",\"required\":false,"
	"\"max_bytes\":5,\"types\":[]}]}";

static struct checklist *list(void)
{
	struct checklist *checklist;
	struct problem problem;
	assert_int_equal(checklist_read(text, strlen(text), &checklist, &problem), FAULT_NONE);
	return checklist;
}

static void what_a_checklist_takes(void **state)
{
	static const struct {
		struct material_wish wish;
		enum fault fault;
		const char *pointer, *words;
	} cases[] = {
		{ { "request", "a.pdf", 1000 }, FAULT_NONE, "", "" },
		{ { "request", "申请书.PDF", 1 }, FAULT_NONE, "", "" },
		{ { "request", "a.pdf.docx", 1 }, FAULT_NONE, "", "" },
		{ { "request", "a.pdf", 1001 }, FAULT_TOO_LARGE, "/size_bytes", "at most 1000" },
		{ { "request", "a.pdf.exe", 1 }, FAULT_UNPROCESSED, "/name", "pdf, docx" },
		{ { "request", "pdf", 1 }, FAULT_UNPROCESSED, "/name", "not \"pdf\"" },
		{ { "other", "anything", 5 }, FAULT_NONE, "", "" },
		{ { "requst", "a.pdf", 1 }, FAULT_UNPROCESSED, "/item", "mean \"request\"?" },
		{ { "zzzzzzzz", "a.pdf", 1 }, FAULT_UNPROCESSED, "/item", "request, other" },
	};
	struct checklist *checklist = list();
	struct obligation_row row = { .key = 7, .state = OBLIGATION_OPEN, .rule_id = "r" };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problem problem = { .fault = FAULT_NONE };
		assert_int_equal(check_material(checklist, &row, &cases[i].wish, &problem),
				 cases[i].fault);
		assert_string_equal(problem.pointer, cases[i].pointer);
		if (!strstr(problem.detail, cases[i].words))
			fail_msg("%s lacks %s", problem.detail, cases[i].words);
	}
	struct problem problem = { .fault = FAULT_NONE };
	assert_int_equal(check_material(NULL, &row, &cases[0].wish, &problem), FAULT_REFUSED);
	assert_string_equal(problem.rule, "materials");
	checklist_free(checklist);
}

/* Every state: files come until it is accepted, or not owed any more. */
static void when_a_checklist_takes(void **state)
{
	static const struct {
		enum obligation_state state;
		bool takes;
	} cases[] = {
		{ OBLIGATION_SCHEDULED, true },  { OBLIGATION_OPEN, true },
		{ OBLIGATION_SUBMITTED, true },  { OBLIGATION_RETURNED, true },
		{ OBLIGATION_ACCEPTED, false },  { OBLIGATION_WAIVED, false },
		{ OBLIGATION_CANCELLED, false },
	};
	struct checklist *checklist = list();
	const struct material_wish wish = { "request", "a.pdf", 1 };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problem problem = { .fault = FAULT_NONE };
		struct obligation_row row = { .key = 7, .state = cases[i].state };
		enum fault fault = check_material(checklist, &row, &wish, &problem);
		assert_int_equal(fault, cases[i].takes ? FAULT_NONE : FAULT_REFUSED);
		assert_string_equal(problem.rule, cases[i].takes ? "" : "state");
	}
	checklist_free(checklist);
}

static void a_quota_is_kept_to_the_byte(void **state)
{
	static const struct {
		int64_t limit, used, more;
		bool fits;
	} cases[] = {
		{ 0, INT64_MAX, INT64_MAX, true }, /* no limit */
		{ 1000, 0, 1000, true },
		{ 1000, 0, 1001, false },
		{ 1000, 999, 1, true },
		{ 1000, 1000, 1, false },
		{ 1000, 2000, 1, false }, /* the limit was lowered */
		{ INT64_MAX, 1, INT64_MAX, false },
		{ 1000, 1, INT64_MAX, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct problem problem = { .fault = FAULT_NONE };
		char id[] = "p";
		struct programme programme = { .id = id, .material_quota_bytes = cases[i].limit };
		enum fault fault = check_quota(&programme, cases[i].used, cases[i].more, &problem);
		assert_int_equal(fault, cases[i].fits ? FAULT_NONE : FAULT_FULL);
		assert_string_equal(problem.rule, cases[i].fits ? "" : "material_quota");
	}
}

static void a_checklist_is_read_back_as_it_was_written(void **state)
{
	struct checklist *checklist = list();
	struct buf out = BUF_EMPTY;
	(void)state;
	checklist_write(checklist, &out);
	assert_string_equal(out.data, text);
	assert_null(checklist_item(checklist, "none"));
	buf_clear(&out);
	checklist_free(checklist);
}

static void a_damaged_checklist_is_refused(void **state)
{
	static const char *const damaged[] = {
		"",
		"[]",
		"{\"id\":\"c\",\"name_zh\":\"\",\"name_en\":\"\"}",
		"{\"id\":\"c\",\"name_zh\":\"\",\"name_en\":\"\",\"items\":[{}]}",
		"{\"id\":\"c\",\"name_zh\":\"\",\"name_en\":\"\",\"items\":[{\"id\":\"a\","
		"\"name_zh\":\"\",\"name_en\":\"\",\"required\":true,\"max_bytes\":1,\"types\":[1]}"
		"]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct checklist *checklist;
		assert_int_equal(checklist_read(damaged[i], strlen(damaged[i]), &checklist, NULL),
				 FAULT_INVALID);
		assert_null(checklist);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_checklist_takes),
		cmocka_unit_test(when_a_checklist_takes),
		cmocka_unit_test(a_quota_is_kept_to_the_byte),
		cmocka_unit_test(a_checklist_is_read_back_as_it_was_written),
		cmocka_unit_test(a_damaged_checklist_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
