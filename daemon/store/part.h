/* The parts of a message that is too long for its robot, and the body of the first. */
#ifndef JIEBANG_STORE_PART_H
#define JIEBANG_STORE_PART_H

#include "jiebang/buf.h"
#include "store/outbox.h"

#include <stdint.h>

/*
 * A message beside `first`, due at once, with the same subject, an id of its own and its body frozen: its delivery goes its
 * own way, so that a part that has arrived is not sent again with one that has not.
 */
struct message_part {
	const struct outbox_place *first;
	const char *id;
	int n; /* 2 for the second */
	const struct buf *body;
};
MUST_CHECK enum fault message_part_add(struct store *store, const struct message_part *part,
				       struct problem *problem);
/* The body that is sent from now on: new, or in place of what was written before it was known to whom (*body_key). */
MUST_CHECK enum fault message_freeze(struct store *store, const struct buf *body, int64_t *body_key,
				     struct problem *problem);

#endif
