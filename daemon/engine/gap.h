/* The warning that a year's calendar is missing (T3). */
#ifndef JIEBANG_ENGINE_GAP_H
#define JIEBANG_ENGINE_GAP_H

#include "engine/tx.h"

#define GAP_WARN_DAYS 60

/* After dates or calendars have changed: which years are missing now, and when to warn of each. */
MUST_CHECK enum fault gaps_refresh(struct tx *tx, struct problem *problem);
/* The timer of the year has come: the office is told, once an episode, unless the calendar is there by now. */
MUST_CHECK enum fault gap_warn(struct tx *tx, int year, struct problem *problem);

#endif
