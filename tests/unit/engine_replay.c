/*
 * The replay of many: by filter, counted before, in order and so many a second, never twice at a time. D9.
 */
#include "engine_kit.h"

static void end_failed(int64_t key)
{
	struct outcome end = { .message_key = key,
			       .attempt = 1,
			       .end = ATTEMPT_ANSWERED,
			       .status = 500,
			       .retry_after_s = -1,
			       .reason = "so it was" };
	succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ &end, 1 } });
}

/* What is due dies of one failure. */
static void all_die(void)
{
	struct claim claim = claim_with(256, 256, NULL, 0);
	execute("UPDATE delivery SET round = 10 WHERE state = 'sending'");
	for (size_t i = 0; i < claim.n; i++)
		end_failed(claim.items[i].message_key);
	claim_clear(&claim);
}

/* A reminder of unit 1 at ep_1 (2025-02-24), two tests to ep_2 (the day after), one to ep_3 (two days after): all dead. */
static void stage_dead(void)
{
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/");
	(void)endpoint_for("office", "http://b.example/");
	(void)endpoint_for("office", "http://c.example/");
	plan_to("2025-02-24T10:00:00+08:00");
	all_die();
	set_clock("2025-02-25T10:00:00+08:00");
	tests_to(2, 2);
	all_die();
	set_clock("2025-02-26T10:00:00+08:00");
	tests_to(3, 1);
	all_die();
	assert_number("SELECT count(*) FROM delivery WHERE state = 'dead'", 4);
}

/* clang-format off */
static const struct {
	const char *filter, *retried;
} filters[] = {
	{ "", "4" },
	{ ",\"endpoint\":\"ep_2\"", "2" },
	{ ",\"unit\":\"un_1\"", "1" },
	{ ",\"unit\":\"un_2\"", "0" },
	{ ",\"programme\":\"future-1\"", "1" },
	{ ",\"type\":\"endpoint.test\"", "3" },
	{ ",\"type\":\"obligation.due_soon\"", "1" },
	{ ",\"type\":\"obligation.overdue\"", "0" },
	{ ",\"created_from\":\"2025-02-25\"", "3" },
	{ ",\"created_from\":\"2025-02-25T10:00:00+08:00\"", "3" },
	{ ",\"created_from\":\"2025-02-25T10:00:01+08:00\"", "1" },
	{ ",\"created_until\":\"2025-02-25T10:00:00+08:00\"", "1" },
	{ ",\"created_until\":\"2025-02-25T10:00:01+08:00\"", "3" },
	{ ",\"created_from\":\"2025-02-25\",\"created_until\":\"2025-02-26\",\"endpoint\":\"ep_2\",\"type\":\"endpoint.test\"", "2" },
	{ ",\"endpoint\":\"ep_3\",\"unit\":\"un_1\"", "0" },
};

#define WRONG(text, status) .ask = { &verb_delivery_retry_all, .body = "{\"state\":\"dead\"," text "}" }, .fault = (status)

static const struct refusal refusals[] = {
	{ WRONG("\"unit\":\"ep_1\"", FAULT_UNPROCESSED), .pointer = "/unit", .detail = "unit must be an id such as un_7" },
	{ WRONG("\"created_from\":\"yesterday\"", FAULT_UNPROCESSED), .pointer = "/created_from", .detail = "created_from must be a day or an instant" },
	{ WRONG("\"created_until\":7", FAULT_UNPROCESSED), .pointer = "/created_until", .detail = "created_until must be a day or an instant" },
	{ WRONG("\"endpoint\":\"ep_9\"", FAULT_NOT_FOUND), .detail = "there is no endpoint ep_9" },
	{ WRONG("\"unit\":\"un_9\"", FAULT_NOT_FOUND), .detail = "un_9" },
	{ WRONG("\"programme\":\"future-2\"", FAULT_NOT_FOUND), .detail = "future-2" },
	{ WRONG("\"until\":\"2025-01-01\"", FAULT_UNPROCESSED), .pointer = "/until", .detail = "unknown member" },
};
/* clang-format on */

static void a_filter_counts_what_it_would_take_and_takes_it(void **state)
{
	(void)state;
	stage_dead();
	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		char body[256];
		(void)snprintf(body, sizeof(body), "{\"state\":\"dead\"%s}", filters[i].filter);
		struct ask ask = { &verb_delivery_retry_all, .body = body };
		struct jr_doc *doc = dry(&ask);
		expect(doc, "retried", filters[i].retried);
		expect(doc, "dry_run", "true");
		jr_free(doc);
	}
	assert_number("SELECT count(*) FROM outbox", 0);
	answer_with(&(struct ask){ &verb_delivery_retry_all,
				   .body = "{\"state\":\"dead\",\"endpoint\":\"ep_2\"}" },
		    "retried", "2");
	assert_number("SELECT count(*) FROM outbox WHERE endpoint_key = 2", 2);
	assert_number("SELECT count(*) FROM outbox", 2);
}

static void wrong_filters_change_nothing(void **state)
{
	(void)state;
	stage_dead();
	refuse_all(refusals, COUNT_OF(refusals));
}

/* 600 dead at one endpoint, more than a page, and 3 at another: fifty a second of each, in their order. */
static void a_flood_is_let_out_by_the_second(void **state)
{
	(void)state;
	int64_t many = endpoint_for("office", "http://a.example/");
	int64_t few = endpoint_for("office", "http://b.example/");
	for (int i = 0; i < 10; i++) {
		tests_to(many, 60);
		all_die();
	}
	tests_to(few, 3);
	all_die();
	answer_with(&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"dead\"}" },
		    "retried", "603");
	assert_number("SELECT count(*) FROM outbox WHERE endpoint_key = 2 AND ready_at = 0", 3);
	assert_number("SELECT count(*) FROM outbox WHERE endpoint_key = 1 AND ready_at = 0", 50);
	assert_number("SELECT max(n) FROM (SELECT count(*) AS n FROM outbox WHERE endpoint_key = 1 "
		      "GROUP BY ready_at)",
		      50);
	assert_number("SELECT max(ready_at) - 1725206400 FROM outbox", 11);
	assert_number("SELECT count(*) FROM outbox AS a JOIN outbox AS b ON a.endpoint_key = "
		      "b.endpoint_key AND a.message_key < b.message_key AND a.ready_at > "
		      "b.ready_at",
		      0);
}

/* What waits for its own retry and is retried by hand goes once, and not again while it is under way. */
static void a_retry_by_hand_takes_the_place_of_the_automatic_one(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/");
	plan_to("2025-02-24T10:00:00+08:00");
	end_failed(claim_one());
	assert_number("SELECT count(*) FROM outbox WHERE ready_at > 0", 1);
	char id[64];
	(void)text_copy(id, sizeof(id), text("SELECT id FROM message"));
	succeed(&(struct ask){ &verb_delivery_retry, .name = id });
	assert_number("SELECT count(*) FROM outbox", 1);
	assert_number("SELECT count(*) FROM outbox WHERE ready_at = 0", 1);
	(void)claim_one();
	struct refusal flying = { .ask = { &verb_delivery_retry, .name = id },
				  .fault = FAULT_REFUSED,
				  .rule = "state",
				  .detail = "is sending; only due" };
	verb_free(refused(&flying));
	assert_number("SELECT count(*) FROM outbox", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_filter_counts_what_it_would_take_and_takes_it),
		TEST(wrong_filters_change_nothing),
		TEST(a_flood_is_let_out_by_the_second),
		TEST(a_retry_by_hand_takes_the_place_of_the_automatic_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
