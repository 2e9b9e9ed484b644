/* The end of a unit's window (攻关期). */
#ifndef JIEBANG_ENGINE_WINDOW_H
#define JIEBANG_ENGINE_WINDOW_H

#include "engine/tx.h"

/*
 * The timer of the window's end has come. A unit that still delivers waits for a decision from now on; one that has
 * asked for acceptance, or whose window ends later by now, is left alone.
 */
MUST_CHECK enum fault window_ended(struct tx *tx, int64_t unit_key, struct problem *problem);

#endif
