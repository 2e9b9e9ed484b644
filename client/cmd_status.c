/*
 * `status`: everything on one screen of 25 lines and 80 columns.
 */
#include "commands.h"

#include <inttypes.h>
#include <string.h>

#include "jiebang/civil.h"
#include "out.h"
#include "when.h"

#define PROGRAMMES_SHOWN 13
#define INSTANCE_WIDTH   9
#define SCREEN_COLUMNS   80
#define LABEL_WIDTH      12

static const struct column status_columns[] = {
	{ "id", { "PROGRAMME", "批次" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_WIDE },
	{ "units", { "UNITS", "单位" }, CELL_COUNT, COL_RIGHT },
	{ "owed", { "OWED", "应交" }, CELL_COUNT, COL_RIGHT },
	{ "overdue", { "OVERDUE", "逾期" }, CELL_ALARM, COL_RIGHT },
	{ "due_7d", { "7D", "7天内" }, CELL_COUNT, COL_RIGHT },
	{ "due_30d", { "30D", "30天内" }, CELL_COUNT, COL_RIGHT },
	{ "submitted", { "FILED", "待审" }, CELL_COUNT, COL_RIGHT },
	{ "accepted", { "ACCEPTED", "通过" }, CELL_COUNT, COL_RIGHT },
	{ "window_ends_on", { "WINDOW ENDS", "攻关期止" }, CELL_TEXT, 0 },
	{ "published_on", { "PUBLISHED", "公布日期" }, CELL_TEXT, COL_WIDE },
	{ "unreachable", { "UNREACHABLE", "无接收端" }, CELL_ALARM, COL_WIDE | COL_RIGHT },
	{ "obligations", { "OBLIGATIONS", "义务事项" }, CELL_COUNT, COL_WIDE | COL_RIGHT },
	{ .path = NULL },
};

const struct table table_status = { "id", status_columns, NULL };

static void line_label(struct buf *line, const struct words *label)
{
	term_pad(line, say_word(label), LABEL_WIDTH);
}

static void head_line(const struct jr_value *status, bool wide)
{
	static const struct words clock_word = { "clock", "时钟" };
	struct buf line = BUF_EMPTY;
	struct buf clock = BUF_EMPTY;
	struct buf instance = BUF_EMPTY;

	buf_adds(&line, "jiebang ");
	term_clean(&line, write_string_at(status, "version"));
	buf_adds(&line, " · ");
	term_clean(&instance, write_string_at(status, "instance"));
	if (wide)
		buf_adds(&line, buf_str(&instance));
	else
		(void)term_fit(&line, buf_str(&instance), INSTANCE_WIDTH);
	buf_adds(&line, " · ");
	when_instant(&line, write_string_at(status, "now"), false);
	buf_addf(&line, " · %s ", say_word(&clock_word));
	term_clean(&clock, write_word(write_string_at(status, "clock")));
	term_paint(&line, write_word_tone(write_string_at(status, "clock")), buf_str(&clock));
	out_line(buf_str(&line));
	buf_clear(&clock);
	buf_clear(&instance);
	buf_clear(&line);
}

/* A held clock sends nothing: it stands first, and says how to go on. */
static void hold_line(const struct jr_value *status)
{
	static const struct words hold_word = { "CLOCK HOLD", "时钟暂停" };
	static const struct words how = { "nothing is sent until: jiebangctl clock accept",
					  "确认前不发送任何消息：jiebangctl clock accept" };
	const struct jr_value *hold = write_at(status, "hold");
	struct buf text = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	if (hold == NULL)
		return;
	buf_addf(&text, "%s: ", say_word(&hold_word));
	term_clean(&text, write_said_at(hold, "reason"));
	buf_adds(&text, " · ");
	when_instant(&text, write_string_at(hold, "since"), false);
	term_paint(&line, TONE_BAD, buf_str(&text));
	buf_adds(&line, "\n  ");
	buf_adds(&line, say_word(&how));
	out_line(buf_str(&line));
	buf_clear(&line);
	buf_clear(&text);
}

/* Years that dates wait for: they are provisional until the calendar is imported. */
static void calendar_lines(const struct jr_value *status)
{
	const struct jr_value *years = write_at(status, "calendars.missing");

	for (size_t i = 0; years != NULL && i < jr_count(years); i++) {
		const struct jr_value *gap = jr_item(years, i);
		struct buf year = BUF_EMPTY;
		struct buf text = BUF_EMPTY;
		struct buf line = BUF_EMPTY;

		jr_write(write_at(gap, "year"), &year);
		say_fill(&text, TEXT_CALENDAR_MISSING, buf_str(&year),
			 write_string_at(gap, "first_needed_on"));
		term_paint(&line, TONE_WARN, buf_str(&text));
		out_line(buf_str(&line));
		buf_clear(&year);
		buf_clear(&text);
		buf_clear(&line);
	}
}

static void programme_table(const struct client *client, const struct jr_value *programmes)
{
	size_t n = programmes != NULL ? jr_count(programmes) : 0;
	struct sheet sheet;
	struct buf count = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	sheet_init(&sheet, client->writer, &table_status, client->header);
	for (size_t i = 0; i < n && (sheet.wide || i < PROGRAMMES_SHOWN); i++)
		sheet_row(&sheet, jr_item(programmes, i));
	if (n > 0)
		out_line("");
	sheet_page(&sheet);
	if (!sheet.wide && n > PROGRAMMES_SHOWN) {
		buf_addf(&count, "%zu", n - PROGRAMMES_SHOWN);
		say_fill(&line, TEXT_MORE_ROWS, buf_str(&count), "jiebangctl status -o wide");
		out_line(buf_str(&line));
	}
	buf_clear(&count);
	buf_clear(&line);
}

/* " · held 2"; into a new line where it would pass the screen's edge. */
static void add_count(struct buf *line, const char *key, int64_t count, size_t *column)
{
	struct buf text = BUF_EMPTY;
	enum tone tone = count > 0 ? write_word_tone(key) : TONE_PLAIN;
	size_t columns;

	term_clean(&text, write_word(key));
	buf_addf(&text, " %" PRId64, count);
	columns = term_columns(buf_str(&text)) + strlen(" - ");
	if (*column + columns > SCREEN_COLUMNS) {
		buf_addc(line, '\n');
		term_pad(line, "", LABEL_WIDTH);
		*column = LABEL_WIDTH;
	} else if (*column > LABEL_WIDTH) {
		buf_adds(line, " · ");
	}
	*column += columns;
	term_paint(line, tone == TONE_GOOD ? TONE_PLAIN : tone, buf_str(&text));
	buf_clear(&text);
}

/* The members of an object of counts, bad news in red. */
static void counts_line(const struct words *label, const struct jr_value *counts)
{
	const struct jr_value *value;
	const char *key;
	struct buf line = BUF_EMPTY;
	size_t column = LABEL_WIDTH;

	line_label(&line, label);
	for (size_t i = 0; (value = jr_member_at(counts, i, &key)) != NULL; i++) {
		int64_t count = 0;

		(void)jr_integer(value, &count);
		add_count(&line, key, count, &column);
	}
	out_line(buf_str(&line));
	buf_clear(&line);
}

/* Units whose reminders go nowhere, of all programmes, and how to see which. */
static void unreachable_line(const struct jr_value *programmes)
{
	static const struct words label = { "unreachable", "无接收端" };
	static const struct words what = { "units owing, no endpoint",
					   "有应交事项而无接收端的单位" };
	int64_t count, sum = 0;
	struct buf text = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	for (size_t i = 0; programmes != NULL && i < jr_count(programmes); i++)
		if (jr_integer(write_at(jr_item(programmes, i), "unreachable"), &count))
			sum += count;
	if (sum == 0)
		return;
	line_label(&line, &label);
	buf_adds(&text, say_word(&what));
	buf_addf(&text, " %" PRId64, sum);
	term_paint(&line, TONE_WARN, buf_str(&text));
	buf_adds(&line, " · jiebangctl unit list --unreachable");
	out_line(buf_str(&line));
	buf_clear(&text);
	buf_clear(&line);
}

static void next_line(const struct jr_value *status)
{
	static const struct words label = { "next due", "下次到期" };
	struct buf line = BUF_EMPTY;

	if (write_at(status, "next_due_at") == NULL)
		return;
	line_label(&line, &label);
	when_instant(&line, write_string_at(status, "next_due_at"), true);
	out_line(buf_str(&line));
	buf_clear(&line);
}

static void status_screen(const struct client *client, const struct jr_value *status)
{
	static const struct words deliveries = { "deliveries", "投递" };
	static const struct words endpoints = { "endpoints", "接收端" };
	int64_t now_at;

	if (civil_instant_parse(write_string_at(status, "now"), &now_at))
		when_set_now(now_at);
	head_line(status, client->writer == &writer_wide);
	hold_line(status);
	calendar_lines(status);
	programme_table(client, write_at(status, "programmes"));
	out_line("");
	if (write_at(status, "deliveries") != NULL)
		counts_line(&deliveries, write_at(status, "deliveries"));
	if (write_at(status, "endpoints") != NULL)
		counts_line(&endpoints, write_at(status, "endpoints"));
	unreachable_line(write_at(status, "programmes"));
	next_line(status);
}

/* For machines: the object as JSON; as CSV or ids its programmes, one a row. */
static void status_rows(const struct client *client, const struct jr_value *status)
{
	const struct jr_value *programmes = write_at(status, "programmes");
	struct sheet sheet;

	sheet_init(&sheet, client->writer, &table_status, client->header);
	sheet_begin(&sheet);
	for (size_t i = 0; programmes != NULL && i < jr_count(programmes); i++)
		sheet_row(&sheet, jr_item(programmes, i));
	sheet_end(&sheet);
}

int cmd_status(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *doc = NULL;
	int code = ask_get(client, invocation->command->path, &doc);

	if (code != CODE_OK || doc == NULL)
		return code;
	if (client->writer->is_text)
		status_screen(client, jr_root(doc));
	else if (client->writer == &writer_csv || client->writer == &writer_ids)
		status_rows(client, jr_root(doc));
	else
		show_document(client, invocation->command->table, doc);
	jr_free(doc);
	return code;
}
