/*
 * Digests: one message an owner and slot, however many steps; alone a step goes plain; nothing is lost or told twice by
 * a stop in between; what is filed meanwhile is not told. R4, R6; contract 3, 4, 6.
 */
#include "engine_kit.h"

#define UNITS 260
#define OFFICE                                                                                     \
	"SELECT count(*) FROM message JOIN endpoint USING (endpoint_key) WHERE owner = 'office'"
#define OUTCOMES                                                                                   \
	"SELECT group_concat(outcome || coalesce(' ' || reason, ''), ', ') FROM (SELECT outcome, " \
	"reason FROM occasion WHERE step = 'recommender+3w' ORDER BY obligation_key)"

static void file_it(int64_t key)
{
	succeed(&(struct ask){ &verb_submit, .key = key, .body = "{\"summary\":\"本期完成\"}" });
}

static void digested(const char *who)
{
	struct query q = look("UPDATE programme SET digests = $1 WHERE id = 'future-1'");
	query_text(&q, 1, who);
	assert_int_equal(query_run(&q, NULL), FAULT_NONE);
}

/* Two to a task would pass its cap: the reason is given, as for every soft rule. */
static void stage_units(int units)
{
	struct buf csv = BUF_EMPTY;
	buf_adds(&csv, HEADER);
	for (int i = 1; i <= units; i++)
		buf_addf(&csv, "甲,一号任务,项目%d,示例单位%d,,%s,\n", i, i,
			 i % 2 ? "示例厅" : "另一厅");
	succeed(&(struct ask){ &verb_unit_import, .name = "future-1", .csv = buf_str(&csv),
			       .reason = "一次测试" });
	buf_clear(&csv);
	publish();
	digested("recommender office");
}

static void answer_claim(struct claim *claim, int status)
{
	struct outcome *outcomes = xcalloc(claim->n, sizeof(*outcomes));
	for (size_t i = 0; i < claim->n; i++)
		outcomes[i] = (struct outcome){ .message_key = claim->items[i].message_key,
						.attempt = claim->items[i].attempt,
						.end = ATTEMPT_ANSWERED,
						.status = status,
						.retry_after_s = -1 };
	if (claim->n > 0)
		succeed(&(struct ask){ &verb_outcomes,
				       .input = &(struct outcomes){ outcomes, claim->n } });
	claim_clear(claim);
	free(outcomes);
}

static void deliver_all(int status)
{
	struct claim claim = claim_with(1000, 1000, NULL, 0);
	answer_claim(&claim, status);
}

/* The body of the one message that is due. */
static struct jr_doc *claim_body(void)
{
	struct claim claim = claim_with(1, 1, NULL, 0);
	struct problem problem;
	struct jr_doc *doc;
	assert_int_equal(claim.n, 1);
	assert_true(claim.items[0].body_len < 20000);
	assert_int_equal(jr_read(claim.items[0].body, claim.items[0].body_len, &doc, &problem),
			 FAULT_NONE);
	claim_clear(&claim);
	return doc;
}

/* The reports of 260 units are 3 and 5 working days overdue: the recommenders hear of it in one message each, then
 * the office. The units, who are not digested here, get one each. */
static void many_steps_are_one_message(void **state)
{
	(void)state;
	stage_units(UNITS);
	(void)endpoint_for("office", "http://office.example/");
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	(void)endpoint_for("recommender:另一厅", "http://two.example/");
	(void)endpoint_for("unit:un_7", "http://seven.example/");
	plan_to("2025-03-09T10:00:00+08:00");
	assert_number("SELECT count(*) FROM message JOIN endpoint USING (endpoint_key) WHERE owner "
		      "LIKE 'recommender:%'",
		      2);
	assert_number(OFFICE, 0);
	assert_number("SELECT count(*) FROM occasion WHERE step = 'recommender+3w' AND outcome = "
		      "'sent'",
		      UNITS);
	plan_to("2025-03-11T10:00:00+08:00");
	assert_number(OFFICE, 1);
	assert_number("SELECT count(*) FROM digest_item WHERE digest_key = (SELECT digest_key FROM "
		      "message JOIN endpoint USING (endpoint_key) WHERE owner = 'office')",
		      UNITS);
	assert_number("SELECT count(*) FROM message JOIN endpoint USING (endpoint_key) WHERE owner "
		      "= 'unit:un_7' AND digest_key IS NULL",
		      number("SELECT count(*) FROM occasion JOIN obligation USING "
			     "(obligation_key) WHERE unit_key = 7 AND outcome = 'sent' AND step "
			     "NOT LIKE '%+%'"));
	deliver_all(200);
	assert_number("SELECT count(*) FROM digest_wait", 0);
	assert_number("SELECT count(*) FROM occasion WHERE step = 'office+5w' AND outcome = 'sent'",
		      UNITS);
}

static void it_says_how_much_and_the_oldest_first(void **state)
{
	(void)state;
	stage_units(UNITS);
	(void)endpoint_for("office", "http://office.example/");
	plan_to("2025-03-11T10:00:00+08:00");
	struct jr_doc *doc = claim_body();
	int64_t shown = (int64_t)jr_count(at(jr_root(doc), "data.items"));
	expect(doc, "type", "\"obligation.digest\"");
	expect(doc, "data.counts",
	       "{\"items\":260,\"units\":260,\"overdue\":260,\"due_soon\":0,\"notices\":0}");
	assert_in_range(shown, 10, 30);
	char more[16];
	(void)snprintf(more, sizeof(more), "%d", UNITS - (int)shown);
	expect(doc, "data.more", more);
	expect(doc, "data.items.0.obligation", "\"ob_1\"");
	expect(doc, "data.items.0.days_left", "-8");
	expect(doc, "data.items.0.step", "\"office+5w\"");
	expect(doc, "data.slot_at", "\"2025-03-10T09:00:00+08:00\"");
	assert_non_null(
		strstr(jr_string(at(jr_root(doc), "data.text.zh")), "共 260 项，逾期 260 项"));
	assert_non_null(strstr(jr_string(at(jr_root(doc), "data.text.zh")), "逾期 8 天"));
	assert_non_null(strstr(jr_string(at(jr_root(doc), "data.text.en")), "8 days overdue"));
	assert_non_null(strstr(jr_string(at(jr_root(doc), "data.text.en")), "more"));
	jr_free(doc);
}

/* Names as long as the list allows: the body stays under what receivers take. */
static void long_names_do_not_burst_it(void **state)
{
	(void)state;
	stage_units(40);
	(void)endpoint_for("office", "http://office.example/");
	execute("UPDATE unit SET lead = unit_key || replace(hex(zeroblob(160)), '00', '示'), "
		"project = replace(hex(zeroblob(400)), '00', '\"')");
	plan_to("2025-03-11T10:00:00+08:00");
	struct jr_doc *doc = claim_body();
	assert_in_range(jr_count(at(jr_root(doc), "data.items")), 1, 29);
	expect(doc, "data.counts.items", "40");
	jr_free(doc);
}

/* However many they are: counted all, told the first, and where the others are. */
static void five_thousand_do_not_burst_it(void **state)
{
	(void)state;
	stage_units(5000);
	(void)endpoint_for("office", "http://office.example/");
	plan_to("2025-03-11T10:00:00+08:00");
	struct jr_doc *doc = claim_body();
	expect(doc, "data.counts.items", "5000");
	size_t shown = jr_count(at(jr_root(doc), "data.items"));
	char more[16];
	assert_in_range(shown, 20, 30);
	(void)snprintf(more, sizeof(more), "%zu", 5000 - shown);
	expect(doc, "data.more", more);
	assert_non_null(strstr(jr_string(at(jr_root(doc), "data.see.path")), "/v1/messages/msg_"));
	jr_free(doc);
}

/* One unit alone: the message is the one that there would be without digests, id and all. */
static void alone_it_is_the_plain_message(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	plan_to("2025-03-07T10:00:00+08:00");
	char id[64];
	(void)text_copy(id, sizeof(id), text("SELECT id FROM message"));
	assert_text("SELECT type || ' ' || step FROM message", "obligation.overdue recommender+3w");
	/* The same again, digested. */
	execute("DELETE FROM outbox");
	execute("DELETE FROM delivery");
	execute("DELETE FROM message");
	execute("DELETE FROM tally WHERE what LIKE 'delivery:%'");
	execute("DELETE FROM occasion WHERE step LIKE '%+%'");
	execute("UPDATE obligation SET next_step_at = 1741222800 WHERE obligation_key = 1");
	execute("UPDATE agenda SET at = 1741222800 WHERE obligation_key = 1");
	digested("office recommender");
	plan_to("2025-03-07T10:00:01+08:00");
	assert_text("SELECT id FROM message", id);
	assert_text("SELECT type || ' ' || step FROM message", "obligation.overdue recommender+3w");
	assert_number("SELECT count(*) FROM digest_item", 0);
	assert_text("SELECT outcome FROM occasion WHERE step = 'recommender+3w'", "sent");
}

/* ---- what is filed meanwhile ---- */

/* Three units of one recommender, whose digest of three waits to be sent. */
static void stage_digest(void)
{
	stage_units(6);
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	plan_to("2025-03-06T10:00:00+08:00");
	assert_number("SELECT count(*) FROM message", 1);
}

static void what_is_filed_before_it_leaves_is_not_told(void **state)
{
	(void)state;
	stage_digest();
	file_it(1); /* un_1's first report; un_3 and un_5 owe theirs */
	assert_text(OUTCOMES, "cancelled satisfied, suppressed no_endpoint, sent, suppressed "
			      "no_endpoint, sent, suppressed no_endpoint");
	struct jr_doc *doc = claim_body();
	expect(doc, "data.counts.items", "2");
	expect(doc, "data.items.0.unit", "\"un_3\"");
	jr_free(doc);
}

static void when_all_is_filed_it_is_cancelled(void **state)
{
	(void)state;
	stage_digest();
	file_it(1);
	file_it(11);
	assert_text("SELECT state FROM delivery", "due");
	file_it(21);
	assert_text("SELECT state || ' ' || reason FROM delivery", "cancelled satisfied");
	assert_text(OUTCOMES, "cancelled satisfied, suppressed no_endpoint, cancelled satisfied, "
			      "suppressed no_endpoint, cancelled satisfied, suppressed "
			      "no_endpoint");
	assert_claimed(claim_with(9, 9, NULL, 0), "", false);
}

/* Its body is frozen and under way: whoever files now was told, and the others are told again as long as it fails. */
static void what_is_filed_after_the_first_attempt(void **state)
{
	(void)state;
	stage_digest();
	deliver_all(503);
	assert_text("SELECT state FROM delivery", "due");
	file_it(1);
	assert_text(OUTCOMES, "sent, suppressed no_endpoint, sent, suppressed no_endpoint, sent, "
			      "suppressed no_endpoint");
	file_it(11);
	file_it(21);
	assert_text("SELECT state || ' ' || reason FROM delivery", "cancelled satisfied");
	assert_text(OUTCOMES, "cancelled satisfied, suppressed no_endpoint, cancelled satisfied, "
			      "suppressed no_endpoint, cancelled satisfied, suppressed "
			      "no_endpoint");
}

/* ---- the digest's fate is its items' ---- */

static void its_end_is_the_end_of_its_items(void **state)
{
	(void)state;
	stage_digest();
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 1, .body = "{}" });
	assert_text(OUTCOMES, "held endpoint_disabled, suppressed no_endpoint, held "
			      "endpoint_disabled, suppressed no_endpoint, held endpoint_disabled, "
			      "suppressed no_endpoint");
	file_it(11);
	succeed(&(struct ask){ &verb_endpoint_enable, .key = 1 });
	assert_text(OUTCOMES, "sent, suppressed no_endpoint, cancelled satisfied, suppressed "
			      "no_endpoint, sent, suppressed no_endpoint");
	execute("UPDATE delivery SET round = 99");
	deliver_all(503);
	assert_text("SELECT state FROM delivery", "dead");
	assert_text(OUTCOMES, "dead exhausted, suppressed no_endpoint, cancelled satisfied, "
			      "suppressed no_endpoint, dead exhausted, suppressed no_endpoint");
	char name[64];
	(void)text_copy(name, sizeof(name), text("SELECT id FROM message"));
	succeed(&(struct ask){ &verb_delivery_retry, .name = name });
	deliver_all(200);
	assert_text(OUTCOMES, "sent, suppressed no_endpoint, cancelled satisfied, suppressed "
			      "no_endpoint, sent, suppressed no_endpoint");
}

/* One of two endpoints got it: then it was sent. */
static void one_endpoint_is_enough(void **state)
{
	(void)state;
	stage_units(6);
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	(void)endpoint_for("recommender:示例厅", "http://two.example/");
	plan_to("2025-03-06T10:00:00+08:00");
	struct claim claim = claim_with(1, 1, NULL, 0);
	answer_claim(&claim, 200);
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 2, .body = "{}" });
	file_it(1);
	file_it(11);
	file_it(21);
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "delivered cancelled");
	assert_text(OUTCOMES, "sent, suppressed no_endpoint, sent, suppressed no_endpoint, sent, "
			      "suppressed no_endpoint");
	/* Three closing notices in one moment are a digest as well: the first endpoint's is due, the other's held. */
	plan_to("2025-03-06T10:00:01+08:00");
	assert_text("SELECT group_concat(state || ' ' || (SELECT count(*) FROM digest_item AS i "
		    "WHERE i.digest_key = m.digest_key), ', ') FROM delivery JOIN message AS m "
		    "USING (message_key) WHERE message_key > 2",
		    "due 3, held 3");
}

/* ---- a stop between planning and gathering ---- */

/*
 * More obligations than one call of the planner decides: between two of them everything may stop. What was put down
 * waits, the rest is decided, and then it is one digest.
 */
static void a_stop_before_it_is_gathered_loses_nothing(void **state)
{
	(void)state;
	stage_units(600);
	(void)endpoint_for("office", "http://office.example/");
	plan_to("2025-03-09T10:00:00+08:00");
	set_clock("2025-03-10T10:00:00+08:00");
	assert_true(plan_once().more);
	assert_number("SELECT count(*) FROM message", 0);
	int64_t waiting = number("SELECT count(*) FROM digest_item WHERE digest_key IS NULL");
	assert_in_range(waiting, 100, 599);
	assert_text("SELECT group_concat(owner) FROM digest_wait", "office");
	while (plan_once().more)
		;
	assert_number(OFFICE, 1);
	assert_number("SELECT count(*) FROM digest_item WHERE digest_key = 1", 600);
	assert_false(plan_once().more);
	assert_number(OFFICE, 1);
}

/* What comes late to a slot that has been told is another part of it, with another id. */
static void a_late_one_is_another_part(void **state)
{
	(void)state;
	stage_units(8);
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	plan_to("2025-03-05T10:00:00+08:00");
	execute("UPDATE agenda SET at = at + 7 * 86400 WHERE obligation_key IN (21, 31)");
	plan_to("2025-03-06T10:00:00+08:00");
	assert_number("SELECT count(*) FROM digest_item", 2);
	execute("UPDATE agenda SET at = 1741222800 WHERE obligation_key IN (21, 31)");
	plan_to("2025-03-06T10:00:01+08:00");
	assert_text("SELECT group_concat(slot_at || '/' || part, ' ') FROM digest",
		    "1741222800/1 1741222800/2");
	assert_number("SELECT count(DISTINCT id) FROM message", 2);
	execute("UPDATE agenda SET at = (SELECT next_step_at FROM obligation AS o WHERE "
		"o.obligation_key = agenda.obligation_key)");
}

/* A digest that can't be written is told and put aside; everybody else's goes out (contract 6). */
static void a_broken_one_stops_no_other(void **state)
{
	(void)state;
	stage_units(8);
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	(void)endpoint_for("recommender:另一厅", "http://two.example/");
	/* The id of its digest is taken already. */
	plan_to("2025-03-06T08:00:00+08:00");
	execute("CREATE TEMP TRIGGER broken BEFORE INSERT ON digest WHEN new.owner = "
		"'recommender:另一厅' BEGIN SELECT raise(ABORT, 'broken'); END");
	set_clock("2025-03-06T10:00:00+08:00");
	struct plan_result result;
	struct verb *verb = run(&(struct ask){ &verb_plan, .input = &result });
	assert_int_not_equal(verb->fault, FAULT_NONE);
	verb_free(verb);
	verb = verb_new(&verb_plan, NULL, NULL);
	verb->input = &result;
	verb->careful = true;
	assert_int_equal(engine_call(engine, verb), FAULT_NONE);
	verb_free(verb);
	assert_text("SELECT group_concat(owner) FROM digest", "recommender:示例厅");
	assert_text("SELECT json_extract(data, '$.row') FROM event WHERE type = 'invariant.broken'",
		    "digest of recommender:另一厅");
	assert_int_equal(result.next_at, instant("2025-03-06T11:00:00+08:00"));
	execute("DROP TRIGGER temp.broken");
	plan_to("2025-03-06T11:00:00+08:00");
	assert_number("SELECT count(*) FROM digest", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_steps_are_one_message),
		TEST(it_says_how_much_and_the_oldest_first),
		TEST(long_names_do_not_burst_it),
		TEST(five_thousand_do_not_burst_it),
		TEST(alone_it_is_the_plain_message),
		TEST(what_is_filed_before_it_leaves_is_not_told),
		TEST(when_all_is_filed_it_is_cancelled),
		TEST(what_is_filed_after_the_first_attempt),
		TEST(its_end_is_the_end_of_its_items),
		TEST(one_endpoint_is_enough),
		TEST(a_stop_before_it_is_gathered_loses_nothing),
		TEST(a_late_one_is_another_part),
		TEST(a_broken_one_stops_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
