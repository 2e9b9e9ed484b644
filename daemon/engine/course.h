/* The course of an obligation beside its plan: review, return, other dates, holds. */
#ifndef JIEBANG_ENGINE_COURSE_H
#define JIEBANG_ENGINE_COURSE_H

#include "engine/tx.h"

/*
 * What a filing now begins: if the rule names a reviewer, the reviewer has a deadline from then on and is reminded of
 * it. `row` as it was before; nothing is written.
 */
MUST_CHECK enum fault plan_review(struct tx *tx, const struct obligation_row *row,
				  struct review_start *out, struct problem *problem);

/*
 * Its last day before rolling, counted from the anchor as it is now, from the end of the window as it is now, or from
 * where a fixed day first stood.
 */
int32_t last_day_of(const struct obligation_row *row, const struct plan_rule *rule);

/*
 * What was filed is given back: the review is over, the unit has until *correct_by_on (0: its due date stands), under a
 * new revision, and is reminded again. `row` has moved to 'returned' already. Steps that came due since the filing are
 * recorded as suppressed: nobody was to be reminded, and nothing ends in silence (contract 6).
 */
MUST_CHECK enum fault begin_correction(struct tx *tx, struct obligation_row *row,
				       int32_t *correct_by_on, struct problem *problem);

/*
 * Another due date, for a person's reason: a new revision (contract 3). What came due under the old one and was not
 * decided is suppressed, what has not left is superseded, and only what is still to come is said.
 */
MUST_CHECK enum fault redate_obligation(struct tx *tx, struct obligation_row *row,
					const struct obligation_dates *dates,
					struct problem *problem);

/* A due date that has moved by no ruling about this obligation alone; obligation_key is 0 if it has not. */
struct moved {
	int64_t programme_key;
	int64_t unit_key;
	int64_t obligation_key;
	enum recipient of; /* the unit's date, or, of what is filed, its reviewer's */
	int32_t old_due_on;
	int32_t due_on;
	bool provisional;
};

/* A new calendar: the dates that it decides are computed anew. What the old ladder owed and had not said is caught up with. */
MUST_CHECK enum fault replan_obligation(struct tx *tx, int64_t obligation_key, struct moved *moved,
					struct problem *problem);

/*
 * Its last day, before rolling, is another one, since what it is counted from has moved (`cause`: "publication",
 * "shift", …); shift_months and anchor of the row are those of now. The date that a person granted stands unless the
 * plan gives more by now. Only steps that are still to come are said.
 */
MUST_CHECK enum fault rebase_obligation(struct tx *tx, struct obligation_row *row,
					int32_t last_day_on, const char *cause, struct moved *moved,
					struct problem *problem);

/* Nobody is reminded until `until_at`. */
MUST_CHECK enum fault hold_obligation(struct tx *tx, struct obligation_row *row, int64_t until_at,
				      struct problem *problem);
/* And are again; what was missed meanwhile is due now, and comes as one message. */
MUST_CHECK enum fault release_obligation(struct tx *tx, struct obligation_row *row,
					 struct problem *problem);
/* The same when its last day is over, with the event: nobody asked. */
MUST_CHECK enum fault expire_hold(struct tx *tx, struct obligation_row *row,
				  struct problem *problem);

#endif
