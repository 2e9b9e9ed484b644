/*
 * Both plans are made by the file as it is now: what was edited in between is in neither, so that an edited file changes
 * no running plan.
 */
#include "engine/delta.h"

#include "jiebang/civil.h"

#include <string.h>

struct plan_window window_of(const struct programme *programme, const struct calendar *calendar,
			     const struct unit_row *unit, int shift_months)
{
	bool ignored = false;
	struct plan_window window = { .anchor_on = unit->anchor_on, .end_on = unit->window_end_on };
	window.last_on = unit->window_months ? civil_add_months(unit->anchor_on,
								unit->window_months - shift_months)
					     : civil_add_months(unit->window_end_on, -shift_months);
	if (shift_months && unit->window_months)
		window.end_on =
			calendar_roll(calendar, window.last_on, programme->window_roll, &ignored);
	else if (shift_months)
		window.end_on = window.last_on;
	return window;
}

static bool same_window(const struct plan_window *a, const struct plan_window *b)
{
	return a->anchor_on == b->anchor_on && a->last_on == b->last_on && a->end_on == b->end_on;
}

/* What counts from the anchor is the same row wherever the anchor goes; a day of the calendar is itself. */
static bool same_row(const struct planned *a, const struct planned *b)
{
	return a->rule == b->rule && a->months == b->months &&
	       (a->months > 0 || a->last_day_on == b->last_day_on);
}

static size_t without(const struct programme *programme, const struct planned *rows, size_t n,
		      const struct planned *others, size_t n_others, struct planned *out)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		bool found = programme->plan[rows[i].rule].after_window_months > 0;
		for (size_t j = 0; j < n_others && !found; j++)
			found = same_row(&rows[i], &others[j]);
		if (!found)
			out[kept++] = rows[i];
	}
	return kept;
}

void delta_find(const struct tx *tx, const struct programme *programme, int shift_months,
		const struct plan_window *old, const struct plan_window *fresh, struct delta *delta)
{
	static struct planned was[DELTA_MAX]; /* the writer thread's alone */
	if (delta->programme == programme && delta->shift_months == shift_months &&
	    same_window(&delta->old, old) && same_window(&delta->fresh, fresh))
		return;
	delta->programme = programme;
	delta->shift_months = shift_months;
	delta->old = *old;
	delta->fresh = *fresh;
	size_t n_was = programme_plan_in(programme, tx->calendar, old, was, DELTA_MAX);
	delta->n_plan = programme_plan_in(programme, tx->calendar, fresh, delta->plan, DELTA_MAX);
	delta->n_add = without(programme, delta->plan, delta->n_plan, was, n_was, delta->add);
	delta->n_drop = without(programme, was, n_was, delta->plan, delta->n_plan, delta->drop);
}

bool delta_is_of(const struct delta *delta, const struct planned *planned, const char *rule_id)
{
	return strcmp(delta->programme->plan[planned->rule].id, rule_id) == 0;
}

bool delta_goes_on(const struct delta *delta, const char *rule_id)
{
	for (size_t i = 0; i < delta->n_add; i++)
		if (delta_is_of(delta, &delta->add[i], rule_id) &&
		    delta->add[i].last_day_on > delta->old.last_on)
			return true;
	return false;
}

bool delta_stands_on(const struct delta *delta, const char *rule_id, int32_t last_day_on)
{
	for (size_t i = 0; i < delta->n_plan; i++)
		if (delta->plan[i].last_day_on == last_day_on &&
		    delta_is_of(delta, &delta->plan[i], rule_id))
			return true;
	return false;
}
