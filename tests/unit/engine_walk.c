/*
 * A random walk of verbs, legal and not: the counts are the counts, every table keeps its invariants, a refusal changes
 * nothing, and the audit chain holds from its first entry to its last. Then the chain is tampered with.
 *
 * The seed is printed; JIEBANG_SEED walks the same way again.
 */
#include "engine_kit.h"

#include <time.h>

#define STEPS 500

static uint64_t walk_state;

static int64_t dice(int64_t n)
{
	walk_state ^= walk_state << 13;
	walk_state ^= walk_state >> 7;
	walk_state ^= walk_state << 17;
	return (int64_t)(walk_state % (uint64_t)n);
}

/* A key that may be there or not. */
static int64_t some_key(const char *sql)
{
	return 1 + dice(number(sql) + 1);
}

static struct ask a_filing(void)
{
	static const struct verb_kind *const kinds[] = { &verb_submit, &verb_submit, &verb_return,
							 &verb_accept };
	const struct verb_kind *kind = kinds[dice(COUNT_OF(kinds))];
	return (struct ask){ .kind = kind,
			     .key = some_key("SELECT count(*) FROM obligation"),
			     .body = kind == &verb_submit ? FILED : "{\"comment\":\"w\"}" };
}

static struct ask an_endpoint(void)
{
	static const struct verb_kind *const kinds[] = { &verb_endpoint_add, &verb_endpoint_enable,
							 &verb_endpoint_disable,
							 &verb_endpoint_test };
	static const char *const owners[] = { "office", "unit:un_1", "unit:un_3", "unit:un_9",
					      "recommender:示例厅" };
	static char body[128];
	(void)snprintf(body, sizeof(body), "{\"owner\":\"%s\",\"url\":\"http://%d.example/\"}",
		       owners[dice(COUNT_OF(owners))], (int)dice(3));
	const struct verb_kind *kind = kinds[dice(COUNT_OF(kinds))];
	return (struct ask){ .kind = kind,
			     .key = some_key("SELECT count(*) FROM endpoint"),
			     .body = kind == &verb_endpoint_add ? body : NULL };
}

static struct ask a_retry(void)
{
	static const char *const bodies[] = { "{\"state\":\"held\"}", "{\"state\":\"dead\"}",
					      "{\"state\":\"dead\",\"endpoint\":\"ep_1\"}" };
	static char id[64];
	if (dice(4) == 0)
		return (struct ask){ .kind = &verb_delivery_retry_all, .body = bodies[dice(3)] };
	struct query q = look("SELECT id FROM message WHERE message_key = $1");
	query_int(&q, 1, some_key("SELECT count(*) FROM message"));
	(void)text_copy(id, sizeof(id), query_row(&q) ? query_col_text(&q, 0) : "msg_none");
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	return (struct ask){ .kind = &verb_delivery_retry, .name = id };
}

/* Holidays that come and go move dates, and back. */
static struct ask a_calendar(void)
{
	static const char *const days[] = {
		calendar_text,
		"date,kind,name\n2025-03-03,holiday,w\n2025-10-01,holiday,w\n",
		"date,kind,name\n2025-09-02,holiday,w\n2025-10-01,holiday,w\n",
		"date,kind,name\n2026-03-02,holiday,w\n2026-10-01,holiday,w\n",
		"date,kind,name\nnonsense\n",
	};
	return (struct ask){ .kind = &verb_calendar_import, .text = days[dice(COUNT_OF(days))] };
}

static struct ask something_else(void)
{
	static const struct ask others[] = {
		{ .kind = &verb_publish,
		  .name = "future-1",
		  .body = "{\"date\":\"" PUBLISHED "\"}" },
		{ .kind = &verb_publish,
		  .name = "future-hard",
		  .body = "{\"date\":\"" PUBLISHED "\"}" },
		{ .kind = &verb_unit_import, .name = "future-hard", .csv = HEADER ROW_2 },
		{ .kind = &verb_unit_import, .name = "future-hard", .csv = HEADER ROW_1 ROW_3 },
		{ .kind = &verb_token_add, .body = "{\"name\":\"w\"}" },
		{ .kind = &verb_token_revoke, .key = 1 },
		{ .kind = &verb_clock_accept },
	};
	return others[dice(COUNT_OF(others))];
}

static struct ask choose(void)
{
	static struct ask (*const choices[])(void) = { a_filing,      a_filing, an_endpoint,
						       an_endpoint,   a_retry,  a_calendar,
						       something_else };
	struct ask ask = choices[dice(COUNT_OF(choices))]();
	ask.dry_run = dice(10) == 0;
	return ask;
}

/* A refusal and a trial leave everything as it was. Returns whether it went well. */
static bool walk_verb(void)
{
	struct ask ask = choose();
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	dump(&before);
	struct verb *verb = run(&ask);
	bool went_well = verb->fault == FAULT_NONE;
	if (!went_well || ask.dry_run) {
		dump(&after);
		assert_string_equal(buf_str(&after), buf_str(&before));
	}
	/* An own fault is never the answer to a request. */
	if (verb->fault == FAULT_CORRUPT || verb->fault == FAULT_IO || verb->fault == FAULT_FULL)
		fail_msg("%s: %s", ask.kind->name, verb->problem.detail);
	if (verb->fault == FAULT_CONFLICT && ask.kind != &verb_endpoint_add)
		fail_msg("%s: %s", ask.kind->name, verb->problem.detail);
	buf_clear(&before);
	buf_clear(&after);
	verb_free(verb);
	return went_well;
}

static void walk_time(void)
{
	static const int64_t hours[] = { 1, 20, 24, 24 * 9, 24 * 40 };
	int64_t now_at = number("SELECT simulated_at FROM instance");
	succeed(&(struct ask){ .kind = &verb_clock_set,
			       .at = now_at + 3600 * hours[dice(COUNT_OF(hours))] });
	while (plan_once().more)
		;
}

static void walk_delivery(void)
{
	static const int statuses[] = { 200, 204, 500, 429, 404, 410, 0 };
	struct outcome ends[8];
	struct claim claim = claim_with((unsigned)dice(8) + 1, (unsigned)dice(4) + 1, NULL, 0);
	struct outcomes outcomes = { ends, 0 };
	for (size_t i = 0; i < claim.n; i++) {
		if (dice(8) == 0)
			continue; /* its end comes with another's, or never */
		int status = statuses[dice(COUNT_OF(statuses))];
		ends[outcomes.n++] =
			(struct outcome){ .message_key = claim.items[i].message_key,
					  .attempt = claim.items[i].attempt,
					  .end = status ? ATTEMPT_ANSWERED
							: (enum attempt_end)dice(ATTEMPT_END_COUNT),
					  .status = status,
					  .retry_after_s = dice(3) ? -1 : dice(100000) };
	}
	/* Meanwhile somebody does something. */
	(void)walk_verb();
	succeed(&(struct ask){ .kind = &verb_outcomes, .input = &outcomes });
	claim_clear(&claim);
}

static void any_walk_keeps_the_books(void **state)
{
	const char *given = getenv("JIEBANG_SEED");
	int64_t seed = (int64_t)time(NULL), good = 0;
	(void)state;
	if (given && !text_parse_i64(given, 1, INT64_MAX, &seed))
		fail_msg("JIEBANG_SEED is no number: %s", given);
	(void)fprintf(stderr, "JIEBANG_SEED=%lld\n", (long long)seed);
	walk_state = (uint64_t)seed * 0x9e3779b97f4a7c15ULL | 1;
	import_rows(ROW_1 ROW_2 ROW_3);
	publish();
	for (int i = 0; i < STEPS; i++) {
		int64_t kind = dice(10);
		if (kind == 0)
			walk_time();
		else if (kind < 4)
			walk_delivery();
		else
			good += walk_verb();
		if (i % 50 == 0) {
			check_rows();
			check_chain(0);
		}
	}
	assert_true(good > STEPS / 20); /* it went somewhere */
	assert_true(number("SELECT count(*) FROM attempt") > 0);
}

/* ---- tampering ---- */

/* clang-format off */
static const struct {
	const char *tamper;
	int64_t first_bad;
} tampered[] = {
	{ "UPDATE audit SET detail = replace(detail, 'future-1', 'future-2') || ' ' WHERE seq = 3", 3 },
	{ "UPDATE audit SET actor = 'uid:1' WHERE seq = 5", 5 },
	{ "UPDATE audit SET verb = 'accept' WHERE seq = 6", 6 },
	{ "UPDATE audit SET object = object || 'x' WHERE seq = 1", 1 },
	{ "UPDATE audit SET at = at + 1 WHERE seq = 4", 4 },
	{ "UPDATE audit SET hash = x'0101010101010101010101010101010101010101010101010101010101010101' WHERE seq = 2", 2 },
	/* The last byte of the last entry. */
	{ "UPDATE audit SET detail = substr(detail, 1, length(detail) - 1) || '!' WHERE seq = (SELECT max(seq) FROM audit)", 8 },
	/* One taken out: the one after it does not follow. */
	{ "DELETE FROM audit WHERE seq = 4", 5 },
	/* Two that change places. */
	{ "UPDATE audit SET seq = CASE seq WHEN 4 THEN -5 ELSE -4 END WHERE seq IN (4, 5)", 4 },
};
/* clang-format on */

static void tampering_is_found_where_it_was_done(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("office", "http://a.example/");
	(void)endpoint_for("office", "http://b.example/");
	assert_number("SELECT count(*) FROM audit", 8);
	check_chain(0);
	for (size_t i = 0; i < COUNT_OF(tampered); i++) {
		execute("SAVEPOINT tamper");
		execute(tampered[i].tamper);
		execute("UPDATE audit SET seq = -seq WHERE seq < 0");
		check_chain(tampered[i].first_bad);
		execute("ROLLBACK TO tamper");
		execute("RELEASE tamper");
	}
	check_chain(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(any_walk_keeps_the_books),
		TEST(tampering_is_found_where_it_was_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
