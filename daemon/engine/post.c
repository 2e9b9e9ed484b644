/*
 * One message to each endpoint of an owner, with the id that follows from what it is about. An owner without an
 * endpoint gets nothing, and whoever asked records that; a disabled endpoint keeps its messages, held (D8).
 */
#include "engine/post.h"

#include "engine/filter.h"
#include "jiebang/digest.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/health.h"

#include <inttypes.h>
#include <stdio.h>

#define ENDPOINTS_PAGE 32

void webhook_id(const struct tx *tx, const struct webhook_id_parts *parts,
		char out[WEBHOOK_ID_BYTES])
{
	uint8_t sum[DIGEST_BYTES];
	char hash[DIGEST_BYTES * 8 / 5 + 2];
	struct buf text = BUF_EMPTY;
	buf_add(&text, tx->instance.uid, sizeof(tx->instance.uid));
	buf_add(&text, parts->origin_uid, 16);
	buf_add(&text, parts->endpoint_uid, 16);
	buf_addf(&text, "%" PRId64 "/%s/%d/%" PRId64 "/%s", parts->unit_key, parts->rule_id,
		 parts->n, parts->revision, parts->step);
	digest_sha256(text.data, text.len, sum);
	digest_base32(sum, sizeof(sum), hash);
	buf_clear(&text);
	(void)snprintf(out, WEBHOOK_ID_BYTES, "msg_%.26s", hash);
}

void owner_write(enum recipient to, int64_t unit_key, const char *recommender,
		 char out[OWNER_BYTES])
{
	switch (to) {
	case RECIPIENT_UNIT:
		(void)snprintf(out, OWNER_BYTES, "unit:" WIRE_ID_UNIT "_%" PRId64, unit_key);
		return;
	case RECIPIENT_RECOMMENDER:
		(void)snprintf(out, OWNER_BYTES, "recommender:%s", recommender);
		return;
	case RECIPIENT_OFFICE:
		(void)snprintf(out, OWNER_BYTES, "office");
		return;
	case RECIPIENT_REVIEWER: /* is one of the others: recipient_of */
	case RECIPIENT_COUNT:
		break;
	}
	BUG("no such recipient");
}

enum recipient recipient_of(const struct obligation_row *row, enum recipient to)
{
	return to == RECIPIENT_REVIEWER ? row->reviewer : to;
}

/*
 * An instant that is past is told as none: what comes late leaves at once, and in the order of its deadlines among all
 * that waits.
 */
static int64_t ready_at(const struct tx *tx, const struct post *post, const char *id)
{
	if (post->jitter_s == 0)
		return 0;
	int64_t at = jitter_ready_at(id, post->message.nominal_at, post->jitter_s);
	return at > tx->now_at ? at : 0;
}

static const char *held_because(enum endpoint_state state)
{
	static const char *const reasons[ENDPOINT_STATE_COUNT] = {
		[ENDPOINT_DISABLED] = "endpoint_disabled",
		[ENDPOINT_PAUSED] = "endpoint_paused",
	};
	return reasons[state];
}

static enum fault post_one(struct tx *tx, struct post *post, const struct endpoint_ref *endpoint,
			   struct problem *problem)
{
	post->id.endpoint_uid = endpoint->uid;
	webhook_id(tx, &post->id, post->made_id);
	post->message.id = post->made_id;
	post->message.endpoint_key = endpoint->key;
	post->message.ready_at = ready_at(tx, post, post->made_id);
	post->message.held = held_because(endpoint->state);
	tx_tally(tx, 0, "delivery:", post->message.held ? "held" : "due", 1);
	return message_add(tx->store, &post->message, tx->now_at, problem);
}

typedef enum fault endpoint_fn(struct tx *tx, struct post *post,
			       const struct endpoint_ref *endpoint, struct problem *problem);

/* Judged here, where a message would be made: one that nobody wants is never there to be lost (D10). */
static enum fault one_endpoint(struct tx *tx, struct post *post,
			       const struct endpoint_ref *endpoint, endpoint_fn *fn,
			       struct problem *problem)
{
	struct endpoint_options options;
	bool wanted = true;
	enum fault fault = FAULT_NONE;
	if (endpoint->filtered)
		fault = filter_wants(tx, &post->message, endpoint->key, &options, &wanted, problem);
	if (fault != FAULT_NONE || !wanted) {
		post->any_filtered |= !wanted;
		return fault;
	}
	post->any = true;
	post->any_enabled |= endpoint->state == ENDPOINT_ENABLED;
	post->any_paused |= endpoint->state == ENDPOINT_PAUSED;
	if (fn)
		fault = fn(tx, post, endpoint, problem);
	if (fault == FAULT_NONE && fn && endpoint->filtered && post->message.digest_key) {
		post->any_filtered = true;
		fault = filter_leave_out(tx, &post->message, &options, problem);
	}
	return fault;
}

static enum fault each_endpoint(struct tx *tx, struct post *post, endpoint_fn *fn,
				struct problem *problem)
{
	struct endpoint_ref page[ENDPOINTS_PAGE];
	size_t n;
	int64_t after_key = 0;
	enum fault fault;
	do {
		fault = endpoints_of(tx->store, post->owner, after_key, page, ENDPOINTS_PAGE, &n,
				     problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			after_key = page[i].key;
			fault = one_endpoint(tx, post, &page[i], fn, problem);
		}
	} while (fault == FAULT_NONE && n == ENDPOINTS_PAGE);
	return fault;
}

enum fault post_look(struct tx *tx, struct post *post, struct problem *problem)
{
	return each_endpoint(tx, post, NULL, problem);
}

/* Whether news of an endpoint that fails would get through here. */
static enum fault gets_through(struct tx *tx, const struct endpoint_ref *endpoint, bool *does,
			       struct problem *problem)
{
	struct health health;
	bool known;
	enum fault fault = health_get(tx->store, endpoint->key, &health, &known, problem);
	*does = endpoint->state == ENDPOINT_ENABLED && !(known && health.state != HEALTH_DOUBTED);
	return fault;
}

static enum fault post_if_healthy(struct tx *tx, struct post *post,
				  const struct endpoint_ref *endpoint, struct problem *problem)
{
	bool does = false;
	enum fault fault = endpoint->key == post->except_key
				   ? FAULT_NONE
				   : gets_through(tx, endpoint, &does, problem);
	if (fault != FAULT_NONE || !does)
		return fault;
	post->n++;
	return post_one(tx, post, endpoint, problem);
}

enum fault post_to_healthy(struct tx *tx, struct post *post, struct problem *problem)
{
	return each_endpoint(tx, post, post_if_healthy, problem);
}

enum fault post_to_owner(struct tx *tx, struct post *post, struct problem *problem)
{
	return each_endpoint(tx, post, post_one, problem);
}

struct post post_reminder(const struct obligation_row *row, const char *owner,
			  const struct reminder *what)
{
	return (struct post){ .owner = owner,
			      .id = { .origin_uid = row->batch_uid,
				      .unit_key = row->unit_key,
				      .rule_id = row->rule_id,
				      .n = row->n,
				      .revision = what->revision,
				      .step = what->step },
			      .message = { .type = what->type,
					   .unit_key = row->unit_key,
					   .obligation_key = row->key,
					   .revision = what->revision,
					   .step = what->step,
					   .steps = what->steps,
					   .nominal_at = what->nominal_at,
					   .deadline_at = row->due_at },
			      .jitter_s = what->jitter_s };
}

const char *post_outcome(const struct post *post, const char **reason)
{
	*reason = !post->any          ? post->any_filtered ? "filtered" : "no_endpoint"
		  : post->any_enabled ? NULL
		  : post->any_paused  ? "endpoint_paused"
				      : "endpoint_disabled";
	return !post->any ? "suppressed" : post->any_enabled ? "sent" : "held";
}
