/*
 * Claims: what is written before a byte leaves, whose turn it is, and how much room each endpoint has. Contract 4, 5.
 */
#include "engine_kit.h"

/* Written before a byte leaves: state, attempt, frozen body, and the place in the outbox is gone. */
static void a_claim_writes_what_will_be_sent(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	struct claim claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 1);
	const struct claim_item *item = &claim.items[0];
	assert_string_equal(item->url, "http://a.example/hook");
	assert_string_equal(item->id, text("SELECT id FROM message"));
	assert_int_equal(item->attempt, 1);
	assert_int_equal(item->secret.len, 32);
	assert_string_equal(item->body, text("SELECT body FROM message_body"));
	assert_int_equal(item->body_len, strlen(item->body));
	assert_non_null(strstr(item->body, "\"type\":\"obligation.due_soon\""));
	assert_non_null(strstr(item->body, "\"step\":\"before-7\""));
	claim_clear(&claim);
	assert_text("SELECT state || attempts || round FROM delivery", "sending11");
	assert_text("SELECT boot || ' ' || started_at FROM delivery", "1 1740362400");
	assert_number("SELECT count(*) FROM attempt", 0); /* written once, at its end */
	assert_number("SELECT count(*) FROM outbox", 0);
	assert_claimed(claim_with(10, 4, NULL, 0), "", false);
}

static void each_endpoint_has_its_room(void **state)
{
	(void)state;
	int64_t one = endpoint_for("office", "http://1.example/");
	int64_t two = endpoint_for("office", "http://2.example/");
	tests_to(one, 6);
	tests_to(two, 2);
	/* Endpoint 1 has three under way, so there is room for one more; endpoint 2 has none. */
	const struct load loads[] = { { one, 3 } };
	assert_claimed(claim_with(100, 4, loads, 1), "1 2 2", true);
	/* Full, and more than full: nothing, and it is said that something waits. */
	const struct load full[] = { { one, 4 } }, over[] = { { one, 9 } };
	assert_claimed(claim_with(100, 4, full, 1), "", true);
	assert_claimed(claim_with(100, 4, over, 1), "", true);
	assert_claimed(claim_with(100, 4, NULL, 0), "1 1 1 1", true);
	assert_claimed(claim_with(100, 4, NULL, 0), "1", false);
	assert_claimed(claim_with(0, 4, NULL, 0), "", false);
}

/* Where the room in all ends in the middle of the ring, the next claim goes on behind it. */
static void endpoints_take_turns(void **state)
{
	(void)state;
	for (int i = 1; i <= 3; i++) {
		char url[64];
		(void)snprintf(url, sizeof(url), "http://%d.example/", i);
		tests_to(endpoint_for("office", url), 4);
	}
	assert_claimed(claim_with(3, 2, NULL, 0), "1 1 2", true);
	assert_claimed(claim_with(3, 2, NULL, 0), "3 3 1", true);
	assert_claimed(claim_with(3, 2, NULL, 0), "2 2 3", true);
	assert_claimed(claim_with(3, 2, NULL, 0), "1 2 3", true);
	assert_claimed(claim_with(3, 2, NULL, 0), "", false);
}

/* Of one endpoint the oldest deadline goes first, though it was planned last. */
static void the_oldest_deadline_goes_first(void **state)
{
	(void)state;
	stage_published();
	int64_t endpoint = endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00"); /* message 1, of the third of March */
	tests_to(endpoint, 1);                /* message 2, of this moment */
	plan_to("2025-08-26T10:00:00+08:00"); /* more about March, and one of September */
	tests_to(endpoint, 1);
	struct claim claim = claim_with(100, 64, NULL, 0);
	assert_int_equal(claim.n, number("SELECT count(*) FROM message"));
	assert_int_equal(claim.items[0].message_key, 2);
	int64_t last = 0;
	bool out_of_turn = false;
	for (size_t i = 0; i < claim.n; i++) {
		struct query q = look("SELECT deadline_at FROM message WHERE message_key = $1");
		query_int(&q, 1, claim.items[i].message_key);
		assert_true(query_row(&q));
		assert_true(query_col_int(&q, 0) >= last);
		last = query_col_int(&q, 0);
		assert_int_equal(query_end(&q, NULL), FAULT_NONE);
		out_of_turn |= i > 0 && claim.items[i].message_key < claim.items[i - 1].message_key;
	}
	assert_true(out_of_turn); /* or the test would prove nothing */
	claim_clear(&claim);
}

/* What waits for a retry is not taken early, and its instant is told. */
static void what_is_not_ready_is_left(void **state)
{
	(void)state;
	int64_t endpoint = endpoint_for("office", "http://a.example/");
	tests_to(endpoint, 1);
	execute("DELETE FROM outbox");
	execute("UPDATE delivery SET ready_at = 1725210000");
	execute("INSERT INTO outbox SELECT endpoint_key, ready_at, 1725206400, message_key FROM "
		"delivery");
	set_clock("2024-09-02T00:59:59+08:00");
	struct claim claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 0);
	assert_int_equal(claim.next_at, 1725210000);
	assert_false(claim.more);
	claim_clear(&claim);
	set_clock("2024-09-02T01:00:00+08:00");
	assert_claimed(claim_with(10, 4, NULL, 0), "1", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_claim_writes_what_will_be_sent),
		TEST(each_endpoint_has_its_room),
		TEST(endpoints_take_turns),
		TEST(the_oldest_deadline_goes_first),
		TEST(what_is_not_ready_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
