/* Timers: what is due at an instant beside the steps of obligations. The engine has a handler for each kind. */
#ifndef JIEBANG_STORE_TIMER_H
#define JIEBANG_STORE_TIMER_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

#define TIMER_KIND_BYTES 32

struct timer_row {
	int64_t at;
	char kind[TIMER_KIND_BYTES]; /* "window_end", "weekly", … */
	int64_t key;                 /* of the kind's own table */
};

/* One timer a kind and key: a second call moves it. */
MUST_CHECK enum fault timer_set(struct store *store, const char *kind, int64_t key, int64_t at,
				struct problem *problem);
/* None there: nothing happens. */
MUST_CHECK enum fault timer_clear(struct store *store, const char *kind, int64_t key,
				  struct problem *problem);
MUST_CHECK enum fault timer_is_set(struct store *store, const char *kind, int64_t key, bool *set,
				   struct problem *problem);
/* The earliest timer with at <= now_at; *found says whether there is one. */
MUST_CHECK enum fault timer_due(struct store *store, int64_t now_at, struct timer_row *out,
				bool *found, struct problem *problem);
/* The instant of the earliest timer; INT64_MAX: there is none. */
MUST_CHECK enum fault timer_next(struct store *store, int64_t *at, struct problem *problem);

#endif
