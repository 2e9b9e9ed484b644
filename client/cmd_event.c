/*
 * The last events, oldest first, as tail(1) does with lines; follow.c goes on from there.
 */
#include "commands.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "jiebang/text.h"
#include "out.h"

#define PAGE_ROWS 500
#define LINES     10

static const struct column event_columns[] = {
	{ "seq", { "SEQ", "序号" }, CELL_COUNT, COL_RIGHT },
	{ "at", { "AT", "时间" }, CELL_INSTANT, 0 },
	{ "type", { "TYPE", "事件" }, CELL_WORD, 0 },
	{ "programme", { "PROGRAMME", "批次" }, CELL_TEXT, COL_WIDE },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, 0 },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "data", { "DATA", "数据" }, CELL_TEXT, COL_TRUNC },
	{ .path = NULL },
};

const struct table table_event = { "seq", event_columns, NULL };

struct tail {
	struct client *client;
	const struct invocation *invocation;
	struct sheet sheet;
	char *cursor; /* NULL: from the beginning */
	int64_t last; /* the first page: so many, counted from the end; 0: from the cursor on */
	int64_t left; /* rows still wanted; -1: all */
	int64_t got;  /* rows of the last page */
};

static void tail_target(const struct tail *tail, struct buf *out)
{
	int64_t rows = tail->left >= 0 && tail->left < PAGE_ROWS ? tail->left : PAGE_ROWS;

	command_target(out, tail->invocation);
	buf_addf(out, "%c%s=%" PRId64, strchr(buf_str(out), '?') != NULL ? '&' : '?',
		 tail->last > 0 ? "last" : "limit", tail->last > 0 ? tail->last : rows);
	if (tail->cursor != NULL) {
		buf_adds(out, "&cursor=");
		call_encode(out, tail->cursor);
	}
}

static int take_events(struct tail *tail, const struct jr_doc *doc)
{
	const struct jr_value *data = doc != NULL ? write_at(jr_root(doc), "data") : NULL;
	const char *next = doc != NULL ? write_string_at(jr_root(doc), "next") : "";

	if (data == NULL || jr_type(data) != JR_ARRAY) {
		say(TEXT_GARBAGE, call_server(tail->client->call), say_text(TEXT_NOT_A_LIST));
		return CODE_FAILED;
	}
	tail->got = (int64_t)jr_count(data);
	tail->last = 0;
	for (int64_t i = 0; i < tail->got && tail->left != 0; i++) {
		sheet_row(&tail->sheet, jr_item(data, (size_t)i));
		if (tail->left > 0)
			tail->left--;
	}
	sheet_page(&tail->sheet);
	if (next[0] != '\0') {
		free(tail->cursor);
		tail->cursor = xstrdup(next);
	}
	return CODE_OK;
}

static int tail_page(struct tail *tail)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	tail_target(tail, &target);
	code = ask_get(tail->client, buf_str(&target), &doc);
	if (code == CODE_OK)
		code = take_events(tail, doc);
	jr_free(doc);
	buf_clear(&target);
	return code;
}

static int tail_pages(struct tail *tail)
{
	int code = CODE_OK;

	while (code == CODE_OK && tail->got > 0 && tail->left != 0 && !out_failed())
		code = tail_page(tail);
	if (code == CODE_OK)
		sheet_end(&tail->sheet);
	if (code == CODE_OK && tail->cursor != NULL && tail->client->writer->is_text)
		say(TEXT_NEXT_CURSOR, tail->cursor);
	return code;
}

/* The same filters, asked of the stream. */
static int tail_follow(struct tail *tail)
{
	static const char list[] = "/v1/events";
	struct follow follow = { .client = tail->client,
				 .sheet = &tail->sheet,
				 .cursor = tail->cursor,
				 .last = tail->last,
				 .left = tail->left };
	struct buf target = BUF_EMPTY, stream = BUF_EMPTY;
	int code;

	command_target(&target, tail->invocation);
	INVARIANT(strncmp(buf_str(&target), list, sizeof(list) - 1) == 0);
	buf_addf(&stream, "%s/stream%s", list, buf_str(&target) + sizeof(list) - 1);
	follow.target = buf_str(&stream);
	code = follow_feed(&follow);
	if (code == CODE_OK)
		sheet_end(&tail->sheet);
	tail->cursor = follow.cursor;
	buf_clear(&target);
	buf_clear(&stream);
	return code;
}

/* Where it begins: of --lines, --from and --cursor at most one. */
static int tail_begin(struct tail *tail)
{
	static const char *const ways[] = { "--lines", "--from", "--cursor" };
	const char *value[3];
	const char *given = NULL;
	struct buf before = BUF_EMPTY;
	int64_t number = 0;

	for (size_t i = 0; i < 3; i++) {
		value[i] = option_value(tail->invocation, ways[i]);
		if (value[i] != NULL && given != NULL) {
			say(TEXT_NOT_BOTH, given, ways[i]);
			return CODE_USAGE;
		}
		given = value[i] != NULL ? ways[i] : given;
	}
	if (value[2] != NULL) {
		tail->cursor = xstrdup(value[2]);
	} else if (value[1] != NULL && text_parse_i64(value[1], 1, INT32_MAX, &number)) {
		buf_addf(&before, "%" PRId64, number - 1);
		tail->cursor = buf_take(&before);
	} else {
		tail->last = tail->left > 0 && tail->left < LINES ? tail->left : LINES;
		if (value[0] != NULL)
			(void)text_parse_i64(value[0], 1, INT32_MAX, &tail->last);
	}
	return CODE_OK;
}

int cmd_event_tail(struct client *client, const struct invocation *invocation)
{
	struct tail tail = {
		.client = client,
		.invocation = invocation,
		.left = client->limit > 0 ? client->limit : -1,
		.got = 1,
	};
	bool follow = option_value(invocation, "--follow") != NULL;
	int code = tail_begin(&tail);

	if (code != CODE_OK)
		return code;
	if (!follow && tail.last > 0 && tail.left < 0)
		tail.left = tail.last;
	sheet_init(&tail.sheet, client->writer, &table_event, client->header);
	sheet_begin(&tail.sheet);
	code = follow ? tail_follow(&tail) : tail_pages(&tail);
	free(tail.cursor);
	return code;
}
