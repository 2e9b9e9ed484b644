/*
 * The weekly report: what it counts, whose it is, when it is armed; and that its statements walk by index. R11; contract
 * 3, 4, 6, 8.
 */
#include "engine_weekly_kit.h"

#include "engine/render_weekly.h"
#include "engine/wording.h"
#include "store/db_inside.h"
#include "store/weekly.h"

/* Those of the program, as any reader has them. */
static struct templates *shipped(void)
{
	static struct templates *set;
	if (!set)
		set = templates_new();
	return set;
}

static void report_as_of(const char *recommender, const char *as_of, struct buf *out)
{
	struct problem problem;
	struct read_args args = { .now_at = instant(as_of), .templates = shipped() };
	args.filter[READ_PROGRAMME] = (struct read_value){ .set = true, .number = 1 };
	if (recommender)
		args.filter[READ_RECOMMENDER] =
			(struct read_value){ .set = true, .text = recommender };
	if (read_weekly(store, &args, out, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
}

static struct jr_doc *report(const char *recommender, const char *as_of)
{
	struct problem problem;
	struct jr_doc *doc;
	struct buf out = BUF_EMPTY;
	report_as_of(recommender, as_of, &out);
	assert_int_equal(jr_read(out.data, out.len, &doc, &problem), FAULT_NONE);
	buf_clear(&out);
	return doc;
}

static const struct {
	const char *as_of;
	const char *obligations;
} moments[] = {
	/* Two units (the third may, and owes nothing) owe a report by 2025-03-03, a Monday. */
	{ "2025-02-17T09:20:00+08:00",
	  "{\"overdue\":0,\"overdue_units\":0,\"due_this_week\":0,\"due_next_week\":0}" },
	{ "2025-02-24T09:20:00+08:00",
	  "{\"overdue\":0,\"overdue_units\":0,\"due_this_week\":0,\"due_next_week\":2}" },
	{ "2025-03-02T23:59:59+08:00",
	  "{\"overdue\":0,\"overdue_units\":0,\"due_this_week\":0,\"due_next_week\":2}" },
	{ "2025-03-03T00:00:00+08:00",
	  "{\"overdue\":0,\"overdue_units\":0,\"due_this_week\":2,\"due_next_week\":0}" },
	{ "2025-03-03T23:59:59+08:00",
	  "{\"overdue\":0,\"overdue_units\":0,\"due_this_week\":2,\"due_next_week\":0}" },
	{ "2025-03-04T00:00:00+08:00",
	  "{\"overdue\":2,\"overdue_units\":2,\"due_this_week\":0,\"due_next_week\":0}" },
	{ "2025-09-10T09:20:00+08:00",
	  "{\"overdue\":4,\"overdue_units\":2,\"due_this_week\":0,\"due_next_week\":0}" },
};

static void deadlines_are_judged_at_the_instant(void **state)
{
	(void)state;
	stage_weekly();
	for (size_t i = 0; i < COUNT_OF(moments); i++) {
		struct jr_doc *doc = report(NULL, moments[i].as_of);
		expect(doc, "obligations", moments[i].obligations);
		jr_free(doc);
	}
	struct jr_doc *own = report("另一厅", "2025-09-10T09:20:00+08:00");
	expect(own, "obligations",
	       "{\"overdue\":2,\"overdue_units\":1,\"due_this_week\":0,\"due_next_week\":0}");
	expect(own, "units.total", "1");
	expect(own, "late.0.lead", "\"示例单位三\"");
	expect(own, "late.0.days_late", "191");
	expect(own, "late.1.days_late", "8");
	expect(own, "late.1.turn", "\"unit\"");
	expect(own, "more", "0");
	jr_free(own);
}

static void whose_turn_it_is(void **state)
{
	(void)state;
	stage_weekly();
	execute("UPDATE rule SET reviewer = 'recommender', review_ladder = ladder");
	set_clock("2025-02-25T10:00:00+08:00");
	succeed(&(struct ask){ &verb_submit, .key = 1, .body = FILED });
	execute("UPDATE obligation SET review_due_on = '2025-02-28', review_due_at = 1740758400, "
		"next_step_at = coalesce(next_step_at, 1740758400) WHERE obligation_key = 1");
	execute("INSERT INTO agenda (at, obligation_key) SELECT next_step_at, 1 FROM obligation "
		"WHERE obligation_key = 1 ON CONFLICT DO NOTHING");
	struct jr_doc *doc = report(NULL, "2025-03-02T09:20:00+08:00");
	expect(doc, "review", "{\"recommender\":1,\"office\":0,\"overdue\":1}");
	expect(doc, "past_week", "{\"filed\":1,\"accepted\":0,\"returned\":0}");
	expect(doc, "late.0.turn", "\"recommender\"");
	expect(doc, "late.0.due_on", "\"2025-02-28\"");
	expect(doc, "late.0.days_late", "2");
	expect(doc, "late.1", "absent");
	jr_free(doc);
	doc = report(NULL, "2025-03-04T10:00:01+08:00");
	expect(doc, "past_week.filed", "0"); /* seven days and a second ago */
	expect(doc, "late.1.turn", "\"unit\"");
	jr_free(doc);
	doc = report("另一厅", "2025-03-02T09:20:00+08:00");
	expect(doc, "review", "{\"recommender\":0,\"office\":0,\"overdue\":0}");
	expect(doc, "past_week.filed", "0");
	jr_free(doc);
}

static void armed_by_publication_and_by_itself(void **state)
{
	(void)state;
	stage_weekly();
	(void)endpoint_for("office", "http://office.example/");
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	(void)endpoint_for("recommender:示例厅", "http://two.example/");
	char first[32];
	(void)text_copy(first, sizeof(first), text(TIMER));
	assert_string_equal(first + 11, "09:20:00");
	plan_to("2024-09-09T09:19:59+08:00");
	int64_t before = number(REPORTS);
	plan_to("2024-09-09T09:20:00+08:00");
	assert_number(REPORTS, before + 3);
	assert_text(TIMER, "2024-09-16 09:20:00");
	assert_number("SELECT count(*) FROM event WHERE type = 'report.weekly'", before / 3 + 1);
	/* A timer that comes again, as after a clock that went back, brings nothing twice. */
	execute("UPDATE timer SET at = at - 604800 WHERE kind = 'weekly'");
	plan_to("2024-09-09T09:30:00+08:00");
	assert_number(REPORTS, before + 3);
	assert_text(TIMER, "2024-09-16 09:20:00");
	/* A long stop: one each. */
	plan_to("2024-11-13T12:00:00+08:00");
	assert_number(REPORTS, before + 6);
	assert_text("SELECT data FROM event WHERE type = 'report.weekly' ORDER BY seq DESC LIMIT 1",
		    "{\"week_on\":\"2024-11-11\",\"missed\":8,\"recipients\":2}");
}

/* The message carries what a reader gets at its instant, and is frozen: the body stands before anyone claims it. */
static void the_message_is_the_report(void **state)
{
	struct buf wanted = BUF_EMPTY, said = BUF_EMPTY;
	(void)state;
	stage_weekly();
	(void)endpoint_for("recommender:示例厅", "http://one.example/");
	plan_to("2025-03-10T09:20:00+08:00");
	assert_true(number(REPORTS) > 0);
	report_as_of("示例厅", "2025-03-10T09:20:00+08:00", &wanted);
	struct query q = look("SELECT b.body FROM message AS m JOIN delivery AS d USING "
			      "(message_key) JOIN message_body AS b USING (body_key) WHERE m.type "
			      "= 'report.weekly' ORDER BY m.message_key DESC LIMIT 1");
	assert_true(query_row(&q));
	buf_adds(&said, query_col_text(&q, 0));
	assert_int_equal(query_end(&q, NULL), FAULT_NONE);
	/* plan_to jumps: the message stands for the missed weeks, the answer for none; nothing else differs. */
	const char *data = strstr(buf_str(&said), "\"data\":");
	assert_non_null(data);
	assert_non_null(strstr(data, "\"missed\":"));
	assert_null(strstr(data, "\"missed\":0"));
	struct weekly_report again = { { 1, "示例厅", instant("2025-03-10T09:20:00+08:00") },
				       (int)strtol(strstr(data, "\"missed\":") + 9, NULL, 10),
				       shipped(),
				       0 };
	buf_reset(&wanted);
	assert_int_equal(render_weekly(store, &again, &wanted, NULL), FAULT_NONE);
	assert_int_equal(strncmp(data + 7, buf_str(&wanted), wanted.len), 0);
	assert_string_equal(data + 7 + wanted.len, "}");
	buf_clear(&wanted);
	buf_clear(&said);
}

static void long_names_do_not_burst_it(void **state)
{
	struct buf csv = BUF_EMPTY, out = BUF_EMPTY;
	(void)state;
	buf_adds(&csv, HEADER);
	for (int i = 1; i <= 40; i++)
		buf_addf(&csv, "甲,一号任务,项目%d,示例单位%d,,示例厅,\n", i, i);
	succeed(&(struct ask){ &verb_unit_import, .name = "future-1", .csv = buf_str(&csv),
			       .reason = "一次测试" });
	publish();
	execute("UPDATE unit SET lead = unit_key || replace(hex(zeroblob(160)), '00', '示'), "
		"project = replace(hex(zeroblob(400)), '00', '\"'), recommender = '荐''厅 ' || "
		"replace(hex(zeroblob(150)), '00', '厅')");
	report_as_of(text("SELECT recommender FROM unit LIMIT 1"), "2025-03-11T10:00:00+08:00",
		     &out);
	assert_in_range(out.len, 9000, 19500);
	struct problem problem;
	struct jr_doc *doc;
	assert_int_equal(jr_read(out.data, out.len, &doc, &problem), FAULT_NONE);
	int64_t shown = (int64_t)jr_count(at(jr_root(doc), "late")), more;
	assert_true(jr_integer(at(jr_root(doc), "more"), &more));
	assert_int_equal(shown + more, 40);
	assert_in_range(shown, 1, WEEKLY_ROWS_MAX);
	expect(doc, "obligations.overdue", "40");
	jr_free(doc);
	buf_clear(&csv);
	buf_clear(&out);
}

/* ---- what a person reads ---- */

static const struct {
	struct weekly_counts counts;
	const char *recommender;
	int missed;
	const char *zh, *en;
} heads[] = {
	{ { .units = 0 },
	  NULL,
	  0,
	  "【批次】周报，截至 2025-03-10 09:20（北京时间）\n单位 0 家\n"
	  "逾期 0，本周内到期 0，下周到期 0\n近七天报送 0，通过 0，退回 0",
	  "[Batch] Weekly report as of 2025-03-10 09:20 (Beijing)\n0 units\n"
	  "0 overdue, 0 due this week, 0 due next week\n"
	  "In the past seven days: 0 filed, 0 accepted, 0 returned" },
	{ { .units = 251,
	    .state = { [UNIT_DELIVERING] = 250, [UNIT_PENDING_DECISION] = 1 },
	    .overdue = 3,
	    .overdue_units = 2,
	    .due_this_week = 4,
	    .due_next_week = 5,
	    .review_recommender = 6,
	    .review_office = 7,
	    .review_overdue = 8,
	    .decisions = 9,
	    .filed = 10,
	    .accepted = 11,
	    .returned = 12 },
	  "某厅",
	  13,
	  "【批次】周报，截至 2025-03-10 09:20（北京时间），推荐单位：某厅\n"
	  "此前 13 期周报在停机期间错过，由本期代替\n单位 251 家：攻关中 250，待决定 1\n"
	  "逾期 3，涉及单位 2，本周内到期 4，下周到期 5，待推荐单位审核 6，待项目办审核 7，"
	  "审核逾期 8，待决定 9\n近七天报送 10，通过 11，退回 12\n逾期最久的：",
	  "[Batch] Weekly report as of 2025-03-10 09:20 (Beijing), recommended by 某厅\n"
	  "This report stands for 13 earlier ones too, which were missed\n"
	  "251 units: 250 delivering, 1 pending decision\n"
	  "3 overdue, 2 units late, 4 due this week, 5 due next week, 6 for the recommender to "
	  "review, 7 for the office to review, 8 reviews overdue, 9 decisions open\n"
	  "In the past seven days: 10 filed, 11 accepted, 12 returned\nThe latest:" },
	{ { .review_overdue = 1, .disabled = 1 },
	  NULL,
	  0,
	  "【批次】周报，截至 2025-03-10 09:20（北京时间）\n单位 0 家\n"
	  "逾期 0，本周内到期 0，下周到期 0，审核逾期 1\n近七天报送 0，通过 0，退回 0\n"
	  "停用的接收端 1\n逾期最久的：",
	  "[Batch] Weekly report as of 2025-03-10 09:20 (Beijing)\n0 units\n"
	  "0 overdue, 0 due this week, 0 due next week, 1 reviews overdue\n"
	  "In the past seven days: 0 filed, 0 accepted, 0 returned\n1 endpoints disabled\n"
	  "The latest:" },
};

static void begin(struct weekly_text *text, const struct weekly_counts *counts,
		  const char *recommender, int missed)
{
	struct weekly_about about = { .id = "batch", .name_zh = "批次", .name_en = "Batch" };
	struct weekly_report asked = {
		{ 1, recommender, instant("2025-03-10T09:20:59+08:00") }, missed, text->templates, 0
	};
	weekly_text_begin(text, &about, &asked, counts);
}

static void the_head_says_what_there_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		struct weekly_text text = { .templates = shipped() };
		begin(&text, &heads[i].counts, heads[i].recommender, heads[i].missed);
		assert_string_equal(buf_str(&text.said[TEMPLATE_ZH]), heads[i].zh);
		assert_string_equal(buf_str(&text.said[TEMPLATE_EN]), heads[i].en);
		weekly_text_clear(&text);
	}
}

/* Of what was not delivered only what there is, with a comma between any two. */
static void any_of_three(int there)
{
	static const char *const names[TEMPLATE_LANGS][3] = {
		{ "停用的接收端 5", "重试中的接收端 6", "未能送达的消息 7" },
		{ "5 endpoints disabled", "6 endpoints failing", "7 messages given up" },
	};
	static const char *const before[TEMPLATE_LANGS] = { "退回 0", "0 returned" };
	static const char *const comma[TEMPLATE_LANGS] = { "，", ", " };
	struct weekly_counts counts = { .disabled = there & 1 ? 5 : 0,
					.failing = there & 2 ? 6 : 0,
					.dead = there & 4 ? 7 : 0 };
	struct weekly_text text = { .templates = shipped() };
	begin(&text, &counts, NULL, 0);
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++) {
		struct buf wanted = BUF_EMPTY;
		for (int i = 0; i < 3; i++)
			if (there >> i & 1)
				buf_addf(&wanted, "%s%s", wanted.len ? comma[lang] : "\n",
					 names[lang][i]);
		const char *said = strstr(buf_str(&text.said[lang]), before[lang]);
		assert_non_null(said);
		assert_string_equal(said + strlen(before[lang]), buf_str(&wanted));
		buf_clear(&wanted);
	}
	weekly_text_clear(&text);
}

static void what_was_not_delivered(void **state)
{
	(void)state;
	for (int there = 0; there < 8; there++)
		any_of_three(there);
}

static const struct {
	const char *turn;
	int days;
	const char *zh, *en;
} lines[] = {
	{ "unit", 1, "\n· 甲“项目”：第 2 次报告，逾期 1 天，待揭榜单位",
	  "\n· 甲, \"项目\": Report no. 2, 1 day late, with the unit" },
	{ "recommender", 2, "\n· 甲“项目”：第 2 次报告，逾期 2 天，待推荐单位",
	  "\n· 甲, \"项目\": Report no. 2, 2 days late, with the recommender" },
	{ "office", 191, "\n· 甲“项目”：第 2 次报告，逾期 191 天，待项目办",
	  "\n· 甲, \"项目\": Report no. 2, 191 days late, with the office" },
};

static void a_row_says_who_is_late(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct weekly_text text = { .templates = shipped() };
		struct weekly_rows row = { .unit_key = 7,
					   .obligation_key = 31,
					   .n = 2,
					   .lead = "甲",
					   .project = "项目",
					   .name_zh = "报告",
					   .name_en = "Report",
					   .turn = lines[i].turn };
		weekly_text_row(&text, &row, lines[i].days);
		assert_string_equal(buf_str(&text.said[TEMPLATE_ZH]), lines[i].zh);
		assert_string_equal(buf_str(&text.said[TEMPLATE_EN]), lines[i].en);
		weekly_text_clear(&text);
	}
}

static void the_tail_says_where_the_rest_is(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct weekly_text text = { .templates = shipped() };
		weekly_text_end(&text, more, "look");
		assert_string_equal(buf_str(&text.said[TEMPLATE_ZH]),
				    more ? "\n另有 1 项。\n全部：look" : "\n全部：look");
		assert_string_equal(buf_str(&text.said[TEMPLATE_EN]),
				    more ? "\nand 1 more.\nAll: look" : "\nAll: look");
		weekly_text_clear(&text);
	}
}

/* The longest texts that a file may have, all of characters that JSON escapes. */
static void no_file_bursts_it(void **state)
{
	struct buf file = BUF_EMPTY, mistakes = BUF_EMPTY, written = BUF_EMPTY;
	struct jw jw;
	struct weekly_counts counts = { .units = 1 };
	struct weekly_text text = { .templates = NULL };
	struct templates *set = templates_new();
	(void)state;
	buf_adds(&file, "[weekly.head]\n单位");
	for (int i = 0; i < 1900; i++)
		buf_addc(&file, '"');
	buf_adds(&file, "\n\n[weekly.tail]\n一");
	for (int i = 0; i < 198; i++)
		buf_adds(&file, "二");
	assert_int_equal(templates_read(set, TEMPLATE_ZH, file.data, file.len, "f", &mistakes), 0);
	text.templates = set;
	begin(&text, &counts, NULL, 0);
	weekly_text_end(&text, 1, "look");
	jw_init(&jw, &written);
	jw_object(&jw);
	wording_text(&jw, buf_str(&text.said[TEMPLATE_ZH]), "");
	jw_object_end(&jw);
	assert_in_range(written.len, WORDING_TEXT_MAX, WORDING_TEXT_MAX + 40);
	assert_true(text_utf8_valid(written.data, written.len));
	buf_clear(&written);
	weekly_text_clear(&text);
	templates_free(set);
	buf_clear(&file);
	buf_clear(&mistakes);
}

/* ---- how its statements walk ---- */

/* What grows with units and years is searched, never scanned; endpoints and the outbox are few beside it. */
static void explain(const char *sql)
{
	static const char *const growing[] = { "SCAN o", "SCAN u", "SCAN s",
					       "SCAN v", "SCAN d", "SCAN dt" };
	struct buf explained = BUF_EMPTY;
	sqlite3_stmt *plan = NULL;
	buf_addf(&explained, "EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(sqlite3_prepare_v2(store->db, buf_str(&explained), -1, &plan, NULL),
			 SQLITE_OK);
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);
		for (size_t i = 0; i < COUNT_OF(growing); i++) {
			size_t len = strlen(growing[i]);
			if (strncmp(step, growing[i], len) == 0 &&
			    (step[len] == '\0' || step[len] == ' ') &&
			    !strstr(step, "decision_open"))
				fail_msg("%s: %s", step, sql);
		}
		/* A recommender's deadlines are those of its units, and not all there are. */
		if (strstr(sql, "u.recommender = $2") &&
		    (strstr(step, "obligation_owed") || strstr(step, "obligation_active")))
			fail_msg("%s: %s", step, sql);
	}
	sqlite3_finalize(plan);
	buf_clear(&explained);
}

static void nothing_that_grows_is_scanned(void **state)
{
	unsigned n = 0;
	(void)state;
	stage_weekly();
	jr_free(report(NULL, "2025-03-11T10:00:00+08:00"));
	jr_free(report("示例厅", "2025-03-11T10:00:00+08:00"));
	for (sqlite3_stmt *stmt = sqlite3_next_stmt(store->db, NULL); stmt;
	     stmt = sqlite3_next_stmt(store->db, stmt)) {
		const char *sql = sqlite3_sql(stmt);
		if (!strstr(sql, "$1") || !strstr(sql, "u.programme_key = $1") ||
		    strncmp(sql, "SELECT", 6) != 0)
			continue;
		explain(sql);
		n++;
	}
	assert_true(n >= 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(deadlines_are_judged_at_the_instant, setup,
						teardown),
		TEST(whose_turn_it_is),
		cmocka_unit_test_setup_teardown(armed_by_publication_and_by_itself, setup,
						teardown),
		TEST(the_message_is_the_report),
		TEST(long_names_do_not_burst_it),
		cmocka_unit_test(the_head_says_what_there_is),
		cmocka_unit_test(what_was_not_delivered),
		cmocka_unit_test(a_row_says_who_is_late),
		cmocka_unit_test(the_tail_says_where_the_rest_is),
		cmocka_unit_test(no_file_bursts_it),
		TEST(nothing_that_grows_is_scanned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
