/*
 * A small database with known rows, and how the tests of the read side ask it. Included by them only.
 */
#ifndef JIEBANG_TEST_STORE_READ_ROWS_H
#define JIEBANG_TEST_STORE_READ_ROWS_H

#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/reminder.h"
#include "jiebang/text.h"
#include "store/query.h"
#include "store/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2025-03-04T00:00:00+08:00: the first report (due 2025-03-03) became overdue this very second. */
#define NOW 1741017600

/* One filter of an ask. */
#define BY_TEXT(which, text)  .filters = { { which, text, 0 } }, .n_filters = 1
#define BY_KEY(which, number) .filters = { { which, NULL, number } }, .n_filters = 1

/* The prepared statements of a table that no read uses. */
static const char *const rows[] = {
	"INSERT INTO instance VALUES (1, x'000102030405060708090a0b0c0d0e0f', 1, 1741017600, "
	"1741017600, NULL, NULL, 3, 1725206400, 0)",
	"INSERT INTO calendar_day VALUES ('2025-10-01', 'holiday', '国庆节'), "
	"('2025-01-26', 'workday', '春节'), ('2026-01-01', 'holiday', '元旦')",
	"INSERT INTO programme (programme_key, id, name_zh, name_en, doc_no, issuer, complete, "
	"note, window_months, source_name, sha256, rules, loaded_at, published_on, window_end_on, "
	"published_at, revision) VALUES (1, 'future-2023', '未来产业', 'Future industries', "
	"'工信厅科函〔2023〕235号', 'MIIT', 1, '', 24, 'future-2023.conf', 'ab', "
	"'{\"shortlist_cap\":{\"limit\":5,\"level\":\"task\",\"hard\":false,\"rule\":\"shortlist_"
	"cap\"},"
	"\"winner_cap\":null,\"window_months\":24,\"classes\":[],\"quotas\":[],\"plan\":[{\"id\":"
	"\"progress\"}]}', 1725206400, '2024-09-02', '2026-09-02', 1725206400, 1), "
	"(2, 'future-2025', '未来产业二', 'Future two', '', 'MIIT', 0, 'only a part is known', 0, "
	"'x', 'cd', '{\"shortlist_cap\":{\"limit\":9,\"level\":\"track\"},\"winner_cap\":null}', "
	"1725206400, NULL, NULL, NULL, 1)",
	"INSERT INTO track VALUES (1, 'bci', 0, '脑机接口', 'BCI'), (2, 'q', 0, '量子', 'Quantum')",
	"INSERT INTO category VALUES (1, 'core', 0, '核心基础', 'Core')",
	"INSERT INTO task VALUES (1, 1, 'bci-01', 0, 'bci', 'core', '脑电传感器'), "
	"(2, 1, 'bci-02', 1, 'bci', NULL, '编解码'), (3, 2, 'q-01', 0, 'q', NULL, '量子芯片')",
	"INSERT INTO clause VALUES (1, 'report', '应按要求报送进度', '三、2')",
	"INSERT INTO batch VALUES (1, x'000102030405060708090a0b0c0d0e0f', 1, 'ef', 3, NULL, "
	"'uid:0', 1725206400)",
	"INSERT INTO unit (unit_key, programme_key, task_key, batch_key, seq, project, lead, "
	"recommender, region, class, owes, state, anchor_on, window_end_on, created_at, revision, "
	"endpoints) "
	"VALUES "
	"(1, 1, 1, 1, '1', '100%_项目', '示例单位甲', '北京市', '北京', 'assigned', 1, "
	"'delivering', "
	"'2024-09-02', '2026-09-02', 1725206400, 1, 1), "
	"(2, 1, 1, 1, '2', '项目二', '示例单位乙', '上海市', '上海', 'assigned', 1, "
	"'delivering', "
	"'2024-09-02', '2026-09-02', 1725206400, 1, 0), "
	"(3, 1, 2, 1, '3', '项目三', '示例单位丙', '北京市', '北京', 'potential', 0, "
	"'withdrawn', "
	"'2024-09-02', '2026-09-02', 1725206400, 1, 0), "
	"(4, 2, 3, 1, '1', '项目四', '示例单位丁', '', '', 'assigned', 1, 'shortlisted', NULL, "
	"NULL, "
	"1725206400, 1, 0)",
	"INSERT INTO partner VALUES (1, 0, '伙伴一', NULL, NULL), (1, 1, '伙伴二', NULL, "
	"'2025-01-01'), "
	"(1, 2, '伙伴三', NULL, NULL)",
	/* 1: overdue now. 2: due in 6 months. 3: accepted. 4: submitted. 5: owed by a unit that left. */
	"INSERT INTO obligation (obligation_key, unit_key, rule_key, n, months, opens_on, "
	"last_day_on, due_on, due_at, provisional, state, revision, next_step_at, submitted_at, "
	"accepted_at) VALUES "
	"(1, 1, 1, 1, 6, '2025-02-16', '2025-03-02', '2025-03-03', 1741017600, 0, 'open', 1, "
	"1741053600, NULL, NULL), "
	"(2, 1, 1, 2, 12, '2025-08-18', '2025-09-02', '2025-09-02', 1756828800, 0, 'scheduled', "
	"1, "
	"1751508000, NULL, NULL), "
	"(3, 2, 1, 1, 6, '2025-02-16', '2025-03-02', '2025-03-03', 1741017600, 0, 'accepted', 1, "
	"NULL, 1740000000, 1740100000), "
	"(4, 2, 1, 2, 12, '2025-08-18', '2025-09-02', '2025-09-02', 1756828800, 1, 'submitted', "
	"2, "
	"NULL, 1740200000, NULL), "
	"(5, 3, 1, 1, 6, '2025-02-16', '2025-03-02', '2025-03-10', 1741622400, 0, 'open', 1, "
	"1741100000, NULL, NULL)",
	"INSERT INTO agenda VALUES (1741053600, 1), (1751508000, 2), (1741100000, 5)",
	"INSERT INTO occasion (obligation_key, revision, step, nominal_at, outcome, reason, "
	"decided_at) VALUES (1, 1, 'before-1', 1740880800, 'coalesced', 'into due', "
	"1740880801), "
	"(1, 1, 'due', 1740967200, 'sent', NULL, 1740967201)",
	"INSERT INTO submission VALUES (1, 3, 1, 1740000000, 0, '张三', 'R-1', '摘要', "
	"'{\"percent\":40}'), "
	"(2, 4, 1, 1740200000, 0, '李四', '', '', '{}'), (3, 4, 2, 1740300000, 1, '李四', '', "
	"'', "
	"'{}')",
	"INSERT INTO endpoint VALUES "
	"(1, x'000102030405060708090a0b0c0d0e0f', 'unit:un_1', 1, 'https://a.example/hook', "
	"'standard', "
	"x'000102030405060708090a0b0c0d0e0f0001020304050607', 'enabled', NULL, 1725206400, 1, "
	"'{}', 'hmac', 0, 0, 0, 0, 0), "
	"(2, x'000102030405060708090a0b0c0d0e0f', 'office', NULL, 'https://b.example/hook', "
	"'standard', "
	"x'000102030405060708090a0b0c0d0e0f0001020304050607', 'disabled', 'gone', 1725206400, 1, "
	"'{}', 'hmac', 0, 0, 0, 0, 0)",
	"INSERT INTO message (message_key, id, endpoint_key, type, unit_key, obligation_key, "
	"revision, step, steps, nominal_at, deadline_at, created_at) VALUES "
	"(1, 'msg_a', 1, 'obligation.opened', 1, 1, 1, 'open', '[\"open\"]', 1739635200, "
	"1741017600, "
	"1739635200), "
	"(2, 'msg_b', 1, 'obligation.due_soon', 1, 1, 1, 'before-1', "
	"'[\"before-3\",\"before-1\"]', "
	"1740880800, 1741017600, 1740880800), "
	"(3, 'msg_c', 2, 'endpoint.test', NULL, NULL, NULL, NULL, NULL, 1740880900, 1740880900, "
	"1740880900)",
	"INSERT INTO message_body VALUES (1, '{\"type\":\"obligation.opened\"}'), (2, '{}')",
	"INSERT INTO delivery VALUES "
	"(1, 1, 'delivered', NULL, 0, 2, 0, 0, 1, NULL, NULL, 204, NULL, 1739635300), "
	"(2, 1, 'due', NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL), "
	"(3, 2, 'dead', 'gave up', 0, 1, 0, 0, 2, NULL, NULL, 500, 'answered', NULL)",
	"INSERT INTO outbox VALUES (1, 0, 1741017600, 2)",
	"INSERT INTO attempt VALUES (1, 1, 3, 1739635201, NULL, 'unknown', NULL, NULL, NULL), "
	"(1, 2, 3, 1739635290, 120, 'delivered', 204, NULL, 'ok')",
	"INSERT INTO tally VALUES (1, 'units', 3), (1, 'obligation:open', 2), "
	"(1, 'obligation:scheduled', 1), (1, 'obligation:accepted', 1), "
	"(1, 'obligation:submitted', 1), (0, 'delivery:delivered', 1), (0, 'delivery:due', 1), "
	"(0, 'delivery:dead', 1), (2, 'units', 1), (1, 'unreachable', 1), "
	"(1, 'owed:1741017600', 1), (1, 'owed:1756828800', 1), (1, 'owed:1741622400', 1)",
	"INSERT INTO event (seq, at, type, programme_key, unit_key, obligation_key, data) VALUES "
	"(1, 1725206400, 'programme.published', 1, NULL, NULL, '{}'), "
	"(2, 1739635200, 'obligation.opened', 1, 1, 1, '{\"n\":1}'), "
	"(3, 1741017600, 'obligation.overdue', 1, 1, 1, '{}'), (4, 1741017600, 'clock.set', "
	"NULL, NULL, NULL, '{}')",
	"INSERT INTO token VALUES "
	"(1, 'old', 'admin', "
	"x'0101010101010101010101010101010101010101010101010101010101010101', "
	"1725206400, 1725292800, NULL), "
	"(2, 'good', 'admin', "
	"x'0202020202020202020202020202020202020202020202020202020202020202', "
	"1725206400, 1741104000, NULL), "
	"(3, 'gone', 'admin', "
	"x'0303030303030303030303030303030303030303030303030303030303030303', "
	"1725206400, NULL, 1740000000)",
	"INSERT INTO rule (rule_key, programme_key, id, version, kind, name_zh, name_en, "
	"satisfied_by, clause, body, ladder, form, checklist) VALUES (1, 1, 'progress', 1, "
	"'progress_report', "
	"'进度汇报', 'Progress "
	"report', "
	"'submission', 'report', '{}', $1, '', '')",
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct store *store;
static struct calendar *calendar;
static struct problem problem;

static inline void insert(size_t i, const char *ladder)
{
	struct query q = query_begin(store, TABLE_PLAN, rows, (unsigned)i);
	if (ladder)
		query_text(&q, 1, ladder);
	enum fault fault = query_run(&q, &problem);
	if (fault != FAULT_NONE)
		fail_msg("row %zu: %s", i, problem.detail);
}

/* 7, 1 and 0 days before, 1 day after, then weekly; the recommender after 3 working days. */
static inline void insert_rule(void)
{
	struct ladder ladder = { .id = "report",
				 .before_days = { 7, 1, 0 },
				 .n_before = 3,
				 .after_days = { 1 },
				 .n_after = 1,
				 .then_every_days = 7,
				 .send_at_s = 10 * 3600,
				 .escalations = { { RECIPIENT_RECOMMENDER, 3 } },
				 .n_escalations = 1 };
	struct buf text = BUF_EMPTY;
	ladder_write(&ladder, &text);
	insert(N_ROWS - 1, buf_str(&text));
	buf_clear(&text);
}

static inline int setup(void **state)
{
	(void)state;
	assert_int_equal(store_open_memory(&store, &problem), FAULT_NONE);
	calendar = calendar_new();
	for (size_t i = 0; i < N_ROWS - 1; i++) {
		/* Obligations point at the rule. */
		if (strstr(rows[i], "INTO obligation"))
			insert_rule();
		insert(i, NULL);
	}
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	store_close(store);
	calendar_free(calendar);
	return 0;
}

/* ---- asking ---- */

struct ask {
	read_fn *read;
	int64_t key;
	const char *name;
	const char *cursor;
	int limit;
	struct {
		enum read_filter which;
		const char *text; /* NULL: number */
		int64_t number;
	} filters[3];
	int n_filters;
	int64_t now_at;
};

static inline enum fault ask_text(const struct ask *ask, struct buf *out)
{
	struct read_args args = { .now_at = ask->now_at ? ask->now_at : NOW,
				  .limit = ask->limit ? ask->limit : 100,
				  .cursor = ask->cursor,
				  .key = ask->key,
				  .name = ask->name,
				  .calendar = calendar };
	for (int i = 0; i < ask->n_filters; i++)
		args.filter[ask->filters[i].which] = (struct read_value){
			.set = true, .text = ask->filters[i].text, .number = ask->filters[i].number
		};
	enum fault fault = read_resolve(store, &args, &problem);
	return fault != FAULT_NONE ? fault : read_run(store, ask->read, &args, out, &problem);
}

static inline struct jr_doc *ask_doc(const struct ask *ask)
{
	struct buf out = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	enum fault fault = ask_text(ask, &out);
	if (fault != FAULT_NONE)
		fail_msg("%s", problem.detail);
	if (jr_read(out.data, out.len, &doc, &problem) != FAULT_NONE)
		fail_msg("%s in %s", problem.detail, out.data);
	buf_clear(&out);
	return doc;
}

/* "data.0.id" */
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
	struct buf text = BUF_EMPTY;
	const struct jr_value *value = at(jr_root(doc), path);
	if (value)
		jr_write(value, &text);
	if (strcmp(value ? buf_str(&text) : "absent", json) != 0)
		fail_msg("%s is %s, not %s", path, value ? buf_str(&text) : "absent", json);
	buf_clear(&text);
}

/* All ids of a list in order, "un_1 un_2". */
static inline void expect_ids(const struct jr_doc *doc, const char *ids)
{
	struct buf text = BUF_EMPTY;
	const struct jr_value *data = at(jr_root(doc), "data");
	assert_non_null(data);
	for (size_t i = 0; i < jr_count(data); i++) {
		const char *id = jr_string(jr_member(jr_item(data, i), "id"));
		buf_addf(&text, "%s%s", i ? " " : "", id);
	}
	assert_string_equal(buf_str(&text), ids);
	buf_clear(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The whole export, so many units a stretch. */
static int64_t export_stretch = 1;
static inline enum fault export_all(struct store *reader, const struct read_args *args,
				    struct buf *out, struct problem *wrong)
{
	struct read_export at = { .begun = false };
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && !at.done)
		fault = read_export(reader, args, &at, export_stretch, out, wrong);
	return fault;
}

#endif
