/*
 * Files handed in. An upload is announced by its size and SHA-256, and appended where the server says that
 * it stands; when a connection breaks, announcing it once more tells how far it came, or that it is there already. So
 * the same command, run again, goes on instead of beginning anew.
 */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bar.h"
#include "jiebang/clock.h"
#include "jiebang/digest.h"
#include "out.h"

#define PIECE_BYTES (256 * 1024)
#define TRIES       5 /* that bring no byte further */
#define PAUSE_MS    500

static const struct column material_columns[] = {
	{ "id", { "ID", "材料" }, CELL_TEXT, 0 },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, COL_WIDE },
	{ "item", { "ITEM", "项目" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "文件名" }, CELL_TEXT, COL_TRUNC },
	{ "size_bytes", { "BYTES", "字节" }, CELL_COUNT, COL_RIGHT },
	{ "added_at", { "ADDED", "提交时间" }, CELL_INSTANT, 0 },
	{ "author", { "AUTHOR", "提交人" }, CELL_TEXT, COL_WIDE },
	{ "added_by", { "BY", "操作者" }, CELL_TEXT, COL_WIDE },
	{ "removed.at", { "REMOVED", "撤回时间" }, CELL_INSTANT, 0 },
	{ "removed.reason", { "REASON", "理由" }, CELL_TEXT, COL_WIDE },
	{ "sha256", { "SHA-256", "SHA-256" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_material = { "id", material_columns, NULL };

static const struct column item_columns[] = {
	{ "id", { "ITEM", "项目" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "required", { "REQUIRED", "必需" }, CELL_WORD, 0 },
	{ "files", { "FILES", "文件数" }, CELL_COUNT, COL_RIGHT },
	{ "missing", { "MISSING", "缺" }, CELL_WORD, 0 },
	{ "types", { "TYPES", "类型" }, CELL_LIST, COL_TRUNC },
	{ "max_bytes", { "AT MOST", "上限（字节）" }, CELL_COUNT, COL_RIGHT },
	{ .path = NULL },
};

static const struct table table_item = { "id", item_columns, NULL };

static const struct section checklist_sections[] = {
	{ "items", { "items", "项目" }, &table_item },
	{ .path = NULL },
};

static const struct column checklist_columns[] = {
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "checklist", { "CHECKLIST", "材料清单" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "complete", { "COMPLETE", "齐全" }, CELL_WORD, 0 },
	{ "missing", { "MISSING", "缺项数" }, CELL_ALARM, 0 },
	{ .path = NULL },
};

const struct table table_checklist = { "obligation", checklist_columns, checklist_sections };

static const struct column bad_columns[] = {
	{ "file", { "FILE", "文件" }, CELL_TEXT, 0 },
	{ "problem", { "PROBLEM", "问题" }, CELL_WORD, 0 },
	{ "materials", { "MATERIALS", "材料" }, CELL_LIST, 0 },
	{ .path = NULL },
};

static const struct table table_bad = { "file", bad_columns, NULL };

static const struct section files_sections[] = {
	{ "bad", { "damaged", "损坏" }, &table_bad },
	{ .path = NULL },
};

static const struct column files_columns[] = {
	{ "ok", { "all whole", "全部完好" }, CELL_WORD, 0 },
	{ "files", { "files", "文件数" }, CELL_COUNT, COL_RIGHT },
	{ "bytes", { "bytes", "字节" }, CELL_COUNT, COL_RIGHT },
	{ "bad_count", { "damaged", "损坏" }, CELL_ALARM, COL_RIGHT },
	{ .path = NULL },
};

const struct table table_files = { NULL, files_columns, files_sections };

/* ---- handing in ---- */

struct sending {
	struct client *client;
	const struct invocation *invocation;
	const char *path;
	int fd;
	int64_t size;
	char sha256[DIGEST_HEX_BYTES];
	struct bar bar;
	int64_t offset; /* where the server stands */
	char id[64];    /* of the upload */
};

static int no_file(const char *path, int error)
{
	say(TEXT_NO_FILE, path, strerror(error));
	return CODE_USAGE;
}

/* Size and hash, in one reading. */
static int measure(struct sending *sending)
{
	struct digest *digest;
	struct stat status;
	uint8_t sha256[DIGEST_BYTES];
	char *piece;
	ssize_t n;

	if (fstat(sending->fd, &status) != 0)
		return no_file(sending->path, errno);
	if (!S_ISREG(status.st_mode)) {
		say(TEXT_NOT_A_FILE, sending->path);
		return CODE_USAGE;
	}
	piece = xmalloc(PIECE_BYTES);
	digest = digest_new();
	while ((n = read(sending->fd, piece, PIECE_BYTES)) > 0) {
		digest_add(digest, piece, (size_t)n);
		sending->size += n;
	}
	digest_finish(digest, sha256);
	digest_hex(sha256, sizeof(sha256), sending->sha256);
	digest_free(digest);
	free(piece);
	if (n < 0)
		return no_file(sending->path, errno);
	if (sending->size == 0) {
		say(TEXT_FILE_EMPTY, sending->path);
		return CODE_USAGE;
	}
	return CODE_OK;
}

static void announce_body(const struct sending *sending, struct buf *body)
{
	const char *name = option_value(sending->invocation, "--name");
	const char *author = option_value(sending->invocation, "--author");
	struct jw json;

	jw_init(&json, body);
	jw_object(&json);
	jw_kv_str(&json, "item", option_value(sending->invocation, "--item"));
	jw_kv_str(&json, "name", name != NULL ? name : base_name(sending->path));
	jw_kv_int(&json, "size_bytes", sending->size);
	jw_kv_str(&json, "sha256", sending->sha256);
	if (author != NULL)
		jw_kv_str(&json, "author", author);
	jw_object_end(&json);
}

/* *doc is left NULL when there is something to send. */
static int announce(struct sending *sending, struct jr_doc **doc)
{
	struct buf target = BUF_EMPTY, body = BUF_EMPTY;
	int code;

	command_target(&target, sending->invocation);
	announce_body(sending, &body);
	code = ask_post(sending->client, buf_str(&target), buf_str(&body), doc);
	buf_clear(&target);
	buf_clear(&body);
	if (code != CODE_OK || *doc == NULL || write_at(jr_root(*doc), "material") != NULL)
		return code;
	sending->offset = write_number_at(jr_root(*doc), "offset");
	(void)snprintf(sending->id, sizeof(sending->id), "%s",
		       write_string_at(jr_root(*doc), "id"));
	jr_free(*doc);
	*doc = NULL;
	return CODE_OK;
}

static enum call_end append(struct sending *sending, struct call_reply *reply)
{
	struct buf target = BUF_EMPTY, header = BUF_EMPTY;
	struct call_request request = {
		.method = "PATCH",
		.content_type = "application/offset+octet-stream",
		.upload = true,
		.upload_fd = sending->fd,
		.upload_from = sending->offset,
		.upload_bytes = sending->size - sending->offset,
		.once = true,
		.patient = true,
		.arg = &sending->bar,
	};
	enum call_end end;

	if (isatty(STDERR_FILENO) && sending->client->writer != &writer_ids)
		request.progress = bar_progress;
	sending->bar.before_bytes = sending->offset;
	buf_adds(&target, "/v1/uploads/");
	call_encode(&target, sending->id);
	buf_addf(&header, "Upload-Offset: %" PRId64, sending->offset);
	request.target = buf_str(&target);
	request.header = buf_str(&header);
	(void)lseek(sending->fd, (off_t)sending->offset, SEEK_SET);
	end = call_send(sending->client->call, &request, reply);
	bar_erase(&sending->bar);
	buf_clear(&target);
	buf_clear(&header);
	return end;
}

/* Whether announcing it once more may help: the connection broke, or the server stands elsewhere. */
static bool may_go_on(enum call_end end, const struct call_reply *reply)
{
	if (end == CALL_ANSWERED)
		return reply->status == 409 || reply->status == 404 || reply->status == 408;
	return end == CALL_BROKEN || end == CALL_UNREACHABLE || end == CALL_TIMED_OUT;
}

static void tell_resumed(const struct sending *sending)
{
	char at[24], of[24];

	(void)snprintf(at, sizeof(at), "%" PRId64, sending->offset);
	(void)snprintf(of, sizeof(of), "%" PRId64, sending->size);
	say(TEXT_UPLOAD_RESUMED, at, of);
}

static void pause_a_moment(void)
{
	struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };

	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		;
}

/* One round: announce, append. `again` says that another may help. */
static int round_once(struct sending *sending, struct jr_doc **doc, bool *again)
{
	struct call_reply reply;
	enum call_end end;
	int code = announce(sending, doc);

	*again = false;
	if (code != CODE_OK || *doc != NULL)
		return code;
	if (sending->offset > 0)
		tell_resumed(sending);
	end = append(sending, &reply);
	*again = may_go_on(end, &reply);
	if (!*again)
		code = ask_end(sending->client, end, &reply, doc);
	buf_clear(&reply.body);
	return code;
}

static int send_all(struct sending *sending, struct jr_doc **doc)
{
	int64_t reached = -1;
	bool again = true;
	int code = CODE_OK;

	for (int tries = 0; again && tries < TRIES; tries++) {
		if (tries > 0)
			pause_a_moment();
		code = round_once(sending, doc, &again);
		if (sending->offset > reached)
			tries = 0;
		reached = sending->offset;
	}
	if (again) {
		say(TEXT_BROKEN, call_server(sending->client->call), "");
		code = CODE_UNREACHABLE;
	}
	if (code == CODE_UNREACHABLE)
		say_more(TEXT_UPLOAD_GAVE_UP);
	return code;
}

static void show_material(struct client *client, const struct jr_doc *doc)
{
	const struct jr_value *material = write_at(jr_root(doc), "material");
	struct sheet sheet;

	sheet_init(&sheet, client->writer, &table_material, client->header);
	sheet_object(&sheet, material != NULL ? material : jr_root(doc));
}

int cmd_material_add(struct client *client, const struct invocation *invocation)
{
	struct sending sending = { .client = client,
				   .invocation = invocation,
				   .path = invocation->args[0],
				   .bar = { .began_ms = clock_mono_ms() } };
	struct jr_doc *doc = NULL;
	int code;

	sending.fd = open(sending.path, O_RDONLY | O_CLOEXEC);
	if (sending.fd < 0)
		return no_file(sending.path, errno);
	code = measure(&sending);
	if (code == CODE_OK)
		code = send_all(&sending, &doc);
	if (code == CODE_OK && doc != NULL)
		show_material(client, doc);
	jr_free(doc);
	close(sending.fd);
	return code;
}

/* ---- checking ---- */

/* Anything but a clear "ok" is damage, as with the audit chain. */
int cmd_material_verify(struct client *client, const struct invocation *invocation)
{
	struct call_request request = { .method = "GET",
					.target = invocation->command->path,
					.patient = true };
	struct jr_doc *doc = NULL;
	struct buf count = BUF_EMPTY;
	int code = ask(client, &request, &doc);

	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	if (code == CODE_OK && (doc == NULL || !write_truth_at(jr_root(doc), "ok"))) {
		if (doc != NULL)
			buf_addf(&count, "%" PRId64, write_number_at(jr_root(doc), "bad_count"));
		if (out_flush())
			say(TEXT_MATERIALS_DAMAGED, buf_str(&count));
		code = CODE_FAILED;
	}
	jr_free(doc);
	buf_clear(&count);
	return code;
}
