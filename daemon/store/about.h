/* The names behind keys: what a message that is no reminder speaks of. */
#ifndef JIEBANG_STORE_ABOUT_H
#define JIEBANG_STORE_ABOUT_H

#include "store/claim.h"

/* A programme, or in it a unit, or of that an obligation; the rest are 0. Strings are borrowed until about_end. */
struct about_keys {
	int64_t programme_key; /* found by itself where a unit is given */
	int64_t unit_key;
	int64_t obligation_key;
};
/* `out` as for a message, with the members that belong to the message itself empty. */
MUST_CHECK enum fault about_begin(struct store *store, const struct about_keys *keys,
				  struct message_context *out, struct problem *problem);
void about_end(struct message_context *context);

/* The keys of an obligation, or of a unit; FAULT_NOT_FOUND says which is not there. */
MUST_CHECK enum fault about_obligation_find(struct store *store, int64_t obligation_key,
					    struct about_keys *out, struct problem *problem);
MUST_CHECK enum fault about_unit_find(struct store *store, int64_t unit_key, struct about_keys *out,
				      struct problem *problem);

/* The import batch that a unit came in: part of the ids of its messages. */
MUST_CHECK enum fault unit_batch_uid(struct store *store, int64_t unit_key, uint8_t uid[16],
				     struct problem *problem);

#endif
