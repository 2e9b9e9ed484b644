/*
 * The moves of a unit that a person makes, each by the one table of legal moves. Moves that follow from another act
 * (publication, the end of the window, filing the acceptance request) are made by that act and refused here.
 */
#include "engine/act.h"
#include "engine/leave.h"
#include "engine/lengthen.h"
#include "engine/replan.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct moving {
	struct tx *tx;
	struct verb *verb;
	const struct programme *programme;
	struct unit_row unit;
	struct act act;
	int64_t winners; /* counted against the cap that was passed with a reason; 0: none was */
};

/* By event: what the act must say, or whose act it is instead. */
static const struct {
	unsigned needs;
	const char *made_by;
} moves[UNIT_EVENT_COUNT] = {
	[UNIT_EV_RECOMMEND] = { 0, "by the recommender's confirmation" },
	[UNIT_EV_SHORTLIST] = { 0, "by importing the shortlist (unit import)" },
	[UNIT_EV_PUBLISH] = { 0, "by publishing the programme (programme publish)" },
	[UNIT_EV_REQUEST_ACCEPTANCE] = { 0, NULL },
	[UNIT_EV_WINDOW_ENDED] = { 0, "by the daemon when the window ends" },
	[UNIT_EV_ASSIGN_EVALUATOR] = { 0, NULL },
	[UNIT_EV_PASS] = { 0, NULL },
	[UNIT_EV_FAIL] = { 0, NULL },
	[UNIT_EV_WIN] = { 0, NULL },
	[UNIT_EV_WITHDRAW] = { ACT_REASON, NULL },
	[UNIT_EV_TERMINATE] = { ACT_REASON, NULL },
	[UNIT_EV_REVOKE] = { ACT_REASON, NULL },
	[UNIT_EV_RESUME] = { ACT_REASON, NULL },
};

static enum fault not_by_hand(const struct unit_row *unit, enum unit_event on, const char *made_by,
			      struct problem *problem)
{
	problem_set(problem, FAULT_REFUSED, "un_%" PRId64 " is %s: %s is made %s", unit->key,
		    unit_state_name(unit->state), unit_event_name(on), made_by);
	text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

/* FAULT_REFUSED unless a person may make this move of this unit now. */
static enum fault check_move(struct moving *moving, enum unit_event on, struct problem *problem)
{
	struct unit_row *unit = &moving->unit;
	enum unit_state to, state = unit->state;
	if (!unit_move(state, on, &to))
		return tx_unit_move(moving->tx, unit->key, &state, on, problem);
	if (moves[on].made_by)
		return not_by_hand(unit, on, moves[on].made_by, problem);
	if (on == UNIT_EV_REQUEST_ACCEPTANCE && unit->owes)
		return not_by_hand(unit, on, "by filing the acceptance request (report submit)",
				   problem);
	return FAULT_NONE;
}

/* Winners are capped as the shortlist is: a soft cap is passed with a recorded reason, a hard one never. */
static enum fault check_winners(struct moving *moving, struct problem *problem)
{
	const struct cap *cap = &moving->programme->winner_cap;
	int64_t winners = 0;
	if (cap->level == CAP_LEVEL_NONE)
		return FAULT_NONE;
	enum fault fault = units_beside(moving->tx->store, moving->unit.key, cap->level,
					UNIT_WINNER, &winners, problem);
	if (fault != FAULT_NONE || winners < cap->limit)
		return fault;
	if (cap->hard || !moving->act.reason[0])
		return tx_refuse(moving->programme, cap->rule, problem,
				 "winners of this %s so far: %" PRId64 "; the %s cap is %d%s",
				 cap_level_name(cap->level), winners, cap->hard ? "hard" : "soft",
				 cap->limit,
				 cap->hard ? ""
					   : "; it can be passed with a recorded reason "
					     "(--reason)");
	moving->winners = winners;
	return FAULT_NONE;
}

/* The window goes on: to where it ends by now, or as the body says. */
static enum fault go_on(struct moving *moving, struct problem *problem)
{
	struct tx *tx = moving->tx;
	struct unit_row *unit = &moving->unit;
	struct lengthen lengthen;
	enum fault fault = lengthen_read(moving->verb, &lengthen, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (lengthen.months == 0 && !lengthen.to_day) {
		if (civil_end_at(unit->window_end_on) <= tx->now_at)
			return member_wrong(problem, "months",
					    "its window is over: until when does it go on? Give "
					    "months, or ends_on");
		return window_arm(tx, unit, problem);
	}
	fault = lengthen_allowed(tx, moving->programme, unit, &lengthen, &moving->act, problem);
	if (fault != FAULT_NONE)
		return fault;
	/* The one notice that is owed tells of the resumption and of the new end with it. */
	struct replan replan;
	int64_t change_key;
	replan_begin(&replan, tx, lengthen.months > 0 ? "extension" : "window");
	fault = lengthen_window(&replan, moving->programme, unit, &lengthen, &moving->act,
				&change_key, problem);
	replan_clear(&replan);
	return fault;
}

static void write_state(const struct moving *moving, struct buf *out)
{
	const struct cap *cap = &moving->programme->winner_cap;
	char end_on[CIVIL_DATE_BYTES];
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "state", unit_state_name(moving->unit.state));
	if (moving->unit.published) {
		civil_write(moving->unit.window_end_on, end_on);
		jw_kv_str(&jw, "window_ends_on", end_on);
	}
	if (moving->winners && moving->unit.state == UNIT_WINNER) {
		jw_key(&jw, "over_cap");
		jw_object(&jw);
		jw_kv_str(&jw, "rule", cap->rule);
		jw_kv_int(&jw, "limit", cap->limit);
		jw_kv_int(&jw, "winners", moving->winners);
		jw_object_end(&jw);
	}
	jw_object_end(&jw);
}

static enum fault record(struct moving *moving, enum unit_event on, const struct buf *was,
			 struct problem *problem)
{
	char object[TEXT_ID_BYTES], event[48];
	struct buf is = BUF_EMPTY;
	int64_t change_key;
	text_id_write(object, WIRE_ID_UNIT, moving->unit.key);
	write_state(moving, &is);
	(void)snprintf(event, sizeof(event), "unit.%s",
		       on == UNIT_EV_RESUME ? "resumed" : unit_state_name(moving->unit.state));
	struct change_what what = {
		"state", event, moving->unit.programme_key, moving->unit.key, object, was, &is
	};
	enum fault fault = act_record(moving->tx, &what, &moving->act, &change_key, problem);
	if (fault == FAULT_NONE)
		fault = act_tell(moving->tx, &what, &moving->act, change_key, problem);
	buf_clear(&is);
	return fault;
}

static enum fault move(struct moving *moving, enum unit_event on, struct problem *problem)
{
	struct tx *tx = moving->tx;
	struct unit_row *unit = &moving->unit;
	enum unit_state from = unit->state;
	struct buf was = BUF_EMPTY;
	write_state(moving, &was);
	enum fault fault = check_move(moving, on, problem);
	if (fault == FAULT_NONE)
		fault = act_read(tx, moving->verb, moves[on].needs, &moving->act, problem);
	if (fault == FAULT_NONE && on == UNIT_EV_WIN)
		fault = check_winners(moving, problem);
	if (fault == FAULT_NONE)
		fault = tx_unit_move(tx, unit->key, &unit->state, on, problem);
	if (fault == FAULT_NONE && on == UNIT_EV_RESUME)
		fault = go_on(moving, problem);
	if (fault == FAULT_NONE && unit_is_reminded(from) && !unit_is_reminded(unit->state))
		fault = close_duties(tx, unit->key, unit_state_name(unit->state), problem);
	if (fault == FAULT_NONE)
		fault = record(moving, on, &was, problem);
	buf_clear(&was);
	return fault;
}

static enum fault move_begin(struct tx *tx, struct verb *verb, struct moving *moving,
			     struct problem *problem)
{
	*moving = (struct moving){ .tx = tx, .verb = verb };
	enum fault fault = unit_get(tx->store, verb->key, &moving->unit, problem);
	if (fault != FAULT_NONE)
		return fault;
	moving->programme = tx_programme(tx, moving->unit.programme_id, problem);
	return moving->programme ? FAULT_NONE : FAULT_NOT_FOUND;
}

static bool event_parse(const char *s, enum unit_event *on)
{
	for (int i = 0; i < UNIT_EVENT_COUNT; i++)
		if (strcmp(s, unit_event_name((enum unit_event)i)) == 0) {
			*on = (enum unit_event)i;
			return true;
		}
	return false;
}

static enum fault run_move(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "move", ACT_MEMBERS, LENGTHEN_MEMBERS, NULL };
	static struct moving moving; /* large; the writer thread's alone */
	struct problem *problem = &verb->problem;
	char name[64];
	enum unit_event on;
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "move", name, sizeof(name), problem))
		return problem->fault;
	enum fault fault = move_begin(tx, verb, &moving, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!event_parse(name, &on)) {
		struct buf legal = BUF_EMPTY;
		unit_moves_legal(moving.unit.state, &legal);
		fault = member_wrong(problem, "move",
				     "there is no move \"%.40s\"; of a unit that is "
				     "%s, possible: %s",
				     name, unit_state_name(moving.unit.state),
				     legal.len ? legal.data : "nothing");
		buf_clear(&legal);
		return fault;
	}
	fault = move(&moving, on, problem);
	return fault == FAULT_NONE ? tx_reply(tx, verb, read_unit, verb->key, NULL) : fault;
}

const struct verb_kind verb_unit_move = { "unit_move", run_move, false };

/* ---- a decision about a window that ended ---- */

static enum fault run_decide(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "as", ACT_MEMBERS, LENGTHEN_MEMBERS, NULL };
	static const enum unit_event ways[] = { UNIT_EV_RESUME, UNIT_EV_TERMINATE, UNIT_EV_REVOKE };
	static struct moving moving; /* large; the writer thread's alone */
	struct problem *problem = &verb->problem;
	char as[64];
	if (!body_known(verb, known, problem) || !body_text(verb, "as", as, sizeof(as), problem))
		return problem->fault;
	enum fault fault = move_begin(tx, verb, &moving, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (moving.unit.state != UNIT_PENDING_DECISION) {
		problem_set(problem, FAULT_REFUSED,
			    "un_%" PRId64 " is %s: nothing is to be decided", verb->key,
			    unit_state_name(moving.unit.state));
		text_copy(problem->rule, sizeof(problem->rule), "state");
		return FAULT_REFUSED;
	}
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(as, unit_event_name(ways[i])) != 0)
			continue;
		fault = move(&moving, ways[i], problem);
		return fault == FAULT_NONE ? tx_reply(tx, verb, read_unit, verb->key, NULL) : fault;
	}
	return member_wrong(problem, "as", "as must be resume, terminate or revoke");
}

const struct verb_kind verb_decision_resolve = { "decision_resolve", run_decide, false };
