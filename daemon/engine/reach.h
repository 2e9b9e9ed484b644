/* The count of units that owe something and have no endpoint to be told at, kept as either changes. */
#ifndef JIEBANG_ENGINE_REACH_H
#define JIEBANG_ENGINE_REACH_H

#include "engine/tx.h"
#include "jiebang/endpoint_options.h"

/*
 * One enabled endpoint of its own more, or less: `delta` 1 or -1. unit_key 0: no unit's, nothing to count. One that leaves
 * some of the unit's reminders out (`options`) does not count.
 */
MUST_CHECK enum fault reach_endpoint(struct tx *tx, int64_t unit_key,
				     const struct endpoint_options *options, int delta,
				     struct problem *problem);
/* Before a publication plans what the programme's shortlisted units owe. */
MUST_CHECK enum fault reach_publication(struct tx *tx, int64_t programme_key,
					struct problem *problem);

#endif
