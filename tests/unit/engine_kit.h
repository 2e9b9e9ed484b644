/*
 * An engine on a database in memory and a simulated clock, with programmes built by hand, and how its tests ask it.
 *
 * Every refusal is held against the whole database: `refused` dumps each table before and after (contract 2), and
 * `teardown` of every test verifies the audit chain, the counts and the rows that stand twice. Included by them only.
 */
#ifndef JIEBANG_TEST_ENGINE_KIT_H
#define JIEBANG_TEST_ENGINE_KIT_H

#include "engine/engine.h"

#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/json.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "store/query.h"
#include "store/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine_hand.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define PUBLISHED   "2024-09-02"
#define FILED       "{\"summary\":\"done\"}" /* the least that a report says */
#define HEADER      "赛道,任务,项目名称,牵头单位,联合体单位,推荐单位,类别\n"
#define ROW_1       "甲,一号任务,项目一,示例单位一,示例伙伴一；示例伙伴二,示例厅,\n"
#define ROW_2       "乙,b-01,项目二,示例单位二,,示例厅,potential\n"
#define ROW_3       "甲,a-02,项目三,示例单位三,,另一厅,揭榜单位\n"

static struct engine *engine;
static struct store *store;
static struct clock stage_clock;

/* ---- looking at rows ---- */

#define LOOKS_MAX 400

/* Statements of the tests, in tables of the statement cache that no verb uses. */
static const char *looks[LOOKS_MAX];
static size_t n_looks;

static inline struct query look(const char *sql)
{
	static const enum query_table tables[] = { TABLE_PLAN, TABLE_TOKEN };
	size_t i = 0;
	while (i < n_looks && strcmp(looks[i], sql) != 0)
		i++;
	assert_true(i < COUNT_OF(tables) * QUERIES_PER_TABLE);
	if (i == n_looks)
		looks[n_looks++] = xstrdup(sql);
	size_t table = i / QUERIES_PER_TABLE;
	return query_begin(store, tables[table], &looks[table * QUERIES_PER_TABLE],
			   (unsigned)(i % QUERIES_PER_TABLE));
}

static inline void looks_forget(void)
{
	for (size_t i = 0; i < n_looks; i++)
		free((void *)(uintptr_t)looks[i]);
	n_looks = 0;
}

static inline int64_t number(const char *sql)
{
	struct problem problem;
	struct query q = look(sql);
	int64_t value = query_row(&q) ? query_col_int(&q, 0) : -1;
	if (query_end(&q, &problem) != FAULT_NONE)
		fail_msg("%s: %s", sql, problem.detail);
	return value;
}

/* Borrowed until the next call. */
static inline const char *text(const char *sql)
{
	static char value[4096];
	struct problem problem;
	struct query q = look(sql);
	(void)text_copy(value, sizeof(value), query_row(&q) ? query_col_text(&q, 0) : "(none)");
	if (query_end(&q, &problem) != FAULT_NONE)
		fail_msg("%s: %s", sql, problem.detail);
	return value;
}

static inline void execute(const char *sql)
{
	struct problem problem;
	struct query q = look(sql);
	if (query_run(&q, &problem) != FAULT_NONE)
		fail_msg("%s: %s", sql, problem.detail);
}

#define assert_number(sql, expected) assert_int_equal(number(sql), expected)
#define assert_text(sql, expected)   assert_string_equal(text(sql), expected)

/*
 * Every row of every table. One statement makes one for each table; the texts are the same for every test, so they
 * are made once.
 */
static inline void dump(struct buf *out)
{
	static const char *const tables =
		"SELECT 'SELECT ''' || m.name || ''', ' || group_concat('quote(' || c.name || ')', "
		"' || '' '' || ') || ' FROM ' || m.name || ' ORDER BY 1, 2' FROM sqlite_schema AS "
		"m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND m.name NOT LIKE "
		"'sqlite_%' GROUP BY m.name ORDER BY m.name";
	char *statements[64];
	size_t n = 0;
	struct query q = look(tables);
	while (query_row(&q) && n < COUNT_OF(statements))
		statements[n++] = xstrdup(query_col_text(&q, 0));
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	assert_true(n > 20 && n < COUNT_OF(statements));
	for (size_t i = 0; i < n; i++) {
		struct query rows = look(statements[i]);
		while (query_row(&rows))
			buf_addf(out, "%s %s\n", query_col_text(&rows, 0),
				 query_col_text(&rows, 1));
		assert_int_equal(query_end(&rows, NULL), FAULT_NONE);
		free(statements[i]);
	}
}

/* ---- asking ---- */

struct ask {
	const struct verb_kind *kind;
	int64_t key;
	const char *name;
	const char *body; /* JSON */
	const char *csv;  /* spooled */
	const char *text; /* a calendar */
	const char *reason;
	bool dry_run;
	int64_t at;
	void *input;
	const char *idempotency_key;
	const char *request; /* what its hash stands for */
	const char *actor;
};

static inline int spool(const char *csv)
{
	int fd = memfd_create("spool", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, csv, strlen(csv)), strlen(csv));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Runs it; the caller frees the verb with its answer. */
static inline struct verb *run(const struct ask *ask)
{
	struct problem problem;
	struct verb *verb = verb_new(ask->kind, NULL, NULL);
	verb->key = ask->key;
	verb->dry_run = ask->dry_run;
	verb->at = ask->at;
	verb->input = ask->input;
	(void)text_copy(verb->name, sizeof(verb->name), ask->name ? ask->name : "");
	(void)text_copy(verb->reason, sizeof(verb->reason), ask->reason ? ask->reason : "");
	(void)text_copy(verb->actor, sizeof(verb->actor), ask->actor ? ask->actor : "uid:0");
	if (ask->body && jr_read(ask->body, strlen(ask->body), &verb->body, &problem) != FAULT_NONE)
		fail_msg("%s: %s", ask->body, problem.detail);
	if (ask->csv)
		verb->fd = spool(ask->csv);
	if (ask->text) {
		verb->text = xstrdup(ask->text);
		verb->text_len = strlen(ask->text);
	}
	if (ask->idempotency_key) {
		(void)text_copy(verb->idempotency_key, sizeof(verb->idempotency_key),
				ask->idempotency_key);
		const char *request = ask->request ? ask->request : "";
		digest_sha256(request, strlen(request), verb->request_sha256);
	}
	enum fault fault = engine_call(engine, verb);
	assert_int_equal(fault, verb->fault);
	return verb;
}

/* Succeeds; the answer is to be freed with jr_free. */
static inline struct jr_doc *answer(const struct ask *ask)
{
	struct problem problem;
	struct jr_doc *doc = NULL;
	struct verb *verb = run(ask);
	if (verb->fault != FAULT_NONE)
		fail_msg("%s: %s: %s %s", ask->kind->name, fault_name(verb->fault),
			 verb->problem.detail, buf_str(&verb->reply));
	if (verb->reply.len &&
	    jr_read(verb->reply.data, verb->reply.len, &doc, &problem) != FAULT_NONE)
		fail_msg("%s: %s in %s", ask->kind->name, problem.detail, verb->reply.data);
	verb_free(verb);
	return doc;
}

static inline void succeed(const struct ask *ask)
{
	jr_free(answer(ask));
}

/* "warnings.0.line" */
static inline const struct jr_value *at(const struct jr_value *value, const char *path)
{
	while (value && *path) {
		char part[64];
		int64_t i;
		size_t len = strcspn(path, ".");
		assert_true(text_copy_n(part, sizeof(part), path, len));
		if (text_parse_i64(part, 0, 10000, &i))
			value = jr_item(value, (size_t)i);
		else
			value = jr_member(value, part);
		path += len + (path[len] == '.');
	}
	return value;
}

static inline void expect(const struct jr_doc *doc, const char *path, const char *json)
{
	struct buf found = BUF_EMPTY;
	const struct jr_value *value = at(jr_root(doc), path);
	if (value)
		jr_write(value, &found);
	if (strcmp(value ? buf_str(&found) : "absent", json) != 0)
		fail_msg("%s is %s, not %s", path, value ? buf_str(&found) : "absent", json);
	buf_clear(&found);
}

/* One answer, one member. */
static inline void answer_with(const struct ask *ask, const char *path, const char *json)
{
	struct jr_doc *doc = answer(ask);
	expect(doc, path, json);
	jr_free(doc);
}

/* ---- refusals ---- */

struct refusal {
	struct ask ask;
	enum fault fault;
	const char *detail;  /* a part of it */
	const char *pointer; /* NULL: none */
	const char *rule;
	const char *clause;
};

static inline void check_problem(const struct refusal *refusal, const struct verb *verb)
{
	const struct problem *problem = &verb->problem;
	if (verb->fault != refusal->fault || problem->fault != refusal->fault)
		fail_msg("%s: %s, not %s: %s", refusal->ask.kind->name, fault_name(verb->fault),
			 fault_name(refusal->fault), problem->detail);
	if (!strstr(problem->detail, refusal->detail))
		fail_msg("%s: \"%s\" says nothing of \"%s\"", refusal->ask.kind->name,
			 problem->detail, refusal->detail);
	assert_string_equal(problem->pointer, refusal->pointer ? refusal->pointer : "");
	assert_string_equal(problem->rule, refusal->rule ? refusal->rule : "");
	assert_string_equal(problem->clause, refusal->clause ? refusal->clause : "");
	/* engine.h: on a fault the reply is empty, or an object with the errors. */
	if (verb->reply.len && !strstr(verb->reply.data, "\"errors\":["))
		fail_msg("%s: refused, and says %s", refusal->ask.kind->name, verb->reply.data);
}

/* The verb fails with its problem, and not a byte of the database is another. The caller frees the verb. */
static inline struct verb *refused(const struct refusal *refusal)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	dump(&before);
	struct verb *verb = run(&refusal->ask);
	dump(&after);
	check_problem(refusal, verb);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
	return verb;
}

static inline void refuse_all(const struct refusal *refusals, size_t n)
{
	for (size_t i = 0; i < n; i++)
		verb_free(refused(&refusals[i]));
}

#define REFUSE_ALL(table) refuse_all(table, COUNT_OF(table))

/* A dry run answers as the real one would, and changes nothing. */
static inline struct jr_doc *dry(const struct ask *ask)
{
	struct buf before = BUF_EMPTY, after = BUF_EMPTY;
	struct ask again = *ask;
	again.dry_run = true;
	dump(&before);
	struct jr_doc *doc = answer(&again);
	dump(&after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_clear(&before);
	buf_clear(&after);
	return doc;
}

/* ---- what always holds ---- */

static inline void check_chain(int64_t first_bad)
{
	struct read_chain chain = { .entries = 0 };
	struct problem problem;
	while (!chain.done)
		if (read_audit_verify(store, &chain, 7, &problem) != FAULT_NONE)
			fail_msg("%s", problem.detail);
	assert_int_equal(chain.first_bad, first_bad);
	if (first_bad == 0)
		assert_int_equal(chain.entries, number("SELECT count(*) FROM audit"));
}

/* The counts that are kept are the counts; what stands twice says the same. */
static inline void check_rows(void)
{
	static const char *const wrong[] = {
		"WITH real (scope, what, n) AS (SELECT 0, 'delivery:' || state, count(*) FROM "
		"delivery GROUP BY state UNION ALL SELECT 0, 'endpoints:' || state, count(*) FROM "
		"endpoint WHERE state <> 'deleted' GROUP BY state UNION ALL SELECT programme_key, "
		"'obligation:' || "
		"obligation.state, count(*) FROM obligation JOIN unit USING (unit_key) GROUP BY 1, "
		"2 UNION ALL SELECT programme_key, 'owed:' || obligation.due_at, count(*) FROM "
		"obligation JOIN unit USING (unit_key) WHERE obligation.state IN ('scheduled', "
		"'open', 'returned') GROUP BY 1, 2 UNION ALL SELECT programme_key, 'units', "
		"count(*) FROM unit GROUP BY 1 UNION "
		"ALL SELECT programme_key, 'unreachable', count(*) FROM unit AS u WHERE NOT EXISTS "
		"(SELECT 1 FROM endpoint AS e WHERE e.unit_key = u.unit_key AND e.state = "
		"'enabled') AND EXISTS (SELECT 1 FROM obligation AS o WHERE o.unit_key = "
		"u.unit_key AND o.state IN ('scheduled', 'open', 'returned')) GROUP BY 1), kept "
		"AS (SELECT scope, what, count FROM tally WHERE count > 0) "
		"SELECT count(*) FROM (SELECT * FROM (SELECT * FROM real EXCEPT SELECT * FROM "
		"kept) UNION ALL SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM real))",
		"WITH due AS (SELECT d.endpoint_key, d.ready_at, m.deadline_at, d.message_key FROM "
		"delivery AS d JOIN message AS m USING (message_key) WHERE d.state = 'due') SELECT "
		"count(*) FROM (SELECT * FROM (SELECT * FROM due EXCEPT SELECT * FROM outbox) "
		"UNION ALL SELECT * FROM (SELECT * FROM outbox EXCEPT SELECT * FROM due))",
		"WITH next AS (SELECT coalesce(held_until_at, next_step_at), obligation_key FROM "
		"obligation WHERE coalesce(held_until_at, next_step_at) IS NOT NULL) SELECT "
		"count(*) FROM (SELECT * FROM (SELECT * FROM next "
		"EXCEPT SELECT * FROM agenda) UNION ALL SELECT * FROM (SELECT * FROM agenda EXCEPT "
		"SELECT * FROM next))",
		"SELECT count(*) FROM obligation WHERE (state IN ('scheduled', 'open', "
		"'returned') OR review_due_on IS NOT NULL) <> (next_step_at IS NOT NULL)",
		"SELECT count(*) FROM delivery AS d WHERE d.attempts <> (d.state = 'sending') + "
		"(SELECT count(*) FROM attempt AS a WHERE a.message_key = d.message_key)",
		"SELECT count(*) FROM attempt AS a JOIN delivery AS d USING (message_key) WHERE "
		"a.n > d.attempts - (d.state = 'sending')",
		"SELECT (SELECT count(*) FROM message_body) - (SELECT count(*) FROM delivery JOIN "
		"message_body USING (body_key)) + (SELECT count(*) FROM delivery WHERE body_key > "
		"0) - (SELECT count(DISTINCT body_key) FROM delivery)",
		"SELECT count(*) FROM unit AS u WHERE endpoints <> (SELECT count(*) FROM endpoint "
		"AS e WHERE e.unit_key = u.unit_key AND e.state = 'enabled')",
		"SELECT count(*) FROM pragma_foreign_key_check",
	};
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		if (number(wrong[i]) != 0)
			fail_msg("%lld rows are wrong by: %s", (long long)number(wrong[i]),
				 wrong[i]);
}

/* ---- stages ---- */

static inline int64_t instant(const char *rfc3339)
{
	int64_t value;
	if (!civil_instant_parse(rfc3339, &value))
		fail_msg("no instant: %s", rfc3339);
	return value;
}

static inline void set_clock(const char *rfc3339)
{
	succeed(&(struct ask){ &verb_clock_set, .at = instant(rfc3339) });
}

static inline struct plan_result plan_once(void)
{
	struct plan_result result;
	succeed(&(struct ask){ &verb_plan, .input = &result });
	return result;
}

static inline void plan_to(const char *rfc3339)
{
	set_clock(rfc3339);
	while (plan_once().more)
		;
}

static inline void import_rows(const char *rows)
{
	char csv[2048];
	(void)snprintf(csv, sizeof(csv), HEADER "%s", rows);
	succeed(&(struct ask){ &verb_unit_import, .name = "future-1", .csv = csv });
}

static inline void publish(void)
{
	succeed(&(struct ask){ &verb_publish, .name = "future-1",
			       .body = "{\"date\":\"" PUBLISHED "\"}" });
}

/* Unit 1 owes progress 1-4 (ob_1 … ob_4, the first due on 2025-03-03) and acceptance (ob_5); unit 2 owes nothing. */
static inline void stage_published(void)
{
	import_rows(ROW_1 ROW_2);
	publish();
}

static inline int64_t endpoint_for(const char *owner, const char *url)
{
	char body[512];
	(void)snprintf(body, sizeof(body), "{\"owner\":\"%s\",\"url\":\"%s\"}", owner, url);
	succeed(&(struct ask){ &verb_endpoint_add, .body = body });
	return number("SELECT max(endpoint_key) FROM endpoint");
}

/* ---- messages ---- */

struct load {
	int64_t endpoint;
	unsigned load;
};

static inline struct claim claim_with(unsigned max, unsigned per_endpoint, const struct load *loads,
				      size_t n)
{
	struct claim claim = { .max = max, .per_endpoint = per_endpoint, .n_busy = n };
	claim.busy = n ? xcalloc(n, sizeof(*claim.busy)) : NULL;
	for (size_t i = 0; i < n; i++)
		claim.busy[i] = (struct claim_busy){ loads[i].endpoint, loads[i].load };
	succeed(&(struct ask){ &verb_claim, .input = &claim });
	return claim;
}

/* Claims one message: its key. */
static inline int64_t claim_one(void)
{
	struct claim claim = claim_with(1, 4, NULL, 0);
	assert_int_equal(claim.n, 1);
	int64_t key = claim.items[0].message_key;
	claim_clear(&claim);
	return key;
}

static inline void tests_to(int64_t endpoint, int n)
{
	for (int i = 0; i < n; i++)
		succeed(&(struct ask){ &verb_endpoint_test, .key = endpoint });
}

/* "1 1 2": the endpoints of what was claimed, in order. */
static inline void assert_claimed(struct claim claim, const char *endpoints, bool more)
{
	struct buf order = BUF_EMPTY;
	for (size_t i = 0; i < claim.n; i++)
		buf_addf(&order, "%s%lld", i ? " " : "", (long long)claim.items[i].endpoint_key);
	assert_string_equal(buf_str(&order), endpoints);
	assert_int_equal(claim.more, more);
	buf_clear(&order);
	claim_clear(&claim);
}

/* ---- setup ---- */

static const char calendar_text[] = "date,kind,name\n2024-10-01,holiday,国庆节\n2025-10-01,holiday,"
				    "国庆节\n2026-10-01,holiday,国庆节\n";

static inline void engine_on(const struct engine_options *options)
{
	struct problem problem;
	if (engine_new(options, &engine, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
}

/* An empty store, and an engine that has what all have; `options` says what else. */
static inline void engine_fresh(struct engine_options options)
{
	struct problem problem;
	log_set_level(LOG_LEVEL_ERROR);
	if (store_open_memory(&store, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	clock_init_simulated(&stage_clock, instant("2024-09-02T00:00:00+08:00"));
	options.store = store;
	options.clock = &stage_clock;
	options.retry = retry_schedule_default;
	options.seed = 1;
	engine_on(&options);
}

static inline int setup(void **state)
{
	(void)state;
	engine_fresh((struct engine_options){ .store = NULL });
	succeed(&(struct ask){ &verb_programmes_load, .input = set_by_hand() });
	succeed(&(struct ask){ &verb_calendar_import, .text = calendar_text });
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	check_rows();
	check_chain(0);
	engine_free(engine);
	looks_forget();
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
