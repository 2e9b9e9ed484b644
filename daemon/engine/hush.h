/* Whether a step that came due is said, or somebody asked for quiet. */
#ifndef JIEBANG_ENGINE_HUSH_H
#define JIEBANG_ENGINE_HUSH_H

#include "engine/tx.h"

/*
 * Takes those out of steps[0 … *n) that a silence covers, or that the recipient acknowledged or put off, and records
 * each as suppressed(silence), (acknowledged) or (snoozed). Escalations go on, whatever was acknowledged.
 */
MUST_CHECK enum fault hush_steps(struct tx *tx, const struct obligation_row *row,
				 const struct step **steps, size_t *n, struct problem *problem);

#endif
