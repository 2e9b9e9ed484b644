/*
 * Quiet on request: silences by matcher, acknowledgement, snooze. Each has an end, moves no deadline, and leaves every
 * step it keeps back on record. R3, R9.
 */
#include "engine_kit.h"

#define BEFORE                                                                                     \
	"SELECT group_concat(step || ' ' || outcome || coalesce(' ' || reason, ''), ', ') FROM "   \
	"(SELECT step, outcome, reason FROM occasion WHERE obligation_key = 1 ORDER BY "           \
	"nominal_at, step)"

static void stage_two(void)
{
	stage_published();
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
}

static void silence(const char *body)
{
	succeed(&(struct ask){ &verb_silence_add, .body = body });
}

/* ob_1 is due on 2025-03-03: reminders on 02-24, 03-02, 03-03, 03-04; the recommender hears on 03-06. */
static void each_matcher_matches(void **state)
{
	static const char *const matching[] = {
		"{\"programme\":\"future-1\",",
		"{\"track\":\"a\",",
		"{\"task\":\"a-01\",",
		"{\"unit\":\"un_1\",",
		"{\"recommender\":\"示例厅\",",
		"{\"recipient\":\"unit\",",
		"{\"kind\":\"progress_report\",",
	};
	static const char *const other[] = {
		"{\"programme\":\"future-hard\",",
		"{\"track\":\"b\",",
		"{\"task\":\"a-02\",",
		"{\"unit\":\"un_2\",",
		"{\"recipient\":\"office\",",
		"{\"kind\":\"acceptance_request\",",
	};
	(void)state;
	stage_two();
	plan_to("2025-02-20T10:00:00+08:00");
	for (size_t i = 0; i < COUNT_OF(other); i++) {
		char body[256];
		(void)snprintf(body, sizeof(body),
			       "%s\"reason\":\"别的\",\"until\":\"2025-04-01\"}", other[i]);
		silence(body);
	}
	for (size_t i = 0; i < COUNT_OF(matching); i++) {
		char body[256];
		(void)snprintf(body, sizeof(body),
			       "%s\"reason\":\"系统维护\",\"until\":\"2025-02-25\"}", matching[i]);
		answer_with(&(struct ask){ &verb_silence_add, .body = body, .dry_run = true },
			    "active", "true");
		execute("DELETE FROM occasion WHERE step = 'before-7'");
		silence(body);
		plan_to("2025-02-24T10:00:00+08:00");
		assert_text(BEFORE, "before-7 suppressed silence");
		assert_number("SELECT (SELECT max(silence_key) FROM silence) - silence_key FROM "
			      "occasion",
			      0);
		succeed(&(struct ask){ &verb_silence_expire,
				       .key = number("SELECT max(silence_key) FROM silence") });
		execute("UPDATE obligation SET next_step_at = 1740358800 WHERE obligation_key = 1");
		execute("UPDATE agenda SET at = 1740358800 WHERE obligation_key = 1");
		execute("UPDATE silence SET expires_at = 1740000000 WHERE ended_by IS NOT NULL");
		set_clock("2025-02-24T10:00:00+08:00");
		if (i + 1 < COUNT_OF(matching))
			execute("UPDATE instance SET simulated_at = simulated_at");
	}
	assert_number("SELECT count(*) FROM message", 0);
	plan_to("2025-03-02T10:00:00+08:00");
	/* What is over, or is about something else, keeps nothing back. */
	assert_number("SELECT count(*) FROM message", 1);
}

/* A silence that ended while we were down covers what it covered, and nothing more. */
static void it_covers_what_it_covered(void **state)
{
	(void)state;
	stage_two();
	silence("{\"unit\":\"un_1\",\"reason\":\"系统维护\",\"until\":\"2025-03-02\"}");
	plan_to("2025-03-03T10:00:00+08:00");
	assert_text(BEFORE, "before-7 suppressed silence, before-1 suppressed silence, due sent");
	answer_with(&(struct ask){ &verb_silence_add,
				   .body = "{\"unit\":\"un_1\",\"reason\":\"r\",\"until\":\"2025-"
					   "03-09\"}" },
		    "author", "\"uid:0\"");
	plan_to("2025-03-10T10:00:00+08:00");
	/* Escalations are silenced too: by matcher. The office's, on the 10th, comes after it. */
	assert_text(BEFORE, "before-7 suppressed silence, before-1 suppressed silence, due sent, "
			    "after-1 suppressed silence, recommender+3w suppressed silence, "
			    "office+5w suppressed no_endpoint");
}

static void who_knows_is_left_alone_until_the_deadline(void **state)
{
	(void)state;
	stage_two();
	plan_to("2025-02-20T10:00:00+08:00");
	answer_with(&(struct ask){ &verb_acknowledge, .key = 1, .body = "{\"note\":\"在写\"}" },
		    "due_on", "\"2025-03-03\"");
	plan_to("2025-03-07T10:00:00+08:00");
	/* The due day has come: reminders again; and the recommender hears of it in any case. */
	assert_text(BEFORE, "before-7 suppressed acknowledged, before-1 suppressed acknowledged, "
			    "due coalesced, after-1 sent, recommender+3w sent");
	/* Late: a week. */
	succeed(&(struct ask){ &verb_acknowledge, .key = 1 });
	assert_number("SELECT until_at - (SELECT simulated_at FROM instance) FROM quiet",
		      7 * 86400);
	plan_to("2025-03-12T10:00:00+08:00");
	assert_text("SELECT outcome || reason FROM occasion WHERE step = 'repeat-1'",
		    "suppressedacknowledged");
}

static void who_snoozes_is_reminded_later(void **state)
{
	(void)state;
	stage_two();
	plan_to("2025-02-20T10:00:00+08:00");
	succeed(&(struct ask){ &verb_snooze, .key = 1, .body = "{\"until\":\"2025-03-01\"}" });
	assert_number("SELECT due_at FROM obligation WHERE obligation_key = 1",
		      instant("2025-03-04T00:00:00+08:00"));
	plan_to("2025-03-03T10:00:00+08:00");
	assert_text(BEFORE, "before-7 suppressed snoozed, before-1 coalesced, due sent");
	assert_number("SELECT count(*) FROM event WHERE type = 'obligation.snoozed'", 1);
	/* Another revision is another matter. */
	succeed(&(struct ask){ &verb_snooze, .key = 1, .body = "{\"until\":\"2025-03-20\"}" });
	execute("UPDATE obligation SET revision = 2 WHERE obligation_key = 1");
	plan_to("2025-03-04T10:00:00+08:00");
	assert_text("SELECT outcome FROM occasion WHERE step = 'after-1' AND revision = 2", "sent");
}

/* "I know" lasts until what is said on the due day; said on that day, until it is over. */
static void knowing_lasts_until_the_next_matter(void **state)
{
	static const struct {
		const char *now, *until;
	} rows[] = {
		{ "2025-02-20T10:00:00+08:00", "2025-03-03T09:00:00+08:00" },
		{ "2025-03-03T08:59:59+08:00", "2025-03-03T09:00:00+08:00" },
		{ "2025-03-03T09:00:00+08:00", "2025-03-04T00:00:00+08:00" },
		{ "2025-03-03T23:59:59+08:00", "2025-03-04T00:00:00+08:00" },
		{ "2025-03-04T00:00:00+08:00", "2025-03-11T00:00:00+08:00" },
	};
	(void)state;
	stage_two();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		plan_to(rows[i].now);
		succeed(&(struct ask){ &verb_acknowledge, .key = 1 });
		assert_number("SELECT until_at FROM quiet", instant(rows[i].until));
	}
}

/* A silence that is over says nothing about what had been due before anybody asked for it. */
static void it_covers_nothing_before_it(void **state)
{
	(void)state;
	stage_two();
	plan_to("2025-02-20T10:00:00+08:00");
	set_clock("2025-02-26T10:00:00+08:00");
	silence("{\"unit\":\"un_1\",\"reason\":\"系统维护\",\"until\":\"2025-02-27\"}");
	set_clock("2025-02-28T10:00:00+08:00");
	plan_to("2025-02-28T10:00:00+08:00");
	assert_text(BEFORE, "before-7 sent");
	/* One in force covers what was missed as well. */
	set_clock("2025-03-02T10:00:00+08:00");
	silence("{\"unit\":\"un_1\",\"reason\":\"系统维护\",\"until\":\"2025-03-02\"}");
	plan_to("2025-03-02T10:00:00+08:00");
	assert_text(BEFORE, "before-7 sent, before-1 suppressed silence");
	assert_number("SELECT silence_key FROM occasion WHERE step = 'before-1'", 2);
}

#define SILENCE(json) .ask = { &verb_silence_add, .body = json }

static const struct refusal refusals[] = {
	{ SILENCE("{\"reason\":\"r\",\"until\":\"2024-10-01\"}"), FAULT_UNPROCESSED,
	  .detail = "a silence needs something to match" },
	{ SILENCE("{\"unit\":\"un_1\",\"until\":\"2024-10-01\"}"), FAULT_UNPROCESSED,
	  .detail = "needs its reason", .pointer = "/reason" },
	{ SILENCE("{\"unit\":\"un_1\",\"reason\":\"r\"}"), FAULT_UNPROCESSED,
	  .detail = "until must be a day", .pointer = "/until" },
	{ SILENCE("{\"unit\":\"un_1\",\"reason\":\"r\",\"until\":\"2024-09-01\"}"),
	  FAULT_UNPROCESSED, .detail = "not ahead", .pointer = "/until" },
	{ SILENCE("{\"unit\":\"un_1\",\"reason\":\"r\",\"until\":\"2026-09-01\"}"),
	  FAULT_UNPROCESSED, .detail = "at most 400 days", .pointer = "/until" },
	{ SILENCE("{\"unit\":\"un_99\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"),
	  FAULT_UNPROCESSED, .detail = "there is no unit un_99", .pointer = "/unit" },
	{ SILENCE("{\"unit\":\"7\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"), FAULT_UNPROCESSED,
	  .detail = "an id such as un_7", .pointer = "/unit" },
	{ SILENCE("{\"task\":\"z\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"), FAULT_UNPROCESSED,
	  .detail = "there is no task", .pointer = "/task" },
	{ SILENCE("{\"track\":\"z\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"), FAULT_UNPROCESSED,
	  .detail = "there is no track", .pointer = "/track" },
	{ SILENCE("{\"programme\":\"z\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"),
	  FAULT_UNPROCESSED, .detail = "there is no programme", .pointer = "/programme" },
	{ SILENCE("{\"recommender\":\"z\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"),
	  FAULT_UNPROCESSED, .detail = "there is no recommender", .pointer = "/recommender" },
	{ SILENCE("{\"recipient\":\"z\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"),
	  FAULT_UNPROCESSED, .detail = "recipient must be", .pointer = "/recipient" },
	{ SILENCE("{\"kind\":\"z\",\"reason\":\"r\",\"until\":\"2024-10-01\"}"), FAULT_UNPROCESSED,
	  .detail = "a kind of obligation", .pointer = "/kind" },
	{ .ask = { &verb_silence_expire, .key = 9 },
	  .fault = FAULT_NOT_FOUND,
	  .detail = "there is no silence si_9" },
	{ .ask = { &verb_snooze, .key = 1, .body = "{}" },
	  .fault = FAULT_UNPROCESSED,
	  .detail = "until must be a day",
	  .pointer = "/until" },
	{ .ask = { &verb_snooze, .key = 1, .body = "{\"until\":\"2025-03-01\"}" },
	  .fault = FAULT_UNPROCESSED,
	  .detail = "at most 90 days",
	  .pointer = "/until" },
	{ .ask = { &verb_snooze, .key = 99, .body = "{\"until\":\"2024-10-01\"}" },
	  .fault = FAULT_NOT_FOUND,
	  .detail = "ob_99" },
};

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	stage_two();
	REFUSE_ALL(refusals);
	silence("{\"unit\":\"un_1\",\"reason\":\"r\",\"until\":\"2024-10-01\"}");
	succeed(&(struct ask){ &verb_silence_expire, .key = 1 });
	struct refusal over = { .ask = { &verb_silence_expire, .key = 1 },
				.fault = FAULT_REFUSED,
				.detail = "si_1 is over already" };
	verb_free(refused(&over));
	succeed(&(struct ask){ &verb_cancel, .key = 1, .body = "{\"reason\":\"重复\"}" });
	struct refusal gone = { .ask = { &verb_acknowledge, .key = 1 },
				.fault = FAULT_REFUSED,
				.rule = "state",
				.detail = "ob_1 is cancelled: nobody is reminded" };
	verb_free(refused(&gone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_matcher_matches),
		TEST(it_covers_what_it_covered),
		TEST(who_knows_is_left_alone_until_the_deadline),
		TEST(who_snoozes_is_reminded_later),
		TEST(knowing_lasts_until_the_next_matter),
		TEST(it_covers_nothing_before_it),
		TEST(what_is_wrong_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
