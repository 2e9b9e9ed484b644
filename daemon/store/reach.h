/* Units that owe something and have no enabled endpoint of their own that hears all reminders. */
#ifndef JIEBANG_STORE_REACH_H
#define JIEBANG_STORE_REACH_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct reach {
	int64_t programme_key;
	int64_t endpoints; /* enabled ones of the unit's own */
};
/* Of one unit; FAULT_NOT_FOUND without it. */
MUST_CHECK enum fault reach_get(struct store *store, int64_t unit_key, struct reach *out,
				struct problem *problem);
/* Whether a unit owes anything. `beside` is an obligation that does not count, 0: all do. */
MUST_CHECK enum fault reach_owes(struct store *store, int64_t unit_key, int64_t beside, bool *owes,
				 struct problem *problem);
/* One endpoint more or less. */
MUST_CHECK enum fault reach_set_endpoints(struct store *store, int64_t unit_key, int64_t endpoints,
					  struct problem *problem);
/* Shortlisted units of the programme that will owe what a publication plans, and hear nothing of it. */
MUST_CHECK enum fault reach_planned(struct store *store, int64_t programme_key, int64_t *n,
				    struct problem *problem);

#endif
