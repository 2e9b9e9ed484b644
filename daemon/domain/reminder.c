/*
 * The steps of a ladder, computed from two dates and never stored as state: a handful that are finite, sorted, and
 * behind them the repeats, an endless row of which only the part asked for is made. The day of a step is never moved:
 * a Saturday's reminder is Saturday's, and on which day it is sent is the policy of sending (days_off, R5).
 */
#include "jiebang/reminder.h"

#include "jiebang/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ESCALATIONS_MAX (sizeof(((struct ladder *)NULL)->escalations) / sizeof(struct escalation))
#define FINITE_MAX      (1 + 2 * LADDER_RUNGS_MAX + ESCALATIONS_MAX)

/* What a step may be moved by: further than any row of days off, so that no step of a range asked for is missed. */
#define MOVED_DAYS_MAX 40

/* What the steps of one obligation are made of. */
struct making {
	const struct ladder *ladder;
	const struct calendar *calendar;
	const struct step_dates *dates;
};

static int compare(const struct step *a, const struct step *b)
{
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	/* Moved to one day from several: the last word is the latest step's. */
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

/* They are made nearly in order: the steps of the unit are, and an escalation falls somewhere among the last. */
static void sort(struct step *steps, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		size_t to = i;
		struct step step = steps[i];
		for (; to > 0 && compare(&step, &steps[to - 1]) < 0; to--)
			steps[to] = steps[to - 1];
		steps[to] = step;
	}
}

/* Fixed words; with the occasion key they are UNIQUE in the database, so they may never change. */
static void write_key(const struct ladder *ladder, struct step *step)
{
	static const char review[] = "review-";
	size_t prefix = ladder->of_review ? sizeof(review) - 1 : 0, size = STEP_KEY_BYTES - prefix;
	memcpy(step->key, review, prefix);
	char *key = step->key + prefix;
	int n = 0;
	switch (step->kind) {
	case STEP_OPEN:
		n = snprintf(key, size, "open");
		break;
	case STEP_BEFORE:
		n = snprintf(key, size, "before-%d", step->offset);
		break;
	case STEP_DUE:
		n = snprintf(key, size, "due");
		break;
	case STEP_AFTER:
		n = snprintf(key, size, "after-%d", step->offset);
		break;
	case STEP_REPEAT:
		n = snprintf(key, size, "repeat-%d", step->offset);
		break;
	case STEP_ESCALATION:
		n = snprintf(key, size, "%s+%dw", recipient_name(step->to), step->offset);
		break;
	}
	/* Two steps under one cut key would be one: the second never sent. */
	INVARIANT(n > 0 && (size_t)n < size);
}

/* The nearest working day that way; `day` itself if there is none among the days that are looked at. */
static int32_t workday_towards(const struct calendar *calendar, int32_t day, int way)
{
	bool ignored = false;
	for (int32_t i = 0; i < MOVED_DAYS_MAX; i++)
		if (!calendar_is_off(calendar, day + way * i, &ignored))
			return day + way * i;
	return day;
}

/* A step up to the due day never goes past it, and one after it is never said before it is true. */
static int32_t send_day(const struct making *making, int32_t day)
{
	int way = making->ladder->days_off == DAYS_OFF_AFTER ? 1 : -1;
	bool ignored = false;
	if (making->ladder->days_off == DAYS_OFF_SEND ||
	    !calendar_is_off(making->calendar, day, &ignored))
		return day;
	int32_t due_on = making->dates->due_on, moved = workday_towards(making->calendar, day, way);
	return (moved > due_on) == (day > due_on) ? moved
						  : workday_towards(making->calendar, day, -way);
}

/* Without its key, which only those steps get that are handed out: it costs more than all the rest. */
static struct step make(const struct making *making, enum step_kind kind, enum recipient to,
			int offset, int32_t day)
{
	struct step step = { .kind = kind, .to = to, .offset = offset, .day = day, .send_on = day };
	if (kind == STEP_OPEN) {
		step.at = civil_start_at(day);
		return step;
	}
	step.send_on = send_day(making, day);
	step.at = civil_start_at(step.send_on) + making->ladder->send_at_s;
	return step;
}

/* Whose duty the ladder's dates are; only an escalation speaks to another. */
static enum recipient addressee(const struct ladder *ladder)
{
	return ladder->of_review ? RECIPIENT_REVIEWER : RECIPIENT_UNIT;
}

static size_t finite_steps(const struct making *making, struct step out[FINITE_MAX])
{
	const struct ladder *ladder = making->ladder;
	int32_t due_on = making->dates->due_on;
	size_t n = 0;
	bool ignored = false;
	enum recipient to = addressee(ladder);
	if (!ladder->of_review)
		out[n++] = make(making, STEP_OPEN, RECIPIENT_UNIT, 0, making->dates->opens_on);
	for (size_t i = 0; i < ladder->n_before; i++) {
		int days = ladder->before_days[i];
		out[n++] = make(making, days > 0 ? STEP_BEFORE : STEP_DUE, to, days, due_on - days);
	}
	for (size_t i = 0; i < ladder->n_after; i++)
		out[n++] = make(making, STEP_AFTER, to, ladder->after_days[i],
				due_on + ladder->after_days[i]);
	for (size_t i = 0; i < ladder->n_escalations; i++) {
		const struct escalation *up = &ladder->escalations[i];
		out[n++] = make(making, STEP_ESCALATION, up->to, up->after_workdays,
				calendar_add_workdays(making->calendar, due_on, up->after_workdays,
						      &ignored));
	}
	sort(out, n);
	return n;
}

/* ---- the repeats ---- */

/* Repeat number 0 stands on the last rung after the due day, or on the due day itself. */
static int64_t repeat_day(const struct making *making, int64_t k)
{
	const struct ladder *ladder = making->ladder;
	int last_after = ladder->n_after > 0 ? ladder->after_days[ladder->n_after - 1] : 0;
	return (int64_t)making->dates->due_on + last_after + k * ladder->then_every_days;
}

/* Repeat number `k`; false if there are none, or it lies beyond the last year of civil dates. */
static bool repeat_step(const struct making *making, int64_t k, struct step *out)
{
	const struct ladder *ladder = making->ladder;
	int32_t last_day;
	if (ladder->then_every_days <= 0 || !civil_from_ymd(CIVIL_YEAR_MAX, 12, 31, &last_day) ||
	    repeat_day(making, k) > last_day)
		return false;
	*out = make(making, STEP_REPEAT, addressee(ladder), (int)k, (int32_t)repeat_day(making, k));
	return true;
}

/*
 * A repeat not later than the first with at >= from_at, by division: a far year costs what tomorrow costs. One that
 * was earlier may have been moved to after from_at.
 */
static int64_t first_repeat(const struct making *making, int64_t from_at)
{
	int every = making->ladder->then_every_days;
	int64_t gap = (int64_t)civil_day_of(from_at) - MOVED_DAYS_MAX - repeat_day(making, 0);
	if (every <= 0 || gap <= every)
		return 1;
	return gap / every;
}

/* The finite steps and the repeats as one ordered row. */
struct row {
	struct making making;
	struct step finite[FINITE_MAX];
	size_t n;
	size_t i;
	struct step repeat;
	bool repeats; /* whether `repeat` stands */
};

static struct row row_begin(const struct ladder *ladder, const struct calendar *calendar,
			    const struct step_dates *dates, int64_t from_at)
{
	struct row row = { .making = { ladder, calendar, dates } };
	row.n = finite_steps(&row.making, row.finite);
	row.repeats = repeat_step(&row.making, first_repeat(&row.making, from_at), &row.repeat);
	return row;
}

static bool row_take(struct row *row, struct step *out)
{
	bool finite = row->i < row->n;
	if (!finite && !row->repeats)
		return false;
	if (finite && (!row->repeats || compare(&row->finite[row->i], &row->repeat) < 0)) {
		*out = row->finite[row->i++];
		return true;
	}
	*out = row->repeat;
	row->repeats = repeat_step(&row->making, (int64_t)out->offset + 1, &row->repeat);
	return true;
}

size_t reminder_steps(const struct ladder *ladder, const struct calendar *calendar,
		      const struct step_dates *dates, int64_t from_at, int64_t until_at,
		      struct step *out, size_t max)
{
	struct row row = row_begin(ladder, calendar, dates, from_at);
	struct step step;
	size_t n = 0;
	while (n < max && row_take(&row, &step) && step.at <= until_at) {
		if (step.at < from_at)
			continue;
		write_key(ladder, &step);
		out[n++] = step;
	}
	return n;
}

bool reminder_find(const struct ladder *ladder, const struct calendar *calendar,
		   const struct step_dates *dates, int64_t from_at, step_wanted_fn *wanted,
		   void *arg, struct step *out)
{
	struct row row = row_begin(ladder, calendar, dates, from_at);
	while (row_take(&row, out)) {
		if (out->at < from_at)
			continue;
		write_key(ladder, out);
		if (wanted(out, arg))
			return true;
	}
	return false;
}

bool reminder_next(const struct ladder *ladder, const struct calendar *calendar,
		   const struct step_dates *dates, int64_t from_at, struct step *out)
{
	return reminder_steps(ladder, calendar, dates, from_at, INT64_MAX, out, 1) == 1;
}

const char *reminder_type(enum step_kind kind, bool review)
{
	bool soon = kind == STEP_BEFORE || kind == STEP_DUE;
	if (review)
		return soon ? "review.due_soon" : "review.overdue";
	return soon ? "obligation.due_soon" : "obligation.overdue";
}
