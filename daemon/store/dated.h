/* What an obligation's dates are counted from, and a unit's obligations one after the other while they are moved. */
#ifndef JIEBANG_STORE_DATED_H
#define JIEBANG_STORE_DATED_H

#include "store/obligation.h"

/* The unit's obligation after this key, whatever its state; *key is 0 if there is none. */
MUST_CHECK enum fault obligation_of_unit(struct store *store, int64_t unit_key, int64_t after_key,
					 int64_t *key, struct problem *problem);
/* From what its last day is counted from now on: months, shift_months and base_on of the row. */
MUST_CHECK enum fault obligation_set_base(struct store *store, const struct obligation_row *row,
					  struct problem *problem);
/* Whether a person cancelled it, and not a move of its unit's window. */
MUST_CHECK enum fault obligation_ruled_out(struct store *store, int64_t key, bool *ruled_out,
					   struct problem *problem);

#endif
