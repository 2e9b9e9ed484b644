/*
 * Why an obligation is due when it is, in one sentence: rule, anchor, arithmetic, roll, date (T8). It reads the same
 * structs that the plan was made of and decides nothing, so what it tells can't differ from what is kept.
 */
#include "jiebang/civil.h"
#include "jiebang/programme.h"

#include <string.h>

struct telling {
	const struct programme *programme;
	const struct calendar *calendar;
	const struct plan_rule *rule;
	const struct planned *planned;
	int32_t anchor_on;
	bool zh;
	bool by_hand; /* the rule stands in no file */
	struct buf *out;
};

static void say(const struct telling *t, const char *en, const char *zh)
{
	buf_adds(t->out, t->zh ? zh : en);
}

static void say_day(const struct telling *t, int32_t day)
{
	char text[CIVIL_DATE_BYTES];
	civil_write(day, text);
	buf_adds(t->out, text);
}

static void say_weekday(const struct telling *t, int32_t day)
{
	static const char *const words[7][2] = {
		{ "Monday", "星期一" },   { "Tuesday", "星期二" }, { "Wednesday", "星期三" },
		{ "Thursday", "星期四" }, { "Friday", "星期五" },  { "Saturday", "星期六" },
		{ "Sunday", "星期日" },
	};
	int weekday = civil_weekday(day);
	say(t, words[weekday][0], words[weekday][1]);
}

/* The anchor's day of the month is missing in the month of the last day. */
static bool has_no_corresponding_day(const struct telling *t)
{
	int year, month, anchor_day, last_day;
	civil_to_ymd(t->anchor_on, &year, &month, &anchor_day);
	civil_to_ymd(t->planned->last_day_on, &year, &month, &last_day);
	return anchor_day != last_day;
}

static void say_months(const struct telling *t)
{
	say_day(t, t->anchor_on);
	buf_addf(t->out, " + %d ", t->planned->months);
	say(t, t->planned->months == 1 ? "month = " : "months = ", "个月 = ");
	say_day(t, t->planned->last_day_on);
	if (has_no_corresponding_day(t))
		say(t, " (民法典 202: no corresponding day, the month's last day)",
		    "（民法典第二百零二条：没有对应日，取月末日）");
}

/* "the window's last day 2026-09-02 + 6 months = 2027-03-02" */
static void say_after_window(const struct telling *t)
{
	bool ignored = false;
	say(t, "the window's last day ", "攻关期末日 ");
	say_day(t, programme_window_end(t->programme, t->calendar, t->anchor_on, &ignored));
	buf_addf(t->out, " + %d ", t->rule->after_window_months);
	say(t, t->rule->after_window_months == 1 ? "month = " : "months = ", "个月 = ");
}

/* "planned day of milestone 2, 2025-03-31 + 10 days = 2025-04-10" */
static void say_milestone(const struct telling *t)
{
	say(t, "planned day of milestone ", "里程碑 ");
	buf_addf(t->out, "%d", t->planned->n);
	say(t, ", ", " 的计划日期 ");
	say_day(t, t->planned->last_day_on - t->rule->days_after);
	buf_addf(t->out, " + %d ", t->rule->days_after);
	say(t, t->rule->days_after == 1 ? "day = " : "days = ", "天 = ");
}

static void say_last_day(const struct telling *t)
{
	if (t->planned->months > 0) {
		say_months(t);
		return;
	}
	if (t->rule->after_window_months > 0)
		say_after_window(t);
	else if (t->rule->on_milestones)
		say_milestone(t);
	else if (t->rule->every_month_on > 0)
		say(t, "monthly date ", "每月固定日期 ");
	else if (t->rule->n_on_dates > 0)
		say(t, "official date ", "规定日期 ");
	else if (t->by_hand)
		say(t, "a day set by hand, ", "人工设定日期 ");
	else
		say(t, "yearly date ", "每年固定日期 ");
	say_day(t, t->planned->last_day_on);
}

/* ", Saturday, a make-up working day (劳动节)": how the last day stands in the calendar. */
static void say_standing(const struct telling *t)
{
	const char *name;
	bool ignored = false;
	int32_t day = t->planned->last_day_on;
	enum day_kind kind = calendar_kind(t->calendar, day, &name);
	say(t, ", ", "，");
	say_weekday(t, day);
	if (calendar_is_off(t->calendar, day, &ignored))
		say(t, ", a day off", "，休息日");
	else if (kind == DAY_WORKDAY)
		say(t, ", a make-up working day", "，调休上班日");
	else
		say(t, ", a working day", "，工作日");
	if (name[0]) {
		say(t, " (", "（");
		buf_adds(t->out, name);
		say(t, ")", "）");
	}
}

static void say_rolled(const struct telling *t)
{
	bool later = t->planned->due_on > t->planned->last_day_on;
	if (later)
		say(t, ", rolled to ", "，顺延至 ");
	else
		say(t, ", brought forward to ", "，提前至 ");
	say_day(t, t->planned->due_on);
	say(t, ", ", "，");
	say_weekday(t, t->planned->due_on);
	if (later)
		say(t, " (民法典 203)", "（民法典第二百零三条）");
}

static void say_roll(const struct telling *t)
{
	if (t->rule->n_on_dates > 0) {
		say(t, ", an official date is never rolled", "，规定日期不顺延");
		return;
	}
	if (t->rule->roll == ROLL_NONE) {
		say(t, ", not rolled by its rule", "，按规则不顺延");
		return;
	}
	say_standing(t);
	if (t->planned->due_on == t->planned->last_day_on)
		say(t, ", no roll", "，不顺延");
	else
		say_rolled(t);
}

static void say_provisional(const struct telling *t)
{
	int year, month, day_of_month;
	if (!t->planned->provisional)
		return;
	civil_to_ymd(t->planned->last_day_on, &year, &month, &day_of_month);
	/* The roll may have started in a covered year and ended in the next one. */
	if (calendar_covers(t->calendar, year))
		civil_to_ymd(t->planned->due_on, &year, &month, &day_of_month);
	say(t, "; provisional, no calendar for ", "；暂定，尚无日历：");
	buf_addf(t->out, "%d", year);
}

static void say_clause(const struct telling *t)
{
	const struct clause *clause = programme_clause(t->programme, t->rule->clause);
	if (clause) {
		say(t, "; by ", "；依据：");
		buf_addf(t->out, "%s", clause->text);
		if (clause->source[0])
			buf_addf(t->out, t->zh ? "（%s）" : " (%s)", clause->source);
	} else if (strcmp(t->rule->clause, "ours") == 0) {
		say(t, "; a default of ours, the notice is silent", "；本系统默认值，通知未作规定");
	}
}

static void tell(struct telling *t)
{
	say_last_day(t);
	say_roll(t);
	say(t, "; due ", "；截止 ");
	say_day(t, t->planned->due_on);
	say(t, " 24:00 Beijing time, opens ", " 24:00（北京时间），开放 ");
	say_day(t, t->planned->opens_on);
	say_provisional(t);
	say_clause(t);
	say(t, ".", "。");
}

void programme_explain(const struct programme *programme, const struct calendar *calendar,
		       int32_t anchor_on, const struct planned *planned, const char *lang,
		       struct buf *out)
{
	struct telling t = {
		.programme = programme,
		.calendar = calendar,
		.rule = &programme->plan[planned->rule],
		.planned = planned,
		.anchor_on = anchor_on,
		.zh = strcmp(lang, "zh") == 0,
		.out = out,
	};
	tell(&t);
}

void programme_explain_ad_hoc(const struct programme *programme, const struct calendar *calendar,
			      int32_t anchor_on, const struct planned *planned, const char *lang,
			      struct buf *out)
{
	static char clause[] = "";
	static const struct plan_rule rule = { .clause = clause, .roll = ROLL_NONE };
	struct telling t = {
		.programme = programme,
		.calendar = calendar,
		.rule = &rule,
		.planned = planned,
		.anchor_on = anchor_on,
		.zh = strcmp(lang, "zh") == 0,
		.by_hand = true,
		.out = out,
	};
	tell(&t);
}

void programme_explain_moved(int32_t granted_on, int32_t correct_by_on, const char *lang,
			     struct buf *out)
{
	struct telling t = { .zh = strcmp(lang, "zh") == 0, .out = out };
	if (granted_on) {
		say(&t, " Extended to ", "已延期至 ");
		say_day(&t, granted_on);
		say(&t, ".", "。");
	}
	if (correct_by_on) {
		say(&t, " Returned: to be corrected by ", "已退回，须改正并重新提交，截止 ");
		say_day(&t, correct_by_on);
		say(&t, ".", "。");
	}
}
