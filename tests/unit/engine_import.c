/*
 * A shortlist comes in: what is kept, what is refused where and by which rule, and that a refused file leaves nothing
 * behind. P3, P4, P7, P16.
 */
#include "engine_kit.h"

#define IMPORT(text) .ask = { &verb_unit_import, .name = "future-1", .csv = (text) }
#define CAP_CLAUSE   "每个方向原则上不超过2家"

static void a_list_is_kept_as_it_stands(void **state)
{
	(void)state;
	struct jr_doc *doc = answer(&(struct ask){ &verb_unit_import, .name = "future-1",
						   .csv = HEADER ROW_1 ROW_2 ROW_3 });
	expect(doc, "programme", "\"future-1\"");
	expect(doc, "imported", "3");
	expect(doc, "units_total", "3");
	expect(doc, "dry_run", "false");
	expect(doc, "warning_count", "0");
	expect(doc, "warnings", "[]");
	jr_free(doc);
	assert_text("SELECT group_concat(u.unit_key || t.id || project || lead || recommender || "
		    "class || owes || u.state, ' ') FROM unit AS u JOIN task AS t USING (task_key)",
		    "1a-01项目一示例单位一示例厅assigned1shortlisted "
		    "2b-01项目二示例单位二示例厅potential0shortlisted "
		    "3a-02项目三示例单位三另一厅assigned1shortlisted");
	assert_text("SELECT group_concat(unit_key || ':' || position || name, ' ') FROM partner",
		    "1:1示例伙伴一 1:2示例伙伴二");
	assert_text("SELECT units || actor || coalesce(reason, '-') || length(sha256) FROM batch",
		    "3uid:0-64");
	assert_number("SELECT count(*) FROM audit WHERE verb = 'unit_import' AND object = "
		      "'future-1' AND actor = 'uid:0'",
		      1);
	assert_number("SELECT count(*) FROM event WHERE type = 'unit.imported'", 1);
	assert_number("SELECT count FROM tally WHERE what = 'units'", 3);
}

/* The hash in the batch and in the audit trail is the file's. */
static void the_file_is_named_by_its_hash(void **state)
{
	(void)state;
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	static const char csv[] = HEADER ROW_1;
	digest_sha256(csv, strlen(csv), sum);
	digest_hex(sum, sizeof(sum), hex);
	import_rows(ROW_1);
	assert_text("SELECT sha256 FROM batch", hex);
	assert_text("SELECT json_extract(detail, '$.sha256') FROM audit WHERE verb = "
		    "'unit_import'",
		    hex);
}

/* clang-format off */
static const struct refusal whole_files[] = {
	{ .ask = { &verb_unit_import, .name = "futur-1", .csv = HEADER ROW_1 }, .fault = FAULT_NOT_FOUND, .detail = "there is no programme futur-1; did you mean future-1?" },
	{ .ask = { &verb_unit_import, .name = "unlike-anything", .csv = HEADER ROW_1 }, .fault = FAULT_NOT_FOUND, .detail = "there is no programme unlike-anything" },
	{ .ask = { &verb_unit_import, .name = "future-1" }, .fault = FAULT_INVALID, .detail = "no CSV body" },
	{ IMPORT(""), .fault = FAULT_INVALID, .detail = "line 1: the file is empty", .pointer = "line:1", .rule = "header" },
	{ IMPORT(HEADER), .fault = FAULT_INVALID, .detail = "line 2: no rows below the header", .pointer = "line:2", .rule = "header" },
	{ IMPORT("\xef\xbb\xbf" HEADER "\n\n"), .fault = FAULT_INVALID, .detail = "no rows below the header", .pointer = "line:4", .rule = "header" },
	{ IMPORT("something,else\n1,2\n"), .fault = FAULT_INVALID, .detail = "header", .pointer = "line:1", .rule = "header" },
	/* Every row is wrong: counted, and told apart from an empty file. */
	{ IMPORT(HEADER "甲,一号任务,,示例单位一,,,\n"), .fault = FAULT_UNPROCESSED, .detail = "1 row or cell is wrong; nothing was imported" },
};

/* What is wrong with one row that stands between two good ones. */
static const struct {
	const char *row;
	const char *column;
	const char *rule;
	const char *detail;
} wrong_rows[] = {
	{ "甲,一号任服,项目,单位,,厅,\n", "细分领域", "task", "the programme has no task 一号任服 on track 甲; did you mean 一号任务?" },
	{ ",a-91,项目,单位,,厅,\n", "细分领域", "task", "the programme has no task a-91; did you mean a-01?" },
	{ "乙,一号任务,项目,单位,,厅,\n", "细分领域", "task", "the programme has no task 一号任务 on track 乙" },
	{ "丙,一号任务,项目,单位,,厅,\n", "揭榜方向", "track", "the programme has no track 丙" },
	{ "甲,一号任务,项目,单位,一、二、三、四、五,厅,\n", "联合体单位", "consortium", "5 partners; at most 4 are allowed" },
	{ "甲,一号任务,项目,单位,一、单位,厅,\n", "联合体单位", "consortium", "单位 is in the consortium twice" },
	{ "甲,一号任务,项目,单位,一、二、一,厅,\n", "联合体单位", "consortium", "一 is in the consortium twice" },
	{ "甲,一号任务,项目,单位,,厅,优胜单位\n", "名单类别", "class", "the programme has no shortlist class 优胜单位" },
	{ "甲,一号任务,项目一,示例单位一,,厅,\n", "申报单位", "duplicate", "the same lead and project stand on this task already" },
	{ "甲,一号任务,,单位,,厅,\n", "项目名称", "required", "" },
	{ "甲,一号任务,项目,,,厅,\n", "申报单位", "required", "" },
	{ ",同名任务,项目,单位,,厅,\n", "细分领域", "task", "the programme has more than one task 同名任务; name the track" },
};
/* clang-format on */

static void a_whole_file_is_refused(void **state)
{
	(void)state;
	REFUSE_ALL(whole_files);
	assert_number("SELECT count(*) FROM batch", 0);
}

static const struct jr_value *only_error(struct verb *verb, struct jr_doc **doc)
{
	struct problem problem;
	if (jr_read(verb->reply.data, verb->reply.len, doc, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	expect(*doc, "error_count", "1");
	assert_int_equal(jr_count(at(jr_root(*doc), "errors")), 1);
	return at(jr_root(*doc), "errors.0");
}

static void a_wrong_row_is_named_and_takes_the_file_with_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong_rows); i++) {
		char csv[1024];
		struct jr_doc *doc = NULL;
		int64_t line = 0;
		(void)snprintf(csv, sizeof(csv), "%s%s%s%s", HEADER, ROW_1, wrong_rows[i].row,
			       ROW_3);
		struct refusal refusal = { IMPORT(csv), .fault = FAULT_UNPROCESSED,
					   .detail = "1 row or cell is wrong; nothing was "
						     "imported" };
		struct verb *verb = refused(&refusal);
		const struct jr_value *error = only_error(verb, &doc);
		assert_true(jr_integer(jr_member(error, "line"), &line));
		assert_int_equal(line, 3);
		const char *column = jr_string(jr_member(error, "column"));
		const char *rule = jr_string(jr_member(error, "rule"));
		const char *detail = jr_string(jr_member(error, "detail"));
		assert_string_equal(rule, wrong_rows[i].rule);
		assert_string_equal(column, wrong_rows[i].column);
		if (!strstr(detail, wrong_rows[i].detail))
			fail_msg("\"%s\" says nothing of \"%s\"", detail, wrong_rows[i].detail);
		jr_free(doc);
		verb_free(verb);
	}
}

/* All of them, in the order of the file, and not the first only. */
static void every_wrong_row_is_listed(void **state)
{
	(void)state;
	struct refusal refusal = { IMPORT(HEADER "丙,一号任务,一,一,,厅,优胜\n"
						 "甲,没有,二,二,甲、乙、丙、丁、戊,厅,\n" ROW_1
						 "甲,一号任务,三,,,厅,\n" ROW_1),
				   .fault = FAULT_UNPROCESSED,
				   .detail = "6 rows or cells are wrong" };
	struct jr_doc *doc = NULL;
	struct problem problem;
	struct verb *verb = refused(&refusal);
	assert_int_equal(jr_read(verb->reply.data, verb->reply.len, &doc, &problem), FAULT_NONE);
	static const struct {
		int64_t line;
		const char *rule;
	} listed[] = { { 2, "track" },      { 2, "class" },    { 3, "task" },
		       { 3, "consortium" }, { 5, "required" }, { 6, "duplicate" } };
	expect(doc, "error_count", "6");
	for (size_t i = 0; i < COUNT_OF(listed); i++) {
		const struct jr_value *error = jr_item(at(jr_root(doc), "errors"), i);
		int64_t line = 0;
		assert_true(jr_integer(jr_member(error, "line"), &line));
		assert_int_equal(line, listed[i].line);
		assert_string_equal(jr_string(jr_member(error, "rule")), listed[i].rule);
	}
	expect(doc, "errors.3.clause", "\"联合参与单位不超过4家\"");
	jr_free(doc);
	verb_free(verb);
}

/* A unit that stands in the database already is a duplicate as well; on another task it is not. */
static void a_unit_comes_in_once(void **state)
{
	(void)state;
	import_rows(ROW_1);
	struct refusal refusal = { IMPORT(HEADER ROW_2 ROW_1), .fault = FAULT_UNPROCESSED,
				   .detail = "1 row or cell is wrong" };
	struct jr_doc *doc = NULL;
	struct verb *verb = refused(&refusal);
	const struct jr_value *error = only_error(verb, &doc);
	assert_string_equal(jr_string(jr_member(error, "rule")), "duplicate");
	jr_free(doc);
	verb_free(verb);
	import_rows("甲,二号任务,项目一,示例单位一,,示例厅,\n");
	assert_number("SELECT count(*) FROM unit", 2);
}

static void a_trial_says_what_would_be(void **state)
{
	(void)state;
	import_rows(ROW_1);
	struct jr_doc *doc = dry(
		&(struct ask){ &verb_unit_import, .name = "future-1", .csv = HEADER ROW_2 ROW_3 });
	expect(doc, "imported", "2");
	expect(doc, "units_total", "3");
	expect(doc, "dry_run", "true");
	jr_free(doc);
	assert_number("SELECT count(*) FROM unit", 1);
	/* And a trial of a wrong file is refused as the file would be. */
	struct refusal refusal = { IMPORT(HEADER ROW_1), .fault = FAULT_UNPROCESSED,
				   .detail = "1 row or cell is wrong" };
	refusal.ask.dry_run = true;
	verb_free(refused(&refusal));
}

/* ---- caps ---- */

#define CAP_ROW(n) "甲,一号任务,项目" n ",单位" n ",,厅,\n"

static void the_soft_cap_wants_a_reason(void **state)
{
	(void)state;
	struct refusal refusal = { IMPORT(HEADER CAP_ROW("1") CAP_ROW("2") CAP_ROW("3")),
				   .fault = FAULT_UNPROCESSED, .detail = "1 row or cell is wrong" };
	struct jr_doc *doc = NULL;
	struct verb *verb = refused(&refusal);
	(void)only_error(verb, &doc);
	expect(doc, "errors.0.line", "4");
	expect(doc, "errors.0.rule", "\"shortlist_cap\"");
	expect(doc, "errors.0.clause", "\"" CAP_CLAUSE "\"");
	expect(doc, "errors.0.detail",
	       "\"2 units are on this task already; the soft cap is 2; it can be passed with a "
	       "recorded reason (--reason)\"");
	jr_free(doc);
	verb_free(verb);

	refusal.ask.reason = " \t\u3000"; /* blanks are no reason */
	verb_free(refused(&refusal));
	struct ask with = refusal.ask;
	with.reason = "部务会议纪要第3号";
	doc = dry(&with);
	expect(doc, "warning_count", "1");
	jr_free(doc);
	doc = answer(&with);
	expect(doc, "imported", "3");
	expect(doc, "warning_count", "1");
	expect(doc, "warnings.0.line", "4");
	expect(doc, "warnings.0.rule", "\"shortlist_cap\"");
	expect(doc, "warnings.0.clause", "\"" CAP_CLAUSE "\"");
	expect(doc, "warnings.0.detail", "\"2 units are on this task already; the soft cap is 2\"");
	jr_free(doc);
	assert_text("SELECT reason FROM batch", "部务会议纪要第3号");
	assert_text("SELECT json_extract(detail, '$.reason') FROM audit WHERE verb = "
		    "'unit_import'",
		    "部务会议纪要第3号");
}

/* Those that came before count; a reason that was not needed is not noted as used. */
static void the_cap_counts_what_is_there(void **state)
{
	(void)state;
	succeed(&(struct ask){ &verb_unit_import, .name = "future-1",
			       .csv = HEADER CAP_ROW("1") CAP_ROW("2"), .reason = "not needed" });
	assert_text("SELECT json_extract(detail, '$.reason') IS NULL FROM audit WHERE verb = "
		    "'unit_import'",
		    "1");
	struct refusal refusal = { IMPORT(HEADER CAP_ROW("3")), .fault = FAULT_UNPROCESSED,
				   .detail = "1 row or cell is wrong" };
	verb_free(refused(&refusal));
	/* The other task is free, and so is the same task of another programme. */
	import_rows(ROW_3);
	succeed(&(struct ask){ &verb_unit_import, .name = "future-none",
			       .csv = HEADER CAP_ROW("1") CAP_ROW("2") });
}

/* The list a second time: each row is there already, and that is what is said of it, not that the cap is full. */
static void a_list_sent_twice_is_told_as_that(void **state)
{
	(void)state;
	static const char *const reasons[] = { NULL, "部务会议纪要第3号" };
	succeed(&(struct ask){ &verb_unit_import, .name = "future-1",
			       .csv = HEADER CAP_ROW("1") CAP_ROW("2") });
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		struct refusal refusal = { IMPORT(HEADER CAP_ROW("1") CAP_ROW("2") CAP_ROW("3")),
					   .fault = FAULT_UNPROCESSED,
					   .detail = i ? "2 rows or cells" : "3 rows or cells" };
		refusal.ask.reason = reasons[i];
		struct verb *verb = refused(&refusal);
		struct jr_doc *doc = NULL;
		assert_int_equal(jr_read(verb->reply.data, verb->reply.len, &doc, NULL),
				 FAULT_NONE);
		expect(doc, "errors.0.rule", "\"duplicate\"");
		expect(doc, "errors.0.line", "2");
		expect(doc, "errors.1.rule", "\"duplicate\"");
		if (!reasons[i])
			expect(doc, "errors.2.rule", "\"shortlist_cap\"");
		jr_free(doc);
		verb_free(verb);
	}
}

/* One a track, hard: another task of the same track is over it, and no reason helps. */
static void the_hard_cap_holds(void **state)
{
	(void)state;
	static const char *const reasons[] = { NULL, "部务会议纪要第3号" };
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		struct refusal refusal = { IMPORT(HEADER ROW_1 ROW_2 ROW_3),
					   .fault = FAULT_UNPROCESSED,
					   .detail = "1 row or cell is wrong" };
		struct jr_doc *doc = NULL;
		refusal.ask.name = "future-hard";
		refusal.ask.reason = reasons[i];
		struct verb *verb = refused(&refusal);
		(void)only_error(verb, &doc);
		expect(doc, "errors.0.line", "4");
		expect(doc, "errors.0.detail",
		       "\"1 unit is on this track already; the hard cap is 1\"");
		expect(doc, "errors.0.clause", "\"" CAP_CLAUSE "\"");
		jr_free(doc);
		verb_free(verb);
	}
	answer_with(&(struct ask){ &verb_unit_import, .name = "future-hard",
				   .csv = HEADER ROW_1 ROW_2 },
		    "imported", "2");
}

/* They stand shortlisted, and owe nothing, until the list is published again with them (P13). */
static void after_publication_some_are_added(void **state)
{
	(void)state;
	stage_published();
	import_rows(ROW_3);
	assert_text("SELECT state || coalesce(anchor_on, '-') FROM unit WHERE unit_key = 3",
		    "shortlisted-");
	assert_number("SELECT count(*) FROM obligation WHERE unit_key = 3", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_list_is_kept_as_it_stands),
		TEST(the_file_is_named_by_its_hash),
		TEST(a_whole_file_is_refused),
		TEST(a_wrong_row_is_named_and_takes_the_file_with_it),
		TEST(every_wrong_row_is_listed),
		TEST(a_unit_comes_in_once),
		TEST(a_trial_says_what_would_be),
		TEST(the_soft_cap_wants_a_reason),
		TEST(the_cap_counts_what_is_there),
		TEST(a_list_sent_twice_is_told_as_that),
		TEST(the_hard_cap_holds),
		TEST(after_publication_some_are_added),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
