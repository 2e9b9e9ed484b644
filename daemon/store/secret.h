/* The secrets of an endpoint: the one in its row, and those that were replaced and sign along for a while. */
#ifndef JIEBANG_STORE_SECRET_H
#define JIEBANG_STORE_SECRET_H

#include "jiebang/secret.h"
#include "store/store.h"

/* How many of the replaced ones still sign, and when the first of them ends (INT64_MAX: there are none). */
struct secrets_older {
	size_t n;
	int64_t first_ends_at;
};
MUST_CHECK enum fault secrets_older_count(struct store *store, int64_t endpoint_key, int64_t now_at,
					  struct secrets_older *out, struct problem *problem);
/* Those that still sign, newest first, at most `max`. */
MUST_CHECK enum fault secrets_older(struct store *store, int64_t endpoint_key, int64_t now_at,
				    struct secret *out, size_t max, unsigned *n,
				    struct problem *problem);

/*
 * Signs with `secret` from now on. The one before signs along until `until_at`; if that is not in the future, it and all
 * before it end now. What has ended is forgotten.
 */
MUST_CHECK enum fault secret_replace(struct store *store, int64_t endpoint_key,
				     const struct secret *secret, int64_t now_at, int64_t until_at,
				     struct problem *problem);
/* Of an endpoint that is no more: none of them is kept. */
MUST_CHECK enum fault secrets_forget(struct store *store, int64_t endpoint_key,
				     struct problem *problem);

#endif
