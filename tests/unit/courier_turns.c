/* The courier's queue and what it keeps: who waits for whom, which handles and connections live on, and what they cost. */
#include "courier_kit.h"

#include <signal.h>

/* ---- who waits for whom ---- */

static void release_soon(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	server_release(arg);
}

/* Answers 20 ms after the last that may be there: one more that should not be there has time to show itself. */
static void on_hold(struct server *server)
{
	static const struct timeval soon = { 0, 20000 };

	if (server->held == server->hold_at)
		event_base_once(server->base, -1, EV_TIMEOUT, release_soon, server, &soon);
}

static void test_limit_per_endpoint(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.server.on_hold = on_hold;
	kit.server.hold_at = 4;
	for (int i = 0; i < 20; i++)
		submit_path(&kit, 1, "/hold");
	assert_int_equal(courier_endpoint_load(kit.courier, 1), 20);
	kit_run(&kit, 20);
	assert_int_equal(kit.server.held_most, 4);
	assert_int_equal(kit.server.connections, 4);
	assert_int_equal(courier_endpoint_load(kit.courier, 1), 0);
	assert_int_equal(courier_endpoint_load(kit.courier, 2), 0);
	kit_stop(&kit);
}

static void test_hanging_endpoint(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	for (int i = 0; i < 50; i++)
		submit_path(&kit, 1, "/hang");
	for (int i = 0; i < 100; i++)
		submit_path(&kit, 2 + i % 20, "/ok");
	kit_run(&kit, 100);
	assert_int_equal(kit.done_of[1], 0);
	assert_int_equal(courier_endpoint_load(kit.courier, 1), 50);
	assert_int_equal(courier_load(kit.courier), 50);
	kit_stop(&kit); /* and courier_free drops what waits and what is under way */
}

/* Four hanging endpoints could take all 16 slots: the last two are kept for endpoints with nothing under way. */
static void test_many_hanging(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.options.in_flight_max = 16;
	for (int i = 0; i < 40; i++)
		submit_path(&kit, 1 + i % 4, "/hang");
	submit_path(&kit, 9, "/ok");
	kit_run(&kit, 1); /* by now the four have all that they can get */
	for (int i = 0; i < 30; i++)
		submit_path(&kit, 10 + i % 3, "/ok");
	kit_run(&kit, 30);
	assert_int_equal(courier_load(kit.courier), 40);
	kit_stop(&kit);
}

static void test_turns(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.options.in_flight_max = 1;
	static const char *const paths[] = { "/ok/a", "/ok/b", "/ok/c" };
	for (int i = 0; i < 9; i++)
		submit_path(&kit, i / 3, paths[i / 3]);
	kit_run(&kit, 9);
	assert_string_equal(kit.server.order, "abcabcabc");
	assert_int_equal(kit.courier->n_transfers, 1);
	kit_stop(&kit);
}

/* A dead name server holds its own message and nothing else, and dropping the transfer does not wait for it. */
static void test_dead_name_server(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.options.timeout_s = 1;
	submit_host(&kit, 1, "dead.test");
	for (int i = 0; i < 10; i++)
		submit_path(&kit, 2, "/ok");
	kit_run(&kit, 10);
	assert_int_equal(kit.done_of[1], 0);
	kit_run(&kit, 1); /* joins the resolver's thread for ever without CURLOPT_QUICK_EXIT */
	assert_int_equal(kit.last.end, ATTEMPT_TIMEOUT);
	assert_string_equal(kit.last.reason, "timeout: name not resolved");
	submit_path(&kit, 2, "/ok");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.status, 200);
	kit.courier->options.timeout_s = 60;
	submit_host(&kit, 1, "dead.test"); /* and dropped with the courier */
	submit_path(&kit, 2, "/ok");
	kit_run(&kit, 1);
	assert_int_equal(courier_load(kit.courier), 1);
	kit_stop(&kit);
	dead_release();
}

/* ---- what stays ---- */

static void test_reuse(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.server.on_hold = on_hold;
	kit.server.hold_at = 12;
	for (int wave = 0; wave < 3; wave++) {
		for (int i = 0; i < 12; i++)
			submit_path(&kit, i % 3, "/hold"); /* twelve at once: twelve connections */
		kit_run(&kit, 12);
		for (int i = 0; i < 10; i++) {
			submit_path(&kit, 1,
				    "/ok"); /* one at a time: the others are kept all the same */
			kit_run(&kit, 1);
		}
	}
	assert_int_equal(kit.server.connections, 12);
	assert_int_equal(kit.courier->n_transfers, 12);
	assert_int_equal(kit.courier->ring.n_endpoints, 3);
	kit_stop(&kit);
}

/* More endpoints than handles: the handle that was idle longest changes hands, and its endpoint is forgotten. */
static void test_handles_move(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.options.in_flight_max = 3;
	for (int64_t key = 0; key < 500; key++)
		submit_path(&kit, key * INT64_C(0x100000001), "/ok");
	kit_run(&kit, 500);
	assert_int_equal(kit.courier->n_transfers, 3);
	assert_true(kit.courier->ring.n_endpoints <= 3);
	assert_int_equal(kit.server.requests, 500);
	kit_stop(&kit);
}

static void test_submit_from_done(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.chain = 50;
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 51);
	assert_int_equal(kit.server.requests, 51);
	assert_int_equal(kit.server.connections, 1);
	kit_stop(&kit);
}

/* The peer closes a kept connection: the loop must not spin on it, and the next message goes out on a new one. */
static void test_idle_close(void **state)
{
	static const struct timeval pause = { 0, 100000 };
	struct kit kit;
	int passes = 0;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	server_close_peers(&kit.server);
	event_base_loopexit(kit.base, &pause);
	while (!event_base_got_exit(kit.base) && passes < 10000) {
		event_base_loop(kit.base, EVLOOP_ONCE);
		passes++;
	}
	assert_true(passes < 100);
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.status, 200);
	assert_int_equal(kit.server.connections, 2);
	kit_stop(&kit);
}

static void test_sigpipe(void **state)
{
	struct sigaction action;
	struct kit kit;

	(void)state;
	signal(SIGPIPE, SIG_DFL);
	kit_start(&kit, NULL);
	kit.courier = courier_new(kit.base, &kit.options, kit.guard, on_done, &kit);
	assert_int_equal(sigaction(SIGPIPE, NULL, &action), 0);
	assert_true(action.sa_handler == SIG_IGN);
	kit_stop(&kit);
	courier_free(NULL);
	courier_job_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit_per_endpoint), cmocka_unit_test(test_hanging_endpoint),
		cmocka_unit_test(test_many_hanging),       cmocka_unit_test(test_turns),
		cmocka_unit_test(test_dead_name_server),   cmocka_unit_test(test_reuse),
		cmocka_unit_test(test_handles_move),       cmocka_unit_test(test_submit_from_done),
		cmocka_unit_test(test_idle_close),         cmocka_unit_test(test_sigpipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
