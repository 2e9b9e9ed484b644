/*
 * Moving what is owed, and only that: what was filed or accepted stays as it is. Every day is counted from the anchor
 * or from where it first stood, never from where an earlier move had left it (民法典 202).
 */
#include "engine/replan.h"

#include "engine/delta.h"
#include "engine/leave.h"
#include "jiebang/civil.h"
#include "store/dated.h"
#include "store/timer.h"

#include <stdlib.h>

void replan_begin(struct replan *replan, struct tx *tx, const char *cause)
{
	*replan = (struct replan){ .tx = tx, .cause = cause };
}

void replan_clear(struct replan *replan)
{
	free(replan->moved);
	replan->moved = NULL;
	replan->n_moved = replan->cap_moved = 0;
}

void replan_remember(struct replan *replan, const struct moved *moved)
{
	if (!moved->obligation_key)
		return;
	if (replan->n_moved == replan->cap_moved) {
		replan->cap_moved = replan->cap_moved ? replan->cap_moved * 2 : 64;
		replan->moved = xrealloc(replan->moved, replan->cap_moved * sizeof(*moved));
	}
	replan->moved[replan->n_moved++] = *moved;
	replan->n_added += moved->old_due_on == 0;
	replan->n_dropped += moved->due_on == 0;
}

void replan_count(struct replan *replan, int64_t unit_key, size_t before)
{
	if (replan->n_moved == before || replan->counted == unit_key)
		return;
	replan->units++;
	replan->counted = unit_key;
}

enum fault replan_drop(struct replan *replan, const struct obligation_row *row, const char *reason,
		       struct problem *problem)
{
	replan_remember(replan, &(struct moved){ .programme_key = row->programme_key,
						 .unit_key = row->unit_key,
						 .obligation_key = row->key,
						 .of = RECIPIENT_UNIT,
						 .old_due_on = row->due_on });
	return close_duty(replan->tx, row->key, reason, problem);
}

enum fault replan_all(struct replan *replan, struct problem *problem)
{
	struct tx *tx = replan->tx;
	struct moved moved;
	int64_t key = 0;
	enum fault fault = FAULT_NONE;
	do {
		fault = replan_next(tx->store, key, &key, problem);
		if (fault != FAULT_NONE || !key)
			break;
		fault = replan_obligation(tx, key, &moved, problem);
		replan_remember(replan, &moved);
	} while (fault == FAULT_NONE);
	return fault;
}

/* ---- a unit ---- */

typedef enum fault each_fn(struct replan *replan, struct obligation_row *row,
			   const struct plan_rule *rule, const void *arg, struct problem *problem);

static enum fault one_owed(struct replan *replan, int64_t key, each_fn *each, const void *arg,
			   struct problem *problem)
{
	struct obligation_row row;
	enum fault fault = obligation_get(replan->tx->store, key, &row, problem);
	if (fault != FAULT_NONE || !obligation_is_owed(row.state))
		return fault;
	const struct frozen_rule *frozen = tx_rule(replan->tx, row.rule_key, problem);
	return frozen ? each(replan, &row, &frozen->rule, arg, problem) : problem->fault;
}

/* Each obligation that the unit still owes. */
static enum fault each_owed(struct replan *replan, const struct unit_row *unit, each_fn *each,
			    const void *arg, struct problem *problem)
{
	size_t before = replan->n_moved;
	int64_t key = 0;
	enum fault fault = FAULT_NONE;
	do {
		fault = obligation_of_unit(replan->tx->store, unit->key, key, &key, problem);
		if (fault == FAULT_NONE && key)
			fault = one_owed(replan, key, each, arg, problem);
	} while (fault == FAULT_NONE && key);
	replan_count(replan, unit->key, before);
	return fault;
}

/* Counted anew from the row's base. */
static enum fault rebase(struct replan *replan, struct obligation_row *row, int32_t last_day_on,
			 struct problem *problem)
{
	struct moved moved;
	enum fault fault =
		rebase_obligation(replan->tx, row, last_day_on, replan->cause, &moved, problem);
	replan_remember(replan, &moved);
	return fault;
}

static enum fault by_anchor(struct replan *replan, struct obligation_row *row,
			    const struct plan_rule *rule, const void *arg, struct problem *problem)
{
	(void)arg;
	int32_t last_day_on = last_day_of(row, rule);
	if (last_day_on <= row->anchor_on)
		return replan_drop(replan, row, "before_publication", problem);
	return rebase(replan, row, last_day_on, problem);
}

enum fault replan_unit(struct replan *replan, const struct unit_row *unit, struct problem *problem)
{
	return each_owed(replan, unit, by_anchor, NULL, problem);
}

static enum fault to_new_end(struct replan *replan, struct obligation_row *row,
			     const struct plan_rule *rule, const void *arg, struct problem *problem)
{
	const struct new_end *end = arg;
	/* What counts from the end (after_window_months) follows it wherever it goes. */
	if (rule->after_window_months > 0)
		return rebase(replan, row, last_day_of(row, rule), problem);
	if (row->last_day_on != end->old_last_on || delta_goes_on(end->delta, row->rule_id))
		return FAULT_NONE;
	if (delta_stands_on(end->delta, row->rule_id, end->delta->fresh.last_on) &&
	    end->last_on < end->old_last_on)
		return replan_drop(replan, row, "outside_window", problem);
	bool counted = end->add_months > 0 && row->months > 0;
	row->months = counted ? row->months + end->add_months : 0;
	row->base_on = 0;
	enum fault fault = obligation_set_base(replan->tx->store, row, problem);
	int32_t last_day_on = counted ? last_day_of(row, rule) : end->last_on;
	return fault == FAULT_NONE ? rebase(replan, row, last_day_on, problem) : fault;
}

enum fault replan_window(struct replan *replan, const struct unit_row *unit,
			 const struct new_end *end, struct problem *problem)
{
	return each_owed(replan, unit, to_new_end, end, problem);
}

static enum fault by_shift(struct replan *replan, struct obligation_row *row,
			   const struct plan_rule *rule, const void *arg, struct problem *problem)
{
	/* The unit's own milestone may have moved it since the last shift. The window's end has moved by itself. */
	if (row->months == 0 && rule->after_window_months == 0 && (!row->base_on || row->milestone))
		row->base_on = civil_add_months(row->last_day_on, -row->shift_months);
	row->shift_months += *(const int *)arg;
	enum fault fault = obligation_set_base(replan->tx->store, row, problem);
	return fault == FAULT_NONE ? rebase(replan, row, last_day_of(row, rule), problem) : fault;
}

enum fault replan_shift(struct replan *replan, const struct unit_row *unit, int months,
			struct problem *problem)
{
	return each_owed(replan, unit, by_shift, &months, problem);
}

enum fault window_arm(struct tx *tx, const struct unit_row *unit, struct problem *problem)
{
	if (!unit->published || !unit->owes || unit->state != UNIT_DELIVERING)
		return timer_clear(tx->store, "window_end", unit->key, problem);
	tx_stir(tx);
	return timer_set(tx->store, "window_end", unit->key, civil_end_at(unit->window_end_on),
			 problem);
}
