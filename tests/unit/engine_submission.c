/*
 * Reports and requests are filed, returned and accepted: versions, lateness to the second, whose state forbids it, and
 * what stops when nothing is owed any more. O2, O4, O6, R6, R7.
 */
#include "engine_kit.h"

#define SUBMIT(id, text) .ask = { &verb_submit, .key = (id), .body = (text) }
#define LEGAL_SUBMITTED  "possible: return, accept, waive, cancel, hold, release"

static void file_it(int64_t obligation)
{
	succeed(&(struct ask){ &verb_submit, .key = obligation, .body = FILED });
}

static void give_back(int64_t obligation)
{
	succeed(&(struct ask){ &verb_return, .key = obligation,
			       .body = "{\"comment\":\"please measure again\"}" });
}

static void a_report_is_kept_as_it_was_filed(void **state)
{
	(void)state;
	stage_published();
	plan_to("2025-02-20T10:00:00+08:00");
	struct verb *verb =
		run(&(struct ask){ &verb_submit, .key = 1,
				   .body = "{\"summary\":\"第一次\",\"receipt\":\"R-7\",\"author\":"
					   "\"张三\",\"content\":{\"percent\":40,\"risk\":null}}",
				   .actor = "token:tk_3" });
	assert_int_equal(verb->fault, FAULT_NONE);
	assert_int_equal(verb->status, 201);
	struct jr_doc *doc = NULL;
	assert_int_equal(jr_read(verb->reply.data, verb->reply.len, &doc, &verb->problem),
			 FAULT_NONE);
	static const char *const members[][2] = {
		{ "id", "\"sb_1\"" },
		{ "obligation", "\"ob_1\"" },
		{ "version", "1" },
		{ "filed_at", "\"2025-02-20T10:00:00+08:00\"" },
		{ "late", "false" },
		{ "author", "\"张三\"" },
		{ "receipt", "\"R-7\"" },
		{ "summary", "\"第一次\"" },
		{ "content", "{\"percent\":40,\"risk\":null}" },
	};
	for (size_t i = 0; i < COUNT_OF(members); i++)
		expect(doc, members[i][0], members[i][1]);
	jr_free(doc);
	verb_free(verb);
	assert_text("SELECT state || submitted_at FROM obligation WHERE obligation_key = 1",
		    "submitted1740016800");
	assert_text("SELECT actor || object || detail FROM audit WHERE verb = 'submit'",
		    "token:tk_3ob_1{\"submission\":\"sb_1\",\"version\":1,\"late\":false}");
	assert_text("SELECT unit_key || obligation_key || data FROM event WHERE type = "
		    "'obligation.submitted'",
		    "11{\"submission\":\"sb_1\",\"version\":1,\"late\":false}");
	/* A report does not move the unit. */
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "delivering");
}

/* A day ends at 24:00 in Beijing: its last second is in time, the next one is late. */
static void lateness_is_a_matter_of_a_second(void **state)
{
	static const struct {
		const char *at;
		const char *late;
	} filed[] = {
		{ "2024-09-02T00:00:00+08:00", "false" }, /* before it opens */
		{ "2025-03-03T23:59:59+08:00", "false" },
		{ "2025-03-04T00:00:00+08:00", "true" },
		{ "2026-09-01T00:00:00+08:00", "true" },
	};
	(void)state;
	stage_published();
	for (size_t i = 0; i < COUNT_OF(filed); i++) {
		if (i > 0)
			give_back(1);
		set_clock(filed[i].at);
		answer_with(&(struct ask){ &verb_submit, .key = 1, .body = FILED }, "late",
			    filed[i].late);
	}
	assert_text("SELECT group_concat(version || ':' || late, ' ') FROM submission",
		    "1:0 2:0 3:1 4:1");
}

/* Both versions stay, each with its verdict. */
static void what_is_returned_is_filed_again(void **state)
{
	(void)state;
	stage_published();
	file_it(1);
	assert_number("SELECT next_step_at IS NULL FROM obligation WHERE obligation_key = 1", 1);
	struct jr_doc *doc = answer(&(struct ask){ &verb_return, .key = 1,
						   .body = "{\"comment\":\"please measure again\"}",
						   .actor = "uid:7" });
	expect(doc, "id", "\"ob_1\"");
	expect(doc, "state", "\"returned\"");
	jr_free(doc);
	/* It is owed again, and reminded of again. */
	assert_number("SELECT next_step_at > 0 FROM obligation WHERE obligation_key = 1", 1);
	answer_with(&(struct ask){ &verb_submit, .key = 1,
				   .body = "{\"author\":\"李四\",\"summary\":\"第二次\"}" },
		    "version", "2");
	answer_with(&(struct ask){ &verb_accept, .key = 1, .body = "{\"comment\":\"good\"}" },
		    "state", "\"accepted\"");
	assert_text("SELECT group_concat(s.version || decision || comment || actor, ' ') FROM "
		    "submission AS s JOIN review USING (submission_key)",
		    "1returnedplease measure againuid:7 2acceptedgooduid:0");
	assert_number("SELECT accepted_at FROM obligation WHERE obligation_key = 1", 1725206400);
	assert_number("SELECT count(*) FROM event WHERE type IN ('obligation.submitted', "
		      "'obligation.returned', 'obligation.accepted')",
		      4);
	/* The word of acceptance needs no comment. */
	file_it(2);
	succeed(&(struct ask){ &verb_accept, .key = 2 });
}

/* clang-format off */
static const struct refusal wrong_fields[] = {
	{ SUBMIT(99, FILED), .fault = FAULT_NOT_FOUND, .detail = "there is no obligation ob_99" },
	{ SUBMIT(1, "[]"), .fault = FAULT_INVALID, .detail = "the body must be a JSON object" },
	{ SUBMIT(1, "{\"summary\":7}"), .fault = FAULT_UNPROCESSED, .pointer = "/summary", .detail = "summary must be a string" },
	{ SUBMIT(1, "{\"receipt\":{}}"), .fault = FAULT_UNPROCESSED, .pointer = "/receipt", .detail = "receipt must be a string" },
	{ SUBMIT(1, "{\"author\":true}"), .fault = FAULT_UNPROCESSED, .pointer = "/author", .detail = "author must be a string" },
	{ SUBMIT(1, "{\"content\":[1]}"), .fault = FAULT_UNPROCESSED, .pointer = "/content", .detail = "content must be a JSON object" },
	{ SUBMIT(1, "{\"content\":\"text\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/content", .detail = "content must be a JSON object" },
	{ SUBMIT(1, "{\"sumary\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/sumary", .detail = "unknown member \"sumary\"; did you mean \"summary\"?" },
	{ .ask = { &verb_return, .key = 1 }, .fault = FAULT_UNPROCESSED, .pointer = "/comment", .detail = "a return needs a comment that says what to correct" },
	{ .ask = { &verb_return, .key = 1, .body = "{\"comment\":\"\"}" }, .fault = FAULT_UNPROCESSED, .pointer = "/comment", .detail = "a return needs a comment" },
	{ .ask = { &verb_return, .key = 1, .body = "{\"comment\":\" \\u3000\"}" }, .fault = FAULT_UNPROCESSED, .pointer = "/comment", .detail = "a return needs a comment" },
	{ .ask = { &verb_return, .key = 1, .body = "{\"comment\":1}" }, .fault = FAULT_UNPROCESSED, .pointer = "/comment", .detail = "comment must be a string" },
	{ .ask = { &verb_return, .key = 1, .body = "{\"coment\":\"x\"}" }, .fault = FAULT_UNPROCESSED, .pointer = "/coment", .detail = "did you mean \"comment\"?" },
	{ .ask = { &verb_return, .key = 99, .body = "{\"comment\":\"x\"}" }, .fault = FAULT_NOT_FOUND, .detail = "ob_99" },
	{ .ask = { &verb_accept, .key = 99 }, .fault = FAULT_NOT_FOUND, .detail = "ob_99" },
	{ .ask = { &verb_accept, .key = 1, .body = "{\"comment\":[]}" }, .fault = FAULT_UNPROCESSED, .pointer = "/comment", .detail = "comment must be a string" },
};

/* Nothing was filed yet, then something was, then it is accepted: what each state forbids, and what it allows. */
static const struct refusal not_filed[] = {
	{ .ask = { &verb_accept, .key = 1 }, .fault = FAULT_REFUSED, .rule = "state", .detail = "ob_1 is scheduled: accept is not possible; possible: open, submit, waive, cancel, hold, release, extend" },
	{ .ask = { &verb_return, .key = 1, .body = "{\"comment\":\"x\"}" }, .fault = FAULT_REFUSED, .rule = "state", .detail = "ob_1 is scheduled: return is not possible" },
};
static const struct refusal filed[] = {
	{ SUBMIT(1, FILED), .fault = FAULT_REFUSED, .rule = "state", .detail = "ob_1 is submitted: submit is not possible; " LEGAL_SUBMITTED },
};
static const struct refusal accepted[] = {
	{ SUBMIT(1, FILED), .fault = FAULT_REFUSED, .rule = "state", .detail = "ob_1 is accepted: submit is not possible; possible: nothing" },
	{ .ask = { &verb_accept, .key = 1 }, .fault = FAULT_REFUSED, .rule = "state", .detail = "ob_1 is accepted: accept is not possible; possible: nothing" },
	{ .ask = { &verb_return, .key = 1, .body = "{\"comment\":\"x\"}" }, .fault = FAULT_REFUSED, .rule = "state", .detail = "ob_1 is accepted: return is not possible; possible: nothing" },
};
/* clang-format on */

static void wrong_fields_are_pointed_at(void **state)
{
	(void)state;
	stage_published();
	REFUSE_ALL(wrong_fields);
}

static void each_state_allows_its_moves_only(void **state)
{
	(void)state;
	stage_published();
	REFUSE_ALL(not_filed);
	file_it(1);
	REFUSE_ALL(filed);
	succeed(&(struct ask){ &verb_accept, .key = 1 });
	REFUSE_ALL(accepted);
}

/* A field that is cut would be a report that was changed. */
static void what_is_too_long_is_refused_and_not_cut(void **state)
{
	static const struct {
		const char *member;
		size_t most;
	} fields[] = { { "author", 255 }, { "receipt", 127 }, { "summary", 4095 } };
	(void)state;
	stage_published();
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		char body[5000], detail[128], pointer[32];
		for (size_t more = 0; more < 2; more++) {
			int len = snprintf(body, sizeof(body), "{\"content\":{\"n\":1},\"%s\":\"",
					   fields[i].member);
			memset(body + len, 'x', fields[i].most + 1 - more);
			(void)snprintf(body + len + fields[i].most + 1 - more, 3, "\"}");
			(void)snprintf(detail, sizeof(detail),
				       "%s has %zu bytes; at most %zu are kept", fields[i].member,
				       fields[i].most + 1, fields[i].most);
			(void)snprintf(pointer, sizeof(pointer), "/%s", fields[i].member);
			struct refusal refusal = { SUBMIT(1, body), .fault = FAULT_UNPROCESSED,
						   .pointer = pointer, .detail = detail };
			if (more == 0)
				verb_free(refused(&refusal));
			else
				succeed(&refusal.ask);
		}
		give_back(1);
	}
}

/* ---- the unit's state ---- */

static void set_unit_state(const char *state)
{
	struct query q = look("UPDATE unit SET state = $1 WHERE unit_key = 1");
	query_text(&q, 1, state);
	assert_int_equal(query_run(&q, NULL), FAULT_NONE);
}

/* Before publication nothing is owed; with a result, or out of the programme, nothing is any more. */
static void who_owes_nothing_files_nothing(void **state)
{
	static const char *const states[] = { "passed",    "not_passed", "winner",
					      "withdrawn", "terminated", "revoked" };
	(void)state;
	stage_published();
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		char detail[96];
		set_unit_state(states[i]);
		(void)snprintf(detail, sizeof(detail), "un_1 is %s: it owes nothing any more",
			       states[i]);
		struct refusal refusal = { SUBMIT(1, FILED), .fault = FAULT_REFUSED,
					   .rule = "state", .detail = detail };
		verb_free(refused(&refusal));
	}
	set_unit_state("delivering");
}

static void the_request_moves_the_unit(void **state)
{
	(void)state;
	stage_published();
	file_it(5);
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "acceptance_requested");
	/* Returned and filed again, it stays there. Reports are still owed and may be filed. */
	give_back(5);
	file_it(5);
	file_it(1);
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "acceptance_requested");
}

/* The window ended without a request; a person may let it come. Under evaluation it is too late for another. */
static void the_request_where_it_is_legal(void **state)
{
	(void)state;
	stage_published();
	set_unit_state("pending_decision");
	file_it(5);
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "acceptance_requested");
	give_back(5);
	set_unit_state("under_evaluation");
	struct refusal refusal = { SUBMIT(5, FILED), .fault = FAULT_REFUSED, .rule = "state",
				   .detail = "un_1 is under_evaluation: request_acceptance is not "
					     "possible; possible: pass, fail" };
	verb_free(refused(&refusal));
	file_it(1); /* a report is another matter */
}

/* ---- what stops ---- */

/* Two reminders of the report are due and one of them has left; nothing of the acceptance request is touched. */
static void filing_stops_what_has_not_left(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00"); /* before-7 */
	assert_number("SELECT count(*) FROM outbox", 1);
	struct claim claim = { .max = 10, .per_endpoint = 4 };
	succeed(&(struct ask){ &verb_claim, .input = &claim });
	assert_int_equal(claim.n, 1);
	claim_clear(&claim);
	plan_to("2025-03-02T10:00:00+08:00"); /* before-1 */
	assert_number("SELECT count(*) FROM delivery WHERE state = 'due'", 1);
	/* The step of today is due and not decided yet when the report comes in. */
	set_clock("2025-03-03T10:00:00+08:00");
	file_it(1);
	assert_text("SELECT group_concat(m.step || d.state || coalesce(d.reason, ''), ' ') FROM "
		    "delivery AS d JOIN message AS m USING (message_key)",
		    "before-7sending before-1cancelledsatisfied");
	assert_text(
		"SELECT group_concat(step || outcome || coalesce(reason, ''), ' ') FROM (SELECT * "
		"FROM occasion WHERE obligation_key = 1 ORDER BY nominal_at)",
		"before-7sent before-1cancelledsatisfied duesuppressedsatisfied");
	assert_number("SELECT count(*) FROM outbox", 0);
	/* Two weeks later nothing more was said about it. */
	plan_to("2025-03-20T10:00:00+08:00");
	assert_number("SELECT count(*) FROM occasion WHERE obligation_key = 1", 3);
	assert_number("SELECT next_step_at IS NOT NULL FROM obligation WHERE obligation_key = 5",
		      1);
}

/* Held messages are not sent later either. */
static void filing_cancels_what_is_held(void **state)
{
	(void)state;
	stage_published();
	int64_t endpoint = endpoint_for("unit:un_1", "http://a.example/hook");
	succeed(&(struct ask){ &verb_endpoint_disable, .key = endpoint });
	plan_to("2025-02-24T10:00:00+08:00");
	assert_text("SELECT state || reason FROM delivery", "heldendpoint_disabled");
	assert_text("SELECT outcome || reason FROM occasion WHERE obligation_key = 1",
		    "heldendpoint_disabled");
	file_it(1);
	assert_text("SELECT state || reason FROM delivery", "cancelledsatisfied");
	assert_text("SELECT outcome || reason FROM occasion WHERE obligation_key = 1",
		    "cancelledsatisfied");
	succeed(&(struct ask){ &verb_endpoint_enable, .key = endpoint });
	assert_number("SELECT count(*) FROM outbox", 0);
}

/* Two endpoints: one got the reminder, the other's was cancelled. It was sent, and the books must say so. */
static void what_one_endpoint_got_was_sent(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	(void)endpoint_for("unit:un_1", "http://b.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	struct outcome outcome = { .message_key = claim_one(),
				   .attempt = 1,
				   .end = ATTEMPT_ANSWERED,
				   .status = 200,
				   .retry_after_s = -1 };
	succeed(&(struct ask){ &verb_outcomes, .input = &(struct outcomes){ &outcome, 1 } });
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 2 });
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "sent");
	file_it(1);
	assert_text("SELECT group_concat(state || coalesce(reason, ''), ' ') FROM delivery",
		    "delivered cancelledsatisfied");
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "sent");
}

/* Neither got it: only the last one's end says that nothing was sent. */
static void what_no_endpoint_got_was_not_sent(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	(void)endpoint_for("unit:un_1", "http://b.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 1 });
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "sent");
	succeed(&(struct ask){ &verb_endpoint_disable, .key = 2 });
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion",
		    "heldendpoint_disabled");
	succeed(&(struct ask){ &verb_endpoint_enable, .key = 1 });
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "sent");
	file_it(1);
	assert_text("SELECT outcome || coalesce(reason, '') FROM occasion", "cancelledsatisfied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_report_is_kept_as_it_was_filed),
		TEST(lateness_is_a_matter_of_a_second),
		TEST(what_is_returned_is_filed_again),
		TEST(wrong_fields_are_pointed_at),
		TEST(each_state_allows_its_moves_only),
		TEST(what_is_too_long_is_refused_and_not_cut),
		TEST(who_owes_nothing_files_nothing),
		TEST(the_request_moves_the_unit),
		TEST(the_request_where_it_is_legal),
		TEST(filing_stops_what_has_not_left),
		TEST(filing_cancels_what_is_held),
		TEST(what_one_endpoint_got_was_sent),
		TEST(what_no_endpoint_got_was_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
