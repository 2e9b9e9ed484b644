/* What became of an obligation: occasions, submissions and reviews. */
#ifndef JIEBANG_STORE_OCCASION_H
#define JIEBANG_STORE_OCCASION_H

#include "jiebang/programme.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct occasion_row {
	int64_t obligation_key;
	int64_t revision;
	const char *step;
	int64_t nominal_at;
	const char *outcome;
	const char *reason;  /* NULL: none */
	int64_t silence_key; /* of reason "silence", else 0 */
};
/* FAULT_CONFLICT: this occasion was decided before. */
/* Whether this step was decided already under this revision. */
MUST_CHECK enum fault occasion_known(struct store *store, int64_t obligation_key, int64_t revision,
				     const char *step, bool *known, struct problem *problem);
MUST_CHECK enum fault occasion_add(struct store *store, const struct occasion_row *row,
				   int64_t now_at, struct problem *problem);
/* How a sent occasion ended after all: 'held', 'dead', 'cancelled', or 'sent' again after a replay. */
MUST_CHECK enum fault occasion_set(struct store *store, int64_t obligation_key, int64_t revision,
				   const char *step, const char *outcome, const char *reason,
				   struct problem *problem);
/*
 * Whom escalations of this obligation have told and nobody has told yet that it is settled; from here on they count as
 * told.
 */
MUST_CHECK enum fault escalations_close(struct store *store, int64_t obligation_key, int64_t now_at,
					bool told[RECIPIENT_COUNT], struct problem *problem);

struct submission_new {
	int64_t obligation_key;
	bool first; /* none was filed before: spares the look for the newest version */
	bool late;
	const char *author;
	const char *receipt;
	const char *summary;
	const char *content; /* JSON object */
};
MUST_CHECK enum fault submission_add(struct store *store, const struct submission_new *submission,
				     int64_t now_at, int64_t *key, int64_t *version,
				     struct problem *problem);
/* Verdict on the newest submission. */
struct review_new {
	const char *decision; /* 'accepted', 'returned' */
	const char *comment;
	const char *actor;
	int32_t due_on;        /* the reviewer's last day; 0: none */
	int32_t correct_by_on; /* 0: none */
};
MUST_CHECK enum fault review_add(struct store *store, int64_t obligation_key,
				 const struct review_new *verdict, int64_t now_at,
				 struct problem *problem);

#endif
