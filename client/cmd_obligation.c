/*
 * Obligations, and what is filed for them.
 */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jiebang/wire.h"

static const struct column submission_columns[] = {
	{ "id", { "ID", "提交" }, CELL_TEXT, 0 },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "version", { "VERSION", "版本" }, CELL_COUNT, COL_RIGHT },
	{ "filed_at", { "FILED", "提交时间" }, CELL_INSTANT, 0 },
	{ "late", { "LATE", "迟交" }, CELL_WORD, 0 },
	{ "author", { "AUTHOR", "提交人" }, CELL_TEXT, 0 },
	{ "receipt", { "RECEIPT", "回执号" }, CELL_TEXT, 0 },
	{ "summary", { "SUMMARY", "摘要" }, CELL_TEXT, COL_TRUNC },
	{ "content", { "CONTENT", "内容" }, CELL_TEXT, COL_ONCE },
	{ .path = NULL },
};

const struct table table_submission = { "id", submission_columns, NULL };

static const struct column occasion_columns[] = {
	{ "step", { "STEP", "步骤" }, CELL_TEXT, 0 },
	{ "revision", { "REVISION", "修订" }, CELL_COUNT, COL_RIGHT },
	{ "at", { "AT", "时间" }, CELL_MOMENT, 0 },
	{ "outcome", { "OUTCOME", "结果" }, CELL_WORD, 0 },
	{ "reason", { "REASON", "原因" }, CELL_TEXT, COL_TRUNC },
	{ .path = NULL },
};

static const struct table table_occasion = { NULL, occasion_columns, NULL };

static const struct section obligation_sections[] = {
	{ "submissions", { "submissions", "提交" }, &table_submission },
	{ "occasions", { "reminders", "提醒" }, &table_occasion },
	{ .path = NULL },
};

static const struct column obligation_columns[] = {
	{ "id", { "ID", "义务事项" }, CELL_TEXT, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_SHORT },
	{ "due_on", { "DUE", "截止日" }, CELL_DUE, 0 },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ "project", { "PROJECT", "项目" }, CELL_TEXT, COL_WIDE },
	{ "kind", { "KIND", "类型" }, CELL_WORD, COL_WIDE },
	{ "rule", { "RULE", "规则" }, CELL_TEXT, COL_WIDE },
	{ "n", { "N", "序号" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "opens_on", { "OPENS", "开放日" }, CELL_DATE, COL_WIDE },
	{ "last_day_on", { "LAST DAY", "顺延前末日" }, CELL_DATE, COL_WIDE },
	{ "due_at", { "DUE AT", "截止时刻" }, CELL_INSTANT, COL_WIDE },
	{ "provisional", { "PROVISIONAL", "暂定" }, CELL_WORD, COL_WIDE },
	{ "overdue", { "OVERDUE", "逾期" }, CELL_WORD, COL_WIDE },
	{ "revision", { "REVISION", "修订" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ "satisfied_by", { "SATISFIED BY", "以何为完成" }, CELL_WORD, COL_WIDE },
	{ "submitted_at", { "SUBMITTED", "提交时间" }, CELL_INSTANT, COL_WIDE },
	{ "accepted_at", { "ACCEPTED", "通过时间" }, CELL_INSTANT, COL_WIDE },
	{ "next_step.step", { "NEXT STEP", "下一提醒" }, CELL_TEXT, COL_ONCE },
	{ "next_step.at", { "NEXT AT", "提醒时间" }, CELL_MOMENT, COL_ONCE },
	{ .path = NULL },
};

const struct table table_obligation = { "id", obligation_columns, obligation_sections };

/* Reads at most one byte more than a body may have, so that too much is noticed. */
static int read_file(const char *path, struct buf *out)
{
	char piece[8192];
	int fd = open_input(path);
	ssize_t n = -1;

	if (fd < 0)
		return CODE_USAGE;
	do {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			buf_add(out, piece, (size_t)n);
	} while ((n > 0 && out->len <= WIRE_BODY_MAX_BYTES) || (n < 0 && errno == EINTR));
	if (n < 0)
		say(TEXT_NO_FILE, path, strerror(errno));
	if (fd != STDIN_FILENO)
		close(fd);
	return n < 0 ? CODE_USAGE : CODE_OK;
}

static int too_large(const char *path)
{
	char limit[16];

	(void)snprintf(limit, sizeof(limit), "%d", WIRE_BODY_MAX_BYTES);
	say(TEXT_FILE_TOO_LARGE, path, limit);
	return CODE_USAGE;
}

/* The content is checked here as well: a slip is told with the file's name, before anything is sent. */
static int read_content(const char *path, struct jr_doc **doc)
{
	struct buf text = BUF_EMPTY;
	struct problem problem;
	int code = read_file(path, &text);

	if (code == CODE_OK && text.len > WIRE_BODY_MAX_BYTES)
		code = too_large(path);
	if (code == CODE_OK && jr_read(buf_str(&text), text.len, doc, &problem) != FAULT_NONE) {
		say(TEXT_CONTENT_BROKEN, path, problem.detail);
		code = CODE_USAGE;
	}
	if (code == CODE_OK && jr_type(jr_root(*doc)) != JR_OBJECT) {
		say(TEXT_CONTENT_NOT_OBJECT, path);
		code = CODE_USAGE;
	}
	buf_clear(&text);
	return code;
}

static void report_body(struct buf *body, const struct invocation *invocation,
			const struct jr_doc *content)
{
	struct buf text = BUF_EMPTY;
	struct jw json;

	jw_init(&json, body);
	jw_object(&json);
	command_members(&json, invocation);
	if (content != NULL) {
		jr_write(jr_root(content), &text);
		jw_key(&json, "content");
		jw_raw(&json, buf_str(&text), text.len);
	}
	jw_object_end(&json);
	buf_clear(&text);
}

static int send_report(struct client *client, const struct invocation *invocation,
		       const struct buf *body)
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

int cmd_report_submit(struct client *client, const struct invocation *invocation)
{
	const char *path = option_value(invocation, "--file");
	struct jr_doc *content = NULL;
	struct buf body = BUF_EMPTY;
	int code = path != NULL ? read_content(path, &content) : CODE_OK;

	if (code == CODE_OK) {
		report_body(&body, invocation, content);
		if (body.len > WIRE_BODY_MAX_BYTES)
			code = too_large(path != NULL ? path : "--summary");
	}
	if (code == CODE_OK)
		code = send_report(client, invocation, &body);
	jr_free(content);
	buf_clear(&body);
	return code;
}
