/*
 * A unit's own milestones: set as a whole from a file, moved one by one.
 */
#include "commands.h"

#include <stdlib.h>

static const struct column milestone_columns[] = {
	{ "n", { "N", "序号" }, CELL_COUNT, COL_RIGHT },
	{ "name", { "NAME", "名称" }, CELL_TEXT, COL_TRUNC },
	{ "weight", { "WEIGHT", "权重" }, CELL_COUNT, COL_RIGHT },
	{ "percent", { "PERCENT", "完成" }, CELL_COUNT, COL_RIGHT },
	{ "planned_on", { "PLANNED", "计划日期" }, CELL_DATE, 0 },
	{ "actual_on", { "REACHED", "完成日期" }, CELL_DATE, 0 },
	{ .path = NULL },
};

static const struct table table_milestone = { "n", milestone_columns, NULL };

static const struct section plan_sections[] = {
	{ "milestones", { "milestones", "里程碑" }, &table_milestone },
	{ .path = NULL },
};

static const struct column plan_columns[] = {
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "progress.reached_percent", { "REACHED %", "加权完成 %" }, CELL_COUNT, 0 },
	{ "progress.elapsed_percent", { "ELAPSED %", "攻关期已过 %" }, CELL_COUNT, 0 },
	{ .path = NULL },
};

const struct table table_milestones = { "unit", plan_columns, plan_sections };

static int post(struct client *client, const struct invocation *invocation, const struct buf *body)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_target(&target, invocation);
	code = ask_post(client, buf_str(&target), buf_str(body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	jr_free(doc);
	buf_clear(&target);
	return code;
}

int cmd_milestone_set(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *plan = NULL;
	struct buf body = BUF_EMPTY;
	int code = read_json_file(option_value(invocation, "--file"), &plan);

	if (code == CODE_OK) {
		jr_write(jr_root(plan), &body);
		code = post(client, invocation, &body);
	}
	jr_free(plan);
	buf_clear(&body);
	return code;
}

int cmd_milestone_update(struct client *client, const struct invocation *invocation)
{
	const char *n = option_value(invocation, "--n");
	const char *percent = option_value(invocation, "--percent");
	struct buf body = BUF_EMPTY;
	struct jw json;
	int code;

	jw_init(&json, &body);
	jw_object(&json);
	jw_kv_int(&json, "n", strtol(n, NULL, 10));
	if (percent != NULL)
		jw_kv_int(&json, "percent", strtol(percent, NULL, 10));
	command_members(&json, invocation);
	jw_object_end(&json);
	code = post(client, invocation, &body);
	buf_clear(&body);
	return code;
}
