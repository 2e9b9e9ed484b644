/* What changes about a unit beside its state: who leads it, who is in it, whom to call, what it is called. */
#ifndef JIEBANG_STORE_CONSORTIUM_H
#define JIEBANG_STORE_CONSORTIUM_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

#define PARTNER_NAME_BYTES 512

struct contact {
	char name[256];
	char phone[64];
	char email[256];
};
MUST_CHECK enum fault contact_get(struct store *store, int64_t unit_key, struct contact *out,
				  struct problem *problem);
MUST_CHECK enum fault contact_set(struct store *store, int64_t unit_key,
				  const struct contact *contact, struct problem *problem);

/* FAULT_CONFLICT: the same lead and project stand on this task already. */
MUST_CHECK enum fault unit_set_lead(struct store *store, int64_t unit_key, const char *lead,
				    struct problem *problem);
MUST_CHECK enum fault unit_set_project(struct store *store, int64_t unit_key, const char *project,
				       struct problem *problem);

/* Partners without an until_on. */
MUST_CHECK enum fault partner_count(struct store *store, int64_t unit_key, int64_t *n,
				    struct problem *problem);
MUST_CHECK enum fault partner_is_in(struct store *store, int64_t unit_key, const char *name,
				    bool *is_in, struct problem *problem);
MUST_CHECK enum fault partner_join(struct store *store, int64_t unit_key, const char *name,
				   int32_t from_on, struct problem *problem);
MUST_CHECK enum fault partner_leave(struct store *store, int64_t unit_key, const char *name,
				    int32_t until_on, struct problem *problem);

#endif
