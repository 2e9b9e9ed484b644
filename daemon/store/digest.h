/* Digests: what waits to be gathered for an owner, what was gathered, and how its occasions end. */
#ifndef JIEBANG_STORE_DIGEST_H
#define JIEBANG_STORE_DIGEST_H

#include "jiebang/programme.h"
#include "store/claim.h"

/* Whether this programme tells this kind of owner ("office", "recommender:NAME") in digests. */
MUST_CHECK enum fault programme_digests(struct store *store, int64_t programme_key,
					const char *owner, bool *digests, struct problem *problem);

/* ---- what waits ---- */

struct digest_item {
	int64_t key;
	const char *owner;
	const char *type;
	int64_t programme_key;
	int64_t unit_key;       /* 0: none */
	int64_t obligation_key; /* 0: none */
	int64_t revision;
	const char *step, *steps;  /* of a reminder, else NULL */
	const char *notice, *data; /* of a notice, else NULL */
	int64_t nominal_at, deadline_at, made_at;
};
/* The item, and its owner among those who wait. */
MUST_CHECK enum fault digest_item_add(struct store *store, const struct digest_item *item,
				      struct problem *problem);

/* The first owner whose items may be gathered at now_at, "" if there is none; and when the next may. */
MUST_CHECK enum fault digest_wait_due(struct store *store, int64_t now_at, char *owner, size_t size,
				      struct problem *problem);
MUST_CHECK enum fault digest_wait_next(struct store *store, int64_t *at, struct problem *problem);
MUST_CHECK enum fault digest_wait_end(struct store *store, const char *owner,
				      struct problem *problem);
MUST_CHECK enum fault digest_wait_until(struct store *store, const char *owner, int64_t at,
					struct problem *problem);

struct digest_sum {
	int64_t n;
	int64_t slot_at;     /* the latest nominal instant */
	int64_t deadline_at; /* the earliest deadline */
};
MUST_CHECK enum fault digest_waiting(struct store *store, const char *owner, struct digest_sum *out,
				     struct problem *problem);

/* The owner's first waiting item, borrowed until digest_lone_end, which also forgets it. */
struct digest_lone {
	struct query query;
	struct digest_item item;
};
MUST_CHECK enum fault digest_lone_begin(struct store *store, const char *owner,
					struct digest_lone *out, struct problem *problem);
MUST_CHECK enum fault digest_lone_end(struct digest_lone *lone, struct problem *problem);

/* A digest of all items of the owner that wait. */
struct digest_made {
	int64_t key;
	int64_t part;
};
MUST_CHECK enum fault digest_gather(struct store *store, const char *owner, int64_t slot_at,
				    int64_t now_at, struct digest_made *out,
				    struct problem *problem);

/* ---- what becomes of it ---- */

/*
 * Its deliveries are held, dead, cancelled or sent: the occasions of its items follow. Dropped ones end as dropped; what
 * the message does not speak of, since its endpoint does not want it, stays as it is. message_key 0: of all messages.
 */
struct digest_end {
	const char *outcome, *reason;
};
MUST_CHECK enum fault digest_outcome(struct store *store, int64_t digest_key, int64_t message_key,
				     const struct digest_end *end, struct problem *problem);
/* The occasions of items that no message of the digest speaks of: suppressed(filtered). */
MUST_CHECK enum fault digest_nobodys(struct store *store, int64_t digest_key,
				     struct problem *problem);
/*
 * The obligation's reminders are not to be told any more: its items are dropped, and the occasions of those cancelled
 * that no endpoint was told of. Then the messages (due or held) of digests that have nothing left to say.
 */
MUST_CHECK enum fault digest_drop(struct store *store, int64_t obligation_key, const char *reason,
				  bool *any, struct problem *problem);
MUST_CHECK enum fault digest_empty_messages(struct store *store, int64_t obligation_key,
					    int64_t *keys, size_t max, size_t *n,
					    struct problem *problem);
/* The nominal instant of the obligation's oldest item that waits or has not arrived; INT64_MAX: there is none. */
MUST_CHECK enum fault digest_waiting_since(struct store *store, int64_t obligation_key,
					   int64_t *nominal_at, struct problem *problem);

/* ---- what it says ---- */

struct digest_counts {
	int64_t items, units, overdue, due_soon, notices;
	int64_t slot_at;
};
MUST_CHECK enum fault digest_count(struct store *store, const struct message_context *message,
				   struct digest_counts *out, struct problem *problem);
/* Its items that are still to be told, oldest deadline first; the members that belong to a message are the item's. */
struct digest_rows {
	struct message_context row;
	const char *data; /* of a notice */
};
void digest_rows_begin(struct store *store, const struct message_context *message,
		       struct digest_rows *out);
bool digest_rows_next(struct digest_rows *rows);
MUST_CHECK enum fault digest_rows_end(struct digest_rows *rows, struct problem *problem);

#endif
