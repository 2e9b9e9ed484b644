/*
 * A programme as a value: the words of its enums, finding by id or Chinese name, and freeing all of it, or half.
 */
#include "jiebang/programme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void test_words(void **state)
{
	static const char *const kinds[KIND_COUNT] = { "progress_report", "midterm_review",
						       "material",        "acceptance_request",
						       "evaluation",      "ad_hoc" };
	static const char *const recipients[RECIPIENT_COUNT] = { "unit", "recommender", "office",
								 "reviewer" };
	enum obligation_kind kind;
	enum recipient recipient;
	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		assert_true(obligation_kind_parse(kinds[i], &kind));
		assert_int_equal(kind, i);
		assert_string_equal(obligation_kind_name(kind), kinds[i]);
	}
	for (size_t i = 0; i < RECIPIENT_COUNT; i++) {
		assert_true(recipient_parse(recipients[i], &recipient));
		assert_int_equal(recipient, i);
		assert_string_equal(recipient_name(recipient), recipients[i]);
	}
	assert_false(obligation_kind_parse("", &kind));
	assert_false(obligation_kind_parse("report", &kind));
	assert_false(recipient_parse("Unit", &recipient));
	assert_string_equal(cap_level_name(CAP_LEVEL_NONE), "none");
	assert_string_equal(cap_level_name(CAP_LEVEL_PROGRAMME), "programme");
	assert_string_equal(cap_level_name(CAP_LEVEL_TRACK), "track");
	assert_string_equal(cap_level_name(CAP_LEVEL_TASK), "task");
	assert_string_equal(satisfied_by_name(SATISFIED_BY_SUBMISSION), "submission");
	assert_string_equal(satisfied_by_name(SATISFIED_BY_ACCEPTANCE), "acceptance");
}

static void text_at(char **slot, const char *text)
{
	*slot = xstrdup(text);
}

/* A programme with something in every pointer, so that a leak or a double free shows. */
static struct programme *full_programme(void)
{
	static const struct {
		const char *id, *name;
	} tasks[] = { { "m-01", "引擎" },
		      { "m-02", "终端" },
		      { "h-01", "引擎" },
		      { "终端", "x" },
		      { "h-02", "" } };
	struct programme *p = xcalloc(1, sizeof(*p));
	p->tasks = xcalloc(p->n_tasks = COUNT_OF(tasks), sizeof(p->tasks[0]));
	for (size_t i = 0; i < p->n_tasks; i++) {
		text_at(&p->tasks[i].id, tasks[i].id);
		text_at(&p->tasks[i].name, tasks[i].name);
	}
	p->tracks = xcalloc(p->n_tracks = 1, sizeof(p->tracks[0]));
	p->tracks[0] = (struct track){ xstrdup("metaverse"), xstrdup("元宇宙"), xstrdup("m") };
	p->categories = xcalloc(p->n_categories = 1, sizeof(p->categories[0]));
	p->categories[0] = (struct category){ xstrdup("core"), xstrdup("核心基础"), xstrdup("c") };
	p->clauses = xcalloc(p->n_clauses = 1, sizeof(p->clauses[0]));
	p->clauses[0] = (struct clause){ xstrdup("window"), xstrdup("不超过2年"), xstrdup("四") };
	p->classes = xcalloc(p->n_classes = 1, sizeof(p->classes[0]));
	p->classes[0] = (struct shortlist_class){ xstrdup("assigned"), xstrdup("揭榜单位"),
						  xstrdup(""), true };
	p->quotas = xcalloc(p->n_quotas = 1, sizeof(p->quotas[0]));
	p->quotas[0] = (struct quota){ .class_id = xstrdup("province"),
				       .name_zh = xstrdup("省"),
				       .via = xstrdup("self"),
				       .rule = xstrdup("quota") };
	p->plan = xcalloc(p->n_plan = 1, sizeof(p->plan[0]));
	p->plan[0] = (struct plan_rule){ .id = xstrdup("progress"),
					 .name_zh = xstrdup("进度"),
					 .name_en = xstrdup("progress"),
					 .clause = xstrdup("ours"),
					 .at_months = xcalloc(1, sizeof(int)),
					 .on_dates = xcalloc(1, sizeof(int32_t)),
					 .every_year_on = xcalloc(1, sizeof(int[2])) };
	p->ladders = xcalloc(p->n_ladders = 1, sizeof(p->ladders[0]));
	char **const texts[] = { &p->id,
				 &p->name_zh,
				 &p->name_en,
				 &p->doc_no,
				 &p->issuer,
				 &p->notice_on,
				 &p->note,
				 &p->level_names[0],
				 &p->level_names[1],
				 &p->level_names[2],
				 &p->window_rule,
				 &p->shortlist_cap.rule,
				 &p->winner_cap.rule,
				 &p->partners_rule,
				 &p->application_closes_on,
				 &p->recommendation_closes_on,
				 &p->source_name };
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		text_at(texts[i], "text");
	return p;
}

static void test_look_ups(void **state)
{
	struct programme *p = full_programme();
	(void)state;
	assert_ptr_equal(programme_task(p, "m-02"), &p->tasks[1]);
	assert_null(programme_task(p, "引擎"));
	assert_null(programme_task(p, ""));
	assert_int_equal(programme_task_find(p, "h-01"), 2);
	assert_true(programme_task_find(p, "引擎") == SIZE_MAX); /* two bear it */
	assert_int_equal(programme_task_find(p, "终端"), 3);     /* an id goes before a name */
	assert_int_equal(programme_task_find(p, "x"), 3);
	assert_true(programme_task_find(p, "M-01") == SIZE_MAX);
	assert_true(programme_task_find(p, "") == SIZE_MAX);
	assert_int_equal(programme_track_find(p, "metaverse"), 0);
	assert_int_equal(programme_track_find(p, "元宇宙"), 0);
	assert_true(programme_track_find(p, "bci") == SIZE_MAX);
	assert_int_equal(programme_class_find(p, "assigned"), 0);
	assert_int_equal(programme_class_find(p, "揭榜单位"), 0);
	assert_true(programme_class_find(p, "potential") == SIZE_MAX);
	assert_ptr_equal(programme_clause(p, "window"), &p->clauses[0]);
	assert_null(programme_clause(p, "ours"));
	programme_free(p);
	programme_free(NULL);
	programme_free(xcalloc(1, sizeof(struct programme))); /* half-built */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_look_ups),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
