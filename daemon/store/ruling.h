/* What a person decided about an obligation against its plan. */
#ifndef JIEBANG_STORE_RULING_H
#define JIEBANG_STORE_RULING_H

#include "store/store.h"

#include <stdint.h>

struct ruling_new {
	int64_t obligation_key;
	const char *kind; /* 'waive', 'hold', 'release', 'extend', 'cancel' */
	const char *reason;
	const char *approver;
	int32_t old_due_on; /* of an extension; 0: none */
	int32_t new_due_on;
	int32_t expires_on; /* of a hold; 0: none */
};
MUST_CHECK enum fault ruling_add(struct store *store, const struct ruling_new *ruling,
				 int64_t now_at, struct problem *problem);

#endif
