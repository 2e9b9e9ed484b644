/*
 * What a claim reads and writes: whose turn it is, what is ready, the step to `sending`, and everything a message's
 * body is written from.
 */
#ifndef JIEBANG_STORE_CLAIM_H
#define JIEBANG_STORE_CLAIM_H

#include "jiebang/endpoint_format.h"
#include "store/outbox.h"
#include "store/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The endpoint after `after_key` that has rows in the outbox; *key = 0 if there is none. */
MUST_CHECK enum fault outbox_endpoint_after(struct store *store, int64_t after_key, int64_t *key,
					    struct problem *problem);
/* An endpoint's queue, in claim order. */
struct outbox_ready {
	struct outbox_place *places; /* room for `max`; `n` are filled */
	size_t max, n;
	bool more;     /* the next one is ready as well */
	int64_t later; /* else: when the next one is (INT64_MAX: there is none) */
};
MUST_CHECK enum fault outbox_ready(struct store *store, int64_t endpoint_key, int64_t now_at,
				   struct outbox_ready *ready, struct problem *problem);

/* Whether any endpoint wants its messages one after the other, and whether this one does. */
MUST_CHECK enum fault fifo_any(struct store *store, bool *any, struct problem *problem);
MUST_CHECK enum fault fifo_is(struct store *store, int64_t endpoint_key, bool *is,
			      struct problem *problem);
/* Whether any is a mailbox, and whether this one is. */
MUST_CHECK enum fault mailbox_any(struct store *store, bool *any, struct problem *problem);
MUST_CHECK enum fault mailbox_is(struct store *store, int64_t endpoint_key, bool *is,
				 struct problem *problem);
/*
 * The same of an endpoint that wants one after the other: its oldest message, if that is ready and no other is under way. What is held is a
 * person's to free and keeps nobody waiting.
 */
MUST_CHECK enum fault outbox_ready_fifo(struct store *store, int64_t endpoint_key, int64_t now_at,
					struct outbox_ready *ready, struct problem *problem);

/* due → sending, and out of the outbox: from here on the attempt is on record. FAULT_CONFLICT if it was not due. */
struct delivery_begin {
	struct outbox_place place;
	unsigned attempt; /* the number of the one that begins */
	int64_t boot;
	int64_t started_at;
	int64_t body_key;
};
MUST_CHECK enum fault delivery_begin(struct store *store, const struct delivery_begin *begin,
				     struct problem *problem);
/* Puts a broken delivery's next attempt off, without reading it. */
MUST_CHECK enum fault outbox_put_aside(struct store *store, const struct outbox_place *place,
				       int64_t ready_at, struct problem *problem);

/*
 * What many messages of one claim have in common: endpoints, rules, tasks, programmes, each read once. Good for one
 * transaction.
 */
struct facts;
struct facts *facts_new(struct store *store);
void facts_free(struct facts *facts);

/* Borrowed until another endpoint's is asked for; "" if there is no such endpoint. */
MUST_CHECK enum fault facts_endpoint_url(struct facts *facts, int64_t endpoint_key,
					 const char **url, struct problem *problem);

/* What a notice about an endpoint says beside its unit. */
struct endpoint_words {
	int64_t key;
	const char *owner;
	const char *first_id;
	int64_t days, waiting;
};

/* Everything a message's body is written from. Strings are borrowed until message_context_end. */
struct message_context {
	struct query query;
	const char *id, *type, *step, *steps;
	int64_t nominal_at, created_at;
	int64_t sequence; /* 0: it is about no unit */
	unsigned attempt; /* the number of the one that begins */
	int64_t body_key; /* 0: nothing is frozen yet */
	bool part; /* the second or a later part of what was too long: frozen with the first */
	const char *url, *options;
	enum endpoint_format format;
	const char *secret_kind;
	int64_t older_until; /* until when older secrets sign along */
	const uint8_t *secret;
	size_t secret_len;
	int64_t message_key;
	int64_t digest_key;     /* it speaks of the items of this digest; 0: of none */
	int64_t obligation_key; /* 0: a message about nothing in particular, such as a test */
	int64_t unit_key;
	int64_t revision;
	int n;
	const char *due_on;
	const char *review_due_on; /* of a reviewer's reminder: what it counts to; else "" */
	int64_t due_at;
	bool provisional;
	const char *rule_id, *kind, *rule_name_zh, *rule_name_en;
	const char *lead, *project, *recommender;
	const char *task_id, *task_name;
	const char *programme_id, *programme_name_zh, *programme_name_en;
	const struct endpoint_words *endpoint; /* NULL: it is not about one */
};
MUST_CHECK enum fault message_context_begin(struct facts *facts, int64_t message_key,
					    int64_t endpoint_key, struct message_context *out,
					    struct problem *problem);
void message_context_end(struct message_context *context);

/* The body that the first claim froze. */
MUST_CHECK enum fault message_body_get(struct store *store, int64_t body_key, struct buf *out,
				       struct problem *problem);

#endif
