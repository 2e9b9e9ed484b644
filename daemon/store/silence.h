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

/* A step that comes due, or will. */
struct hush_step {
	int64_t obligation_key, unit_key, revision;
	const char *recipient, *kind;
	bool escalation; /* goes on, whatever was acknowledged or snoozed */
	bool of_review;
	int64_t at;         /* its nominal instant */
	int64_t decided_at; /* when it is decided whether it is said */
};
/* Why it is not said. */
struct hush {
	char reason[16];     /* "silence", "acknowledged", "snoozed"; "": it is said */
	int64_t silence_key; /* of the first silence that matches, else 0 */
	int64_t until_at;
};
MUST_CHECK enum fault hush_find(struct store *store, const struct hush_step *step, struct hush *out,
				struct problem *problem);

/* 'acknowledged' or 'snoozed', until an instant; the last word counts, and only for this revision and phase. */
struct quiet_new {
	int64_t obligation_key, revision;
	bool of_review;
	const char *kind, *actor, *note;
	int64_t until_at;
};
MUST_CHECK enum fault quiet_set(struct store *store, const struct quiet_new *quiet, int64_t now_at,
				struct problem *problem);

#endif
