/*
 * Publication: one transaction begins every window and plans everything that is owed; saying it again adds nothing;
 * whatever is refused leaves no trace. P12, P13, P16.
 */
#include "engine_kit.h"

#define PUBLISH(text)                                                                              \
	.ask = { &verb_publish, .name = "future-1", .body = (text) }, .fault = FAULT_UNPROCESSED

static void everything_owed_is_planned_at_once(void **state)
{
	(void)state;
	import_rows(ROW_1 ROW_2 ROW_3);
	struct jr_doc *doc =
		answer(&(struct ask){ &verb_publish, .name = "future-1",
				      .body = "{\"date\":\"" PUBLISHED "\",\"note\":\"invented\"}",
				      .actor = "uid:1000" });
	expect(doc, "programme", "\"future-1\"");
	expect(doc, "published_on", "\"" PUBLISHED "\"");
	expect(doc, "window_ends_on", "\"2026-09-02\"");
	expect(doc, "units", "3");
	expect(doc, "obligations", "10"); /* two units owe five each; the potential one owes none */
	expect(doc, "provisional", "false");
	expect(doc, "dry_run", "false");
	jr_free(doc);
	assert_text(
		"SELECT group_concat(o.unit_key || r.id || n || due_on, ' ') FROM obligation AS "
		"o JOIN rule AS r USING (rule_key) WHERE unit_key = 1",
		"1progress12025-03-03 1progress22025-09-02 1progress32026-03-02 "
		"1progress42026-09-02 1acceptance12026-09-02");
	assert_number("SELECT count(*) FROM obligation WHERE unit_key = 2", 0);
	assert_number("SELECT count(*) FROM obligation WHERE unit_key = 3", 5);
	assert_number("SELECT count(*) FROM unit WHERE state = 'delivering' AND anchor_on = "
		      "'2024-09-02' AND window_end_on = '2026-09-02'",
		      3);
	assert_number("SELECT count(*) FROM obligation WHERE state = 'scheduled'", 10);
	assert_text(
		"SELECT published_on || window_end_on || published_at FROM programme WHERE id = "
		"'future-1'",
		"2024-09-022026-09-021725206400");
	assert_text("SELECT actor || json_extract(detail, '$.note') FROM audit WHERE verb = "
		    "'publish'",
		    "uid:1000invented");
	assert_number("SELECT count(*) FROM event WHERE type = 'programme.published'", 1);
	/* The neighbours are as they were. */
	assert_number("SELECT count(*) FROM programme WHERE published_on IS NULL", 2);
}

/* The deadline of a day is its end in Beijing; the first step is the opening or the first reminder. */
static void dates_become_instants(void **state)
{
	(void)state;
	stage_published();
	assert_int_equal(number("SELECT due_at FROM obligation WHERE obligation_key = 1"),
			 instant("2025-03-04T00:00:00+08:00"));
	assert_int_equal(number("SELECT next_step_at FROM obligation WHERE obligation_key = 1"),
			 instant("2025-02-16T00:00:00+08:00"));
	assert_text("SELECT opens_on || last_day_on FROM obligation WHERE obligation_key = 1",
		    "2025-02-162025-03-02");
	assert_text("SELECT opens_on || last_day_on FROM obligation WHERE obligation_key = 5",
		    "2026-03-022026-09-02");
}

static void the_same_date_again_adds_nothing(void **state)
{
	(void)state;
	import_rows(ROW_1 ROW_3);
	publish();
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	dump(&before);
	struct jr_doc *doc = answer(&(struct ask){ &verb_publish, .name = "future-1",
						   .body = "{\"date\":\"" PUBLISHED "\"}" });
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	expect(doc, "units", "0");
	expect(doc, "obligations", "0");
	expect(doc, "window_ends_on", "\"2026-09-02\"");
	jr_free(doc);
	buf_clear(&before);
	buf_clear(&after);
	static const struct refusal other[] = {
		{ .ask = { &verb_publish, .name = "future-1", .body = "{\"date\":\"2024-09-03\"}" },
		  .fault = FAULT_REFUSED,
		  .rule = "publication",
		  .detail = "future-1 was published on " PUBLISHED " already" },
	};
	REFUSE_ALL(other);
}

/* clang-format off */
static const struct refusal wrong[] = {
	{ PUBLISH("{\"date\":\"2025-02-29\"}"), .pointer = "/date", .detail = "date must be a day as YYYY-MM-DD, not \"2025-02-29\"" },
	{ PUBLISH("{\"date\":\"2024-9-2\"}"), .pointer = "/date", .detail = "not \"2024-9-2\"" },
	{ PUBLISH("{\"date\":\"2024-09-02T00:00:00+08:00\"}"), .pointer = "/date", .detail = "YYYY-MM-DD" },
	{ PUBLISH("{}"), .pointer = "/date", .detail = "date must be a day" },
	{ PUBLISH(NULL), .pointer = "/date", .detail = "date must be a day" },
	{ PUBLISH("{\"date\":null}"), .pointer = "/date", .detail = "date must be a day" },
	{ PUBLISH("{\"date\":20240902}"), .pointer = "/date", .detail = "date must be a string" },
	{ PUBLISH("{\"date\":\"" PUBLISHED "\",\"note\":[]}"), .pointer = "/note", .detail = "note must be a string" },
	{ PUBLISH("{\"dat\":\"" PUBLISHED "\"}"), .pointer = "/dat", .detail = "unknown member \"dat\"; did you mean \"date\"?" },
	{ PUBLISH("{\"date\":\"" PUBLISHED "\",\"zzzzzz\":1}"), .pointer = "/zzzzzz", .detail = "unknown member \"zzzzzz\"" },
	/* What falls due must still be a day that we can write. */
	{ PUBLISH("{\"date\":\"2199-01-01\"}"), .pointer = "/date", .detail = "2199-01-01" },
	{ PUBLISH("{\"date\":\"2200-12-31\"}"), .pointer = "/date", .detail = "2200-12-31" },
	{ .ask = { &verb_publish, .name = "future-1", .body = "[]" }, .fault = FAULT_INVALID, .detail = "the body must be a JSON object" },
	{ .ask = { &verb_publish, .name = "future-2", .body = "{\"date\":\"" PUBLISHED "\"}" }, .fault = FAULT_NOT_FOUND, .detail = "there is no programme future-2; did you mean future-1?" },
	{ .ask = { &verb_publish, .name = "future-hard", .body = "{\"date\":\"" PUBLISHED "\"}" }, .fault = FAULT_REFUSED, .detail = "future-hard has no shortlisted unit; import the shortlist first" },
	{ .ask = { &verb_publish, .name = "future-none", .body = "{\"date\":\"" PUBLISHED "\"}" }, .fault = FAULT_REFUSED, .rule = "window", .clause = "名单公布之日起不超过2年", .detail = "future-none: its file does not know the length of the window" },
};
/* clang-format on */

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	import_rows(ROW_1);
	REFUSE_ALL(wrong);
	publish(); /* and none of it was in the way */
}

/* A trial of what is refused is refused as well. */
static void a_trial_says_what_would_be(void **state)
{
	(void)state;
	struct refusal nobody = wrong[COUNT_OF(wrong) - 2];
	nobody.ask.dry_run = true;
	verb_free(refused(&nobody));
	import_rows(ROW_1 ROW_2);
	struct jr_doc *doc = dry(&(struct ask){ &verb_publish, .name = "future-1",
						.body = "{\"date\":\"" PUBLISHED "\"}" });
	expect(doc, "units", "2");
	expect(doc, "obligations", "5");
	expect(doc, "window_ends_on", "\"2026-09-02\"");
	expect(doc, "dry_run", "true");
	jr_free(doc);
	publish();
}

/* The calendar ends with 2026: what falls due later is provisional, and said to be. */
static void beyond_the_calendar_is_provisional(void **state)
{
	(void)state;
	import_rows(ROW_1);
	answer_with(&(struct ask){ &verb_publish, .name = "future-1",
				   .body = "{\"date\":\"2025-09-01\"}" },
		    "provisional", "true");
	assert_text("SELECT group_concat(due_on || provisional, ' ') FROM obligation",
		    "2026-03-020 2026-09-010 2027-03-011 2027-09-011 2027-09-010");
}

/* A programme that is published late catches up; nothing comes before the publication (T5). */
static void a_publication_told_late(void **state)
{
	(void)state;
	import_rows(ROW_1);
	plan_to("2025-03-10T12:00:00+08:00");
	publish();
	struct plan_result result = plan_once();
	assert_false(result.more);
	assert_number("SELECT count(*) FROM occasion WHERE obligation_key = 1 AND step = 'due' AND "
		      "outcome = 'suppressed' AND reason = 'no_endpoint'",
		      1);
	assert_text("SELECT state FROM obligation WHERE obligation_key = 1", "open");
	assert_text("SELECT state FROM obligation WHERE obligation_key = 2", "scheduled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_owed_is_planned_at_once),
		TEST(dates_become_instants),
		TEST(the_same_date_again_adds_nothing),
		TEST(what_is_wrong_is_refused),
		TEST(a_trial_says_what_would_be),
		TEST(beyond_the_calendar_is_provisional),
		TEST(a_publication_told_late),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
