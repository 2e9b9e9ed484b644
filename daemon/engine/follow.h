/* Windows that end on a day which a calendar decides. */
#ifndef JIEBANG_ENGINE_FOLLOW_H
#define JIEBANG_ENGINE_FOLLOW_H

#include "engine/replan.h"

/*
 * A calendar has come or was corrected: of programmes whose windows roll, every window that is not over ends on the day
 * it gives now, with its timer and a row in the register of changes. What is owed is counted anew by replan_all, which
 * comes after; a day of the calendar that lies inside the window only now, or no more, is added or dropped here. *moved: units. A window that a person has set to a day stands.
 */
MUST_CHECK enum fault windows_follow(struct replan *replan, int64_t *moved,
				     struct problem *problem);

#endif
