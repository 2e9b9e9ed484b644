/*
 * The types of messages: all of them in a list, or one with its schema and an example.
 */
#include "commands.h"

static const struct column type_columns[] = {
	{ "id", { "TYPE", "类型" }, CELL_TEXT, 0 },
	{ "group", { "GROUP", "类别" }, CELL_WORD, 0 },
	{ "name", { "WHAT", "内容" }, CELL_NAME, 0 },
	{ "filter", { "FILTER", "可筛选" }, CELL_TEXT, COL_WIDE },
	{ "example", { "EXAMPLE", "示例" }, CELL_TEXT, COL_WIDE },
	{ "schema", { "SCHEMA", "结构" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_event_type = { "id", type_columns, NULL };

int cmd_event_types(struct client *client, const struct invocation *invocation)
{
	struct command list = *invocation->command;
	struct invocation all = *invocation;

	if (invocation->n_args > 0)
		return cmd_show(client, invocation);
	list.path = "/v1/event-types";
	all.command = &list;
	return cmd_list_whole(client, &all);
}
