/* How attempts at an endpoint went, by day. */
#ifndef JIEBANG_STORE_ENDPOINT_STAT_H
#define JIEBANG_STORE_ENDPOINT_STAT_H

#include "jiebang/fault.h"
#include "jiebang/latency.h"
#include "store/store.h"

#include <stdint.h>

#define ENDPOINT_STAT_DAYS 7 /* that are kept and shown, today among them */

struct endpoint_stat {
	int64_t delivered;
	int64_t failed;
	struct latency latency; /* of those that were answered, whatever the answer */
};

/* Adds to the day's row, and drops those that are too old. `day` counts from 1970-01-01 in UTC+8. */
MUST_CHECK enum fault endpoint_stat_add(struct store *store, int64_t endpoint_key, int64_t day,
					const struct endpoint_stat *add, struct problem *problem);
/* All of the last days up to `day`, added up. */
MUST_CHECK enum fault endpoint_stat_sum(struct store *store, int64_t endpoint_key, int64_t day,
					struct endpoint_stat *out, struct problem *problem);

#endif
