/*
 * What is computed or walked on the read side: schedule, explanation, export, the audit chain, tokens, metrics.
 */
#include "store_read_rows.h"

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

#define EXPORT_HEAD "programme,unit,obligation,rule,n,opens_on,due_on,provisional,state\r\n"

/* However many units are read at a time, and whoever's they are. */
static void export_is_csv_in_a_fixed_order(void **state)
{
	static const char all[] =
		EXPORT_HEAD "future-2023,un_1,ob_1,progress,1,2025-02-16,2025-03-03,0,open\r\n"
			    "future-2023,un_1,ob_2,progress,2,2025-08-18,2025-09-02,0,scheduled\r\n"
			    "future-2023,un_2,ob_3,progress,1,2025-02-16,2025-03-03,0,accepted\r\n"
			    "future-2023,un_2,ob_4,progress,2,2025-08-18,2025-09-02,1,submitted\r\n"
			    "future-2023,un_3,ob_5,progress,1,2025-02-16,2025-03-10,0,open\r\n";
	struct buf out = BUF_EMPTY;
	struct ask whole = { .read = export_all };
	struct ask one = { .read = export_all,
			   .filters = { { READ_PROGRAMME, "future-2023", 0 } },
			   .n_filters = 1 };
	struct ask unit = { .read = export_all,
			    .filters = { { READ_UNIT, NULL, 3 } },
			    .n_filters = 1 };
	(void)state;
	for (export_stretch = 1; export_stretch < 6; export_stretch++) {
		buf_reset(&out);
		assert_int_equal(ask_text(&whole, &out), FAULT_NONE);
		assert_string_equal(buf_str(&out), all);
		buf_reset(&out);
		assert_int_equal(ask_text(&one, &out), FAULT_NONE);
		assert_string_equal(buf_str(&out), all);
		buf_reset(&out);
		assert_int_equal(ask_text(&unit, &out), FAULT_NONE);
		assert_string_equal(
			buf_str(&out), EXPORT_HEAD
			"future-2023,un_3,ob_5,progress,1,2025-02-16,2025-03-10,0,open\r\n");
	}
	buf_clear(&out);
}

/* ---- audit, tokens, metrics ---- */

static void chain_is_verified_in_stretches(void **state)
{
	static const char *const breaks[] = { "UPDATE audit SET detail = '{\"n\":9}' WHERE seq = 3",
					      "DELETE FROM audit WHERE seq = 3" };
	struct audit_head head = { .known = false };
	(void)state;
	for (int64_t i = 0; i < 5; i++) {
		struct audit_row row = { "uid:0", "submit", "ob_1", "{}" };
		assert_int_equal(audit_add(store, &head, NOW + i, &row, &problem), FAULT_NONE);
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
		"\njiebang_units_unreachable{programme=\"future-2023\"} 1\n",
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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
