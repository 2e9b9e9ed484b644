/*
 * The lives of a unit and of an obligation: two tables of legal moves, each with the one function that decides a
 * state. What is not a row is refused; ended states (withdrawn, terminated, revoked, winner but for a revocation,
 * accepted, waived, cancelled) have no way out. The order of events in a refusal is that of their enum.
 */
#include "jiebang/unit.h"

#include <stddef.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const char *const unit_state_names[UNIT_STATE_COUNT] = {
	[UNIT_APPLIED] = "applied",
	[UNIT_RECOMMENDED] = "recommended",
	[UNIT_SHORTLISTED] = "shortlisted",
	[UNIT_DELIVERING] = "delivering",
	[UNIT_ACCEPTANCE_REQUESTED] = "acceptance_requested",
	[UNIT_UNDER_EVALUATION] = "under_evaluation",
	[UNIT_PASSED] = "passed",
	[UNIT_NOT_PASSED] = "not_passed",
	[UNIT_WINNER] = "winner",
	[UNIT_PENDING_DECISION] = "pending_decision",
	[UNIT_WITHDRAWN] = "withdrawn",
	[UNIT_TERMINATED] = "terminated",
	[UNIT_REVOKED] = "revoked",
};

static const char *const unit_event_names[UNIT_EVENT_COUNT] = {
	[UNIT_EV_RECOMMEND] = "recommend",
	[UNIT_EV_SHORTLIST] = "shortlist",
	[UNIT_EV_PUBLISH] = "publish",
	[UNIT_EV_REQUEST_ACCEPTANCE] = "request_acceptance",
	[UNIT_EV_WINDOW_ENDED] = "window_ended",
	[UNIT_EV_ASSIGN_EVALUATOR] = "assign_evaluator",
	[UNIT_EV_PASS] = "pass",
	[UNIT_EV_FAIL] = "fail",
	[UNIT_EV_WIN] = "win",
	[UNIT_EV_WITHDRAW] = "withdraw",
	[UNIT_EV_TERMINATE] = "terminate",
	[UNIT_EV_REVOKE] = "revoke",
	[UNIT_EV_RESUME] = "resume",
};

static const struct {
	enum unit_state from;
	enum unit_event on;
	enum unit_state to;
} unit_moves[] = {
	{ UNIT_APPLIED, UNIT_EV_RECOMMEND, UNIT_RECOMMENDED },
	{ UNIT_APPLIED, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },

	{ UNIT_RECOMMENDED, UNIT_EV_SHORTLIST, UNIT_SHORTLISTED },
	{ UNIT_RECOMMENDED, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },

	{ UNIT_SHORTLISTED, UNIT_EV_PUBLISH, UNIT_DELIVERING },
	{ UNIT_SHORTLISTED, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },
	{ UNIT_SHORTLISTED, UNIT_EV_TERMINATE, UNIT_TERMINATED },
	{ UNIT_SHORTLISTED, UNIT_EV_REVOKE, UNIT_REVOKED },

	{ UNIT_DELIVERING, UNIT_EV_REQUEST_ACCEPTANCE, UNIT_ACCEPTANCE_REQUESTED },
	{ UNIT_DELIVERING, UNIT_EV_WINDOW_ENDED, UNIT_PENDING_DECISION },
	{ UNIT_DELIVERING, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },
	{ UNIT_DELIVERING, UNIT_EV_TERMINATE, UNIT_TERMINATED },
	{ UNIT_DELIVERING, UNIT_EV_REVOKE, UNIT_REVOKED },

	/* The window's end does not touch those who have filed: acceptance and evaluation come after it. */
	{ UNIT_ACCEPTANCE_REQUESTED, UNIT_EV_ASSIGN_EVALUATOR, UNIT_UNDER_EVALUATION },
	{ UNIT_ACCEPTANCE_REQUESTED, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },
	{ UNIT_ACCEPTANCE_REQUESTED, UNIT_EV_TERMINATE, UNIT_TERMINATED },
	{ UNIT_ACCEPTANCE_REQUESTED, UNIT_EV_REVOKE, UNIT_REVOKED },

	{ UNIT_UNDER_EVALUATION, UNIT_EV_PASS, UNIT_PASSED },
	{ UNIT_UNDER_EVALUATION, UNIT_EV_FAIL, UNIT_NOT_PASSED },
	{ UNIT_UNDER_EVALUATION, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },
	{ UNIT_UNDER_EVALUATION, UNIT_EV_TERMINATE, UNIT_TERMINATED },
	{ UNIT_UNDER_EVALUATION, UNIT_EV_REVOKE, UNIT_REVOKED },

	{ UNIT_PASSED, UNIT_EV_WIN, UNIT_WINNER },
	{ UNIT_PASSED, UNIT_EV_REVOKE, UNIT_REVOKED },

	{ UNIT_WINNER, UNIT_EV_REVOKE, UNIT_REVOKED },

	{ UNIT_PENDING_DECISION, UNIT_EV_REQUEST_ACCEPTANCE, UNIT_ACCEPTANCE_REQUESTED },
	{ UNIT_PENDING_DECISION, UNIT_EV_WITHDRAW, UNIT_WITHDRAWN },
	{ UNIT_PENDING_DECISION, UNIT_EV_TERMINATE, UNIT_TERMINATED },
	{ UNIT_PENDING_DECISION, UNIT_EV_REVOKE, UNIT_REVOKED },
	{ UNIT_PENDING_DECISION, UNIT_EV_RESUME, UNIT_DELIVERING },
};

static const char *const obligation_state_names[OBLIGATION_STATE_COUNT] = {
	[OBLIGATION_SCHEDULED] = "scheduled", [OBLIGATION_OPEN] = "open",
	[OBLIGATION_SUBMITTED] = "submitted", [OBLIGATION_RETURNED] = "returned",
	[OBLIGATION_ACCEPTED] = "accepted",   [OBLIGATION_WAIVED] = "waived",
	[OBLIGATION_CANCELLED] = "cancelled",
};

static const char *const obligation_event_names[OBLIGATION_EVENT_COUNT] = {
	[OBLIGATION_EV_OPEN] = "open",     [OBLIGATION_EV_SUBMIT] = "submit",
	[OBLIGATION_EV_RETURN] = "return", [OBLIGATION_EV_ACCEPT] = "accept",
	[OBLIGATION_EV_WAIVE] = "waive",   [OBLIGATION_EV_CANCEL] = "cancel",
	[OBLIGATION_EV_HOLD] = "hold",     [OBLIGATION_EV_RELEASE] = "release",
	[OBLIGATION_EV_EXTEND] = "extend",
};

static const struct {
	enum obligation_state from;
	enum obligation_event on;
	enum obligation_state to;
} obligation_moves[] = {
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_OPEN, OBLIGATION_OPEN },
	/* Whether early filing is welcome is the rule's to say. */
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_SUBMIT, OBLIGATION_SUBMITTED },
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_WAIVE, OBLIGATION_WAIVED },
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_CANCEL, OBLIGATION_CANCELLED },
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_HOLD, OBLIGATION_SCHEDULED },
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_RELEASE, OBLIGATION_SCHEDULED },
	{ OBLIGATION_SCHEDULED, OBLIGATION_EV_EXTEND, OBLIGATION_SCHEDULED },

	{ OBLIGATION_OPEN, OBLIGATION_EV_SUBMIT, OBLIGATION_SUBMITTED },
	{ OBLIGATION_OPEN, OBLIGATION_EV_WAIVE, OBLIGATION_WAIVED },
	{ OBLIGATION_OPEN, OBLIGATION_EV_CANCEL, OBLIGATION_CANCELLED },
	{ OBLIGATION_OPEN, OBLIGATION_EV_HOLD, OBLIGATION_OPEN },
	{ OBLIGATION_OPEN, OBLIGATION_EV_RELEASE, OBLIGATION_OPEN },
	{ OBLIGATION_OPEN, OBLIGATION_EV_EXTEND, OBLIGATION_OPEN },

	{ OBLIGATION_SUBMITTED, OBLIGATION_EV_RETURN, OBLIGATION_RETURNED },
	{ OBLIGATION_SUBMITTED, OBLIGATION_EV_ACCEPT, OBLIGATION_ACCEPTED },
	{ OBLIGATION_SUBMITTED, OBLIGATION_EV_WAIVE, OBLIGATION_WAIVED },
	{ OBLIGATION_SUBMITTED, OBLIGATION_EV_CANCEL, OBLIGATION_CANCELLED },
	/* Here it is the reviewer who is not reminded; the unit has nothing to be given time for. */
	{ OBLIGATION_SUBMITTED, OBLIGATION_EV_HOLD, OBLIGATION_SUBMITTED },
	{ OBLIGATION_SUBMITTED, OBLIGATION_EV_RELEASE, OBLIGATION_SUBMITTED },

	{ OBLIGATION_RETURNED, OBLIGATION_EV_SUBMIT, OBLIGATION_SUBMITTED },
	{ OBLIGATION_RETURNED, OBLIGATION_EV_WAIVE, OBLIGATION_WAIVED },
	{ OBLIGATION_RETURNED, OBLIGATION_EV_CANCEL, OBLIGATION_CANCELLED },
	{ OBLIGATION_RETURNED, OBLIGATION_EV_HOLD, OBLIGATION_RETURNED },
	{ OBLIGATION_RETURNED, OBLIGATION_EV_RELEASE, OBLIGATION_RETURNED },
	{ OBLIGATION_RETURNED, OBLIGATION_EV_EXTEND, OBLIGATION_RETURNED },
};

/* Index of `s` in `names`, or `n`. */
static size_t index_of(const char *s, const char *const *names, size_t n)
{
	size_t i = 0;
	while (i < n && strcmp(s, names[i]) != 0)
		i++;
	return i;
}

static void add_listed(struct buf *out, bool *first, const char *name)
{
	if (!*first)
		buf_adds(out, ", ");
	buf_adds(out, name);
	*first = false;
}

const char *unit_state_name(enum unit_state state)
{
	return unit_state_names[state];
}

bool unit_state_parse(const char *s, enum unit_state *state)
{
	size_t i = index_of(s, unit_state_names, UNIT_STATE_COUNT);
	if (i == UNIT_STATE_COUNT)
		return false;
	*state = (enum unit_state)i;
	return true;
}

const char *unit_event_name(enum unit_event event)
{
	return unit_event_names[event];
}

bool unit_move(enum unit_state from, enum unit_event on, enum unit_state *to)
{
	for (size_t i = 0; i < COUNT_OF(unit_moves); i++) {
		if (unit_moves[i].from == from && unit_moves[i].on == on) {
			*to = unit_moves[i].to;
			return true;
		}
	}
	return false;
}

void unit_moves_legal(enum unit_state from, struct buf *out)
{
	bool first = true;
	enum unit_state to;
	for (int on = 0; on < UNIT_EVENT_COUNT; on++)
		if (unit_move(from, (enum unit_event)on, &to))
			add_listed(out, &first, unit_event_names[on]);
}

bool unit_is_reminded(enum unit_state state)
{
	/* Before publication nothing is owed; with a result, or out of the programme, nothing is any more. */
	switch (state) {
	case UNIT_DELIVERING:
	case UNIT_ACCEPTANCE_REQUESTED:
	case UNIT_UNDER_EVALUATION:
	case UNIT_PENDING_DECISION:
		return true;
	case UNIT_APPLIED:
	case UNIT_RECOMMENDED:
	case UNIT_SHORTLISTED:
	case UNIT_PASSED:
	case UNIT_NOT_PASSED:
	case UNIT_WINNER:
	case UNIT_WITHDRAWN:
	case UNIT_TERMINATED:
	case UNIT_REVOKED:
	case UNIT_STATE_COUNT:
		break;
	}
	return false;
}

const char *obligation_state_name(enum obligation_state state)
{
	return obligation_state_names[state];
}

bool obligation_state_parse(const char *s, enum obligation_state *state)
{
	size_t i = index_of(s, obligation_state_names, OBLIGATION_STATE_COUNT);
	if (i == OBLIGATION_STATE_COUNT)
		return false;
	*state = (enum obligation_state)i;
	return true;
}

const char *obligation_event_name(enum obligation_event event)
{
	return obligation_event_names[event];
}

bool obligation_move(enum obligation_state from, enum obligation_event on,
		     enum obligation_state *to)
{
	for (size_t i = 0; i < COUNT_OF(obligation_moves); i++) {
		if (obligation_moves[i].from == from && obligation_moves[i].on == on) {
			*to = obligation_moves[i].to;
			return true;
		}
	}
	return false;
}

void obligation_moves_legal(enum obligation_state from, struct buf *out)
{
	bool first = true;
	enum obligation_state to;
	for (int on = 0; on < OBLIGATION_EVENT_COUNT; on++)
		if (obligation_move(from, (enum obligation_event)on, &to))
			add_listed(out, &first, obligation_event_names[on]);
}

bool obligation_is_owed(enum obligation_state state)
{
	return state == OBLIGATION_SCHEDULED || state == OBLIGATION_OPEN ||
	       state == OBLIGATION_RETURNED;
}

bool obligation_is_overdue(enum obligation_state state, int64_t due_at, int64_t now_at)
{
	return obligation_is_owed(state) && now_at >= due_at;
}
