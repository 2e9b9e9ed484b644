/*
 * The three shapes that most commands have: a list, one object, a write whose answer is shown.
 */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

static bool list_row(void *arg, const struct jr_value *row)
{
	sheet_row(arg, row);
	return true;
}

static void list_page(void *arg)
{
	sheet_page(arg);
}

int cmd_list(struct client *client, const struct invocation *invocation)
{
	return list_or_say(client, invocation, NULL);
}

int list_or_say(struct client *client, const struct invocation *invocation,
		const struct words *nothing)
{
	struct buf target = BUF_EMPTY;
	int code;

	command_target(&target, invocation);
	code = list_target(client, invocation, buf_str(&target), nothing);
	buf_clear(&target);
	return code;
}

int list_target(struct client *client, const struct invocation *invocation, const char *target,
		const struct words *nothing)
{
	struct sheet sheet;
	struct pages pages = { list_row, list_page, &sheet };
	int code;

	sheet_init(&sheet, client->writer, invocation->command->table, client->header);
	sheet.nothing = nothing;
	sheet_begin(&sheet);
	code = ask_pages(client, target, &pages);
	if (code == CODE_OK)
		sheet_end(&sheet);
	return code;
}

/* A list that comes whole: wire.h gives it neither limit nor cursor. */
int cmd_list_whole(struct client *client, const struct invocation *invocation)
{
	const struct jr_value *data = NULL;
	struct jr_doc *doc = NULL;
	struct sheet sheet;
	int code = ask_get(client, invocation->command->path, &doc);

	if (code == CODE_OK && doc != NULL)
		data = write_at(jr_root(doc), "data");
	if (code == CODE_OK && (data == NULL || jr_type(data) != JR_ARRAY)) {
		say(TEXT_GARBAGE, call_server(client->call), say_text(TEXT_NOT_A_LIST));
		code = CODE_FAILED;
	}
	if (code == CODE_OK) {
		size_t n = jr_count(data);

		if (client->limit > 0 && n > (size_t)client->limit)
			n = (size_t)client->limit;
		sheet_init(&sheet, client->writer, invocation->command->table, client->header);
		sheet_begin(&sheet);
		for (size_t i = 0; i < n; i++)
			sheet_row(&sheet, jr_item(data, i));
		sheet_end(&sheet);
	}
	jr_free(doc);
	return code;
}

void show_document(const struct client *client, const struct table *table, const struct jr_doc *doc)
{
	struct sheet sheet;

	if (doc == NULL)
		return;
	sheet_init(&sheet, client->writer, table, client->header);
	sheet_object(&sheet, jr_root(doc));
}

int cmd_show(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_target(&target, invocation);
	code = ask_get(client, buf_str(&target), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	jr_free(doc);
	buf_clear(&target);
	return code;
}

int cmd_write(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct buf body = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_target(&target, invocation);
	command_body(&body, invocation);
	code = ask_write(client, invocation->command->method, buf_str(&target),
			 body.len > 0 ? buf_str(&body) : NULL, &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL && out_flush())
		ask_tell_warnings(client, jr_root(doc));
	if (code == CODE_OK && option_value(invocation, "--dry-run") != NULL && out_flush())
		say(TEXT_DRY_RUN);
	jr_free(doc);
	buf_clear(&target);
	buf_clear(&body);
	return code;
}

int tell_secret(const struct client *client, const struct jr_value *made, const char *member)
{
	bool shown = write_at(made, member) != NULL;

	if (!client->writer->is_text && client->writer != &writer_ids)
		return CODE_OK;
	if (!out_flush())
		return CODE_OK; /* told at the end */
	if (!shown)
		say(TEXT_SECRET_GONE, member);
	else if (client->writer->is_text)
		say(TEXT_KEEP_SECRET, member);
	return shown || client->writer->is_text ? CODE_OK : CODE_FAILED;
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int open_input(const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		say(TEXT_NO_FILE, path, strerror(errno));
	return fd;
}
