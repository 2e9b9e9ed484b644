/*
 * The table of message types.
 */
#include "jiebang/event_type.h"

#include "domain/event_parts.h"
#include "jiebang/fault.h"
#include "jiebang/text.h"

#include <string.h>

/* clang-format off */
static const struct event_type types[] = {
	{ "obligation.due_soon", EVENT_REMINDER, "事项将到截止日期", "an obligation falls due", event_data_due_soon },
	{ "obligation.overdue", EVENT_REMINDER, "事项已逾期", "an obligation is overdue", event_data_overdue },
	{ "review.due_soon", EVENT_REMINDER, "审核将到截止日期", "a review falls due", event_data_review_due_soon },
	{ "review.overdue", EVENT_REMINDER, "审核已逾期", "a review is overdue", event_data_review_overdue },
	{ "obligation.digest", EVENT_DIGEST, "同一时刻的多项提醒和通知汇总", "reminders and notices of one instant in one message", event_data_digest },
	{ "report.weekly", EVENT_REPORT, "每周简报", "the weekly report", event_data_weekly },
	{ "obligation.returned", EVENT_NOTICE, "报送被退回", "a filing was returned", event_data_returned },
	{ "obligation.rescheduled", EVENT_NOTICE, "截止日期变动", "due dates moved", event_data_rescheduled },
	{ "obligation.closed", EVENT_NOTICE, "此前催办的事项已办结", "what was chased is settled", event_data_closed },
	{ "decision.opened", EVENT_NOTICE, "攻关期满待决定", "a window ended and a decision is wanted", event_data_decision },
	{ "unit.withdrawn", EVENT_NOTICE, "单位退出", "a unit withdrew", event_data_unit },
	{ "unit.terminated", EVENT_NOTICE, "任务终止", "a task was terminated", event_data_unit },
	{ "unit.revoked", EVENT_NOTICE, "资格撤销", "a unit was revoked", event_data_unit },
	{ "unit.resumed", EVENT_NOTICE, "决定继续攻关", "a unit goes on", event_data_unit },
	{ "unit.changed", EVENT_NOTICE, "单位信息变更", "something about a unit changed", event_data_unit },
	{ "unit.acceptance_requested", EVENT_NOTICE, "申请验收", "acceptance was requested", event_data_unit },
	{ "unit.under_evaluation", EVENT_NOTICE, "进入测评", "the evaluation began", event_data_unit },
	{ "unit.passed", EVENT_NOTICE, "测评通过", "the evaluation was passed", event_data_unit },
	{ "unit.not_passed", EVENT_NOTICE, "测评未通过", "the evaluation was not passed", event_data_unit },
	{ "unit.winner", EVENT_NOTICE, "评为优胜单位", "a unit is a winner", event_data_unit },
	{ "calendar.missing", EVENT_NOTICE, "缺少某年放假安排", "a year's holidays are missing", event_data_calendar },
	{ "endpoint.failing", EVENT_ENDPOINT, "接收端持续失败", "an endpoint fails for days", event_data_endpoint },
	{ "endpoint.disabled", EVENT_ENDPOINT, "接收端因持续失败被暂停", "an endpoint is paused for it", event_data_endpoint },
	{ "endpoint.recovered", EVENT_ENDPOINT, "接收端恢复", "an endpoint is back", event_data_endpoint },
	{ "endpoint.disowned", EVENT_ENDPOINT, "群机器人拒收一切消息，接收端已停用", "a robot refuses everything, and the endpoint is disabled", event_data_disowned },
	{ "endpoint.test", EVENT_TEST, "测试消息", "a test message", event_data_test },
};
/* clang-format on */
_Static_assert(sizeof(types) / sizeof(types[0]) == EVENT_TYPE_COUNT, "the header says how many");

const struct event_type *event_type_at(size_t index)
{
	INVARIANT(index < EVENT_TYPE_COUNT);
	return &types[index];
}

const struct event_type *event_type_find(const char *name)
{
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return NULL;
}

const char *event_group_name(enum event_group group)
{
	static const char *const names[] = {
		[EVENT_REMINDER] = "reminder", [EVENT_DIGEST] = "digest",
		[EVENT_REPORT] = "report",     [EVENT_NOTICE] = "notice",
		[EVENT_ENDPOINT] = "endpoint", [EVENT_TEST] = "test",
	};
	return names[group];
}

bool event_type_pattern(const char *pattern)
{
	size_t len = strlen(pattern);
	bool star = len > 0 && pattern[len - 1] == '*';
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const struct event_type *type = &types[i];
		bool named = star ? strncmp(type->name, pattern, len - 1) == 0
				  : strcmp(type->name, pattern) == 0;
		if (named && type->group != EVENT_DIGEST && type->group != EVENT_TEST)
			return true;
	}
	return false;
}

const char *event_type_suggest(const char *name)
{
	const char *known[EVENT_TYPE_COUNT + 1] = { NULL };
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++)
		known[i] = types[i].name;
	return text_suggest(name, known);
}
