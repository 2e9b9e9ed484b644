/*
 * Texts of messages: what comes with the program says what it says, word for word; every mistake of a file is told
 * with its line; sections, escapes and joined lines.
 */
#include "jiebang/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what comes with the program ---- */

static bool is_weekly_count(enum template_var var)
{
	return (var >= TEMPLATE_VAR_UNITS_LATE && var <= TEMPLATE_VAR_LATE) ||
	       var == TEMPLATE_VAR_MISSED;
}

static void set_texts(struct template_values *values, enum template_lang lang)
{
	const char **text = values->text;
	text[TEMPLATE_VAR_PROGRAMME] = lang == TEMPLATE_ZH ? "批次" : "Programme";
	text[TEMPLATE_VAR_RULE] = lang == TEMPLATE_ZH ? "进度汇报" : "progress report";
	text[TEMPLATE_VAR_UNIT] = "un_7";
	text[TEMPLATE_VAR_LEAD] = "甲公司";
	text[TEMPLATE_VAR_PROJECT] = "项目";
	text[TEMPLATE_VAR_OBLIGATION] = "ob_31";
	text[TEMPLATE_VAR_N] = "2";
	text[TEMPLATE_VAR_DUE] = "2025-03-02";
	text[TEMPLATE_VAR_REVIEW_DUE] = "2025-03-16";
	text[TEMPLATE_VAR_TYPE] = "unit.frozen";
	text[TEMPLATE_VAR_ITEMS] = "38";
	text[TEMPLATE_VAR_OVERDUE] = "3";
	text[TEMPLATE_VAR_MORE] = "8";
	text[TEMPLATE_VAR_MESSAGE] = "msg_1";
	text[TEMPLATE_VAR_AS_OF] = "2025-03-10";
	text[TEMPLATE_VAR_AS_OF_TIME] = "09:20";
	text[TEMPLATE_VAR_UNITS] = "21";
	text[TEMPLATE_VAR_STATES] = "攻关中 21";
	text[TEMPLATE_VAR_STATE] = "攻关中";
	text[TEMPLATE_VAR_COUNT_OF] = "21";
	text[TEMPLATE_VAR_COMMAND] = "look";
	for (int i = 0; i < TEMPLATE_VAR_COUNT; i++)
		if (is_weekly_count((enum template_var)i))
			text[i] = "0"; /* said, and no condition */
	text[TEMPLATE_VAR_ENDPOINT] = "ep_9";
	text[TEMPLATE_VAR_OWNER] = "office";
}

#define UNIT_ZH "【批次】甲公司“项目”："
#define UNIT_EN "[Programme] 甲公司, \"项目\": "
#define OWED_ZH UNIT_ZH "第 2 次进度汇报，截止 2025-03-02 24:00（北京时间）"
#define OWED_EN UNIT_EN "progress report no. 2, due by the end of 2025-03-02 (Beijing)"
#define SEEN_ZH UNIT_ZH "第 2 次进度汇报已提交，待审核，审核截止 2025-03-16 24:00（北京时间）"
#define SEEN_EN                                                                                    \
	UNIT_EN "progress report no. 2, filed and to be reviewed by the end of 2025-03-16 "        \
		"(Beijing)"

static const struct {
	enum template_text text;
	const char *zh, *en;
} shipped[] = {
	{ TEMPLATE_REMINDER_BEFORE, OWED_ZH "，还有 15 天。", OWED_EN ", due in 15 days." },
	{ TEMPLATE_REMINDER_TODAY, OWED_ZH "，今天到期。", OWED_EN ", due today." },
	{ TEMPLATE_REMINDER_OVERDUE, OWED_ZH "，逾期 15 天。", OWED_EN ", 15 days overdue." },
	{ TEMPLATE_REVIEW_BEFORE, SEEN_ZH "，还有 15 天。", SEEN_EN ", due in 15 days." },
	{ TEMPLATE_REVIEW_TODAY, SEEN_ZH "，今天到期。", SEEN_EN ", due today." },
	{ TEMPLATE_REVIEW_OVERDUE, SEEN_ZH "，逾期 15 天。", SEEN_EN ", 15 days overdue." },
	{ TEMPLATE_WHEN_BEFORE, "还有 15 天", "due in 15 days" },
	{ TEMPLATE_WHEN_TODAY, "今天到期", "due today" },
	{ TEMPLATE_WHEN_OVERDUE, "逾期 15 天", "15 days overdue" },
	{ TEMPLATE_DIGEST_HEAD, "【汇总】共 38 项，逾期 3 项。截止最早的：",
	  "[Digest] 38 items, 3 overdue. By deadline:" },
	{ TEMPLATE_DIGEST_ROW, "· 甲公司“项目”：第 2 次进度汇报，已退回，请按意见修改后重新报送",
	  "· 甲公司, \"项目\": no. 2 of progress report, returned for correction" },
	{ TEMPLATE_DIGEST_TAIL, "另有 8 项。\n全部：jiebangctl message items msg_1",
	  "and 8 more.\nAll: jiebangctl message items msg_1" },
	{ TEMPLATE_WEEKLY_HEAD,
	  "【批次】周报，截至 2025-03-10 09:20（北京时间）\n单位 21 家：攻关中 21\n"
	  "逾期 3，本周内到期 0，下周到期 0\n近七天报送 0，通过 0，退回 0",
	  "[Programme] Weekly report as of 2025-03-10 09:20 (Beijing)\n21 units: 攻关中 21\n"
	  "3 overdue, 0 due this week, 0 due next week\n"
	  "In the past seven days: 0 filed, 0 accepted, 0 returned" },
	{ TEMPLATE_WEEKLY_STATE, "，攻关中 21", ", 21 攻关中" },
	{ TEMPLATE_WEEKLY_ROW, "· 甲公司“项目”：第 2 次进度汇报，逾期 15 天，待推荐单位",
	  "· 甲公司, \"项目\": progress report no. 2, 15 days late, with the recommender" },
	{ TEMPLATE_WEEKLY_TAIL, "另有 8 项。\n全部：look", "and 8 more.\nAll: look" },
	{ TEMPLATE_TURN_UNIT, "揭榜单位", "the unit" },
	{ TEMPLATE_TURN_RECOMMENDER, "推荐单位", "the recommender" },
	{ TEMPLATE_TURN_OFFICE, "项目办", "the office" },
	{ TEMPLATE_TEST, "揭榜挂帅提醒：这是一条测试消息，收到即表示该接收端可用",
	  "jiebang: this is a test. Whoever reads it will be reached" },
	{ TEMPLATE_NOTICE, OWED_ZH "：已退回，请按意见修改后重新报送。",
	  OWED_EN ": returned for correction." },
	{ TEMPLATE_NOTICE_OTHER, "unit.frozen", "unit.frozen" },
	{ TEMPLATE_OBLIGATION_RETURNED, "已退回，请按意见修改后重新报送",
	  "returned for correction" },
	{ TEMPLATE_OBLIGATION_RESCHEDULED, "截止日期有变动", "the due date has moved" },
	{ TEMPLATE_OBLIGATION_CLOSED, "此前催办的事项已办结",
	  "what you were told to chase is settled" },
	{ TEMPLATE_DECISION_OPENED, "攻关期已满，未申请验收，请作出决定",
	  "the window ended without an acceptance request: a decision is wanted" },
	{ TEMPLATE_UNIT_WITHDRAWN, "单位已退出", "the unit has withdrawn" },
	{ TEMPLATE_UNIT_TERMINATED, "任务已终止", "the task was terminated" },
	{ TEMPLATE_UNIT_REVOKED, "资格已撤销", "the unit was revoked" },
	{ TEMPLATE_UNIT_RESUMED, "经决定继续攻关", "it was decided that the unit goes on" },
	{ TEMPLATE_UNIT_CHANGED, "单位信息有变更", "something about the unit has changed" },
	{ TEMPLATE_UNIT_ACCEPTANCE_REQUESTED, "已申请验收", "acceptance was requested" },
	{ TEMPLATE_UNIT_UNDER_EVALUATION, "已进入测评", "the unit is under evaluation" },
	{ TEMPLATE_UNIT_PASSED, "测评通过", "the unit has passed the evaluation" },
	{ TEMPLATE_UNIT_NOT_PASSED, "测评未通过", "the unit has not passed the evaluation" },
	{ TEMPLATE_UNIT_WINNER, "已评为优胜单位", "the unit is a winner" },
	{ TEMPLATE_CALENDAR_MISSING, "所需年度的放假安排尚未导入，相关日期为暂定",
	  "the holidays of a year that dates wait for are not imported yet" },
	{ TEMPLATE_ENDPOINT_FAILING,
	  "接收端 ep_9（office）已 15 天未能接收任何消息，有 38 条待发，最早一条为 msg_1；详见 "
	  "jiebangctl endpoint show ep_9",
	  "endpoint ep_9 (office) has taken no message for 15 days; 38 wait there, the first is "
	  "msg_1. See jiebangctl endpoint show ep_9" },
	{ TEMPLATE_ENDPOINT_DISABLED,
	  "接收端 ep_9（office）已 15 "
	  "天未能接收任何消息，现已暂停：其消息暂存不失，定时以最早一条试发，有 38 "
	  "条待发，最早一条为 msg_1；详见 jiebangctl endpoint show ep_9",
	  "endpoint ep_9 (office) has taken no message for 15 days and is paused: its messages "
	  "are held, and the oldest is tried now and then; 38 wait there, the first is msg_1. See "
	  "jiebangctl endpoint show ep_9" },
	{ TEMPLATE_ENDPOINT_RECOVERED, "接收端 ep_9（office）已恢复，暂存的消息正在发出",
	  "endpoint ep_9 (office) takes messages again; what waited for it is on its way" },
	{ TEMPLATE_ENDPOINT_DISOWNED,
	  "接收端 ep_9（office）的群机器人拒收一切消息，现已停用：请检查其地址、密钥、关键词和 "
	  "IP 名单。其消息暂存不失，被拒的一条为 msg_1；改好后执行 jiebangctl endpoint enable "
	  "ep_9",
	  "the group's robot behind endpoint ep_9 (office) refuses everything, and the endpoint is "
	  "disabled: look at its URL, its secret, its keyword and its list of addresses. Its "
	  "messages are held, the one that was refused is msg_1. Once that is mended: jiebangctl "
	  "endpoint enable ep_9" },
};

static int days_of(enum template_text text)
{
	switch (text % 3) {
	case TEMPLATE_REMINDER_BEFORE % 3:
		return 15;
	case TEMPLATE_REMINDER_TODAY % 3:
		return 0;
	default:
		return -15;
	}
}

static void says(const struct templates *set, enum template_lang lang, enum template_text text,
		 struct template_values *values, const char *want)
{
	struct buf said = BUF_EMPTY;
	set_texts(values, lang);
	template_say(set, lang, text, values, &said);
	assert_string_equal(buf_str(&said), want);
	buf_clear(&said);
}

static void test_shipped(void **state)
{
	(void)state;
	struct templates *set = templates_new();
	assert_int_equal(sizeof(shipped) / sizeof(shipped[0]), TEMPLATE_TEXT_COUNT - 1);
	for (size_t i = 0; i < sizeof(shipped) / sizeof(shipped[0]); i++) {
		struct template_values values = { .what = TEMPLATE_OBLIGATION_RETURNED,
						  .turn = TEMPLATE_TURN_RECOMMENDER };
		assert_int_equal(shipped[i].text, i + 1);
		values.when = template_by_days(TEMPLATE_WHEN_BEFORE, days_of(shipped[i].text));
		values.text[TEMPLATE_VAR_DAYS] = "15";
		says(set, TEMPLATE_ZH, shipped[i].text, &values, shipped[i].zh);
		says(set, TEMPLATE_EN, shipped[i].text, &values, shipped[i].en);
		assert_int_equal(template_text_parse(template_text_name(shipped[i].text)), i + 1);
	}
	templates_free(set);
}

static void test_conditions(void **state)
{
	(void)state;
	struct templates *set = templates_new();
	struct template_values values = { .when = TEMPLATE_WHEN_OVERDUE };
	values.text[TEMPLATE_VAR_DAYS] = values.text[TEMPLATE_VAR_ONE] = "1";
	values.text[TEMPLATE_VAR_PROVISIONAL] = values.text[TEMPLATE_VAR_MERGED] = "1";
	says(set, TEMPLATE_ZH, TEMPLATE_REMINDER_OVERDUE, &values,
	     OWED_ZH
	     "，逾期 1 天。日期待当年放假安排公布后确认。（本条合并了此前未能发出的提醒。）");
	says(set, TEMPLATE_EN, TEMPLATE_REMINDER_OVERDUE, &values,
	     OWED_EN
	     ", 1 day overdue. The date is provisional until that year's holidays are "
	     "published. This message stands for earlier reminders that could not be sent.");
	values.when = TEMPLATE_WHEN_BEFORE;
	says(set, TEMPLATE_EN, TEMPLATE_WHEN_BEFORE, &values, "due in 1 day");
	templates_free(set);

	set = templates_new();
	struct template_values bare = { .what = TEMPLATE_CALENDAR_MISSING };
	struct buf said = BUF_EMPTY;
	bare.text[TEMPLATE_VAR_PROGRAMME] = "P";
	template_say(set, TEMPLATE_EN, TEMPLATE_NOTICE, &bare, &said);
	assert_string_equal(buf_str(&said),
			    "[P] the holidays of a year that dates wait for are not imported yet.");
	buf_clear(&said);
	templates_free(set);
}

static void test_by_days(void **state)
{
	static const struct {
		int days;
		enum template_text text;
	} rows[] = { { 365, TEMPLATE_WHEN_BEFORE },
		     { 1, TEMPLATE_WHEN_BEFORE },
		     { 0, TEMPLATE_WHEN_TODAY },
		     { -1, TEMPLATE_WHEN_OVERDUE },
		     { -700, TEMPLATE_WHEN_OVERDUE } };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(template_by_days(TEMPLATE_WHEN_BEFORE, rows[i].days),
				 rows[i].text);
}

/* ---- what a file says ---- */

static const struct {
	const char *file, *want; /* of [unit.winner] with lead = L, unit = U and nothing else */
} forms[] = {
	{ "[unit.winner]\nplain", "plain" },
	{ "\xef\xbb\xbf# c\n\n[unit.winner]  \r\n\r\n\na b \t\r\n# not said\n\n c \n\n# end\n\n",
	  "a b\n\n c" },
	{ "[unit.winner]\n{lead}{unit}{project}.", "LU." },
	{ "[unit.winner]\n{?lead}yes {lead}{/lead}{?project}no{/project}", "yes L" },
	{ "[unit.winner]\n{!lead}no{/lead}{!project}yes{/project}", "yes" },
	{ "[unit.winner]\n{?lead}a{?project}b{/project}c{!task}d{/task}e{/lead}f", "acdef" },
	{ "[unit.winner]\n{?provisional}b{/provisional}{!provisional}fixed{/provisional}",
	  "fixed" },
	{ "[unit.winner]\n\\[x] \\{lead\\} \\\\ \\# {lead}", "[x] {lead} \\ # L" },
	{ "[unit.winner]\n\\# one\\\ntwo\\\r\n# not said\n three", "# onetwo three" },
	{ "[unit.winner]\none\\\n", "one" },
	{ "[unit.winner]\n｛意见｝ ＝ {lead}", "｛意见｝ ＝ L" },
	{ "[unit.winner]\nx\n[unit.passed]\ny", "x" },
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct templates *set = templates_new();
		struct template_values values = { .when = TEMPLATE_NONE };
		struct buf mistakes = BUF_EMPTY, said = BUF_EMPTY;
		values.text[TEMPLATE_VAR_LEAD] = "L";
		values.text[TEMPLATE_VAR_UNIT] = "U";
		(void)templates_read(set, TEMPLATE_EN, forms[i].file, strlen(forms[i].file), "f",
				     &mistakes);
		assert_string_equal(buf_str(&mistakes), "");
		template_say(set, TEMPLATE_EN, TEMPLATE_UNIT_WINNER, &values, &said);
		assert_string_equal(buf_str(&said), forms[i].want);
		assert_true(templates_replaced(set, TEMPLATE_EN, TEMPLATE_UNIT_WINNER));
		assert_false(templates_replaced(set, TEMPLATE_EN, TEMPLATE_UNIT_REVOKED));
		assert_false(templates_replaced(set, TEMPLATE_ZH, TEMPLATE_UNIT_WINNER));
		struct templates *copy = templates_copy(set);
		templates_free(set);
		set = copy;
		buf_reset(&said);
		template_say(set, TEMPLATE_EN, TEMPLATE_UNIT_WINNER, &values, &said);
		assert_string_equal(buf_str(&said), forms[i].want);
		assert_true(templates_replaced(set, TEMPLATE_EN, TEMPLATE_UNIT_WINNER));
		buf_clear(&mistakes);
		buf_clear(&said);
		templates_free(set);
	}
}

/* ---- mistakes ---- */

#define WINNER "[unit.winner]\n"

static const struct {
	const char *file;
	size_t n;
	const char *first; /* how the list of mistakes begins */
	const char *also;  /* what else is in it */
} wrong[] = {
	{ "\n[reminder.before]\n\n{programe}", 1,
	  "f:4: there is no variable {programe}; did you mean {programme}? known here: "
	  "{programme} ",
	  " {days} {one}\n" },
	{ WINNER "\\\n\n# c\n{lead}\n{items}", 1,
	  "f:6: the variable {items} has no value in this text; known here: ", "{task_id}" },
	{ WINNER "{provisional}", 1,
	  "f:2: {provisional} says yes or no and has no words of its own",
	  "write {?provisional}words{/provisional}" },
	{ WINNER "{?xyz}", 1, "f:2: there is no variable {xyz}", "known here" },
	{ WINNER "{}", 1, "f:2: there is no variable {}", "known here" },
	{ WINNER "\n{?lead}\nx", 1, "f:3: the section {?lead} has no end; end it with {/lead}\n",
	  "" },
	{ WINNER "{/lead}", 1, "f:2: {/lead} ends a section that was not begun", "{?lead}" },
	{ WINNER "{?lead}\n{/project}{/lead}", 1,
	  "f:3: {/project} stands where the section {?lead} of line 2 is open",
	  "end that with {/lead} first" },
	{ WINNER "{?lead}{?unit}{?task}{?project}{?rule}{/project}{/task}{/unit}{/lead}", 1,
	  "f:2: sections stand in each other more than 4 deep; make it flatter\n", "" },
	{ WINNER "a {lead\n}", 2, "f:2: a { without its } in the same line",
	  "f:3: a } without its {" },
	{ WINNER "｛lead｝", 1, "f:2: the brace ｛ is the Chinese one", "write { and }" },
	{ WINNER "a\\b", 1, "f:2: a \\ before what needs none", "write \\\\" },
	{ WINNER "a\x01", 1, "f:2: a control character (0x01); remove it\n", "" },
	{ WINNER "\n# only this\n", 1, "f:1: the text [unit.winner] says nothing",
	  "remove the name" },
	{ "[unit.winer]\n{nothing}", 1,
	  "f:1: there is no text [unit.winer]; did you mean [unit.winner]?", "" },
	{ "[zzzzzzzzzzzzzz]\nx", 1,
	  "f:1: there is no text [zzzzzzzzzzzzzz]; \"jiebangctl template list\"", "" },
	{ WINNER "x\n\n" WINNER "y", 1, "f:4: the text [unit.winner] stands in line 1 already",
	  "" },
	{ "[Digest] {items} items\n", 1,
	  "f:1: a line that begins with [ must be the name of a text",
	  "write [name] alone, or \\[" },
	{ "# c\nwinner = x\ny\n" WINNER "{a}", 2, "f:2: words before the first name",
	  "f:5: there is no" },
	{ WINNER "x\n\xd6\xd0", 1, "f:3: bytes that are no UTF-8; save the file as UTF-8\n", "" },
	{ "[reminder.before]\n{a}\n[reminder.today]\n{b}\n[no]\n[when.today]\n{lead}", 4,
	  "f:2: there is no variable {a}",
	  "f:7: the variable {lead} has no value in this text; known here: {days} {one}\n" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct templates *set = templates_new();
		struct buf mistakes = BUF_EMPTY;
		size_t n = templates_read(set, TEMPLATE_ZH, wrong[i].file, strlen(wrong[i].file),
					  "f", &mistakes);
		const char *told = buf_str(&mistakes);
		if (n != wrong[i].n || strncmp(told, wrong[i].first, strlen(wrong[i].first)) != 0 ||
		    !strstr(told, wrong[i].also))
			fail_msg("row %zu: %zu mistakes:\n%s", i, n, told);
		buf_clear(&mistakes);
		templates_free(set);
	}
}

/* What is longer than it may be, and a mistake in every line of a long file. */
static void test_bounds(void **state)
{
	(void)state;
	static const struct {
		size_t times;
		const char *piece, *told;
		size_t n;
		const char *before;
	} rows[] = {
		{ 600, "x", "", 0, "[digest.head]\n" },
		{ 601, "x",
		  "f:1: the text [digest.head] has 601 bytes, at most 600; make it shorter\n", 1,
		  "[digest.head]\n" },
		{ 601, "x", "f:1: the text [digest.tail] has 601 bytes, at most 600", 1,
		  "[digest.tail]\n" },
		{ 601, "x", "f:1: the text [weekly.tail] has 601 bytes, at most 600", 1,
		  "[weekly.tail]\n" },
		{ 601, "x", "", 0, "[weekly.head]\n" },
		{ TEMPLATE_TEXT_MAX_BYTES, "x", "", 0, NULL },
		{ TEMPLATE_TEXT_MAX_BYTES + 1, "x",
		  "f:1: the text [unit.winner] has 2001 bytes, at most 2000; make it shorter\n", 1,
		  NULL },
		{ TEMPLATE_FILE_MAX_BYTES, "#\n", "f:1: the file has more than 262144 bytes", 1,
		  NULL },
		{ 60, "{x}\n", "f:2: there is no variable {x}", 60, NULL },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct templates *set = templates_new();
		struct buf file = BUF_EMPTY, mistakes = BUF_EMPTY;
		buf_adds(&file, rows[i].before ? rows[i].before : WINNER);
		for (size_t k = 0; k < rows[i].times; k++)
			buf_adds(&file, rows[i].piece);
		assert_int_equal(
			templates_read(set, TEMPLATE_ZH, buf_str(&file), file.len, "f", &mistakes),
			rows[i].n);
		assert_memory_equal(buf_str(&mistakes), rows[i].told, strlen(rows[i].told));
		assert_true((rows[i].n > 50) ==
			    (strstr(buf_str(&mistakes), "f: and 10 more\n") != NULL));
		buf_clear(&file);
		buf_clear(&mistakes);
		templates_free(set);
	}
}

/* However often a text repeats a long name, what it becomes is bounded, and cut between two characters. */
static void test_cut(void **state)
{
	(void)state;
	struct templates *set = templates_new();
	struct template_values values = { .when = TEMPLATE_NONE };
	struct buf file = BUF_EMPTY, mistakes = BUF_EMPTY, said = BUF_EMPTY;
	buf_adds(&file, WINNER "x");
	for (int i = 0; i < 100; i++)
		buf_adds(&file, "{lead}");
	values.text[TEMPLATE_VAR_LEAD] =
		"甲乙丙丁戊己庚辛壬癸甲乙丙丁戊己庚辛壬癸甲乙丙丁戊己庚辛壬癸";
	assert_int_equal(templates_read(set, TEMPLATE_ZH, buf_str(&file), file.len, "f", &mistakes),
			 0);
	buf_adds(&said, "before");
	template_say(set, TEMPLATE_ZH, TEMPLATE_UNIT_WINNER, &values, &said);
	assert_in_range(said.len, 6 + TEMPLATE_SAID_MAX_BYTES - 3, 6 + TEMPLATE_SAID_MAX_BYTES);
	assert_memory_equal(said.data, "beforex甲", 10);
	assert_int_equal((said.len - 7) % 3, 0);
	assert_string_equal(said.data + said.len - 3, "…");
	buf_clear(&file);
	buf_clear(&said);
	templates_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),  cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_by_days),  cmocka_unit_test(test_forms),
		cmocka_unit_test(test_mistakes), cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
