/*
 * The life of a unit through the verbs: every state by every move, the end of the window and what is decided then, and
 * how everything falls silent when a unit leaves. P14, P15, P16, O9.
 */
#include "engine_kit.h"

#include "jiebang/unit.h"

#define MOVE(unit, text)   .ask = { &verb_unit_move, .key = (unit), .body = (text) }
#define DECIDE(unit, text) .ask = { &verb_decision_resolve, .key = (unit), .body = (text) }

static void move(int64_t unit, const char *name)
{
	char body[200];
	(void)snprintf(body, sizeof(body), "{\"move\":\"%s\",\"reason\":\"理由\"}", name);
	succeed(&(struct ask){ &verb_unit_move, .key = unit, .body = body });
}

/* ---- the matrix ---- */

/* clang-format off */
static const char *const events[] = {
	"recommend", "shortlist", "publish", "request_acceptance", "window_ended", "assign_evaluator",
	"pass", "fail", "win", "withdraw", "terminate", "revoke", "resume",
};

/* NULL: there is no such move. "by …": it is made by another act, and told whose. */
#define W "withdrawn"
#define T "terminated"
#define R "revoked"
static const struct {
	const char *from;
	const char *to[13];
	const char *legal;
} matrix[] = {
	/*                          recommend                 shortlist      publish          request                window_ended     assign_evaluator    pass      fail          win       w     t     r     resume */
	{ "applied",              { "by the recommender's", NULL,          NULL,            NULL,                  NULL,            NULL,               NULL,     NULL,         NULL,     W,    NULL, NULL, NULL },
	  "recommend, withdraw" },
	{ "recommended",          { NULL,                   "by importing", NULL,           NULL,                  NULL,            NULL,               NULL,     NULL,         NULL,     W,    NULL, NULL, NULL },
	  "shortlist, withdraw" },
	{ "shortlisted",          { NULL,                   NULL,          "by publishing", NULL,                  NULL,            NULL,               NULL,     NULL,         NULL,     W,    T,    R,    NULL },
	  "publish, withdraw, terminate, revoke" },
	{ "delivering",           { NULL,                   NULL,          NULL,            "by filing",           "by the daemon", NULL,               NULL,     NULL,         NULL,     W,    T,    R,    NULL },
	  "request_acceptance, window_ended, withdraw, terminate, revoke" },
	{ "acceptance_requested", { NULL,                   NULL,          NULL,            NULL,                  NULL,            "under_evaluation", NULL,     NULL,         NULL,     W,    T,    R,    NULL },
	  "assign_evaluator, withdraw, terminate, revoke" },
	{ "under_evaluation",     { NULL,                   NULL,          NULL,            NULL,                  NULL,            NULL,               "passed", "not_passed", NULL,     W,    T,    R,    NULL },
	  "pass, fail, withdraw, terminate, revoke" },
	{ "passed",               { NULL,                   NULL,          NULL,            NULL,                  NULL,            NULL,               NULL,     NULL,         "winner", NULL, NULL, R,    NULL },
	  "win, revoke" },
	{ "not_passed",           { NULL }, "nothing" },
	{ "winner",               { NULL,                   NULL,          NULL,            NULL,                  NULL,            NULL,               NULL,     NULL,         NULL,     NULL, NULL, R,    NULL },
	  "revoke" },
	{ "pending_decision",     { NULL,                   NULL,          NULL,            "by filing",           NULL,            NULL,               NULL,     NULL,         NULL,     W,    T,    R,    "delivering" },
	  "request_acceptance, withdraw, terminate, revoke, resume" },
	{ "withdrawn",            { NULL }, "nothing" },
	{ "terminated",           { NULL }, "nothing" },
	{ "revoked",              { NULL }, "nothing" },
};
/* clang-format on */

static void refuse_move(size_t from, size_t on, const char *body)
{
	char detail[256];
	const char *by = matrix[from].to[on];
	(void)snprintf(detail, sizeof(detail),
		       by ? "un_1 is %s: %s is made %s"
			  : "un_1 is %s: %s is not possible; possible: %s",
		       matrix[from].from, events[on], by ? by : matrix[from].legal);
	struct refusal refusal = { MOVE(1, body), .fault = FAULT_REFUSED, .rule = "state",
				   .detail = detail };
	verb_free(refused(&refusal));
}

static void one_move(size_t from, size_t on)
{
	char sql[120], body[160];
	const char *to = matrix[from].to[on];
	(void)snprintf(sql, sizeof(sql), "UPDATE unit SET state = '%s'", matrix[from].from);
	execute(sql);
	(void)snprintf(body, sizeof(body), "{\"move\":\"%s\",\"reason\":\"x\"}", events[on]);
	if (!to || strncmp(to, "by ", 3) == 0) {
		refuse_move(from, on, body);
		return;
	}
	struct jr_doc *doc = answer(&(struct ask){ &verb_unit_move, .key = 1, .body = body });
	char quoted[64];
	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", to);
	expect(doc, "state", quoted);
	jr_free(doc);
	assert_text(
		"SELECT json_extract(old, '$.state') FROM change ORDER BY change_key DESC LIMIT 1",
		matrix[from].from);
	assert_text(
		"SELECT json_extract(new, '$.state') FROM change ORDER BY change_key DESC LIMIT 1",
		to);
}

static void every_state_by_every_move(void **state)
{
	assert_int_equal(COUNT_OF(matrix), UNIT_STATE_COUNT);
	assert_int_equal(COUNT_OF(events), UNIT_EVENT_COUNT);
	for (size_t from = 0; from < COUNT_OF(matrix); from++)
		for (size_t on = 0; on < COUNT_OF(events); on++) {
			if (from + on > 0)
				assert_int_equal(setup(state), 0);
			stage_published();
			one_move(from, on);
			if (from + on < COUNT_OF(matrix) + COUNT_OF(events) - 2)
				assert_int_equal(teardown(state), 0);
		}
}

/* clang-format off */
static const struct refusal wrong_moves[] = {
	{ MOVE(1, "{}"), .fault = FAULT_UNPROCESSED, .pointer = "/move", .detail = "there is no move \"\"; of a unit that is delivering, possible: request_acceptance" },
	{ MOVE(1, "{\"move\":\"withdrew\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/move", .detail = "there is no move \"withdrew\"" },
	{ MOVE(1, "{\"move\":\"withdraw\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/reason", .detail = "this needs its reason" },
	{ MOVE(1, "{\"move\":\"withdraw\",\"reason\":\"　\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/reason", .detail = "this needs its reason" },
	{ MOVE(1, "{\"move\":\"withdraw\",\"why\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/why", .detail = "unknown member" },
	{ MOVE(9, "{\"move\":\"withdraw\",\"reason\":\"x\"}"), .fault = FAULT_NOT_FOUND, .detail = "un_9" },
	{ DECIDE(1, "{\"as\":\"resume\",\"reason\":\"x\"}"), .fault = FAULT_REFUSED, .rule = "state", .detail = "un_1 is delivering: nothing is to be decided" },
};
/* clang-format on */

static void wrong_moves_are_refused(void **state)
{
	(void)state;
	stage_published();
	REFUSE_ALL(wrong_moves);
}

/* ---- leaving ---- */

/* Owed, open, filed and accepted obligations; messages that wait, are held, and one that was sent. */
static void a_unit_that_withdraws_hears_nothing_more(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	(void)endpoint_for("office", "http://office.example/");
	succeed(&(struct ask){ &verb_submit, .key = 2, .body = "{\"summary\":\"x\"}" });
	succeed(&(struct ask){ &verb_submit, .key = 3, .body = "{\"summary\":\"x\"}" });
	succeed(&(struct ask){ &verb_accept, .key = 3 });
	plan_to("2025-02-24T09:00:00+08:00");
	plan_to("2025-03-02T09:00:00+08:00");
	assert_number("SELECT count(*) FROM delivery WHERE state = 'due'", 2);
	move(1, "withdraw");
	assert_text("SELECT group_concat(state, ' ') FROM (SELECT state FROM obligation ORDER BY "
		    "obligation_key)",
		    "cancelled submitted accepted cancelled cancelled");
	assert_text("SELECT group_concat(DISTINCT d.state || d.reason) FROM delivery AS d JOIN "
		    "message AS m USING (message_key) WHERE m.step IS NOT NULL",
		    "cancelledwithdrawn");
	assert_text("SELECT group_concat(DISTINCT outcome || reason) FROM occasion",
		    "cancelledwithdrawn");
	assert_number("SELECT count(*) FROM agenda", 0);
	assert_number("SELECT count(*) FROM timer WHERE kind = 'window_end'", 0);
	assert_text(
		"SELECT group_concat(e.owner || m.type, ' ') FROM message AS m JOIN endpoint AS "
		"e USING (endpoint_key) WHERE m.step IS NULL",
		"unit:un_1unit.withdrawn officeunit.withdrawn");
	assert_text(
		"SELECT group_concat(type, ' ') FROM event WHERE type LIKE 'unit.w%' OR type = "
		"'obligation.cancelled'",
		"obligation.cancelled obligation.cancelled obligation.cancelled unit.withdrawn");
	/* Years later nothing has been planned. */
	plan_to("2027-01-01T00:00:00+08:00");
	assert_number("SELECT count(*) FROM message", 4);
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "withdrawn");
}

/* What was filed and needs an acceptance is not satisfied; what was filed and needs none is. */
static void what_waits_for_an_acceptance_ends_too(void **state)
{
	(void)state;
	stage_published();
	execute("UPDATE rule SET satisfied_by = 'acceptance' WHERE id = 'progress'");
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = "{\"summary\":\"x\"}" });
	move(1, "terminate");
	assert_text("SELECT state FROM obligation WHERE obligation_key = 1", "cancelled");
}

/* ---- the end of the window ---- */

static void the_end_eliminates_nobody(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("office", "http://office.example/");
	plan_to("2026-09-02T23:59:59+08:00");
	assert_text("SELECT group_concat(state, ' ') FROM unit", "delivering delivering");
	plan_to("2026-09-03T00:00:01+08:00");
	/* The potential unit owes nothing, so that it has missed nothing. */
	assert_text("SELECT group_concat(state, ' ') FROM unit", "pending_decision delivering");
	assert_text("SELECT unit_key || cause || window_end_on || coalesce(closed_at, '-') FROM "
		    "decision_task",
		    "1window_end2026-09-02-");
	assert_text("SELECT object || json_extract(detail, '$.trigger') || json_extract(detail, "
		    "'$.ended_at') FROM audit WHERE verb = 'window_end'",
		    "un_1window_end2026-09-03T00:00:00+08:00");
	assert_number("SELECT count(*) FROM message WHERE type = 'decision.opened'", 1);
	assert_number("SELECT count(*) FROM event WHERE type = 'unit.pending_decision' OR type = "
		      "'decision.opened'",
		      2);
	/* What it owes, it owes still, and is reminded of. */
	assert_number(
		"SELECT count(*) FROM obligation WHERE state = 'open' AND next_step_at IS NOT "
		"NULL",
		5);
	plan_to("2026-10-03T00:00:00+08:00");
	assert_number("SELECT count(*) FROM decision_task", 1);
}

/* ob_5 is the acceptance request. */
static void who_has_asked_for_acceptance_is_left_alone(void **state)
{
	(void)state;
	stage_published();
	set_clock("2026-09-02T23:59:00+08:00");
	succeed(&(struct ask){ &verb_submit, .key = 5, .body = "{\"summary\":\"x\"}" });
	plan_to("2026-09-10T00:00:00+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "acceptance_requested");
	assert_number("SELECT count(*) FROM decision_task", 0);
}

/* Too late, but filed: what was to be decided is settled by it. */
static void a_late_request_closes_the_decision(void **state)
{
	(void)state;
	stage_published();
	plan_to("2026-09-10T00:00:00+08:00");
	succeed(&(struct ask){ &verb_submit, .key = 5, .body = "{\"summary\":\"x\"}",
			       .actor = "uid:7" });
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "acceptance_requested");
	assert_text("SELECT resolution || closed_by FROM decision_task", "request_acceptanceuid:7");
}

static void an_extension_moves_the_end(void **state)
{
	(void)state;
	stage_published();
	succeed(&(struct ask){ &verb_unit_change, .key = 1,
			       .body = "{\"kind\":\"extension\",\"months\":6,\"reason\":\"x\","
				       "\"approver\":\"y\",\"doc_no\":\"z\"}" });
	plan_to("2027-03-02T23:59:59+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "delivering");
	plan_to("2027-03-03T00:00:00+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "pending_decision");
}

/* ---- decisions ---- */

static void stage_ended(void)
{
	stage_published();
	(void)endpoint_for("office", "http://office.example/");
	plan_to("2026-09-03T00:00:00+08:00");
}

/* clang-format off */
static const struct refusal wrong_decisions[] = {
	{ DECIDE(1, "{\"reason\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/as", .detail = "resume, terminate or revoke" },
	{ DECIDE(1, "{\"as\":\"withdraw\",\"reason\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/as", .detail = "resume, terminate or revoke" },
	{ DECIDE(1, "{\"as\":\"resume\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/reason", .detail = "needs its reason" },
	{ DECIDE(1, "{\"as\":\"resume\",\"reason\":\"x\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/months", .detail = "until when does it go on?" },
	{ DECIDE(1, "{\"as\":\"resume\",\"reason\":\"x\",\"months\":0}"), .fault = FAULT_UNPROCESSED, .pointer = "/months", .detail = "1 to 60" },
	{ DECIDE(1, "{\"as\":\"resume\",\"reason\":\"x\",\"months\":6,\"ends_on\":\"2027-01-01\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/ends_on", .detail = "not both" },
	{ DECIDE(1, "{\"as\":\"resume\",\"reason\":\"x\",\"ends_on\":\"2026-09-02\",\"doc_no\":\"z\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/ends_on", .detail = "before today" },
	{ DECIDE(1, "{\"as\":\"resume\",\"reason\":\"x\",\"months\":6}"), .fault = FAULT_REFUSED, .rule = "window", .clause = "名单公布之日起不超过2年", .detail = "knows no extension" },
	{ .ask = { &verb_unit_change, .key = 1, .body = "{\"kind\":\"extension\",\"months\":6,\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}" }, .fault = FAULT_REFUSED, .rule = "state", .detail = "decision resolve --as resume" },
};
/* clang-format on */

static void it_resumes_with_a_new_end(void **state)
{
	(void)state;
	stage_ended();
	REFUSE_ALL(wrong_decisions);
	succeed(&(struct ask){
		&verb_decision_resolve, .key = 1,
		.body = "{\"as\":\"resume\",\"reason\":\"设备到货延误\",\"months\":6,"
			"\"doc_no\":\"工信函1号\"}" });
	assert_text("SELECT state || window_end_on FROM unit WHERE unit_key = 1",
		    "delivering2027-03-02");
	assert_text("SELECT resolution FROM decision_task", "resume");
	assert_text("SELECT group_concat(kind, ' ') FROM change", "extension state");
	assert_text("SELECT due_on FROM obligation WHERE obligation_key = 5", "2027-03-02");
	assert_text("SELECT group_concat(type, ' ') FROM message WHERE step IS NULL",
		    "decision.opened unit.resumed");
	/* And when the new end has come as well, that is another decision. */
	plan_to("2027-03-03T00:00:00+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "pending_decision");
	assert_number("SELECT count(*) FROM decision_task", 2);
	succeed(&(struct ask){ &verb_decision_resolve, .key = 1,
			       .body = "{\"as\":\"resume\",\"reason\":\"x\",\"ends_on\":"
				       "\"2027-06-30\",\"doc_no\":\"z\"}" });
	assert_text("SELECT state || window_end_on FROM unit WHERE unit_key = 1",
		    "delivering2027-06-30");
}

static void it_is_terminated_or_revoked(void **state)
{
	static const char *const ways[][2] = {
		{ "{\"as\":\"terminate\",\"reason\":\"x\"}", "terminated" },
		{ "{\"as\":\"revoke\",\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}",
		  "revoked" },
	};
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		if (i > 0)
			assert_int_equal(setup(state), 0);
		stage_ended();
		succeed(&(struct ask){ &verb_decision_resolve, .key = 1, .body = ways[i][0] });
		assert_text("SELECT state FROM unit WHERE unit_key = 1", ways[i][1]);
		assert_number("SELECT count(*) FROM obligation WHERE state = 'cancelled'", 5);
		assert_number("SELECT count(*) FROM decision_task WHERE closed_at IS NULL", 0);
		if (i + 1 < COUNT_OF(ways))
			assert_int_equal(teardown(state), 0);
	}
}

/* All is shifted while it waits: its new end is to come, and a resumption needs no other. */
static void a_shift_while_it_waits(void **state)
{
	(void)state;
	stage_ended();
	succeed(&(struct ask){
		&verb_programme_shift, .name = "future-1",
		.body = "{\"months\":6,\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":"
			"\"z\"}" });
	assert_text("SELECT state || window_end_on FROM unit WHERE unit_key = 1",
		    "pending_decision2027-03-02");
	succeed(&(struct ask){ &verb_decision_resolve, .key = 1,
			       .body = "{\"as\":\"resume\",\"reason\":\"x\"}" });
	assert_number("SELECT at FROM timer WHERE kind = 'window_end' AND key = 1",
		      instant("2027-03-03T00:00:00+08:00"));
}

/* ---- a potential unit ---- */

static void a_potential_unit_owes_nothing_and_may_win(void **state)
{
	static const char *const way[] = { "request_acceptance", "assign_evaluator", "pass",
					   "win" };
	(void)state;
	stage_published();
	assert_number("SELECT count(*) FROM obligation WHERE unit_key = 2", 0);
	plan_to("2026-10-01T00:00:00+08:00");
	for (size_t i = 0; i < COUNT_OF(way); i++) {
		char body[80];
		(void)snprintf(body, sizeof(body), "{\"move\":\"%s\"}", way[i]);
		succeed(&(struct ask){ &verb_unit_move, .key = 2, .body = body });
	}
	assert_text("SELECT state FROM unit WHERE unit_key = 2", "winner");
}

/* One winner a task, soft: the second needs a reason; hard: there is none. */
static void winners_are_capped(void **state)
{
	(void)state;
	struct programme_set *set = set_by_hand();
	set->items[0]->winner_cap.level = CAP_LEVEL_TRACK;
	set->items[0]->winner_cap.limit = 1;
	set->items[0]->sha256[0] = 'f';
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	import_rows(ROW_1 ROW_2 ROW_3);
	publish();
	execute("UPDATE unit SET state = 'passed'");
	static const char win[] = "{\"move\":\"win\"}";
	static const char with_reason[] = "{\"move\":\"win\",\"reason\":\"并列\"}";
	succeed(&(struct ask){ &verb_unit_move, .key = 1, .body = win });
	succeed(&(struct ask){ &verb_unit_move, .key = 2, .body = win }); /* another track */
	struct refusal second = { MOVE(3, win), .fault = FAULT_REFUSED, .rule = "winner_cap",
				  .detail = "winners of this track so far: 1; the soft cap is 1; "
					    "it can be passed with a recorded reason" };
	verb_free(refused(&second));
	succeed(&(struct ask){ &verb_unit_move, .key = 3, .body = with_reason });
	assert_text("SELECT json_extract(new, '$.over_cap.winners') || reason FROM change WHERE "
		    "unit_key = 3",
		    "1并列");
	set = set_by_hand();
	set->items[0]->winner_cap.level = CAP_LEVEL_PROGRAMME;
	set->items[0]->winner_cap.limit = 3;
	set->items[0]->winner_cap.hard = true;
	set->items[0]->sha256[0] = 'e';
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	import_rows("乙,三号任务,项目四,示例单位四,,示例厅,\n");
	execute("UPDATE unit SET state = 'passed' WHERE unit_key = 4");
	second.ask.key = 4;
	second.ask.body = with_reason;
	second.detail = "winners of this programme so far: 3; the hard cap is 3";
	verb_free(refused(&second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_state_by_every_move),
		TEST(wrong_moves_are_refused),
		TEST(a_unit_that_withdraws_hears_nothing_more),
		TEST(what_waits_for_an_acceptance_ends_too),
		TEST(the_end_eliminates_nobody),
		TEST(who_has_asked_for_acceptance_is_left_alone),
		TEST(a_late_request_closes_the_decision),
		TEST(an_extension_moves_the_end),
		TEST(it_resumes_with_a_new_end),
		TEST(it_is_terminated_or_revoked),
		TEST(a_shift_while_it_waits),
		TEST(a_potential_unit_owes_nothing_and_may_win),
		TEST(winners_are_capped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
