/* Messages, deliveries, attempts: the rows behind "Delivery states" in DESIGN. */
#ifndef JIEBANG_STORE_OUTBOX_H
#define JIEBANG_STORE_OUTBOX_H

#include "store/query.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message_new {
	const char *id; /* webhook-id */
	int64_t endpoint_key;
	const char *type;
	int64_t unit_key;       /* 0: none */
	int64_t obligation_key; /* 0: none */
	int64_t revision;
	const char *step;
	const char *steps; /* JSON array, NULL: none */
	int64_t nominal_at;
	int64_t deadline_at;
	const char *held; /* NULL: due at once; else why it is held */
	const char *body; /* frozen already; NULL: rendered by the first claim */
};
/* Message, delivery and, if due, its outbox row. FAULT_CONFLICT: this id exists. */
MUST_CHECK enum fault message_add(struct store *store, const struct message_new *message,
				  int64_t now_at, struct problem *problem);

/* The endpoint after `after_key` that has rows in the outbox; *key = 0 if there is none. */
MUST_CHECK enum fault outbox_endpoint_after(struct store *store, int64_t after_key, int64_t *key,
					    struct problem *problem);
/* Where a due delivery stands in the outbox. */
struct outbox_place {
	int64_t endpoint_key;
	int64_t ready_at;
	int64_t deadline_at;
	int64_t message_key;
};
/* An endpoint's ready deliveries, in claim order; *later is the earliest ready_at beyond now (INT64_MAX: none). */
MUST_CHECK enum fault outbox_ready(struct store *store, int64_t endpoint_key, int64_t now_at,
				   struct outbox_place *places, size_t max, size_t *n,
				   int64_t *later, struct problem *problem);

/* Puts a broken delivery's next attempt off, without reading it. */
MUST_CHECK enum fault outbox_put_aside(struct store *store, const struct outbox_place *place,
				       int64_t ready_at, struct problem *problem);

/* Everything a message's body is written from. Strings are borrowed until message_context_end. */
struct message_context {
	struct query query;
	int64_t endpoint_key;
	const char *id, *type, *step, *steps;
	int64_t nominal_at, created_at;
	unsigned attempts;
	const char *body; /* "" before the first claim */
	size_t body_len;
	const char *url;
	const uint8_t *secret;
	size_t secret_len;
	int64_t obligation_key; /* 0: a message about nothing in particular, such as a test */
	int64_t unit_key;
	int64_t revision;
	int n;
	const char *due_on;
	int64_t due_at;
	bool provisional;
	const char *obligation_state;
	const char *rule_id, *kind, *rule_name_zh, *rule_name_en;
	const char *lead, *project, *recommender;
	const char *task_id, *task_name;
	const char *programme_id, *programme_name_zh, *programme_name_en;
};
MUST_CHECK enum fault message_context_begin(struct store *store, int64_t message_key,
					    struct message_context *out, struct problem *problem);
void message_context_end(struct message_context *context);

/* due → sending: checks the state it leaves, freezes the body if none is frozen (NULL keeps it), writes the attempt. */
struct delivery_claim {
	struct outbox_place place;
	unsigned attempt; /* number of the attempt that begins */
	const char *body; /* NULL: already frozen */
	size_t body_len;
	int64_t boot;
};
MUST_CHECK enum fault delivery_begin(struct store *store, const struct delivery_claim *claim,
				     int64_t now_at, struct problem *problem);

struct delivery_row {
	int64_t message_key;
	int64_t endpoint_key;
	char state[16];
	int64_t ready_at;
	int64_t deadline_at;
	unsigned attempts;
	unsigned round;
	unsigned unknowns;
	int64_t obligation_key;
	int64_t revision;
	char id[64];
	char step[32];
	char type[48];
	bool owed;    /* its obligation (if any) still owes something, or it has none */
	bool current; /* the date it speaks of is still the obligation's, or it has none */
	bool endpoint_enabled;
};
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

struct attempt_finish {
	int64_t message_key;
	unsigned n;
	const char *outcome; /* 'delivered', 'failed', 'unknown' */
	int64_t elapsed_ms;
	int status;
	const char *reason;
	const char *excerpt;
};
MUST_CHECK enum fault attempt_end(struct store *store, const struct attempt_finish *finish,
				  struct problem *problem);

/* Message keys in a state ('sending', 'held', 'dead'), after `after_key`; endpoint_key 0: of all endpoints. */
MUST_CHECK enum fault delivery_in_state(struct store *store, const char *state,
					int64_t endpoint_key, int64_t after_key, int64_t *keys,
					size_t max, size_t *n, struct problem *problem);
/* Message keys of an endpoint that are due, now or later. */
MUST_CHECK enum fault outbox_of(struct store *store, int64_t endpoint_key, int64_t *keys,
				size_t max, size_t *n, struct problem *problem);
/* Message keys of an obligation's reminders that are due or held; notices of what happened are always told. */
MUST_CHECK enum fault delivery_waiting_of(struct store *store, int64_t obligation_key,
					  int64_t *keys, size_t max, size_t *n,
					  struct problem *problem);

/* The nominal instant of an obligation's oldest message that has not arrived; INT64_MAX: there is none. */
MUST_CHECK enum fault delivery_waiting_since(struct store *store, int64_t obligation_key,
					     int64_t *nominal_at, struct problem *problem);

#endif
