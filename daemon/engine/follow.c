/*
 * The end of a window is a date like any other (民法典 203): where a programme's file rolls it, a calendar that comes
 * late moves it. One change is recorded for the programme, and one for each unit whose window is not the programme's;
 * what is over stays as it was.
 */
#include "engine/follow.h"

#include "engine/act.h"
#include "engine/complete.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/programme.h"

#define UNITS_PAGE 256

struct following {
	struct tx *tx;
	struct replan *replan;
	struct delta *delta; /* days that the calendar lets in, or shuts out */
	const struct programme *programme;
	struct programme_row row;
	int32_t published_on;
	int32_t old_end_on, end_on; /* of the programme */
	int64_t moved;
};

static int32_t rolled(const struct following *following, int32_t anchor_on, int months)
{
	bool ignored = false;
	return calendar_roll(following->tx->calendar, civil_add_months(anchor_on, months),
			     following->programme->window_roll, &ignored);
}

/* unit_key 0: of the whole programme. */
static enum fault record(struct following *following, int64_t unit_key, int32_t old_end_on,
			 int32_t end_on, struct problem *problem)
{
	char object[PROGRAMME_ID_BYTES], day[CIVIL_DATE_BYTES];
	struct act act = { .effective_on = civil_day_of(following->tx->now_at) };
	struct buf was = BUF_EMPTY, is = BUF_EMPTY;
	int64_t change_key;
	civil_write(old_end_on, day);
	buf_addf(&was, "{\"window_ends_on\":\"%s\"}", day);
	civil_write(end_on, day);
	buf_addf(&is, "{\"window_ends_on\":\"%s\",\"cause\":\"calendar\"}", day);
	if (unit_key)
		text_id_write(object, WIRE_ID_UNIT, unit_key);
	else
		(void)text_copy(object, sizeof(object), following->programme->id);
	struct change_what what = { "window",
				    unit_key ? "unit.changed" : "programme.changed",
				    following->row.key,
				    unit_key,
				    object,
				    &was,
				    &is };
	enum fault fault = act_record(following->tx, &what, &act, &change_key, problem);
	buf_clear(&was);
	buf_clear(&is);
	return fault;
}

static enum fault follow_unit(struct following *following, int64_t key, struct problem *problem)
{
	struct tx *tx = following->tx;
	struct unit_row unit;
	enum fault fault = unit_get(tx->store, key, &unit, problem);
	if (fault != FAULT_NONE || unit.window_months == 0 || !unit_is_reminded(unit.state) ||
	    civil_end_at(unit.window_end_on) <= tx->now_at)
		return fault;
	int shift = following->row.shift_months;
	int32_t old_end_on = unit.window_end_on;
	struct plan_window old = window_of(following->programme, tx->old_calendar, &unit, shift);
	unit.window_end_on = rolled(following, unit.anchor_on, unit.window_months);
	if (unit.window_end_on == old_end_on)
		return FAULT_NONE;
	following->moved++;
	fault = unit_set_window(tx->store, &unit, problem);
	if (fault == FAULT_NONE)
		fault = window_arm(tx, &unit, problem);
	struct plan_window fresh = window_of(following->programme, tx->calendar, &unit, shift);
	delta_find(tx, following->programme, shift, &old, &fresh, following->delta);
	if (fault == FAULT_NONE)
		fault = complete_unit(following->replan, &unit, following->delta, problem);
	bool common = old_end_on == following->old_end_on &&
		      unit.window_end_on == following->end_on &&
		      unit.anchor_on == following->published_on;
	return fault == FAULT_NONE && !common
		       ? record(following, key, old_end_on, unit.window_end_on, problem)
		       : fault;
}

static enum fault follow_units(struct following *following, struct problem *problem)
{
	int64_t keys[UNITS_PAGE];
	int64_t after_key = 0;
	size_t n = UNITS_PAGE;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == UNITS_PAGE) {
		fault = units_published(following->tx->store, following->row.key, NULL, after_key,
					keys, UNITS_PAGE, &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			after_key = keys[i];
			fault = follow_unit(following, keys[i], problem);
		}
	}
	return fault;
}

static enum fault follow_programme(struct following *following, struct problem *problem)
{
	struct tx *tx = following->tx;
	struct programme_row *row = &following->row;
	int months = following->programme->window_months + row->shift_months;
	INVARIANT(civil_parse(row->published_on, &following->published_on));
	INVARIANT(civil_parse(row->window_end_on, &following->old_end_on));
	following->end_on = rolled(following, following->published_on, months);
	if (civil_end_at(following->old_end_on) <= tx->now_at)
		following->end_on = following->old_end_on;
	if (following->end_on != following->old_end_on) {
		civil_write(following->end_on, row->window_end_on);
		enum fault fault = programme_set_shift(tx->store, row->key, row->shift_months,
						       row->window_end_on, problem);
		if (fault == FAULT_NONE)
			fault = record(following, 0, following->old_end_on, following->end_on,
				       problem);
		if (fault != FAULT_NONE)
			return fault;
	}
	return follow_units(following, problem);
}

enum fault windows_follow(struct replan *replan, int64_t *moved, struct problem *problem)
{
	static struct delta delta; /* large; the writer thread's alone */
	struct tx *tx = replan->tx;
	enum fault fault = FAULT_NONE;
	delta.programme = NULL;
	*moved = 0;
	for (size_t i = 0; fault == FAULT_NONE && i < tx->programmes->n; i++) {
		struct following following = { .tx = tx,
					       .replan = replan,
					       .delta = &delta,
					       .programme = tx->programmes->items[i] };
		if (following.programme->window_roll == ROLL_NONE)
			continue;
		fault = programme_row_get(tx->store, following.programme->id, &following.row,
					  problem);
		if (fault == FAULT_NONE && following.row.published_on[0])
			fault = follow_programme(&following, problem);
		*moved += following.moved;
	}
	return fault;
}
