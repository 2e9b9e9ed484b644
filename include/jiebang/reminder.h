/*
 * The steps of an obligation's ladder: pure functions of its dates. A step has a stable key ("open", "before-30",
 * "due", "after-3", "repeat-2", "recommender+3w") that names the occasion together with obligation and revision.
 * Those of a review's ladder, counted from the review's due date, have it with "review-" before it.
 */
#ifndef JIEBANG_REMINDER_H
#define JIEBANG_REMINDER_H

#include "jiebang/calendar.h"
#include "jiebang/programme.h"

#include <stdint.h>

#define STEP_KEY_BYTES 32

enum step_kind { STEP_OPEN = 0, STEP_BEFORE, STEP_DUE, STEP_AFTER, STEP_REPEAT, STEP_ESCALATION };

struct step {
	enum step_kind kind;
	enum recipient to;
	int offset; /* days before or after; ordinal of a repeat (1, 2, …); working days of an escalation */
	int32_t day;     /* the civil day by the arithmetic */
	int32_t send_on; /* the same, or where the ladder's `days_off` puts it */
	int64_t at;      /* send_at of send_on; an `open` step is due at its day's start */
	char key[STEP_KEY_BYTES];
};

/* The type of the message that tells it, "obligation.overdue"; of a review, "review.overdue". */
const char *reminder_type(enum step_kind kind, bool review);

struct step_dates {
	int32_t opens_on; /* a review's ladder has no opening and does not read it */
	int32_t due_on;
};

/*
 * Steps with from_at <= at <= until_at, ordered by (at, day, kind, offset, to); at most `max`. Returns the count written. Two calls with adjoining ranges
 * give each step exactly once. A `before` step on a day earlier than the opening is kept: it announces.
 */
size_t reminder_steps(const struct ladder *ladder, const struct calendar *calendar,
		      const struct step_dates *dates, int64_t from_at, int64_t until_at,
		      struct step *out, size_t max);

/*
 * The first step with at >= from_at that `wanted` says true to; false if there is none. It is asked in order, and about
 * no step beyond the one it takes: a repeating ladder has thousands.
 */
typedef bool step_wanted_fn(const struct step *step, void *arg);
bool reminder_find(const struct ladder *ladder, const struct calendar *calendar,
		   const struct step_dates *dates, int64_t from_at, step_wanted_fn *wanted,
		   void *arg, struct step *out);

/* The first step with at >= from_at; false if the ladder has none left (no repeats configured). */
bool reminder_next(const struct ladder *ladder, const struct calendar *calendar,
		   const struct step_dates *dates, int64_t from_at, struct step *out);

/*
 * The instant at which a message's first attempt is ready: its step's, and up to jitter_s later by its webhook-id. Never
 * in the minutes :00 and :30 (unless there is no other second), and never past the end of the step's day, so that what
 * is up to the due day stays up to it and nothing slides into a day off.
 */
int64_t jitter_ready_at(const char *webhook_id, int64_t step_at, int jitter_s);

/* Ladder ⇄ compact JSON, as frozen in the database with each obligation's rule. */
void ladder_write(const struct ladder *ladder, struct buf *out);
MUST_CHECK enum fault ladder_read(const char *text, size_t len, struct ladder *out,
				  struct problem *problem);

#endif
