/*
 * What a moved window adds to the plan of a unit, and what it takes out of it: a corrected publication date, another
 * length, a calendar that moves its end. Afterwards the unit owes what a publication with this window would have given
 * it, beside what is done, what a person ruled, and what was planned by a rule that has been edited since.
 */
#ifndef JIEBANG_ENGINE_COMPLETE_H
#define JIEBANG_ENGINE_COMPLETE_H

#include "engine/delta.h"
#include "engine/replan.h"

/* Adds and drops what is owed. `unit` as it is now. */
MUST_CHECK enum fault complete_unit(struct replan *replan, const struct unit_row *unit,
				    const struct delta *delta, struct problem *problem);

#endif
