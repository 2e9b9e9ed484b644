/* Materials as rows: files handed in for an obligation, and the form and checklist frozen with its rule. */
#ifndef JIEBANG_STORE_MATERIAL_H
#define JIEBANG_STORE_MATERIAL_H

#include "jiebang/buf.h"
#include "store/store.h"

#include <stdint.h>

/* The form and the checklist frozen with a rule version, as JSON; "" where it has none. */
MUST_CHECK enum fault rule_form(struct store *store, int64_t rule_key, struct buf *form,
				struct buf *checklist, struct problem *problem);

#endif
