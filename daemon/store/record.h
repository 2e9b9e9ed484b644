/* What every change leaves behind: events, the audit chain, tallies, and kept answers of idempotent writes. */
#ifndef JIEBANG_STORE_RECORD_H
#define JIEBANG_STORE_RECORD_H

#include "jiebang/buf.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct event_row {
	const char *type;      /* "obligation.opened" */
	int64_t programme_key; /* 0: none */
	int64_t unit_key;
	int64_t obligation_key;
	const char *data; /* JSON object */
};

MUST_CHECK enum fault event_append(struct store *store, int64_t now_at,
				   const struct event_row *event, struct problem *problem);

/* Appends to the hash chain: hash = SHA-256(previous hash, seq, at, actor, verb, object, detail), fields NUL-separated. */
struct audit_row {
	const char *actor;
	const char *verb;
	const char *object; /* "un_7", "future-2023" */
	const char *detail; /* JSON */
};
/* The end of the chain. Zeroed: not known, and read when it is needed; whoever takes rows back makes it so. */
struct audit_head {
	bool known;
	int64_t seq;
	uint8_t hash[32];
};
MUST_CHECK enum fault audit_add(struct store *store, struct audit_head *head, int64_t now_at,
				const struct audit_row *row, struct problem *problem);

/* What is owed, by the deadline: "owed:" and its due_at. */
#define TALLY_OWED "owed:"
/* Adds `delta` to a count, making the row when there is none. */
MUST_CHECK enum fault tally_add(struct store *store, int64_t scope, const char *what, int64_t delta,
				struct problem *problem);

/* FAULT_NOT_FOUND: never seen. FAULT_UNPROCESSED: the key was used for another request. */
MUST_CHECK enum fault idempotency_get(struct store *store, const char *actor, const char *key,
				      const uint8_t request[32], int *status, struct buf *body,
				      struct problem *problem);
/* `wall_at` is the wall's time, also under a simulated clock. */
MUST_CHECK enum fault idempotency_put(struct store *store, const char *actor, const char *key,
				      const uint8_t request[32], int status, const struct buf *body,
				      int64_t wall_at, struct problem *problem);
/* Forgets answers older than a day. */
MUST_CHECK enum fault idempotency_expire(struct store *store, int64_t wall_at,
					 struct problem *problem);

/* The hash that belongs to a row, for writing and for verifying. */
void audit_hash(const uint8_t previous[32], int64_t seq, int64_t at, const struct audit_row *row,
		uint8_t out[32]);

#endif
