/*
 * Endpoints that fail and come back, lived through by a small sender: told of, paused, probed, recovered, and nothing of
 * theirs lost. D7, D8, D17.
 */
#include "engine_kit.h"

#define BAD  1 /* ep_1 answers `bad_status`; all others answer 200 */
#define GOOD 2

static int bad_status;

static void answer_all(const struct claim *claim)
{
	for (size_t i = 0; i < claim->n; i++) {
		const struct claim_item *item = &claim->items[i];
		struct outcome end = { .message_key = item->message_key,
				       .endpoint_key = item->endpoint_key,
				       .attempt = item->attempt,
				       .end = ATTEMPT_ANSWERED,
				       .status = item->endpoint_key == BAD ? bad_status : 200,
				       .retry_after_s = -1,
				       .reason = "so it was" };
		succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ &end, 1 } });
	}
}

/* Plans and sends what is due, until nothing is; when to go on. */
static int64_t live_now(void)
{
	struct plan_result plan;
	struct claim claim;
	size_t n;
	do {
		plan = plan_once();
		claim = claim_with(64, 64, NULL, 0);
		n = claim.n;
		answer_all(&claim);
		int64_t next_at = claim.next_at;
		claim_clear(&claim);
		claim.next_at = next_at;
	} while (plan.more || n > 0);
	return plan.next_at < claim.next_at ? plan.next_at : claim.next_at;
}

static void live_to(const char *until)
{
	int64_t end_at = instant(until);
	int64_t next_at = live_now();
	while (next_at <= end_at) {
		succeed(&(struct ask){ &verb_clock_set, .at = next_at });
		next_at = live_now();
	}
	succeed(&(struct ask){ &verb_clock_set, .at = end_at });
	(void)live_now();
}

/* Unit 1 is reminded at ep_1, which fails from 2025-02-24 09:00 on, seven days before its report is due. */
static void stage_failing(void)
{
	stage_published();
	assert_int_equal(endpoint_for("unit:un_1", "http://bad.example/"), BAD);
	assert_int_equal(endpoint_for("office", "http://office.example/"), GOOD);
	bad_status = 503;
}

#define EVENTS(type)  "SELECT count(*) FROM event WHERE type = 'endpoint." type "'"
#define NOTICES(type) "SELECT count(*) FROM message WHERE type = 'endpoint." type "'"

static void it_is_told_of_on_three_days_and_paused_on_the_fifth(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-02-24T09:20:00+08:00");
	assert_text("SELECT state FROM endpoint_health", "doubted");
	assert_number(EVENTS("failing"), 0);
	live_to("2025-02-25T08:59:59+08:00");
	assert_text("SELECT state FROM endpoint_health", "failing");
	assert_number(EVENTS("failing"), 1);
	assert_number(NOTICES("failing"), 0);
	live_to("2025-02-25T09:00:00+08:00");
	assert_number(NOTICES("failing"), 1);
	live_to("2025-03-01T08:59:59+08:00");
	assert_number(NOTICES("failing"), 3);
	assert_number(EVENTS("failing"), 1);
	assert_text("SELECT state FROM endpoint WHERE endpoint_key = 1", "enabled");
	live_to("2025-03-01T09:00:00+08:00");
	assert_text("SELECT state || state_reason FROM endpoint WHERE endpoint_key = 1",
		    "pausedfailing");
	assert_number(EVENTS("disabled"), 1);
	assert_number(NOTICES("disabled"), 1);
	/* All of it to the office, which is the only one who gets through. */
	assert_number("SELECT count(*) FROM message AS m JOIN delivery AS d ON d.message_key = "
		      "m.message_key WHERE m.type LIKE 'endpoint.%' AND d.endpoint_key = 2 AND "
		      "d.state = 'delivered'",
		      4);
}

/* Who is alerted wants to know of what. */
static void an_alert_names_what_failed(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-02-25T12:00:00+08:00");
	assert_text("SELECT json_extract(data, '$.endpoint', '$.messages_total', "
		    "'$.messages[0].step', '$.messages[0].last_status', '$.status') FROM event "
		    "WHERE type = 'endpoint.failing'",
		    "[\"ep_1\",1,\"before-7\",503,503]");
	assert_number("SELECT json_extract(data, '$.message') = (SELECT id FROM message WHERE "
		      "endpoint_key = 1) FROM event WHERE type = 'endpoint.failing'",
		      1);
	assert_text("SELECT json_extract(body, '$.data.detail.days', "
		    "'$.data.detail.messages_total', '$.data.unit.id') FROM message_body WHERE "
		    "json_extract(body, '$.type') = 'endpoint.failing'",
		    "[1,1,\"un_1\"]");
}

/* A month: the first message dies of its ten attempts, and is what is probed with; each message arrives once it is back. */
static void a_month_of_silence_loses_nothing(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-03-24T12:00:00+08:00");
	assert_text(
		"SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery WHERE "
		"endpoint_key = 1",
		"heldendpoint_paused heldendpoint_paused heldendpoint_paused heldendpoint_paused "
		"heldendpoint_paused heldendpoint_paused");
	int64_t tries = number("SELECT sum(attempts) FROM delivery WHERE endpoint_key = 1");
	assert_in_range(tries, 35, 38);
	bad_status = 200;
	live_to("2025-03-26T12:00:00+08:00");
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery WHERE "
		    "endpoint_key = 1",
		    "delivered delivered delivered delivered delivered delivered delivered");
	assert_text("SELECT state || coalesce(state_reason, '') FROM endpoint WHERE endpoint_key = "
		    "1",
		    "enabled");
	assert_number(EVENTS("recovered"), 1);
	assert_number(NOTICES("recovered"), 1);
	assert_number(NOTICES("failing"), 3);
	assert_number("SELECT count(*) FROM endpoint_health", 0);
	assert_number("SELECT count(*) FROM timer WHERE kind = 'endpoint_health'", 0);
	/* The recommender has no endpoint; everything else was said. */
	assert_text("SELECT group_concat(outcome || coalesce(reason, '')) FROM occasion WHERE "
		    "obligation_key = 1 AND outcome <> 'sent'",
		    "suppressedno_endpoint");
}

/* The daemon itself was off: what should have been told on three days is told once. */
static void an_outage_of_ours_is_told_once(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-02-24T20:00:00+08:00");
	set_clock("2025-03-24T00:00:00+08:00");
	live_to("2025-03-24T00:00:01+08:00");
	assert_number(NOTICES("failing"), 1);
	assert_number(NOTICES("disabled"), 1);
	assert_number("SELECT told FROM endpoint_health", 3);
}

/* A success in between ends the episode; the next failure begins another one with its own events. */
static void each_episode_has_its_own_events(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-02-24T12:00:00+08:00");
	bad_status = 200;
	live_to("2025-02-25T12:00:00+08:00");
	assert_number("SELECT count(*) FROM endpoint_health", 0);
	assert_number(EVENTS("recovered"), 1);
	assert_number(NOTICES("recovered"), 0); /* nobody was told that it failed */
	bad_status = 500;
	live_to("2025-03-04T12:00:00+08:00");
	assert_number(EVENTS("failing"), 2);
	assert_number(NOTICES("failing"), 2);
}

/* The owner's other endpoint is nearer than the office; one that fails as well is none. */
static void the_owner_is_told_at_his_other_endpoint(void **state)
{
	(void)state;
	stage_failing();
	assert_int_equal(endpoint_for("unit:un_1", "http://good.example/"), 3);
	live_to("2025-02-25T12:00:00+08:00");
	assert_text("SELECT group_concat(endpoint_key) FROM message WHERE type = "
		    "'endpoint.failing'",
		    "3");
	execute("INSERT INTO endpoint_health VALUES (3, 'failing', 1735000000, 1735000000, 5, 9, "
		"0, 0)");
	live_to("2025-02-26T12:00:00+08:00");
	assert_text("SELECT group_concat(endpoint_key) FROM message WHERE type = "
		    "'endpoint.failing'",
		    "3,2");
	execute("DELETE FROM endpoint_health WHERE endpoint_key = 3");
}

/* Of the office's only endpoint nobody can be told; it is on record, and in the log. */
static void nobody_is_left_to_be_told(void **state)
{
	(void)state;
	stage_published();
	assert_int_equal(endpoint_for("office", "http://bad.example/"), BAD);
	bad_status = 500;
	live_to("2025-03-30T00:00:00+08:00");
	assert_number(EVENTS("failing"), 1);
	assert_number(EVENTS("disabled"), 1);
	assert_number("SELECT count(*) FROM message WHERE type LIKE 'endpoint.%'", 0);
}

/* A person's word counts more than what was seen: it begins anew, and what was held goes. */
static void enabling_a_paused_one_begins_anew(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-03-24T12:00:00+08:00");
	succeed(&(struct ask){ &verb_endpoint_enable, .key = BAD });
	assert_number("SELECT count(*) FROM endpoint_health", 0);
	assert_number("SELECT count(*) FROM outbox WHERE endpoint_key = 1", 6);
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:paused'", 0);
	live_to("2025-03-24T14:00:00+08:00");
	assert_number(EVENTS("failing"), 2);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = BAD });
	assert_number("SELECT count(*) FROM endpoint_health", 0);
	assert_number("SELECT count(*) FROM timer WHERE kind = 'endpoint_health'", 0);
}

/* A paused one is disabled for good by a person, or by its probe's 410. */
static void a_paused_one_says_410(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-03-24T12:00:00+08:00");
	bad_status = 410;
	live_to("2025-03-26T12:00:00+08:00");
	assert_text("SELECT state || state_reason FROM endpoint WHERE endpoint_key = 1",
		    "disabledgone");
	assert_number("SELECT count(*) FROM endpoint_health", 0);
	assert_number("SELECT count(*) FROM delivery WHERE endpoint_key = 1 AND state = 'held'", 7);
}

/* A test is an answer for whoever looks: it reaches a paused endpoint, heals it if it can, and is not repeated. */
static void a_test_reaches_a_paused_one(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-03-24T12:00:00+08:00");
	tests_to(BAD, 1);
	(void)live_now();
	assert_text("SELECT state || reason FROM delivery ORDER BY message_key DESC LIMIT 1",
		    "deadtest");
	assert_text("SELECT state FROM endpoint WHERE endpoint_key = 1", "paused");
	bad_status = 200;
	tests_to(BAD, 1);
	(void)live_now();
	assert_text("SELECT state FROM endpoint WHERE endpoint_key = 1", "enabled");
	assert_number("SELECT count(*) FROM delivery WHERE endpoint_key = 1 AND state = "
		      "'delivered'",
		      7);
	assert_number("SELECT count(*) FROM delivery WHERE state = 'dead'", 1);
}

/* Nothing is held, but something died: that is what it is probed with. */
static void what_died_is_a_probe_too(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-03-02T08:00:00+08:00");
	assert_text("SELECT group_concat(state) FROM delivery WHERE endpoint_key = 1", "held");
	assert_text("SELECT state FROM endpoint WHERE endpoint_key = 1", "paused");
	bad_status = 200;
	live_to("2025-03-02T17:00:00+08:00");
	assert_text("SELECT state FROM endpoint WHERE endpoint_key = 1", "enabled");
	assert_number("SELECT count(*) FROM delivery WHERE endpoint_key = 1 AND state = "
		      "'delivered'",
		      2);
}

/* Filed while its endpoint was paused: nothing is said of it when the endpoint is back. */
static void what_was_settled_meanwhile_is_not_said(void **state)
{
	(void)state;
	stage_failing();
	live_to("2025-03-24T12:00:00+08:00");
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = FILED });
	bad_status = 200;
	tests_to(BAD, 1);
	(void)live_now();
	assert_number("SELECT count(*) FROM delivery WHERE endpoint_key = 1 AND state = "
		      "'cancelled'",
		      6);
	assert_number("SELECT count(*) FROM delivery WHERE endpoint_key = 1", 7);
}

/* A hundred and twenty wait: fifty a second go, in their order. */
static void what_waited_goes_at_a_bounded_rate(void **state)
{
	(void)state;
	stage_published();
	assert_int_equal(endpoint_for("office", "http://bad.example/"), BAD);
	tests_to(BAD, 120);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = BAD });
	assert_number("SELECT count(*) FROM delivery WHERE state = 'held'", 120);
	succeed(&(struct ask){ &verb_endpoint_enable, .key = BAD });
	assert_number("SELECT count(*) FROM outbox WHERE ready_at = 0", 50);
	assert_number("SELECT count(*) FROM outbox WHERE ready_at = 1725206401", 50);
	assert_number("SELECT count(*) FROM outbox WHERE ready_at = 1725206402", 20);
	assert_number("SELECT count(*) FROM outbox AS a JOIN outbox AS b ON a.message_key < "
		      "b.message_key AND a.ready_at > b.ready_at",
		      0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_of_on_three_days_and_paused_on_the_fifth),
		TEST(an_alert_names_what_failed),
		TEST(a_month_of_silence_loses_nothing),
		TEST(an_outage_of_ours_is_told_once),
		TEST(each_episode_has_its_own_events),
		TEST(the_owner_is_told_at_his_other_endpoint),
		TEST(nobody_is_left_to_be_told),
		TEST(enabling_a_paused_one_begins_anew),
		TEST(a_paused_one_says_410),
		TEST(a_test_reaches_a_paused_one),
		TEST(what_died_is_a_probe_too),
		TEST(what_was_settled_meanwhile_is_not_said),
		TEST(what_waited_goes_at_a_bounded_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
