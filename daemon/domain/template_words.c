/*
 * What texts there are, what each may speak of, and what the variables are: three tables, from which the reader's
 * refusals, the list and the preview come.
 */
#include "domain/template_parts.h"
#include "jiebang/fault.h"
#include "jiebang/text.h"

#include <string.h>

/* ---- variables ---- */

struct variable {
	const char *name;
	const char *example[TEMPLATE_LANGS];
	bool condition; /* it says yes or no, and has no words of its own */
};

static const struct variable variables[TEMPLATE_VAR_COUNT] = {
	[TEMPLATE_VAR_PROGRAMME] = { "programme",
				     { "未来产业创新任务揭榜挂帅（示例）",
				       "Future industries (an example)" },
				     false },
	[TEMPLATE_VAR_PROGRAMME_ID] = { "programme_id", { "example-2023", "example-2023" }, false },
	[TEMPLATE_VAR_UNIT] = { "unit", { "un_7", "un_7" }, false },
	[TEMPLATE_VAR_LEAD] = { "lead", { "示例单位", "Example Unit" }, false },
	[TEMPLATE_VAR_PROJECT] = { "project", { "示例项目", "Example project" }, false },
	[TEMPLATE_VAR_TASK] = { "task", { "示例任务", "Example task" }, false },
	[TEMPLATE_VAR_TASK_ID] = { "task_id", { "example-1", "example-1" }, false },
	[TEMPLATE_VAR_RECOMMENDER] = { "recommender",
				       { "示例推荐单位", "Example recommender" },
				       false },
	[TEMPLATE_VAR_OBLIGATION] = { "obligation", { "ob_31", "ob_31" }, false },
	[TEMPLATE_VAR_RULE] = { "rule", { "进度汇报", "progress report" }, false },
	[TEMPLATE_VAR_N] = { "n", { "2", "2" }, false },
	[TEMPLATE_VAR_DUE] = { "due", { "2025-09-02", "2025-09-02" }, false },
	[TEMPLATE_VAR_REVIEW_DUE] = { "review_due", { "2025-09-16", "2025-09-16" }, false },
	[TEMPLATE_VAR_PROVISIONAL] = { "provisional", { "", "" }, true },
	[TEMPLATE_VAR_MERGED] = { "merged", { "", "" }, true },
	[TEMPLATE_VAR_WHEN] = { "when", { "", "" }, false },
	[TEMPLATE_VAR_DAYS] = { "days", { "15", "15" }, false },
	[TEMPLATE_VAR_ONE] = { "one", { "", "" }, true },
	[TEMPLATE_VAR_WHAT] = { "what", { "", "" }, false },
	[TEMPLATE_VAR_TYPE] = { "type", { "unit.example", "unit.example" }, false },
	[TEMPLATE_VAR_ITEMS] = { "items", { "38", "38" }, false },
	[TEMPLATE_VAR_UNITS] = { "units", { "21", "21" }, false },
	[TEMPLATE_VAR_OVERDUE] = { "overdue", { "3", "3" }, false },
	[TEMPLATE_VAR_DUE_SOON] = { "due_soon", { "31", "31" }, false },
	[TEMPLATE_VAR_NOTICES] = { "notices", { "4", "4" }, false },
	[TEMPLATE_VAR_MORE] = { "more", { "8", "8" }, false },
	[TEMPLATE_VAR_MESSAGE] = { "message", { "msg_example", "msg_example" }, false },
	[TEMPLATE_VAR_AS_OF] = { "as_of", { "2025-03-10", "2025-03-10" }, false },
	[TEMPLATE_VAR_AS_OF_TIME] = { "as_of_time", { "09:20", "09:20" }, false },
	[TEMPLATE_VAR_MISSED] = { "missed", { "2", "2" }, false },
	[TEMPLATE_VAR_STATES] = { "states",
				  { "攻关中 250，待决定 1", "250 delivering, 1 pending decision" },
				  false },
	[TEMPLATE_VAR_STATE] = { "state", { "攻关中", "delivering" }, false },
	[TEMPLATE_VAR_COUNT_OF] = { "count", { "250", "250" }, false },
	[TEMPLATE_VAR_FIRST] = { "first", { "", "" }, true },
	[TEMPLATE_VAR_UNITS_LATE] = { "units_late", { "2", "2" }, false },
	[TEMPLATE_VAR_DUE_THIS_WEEK] = { "due_this_week", { "4", "4" }, false },
	[TEMPLATE_VAR_DUE_NEXT_WEEK] = { "due_next_week", { "5", "5" }, false },
	[TEMPLATE_VAR_REVIEW_RECOMMENDER] = { "review_recommender", { "6", "6" }, false },
	[TEMPLATE_VAR_REVIEW_OFFICE] = { "review_office", { "7", "7" }, false },
	[TEMPLATE_VAR_REVIEW_OVERDUE] = { "review_overdue", { "1", "1" }, false },
	[TEMPLATE_VAR_DECISIONS] = { "decisions", { "1", "1" }, false },
	[TEMPLATE_VAR_FILED] = { "filed", { "9", "9" }, false },
	[TEMPLATE_VAR_ACCEPTED] = { "accepted", { "6", "6" }, false },
	[TEMPLATE_VAR_RETURNED] = { "returned", { "2", "2" }, false },
	[TEMPLATE_VAR_UNDELIVERED] = { "undelivered", { "", "" }, true },
	[TEMPLATE_VAR_DISABLED] = { "disabled", { "1", "1" }, false },
	[TEMPLATE_VAR_FAILING] = { "failing", { "2", "2" }, false },
	[TEMPLATE_VAR_DEAD] = { "dead", { "3", "3" }, false },
	[TEMPLATE_VAR_LATE] = { "late", { "", "" }, true },
	[TEMPLATE_VAR_TURN] = { "turn", { "", "" }, false },
	[TEMPLATE_VAR_COMMAND] = { "command",
				   { "jiebangctl obligation list --overdue",
				     "jiebangctl obligation list --overdue" },
				   false },
	[TEMPLATE_VAR_ENDPOINT] = { "endpoint", { "ep_7", "ep_7" }, false },
	[TEMPLATE_VAR_OWNER] = { "owner", { "office", "office" }, false },
};

/* ---- texts ---- */

#define BIT(var) ((uint64_t)1 << TEMPLATE_VAR_##var)
/* What it is about: in a message about a programme alone there is no unit, in one about a unit no obligation. */
#define PARTIES                                                                                    \
	(BIT(PROGRAMME) | BIT(PROGRAMME_ID) | BIT(UNIT) | BIT(LEAD) | BIT(PROJECT) | BIT(TASK) |   \
	 BIT(TASK_ID) | BIT(RECOMMENDER))
#define OWED     (BIT(OBLIGATION) | BIT(RULE) | BIT(N) | BIT(DUE) | BIT(PROVISIONAL))
#define COUNTED  (BIT(WHEN) | BIT(DAYS) | BIT(ONE))
#define REMINDER (PARTIES | OWED | COUNTED | BIT(MERGED))
#define REVIEW   (REMINDER | BIT(REVIEW_DUE))
#define SPAN     (BIT(DAYS) | BIT(ONE))
#define DIGEST                                                                                     \
	(BIT(ITEMS) | BIT(UNITS) | BIT(OVERDUE) | BIT(DUE_SOON) | BIT(NOTICES) | BIT(MESSAGE))
#define ROW    (PARTIES | OWED | BIT(REVIEW_DUE) | BIT(WHAT))
#define NOTICE (PARTIES | OWED | BIT(WHAT) | BIT(TYPE))
#define WEEKLY                                                                                     \
	(BIT(PROGRAMME) | BIT(PROGRAMME_ID) | BIT(RECOMMENDER) | BIT(AS_OF) | BIT(AS_OF_TIME) |    \
	 BIT(MISSED) | BIT(UNITS) | BIT(STATES) | BIT(OVERDUE) | BIT(UNITS_LATE) |                 \
	 BIT(DUE_THIS_WEEK) | BIT(DUE_NEXT_WEEK) | BIT(REVIEW_RECOMMENDER) | BIT(REVIEW_OFFICE) |  \
	 BIT(REVIEW_OVERDUE) | BIT(DECISIONS) | BIT(FILED) | BIT(ACCEPTED) | BIT(RETURNED) |       \
	 BIT(UNDELIVERED) | BIT(DISABLED) | BIT(FAILING) | BIT(DEAD) | BIT(LATE))
#define LATE_BY  (BIT(UNIT) | BIT(LEAD) | BIT(PROJECT) | BIT(OBLIGATION) | BIT(RULE) | BIT(N) | SPAN)
#define HAPPENED (PARTIES | OWED | BIT(TYPE))
#define ENDPOINT                                                                                   \
	(PARTIES | BIT(TYPE) | BIT(ENDPOINT) | BIT(OWNER) | SPAN | BIT(ITEMS) | BIT(MESSAGE))

#define FRAME_MAX_BYTES 600 /* around the rows: those are to have the room */

struct text {
	const char *name;
	uint64_t allowed;
	const char *help[TEMPLATE_LANGS];
};

/* clang-format off */
static const struct text texts[TEMPLATE_TEXT_COUNT] = {
	[TEMPLATE_NONE] = { "", 0, { "", "" } },
	[TEMPLATE_REMINDER_BEFORE] = { "reminder.before", REMINDER, { "截止日之前的提醒", "a reminder before the due date" } },
	[TEMPLATE_REMINDER_TODAY] = { "reminder.today", REMINDER, { "截止日当天的提醒", "a reminder on the due date" } },
	[TEMPLATE_REMINDER_OVERDUE] = { "reminder.overdue", REMINDER, { "逾期后的提醒", "a reminder after the due date" } },
	[TEMPLATE_REVIEW_BEFORE] = { "review.before", REVIEW, { "审核截止日之前对审核方的提醒", "to a reviewer, before the review is due" } },
	[TEMPLATE_REVIEW_TODAY] = { "review.today", REVIEW, { "审核截止日当天对审核方的提醒", "to a reviewer, on the day" } },
	[TEMPLATE_REVIEW_OVERDUE] = { "review.overdue", REVIEW, { "审核逾期后对审核方的提醒", "to a reviewer, after it" } },
	[TEMPLATE_WHEN_BEFORE] = { "when.before", SPAN, { "{when}：截止日之前", "{when} before the deadline" } },
	[TEMPLATE_WHEN_TODAY] = { "when.today", SPAN, { "{when}：截止日当天", "{when} on the day" } },
	[TEMPLATE_WHEN_OVERDUE] = { "when.overdue", SPAN, { "{when}：逾期后", "{when} after it" } },
	[TEMPLATE_DIGEST_HEAD] = { "digest.head", DIGEST, { "汇总的第一行", "the first line of a digest" } },
	[TEMPLATE_DIGEST_ROW] = { "digest.row", ROW, { "汇总中的一项", "one item of a digest" } },
	[TEMPLATE_DIGEST_TAIL] = { "digest.tail", DIGEST | BIT(MORE), { "汇总的结尾", "the end of a digest" } },
	[TEMPLATE_WEEKLY_HEAD] = { "weekly.head", WEEKLY, { "周报的开头：各项计数", "the beginning of a weekly report: what there is" } },
	[TEMPLATE_WEEKLY_STATE] = { "weekly.state", BIT(STATE) | BIT(COUNT_OF) | BIT(FIRST), { "{states} 中的一个状态", "one state of {states}" } },
	[TEMPLATE_WEEKLY_ROW] = { "weekly.row", LATE_BY | BIT(TURN), { "周报中逾期的一项", "one late item of a weekly report" } },
	[TEMPLATE_WEEKLY_TAIL] = { "weekly.tail", BIT(MORE) | BIT(COMMAND), { "周报的结尾", "the end of a weekly report" } },
	[TEMPLATE_TURN_UNIT] = { "turn.unit", LATE_BY, { "{turn}：等待揭榜单位", "{turn}: the unit's" } },
	[TEMPLATE_TURN_RECOMMENDER] = { "turn.recommender", LATE_BY, { "{turn}：等待推荐单位", "{turn}: the recommender's" } },
	[TEMPLATE_TURN_OFFICE] = { "turn.office", LATE_BY, { "{turn}：等待项目办", "{turn}: the office's" } },
	[TEMPLATE_TEST] = { "test", 0, { "对接收端的测试消息", "a test of an endpoint" } },
	[TEMPLATE_NOTICE] = { "notice", NOTICE, { "通知：何单位、何事项、发生了什么", "a notice: of whom, of what, and what has happened" } },
	[TEMPLATE_NOTICE_OTHER] = { "notice.other", HAPPENED, { "{what}：没有专门文字的通知", "{what} of a notice that has no text of its own" } },
	[TEMPLATE_OBLIGATION_RETURNED] = { "obligation.returned", HAPPENED, { "{what}：报送被退回", "{what} when a filing is returned" } },
	[TEMPLATE_OBLIGATION_RESCHEDULED] = { "obligation.rescheduled", HAPPENED, { "{what}：截止日期变动", "{what} when a due date moves" } },
	[TEMPLATE_OBLIGATION_CLOSED] = { "obligation.closed", HAPPENED, { "{what}：此前催办的事项已办结", "{what} when what was chased is settled" } },
	[TEMPLATE_DECISION_OPENED] = { "decision.opened", HAPPENED, { "{what}：攻关期满待决定", "{what} when a window ended and a decision is wanted" } },
	[TEMPLATE_UNIT_WITHDRAWN] = { "unit.withdrawn", HAPPENED, { "{what}：单位退出", "{what} when a unit withdraws" } },
	[TEMPLATE_UNIT_TERMINATED] = { "unit.terminated", HAPPENED, { "{what}：任务终止", "{what} when a task is terminated" } },
	[TEMPLATE_UNIT_REVOKED] = { "unit.revoked", HAPPENED, { "{what}：资格撤销", "{what} when a unit is revoked" } },
	[TEMPLATE_UNIT_RESUMED] = { "unit.resumed", HAPPENED, { "{what}：决定继续攻关", "{what} when a unit goes on" } },
	[TEMPLATE_UNIT_CHANGED] = { "unit.changed", HAPPENED, { "{what}：单位信息变更", "{what} when something about a unit changes" } },
	[TEMPLATE_UNIT_ACCEPTANCE_REQUESTED] = { "unit.acceptance_requested", HAPPENED, { "{what}：申请验收", "{what} when acceptance is requested" } },
	[TEMPLATE_UNIT_UNDER_EVALUATION] = { "unit.under_evaluation", HAPPENED, { "{what}：进入测评", "{what} when the evaluation begins" } },
	[TEMPLATE_UNIT_PASSED] = { "unit.passed", HAPPENED, { "{what}：测评通过", "{what} when the evaluation is passed" } },
	[TEMPLATE_UNIT_NOT_PASSED] = { "unit.not_passed", HAPPENED, { "{what}：测评未通过", "{what} when it is not passed" } },
	[TEMPLATE_UNIT_WINNER] = { "unit.winner", HAPPENED, { "{what}：评为优胜单位", "{what} when a unit is a winner" } },
	[TEMPLATE_CALENDAR_MISSING] = { "calendar.missing", HAPPENED, { "{what}：缺少某年放假安排", "{what} when a year's holidays are missing" } },
	[TEMPLATE_ENDPOINT_FAILING] = { "endpoint.failing", ENDPOINT, { "{what}：接收端持续失败", "{what} when an endpoint fails for days" } },
	[TEMPLATE_ENDPOINT_DISABLED] = { "endpoint.disabled", ENDPOINT, { "{what}：接收端因持续失败被暂停", "{what} when an endpoint is paused for it" } },
	[TEMPLATE_ENDPOINT_DISOWNED] = { "endpoint.disowned", ENDPOINT, { "{what}：机器人拒收，已停用", "{what} when a robot refuses everything" } },
	[TEMPLATE_ENDPOINT_RECOVERED] = { "endpoint.recovered", ENDPOINT, { "{what}：接收端恢复", "{what} when it is back" } },
};
/* clang-format on */

/* ---- looking up ---- */

const char *template_lang_name(enum template_lang lang)
{
	static const char *const names[TEMPLATE_LANGS] = { "zh", "en" };
	return names[lang];
}

const char *template_text_name(enum template_text text)
{
	return texts[text].name;
}

const char *template_text_help(enum template_text text, enum template_lang lang)
{
	return texts[text].help[lang];
}

enum template_text template_text_parse(const char *name)
{
	for (size_t i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT; i++)
		if (strcmp(texts[i].name, name) == 0)
			return (enum template_text)i;
	return TEMPLATE_NONE;
}

size_t template_text_max_bytes(enum template_text text)
{
	static const size_t less[TEMPLATE_TEXT_COUNT] = {
		[TEMPLATE_DIGEST_HEAD] = FRAME_MAX_BYTES,
		[TEMPLATE_DIGEST_TAIL] = FRAME_MAX_BYTES,
		[TEMPLATE_WEEKLY_TAIL] = FRAME_MAX_BYTES,
	};
	return less[text] ? less[text] : TEMPLATE_TEXT_MAX_BYTES;
}

bool template_text_is_happening(enum template_text text)
{
	return text >= TEMPLATE_NOTICE_OTHER;
}

enum template_text template_text_of_notice(const char *type)
{
	enum template_text text = template_text_parse(type);
	return template_text_is_happening(text) ? text : TEMPLATE_NOTICE_OTHER;
}

const char *template_text_suggest(const char *name)
{
	const char *known[TEMPLATE_TEXT_COUNT];
	size_t n = 0;
	for (size_t i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT; i++)
		known[n++] = texts[i].name;
	known[n] = NULL;
	return text_suggest(name, known);
}

const char *template_var_name(enum template_var var)
{
	return variables[var].name;
}

const char *template_var_example(enum template_var var, enum template_lang lang)
{
	return variables[var].example[lang];
}

bool template_var_is_condition(enum template_var var)
{
	return variables[var].condition;
}

bool template_var_allowed(enum template_text text, enum template_var var)
{
	return (texts[text].allowed >> var & 1) != 0;
}

enum template_var template_var_parse(const char *name)
{
	size_t i = 0;
	while (i < TEMPLATE_VAR_COUNT && strcmp(variables[i].name, name) != 0)
		i++;
	return (enum template_var)i;
}

size_t template_vars_allowed(enum template_text text, const char *out[TEMPLATE_VAR_COUNT + 1])
{
	size_t n = 0;
	for (size_t i = 0; i < TEMPLATE_VAR_COUNT; i++)
		if (template_var_allowed(text, (enum template_var)i))
			out[n++] = variables[i].name;
	out[n] = NULL;
	return n;
}

enum template_text template_by_days(enum template_text before, int days)
{
	return before + (days > 0 ? 0u : days == 0 ? 1u : 2u);
}
