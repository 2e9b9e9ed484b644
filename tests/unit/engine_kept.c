/*
 * Writes that are said twice (Idempotency-Key), writes that share a transaction, and tokens.
 */
#include "engine_kit.h"

/* ---- Idempotency-Key ---- */

#define FILE_REPORT                                                                                \
	{                                                                                          \
		.kind = &verb_submit, .key = 1, .body = FILED, .idempotency_key = "k-1",           \
		.request = "r-1"                                                                   \
	}

static struct buf reply_of(const struct ask *ask, int status)
{
	struct verb *verb = run(ask);
	if (verb->fault != FAULT_NONE)
		fail_msg("%s", verb->problem.detail);
	assert_int_equal(verb->status, status);
	struct buf reply = verb->reply;
	verb->reply = (struct buf)BUF_EMPTY;
	verb_free(verb);
	return reply;
}

/* The same answer to the letter, status included, though a second filing would be refused; and nothing changes. */
static void the_same_key_is_the_same_answer(void **state)
{
	struct ask file = FILE_REPORT;
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	(void)state;
	stage_published();
	struct buf first = reply_of(&file, 201);
	plan_to("2024-09-02T23:00:00+08:00"); /* a later moment, and still the answer of then */
	dump(&before);
	struct buf second = reply_of(&file, 201);
	dump(&after);
	assert_string_equal(buf_str(&second), buf_str(&first));
	assert_string_equal(buf_str(&after), buf_str(&before));
	assert_number("SELECT count(*) FROM submission", 1);
	buf_clear(&first);
	buf_clear(&second);
	buf_clear(&before);
	buf_clear(&after);
}

static void the_same_key_for_another_request_is_refused(void **state)
{
	struct ask file = FILE_REPORT;
	(void)state;
	stage_published();
	succeed(&file);
	struct refusal other = { FILE_REPORT, .fault = FAULT_UNPROCESSED,
				 .detail = "this Idempotency-Key was used for a different request; "
					   "take a new key" };
	other.ask.key = 2;
	other.ask.request = "r-2";
	verb_free(refused(&other));
	/* The key is the actor's own: another may have the same. */
	other.ask.actor = "token:tk_9";
	succeed(&other.ask);
	assert_number("SELECT count(*) FROM idempotency", 2);
}

/* What was refused may be tried again under its key, when the reason is gone. */
static void a_refusal_is_not_kept(void **state)
{
	struct refusal early = { .ask = { .kind = &verb_publish,
					  .name = "future-1",
					  .body = "{\"date\":\"" PUBLISHED "\"}",
					  .idempotency_key = "k-1",
					  .request = "r-1" },
				 .fault = FAULT_REFUSED,
				 .detail = "import the shortlist first" };
	(void)state;
	verb_free(refused(&early));
	assert_number("SELECT count(*) FROM idempotency", 0);
	import_rows(ROW_1);
	answer_with(&early.ask, "obligations", "5");
	answer_with(&early.ask, "obligations", "5"); /* kept: a real repetition would say 0 */
}

static void a_trial_is_not_kept(void **state)
{
	struct ask list = { .kind = &verb_unit_import,
			    .name = "future-1",
			    .csv = HEADER ROW_1,
			    .idempotency_key = "k-1",
			    .request = "r-1" };
	(void)state;
	jr_free(dry(&list));
	answer_with(&list, "dry_run", "false");
	assert_number("SELECT count(*) FROM unit", 1);
}

/* A day of the wall clock long, whatever a simulated one says meanwhile; then the next write sweeps it out. */
static void answers_are_kept_for_a_day(void **state)
{
	struct ask test = {
		.kind = &verb_endpoint_test, .key = 1, .idempotency_key = "k-1", .request = "r-1"
	};
	struct ask other = test;
	(void)state;
	other.idempotency_key = "k-2";
	(void)endpoint_for("office", "http://a.example/");
	succeed(&test);
	set_clock("2024-12-24T00:00:00+08:00");
	execute("UPDATE idempotency SET created_at = created_at - 86000");
	succeed(&other);
	succeed(&test);
	assert_number("SELECT count(*) FROM message", 2);
	execute("UPDATE idempotency SET created_at = created_at - 401 WHERE key = 'k-1'");
	other.idempotency_key = "k-3";
	succeed(&other);
	assert_text("SELECT group_concat(key, ' ') FROM idempotency", "k-2 k-3");
	succeed(&test); /* forgotten: done again */
	assert_number("SELECT count(*) FROM message", 4);
}

/* ---- groups ---- */

struct group {
	struct verb *done[8];
	size_t n;
	unsigned commits;
};

static void take(struct verb *verb)
{
	struct group *group = verb->arg;
	assert_true(group->n < COUNT_OF(group->done));
	group->done[group->n++] = verb;
}

static void count_commit(void *arg)
{
	((struct group *)arg)->commits++;
}

static void submit_test(struct group *group, int64_t endpoint)
{
	struct verb *verb = verb_new(&verb_endpoint_test, take, group);
	verb->key = endpoint;
	engine_submit(engine, verb);
}

/* One that is refused takes no neighbour with it; each is answered once, in order, by engine_collect and not before. */
static void neighbours_do_not_suffer(void **state)
{
	static const int64_t endpoints[] = { 1, 7, 1, 1 };
	struct group group = { .n = 0 };
	(void)state;
	(void)endpoint_for("office", "http://a.example/");
	engine_on_commit(engine, count_commit, &group);
	for (size_t i = 0; i < COUNT_OF(endpoints); i++)
		submit_test(&group, endpoints[i]);
	assert_int_equal(engine_load(engine), 4);
	assert_int_equal(group.n, 0);
	engine_collect(engine);
	assert_int_equal(engine_load(engine), 0);
	assert_int_equal(group.n, 4);
	assert_int_equal(group.commits, 1);
	for (size_t i = 0; i < group.n; i++) {
		assert_int_equal(group.done[i]->key, endpoints[i]);
		assert_int_equal(group.done[i]->fault,
				 endpoints[i] == 7 ? FAULT_NOT_FOUND : FAULT_NONE);
		verb_free(group.done[i]);
	}
	assert_number("SELECT count(*) FROM message", 3);
	/* Nothing changed, nobody is told. */
	group = (struct group){ .n = 0 };
	submit_test(&group, 7);
	engine_collect(engine);
	verb_free(group.done[0]);
	assert_int_equal(group.commits, 0);
	engine_on_commit(engine, NULL, NULL);
}

/* The verb itself went well and what comes after it did not (here a count that would fall below nothing). */
static void what_fails_late_leaves_no_answer(void **state)
{
	static const struct refusal late[] = {
		{ .ask = { .kind = &verb_endpoint_disable, .key = 1 },
		  .fault = FAULT_CONFLICT,
		  .detail = "CHECK constraint failed" },
		{ .ask = { .kind = &verb_submit,
			   .key = 1,
			   .body = FILED,
			   .idempotency_key = "k",
			   .request = "r" },
		  .fault = FAULT_CONFLICT,
		  .detail = "CHECK constraint failed" },
	};
	(void)state;
	stage_published();
	(void)endpoint_for("office", "http://a.example/");
	execute("UPDATE tally SET count = 0 WHERE what NOT LIKE 'owed:%'");
	REFUSE_ALL(late);
	execute("UPDATE tally SET count = 5 WHERE what = 'obligation:scheduled'");
	execute("UPDATE tally SET count = 2 WHERE what = 'units'");
	execute("UPDATE tally SET count = 1 WHERE what = 'unreachable'");
	execute("UPDATE tally SET count = 1 WHERE what = 'endpoints:enabled'");
}

/* ---- tokens ---- */

#define TOKEN(text) .ask = { .kind = &verb_token_add, .body = (text) }, .fault = FAULT_UNPROCESSED

/* clang-format off */
static const struct refusal wrong_tokens[] = {
	{ TOKEN("{}"), .pointer = "/name", .detail = "name is missing: who is it for?" },
	{ TOKEN(NULL), .pointer = "/name", .detail = "name is missing" },
	{ TOKEN("{\"name\":7}"), .pointer = "/name", .detail = "name must be a string" },
	{ TOKEN("{\"name\":\"a\",\"role\":\"root\"}"), .pointer = "/role", .detail = "this version knows the role \"admin\" only" },
	{ TOKEN("{\"name\":\"a\",\"expires_on\":\"2025-02-29\"}"), .pointer = "/expires_on", .detail = "expires_on must be a day as YYYY-MM-DD" },
	{ TOKEN("{\"name\":\"a\",\"expires_on\":\"2024-09-01\"}"), .pointer = "/expires_on", .detail = "expires_on 2024-09-01 is over already" },
	{ TOKEN("{\"name\":\"a\",\"expires_on\":20250101}"), .pointer = "/expires_on", .detail = "expires_on must be a string" },
	{ TOKEN("{\"name\":\"a\",\"expires\":\"2025-01-01\"}"), .pointer = "/expires", .detail = "unknown member \"expires\"" },
	{ .ask = { .kind = &verb_token_revoke, .key = 7 }, .fault = FAULT_NOT_FOUND, .detail = "there is no valid token tk_7" },
};
/* clang-format on */

static void wrong_tokens_are_refused(void **state)
{
	(void)state;
	REFUSE_ALL(wrong_tokens);
}

static enum fault look_up(const char *token, int64_t now_at)
{
	uint8_t sum[DIGEST_BYTES];
	int64_t key, expires_at;
	digest_sha256(token, strlen(token), sum);
	return read_token_key(store, sum, now_at, &key, &expires_at, NULL);
}

/* Shown once, stored as a hash; good until the end of its last day, or until it is revoked. */
static void a_token_opens_the_door_until_it_ends(void **state)
{
	char token[128];
	(void)state;
	struct jr_doc *doc = answer(
		&(struct ask){ .kind = &verb_token_add,
			       .body = "{\"name\":\"clerk\",\"expires_on\":\"2024-09-30\"}" });
	expect(doc, "id", "\"tk_1\"");
	expect(doc, "name", "\"clerk\"");
	expect(doc, "role", "\"admin\"");
	assert_true(text_copy(token, sizeof(token), jr_string(at(jr_root(doc), "token"))));
	jr_free(doc);
	assert_memory_equal(token, "jb_", 3);
	assert_int_equal(strlen(token), 3 + 52); /* 256 bits in base32 */
	struct buf all = BUF_EMPTY;
	dump(&all);
	assert_null(strstr(buf_str(&all), token));
	buf_clear(&all);
	int64_t end_at = instant("2024-10-01T00:00:00+08:00");
	assert_int_equal(look_up(token, end_at - 1), FAULT_NONE);
	assert_int_equal(look_up(token, end_at), FAULT_NOT_FOUND);
	assert_int_equal(look_up("jb_other", end_at - 1), FAULT_NOT_FOUND);
	answer_with(&(struct ask){ .kind = &verb_token_revoke, .key = 1 }, "revoked", "true");
	assert_int_equal(look_up(token, end_at - 1), FAULT_NOT_FOUND);
	static const struct refusal again[] = {
		{ .ask = { .kind = &verb_token_revoke, .key = 1 },
		  .fault = FAULT_NOT_FOUND,
		  .detail = "there is no valid token tk_1" },
	};
	REFUSE_ALL(again);
	assert_text("SELECT group_concat(verb || object, ' ') FROM audit WHERE verb LIKE 'token%'",
		    "token_addtk_1 token_revoketk_1");
	/* Without a last day it has none. */
	doc = answer(&(struct ask){ .kind = &verb_token_add,
				    .body = "{\"name\":\"b\",\"role\":\"admin\"}" });
	assert_int_equal(look_up(jr_string(at(jr_root(doc), "token")), 99999999999), FAULT_NONE);
	jr_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_key_is_the_same_answer),
		TEST(the_same_key_for_another_request_is_refused),
		TEST(a_refusal_is_not_kept),
		TEST(a_trial_is_not_kept),
		TEST(answers_are_kept_for_a_day),
		TEST(neighbours_do_not_suffer),
		TEST(what_fails_late_leaves_no_answer),
		TEST(wrong_tokens_are_refused),
		TEST(a_token_opens_the_door_until_it_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
