/* Counts of programmes: kept ones from the tally, deadlines from a range of what is owed. Inside store/ only. */
#ifndef JIEBANG_STORE_READ_COUNTS_H
#define JIEBANG_STORE_READ_COUNTS_H

#include "jiebang/json.h"
#include "jiebang/unit.h"
#include "store/store.h"

#include <stdint.h>

struct counts {
	int64_t units;
	int64_t unreachable; /* units that owe something and have no enabled endpoint */
	int64_t state[OBLIGATION_STATE_COUNT];
	int64_t overdue;
	int64_t due_7d; /* not overdue, and at most 7 days left */
	int64_t due_30d;
};

/* Of all programmes, for one document. Starts zeroed, ends with counts_clear. */
struct counts_all {
	struct counts_of_programme {
		int64_t programme_key;
		struct counts counts;
	} * items;
	size_t n;
	size_t cap;
};

MUST_CHECK enum fault counts_load(struct store *store, int64_t now_at, struct counts_all *out,
				  struct problem *problem);
/* All zero for a programme that has nothing. */
const struct counts *counts_of(const struct counts_all *all, int64_t programme_key);
void counts_clear(struct counts_all *all);
/* "units", "obligations", "owed", "overdue", "due_7d", "due_30d", "submitted", "accepted", "unreachable". */
void counts_members(struct jw *jw, const struct counts *counts);

#endif
