/*
 * Lists and objects of the read side against known rows: the filters, the paging, every member, and what happens when
 * there is nothing.
 */
#include "store_read_rows.h"

/* ---- lists ---- */

/* clang-format off */
static const struct {
	struct ask ask;
	const char *ids;
} listed[] = {
	{ { .read = read_units }, "un_1 un_2 un_3 un_4" },
	{ { .read = read_units, BY_TEXT(READ_PROGRAMME, "future-2023") }, "un_1 un_2 un_3" },
	{ { .read = read_units, BY_TEXT(READ_TASK, "bci-02") }, "un_3" },
	{ { .read = read_units, .filters = { { READ_PROGRAMME, "future-2023", 0 }, { READ_STATE, "delivering", 0 }, { READ_RECOMMENDER, "上海市", 0 } }, .n_filters = 3 }, "un_2" },
	/* Two-character Chinese words are found; % and _ mean themselves. */
	{ { .read = read_units, BY_TEXT(READ_Q, "位乙") }, "un_2" },
	{ { .read = read_units, BY_TEXT(READ_Q, "0%_项") }, "un_1" },
	{ { .read = read_units, BY_TEXT(READ_Q, "%") }, "un_1" },
	{ { .read = read_units, BY_TEXT(READ_Q, "_") }, "un_1" },
	{ { .read = read_units, BY_TEXT(READ_Q, "\\") }, "" },
	/* un_1 is a day overdue (2), late (8) and let "due" pass (2); un_3 left, and has no score. */
	{ { .read = read_units, BY_TEXT(READ_SORT, "risk") }, "un_1 un_2 un_4 un_3" },
	{ { .read = read_units, BY_TEXT(READ_SORT, "id") }, "un_1 un_2 un_3 un_4" },
	/* un_2 and un_4 have no endpoint either, and owe nothing. */
	{ { .read = read_units, BY_KEY(READ_UNREACHABLE, 1) }, "un_3" },
	{ { .read = read_units, .filters = { { READ_UNREACHABLE, NULL, 1 }, { READ_SORT, "risk", 0 } }, .n_filters = 2 }, "un_3" },
	{ { .read = read_units, .filters = { { READ_UNREACHABLE, NULL, 1 }, { READ_PROGRAMME, "future-2025", 0 } }, .n_filters = 2 }, "" },
	{ { .read = read_units, .filters = { { READ_SORT, "risk", 0 }, { READ_PROGRAMME, "future-2023", 0 }, { READ_RECOMMENDER, "北京市", 0 } }, .n_filters = 3 }, "un_1 un_3" },
	{ { .read = read_units, .filters = { { READ_SORT, "risk", 0 }, { READ_TASK, "bci-01", 0 }, { READ_Q, "项目二", 0 } }, .n_filters = 3 }, "un_2" },
	{ { .read = read_units, .filters = { { READ_SORT, "risk", 0 }, { READ_STATE, "shortlisted", 0 } }, .n_filters = 2 }, "un_4" },
	{ { .read = read_units, .filters = { { READ_SORT, "risk", 0 }, { READ_STATE, "winner", 0 } }, .n_filters = 2 }, "" },
	{ { .read = read_obligations }, "ob_1 ob_2 ob_3 ob_4 ob_5" },
	{ { .read = read_obligations, BY_KEY(READ_UNIT, 2) }, "ob_3 ob_4" },
	{ { .read = read_obligations, BY_KEY(READ_OVERDUE, 1) }, "ob_1" },
	{ { .read = read_obligations, BY_KEY(READ_OVERDUE, 1), .now_at = NOW - 1 }, "" },
	{ { .read = read_obligations, BY_KEY(READ_OVERDUE, 1), .now_at = NOW + 40000000 }, "ob_1 ob_5 ob_2" },
	{ { .read = read_obligations, .filters = { { READ_OVERDUE, NULL, 1 }, { READ_UNIT, NULL, 1 } }, .n_filters = 2 }, "ob_1" },
	{ { .read = read_obligations, BY_TEXT(READ_STATE, "submitted") }, "ob_4" },
	{ { .read = read_obligations, BY_TEXT(READ_STATE, "open") }, "ob_1 ob_5" },
	{ { .read = read_obligations, BY_TEXT(READ_STATE, "accepted") }, "ob_3" },
	{ { .read = read_obligations, .filters = { { READ_STATE, "open", 0 }, { READ_UNIT, NULL, 3 } }, .n_filters = 2 }, "ob_5" },
	{ { .read = read_obligations, BY_TEXT(READ_DUE_BEFORE, "2025-03-10") }, "ob_1 ob_3" },
	{ { .read = read_obligations, BY_TEXT(READ_PROGRAMME, "future-2025") }, "" },
	{ { .read = read_obligations, BY_TEXT(READ_PROGRAMME, "future-2023") }, "ob_1 ob_2 ob_3 ob_4 ob_5" },
	{ { .read = read_obligations, .filters = { { READ_PROGRAMME, "future-2023", 0 }, { READ_STATE, "scheduled", 0 } }, .n_filters = 2 }, "ob_2" },
	{ { .read = read_submissions }, "sb_1 sb_2 sb_3" },
	{ { .read = read_submissions, BY_KEY(READ_OBLIGATION, 4) }, "sb_2 sb_3" },
	{ { .read = read_submissions, BY_KEY(READ_UNIT, 2) }, "sb_1 sb_2 sb_3" },
	{ { .read = read_submissions, .filters = { { READ_OBLIGATION, NULL, 4 }, { READ_UNIT, NULL, 1 } }, .n_filters = 2 }, "" },
	{ { .read = read_endpoints }, "ep_1 ep_2" },
	{ { .read = read_endpoints, BY_TEXT(READ_OWNER, "office") }, "ep_2" },
	{ { .read = read_messages }, "msg_c msg_b msg_a" },
	{ { .read = read_messages, BY_KEY(READ_UNIT, 1) }, "msg_b msg_a" },
	{ { .read = read_messages, BY_KEY(READ_OBLIGATION, 1) }, "msg_b msg_a" },
	{ { .read = read_messages, BY_KEY(READ_ENDPOINT, 1) }, "msg_b msg_a" },
	{ { .read = read_messages, BY_KEY(READ_ENDPOINT, 2) }, "msg_c" },
	{ { .read = read_messages, BY_KEY(READ_ENDPOINT, 77) }, "" },
	{ { .read = read_deliveries, BY_TEXT(READ_STATE, "due") }, "msg_b" },
	{ { .read = read_deliveries, BY_TEXT(READ_STATE, "dead") }, "msg_c" },
	{ { .read = read_deliveries, BY_TEXT(READ_STATE, "delivered") }, "msg_a" },
	{ { .read = read_deliveries, .filters = { { READ_STATE, "dead", 0 }, { READ_UNIT, NULL, 1 } }, .n_filters = 2 }, "" },
	{ { .read = read_programmes }, "future-2023 future-2025" },
	{ { .read = read_tasks }, "bci-01 bci-02 q-01" },
	{ { .read = read_tasks, BY_TEXT(READ_PROGRAMME, "future-2025") }, "q-01" },
	{ { .read = read_tokens }, "tk_1 tk_2 tk_3" },
};
/* clang-format on */

static void lists_give_what_was_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
		struct jr_doc *doc = ask_doc(&listed[i].ask);
		expect_ids(doc, listed[i].ids);
		expect(doc, "next", "null");
		jr_free(doc);
	}
}

/* One by one, the pages give the same as the whole: nothing twice, nothing left out. */
/* clang-format off */
static const struct ask paged[] = {
	{ .read = read_units },
	{ .read = read_units, BY_TEXT(READ_PROGRAMME, "future-2023") },
	{ .read = read_units, BY_TEXT(READ_SORT, "risk") },
	{ .read = read_obligations },
	{ .read = read_obligations, BY_KEY(READ_UNIT, 1) },
	{ .read = read_obligations, BY_KEY(READ_OVERDUE, 1), .now_at = NOW + 40000000 },
	{ .read = read_obligations, BY_TEXT(READ_PROGRAMME, "future-2023") },
	{ .read = read_submissions },
	{ .read = read_endpoints },
	{ .read = read_messages },
	{ .read = read_tasks },
	{ .read = read_programmes },
	{ .read = read_tokens },
};
/* clang-format on */

static void pages_join_to_the_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(paged) / sizeof(paged[0]); i++) {
		struct jr_doc *whole = ask_doc(&paged[i]);
		size_t n = jr_count(at(jr_root(whole), "data")), seen = 0;
		char cursor[96] = "";
		do {
			struct ask page = paged[i];
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
		{ read_units, "" },        { read_units, "x" },
		{ read_units, "1.2" },     { read_units, "1 " },
		{ read_tasks, "1.2" },     { read_units, "1.2.3" },
		{ read_tasks, "1.2.3.4" }, { read_events, "99999999999999999999999999" },
		{ read_schedule, "7" },    { read_obligations, "1." },
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
		{ .read = read_risk, .key = 99 },
		{ .read = read_obligation, .key = 99 },
		{ .read = read_submission, .key = 99 },
		{ .read = read_endpoint, .key = 99 },
		{ .read = read_message, .name = "msg_z" },
		{ .read = read_delivery, .name = "msg_z" },
		{ .read = read_programme, .name = "future-1999" },
		{ .read = read_explain, BY_KEY(READ_UNIT, 99) },
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

/* clang-format off */
static const struct {
	struct ask ask;
	const char *path;
	const char *json;
} members[] = {
	{ { .read = read_unit, .key = 1 }, "id", "\"un_1\"" },
	{ { .read = read_unit, .key = 1 }, "task_name", "\"脑电传感器\"" },
	{ { .read = read_unit, .key = 1 }, "partners", "[\"伙伴一\",\"伙伴三\"]" },
	{ { .read = read_unit, .key = 1 }, "overdue", "1" },
	{ { .read = read_unit, .key = 1 }, "next.obligation", "\"ob_1\"" },
	{ { .read = read_unit, .key = 1 }, "next.days_left", "-1" },
	{ { .read = read_unit, .key = 1 }, "obligations.1.id", "\"ob_2\"" },
	{ { .read = read_unit, .key = 1 }, "endpoints.0.url", "\"https://a.example/hook\"" },
	{ { .read = read_unit, .key = 2 }, "next", "null" },
	{ { .read = read_unit, .key = 2 }, "overdue", "0" },
	{ { .read = read_unit, .key = 4 }, "anchor_on", "null" },
	{ { .read = read_unit, .key = 1 }, "risk", "{\"score\":12,\"level\":\"low\"}" },
	{ { .read = read_unit, .key = 1, .now_at = NOW - 1 }, "risk.score", "2" },
	{ { .read = read_unit, .key = 1, .now_at = NOW + 14 * 86400 }, "risk", "{\"score\":40,\"level\":\"medium\"}" },
	{ { .read = read_unit, .key = 3 }, "risk", "{\"score\":null,\"level\":null}" },
	{ { .read = read_risk, .key = 1 }, "as_of", "\"2025-03-04\"" },
	{ { .read = read_risk, .key = 1 }, "terms.0", "{\"term\":\"overdue\",\"name\":{\"zh\":\"逾期天数\",\"en\":\"days overdue\"},\"fact\":1,\"weight\":2,\"max\":30,\"points\":2,\"obligations\":[\"ob_1\"]}" },
	{ { .read = read_risk, .key = 1 }, "terms.1.fact", "1" },
	{ { .read = read_risk, .key = 1 }, "terms.2.obligations", "[]" },
	{ { .read = read_risk, .key = 1 }, "terms.3.fact", "null" },
	{ { .read = read_risk, .key = 1 }, "terms.4.fact", "1" },
	/* Its first version was on time; the second, late one answered a return. */
	{ { .read = read_risk, .key = 2 }, "terms.1.fact", "0" },
	{ { .read = read_risk, .key = 3 }, "score", "null" },
	{ { .read = read_obligation, .key = 1 }, "overdue", "true" },
	{ { .read = read_obligation, .key = 1, .now_at = NOW - 1 }, "overdue", "false" },
	{ { .read = read_obligation, .key = 1, .now_at = NOW - 1 }, "days_left", "0" },
	{ { .read = read_obligation, .key = 1 }, "due_at", "\"2025-03-04T00:00:00+08:00\"" },
	{ { .read = read_obligation, .key = 1 }, "name", "{\"zh\":\"进度汇报\",\"en\":\"Progress report\"}" },
	{ { .read = read_obligation, .key = 1 }, "submitted_at", "null" },
	{ { .read = read_obligation, .key = 1 }, "next_step", "{\"step\":\"after-1\",\"at\":\"2025-03-04T10:00:00+08:00\",\"to\":\"unit\",\"reason\":null,\"silence\":null,\"until\":null}" },
	{ { .read = read_obligation, .key = 1 }, "occasions.0", "{\"step\":\"before-1\",\"revision\":1,\"at\":\"2025-03-02T10:00:00+08:00\",\"outcome\":\"coalesced\",\"reason\":\"into due\",\"silence\":null}" },
	{ { .read = read_obligation, .key = 3 }, "next_step", "null" },
	{ { .read = read_obligation, .key = 3 }, "overdue", "false" },
	{ { .read = read_obligation, .key = 3 }, "submissions.0.content", "{\"percent\":40}" },
	{ { .read = read_obligation, .key = 4 }, "provisional", "true" },
	{ { .read = read_submission, .key = 3 }, "late", "true" },
	{ { .read = read_endpoint, .key = 2 }, "state_reason", "\"gone\"" },
	{ { .read = read_endpoint, .key = 2 }, "secret", "absent" },
	{ { .read = read_message, .name = "msg_b" }, "steps", "[\"before-3\",\"before-1\"]" },
	{ { .read = read_message, .name = "msg_b" }, "programme", "\"future-2023\"" },
	{ { .read = read_message, .name = "msg_c" }, "steps", "[]" },
	{ { .read = read_message, .name = "msg_c" }, "unit", "null" },
	{ { .read = read_delivery, .name = "msg_a" }, "body", "\"{\\\"type\\\":\\\"obligation.opened\\\"}\"" },
	{ { .read = read_delivery, .name = "msg_a" }, "attempt_list.0.outcome", "\"unknown\"" },
	{ { .read = read_delivery, .name = "msg_a" }, "attempt_list.1.elapsed_ms", "120" },
	{ { .read = read_delivery, .name = "msg_b" }, "body", "null" },
	{ { .read = read_delivery, .name = "msg_c" }, "reason", "\"gave up\"" },
	{ { .read = read_programme, .name = "future-2023" }, "caps.shortlist.limit", "5" },
	{ { .read = read_programme, .name = "future-2023" }, "caps.winner", "null" },
	{ { .read = read_programme, .name = "future-2023" }, "plan.0.id", "\"progress\"" },
	{ { .read = read_programme, .name = "future-2023" }, "clauses.0.source", "\"三、2\"" },
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
	{ { .read = read_status }, "programmes.0.unreachable", "1" },
	{ { .read = read_status }, "programmes.1.unreachable", "0" },
	{ { .read = read_status }, "deliveries.dead", "1" },
	{ { .read = read_status }, "deliveries.held", "0" },
	{ { .read = read_status }, "endpoints.disabled", "1" },
	/* A first attempt waits in the outbox: due now. */
	{ { .read = read_status }, "next_due_at", "\"2025-03-04T00:00:00+08:00\"" },
	{ { .read = read_calendars }, "data.0", "{\"year\":2025,\"holidays\":1,\"workdays\":1,\"covered\":true}" },
	{ { .read = read_calendars }, "data.1.covered", "false" },
	{ { .read = read_events, .limit = 2 }, "next", "\"2\"" },
	{ { .read = read_events }, "next", "\"4\"" },
	{ { .read = read_events }, "data.1.data", "{\"n\":1}" },
	{ { .read = read_events, BY_TEXT(READ_TYPE, "obligation.overdue") }, "data.0.seq", "3" },
	{ { .read = read_events, BY_KEY(READ_UNIT, 2) }, "data", "[]" },
	/* Nothing of this unit came: go on at the end of the feed. */
	{ { .read = read_events, BY_KEY(READ_UNIT, 2) }, "next", "\"4\"" },
	{ { .read = read_events, .cursor = "4" }, "next", "\"4\"" },
	{ { .read = read_tokens }, "data.1.expires_on", "\"2025-03-04\"" },
	{ { .read = read_tokens }, "data.2.expires_on", "null" },
	{ { .read = read_tokens }, "data.0.sha256", "absent" },
};
/* clang-format on */

static void members_are_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		struct jr_doc *doc = ask_doc(&members[i].ask);
		expect(doc, members[i].path, members[i].json);
		jr_free(doc);
	}
}

/* What no index can keep is bounded, and the refusal says how to narrow. */
static void ordering_by_risk_is_bounded(void **state)
{
	static const char *const more[] = {
		"INSERT INTO unit (unit_key, programme_key, task_key, batch_key, seq, project, "
		"lead, recommender, region, class, owes, state, anchor_on, window_end_on, "
		"created_at, revision) WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 "
		"FROM n "
		"WHERE i < 2006) SELECT i, 1, 2, 1, i, 'p' || i, 'l' || i, '', '', 'assigned', 1, "
		"'delivering', '2024-09-02', '2026-09-02', 1725206400, 1 FROM n",
		"DELETE FROM unit WHERE unit_key = 2006",
	};
	const struct ask ask = { .read = read_units, BY_TEXT(READ_SORT, "risk"), .limit = 2 };
	struct buf out = BUF_EMPTY;
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct query q = query_begin(store, TABLE_TOKEN, more, i);
		assert_int_equal(query_run(&q, &problem), FAULT_NONE);
		assert_int_equal(ask_text(&ask, &out), i == 0 ? FAULT_INVALID : FAULT_NONE);
		if (i == 0) {
			assert_string_equal(problem.pointer, "sort");
			assert_non_null(strstr(problem.detail, "2000"));
			assert_non_null(strstr(problem.hint, "narrow"));
		}
	}
	assert_non_null(strstr(buf_str(&out), "\"un_1\""));
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_give_what_was_asked), TEST(pages_join_to_the_whole),
		TEST(bad_cursors_are_refused),   TEST(what_is_not_there_is_not_found),
		TEST(members_are_right),         TEST(ordering_by_risk_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
