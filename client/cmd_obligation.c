/*
 * Obligations: what is owed, and how far it is.
 */
#include "commands.h"

static const struct column review_columns[] = {
	{ "submission", { "SUBMISSION", "提交" }, CELL_TEXT, 0 },
	{ "decision", { "DECISION", "结论" }, CELL_WORD, 0 },
	{ "comment", { "COMMENT", "意见" }, CELL_TEXT, COL_TRUNC },
	{ "actor", { "BY", "审核人" }, CELL_TEXT, 0 },
	{ "decided_at", { "AT", "时间" }, CELL_INSTANT, 0 },
	{ .path = NULL },
};

static const struct table table_review = { NULL, review_columns, NULL };

static const struct column ruling_columns[] = {
	{ "kind", { "RULING", "裁定" }, CELL_WORD, 0 },
	{ "reason", { "REASON", "理由" }, CELL_TEXT, COL_TRUNC },
	{ "approver", { "BY", "批准人" }, CELL_TEXT, 0 },
	{ "old_due_on", { "FROM", "原截止日" }, CELL_TEXT, 0 },
	{ "new_due_on", { "TO", "新截止日" }, CELL_TEXT, 0 },
	{ "expires_on", { "UNTIL", "有效至" }, CELL_TEXT, 0 },
	{ "made_at", { "AT", "时间" }, CELL_INSTANT, 0 },
	{ .path = NULL },
};

static const struct table table_ruling = { NULL, ruling_columns, NULL };

static const struct column occasion_columns[] = {
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "revision", { "REVISION", "修订" }, CELL_COUNT, COL_RIGHT },
	{ "at", { "AT", "时间" }, CELL_MOMENT, 0 },
	{ "outcome", { "OUTCOME", "结果" }, CELL_WORD, 0 },
	{ "reason", { "REASON", "原因" }, CELL_REASON, COL_TRUNC },
	{ .path = NULL },
};

static const struct table table_occasion = { NULL, occasion_columns, NULL };

static const struct section obligation_sections[] = {
	{ "submissions", { "submissions", "提交" }, &table_submission },
	{ "reviews", { "reviews", "审核" }, &table_review },
	{ "rulings", { "rulings", "裁定" }, &table_ruling },
	{ "occasions", { "reminders", "提醒" }, &table_occasion },
	{ .path = NULL },
};

static const struct column obligation_columns[] = {
	{ "id", { "ID", "义务事项" }, CELL_TEXT, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_SHORT },
	{ "due_on", { "DUE", "截止日" }, CELL_DUE, 0 },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ "project", { "PROJECT", "项目" }, CELL_TEXT, COL_WIDE },
	{ "kind", { "KIND", "类型" }, CELL_WORD, COL_WIDE },
	{ "rule", { "RULE", "规则" }, CELL_TEXT, COL_WIDE },
	{ "n", { "N", "序号" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "opens_on", { "OPENS", "开放日" }, CELL_DATE, COL_WIDE },
	{ "last_day_on", { "LAST DAY", "顺延前末日" }, CELL_DATE, COL_WIDE },
	{ "due_at", { "DUE AT", "截止时刻" }, CELL_INSTANT, COL_WIDE },
	{ "provisional", { "PROVISIONAL", "暂定" }, CELL_WORD, COL_WIDE },
	{ "overdue", { "OVERDUE", "逾期" }, CELL_WORD, COL_WIDE },
	{ "revision", { "REVISION", "修订" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "satisfied_by", { "SATISFIED BY", "以何为完成" }, CELL_WORD, COL_WIDE },
	{ "submitted_at", { "SUBMITTED", "提交时间" }, CELL_INSTANT, COL_WIDE },
	{ "accepted_at", { "ACCEPTED", "通过时间" }, CELL_INSTANT, COL_WIDE },
	{ "returned_at", { "RETURNED", "退回时间" }, CELL_INSTANT, COL_WIDE },
	{ "reviewer", { "REVIEWER", "审核人" }, CELL_WORD, COL_WIDE },
	{ "review_due_on", { "REVIEW DUE", "审核截止" }, CELL_DATE, COL_WIDE },
	{ "held_until", { "HELD UNTIL", "暂停至" }, CELL_DATE, COL_WIDE },
	{ "extended_to", { "EXTENDED TO", "延至" }, CELL_DATE, COL_WIDE },
	{ "quiet.kind", { "QUIET", "免打扰" }, CELL_WORD, COL_WIDE },
	{ "quiet.until", { "QUIET UNTIL", "免打扰至" }, CELL_INSTANT, COL_WIDE },
	{ "quiet.by", { "QUIET BY", "提出人" }, CELL_TEXT, COL_WIDE },
	{ "quiet.at", { "QUIET SINCE", "提出时间" }, CELL_INSTANT, COL_ONCE },
	{ "quiet.note", { "QUIET NOTE", "说明" }, CELL_TEXT, COL_ONCE },
	{ "cancellation.reason", { "CANCELLED", "取消理由" }, CELL_TEXT, COL_ONCE },
	{ "cancellation.actor", { "CANCELLED BY", "取消人" }, CELL_TEXT, COL_ONCE },
	{ "cancellation.at", { "CANCELLED AT", "取消时间" }, CELL_INSTANT, COL_ONCE },
	{ "next_step.step", { "NEXT STEP", "下一提醒" }, CELL_STEP, COL_ONCE },
	{ "next_step.at", { "NEXT AT", "提醒时间" }, CELL_MOMENT, COL_ONCE },
	{ "next_step.reason", { "KEPT BACK", "不发缘由" }, CELL_REASON, COL_ONCE },
	{ "next_said.step", { "NEXT SAID", "下一发出" }, CELL_STEP, COL_ONCE },
	{ "next_said.at", { "SAID AT", "发出时间" }, CELL_MOMENT, COL_ONCE },
	{ .path = NULL },
};

const struct table table_obligation = { "id", obligation_columns, obligation_sections };
