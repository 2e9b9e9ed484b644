/*
 * A date corrected, or everything shifted: one recorded operation, however many units it touches. Each unit's window
 * and timer follow; what is owed moves, what was satisfied stays.
 */
#include "engine/correct.h"

#include "engine/complete.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <string.h>

#define UNITS_PAGE 256

bool window_is_writable(const struct programme *programme, int32_t anchor_on, int more_months)
{
	int32_t last = 0;
	INVARIANT(civil_from_ymd(CIVIL_YEAR_MAX, 12, 31, &last));
	return civil_add_months(anchor_on, programme->window_months + more_months + 1) <= last;
}

/* What is done to each unit. */
struct each {
	struct tx *tx;
	struct operation *operation;
	struct replan replan;
	struct delta *delta;   /* what the correction adds and drops */
	int32_t new_anchor_on; /* of a correction */
	int months;            /* of a shift */
	enum fault (*unit)(struct each *each, struct unit_row *unit, struct problem *problem);
};

static enum fault each_unit(struct each *each, const int32_t *anchor_on, struct problem *problem)
{
	int64_t keys[UNITS_PAGE];
	int64_t after_key = 0;
	size_t n = UNITS_PAGE;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == UNITS_PAGE) {
		fault = units_published(each->tx->store, each->operation->row.key, anchor_on,
					after_key, keys, UNITS_PAGE, &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			struct unit_row unit;
			after_key = keys[i];
			fault = unit_get(each->tx->store, keys[i], &unit, problem);
			if (fault == FAULT_NONE)
				fault = each->unit(each, &unit, problem);
		}
	}
	const struct replan *replan = &each->replan;
	each->operation->units = replan->units;
	each->operation->added = (int64_t)replan->n_added;
	each->operation->dropped = (int64_t)replan->n_dropped;
	each->operation->obligations =
		(int64_t)(replan->n_moved - replan->n_added - replan->n_dropped);
	return fault;
}

static void follow_length(const struct each *each, struct unit_row *unit)
{
	bool provisional = false;
	if (unit->window_months > 0)
		unit->window_end_on = calendar_roll(
			each->tx->calendar, civil_add_months(unit->anchor_on, unit->window_months),
			each->operation->programme->window_roll, &provisional);
}

static enum fault put_window(struct each *each, const struct unit_row *unit,
			     struct problem *problem)
{
	enum fault fault = unit_set_window(each->tx->store, unit, problem);
	return fault == FAULT_NONE ? window_arm(each->tx, unit, problem) : fault;
}

/* ---- correction ---- */

static enum fault rebase(struct each *each, struct unit_row *unit, struct problem *problem)
{
	const struct tx *tx = each->tx;
	const struct programme *programme = each->operation->programme;
	int shift = each->operation->row.shift_months;
	struct plan_window old = window_of(programme, tx->calendar, unit, shift);
	unit->anchor_on = each->new_anchor_on;
	follow_length(each, unit);
	struct plan_window fresh = window_of(programme, tx->calendar, unit, shift);
	enum fault fault = put_window(each, unit, problem);
	if (fault != FAULT_NONE || !unit_is_reminded(unit->state))
		return fault;
	fault = replan_unit(&each->replan, unit, problem);
	delta_find(tx, programme, shift, &old, &fresh, each->delta);
	return fault == FAULT_NONE ? complete_unit(&each->replan, unit, each->delta, problem)
				   : fault;
}

static void write_publication(const struct programme_row *row, struct buf *out)
{
	buf_addf(out, "{\"published_on\":\"%s\",\"window_ends_on\":\"%s\"}", row->published_on,
		 row->window_end_on);
}

static void set_publication(const struct tx *tx, struct operation *operation, int32_t date)
{
	bool provisional = false;
	int months = operation->programme->window_months + operation->row.shift_months;
	int32_t end_on = calendar_roll(tx->calendar, civil_add_months(date, months),
				       operation->programme->window_roll, &provisional);
	civil_write(date, operation->row.published_on);
	civil_write(end_on, operation->row.window_end_on);
}

/* What an operation is recorded and told as. */
struct operation_kind {
	const char *name; /* of the register, and why dates have moved */
	const char *event;
};

static enum fault record(struct each *each, const struct operation_kind *kind,
			 const struct buf *was, struct problem *problem)
{
	struct operation *operation = each->operation;
	struct buf is = BUF_EMPTY;
	write_publication(&operation->row, &is);
	struct change_what what = {
		kind->name, kind->event, operation->row.key, 0, operation->programme->id, was, &is
	};
	enum fault fault =
		act_record(each->tx, &what, &operation->act, &operation->change_key, problem);
	buf_clear(&is);
	return fault;
}

/*
 * The programme has its new dates: all units follow, those of one anchor or (NULL) all of them,
 * and the whole is recorded and told once.
 */
static enum fault carry_out(struct each *each, const struct operation_kind *kind,
			    const int32_t *anchor_on, const struct buf *was,
			    struct problem *problem)
{
	char key[TEXT_ID_BYTES];
	replan_begin(&each->replan, each->tx, kind->name);
	enum fault fault = each_unit(each, anchor_on, problem);
	if (fault == FAULT_NONE)
		fault = record(each, kind, was, problem);
	text_id_write(key, WIRE_ID_CHANGE, each->operation->change_key);
	if (fault == FAULT_NONE)
		fault = replan_tell(&each->replan, key, problem);
	replan_clear(&each->replan);
	tx_stir(each->tx);
	return fault;
}

enum fault publication_correct(struct tx *tx, struct operation *operation, int32_t date,
			       struct problem *problem)
{
	static const struct operation_kind kind = { "publication", "programme.corrected" };
	static struct delta delta; /* large; the writer thread's alone */
	struct each each = { .tx = tx,
			     .operation = operation,
			     .delta = &delta,
			     .new_anchor_on = date,
			     .unit = rebase };
	struct programme_row *row = &operation->row;
	struct buf was = BUF_EMPTY;
	int32_t old_date = 0;
	INVARIANT(civil_parse(row->published_on, &old_date));
	write_publication(row, &was);
	set_publication(tx, operation, date);
	delta.programme = NULL;
	enum fault fault = programme_set_published(tx->store, row->key, row->published_on,
						   row->window_end_on, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = carry_out(&each, &kind, &old_date, &was, problem);
	buf_clear(&was);
	return fault;
}

/* ---- shift ---- */

static enum fault shift_unit(struct each *each, struct unit_row *unit, struct problem *problem)
{
	if (!unit_is_reminded(unit->state))
		return FAULT_NONE;
	if (unit->window_months > 0)
		unit->window_months += each->months;
	else
		unit->window_end_on = civil_add_months(unit->window_end_on, each->months);
	follow_length(each, unit);
	enum fault fault = put_window(each, unit, problem);
	return fault == FAULT_NONE ? replan_shift(&each->replan, unit, each->months, problem)
				   : fault;
}

enum fault programme_shift(struct tx *tx, struct operation *operation, int months,
			   struct problem *problem)
{
	static const struct operation_kind kind = { "shift", "programme.shifted" };
	struct each each = {
		.tx = tx, .operation = operation, .months = months, .unit = shift_unit
	};
	struct programme_row *row = &operation->row;
	struct buf was = BUF_EMPTY;
	int32_t date = 0;
	INVARIANT(civil_parse(row->published_on, &date));
	write_publication(row, &was);
	row->shift_months += months;
	set_publication(tx, operation, date);
	enum fault fault = programme_set_shift(tx->store, row->key, row->shift_months,
					       row->window_end_on, problem);
	if (fault == FAULT_NONE)
		fault = carry_out(&each, &kind, NULL, &was, problem);
	buf_clear(&was);
	return fault;
}
