/*
 * Filed and not judged: it is the reviewer who has a deadline and is reminded, not the unit (O3). Returned: a new
 * revision with a short deadline of its own, as often as it takes (O4).
 */
#include "engine_course_kit.h"

static void the_reviewer_is_reminded_and_not_the_unit(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("unit:un_1", "https://unit.example/");
	(void)endpoint_for("recommender:示例厅", "https://review.example/");
	(void)endpoint_for("office", "https://office.example/");
	file_at(1, "2025-02-25T10:00:00+08:00");
	assert_text(
		"SELECT review_due_on || review_due_at FROM obligation WHERE obligation_key = 1",
		"2025-03-041741104000");
	walk_to("2025-03-12T10:00:00+08:00");
	/* 25 February + 5 working days = 4 March. Its ladder speaks 1 and 0 days before, 1 day after, then weekly. */
	assert_steps(1, 1,
		     "before-7=cancelled(satisfied) review-before-1=sent review-due=sent "
		     "review-after-1=sent review-recommender+3w=sent "
		     "review-office+5w=sent review-repeat-1=sent");
	assert_text("SELECT group_concat(DISTINCT owner) FROM message JOIN endpoint USING "
		    "(endpoint_key) WHERE step LIKE 'review-%'",
		    "recommender:示例厅,office");
	assert_text("SELECT group_concat(DISTINCT type) FROM message WHERE step LIKE 'review-%'",
		    "review.due_soon,review.overdue");
	assert_text(
		"SELECT json_extract(data, '$.to') || json_extract(data, '$.due_on') FROM event "
		"WHERE type = 'review.overdue' LIMIT 1",
		"reviewer2025-03-04");
}

/* 2025-02-25 is itself 7 days before 4 March: at 09:00 that is past when the report comes at 10:00. */
static void what_is_past_when_it_is_filed_is_not_said(void **state)
{
	(void)state;
	stage_reviewed();
	file_at(1, "2025-02-25T10:00:00+08:00");
	plan_to("2025-03-03T08:00:00+08:00");
	assert_steps(1, 1, "before-7=suppressed(no_endpoint)");
}

static void a_verdict_ends_the_review(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("recommender:示例厅", "https://review.example/");
	(void)endpoint_for("office", "https://office.example/");
	file_at(1, "2025-02-25T10:00:00+08:00");
	plan_to("2025-03-12T10:00:00+08:00");
	deliver_all();
	succeed(&(struct ask){ &verb_accept, .key = 1 });
	assert_text(
		"SELECT state || coalesce(review_due_on, '-') || coalesce(next_step_at, '-') FROM "
		"obligation WHERE obligation_key = 1",
		"accepted--");
	assert_text("SELECT decision || ' ' || due_on || coalesce(correct_by_on, '') FROM review",
		    "accepted 2025-03-04");
	/* Both were escalated to, and both hear that it is settled. */
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.closed'", 2);
	int64_t said = number("SELECT count(*) FROM occasion WHERE obligation_key = 1");
	plan_to("2025-06-01T10:00:00+08:00");
	assert_number("SELECT count(*) FROM occasion WHERE obligation_key = 1", said);
}

/* ---- correction ---- */

/* Returned on the 6th: three working days from then, the 11th, is later than the due day, the 3rd. */
static void a_return_has_its_own_deadline(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("unit:un_1", "https://unit.example/");
	file_at(1, "2025-02-28T10:00:00+08:00");
	plan_to("2025-03-06T10:00:00+08:00");
	answer_with(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"指标三缺实测值\"}"),
		    "due_on", "\"2025-03-11\"");
	assert_text(STATE_1, "returned 2 2025-03-11");
	assert_text("SELECT correct_by_on || comment FROM review", "2025-03-11指标三缺实测值");
	/* Of the old date nothing ends in silence (contract 6). */
	assert_steps(
		1, 1,
		"before-7=cancelled(satisfied) before-1=suppressed(submitted) "
		"due=suppressed(submitted) after-1=suppressed(submitted) "
		"recommender+3w=suppressed(submitted) review-before-1=suppressed(no_endpoint)");
	/* The unit is told at once, with the comment. */
	assert_text("SELECT group_concat(type) FROM message WHERE step IS NULL",
		    "obligation.returned");
	/* Before the eleventh: reminded anew. On time until its 24:00. */
	walk_to("2025-03-11T10:00:00+08:00");
	assert_steps(1, 2, "before-1=sent due=sent");
	set_clock("2025-03-11T23:59:59+08:00");
	answer_with(&(struct ask)POST_(verb_submit, 1, FILED), "late", "false");
	assert_text("SELECT group_concat(version || author, ' ') FROM submission", "1uid:0 2uid:0");
}

static void a_correction_takes_nothing_from_the_due_date(void **state)
{
	(void)state;
	stage_reviewed();
	file_at(1, "2025-02-17T10:00:00+08:00");
	answer_with(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"x\"}"), "due_on",
		    "\"2025-03-03\"");
	assert_number("SELECT correct_by_on IS NULL FROM review", 1);
	assert_text(STATE_1, "returned 2 2025-03-03");
	plan_to("2025-03-04T10:00:00+08:00");
	assert_steps(1, 2,
		     "before-7=suppressed(no_endpoint) before-1=suppressed(no_endpoint) "
		     "due=suppressed(no_endpoint) after-1=suppressed(no_endpoint)");
}

static void it_is_returned_as_often_as_it_takes(void **state)
{
	(void)state;
	stage_reviewed();
	plan_to("2025-03-03T10:00:00+08:00");
	for (int i = 1; i <= 12; i++) {
		succeed(&(struct ask)POST_(verb_submit, 1, FILED));
		succeed(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"again\"}"));
		assert_number("SELECT revision FROM obligation WHERE obligation_key = 1", i + 1);
	}
	assert_number("SELECT count(*) FROM submission JOIN review USING (submission_key) WHERE "
		      "decision = 'returned' AND author = 'uid:0'",
		      12);
	assert_text(STATE_1, "returned 13 2025-03-06");
}

/* ---- a calendar comes meanwhile ---- */

/* The third and fourth of March are a holiday after all. */
static const char late[] = "date,kind,name\n2025-03-03,holiday,示例\n2025-03-04,holiday,示例\n"
			   "2025-10-01,holiday,国庆节\n";

/* While it is filed its date is history; returned, it is owed by the date as it is now. */
static void a_returned_report_has_the_date_of_the_calendar_that_came_meanwhile(void **state)
{
	(void)state;
	stage_reviewed();
	file_at(1, "2025-02-17T10:00:00+08:00");
	answer_with(&(struct ask){ &verb_calendar_import, .text = late }, "moved", "0");
	assert_text(STATE_1, "submitted 1 2025-03-03");
	succeed(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"x\"}"));
	assert_text(STATE_1, "returned 2 2025-03-05");
}

static void a_correction_is_counted_by_the_new_calendar(void **state)
{
	(void)state;
	stage_reviewed();
	file_at(1, "2025-02-26T10:00:00+08:00");
	set_clock("2025-02-28T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"x\"}"));
	assert_text(STATE_1, "returned 2 2025-03-05");
	answer_with(&(struct ask){ &verb_calendar_import, .text = late }, "moved", "1");
	assert_text(STATE_1, "returned 3 2025-03-07");
}

static void the_reviewers_date_moves_with_the_calendar(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("recommender:示例厅", "https://review.example/");
	file_at(1, "2025-02-25T10:00:00+08:00");
	plan_to("2025-03-03T10:00:00+08:00");
	assert_steps(1, 1, "before-7=suppressed(no_endpoint) review-before-1=sent");
	answer_with(&(struct ask){ &verb_calendar_import, .text = late }, "moved", "1");
	assert_text("SELECT review_due_on || due_on FROM obligation WHERE obligation_key = 1",
		    "2025-03-062025-03-03");
	assert_text(
		"SELECT data FROM event WHERE type = 'obligation.rescheduled' AND obligation_key = "
		"1",
		"{\"cause\":\"calendar\",\"old_review_due_on\":\"2025-03-04\",\"review_due_on\":"
		"\"2025-03-06\",\"provisional\":false}");
	plan_to("2025-03-05T10:00:00+08:00");
	assert_text("SELECT group_concat(revision || step) FROM message WHERE revision = 2",
		    "2review-before-1");
}

/* ---- what is refused ---- */

static void what_comes_before_the_opening_day_is_refused(void **state)
{
	static const struct refusal early = {
		.ask = POST_(verb_submit, 1, FILED),
		.fault = FAULT_REFUSED,
		.rule = "opening",
		.clause = "ours",
		.detail = "ob_1 opens on 2025-02-16 and is due on 2025-03-03: rule progress takes "
			  "nothing before the opening day",
	};
	(void)state;
	stage_reviewed();
	plan_to("2025-02-15T23:59:59+08:00");
	verb_free(refused(&early));
	/* A request may come at any time. */
	succeed(&(struct ask)POST_(verb_submit, 5, FILED));
	/* The first second of the day, before the planner has come by. */
	set_clock("2025-02-16T00:00:00+08:00");
	succeed(&(struct ask)POST_(verb_submit, 1, FILED));
}

static void an_empty_report_is_refused(void **state)
{
	static const char *const empty[] = {
		NULL,
		"{}",
		"{\"author\":\"张三\"}",
		"{\"summary\":\" \\u3000\",\"receipt\":\"\",\"content\":{}}",
	};
	static const char *const least[] = { "{\"summary\":\"s\"}", "{\"receipt\":\"R\"}",
					     "{\"content\":{\"percent\":1}}" };
	(void)state;
	stage_reviewed();
	plan_to("2025-02-20T10:00:00+08:00");
	for (size_t i = 0; i < COUNT_OF(empty); i++) {
		struct refusal refusal = { .ask = POST_(verb_submit, 1, empty[i]),
					   .fault = FAULT_UNPROCESSED,
					   .detail = "the report is empty: it needs a summary, its "
						     "content, or the receipt number" };
		verb_free(refused(&refusal));
	}
	for (size_t i = 0; i < COUNT_OF(least); i++) {
		succeed(&(struct ask)POST_(verb_submit, 1, least[i]));
		succeed(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"x\"}"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_reviewer_is_reminded_and_not_the_unit),
		TEST(what_is_past_when_it_is_filed_is_not_said),
		TEST(a_verdict_ends_the_review),
		TEST(a_return_has_its_own_deadline),
		TEST(a_correction_takes_nothing_from_the_due_date),
		TEST(it_is_returned_as_often_as_it_takes),
		TEST(a_returned_report_has_the_date_of_the_calendar_that_came_meanwhile),
		TEST(a_correction_is_counted_by_the_new_calendar),
		TEST(the_reviewers_date_moves_with_the_calendar),
		TEST(what_comes_before_the_opening_day_is_refused),
		TEST(an_empty_report_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
