/*
 * The end of a window, moved for one unit. The notice of 2023 has no extension, so that the policy is off unless a
 * programme's file says otherwise; what the ministry grants all the same is recorded with its document number.
 */
#include "engine/lengthen.h"

#include "engine/complete.h"
#include "engine/gap.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/change.h"
#include "store/programme.h"

#include <inttypes.h>

#define MONTHS_MAX 60

enum fault lengthen_read(const struct verb *verb, struct lengthen *lengthen,
			 struct problem *problem)
{
	if (!body_number(verb, "months", 1, MONTHS_MAX, 0, &lengthen->months, problem) ||
	    !body_day_if(verb, "ends_on", &lengthen->to_day, &lengthen->ends_on, problem))
		return problem->fault;
	if (lengthen->months > 0 && lengthen->to_day)
		return member_wrong(problem, "ends_on", "give months or ends_on, not both");
	return FAULT_NONE;
}

static enum fault judge(const struct programme *programme, const struct unit_row *unit,
			const struct lengthen *lengthen, int64_t had, int32_t today,
			struct problem *problem)
{
	const struct extension *policy = &programme->extension;
	char ask_by[CIVIL_DATE_BYTES];
	if (!policy->allowed)
		return tx_refuse(programme, policy->rule, problem,
				 "%s knows no extension; extensions of un_%" PRId64
				 " so far: %" PRId64 "; one that was granted all the same is "
				 "recorded with its document number (--doc-no)",
				 programme->id, unit->key, had);
	if (had >= policy->times)
		return tx_refuse(programme, policy->rule, problem,
				 "extensions of un_%" PRId64 " so far: %" PRId64
				 "; at most %d without a document number (--doc-no)",
				 unit->key, had, policy->times);
	int32_t longest_on = civil_add_months(unit->window_end_on, policy->max_months);
	int32_t asked_on = lengthen->to_day
				   ? lengthen->ends_on
				   : civil_add_months(unit->window_end_on, (int)lengthen->months);
	if (asked_on > longest_on)
		return tx_refuse(programme, policy->rule, problem,
				 "an extension has at most %d months without a document number "
				 "(--doc-no); extensions of un_%" PRId64 " so far: %" PRId64,
				 policy->max_months, unit->key, had);
	int32_t last_ask_on = civil_add_months(unit->window_end_on, -policy->ask_before_months);
	if (today <= last_ask_on)
		return FAULT_NONE;
	civil_write(last_ask_on, ask_by);
	return tx_refuse(programme, policy->rule, problem,
			 "an extension is asked for %d months before the window ends: that was "
			 "until %s",
			 policy->ask_before_months, ask_by);
}

enum fault lengthen_allowed(struct tx *tx, const struct programme *programme,
			    const struct unit_row *unit, const struct lengthen *lengthen,
			    const struct act *act, struct problem *problem)
{
	int64_t had = 0;
	if (act->doc_no[0] || (lengthen->to_day && lengthen->ends_on <= unit->window_end_on))
		return FAULT_NONE;
	enum fault fault = change_count(tx->store, unit->key, "extension", &had, problem);
	return fault == FAULT_NONE
		       ? judge(programme, unit, lengthen, had, civil_day_of(tx->now_at), problem)
		       : fault;
}

static void write_end(const struct unit_row *unit, struct buf *out)
{
	char end_on[CIVIL_DATE_BYTES];
	civil_write(unit->window_end_on, end_on);
	buf_addf(out, "{\"window_ends_on\":\"%s\"}", end_on);
}

/* The unit's window's last day before rolling. */
static int32_t last_day_of_window(const struct unit_row *unit)
{
	return unit->window_months ? civil_add_months(unit->anchor_on, unit->window_months)
				   : unit->window_end_on;
}

static enum fault move_end(const struct tx *tx, const struct programme *programme,
			   struct unit_row *unit, const struct lengthen *lengthen,
			   struct problem *problem)
{
	bool provisional = false;
	int32_t end_on = lengthen->ends_on;
	if (lengthen->months > 0 && unit->window_months > 0) {
		unit->window_months += (int)lengthen->months;
		end_on = calendar_roll(tx->calendar, last_day_of_window(unit),
				       programme->window_roll, &provisional);
	} else {
		unit->window_months = 0;
		if (lengthen->months > 0)
			end_on = civil_add_months(unit->window_end_on, (int)lengthen->months);
	}
	if (civil_end_at(end_on) <= tx->now_at || end_on <= unit->anchor_on)
		return member_wrong(problem, lengthen->to_day ? "ends_on" : "months",
				    "the window would end before today; a new end is still to "
				    "come");
	unit->window_end_on = end_on;
	return FAULT_NONE;
}

/* What is owed follows: what is due with the end, what a longer window adds, what a shorter one drops. */
static enum fault follow_end(struct replan *replan, const struct programme *programme,
			     const struct unit_row *old, const struct unit_row *unit,
			     int add_months, struct problem *problem)
{
	static struct delta delta; /* large; the writer thread's alone */
	struct tx *tx = replan->tx;
	struct programme_row row;
	enum fault fault = programme_row_get(tx->store, programme->id, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct plan_window was = window_of(programme, tx->calendar, old, row.shift_months);
	struct plan_window is = window_of(programme, tx->calendar, unit, row.shift_months);
	delta.programme = NULL;
	delta_find(tx, programme, row.shift_months, &was, &is, &delta);
	struct new_end end = { &delta, last_day_of_window(old), add_months,
			       last_day_of_window(unit) };
	fault = replan_window(replan, unit, &end, problem);
	return fault == FAULT_NONE ? complete_unit(replan, unit, &delta, problem) : fault;
}

enum fault lengthen_window(struct replan *replan, const struct programme *programme,
			   struct unit_row *unit, const struct lengthen *lengthen,
			   const struct act *act, int64_t *change_key, struct problem *problem)
{
	struct tx *tx = replan->tx;
	char object[TEXT_ID_BYTES];
	struct buf was = BUF_EMPTY, is = BUF_EMPTY;
	struct unit_row old = *unit;
	text_id_write(object, WIRE_ID_UNIT, unit->key);
	write_end(unit, &was);
	enum fault fault = move_end(tx, programme, unit, lengthen, problem);
	write_end(unit, &is);
	if (fault == FAULT_NONE)
		fault = unit_set_window(tx->store, unit, problem);
	if (fault == FAULT_NONE)
		fault = window_arm(tx, unit, problem);
	if (fault == FAULT_NONE)
		fault = follow_end(replan, programme, &old, unit, (int)lengthen->months, problem);
	struct change_what what = {
		replan->cause, "unit.changed", unit->programme_key, unit->key, object, &was, &is
	};
	if (fault == FAULT_NONE)
		fault = act_record(tx, &what, act, change_key, problem);
	if (fault == FAULT_NONE)
		fault = gaps_refresh(tx, problem);
	buf_clear(&was);
	buf_clear(&is);
	return fault;
}
