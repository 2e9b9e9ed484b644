/* Dates that move: by a new calendar, a corrected publication, an extension, a shift of the whole programme. */
#ifndef JIEBANG_ENGINE_REPLAN_H
#define JIEBANG_ENGINE_REPLAN_H

#include "engine/course.h"
#include "store/unit.h"

struct replan {
	struct tx *tx;
	const char *cause; /* "calendar", "publication", "shift", "extension", "window" */
	/* What moved, was added (no old day) or dropped (no day), for those who are told when all is done. */
	struct moved *moved;
	size_t n_moved, cap_moved;
	size_t n_added, n_dropped;
	int64_t units;   /* units of those, counted one after the other … */
	int64_t counted; /* … and this one was the last */
};
void replan_begin(struct replan *replan, struct tx *tx, const char *cause);
void replan_clear(struct replan *replan);

void replan_remember(struct replan *replan, const struct moved *moved);
/* Counts the unit, if anything of it was remembered since n_moved was `before`. */
void replan_count(struct replan *replan, int64_t unit_key, size_t before);
/* Not owed any more, since the window is elsewhere; remembered. */
MUST_CHECK enum fault replan_drop(struct replan *replan, const struct obligation_row *row,
				  const char *reason, struct problem *problem);

/* By a new calendar: everything that is not done, of all units. */
MUST_CHECK enum fault replan_all(struct replan *replan, struct problem *problem);
/* Everything that the unit still owes, by its anchor as it is now. What lies before the anchor is cancelled. */
MUST_CHECK enum fault replan_unit(struct replan *replan, const struct unit_row *unit,
				  struct problem *problem);
/*
 * What falls on the window's old last day moves to the new one, but where its rule goes on anyway or stands on the new
 * last day already: all else stands. See complete_unit for what a longer window adds, and a shorter one drops.
 */
struct delta;
struct new_end {
	const struct delta *delta; /* of the two windows */
	int32_t old_last_on;       /* the unit's window's last day before rolling, until now */
	int add_months;            /* later by so many; 0: to a fixed day */
	int32_t last_on;           /* the new last day, before rolling too */
};
MUST_CHECK enum fault replan_window(struct replan *replan, const struct unit_row *unit,
				    const struct new_end *end, struct problem *problem);
/* Everything that the unit still owes, so many months later, openings too. */
MUST_CHECK enum fault replan_shift(struct replan *replan, const struct unit_row *unit, int months,
				   struct problem *problem);

/*
 * Tells of all that moved: `obligation.rescheduled`, one notice to each unit, one to each recommender, one to the office,
 * however many obligations it was. `change`: id of the recorded operation, or what else is told from others by it.
 */
MUST_CHECK enum fault replan_tell(struct replan *replan, const char *change,
				  struct problem *problem);

/* The timer of the window's end, as the unit's state and dates want it. */
MUST_CHECK enum fault window_arm(struct tx *tx, const struct unit_row *unit,
				 struct problem *problem);

#endif
