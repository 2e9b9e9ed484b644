/*
 * The read side against a small database with known rows: every document of the wire contract, the paging, the
 * filters, and what happens when there is nothing.
 */
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

/* The prepared statements of a table that no read uses. */
static const char *const rows[] = {
	"INSERT INTO instance VALUES (1, x'000102030405060708090a0b0c0d0e0f', 1, 1741017600, "
	"1741017600, NULL, NULL, 3, 1725206400)",
	"INSERT INTO calendar_day VALUES ('2025-10-01', 'holiday', '国庆节'), "
	"('2025-01-26', 'workday', '春节'), ('2026-01-01', 'holiday', '元旦')",
	"INSERT INTO programme VALUES (1, 'future-2023', '未来产业', 'Future industries', "
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
	"INSERT INTO unit VALUES "
	"(1, 1, 1, 1, '1', '100%_项目', '示例单位甲', '北京市', '北京', 'assigned', 1, "
	"'delivering', "
	"'2024-09-02', '2026-09-02', 1725206400, 1), "
	"(2, 1, 1, 1, '2', '项目二', '示例单位乙', '上海市', '上海', 'assigned', 1, "
	"'delivering', "
	"'2024-09-02', '2026-09-02', 1725206400, 1), "
	"(3, 1, 2, 1, '3', '项目三', '示例单位丙', '北京市', '北京', 'potential', 0, "
	"'withdrawn', "
	"'2024-09-02', '2026-09-02', 1725206400, 1), "
	"(4, 2, 3, 1, '1', '项目四', '示例单位丁', '', '', 'assigned', 1, 'shortlisted', NULL, "
	"NULL, "
	"1725206400, 1)",
	"INSERT INTO partner VALUES (1, 0, '伙伴一', NULL, NULL), (1, 1, '伙伴二', NULL, "
	"'2025-01-01'), "
	"(1, 2, '伙伴三', NULL, NULL)",
	/* 1: overdue now. 2: due in 6 months. 3: accepted. 4: submitted. 5: owed by a unit that left. */
	"INSERT INTO obligation VALUES "
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
	"INSERT INTO occasion VALUES (1, 1, 'before-1', 1740880800, 'coalesced', 'into due', "
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
	"x'000102030405060708090a0b0c0d0e0f0001020304050607', 'enabled', NULL, 1725206400, 1), "
	"(2, x'000102030405060708090a0b0c0d0e0f', 'office', NULL, 'https://b.example/hook', "
	"'standard', "
	"x'000102030405060708090a0b0c0d0e0f0001020304050607', 'disabled', 'gone', 1725206400, 1)",
	"INSERT INTO message VALUES "
	"(1, 'msg_a', 1, 'obligation.opened', 1, 1, 1, 'open', '[\"open\"]', 1739635200, "
	"1741017600, "
	"1739635200), "
	"(2, 'msg_b', 1, 'obligation.due_soon', 1, 1, 1, 'before-1', "
	"'[\"before-3\",\"before-1\"]', "
	"1740880800, 1741017600, 1740880800), "
	"(3, 'msg_c', 2, 'endpoint.test', NULL, NULL, NULL, NULL, NULL, 1740880900, 1740880900, "
	"1740880900)",
	"INSERT INTO delivery VALUES "
	"(1, 1, 'delivered', NULL, 0, 2, 0, 0, 204, NULL, '{\"type\":\"obligation.opened\"}', "
	"1739635300), "
	"(2, 1, 'due', NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL), "
	"(3, 2, 'dead', 'gave up', 0, 1, 0, 0, 500, 'answered', '{}', NULL)",
	"INSERT INTO outbox VALUES (1, 0, 1741017600, 2)",
	"INSERT INTO attempt VALUES (1, 1, 3, 1739635201, NULL, 'unknown', NULL, NULL, NULL), "
	"(1, 2, 3, 1739635290, 120, 'delivered', 204, NULL, 'ok')",
	"INSERT INTO tally VALUES (1, 'units', 3), (1, 'obligation:open', 2), "
	"(1, 'obligation:scheduled', 1), (1, 'obligation:accepted', 1), "
	"(1, 'obligation:submitted', 1), (0, 'delivery:delivered', 1), (0, 'delivery:due', 1), "
	"(0, 'delivery:dead', 1), (2, 'units', 1)",
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
	"INSERT INTO rule VALUES (1, 1, 'progress', 1, 'progress_report', '进度汇报', 'Progress "
	"report', "
	"'submission', 'report', '{}', $1)",
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct store *store;
static struct calendar *calendar;
static struct problem problem;

static void insert(size_t i, const char *ladder)
{
	struct query q = query_begin(store, TABLE_PLAN, rows, (unsigned)i);
	if (ladder)
		query_text(&q, 1, ladder);
	enum fault fault = query_run(&q, &problem);
	if (fault != FAULT_NONE)
		fail_msg("row %zu: %s", i, problem.detail);
}

/* 7, 1 and 0 days before, 1 day after, then weekly; the recommender after 3 working days. */
static void insert_rule(void)
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

static int setup(void **state)
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

static int teardown(void **state)
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

static enum fault ask_text(const struct ask *ask, struct buf *out)
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

static struct jr_doc *ask_doc(const struct ask *ask)
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
static const struct jr_value *at(const struct jr_value *value, const char *path)
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

static void expect(const struct jr_doc *doc, const char *path, const char *json)
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
static void expect_ids(const struct jr_doc *doc, const char *ids)
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

/* ---- lists ---- */

static void lists_give_what_was_asked(void **state)
{
	static const struct {
		struct ask ask;
		const char *ids;
	} cases[] = {
		{ { .read = read_units }, "un_1 un_2 un_3 un_4" },
		{ { .read = read_units,
		    .filters = { { READ_PROGRAMME, "future-2023", 0 } },
		    .n_filters = 1 },
		  "un_1 un_2 un_3" },
		{ { .read = read_units, .filters = { { READ_TASK, "bci-02", 0 } }, .n_filters = 1 },
		  "un_3" },
		{ { .read = read_units,
		    .filters = { { READ_PROGRAMME, "future-2023", 0 },
				 { READ_STATE, "delivering", 0 },
				 { READ_RECOMMENDER, "上海市", 0 } },
		    .n_filters = 3 },
		  "un_2" },
		/* Two-character Chinese words are found; % and _ mean themselves. */
		{ { .read = read_units, .filters = { { READ_Q, "位乙", 0 } }, .n_filters = 1 },
		  "un_2" },
		{ { .read = read_units, .filters = { { READ_Q, "0%_项", 0 } }, .n_filters = 1 },
		  "un_1" },
		{ { .read = read_units, .filters = { { READ_Q, "%", 0 } }, .n_filters = 1 },
		  "un_1" },
		{ { .read = read_units, .filters = { { READ_Q, "_", 0 } }, .n_filters = 1 },
		  "un_1" },
		{ { .read = read_units, .filters = { { READ_Q, "\\", 0 } }, .n_filters = 1 }, "" },
		{ { .read = read_obligations }, "ob_1 ob_2 ob_3 ob_4 ob_5" },
		{ { .read = read_obligations,
		    .filters = { { READ_UNIT, NULL, 2 } },
		    .n_filters = 1 },
		  "ob_3 ob_4" },
		{ { .read = read_obligations,
		    .filters = { { READ_OVERDUE, NULL, 1 } },
		    .n_filters = 1 },
		  "ob_1" },
		{ { .read = read_obligations,
		    .filters = { { READ_OVERDUE, NULL, 1 } },
		    .n_filters = 1,
		    .now_at = NOW - 1 },
		  "" },
		{ { .read = read_obligations,
		    .filters = { { READ_OVERDUE, NULL, 1 } },
		    .n_filters = 1,
		    .now_at = NOW + 40000000 },
		  "ob_1 ob_5 ob_2" },
		{ { .read = read_obligations,
		    .filters = { { READ_OVERDUE, NULL, 1 }, { READ_UNIT, NULL, 1 } },
		    .n_filters = 2 },
		  "ob_1" },
		{ { .read = read_obligations,
		    .filters = { { READ_STATE, "submitted", 0 } },
		    .n_filters = 1 },
		  "ob_4" },
		{ { .read = read_obligations,
		    .filters = { { READ_STATE, "open", 0 } },
		    .n_filters = 1 },
		  "ob_1 ob_5" },
		{ { .read = read_obligations,
		    .filters = { { READ_STATE, "accepted", 0 } },
		    .n_filters = 1 },
		  "ob_3" },
		{ { .read = read_obligations,
		    .filters = { { READ_STATE, "open", 0 }, { READ_UNIT, NULL, 3 } },
		    .n_filters = 2 },
		  "ob_5" },
		{ { .read = read_obligations,
		    .filters = { { READ_DUE_BEFORE, "2025-03-10", 0 } },
		    .n_filters = 1 },
		  "ob_1 ob_3" },
		{ { .read = read_obligations,
		    .filters = { { READ_PROGRAMME, "future-2025", 0 } },
		    .n_filters = 1 },
		  "" },
		{ { .read = read_submissions }, "sb_1 sb_2 sb_3" },
		{ { .read = read_submissions,
		    .filters = { { READ_OBLIGATION, NULL, 4 } },
		    .n_filters = 1 },
		  "sb_2 sb_3" },
		{ { .read = read_submissions,
		    .filters = { { READ_UNIT, NULL, 2 } },
		    .n_filters = 1 },
		  "sb_1 sb_2 sb_3" },
		{ { .read = read_submissions,
		    .filters = { { READ_OBLIGATION, NULL, 4 }, { READ_UNIT, NULL, 1 } },
		    .n_filters = 2 },
		  "" },
		{ { .read = read_endpoints }, "ep_1 ep_2" },
		{ { .read = read_endpoints,
		    .filters = { { READ_OWNER, "office", 0 } },
		    .n_filters = 1 },
		  "ep_2" },
		{ { .read = read_messages }, "msg_c msg_b msg_a" },
		{ { .read = read_messages, .filters = { { READ_UNIT, NULL, 1 } }, .n_filters = 1 },
		  "msg_b msg_a" },
		{ { .read = read_messages,
		    .filters = { { READ_OBLIGATION, NULL, 1 } },
		    .n_filters = 1 },
		  "msg_b msg_a" },
		{ { .read = read_messages,
		    .filters = { { READ_ENDPOINT, NULL, 1 } },
		    .n_filters = 1 },
		  "msg_b msg_a" },
		{ { .read = read_messages,
		    .filters = { { READ_ENDPOINT, NULL, 2 } },
		    .n_filters = 1 },
		  "msg_c" },
		{ { .read = read_messages,
		    .filters = { { READ_ENDPOINT, NULL, 77 } },
		    .n_filters = 1 },
		  "" },
		{ { .read = read_deliveries,
		    .filters = { { READ_STATE, "due", 0 } },
		    .n_filters = 1 },
		  "msg_b" },
		{ { .read = read_deliveries,
		    .filters = { { READ_STATE, "dead", 0 } },
		    .n_filters = 1 },
		  "msg_c" },
		{ { .read = read_deliveries,
		    .filters = { { READ_STATE, "delivered", 0 } },
		    .n_filters = 1 },
		  "msg_a" },
		{ { .read = read_deliveries,
		    .filters = { { READ_STATE, "dead", 0 }, { READ_UNIT, NULL, 1 } },
		    .n_filters = 2 },
		  "" },
		{ { .read = read_programmes }, "future-2023 future-2025" },
		{ { .read = read_tasks }, "bci-01 bci-02 q-01" },
		{ { .read = read_tasks,
		    .filters = { { READ_PROGRAMME, "future-2025", 0 } },
		    .n_filters = 1 },
		  "q-01" },
		{ { .read = read_tokens }, "tk_1 tk_2 tk_3" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct jr_doc *doc = ask_doc(&cases[i].ask);
		expect_ids(doc, cases[i].ids);
		expect(doc, "next", "null");
		jr_free(doc);
	}
}

/* One by one, the pages give the same as the whole: nothing twice, nothing left out. */
static void pages_join_to_the_whole(void **state)
{
	static const struct ask lists[] = {
		{ .read = read_units },
		{ .read = read_units,
		  .filters = { { READ_PROGRAMME, "future-2023", 0 } },
		  .n_filters = 1 },
		{ .read = read_obligations },
		{ .read = read_obligations, .filters = { { READ_UNIT, NULL, 1 } }, .n_filters = 1 },
		{ .read = read_obligations,
		  .filters = { { READ_OVERDUE, NULL, 1 } },
		  .n_filters = 1,
		  .now_at = NOW + 40000000 },
		{ .read = read_submissions },
		{ .read = read_endpoints },
		{ .read = read_messages },
		{ .read = read_tasks },
		{ .read = read_programmes },
		{ .read = read_tokens },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct jr_doc *whole = ask_doc(&lists[i]);
		size_t n = jr_count(at(jr_root(whole), "data")), seen = 0;
		char cursor[96] = "";
		do {
			struct ask page = lists[i];
			page.limit = 1;
			page.cursor = cursor[0] ? cursor : NULL;
			struct jr_doc *doc = ask_doc(&page);
			assert_int_equal(jr_count(at(jr_root(doc), "data")), 1);
			assert_string_equal(
				jr_string(at(jr_root(doc), "data.0.id")),
				jr_string(jr_member(jr_item(at(jr_root(whole), "data"), seen),
						    "id")));
			seen++;
			const char *next = jr_string(at(jr_root(doc), "next"));
			(void)text_copy(cursor, sizeof(cursor), next ? next : "");
			jr_free(doc);
		} while (cursor[0]);
		assert_int_equal(seen, n);
		jr_free(whole);
	}
}

static void bad_cursors_are_refused(void **state)
{
	static const struct {
		read_fn *read;
		const char *cursor;
	} cases[] = {
		{ read_units, "" },
		{ read_units, "x" },
		{ read_units, "1.2" },
		{ read_units, "1 " },
		{ read_tasks, "1.2" },
		{ read_tasks, "1.2.3.4" },
		{ read_events, "99999999999999999999999999" },
		{ read_schedule, "7" },
		{ read_obligations, "1." },
		{ read_audit, "." },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_EMPTY;
		struct ask ask = { .read = cases[i].read, .cursor = cases[i].cursor };
		assert_int_equal(ask_text(&ask, &out), FAULT_INVALID);
		assert_string_equal(problem.pointer, "cursor");
		assert_int_equal(out.len, 0);
		buf_clear(&out);
	}
}

static void what_is_not_there_is_not_found(void **state)
{
	static const struct ask cases[] = {
		{ .read = read_unit, .key = 99 },
		{ .read = read_obligation, .key = 99 },
		{ .read = read_submission, .key = 99 },
		{ .read = read_endpoint, .key = 99 },
		{ .read = read_message, .name = "msg_z" },
		{ .read = read_delivery, .name = "msg_z" },
		{ .read = read_programme, .name = "future-1999" },
		{ .read = read_explain, .filters = { { READ_UNIT, NULL, 99 } }, .n_filters = 1 },
		{ .read = read_units,
		  .filters = { { READ_PROGRAMME, "future-1999", 0 } },
		  .n_filters = 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = BUF_EMPTY;
		assert_int_equal(ask_text(&cases[i], &out), FAULT_NOT_FOUND);
		assert_true(problem.detail[0] != '\0');
		assert_int_equal(out.len, 0);
		buf_clear(&out);
	}
}

/* ---- objects ---- */

static void members_are_right(void **state)
{
	static const struct {
		struct ask ask;
		const char *path;
		const char *json;
	} cases[] = {
		{ { .read = read_unit, .key = 1 }, "id", "\"un_1\"" },
		{ { .read = read_unit, .key = 1 }, "task_name", "\"脑电传感器\"" },
		{ { .read = read_unit, .key = 1 }, "partners", "[\"伙伴一\",\"伙伴三\"]" },
		{ { .read = read_unit, .key = 1 }, "overdue", "1" },
		{ { .read = read_unit, .key = 1 }, "next.obligation", "\"ob_1\"" },
		{ { .read = read_unit, .key = 1 }, "next.days_left", "-1" },
		{ { .read = read_unit, .key = 1 }, "obligations.1.id", "\"ob_2\"" },
		{ { .read = read_unit, .key = 1 },
		  "endpoints.0.url",
		  "\"https://a.example/hook\"" },
		{ { .read = read_unit, .key = 2 }, "next", "null" },
		{ { .read = read_unit, .key = 2 }, "overdue", "0" },
		{ { .read = read_unit, .key = 4 }, "anchor_on", "null" },
		{ { .read = read_obligation, .key = 1 }, "overdue", "true" },
		{ { .read = read_obligation, .key = 1, .now_at = NOW - 1 }, "overdue", "false" },
		{ { .read = read_obligation, .key = 1, .now_at = NOW - 1 }, "days_left", "0" },
		{ { .read = read_obligation, .key = 1 },
		  "due_at",
		  "\"2025-03-04T00:00:00+08:00\"" },
		{ { .read = read_obligation, .key = 1 },
		  "name",
		  "{\"zh\":\"进度汇报\",\"en\":\"Progress report\"}" },
		{ { .read = read_obligation, .key = 1 }, "submitted_at", "null" },
		{ { .read = read_obligation, .key = 1 },
		  "next_step",
		  "{\"step\":\"after-1\",\"at\":\"2025-03-04T10:00:00+08:00\"}" },
		{ { .read = read_obligation, .key = 1 },
		  "occasions.0",
		  "{\"step\":\"before-1\",\"revision\":1,\"at\":\"2025-03-02T10:00:00+08:00\","
		  "\"outcome\":\"coalesced\",\"reason\":\"into due\"}" },
		{ { .read = read_obligation, .key = 3 }, "next_step", "null" },
		{ { .read = read_obligation, .key = 3 }, "overdue", "false" },
		{ { .read = read_obligation, .key = 3 },
		  "submissions.0.content",
		  "{\"percent\":40}" },
		{ { .read = read_obligation, .key = 4 }, "provisional", "true" },
		{ { .read = read_submission, .key = 3 }, "late", "true" },
		{ { .read = read_endpoint, .key = 2 }, "state_reason", "\"gone\"" },
		{ { .read = read_endpoint, .key = 2 }, "secret", "absent" },
		{ { .read = read_message, .name = "msg_b" },
		  "steps",
		  "[\"before-3\",\"before-1\"]" },
		{ { .read = read_message, .name = "msg_b" }, "programme", "\"future-2023\"" },
		{ { .read = read_message, .name = "msg_c" }, "steps", "[]" },
		{ { .read = read_message, .name = "msg_c" }, "unit", "null" },
		{ { .read = read_delivery, .name = "msg_a" },
		  "body",
		  "\"{\\\"type\\\":\\\"obligation.opened\\\"}\"" },
		{ { .read = read_delivery, .name = "msg_a" },
		  "attempt_list.0.outcome",
		  "\"unknown\"" },
		{ { .read = read_delivery, .name = "msg_a" }, "attempt_list.1.elapsed_ms", "120" },
		{ { .read = read_delivery, .name = "msg_b" }, "body", "null" },
		{ { .read = read_delivery, .name = "msg_c" }, "reason", "\"gave up\"" },
		{ { .read = read_programme, .name = "future-2023" }, "caps.shortlist.limit", "5" },
		{ { .read = read_programme, .name = "future-2023" }, "caps.winner", "null" },
		{ { .read = read_programme, .name = "future-2023" }, "plan.0.id", "\"progress\"" },
		{ { .read = read_programme, .name = "future-2023" },
		  "clauses.0.source",
		  "\"三、2\"" },
		{ { .read = read_programme, .name = "future-2023" }, "obligations", "5" },
		{ { .read = read_programme, .name = "future-2025" }, "published_on", "null" },
		{ { .read = read_programme, .name = "future-2025" }, "complete", "false" },
		{ { .read = read_tasks }, "data.0.cap", "5" },
		{ { .read = read_tasks }, "data.0.units", "2" },
		{ { .read = read_tasks }, "data.0.category.id", "\"core\"" },
		{ { .read = read_tasks }, "data.1.category", "null" },
		{ { .read = read_tasks }, "data.2.cap", "null" },
		{ { .read = read_status }, "clock", "\"simulated\"" },
		{ { .read = read_status }, "hold", "null" },
		{ { .read = read_status }, "instance", "\"000102030405060708090a0b0c0d0e0f\"" },
		{ { .read = read_status }, "programmes.0.owed", "3" },
		{ { .read = read_status }, "programmes.0.overdue", "1" },
		{ { .read = read_status }, "programmes.0.due_7d", "1" },
		{ { .read = read_status }, "programmes.0.due_30d", "1" },
		{ { .read = read_status }, "programmes.1.overdue", "0" },
		{ { .read = read_status }, "deliveries.dead", "1" },
		{ { .read = read_status }, "deliveries.held", "0" },
		{ { .read = read_status }, "endpoints.disabled", "1" },
		/* A first attempt waits in the outbox: due now. */
		{ { .read = read_status }, "next_due_at", "\"2025-03-04T00:00:00+08:00\"" },
		{ { .read = read_calendars },
		  "data.0",
		  "{\"year\":2025,\"holidays\":1,\"workdays\":1,\"covered\":true}" },
		{ { .read = read_calendars }, "data.1.covered", "false" },
		{ { .read = read_events, .limit = 2 }, "next", "\"2\"" },
		{ { .read = read_events }, "next", "\"4\"" },
		{ { .read = read_events }, "data.1.data", "{\"n\":1}" },
		{ { .read = read_events,
		    .filters = { { READ_TYPE, "obligation.overdue", 0 } },
		    .n_filters = 1 },
		  "data.0.seq",
		  "3" },
		{ { .read = read_events, .filters = { { READ_UNIT, NULL, 2 } }, .n_filters = 1 },
		  "data",
		  "[]" },
		/* Nothing of this unit came: go on at the end of the feed. */
		{ { .read = read_events, .filters = { { READ_UNIT, NULL, 2 } }, .n_filters = 1 },
		  "next",
		  "\"4\"" },
		{ { .read = read_events, .cursor = "4" }, "next", "\"4\"" },
		{ { .read = read_tokens }, "data.1.expires_on", "\"2025-03-04\"" },
		{ { .read = read_tokens }, "data.2.expires_on", "null" },
		{ { .read = read_tokens }, "data.0.sha256", "absent" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct jr_doc *doc = ask_doc(&cases[i].ask);
		expect(doc, cases[i].path, cases[i].json);
		jr_free(doc);
	}
}

/* ---- schedule ---- */

static void schedule_lists_the_steps_to_come(void **state)
{
	static const struct {
		const char *path;
		const char *json;
	} cases[] = {
		/* ob_5 belongs to a unit that left: nobody is reminded. ob_2 lies beyond 30 days. */
		{ "data.0.step", "\"after-1\"" },
		{ "data.0.at", "\"2025-03-04T10:00:00+08:00\"" },
		{ "data.0.to", "\"unit\"" },
		{ "data.0.endpoints", "[\"ep_1\"]" },
		{ "data.0.lead", "\"示例单位甲\"" },
		{ "data.1.to", "\"recommender\"" },
		{ "data.1.at", "\"2025-03-06T10:00:00+08:00\"" },
		{ "data.1.endpoints", "[]" },
		{ "data.2.at", "\"2025-03-11T10:00:00+08:00\"" },
		{ "next", "null" },
	};
	struct ask ask = { .read = read_schedule };
	(void)state;
	struct jr_doc *doc = ask_doc(&ask);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(doc, cases[i].path, cases[i].json);
	const struct jr_value *data = at(jr_root(doc), "data");
	for (size_t i = 0; i < jr_count(data); i++)
		assert_string_equal(jr_string(jr_member(jr_item(data, i), "obligation")), "ob_1");
	jr_free(doc);
}

/* The steps of 300 days, asked for one by one, by unit and by agenda, are the same in the same order. */
static void schedule_pages_join(void **state)
{
	struct ask whole = { .read = read_schedule,
			     .filters = { { READ_DAYS, NULL, 300 } },
			     .n_filters = 1,
			     .limit = 1000 };
	struct ask of_unit = whole;
	of_unit.filters[1].which = READ_UNIT;
	of_unit.filters[1].number = 1;
	of_unit.n_filters = 2;
	(void)state;
	struct jr_doc *all = ask_doc(&whole), *unit = ask_doc(&of_unit);
	struct buf left = BUF_EMPTY, right = BUF_EMPTY;
	jr_write(jr_root(all), &left);
	jr_write(jr_root(unit), &right);
	assert_string_equal(left.data, right.data);
	size_t n = jr_count(at(jr_root(all), "data")), seen = 0;
	assert_true(n > 40);
	char cursor[96] = "";
	do {
		struct ask page = whole;
		page.limit = 7;
		page.cursor = cursor[0] ? cursor : NULL;
		struct jr_doc *doc = ask_doc(&page);
		const struct jr_value *data = at(jr_root(doc), "data");
		for (size_t i = 0; i < jr_count(data); i++, seen++) {
			const struct jr_value *here = jr_item(data, i);
			const struct jr_value *there = jr_item(at(jr_root(all), "data"), seen);
			assert_string_equal(jr_string(jr_member(here, "step")),
					    jr_string(jr_member(there, "step")));
			assert_string_equal(jr_string(jr_member(here, "at")),
					    jr_string(jr_member(there, "at")));
		}
		const char *next = jr_string(at(jr_root(doc), "next"));
		(void)text_copy(cursor, sizeof(cursor), next ? next : "");
		jr_free(doc);
	} while (cursor[0]);
	assert_int_equal(seen, n);
	jr_free(all);
	jr_free(unit);
	buf_clear(&left);
	buf_clear(&right);
}

static const char *outcome_of(const struct jr_doc *doc, size_t obligation, const char *step)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "obligations.%zu.steps", obligation);
	const struct jr_value *steps = at(jr_root(doc), path);
	for (size_t i = 0; i < jr_count(steps); i++)
		if (strcmp(jr_string(jr_member(jr_item(steps, i), "step")), step) == 0)
			return jr_string(jr_member(jr_item(steps, i), "outcome"));
	return "absent";
}

static void explain_says_what_became_of_each_step(void **state)
{
	static const struct {
		int64_t unit;
		size_t obligation;
		const char *step;
		const char *outcome;
	} cases[] = {
		{ 1, 0, "open", "opened" },
		{ 1, 0, "before-1", "coalesced" },
		{ 1, 1, "open", "planned" },
		{ 1, 0, "before-7",
		  "not needed" }, /* before it was planned: no record, and passed */
		{ 1, 0, "after-1", "planned" },
		{ 1, 0, "repeat-1", "planned" },
		{ 2, 0, "after-1", "not needed" }, /* accepted */
		{ 3, 0, "after-1", "not needed" }, /* withdrawn */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask ask = { .read = read_explain,
				   .filters = { { READ_UNIT, NULL, cases[i].unit } },
				   .n_filters = 1 };
		struct jr_doc *doc = ask_doc(&ask);
		const char *got = outcome_of(doc, cases[i].obligation, cases[i].step);
		if (strcmp(got, cases[i].outcome) != 0)
			fail_msg("case %zu: %s is %s", i, cases[i].step, got);
		expect(doc, "obligations.0.rule.clause", "\"应按要求报送进度\"");
		expect(doc, "obligations.0.arithmetic", "null");
		expect(doc, "anchor_on", "\"2024-09-02\"");
		jr_free(doc);
	}
	struct ask none = { .read = read_explain,
			    .filters = { { READ_UNIT, NULL, 4 } },
			    .n_filters = 1 };
	struct jr_doc *doc = ask_doc(&none);
	expect(doc, "obligations", "[]");
	expect(doc, "anchor_on", "null");
	jr_free(doc);
}

static void export_is_csv_in_a_fixed_order(void **state)
{
	struct buf out = BUF_EMPTY;
	struct ask ask = { .read = read_export };
	(void)state;
	assert_int_equal(ask_text(&ask, &out), FAULT_NONE);
	assert_string_equal(out.data,
			    "programme,unit,obligation,rule,n,opens_on,due_on,provisional,state\r\n"
			    "future-2023,un_1,ob_1,progress,1,2025-02-16,2025-03-03,0,open\r\n"
			    "future-2023,un_1,ob_2,progress,2,2025-08-18,2025-09-02,0,scheduled\r\n"
			    "future-2023,un_2,ob_3,progress,1,2025-02-16,2025-03-03,0,accepted\r\n"
			    "future-2023,un_2,ob_4,progress,2,2025-08-18,2025-09-02,1,submitted\r\n"
			    "future-2023,un_3,ob_5,progress,1,2025-02-16,2025-03-10,0,open\r\n");
	buf_reset(&out);
	ask = (struct ask){ .read = read_export,
			    .filters = { { READ_UNIT, NULL, 3 } },
			    .n_filters = 1 };
	assert_int_equal(ask_text(&ask, &out), FAULT_NONE);
	assert_string_equal(out.data,
			    "programme,unit,obligation,rule,n,opens_on,due_on,provisional,state\r\n"
			    "future-2023,un_3,ob_5,progress,1,2025-02-16,2025-03-10,0,open\r\n");
	buf_clear(&out);
}

/* ---- audit, tokens, metrics ---- */

static void chain_is_verified_in_stretches(void **state)
{
	static const char *const breaks[] = { "UPDATE audit SET detail = '{\"n\":9}' WHERE seq = 3",
					      "DELETE FROM audit WHERE seq = 3" };
	(void)state;
	for (int64_t i = 0; i < 5; i++) {
		struct audit_row row = { "uid:0", "submit", "ob_1", "{}" };
		assert_int_equal(audit_add(store, NOW + i, &row, &problem), FAULT_NONE);
	}
	for (int64_t stretch = 1; stretch < 7; stretch++) {
		struct read_chain chain = { .entries = 0 };
		while (!chain.done)
			assert_int_equal(read_audit_verify(store, &chain, stretch, &problem),
					 FAULT_NONE);
		assert_int_equal(chain.entries, 5);
		assert_int_equal(chain.first_bad, 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct read_chain chain = { .entries = 0 };
		struct query q = query_begin(store, TABLE_TOKEN, breaks, i);
		assert_int_equal(query_run(&q, &problem), FAULT_NONE);
		while (!chain.done)
			assert_int_equal(read_audit_verify(store, &chain, 2, &problem), FAULT_NONE);
		assert_int_equal(chain.entries, 2);
		assert_int_equal(chain.first_bad, i == 0 ? 3 : 4);
	}
}

static void only_good_tokens_are_found(void **state)
{
	static const struct {
		uint8_t byte;
		int64_t now_at;
		enum fault fault;
	} cases[] = {
		{ 1, NOW, FAULT_NOT_FOUND },   { 2, NOW, FAULT_NONE },
		{ 2, 1741103999, FAULT_NONE }, { 2, 1741104000, FAULT_NOT_FOUND },
		{ 3, NOW, FAULT_NOT_FOUND },   { 9, NOW, FAULT_NOT_FOUND },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t sha256[DIGEST_BYTES];
		int64_t key = 0, expires_at = 0;
		memset(sha256, cases[i].byte, sizeof(sha256));
		assert_int_equal(
			read_token_key(store, sha256, cases[i].now_at, &key, &expires_at, &problem),
			cases[i].fault);
		assert_int_equal(key, cases[i].fault == FAULT_NONE ? 2 : 0);
	}
}

static void metrics_have_samples(void **state)
{
	static const char *const lines[] = {
		"\njiebang_units{programme=\"future-2023\"} 3\n",
		"\njiebang_obligations{programme=\"future-2023\",state=\"open\"} 2\n",
		"\njiebang_obligations_overdue{programme=\"future-2023\"} 1\n",
		"\njiebang_deliveries{state=\"dead\"} 1\n",
		"\njiebang_events_total 4\n",
		"\njiebang_clock_hold 0\n",
	};
	struct buf out = BUF_EMPTY;
	struct ask ask = { .read = read_metrics };
	(void)state;
	assert_int_equal(ask_text(&ask, &out), FAULT_NONE);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(out.data, lines[i]))
			fail_msg("no %s in\n%s", lines[i], out.data);
	buf_clear(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_give_what_was_asked),
		TEST(pages_join_to_the_whole),
		TEST(bad_cursors_are_refused),
		TEST(what_is_not_there_is_not_found),
		TEST(members_are_right),
		TEST(schedule_lists_the_steps_to_come),
		TEST(schedule_pages_join),
		TEST(explain_says_what_became_of_each_step),
		TEST(export_is_csv_in_a_fixed_order),
		TEST(chain_is_verified_in_stretches),
		TEST(only_good_tokens_are_found),
		TEST(metrics_have_samples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
