/*
 * Where two things meet: several attempts of one endpoint that ends, an attempt in the air while its date moves, a
 * clock that jumps while a transaction is taken back. What a review found, each with the promise it broke.
 */
#include "engine_kit.h"

#include "engine/engine_inside.h"

/* Takes all that is ready; the caller clears it. */
static struct claim claim_all(void)
{
	struct claim claim = { .max = 64, .per_endpoint = 64 };
	succeed(&(struct ask){ &verb_claim, .input = &claim });
	return claim;
}

/* Everything that is ready goes out. */
static void send_all(size_t expected)
{
	struct claim claim = claim_all();
	assert_int_equal(claim.n, expected);
	claim_clear(&claim);
}

/* Every attempt in the air ends so. */
static void end_all(int status)
{
	struct outcome items[16];
	struct outcomes outcomes = { items, 0 };
	struct query q = look("SELECT message_key, attempts FROM delivery WHERE state = 'sending'");
	while (query_row(&q)) {
		assert_true(outcomes.n < COUNT_OF(items));
		items[outcomes.n++] =
			(struct outcome){ .message_key = query_col_int(&q, 0),
					  .attempt = (unsigned)query_col_int(&q, 1),
					  .end = status ? ATTEMPT_ANSWERED : ATTEMPT_REFUSED,
					  .status = status,
					  .retry_after_s = -1 };
	}
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	succeed(&(struct ask){ &verb_outcomes, .input = &outcomes });
}

/* ---- an endpoint that is gone ---- */

static void two_attempts_find_the_endpoint_gone(void **state)
{
	(void)state;
	stage_published();
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	for (int i = 0; i < 2; i++)
		succeed(&(struct ask){ &verb_endpoint_test, .key = key });
	send_all(2);
	end_all(410);
	assert_number("SELECT count(*) FROM delivery WHERE state = 'held' AND reason = 'gone'", 2);
	assert_number("SELECT count(*) FROM event WHERE type = 'endpoint.disabled'", 1);
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:disabled'", 1);
}

static void an_endpoint_is_disabled_by_hand_and_then_gone(void **state)
{
	(void)state;
	stage_published();
	int64_t key = endpoint_for("unit:un_1", "https://a.example/hook");
	succeed(&(struct ask){ &verb_endpoint_test, .key = key });
	send_all(1);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = key });
	end_all(410);
	assert_text("SELECT state_reason FROM endpoint", "by hand");
	assert_number("SELECT count FROM tally WHERE what = 'endpoints:disabled'", 1);
}

/* ---- a date that moves while its reminder is in the air ---- */

/* The third of March 2025, when the first report is due, is a holiday: it is due on the fourth. */
static const char a_day_later[] = "date,kind,name\n2025-03-03,holiday,示例\n"
				  "2025-10-01,holiday,国庆节\n";

/* Seven days before the first report is due; its reminder is in the air, and then the date moves. */
static void stage_moved_in_flight(void)
{
	stage_published();
	(void)endpoint_for("unit:un_1", "https://a.example/hook");
	plan_to("2025-02-24T09:00:00+08:00");
	send_all(1);
	answer_with(&(struct ask){ &verb_calendar_import, .text = a_day_later }, "moved", "1");
}

static void what_fails_with_an_old_date_is_not_repeated(void **state)
{
	(void)state;
	static const int ends[] = { 500, 410, 0 };
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		if (i > 0)
			assert_int_equal(setup(state), 0);
		stage_moved_in_flight();
		end_all(ends[i]);
		assert_text("SELECT state || ' ' || reason FROM delivery",
			    "superseded rescheduled");
		assert_text("SELECT outcome FROM occasion WHERE revision = 1", "cancelled");
		assert_number("SELECT count(*) FROM outbox", 0);
		if (i + 1 < COUNT_OF(ends))
			assert_int_equal(teardown(state), 0);
	}
}

static void what_arrived_with_an_old_date_has_arrived(void **state)
{
	(void)state;
	stage_moved_in_flight();
	end_all(200);
	assert_text("SELECT state FROM delivery", "delivered");
}

/* Dead when the date moves: making all of them due again must not bring the old date back. */
static void an_old_date_is_not_replayed_in_bulk(void **state)
{
	(void)state;
	stage_moved_in_flight();
	execute("UPDATE obligation SET revision = 1 WHERE obligation_key = 1");
	end_all(0); /* held: egress */
	execute("UPDATE obligation SET revision = 2 WHERE obligation_key = 1");
	answer_with(&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"held\"}" },
		    "retried", "0");
	assert_text("SELECT state FROM delivery", "superseded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_attempts_find_the_endpoint_gone),
		TEST(an_endpoint_is_disabled_by_hand_and_then_gone),
		TEST(what_fails_with_an_old_date_is_not_repeated),
		TEST(what_arrived_with_an_old_date_has_arrived),
		TEST(an_old_date_is_not_replayed_in_bulk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
