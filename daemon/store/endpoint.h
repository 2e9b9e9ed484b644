/* Endpoints: where messages go, and the tokens of those who come in over TCP. */
#ifndef JIEBANG_STORE_ENDPOINT_H
#define JIEBANG_STORE_ENDPOINT_H

#include "jiebang/endpoint_options.h"
#include "jiebang/secret.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

enum endpoint_state {
	ENDPOINT_ENABLED = 0,
	ENDPOINT_DISABLED, /* by a person, or because it said 410 */
	ENDPOINT_PAUSED,   /* soft-disabled after days of failures; it is probed */
	ENDPOINT_STATE_COUNT
};
const char *endpoint_state_name(enum endpoint_state state);

struct endpoint_new {
	uint8_t uid[16];
	const char *owner; /* "unit:un_7", "recommender:NAME", "office" */
	int64_t unit_key;  /* 0 unless a unit owns it */
	const char *url;
	const char *format;
	const char *options; /* JSON, as endpoint_options_write has it */
	bool fifo, filtered; /* what they say of that */
	int per_minute;      /* attempts, 0: any number */
	const struct secret *secret;
};
/* FAULT_CONFLICT: this owner has this URL already. */
MUST_CHECK enum fault endpoint_add(struct store *store, const struct endpoint_new *endpoint,
				   int64_t now_at, int64_t *key, struct problem *problem);

struct endpoint_row {
	int64_t key;
	uint8_t uid[16];
	enum endpoint_state state;
	char owner[560];
	char url[2048];
	char format[16];
	char state_reason[128];
	int64_t created_at;
	int64_t unit_key; /* 0: no unit owns it */
	enum secret_kind secret_kind;
};
/* FAULT_NOT_FOUND: there is none, or it was deleted. */
MUST_CHECK enum fault endpoint_get(struct store *store, int64_t key, struct endpoint_row *out,
				   struct problem *problem);
MUST_CHECK enum fault endpoint_set_state(struct store *store, int64_t key,
					 enum endpoint_state state, const char *reason,
					 struct problem *problem);
/* Its row stays, for the history of its messages; `url` is what may be kept of its own. */
MUST_CHECK enum fault endpoint_delete(struct store *store, int64_t key, const char *url,
				      struct problem *problem);

/* Where it is and what it asks for. FAULT_CONFLICT: its owner has this URL already. */
MUST_CHECK enum fault endpoint_set(struct store *store, int64_t key, const char *url,
				   const struct endpoint_options *options, int per_minute,
				   struct problem *problem);
/* What it asks for; all the daemon's own if there is no such endpoint. */
MUST_CHECK enum fault endpoint_options_get(struct store *store, int64_t key,
					   struct endpoint_options *out, struct problem *problem);

/* Endpoints of an owner after `after_key` (0: from the first), at most `max`, oldest first. */
struct endpoint_ref {
	int64_t key;
	uint8_t uid[16];
	enum endpoint_state state;
	bool filtered; /* it wants to be told of some things only */
};
MUST_CHECK enum fault endpoints_of(struct store *store, const char *owner, int64_t after_key,
				   struct endpoint_ref *out, size_t max, size_t *n,
				   struct problem *problem);

MUST_CHECK enum fault token_add(struct store *store, const char *name, const char *role,
				const uint8_t sha256[32], int64_t expires_at, int64_t now_at,
				int64_t *key, struct problem *problem);
/* FAULT_NOT_FOUND: none of that key, or revoked before. */
MUST_CHECK enum fault token_revoke(struct store *store, int64_t key, int64_t now_at,
				   struct problem *problem);

#endif
