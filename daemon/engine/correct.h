/* Operations over all published units of a programme: another publication date, a shift of all windows. */
#ifndef JIEBANG_ENGINE_CORRECT_H
#define JIEBANG_ENGINE_CORRECT_H

#include "engine/act.h"
#include "store/programme.h"

struct operation {
	const struct programme *programme;
	struct programme_row row; /* follows */
	struct act act;
	int64_t units;       /* result: whose dates moved */
	int64_t obligations; /* result: that moved */
	int64_t added;       /* result: that the window has now, and had not … */
	int64_t dropped;     /* … and the other way round */
	int64_t change_key;  /* result */
};

/*
 * The list was published on another day than we were told. Units whose window begins with the publication begin anew
 * with the right day; those with an anchor of their own stay. One recorded operation.
 */
MUST_CHECK enum fault publication_correct(struct tx *tx, struct operation *operation, int32_t date,
					  struct problem *problem);
/* All windows end so many months later, and everything owed moves with them. One recorded operation. */
MUST_CHECK enum fault programme_shift(struct tx *tx, struct operation *operation, int months,
				      struct problem *problem);
/* Whether a window from this day can be written, with so many months beside the file's. */
bool window_is_writable(const struct programme *programme, int32_t anchor_on, int more_months);

#endif
