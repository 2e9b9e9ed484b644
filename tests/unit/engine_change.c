/*
 * Changes: a corrected date, units added late, lead, partners, contact, title, the end of the window, a shift of all.
 * What is owed moves, what was filed stays, everyone hears of it once. P7, P13, P15.
 */
#include "engine_kit.h"

#define CHANGE(unit, text) .ask = { &verb_unit_change, .key = (unit), .body = (text) }
#define SHIFT(text)        .ask = { &verb_programme_shift, .name = "future-1", .body = (text) }
#define DUE                                                                                        \
	"SELECT group_concat(o.due_on || '/' || o.revision, ' ') FROM (SELECT * FROM obligation "  \
	"WHERE unit_key = 1 ORDER BY obligation_key) AS o"

static void change(int64_t unit, const char *body)
{
	succeed(&(struct ask){ &verb_unit_change, .key = unit, .body = body });
}

static void file_it(int64_t key)
{
	succeed(&(struct ask){ &verb_submit, .key = key, .body = "{\"summary\":\"x\"}" });
}

/* Units 1 and 3 owe, of one recommender each; everyone has an endpoint. */
static void stage_with_endpoints(void)
{
	import_rows(ROW_1 ROW_2 ROW_3 "乙,三号任务,项目四,示例单位四,,示例厅,\n");
	publish();
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	(void)endpoint_for("recommender:示例厅", "http://recommender.example/");
	(void)endpoint_for("office", "http://office.example/");
}

/* ---- the publication date ---- */

static struct ask correct_to(const char *body)
{
	return (struct ask){ &verb_publish, .name = "future-1", .body = body };
}

static void a_corrected_date_moves_what_is_owed(void **state)
{
	(void)state;
	stage_with_endpoints();
	file_it(1);
	set_clock("2024-09-20T10:00:00+08:00");
	struct ask ask = correct_to(
		"{\"date\":\"2024-09-20\",\"correct\":true,\"reason\":\"发布页所载日期\"}");
	jr_free(dry(&ask));
	struct jr_doc *doc = answer(&ask);
	expect(doc, "published_on", "\"2024-09-20\"");
	expect(doc, "window_ends_on", "\"2026-09-20\"");
	expect(doc, "units", "0");
	expect(doc, "obligations", "0");
	expect(doc, "moved_units", "3"); /* the potential one owes nothing */
	expect(doc, "moved_obligations", "14");
	jr_free(doc);
	/* 2025-09-20 is a Saturday, 2026-09-20 a Sunday: reports roll, the acceptance request does not. */
	assert_text(DUE, "2025-03-03/1 2025-09-22/2 2026-03-20/2 2026-09-21/2 2026-09-20/2");
	assert_text("SELECT group_concat(DISTINCT anchor_on || window_end_on || state) FROM unit",
		    "2024-09-202026-09-20delivering");
	assert_text("SELECT published_on || window_end_on FROM programme WHERE id = 'future-1'",
		    "2024-09-202026-09-20");
	assert_number("SELECT count(*) FROM timer WHERE kind = 'window_end' AND at = "
		      "unixepoch('2026-09-20T16:00:00Z')",
		      3);
	assert_text("SELECT kind || json_extract(old, '$.published_on') || json_extract(new, "
		    "'$.published_on') || reason || effective_on FROM change",
		    "publication2024-09-022024-09-20发布页所载日期2024-09-20");
	assert_number("SELECT count(*) FROM audit WHERE verb = 'programme.corrected'", 1);
	assert_number("SELECT count(*) FROM event WHERE type = 'obligation.rescheduled'", 14);
}

/* Five dates of the unit, nine of the recommender, fourteen of the office: one message each. */
static void a_corrected_date_is_told_once(void **state)
{
	(void)state;
	stage_with_endpoints();
	succeed(&(struct ask){
		&verb_publish, .name = "future-1",
		.body = "{\"date\":\"2024-09-10\",\"correct\":true,\"reason\":\"x\"}" });
	assert_text("SELECT group_concat(e.owner, ' ') FROM message AS m JOIN endpoint AS e USING "
		    "(endpoint_key) WHERE m.type = 'obligation.rescheduled'",
		    "unit:un_1 recommender:示例厅 office");
	assert_number("SELECT count(*) FROM message", 3);
	assert_text("SELECT group_concat(json_extract(body, '$.data.detail.units') || ':' || "
		    "json_extract(body, '$.data.detail.obligations'), ' ') FROM delivery AS d JOIN "
		    "message_body USING (body_key) JOIN "
		    "message AS m ON m.message_key = d.message_key WHERE m.unit_key IS NULL",
		    "2:10 3:15");
	assert_text("SELECT json_array_length(body, '$.data.detail.obligations') || "
		    "json_extract(body, '$.data.detail.cause') FROM delivery AS d JOIN "
		    "message_body USING (body_key) JOIN "
		    "message AS m ON m.message_key = d.message_key WHERE unit_key = 1",
		    "5publication");
}

/* A reminder that had not left speaks of the old date: it is superseded. One that comes is of the new one. */
static void what_waits_is_superseded_by_the_new_date(void **state)
{
	(void)state;
	stage_published();
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	plan_to("2025-02-24T09:00:00+08:00");
	succeed(&(struct ask){
		&verb_publish, .name = "future-1",
		.body = "{\"date\":\"2024-09-12\",\"correct\":true,\"reason\":\"x\"}" });
	assert_text("SELECT group_concat(step || d.state || coalesce(reason, '')) FROM message "
		    "JOIN delivery AS d USING (message_key) WHERE step IS NOT NULL",
		    "before-7supersededrescheduled");
	/* Due on 2025-03-12: the steps to come are those after now. */
	plan_to("2025-03-05T09:00:00+08:00");
	assert_text("SELECT group_concat(revision || step || outcome) FROM occasion",
		    "1before-7cancelled,2before-7sent");
}

/* An end that is moved to before now by a correction has come. */
static void a_correction_may_end_the_window(void **state)
{
	(void)state;
	stage_published();
	set_clock("2026-09-01T10:00:00+08:00");
	succeed(&(struct ask){
		&verb_publish, .name = "future-1",
		.body = "{\"date\":\"2024-08-30\",\"correct\":true,\"reason\":\"x\"}" });
	plan_to("2026-09-01T10:00:00+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "pending_decision");
}

static void units_added_late(void **state)
{
	(void)state;
	stage_published();
	set_clock("2024-10-10T10:00:00+08:00");
	import_rows(ROW_3);
	struct jr_doc *doc = answer(&(struct ask){ &verb_publish, .name = "future-1",
						   .body = "{\"date\":\"" PUBLISHED "\"}" });
	expect(doc, "units", "1");
	expect(doc, "obligations", "5");
	jr_free(doc);
	import_rows("乙,三号任务,项目四,示例单位四,,示例厅,\n");
	doc = answer(
		&(struct ask){ &verb_publish, .name = "future-1",
			       .body = "{\"date\":\"" PUBLISHED
				       "\",\"anchor\":\"2024-10-08\",\"reason\":\"补充名单\"}" });
	expect(doc, "window_ends_on", "\"2026-09-02\""); /* the programme's */
	jr_free(doc);
	assert_text("SELECT group_concat(anchor_on || window_end_on || state, ' ') FROM unit WHERE "
		    "unit_key > 2",
		    "2024-09-022026-09-02delivering 2024-10-082026-10-08delivering");
	assert_text("SELECT group_concat(due_on, ' ') FROM obligation WHERE unit_key = 4",
		    "2025-04-08 2025-10-08 2026-04-08 2026-10-08 2026-10-08");
	assert_text("SELECT group_concat(kind || json_extract(new, '$.units') || json_extract(new, "
		    "'$.anchor_on') || reason, ' ') FROM change",
		    "addition12024-09-02 addition12024-10-08补充名单");
	/* The date of the list is corrected: a unit with its own anchor stays where it is. */
	answer_with(&(struct ask){ &verb_publish, .name = "future-1",
				   .body = "{\"date\":\"2024-09-03\",\"correct\":true,\"reason\":"
					   "\"x\"}" },
		    "moved_units", "2");
	assert_text("SELECT group_concat(anchor_on, ' ') FROM unit",
		    "2024-09-03 2024-09-03 2024-09-03 2024-10-08");
}

/* clang-format off */
#define PUBLISH(text) .ask = { &verb_publish, .name = "future-1", .body = (text) }, .fault = FAULT_UNPROCESSED
static const struct refusal wrong_dates[] = {
	{ PUBLISH("{\"date\":\"2024-09-03\",\"correct\":true}"), .pointer = "/reason", .detail = "this needs its reason" },
	{ PUBLISH("{\"date\":\"2024-09-03\",\"correct\":true,\"reason\":\" \\u3000\"}"), .pointer = "/reason", .detail = "this needs its reason" },
	{ PUBLISH("{\"date\":\"2024-09-03\",\"correct\":1}"), .pointer = "/correct", .detail = "must be true or false" },
	{ PUBLISH("{\"date\":\"2024-09-02\",\"anchor\":\"2024-09-01\"}"), .pointer = "/anchor", .detail = "begins after the publication, not before" },
	{ PUBLISH("{\"date\":\"2024-09-02\",\"anchor\":\"2024-13-01\"}"), .pointer = "/anchor", .detail = "YYYY-MM-DD, not \"2024-13-01\"" },
	{ PUBLISH("{\"date\":\"2024-09-02\",\"anchor\":\"2199-01-01\"}"), .pointer = "/anchor", .detail = "after the year 2200" },
	{ PUBLISH("{\"date\":\"2024-09-03\",\"anchor\":\"2024-10-01\",\"correct\":true,\"reason\":\"x\"}"), .pointer = "/anchor", .detail = "a unit's own anchor stays" },
	{ PUBLISH("{\"date\":\"2024-09-03\",\"correct\":true,\"reason\":\"x\",\"effective_on\":\"2024-09-03\"}"), .pointer = "/effective_on", .detail = "still to come" },
	{ .ask = { &verb_publish, .name = "future-hard", .body = "{\"date\":\"2024-09-03\",\"correct\":true,\"reason\":\"x\"}" }, .fault = FAULT_REFUSED, .rule = "publication", .detail = "there is no date to correct" },
	{ .ask = { &verb_publish, .name = "future-hard", .body = "{\"date\":\"2024-09-03\",\"anchor\":\"2024-10-01\"}" }, .fault = FAULT_UNPROCESSED, .pointer = "/anchor", .detail = "publish the list first" },
	{ SHIFT("{\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/months", .detail = "by how many months" },
	{ SHIFT("{\"months\":6,\"approver\":\"y\",\"doc_no\":\"z\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/reason", .detail = "needs its reason" },
	{ SHIFT("{\"months\":6,\"reason\":\"x\",\"doc_no\":\"z\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/approver", .detail = "needs its approver" },
	{ SHIFT("{\"months\":6,\"reason\":\"x\",\"approver\":\"y\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/doc_no", .detail = "number of the document" },
	{ SHIFT("{\"months\":61,\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/months", .detail = "1 to 60" },
	{ SHIFT("{\"months\":\"6\",\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}"), .fault = FAULT_UNPROCESSED, .pointer = "/months", .detail = "a whole number" },
	{ SHIFT("{\"month\":6}"), .fault = FAULT_UNPROCESSED, .pointer = "/month", .detail = "did you mean \"months\"?" },
	{ .ask = { &verb_programme_shift, .name = "future-hard", .body = "{\"months\":6,\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}" }, .fault = FAULT_REFUSED, .rule = "publication", .detail = "there is nothing to shift" },
	{ .ask = { &verb_programme_shift, .name = "future-9", .body = "{\"months\":6}" }, .fault = FAULT_NOT_FOUND, .detail = "there is no programme future-9" },
};
/* clang-format on */

static void wrong_dates_are_refused(void **state)
{
	(void)state;
	stage_published();
	REFUSE_ALL(wrong_dates);
}

/* ---- a shift of everything ---- */

#define SIX_MONTHS                                                                                 \
	"{\"months\":6,\"reason\":\"疫情\",\"approver\":\"部长办公会\",\"doc_no\":"         \
	"\"工信厅函〔2020〕6号\"}"

static void a_shift_is_one_recorded_operation(void **state)
{
	(void)state;
	stage_with_endpoints();
	file_it(1);
	struct ask ask = { &verb_programme_shift, .name = "future-1", .body = SIX_MONTHS };
	jr_free(dry(&ask));
	struct jr_doc *doc = answer(&ask);
	expect(doc, "months", "6");
	expect(doc, "units", "3");
	expect(doc, "obligations", "14");
	expect(doc, "window_ends_on", "\"2027-03-02\"");
	jr_free(doc);
	assert_text(DUE, "2025-03-03/1 2026-03-02/2 2026-09-02/2 2027-03-02/2 2027-03-02/2");
	/* The acceptance request opened at T+18, and does so six months later now. */
	assert_text("SELECT opens_on FROM obligation WHERE obligation_key = 5", "2026-09-02");
	assert_number("SELECT count(*) FROM change", 1);
	assert_text("SELECT kind || reason || approver || doc_no || coalesce(unit_key, '-') FROM "
		    "change",
		    "shift疫情部长办公会工信厅函〔2020〕6号-");
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.rescheduled'", 3);
	assert_number("SELECT count(*) FROM timer WHERE kind = 'window_end' AND at = "
		      "unixepoch('2027-03-02T16:00:00Z')",
		      3);
	/* Twice is twelve months from where it began, and who comes late comes with the shift. */
	succeed(&ask);
	assert_text(DUE, "2025-03-03/1 2026-09-02/3 2027-03-02/3 2027-09-02/3 2027-09-02/3");
	import_rows("乙,b-02,项目五,示例单位五,,示例厅,\n");
	answer_with(&(struct ask){ &verb_publish, .name = "future-1",
				   .body = "{\"date\":\"" PUBLISHED "\"}" },
		    "obligations", "5");
	assert_text("SELECT group_concat(due_on || opens_on, ' ') FROM obligation WHERE unit_key = "
		    "5 AND (n = 1)",
		    "2026-03-022026-02-15 2027-09-022027-03-02");
	assert_text("SELECT window_end_on FROM unit WHERE unit_key = 5", "2027-09-02");
}

/* A fixed day that is shifted twice is counted from where it first stood: 31 August + 6 + 6 = 31 August. */
static void shifts_never_chain(void **state)
{
	(void)state;
	stage_published();
	execute("UPDATE obligation SET months = 0, last_day_on = '2025-08-31' WHERE obligation_key "
		"= 2");
	static const char *const days[] = { "2026-02-28", "2026-08-31" };
	for (size_t i = 0; i < COUNT_OF(days); i++) {
		succeed(&(struct ask){ &verb_programme_shift, .name = "future-1",
				       .body = SIX_MONTHS });
		assert_text("SELECT last_day_on FROM obligation WHERE obligation_key = 2", days[i]);
	}
}

/* ---- lead, partners, contact, title ---- */

static void a_lead_is_renamed_or_replaced(void **state)
{
	(void)state;
	stage_with_endpoints();
	change(1, "{\"kind\":\"lead\",\"lead\":\" 示例集团 "
		  "\",\"how\":\"renamed\",\"reason\":\"更名\"}");
	assert_text("SELECT lead FROM unit WHERE unit_key = 1", "示例集团");
	assert_text("SELECT json_extract(old, '$.lead') || json_extract(new, '$.lead') || "
		    "json_extract(new, '$.how') FROM change",
		    "示例单位一示例集团renamed");
	assert_text("SELECT group_concat(e.owner || m.type, ' ') FROM message AS m JOIN endpoint "
		    "AS e USING (endpoint_key)",
		    "unit:un_1unit.changed recommender:示例厅unit.changed officeunit.changed");
}

static void partners_come_and_go_with_dates(void **state)
{
	(void)state;
	stage_published();
	set_clock("2025-01-10T10:00:00+08:00");
	change(1, "{\"kind\":\"partner\",\"add\":\"伙伴三\",\"reason\":\"增加\"}");
	change(1, "{\"kind\":\"partner\",\"remove\":\"示例伙伴一\",\"add\":\"伙伴四\",\"reason\":"
		  "\"更换\",\"effective_on\":\"2025-01-01\"}");
	assert_text("SELECT group_concat(name || ':' || coalesce(from_on, '') || '-' || "
		    "coalesce(until_on, ''), ' ') FROM partner WHERE unit_key = 1",
		    "示例伙伴一:-2025-01-01 示例伙伴二:- 伙伴三:2025-01-10- 伙伴四:2025-01-01-");
	/* He who left may come back, and there is room for the fourth. */
	change(1, "{\"kind\":\"partner\",\"add\":\"示例伙伴一\",\"reason\":\"回归\"}");
	static const struct refusal fifth[] = {
		{ CHANGE(1, "{\"kind\":\"partner\",\"add\":\"伙伴六\",\"reason\":\"x\"}"),
		  .fault = FAULT_REFUSED, .rule = "consortium", .clause = "联合参与单位不超过4家",
		  .detail = "partners of un_1 now: 4; at most 4 are allowed" },
	};
	REFUSE_ALL(fifth);
	change(1,
	       "{\"kind\":\"partner\",\"remove\":\"伙伴四\",\"add\":\"伙伴六\",\"reason\":\"x\"}");
}

static void a_contact_is_changed_in_part(void **state)
{
	(void)state;
	stage_with_endpoints();
	change(1,
	       "{\"kind\":\"contact\",\"name\":\"张三\",\"phone\":\"+86 (10) 6820-0000\",\"email\":"
	       "\"zhang@example.cn\"}");
	change(1, "{\"kind\":\"contact\",\"phone\":\"13800000000\",\"email\":\"\"}");
	assert_text("SELECT contact_name || contact_phone || contact_email FROM unit WHERE "
		    "unit_key = 1",
		    "张三13800000000");
	assert_number("SELECT count(*) FROM change WHERE kind = 'contact'", 2);
	assert_number("SELECT count(*) FROM message", 0); /* nobody needs to be told */
	change(1, "{\"kind\":\"content\",\"project\":\"项目一（二期）\",\"reason\":\"调整\"}");
	assert_text("SELECT project FROM unit WHERE unit_key = 1", "项目一（二期）");
}

/* clang-format off */
#define BAD(text, at, says)       { CHANGE(1, text), .fault = FAULT_UNPROCESSED, .pointer = at, .detail = says }
#define TWICE(text, says)         { CHANGE(1, text), .fault = FAULT_REFUSED, .rule = "consortium", .clause = "联合参与单位不超过4家", .detail = says }
static const struct refusal wrong_changes[] = {
	BAD(NULL, "/kind", "kind must be lead, partner"),
	BAD("{}", "/kind", "kind must be lead, partner"),
	BAD("{\"kind\":\"withdrawal\"}", "/kind", "is a move"),
	BAD("{\"kind\":\"lead\",\"name\":\"x\"}", "/name", "unknown member"),
	BAD("{\"kind\":\"lead\",\"lead\":\"x\",\"how\":\"renamed\"}", "/reason", "needs its reason"),
	BAD("{\"kind\":\"lead\",\"how\":\"renamed\",\"reason\":\"x\"}", "/lead", "lead is missing"),
	BAD("{\"kind\":\"lead\",\"lead\":\"示例单位一\",\"how\":\"renamed\",\"reason\":\"x\"}", "/lead", "lead is that already"),
	BAD("{\"kind\":\"lead\",\"lead\":\"x\",\"reason\":\"x\"}", "/how", "renamed (the same organisation under another name) or replaced"),
	TWICE("{\"kind\":\"lead\",\"lead\":\"示例伙伴一\",\"how\":\"replaced\",\"reason\":\"x\"}", "示例伙伴一 would be in the consortium of un_1 twice"),
	TWICE("{\"kind\":\"partner\",\"add\":\"示例单位一\",\"reason\":\"x\"}", "示例单位一 would be in the consortium of un_1 twice"),
	TWICE("{\"kind\":\"partner\",\"add\":\"示例伙伴二\",\"reason\":\"x\"}", "示例伙伴二 would be in"),
	BAD("{\"kind\":\"partner\",\"reason\":\"x\"}", "/add", "to add, or to remove"),
	BAD("{\"kind\":\"partner\",\"remove\":\"谁\",\"reason\":\"x\"}", "/remove", "has no partner of this name now"),
	BAD("{\"kind\":\"partner\",\"add\":\"x\",\"reason\":\"x\",\"effective_on\":\"2024-09-03\"}", "/effective_on", "still to come"),
	BAD("{\"kind\":\"partner\",\"add\":\"x\",\"reason\":\"x\",\"effective_on\":5}", "/effective_on", "YYYY-MM-DD"),
	BAD("{\"kind\":\"contact\",\"phone\":\"1234\"}", "/phone", "at least 5 digits"),
	BAD("{\"kind\":\"contact\",\"phone\":\"12345x\"}", "/phone", "at least 5 digits"),
	BAD("{\"kind\":\"contact\",\"email\":\"@b\"}", "/email", "name@example.cn"),
	BAD("{\"kind\":\"contact\",\"email\":\"a@\"}", "/email", "name@example.cn"),
	BAD("{\"kind\":\"contact\",\"email\":\"a@b@c\"}", "/email", "name@example.cn"),
	BAD("{\"kind\":\"contact\",\"email\":\"a b@c\"}", "/email", "name@example.cn"),
	BAD("{\"kind\":\"contact\"}", "/name", "is that already"),
	BAD("{\"kind\":\"content\",\"project\":\"项目一\",\"reason\":\"x\"}", "/project", "is that already"),
	BAD("{\"kind\":\"extension\",\"reason\":\"x\",\"approver\":\"y\"}", "/months", "by how many months"),
	BAD("{\"kind\":\"extension\",\"months\":3,\"reason\":\"x\"}", "/approver", "who decided it"),
	BAD("{\"kind\":\"window\",\"reason\":\"x\",\"approver\":\"y\"}", "/ends_on", "on which day"),
	BAD("{\"kind\":\"window\",\"ends_on\":\"2024-09-01\",\"reason\":\"x\",\"approver\":\"y\"}", "/ends_on", "before today"),
	{ CHANGE(9, "{\"kind\":\"contact\",\"name\":\"x\"}"), .fault = FAULT_NOT_FOUND, .detail = "there is no unit un_9" },
	{ CHANGE(2, "{\"kind\":\"extension\",\"months\":3,\"reason\":\"x\",\"approver\":\"y\"}"), .fault = FAULT_REFUSED, .rule = "window", .clause = "名单公布之日起不超过2年", .detail = "future-1 knows no extension; extensions of un_2 so far: 0" },
	{ CHANGE(3, "{\"kind\":\"lead\",\"lead\":\"示例单位一\",\"how\":\"replaced\",\"reason\":\"x\"}"), .fault = FAULT_CONFLICT, .detail = "stands on the task of un_3 already" },
	{ CHANGE(3, "{\"kind\":\"extension\",\"months\":3,\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}"), .fault = FAULT_REFUSED, .rule = "state", .detail = "un_3 is shortlisted: only of a unit that is delivering" },
};
/* clang-format on */

static void wrong_changes_are_refused(void **state)
{
	(void)state;
	stage_published();
	import_rows("甲,一号任务,项目一,另一单位,,示例厅,\n");
	REFUSE_ALL(wrong_changes);
}

/* ---- the end of one window ---- */

static void an_extension_by_document_number(void **state)
{
	(void)state;
	stage_with_endpoints();
	struct refusal off = { CHANGE(1, "{\"kind\":\"extension\",\"months\":12,\"reason\":\"x\","
					 "\"approver\":\"y\"}"),
			       .fault = FAULT_REFUSED, .rule = "window",
			       .clause = "名单公布之日起不超过2年",
			       .detail = "recorded with its document number (--doc-no)" };
	verb_free(refused(&off));
	change(1, "{\"kind\":\"extension\",\"months\":12,\"reason\":\"x\",\"approver\":\"y\",\"doc_"
		  "no\":"
		  "\"工信函〔2025〕1号\"}");
	/* What falls on the last day moves with it; what falls before stays. */
	assert_text(DUE, "2025-03-03/1 2025-09-02/1 2026-03-02/1 2027-09-02/2 2027-09-02/2");
	assert_text("SELECT window_end_on FROM unit WHERE unit_key = 1", "2027-09-02");
	assert_number("SELECT at FROM timer WHERE kind = 'window_end' AND key = 1",
		      instant("2027-09-03T00:00:00+08:00"));
	assert_text("SELECT kind || json_extract(old, '$.window_ends_on') || json_extract(new, "
		    "'$.window_ends_on') || doc_no FROM change",
		    "extension2026-09-022027-09-02工信函〔2025〕1号");
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.rescheduled'", 3);
	/* A corrected publication keeps it. */
	succeed(&(struct ask){
		&verb_publish, .name = "future-1",
		.body = "{\"date\":\"2024-09-03\",\"correct\":true,\"reason\":\"x\"}" });
	assert_text("SELECT window_end_on FROM unit WHERE unit_key = 1", "2027-09-03");
}

static void a_window_that_ends_on_a_day(void **state)
{
	(void)state;
	stage_published();
	change(1, "{\"kind\":\"window\",\"ends_on\":\"2026-06-30\",\"reason\":\"x\",\"approver\":"
		  "\"y\"}");
	assert_text(DUE, "2025-03-03/1 2025-09-02/1 2026-03-02/1 2026-06-30/2 2026-06-30/2");
	assert_text("SELECT window_end_on || window_months FROM unit WHERE unit_key = 1",
		    "2026-06-300");
	struct refusal later = { CHANGE(1, "{\"kind\":\"window\",\"ends_on\":\"2026-10-30\","
					   "\"reason\":\"x\",\"approver\":\"y\"}"),
				 .fault = FAULT_REFUSED, .rule = "window",
				 .clause = "名单公布之日起不超过2年",
				 .detail = "knows no extension" };
	verb_free(refused(&later));
	/* A day that was named stays when the publication is corrected, and moves when all is shifted. */
	succeed(&(struct ask){
		&verb_publish, .name = "future-1",
		.body = "{\"date\":\"2024-09-03\",\"correct\":true,\"reason\":\"x\"}" });
	assert_text(DUE, "2025-03-03/1 2025-09-03/2 2026-03-03/2 2026-06-30/2 2026-06-30/2");
	succeed(&(struct ask){ &verb_programme_shift, .name = "future-1", .body = SIX_MONTHS });
	assert_text("SELECT due_on FROM obligation WHERE obligation_key = 5", "2026-12-30");
	assert_text("SELECT window_end_on FROM unit WHERE unit_key = 1", "2026-12-30");
}

/* The policy of a programme that has one: once, at most twelve months, asked three months before. */
static void an_extension_by_policy(void **state)
{
	(void)state;
	struct programme_set *set = set_by_hand();
	set->items[0]->extension.allowed = true;
	set->items[0]->sha256[0] = 'f';
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	stage_published();
	static const char six[] =
		"{\"kind\":\"extension\",\"months\":6,\"reason\":\"x\",\"approver\":\"y\"}";
	struct refusal no = { CHANGE(1, "{\"kind\":\"extension\",\"months\":13,\"reason\":\"x\","
					"\"approver\":\"y\"}"),
			      .fault = FAULT_REFUSED, .rule = "window",
			      .clause = "名单公布之日起不超过2年", .detail = "at most 12 months" };
	verb_free(refused(&no));
	set_clock("2026-06-02T23:59:59+08:00");
	change(1, six);
	assert_text("SELECT window_end_on FROM unit WHERE unit_key = 1", "2027-03-02");
	no.ask.body = six;
	no.detail = "extensions of un_1 so far: 1; at most 1 without";
	verb_free(refused(&no));
	set_clock("2026-06-03T00:00:00+08:00");
	no.ask.key = 2;
	no.detail = "asked for 3 months before the window ends: that was until 2026-06-02";
	verb_free(refused(&no));
}

/* A request that is due six months after the window's last day goes where that day goes. */
static void what_counts_from_the_windows_end_follows_it(void **state)
{
	static const char due[] =
		"SELECT last_day_on || '/' || due_on || '/' || revision FROM obligation "
		"JOIN rule USING (rule_key) WHERE id = 'acceptance' AND unit_key = 1";
	struct programme_set *set = set_by_hand();
	struct plan_rule *rule = &set->items[0]->plan[1];
	(void)state;
	rule->n_at_months = 0;
	rule->after_window_months = 6;
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	stage_with_endpoints();
	assert_text(due, "2027-03-02/2027-03-02/1");
	set_clock("2024-09-20T10:00:00+08:00");
	struct ask ask = correct_to("{\"date\":\"2024-08-31\",\"correct\":true,\"reason\":\"r\"}");
	succeed(&ask);
	assert_text(due, "2027-02-28/2027-02-28/2");
	change(1, "{\"kind\":\"extension\",\"months\":6,\"reason\":\"x\",\"approver\":\"y\",\"doc_"
		  "no\":\"z\"}");
	/* The window ends on 28 February 2027 now, and six months from there is the 28th. */
	assert_text(due, "2027-08-28/2027-08-28/3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_counts_from_the_windows_end_follows_it),
		TEST(a_corrected_date_moves_what_is_owed),
		TEST(a_corrected_date_is_told_once),
		TEST(what_waits_is_superseded_by_the_new_date),
		TEST(a_correction_may_end_the_window),
		TEST(units_added_late),
		TEST(wrong_dates_are_refused),
		TEST(a_shift_is_one_recorded_operation),
		TEST(shifts_never_chain),
		TEST(a_lead_is_renamed_or_replaced),
		TEST(partners_come_and_go_with_dates),
		TEST(a_contact_is_changed_in_part),
		TEST(wrong_changes_are_refused),
		TEST(an_extension_by_document_number),
		TEST(a_window_that_ends_on_a_day),
		TEST(an_extension_by_policy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
