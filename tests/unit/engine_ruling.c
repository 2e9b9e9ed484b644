/*
 * What a person decides against the plan: waive, cancel, hold, release, extend; in every state, with reason, approver
 * and expiry (O10). And what is asked for beside the plan, and by milestones (O1, O11).
 */
#include "engine_course_kit.h"

#define UNTIL(day) "{\"until\":\"" day "\",\"reason\":\"诉讼\",\"approver\":\"王处长\"}"
#define DUE(day)   "{\"due_on\":\"" day "\",\"reason\":\"断供\",\"approver\":\"王处长\"}"
#define AGAIN      "{\"comment\":\"x\"}"

/* ---- every move of the machine ---- */

static const struct {
	const char *name;
	const struct verb_kind *kind;
	const char *body;
} moves[] = {
	{ "submit", &verb_submit, FILED },     { "return", &verb_return, AGAIN },
	{ "accept", &verb_accept, "{}" },      { "waive", &verb_waive, BECAUSE },
	{ "cancel", &verb_cancel, BECAUSE },   { "hold", &verb_hold, UNTIL("2025-03-10") },
	{ "release", &verb_release, BECAUSE }, { "extend", &verb_extend, DUE("2025-06-30") },
};

/* How a state is come by, from 'open'; and what each move makes of it, in the order of moves[] (NULL: refused). */
static const struct {
	const char *state;
	size_t way[3]; /* indices into moves[] */
	size_t n_way;
	const char *to[8];
} states[] = {
	{ "open",
	  { 0 },
	  0,
	  { "submitted", NULL, NULL, "waived", "cancelled", "open", NULL, "open" } },
	{ "submitted",
	  { 0 },
	  1,
	  { NULL, "returned", "accepted", "waived", "cancelled", "submitted", NULL, NULL } },
	{ "returned",
	  { 0, 1 },
	  2,
	  { "submitted", NULL, NULL, "waived", "cancelled", "returned", NULL, "returned" } },
	{ "accepted", { 0, 2 }, 2, { NULL } },
	{ "waived", { 3 }, 1, { NULL } },
	{ "cancelled", { 4 }, 1, { NULL } },
	/* Held beside any of them: it may be released, and everything else goes on. */
	{ "open",
	  { 5 },
	  1,
	  { "submitted", NULL, NULL, "waived", "cancelled", "open", "open", "open" } },
	{ "submitted",
	  { 0, 5 },
	  2,
	  { NULL, "returned", "accepted", "waived", "cancelled", "submitted", "submitted", NULL } },
	{ "returned",
	  { 0, 1, 5 },
	  3,
	  { "submitted", NULL, NULL, "waived", "cancelled", "returned", "returned", "returned" } },
};

static struct ask move_of(size_t i)
{
	return (struct ask){ moves[i].kind, .key = 1, .body = moves[i].body };
}

static void stage_state(void **state, size_t s)
{
	assert_int_equal(setup(state), 0);
	stage_reviewed();
	plan_to("2025-02-20T10:00:00+08:00");
	for (size_t i = 0; i < states[s].n_way; i++) {
		struct ask ask = move_of(states[s].way[i]);
		succeed(&ask);
	}
	assert_text("SELECT state FROM obligation WHERE obligation_key = 1", states[s].state);
}

static void every_move_in_every_state(void **state)
{
	for (size_t s = 0; s < COUNT_OF(states); s++)
		for (size_t m = 0; m < COUNT_OF(moves); m++) {
			assert_int_equal(teardown(state), 0);
			stage_state(state, s);
			struct ask ask = move_of(m);
			if (states[s].to[m]) {
				succeed(&ask);
				assert_text("SELECT state FROM obligation WHERE obligation_key = 1",
					    states[s].to[m]);
				continue;
			}
			struct refusal refusal = { .ask = ask,
						   .fault = FAULT_REFUSED,
						   .rule = "state",
						   .detail = "ob_1 is " };
			verb_free(refused(&refusal));
		}
}

/* ---- reasons ---- */

#define WRONG(kind_, text, where, what)                                                            \
	{                                                                                          \
		.ask = POST_(kind_, 1, text), .fault = FAULT_UNPROCESSED, .pointer = where,        \
		.detail = what                                                                     \
	}

static const struct refusal wrong[] = {
	WRONG(verb_waive, NULL, "/reason", "a waiver needs its reason"),
	WRONG(verb_waive, "{\"reason\":\" \"}", "/reason", "a waiver needs its reason"),
	WRONG(verb_waive, "{\"reason\":\"r\",\"until\":\"2025-03-01\"}", "/until",
	      "unknown member"),
	WRONG(verb_cancel, "{}", "/reason", "a cancellation needs its reason"),
	WRONG(verb_hold, "{\"until\":\"2025-03-01\"}", "/reason", "a hold needs its reason"),
	WRONG(verb_hold, BECAUSE, "/until", "until must be a day as YYYY-MM-DD"),
	WRONG(verb_hold, "{\"until\":\"2025-02-30\",\"reason\":\"r\"}", "/until",
	      "until must be a day"),
	WRONG(verb_hold, UNTIL("2025-02-19"), "/until", "today is 2025-02-20 already"),
	WRONG(verb_release, "{}", "/reason", "a release needs its reason"),
	WRONG(verb_extend, "{\"due_on\":\"2025-06-30\"}", "/reason",
	      "an extension needs its reason"),
	WRONG(verb_extend, BECAUSE, "/due_on", "due_on must be a day as YYYY-MM-DD"),
	WRONG(verb_extend, DUE("2025-03-03"), "/due_on",
	      "it is due on 2025-03-03 already: an extension gives a later day"),
};

static void a_ruling_has_its_reason(void **state)
{
	(void)state;
	stage_reviewed();
	plan_to("2025-02-20T10:00:00+08:00");
	REFUSE_ALL(wrong);
	succeed(&(struct ask)POST_(verb_waive, 1,
				   "{\"reason\":\"并入二号\",\"approver\":\"王处长\"}"));
	succeed(&(struct ask)POST_(verb_cancel, 2, BECAUSE));
	/* Who names nobody approves it themselves. */
	assert_text("SELECT group_concat(kind || reason || approver, ' ') FROM ruling",
		    "waive并入二号王处长 cancelruid:0");
	assert_text("SELECT group_concat(type || data, ' ') FROM event WHERE type LIKE "
		    "'obligation.wai%' OR type LIKE 'obligation.canc%'",
		    "obligation.waived{\"reason\":\"并入二号\",\"approver\":\"王处长\",\"actor\":"
		    "\"uid:0\"} "
		    "obligation.cancelled{\"reason\":\"r\",\"approver\":\"uid:0\",\"actor\":\"uid:"
		    "0\"}");
}

/* ---- holds ---- */

static void an_expired_hold_resumes_with_one_message(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("unit:un_1", "https://unit.example/");
	plan_to("2025-02-20T10:00:00+08:00");
	answer_with(&(struct ask)POST_(verb_hold, 1, UNTIL("2025-03-04")), "held_until",
		    "\"2025-03-04\"");
	plan_to("2025-03-04T23:59:59+08:00");
	assert_number("SELECT count(*) FROM message WHERE obligation_key = 1", 0);
	assert_steps(1, 1, "");
	plan_to("2025-03-05T00:00:00+08:00");
	/* A hold never moves the deadline. */
	assert_text(STATE_1, "open 1 2025-03-03");
	assert_steps(1, 1, "before-7=coalesced before-1=coalesced due=coalesced after-1=sent");
	assert_text("SELECT steps FROM message WHERE obligation_key = 1",
		    "[\"before-7\",\"before-1\",\"due\",\"after-1\"]");
	assert_text("SELECT data FROM event WHERE type = 'obligation.released'",
		    "{\"cause\":\"expired\"}");
	assert_text("SELECT kind || reason || approver || expires_on FROM ruling",
		    "hold诉讼王处长2025-03-04");
}

static void a_hold_is_released_before_it_expires(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("unit:un_1", "https://unit.example/");
	plan_to("2025-02-20T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_hold, 1, UNTIL("2025-06-01")));
	plan_to("2025-02-25T10:00:00+08:00");
	answer_with(&(struct ask)POST_(verb_release, 1, BECAUSE), "held_until", "null");
	plan_to("2025-02-25T10:00:00+08:00");
	assert_steps(1, 1, "before-7=sent");
	plan_to("2025-03-02T10:00:00+08:00");
	assert_steps(1, 1, "before-7=sent before-1=sent");
}

/* What was said and has not arrived waits with the rest, and the operator cannot push it past the hold. */
static void a_hold_keeps_what_has_not_left(void **state)
{
	(void)state;
	stage_reviewed();
	int64_t endpoint = endpoint_for("unit:un_1", "https://unit.example/");
	plan_to("2025-02-24T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_hold, 1, UNTIL("2025-03-01")));
	assert_text("SELECT state || reason FROM delivery", "heldhold");
	assert_steps(1, 1, "before-7=held(hold)");
	struct refusal push = { .ask = { &verb_delivery_retry,
					 .name = text("SELECT id FROM message") },
				.fault = FAULT_REFUSED,
				.rule = "hold",
				.detail = "ob_1 is held: nobody is reminded of it" };
	verb_free(refused(&push));
	answer_with(&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"held\"}" },
		    "retried", "0");
	/* Both hands on it: the endpoint comes back, the hold stays. */
	succeed(&(struct ask){ &verb_endpoint_disable, .key = endpoint });
	succeed(&(struct ask){ &verb_endpoint_enable, .key = endpoint });
	assert_text("SELECT state || reason FROM delivery", "heldhold");
	plan_to("2025-03-02T00:00:00+08:00");
	assert_text("SELECT state FROM delivery", "due");
	assert_steps(1, 1, "before-7=sent");
}

static void what_is_filed_during_a_hold_ends_it(void **state)
{
	(void)state;
	stage_reviewed();
	plan_to("2025-02-20T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_hold, 1, UNTIL("2025-06-01")));
	file_at(1, "2025-02-27T10:00:00+08:00");
	assert_steps(1, 1, "before-7=suppressed(satisfied)");
	assert_number("SELECT held_until_at IS NULL FROM obligation WHERE obligation_key = 1", 1);
}

static void a_review_is_held_too_but_not_what_nobody_reviews(void **state)
{
	static const struct refusal nothing = {
		.ask = POST_(verb_hold, 5, UNTIL("2025-06-01")),
		.fault = FAULT_REFUSED,
		.rule = "state",
		.detail = "ob_5 is submitted and nobody is reminded of "
			  "it: there is nothing to hold"
	};
	(void)state;
	stage_reviewed();
	file_at(1, "2025-02-25T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_hold, 1, UNTIL("2025-03-05")));
	plan_to("2025-03-05T12:00:00+08:00");
	assert_steps(1, 1, "before-7=suppressed(no_endpoint)");
	plan_to("2025-03-06T00:00:00+08:00");
	assert_steps(1, 1,
		     "before-7=suppressed(no_endpoint) review-before-1=suppressed(no_endpoint) "
		     "review-due=suppressed(no_endpoint) review-after-1=suppressed(no_endpoint)");
	succeed(&(struct ask)POST_(verb_submit, 5, FILED));
	verb_free(refused(&nothing));
}

/* ---- extensions ---- */

static void an_extension_begins_the_ladder_anew(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("unit:un_1", "https://unit.example/");
	walk_to("2025-03-02T10:00:00+08:00");
	set_clock("2025-03-03T10:00:00+08:00"); /* the step of today is not decided yet */
	struct jr_doc *doc = answer(&(struct ask)POST_(verb_extend, 1, DUE("2025-04-12")));
	expect(doc, "due_on", "\"2025-04-12\""); /* a Saturday: what is granted does not roll */
	expect(doc, "extended_to", "\"2025-04-12\"");
	expect(doc, "last_day_on", "\"2025-03-02\"");
	jr_free(doc);
	assert_steps(1, 1,
		     "before-7=cancelled(rescheduled) before-1=cancelled(rescheduled) "
		     "due=suppressed(rescheduled)");
	/* The unit is told of it at once. */
	assert_text("SELECT group_concat(type || revision) FROM message WHERE step IS NULL",
		    "obligation.rescheduled2");
	plan_to("2025-04-05T10:00:00+08:00");
	assert_steps(1, 2, "before-7=sent");
	assert_text("SELECT kind || old_due_on || new_due_on FROM ruling",
		    "extend2025-03-032025-04-12");
	assert_text(
		"SELECT data FROM event WHERE type = 'obligation.rescheduled'",
		"{\"cause\":\"extension\",\"old_due_on\":\"2025-03-03\",\"due_on\":\"2025-04-12\","
		"\"reason\":\"断供\",\"approver\":\"王处长\",\"actor\":\"uid:0\"}");
	/* No calendar moves what a person granted. */
	static const char off[] =
		"date,kind,name\n2025-04-14,holiday,示例\n2025-10-01,holiday,国庆节\n";
	succeed(&(struct ask){ &verb_calendar_import, .text = off });
	assert_text(STATE_1, "open 2 2025-04-12");
	/* It is late from the granted day on. */
	set_clock("2025-04-13T00:00:00+08:00");
	answer_with(&(struct ask)POST_(verb_submit, 1, FILED), "late", "true");
}

static void the_window_is_not_extended_by_its_request(void **state)
{
	static const struct refusal past = {
		.ask = POST_(verb_extend, 5, DUE("2026-09-03")),
		.fault = FAULT_REFUSED,
		.rule = "window",
		.clause = "名单公布之日起不超过2年",
		.detail = "the window of un_1 ends on 2026-09-02: an acceptance "
			  "request can't be due on 2026-09-03"
	};
	(void)state;
	stage_reviewed();
	verb_free(refused(&past));
	succeed(&(struct ask)POST_(verb_extend, 4,
				   DUE("2026-12-31"))); /* a report is another matter */
}

static void an_extension_that_is_past_is_refused(void **state)
{
	static const struct refusal past = { .ask = POST_(verb_extend, 1, DUE("2025-03-20")),
					     .fault = FAULT_UNPROCESSED,
					     .pointer = "/due_on",
					     .detail = "today is 2025-04-01" };
	(void)state;
	stage_reviewed();
	plan_to("2025-04-01T10:00:00+08:00");
	verb_free(refused(&past));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_move_in_every_state),
		TEST(a_ruling_has_its_reason),
		TEST(an_expired_hold_resumes_with_one_message),
		TEST(a_hold_is_released_before_it_expires),
		TEST(a_hold_keeps_what_has_not_left),
		TEST(what_is_filed_during_a_hold_ends_it),
		TEST(a_review_is_held_too_but_not_what_nobody_reviews),
		TEST(an_extension_begins_the_ladder_anew),
		TEST(the_window_is_not_extended_by_its_request),
		TEST(an_extension_that_is_past_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
