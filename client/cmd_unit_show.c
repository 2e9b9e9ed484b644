/*
 * `unit show`: one unit on one screen of 25 lines and 80 columns. How far the window is, what comes next and whose
 * turn it is stand above the obligations, since that is what people ask for.
 */
#include "commands.h"

#include <inttypes.h>
#include <string.h>

#include "jiebang/civil.h"
#include "out.h"
#include "when.h"

#define SCREEN_LINES    25
#define SCREEN_COLUMNS  80
#define LABEL_WIDTH     14
#define BAR_CELLS       20
#define ENDPOINTS_SHOWN 2

struct screen {
	bool wide; /* no limit of lines or columns */
	size_t lines;
};

static void put(struct screen *screen, const char *text)
{
	out_line(text);
	screen->lines++;
}

/* A label and a value; what is empty is left out. */
static void put_field(struct screen *screen, const struct words *label, enum tone tone,
		      const struct buf *value)
{
	struct buf line = BUF_EMPTY;
	struct buf cut = BUF_EMPTY;

	if (value->len == 0)
		return;
	term_pad(&line, say_word(label), LABEL_WIDTH);
	if (screen->wide)
		buf_adds(&cut, buf_str(value));
	else
		(void)term_fit(&cut, buf_str(value), SCREEN_COLUMNS - LABEL_WIDTH);
	term_paint(&line, tone, buf_str(&cut));
	put(screen, buf_str(&line));
	buf_clear(&line);
	buf_clear(&cut);
}

/* Up to three members joined with " · ". */
static void put_members(struct screen *screen, const struct words *label,
			const struct jr_value *unit, const char *const paths[])
{
	struct buf value = BUF_EMPTY;

	for (size_t i = 0; paths[i] != NULL; i++) {
		const char *s = write_name(write_at(unit, paths[i]));

		if (s[0] == '\0')
			continue;
		buf_adds(&value, value.len > 0 ? " · " : "");
		term_clean(&value, s);
	}
	put_field(screen, label, TONE_PLAIN, &value);
	buf_clear(&value);
}

static void put_title(struct screen *screen, const struct jr_value *unit)
{
	struct buf title = BUF_EMPTY;
	struct buf cut = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	term_clean(&title, write_string_at(unit, "id"));
	buf_adds(&title, "  ");
	term_clean(&title, write_string_at(unit, "lead"));
	if (screen->wide)
		buf_adds(&cut, buf_str(&title));
	else
		(void)term_fit(&cut, buf_str(&title), SCREEN_COLUMNS);
	term_paint(&line, TONE_BOLD, buf_str(&cut));
	put(screen, buf_str(&line));
	buf_clear(&title);
	buf_clear(&cut);
	buf_clear(&line);
}

static void put_partners(struct screen *screen, const struct jr_value *unit)
{
	static const struct words label = { "partners", "联合参与单位" };
	static const struct column column = { "partners", { "", "" }, CELL_LIST, 0 };
	struct buf value = BUF_EMPTY;

	(void)write_cell(&value, &column, unit);
	put_field(screen, &label, TONE_PLAIN, &value);
	buf_clear(&value);
}

static int percent_elapsed(int32_t from, int32_t until)
{
	int32_t today = when_today();

	if (today <= from || until <= from)
		return 0;
	return today >= until ? 100 : (int)(100 * (int64_t)(today - from) / (until - from));
}

/* "▓▓▓▓▓░░░░░  23%  2024-09-02 – 2026-09-02 · in 504 days" */
static void put_window(struct screen *screen, const struct jr_value *unit)
{
	static const struct words label = { "window", "攻关期" };
	static const struct words unpublished = { "not begun: the shortlist is not published",
						  "尚未开始：入围名单未公布" };
	const char *anchor = write_string_at(unit, "anchor_on");
	const char *end = write_string_at(unit, "window_ends_on");
	struct buf value = BUF_EMPTY;
	int32_t from;
	int32_t until;

	if (!civil_parse(anchor, &from) || !civil_parse(end, &until)) {
		buf_adds(&value, say_word(&unpublished));
	} else {
		int percent = percent_elapsed(from, until);

		for (int i = 0; i < BAR_CELLS; i++)
			buf_adds(&value, i < percent * BAR_CELLS / 100 ? "▓" : "░");
		buf_addf(&value, " %d%%  %s – ", percent, anchor);
		when_date(&value, end, false);
	}
	put_field(screen, &label, TONE_PLAIN, &value);
	buf_clear(&value);
}

/* What an obligation's state asks for, and of whom. */
#define TURN_WAIT 0 /* row of turns[] for what is not open yet */

static const struct turn {
	const char *state;
	struct words action;
	struct words whose;
} turns[] = {
	{ "scheduled", { "wait until it opens", "等待开放" }, { "unit", "揭榜单位" } },
	{ "open", { "file it", "提交" }, { "unit", "揭榜单位" } },
	{ "returned", { "correct it and file again", "修改后重新提交" }, { "unit", "揭榜单位" } },
	{ "submitted", { "review it", "审核" }, { "reviewer", "审核人" } },
};

/* States of a unit in which it is nobody's obligation that comes next. */
static const struct turn unit_turns[] = {
	{ "applied", { "review the application", "审核申报" }, { "recommender", "推荐单位" } },
	{ "recommended", { "select the shortlist", "遴选入围" }, { "programme office", "项目办" } },
	{ "shortlisted",
	  { "publish the shortlist", "公布入围名单" },
	  { "programme office", "项目办" } },
	{ "acceptance_requested",
	  { "assign an evaluator", "委托测评机构" },
	  { "programme office", "项目办" } },
	{ "under_evaluation", { "evaluate", "测评" }, { "evaluator", "第三方专业机构" } },
	{ "pending_decision",
	  { "decide: the window ended without an acceptance request",
	    "决定：攻关期已满，未申请验收" },
	  { "programme office", "项目办" } },
};

static const struct turn *turn_find(const struct turn *table, size_t n, const char *state)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].state, state) == 0)
			return &table[i];
	return NULL;
}

static const struct turn *turn_of(const struct jr_value *obligation)
{
	return turn_find(turns, sizeof(turns) / sizeof(turns[0]),
			 write_string_at(obligation, "state"));
}

/* What is open, returned or submitted comes before what only will be; then the earlier due date. */
static bool is_sooner(const struct jr_value *a, const struct jr_value *b)
{
	bool a_waits = turn_of(a) == &turns[TURN_WAIT];
	bool b_waits = turn_of(b) == &turns[TURN_WAIT];

	if (a_waits != b_waits)
		return b_waits;
	return strcmp(write_string_at(a, "due_on"), write_string_at(b, "due_on")) < 0;
}

/* The obligation that somebody waits for; NULL if all are finished. */
static const struct jr_value *next_obligation(const struct jr_value *obligations)
{
	const struct jr_value *next = NULL;

	for (size_t i = 0; obligations != NULL && i < jr_count(obligations); i++) {
		const struct jr_value *item = jr_item(obligations, i);

		if (turn_of(item) != NULL && (next == NULL || is_sooner(item, next)))
			next = item;
	}
	return next;
}

static void put_turn(struct screen *screen, const struct turn *turn)
{
	static const struct words label = { "whose turn", "轮到" };
	static const struct words colon = { ": ", "：" };
	struct buf value = BUF_EMPTY;

	buf_addf(&value, "%s%s%s", say_word(&turn->whose), say_word(&colon),
		 say_word(&turn->action));
	put_field(screen, &label, TONE_PLAIN, &value);
	buf_clear(&value);
}

/* The window ended: filing goes no further until a person has decided. */
static bool awaits_decision(const struct jr_value *unit)
{
	return strcmp(write_string_at(unit, "state"), "pending_decision") == 0;
}

static void put_next(struct screen *screen, const struct jr_value *unit)
{
	static const struct words label = { "next", "下一步" };
	static const struct words nothing = { "nothing is owed", "没有待办事项" };
	static const struct column due = { "due_on", { "", "" }, CELL_DUE, 0 };
	const struct jr_value *next = next_obligation(write_at(unit, "obligations"));
	const struct turn *turn = next != NULL ? turn_of(next) : NULL;
	const struct turn *by_unit =
		turn_find(unit_turns, sizeof(unit_turns) / sizeof(unit_turns[0]),
			  write_string_at(unit, "state"));
	struct buf value = BUF_EMPTY;
	enum tone tone = TONE_PLAIN;

	if (next != NULL) {
		term_clean(&value, write_name(write_at(next, "name")));
		buf_addc(&value, ' ');
		term_clean(&value, write_string_at(next, "id"));
		buf_adds(&value, " · ");
		tone = write_cell(&value, &due, next);
	} else if (by_unit == NULL) {
		buf_adds(&value, say_word(&nothing));
	}
	put_field(screen, &label, tone, &value);
	/* Something open, returned or submitted is somebody's turn; else the unit's own state may ask for an act. */
	if (next != NULL && (by_unit == NULL || turn != &turns[TURN_WAIT]) &&
	    !awaits_decision(unit))
		put_turn(screen, turn);
	else if (by_unit != NULL)
		put_turn(screen, by_unit);
	buf_clear(&value);
}

static const struct column row_columns[] = {
	{ "state", { "", "" }, CELL_MARK, 0 },
	{ "id", { "ID", "义务事项" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_TRUNC },
	{ "due_on", { "DUE", "截止日" }, CELL_DUE, 0 },
	{ "state", { "STATE", "状态" }, CELL_WORD, 0 },
	{ .path = NULL },
};

static const struct table row_table = { "id", row_columns, NULL };

static bool is_finished(const struct jr_value *obligation)
{
	return turn_of(obligation) == NULL;
}

/* Where to begin so that what is not finished is seen: finished ones at the front are dropped first. */
static size_t first_shown(const struct jr_value *obligations, size_t room)
{
	size_t n = jr_count(obligations);
	size_t first = 0;

	while (n - first > room && is_finished(jr_item(obligations, first)))
		first++;
	return first;
}

static void put_more(struct screen *screen, size_t hidden, const char *unit)
{
	struct buf count = BUF_EMPTY;
	struct buf how = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	buf_addf(&count, "%zu", hidden);
	buf_addf(&how, "jiebangctl obligation list --unit %s", unit);
	say_fill(&line, TEXT_MORE_ROWS, buf_str(&count), buf_str(&how));
	put(screen, buf_str(&line));
	buf_clear(&count);
	buf_clear(&how);
	buf_clear(&line);
}

/* "ob_31 acknowledged until 2025-03-03 09:05 · ob_32 …": whose reminders rest, and how long. */
static void put_quiet(struct screen *screen, const struct jr_value *obligations)
{
	static const struct words label = { "quiet", "免打扰" };
	static const struct words until = { " until ", "，至 " };
	struct buf value = BUF_EMPTY;

	for (size_t i = 0; obligations != NULL && i < jr_count(obligations); i++) {
		const struct jr_value *item = jr_item(obligations, i);

		if (!write_truth_at(item, "quiet.active"))
			continue;
		buf_adds(&value, value.len > 0 ? " · " : "");
		term_clean(&value, write_string_at(item, "id"));
		buf_addc(&value, ' ');
		term_clean(&value, write_word(write_string_at(item, "quiet.kind")));
		buf_adds(&value, say_word(&until));
		when_instant(&value, write_string_at(item, "quiet.until"), false);
	}
	put_field(screen, &label, TONE_PLAIN, &value);
	buf_clear(&value);
}

static void put_obligations(struct screen *screen, const struct client *client,
			    const struct jr_value *unit, size_t below)
{
	const struct jr_value *obligations = write_at(unit, "obligations");
	size_t n = obligations != NULL ? jr_count(obligations) : 0;
	size_t room =
		screen->wide ? n
			     : SCREEN_LINES - screen->lines - below - 3; /* blank, header, "more" */
	size_t first;
	struct sheet sheet;

	if (n == 0)
		return;
	first = first_shown(obligations, room);
	sheet_init(&sheet, client->writer, &row_table, client->header);
	if (!screen->wide && (sheet.width == 0 || sheet.width > SCREEN_COLUMNS))
		sheet.width = SCREEN_COLUMNS;
	put(screen, "");
	for (size_t i = first; i < n && i - first < room; i++)
		sheet_row(&sheet, jr_item(obligations, i));
	screen->lines += sheet.rows + 1;
	sheet_page(&sheet);
	if (sheet.rows < n)
		put_more(screen, n - sheet.rows, write_string_at(unit, "id"));
}

static bool any_provisional(const struct jr_value *obligations)
{
	for (size_t i = 0; obligations != NULL && i < jr_count(obligations); i++)
		if (write_truth_at(jr_item(obligations, i), "provisional"))
			return true;
	return false;
}

static void put_endpoint(struct screen *screen, const struct jr_value *endpoint)
{
	static const struct words label = { "endpoint", "接收端" };
	const char *state = write_string_at(endpoint, "state");
	struct buf value = BUF_EMPTY;

	term_clean(&value, write_string_at(endpoint, "id"));
	buf_addc(&value, ' ');
	term_clean(&value, write_word(state));
	buf_addc(&value, ' ');
	term_clean(&value, write_string_at(endpoint, "format"));
	buf_addc(&value, ' ');
	term_clean(&value, write_string_at(endpoint, "url"));
	put_field(screen, &label, write_word_tone(state) == TONE_BAD ? TONE_BAD : TONE_PLAIN,
		  &value);
	buf_clear(&value);
}

static void put_endpoints(struct screen *screen, const struct jr_value *endpoints)
{
	static const struct words label = { "endpoint", "接收端" };
	static const struct words none = { "none: nobody is reminded by a message",
					   "无：不会收到任何提醒消息" };
	size_t n = endpoints != NULL ? jr_count(endpoints) : 0;
	struct buf value = BUF_EMPTY;

	if (n == 0)
		buf_adds(&value, say_word(&none));
	put_field(screen, &label, TONE_WARN, &value);
	buf_reset(&value);
	for (size_t i = 0;
	     i < n && (screen->wide || n <= ENDPOINTS_SHOWN || i + 1 < ENDPOINTS_SHOWN); i++)
		put_endpoint(screen, jr_item(endpoints, i));
	if (!screen->wide && n > ENDPOINTS_SHOWN)
		buf_addf(&value, "+ %zu", n - ENDPOINTS_SHOWN + 1);
	put_field(screen, &label, TONE_PLAIN, &value);
	buf_clear(&value);
}

/* "medium 46 · jiebangctl unit risk un_7" */
static void put_risk(struct screen *screen, const struct jr_value *unit)
{
	static const struct words label = { "risk", "风险" };
	const char *level = write_string_at(unit, "risk.level");
	struct buf value = BUF_EMPTY;

	if (level[0] != '\0') {
		term_clean(&value, write_word(level));
		buf_addf(&value, " %" PRId64 " · jiebangctl unit risk ",
			 write_number_at(unit, "risk.score"));
		term_clean(&value, write_string_at(unit, "id"));
	}
	put_field(screen, &label, write_word_tone(level), &value);
	buf_clear(&value);
}

/* "35% of the weight reached, 48% of the time gone" */
static void put_progress(struct screen *screen, const struct jr_value *unit)
{
	static const struct words label = { "milestones", "里程碑" };
	static const struct words reached = { "% of the weight reached, ", "%（加权完成）· " };
	static const struct words gone = { "% of the time gone", "%（时间已过）" };
	const struct jr_value *progress = write_at(unit, "progress");
	struct buf value = BUF_EMPTY;

	if (progress != NULL && jr_type(progress) == JR_OBJECT) {
		int64_t done = write_number_at(unit, "progress.reached_percent");
		int64_t time = write_number_at(unit, "progress.elapsed_percent");

		buf_addf(&value, "%" PRId64 "%s%" PRId64 "%s", done, say_word(&reached), time,
			 say_word(&gone));
		put_field(screen, &label, done < time ? TONE_WARN : TONE_PLAIN, &value);
	}
	buf_clear(&value);
}

static void put_head(struct screen *screen, const struct jr_value *unit)
{
	static const struct words project = { "project", "项目" };
	static const struct words task = { "task", "任务" };
	static const struct words programme = { "programme", "批次" };
	static const struct words state = { "state", "状态" };
	static const struct column state_column = { "state", { "", "" }, CELL_WORD, 0 };
	struct buf value = BUF_EMPTY;
	enum tone tone = write_cell(&value, &state_column, unit);

	put_title(screen, unit);
	put_members(screen, &project, unit, (const char *const[]){ "project", NULL });
	put_members(screen, &task, unit, (const char *const[]){ "task", "task_name", NULL });
	put_members(screen, &programme, unit,
		    (const char *const[]){ "programme", "recommender", "region", NULL });
	put_partners(screen, unit);
	put_field(screen, &state, tone, &value);
	put_window(screen, unit);
	put_next(screen, unit);
	put_progress(screen, unit);
	put_risk(screen, unit);
	buf_clear(&value);
}

static void unit_screen(const struct client *client, const struct jr_value *unit)
{
	static const struct words legend = {
		"≈ provisional: that year has no official calendar yet",
		"≈ 暂定：该年尚无官方工作日历"
	};
	struct screen screen = { .wide = client->writer == &writer_wide };
	bool provisional = any_provisional(write_at(unit, "obligations"));

	put_head(&screen, unit);
	put_quiet(&screen, write_at(unit, "obligations"));
	put_endpoints(&screen, write_at(unit, "endpoints"));
	put_obligations(&screen, client, unit, provisional ? 1 : 0);
	if (provisional)
		put(&screen, say_word(&legend));
}

int cmd_unit_show(struct client *client, const struct invocation *invocation)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_target(&target, invocation);
	code = ask_get(client, buf_str(&target), &doc);
	if (code == CODE_OK && doc != NULL && client->writer->is_text)
		unit_screen(client, jr_root(doc));
	else if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	jr_free(doc);
	buf_clear(&target);
	return code;
}
