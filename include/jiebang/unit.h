/*
 * The life of a unit (揭榜单位) and of an obligation (义务事项), as two tables of moves with one function each that
 * decides a state. Overdue is never a state: it is computed from the due instant and now.
 */
#ifndef JIEBANG_UNIT_H
#define JIEBANG_UNIT_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum unit_state {
	UNIT_APPLIED = 0,
	UNIT_RECOMMENDED,
	UNIT_SHORTLISTED,
	UNIT_DELIVERING,
	UNIT_ACCEPTANCE_REQUESTED,
	UNIT_UNDER_EVALUATION,
	UNIT_PASSED,
	UNIT_NOT_PASSED,
	UNIT_WINNER,
	UNIT_PENDING_DECISION, /* the window ended without an acceptance request: a person decides */
	UNIT_WITHDRAWN,        /* 退出, the unit's own act */
	UNIT_TERMINATED,       /* 终止 */
	UNIT_REVOKED,          /* 撤销 */
	UNIT_STATE_COUNT
};

enum unit_event {
	UNIT_EV_RECOMMEND = 0,
	UNIT_EV_SHORTLIST,
	UNIT_EV_PUBLISH,
	UNIT_EV_REQUEST_ACCEPTANCE,
	UNIT_EV_WINDOW_ENDED,
	UNIT_EV_ASSIGN_EVALUATOR,
	UNIT_EV_PASS,
	UNIT_EV_FAIL,
	UNIT_EV_WIN,
	UNIT_EV_WITHDRAW,
	UNIT_EV_TERMINATE,
	UNIT_EV_REVOKE,
	UNIT_EV_RESUME, /* a pending decision went the unit's way: it goes on delivering */
	UNIT_EVENT_COUNT
};

const char *unit_state_name(enum unit_state state);
bool unit_state_parse(const char *s, enum unit_state *state);
const char *unit_event_name(enum unit_event event);
/* False if the move is illegal. */
bool unit_move(enum unit_state from, enum unit_event on, enum unit_state *to);
/* The events legal in `from`, comma separated, for the message of a refusal. */
void unit_moves_legal(enum unit_state from, struct buf *out);
/* Whether a unit in this state is reminded of what it owes (R6). */
bool unit_is_reminded(enum unit_state state);

enum obligation_state {
	OBLIGATION_SCHEDULED = 0,
	OBLIGATION_OPEN,
	OBLIGATION_SUBMITTED,
	OBLIGATION_RETURNED,
	OBLIGATION_ACCEPTED,
	OBLIGATION_WAIVED,
	OBLIGATION_CANCELLED,
	OBLIGATION_STATE_COUNT
};

enum obligation_event {
	OBLIGATION_EV_OPEN = 0,
	OBLIGATION_EV_SUBMIT,
	OBLIGATION_EV_RETURN,
	OBLIGATION_EV_ACCEPT,
	OBLIGATION_EV_WAIVE,
	OBLIGATION_EV_CANCEL,
	OBLIGATION_EV_HOLD,    /* nobody is reminded until a day; the state stays */
	OBLIGATION_EV_RELEASE, /* and are again, before that day or with it */
	OBLIGATION_EV_EXTEND,  /* a later due date, granted by a person; the state stays */
	OBLIGATION_EVENT_COUNT
};

const char *obligation_state_name(enum obligation_state state);
bool obligation_state_parse(const char *s, enum obligation_state *state);
const char *obligation_event_name(enum obligation_event event);
bool obligation_move(enum obligation_state from, enum obligation_event on,
		     enum obligation_state *to);
void obligation_moves_legal(enum obligation_state from, struct buf *out);

/* Whether the unit still owes something: scheduled, open, returned. */
bool obligation_is_owed(enum obligation_state state);
/* Overdue: owed, and now is at or past the due instant (the day's 24:00). */
bool obligation_is_overdue(enum obligation_state state, int64_t due_at, int64_t now_at);

#endif
