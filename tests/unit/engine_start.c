/*
 * An engine starts on a state that is there already: whose it is, whether the clock can be trusted, and what the last
 * boot left in the air. Contract 4, 5, 8; "Delivery states" in DESIGN.
 */
#include "engine_kit.h"

#include "engine/engine_inside.h"

static char state_dir[64];

static struct engine_options options_of(struct clock *clock)
{
	return (struct engine_options){
		.state_dir = state_dir, .clock = clock, .retry = retry_schedule_default, .seed = 1
	};
}

/* Statements of the old connection are gone with it. */
static void stop(void)
{
	engine_free(engine);
	engine = NULL;
	looks_forget();
}

static void start(void)
{
	const struct engine_options options = options_of(&stage_clock);
	engine_on(&options);
	store = engine->tx.store;
	succeed(&(struct ask){ .kind = &verb_programmes_load, .input = set_by_hand() });
}

static int setup_dir(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	(void)text_copy(state_dir, sizeof(state_dir), "/tmp/jb-start-XXXXXX");
	assert_non_null(mkdtemp(state_dir));
	clock_init_simulated(&stage_clock, instant("2024-09-02T00:00:00+08:00"));
	start();
	succeed(&(struct ask){ .kind = &verb_calendar_import, .text = calendar_text });
	return 0;
}

static void remove_file(const char *name)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/%s", state_dir, name);
	(void)unlink(path);
}

static int teardown_dir(void **state)
{
	static const char *const files[] = { "jiebang.db", "jiebang.db-wal", "jiebang.db-shm",
					     "lock" };
	(void)state;
	if (engine) {
		check_rows();
		check_chain(0);
	}
	stop();
	for (size_t i = 0; i < COUNT_OF(files); i++)
		remove_file(files[i]);
	assert_int_equal(rmdir(state_dir), 0);
	return 0;
}

/* ---- whose state it is ---- */

static void what_was_answered_is_there_again(void **state)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	(void)state;
	stage_published();
	set_clock("2025-01-05T00:00:00+08:00");
	dump(&before);
	stop();
	clock_init_simulated(&stage_clock, 0); /* the configuration names an earlier instant */
	start();
	assert_int_equal(stage_clock.simulated_at, instant("2025-01-05T00:00:00+08:00"));
	assert_number("SELECT boot FROM instance", 2);
	execute("UPDATE instance SET boot = 1");
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
}

/* A later instant in the configuration is an outage: the clock goes on from there. */
static void a_later_simulated_instant_is_taken(void **state)
{
	(void)state;
	stop();
	clock_init_simulated(&stage_clock, instant("2025-01-05T00:00:00+08:00"));
	start();
	assert_int_equal(number("SELECT simulated_at FROM instance"),
			 instant("2025-01-05T00:00:00+08:00"));
	assert_number("SELECT hold_reason IS NULL FROM instance", 1);
}

static void expect_no_start(struct clock *clock, enum fault fault, const char *detail)
{
	struct problem problem = { .fault = FAULT_NONE };
	struct engine *none = NULL;
	const struct engine_options options = options_of(clock);
	assert_int_equal(engine_new(&options, &none, &problem), fault);
	assert_null(none);
	if (!strstr(problem.detail, detail))
		fail_msg("\"%s\" says nothing of \"%s\"", problem.detail, detail);
}

static void one_state_has_one_daemon(void **state)
{
	(void)state;
	expect_no_start(&stage_clock, FAULT_CONFLICT, "another daemon holds");
	/* And the first is as well as before. */
	(void)endpoint_for("office", "http://a.example/");
}

/* What was made under a simulated clock is never served on the real one. */
static void simulated_and_real_do_not_mix(void **state)
{
	struct clock real;
	(void)state;
	clock_init_real(&real);
	stop();
	expect_no_start(&real, FAULT_REFUSED, "this state was made under a simulated clock");
	start();
	execute("UPDATE instance SET simulated = 0, simulated_at = NULL");
	stop();
	expect_no_start(&stage_clock, FAULT_REFUSED, "this state was made under a real clock");
}

/* ---- the clock at start ---- */

#define DAY_S 86400LL

/* The high water, as seconds ahead of the clock at start. A minute of tolerance: the test itself takes time. */
static const struct {
	int64_t ahead_s;
	const char *holds; /* part of the reason; NULL: none */
} starts[] = {
	{ 0, NULL },
	{ 3600 - 60, NULL },
	{ 3600 + 60, "the clock went back by 0 days 1 hours" },
	{ 3 * DAY_S + 60, "the clock went back by 3 days 0 hours" },
	{ -60, NULL },
	{ -400 * DAY_S + 60, NULL },
	{ -400 * DAY_S - 60, "the clock went ahead by 400 days 0 hours" },
};

static void set_high_water(int64_t at)
{
	struct query q = look("UPDATE instance SET high_water_at = $1");
	query_int(&q, 1, at);
	assert_int_equal(query_run(&q, NULL), FAULT_NONE);
}

static void the_clock_is_judged_at_start(void **state)
{
	(void)state;
	execute("UPDATE instance SET simulated = 0, simulated_at = NULL");
	for (size_t i = 0; i < COUNT_OF(starts); i++) {
		int64_t now_at = clock_wall_at();
		execute("UPDATE instance SET hold_reason = NULL, hold_since_at = NULL");
		execute("DELETE FROM event");
		set_high_water(now_at + starts[i].ahead_s);
		stop();
		clock_init_real(&stage_clock);
		start();
		const char *reason = text("SELECT coalesce(hold_reason, '') FROM instance");
		if (starts[i].holds ? !strstr(reason, starts[i].holds) : reason[0] != '\0')
			fail_msg("high water %+lld s: hold \"%s\"", (long long)starts[i].ahead_s,
				 reason);
		assert_number("SELECT count(*) FROM event WHERE type = 'clock.hold'",
			      starts[i].holds != NULL);
		/* Held, the highest time seen stays what it was: the operator decides. */
		int64_t high_water_at = number("SELECT high_water_at FROM instance");
		if (starts[i].holds)
			assert_int_equal(high_water_at, now_at + starts[i].ahead_s);
		else
			assert_true(high_water_at >= now_at);
	}
	static const struct refusal real[] = {
		{ .ask = { &verb_clock_set, .at = 4000000000 },
		  .fault = FAULT_REFUSED,
		  .detail = "the clock is real; only a simulated clock can be advanced" },
	};
	REFUSE_ALL(real);
	/* A hold outlives a restart, with its first reason and one event. */
	stop();
	start();
	assert_number("SELECT hold_reason LIKE '%ahead by 400 days%' FROM instance", 1);
	assert_number("SELECT count(*) FROM event WHERE type = 'clock.hold'", 1);
	succeed(&(struct ask){ .kind = &verb_clock_accept });
	stop();
	start();
	assert_number("SELECT hold_reason IS NULL FROM instance", 1);
}

/* ---- what was in the air ---- */

static void crash(void)
{
	stop();
	start();
}

/* Nobody knows whether it arrived: it is due again, at once, with the same id and body. */
static void an_unfinished_attempt_is_unknown_and_repeated(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	struct claim claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 1);
	char id[64], body[4096];
	assert_true(text_copy(id, sizeof(id), claim.items[0].id));
	assert_true(text_copy(body, sizeof(body), claim.items[0].body));
	claim_clear(&claim);
	crash();
	assert_text("SELECT outcome || reason || (elapsed_ms IS NULL) FROM attempt",
		    "unknownthe daemon stopped meanwhile1");
	assert_text("SELECT state || unknowns || attempts FROM delivery", "due11");
	claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 1);
	assert_string_equal(claim.items[0].id, id);
	assert_string_equal(claim.items[0].body, body);
	assert_int_equal(claim.items[0].attempt, 2);
	claim_clear(&claim);
	assert_number("SELECT boot FROM delivery WHERE attempts = 2", 2);
	assert_number("SELECT boot FROM attempt WHERE n = 1", 1);
}

/* Three in a row: something about this very message may be what kills us. It waits for a person. */
static void three_unknowns_in_a_row_are_quarantined(void **state)
{
	(void)state;
	tests_to(endpoint_for("office", "http://a.example/"), 1);
	for (int i = 1; i <= 3; i++) {
		(void)claim_one();
		crash();
		struct query q =
			look("SELECT state || coalesce(reason, '') || unknowns FROM delivery");
		assert_true(query_row(&q));
		assert_string_equal(query_col_text(&q, 0), i == 1   ? "due1"
							   : i == 2 ? "due2"
								    : "heldquarantine3");
		assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	}
	crash(); /* nothing is in the air any more */
	assert_text("SELECT state || unknowns FROM delivery", "held3");
	/* Freed by hand it has three lives again. */
	answer_with(&(struct ask){ &verb_delivery_retry_all, .body = "{\"state\":\"held\"}" },
		    "retried", "1");
	assert_text("SELECT state || unknowns FROM delivery", "due0");
}

/* An answer in between, good or bad, and the count begins anew. */
static void an_answer_ends_the_row_of_unknowns(void **state)
{
	static const int statuses[] = { 500, 200 };
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://a.example/hook");
	plan_to("2025-02-24T10:00:00+08:00");
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		for (int k = 0; k < 2; k++) {
			(void)claim_one();
			crash();
		}
		assert_text("SELECT state || unknowns FROM delivery", "due2");
		struct outcome outcome = { .message_key = claim_one(),
					   .attempt = (unsigned)i * 3 + 3,
					   .end = ATTEMPT_ANSWERED,
					   .status = statuses[i],
					   .retry_after_s = -1 };
		succeed(&(struct ask){ &verb_outcomes,
				       .input = &(struct outcomes){ &outcome, 1 } });
		assert_number("SELECT unknowns FROM delivery", 0);
		if (i == 0)
			succeed(&(struct ask){ &verb_clock_set,
					       .at = number("SELECT ready_at FROM delivery") });
	}
	assert_text("SELECT state FROM delivery", "delivered");
	assert_text("SELECT group_concat(outcome, ' ') FROM attempt",
		    "unknown unknown failed unknown unknown delivered");
}

/* Meanwhile filed, or the endpoint disabled: it is not repeated as if nothing had happened. */
static void recovery_looks_at_what_happened_meanwhile(void **state)
{
	(void)state;
	stage_published();
	int64_t unit = endpoint_for("unit:un_1", "http://a.example/hook");
	int64_t office = endpoint_for("office", "http://o.example/");
	plan_to("2025-02-24T10:00:00+08:00");
	tests_to(office, 1);
	struct claim claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 2);
	claim_clear(&claim);
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = FILED });
	succeed(&(struct ask){ &verb_endpoint_disable, .key = office });
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "sending sending");
	crash();
	assert_text("SELECT group_concat(state || reason, ' ') FROM delivery",
		    "cancelledsatisfied heldendpoint_disabled");
	assert_int_equal(unit, 1);
}

/* More than one batch of them. */
static void very_many_are_recovered(void **state)
{
	(void)state;
	tests_to(endpoint_for("office", "http://a.example/"), 600);
	execute("DELETE FROM outbox");
	execute("INSERT INTO message_body (body) SELECT '{}' FROM message");
	execute("UPDATE delivery SET state = 'sending', attempts = 1, boot = 1, started_at = 1, "
		"body_key = message_key");
	execute("UPDATE tally SET what = 'delivery:sending' WHERE what = 'delivery:due'");
	crash();
	assert_number("SELECT count(*) FROM outbox", 600);
	assert_number("SELECT count(*) FROM attempt WHERE outcome = 'unknown'", 600);
}

/* One that can't be recovered is told and left; the start goes on, and so do the others. */
static void one_that_cannot_be_recovered_stops_no_start(void **state)
{
	(void)state;
	tests_to(endpoint_for("office", "http://a.example/"), 3);
	struct claim claim = claim_with(10, 4, NULL, 0);
	assert_int_equal(claim.n, 3);
	claim_clear(&claim);
	execute("INSERT INTO attempt (message_key, n, boot, started_at, outcome) VALUES (2, 1, 1, "
		"1, 'failed')");
	crash();
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "due sending due");
	assert_text("SELECT json_extract(data, '$.row') FROM event WHERE type = "
		    "'invariant.broken'",
		    "message_2");
	execute("DELETE FROM attempt WHERE message_key = 2");
	crash();
	assert_text("SELECT group_concat(state, ' ') FROM delivery", "due due due");
}

#define IN_DIR(name) cmocka_unit_test_setup_teardown(name, setup_dir, teardown_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(what_was_answered_is_there_again),
		IN_DIR(a_later_simulated_instant_is_taken),
		IN_DIR(one_state_has_one_daemon),
		IN_DIR(simulated_and_real_do_not_mix),
		IN_DIR(the_clock_is_judged_at_start),
		IN_DIR(an_unfinished_attempt_is_unknown_and_repeated),
		IN_DIR(one_that_cannot_be_recovered_stops_no_start),
		IN_DIR(three_unknowns_in_a_row_are_quarantined),
		IN_DIR(an_answer_ends_the_row_of_unknowns),
		IN_DIR(recovery_looks_at_what_happened_meanwhile),
		IN_DIR(very_many_are_recovered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
