/* Counts of one programme: kept ones from the tally, deadlines from a range of what is owed. Inside store/ only. */
#ifndef JIEBANG_STORE_READ_COUNTS_H
#define JIEBANG_STORE_READ_COUNTS_H

#include "jiebang/json.h"
#include "jiebang/unit.h"
#include "store/store.h"

#include <stdint.h>

struct counts {
	int64_t units;
	int64_t state[OBLIGATION_STATE_COUNT];
	int64_t overdue;
	int64_t due_7d; /* not overdue, and at most 7 days left */
	int64_t due_30d;
};

MUST_CHECK enum fault counts_read(struct store *store, int64_t programme_key, int64_t now_at,
				  struct counts *out, struct problem *problem);
/* "units", "obligations", "owed", "overdue", "due_7d", "due_30d", "submitted", "accepted". */
void counts_members(struct jw *jw, const struct counts *counts);

#endif
