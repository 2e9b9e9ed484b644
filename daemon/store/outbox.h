/* Messages, deliveries, attempts: the rows behind "Delivery states" in DESIGN. Claims are in claim.h. */
#ifndef JIEBANG_STORE_OUTBOX_H
#define JIEBANG_STORE_OUTBOX_H

#include "jiebang/retry.h"
#include "store/query.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a due delivery stands in the outbox. */
struct outbox_place {
	int64_t endpoint_key;
	int64_t ready_at;
	int64_t deadline_at;
	int64_t message_key;
};
MUST_CHECK enum fault outbox_add(struct store *store, const struct outbox_place *place,
				 struct problem *problem);
MUST_CHECK enum fault outbox_delete(struct store *store, const struct outbox_place *place,
				    struct problem *problem);

struct message_new {
	const char *id; /* webhook-id */
	int64_t endpoint_key;
	const char *type;
	int64_t programme_key;  /* of one about a programme as a whole; 0: its unit's, or none */
	int64_t unit_key;       /* 0: none */
	int64_t obligation_key; /* 0: none */
	int64_t revision;
	const char *step;
	const char *steps; /* JSON array, NULL: none */
	int64_t nominal_at;
	int64_t deadline_at;
	int64_t ready_at;   /* of the first attempt, if it isn't held; 0: at once */
	const char *held;   /* NULL: due at once; else why it is held */
	const char *body;   /* frozen already; NULL: rendered by the first claim */
	int64_t digest_key; /* it speaks of this digest; 0: of none */
};
MUST_CHECK enum fault message_body_add(struct store *store, const char *body, size_t len,
				       int64_t *body_key, struct problem *problem);
/* Message, delivery and, if due, its outbox row. FAULT_CONFLICT: this id exists. */
MUST_CHECK enum fault message_add(struct store *store, const struct message_new *message,
				  int64_t now_at, struct problem *problem);

struct delivery_row {
	int64_t message_key;
	int64_t endpoint_key;
	char state[16];
	char reason[32]; /* why it is held, dead, cancelled; "" if it is none of that */
	int64_t ready_at;
	int64_t deadline_at;
	unsigned attempts;
	unsigned round;
	unsigned unknowns;
	int64_t boot;       /* of the attempt under way, if `sending` */
	int64_t started_at; /* the same */
	int64_t obligation_key;
	int64_t digest_key;
	int64_t revision;
	char id[64];
	char step[32];
	char type[48];
	bool owed; /* what it is about is still owed: its obligation, or an item of its digest; or it is a notice */
	char over[24]; /* if not: why, as those who settled it have said */
	bool current;  /* the date it speaks of is still the obligation's, or it has none */
	bool on_hold;  /* nobody is to be reminded of its obligation for now */
	bool endpoint_enabled;
	bool endpoint_paused;
	bool endpoint_deleted;
};
/* One that is under way, with what its end is recorded with; FAULT_NOT_FOUND if that attempt is over already. */
struct sending_row {
	int64_t message_key;
	unsigned attempt;
	int64_t boot;
	int64_t started_at;
	char id[64];
};
MUST_CHECK enum fault sending_get(struct store *store, int64_t message_key, unsigned attempt,
				  struct sending_row *out, struct problem *problem);
/* sending → delivered. FAULT_NOT_FOUND, and nothing is changed, if that attempt is over already. */
MUST_CHECK enum fault sending_delivered(struct store *store, const struct sending_row *row,
					int status, const char *reason, int64_t now_at,
					struct problem *problem);
MUST_CHECK enum fault delivery_get(struct store *store, int64_t message_key,
				   struct delivery_row *out, struct problem *problem);
MUST_CHECK enum fault delivery_find(struct store *store, const char *id, int64_t *message_key,
				    struct problem *problem);

/* Writes a new state with its reason, and the outbox row that goes with `due`. The one statement that ends a state. */
struct delivery_change {
	const char *state;
	const char *reason; /* NULL: none */
	int64_t ready_at;   /* for due */
	unsigned round;
	unsigned unknowns;
	int last_status; /* 0: none */
	const char *last_reason;
	int64_t delivered_at; /* 0 unless delivered */
};
MUST_CHECK enum fault delivery_move(struct store *store, const struct delivery_row *row,
				    const struct delivery_change *change, struct problem *problem);

/* An attempt is written once, at its end; while it is under way the delivery's row stands for it. */
struct attempt_result {
	const char *outcome; /* 'delivered', 'failed', 'unknown' */
	int64_t elapsed_ms;  /* -1: unknown */
	int status;
	const char *reason;
	const char *excerpt;
};
MUST_CHECK enum fault attempt_add(struct store *store, const struct sending_row *row,
				  const struct attempt_result *end, struct problem *problem);
/* Where its time went; after it was added. */
MUST_CHECK enum fault attempt_times_add(struct store *store, const struct sending_row *row,
					const struct attempt_times *times, struct problem *problem);

/* Message keys in a state ('sending', 'held', 'dead'), after `after_key`; endpoint_key 0: of all endpoints. */
MUST_CHECK enum fault delivery_in_state(struct store *store, const char *state,
					int64_t endpoint_key, int64_t after_key, int64_t *keys,
					size_t max, size_t *n, struct problem *problem);
/* Which held or dead deliveries are meant; 0 and NULL: any. */
struct delivery_filter {
	const char *state; /* "held" or "dead" */
	int64_t endpoint_key, unit_key;
	const char *programme, *type;
	int64_t created_from_at;  /* at this instant or later */
	int64_t created_until_at; /* before this one; 0: any */
};
struct delivery_place {
	int64_t endpoint_key, message_key;
};
/* Those of after->endpoint_key, in their order behind after->message_key, at most `max`. */
MUST_CHECK enum fault delivery_matching(struct store *store, const struct delivery_filter *filter,
					const struct delivery_place *after, int64_t *keys,
					size_t max, size_t *n, struct problem *problem);
/* The next endpoint that has any in this state ("held", "dead"); *key = 0 if there is none. */
MUST_CHECK enum fault delivery_endpoint_after(struct store *store, const char *state,
					      int64_t after_key, int64_t *key,
					      struct problem *problem);
/* Message keys of an endpoint that are due, now or later. */
MUST_CHECK enum fault outbox_of(struct store *store, int64_t endpoint_key, int64_t *keys,
				size_t max, size_t *n, struct problem *problem);
/*
 * Message keys of an obligation's reminders that are due or held, after `after_key`; notices of what happened are always
 * told.
 */
MUST_CHECK enum fault delivery_waiting_of(struct store *store, int64_t obligation_key,
					  int64_t after_key, int64_t *keys, size_t max, size_t *n,
					  struct problem *problem);

/* The nominal instant of an obligation's oldest message that has not arrived; INT64_MAX: there is none. */
MUST_CHECK enum fault delivery_waiting_since(struct store *store, int64_t obligation_key,
					     int64_t *nominal_at, struct problem *problem);

#endif
