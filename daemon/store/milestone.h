/* The milestones of a unit's own plan. */
#ifndef JIEBANG_STORE_MILESTONE_H
#define JIEBANG_STORE_MILESTONE_H

#include "jiebang/milestone.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

/* Those of the plan in force, by number. FAULT_CORRUPT if there are more than MILESTONES_MAX. */
MUST_CHECK enum fault milestones_get(struct store *store, int64_t unit_key,
				     struct milestone out[MILESTONES_MAX], size_t *n,
				     struct problem *problem);
/* A new one gets the next number of the unit, counted with those that were dropped. */
MUST_CHECK enum fault milestone_add(struct store *store, int64_t unit_key,
				    struct milestone *milestone, struct problem *problem);
MUST_CHECK enum fault milestone_set(struct store *store, int64_t unit_key,
				    const struct milestone *milestone, struct problem *problem);
/* It is in the plan no more; its row stays. */
MUST_CHECK enum fault milestone_drop(struct store *store, int64_t unit_key, int n,
				     struct problem *problem);

/* The obligation tied to a milestone by a rule (any version of it) that is not cancelled; 0: none. */
MUST_CHECK enum fault milestone_obligation(struct store *store, int64_t unit_key,
					   const char *rule_id, int n, int64_t *key,
					   struct problem *problem);

#endif
