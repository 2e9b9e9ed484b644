/*
 * Jitter in the outbox: when a reminder's first attempt is ready, what is claimed until then, and that steps and
 * occasions know nothing of it. R5, contract 4 and 7.
 */
#include "engine_kit.h"

#include "jiebang/reminder.h"

#define JITTER_S 300
#define HOOKS    12
#define STEP_AT  "2025-02-24T09:10:00+08:00" /* before-7 of the first report */

/* Unit 1 with HOOKS endpoints, under a ladder that leaves up to five minutes. */
static void stage_jittered(const char *owner)
{
	struct programme_set *set = set_by_hand();
	struct ladder *ladder = &set->items[0]->ladders[0];
	ladder->send_at_s = 9 * 3600 + 10 * 60;
	ladder->jitter_s = JITTER_S;
	set->items[0]->sha256[0] = 'f';
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	stage_published();
	for (int i = 0; i < HOOKS; i++) {
		char url[64];
		(void)snprintf(url, sizeof(url), "http://%d.example/", i);
		(void)endpoint_for(owner, url);
	}
}

/* Each message is ready in its own second, or at once if that is past at `now_at`. Returns how many are at once. */
static int64_t check_ready(int64_t now_at)
{
	struct query q = look("SELECT m.id, m.nominal_at, d.ready_at FROM message AS m JOIN "
			      "delivery AS d USING (message_key)");
	int64_t at_once = 0;
	while (query_row(&q)) {
		int64_t at = jitter_ready_at(query_col_text(&q, 0), query_col_int(&q, 1), JITTER_S);
		assert_int_equal(query_col_int(&q, 2), at > now_at ? at : 0);
		at_once += query_col_int(&q, 2) == 0;
	}
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	return at_once;
}

static void each_message_has_its_second(void **state)
{
	(void)state;
	stage_jittered("unit:un_1");
	plan_to(STEP_AT);
	int64_t step_at = instant(STEP_AT);
	assert_number("SELECT count(*) FROM message", HOOKS);
	assert_int_equal(number("SELECT min(nominal_at) FROM message"), step_at);
	assert_int_equal(number("SELECT max(nominal_at) FROM message"), step_at);
	assert_text("SELECT step || ' ' || outcome FROM occasion WHERE step <> 'open'",
		    "before-7 sent");
	assert_true(check_ready(step_at) < HOOKS);
	assert_true(number("SELECT count(DISTINCT ready_at) FROM delivery") > HOOKS / 2);
	int64_t last_at = number("SELECT max(ready_at) FROM delivery");
	/* Nothing that isn't ready is claimed, and the first of it is waited for. */
	int64_t at_once = number("SELECT count(*) FROM outbox WHERE ready_at = 0");
	int64_t next_at = number("SELECT min(ready_at) FROM outbox WHERE ready_at > 0");
	struct claim claim = claim_with(100, 64, NULL, 0);
	assert_int_equal(claim.n, at_once);
	assert_int_equal(claim.next_at, next_at);
	assert_false(claim.more);
	claim_clear(&claim);
	succeed(&(struct ask){ &verb_clock_set, .at = last_at - 1 });
	claim = claim_with(100, 64, NULL, 0);
	assert_true(claim.n > 0);
	assert_int_equal(claim.next_at, last_at);
	claim_clear(&claim);
	succeed(&(struct ask){ &verb_clock_set, .at = last_at });
	claim = claim_with(100, 64, NULL, 0);
	assert_true(claim.n > 0);
	claim_clear(&claim);
	assert_number("SELECT count(*) FROM outbox", 0);
}

/* A stop in between changes no second: planned two minutes late, what is past leaves at once, the rest as ever. */
static void what_is_late_is_not_delayed(void **state)
{
	(void)state;
	stage_jittered("unit:un_1");
	plan_to("2025-02-24T09:12:00+08:00");
	int64_t at_once = check_ready(instant("2025-02-24T09:12:00+08:00"));
	assert_in_range(at_once, 1, HOOKS - 1);
	/* Days late, as one message that names each step: all at once. */
	plan_to("2025-03-03T12:00:00+08:00");
	assert_number("SELECT count(*) FROM message AS m JOIN delivery AS d USING (message_key) "
		      "WHERE m.step = 'due' AND d.ready_at = 0",
		      HOOKS);
}

static void what_is_filed_before_it_leaves_is_cancelled(void **state)
{
	(void)state;
	stage_jittered("unit:un_1");
	plan_to(STEP_AT);
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = FILED });
	assert_number("SELECT count(*) FROM outbox", 0);
	assert_number("SELECT count(*) FROM delivery WHERE state = 'cancelled'", HOOKS);
}

/* Alone, an item goes as the plain message that it is; a digest has no jitter. */
static void a_digest_has_none(void **state)
{
	(void)state;
	stage_jittered("unit:un_1");
	execute("UPDATE programme SET digests = 'unit' WHERE id = 'future-1'");
	plan_to(STEP_AT);
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.due_soon'", HOOKS);
	assert_true(check_ready(instant(STEP_AT)) < HOOKS);
	execute("UPDATE obligation SET next_step_at = 1740359700 WHERE obligation_key < 3");
	execute("UPDATE agenda SET at = 1740359700 WHERE obligation_key < 3");
	execute("UPDATE obligation SET due_on = (SELECT due_on FROM obligation WHERE "
		"obligation_key = 1) WHERE obligation_key = 2");
	plan_to("2025-03-02T09:10:00+08:00");
	assert_number("SELECT count(*) FROM message AS m JOIN delivery AS d USING (message_key) "
		      "WHERE m.type = 'obligation.digest' AND d.ready_at = 0",
		      HOOKS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_message_has_its_second),
		TEST(what_is_late_is_not_delayed),
		TEST(what_is_filed_before_it_leaves_is_cancelled),
		TEST(a_digest_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
