/*
 * The clock: a simulated one is moved forward only, a hold stops planning and sending and nothing else, a person ends
 * it. Contract 8. And the calendar, whose late days move dates (T3).
 */
#include "engine_kit.h"

#include "engine/engine_inside.h"

/* ---- moving it ---- */

static void a_simulated_clock_moves_forward(void **state)
{
	(void)state;
	set_clock("2024-09-02T00:00:00+08:00"); /* standing still is no step back */
	set_clock("2024-09-02T00:00:01+08:00");
	assert_text("SELECT simulated_at || ' ' || high_water_at FROM instance",
		    "1725206401 1725206401");
	/* It is the time of what comes next. */
	(void)endpoint_for("office", "http://a.example/");
	assert_number("SELECT created_at FROM endpoint", 1725206401);
	const struct refusal back[] = {
		{ .ask = { &verb_clock_set, .at = 1725206400 },
		  .fault = FAULT_REFUSED,
		  .detail = "a simulated clock can't go back" },
		{ .ask = { &verb_clock_set, .at = 0 },
		  .fault = FAULT_REFUSED,
		  .detail = "a simulated clock can't go back" },
	};
	REFUSE_ALL(back);
	(void)endpoint_for("office", "http://b.example/");
	assert_number("SELECT max(created_at) FROM endpoint", 1725206401);
}

static void a_trial_moves_no_clock(void **state)
{
	(void)state;
	jr_free(dry(&(struct ask){ &verb_clock_set, .at = 1800000000 }));
	(void)endpoint_for("office", "http://a.example/");
	assert_number("SELECT created_at FROM endpoint", 1725206400);
}

/* ---- a hold ---- */

static void hold(void)
{
	execute("UPDATE instance SET hold_reason = 'the clock went ahead', hold_since_at = "
		"1740362400");
	engine->tx.caches_fresh = false;
}

/* It serves and records; it plans nothing and sends nothing, until a person says that the clock is right. */
static void a_hold_stops_planning_and_sending_only(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T08:59:59+08:00");
	tests_to(1, 1);
	set_clock("2025-02-24T10:00:00+08:00");
	hold();
	struct plan_result result = plan_once();
	assert_true(result.hold);
	assert_int_equal(result.steps, 0);
	assert_int_equal(result.next_at, INT64_MAX);
	assert_false(result.more);
	struct claim claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 0);
	assert_int_equal(claim.next_at, INT64_MAX);
	claim_clear(&claim);
	succeed(&(struct ask){ &verb_submit, .key = 2, .body = FILED });
	assert_number("SELECT count(*) FROM occasion", 0);

	(void)engine_stirred(engine);
	struct jr_doc *doc = answer(&(struct ask){ &verb_clock_accept, .actor = "operator" });
	expect(doc, "hold", "null");
	expect(doc, "now", "\"2025-02-24T10:00:00+08:00\"");
	expect(doc, "clock", "\"simulated\"");
	jr_free(doc);
	assert_true(engine_stirred(engine));
	assert_text("SELECT coalesce(hold_reason, '-') || coalesce(hold_since_at, '-') || "
		    "high_water_at "
		    "FROM instance",
		    "--1740362400");
	assert_text("SELECT actor || object || detail FROM audit WHERE verb = 'clock_accept'",
		    "operatorclock{\"accepted\":\"2025-02-24T10:00:00+08:00\"}");
	assert_number("SELECT count(*) FROM event WHERE type = 'clock.accepted'", 1);
	/* And now what waited is said. */
	assert_int_equal(plan_once().steps, 1);
	claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 2);
	claim_clear(&claim);
}

static void accepting_what_is_not_held_changes_nothing(void **state)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	(void)state;
	dump(&before);
	answer_with(&(struct ask){ .kind = &verb_clock_accept }, "hold", "null");
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
}

static void the_ping_changes_nothing(void **state)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	(void)state;
	dump(&before);
	succeed(&(struct ask){ .kind = &verb_ping });
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
}

/* ---- the calendar ---- */

#define DAYS "date,kind,name\n"
/* Monday 2025-03-03, when the first report is due, becomes a holiday, and the Tuesday too. */
#define LATE DAYS "2025-03-03,holiday,示例\n2025-03-04,holiday,示例\n2025-10-01,holiday,国庆节\n"

/* clang-format off */
static const struct refusal wrong_days[] = {
	{ .ask = { &verb_calendar_import, .text = "" }, .fault = FAULT_INVALID, .pointer = "calendar:0", .detail = "calendar" },
	{ .ask = { &verb_calendar_import, .text = "day,kind,name\n2027-10-01,holiday,x\n" }, .fault = FAULT_INVALID, .pointer = "calendar:1", .detail = "date,kind,name" },
	{ .ask = { &verb_calendar_import, .text = DAYS "2027-02-29,holiday,x\n" }, .fault = FAULT_UNPROCESSED, .pointer = "calendar:2", .detail = "not a date YYYY-MM-DD: \"2027-02-29\"" },
	{ .ask = { &verb_calendar_import, .text = DAYS "2027-10-01,festival,x\n" }, .fault = FAULT_UNPROCESSED, .pointer = "calendar:2", .detail = "neither holiday nor workday" },
	{ .ask = { &verb_calendar_import, .text = DAYS "2027-10-01,holiday,x\n2027-10-01,holiday,y\n" }, .fault = FAULT_UNPROCESSED, .pointer = "calendar:3", .detail = "the day is listed twice" },
	/* A Wednesday needs no notice to be worked on. */
	{ .ask = { &verb_calendar_import, .text = DAYS "2027-10-01,holiday,x\n2027-10-06,workday,x\n" }, .fault = FAULT_UNPROCESSED, .pointer = "calendar:3", .detail = "must be a Saturday or Sunday" },
};
/* clang-format on */

static void wrong_calendars_are_refused(void **state)
{
	(void)state;
	stage_published();
	REFUSE_ALL(wrong_days);
}

/* The date moves with its revision; what was not sent is superseded; the ladder begins anew. */
static void a_late_calendar_moves_what_is_owed(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00"); /* before-7 of 2025-03-03 is due to be sent */
	struct jr_doc *doc = dry(&(struct ask){ &verb_calendar_import, .text = LATE });
	expect(doc, "moved", "1");
	expect(doc, "dry_run", "true");
	jr_free(doc);
	doc = answer(&(struct ask){ &verb_calendar_import, .text = LATE });
	expect(doc, "moved", "1");
	expect(doc, "days", "2");
	expect(doc, "years", "[2025]");
	jr_free(doc);
	assert_text(
		"SELECT due_on || revision || last_day_on FROM obligation WHERE obligation_key = 1",
		"2025-03-0522025-03-02");
	assert_int_equal(number("SELECT due_at FROM obligation WHERE obligation_key = 1"),
			 instant("2025-03-06T00:00:00+08:00"));
	assert_number("SELECT count(*) FROM obligation WHERE revision > 1", 1);
	assert_text("SELECT state || reason FROM delivery", "supersededrescheduled");
	assert_text(
		"SELECT data FROM event WHERE type = 'obligation.rescheduled'",
		"{\"cause\":\"calendar\",\"old_due_on\":\"2025-03-03\",\"due_on\":\"2025-03-05\","
		"\"provisional\":false}");
	/* Seven days before the new date is another occasion, and another message. */
	plan_to("2025-02-26T10:00:00+08:00");
	assert_text("SELECT group_concat(revision || step || outcome, ' ') FROM occasion WHERE "
		    "obligation_key = 1",
		    "1before-7cancelled 2before-7sent");
	assert_number("SELECT count(DISTINCT id) FROM message WHERE step IS NOT NULL", 2);
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.rescheduled'", 1);
	/* The same days again change nothing. */
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	dump(&before);
	answer_with(&(struct ask){ &verb_calendar_import, .text = LATE }, "days", "0");
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
}

/* What was filed is history: its date stands. */
static void what_is_filed_does_not_move(void **state)
{
	(void)state;
	stage_published();
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = FILED });
	answer_with(&(struct ask){ &verb_calendar_import, .text = LATE }, "moved", "0");
	assert_text("SELECT due_on || revision FROM obligation WHERE obligation_key = 1",
		    "2025-03-031");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_simulated_clock_moves_forward),
		TEST(a_trial_moves_no_clock),
		TEST(a_hold_stops_planning_and_sending_only),
		TEST(accepting_what_is_not_held_changes_nothing),
		TEST(the_ping_changes_nothing),
		TEST(wrong_calendars_are_refused),
		TEST(a_late_calendar_moves_what_is_owed),
		TEST(what_is_filed_does_not_move),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
