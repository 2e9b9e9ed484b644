/* Messages to an owner: one to each of his endpoints. Shared by reminders, notices and digests. */
#ifndef JIEBANG_ENGINE_POST_H
#define JIEBANG_ENGINE_POST_H

#include "engine/tx.h"
#include "store/outbox.h"

#define OWNER_BYTES 600

/* The derived webhook-id: what makes a message the same message through retries, restarts and restores (contract 4). */
#define WEBHOOK_ID_BYTES 32

struct webhook_id_parts {
	const uint8_t *origin_uid; /* 16 bytes: of the import batch, or random for a test message */
	const uint8_t *endpoint_uid;
	int64_t unit_key;
	const char *rule_id;
	int n;
	int64_t revision;
	const char *step;
};
void webhook_id(const struct tx *tx, const struct webhook_id_parts *parts,
		char out[WEBHOOK_ID_BYTES]);

/* "unit:un_7", "recommender:NAME", "office", as endpoints are owned. */
/* Who that is for this obligation: its reviewer is one of the others. */
enum recipient recipient_of(const struct obligation_row *row, enum recipient to);
void owner_write(enum recipient to, int64_t unit_key, const char *recommender,
		 char out[OWNER_BYTES]);

struct post {
	const char *owner;
	struct webhook_id_parts id;     /* endpoint_uid is filled in */
	struct message_new message;     /* id, endpoint_key, ready_at and held are filled in */
	int jitter_s;                   /* it leaves up to so much after nominal_at; 0: at once */
	int64_t except_key;             /* of post_to_healthy */
	int64_t n;                      /* the same: result */
	char made_id[WEBHOOK_ID_BYTES]; /* message.id points here */
	/* Result: whether an endpoint wants it, one that takes messages, one that is probed; whether one wants none of it, or
	 * not all. */
	bool any, any_enabled, any_paused, any_filtered;
};
/* Fills any and its like, and posts nothing. */
MUST_CHECK enum fault post_look(struct tx *tx, struct post *post, struct problem *problem);
MUST_CHECK enum fault post_to_owner(struct tx *tx, struct post *post, struct problem *problem);
/* To those of his endpoints that take messages, are not failing, and are not `except_key`; n says how many. */
MUST_CHECK enum fault post_to_healthy(struct tx *tx, struct post *post, struct problem *problem);
/* A reminder: of which step it is, and what steps (a JSON array) it stands for. */
struct reminder {
	const char *type, *step, *steps;
	int64_t nominal_at;
	int64_t revision;
	int jitter_s; /* of the ladder that the step is of */
};
struct post post_reminder(const struct obligation_row *row, const char *owner,
			  const struct reminder *what);
/* How the step ended, by what there was: 'sent', 'held' or 'suppressed', and why (NULL: no reason is owed). */
const char *post_outcome(const struct post *post, const char **reason);

#endif
