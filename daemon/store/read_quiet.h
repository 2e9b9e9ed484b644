/* Members that say what quiet was asked for, and which steps to come will be kept back by it. */
#ifndef JIEBANG_STORE_READ_QUIET_H
#define JIEBANG_STORE_READ_QUIET_H

#include "store/read_inside.h"

struct hush;
struct step;

/* "quiet" of a row of OB_SELECT. */
void kv_quiet(struct reader *rd, const struct query *q);
/* When it will be decided whether a step of this row is said: at its instant, or when the hold ends, and not before now. */
int64_t step_decided_at(const struct reader *rd, const struct query *q, const struct step *step);
/* Whether a step to come (by its nominal instant) will be kept back, as things stand. */
void hush_ahead(struct reader *rd, const struct query *q, const struct step *step,
		struct hush *hush);
/* "reason", "silence", "until": all null if it will be said. */
void hush_members(struct jw *jw, const struct hush *hush);
/*
 * "next_step" and "next_said" (the next that nothing keeps back) of a row of OB_SELECT that is followed by next_step_at
 * and OB_LADDER.
 */
void next_steps_members(struct reader *rd, const struct query *q);

#endif
