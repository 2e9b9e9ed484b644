/*
 * Endpoints: whose they are, the secret that is shown once, disabling that holds and enabling that frees, the test
 * message. D8.
 */
#include "engine_kit.h"

#define ADD(text) .ask = { &verb_endpoint_add, .body = (text) }
#define HOOK      "\"url\":\"http://a.example/hook\""
#define ROBOT(format, key)                                                                         \
	"\"format\":\"" format "\",\"url\":\"https://a.example/send?" key "=0123456789abcdef\""
/* 24 and 64 bytes of 'A', the shortest and the longest secret; 23 and 65 are none. */
#define SECRET_23 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
#define SECRET_24 "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB"
#define SECRET_64                                                                                  \
	"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ=="
#define SECRET_65                                                                                  \
	"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="

/* clang-format off */
static const struct {
	const char *body;
	const char *owner;
	const char *unit_key;
} good[] = {
	{ "{\"owner\":\"unit:un_1\"," HOOK "}", "unit:un_1", "1" },
	{ "{\"owner\":\"recommender:示例厅\"," HOOK "}", "recommender:示例厅", "none" },
	{ "{\"owner\":\"office\"," HOOK ",\"format\":\"standard\"}", "office", "none" },
	/* The same owner may have another URL, another owner the same one. */
	{ "{\"owner\":\"office\",\"url\":\"http://b.example/hook\",\"secret\":null}", "office", "none" },
	{ "{\"owner\":\"unit:un_2\"," HOOK "}", "unit:un_2", "2" },
};

static const struct refusal wrong[] = {
	{ ADD("{" HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner is missing: unit:ID, recommender:NAME or office" },
	{ ADD("{\"owner\":\"office\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/url", .detail = "url is missing" },
	{ ADD("{\"owner\":\"somebody\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner must be unit:ID, recommender:NAME or office" },
	{ ADD("{\"owner\":\"offices\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner must be" },
	{ ADD("{\"owner\":\"unit:7\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner names no unit; write unit:un_7" },
	{ ADD("{\"owner\":\"unit:un_0\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner names no unit" },
	{ ADD("{\"owner\":\"unit:un_1x\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner names no unit" },
	{ ADD("{\"owner\":\"unit:un_99\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "there is no such unit" },
	{ ADD("{\"owner\":\"recommender:没有的厅\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "no unit has this recommender" },
	{ ADD("{\"owner\":\"recommender:\"," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "no unit has this recommender" },
	{ ADD("{\"owner\":5," HOOK "}"), .fault = FAULT_UNPROCESSED, .pointer = "/owner", .detail = "owner must be a string" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"format\":\"weixin\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/format", .detail = "format must be standard, cloudevents, wecom, dingtalk, feishu or mail" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"format\":\"wecom\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/url", .detail = "the URL of a wecom robot has its key" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"signature\":\"word\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/signature", .detail = "signature must be hmac or ed25519" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"options\":{\"keyword\":\"x\"}}"), .fault = FAULT_UNPROCESSED, .pointer = "/options/keyword", .detail = "keyword is for the robots of groups" },
	{ ADD("{\"owner\":\"office\"," ROBOT("wecom", "key") ",\"secret\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "a wecom robot takes no secret" },
	{ ADD("{\"owner\":\"office\"," ROBOT("dingtalk", "access_token") ",\"secret\":\"a b\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "ASCII without blanks" },
	{ ADD("{\"owner\":\"office\"," ROBOT("dingtalk", "access_token") ",\"signature\":\"hmac\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/signature", .detail = "a robot has its own signature" },
	{ ADD("{\"owner\":\"office\"," ROBOT("dingtalk", "access_token") ",\"options\":{\"rate_per_minute\":21}}"), .fault = FAULT_UNPROCESSED, .pointer = "/options/rate_per_minute", .detail = "rate_per_minute of a dingtalk robot is at most 20" },
	{ ADD("{\"owner\":\"office\",\"url\":\"mailto:a@b\",\"format\":\"standard\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/url", .detail = "mailto: goes with the format mail" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"format\":\"mail\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/url", .detail = "write mailto: and the address" },
	{ ADD("{\"owner\":\"office\",\"url\":\"mailto:a@b\",\"signature\":\"hmac\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/signature", .detail = "a mail is not signed" },
	{ ADD("{\"owner\":\"office\",\"url\":\"mailto:a@b\",\"options\":{\"timeout_s\":5}}"), .fault = FAULT_UNPROCESSED, .pointer = "/options/timeout_s", .detail = "a mailbox has no such option" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"secret\":\"geheim\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "secret must be whsec_ and the base64 of 24 to 64 bytes" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"secret\":\"" SECRET_24 "\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "secret must be" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"secret\":\"whsec_" SECRET_23 "\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "secret must be" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"secret\":\"whsec_" SECRET_65 "\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "secret must be" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"secret\":\"whsec_" SECRET_24 "!\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/secret", .detail = "secret must be" },
	{ ADD("{\"owner\":\"office\"," HOOK ",\"sekret\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/sekret", .detail = "unknown member \"sekret\"; did you mean \"secret\"?" },
	{ .ask = { &verb_endpoint_enable, .key = 7 }, .fault = FAULT_NOT_FOUND, .detail = "there is no endpoint ep_7" },
	{ .ask = { &verb_endpoint_disable, .key = 7 }, .fault = FAULT_NOT_FOUND, .detail = "there is no endpoint ep_7" },
	{ .ask = { &verb_endpoint_disable, .key = 1, .body = "{\"reason\":1}" }, .fault = FAULT_UNPROCESSED, .pointer = "/reason", .detail = "reason must be a string" },
	{ .ask = { &verb_endpoint_disable, .key = 1, .body = "{\"raison\":\"x\"}" }, .fault = FAULT_UNPROCESSED, .pointer = "/raison", .detail = "did you mean \"reason\"?" },
	{ .ask = { &verb_endpoint_test, .key = 7 }, .fault = FAULT_NOT_FOUND, .detail = "there is no endpoint ep_7" },
};

static const char *const secrets[] = { SECRET_24, SECRET_64 };
/* clang-format on */

static void owners_are_units_recommenders_and_the_office(void **state)
{
	(void)state;
	stage_published();
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct verb *verb = run(&(struct ask){ &verb_endpoint_add, .body = good[i].body });
		if (verb->fault != FAULT_NONE)
			fail_msg("%s: %s", good[i].body, verb->problem.detail);
		assert_int_equal(verb->status, 201);
		verb_free(verb);
		assert_text("SELECT owner FROM endpoint ORDER BY endpoint_key DESC LIMIT 1",
			    good[i].owner);
		assert_text("SELECT coalesce(unit_key, 'none') FROM endpoint ORDER BY endpoint_key "
			    "DESC LIMIT 1",
			    good[i].unit_key);
	}
	assert_number("SELECT count(DISTINCT uid) FROM endpoint", COUNT_OF(good));
	assert_number("SELECT count(DISTINCT secret) FROM endpoint", COUNT_OF(good));
	assert_number("SELECT min(length(secret)) FROM endpoint", 32);
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.added'", COUNT_OF(good));
	assert_number("SELECT count(*) FROM audit WHERE verb = 'endpoint_add'", COUNT_OF(good));
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	REFUSE_ALL(wrong);
	static const struct refusal twice[] = {
		{ ADD("{\"owner\":\"unit:un_1\"," HOOK "}"), .fault = FAULT_CONFLICT,
		  .detail = "unit:un_1 has an endpoint with this URL already" },
	};
	REFUSE_ALL(twice);
}

/* Shown by the answer that makes it, and by nothing else: neither event nor audit trail keeps it. */
static void the_secret_is_shown_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		char body[256], expected[128];
		(void)snprintf(body, sizeof(body),
			       "{\"owner\":\"office\",\"url\":\"http://%zu.example/"
			       "\",\"secret\":\"whsec_%s\"}",
			       i, secrets[i]);
		(void)snprintf(expected, sizeof(expected), "\"whsec_%s\"", secrets[i]);
		answer_with(&(struct ask){ &verb_endpoint_add, .body = body }, "secret", expected);
	}
	assert_text("SELECT group_concat(hex(substr(secret, 1, 1)) || length(secret), ' ') FROM "
		    "endpoint",
		    "4124 4164");
	assert_number("SELECT count(*) FROM audit WHERE instr(detail, 'whsec_') > 0", 0);
	assert_number("SELECT count(*) FROM event WHERE instr(data, 'whsec_') > 0", 0);
	answer_with(&(struct ask){ &verb_endpoint_disable, .key = 1 }, "secret", "absent");
	answer_with(&(struct ask){ &verb_endpoint_enable, .key = 1 }, "secret", "absent");
}

/* What is due is held, what comes meanwhile is held, and enabling lets both go: those that are still owed. */
static void disabling_holds_and_enabling_frees(void **state)
{
	(void)state;
	stage_published();
	int64_t key = endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	assert_number("SELECT count(*) FROM outbox", 1);
	struct jr_doc *doc = answer(&(struct ask){ &verb_endpoint_disable, .key = key });
	expect(doc, "state", "\"disabled\"");
	expect(doc, "state_reason", "\"by hand\"");
	jr_free(doc);
	assert_number("SELECT count(*) FROM outbox", 0);
	assert_text("SELECT state || reason FROM delivery", "heldendpoint_disabled");
	assert_text("SELECT outcome FROM occasion WHERE step = 'before-7'", "held");
	plan_to("2025-03-02T10:00:00+08:00");
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "held held");

	doc = answer(&(struct ask){ &verb_endpoint_enable, .key = key });
	expect(doc, "state", "\"enabled\"");
	expect(doc, "state_reason", "null");
	jr_free(doc);
	assert_true(engine_stirred(engine));
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery",
		    "due due");
	assert_number("SELECT count(*) FROM outbox WHERE ready_at = 0", 2);
	assert_text("SELECT group_concat(outcome || coalesce(reason, ''), ' ') FROM occasion",
		    "sent sent");
	assert_text("SELECT group_concat(type, ' ') FROM event WHERE type LIKE 'endpoint.%'",
		    "endpoint.added endpoint.disabled endpoint.enabled");
	assert_text("SELECT group_concat(verb || object, ' ') FROM audit WHERE verb LIKE "
		    "'endpoint_%'",
		    "endpoint_addep_1 endpoint_disableep_1 endpoint_enableep_1");
}

/* Saying it twice changes nothing, and keeps the first reason. */
static void what_is_so_already_stays_so(void **state)
{
	(void)state;
	int64_t key = endpoint_for("office", "http://a.example/hook");
	succeed(&(struct ask){ &verb_endpoint_disable, .key = key,
			       .body = "{\"reason\":\"moving\"}" });
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	dump(&before);
	answer_with(&(struct ask){ &verb_endpoint_disable, .key = key,
				   .body = "{\"reason\":\"other\"}" },
		    "state_reason", "\"moving\"");
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
	succeed(&(struct ask){ &verb_endpoint_enable, .key = key });
	answer_with(&(struct ask){ &verb_endpoint_enable, .key = key }, "state", "\"enabled\"");
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.enabled'", 1);
}

/* More than one batch of held messages; every one comes free. */
static void many_held_messages_come_free(void **state)
{
	(void)state;
	int64_t key = endpoint_for("office", "http://a.example/hook");
	for (int i = 0; i < 600; i++)
		succeed(&(struct ask){ &verb_endpoint_test, .key = key });
	succeed(&(struct ask){ &verb_endpoint_disable, .key = key });
	assert_number("SELECT count(*) FROM delivery WHERE state = 'held'", 600);
	succeed(&(struct ask){ &verb_endpoint_enable, .key = key });
	assert_number("SELECT count(*) FROM outbox", 600);
}

/* Nobody is left out, however many an owner has, enabled or not. */
static void every_endpoint_of_an_owner_is_told(void **state)
{
	(void)state;
	stage_published();
	for (int i = 0; i < 70; i++) {
		char url[64];
		(void)snprintf(url, sizeof(url), "http://%d.example/", i);
		int64_t key = endpoint_for("unit:un_1", url);
		if (i < 40)
			succeed(&(struct ask){ &verb_endpoint_disable, .key = key });
	}
	plan_to("2025-02-24T10:00:00+08:00");
	assert_number("SELECT count(DISTINCT endpoint_key) FROM message", 70);
	assert_number("SELECT count(*) FROM delivery WHERE state = 'held'", 40);
	assert_number("SELECT count(*) FROM outbox", 30);
	assert_text("SELECT outcome FROM occasion", "sent");
}

#define UNREACHABLE "SELECT coalesce(sum(count), 0) FROM tally WHERE what = 'unreachable'"

/* Which unit a reminder will not reach moves with its duties and with its endpoints, whichever comes first (O2). */
static void whom_no_reminder_reaches_is_counted(void **state)
{
	static const struct {
		struct ask ask;
		int64_t count;
	} steps[] = {
		/* un_1 owes six things, the potential un_2 nothing. */
		{ { &verb_endpoint_add, .body = "{\"owner\":\"office\"," HOOK "}" }, 1 },
		{ { &verb_endpoint_add, .body = "{\"owner\":\"unit:un_1\"," HOOK "}" }, 0 },
		{ { &verb_endpoint_add,
		    .body = "{\"owner\":\"unit:un_1\",\"url\":\"http://b.example/\"}" },
		  0 },
		{ { &verb_endpoint_disable, .key = 2 }, 0 },
		{ { &verb_endpoint_disable, .key = 3 }, 1 },
		{ { &verb_endpoint_disable, .key = 3 }, 1 },
		{ { &verb_endpoint_enable, .key = 2 }, 0 },
		{ { &verb_endpoint_disable, .key = 2 }, 1 },
		{ { &verb_obligation_add, .key = 2,
		    .body = "{\"name\":\"说明\",\"due_on\":\"2025-05-01\"}" },
		  2 },
		{ { &verb_endpoint_add, .body = "{\"owner\":\"unit:un_2\"," HOOK "}" }, 1 },
		{ { &verb_unit_move, .key = 1,
		    .body = "{\"move\":\"withdraw\",\"reason\":\"x\",\"approver\":\"y\"}" },
		  0 },
		{ { &verb_endpoint_enable, .key = 2 }, 0 },
		{ { &verb_endpoint_disable, .key = 2 }, 0 },
	};
	(void)state;
	assert_number(UNREACHABLE, 0);
	stage_published();
	assert_number(UNREACHABLE, 1);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		succeed(&steps[i].ask);
		if (number(UNREACHABLE) != steps[i].count)
			fail_msg("step %zu: %lld", i, (long long)number(UNREACHABLE));
	}
}

/* The last thing that is owed ends it, one of two does not. */
static void who_owes_nothing_need_not_be_reached(void **state)
{
	(void)state;
	stage_published();
	int64_t n = number("SELECT count(*) FROM obligation");
	for (int64_t key = 1; key <= n; key++) {
		assert_number(UNREACHABLE, 1);
		succeed(&(struct ask){ &verb_waive, .key = key,
				       .body = "{\"reason\":\"x\",\"approver\":\"y\"}" });
	}
	assert_number(UNREACHABLE, 0);
}

static void a_test_message_goes_out_at_once(void **state)
{
	(void)state;
	int64_t key = endpoint_for("office", "http://a.example/hook");
	(void)engine_stirred(engine);
	struct verb *verb = run(&(struct ask){ &verb_endpoint_test, .key = key });
	assert_int_equal(verb->fault, FAULT_NONE);
	assert_int_equal(verb->status, 202);
	verb_free(verb);
	assert_true(engine_stirred(engine));
	answer_with(&(struct ask){ &verb_endpoint_test, .key = key }, "type", "\"endpoint.test\"");
	assert_number(
		"SELECT count(DISTINCT id) FROM message WHERE type = 'endpoint.test' AND id GLOB "
		"'msg_*' AND obligation_key IS NULL",
		2);
	/* Who sent something to somebody is on record, as every other send is. */
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.tested'", 2);
	assert_number("SELECT count(*) FROM audit WHERE verb = 'endpoint_test' AND object = 'ep_1'",
		      2);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = key });
	static const struct refusal disabled[] = {
		{ .ask = { &verb_endpoint_test, .key = 1 },
		  .fault = FAULT_REFUSED,
		  .detail = "ep_1 is disabled; enable it first" },
	};
	REFUSE_ALL(disabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(owners_are_units_recommenders_and_the_office),
		TEST(what_is_wrong_is_refused),
		TEST(the_secret_is_shown_once),
		TEST(disabling_holds_and_enabling_frees),
		TEST(what_is_so_already_stays_so),
		TEST(many_held_messages_come_free),
		TEST(every_endpoint_of_an_owner_is_told),
		TEST(whom_no_reminder_reaches_is_counted),
		TEST(who_owes_nothing_need_not_be_reached),
		TEST(a_test_message_goes_out_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
