/*
 * What changes about units, and the decisions about windows that ended. The verb on the command line says which kind of
 * change or move it is, so that nobody types it twice.
 */
#include "commands.h"

#include <string.h>

#include "out.h"

static const struct column change_columns[] = {
	{ "id", { "ID", "登记" }, CELL_TEXT, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "kind", { "KIND", "类型" }, CELL_WORD, 0 },
	{ "effective_on", { "SINCE", "生效日期" }, CELL_DATE, 0 },
	{ "old", { "OLD", "变更前" }, CELL_TEXT, COL_TRUNC },
	{ "new", { "NEW", "变更后" }, CELL_TEXT, COL_TRUNC },
	{ "reason", { "REASON", "理由" }, CELL_TEXT, COL_WIDE },
	{ "approver", { "APPROVER", "批准人" }, CELL_TEXT, COL_WIDE },
	{ "doc_no", { "DOCUMENT", "文号" }, CELL_TEXT, COL_WIDE },
	{ "actor", { "ACTOR", "操作者" }, CELL_TEXT, COL_WIDE },
	{ "made_at", { "RECORDED", "登记时间" }, CELL_INSTANT, COL_WIDE },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_change = { "id", change_columns, NULL };

static const struct column decision_columns[] = {
	{ "id", { "ID", "决定" }, CELL_TEXT, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "window_ended_on", { "WINDOW ENDED", "攻关期满" }, CELL_DATE, 0 },
	{ "resolution", { "RESOLVED AS", "决定结果" }, CELL_WORD, 0 },
	{ "state", { "STATE", "状态" }, CELL_TEXT, COL_WIDE },
	{ "project", { "PROJECT", "项目" }, CELL_TEXT, COL_WIDE },
	{ "opened_at", { "OPENED", "提出时间" }, CELL_INSTANT, COL_WIDE },
	{ "closed_at", { "CLOSED", "决定时间" }, CELL_INSTANT, COL_WIDE },
	{ "closed_by", { "BY", "决定人" }, CELL_TEXT, COL_WIDE },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_decision = { "unit", decision_columns, NULL };

/* The verb of the command line, and what it says on the wire. */
static const struct {
	const char *verb;
	const char *member;
	const char *value;
} meanings[] = {
	{ "extend", "kind", "extension" },  { "window", "kind", "window" },
	{ "lead", "kind", "lead" },         { "partner", "kind", "partner" },
	{ "contact", "kind", "contact" },   { "content", "kind", "content" },
	{ "withdraw", "move", "withdraw" }, { "terminate", "move", "terminate" },
	{ "revoke", "move", "revoke" },
};

static void write_meaning(struct jw *json, const char *verb)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].verb, verb) == 0)
			jw_kv_str(json, meanings[i].member, meanings[i].value);
}

int cmd_unit_change(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	struct jw json;
	int code;

	command_target(&target, invocation);
	jw_init(&json, &body);
	jw_object(&json);
	write_meaning(&json, invocation->command->verb);
	command_members(&json, invocation);
	jw_object_end(&json);
	code = ask_post(client, buf_str(&target), buf_str(&body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && option_value(invocation, "--dry-run") != NULL && out_flush())
		say(TEXT_DRY_RUN);
	jr_free(doc);
	buf_clear(&target);
	buf_clear(&body);
	return code;
}
