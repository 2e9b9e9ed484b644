/* Who is not reminded for a while: silences by what they match, and obligations that were acknowledged or snoozed. */
#ifndef JIEBANG_STORE_SILENCE_H
#define JIEBANG_STORE_SILENCE_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct silence_new {
	const char *programme, *track, *task; /* ids; "": any */
	int64_t unit_key;                     /* 0: any */
	const char *recommender, *recipient, *kind;
	const char *author, *reason;
	int64_t expires_at;
};
/* FAULT_NOT_FOUND names the matcher that matches nothing there is. */
MUST_CHECK enum fault silence_add(struct store *store, const struct silence_new *silence,
				  int64_t now_at, int64_t *key, struct problem *problem);
/* It ends now. FAULT_NOT_FOUND; FAULT_REFUSED: it is over already. */
MUST_CHECK enum fault silence_end(struct store *store, int64_t key, const char *actor,
				  int64_t now_at, struct problem *problem);

/* A step that comes due. */
struct hush_step {
	int64_t obligation_key, unit_key, revision;
	const char *recipient, *kind;
	int64_t at; /* its nominal instant */
};
MUST_CHECK enum fault silence_match(struct store *store, const struct hush_step *step, bool *silent,
				    struct problem *problem);

/* 'acknowledged' or 'snoozed', until an instant; the last word counts, and only for this revision. */
struct quiet_new {
	int64_t obligation_key, revision;
	const char *kind, *actor, *note;
	int64_t until_at;
};
MUST_CHECK enum fault quiet_set(struct store *store, const struct quiet_new *quiet, int64_t now_at,
				struct problem *problem);
/* *kind: "" if it is not quiet at the step's instant. */
MUST_CHECK enum fault quiet_match(struct store *store, const struct hush_step *step, char kind[16],
				  struct problem *problem);

#endif
