/* Obligations and their agenda. */
#ifndef JIEBANG_STORE_OBLIGATION_H
#define JIEBANG_STORE_OBLIGATION_H

#include "jiebang/programme.h"
#include "jiebang/unit.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* An obligation with what the planner and the verbs need of its unit, rule, batch and programme. */
struct obligation_row {
	int64_t key;
	int64_t unit_key;
	int64_t rule_key;
	int64_t programme_key;
	int n;
	int32_t anchor_on; /* of the unit's window; 0: none yet */
	int32_t window_end_on;
	int months;       /* its last day, after the anchor; 0: a fixed day */
	int shift_months; /* and so many more, by shifts of the whole programme; its opening too */
	int32_t base_on;  /* where a shifted fixed day stood; 0: it is not shifted */
	int32_t opens_on;
	int32_t last_day_on;
	int32_t due_on;
	int64_t due_at;
	enum obligation_state state;
	int64_t revision;
	int64_t next_step_at; /* 0: none */
	bool next_cleared; /* neither it nor a hold is in the row any more: see obligation_set_state */
	int64_t held_until_at; /* nobody is reminded before; 0: not held */
	int64_t submitted_at;  /* 0: never */
	int64_t returned_at;   /* 0: never */
	int32_t granted_on;    /* the due date by extension; 0: as planned */
	int32_t review_due_on; /* 0: nobody has to review it now */
	int milestone;         /* the unit's milestone that its date is tied to; 0: none */
	enum unit_state unit_state;
	int64_t unit_endpoints; /* enabled ones of the unit's own */
	enum obligation_kind kind;
	bool provisional;
	bool satisfied_by_acceptance;
	enum recipient reviewer; /* RECIPIENT_UNIT: nobody reviews */
	uint8_t batch_uid[16];
	char rule_id[64];
	char recommender[512];
};
MUST_CHECK enum fault obligation_get(struct store *store, int64_t key, struct obligation_row *out,
				     struct problem *problem);

/* The reviewer's last day for what is filed, and when the reviewer is reminded next; 0 for none. */
struct review_start {
	int32_t due_on;
	int64_t next_at;
};

/*
 * Writes the state, and with it the instant of a return or acceptance; nobody has to review any more. What is not owed
 * has no next step and no hold: that is written with it, and the agenda row is left to agenda_clear. Filing has a
 * function of its own; these two are the ones that change a state.
 */
MUST_CHECK enum fault obligation_set_state(struct store *store, struct obligation_row *row,
					   enum obligation_state state, int64_t now_at,
					   struct problem *problem);
/* Submitted; the agenda row goes where the reviewer is reminded next, or away. */
MUST_CHECK enum fault obligation_file(struct store *store, struct obligation_row *row,
				      const struct review_start *review, int64_t now_at,
				      struct problem *problem);
/* Another last day of the reviewer for what is filed; 0: nobody has to review. */
MUST_CHECK enum fault obligation_set_review(struct store *store, struct obligation_row *row,
					    int32_t review_due_on, struct problem *problem);

/*
 * The agenda row stands at next_step_at, or where a hold ends; here both move together. agenda_move keeps a hold,
 * agenda_hold sets it (0: ends it) and keeps the step.
 */
MUST_CHECK enum fault agenda_move(struct store *store, struct obligation_row *row, int64_t next_at,
				  struct problem *problem);
MUST_CHECK enum fault agenda_hold(struct store *store, struct obligation_row *row,
				  int64_t held_until_at, struct problem *problem);
/* Neither a step nor a hold any more. */
MUST_CHECK enum fault agenda_clear(struct store *store, struct obligation_row *row,
				   struct problem *problem);
/* Keys of up to `max` obligations whose next step is due, earliest first; and the instant of the next one after (INT64_MAX: none). */
MUST_CHECK enum fault agenda_due(struct store *store, int64_t now_at, int64_t *keys, size_t max,
				 size_t *n, struct problem *problem);
/* Puts a broken obligation off, without reading it: next_step_at stays where its steps go on from. */
MUST_CHECK enum fault agenda_put_aside(struct store *store, int64_t key, int64_t next_at,
				       struct problem *problem);
/* How many have a step from before. */
MUST_CHECK enum fault agenda_before(struct store *store, int64_t at, int64_t *n,
				    struct problem *problem);
MUST_CHECK enum fault agenda_next(struct store *store, int64_t *next_at, struct problem *problem);

/* Obligations that are not done, in the order of their keys: for re-planning when a calendar comes. 0: there is none. */
MUST_CHECK enum fault replan_next(struct store *store, int64_t after_key, int64_t *key,
				  struct problem *problem);
/* Other dates. Who moves them writes the row anew from the database. */
struct obligation_dates {
	int32_t opens_on;
	int32_t last_day_on;
	int32_t due_on;
	int32_t granted_on; /* 0: none */
	bool provisional;
	bool moved; /* a new revision: the unit is told, and reminded, anew */
};
MUST_CHECK enum fault obligation_set_dates(struct store *store, int64_t key,
					   const struct obligation_dates *dates,
					   struct problem *problem);

/* An obligation beside those of a publication. */
struct obligation_new {
	int64_t unit_key;
	int64_t rule_key;
	int n; /* 0: the next one of this rule's id in this unit */
	int32_t opens_on;
	int32_t last_day_on;
	int32_t due_on;
	bool provisional;
	int milestone; /* 0: none */
};
MUST_CHECK enum fault obligation_add(struct store *store, const struct obligation_new *fresh,
				     int64_t *key, struct problem *problem);

#endif
