/*
 * Rulings: what a person decides against the plan, each with a reason and an approver, and kept for good. A waiver and a
 * cancellation end an obligation; a hold stops its reminders until a day, and never moves the deadline; an extension
 * moves it.
 */
#include "store/ruling.h"

#include "engine/course.h"
#include "engine/gap.h"
#include "engine/notice.h"
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"

#include <stdio.h>
#include <string.h>

struct ruling {
	struct ruling_new row;
	char reason[512];
	char approver[128];
};

struct ruling_kind {
	const char *word; /* of the table, and the verb's name */
	enum obligation_event on;
	const char *event;
	const char *day;    /* the member that gives its day; NULL: none */
	const char *wanted; /* what is said when there is no reason */
	enum fault (*apply)(struct tx *tx, struct obligation_row *row, struct ruling *ruling,
			    int32_t day, struct problem *problem);
};

static bool read_ruling(const struct verb *verb, const struct ruling_kind *kind,
			struct ruling *ruling, int32_t *day, struct problem *problem)
{
	const char *const known[] = { "reason", "approver", kind->day, NULL };
	if (!body_known(verb, known, problem) ||
	    !body_wanted(verb, "reason", kind->wanted, ruling->reason, sizeof(ruling->reason),
			 problem) ||
	    !body_text(verb, "approver", ruling->approver, sizeof(ruling->approver), problem) ||
	    (kind->day && !body_day(verb, kind->day, day, problem)))
		return false;
	size_t len = strlen(ruling->approver);
	(void)text_trim(ruling->approver, &len);
	if (len == 0) /* who says nothing else approves it themselves */
		text_copy(ruling->approver, sizeof(ruling->approver), verb->actor);
	ruling->row.kind = kind->word;
	ruling->row.reason = ruling->reason;
	ruling->row.approver = ruling->approver;
	return true;
}

static void kv_day(struct jw *jw, const char *key, int32_t day)
{
	char text[CIVIL_DATE_BYTES];
	if (day == 0)
		return;
	civil_write(day, text);
	jw_kv_str(jw, key, text);
}

static void write_data(const struct ruling *ruling, const char *actor, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	if (ruling->row.new_due_on)
		jw_kv_str(&jw, "cause", "extension");
	kv_day(&jw, "old_due_on", ruling->row.old_due_on);
	kv_day(&jw, "due_on", ruling->row.new_due_on);
	kv_day(&jw, "until", ruling->row.expires_on);
	jw_kv_str(&jw, "reason", ruling->reason);
	jw_kv_str(&jw, "approver", ruling->approver);
	jw_kv_str(&jw, "actor", actor);
	jw_object_end(&jw);
}

static enum fault record(struct tx *tx, const struct obligation_row *row,
			 const struct ruling_kind *kind, struct ruling *ruling,
			 struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	ruling->row.obligation_key = row->key;
	enum fault fault = ruling_add(tx->store, &ruling->row, tx->now_at, problem);
	write_data(ruling, tx->actor, &data);
	if (fault == FAULT_NONE)
		fault = tx_obligation_record(tx, row, kind->event, kind->word, &data, problem);
	/* Whoever works towards a day is told of another one. The revision, which is new, is part of the message's id. */
	struct notice notice = { RECIPIENT_UNIT, kind->event, kind->word, buf_str(&data) };
	if (fault == FAULT_NONE && kind->on == OBLIGATION_EV_EXTEND)
		fault = notice_about_obligation(tx, row, &notice, problem);
	buf_clear(&data);
	return fault;
}

static enum fault rule_on(struct tx *tx, struct verb *verb, const struct ruling_kind *kind)
{
	struct obligation_row row;
	struct ruling ruling;
	int32_t day = 0;
	struct problem *problem = &verb->problem;
	memset(&ruling, 0, sizeof(ruling));
	if (!read_ruling(verb, kind, &ruling, &day, problem))
		return problem->fault;
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_move(tx, &row, kind->on, problem);
	if (fault == FAULT_NONE)
		fault = kind->apply(tx, &row, &ruling, day, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, kind, &ruling, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_obligation, row.key, NULL);
	return fault;
}

/* ---- an end ---- */

static enum fault apply_end(struct tx *tx, struct obligation_row *row, struct ruling *ruling,
			    int32_t day, struct problem *problem)
{
	(void)ruling;
	(void)day;
	return settle_obligation(tx, row, obligation_state_name(row->state), problem);
}

static enum fault run_waive(struct tx *tx, struct verb *verb)
{
	static const struct ruling_kind kind = {
		"waive", OBLIGATION_EV_WAIVE,         "obligation.waived",
		NULL,    "a waiver needs its reason", apply_end
	};
	return rule_on(tx, verb, &kind);
}

static enum fault run_cancel(struct tx *tx, struct verb *verb)
{
	static const struct ruling_kind kind = { "cancel",
						 OBLIGATION_EV_CANCEL,
						 "obligation.cancelled",
						 NULL,
						 "a cancellation needs its reason",
						 apply_end };
	return rule_on(tx, verb, &kind);
}

/* ---- a hold ---- */

static enum fault wrong_day(struct problem *problem, const char *member)
{
	(void)snprintf(problem->pointer, sizeof(problem->pointer), "/%s", member);
	return problem->fault;
}

static enum fault apply_hold(struct tx *tx, struct obligation_row *row, struct ruling *ruling,
			     int32_t day, struct problem *problem)
{
	char today[CIVIL_DATE_BYTES];
	if (day < civil_day_of(tx->now_at)) {
		civil_write(civil_day_of(tx->now_at), today);
		problem_set(problem, FAULT_UNPROCESSED,
			    "a hold ends with its last day, and today is %s already", today);
		return wrong_day(problem, "until");
	}
	if (row->state == OBLIGATION_SUBMITTED && !row->review_due_on) {
		problem_set(problem, FAULT_REFUSED,
			    "ob_%lld is submitted and nobody is reminded of it: there is nothing "
			    "to hold",
			    (long long)row->key);
		text_copy(problem->rule, sizeof(problem->rule), "state");
		return FAULT_REFUSED;
	}
	ruling->row.expires_on = day;
	return hold_obligation(tx, row, civil_end_at(day), problem);
}

static enum fault apply_release(struct tx *tx, struct obligation_row *row, struct ruling *ruling,
				int32_t day, struct problem *problem)
{
	(void)ruling;
	(void)day;
	if (row->held_until_at)
		return release_obligation(tx, row, problem);
	problem_set(problem, FAULT_REFUSED, "ob_%lld is not held", (long long)row->key);
	text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

static enum fault run_hold(struct tx *tx, struct verb *verb)
{
	static const struct ruling_kind kind = {
		"hold",  OBLIGATION_EV_HOLD,        "obligation.held",
		"until", "a hold needs its reason", apply_hold
	};
	return rule_on(tx, verb, &kind);
}

static enum fault run_release(struct tx *tx, struct verb *verb)
{
	static const struct ruling_kind kind = {
		"release", OBLIGATION_EV_RELEASE,        "obligation.released",
		NULL,      "a release needs its reason", apply_release
	};
	return rule_on(tx, verb, &kind);
}

/* ---- another date ---- */

/* The window limits finishing, and a request for acceptance says that it is finished: its end is not moved here. */
static enum fault check_window(struct tx *tx, const struct obligation_row *row, int32_t day,
			       struct problem *problem)
{
	char end_on[CIVIL_DATE_BYTES], wanted_on[CIVIL_DATE_BYTES];
	if (row->kind != KIND_ACCEPTANCE_REQUEST || row->window_end_on == 0 ||
	    row->last_day_on > row->window_end_on || day <= row->window_end_on)
		return FAULT_NONE;
	const struct programme *programme = tx_programme_of(tx, row->programme_key);
	civil_write(row->window_end_on, end_on);
	civil_write(day, wanted_on);
	(void)tx_refuse(programme, programme ? programme->window_rule : "window", problem,
			"the window of un_%lld ends on %s: an acceptance request can't be due on "
			"%s",
			(long long)row->unit_key, end_on, wanted_on);
	text_copy(problem->hint, sizeof(problem->hint),
		  "extend the unit's window first, if its programme allows it");
	return FAULT_REFUSED;
}

static enum fault apply_extend(struct tx *tx, struct obligation_row *row, struct ruling *ruling,
			       int32_t day, struct problem *problem)
{
	char due_on[CIVIL_DATE_BYTES];
	int32_t today = civil_day_of(tx->now_at);
	if (day <= row->due_on || day < today) {
		civil_write(day <= row->due_on ? row->due_on : today, due_on);
		problem_set(problem, FAULT_UNPROCESSED,
			    day <= row->due_on
				    ? "it is due on %s already: an extension gives a later day"
				    : "today is %s: an extension gives a day that is not past",
			    due_on);
		return wrong_day(problem, "due_on");
	}
	enum fault fault = check_window(tx, row, day, problem);
	if (fault != FAULT_NONE)
		return fault;
	ruling->row.old_due_on = row->due_on;
	ruling->row.new_due_on = day;
	struct obligation_dates dates = { row->opens_on, row->last_day_on, day, day, false, true };
	fault = redate_obligation(tx, row, &dates, problem);
	return fault == FAULT_NONE ? gaps_refresh(tx, problem) : fault;
}

static enum fault run_extend(struct tx *tx, struct verb *verb)
{
	static const struct ruling_kind kind = { "extend",
						 OBLIGATION_EV_EXTEND,
						 "obligation.rescheduled",
						 "due_on",
						 "an extension needs its reason",
						 apply_extend };
	return rule_on(tx, verb, &kind);
}

const struct verb_kind verb_waive = { "waive", run_waive, false };
const struct verb_kind verb_cancel = { "cancel", run_cancel, false };
const struct verb_kind verb_hold = { "hold", run_hold, false };
const struct verb_kind verb_release = { "release", run_release, false };
const struct verb_kind verb_extend = { "extend", run_extend, false };
