/*
 * Units: the list, and the notices that a unit got.
 */
#include "commands.h"

#include <string.h>

#include "out.h"

static const struct column unit_columns[] = {
	{ "id", { "ID", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "task_name", { "TASK", "任务" }, CELL_NAME, COL_WIDE },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "next.name", { "NEXT", "下一步" }, CELL_NAME, COL_SHORT },
	{ "next.due_on", { "DUE", "截止日" }, CELL_DUE, 0 },
	{ "overdue", { "LATE", "逾期" }, CELL_ALARM, COL_RIGHT },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ "task", { "TASK ID", "任务编号" }, CELL_TEXT, COL_WIDE },
	{ "project", { "PROJECT", "项目" }, CELL_TEXT, COL_WIDE },
	{ "partners", { "PARTNERS", "联合参与单位" }, CELL_LIST, COL_WIDE },
	{ "recommender", { "RECOMMENDER", "推荐单位" }, CELL_TEXT, COL_WIDE },
	{ "region", { "REGION", "地区" }, CELL_TEXT, COL_WIDE },
	{ "class", { "CLASS", "名单类别" }, CELL_WORD, COL_WIDE },
	{ "anchor_on", { "PUBLISHED", "公布日期" }, CELL_DATE, COL_WIDE },
	{ "window_ends_on", { "WINDOW ENDS", "攻关期止" }, CELL_DATE, COL_WIDE },
	{ "next.obligation", { "NEXT ID", "下一义务" }, CELL_TEXT, COL_WIDE },
	{ "risk.score", { "RISK", "风险分" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "risk.level", { "RISK LEVEL", "风险" }, CELL_WORD, COL_WIDE },
	{ .path = NULL },
};

const struct table table_unit = { "id", unit_columns, NULL };

static const struct column risk_term_columns[] = {
	{ "name", { "TERM", "项" }, CELL_NAME, 0 },
	{ "fact", { "FACT", "事实" }, CELL_COUNT, COL_RIGHT },
	{ "weight", { "WEIGHT", "权重" }, CELL_COUNT, COL_RIGHT },
	{ "max", { "MAX", "上限" }, CELL_COUNT, COL_RIGHT },
	{ "points", { "POINTS", "得分" }, CELL_ALARM, COL_RIGHT },
	{ "obligations", { "OBLIGATIONS", "义务事项" }, CELL_LIST, COL_TRUNC },
	{ .path = NULL },
};

static const struct table table_risk_terms = { NULL, risk_term_columns, NULL };

static const struct section risk_sections[] = {
	{ "terms",
	  { "points = min(max, weight × fact); the score is their sum",
	    "得分 = min(上限, 权重 × 事实)；风险分为各项之和" },
	  &table_risk_terms },
	{ .path = NULL },
};

static const struct column risk_columns[] = {
	{ "unit", { "ID", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "as_of", { "AS OF", "截至" }, CELL_TEXT, 0 },
	{ "score", { "SCORE", "风险分" }, CELL_COUNT, COL_RIGHT },
	{ "level", { "LEVEL", "风险" }, CELL_WORD, 0 },
	{ .path = NULL },
};

const struct table table_risk = { "unit", risk_columns, risk_sections };

static const struct column notice_columns[] = {
	{ "id", { "MESSAGE", "消息" }, CELL_TEXT, COL_TRUNC },
	{ "type", { "TYPE", "事件" }, CELL_TEXT, COL_WIDE },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "owner", { "TO", "告知" }, CELL_TEXT, COL_TRUNC },
	{ "endpoint", { "ENDPOINT", "接收端" }, CELL_TEXT, COL_WIDE },
	{ "channel", { "CHANNEL", "渠道" }, CELL_TEXT, 0 },
	{ "digest", { "DIGEST", "汇总" }, CELL_TEXT, COL_WIDE },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "reason", { "WHY", "缘由" }, CELL_REASON, COL_TRUNC },
	{ "attempt.n", { "TRY", "尝试" }, CELL_COUNT, COL_RIGHT },
	{ "attempt.started_at", { "STARTED", "开始" }, CELL_INSTANT, 0 },
	{ "attempt.outcome", { "OUTCOME", "结果" }, CELL_WORD, 0 },
	{ "attempt.status", { "STATUS", "状态码" }, CELL_COUNT, COL_RIGHT },
	{ "attempt.reason", { "REASON", "原因" }, CELL_TEXT, COL_TRUNC },
	{ "attempt.elapsed_ms", { "MS", "毫秒" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "nominal_at", { "NOMINAL", "应发时间" }, CELL_INSTANT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_notice = { "id", notice_columns, NULL };

/* A notice with its attempts becomes a row an attempt: "attempt" (an object or null) in place of the list. */
static void notice_row(struct sheet *sheet, const struct jr_value *notice,
		       const struct jr_value *attempt)
{
	struct buf text = BUF_EMPTY;
	struct jr_doc *row = NULL;
	const struct jr_value *value;
	const char *key;
	struct jw json;

	jw_init(&json, &text);
	jw_object(&json);
	for (size_t i = 0; (value = jr_member_at(notice, i, &key)) != NULL; i++) {
		bool attempts = strcmp(key, "attempt_list") == 0;
		struct buf member = BUF_EMPTY;

		if (attempts)
			value = attempt;
		if (value != NULL)
			jr_write(value, &member);
		jw_key(&json, attempts ? "attempt" : key);
		jw_raw(&json, value != NULL ? buf_str(&member) : "null",
		       value != NULL ? member.len : 4);
		buf_clear(&member);
	}
	jw_object_end(&json);
	if (jr_read(buf_str(&text), text.len, &row, NULL) == FAULT_NONE)
		sheet_row(sheet, jr_root(row));
	jr_free(row);
	buf_clear(&text);
}

static bool notice_attempts(void *arg, const struct jr_value *notice)
{
	const struct jr_value *attempts = jr_member(notice, "attempt_list");
	size_t n = attempts != NULL ? jr_count(attempts) : 0;

	if (n == 0)
		notice_row(arg, notice, NULL);
	for (size_t i = 0; i < n; i++)
		notice_row(arg, notice, jr_item(attempts, i));
	return true;
}

static void notice_page(void *arg)
{
	sheet_page(arg);
}

int cmd_unit_notices(struct client *client, const struct invocation *invocation)
{
	struct sheet sheet;
	struct pages pages = { notice_attempts, notice_page, &sheet };
	struct buf target = BUF_EMPTY;
	int code;

	sheet_init(&sheet, client->writer, &table_notice, client->header);
	sheet_begin(&sheet);
	command_target(&target, invocation);
	code = ask_pages(client, buf_str(&target), &pages);
	if (code == CODE_OK)
		sheet_end(&sheet);
	buf_clear(&target);
	return code;
}
