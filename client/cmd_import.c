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

#include "jiebang/clock.h"
#include "jiebang/wire.h"
#include "out.h"

#define BAR_CELLS    24
#define BAR_AFTER_MS 300 /* short uploads show nothing */
#define BAR_EVERY_MS 100
#define MIB          (1024.0 * 1024.0)

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
	{ .path = NULL },
};

const struct table table_calendar_import = { NULL, calendar_import_columns, NULL };

struct bar {
	int64_t began_ms;
	int64_t drawn_ms; /* 0: not yet */
};

static void bar_draw(int64_t sent, int64_t total)
{
	struct buf line = BUF_EMPTY;
	int percent = total > 0 ? (int)(sent * 100 / total) : 0;

	buf_addf(&line, "\r%s ", say_text(TEXT_UPLOADING));
	for (int i = 0; total > 0 && i < BAR_CELLS; i++)
		buf_adds(&line, i < percent * BAR_CELLS / 100 ? "▓" : "░");
	if (total > 0)
		buf_addf(&line, " %3d%%  %.1f / %.1f MiB\033[K", percent, (double)sent / MIB,
			 (double)total / MIB);
	else
		buf_addf(&line, "%.1f MiB\033[K", (double)sent / MIB);
	if (sent == total && total > 0)
		buf_addf(&line, "\r%s\033[K", say_text(TEXT_CHECKING));
	(void)!write(STDERR_FILENO, line.data, line.len);
	buf_clear(&line);
}

static void on_progress(void *arg, int64_t sent, int64_t total)
{
	struct bar *bar = arg;
	int64_t now_ms = clock_mono_ms();

	if (sent == 0 || now_ms - bar->began_ms < BAR_AFTER_MS ||
	    now_ms - bar->drawn_ms < BAR_EVERY_MS)
		return;
	bar->drawn_ms = now_ms;
	bar_draw(sent, total);
}

static void bar_erase(const struct bar *bar)
{
	static const char erase[] = "\r\033[K";

	if (bar->drawn_ms != 0)
		(void)!write(STDERR_FILENO, erase, sizeof(erase) - 1);
}

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
		request.progress = on_progress;
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
