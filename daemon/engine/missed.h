/*
 * Steps that were not said on their day because nothing was planned: the daemon was down, or on clock hold. They are caught
 * up with (contract 7), and that it was late is told once an episode, by the event schedule.missed (D17).
 */
#ifndef JIEBANG_ENGINE_MISSED_H
#define JIEBANG_ENGINE_MISSED_H

#include "engine/tx.h"

/* Nothing has been planned since then, for as long as that reaches back to an earlier day. */
void missed_begin(struct tx *tx, int64_t since_at);
/* A step of this instant is being said. */
MUST_CHECK enum fault missed_step(struct tx *tx, const struct obligation_row *row, int64_t step_at,
				  struct problem *problem);
/* All that was due is planned. */
void missed_end(struct tx *tx);

#endif
