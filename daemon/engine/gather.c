/*
 * Two hundred and sixty reports that fall due on one day are two hundred and sixty steps for the office and one message:
 * what is decided for such a recipient is put down in the transaction that decided it, and gathered once the planner
 * has nothing more to decide at that instant.
 */
#include "engine/gather.h"

#include "store/digest.h"

static enum fault put_down(struct tx *tx, const struct post *post, const struct gather *how,
			   struct problem *problem)
{
	const struct message_new *message = &post->message;
	struct digest_item item = { .owner = post->owner,
				    .type = message->type,
				    .programme_key = how->programme_key,
				    .unit_key = message->unit_key,
				    .obligation_key = message->obligation_key,
				    .revision = message->revision,
				    .step = how->notice ? NULL : message->step,
				    .steps = how->notice ? NULL : message->steps,
				    .notice = how->notice,
				    .data = how->data,
				    .nominal_at = message->nominal_at,
				    .deadline_at = message->deadline_at,
				    .made_at = tx->now_at };
	return digest_item_add(tx->store, &item, problem);
}

enum fault post_or_gather(struct tx *tx, struct post *post, const struct gather *how,
			  struct problem *problem)
{
	bool digests;
	enum fault fault =
		programme_digests(tx->store, how->programme_key, post->owner, &digests, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!digests)
		return post_to_owner(tx, post, problem);
	fault = post_look(tx, post, problem);
	if (fault == FAULT_NONE && post->any)
		fault = put_down(tx, post, how, problem);
	return fault;
}
