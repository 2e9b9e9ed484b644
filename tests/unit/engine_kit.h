/*
 * An engine on a database in memory and a simulated clock, with programmes built by hand, and how its tests ask it.
 *
 * Every refusal is held against the whole database: `refuse` dumps each table before and after (contract 2), and
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

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define PUBLISHED   "2024-09-02"
#define HEADER      "赛道,任务,项目名称,牵头单位,联合体单位,推荐单位,类别\n"
#define ROW_1       "甲,一号任务,项目一,示例单位一,示例伙伴一；示例伙伴二,示例厅,\n"
#define ROW_2       "乙,b-01,项目二,示例单位二,,示例厅,potential\n"
#define ROW_3       "甲,a-02,项目三,示例单位三,,另一厅,揭榜单位\n"

static struct engine *engine;
static struct store *store;
static struct clock stage_clock;

/* ---- programmes by hand ---- */

static inline struct clause clause_of(const char *rule, const char *text)
{
	return (struct clause){ xstrdup(rule), xstrdup(text), xstrdup("四、3") };
}

static inline struct task task_of(const char *id, size_t track, const char *name)
{
	return (struct task){ xstrdup(id), track, SIZE_MAX, xstrdup(name) };
}

static inline struct plan_rule rule_of(const char *id, enum obligation_kind kind)
{
	return (struct plan_rule){ .id = xstrdup(id),
				   .kind = kind,
				   .name_zh = xstrdup("报告"),
				   .name_en = xstrdup("Report"),
				   .opens_months = -1,
				   .clause = xstrdup("ours") };
}

/* 7, 1 and 0 days before, 1 day after, then weekly; the recommender after 3 working days, the office after 5. */
static inline struct ladder ladder_of_reports(void)
{
	return (struct ladder){ .id = "report",
				.before_days = { 7, 1, 0 },
				.n_before = 3,
				.after_days = { 1 },
				.n_after = 1,
				.then_every_days = 7,
				.send_at_s = 9 * 3600,
				.escalations = { { RECIPIENT_RECOMMENDER, 3 },
						 { RECIPIENT_OFFICE, 5 } },
				.n_escalations = 2 };
}

/* Reports at T+6 … T+24, and the acceptance request between T+18 and T+24. */
static inline void give_plan(struct programme *p)
{
	p->ladders = xcalloc(1, sizeof(*p->ladders));
	p->n_ladders = 1;
	p->ladders[0] = ladder_of_reports();
	p->plan = xcalloc(2, sizeof(*p->plan));
	p->n_plan = 2;
	p->plan[0] = rule_of("progress", KIND_PROGRESS_REPORT);
	p->plan[0].every_months = 6;
	p->plan[0].times = 4;
	p->plan[0].opens_before_days = 15;
	p->plan[0].roll = ROLL_NEXT_WORKDAY;
	p->plan[1] = rule_of("acceptance", KIND_ACCEPTANCE_REQUEST);
	p->plan[1].at_months = xcalloc(1, sizeof(int));
	p->plan[1].at_months[0] = 24;
	p->plan[1].n_at_months = 1;
	p->plan[1].opens_months = 18;
}

static inline void give_names(struct programme *p, const char *id)
{
	p->id = xstrdup(id);
	p->name_zh = xstrdup("示例批次");
	p->name_en = xstrdup("An invented programme");
	p->doc_no = xstrdup("");
	p->issuer = xstrdup("示例部");
	p->notice_on = xstrdup("");
	p->note = xstrdup("");
	for (size_t i = 0; i < 3; i++)
		p->level_names[i] = xstrdup("层");
	p->partners_rule = xstrdup("consortium");
	p->window_rule = xstrdup("window");
	p->application_closes_on = xstrdup("");
	p->recommendation_closes_on = xstrdup("");
	p->source_name = xstrdup("by-hand.conf");
	(void)snprintf(p->sha256, sizeof(p->sha256), "%064zx", strlen(id));
	p->complete = true;
}

static inline void give_lists(struct programme *p)
{
	p->tracks = xcalloc(2, sizeof(*p->tracks));
	p->n_tracks = 2;
	p->tracks[0] = (struct track){ xstrdup("a"), xstrdup("甲"), xstrdup("A") };
	p->tracks[1] = (struct track){ xstrdup("b"), xstrdup("乙"), xstrdup("B") };
	p->tasks = xcalloc(5, sizeof(*p->tasks));
	p->n_tasks = 5;
	p->tasks[0] = task_of("a-01", 0, "一号任务");
	p->tasks[1] = task_of("a-02", 0, "二号任务");
	p->tasks[2] = task_of("b-01", 1, "三号任务");
	p->tasks[3] = task_of("a-03", 0, "同名任务"); /* on both tracks */
	p->tasks[4] = task_of("b-02", 1, "同名任务");
	p->clauses = xcalloc(3, sizeof(*p->clauses));
	p->n_clauses = 3;
	p->clauses[0] = clause_of("shortlist_cap", "每个方向原则上不超过2家");
	p->clauses[1] = clause_of("consortium", "联合参与单位不超过4家");
	p->clauses[2] = clause_of("window", "名单公布之日起不超过2年");
	p->classes = xcalloc(2, sizeof(*p->classes));
	p->n_classes = 2;
	p->classes[0] = (struct shortlist_class){ xstrdup("assigned"), xstrdup("揭榜单位"),
						  xstrdup("assigned"), true };
	p->classes[1] = (struct shortlist_class){ xstrdup("potential"), xstrdup("潜力单位"),
						  xstrdup("potential"), false };
}

static inline struct programme *programme_by_hand(const char *id)
{
	struct programme *p = xcalloc(1, sizeof(*p));
	give_names(p, id);
	give_lists(p);
	give_plan(p);
	p->shortlist_cap = (struct cap){ CAP_LEVEL_TASK, 2, false, xstrdup("shortlist_cap") };
	p->winner_cap = (struct cap){ CAP_LEVEL_NONE, 0, false, xstrdup("winner_cap") };
	p->partners_max = 4;
	p->window_months = 24;
	return p;
}

/* "future-1": the ordinary one. "future-hard": a hard cap of one a track. "future-none": its window is not known. */
static inline struct programme_set *set_by_hand(void)
{
	struct programme_set *set = xcalloc(1, sizeof(*set));
	set->items = xcalloc(3, sizeof(struct programme *));
	set->n = 3;
	set->items[0] = programme_by_hand("future-1");
	set->items[1] = programme_by_hand("future-hard");
	set->items[1]->shortlist_cap.level = CAP_LEVEL_TRACK;
	set->items[1]->shortlist_cap.limit = 1;
	set->items[1]->shortlist_cap.hard = true;
	set->items[2] = programme_by_hand("future-none");
	set->items[2]->window_months = 0;
	return set;
}

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
		"endpoint GROUP BY state UNION ALL SELECT programme_key, 'obligation:' || "
		"obligation.state, count(*) FROM obligation JOIN unit USING (unit_key) GROUP BY 1, "
		"2 UNION ALL SELECT programme_key, 'units', count(*) FROM unit GROUP BY 1), kept "
		"AS (SELECT scope, what, count FROM tally WHERE count > 0) "
		"SELECT count(*) FROM (SELECT * FROM (SELECT * FROM real EXCEPT SELECT * FROM "
		"kept) UNION ALL SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM real))",
		"WITH due AS (SELECT d.endpoint_key, d.ready_at, m.deadline_at, d.message_key FROM "
		"delivery AS d JOIN message AS m USING (message_key) WHERE d.state = 'due') SELECT "
		"count(*) FROM (SELECT * FROM (SELECT * FROM due EXCEPT SELECT * FROM outbox) "
		"UNION ALL SELECT * FROM (SELECT * FROM outbox EXCEPT SELECT * FROM due))",
		"WITH next AS (SELECT next_step_at, obligation_key FROM obligation WHERE "
		"next_step_at IS NOT NULL) SELECT count(*) FROM (SELECT * FROM (SELECT * FROM next "
		"EXCEPT SELECT * FROM agenda) UNION ALL SELECT * FROM (SELECT * FROM agenda EXCEPT "
		"SELECT * FROM next))",
		"SELECT count(*) FROM obligation WHERE (state IN ('scheduled', 'open', "
		"'returned')) <> (next_step_at IS NOT NULL)",
		"SELECT count(*) FROM attempt AS a JOIN delivery AS d USING (message_key) WHERE "
		"(a.outcome IS NULL) <> (d.state = 'sending' AND a.n = d.attempts)",
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

static inline int setup(void **state)
{
	(void)state;
	struct problem problem;
	log_set_level(LOG_LEVEL_ERROR);
	if (store_open_memory(&store, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	clock_init_simulated(&stage_clock, instant("2024-09-02T00:00:00+08:00"));
	engine_on(&(struct engine_options){ .store = store,
					    .clock = &stage_clock,
					    .retry = retry_schedule_default,
					    .seed = 1 });
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
