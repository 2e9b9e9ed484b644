/*
 * `report weekly`: what a manager reads on a Monday. Counts first, then what is late, by how many days and whose turn
 * it is. As JSON it is, byte for byte, what the weekly message says at the same instant.
 */
#include "commands.h"

#include <inttypes.h>
#include <string.h>

#include "out.h"
#include "when.h"

#define LABEL_WIDTH    14
#define SCREEN_COLUMNS 80

static const struct column weekly_columns[] = {
	{ "days_late", { "DAYS LATE", "逾期天数" }, CELL_ALARM, COL_RIGHT },
	{ "turn", { "WITH", "待谁处理" }, CELL_WORD, 0 },
	{ "lead", { "LEAD", "牵头单位" }, CELL_TEXT, COL_TRUNC },
	{ "name", { "OBLIGATION", "义务事项" }, CELL_NAME, 0 },
	{ "n", { "NO", "次" }, CELL_COUNT, COL_RIGHT },
	{ "due_on", { "DUE", "截止" }, CELL_TEXT, 0 },
	{ "obligation", { "ID", "编号" }, CELL_TEXT, 0 },
	{ "unit", { "UNIT", "单位编号" }, CELL_TEXT, COL_WIDE },
	{ "project", { "PROJECT", "项目" }, CELL_TEXT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_weekly = { "obligation", weekly_columns, NULL };

/* ---- which programme ---- */

struct choice {
	struct buf ids; /* of published ones, with commas */
	struct buf one; /* the last of them */
	size_t n;
};

static bool choose(void *arg, const struct jr_value *row)
{
	struct choice *choice = arg;

	if (write_at(row, "published_on") == NULL)
		return true;
	buf_addf(&choice->ids, "%s%s", choice->n > 0 ? ", " : "", write_string_at(row, "id"));
	buf_reset(&choice->one);
	buf_adds(&choice->one, write_string_at(row, "id"));
	choice->n++;
	return true;
}

/* The only published programme need not be named. */
static int add_programme(struct client *client, struct buf *target)
{
	struct choice choice = { BUF_EMPTY, BUF_EMPTY, 0 };
	struct pages pages = { choose, NULL, &choice };
	int64_t limit = client->limit;
	int code;

	client->limit = 0; /* it is of the report's rows, not of these */
	code = ask_pages(client, "/v1/programmes", &pages);
	client->limit = limit;
	if (code == CODE_OK && choice.n != 1) {
		if (choice.n == 0)
			say(TEXT_NONE_PUBLISHED);
		else
			say(TEXT_WHICH_PROGRAMME, buf_str(&choice.ids));
		code = CODE_USAGE;
	}
	if (code == CODE_OK) {
		buf_addf(target, "%sprogramme=", strchr(buf_str(target), '?') != NULL ? "&" : "?");
		call_encode(target, buf_str(&choice.one));
	}
	buf_clear(&choice.ids);
	buf_clear(&choice.one);
	return code;
}

/* ---- the screen ---- */

struct count {
	const char *path;
	struct words words;
	enum tone tone; /* when it is not 0 */
};

static void head_line(const struct jr_value *report)
{
	static const struct words as_of = { "weekly report as of", "周报，截至" };
	const char *recommender = write_string_at(report, "recommender");
	struct buf line = BUF_EMPTY;

	term_clean(&line, write_name(write_at(report, "programme.name")));
	buf_addf(&line, " · %s ", say_word(&as_of));
	when_instant(&line, write_string_at(report, "as_of"), false);
	if (recommender[0] != '\0') {
		buf_adds(&line, " · ");
		term_clean(&line, recommender);
	}
	out_line(buf_str(&line));
	buf_clear(&line);
}

/* " · overdue 2"; into a new line where it would pass the screen's edge. */
static void add_count(struct buf *line, const char *word, int64_t count, enum tone tone,
		      size_t *column)
{
	struct buf text = BUF_EMPTY;
	size_t columns;

	buf_addf(&text, "%s %" PRId64, word, count);
	columns = term_columns(buf_str(&text)) + strlen(" - ");
	if (*column + columns > SCREEN_COLUMNS) {
		buf_addc(line, '\n');
		term_pad(line, "", LABEL_WIDTH);
		*column = LABEL_WIDTH;
	} else if (*column > LABEL_WIDTH) {
		buf_adds(line, " · ");
	}
	*column += columns;
	term_paint(line, count > 0 ? tone : TONE_PLAIN, buf_str(&text));
	buf_clear(&text);
}

static void counts_line(const struct jr_value *report, const struct words *label,
			const struct count *counts, size_t n)
{
	struct buf line = BUF_EMPTY;
	size_t column = LABEL_WIDTH;

	term_pad(&line, say_word(label), LABEL_WIDTH);
	for (size_t i = 0; i < n; i++)
		add_count(&line, say_word(&counts[i].words),
			  write_number_at(report, counts[i].path), counts[i].tone, &column);
	out_line(buf_str(&line));
	buf_clear(&line);
}

/* The states that some unit is in. */
static void units_line(const struct jr_value *report)
{
	static const struct words label = { "units", "单位" }, total = { "all", "共" };
	const struct jr_value *units = write_at(report, "units");
	const struct jr_value *value;
	const char *key;
	struct buf line = BUF_EMPTY;
	size_t column = LABEL_WIDTH;

	term_pad(&line, say_word(&label), LABEL_WIDTH);
	add_count(&line, say_word(&total), write_number_at(report, "units.total"), TONE_PLAIN,
		  &column);
	for (size_t i = 0; (value = jr_member_at(units, i, &key)) != NULL; i++) {
		int64_t count = 0;

		if (strcmp(key, "total") == 0 || strcmp(key, "left") == 0 ||
		    !jr_integer(value, &count) || count == 0)
			continue;
		add_count(&line, write_word(key), count, TONE_PLAIN, &column);
	}
	out_line(buf_str(&line));
	buf_clear(&line);
}

static void count_lines(const struct jr_value *report)
{
	static const struct words owed_label = { "obligations", "义务事项" },
				  review_label = { "to review", "待审" },
				  week_label = { "past 7 days", "近七天" },
				  sent_label = { "deliveries", "投递" };
	static const struct count owed[] = {
		{ "obligations.overdue", { "overdue", "逾期" }, TONE_BAD },
		{ "obligations.overdue_units", { "units late", "逾期单位" }, TONE_BAD },
		{ "obligations.due_this_week", { "due this week", "本周内到期" }, TONE_PLAIN },
		{ "obligations.due_next_week", { "due next week", "下周到期" }, TONE_PLAIN },
		{ "decisions.open", { "decisions open", "待决定" }, TONE_WARN },
	};
	static const struct count review[] = {
		{ "review.recommender", { "recommender", "推荐单位" }, TONE_PLAIN },
		{ "review.office", { "office", "项目办" }, TONE_PLAIN },
		{ "review.overdue", { "overdue", "审核逾期" }, TONE_BAD },
	};
	static const struct count week[] = {
		{ "past_week.filed", { "filed", "报送" }, TONE_PLAIN },
		{ "past_week.accepted", { "accepted", "通过" }, TONE_PLAIN },
		{ "past_week.returned", { "returned", "退回" }, TONE_PLAIN },
	};
	static const struct count sent[] = {
		{ "deliveries.endpoints_disabled",
		  { "endpoints disabled", "停用的接收端" },
		  TONE_BAD },
		{ "deliveries.endpoints_failing", { "failing", "重试中" }, TONE_WARN },
		{ "deliveries.dead", { "messages given up", "未能送达的消息" }, TONE_BAD },
	};
	const struct {
		const struct words *label;
		const struct count *counts;
		size_t n;
	} lines[] = {
		{ &owed_label, owed, sizeof(owed) / sizeof(owed[0]) },
		{ &review_label, review, sizeof(review) / sizeof(review[0]) },
		{ &week_label, week, sizeof(week) / sizeof(week[0]) },
		{ &sent_label, sent, sizeof(sent) / sizeof(sent[0]) },
	};

	units_line(report);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		counts_line(report, lines[i].label, lines[i].counts, lines[i].n);
}

/* The daemon lists the latest; --limit may shorten that. Either way the rest is counted. */
static size_t shown_rows(const struct client *client, const struct jr_value *late)
{
	size_t n = late != NULL ? jr_count(late) : 0;

	return client->limit > 0 && n > (size_t)client->limit ? (size_t)client->limit : n;
}

static void more_line(const struct jr_value *report, size_t hidden)
{
	int64_t more = write_number_at(report, "more") + (int64_t)hidden;
	struct buf count = BUF_EMPTY, line = BUF_EMPTY;

	if (more > 0) {
		buf_addf(&count, "%" PRId64, more);
		say_fill(&line, TEXT_MORE_ROWS, buf_str(&count),
			 write_string_at(report, "see.command"));
		out_line(buf_str(&line));
	}
	buf_clear(&count);
	buf_clear(&line);
}

static void late_rows(const struct client *client, const struct jr_value *report)
{
	static const struct words nothing = { "nothing is late", "没有逾期事项" };
	const struct jr_value *late = write_at(report, "late");
	size_t n = shown_rows(client, late);
	struct sheet sheet;

	sheet_init(&sheet, client->writer, &table_weekly, client->header);
	sheet.nothing = &nothing;
	sheet_begin(&sheet);
	for (size_t i = 0; i < n; i++)
		sheet_row(&sheet, jr_item(late, i));
	sheet_end(&sheet);
	if (client->writer->is_text)
		more_line(report, late != NULL ? jr_count(late) - n : 0);
}

static void show(const struct client *client, const struct invocation *invocation,
		 const struct jr_doc *doc)
{
	const struct jr_value *report = jr_root(doc);
	bool rows = client->writer == &writer_csv || client->writer == &writer_ids;

	if (client->writer->is_text) {
		head_line(report);
		count_lines(report);
		out_line("");
	}
	if (client->writer->is_text || rows)
		late_rows(client, report);
	else
		show_document(client, invocation->command->table, doc);
}

int cmd_report_weekly(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code = CODE_OK;

	command_target(&target, invocation);
	if (invocation->n_args == 0)
		code = add_programme(client, &target);
	if (code == CODE_OK)
		code = ask_get(client, buf_str(&target), &doc);
	if (code == CODE_OK && doc != NULL)
		show(client, invocation, doc);
	jr_free(doc);
	buf_clear(&target);
	return code;
}
