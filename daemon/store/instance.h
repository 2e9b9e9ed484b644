/* The one row that says who this state belongs to and what time it has seen; and the calendar it knows. */
#ifndef JIEBANG_STORE_INSTANCE_H
#define JIEBANG_STORE_INSTANCE_H

#include "jiebang/calendar.h"
#include "store/store.h"

#include <stdint.h>

struct instance {
	uint8_t uid[16];
	bool simulated;
	int64_t simulated_at;
	int64_t high_water_at;
	bool hold;
	char hold_reason[256];
	int64_t hold_since_at;
	int64_t boot;
	int64_t missed_since_at; /* see engine/missed.h; 0: nothing was missed */
};

/* FAULT_NOT_FOUND: a new database. */
MUST_CHECK enum fault instance_get(struct store *store, struct instance *out,
				   struct problem *problem);
MUST_CHECK enum fault instance_create(struct store *store, const struct instance *instance,
				      int64_t now_at, struct problem *problem);
/* Writes all but uid and simulated back. */
MUST_CHECK enum fault instance_put(struct store *store, const struct instance *instance,
				   struct problem *problem);

/* The caller frees *out with calendar_free. */
MUST_CHECK enum fault calendar_load(struct store *store, struct calendar **out,
				    struct problem *problem);
/* Replaces every day of the years that `fresh` covers, and sets its other days. *changed counts rows that differ. */
MUST_CHECK enum fault calendar_store(struct store *store, const struct calendar *fresh,
				     int64_t *changed, struct problem *problem);

/* Whether this very file was taken before; and that it now is. */
MUST_CHECK enum fault calendar_file_known(struct store *store, const char *name, const char *sha256,
					  bool *known, struct problem *problem);
MUST_CHECK enum fault calendar_file_put(struct store *store, const char *name, const char *sha256,
					struct problem *problem);

#endif
