/*
 * The audit trail, and the access tokens.
 */
#include "commands.h"

#include "out.h"

static const struct column audit_columns[] = {
	{ "seq", { "SEQ", "序号" }, CELL_COUNT, COL_RIGHT },
	{ "at", { "AT", "时间" }, CELL_INSTANT, 0 },
	{ "actor", { "ACTOR", "操作者" }, CELL_TEXT, 0 },
	{ "verb", { "VERB", "动作" }, CELL_TEXT, 0 },
	{ "object", { "OBJECT", "对象" }, CELL_TEXT, 0 },
	{ "detail", { "DETAIL", "详情" }, CELL_TEXT, COL_TRUNC },
	{ "hash", { "HASH", "哈希" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_audit = { "seq", audit_columns, NULL };

static const struct column verdict_columns[] = {
	{ "ok", { "chain unbroken", "链条完整" }, CELL_WORD, 0 },
	{ "entries", { "entries", "条数" }, CELL_COUNT, COL_RIGHT },
	{ "first_bad", { "first bad", "首个错误" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

const struct table table_audit_verdict = { "first_bad", verdict_columns, NULL };

static const struct column token_columns[] = {
	{ "id", { "ID", "令牌" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_TEXT, COL_TRUNC },
	{ "role", { "ROLE", "角色" }, CELL_TEXT, 0 },
	{ "expires_on", { "EXPIRES", "到期日" }, CELL_DATE, 0 },
	{ "created_at", { "CREATED", "创建时间" }, CELL_INSTANT, 0 },
	{ "revoked_at", { "REVOKED", "吊销时间" }, CELL_INSTANT, 0 },
	{ .path = NULL },
};

const struct table table_token = { "id", token_columns, NULL };

static const struct column added_columns[] = {
	{ "id", { "id", "令牌" }, CELL_TEXT, 0 },
	{ "name", { "name", "名称" }, CELL_TEXT, 0 },
	{ "token", { "token", "令牌内容" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

const struct table table_token_added = { "token", added_columns,
					 NULL }; /* as an endpoint's secret */

/* Anything but a clear "ok" is a broken chain: a script must not take silence for consent. */
int cmd_audit_verify(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *doc = NULL;
	struct buf first_bad = BUF_EMPTY;
	int code = ask_get(client, invocation->command->path, &doc);

	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && (doc == NULL || !write_truth_at(jr_root(doc), "ok"))) {
		if (doc != NULL && write_at(jr_root(doc), "first_bad") != NULL)
			jr_write(write_at(jr_root(doc), "first_bad"), &first_bad);
		(void)out_flush();
		say(TEXT_AUDIT_BROKEN, first_bad.len > 0 ? buf_str(&first_bad) : "?");
		code = CODE_FAILED;
	}
	buf_clear(&first_bad);
	jr_free(doc);
	return code;
}

int cmd_token_add(struct client *client, const struct invocation *invocation)
{
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_body(&body, invocation);
	code = ask_post(client, invocation->command->path, buf_str(&body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL)
		code = tell_secret(client, jr_root(doc), "token");
	jr_free(doc);
	buf_clear(&body);
	return code;
}
