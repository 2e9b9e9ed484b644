/*
 * The texts of messages. A preview is read as it will arrive: its lines, and nothing around them.
 */
#include "commands.h"

#include <string.h>

#include "out.h"
#include "term.h"

static const struct column template_columns[] = {
	{ "id", { "NAME", "名称" }, CELL_TEXT, 0 },
	{ "help", { "WHAT", "用途" }, CELL_NAME, 0 },
	{ "replaced", { "REPLACED", "已替换" }, CELL_LIST, 0 },
	{ "variables", { "VARIABLES", "变量" }, CELL_LIST, COL_TRUNC },
	{ "source", { "TEXT", "文字" }, CELL_NAME, COL_WIDE },
	{ .path = NULL },
};

const struct table table_template = { "id", template_columns, NULL };

static const struct column preview_columns[] = {
	{ "id", { "NAME", "名称" }, CELL_TEXT, 0 },
	{ "text", { "TEXT", "文字" }, CELL_NAME, 0 },
	{ "message", { "MESSAGE", "消息" }, CELL_NAME, 0 },
	{ .path = NULL },
};

const struct table table_template_preview = { "id", preview_columns, NULL };

static void show_lines(const char *text)
{
	while (*text != '\0') {
		struct buf line = BUF_EMPTY, clean = BUF_EMPTY;
		size_t len = strcspn(text, "\n");

		buf_add(&line, text, len);
		term_clean(&clean, buf_str(&line));
		out_line(buf_str(&clean));
		buf_clear(&line);
		buf_clear(&clean);
		text += len + (text[len] == '\n');
	}
}

int cmd_template_preview(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_target(&target, invocation);
	code = ask_get(client, buf_str(&target), &doc);
	buf_clear(&target);
	if (code != CODE_OK || doc == NULL)
		return code;
	if (client->writer == &writer_text) {
		const char *text = write_name(write_at(jr_root(doc), "text"));
		const char *message = write_name(write_at(jr_root(doc), "message"));

		show_lines(text);
		if (strcmp(text, message) != 0) {
			out_line("");
			show_lines(message);
		}
	} else {
		show_document(client, invocation->command->table, doc);
	}
	jr_free(doc);
	return code;
}
