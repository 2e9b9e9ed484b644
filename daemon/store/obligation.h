/* Obligations, their agenda, occasions, submissions and reviews. */
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
	int32_t opens_on;
	int32_t due_on;
	int64_t due_at;
	enum obligation_state state;
	int64_t revision;
	int64_t next_step_at; /* 0: none */
	bool next_cleared;    /* … and the row says so already: see obligation_set_state */
	bool ever_submitted;
	enum unit_state unit_state;
	enum obligation_kind kind;
	bool satisfied_by_acceptance;
	uint8_t batch_uid[16];
	char rule_id[64];
	char recommender[512];
};
MUST_CHECK enum fault obligation_get(struct store *store, int64_t key, struct obligation_row *out,
				     struct problem *problem);

/*
 * Writes the state; `submitted_at`, `accepted_at` are set when not 0. The one statement that changes a state. What is not
 * owed has no next step: that is written with it, and the agenda row is left to agenda_move.
 */
MUST_CHECK enum fault obligation_set_state(struct store *store, struct obligation_row *row,
					   enum obligation_state state, int64_t submitted_at,
					   int64_t accepted_at, struct problem *problem);

/* Moves the agenda row from row->next_step_at to next_at (0: no row) and keeps both in step. */
MUST_CHECK enum fault agenda_move(struct store *store, struct obligation_row *row, int64_t next_at,
				  struct problem *problem);
/* Keys of up to `max` obligations whose next step is due, earliest first; and the instant of the next one after (INT64_MAX: none). */
MUST_CHECK enum fault agenda_due(struct store *store, int64_t now_at, int64_t *keys, size_t max,
				 size_t *n, struct problem *problem);
/* Puts a broken obligation off, without reading it: next_step_at stays where its steps go on from. */
MUST_CHECK enum fault agenda_put_aside(struct store *store, int64_t key, int64_t next_at,
				       struct problem *problem);
MUST_CHECK enum fault agenda_next(struct store *store, int64_t *next_at, struct problem *problem);

struct occasion_row {
	int64_t obligation_key;
	int64_t revision;
	const char *step;
	int64_t nominal_at;
	const char *outcome;
	const char *reason; /* NULL: none */
};
/* FAULT_CONFLICT: this occasion was decided before. */
/* Whether this step was decided already under this revision. */
MUST_CHECK enum fault occasion_known(struct store *store, int64_t obligation_key, int64_t revision,
				     const char *step, bool *known, struct problem *problem);
MUST_CHECK enum fault occasion_add(struct store *store, const struct occasion_row *row,
				   int64_t now_at, struct problem *problem);
/* How a sent occasion ended after all: 'held', 'dead', 'cancelled', or 'sent' again after a replay. */
MUST_CHECK enum fault occasion_set(struct store *store, int64_t obligation_key, int64_t revision,
				   const char *step, const char *outcome, const char *reason,
				   struct problem *problem);
/*
 * Whom escalations of this obligation have told and nobody has told yet that it is settled; from here on they count as
 * told.
 */
MUST_CHECK enum fault escalations_close(struct store *store, int64_t obligation_key, int64_t now_at,
					bool told[RECIPIENT_COUNT], struct problem *problem);

struct submission_new {
	int64_t obligation_key;
	bool first; /* none was filed before: spares the look for the newest version */
	bool late;
	const char *author;
	const char *receipt;
	const char *summary;
	const char *content; /* JSON object */
};
MUST_CHECK enum fault submission_add(struct store *store, const struct submission_new *submission,
				     int64_t now_at, int64_t *key, int64_t *version,
				     struct problem *problem);
/* Verdict on the newest submission. */
MUST_CHECK enum fault review_add(struct store *store, int64_t obligation_key, const char *decision,
				 const char *comment, const char *actor, int64_t now_at,
				 struct problem *problem);

/* Frozen ladder of a rule version, as JSON appended to `out`. */
struct buf;
MUST_CHECK enum fault rule_ladder(struct store *store, int64_t rule_key, struct buf *out,
				  struct problem *problem);

/* And the frozen rule itself: one row of the reporting plan, as programme_store wrote it. */
MUST_CHECK enum fault rule_body(struct store *store, int64_t rule_key, struct buf *out,
				struct problem *problem);

/* Obligations not yet satisfied with a provisional date, or due from `from_on`: for re-planning when a calendar comes. */
struct replan_row {
	int64_t key;
	int64_t rule_key;
	int32_t anchor_on;
	int32_t last_day_on;
	int32_t due_on;
	bool provisional;
};
MUST_CHECK enum fault replan_next(struct store *store, int64_t after_key, struct replan_row *out,
				  bool *found, struct problem *problem);
/* A moved due date: a new revision. */
struct obligation_dates {
	int32_t opens_on;
	int32_t last_day_on;
	int32_t due_on;
	bool provisional;
	bool moved; /* the due date differs: revision + 1 */
};
MUST_CHECK enum fault obligation_set_dates(struct store *store, int64_t key,
					   const struct obligation_dates *dates,
					   struct problem *problem);

#endif
