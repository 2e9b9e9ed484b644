/*
 * Programmes are loaded, and loaded again: what is the same changes nothing, what has changed is written with its
 * version, what carries units must not vanish. P1, P2, R2.
 */
#include "engine_kit.h"

static void load(struct programme_set *set)
{
	succeed(&(struct ask){ .kind = &verb_programmes_load, .input = set });
}

static void the_same_again_changes_nothing(void **state)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	(void)state;
	assert_number("SELECT count(*) FROM audit WHERE verb = 'programme_load'", 3);
	assert_text("SELECT group_concat(id || window_months, ' ') FROM programme",
		    "future-124 future-hard24 future-none0");
	assert_number("SELECT count(*) FROM task", 15);
	assert_number("SELECT count(*) FROM rule", 6);
	stage_published();
	dump(&before);
	load(set_by_hand());
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
}

static void set_text(char **to, const char *s)
{
	free(*to);
	*to = xstrdup(s);
}

/* The one that was edited is written and audited; its neighbours are not touched. */
static void an_edit_is_written_where_it_was_made(void **state)
{
	struct programme_set *set = set_by_hand();
	(void)state;
	stage_published();
	set_text(&set->items[2]->tasks[1].name, "改名任务");
	set_text(&set->items[2]->clauses[0].text, "另一句");
	set->items[2]->sha256[0] = 'f';
	load(set);
	assert_text(
		"SELECT name FROM task JOIN programme USING (programme_key) WHERE programme.id = "
		"'future-none' AND position = 1",
		"改名任务");
	assert_text("SELECT group_concat(revision, ' ') FROM programme", "2 1 2");
	assert_text(
		"SELECT object || json_extract(detail, '$.rows_changed') FROM audit ORDER BY seq "
		"DESC LIMIT 1",
		"future-none3");
	/* And it is what an import goes by. */
	succeed(&(struct ask){ .kind = &verb_unit_import,
			       .name = "future-none",
			       .csv = HEADER "甲,改名任务,项目,单位,,厅,\n" });
}

/* A new version of a rule is for those who are planned from now on; a running ladder stays as it was. */
static void a_running_ladder_is_frozen(void **state)
{
	struct programme_set *set = set_by_hand();
	struct ladder *ladder = &set->items[0]->ladders[0];
	(void)state;
	stage_published();
	int64_t next_at = number("SELECT next_step_at FROM obligation WHERE obligation_key = 1");
	ladder->before_days[0] = 100;
	ladder->send_at_s = 8 * 3600;
	set->items[0]->plan[0].times = 2;
	set->items[0]->sha256[0] = 'f';
	load(set);
	assert_number("SELECT max(version) FROM rule", 2);
	assert_number(
		"SELECT count(*) FROM obligation JOIN rule USING (rule_key) WHERE version = 1", 5);
	assert_int_equal(number("SELECT next_step_at FROM obligation WHERE obligation_key = 1"),
			 next_at);
	plan_to("2025-02-24T08:30:00+08:00");
	assert_number("SELECT count(*) FROM occasion", 0);
	plan_to("2025-02-24T09:00:00+08:00");
	assert_text("SELECT step FROM occasion", "before-7");
	assert_text("SELECT group_concat(o.n, ' ') FROM obligation AS o JOIN rule AS r USING "
		    "(rule_key) "
		    "WHERE r.id = 'progress'",
		    "1 2 3 4");
}

static void drop_first_task(struct programme *programme)
{
	free(programme->tasks[0].id);
	free(programme->tasks[0].name);
	for (size_t i = 1; i < programme->n_tasks; i++)
		programme->tasks[i - 1] = programme->tasks[i];
	programme->n_tasks--;
}

/* Duties stand on it. The set stays the submitter's, and the engine goes by the old one. */
static void a_task_with_units_must_not_vanish(void **state)
{
	struct programme_set *set = set_by_hand();
	(void)state;
	import_rows(ROW_1);
	drop_first_task(set->items[0]);
	set_text(&set->items[1]->name_en, "Edited in the same breath");
	set->items[1]->sha256[0] = 'f';
	struct refusal refusal = { .ask = { .kind = &verb_programmes_load, .input = set },
				   .fault = FAULT_REFUSED,
				   .detail = "by-hand.conf: task a-01 is gone from the file, but "
					     "there are units on it; put it back" };
	struct verb *verb = refused(&refusal);
	assert_ptr_equal(verb->input, set);
	programme_set_free(verb->input);
	verb_free(verb);
	import_rows("甲,a-01,项目四,示例单位四,,,\n");
}

/* Without units it may go; whatever is planned later does not know it. */
static void an_empty_task_may_go(void **state)
{
	struct programme_set *set = set_by_hand();
	(void)state;
	drop_first_task(set->items[0]);
	set->items[0]->sha256[0] = 'f';
	load(set);
	struct ask list = { .kind = &verb_unit_import, .name = "future-1", .csv = HEADER ROW_1 };
	struct refusal refusal = { .ask = list,
				   .fault = FAULT_UNPROCESSED,
				   .detail = "1 row or cell is wrong" };
	verb_free(refused(&refusal));
}

/* A file that is gone takes nothing with it: what was planned goes on, new writes to it are refused. */
static void a_programme_without_its_file(void **state)
{
	struct programme_set *set = set_by_hand();
	(void)state;
	stage_published();
	programme_free(set->items[0]);
	set->items[0] = set->items[2];
	set->n = 2;
	load(set);
	static const struct refusal gone[] = {
		{ .ask = { .kind = &verb_publish,
			   .name = "future-1",
			   .body = "{\"date\":\"" PUBLISHED "\"}" },
		  .fault = FAULT_NOT_FOUND,
		  .detail = "there is no programme future-1" },
	};
	REFUSE_ALL(gone);
	plan_to("2025-02-24T09:00:00+08:00");
	assert_text("SELECT step FROM occasion", "before-7");
	answer_with(&(struct ask){ .kind = &verb_submit, .key = 1, .body = FILED }, "version", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_again_changes_nothing), TEST(an_edit_is_written_where_it_was_made),
		TEST(a_running_ladder_is_frozen),     TEST(a_task_with_units_must_not_vanish),
		TEST(an_empty_task_may_go),           TEST(a_programme_without_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
