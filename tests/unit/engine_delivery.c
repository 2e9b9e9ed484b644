/*
 * Deliveries: what follows from each end of an attempt, and what a person may retry. Contract 4, 5, 6; D2, D8.
 */
#include "engine_kit.h"

/* ---- outcomes ---- */

static void end_with(const struct outcome *outcome)
{
	struct outcome copy = *outcome;
	succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ &copy, 1 } });
}

static void answered(int64_t key, unsigned attempt, int status)
{
	end_with(&(struct outcome){ .message_key = key,
				    .attempt = attempt,
				    .end = ATTEMPT_ANSWERED,
				    .status = status,
				    .retry_after_s = -1,
				    .elapsed_ms = 12 });
}

/* A reminder of unit 1, due to be sent at 2025-02-24; its endpoint is ep_1. */
static void stage_reminder(void)
{
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
}

static void a_2xx_is_delivered(void **state)
{
	static const int statuses[] = { 200, 204, 299 };
	(void)state;
	int64_t endpoint = endpoint_for("office", "http://a.example/");
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		tests_to(endpoint, 1);
		answered(claim_one(), 1, statuses[i]);
	}
	assert_text("SELECT group_concat(state || last_status || delivered_at, ' ') FROM delivery",
		    "delivered2001725206400 delivered2041725206400 delivered2991725206400");
	assert_text("SELECT group_concat(outcome || status || elapsed_ms, ' ') FROM attempt",
		    "delivered20012 delivered20412 delivered29912");
	assert_number("SELECT count(*) FROM audit WHERE verb = 'attempts'", 3);
	assert_text(
		"SELECT json_extract(detail, '$[0][1]', '$[0][2]', '$[0][3]') || "
		"(json_extract(detail, '$[0][0]') = (SELECT id FROM message WHERE message_key = "
		"3)) FROM audit WHERE verb = 'attempts' ORDER BY seq DESC LIMIT 1",
		"[1,\"delivered\",299]1");
}

/* clang-format off */
static const struct {
	enum attempt_end end;
	int status;
} failures[] = {
	{ ATTEMPT_ANSWERED, 500 }, { ATTEMPT_ANSWERED, 404 }, { ATTEMPT_ANSWERED, 302 }, { ATTEMPT_ANSWERED, 429 }, { ATTEMPT_DNS, 0 },
	{ ATTEMPT_CONNECT, 0 }, { ATTEMPT_TLS, 0 }, { ATTEMPT_TIMEOUT, 0 }, { ATTEMPT_BROKEN, 0 }, { ATTEMPT_TOO_LARGE, 500 },
};
/* clang-format on */

/* Ten attempts by the schedule with up to a fifth more, whatever the ends; then dead, with notice. */
static void failures_follow_the_schedule_to_the_end(void **state)
{
	(void)state;
	stage_reminder();
	int64_t now_at = instant("2025-02-24T10:00:00+08:00");
	for (unsigned i = 0; i < COUNT_OF(failures); i++) {
		int64_t key = claim_one();
		end_with(&(struct outcome){ .message_key = key,
					    .attempt = i + 1,
					    .end = failures[i].end,
					    .status = failures[i].status,
					    .retry_after_s = -1,
					    .reason = "the reason",
					    .excerpt = "the excerpt" });
		if (i == retry_schedule_default.n)
			break;
		assert_text("SELECT state || coalesce(reason, '') || last_reason FROM delivery",
			    "duethe reason");
		int64_t wait_s = number("SELECT ready_at FROM delivery") - now_at;
		int64_t least = retry_schedule_default.wait_s[i];
		assert_in_range(wait_s, least, least + least / 5);
		/* Not a second earlier. */
		succeed(&(struct ask){ &verb_clock_set, .at = now_at + wait_s - 1 });
		assert_claimed(claim_with(1, 4, NULL, 0), "", false);
		now_at += wait_s;
		succeed(&(struct ask){ &verb_clock_set, .at = now_at });
	}
	assert_text("SELECT state || reason || attempts FROM delivery", "deadexhausted10");
	assert_number("SELECT count(*) FROM outbox", 0);
	assert_number("SELECT count(*) FROM attempt WHERE outcome = 'failed' AND excerpt = 'the "
		      "excerpt' AND reason = 'the reason'",
		      10);
	assert_text(
		"SELECT json_extract(data, '$.attempts') || json_extract(data, '$.endpoint') || "
		"(json_extract(data, '$.message') = (SELECT id FROM message)) FROM event WHERE "
		"type = 'endpoint.exhausted'",
		"10ep_11");
	assert_text("SELECT outcome || reason FROM occasion", "deadexhausted");
	assert_text("SELECT state FROM endpoint", "enabled");
}

/* The body is frozen by the first claim, and so is the id. */
static void every_attempt_sends_the_same(void **state)
{
	(void)state;
	stage_reminder();
	char first[4096], id[64];
	for (unsigned i = 1; i <= 3; i++) {
		struct claim claim = claim_with(1, 4, NULL, 0);
		assert_int_equal(claim.n, 1);
		assert_int_equal(claim.items[0].attempt, i);
		if (i == 1) {
			assert_true(text_copy(first, sizeof(first), claim.items[0].body));
			assert_true(text_copy(id, sizeof(id), claim.items[0].id));
		}
		assert_string_equal(claim.items[0].body, first);
		assert_string_equal(claim.items[0].id, id);
		int64_t key = claim.items[0].message_key;
		claim_clear(&claim);
		answered(key, i, 503);
		succeed(&(struct ask){ &verb_clock_set,
				       .at = number("SELECT ready_at FROM delivery") });
	}
}

/* Retry-After lengthens the wait and never shortens it, and counts a day at most. */
static void retry_after_is_heard(void **state)
{
	static const struct {
		int64_t retry_after_s;
		int64_t least, most;
	} waits[] = { { 1, 5, 6 }, { 3600, 3600, 3600 }, { 9000000, 86400, 86400 } };
	int64_t now_at = instant("2025-02-24T10:00:00+08:00");
	(void)state;
	stage_reminder();
	for (size_t i = 0; i < COUNT_OF(waits); i++) {
		int64_t key = claim_one();
		execute("UPDATE delivery SET round = 1");
		end_with(&(struct outcome){ .message_key = key,
					    .attempt = (unsigned)i + 1,
					    .end = ATTEMPT_ANSWERED,
					    .status = 429,
					    .retry_after_s = waits[i].retry_after_s });
		int64_t ready_at = number("SELECT ready_at FROM delivery");
		assert_in_range(ready_at - now_at, waits[i].least, waits[i].most);
		succeed(&(struct ask){ &verb_clock_set, .at = ready_at });
		now_at = ready_at;
	}
}

/* A test message is not repeated: whoever asked for it is looking. */
static void a_test_message_is_tried_once(void **state)
{
	(void)state;
	tests_to(endpoint_for("office", "http://a.example/"), 1);
	answered(claim_one(), 1, 500);
	assert_text("SELECT state || reason || attempts FROM delivery", "deadtest1");
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.exhausted'", 0);
}

static void stage_three_under_way(void)
{
	tests_to(endpoint_for("office", "http://a.example/"), 4);
	struct claim claim = claim_with(3, 4, NULL, 0);
	assert_int_equal(claim.n, 3);
	claim_clear(&claim);
}

/* 410: the endpoint wants no more. It is disabled, this message and all that wait for it are held. */
static void gone_disables_the_endpoint(void **state)
{
	(void)state;
	stage_three_under_way();
	answered(1, 1, 410);
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery",
		    "deadtest sending sending heldendpoint_disabled");
	assert_text("SELECT state || state_reason FROM endpoint", "disabledgone");
	assert_text("SELECT data FROM event WHERE type = 'endpoint.disabled'",
		    "{\"endpoint\":\"ep_1\",\"reason\":\"gone\"}");
	assert_number("SELECT count(*) FROM outbox", 0);
	/* What was under way and failed is held too, what arrived has arrived. */
	answered(2, 1, 500);
	answered(3, 1, 200);
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery",
		    "deadtest heldendpoint_disabled delivered heldendpoint_disabled");
	succeed(&(struct ask){ &verb_endpoint_enable, .key = 1 });
	assert_number("SELECT count(*) FROM outbox", 2);
}

/* Several requests are under way to one endpoint, and it says 410 to each: it is disabled once. */
static void gone_is_said_by_everyone_under_way(void **state)
{
	(void)state;
	stage_three_under_way();
	struct outcome both[] = {
		{ .message_key = 1, .attempt = 1, .end = ATTEMPT_ANSWERED, .status = 410 },
		{ .message_key = 2, .attempt = 1, .end = ATTEMPT_ANSWERED, .status = 410 },
	};
	succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ both, 2 } });
	answered(3, 1, 410);
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery",
		    "deadtest deadtest deadtest heldendpoint_disabled");
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.disabled'", 1);
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:enabled'", 0);
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:disabled'", 1);
}

/* Somebody disabled it while a request was under way: 410 is no news, and the reason stays the person's. */
static void gone_of_a_disabled_endpoint(void **state)
{
	(void)state;
	stage_three_under_way();
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 1 });
	answered(1, 1, 410);
	assert_text("SELECT state || state_reason FROM endpoint", "disabledby hand");
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.disabled'", 1);
	answered(2, 1, 200);
	answered(3, 1, 200);
}

/* The guard refused the address: nothing left the house, the message is held, the endpoint is as it was. */
static void egress_refused_holds(void **state)
{
	(void)state;
	stage_reminder();
	int64_t key = claim_one();
	end_with(&(struct outcome){ .message_key = key,
				    .attempt = 1,
				    .end = ATTEMPT_REFUSED,
				    .retry_after_s = -1,
				    .reason = "10.0.0.1 is private" });
	assert_text("SELECT state || reason || last_reason FROM delivery",
		    "heldegress10.0.0.1 is private");
	assert_text("SELECT state FROM endpoint", "enabled");
	assert_text("SELECT outcome || reason FROM occasion", "heldegress");
}

/* "Never" from the receiver is not asked again, and is as much a failure of the endpoint as any other. */
static void rejected_is_dead_at_once(void **state)
{
	(void)state;
	stage_reminder();
	int64_t key = claim_one();
	end_with(&(struct outcome){ .message_key = key,
				    .attempt = 1,
				    .end = ATTEMPT_REJECTED,
				    .status = 550,
				    .retry_after_s = -1,
				    .reason = "no such user" });
	assert_text("SELECT state || reason || attempts || last_reason FROM delivery",
		    "deadrejected1no such user");
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.exhausted'", 1);
	assert_text("SELECT outcome || reason FROM occasion", "deadrejected");
	assert_text("SELECT state || failures FROM endpoint_health", "doubted1");
	assert_number("SELECT count(*) FROM outbox", 0);
}

/* Filed while the request was under way: a failure is not repeated, a success is a success. */
static void nothing_is_repeated_for_those_who_filed(void **state)
{
	static const struct {
		int status;
		const char *ends;
	} cases[] = { { 500, "cancelledsatisfied" }, { 200, "delivered" } };
	(void)state;
	stage_reminder();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t key = claim_one();
		succeed(&(struct ask){ &verb_submit, .key = (int64_t)i + 1, .body = FILED });
		answered(key, 1, cases[i].status);
		assert_text("SELECT state || coalesce(reason, '') FROM delivery ORDER BY "
			    "message_key DESC LIMIT 1",
			    cases[i].ends);
		plan_to("2025-08-26T10:00:00+08:00");
	}
}

/* An answer that comes twice, or for an attempt that somebody else ended, or for nothing we know. */
static void what_is_stale_is_passed_over(void **state)
{
	(void)state;
	int64_t endpoint = endpoint_for("office", "http://a.example/");
	tests_to(endpoint, 2);
	int64_t key = claim_one();
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	dump(&before);
	answered(key, 2, 200);     /* not this attempt */
	answered(key + 1, 1, 200); /* not under way */
	answered(4711, 1, 200);    /* never heard of */
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
	/* The good one among them is written all the same. */
	struct outcome mixed[] = {
		{ .message_key = 4711, .attempt = 1, .end = ATTEMPT_ANSWERED, .status = 200 },
		{ .message_key = key, .attempt = 1, .end = ATTEMPT_ANSWERED, .status = 200 },
		{ .message_key = key, .attempt = 1, .end = ATTEMPT_ANSWERED, .status = 500 },
	};
	succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ mixed, 3 } });
	assert_text("SELECT group_concat(state || attempts, ' ') FROM delivery", "delivered1 due0");
}

/* ---- retry by hand ---- */

static void retry(int64_t message, struct jr_doc **doc)
{
	struct query q = look("SELECT id FROM message WHERE message_key = $1");
	char id[64] = "";
	query_int(&q, 1, message);
	assert_true(query_row(&q) && text_copy(id, sizeof(id), query_col_text(&q, 0)));
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	*doc = answer(&(struct ask){ &verb_delivery_retry, .name = id });
}

static struct refusal refusal_of_retry(char id[64], const char *detail)
{
	(void)text_copy(id, 64, text("SELECT id FROM message WHERE message_key = 1"));
	return (struct refusal){ .ask = { &verb_delivery_retry, .name = id },
				 .fault = FAULT_REFUSED,
				 .detail = detail };
}

/* Dead: due again at once with the schedule from its beginning, under the same id; the attempts go on counting. */
static void a_dead_one_begins_anew(void **state)
{
	(void)state;
	stage_reminder();
	int64_t key = claim_one();
	execute("UPDATE delivery SET round = 10");
	answered(key, 1, 500);
	assert_text("SELECT state FROM delivery", "dead");
	char id[64];
	assert_true(text_copy(id, sizeof(id), text("SELECT id FROM message")));
	struct jr_doc *doc;
	(void)engine_stirred(engine);
	retry(key, &doc);
	expect(doc, "state", "\"due\"");
	jr_free(doc);
	assert_true(engine_stirred(engine));
	assert_text("SELECT state || attempts || round || coalesce(reason, '') FROM delivery",
		    "due10");
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "sent");
	assert_text("SELECT detail FROM audit WHERE verb = 'delivery_retry'", "{\"was\":\"dead\"}");
	struct claim claim = claim_with(1, 4, NULL, 0);
	assert_int_equal(claim.n, 1);
	assert_int_equal(claim.items[0].attempt, 2);
	assert_string_equal(claim.items[0].id, id);
	claim_clear(&claim);
	answered(key, 2, 500);
	assert_text("SELECT state || round FROM delivery", "due1");
}

/* Due and waiting for its turn: brought forward, and there is still one of it. */
static void a_waiting_one_is_brought_forward(void **state)
{
	(void)state;
	stage_reminder();
	int64_t key = claim_one();
	struct jr_doc *doc;
	answered(key, 1, 500);
	assert_number("SELECT ready_at > 0 FROM outbox", 1);
	retry(key, &doc);
	jr_free(doc);
	assert_number("SELECT ready_at FROM outbox", 0);
	assert_claimed(claim_with(10, 4, NULL, 0), "1", false);
}

static void a_held_one_is_freed(void **state)
{
	(void)state;
	stage_reminder();
	int64_t key = claim_one();
	struct jr_doc *doc;
	end_with(&(struct outcome){ .message_key = key, .attempt = 1, .end = ATTEMPT_REFUSED });
	retry(key, &doc);
	expect(doc, "reason", "null");
	jr_free(doc);
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "sent");
}

static void what_cannot_be_retried_is_refused(void **state)
{
	static const struct refusal unknown[] = {
		{ .ask = { &verb_delivery_retry, .name = "msg_none" },
		  .fault = FAULT_NOT_FOUND,
		  .detail = "there is no delivery msg_none" },
	};
	char id[64];
	(void)state;
	REFUSE_ALL(unknown);
	stage_reminder();
	int64_t key = claim_one();
	struct refusal sending = refusal_of_retry(
		id, "is sending; only due, held and dead deliveries can be retried");
	sending.rule = "state";
	verb_free(refused(&sending));
	answered(key, 1, 500);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 1 });
	struct refusal disabled = refusal_of_retry(
		id, "endpoint ep_1 is disabled; enable it, and its held messages follow");
	verb_free(refused(&disabled));
	succeed(&(struct ask){ &verb_endpoint_enable, .key = 1 });
	key = claim_one();
	answered(key, 2, 200);
	struct refusal delivered = refusal_of_retry(id, "is delivered; only due");
	delivered.rule = "state";
	verb_free(refused(&delivered));
	execute("UPDATE tally SET count = 0 WHERE what = 'delivery:delivered'");
	execute("INSERT INTO tally VALUES (0, 'delivery:cancelled', 1)");
	execute("UPDATE delivery SET state = 'cancelled', delivered_at = NULL");
	struct refusal cancelled = refusal_of_retry(id, "is cancelled; only due");
	cancelled.rule = "state";
	verb_free(refused(&cancelled));
}

/* ---- retry of many ---- */

#define RETRY_ALL(text)                                                                            \
	.ask = { &verb_delivery_retry_all, .body = (text) }, .fault = FAULT_UNPROCESSED

/* clang-format off */
static const struct refusal wrong_bulk[] = {
	{ RETRY_ALL("{}"), .pointer = "/state", .detail = "state must be \"held\" or \"dead\"" },
	{ RETRY_ALL(NULL), .pointer = "/state", .detail = "state must be" },
	{ RETRY_ALL("{\"state\":\"due\"}"), .pointer = "/state", .detail = "state must be" },
	{ RETRY_ALL("{\"state\":1}"), .pointer = "/state", .detail = "state must be a string" },
	{ RETRY_ALL("{\"state\":\"dead\",\"endpoint\":\"7\"}"), .pointer = "/endpoint", .detail = "endpoint must be an id such as ep_7" },
	{ RETRY_ALL("{\"state\":\"dead\",\"endpoint\":\"un_7\"}"), .pointer = "/endpoint", .detail = "endpoint must be an id such as ep_7" },
	{ RETRY_ALL("{\"state\":\"dead\",\"endpiont\":\"ep_7\"}"), .pointer = "/endpiont", .detail = "did you mean \"endpoint\"?" },
};
/* clang-format on */

/* Dead ones at two endpoints, one of which is disabled, and one reminder whose report has come in meanwhile. */
static void many_are_retried_where_it_makes_sense(void **state)
{
	(void)state;
	stage_reminder();
	int64_t office = endpoint_for("office", "http://o.example/");
	int64_t other = endpoint_for("office", "http://p.example/");
	int64_t key = claim_one();
	execute("UPDATE delivery SET round = 10");
	answered(key, 1, 500); /* dead, and then filed: */
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = FILED });
	tests_to(office, 2);
	tests_to(other, 1);
	for (int i = 0; i < 3; i++)
		answered(claim_one(), 1, 500);
	assert_number("SELECT count(*) FROM delivery WHERE state = 'dead'", 4);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = other });
	REFUSE_ALL(wrong_bulk);

	struct ask all = { &verb_delivery_retry_all, .body = "{\"state\":\"dead\"}" };
	struct ask one = { &verb_delivery_retry_all,
			   .body = "{\"state\":\"dead\",\"endpoint\":\"ep_3\"}" };
	struct ask held = { &verb_delivery_retry_all, .body = "{\"state\":\"held\"}" };
	answer_with(&one, "retried", "0");
	answer_with(&held, "retried", "0");
	struct jr_doc *doc = dry(&all);
	expect(doc, "retried", "2");
	expect(doc, "dry_run", "true");
	jr_free(doc);
	answer_with(&all, "retried", "2");
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery",
		    "cancelledsatisfied due due deadtest");
	assert_number("SELECT count(*) FROM audit WHERE verb = 'delivery_retry'", 3);
}

/* What is dead and replayed for nobody says why nobody is reminded any more: whose word it was. */
static void a_replay_says_what_has_ended_it(void **state)
{
	static const struct {
		struct ask ask;
		const char *reason;
	} ends[] = {
		{ { &verb_submit, .key = 1, .body = FILED }, "satisfied" },
		{ { &verb_cancel, .key = 1, .body = "{\"reason\":\"重复\"}" }, "cancelled" },
		{ { &verb_waive, .key = 1, .body = "{\"reason\":\"重复\"}" }, "waived" },
		{ { &verb_unit_move, .key = 1,
		    .body = "{\"move\":\"withdraw\",\"reason\":\"经营困难\"}" },
		  "withdrawn" },
	};
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		if (i > 0) {
			teardown(state);
			setup(state);
		}
		stage_reminder();
		execute("UPDATE delivery SET round = 10");
		answered(claim_one(), 1, 500);
		assert_text("SELECT outcome FROM occasion WHERE reason = 'exhausted'", "dead");
		succeed(&ends[i].ask);
		answer_with(
			&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"dead\"}" },
			"retried", "0");
		assert_text("SELECT group_concat(DISTINCT reason) FROM delivery WHERE state = "
			    "'cancelled'",
			    ends[i].reason);
		assert_text("SELECT group_concat(DISTINCT reason) FROM occasion WHERE outcome = "
			    "'cancelled'",
			    ends[i].reason);
	}
}

/* More than one batch, and each once. */
static void very_many_are_retried(void **state)
{
	(void)state;
	int64_t key = endpoint_for("office", "http://o.example/");
	tests_to(key, 600);
	execute("DELETE FROM outbox");
	execute("UPDATE delivery SET state = 'dead'");
	execute("UPDATE tally SET what = 'delivery:dead' WHERE what = 'delivery:due'");
	answer_with(&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"dead\"}" },
		    "retried", "600");
	assert_number("SELECT count(*) FROM outbox", 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_2xx_is_delivered),
		TEST(failures_follow_the_schedule_to_the_end),
		TEST(every_attempt_sends_the_same),
		TEST(retry_after_is_heard),
		TEST(a_test_message_is_tried_once),
		TEST(gone_disables_the_endpoint),
		TEST(gone_is_said_by_everyone_under_way),
		TEST(gone_of_a_disabled_endpoint),
		TEST(egress_refused_holds),
		TEST(rejected_is_dead_at_once),
		TEST(nothing_is_repeated_for_those_who_filed),
		TEST(what_is_stale_is_passed_over),
		TEST(a_dead_one_begins_anew),
		TEST(a_waiting_one_is_brought_forward),
		TEST(a_held_one_is_freed),
		TEST(what_cannot_be_retried_is_refused),
		TEST(many_are_retried_where_it_makes_sense),
		TEST(a_replay_says_what_has_ended_it),
		TEST(very_many_are_retried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
