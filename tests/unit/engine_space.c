/*
 * Spaced hosts: one message a second begins there, endpoints take turns, the next second is announced, and nobody else
 * waits for it. R5.
 */
#include "engine_kit.h"

#include "engine/space.h"
#include "store/claim.h"

static char robot[] = "robot.example", loopback[] = "127.0.0.1", loopback_6[] = "[::1]";
static char *const hosts[] = { robot, loopback, loopback_6 };

static const struct {
	const char *url;
	int host; /* -1: none */
} urls[] = {
	{ "https://robot.example/hook?key=1", 0 },
	{ "https://robot.example", 0 },
	{ "https://robot.example:8443/", 0 },
	{ "HTTPS://Robot.EXAMPLE/", 0 },
	{ "https://robot.example./hook", 0 },
	{ "https://robot.example?key", 0 },
	{ "http://127.0.0.1:80/a", 1 },
	{ "http://[::1]:80/a", 2 },
	{ "http://[::1]", 2 },
	{ "http://[::11]/", -1 },
	{ "https://my.robot.example/", -1 },
	{ "https://robot.example.org/", -1 },
	{ "https://robot.exampl/", -1 },
	{ "https://other.example/robot.example", -1 },
	{ "https://other.example/?to=https://robot.example/", -1 },
	{ "robot.example", -1 },
	{ "", -1 },
};

static void a_host_is_found_in_its_url(void **state)
{
	struct spacing spacing;
	(void)state;
	spacing_init(&spacing, hosts, COUNT_OF(hosts), 0);
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		const struct spaced_host *host = spacing_of(&spacing, urls[i].url);
		if ((host ? host - spacing.hosts : -1) != urls[i].host)
			fail_msg("%s", urls[i].url);
	}
	spacing_clear(&spacing);
}

/* ---- claims ---- */

/* The engine of the kit begun again with spaced hosts: its store stays. */
static int spaced(void **state)
{
	(void)state;
	engine_fresh((struct engine_options){ .spaced_hosts = hosts,
					      .n_spaced_hosts = COUNT_OF(hosts) });
	return 0;
}

static void set_second(int second)
{
	succeed(&(struct ask){ &verb_clock_set,
			       .at = instant("2024-09-02T00:00:00+08:00") + second });
}

/* Endpoints 1 and 3 are robots of one host, 2 is somebody else, 4 of another host that is spaced. */
static void stage_robots(int each)
{
	static const char *const at[] = { "https://robot.example/a", "https://other.example/",
					  "https://ROBOT.example:8443/b", "http://127.0.0.1/" };
	for (size_t i = 0; i < COUNT_OF(at); i++)
		tests_to(endpoint_for("office", at[i]), each);
}

static const struct {
	int second;
	const char *claimed; /* endpoints */
} turns[] = {
	/* A start may follow a stop within the second: nothing begins there in its own. */
	{ 0, "2 2 2" }, { 0, "" },  { 1, "1 4" }, { 1, "" },  { 2, "3 4" }, { 2, "" },
	{ 3, "1 4" },   { 5, "3" }, { 6, "1" },   { 7, "3" }, { 8, "" },
};

static void one_begins_a_second(void **state)
{
	(void)state;
	stage_robots(3);
	for (size_t i = 0; i < COUNT_OF(turns); i++) {
		set_second(turns[i].second);
		assert_claimed(claim_with(100, 64, NULL, 0), turns[i].claimed, false);
	}
	assert_number("SELECT count(*) FROM outbox", 0);
	/* As it stands on record: no second twice of the two robots. */
	assert_number("SELECT count(*) - count(DISTINCT started_at) FROM delivery WHERE "
		      "endpoint_key IN (1, 3)",
		      0);
	assert_number("SELECT count(*) FROM delivery WHERE endpoint_key IN (1, 3)", 6);
}

/* Whoever waits is told until when, without claiming in between (`more` would have the pump claim again at once). */
static void the_next_second_is_told(void **state)
{
	(void)state;
	stage_robots(2);
	int64_t start_at = instant("2024-09-02T00:00:00+08:00");
	for (int second = 0; second < 6; second++) {
		set_second(second);
		struct claim claim = claim_with(100, 64, NULL, 0);
		int64_t left = number("SELECT count(*) FROM outbox");
		assert_int_equal(claim.next_at, left ? start_at + second + 1 : INT64_MAX);
		assert_false(claim.more);
		claim_clear(&claim);
	}
	assert_number("SELECT count(*) FROM outbox", 0);
}

/* A robot that is busy, or whose retry is later, keeps its turn from nobody. */
static void a_busy_robot_takes_no_turn(void **state)
{
	(void)state;
	stage_robots(2);
	execute("DELETE FROM outbox WHERE endpoint_key IN (2, 4)");
	execute("DELETE FROM delivery WHERE endpoint_key IN (2, 4)");
	execute("DELETE FROM message WHERE endpoint_key IN (2, 4)");
	execute("UPDATE tally SET count = 4 WHERE what = 'delivery:due'");
	const struct load busy[] = { { 1, 4 } };
	set_second(1);
	assert_claimed(claim_with(100, 4, busy, 1), "3", true);
	set_second(2);
	assert_claimed(claim_with(100, 4, busy, 1), "3", true);
	set_second(3);
	assert_claimed(claim_with(100, 4, busy, 1), "", true);
	assert_claimed(claim_with(100, 4, NULL, 0), "1", false);
	set_second(4);
	assert_claimed(claim_with(100, 4, NULL, 0), "1", false);
}

/* ---- a second taken, by the clock that goes on or back ---- */

static const struct {
	int64_t now_at;
	size_t n;
	int64_t later;
} seconds[] = {
	{ 1000, 0, 1001 }, { 1001, 1, 1002 }, { 1001, 0, 1002 }, { 1000, 0, 1002 },
	{ 1002, 1, 1003 }, { 943, 0, 1003 },  { 942, 1, 943 },   { 942, 0, 943 },
};

static void a_clock_that_went_back_stops_nothing(void **state)
{
	struct spacing spacing;
	(void)state;
	spacing_init(&spacing, hosts, 1, 1000);
	for (size_t i = 0; i < COUNT_OF(seconds); i++) {
		struct outbox_ready ready = { .n = 2, .more = true, .later = INT64_MAX };
		spacing_cut(&spacing.hosts[0], 7, seconds[i].now_at, true, &ready);
		if (ready.n != seconds[i].n || ready.later != seconds[i].later || ready.more)
			fail_msg("row %zu: %zu, later %lld", i, ready.n, (long long)ready.later);
	}
	spacing_clear(&spacing);
}

#define SPACED(name) cmocka_unit_test_setup_teardown(name, spaced, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_found_in_its_url),
		SPACED(one_begins_a_second),
		SPACED(the_next_second_is_told),
		SPACED(a_busy_robot_takes_no_turn),
		cmocka_unit_test(a_clock_that_went_back_stops_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
