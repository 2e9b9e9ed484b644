/* The weekly report leaves: the timer "weekly" of each published programme (R11). */
#ifndef JIEBANG_ENGINE_WEEKLY_H
#define JIEBANG_ENGINE_WEEKLY_H

#include "engine/tx.h"

/*
 * After the programme was published or its file changed: the timer stands at the next report. A programme that had none
 * begins with the next slot to come; one that had goes on after the last week that was reported, so that nothing that
 * came due meanwhile is forgotten and no week is reported twice.
 */
MUST_CHECK enum fault weekly_arm(struct tx *tx, int64_t programme_key, struct problem *problem);
/* After working days have changed: the same for all. */
MUST_CHECK enum fault weekly_arm_all(struct tx *tx, struct problem *problem);
/* The timer has come. */
MUST_CHECK enum fault weekly_run(struct tx *tx, int64_t programme_key, struct problem *problem);

#endif
