/*
 * What moves an obligation off its plan. A date that a person moves (a return, an extension) begins its ladder with the
 * next step; one that a calendar moves catches up with what the old one had not said yet, since nobody decided anything.
 */
#include "engine/course.h"

#include "engine/settle.h"
#include "jiebang/civil.h"
#include "store/digest.h"
#include "store/outbox.h"

#include <string.h>

#define DAY_S          86400LL
#define STEPS_AHEAD    64 /* the first of them is what is asked for */
#define MOVED_DAYS_MAX 40 /* further than any calendar moves a day */

/* ---- review ---- */

enum fault plan_review(struct tx *tx, const struct obligation_row *row, struct review_start *out,
		       struct problem *problem)
{
	bool ignored = false;
	*out = (struct review_start){ 0, 0 };
	const struct frozen_rule *frozen = tx_rule(tx, row->rule_key, problem);
	if (!frozen)
		return problem->fault;
	if (!plan_rule_is_reviewed(&frozen->rule))
		return FAULT_NONE;
	struct obligation_row filed = *row;
	filed.review_due_on = review_due_on(&frozen->rule.review, tx->calendar,
					    civil_day_of(tx->now_at), row->due_on, &ignored);
	out->due_on = filed.review_due_on;
	return next_undecided(tx, &filed, tx->now_at + 1, &out->next_at, problem);
}

/* ---- other dates ---- */

/* Writes the dates, and makes the row say so. */
static enum fault set_dates(struct tx *tx, struct obligation_row *row,
			    const struct obligation_dates *dates, struct problem *problem)
{
	enum fault fault = obligation_set_dates(tx->store, row->key, dates, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (obligation_is_owed(row->state)) {
		tx_tally_owed(tx, row->programme_key, row->due_at, -1);
		tx_tally_owed(tx, row->programme_key, civil_end_at(dates->due_on), 1);
	}
	row->opens_on = dates->opens_on;
	row->last_day_on = dates->last_day_on;
	row->due_on = dates->due_on;
	row->due_at = civil_end_at(dates->due_on);
	row->granted_on = dates->granted_on;
	row->provisional = dates->provisional;
	row->revision += dates->moved;
	return FAULT_NONE;
}

/* The plan's dates, with the shifts of the whole programme. */
static void plan_row(const struct tx *tx, const struct obligation_row *row,
		     const struct plan_rule *rule, struct planned *out)
{
	struct plan_rule shifted = *rule;
	if (shifted.opens_months >= 0)
		shifted.opens_months += row->shift_months;
	programme_replan(&shifted, tx->calendar, row->anchor_on, out);
}

int32_t last_day_of(const struct obligation_row *row, const struct plan_rule *rule)
{
	if (rule->after_window_months > 0)
		return civil_add_months(row->window_end_on, rule->after_window_months);
	if (row->months > 0)
		return civil_add_months(row->anchor_on, row->months + row->shift_months);
	return row->base_on ? civil_add_months(row->base_on, row->shift_months) : row->last_day_on;
}

/*
 * The dates as publication, calendar, rulings and returns have them now. What a person granted stands as it was granted; a correction
 * counts from its return, and one that lasted as long as the review (`review_on`, 0: over and forgotten) is left alone.
 */
static void fresh_dates(struct tx *tx, const struct obligation_row *row,
			const struct plan_rule *rule, int32_t review_on,
			struct obligation_dates *out)
{
	struct planned fresh = { .last_day_on = last_day_of(row, rule) };
	const struct correction_rule *correction = &rule->correction;
	plan_row(tx, row, rule, &fresh);
	*out = (struct obligation_dates){ fresh.opens_on,  fresh.last_day_on, fresh.due_on,
					  row->granted_on, fresh.provisional, false };
	if (row->granted_on) {
		out->due_on = row->granted_on;
		out->provisional = false;
	}
	if (row->state != OBLIGATION_RETURNED)
		return;
	if (!correction->until_review || review_on)
		out->due_on =
			correction_due_on(correction, tx->calendar, civil_day_of(row->returned_at),
					  out->due_on, review_on, &out->provisional);
	else if (row->due_on > out->due_on)
		out->due_on = row->due_on;
}

enum fault redate_obligation(struct tx *tx, struct obligation_row *row,
			     const struct obligation_dates *dates, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	if (row->next_step_at)
		fault = suppress_due(tx, row, row->next_step_at, "rescheduled", problem);
	if (fault == FAULT_NONE)
		fault = cancel_messages(tx, row->key, "superseded", "rescheduled", problem);
	if (fault == FAULT_NONE)
		fault = set_dates(tx, row, dates, problem);
	return fault == FAULT_NONE ? rearm_obligation(tx, row, row->submitted_at, problem) : fault;
}

/* The plan's date is computed anew: while the report was filed, it was history, and no calendar moved it. */
enum fault begin_correction(struct tx *tx, struct obligation_row *row, int32_t *correct_by_on,
			    struct problem *problem)
{
	int32_t review_on = row->review_due_on;
	struct obligation_dates dates;
	const struct frozen_rule *frozen = tx_rule(tx, row->rule_key, problem);
	if (!frozen)
		return problem->fault;
	enum fault fault = settle_obligation(tx, row, "returned", problem);
	row->review_due_on = 0;
	if (fault == FAULT_NONE)
		fault = suppress_due(tx, row, row->submitted_at + 1, "submitted", problem);
	fresh_dates(tx, row, &frozen->rule, review_on, &dates);
	dates.moved = true;
	*correct_by_on = dates.due_on == row->due_on ? 0 : dates.due_on;
	return fault == FAULT_NONE ? redate_obligation(tx, row, &dates, problem) : fault;
}

/* ---- a calendar comes ---- */

static bool has_step(const struct step *steps, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(steps[i].key, key) == 0)
			return true;
	return false;
}

/*
 * Where the new ladder begins: after now, but what the old one had not said yet is owed still. A date that came nearer
 * brings its steps with it, and a day that turns out to be off moves what would have been sent on it, perhaps to before
 * now; if steps were missed (an outage, and the calendar is read first thing at start) or their message has not
 * arrived, they are caught up with as well.
 */
static enum fault ladder_begins_at(struct tx *tx, const struct obligation_row *old,
				   const struct obligation_row *row, int64_t unsaid_at,
				   int64_t *begins_at, struct problem *problem)
{
	static struct step unsaid[STEPS_AHEAD], past[STEPS_AHEAD]; /* the writer thread's alone */
	struct phase was, is;
	*begins_at = tx->now_at + 1;
	enum fault fault = phase_of(tx, old, &was, problem);
	if (fault == FAULT_NONE)
		fault = phase_of(tx, row, &is, problem);
	if (fault != FAULT_NONE || unsaid_at == INT64_MAX)
		return fault;
	size_t n_past =
		reminder_steps(is.ladder, tx->calendar, &is.dates,
			       unsaid_at - MOVED_DAYS_MAX * DAY_S, tx->now_at, past, STEPS_AHEAD);
	if (n_past == 0)
		return FAULT_NONE;
	size_t n = reminder_steps(was.ladder, tx->old_calendar, &was.dates, unsaid_at, INT64_MAX,
				  unsaid, STEPS_AHEAD);
	for (size_t i = 0; i<n_past && * begins_at> tx->now_at; i++)
		if (has_step(unsaid, n, past[i].key))
			*begins_at = past[i].at;
	return FAULT_NONE;
}

/* The date stays, but a working day of its ladder may have moved, and with it what is next. */
static enum fault keep_date(struct tx *tx, struct obligation_row *row, struct problem *problem)
{
	int64_t begins_at;
	struct phase phase;
	struct step next;
	if (!row->next_step_at)
		return FAULT_NONE;
	enum fault fault = ladder_begins_at(tx, row, row, row->next_step_at, &begins_at, problem);
	if (fault == FAULT_NONE)
		fault = phase_of(tx, row, &phase, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (reminder_next(phase.ladder, tx->calendar, &phase.dates, begins_at, &next) &&
	    next.at == row->next_step_at)
		return FAULT_NONE;
	tx_stir(tx);
	return agenda_from(tx, row, begins_at, problem);
}

static enum fault say_moved(struct tx *tx, const struct obligation_row *row,
			    const struct moved *moved, const char *cause, struct problem *problem)
{
	char old_on[CIVIL_DATE_BYTES], on[CIVIL_DATE_BYTES];
	const char *of = moved->of == RECIPIENT_UNIT ? "" : "review_";
	civil_write(moved->old_due_on, old_on);
	civil_write(moved->due_on, on);
	struct buf data = BUF_EMPTY;
	buf_addf(
		&data,
		"{\"cause\":\"%s\",\"old_%sdue_on\":\"%s\",\"%sdue_on\":\"%s\",\"provisional\":%s}",
		cause, of, old_on, of, on, moved->provisional ? "true" : "false");
	enum fault fault =
		tx_obligation_event(tx, row, "obligation.rescheduled", buf_str(&data), problem);
	buf_clear(&data);
	return fault;
}

/* What has become of `old`, whose dates `row` has now. */
static struct moved moved_from(const struct obligation_row *old, const struct obligation_row *row)
{
	bool review = row->review_due_on != old->review_due_on;
	return (struct moved){ .programme_key = row->programme_key,
			       .unit_key = row->unit_key,
			       .obligation_key = row->key,
			       .of = review ? row->reviewer : RECIPIENT_UNIT,
			       .old_due_on = review ? old->review_due_on : old->due_on,
			       .due_on = review ? row->review_due_on : row->due_on,
			       .provisional = row->provisional };
}

/* The date moved: what was not sent is superseded, the ladder begins anew under the next revision. */
static enum fault move_dates(struct tx *tx, struct obligation_row *row,
			     const struct obligation_dates *dates, int32_t review_on,
			     struct moved *moved, struct problem *problem)
{
	struct obligation_row old = *row;
	int64_t waiting_since_at, begins_at, gathered_since_at = INT64_MAX;
	enum fault fault = delivery_waiting_since(tx->store, row->key, &waiting_since_at, problem);
	if (fault == FAULT_NONE)
		fault = digest_waiting_since(tx->store, row->key, &gathered_since_at, problem);
	if (gathered_since_at < waiting_since_at)
		waiting_since_at = gathered_since_at;
	if (old.next_step_at && old.next_step_at < waiting_since_at)
		waiting_since_at = old.next_step_at;
	if (fault == FAULT_NONE)
		fault = set_dates(tx, row, dates, problem);
	if (fault == FAULT_NONE && review_on)
		fault = obligation_set_review(tx->store, row, review_on, problem);
	if (fault != FAULT_NONE || !dates->moved)
		return fault;
	fault = cancel_messages(tx, row->key, "superseded", "rescheduled", problem);
	if (fault == FAULT_NONE)
		fault = ladder_begins_at(tx, &old, row, waiting_since_at, &begins_at, problem);
	if (fault == FAULT_NONE)
		fault = agenda_from(tx, row, begins_at, problem);
	tx_stir(tx);
	*moved = moved_from(&old, row);
	return fault == FAULT_NONE ? say_moved(tx, row, moved, "calendar", problem) : fault;
}

/* Of what is filed only the reviewer's date can move, which begins a revision like the unit's: its steps are said anew. */
static enum fault replan_row(struct tx *tx, struct obligation_row *row,
			     const struct plan_rule *rule, struct moved *moved,
			     struct problem *problem)
{
	bool ignored = false;
	int32_t review_on = 0;
	struct obligation_dates dates = { row->opens_on,   row->last_day_on, row->due_on,
					  row->granted_on, row->provisional, false };
	if (row->review_due_on)
		review_on = review_due_on(&rule->review, tx->calendar,
					  civil_day_of(row->submitted_at), row->due_on, &ignored);
	if (obligation_is_owed(row->state))
		fresh_dates(tx, row, rule, 0, &dates);
	dates.moved = review_on != row->review_due_on || dates.due_on != row->due_on;
	if (!dates.moved) {
		enum fault fault = keep_date(tx, row, problem);
		if (fault != FAULT_NONE || dates.provisional == row->provisional)
			return fault;
	}
	return move_dates(tx, row, &dates, review_on, moved, problem);
}

enum fault replan_obligation(struct tx *tx, int64_t obligation_key, struct moved *moved,
			     struct problem *problem)
{
	struct obligation_row row;
	*moved = (struct moved){ .obligation_key = 0 };
	enum fault fault = obligation_get(tx->store, obligation_key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	const struct frozen_rule *frozen = tx_rule(tx, row.rule_key, problem);
	return frozen ? replan_row(tx, &row, &frozen->rule, moved, problem) : problem->fault;
}

/* ---- what a date is counted from has moved ---- */

/* A grant is a later day than the plan's: once the plan gives as much, it is over. */
static void judge_grant(const struct tx *tx, struct obligation_row *row,
			const struct plan_rule *rule)
{
	struct planned fresh = { .last_day_on = row->last_day_on };
	plan_row(tx, row, rule, &fresh);
	if (row->granted_on <= fresh.due_on)
		row->granted_on = 0;
}

/* Of the same revision: what a hold keeps back is to be said still when it ends. */
static enum fault move_opening(struct tx *tx, struct obligation_row *row, struct problem *problem)
{
	int64_t from_at = tx->now_at + 1;
	enum fault fault = FAULT_NONE;
	if (civil_start_at(row->opens_on) <= tx->now_at)
		fault = open_obligation(tx, row, problem);
	if (row->held_until_at && row->next_step_at && row->next_step_at < from_at)
		from_at = row->next_step_at;
	tx_stir(tx);
	return fault == FAULT_NONE ? agenda_from(tx, row, from_at, problem) : fault;
}

enum fault rebase_obligation(struct tx *tx, struct obligation_row *row, int32_t last_day_on,
			     const char *cause, struct moved *moved, struct problem *problem)
{
	struct obligation_row old = *row;
	struct obligation_dates dates;
	*moved = (struct moved){ .obligation_key = 0 };
	const struct frozen_rule *frozen = tx_rule(tx, row->rule_key, problem);
	if (!frozen)
		return problem->fault;
	row->last_day_on = last_day_on;
	judge_grant(tx, row, &frozen->rule);
	fresh_dates(tx, row, &frozen->rule, 0, &dates);
	dates.moved = dates.due_on != old.due_on;
	if (dates.moved) {
		enum fault fault = redate_obligation(tx, row, &dates, problem);
		*moved = moved_from(&old, row);
		return fault == FAULT_NONE ? say_moved(tx, row, moved, cause, problem) : fault;
	}
	enum fault fault = set_dates(tx, row, &dates, problem);
	return fault == FAULT_NONE && dates.opens_on != old.opens_on
		       ? move_opening(tx, row, problem)
		       : fault;
}

/* ---- holds ---- */

enum fault hold_obligation(struct tx *tx, struct obligation_row *row, int64_t until_at,
			   struct problem *problem)
{
	enum fault fault = agenda_hold(tx->store, row, until_at, problem);
	if (fault == FAULT_NONE)
		fault = judge_messages(tx, row->key, problem);
	/* A digest can't wait for one of its items: it goes without it. */
	return fault == FAULT_NONE ? drop_from_digests(tx, row->key, "cancelled", "hold", problem)
				   : fault;
}

enum fault release_obligation(struct tx *tx, struct obligation_row *row, struct problem *problem)
{
	enum fault fault = agenda_hold(tx->store, row, 0, problem);
	tx_stir(tx);
	return fault == FAULT_NONE ? judge_messages(tx, row->key, problem) : fault;
}

enum fault expire_hold(struct tx *tx, struct obligation_row *row, struct problem *problem)
{
	enum fault fault = release_obligation(tx, row, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_event(tx, row, "obligation.released",
					    "{\"cause\":\"expired\"}", problem);
	return fault;
}
