/* When a programme's weekly report is due, who gets it, and for which week it was made last. */
#ifndef JIEBANG_STORE_ROLLUP_H
#define JIEBANG_STORE_ROLLUP_H

#include "jiebang/programme.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* How far the report of a week is, while it is under way. */
struct rollup_part {
	int32_t week_on; /* its Monday; 0: none is under way */
	int64_t endpoint_key; /* recommenders up to this one's have got it; 0: none, and the office has */
	int64_t told;         /* recipients with an endpoint, so far */
};
struct rollup_row {
	int64_t programme_key;
	bool published;
	struct rollup rollup;
	bool to[RECIPIENT_COUNT];
	bool begun;         /* whether through_on is known */
	int32_t through_on; /* the Monday of the last week that was reported, or passed over */
	struct rollup_part part;
};
/* FAULT_NOT_FOUND if there is no such programme. */
MUST_CHECK enum fault rollup_get(struct store *store, int64_t programme_key, struct rollup_row *out,
				 struct problem *problem);
/* It goes on after this part, in another transaction. */
MUST_CHECK enum fault rollup_set_part(struct store *store, int64_t programme_key,
				      const struct rollup_part *part, struct problem *problem);
/* It is done, or not to be done. */
MUST_CHECK enum fault rollup_set_through(struct store *store, int64_t programme_key,
					 int32_t through_on, struct problem *problem);
/* The published programme after this key that has a weekly report; *programme_key = 0 if there is none. */
MUST_CHECK enum fault rollup_after(struct store *store, int64_t after_key, int64_t *programme_key,
				   struct problem *problem);

#define RECOMMENDER_BYTES 600

/*
 * The recommenders who are told: those with an endpoint and with a unit in the programme whose delivery is not over.
 * Each once, by the key of its first endpoint; *endpoint_key = 0 past the last.
 */
MUST_CHECK enum fault rollup_recommender_after(struct store *store, int64_t programme_key,
					       int64_t *endpoint_key, char name[RECOMMENDER_BYTES],
					       struct problem *problem);

#endif
