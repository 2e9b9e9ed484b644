/* For looking ahead on a copy: put it under a simulated clock, and list what was decided from an instant on. */
#ifndef JIEBANG_STORE_SIMULATED_H
#define JIEBANG_STORE_SIMULATED_H

#include "store/store.h"

#include <stdint.h>

/* *now_at becomes the instant the state has reached (never earlier than given for a real one). A clock hold is lifted in the copy. */
MUST_CHECK enum fault simulated_take_over(struct store *store, int64_t *now_at,
					  struct problem *problem);

enum simulated_kind {
	SIMULATED_STEP = 0,
	SIMULATED_MESSAGE,
	SIMULATED_ITEM,
	SIMULATED_DIGEST,
	SIMULATED_WHOLE /* about the programme as a whole: its weekly report */
};

struct simulated_row {
	int64_t at;
	enum simulated_kind
		kind; /* an item is one of a digest's; neither a digest nor a report has a unit */
	int64_t unit_key;
	int64_t obligation_key;
	const char *step;   /* of a digest: how many items it has */
	const char *what;   /* outcome of the step, or type of the message */
	const char *reason; /* "" if none */
	int64_t endpoint_key;
	const char *id; /* webhook-id */
};
/* Steps decided and messages made since from_at, in order of time. FAULT_NOT_FOUND: no such programme. */
MUST_CHECK enum fault simulated_rows(struct store *store, const char *programme_id, int64_t from_at,
				     void (*each)(void *arg, const struct simulated_row *row),
				     void *arg, struct problem *problem);

#endif
