/*
 * Notices: messages that are no steps of a ladder. Something happened (a report was returned, a date moved, a unit
 * withdrew), and somebody is told of it, in the transaction of what happened.
 */
#ifndef JIEBANG_ENGINE_NOTICE_H
#define JIEBANG_ENGINE_NOTICE_H

#include "engine/tx.h"

struct notice {
	enum recipient to;
	const char *type; /* as the event's: "obligation.returned" */
	/*
	 * What tells it from others of this type about the same thing: "3" for the return of version 3, the date for a
	 * moved one. The same key twice is FAULT_CONFLICT: it would be the same message.
	 */
	const char *key;
	const char *
		data; /* JSON object, as of the event; receivers get it as data.detail. NULL: none */
};

/*
 * One message to each endpoint of the recipient, with the delivery states of any other. The id derives from the
 * instance, the import batch, the unit, the obligation with its revision, type, key and endpoint. What is written is
 * frozen at once: it says what happened, and time does not change that. Nobody to tell is no fault. A recipient who is
 * told in digests gets it with what else comes at the same instant.
 */
MUST_CHECK enum fault notice_about_obligation(struct tx *tx, const struct obligation_row *row,
					      const struct notice *notice, struct problem *problem);
MUST_CHECK enum fault notice_about_unit(struct tx *tx, int64_t unit_key,
					const struct notice *notice, struct problem *problem);
/* About a programme as a whole: to the office, or to the recommender of this name. */
MUST_CHECK enum fault notice_about_programme(struct tx *tx, int64_t programme_key,
					     const char *recommender, const struct notice *notice,
					     struct problem *problem);

/*
 * About an endpoint that fails or is back: to its owner's other endpoints that get through, else to the office's. Never in
 * a digest: who reads it should look now.
 */
struct endpoint_row;
struct endpoint_notice {
	const char *type, *key, *data;
	int64_t since_at; /* the episode, part of the id */
	int64_t days, waiting;
	const char *first_id; /* of the first message that waits */
};
MUST_CHECK enum fault notice_about_endpoint(struct tx *tx, const struct endpoint_row *row,
					    const struct endpoint_notice *notice,
					    struct problem *problem);

/* One that was put down for a digest and is alone in its slot. */
struct digest_item;
MUST_CHECK enum fault notice_alone(struct tx *tx, const struct digest_item *item,
				   struct problem *problem);

#endif
