/*
 * Uploads: shortlists and calendars. The file is streamed as it is; encoding, header and rules are judged by the
 * server, which keeps all of it or nothing.
 */
#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bar.h"
#include "jiebang/clock.h"
#include "jiebang/wire.h"
#include "out.h"

static const struct column import_columns[] = {
	{ "imported", { "imported", "已导入" }, CELL_COUNT, COL_RIGHT },
	{ "units_total", { "units", "揭榜单位总数" }, CELL_COUNT, COL_RIGHT },
	{ "dry_run", { "dry run", "试运行" }, CELL_WORD, 0 },
	{ "warnings", { "warnings", "警告" }, CELL_COUNT, COL_RIGHT },
	{ .path = NULL },
};

const struct table table_import = { NULL, import_columns, NULL };

static const struct column calendar_columns[] = {
	{ "year", { "YEAR", "年份" }, CELL_COUNT, 0 },
	{ "holidays", { "HOLIDAYS", "节假日" }, CELL_COUNT, COL_RIGHT },
	{ "workdays", { "MAKE-UP WORKDAYS", "调休上班日" }, CELL_COUNT, COL_RIGHT },
	{ .path = NULL },
};

const struct table table_calendar = { "year", calendar_columns, NULL };

static const struct column calendar_import_columns[] = {
	{ "years", { "years", "年份" }, CELL_LIST, 0 },
	{ "days", { "days", "天数" }, CELL_COUNT, COL_RIGHT },
	{ "moved", { "obligations moved", "日期变动的义务事项" }, CELL_COUNT, COL_RIGHT },
	{ "windows_moved", { "windows moved", "攻关期变动的揭榜单位" }, CELL_COUNT, COL_RIGHT },
	{ .path = NULL },
};

const struct table table_calendar_import = { NULL, calendar_import_columns, NULL };

/* The size of a regular file, -1 for what has none; refuses what the server would. */
static int measure(int fd, const char *path, int64_t *bytes)
{
	struct stat status;
	char limit[24];

	*bytes = -1;
	if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
		say(TEXT_NO_FILE, path, strerror(S_ISDIR(status.st_mode) ? EISDIR : errno));
		return CODE_USAGE;
	}
	if (!S_ISREG(status.st_mode))
		return CODE_OK;
	*bytes = status.st_size - lseek(fd, 0, SEEK_CUR);
	if (*bytes <= 0) {
		say(TEXT_FILE_EMPTY, path);
		return CODE_USAGE;
	}
	if (*bytes > WIRE_IMPORT_MAX_BYTES) {
		(void)snprintf(limit, sizeof(limit), "%lld", WIRE_IMPORT_MAX_BYTES);
		say(TEXT_FILE_TOO_LARGE, path, limit);
		return CODE_USAGE;
	}
	return CODE_OK;
}

static int upload(struct client *client, const struct invocation *invocation, int fd,
		  struct jr_doc **doc)
{
	struct bar bar = { .began_ms = clock_mono_ms() };
	struct buf target = BUF_EMPTY;
	struct call_request request = {
		.method = "POST",
		.content_type = "text/csv",
		.upload = true,
		.upload_fd = fd,
		.patient = true,
		.arg = &bar,
	};
	int code = measure(fd, client->file, &request.upload_bytes);

	if (code != CODE_OK)
		return code;
	if (isatty(STDERR_FILENO) && client->writer != &writer_ids)
		request.progress = bar_progress;
	command_target(&target, invocation);
	request.target = buf_str(&target);
	code = ask(client, &request, doc);
	bar_erase(&bar);
	buf_clear(&target);
	return code;
}

/* Opens the file, uploads it, gives the answer. */
static int import_file(struct client *client, const struct invocation *invocation,
		       struct jr_doc **doc)
{
	int fd = open_input(invocation->args[0]);
	int code;

	if (fd < 0)
		return CODE_USAGE;
	client->file = invocation->args[0];
	code = upload(client, invocation, fd, doc);
	if (fd != STDIN_FILENO)
		close(fd);
	return code;
}

static void tell_import(const struct jr_value *result, const char *programme)
{
	struct buf count = BUF_EMPTY;
	struct buf imported = BUF_EMPTY;
	struct buf total = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	buf_addf(&count, "%" PRId64, write_number_at(result, "imported"));
	say_fill(&imported,
		 write_number_at(result, "imported") == 1 ? TEXT_ONE_UNIT : TEXT_SOME_UNITS,
		 buf_str(&count));
	buf_addf(&total, "%" PRId64, write_number_at(result, "units_total"));
	say_fill(&line, write_truth_at(result, "dry_run") ? TEXT_IMPORT_CHECKED : TEXT_IMPORTED,
		 buf_str(&imported), programme, buf_str(&total));
	out_line(buf_str(&line));
	buf_clear(&count);
	buf_clear(&imported);
	buf_clear(&total);
	buf_clear(&line);
}

int cmd_unit_import(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *doc = NULL;
	int code = import_file(client, invocation, &doc);

	if (code == CODE_OK && doc != NULL && client->writer->is_text)
		tell_import(jr_root(doc), option_value(invocation, "--programme"));
	else if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && doc != NULL && out_flush())
		ask_tell_warnings(client, jr_root(doc));
	jr_free(doc);
	return code;
}

int cmd_calendar_import(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *doc = NULL;
	int code = import_file(client, invocation, &doc);

	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && option_value(invocation, "--dry-run") != NULL && out_flush())
		say(TEXT_DRY_RUN);
	jr_free(doc);
	return code;
}
