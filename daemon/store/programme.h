/* Programmes, their tasks and rule versions, as rows. */
#ifndef JIEBANG_STORE_PROGRAMME_H
#define JIEBANG_STORE_PROGRAMME_H

#include "jiebang/programme.h"
#include "store/store.h"

#include <stdint.h>

struct programme_row {
	int64_t key;
	char published_on[11]; /* "" when not published */
	char window_end_on[11];
	int shift_months; /* of all windows, by recorded operations */
	int64_t revision;
	char sha256[65];
};

/* FAULT_NOT_FOUND if there is no such programme. */
MUST_CHECK enum fault programme_row_get(struct store *store, const char *id,
					struct programme_row *out, struct problem *problem);

#define PROGRAMME_ID_BYTES 64
MUST_CHECK enum fault programme_id_get(struct store *store, int64_t programme_key,
				       char out[PROGRAMME_ID_BYTES], struct problem *problem);

/*
 * Makes the rows say what the programme says: *changed counts rows that were written, 0 when it was loaded before.
 * A changed rule becomes a new version; old versions stay for the obligations planned by them. Refused: a task that
 * has units and is no longer in the file.
 */
MUST_CHECK enum fault programme_store(struct store *store, const struct programme *programme,
				      int64_t now_at, int64_t *changed, struct problem *problem);

/* Keys of the programme's tasks, in the order of programme->tasks; `units` how many each has. */
struct task_row {
	int64_t key;
	int64_t units;
};
MUST_CHECK enum fault task_rows(struct store *store, int64_t programme_key,
				const struct programme *programme, struct task_row *out,
				struct problem *problem);

/* All windows end later by so many months. */
MUST_CHECK enum fault programme_set_shift(struct store *store, int64_t programme_key,
					  int shift_months, const char *window_end_on,
					  struct problem *problem);

MUST_CHECK enum fault programme_set_published(struct store *store, int64_t programme_key,
					      const char *published_on, const char *window_end_on,
					      int64_t now_at, struct problem *problem);

#endif
