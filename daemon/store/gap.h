/* Years whose calendar is missing while dates wait for it. */
#ifndef JIEBANG_STORE_GAP_H
#define JIEBANG_STORE_GAP_H

#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The earliest provisional last day of what is owed in each year. At most `max`, by year. */
MUST_CHECK enum fault provisional_first(struct store *store, int32_t *last_days_on, size_t max,
					size_t *n, struct problem *problem);

struct gap_row {
	int year;
	int32_t first_on;
	bool warned;
};
MUST_CHECK enum fault gaps_all(struct store *store, struct gap_row *rows, size_t max, size_t *n,
			       struct problem *problem);
/* A new gap, or one with another first day; a warning that was given stays given. */
MUST_CHECK enum fault gap_put(struct store *store, int year, int32_t first_on,
			      struct problem *problem);
MUST_CHECK enum fault gap_set_warned(struct store *store, int year, int64_t now_at,
				     struct problem *problem);
MUST_CHECK enum fault gap_remove(struct store *store, int year, struct problem *problem);
/* A programme that waits for this day's certainty; 0: none does. */
MUST_CHECK enum fault gap_programme(struct store *store, int32_t first_on, int64_t *programme_key,
				    struct problem *problem);
/* How many provisional dates fall into the year. */
MUST_CHECK enum fault gap_count(struct store *store, int year, int64_t *n, struct problem *problem);

#endif
