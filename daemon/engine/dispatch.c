/*
 * The delivery states, between "due" and the end: claims before a byte leaves, outcomes after the reply, recovery
 * after a crash.
 *
 * The POST leaves before its outcome is recorded. A crash in between sends the reminder twice with the same
 * webhook-id, never zero times: a missed deadline costs a unit its place, a repeated notice costs a glance.
 */
#include "engine/apart.h"
#include "engine/render.h"
#include "engine/settle.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWNS_MAX           3 /* in a row: then something about this very message kills us */
#define RECOVER_BATCH          256
#define CLAIM_PER_ENDPOINT_MAX 64

void claim_clear(struct claim *claim)
{
	for (size_t i = 0; i < claim->n; i++) {
		free(claim->items[i].block);
	}
	free(claim->items);
	free(claim->busy);
	*claim = (struct claim){ .max = 0 };
}

/* ---- claims ---- */

static int compare_busy(const void *a, const void *b)
{
	const struct claim_busy *x = a, *y = b;
	return x->endpoint_key < y->endpoint_key ? -1 : x->endpoint_key > y->endpoint_key;
}

/* How many of this endpoint may be claimed now. */
static unsigned room_of(const struct claim *claim, int64_t endpoint_key)
{
	struct claim_busy key = { .endpoint_key = endpoint_key };
	const struct claim_busy *busy =
		claim->n_busy ? bsearch(&key, claim->busy, claim->n_busy, sizeof(key), compare_busy)
			      : NULL;
	unsigned load = busy ? busy->load : 0;
	unsigned left = claim->max - (unsigned)claim->n;
	unsigned own = load >= claim->per_endpoint ? 0 : claim->per_endpoint - load;
	unsigned free_for_all = left > claim->reserve ? left - claim->reserve : 0;
	if (own == 0 || left == 0)
		return 0;
	if (free_for_all == 0)
		return load == 0 ? 1 : 0;
	return own < free_for_all ? own : free_for_all;
}

static const char *pack(char **at, const char *text, size_t len)
{
	char *begin = *at;
	memcpy(begin, text, len);
	begin[len] = '\0';
	*at += len + 1;
	return begin;
}

/* One block for the three texts: they are made on this thread and freed on the other, where each free has its price. */
static void take_item(struct claim *claim, const struct message_context *context,
		      int64_t message_key, const struct buf *fresh)
{
	struct claim_item *item = &claim->items[claim->n++];
	size_t id_len = strlen(context->id), url_len = strlen(context->url);
	const char *body = context->body_len ? context->body : fresh->data;
	size_t body_len = context->body_len ? context->body_len : fresh->len;
	char *at = xmalloc(id_len + url_len + body_len + 3);
	*item = (struct claim_item){ .message_key = message_key,
				     .endpoint_key = context->endpoint_key,
				     .attempt = context->attempts + 1,
				     .block = at,
				     .body_len = body_len,
				     .secret_len = context->secret_len };
	item->id = pack(&at, context->id, id_len);
	item->url = pack(&at, context->url, url_len);
	item->body = pack(&at, body, body_len);
	memcpy(item->secret, context->secret, context->secret_len);
}

static enum fault claim_one(struct tx *tx, struct claim *claim, const struct outbox_place *place,
			    struct buf *scratch, struct problem *problem)
{
	struct message_context context;
	enum fault fault = message_context_begin(tx->store, place->message_key, &context, problem);
	if (fault != FAULT_NONE)
		return fault;
	buf_reset(scratch);
	bool first = context.body_len == 0;
	if (first)
		render_body(&context, tx->now_at, scratch);
	struct delivery_claim begin = { .place = *place,
					.attempt = context.attempts + 1,
					.body = first ? scratch->data : NULL,
					.body_len = scratch->len,
					.boot = tx->instance.boot };
	take_item(claim, &context, place->message_key, scratch);
	message_context_end(&context);
	return delivery_begin(tx->store, &begin, tx->now_at, problem);
}

struct claim_arg {
	struct claim *claim;
	const struct outbox_place *place;
	struct buf *scratch;
};

static enum fault claim_row(struct tx *tx, void *arg, struct problem *problem)
{
	struct claim_arg *one = arg;
	return claim_one(tx, one->claim, one->place, one->scratch, problem);
}

static void drop_item(struct claim *claim)
{
	struct claim_item *item = &claim->items[--claim->n];
	free(item->block);
	*item = (struct claim_item){ .message_key = 0 };
}

static enum fault claim_apart(struct tx *tx, struct claim *claim, const struct outbox_place *place,
			      struct buf *scratch, struct problem *problem)
{
	struct claim_arg one = { claim, place, scratch };
	size_t before = claim->n;
	char what[TEXT_ID_BYTES];
	bool broken;
	text_id_write(what, "message", place->message_key);
	enum fault fault = tx_apart(tx, claim_row, &one, what, &broken, problem);
	while ((fault != FAULT_NONE || broken) && claim->n > before)
		drop_item(claim);
	if (fault == FAULT_NONE && broken)
		fault = outbox_put_aside(tx->store, place, tx->now_at + PUT_ASIDE_S, problem);
	return fault;
}

static enum fault claim_endpoint(struct tx *tx, struct claim *claim, int64_t endpoint_key,
				 struct buf *scratch, struct problem *problem)
{
	struct outbox_place places[CLAIM_PER_ENDPOINT_MAX];
	size_t want = room_of(claim, endpoint_key), n;
	int64_t later;
	if (want > CLAIM_PER_ENDPOINT_MAX)
		want = CLAIM_PER_ENDPOINT_MAX;
	enum fault fault = outbox_ready(tx->store, endpoint_key, tx->now_at, places, want, &n,
					&later, problem);
	if (later < claim->next_at)
		claim->next_at = later;
	claim->more |= n == want;
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
		fault = claim->careful ? claim_apart(tx, claim, &places[i], scratch, problem)
				       : claim_one(tx, claim, &places[i], scratch, problem);
	return fault;
}

/* Endpoints take turns: one pass over those that have rows, from after the last one served. */
static enum fault claim_ring(struct tx *tx, struct claim *claim, struct buf *scratch,
			     struct problem *problem)
{
	int64_t key = tx->claim_cursor, first = 0;
	bool wrapped = false;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && claim->n < claim->max) {
		fault = outbox_endpoint_after(tx->store, key, &key, problem);
		if (fault != FAULT_NONE)
			break;
		if (key == 0 && wrapped)
			break;
		if (key == 0) {
			wrapped = true;
			continue;
		}
		if (wrapped && (key > tx->claim_cursor || key == first))
			break;
		if (!first)
			first = key;
		fault = claim_endpoint(tx, claim, key, scratch, problem);
	}
	claim->more |= claim->n == claim->max;
	tx->claim_cursor = claim->n == claim->max ? key : 0;
	return fault;
}

static enum fault run_claim(struct tx *tx, struct verb *verb)
{
	struct claim *claim = verb->input;
	struct buf scratch = BUF_EMPTY;
	while (claim->n > 0) /* of a run that was taken back */
		drop_item(claim);
	free(claim->items);
	claim->items = NULL;
	claim->careful = verb->careful;
	claim->next_at = INT64_MAX;
	claim->more = false;
	if (tx->instance.hold || claim->max == 0)
		return FAULT_NONE;
	claim->items = xcalloc(claim->max, sizeof(*claim->items));
	enum fault fault = claim_ring(tx, claim, &scratch, &verb->problem);
	tx_tally(tx, 0, "delivery:", "due", -(int64_t)claim->n);
	tx_tally(tx, 0, "delivery:", "sending", (int64_t)claim->n);
	buf_clear(&scratch);
	return fault;
}

const struct verb_kind verb_claim = { "claim", run_claim, false };

/* ---- outcomes ---- */

static enum fault hold_endpoint(struct tx *tx, int64_t endpoint_key, const char *reason,
				struct problem *problem)
{
	enum fault fault = endpoint_set_state(tx->store, endpoint_key, false, reason, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_hold_waiting(tx, endpoint_key, problem);
	char data[160];
	(void)snprintf(data, sizeof(data),
		       "{\"endpoint\":\"" WIRE_ID_ENDPOINT "_%" PRId64 "\",\"reason\":\"%s\"}",
		       endpoint_key, reason);
	if (fault == FAULT_NONE)
		fault = event_append(
			tx->store, tx->now_at,
			&(struct event_row){ .type = "endpoint.disabled", .data = data }, problem);
	tx_tally(tx, 0, "endpoints:", "enabled", -1);
	tx_tally(tx, 0, "endpoints:", "disabled", 1);
	log_warning("endpoint disabled", "endpoint=ep_%" PRId64 " reason=%s", endpoint_key, reason);
	return fault;
}

/* The last attempt failed: dead, with notice (contract 6). */
static enum fault notice_dead(struct tx *tx, const struct delivery_row *row,
			      struct problem *problem)
{
	char data[256];
	(void)snprintf(data, sizeof(data),
		       "{\"endpoint\":\"" WIRE_ID_ENDPOINT "_%" PRId64
		       "\",\"message\":\"%s\",\"attempts\":%u}",
		       row->endpoint_key, row->id, row->attempts);
	log_warning("delivery dead", "message=%s endpoint=ep_%" PRId64 " attempts=%u", row->id,
		    row->endpoint_key, row->attempts);
	return event_append(tx->store, tx->now_at,
			    &(struct event_row){ .type = "endpoint.exhausted", .data = data },
			    problem);
}

/* What follows from a failed attempt: again later, or not. */
static void decide_failure(struct tx *tx, const struct delivery_row *row,
			   const struct outcome *outcome, struct delivery_change *change)
{
	int64_t wait_s =
		retry_wait_s(tx->retry, row->round, outcome->retry_after_s, tx_random_u32(tx));
	bool test = strcmp(row->type, "endpoint.test") == 0;
	if (delivery_is_moot(row, change))
		return;
	if (!row->endpoint_enabled) {
		change->state = "held";
		change->reason = "endpoint_disabled";
	} else if (wait_s < 0 || test) {
		change->state = "dead";
		change->reason = test ? "test" : "exhausted";
	} else {
		change->state = "due";
		change->ready_at = tx->now_at + wait_s;
	}
}

static void decide_outcome(struct tx *tx, const struct delivery_row *row,
			   const struct outcome *outcome, enum verdict verdict,
			   struct delivery_change *change)
{
	switch (verdict) {
	case VERDICT_DELIVERED:
		change->state = "delivered";
		change->delivered_at = tx->now_at;
		return;
	case VERDICT_RETRY:
	case VERDICT_THROTTLE:
		decide_failure(tx, row, outcome, change);
		return;
	case VERDICT_RELEASED:
		if (delivery_is_moot(row, change))
			return;
		change->state = row->endpoint_enabled ? "due" : "held";
		change->reason = row->endpoint_enabled ? NULL : "endpoint_disabled";
		change->round = row->round > 0 ? row->round - 1 : 0;
		return;
	case VERDICT_GONE:
	case VERDICT_REFUSED:
		if (delivery_is_moot(row, change))
			return;
		change->state = "held";
		change->reason = verdict == VERDICT_GONE ? "gone" : "egress";
		return;
	}
	BUG("no such verdict");
}

static enum fault record_outcome(struct tx *tx, const struct outcome *outcome, struct jw *audit,
				 struct problem *problem)
{
	struct delivery_row row;
	enum fault fault = delivery_get(tx->store, outcome->message_key, &row, problem);
	/* Nothing that we know: the others that ended with it must not be lost for it. */
	if (fault == FAULT_NOT_FOUND)
		return FAULT_NONE;
	if (fault != FAULT_NONE)
		return fault;
	/* Not the attempt we think it is: someone else has ended it. Nothing to say. */
	if (strcmp(row.state, "sending") != 0 || row.attempts != outcome->attempt)
		return FAULT_NONE;
	enum verdict verdict = retry_verdict(outcome->end, outcome->status);
	struct delivery_change change = { .round = row.round,
					  .last_status = outcome->status,
					  .last_reason = outcome->reason };
	decide_outcome(tx, &row, outcome, verdict, &change);
	struct attempt_finish finish = { row.message_key,
					 outcome->attempt,
					 verdict == VERDICT_DELIVERED ? "delivered" : "failed",
					 outcome->elapsed_ms,
					 outcome->status,
					 outcome->reason,
					 outcome->excerpt };
	fault = attempt_end(tx->store, &finish, problem);
	if (fault == FAULT_NONE)
		fault = move_delivery(tx, &row, &change, problem);
	/* Several attempts may be under way when the first 410 comes; the endpoint is disabled by that one. */
	if (fault == FAULT_NONE && verdict == VERDICT_GONE && row.endpoint_enabled)
		fault = hold_endpoint(tx, row.endpoint_key, "gone", problem);
	if (fault == FAULT_NONE && strcmp(change.state, "dead") == 0)
		fault = notice_dead(tx, &row, problem);
	if (strcmp(change.state, "due") == 0)
		tx_stir(tx);
	jw_array(audit);
	jw_str(audit, row.id);
	jw_int(audit, outcome->attempt);
	jw_str(audit, change.state);
	jw_int(audit, outcome->status);
	jw_array_end(audit);
	return fault;
}

struct outcome_arg {
	const struct outcome *outcome;
	struct jw *audit;
};

static enum fault outcome_row(struct tx *tx, void *arg, struct problem *problem)
{
	const struct outcome_arg *one = arg;
	return record_outcome(tx, one->outcome, one->audit, problem);
}

/* One that can't be recorded stays `sending`, and is unknown and repeated after the next start: twice rather than never. */
static enum fault record_apart(struct tx *tx, const struct outcome *outcome, struct jw *audit,
			       struct problem *problem)
{
	struct outcome_arg one = { outcome, audit };
	char what[TEXT_ID_BYTES];
	bool broken;
	text_id_write(what, "message", outcome->message_key);
	return tx_apart(tx, outcome_row, &one, what, &broken, problem);
}

static enum fault run_outcomes(struct tx *tx, struct verb *verb)
{
	const struct outcomes *outcomes = verb->input;
	struct buf detail = BUF_EMPTY;
	struct jw audit;
	enum fault fault = FAULT_NONE;
	jw_init(&audit, &detail);
	jw_array(&audit);
	for (size_t i = 0; fault == FAULT_NONE && i < outcomes->n; i++)
		fault = verb->careful
				? record_apart(tx, &outcomes->items[i], &audit, &verb->problem)
				: record_outcome(tx, &outcomes->items[i], &audit, &verb->problem);
	jw_array_end(&audit);
	if (fault == FAULT_NONE && detail.len > 2)
		fault = tx_audit(tx, "attempts", "deliveries", &detail, &verb->problem);
	buf_clear(&detail);
	return fault;
}

const struct verb_kind verb_outcomes = { "outcomes", run_outcomes, false };

/* ---- recovery ---- */

static enum fault recover_one(struct tx *tx, int64_t key, struct problem *problem)
{
	struct delivery_row row;
	enum fault fault = delivery_get(tx->store, key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct attempt_finish finish = {
		key, row.attempts, "unknown", -1, 0, "the daemon stopped meanwhile", NULL
	};
	struct delivery_change change = { .state = "due",
					  .round = row.round,
					  .unknowns = row.unknowns + 1 };
	/* It may have arrived; if not, a moot one has nothing to say any more. */
	bool moot = delivery_is_moot(&row, &change);
	if (!moot && change.unknowns >= UNKNOWNS_MAX) {
		change.state = "held";
		change.reason = "quarantine";
	} else if (!moot && !row.endpoint_enabled) {
		change.state = "held";
		change.reason = "endpoint_disabled";
	}
	fault = attempt_end(tx->store, &finish, problem);
	if (fault == FAULT_NONE)
		fault = move_delivery(tx, &row, &change, problem);
	return fault;
}

enum fault delivery_recover(struct tx *tx, struct problem *problem)
{
	int64_t keys[RECOVER_BATCH];
	size_t n = RECOVER_BATCH;
	int64_t recovered = 0;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == RECOVER_BATCH) {
		fault = delivery_in_state(tx->store, "sending", 0, 0, keys, RECOVER_BATCH, &n,
					  problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
			fault = recover_one(tx, keys[i], problem);
		recovered += (int64_t)n;
	}
	if (recovered > 0)
		log_info("recovered", "unknown_attempts=%" PRId64, recovered);
	return fault;
}
