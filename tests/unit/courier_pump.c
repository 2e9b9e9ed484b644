/*
 * The pump between an engine in memory and a sender that only takes notes: when it wants to be woken, and that it
 * goes on after what stood in its way is gone.
 */
#include "engine_kit.h"

#include "courier/pump.h"

#define CLAIM_MAX 8

static struct pump *pump;
static struct courier_job *out; /* handed over and not ended */
static unsigned n_out;
static unsigned busy; /* jobs that the sender has besides */
static unsigned refusals;

static void take(void *arg, struct courier_job *job)
{
	(void)arg;
	job->next = out;
	out = job;
	n_out++;
}

static unsigned load(void *arg)
{
	(void)arg;
	return n_out + busy;
}

static void note_refusal(void *arg, enum fault fault, const struct problem *problem)
{
	(void)arg;
	(void)problem;
	assert_int_not_equal(fault, FAULT_NONE);
	refusals++;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void settle(void)
{
	while (engine_load(engine) > 0)
		engine_collect(engine);
}

static void turn(void)
{
	pump_turn(pump);
	settle();
}

static void end_with(int status)
{
	struct courier_result result = { .end = ATTEMPT_ANSWERED,
					 .status = status,
					 .retry_after_s = -1 };
	while (out) {
		struct courier_job *job = out;
		out = job->next;
		n_out--;
		pump_finished(pump, job, &result);
	}
	pump_flush(pump);
	settle();
}

static int begin(void **state)
{
	int code = setup(state);
	struct pump_sender sender = { take, load, NULL };
	struct pump_options options = { .claim_max = CLAIM_MAX,
					.claim_per_endpoint = CLAIM_MAX,
					.gather = nothing,
					.again_later = note_refusal,
					.changed = nothing };
	busy = refusals = 0;
	stage_published();
	(void)endpoint_for("unit:un_1", "https://a.example/hook");
	pump = pump_new(engine, &sender, &options);
	return code;
}

static int end(void **state)
{
	end_with(200);
	pump_free(pump);
	return teardown(state);
}

/* An instant that is past would have the loop spin until something changes. */
static void assert_sleeps(void)
{
	assert_true(pump_wake_at(pump) == INT64_MAX);
}

/* ---- when it wants to be woken ---- */

static void it_wakes_for_the_next_step_and_the_next_retry(void **state)
{
	(void)state;
	turn();
	assert_true(pump_wake_at(pump) == instant("2025-02-16T00:00:00+08:00"));
	set_clock("2025-02-24T09:00:00+08:00");
	turn();
	assert_int_equal(n_out, 1);
	end_with(500);
	int64_t wait_s = pump_wake_at(pump) - instant("2025-02-24T09:00:00+08:00");
	assert_in_range(wait_s, 5, 6);
}

static void with_a_full_sender_it_waits_for_an_end(void **state)
{
	(void)state;
	set_clock("2025-02-24T09:00:00+08:00");
	turn();
	end_with(500);
	set_clock("2025-02-24T09:00:10+08:00");
	busy = CLAIM_MAX;
	turn();
	assert_int_equal(n_out, 0);
	assert_false(pump_wake_at(pump) <= instant("2025-02-24T09:00:10+08:00"));
	busy = 0;
	pump_flush(pump);
	settle();
	assert_int_equal(n_out, 1);
}

static void when_the_store_refuses_it_waits_for_the_second_to_pass(void **state)
{
	(void)state;
	turn();
	set_clock("2025-02-24T09:00:00+08:00");
	execute("PRAGMA query_only = 1"); /* to the writer this is a disk mounted read-only */
	turn();
	assert_int_equal(refusals, 2); /* of the planner, and of the claim */
	assert_int_equal(n_out, 0);
	assert_sleeps();
	execute("PRAGMA query_only = 0");
	turn();
	assert_int_equal(n_out, 1);
	assert_int_equal(refusals, 2);
}

static void note_wait(void *arg, int64_t wait_ms)
{
	(void)arg;
	assert_in_range(wait_ms, 0, 1000);
}

/* What is kept for quiet endpoints is kept of all the room there is, not of what one claim may take. */
static void the_second_budget_is_not_halved_by_the_reserve(void **state)
{
	(void)state;
	struct pump_sender sender = { take, load, NULL };
	struct pump_options options = { .claim_max = 16 * CLAIM_MAX,
					.claim_per_endpoint = CLAIM_MAX,
					.claims_per_second = 4,
					.gather = nothing,
					.budget_spent = note_wait,
					.again_later = note_refusal,
					.changed = nothing };
	tests_to(1, 6);
	pump_free(pump);
	pump = pump_new(engine, &sender, &options);
	turn();
	assert_in_range(n_out, 4, 6); /* all of them, should a second pass meanwhile */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_wakes_for_the_next_step_and_the_next_retry,
						begin, end),
		cmocka_unit_test_setup_teardown(with_a_full_sender_it_waits_for_an_end, begin, end),
		cmocka_unit_test_setup_teardown(
			when_the_store_refuses_it_waits_for_the_second_to_pass, begin, end),
		cmocka_unit_test_setup_teardown(the_second_budget_is_not_halved_by_the_reserve,
						begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
