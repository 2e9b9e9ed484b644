/* What the planner does about timers that are due. */
#ifndef JIEBANG_ENGINE_TIMERS_H
#define JIEBANG_ENGINE_TIMERS_H

#include "engine/tx.h"
#include "store/timer.h"

/*
 * Runs up to `max` due timers, or up to one with long work, earliest first; one that is done is gone unless its handler set it again, later. With
 * `careful`, each apart: a broken one is told and put aside (see apart.h).
 */
MUST_CHECK enum fault timers_run(struct tx *tx, int max, bool careful, struct problem *problem);

#endif
