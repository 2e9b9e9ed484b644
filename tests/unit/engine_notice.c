/*
 * Notices: who was escalated to is told that it is settled, once, in the transaction that settled it. R7; contract 4, 6.
 */
#include "engine_kit.h"

#define NOTICES "SELECT count(*) FROM message WHERE type = 'obligation.closed'"

static void file_it(int64_t key)
{
	succeed(&(struct ask){ &verb_submit, .key = key, .body = "{\"summary\":\"本期完成\"}" });
}

static void give_back(int64_t key)
{
	succeed(&(struct ask){ &verb_return, .key = key, .body = "{\"comment\":\"补充指标\"}" });
}

/* Everything that is due leaves and arrives. */
static void deliver_all(void)
{
	struct claim claim = claim_with(100, 100, NULL, 0);
	struct outcome outcomes[100];
	size_t n = claim.n;
	assert_true(n <= COUNT_OF(outcomes));
	for (size_t i = 0; i < n; i++)
		outcomes[i] = (struct outcome){ .message_key = claim.items[i].message_key,
						.attempt = claim.items[i].attempt,
						.end = ATTEMPT_ANSWERED,
						.status = 200,
						.retry_after_s = -1 };
	claim_clear(&claim);
	if (n > 0)
		succeed(&(struct ask){ &verb_outcomes,
				       .input = &(struct outcomes){ outcomes, n } });
}

/* ob_1 is due on 2025-03-03, a Monday: 3 working days later the recommender, 5 later the office hears of it. */
static void stage_three(void)
{
	stage_published();
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	(void)endpoint_for("recommender:示例厅", "http://two.example/");
	(void)endpoint_for("office", "http://office.example/");
}

static void told_once_each(void **state)
{
	(void)state;
	stage_three();
	plan_to("2025-03-07T10:00:00+08:00");
	deliver_all();
	file_it(1);
	/* The recommender has two endpoints; the office has not heard of it yet, and hears nothing now. */
	assert_text("SELECT group_concat(e.owner || ' ' || e.url, ', ') FROM message AS m JOIN "
		    "endpoint AS e USING (endpoint_key) WHERE m.type = 'obligation.closed'",
		    "recommender:示例厅 http://one.example/, recommender:示例厅 "
		    "http://two.example/");
	assert_text("SELECT group_concat(DISTINCT d.state) FROM message JOIN delivery AS d USING "
		    "(message_key) WHERE type = 'obligation.closed'",
		    "due");
	assert_number("SELECT count(DISTINCT id) FROM message WHERE id LIKE 'msg_%'",
		      number("SELECT count(*) FROM message"));
	give_back(1);
	file_it(1);
	assert_number(NOTICES, 2);
}

static void what_it_says_is_frozen_when_it_is_made(void **state)
{
	(void)state;
	stage_three();
	plan_to("2025-03-07T10:00:00+08:00");
	deliver_all();
	file_it(1);
	set_clock("2025-03-20T10:00:00+08:00");
	struct claim claim = claim_with(1, 1, NULL, 0);
	struct problem problem;
	struct jr_doc *doc;
	assert_int_equal(claim.n, 1);
	assert_int_equal(jr_read(claim.items[0].body, claim.items[0].body_len, &doc, &problem),
			 FAULT_NONE);
	expect(doc, "type", "\"obligation.closed\"");
	expect(doc, "timestamp", "\"2025-03-07T10:00:00+08:00\"");
	expect(doc, "data.unit.id", "\"un_1\"");
	expect(doc, "data.obligation.id", "\"ob_1\"");
	expect(doc, "data.detail.reason", "\"satisfied\"");
	expect(doc, "data.programme.name.zh", "\"示例批次\"");
	assert_non_null(strstr(jr_string(at(jr_root(doc), "data.text.zh")), "示例单位一"));
	assert_non_null(strstr(jr_string(at(jr_root(doc), "data.text.en")), "settled"));
	assert_number("SELECT count(*) FROM message_body JOIN delivery USING (body_key) JOIN "
		      "message USING (message_key) WHERE type = 'obligation.closed'",
		      2);
	jr_free(doc);
	claim_clear(&claim);
}

/* It speaks of what is settled, so that it is settled makes it no less true: it is sent until it arrives. */
static void it_is_not_moot_because_nothing_is_owed(void **state)
{
	(void)state;
	stage_three();
	plan_to("2025-03-07T10:00:00+08:00");
	deliver_all();
	file_it(1);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 2, .body = "{}" });
	assert_text("SELECT group_concat(d.state) FROM message JOIN delivery AS d USING "
		    "(message_key) WHERE type = 'obligation.closed'",
		    "held,due");
	succeed(&(struct ask){ &verb_endpoint_enable, .key = 2 });
	succeed(&(struct ask){ &verb_accept, .key = 1 });
	deliver_all();
	assert_text("SELECT group_concat(DISTINCT d.state) FROM message JOIN delivery AS d USING "
		    "(message_key) WHERE type = 'obligation.closed'",
		    "delivered");
}

/* An escalation that was planned and never left has chased nobody. */
static void who_was_not_reached_is_not_told(void **state)
{
	(void)state;
	stage_three();
	plan_to("2025-03-06T10:00:00+08:00");
	file_it(1);
	assert_text("SELECT outcome FROM occasion WHERE step = 'recommender+3w'", "cancelled");
	assert_number(NOTICES, 0);
}

/* Nobody has an endpoint: nobody is told, and that is no fault. */
static void nobody_to_tell_is_no_fault(void **state)
{
	(void)state;
	stage_published();
	plan_to("2025-03-20T10:00:00+08:00");
	file_it(1);
	assert_number("SELECT count(*) FROM message", 0);
}

/* A unit that is out of the programme settles what was chased, too; the planner notices at the next step. */
static void the_end_of_a_unit_closes_as_well(void **state)
{
	(void)state;
	stage_three();
	plan_to("2025-03-12T10:00:00+08:00");
	deliver_all();
	execute("UPDATE unit SET state = 'withdrawn' WHERE unit_key = 1");
	plan_to("2025-04-20T10:00:00+08:00");
	assert_text("SELECT group_concat(e.owner, ', ') FROM message AS m JOIN endpoint AS e USING "
		    "(endpoint_key) WHERE m.type = 'obligation.closed' AND obligation_key = 1",
		    "recommender:示例厅, recommender:示例厅, office");
	execute("UPDATE obligation SET state = 'cancelled' WHERE next_step_at IS NULL AND state <> "
		"'scheduled'");
	execute("DELETE FROM tally");
	execute("INSERT INTO tally SELECT 0, 'delivery:' || state, count(*) FROM delivery GROUP BY "
		"state UNION ALL SELECT 0, 'endpoints:' || state, count(*) FROM endpoint GROUP BY "
		"state UNION ALL SELECT programme_key, 'obligation:' || obligation.state, "
		"count(*) FROM obligation JOIN unit USING (unit_key) GROUP BY 1, 2 UNION ALL "
		"SELECT programme_key, 'owed:' || obligation.due_at, count(*) FROM obligation JOIN "
		"unit USING (unit_key) WHERE obligation.state IN ('scheduled', 'open', 'returned') "
		"GROUP BY 1, 2 UNION ALL "
		"SELECT programme_key, 'units', count(*) FROM unit GROUP BY 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(told_once_each),
		TEST(what_it_says_is_frozen_when_it_is_made),
		TEST(it_is_not_moot_because_nothing_is_owed),
		TEST(who_was_not_reached_is_not_told),
		TEST(nobody_to_tell_is_no_fault),
		TEST(the_end_of_a_unit_closes_as_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
