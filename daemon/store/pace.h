/* How often an endpoint may be asked, and what is remembered of how often it was (jiebang/pace.h). */
#ifndef JIEBANG_STORE_PACE_H
#define JIEBANG_STORE_PACE_H

#include "jiebang/endpoint_format.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct pace_row {
	int per_minute; /* 0: as often as there is something */
	enum endpoint_format format;
	int64_t empty_ms;
};

/* Whether any endpoint has a pace at all: where none has, none is asked for. */
MUST_CHECK enum fault pace_any(struct store *store, bool *any, struct problem *problem);
MUST_CHECK enum fault pace_get(struct store *store, int64_t endpoint_key, struct pace_row *out,
			       struct problem *problem);
MUST_CHECK enum fault pace_set(struct store *store, int64_t endpoint_key, int64_t empty_ms,
			       struct problem *problem);

#endif
