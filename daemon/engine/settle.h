/* What ends reminders: shared by verbs that settle an obligation and by the planner. */
#ifndef JIEBANG_ENGINE_SETTLE_H
#define JIEBANG_ENGINE_SETTLE_H

#include "engine/tx.h"

/* The ladder that speaks now, and the dates it counts from: the unit's, or, while a review is due, the reviewer's. */
struct phase {
	const struct ladder *ladder;
	struct step_dates dates;
};
MUST_CHECK enum fault phase_of(struct tx *tx, const struct obligation_row *row, struct phase *out,
			       struct problem *problem);
/* Why nothing is said about an obligation any more; NULL if somebody is reminded of it. */
const char *silent_because(const struct obligation_row *row);

/*
 * Nothing more is said about this obligation: steps that came due and were not decided yet are suppressed with
 * `reason`, its agenda row goes, a hold with it, messages that have not left are cancelled (R6), and whoever was
 * escalated to is told (R7).
 */
MUST_CHECK enum fault settle_obligation(struct tx *tx, struct obligation_row *row,
					const char *reason, struct problem *problem);
/* All of that but the agenda row and the hold, for one whose place the reviewer takes. */
MUST_CHECK enum fault settle_messages(struct tx *tx, const struct obligation_row *row,
				      const char *reason, struct problem *problem);
/* Its opening day has come: scheduled → open, with the event. In any other state nothing happens. */
MUST_CHECK enum fault open_obligation(struct tx *tx, struct obligation_row *row,
				      struct problem *problem);
/*
 * It is owed again, or by another date: the next step of its ladder after now goes onto the agenda, or after `after_at`
 * if that is later, since a clock that went back must bring nothing again. Steps that are past by then are not made up
 * for; an opening is.
 */
MUST_CHECK enum fault rearm_obligation(struct tx *tx, struct obligation_row *row, int64_t after_at,
				       struct problem *problem);
#define STEPS_MAX 400 /* eight years of weekly repeats */

struct due_steps {
	struct step steps[STEPS_MAX];
	size_t n;
	int64_t go_on_at;
};

/*
 * The obligation's steps with from_at <= at <= now, at most STEPS_MAX and never a part of one instant. go_on_at is
 * where the next look begins: after now, or sooner if there were more. Those that were decided already are left out:
 * a clock that went back, or a calendar that moved an escalation, brings no step a second time.
 */
MUST_CHECK enum fault due_steps(struct tx *tx, const struct obligation_row *row, int64_t from_at,
				struct due_steps *out, struct problem *problem);
/* The instant of the first step from from_at on that was not decided yet, 0 if there is none. */
MUST_CHECK enum fault next_undecided(struct tx *tx, const struct obligation_row *row,
				     int64_t from_at, int64_t *at, struct problem *problem);
/* Puts that step onto the agenda. */
MUST_CHECK enum fault agenda_from(struct tx *tx, struct obligation_row *row, int64_t from_at,
				  struct problem *problem);

/* Steps from from_at until now that were not decided are suppressed. */
MUST_CHECK enum fault suppress_due(struct tx *tx, const struct obligation_row *row, int64_t from_at,
				   const char *reason, struct problem *problem);
/* Messages of the obligation that have not left: cancelled, or superseded by a moved date. */
MUST_CHECK enum fault cancel_messages(struct tx *tx, int64_t obligation_key, const char *state,
				      const char *reason, struct problem *problem);

/* Moves a delivery and counts it, and keeps the outcome of its occasion true. */
struct delivery_row;
struct delivery_change;
/* True if nobody is to be told any more: what it is about was filed, or has another date. `change` then ends it. */
bool delivery_is_moot(const struct delivery_row *row, struct delivery_change *change);
/* Why it can't be sent now: its endpoint is disabled, its obligation held. NULL: nothing is in the way. */
const char *delivery_held_because(const struct delivery_row *row);
MUST_CHECK enum fault move_delivery(struct tx *tx, const struct delivery_row *row,
				    const struct delivery_change *change, struct problem *problem);

/* Digests go on without the obligation; one that has nothing left to say ends in `state`. */
MUST_CHECK enum fault drop_from_digests(struct tx *tx, int64_t obligation_key, const char *state,
					const char *reason, struct problem *problem);
/* The obligation is held, or is not any more: its messages that have not left wait, or go. */
MUST_CHECK enum fault judge_messages(struct tx *tx, int64_t obligation_key,
				     struct problem *problem);

/* Every delivery left `sending` by an earlier boot: attempt unknown, delivery due again, or held after three in a row. */
MUST_CHECK enum fault delivery_recover(struct tx *tx, struct problem *problem);

#endif
