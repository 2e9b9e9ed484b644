/*
 * From a publication date to every obligation of a unit. Each last day is counted from the anchor, never from the one
 * before it (民法典 art. 202), and only then rolled off holidays (art. 203); a lead time is subtracted and left alone,
 * since rolling it forward would shorten it.
 */
#include "jiebang/civil.h"
#include "jiebang/programme.h"

#include <stdlib.h>

int32_t programme_window_end(const struct programme *programme, const struct calendar *calendar,
			     int32_t anchor_on, bool *provisional)
{
	return calendar_roll(calendar, civil_add_months(anchor_on, programme->window_months),
			     programme->window_roll, provisional);
}

/* What one rule is being turned into. */
struct draft {
	const struct calendar *calendar;
	const struct plan_rule *rule;
	size_t rule_index;
	int32_t anchor_on;
	int32_t clip_on;       /* no last day lies after it … */
	int32_t window_end_on; /* … and from here those count that count from the window's end */
	struct planned *out;
	size_t n;
	size_t max;
};

/*
 * A day on or before publication is none of this window (art. 201: the first day does not count), a young unit may be
 * let off, and only an official date, or one counted from the end, may lie past it. The last day is what is judged: that the final report,
 * due with the window's last day, rolls over a weekend must not lose it.
 */
static bool is_wanted(const struct draft *draft, int32_t last_day_on)
{
	int young_months = draft->rule->skip_when_younger_than_months;
	if (last_day_on <= draft->anchor_on)
		return false;
	if (young_months > 0 && last_day_on < civil_add_months(draft->anchor_on, young_months))
		return false;
	return draft->rule->n_on_dates > 0 || draft->rule->after_window_months > 0 ||
	       last_day_on <= draft->clip_on;
}

/* Not before publication, and never after the due day. */
static int32_t opening_day(const struct plan_rule *rule, int32_t anchor_on, int32_t due_on)
{
	int32_t opens_on = rule->opens_months >= 0 ? civil_add_months(anchor_on, rule->opens_months)
						   : due_on - rule->opens_before_days;
	if (opens_on < anchor_on)
		opens_on = anchor_on;
	return opens_on < due_on ? opens_on : due_on;
}

void programme_replan(const struct plan_rule *rule, const struct calendar *calendar,
		      int32_t anchor_on, struct planned *planned)
{
	enum roll roll = plan_rule_is_official(rule) ? ROLL_NONE : rule->roll;
	planned->provisional = false;
	planned->due_on =
		calendar_roll(calendar, planned->last_day_on, roll, &planned->provisional);
	planned->opens_on = opening_day(rule, anchor_on, planned->due_on);
}

bool plan_rule_is_official(const struct plan_rule *rule)
{
	return rule->n_on_dates > 0;
}

static void draft_add(struct draft *draft, int months, int32_t last_day_on)
{
	if (draft->n == draft->max || !is_wanted(draft, last_day_on))
		return;
	struct planned *planned = &draft->out[draft->n++];
	*planned = (struct planned){
		.rule = draft->rule_index,
		.months = months,
		.last_day_on = last_day_on,
	};
	programme_replan(draft->rule, draft->calendar, draft->anchor_on, planned);
}

static void add_months_rows(struct draft *draft)
{
	const struct plan_rule *rule = draft->rule;
	for (int64_t i = 1; rule->every_months > 0 && i <= rule->times; i++) {
		int64_t months = i * rule->every_months;
		int32_t last_day_on = civil_add_months(draft->anchor_on, (int)months);
		/* Past the end, and so are all that follow. */
		if (last_day_on > draft->clip_on)
			break;
		draft_add(draft, (int)months, last_day_on);
	}
	for (size_t i = 0; i < rule->n_at_months; i++)
		draft_add(draft, rule->at_months[i],
			  civil_add_months(draft->anchor_on, rule->at_months[i]));
}

/* 29 February is the 28th where there is none, as art. 202 has it for months. */
static void add_year(struct draft *draft, int year)
{
	const struct plan_rule *rule = draft->rule;
	for (size_t i = 0; i < rule->n_every_year_on; i++) {
		int month = rule->every_year_on[i][0];
		int day_of_month = rule->every_year_on[i][1];
		int length = civil_month_length(year, month);
		int32_t day;
		if (civil_from_ymd(year, month, day_of_month < length ? day_of_month : length,
				   &day))
			draft_add(draft, 0, day);
	}
}

/* The 31st is the last day of a month that has none, as in art. 202. */
static void add_monthly_rows(struct draft *draft)
{
	int year, month, day_of_month;
	int32_t first;
	civil_to_ymd(draft->anchor_on, &year, &month, &day_of_month);
	/* Counted from a 31-day month's day, so that no month's shortness is carried on. */
	INVARIANT(civil_from_ymd(year - 1, 12, draft->rule->every_month_on, &first));
	for (int i = month; draft->n < draft->max; i++) {
		int32_t day = civil_add_months(first, i);
		if (day > draft->clip_on)
			break;
		draft_add(draft, 0, day);
	}
}

static void add_calendar_rows(struct draft *draft)
{
	const struct plan_rule *rule = draft->rule;
	int first, last, month, day_of_month;
	for (size_t i = 0; i < rule->n_on_dates; i++)
		draft_add(draft, 0, rule->on_dates[i]);
	if (rule->every_month_on > 0)
		add_monthly_rows(draft);
	if (rule->after_window_months > 0)
		draft_add(draft, 0,
			  civil_add_months(draft->window_end_on, rule->after_window_months));
	if (rule->n_every_year_on == 0)
		return;
	civil_to_ymd(draft->anchor_on, &first, &month, &day_of_month);
	civil_to_ymd(draft->clip_on, &last, &month, &day_of_month);
	for (int year = first; year <= last && draft->n < draft->max; year++)
		add_year(draft, year);
}

static int by_last_day(const void *a, const void *b)
{
	const struct planned *x = a, *y = b;
	return (x->last_day_on > y->last_day_on) - (x->last_day_on < y->last_day_on);
}

/*
 * A file may list months and dates in any order; `n` counts them by date. One day is one obligation, even if it is
 * named twice, or by 28 and 29 February of a common year. Returns how many are left.
 */
static size_t number_rows(struct planned *rows, size_t n)
{
	size_t kept = 0;
	if (n > 0)
		qsort(rows, n, sizeof(rows[0]), by_last_day);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && rows[kept - 1].last_day_on == rows[i].last_day_on)
			continue;
		rows[kept] = rows[i];
		kept++;
		rows[kept - 1].n = (int)kept;
	}
	return kept;
}

size_t programme_plan_in(const struct programme *programme, const struct calendar *calendar,
			 const struct plan_window *window, struct planned *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < programme->n_plan; i++) {
		struct draft draft = {
			.calendar = calendar,
			.rule = &programme->plan[i],
			.rule_index = i,
			.anchor_on = window->anchor_on,
			/* A window that is rolled back to a working day keeps what is due with its last day. */
			.clip_on =
				window->last_on > window->end_on ? window->last_on : window->end_on,
			.window_end_on = window->end_on,
			.out = out + n,
			.max = max - n,
		};
		add_months_rows(&draft);
		add_calendar_rows(&draft);
		n += number_rows(draft.out, draft.n);
	}
	return n;
}

size_t programme_plan(const struct programme *programme, const struct calendar *calendar,
		      int32_t anchor_on, struct planned out[PLAN_MAX])
{
	bool ignored = false;
	struct plan_window window = {
		.anchor_on = anchor_on,
		.last_on = civil_add_months(anchor_on, programme->window_months),
		.end_on = programme_window_end(programme, calendar, anchor_on, &ignored),
	};
	return programme_plan_in(programme, calendar, &window, out, PLAN_MAX);
}

void programme_plan_milestone(const struct plan_rule *rule, size_t rule_index,
			      const struct calendar *calendar, int32_t anchor_on, int n,
			      int32_t planned_on, struct planned *out)
{
	*out = (struct planned){
		.rule = rule_index,
		.n = n,
		.last_day_on = planned_on + rule->days_after,
	};
	programme_replan(rule, calendar, anchor_on, out);
}
