/*
 * Robots in the engine: how often they are asked, what is frozen for them and in how many parts, what follows when one
 * refuses everything, what is kept of their secrets. D15, D6.
 */
#include "engine_kit.h"

#include "store/part.h"

#define WECOM "\"url\":\"http://a.example/send?key=0123456789abcdef\",\"format\":\"wecom\""
#define DINGTALK                                                                                   \
	"\"url\":\"http://a.example/send?access_token=0123456789abcdef\",\"format\":\"dingtalk\""
#define FEISHU "\"url\":\"http://a.example/hook/0123456789abcdef\",\"format\":\"feishu\""

static int64_t add_endpoint(const char *members)
{
	char body[600];
	(void)snprintf(body, sizeof(body), "{\"owner\":\"office\",%s}", members);
	succeed(&(struct ask){ &verb_endpoint_add, .body = body });
	return number("SELECT max(endpoint_key) FROM endpoint");
}

static void set_second(int64_t second)
{
	succeed(&(struct ask){ &verb_clock_set,
			       .at = instant("2024-09-02T00:10:00+08:00") + second });
}

static void end_with(int64_t key, enum attempt_end end, int64_t wait_s)
{
	struct outcome outcome = { .message_key = key,
				   .endpoint_key = number("SELECT max(endpoint_key) FROM endpoint"),
				   .attempt = 1,
				   .end = end,
				   .status = 200,
				   .retry_after_s = wait_s,
				   .reason = "code 1: words" };
	succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ &outcome, 1 } });
}

/* ---- pace ---- */

static const struct pace_case {
	const char *endpoint;
	unsigned load;     /* of its attempts under way */
	size_t claimed[8]; /* in the seconds 0, 1, … */
} paces[] = {
	/* five at once, but one after the other */
	{ WECOM, 0, { 1, 1, 1, 1, 1, 1, 0, 0 } },
	{ DINGTALK, 0, { 1, 1, 1, 1, 1, 1, 0, 0 } },
	{ FEISHU, 0, { 1, 1, 1, 1, 1, 1, 1, 1 } },
	{ WECOM, 1, { 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ WECOM ",\"options\":{\"rate_per_minute\":4}", 0, { 1, 0, 0, 0, 0, 0, 0, 0 } },
	{ "\"url\":\"http://a.example/\",\"options\":{\"rate_per_minute\":20}",
	  3,
	  { 5, 0, 0, 0, 0, 1, 0, 0 } },
	{ "\"url\":\"http://a.example/\"", 3, { 61, 0, 0, 0, 0, 0, 0, 0 } },
};

static void each_has_its_pace(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(paces); i++) {
		int64_t key = add_endpoint(paces[i].endpoint);
		const struct load loads[] = { { key, paces[i].load } };
		tests_to(key, 61);
		for (int64_t second = 0; second < 8; second++) {
			set_second((int64_t)i * 100 + second);
			struct claim claim = claim_with(100, 64, loads, 1);
			if (claim.n != paces[i].claimed[second])
				fail_msg("row %zu, second %d: %zu claimed", i, (int)second,
					 claim.n);
			/* what waits for its pace is not to be claimed again at once, but then */
			assert_false(claim.more);
			claim_clear(&claim);
		}
		succeed(&(struct ask){ &verb_endpoint_delete, .key = key });
	}
}

static void the_next_one_is_told_when(void **state)
{
	(void)state;
	int64_t key =
		add_endpoint("\"url\":\"http://a.example/\",\"options\":{\"rate_per_minute\":20}");
	tests_to(key, 6);
	set_second(0);
	struct claim claim = claim_with(100, 64, NULL, 0);
	assert_int_equal(claim.n, 5);
	assert_int_equal(claim.next_at, instant("2024-09-02T00:10:05+08:00"));
	claim_clear(&claim);
	/* another rate, and it goes */
	succeed(&(struct ask){ &verb_endpoint_set, .key = key,
			       .body = "{\"options\":{\"rate_per_minute\":null}}" });
	claim = claim_with(100, 64, NULL, 0);
	assert_int_equal(claim.n, 1);
	claim_clear(&claim);
}

/* The whole robot rests; a webhook that says so only puts its message off. */
static void a_block_is_for_all_its_messages(void **state)
{
	static const struct {
		const char *endpoint;
		size_t claimed;
	} cases[] = { { DINGTALK, 0 }, { "\"url\":\"http://a.example/\"", 1 } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t key = add_endpoint(cases[i].endpoint);
		tests_to(key, 2);
		set_second((int64_t)i * 1000);
		end_with(claim_one(), ATTEMPT_THROTTLED, 600);
		set_second((int64_t)i * 1000 + 599);
		struct claim claim = claim_with(1, 4, NULL, 0);
		assert_int_equal(claim.n, cases[i].claimed);
		claim_clear(&claim);
		set_second((int64_t)i * 1000 + 600);
		if (cases[i].claimed == 0)
			(void)claim_one();
	}
}

static void none_in_a_quiet_minute(void **state)
{
	(void)state;
	tests_to(add_endpoint(FEISHU), 1);
	set_clock("2024-09-02T00:30:00+08:00");
	struct claim claim = claim_with(1, 4, NULL, 0);
	assert_int_equal(claim.n, 0);
	assert_int_equal(claim.next_at, instant("2024-09-02T00:31:00+08:00"));
	claim_clear(&claim);
	set_clock("2024-09-02T00:31:00+08:00");
	(void)claim_one();
}

/* ---- parts ---- */

/* A message whose body was written before it was known to whom, of `rows` rows of 100 octets. */
static void stage_long(int rows)
{
	struct buf insert = BUF_EMPTY;
	tests_to(add_endpoint(WECOM), 1);
	buf_adds(&insert,
		 "INSERT INTO message_body VALUES (1, '{\"type\":\"t\",\"data\":{\"text\":{"
		 "\"zh\":\"");
	for (int i = 0; i < rows; i++)
		buf_addf(&insert, "%s%0100d", i ? "\\n" : "", i);
	buf_adds(&insert, "\"}}}')");
	execute(buf_str(&insert));
	execute("UPDATE delivery SET body_key = 1");
	buf_clear(&insert);
}

#define IDS "(SELECT group_concat(substr(id, 31), ' ') FROM message)"

static void what_is_too_long_is_several_messages(void **state)
{
	(void)state;
	stage_long(100);
	set_second(0);
	(void)claim_one();
	assert_text("SELECT " IDS, " -2 -3");
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "sending due due");
	assert_number(
		"SELECT count(*) FROM message AS m JOIN message AS f ON f.message_key = 1 WHERE "
		"m.type = f.type AND m.deadline_at = f.deadline_at AND m.created_at = "
		"f.created_at AND m.endpoint_key = f.endpoint_key",
		3);
	assert_number("SELECT count(*) FROM message_body WHERE body LIKE '%第 _/3 条%'", 3);
	/* The first is refused for now, the others go; at its next attempt nothing is made again. */
	end_with(1, ATTEMPT_DEFERRED, -1);
	for (int64_t key = 2; key <= 3; key++) {
		assert_int_equal(claim_one(), key);
		end_with(key, ATTEMPT_ANSWERED, -1);
	}
	assert_text("SELECT " IDS, " -2 -3");
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "dead delivered delivered");
	succeed(&(struct ask){ &verb_delivery_retry,
			       .name = text("SELECT id FROM message LIMIT 1") });
	struct claim claim = claim_with(1, 4, NULL, 0);
	assert_int_equal(claim.n, 1);
	assert_int_equal(claim.items[0].attempt, 2);
	assert_non_null(strstr(claim.items[0].body, "第 1/3 条"));
	claim_clear(&claim);
	assert_text("SELECT " IDS, " -2 -3");
}

static void a_short_one_is_frozen_in_its_place(void **state)
{
	(void)state;
	stage_long(3);
	set_second(0);
	(void)claim_one();
	assert_text("SELECT " IDS, "");
	assert_number(
		"SELECT count(*) FROM message_body WHERE body LIKE '{\"msgtype\":\"markdown\"%'",
		1);
}

/* ---- a robot that refuses everything ---- */

static void who_is_disowned_holds_and_is_told_of(void **state)
{
	(void)state;
	int64_t other = endpoint_for("office", "http://b.example/");
	int64_t key = add_endpoint(DINGTALK);
	tests_to(key, 3);
	set_second(0);
	end_with(claim_one(), ATTEMPT_DISOWNED, -1);
	assert_text("SELECT state || state_reason FROM endpoint WHERE endpoint_key = 2",
		    "disableddisowned");
	assert_text(
		"SELECT group_concat(state || reason, ' ') FROM delivery WHERE endpoint_key = 2",
		"helddisowned heldendpoint_disabled heldendpoint_disabled");
	assert_text(
		"SELECT json_extract(data, '$.reason', '$.said', '$.endpoint') FROM event WHERE "
		"type = 'endpoint.disabled'",
		"[\"disowned\",\"code 1: words\",\"ep_2\"]");
	assert_number("SELECT count(*) FROM message WHERE type = 'endpoint.disowned' AND "
		      "endpoint_key = 1",
		      other);
	succeed(&(struct ask){ &verb_endpoint_enable, .key = key });
	assert_number("SELECT count(*) FROM outbox WHERE endpoint_key = 2", 3);
}

/* ---- secrets ---- */

static void what_is_kept_of_secrets(void **state)
{
	(void)state;
	int64_t key = add_endpoint(DINGTALK ",\"secret\":\"SECone\"");
	assert_text("SELECT secret_kind || CAST(secret AS TEXT) FROM endpoint", "wordSECone");
	tests_to(key, 1);
	set_second(0);
	struct claim claim = claim_with(1, 4, NULL, 0);
	assert_int_equal(claim.items[0].n_secrets, 1);
	assert_memory_equal(claim.items[0].secret.bytes, "SECone", 6);
	claim_clear(&claim);
	/* one signature fits into a request: the one before ends at once */
	succeed(&(struct ask){ &verb_endpoint_rotate, .key = key,
			       .body = "{\"secret\":\"SECtwo\",\"overlap_s\":3600}" });
	assert_text("SELECT secret_kind || CAST(secret AS TEXT) || older_until FROM endpoint",
		    "wordSECtwo0");
	assert_number("SELECT count(*) FROM endpoint_secret", 0);
	succeed(&(struct ask){ &verb_endpoint_rotate, .key = key, .body = "{}" });
	assert_text("SELECT secret_kind || length(secret) FROM endpoint", "none0");
	succeed(&(struct ask){ &verb_endpoint_delete, .key = key });
	assert_text("SELECT url FROM endpoint", "http://a.example/send?access_token=…cdef");
	/* and of one that was deleted the URL may be used again */
	(void)add_endpoint(DINGTALK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_has_its_pace),
		TEST(the_next_one_is_told_when),
		TEST(a_block_is_for_all_its_messages),
		TEST(none_in_a_quiet_minute),
		TEST(what_is_too_long_is_several_messages),
		TEST(a_short_one_is_frozen_in_its_place),
		TEST(who_is_disowned_holds_and_is_told_of),
		TEST(what_is_kept_of_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
