/*
 * What will be sent, and why each date is what it is.
 */
#include "commands.h"

#include <string.h>
#include <unistd.h>

#include "out.h"
#include "when.h"

static const struct column schedule_columns[] = {
	{ "at", { "AT", "时间" }, CELL_INSTANT, 0 },
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "to", { "TO", "对象" }, CELL_WORD, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_WIDE },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "kind", { "KIND", "类型" }, CELL_WORD, COL_WIDE },
	{ "due_on", { "DUE", "截止日" }, CELL_TEXT, COL_WIDE },
	{ "endpoints", { "EP", "接收端" }, CELL_COUNT, COL_RIGHT },
	{ "reason", { "KEPT BACK", "不发缘由" }, CELL_REASON, COL_TRUNC },
	{ .path = NULL },
};

const struct table table_schedule = { "obligation", schedule_columns, NULL };

int cmd_schedule_next(struct client *client, const struct invocation *invocation)
{
	static const struct words nothing = {
		"nothing is to be sent in these days; --days looks further, and a programme has to "
		"be published first",
		"这段时间没有要发送的内容；可用 --days 看得更远；批次须先公布",
	};

	return list_or_say(client, invocation, &nothing);
}

static const struct column explain_columns[] = {
	{ "obligation.id", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "obligation.name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "obligation.due_on", { "DUE", "截止日" }, CELL_DUE, 0 },
	{ "obligation.state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ "rule.id", { "RULE", "规则" }, CELL_TEXT, 0 },
	{ "rule.clause", { "CLAUSE", "条款" }, CELL_NAME, 0 },
	{ "rule.source", { "SOURCE", "来源" }, CELL_WORD, 0 },
	{ "arithmetic", { "ARITHMETIC", "推算" }, CELL_NAME, 0 },
	{ .path = NULL },
};

static const struct column step_columns[] = {
	{ "step", { "STEP", "步骤" }, CELL_STEP, 0 },
	{ "to", { "TO", "对象" }, CELL_WORD, 0 },
	{ "at", { "AT", "时间" }, CELL_MOMENT, 0 },
	{ "moved_from", { "MOVED FROM", "原定日（休息日）" }, CELL_TEXT, 0 },
	{ "outcome", { "OUTCOME", "结果" }, CELL_WORD, 0 },
	{ "reason", { "REASON", "原因" }, CELL_REASON, COL_TRUNC },
	{ .path = NULL },
};

static const struct table table_steps = { NULL, step_columns, NULL };

static const struct section explain_sections[] = {
	{ "steps", { "reminders", "提醒" }, &table_steps },
	{ .path = NULL },
};

const struct table table_explain = { "obligation.id", explain_columns, explain_sections };

static void explain_head(const struct jr_value *answer)
{
	static const struct words anchor = { "published on", "公布日期" };
	struct buf line = BUF_EMPTY;
	struct buf painted = BUF_EMPTY;

	term_clean(&line, write_string_at(answer, "unit.id"));
	buf_adds(&line, "  ");
	term_clean(&line, write_string_at(answer, "unit.lead"));
	buf_addf(&line, " · %s ", say_word(&anchor));
	when_date(&line, write_string_at(answer, "anchor_on"), false);
	term_paint(&painted, TONE_BOLD, buf_str(&line));
	out_line(buf_str(&painted));
	buf_clear(&line);
	buf_clear(&painted);
}

int cmd_schedule_explain(struct client *client, const struct invocation *invocation)
{
	const struct jr_value *obligations;
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	struct sheet sheet;
	int code;

	command_target(&target, invocation);
	code = ask_get(client, buf_str(&target), &doc);
	buf_clear(&target);
	if (code != CODE_OK || doc == NULL)
		return code;
	sheet_init(&sheet, client->writer, &table_explain, client->header);
	obligations = write_at(jr_root(doc), "obligations");
	if (client->writer == &writer_json || client->writer == &writer_jsonl ||
	    obligations == NULL) {
		sheet_object(&sheet, jr_root(doc));
		jr_free(doc);
		return code;
	}
	if (client->writer->is_text)
		explain_head(jr_root(doc));
	for (size_t i = 0; i < jr_count(obligations); i++) {
		if (client->writer->is_text)
			out_line("");
		sheet_object(&sheet, jr_item(obligations, i));
	}
	jr_free(doc);
	return code;
}

/* A file gets the server's bytes; a terminal gets them cleaned, line by line. */
static bool export_piece(void *arg, const void *data, size_t len)
{
	struct buf *line = arg;
	const char *bytes = data;

	if (!isatty(STDOUT_FILENO)) {
		out_write(data, len);
		return !out_failed();
	}
	for (size_t i = 0; i < len; i++) {
		struct buf clean = BUF_EMPTY;

		if (bytes[i] != '\n') {
			buf_addc(line, bytes[i] != '\0' ? bytes[i] : ' ');
			continue;
		}
		term_clean(&clean, buf_str(line));
		out_line(buf_str(&clean));
		buf_clear(&clean);
		buf_reset(line);
	}
	return out_flush();
}

int cmd_schedule_export(struct client *client, const struct invocation *invocation)
{
	struct buf line = BUF_EMPTY;
	struct call_request request = {
		.method = "GET",
		.target = invocation->command->path,
		.patient = true,
		.sink = export_piece,
		.arg = &line,
	};
	struct jr_doc *doc = NULL;
	int code;

	if (!client->writer->is_text && client->writer != &writer_csv) {
		say(TEXT_EXPORT_CSV_ONLY, client->writer->name);
		return CODE_USAGE;
	}
	code = ask(client, &request, &doc);
	jr_free(doc);
	buf_clear(&line);
	return code;
}
