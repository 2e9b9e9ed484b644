/*
 * One owner at a time: alone in its slot an item goes as the plain message it would have been, and several go as one
 * digest, one message to each endpoint. A kill before that leaves the items where they wait; the transaction that
 * gathers them leaves the messages, so that nothing is lost and nothing told twice.
 *
 * A digest has no jitter: it is one message where there were hundreds, and its items may be of ladders and programmes
 * that say different things. Alone, an item has its ladder's, as the plain message that it is.
 */
#include "engine/digest_flush.h"

#include "engine/apart.h"
#include "engine/notice.h"
#include "engine/post.h"
#include "engine/settle.h"
#include "store/digest.h"
#include "store/obligation.h"

#include <stdio.h>

static enum fault lone_reminder(struct tx *tx, const struct digest_item *item,
				struct problem *problem)
{
	struct obligation_row row;
	struct phase phase;
	const char *reason;
	enum fault fault = obligation_get(tx->store, item->obligation_key, &row, problem);
	if (fault == FAULT_NONE)
		fault = phase_of(tx, &row, &phase, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct reminder what = { item->type,       item->step,     item->steps,
				 item->nominal_at, item->revision, phase.ladder->jitter_s };
	struct post post = post_reminder(&row, item->owner, &what);
	fault = post_to_owner(tx, &post, problem);
	const char *outcome = post_outcome(&post, &reason);
	if (fault == FAULT_NONE)
		fault = occasion_set(tx->store, row.key, item->revision, item->step, outcome,
				     reason, problem);
	return fault;
}

static enum fault flush_lone(struct tx *tx, const char *owner, struct problem *problem)
{
	struct digest_lone lone;
	enum fault fault = digest_lone_begin(tx->store, owner, &lone, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = lone.item.step ? lone_reminder(tx, &lone.item, problem)
			       : notice_alone(tx, &lone.item, problem);
	enum fault ended = digest_lone_end(&lone, fault == FAULT_NONE ? problem : NULL);
	return fault != FAULT_NONE ? fault : ended;
}

static enum fault flush_many(struct tx *tx, const char *owner, const struct digest_sum *sum,
			     struct problem *problem)
{
	struct digest_made made;
	enum fault fault =
		digest_gather(tx->store, owner, sum->slot_at, tx->now_at, &made, problem);
	struct post post = { .owner = owner,
			     .id = { .origin_uid = tx->instance.uid,
				     .rule_id = owner,
				     .n = (int)made.part,
				     .revision = sum->slot_at,
				     .step = "digest" },
			     .message = { .type = "obligation.digest",
					  .digest_key = made.key,
					  .nominal_at = sum->slot_at,
					  .deadline_at = sum->deadline_at } };
	if (fault == FAULT_NONE)
		fault = post_to_owner(tx, &post, problem);
	struct digest_end end = { .outcome = post_outcome(&post, &end.reason) };
	if (fault == FAULT_NONE)
		fault = digest_outcome(tx->store, made.key, 0, &end, problem);
	if (fault == FAULT_NONE && post.any && post.any_filtered)
		fault = digest_nobodys(tx->store, made.key, problem);
	return fault;
}

static enum fault flush_owner(struct tx *tx, void *arg, struct problem *problem)
{
	const char *owner = arg;
	struct digest_sum sum;
	enum fault fault = digest_waiting(tx->store, owner, &sum, problem);
	if (fault == FAULT_NONE && sum.n == 1)
		fault = flush_lone(tx, owner, problem);
	else if (fault == FAULT_NONE && sum.n > 1)
		fault = flush_many(tx, owner, &sum, problem);
	if (fault == FAULT_NONE)
		fault = digest_wait_end(tx->store, owner, problem);
	return fault;
}

static enum fault flush_apart(struct tx *tx, char *owner, struct problem *problem)
{
	char what[OWNER_BYTES + 16];
	bool broken;
	(void)snprintf(what, sizeof(what), "digest of %s", owner);
	enum fault fault = tx_apart(tx, flush_owner, owner, what, &broken, problem);
	if (fault == FAULT_NONE && broken)
		fault = digest_wait_until(tx->store, owner, tx->now_at + PUT_ASIDE_S, problem);
	return fault;
}

enum fault digests_flush(struct tx *tx, int max, bool careful, int64_t *next_at,
			 struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	char owner[OWNER_BYTES] = "?";
	for (int i = 0; fault == FAULT_NONE && owner[0] && i < max; i++) {
		fault = digest_wait_due(tx->store, tx->now_at, owner, sizeof(owner), problem);
		if (fault != FAULT_NONE || !owner[0])
			break;
		fault = careful ? flush_apart(tx, owner, problem) : flush_owner(tx, owner, problem);
	}
	if (fault == FAULT_NONE)
		fault = digest_wait_next(tx->store, next_at, problem);
	return fault;
}
