/*
 * The door: which row a target reaches, what is refused before anything is read, and that every row of the real
 * table is whole.
 */
#include "http/route.h"

#include "jiebang/unit.h"
#include "jiebang/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct target target;
static struct problem problem;

static const struct route *match(enum method method, const char *path, unsigned *allow)
{
	assert_int_equal(target_path(&target, path, &problem), FAULT_NONE);
	return route_match(routes, n_routes, method, &target, allow);
}

static void targets_reach_their_rows(void **state)
{
	static const struct {
		enum method method;
		const char *path;
		const char *pattern; /* NULL: none */
		const char *allow;   /* "": nothing there */
	} cases[] = {
		{ METHOD_GET, "/v1/units", "/v1/units", "GET, HEAD, OPTIONS" },
		{ METHOD_GET, "/v1/units/un_1", "/v1/units/:id", "GET, HEAD, OPTIONS" },
		{ METHOD_GET, "/v1/units/", NULL, "" },
		{ METHOD_GET, "/v1/units//", NULL, "" },
		{ METHOD_GET, "//v1/units", NULL, "" },
		{ METHOD_GET, "/v1/Units", NULL, "" },
		{ METHOD_GET, "/v1/unit", NULL, "" },
		{ METHOD_GET, "/v1/unitsx", NULL, "" },
		{ METHOD_GET, "/v1", NULL, "" },
		{ METHOD_GET, "/", NULL, "" },
		{ METHOD_GET, "/a/b/c/d/e/f/g/h/i/j", NULL, "" },
		{ METHOD_POST, "/v1/units", NULL, "GET, HEAD, OPTIONS" },
		{ METHOD_OTHER, "/v1/endpoints", NULL, "GET, HEAD, POST, OPTIONS" },
		{ METHOD_POST, "/v1/endpoints", "/v1/endpoints", "GET, HEAD, POST, OPTIONS" },
		{ METHOD_GET, "/v1/obligations/ob_1/submissions", NULL, "POST, OPTIONS" },
		{ METHOD_POST, "/v1/obligations/ob_1/submissions",
		  "/v1/obligations/:id/submissions", "POST, OPTIONS" },
		/* An encoded letter is the letter; an encoded slash is no separator. */
		{ METHOD_GET, "/v1/%75nits", "/v1/units", "GET, HEAD, OPTIONS" },
		{ METHOD_GET, "/v1%2Funits", NULL, "" },
		{ METHOD_GET, "/v1/units/un%2F1", "/v1/units/:id", "GET, HEAD, OPTIONS" },
		{ METHOD_GET, "/v1/units/..", "/v1/units/:id", "GET, HEAD, OPTIONS" },
		/* A literal stands before an id of the same shape. */
		{ METHOD_POST, "/v1/deliveries/retry", "/v1/deliveries/retry",
		  "GET, HEAD, POST, OPTIONS" },
		{ METHOD_POST, "/v1/deliveries/msg_a/retry", "/v1/deliveries/:id/retry",
		  "POST, OPTIONS" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned allow;
		char methods[ROUTE_ALLOW_BYTES];
		const struct route *route = match(cases[i].method, cases[i].path, &allow);
		if ((route == NULL) != (cases[i].pattern == NULL))
			fail_msg("%s: %s", cases[i].path, route ? route->pattern : "no row");
		if (route)
			assert_string_equal(route->pattern, cases[i].pattern);
		route_allow(allow, methods);
		assert_string_equal(allow ? methods : "", cases[i].allow);
	}
}

static void bad_escapes_are_refused(void **state)
{
	static const char *const paths[] = { "/%",
					     "/%1",
					     "/a%2",
					     "/%zz",
					     "/%00",
					     "/v1/%0",
					     "/%ff",
					     "/%c0%af",
					     "/%ed%a0%80",
					     "/a%",
					     "/v1/units/%e4%b8" };
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (target_path(&target, paths[i], &problem) != FAULT_INVALID)
			fail_msg("%s", paths[i]);
}

static void longest_target_fits(void **state)
{
	static char path[PARSER_TARGET_BYTES_MAX + 1];
	char query[] = "";
	(void)state;
	memset(path, '/', sizeof(path) - 1);
	assert_int_equal(target_path(&target, path, &problem), FAULT_NONE);
	assert_int_equal(target.n_segments, PARSER_TARGET_BYTES_MAX);
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	assert_int_equal(target_path(&target, path, &problem), FAULT_NONE);
	assert_int_equal(target_query(&target, &routes[0], query, &problem), FAULT_NONE);
}

static void ids_are_typed(void **state)
{
	static const struct {
		const char *path;
		enum fault fault;
		int64_t key;
		const char *name;
	} cases[] = {
		{ "/v1/units/un_42", FAULT_NONE, 42, NULL },
		{ "/v1/units/ob_42", FAULT_NOT_FOUND, 0, NULL },
		{ "/v1/units/42", FAULT_NOT_FOUND, 0, NULL },
		{ "/v1/units/un_0", FAULT_NOT_FOUND, 0, NULL },
		{ "/v1/units/un_-1", FAULT_NOT_FOUND, 0, NULL },
		{ "/v1/units/un_99999999999999999999", FAULT_NOT_FOUND, 0, NULL },
		{ "/v1/programmes/future-2023", FAULT_NONE, 0, "future-2023" },
		{ "/v1/programmes/%E6%9C%AA", FAULT_NONE, 0, "未" },
		{ "/v1/programmes/future-2023/tasks", FAULT_NONE, 0, "future-2023" },
		{ "/v1/messages/msg_x%2Fy", FAULT_NONE, 0, "msg_x/y" },
		{ "/v1/messages/"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aa"
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  FAULT_NOT_FOUND, 0, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned allow;
		const struct route *route = match(METHOD_GET, cases[i].path, &allow);
		assert_non_null(route);
		assert_int_equal(target_id(&target, route, &problem), cases[i].fault);
		if (cases[i].fault != FAULT_NONE)
			continue;
		assert_int_equal(target.args.key, cases[i].key);
		assert_true(!cases[i].name == !target.args.name);
		if (cases[i].name)
			assert_string_equal(target.args.name, cases[i].name);
	}
}

static enum fault query(enum method method, const char *path, const char *text)
{
	unsigned allow;
	const struct route *route = match(method, path, &allow);
	assert_non_null(route);
	problem = (struct problem){ .fault = FAULT_NONE };
	return target_query(&target, route, text, &problem);
}

static void bad_parameters_are_refused(void **state)
{
	static const struct {
		const char *path;
		const char *query;
		const char *pointer;
		const char *hint;
	} cases[] = {
		{ "/v1/units", "limit=0", "limit", "" },
		{ "/v1/units", "limit=1001", "limit", "" },
		{ "/v1/units", "limit=ten", "limit", "" },
		{ "/v1/units", "limit=%201", "limit", "" },
		{ "/v1/units", "limit", "limit", "" },
		{ "/v1/units", "limit=5&limit=6", "limit", "" },
		{ "/v1/units", "state=deliverin", "state", "did you mean delivering?" },
		{ "/v1/units", "state=", "state", "" },
		{ "/v1/units", "sort=risks", "sort", "did you mean risk?" },
		{ "/v1/units", "sort=lead", "sort", "" },
		{ "/v1/obligations", "sort=id", "", "" },
		{ "/v1/units", "programme=", "programme", "" },
		{ "/v1/units", "program=x", "", "did you mean programme?" },
		{ "/v1/units", "unit=un_1", "", "" },
		{ "/v1/units", "q=%00", "", "" },
		{ "/v1/units", "q=%f", "", "" },
		{ "/v1/units", "%71%00=1", "", "" },
		{ "/v1/units", "cursor=", "cursor", "" },
		{ "/v1/obligations", "overdue=yes", "overdue", "" },
		{ "/v1/obligations", "due_before=2025-02-30", "due_before", "" },
		{ "/v1/obligations", "due_before=tomorrow", "due_before", "" },
		{ "/v1/obligations", "unit=7", "unit", "" },
		{ "/v1/obligations", "state=delivering", "state", "" },
		{ "/v1/messages", "endpoint=un_7", "endpoint", "" },
		{ "/v1/events", "wait_s=31", "wait_s", "" },
		{ "/v1/schedule", "days=0", "days", "" },
		{ "/v1/schedule/explain", "", "unit", "" },
		{ "/v1/status", "x=1", "", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (query(METHOD_GET, cases[i].path, cases[i].query) != FAULT_INVALID)
			fail_msg("%s?%s", cases[i].path, cases[i].query);
		assert_string_equal(problem.pointer, cases[i].pointer);
		assert_string_equal(problem.hint, cases[i].hint);
	}
}

static void unknown_parameters_name_the_known_ones(void **state)
{
	(void)state;
	assert_int_equal(query(METHOD_GET, "/v1/tasks", "programm=x"), FAULT_INVALID);
	assert_string_equal(
		problem.detail,
		"the query has an unknown parameter; known here: programme, limit, cursor");
	assert_int_equal(query(METHOD_GET, "/v1/status", "x=1"), FAULT_INVALID);
	assert_string_equal(problem.detail, "the query has a parameter, and none is known here");
}

static void parameters_are_read(void **state)
{
	(void)state;
	assert_int_equal(query(METHOD_GET, "/v1/units",
			       "programme=future-2023&q=%E7%A4%BA+%E4%BE%8B%2b&limit=7&cursor=12&"
			       "state=delivering&&"),
			 FAULT_NONE);
	assert_string_equal(target.args.filter[READ_PROGRAMME].text, "future-2023");
	assert_string_equal(target.args.filter[READ_Q].text, "示 例+");
	assert_string_equal(target.args.filter[READ_STATE].text, "delivering");
	assert_string_equal(target.args.cursor, "12");
	assert_int_equal(target.args.limit, 7);
	assert_false(target.args.filter[READ_TASK].set);

	assert_int_equal(query(METHOD_GET, "/v1/units", "q="), FAULT_NONE);
	assert_false(target.args.filter[READ_Q].set);
	assert_int_equal(target.args.limit, WIRE_LIMIT_DEFAULT);

	assert_int_equal(
		query(METHOD_GET, "/v1/obligations", "unit=un_8&overdue=1&due_before=2025-01-31"),
		FAULT_NONE);
	assert_int_equal(target.args.filter[READ_UNIT].number, 8);
	assert_true(target.args.filter[READ_OVERDUE].set);
	assert_string_equal(target.args.filter[READ_DUE_BEFORE].text, "2025-01-31");
	assert_int_equal(query(METHOD_GET, "/v1/obligations", "overdue=0"), FAULT_NONE);
	assert_false(target.args.filter[READ_OVERDUE].set);

	assert_int_equal(query(METHOD_POST, "/v1/programmes/p/units", "dry_run=true&reason=a+b"),
			 FAULT_NONE);
	assert_true(target.dry_run);
	assert_string_equal(target.reason, "a b");
	/* What one request said is forgotten by the next. */
	assert_int_equal(query(METHOD_POST, "/v1/programmes/p/units", "dry_run=0"), FAULT_NONE);
	assert_false(target.dry_run);
	assert_null(target.reason);
}

/* Every row can answer, in one way, and can be documented. */
static void rows_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_routes; i++) {
		const struct route *route = &routes[i];
		int ways = (route->read != NULL) + (route->verb != NULL) + (route->special != NULL);
		if (ways != 1 || !route->help || !route->help[0])
			fail_msg("%s", route->pattern);
		assert_true(route->method == METHOD_GET || route->method == METHOD_POST ||
			    route->method == METHOD_PATCH || route->method == METHOD_DELETE);
		assert_true(route->method == METHOD_POST || route->method == METHOD_PATCH ||
			    route->body == BODY_NONE);
		assert_true(route->method == METHOD_GET || !route->read);
		assert_true(!(route->params & PARAM(READ_STATE)) == !route->states);
		assert_true(!(route->params & PARAM(READ_SORT)) == !route->sorts);
		assert_int_equal(route->required & ~route->params, 0);
		if (route->role == ROLE_ANYONE)
			assert_null(strstr(route->pattern, "/v1"));
		for (size_t j = 0; j < i; j++)
			if (routes[j].method == route->method)
				assert_string_not_equal(routes[j].pattern, route->pattern);
	}
}

/* The states that a list can be asked for are those that there are. */
static void states_are_those_of_the_domain(void **state)
{
	unsigned allow;
	(void)state;
	const struct route *route = match(METHOD_GET, "/v1/units", &allow);
	for (int i = 0; i <= UNIT_STATE_COUNT; i++)
		assert_true(i == UNIT_STATE_COUNT
				    ? route->states[i] == NULL
				    : strcmp(route->states[i],
					     unit_state_name((enum unit_state)i)) == 0);
	route = match(METHOD_GET, "/v1/obligations", &allow);
	for (int i = 0; i <= OBLIGATION_STATE_COUNT; i++)
		assert_true(i == OBLIGATION_STATE_COUNT
				    ? route->states[i] == NULL
				    : strcmp(route->states[i],
					     obligation_state_name((enum obligation_state)i)) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_reach_their_rows),
		cmocka_unit_test(bad_escapes_are_refused),
		cmocka_unit_test(longest_target_fits),
		cmocka_unit_test(ids_are_typed),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(unknown_parameters_name_the_known_ones),
		cmocka_unit_test(parameters_are_read),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(states_are_those_of_the_domain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
