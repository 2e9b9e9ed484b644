/*
 * The report as a manager reads it: how much there is, who is late and by how many days, and whose turn it is.
 */
#include "engine/render_weekly.h"

#include "jiebang/chinese.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_TEXT_MAX_BYTES                                                                        \
	2000 /* of the text with its rows, in each language; escaping at most doubles it */
#define NAME_MAX_BYTES        91 /* of a name in a line, thirty characters */
#define RECOMMENDER_MAX_BYTES 181

/* ---- small pieces ---- */

struct piece {
	const char *zh,
		*en; /* with one number, which stands first in English and last in Chinese */
	int64_t n;
	bool always; /* said of nothing too */
};

/* "逾期 3 项，…" / "3 overdue, …": those that are not 0. Returns whether there was any. */
static bool add_pieces(struct weekly_text *text, const struct piece *pieces, size_t n)
{
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		if (pieces[i].n == 0 && !pieces[i].always)
			continue;
		buf_addf(&text->zh, "%s%s %" PRId64, any ? "，" : "", pieces[i].zh, pieces[i].n);
		buf_addf(&text->en, "%s%" PRId64 " %s", any ? ", " : "", pieces[i].n, pieces[i].en);
		any = true;
	}
	return any;
}

static void add_both(struct weekly_text *text, const char *zh, const char *en)
{
	buf_adds(&text->zh, zh);
	buf_adds(&text->en, en);
}

static void add_head(struct weekly_text *text, const struct weekly_about *about,
		     const struct weekly_ask *ask)
{
	char at[CIVIL_INSTANT_BYTES], name[RECOMMENDER_MAX_BYTES];
	civil_instant_write(ask->at, at);
	buf_addf(&text->zh, "【%s】周报，截至 %.10s %.5s（北京时间）", about->name_zh, at, at + 11);
	buf_addf(&text->en, "[%s] Weekly report as of %.10s %.5s (Beijing)", about->name_en, at,
		 at + 11);
	if (ask->recommender) {
		(void)text_copy(name, sizeof(name), ask->recommender);
		buf_addf(&text->zh, "，推荐单位：%s", name);
		buf_addf(&text->en, ", recommended by %s", name);
	}
}

/* "攻关中 250，待决定 1" / "250 delivering, 1 pending decision" */
static void add_states(struct weekly_text *text, const struct weekly_counts *counts)
{
	const char *sep_zh = "：", *sep_en = ": ";
	for (int state = 0; state < UNIT_STATE_COUNT; state++) {
		const char *name = unit_state_name((enum unit_state)state);
		if (counts->state[state] == 0)
			continue;
		buf_adds(&text->zh, sep_zh);
		if (!chinese_of(name, &text->zh))
			buf_adds(&text->zh, name);
		buf_addf(&text->zh, " %" PRId64, counts->state[state]);
		buf_addf(&text->en, "%s%" PRId64 " ", sep_en, counts->state[state]);
		for (; *name; name++)
			buf_addc(&text->en, *name == '_' ? ' ' : *name);
		sep_zh = "，";
		sep_en = ", ";
	}
}

/* ---- the report ---- */

void weekly_text_begin(struct weekly_text *text, const struct weekly_about *about,
		       const struct weekly_report *report, const struct weekly_counts *counts)
{
	const struct piece owed[] = {
		{ "\n逾期", "overdue", counts->overdue, true },
		{ "涉及单位", "units late", counts->overdue_units, false },
		{ "本周内到期", "due this week", counts->due_this_week, true },
		{ "下周到期", "due next week", counts->due_next_week, true },
		{ "待推荐单位审核", "for the recommender to review", counts->review_recommender,
		  false },
		{ "待项目办审核", "for the office to review", counts->review_office, false },
		{ "审核逾期", "reviews overdue", counts->review_overdue, false },
		{ "待决定", "decisions open", counts->decisions, false },
	};
	const struct piece week[] = {
		{ "\n近七天报送", "filed", counts->filed, true },
		{ "通过", "accepted", counts->accepted, true },
		{ "退回", "returned", counts->returned, true },
	};
	const struct piece sent[] = {
		{ "\n停用的接收端", "endpoints disabled", counts->disabled, false },
		{ "重试中的接收端", "endpoints failing", counts->failing, false },
		{ "未能送达的消息", "messages given up", counts->dead, false },
	};
	add_head(text, about, &report->ask);
	if (report->missed > 0) {
		buf_addf(&text->zh, "\n此前 %d 期周报在停机期间错过，由本期代替", report->missed);
		buf_addf(&text->en,
			 "\nThis report stands for %d earlier ones too, which were missed",
			 report->missed);
	}
	buf_addf(&text->zh, "\n单位 %" PRId64 " 家", counts->units);
	buf_addf(&text->en, "\n%" PRId64 " units", counts->units);
	add_states(text, counts);
	buf_addc(&text->en, '\n');
	(void)add_pieces(text, owed, sizeof(owed) / sizeof(owed[0]));
	buf_adds(&text->en, "\nIn the past seven days: ");
	(void)add_pieces(text, week, sizeof(week) / sizeof(week[0]));
	if (counts->disabled + counts->failing + counts->dead > 0) {
		buf_addc(&text->en, '\n');
		(void)add_pieces(text, sent, sizeof(sent) / sizeof(sent[0]));
	}
	if (counts->overdue + counts->review_overdue > 0)
		add_both(text, "\n逾期最久的：", "\nThe latest:");
}

static const struct {
	const char *id, *zh, *en;
} turns[] = {
	{ "unit", "揭榜单位", "the unit" },
	{ "recommender", "推荐单位", "the recommender" },
	{ "office", "项目办", "the office" },
};

static void add_line(struct buf *text, const struct buf *line)
{
	if (text->len + line->len <= ROWS_TEXT_MAX_BYTES)
		buf_add(text, line->data, line->len);
}

void weekly_text_row(struct weekly_text *text, const struct weekly_rows *row, int days_late)
{
	char lead[NAME_MAX_BYTES], project[NAME_MAX_BYTES];
	struct buf zh = BUF_EMPTY, en = BUF_EMPTY;
	size_t turn = 0;
	(void)text_copy(lead, sizeof(lead), row->lead);
	(void)text_copy(project, sizeof(project), row->project);
	while (turn + 1 < sizeof(turns) / sizeof(turns[0]) &&
	       strcmp(turns[turn].id, row->turn) != 0)
		turn++;
	buf_addf(&zh, "\n· %s“%s”：第 %d 次%s，逾期 %d 天，待%s", lead, project, row->n,
		 row->name_zh, days_late, turns[turn].zh);
	buf_addf(&en, "\n· %s, \"%s\": %s no. %d, %d day%s late, with %s", lead, project,
		 row->name_en, row->n, days_late, days_late == 1 ? "" : "s", turns[turn].en);
	add_line(&text->zh, &zh);
	add_line(&text->en, &en);
	buf_clear(&zh);
	buf_clear(&en);
}

void weekly_text_end(struct weekly_text *text, int64_t more, const char *command)
{
	if (more > 0) {
		buf_addf(&text->zh, "\n另有 %" PRId64 " 项。", more);
		buf_addf(&text->en, "\nand %" PRId64 " more.", more);
	}
	buf_addf(&text->zh, "\n全部：%s", command);
	buf_addf(&text->en, "\nAll: %s", command);
}

void weekly_text_clear(struct weekly_text *text)
{
	buf_clear(&text->zh);
	buf_clear(&text->en);
}
