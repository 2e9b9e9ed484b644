/* At once, or gathered into a digest: how a message reaches its owner. */
#ifndef JIEBANG_ENGINE_GATHER_H
#define JIEBANG_ENGINE_GATHER_H

#include "engine/post.h"

struct gather {
	int64_t programme_key;
	const char *
		notice; /* key of a notice, and its data; NULL for a reminder, whose step is in the post */
	const char *data;
};
/*
 * Posts it, or where the programme tells this recipient in digests puts it down to be gathered when nothing else is due
 * (R4). Either way post->any and any_enabled say who there is to tell.
 */
MUST_CHECK enum fault post_or_gather(struct tx *tx, struct post *post, const struct gather *how,
				     struct problem *problem);

#endif
