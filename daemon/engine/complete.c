/*
 * What is added is told from the ladder's beginning, as after a publication: nobody has heard of it. Its number is the
 * next one, since numbers are a part of webhook-ids and are never given twice.
 */
#include "engine/complete.h"

#include "engine/settle.h"
#include "jiebang/civil.h"
#include "store/dated.h"

static bool is_row(const struct delta *delta, const struct planned *planned,
		   const struct obligation_row *row)
{
	int32_t day = row->base_on ? row->base_on : row->last_day_on;
	return delta_is_of(delta, planned, row->rule_id) && row->months == planned->months &&
	       (row->months > 0 || day == planned->last_day_on);
}

/* Cancelled by a move of the window it may come back; by a person it may not. */
static enum fault may_come_back(struct tx *tx, const struct obligation_row *row, bool *may,
				struct problem *problem)
{
	*may = false;
	if (row->state != OBLIGATION_CANCELLED)
		return FAULT_NONE;
	enum fault fault = obligation_ruled_out(tx->store, row->key, may, problem);
	*may = !*may;
	return fault;
}

/* Which rows of `add` the unit has already, whatever became of them; what it owes of `drop` goes. */
static enum fault visit(struct replan *replan, const struct delta *delta, int64_t key,
			bool present[DELTA_MAX], struct problem *problem)
{
	struct obligation_row row;
	bool may = false;
	enum fault fault = obligation_get(replan->tx->store, key, &row, problem);
	if (fault == FAULT_NONE)
		fault = may_come_back(replan->tx, &row, &may, problem);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < delta->n_add && !may; i++)
		present[i] = present[i] || is_row(delta, &delta->add[i], &row);
	for (size_t i = 0; i < delta->n_drop && obligation_is_owed(row.state); i++)
		if (is_row(delta, &delta->drop[i], &row))
			return replan_drop(replan, &row, "outside_window", problem);
	return FAULT_NONE;
}

/* The row, with the shifts of the whole programme. */
static enum fault set_base(struct tx *tx, const struct delta *delta, const struct planned *planned,
			   struct obligation_row *row, struct problem *problem)
{
	row->months = planned->months;
	row->shift_months = delta->shift_months;
	row->base_on = planned->months == 0 && delta->shift_months ? planned->last_day_on : 0;
	return obligation_set_base(tx->store, row, problem);
}

static struct planned shifted(const struct tx *tx, const struct delta *delta,
			      const struct planned *planned)
{
	struct planned out = *planned;
	struct plan_rule rule = delta->programme->plan[planned->rule];
	int32_t anchor_on = delta->fresh.anchor_on;
	if (delta->shift_months == 0)
		return out;
	out.last_day_on =
		planned->months ? civil_add_months(anchor_on, planned->months + delta->shift_months)
				: civil_add_months(planned->last_day_on, delta->shift_months);
	if (rule.opens_months >= 0)
		rule.opens_months += delta->shift_months;
	programme_replan(&rule, tx->calendar, anchor_on, &out);
	return out;
}

static enum fault say_added(struct replan *replan, const struct obligation_row *row,
			    struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	buf_addf(&data, "{\"cause\":\"%s\"}", replan->cause);
	enum fault fault =
		tx_obligation_event(replan->tx, row, "obligation.added", buf_str(&data), problem);
	buf_clear(&data);
	replan_remember(replan, &(struct moved){ .programme_key = row->programme_key,
						 .unit_key = row->unit_key,
						 .obligation_key = row->key,
						 .of = RECIPIENT_UNIT,
						 .due_on = row->due_on,
						 .provisional = row->provisional });
	return fault;
}

static enum fault add_row(struct replan *replan, const struct unit_row *unit,
			  const struct delta *delta, const struct planned *planned,
			  struct problem *problem)
{
	struct tx *tx = replan->tx;
	struct obligation_row row;
	struct planned dates = shifted(tx, delta, planned);
	struct obligation_new fresh = { .unit_key = unit->key,
					.opens_on = dates.opens_on,
					.last_day_on = dates.last_day_on,
					.due_on = dates.due_on,
					.provisional = dates.provisional };
	int64_t key = 0;
	enum fault fault =
		rule_key_get(tx->store, unit->programme_key,
			     delta->programme->plan[planned->rule].id, &fresh.rule_key, problem);
	if (fault == FAULT_NONE)
		fault = obligation_add(tx->store, &fresh, &key, problem);
	if (fault == FAULT_NONE)
		fault = obligation_get(tx->store, key, &row, problem);
	if (fault == FAULT_NONE)
		fault = set_base(tx, delta, planned, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = tx_obligation_added(tx, &row, problem);
	if (fault == FAULT_NONE)
		fault = say_added(replan, &row, problem);
	tx_stir(tx);
	return fault == FAULT_NONE ? agenda_from(tx, &row, INT64_MIN / 2, problem) : fault;
}

enum fault complete_unit(struct replan *replan, const struct unit_row *unit,
			 const struct delta *delta, struct problem *problem)
{
	bool present[DELTA_MAX] = { false };
	size_t before = replan->n_moved;
	int64_t key = 0;
	enum fault fault = FAULT_NONE;
	if (!unit->owes || !unit_is_reminded(unit->state) || delta->n_add + delta->n_drop == 0)
		return FAULT_NONE;
	do {
		fault = obligation_of_unit(replan->tx->store, unit->key, key, &key, problem);
		if (fault == FAULT_NONE && key)
			fault = visit(replan, delta, key, present, problem);
	} while (fault == FAULT_NONE && key);
	for (size_t i = 0; fault == FAULT_NONE && i < delta->n_add; i++)
		if (!present[i])
			fault = add_row(replan, unit, delta, &delta->add[i], problem);
	replan_count(replan, unit->key, before);
	return fault;
}
