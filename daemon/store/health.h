/* Endpoints that failed since they last took a message, and what of theirs waits for that to end. */
#ifndef JIEBANG_STORE_HEALTH_H
#define JIEBANG_STORE_HEALTH_H

#include "jiebang/health.h"
#include "jiebang/json.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether there is any such endpoint: mostly not, and then a delivery that arrives has nothing to look up. */
MUST_CHECK enum fault health_any(struct store *store, bool *any, struct problem *problem);
MUST_CHECK enum fault health_get(struct store *store, int64_t endpoint_key, struct health *out,
				 bool *found, struct problem *problem);
MUST_CHECK enum fault health_put(struct store *store, int64_t endpoint_key,
				 const struct health *health, struct problem *problem);
MUST_CHECK enum fault health_remove(struct store *store, int64_t endpoint_key,
				    struct problem *problem);

/* The oldest message that is held because the endpoint is paused, after `after_key`; 0: none. */
MUST_CHECK enum fault health_probe_find(struct store *store, int64_t endpoint_key,
					int64_t after_key, int64_t *message_key,
					struct problem *problem);
/* Deliveries of the endpoint that died of their last attempt at `since_at` or later, in order, after `after_key`. */
MUST_CHECK enum fault health_died(struct store *store, int64_t endpoint_key, int64_t since_at,
				  int64_t after_key, int64_t *keys, size_t max, size_t *n,
				  struct problem *problem);

/*
 * What failed and has not arrived: up to `max` of them, the oldest first, as a JSON array of {"id","type","unit",
 * "obligation","step","state","last_status","last_reason"}; how many there are in all, and the first one's id.
 */
struct health_failed {
	int64_t n;
	char first_id[64];
};
MUST_CHECK enum fault health_failed_list(struct store *store, int64_t endpoint_key, size_t max,
					 struct jw *jw, struct health_failed *out,
					 struct problem *problem);

#endif
