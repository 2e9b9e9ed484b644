/*
 * Endpoints: where messages go.
 */
#include "commands.h"

#include <stdlib.h>

#include "out.h"

static const struct column endpoint_columns[] = {
	{ "id", { "ID", "接收端" }, CELL_TEXT, 0 },
	{ "owner", { "OWNER", "归属" }, CELL_TEXT, COL_TRUNC },
	{ "format", { "FORMAT", "格式" }, CELL_TEXT, 0 },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "state_reason", { "REASON", "原因" }, CELL_REASON, COL_TRUNC },
	{ "url", { "URL", "地址" }, CELL_TEXT, COL_TRUNC },
	{ "created_at", { "CREATED", "创建时间" }, CELL_INSTANT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_endpoint = { "id", endpoint_columns, NULL };

static const struct column added_columns[] = {
	{ "id", { "id", "接收端" }, CELL_TEXT, 0 },
	{ "owner", { "owner", "归属" }, CELL_TEXT, 0 },
	{ "url", { "url", "地址" }, CELL_TEXT, 0 },
	{ "format", { "format", "格式" }, CELL_TEXT, 0 },
	{ "state", { "state", "状态" }, CELL_WORD, 0 },
	{ "secret", { "secret", "密钥" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

/* -q prints the secret: the id can be asked for later, the secret can't. */
const struct table table_endpoint_added = { "secret", added_columns, NULL };

static void add_body(struct buf *body, const struct invocation *invocation, const char *secret)
{
	struct jw json;

	jw_init(&json, body);
	jw_object(&json);
	command_members(&json, invocation);
	if (secret != NULL)
		jw_kv_str(&json, "secret", secret);
	jw_object_end(&json);
}

int cmd_endpoint_add(struct client *client, const struct invocation *invocation)
{
	const char *path = option_value(invocation, "--secret-file");
	char *secret = NULL;
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code = path != NULL ? read_secret(path, &secret) : CODE_OK;

	if (code == CODE_OK) {
		add_body(&body, invocation, secret);
		code = ask_post(client, invocation->command->path, buf_str(&body), &doc);
	}
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL)
		code = tell_secret(client, jr_root(doc), "secret");
	jr_free(doc);
	buf_clear(&body);
	free(secret);
	return code;
}
