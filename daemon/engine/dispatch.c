/*
 * The delivery states behind "sending": outcomes after the reply, recovery after a crash.
 *
 * The POST leaves before its outcome is recorded. A crash in between sends the reminder twice with the same
 * webhook-id, never zero times: a missed deadline costs a unit its place, a repeated notice costs a glance.
 */
#include "engine/apart.h"
#include "engine/endpoint_state.h"
#include "engine/health.h"
#include "engine/settle.h"
#include "engine/tempo.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/health.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWNS_MAX  3 /* in a row: then something about this very message kills us */
#define RECOVER_BATCH 256

/* ---- outcomes ---- */

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

static bool is_test(const struct delivery_row *row)
{
	return strcmp(row->type, "endpoint.test") == 0;
}

/* What follows from a failed attempt: again later, or not. */
static void decide_failure(struct tx *tx, const struct delivery_row *row,
			   const struct outcome *outcome, const struct retry_schedule *schedule,
			   struct delivery_change *change)
{
	int64_t wait_s =
		retry_wait_s(schedule, row->round, outcome->retry_after_s, tx_random_u32(tx));
	bool test = is_test(row);
	if (delivery_is_moot(row, change))
		return;
	/* The result of a test is its answer: it waits for nothing, least of all for an endpoint that is being probed. */
	const char *held = test && row->endpoint_paused ? NULL : delivery_held_because(row);
	if (held) {
		change->state = "held";
		change->reason = held;
	} else if (wait_s < 0 || test) {
		change->state = "dead";
		change->reason = test ? "test" : "exhausted";
	} else {
		change->state = "due";
		change->ready_at = tx->now_at + wait_s;
	}
}

static const char *held_by(enum verdict verdict)
{
	if (verdict == VERDICT_DISOWNED)
		return "disowned";
	return verdict == VERDICT_GONE ? "gone" : "egress";
}

/* It takes no more: what waits is held, and where a person can mend it, people are told by another way. */
static enum fault hold_endpoint(struct tx *tx, const struct delivery_row *delivery,
				const struct outcome *outcome, enum verdict verdict,
				struct problem *problem)
{
	struct endpoint_row row;
	int64_t key = delivery->endpoint_key;
	const char *reason = held_by(verdict);
	enum fault fault = endpoint_get(tx->store, key, &row, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_move(tx, &row, ENDPOINT_DISABLED, reason, problem);
	if (fault == FAULT_NONE)
		fault = health_forget(tx, key, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_hold_waiting(tx, key, "endpoint_disabled", problem);
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_id(&jw, "endpoint", WIRE_ID_ENDPOINT, key);
	jw_kv_str(&jw, "reason", reason);
	if (verdict == VERDICT_DISOWNED) {
		jw_kv_str(&jw, "message", delivery->id);
		jw_kv_str(&jw, "said", outcome->reason);
	}
	jw_object_end(&jw);
	struct event_row event = { .type = "endpoint.disabled", .data = buf_str(&data) };
	if (fault == FAULT_NONE)
		fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE && verdict == VERDICT_DISOWNED)
		fault = health_tell_disowned(tx, &row, delivery->id, event.data, problem);
	log_warning("endpoint disabled", "endpoint=ep_%" PRId64 " reason=%s", key, reason);
	buf_clear(&data);
	return fault;
}

static void decide_outcome(struct tx *tx, const struct delivery_row *row,
			   const struct outcome *outcome, enum verdict verdict,
			   const struct retry_schedule *schedule, struct delivery_change *change)
{
	switch (verdict) {
	case VERDICT_DELIVERED:
		break; /* record_delivered */
	case VERDICT_RETRY:
	case VERDICT_THROTTLE:
		decide_failure(tx, row, outcome, schedule, change);
		return;
	case VERDICT_REJECTED:
		if (delivery_is_moot(row, change))
			return;
		change->state = "dead";
		change->reason = "rejected";
		return;
	case VERDICT_RELEASED:
		if (delivery_is_moot(row, change))
			return;
		change->reason = delivery_held_because(row);
		change->state = change->reason ? "held" : "due";
		change->round = row->round > 0 ? row->round - 1 : 0;
		return;
	case VERDICT_GONE:
	case VERDICT_DISOWNED:
	case VERDICT_REFUSED:
		if (delivery_is_moot(row, change))
			return;
		change->state = "held";
		change->reason = held_by(verdict);
		/* Made due again with the endpoint, a test would find it gone once more, and disable it again. */
		if (verdict == VERDICT_GONE && is_test(row)) {
			change->state = "dead";
			change->reason = "test";
		}
		return;
	}
	BUG("no such verdict");
}

static void tell_audit(struct jw *audit, const char *id, const struct outcome *outcome,
		       const char *state)
{
	jw_array(audit);
	jw_str(audit, id);
	jw_int(audit, outcome->attempt);
	jw_str(audit, state);
	jw_int(audit, outcome->status);
	jw_array_end(audit);
}

static enum fault end_attempt(struct tx *tx, const struct sending_row *sending,
			      const struct outcome *outcome, const char *how,
			      struct problem *problem)
{
	struct attempt_result end = { how, outcome->elapsed_ms, outcome->status, outcome->reason,
				      outcome->excerpt };
	enum fault fault = attempt_add(tx->store, sending, &end, problem);
	if (fault == FAULT_NONE && outcome->times.known)
		fault = attempt_times_add(tx->store, sending, &outcome->times, problem);
	return fault;
}

/* What the failure of an attempt leads to; `state` is told. */
static enum fault record_failed(struct tx *tx, const struct sending_row *sending,
				const struct outcome *outcome, enum verdict verdict,
				const char **state, struct problem *problem)
{
	struct delivery_row row;
	struct endpoint_options options;
	enum fault fault = delivery_get(tx->store, outcome->message_key, &row, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_options_get(tx->store, row.endpoint_key, &options, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct delivery_change change = { .round = row.round,
					  .last_status = outcome->status,
					  .last_reason = outcome->reason };
	decide_outcome(tx, &row, outcome, verdict, options.retry.n > 0 ? &options.retry : tx->retry,
		       &change);
	*state = change.state;
	fault = end_attempt(tx, sending, outcome, "failed", problem);
	if (fault == FAULT_NONE)
		fault = move_delivery(tx, &row, &change, problem);
	/* Several attempts may be under way when the first 410 comes; the endpoint is disabled by that one. */
	bool ends = verdict == VERDICT_GONE || verdict == VERDICT_DISOWNED;
	if (fault == FAULT_NONE && ends && (row.endpoint_enabled || row.endpoint_paused))
		fault = hold_endpoint(tx, &row, outcome, verdict, problem);
	if (fault == FAULT_NONE && verdict == VERDICT_THROTTLE && outcome->retry_after_s > 0)
		fault = tempo_rest(tx, row.endpoint_key, outcome->retry_after_s, problem);
	if (fault == FAULT_NONE && !row.endpoint_deleted &&
	    (verdict == VERDICT_RETRY || verdict == VERDICT_THROTTLE ||
	     verdict == VERDICT_REJECTED))
		fault = health_on_failure(tx, &row, outcome, problem);
	/* Whoever made a test has its answer; it is no message that is lost to somebody. */
	if (fault == FAULT_NONE && strcmp(change.state, "dead") == 0 && !is_test(&row))
		fault = notice_dead(tx, &row, problem);
	if (strcmp(change.state, "due") == 0)
		tx_stir(tx);
	return fault;
}

/* What is gathered over the outcomes of one verb. */
struct told {
	struct jw audit;
	int64_t delivered;
	bool doubts; /* some endpoint is failing: one that delivers may be the one */
};

/*
 * FAULT_NOT_FOUND: nothing that we know, or not the attempt we think it is: someone else has ended it. A delivery that
 * arrived needs no more than what its claim knew, since it is written only if it is `sending` in that attempt.
 */
static enum fault find_sending(struct tx *tx, const struct outcome *outcome, bool delivered,
			       struct sending_row *out, struct problem *problem)
{
	*out = *tx_sending(tx, outcome->message_key);
	if (delivered && out->message_key == outcome->message_key &&
	    out->attempt == outcome->attempt)
		return FAULT_NONE;
	return sending_get(tx->store, outcome->message_key, outcome->attempt, out, problem);
}

static enum fault record_outcome(struct tx *tx, const struct outcome *outcome, struct told *told,
				 struct problem *problem)
{
	struct sending_row sending;
	const char *state = "delivered";
	enum verdict verdict = retry_verdict(outcome->end, outcome->status);
	bool delivered = verdict == VERDICT_DELIVERED;
	enum fault fault = find_sending(tx, outcome, delivered, &sending, problem);
	if (fault == FAULT_NONE && delivered)
		fault = sending_delivered(tx->store, &sending, outcome->status, outcome->reason,
					  tx->now_at, problem);
	/* Nothing to say, and nothing was changed: the others that ended with it must not be lost for it. */
	if (fault == FAULT_NOT_FOUND)
		return FAULT_NONE;
	if (fault == FAULT_NONE && delivered)
		fault = end_attempt(tx, &sending, outcome, "delivered", problem);
	else if (fault == FAULT_NONE)
		fault = record_failed(tx, &sending, outcome, verdict, &state, problem);
	if (fault == FAULT_NONE && delivered && told->doubts)
		fault = health_on_success(tx, outcome->endpoint_key, problem);
	if (fault != FAULT_NONE)
		return fault;
	told->doubts |= !delivered;
	tell_audit(&told->audit, sending.id, outcome, state);
	told->delivered += delivered;
	return FAULT_NONE;
}

struct outcome_arg {
	const struct outcome *outcome;
	struct told *told;
};

static enum fault outcome_row(struct tx *tx, void *arg, struct problem *problem)
{
	const struct outcome_arg *one = arg;
	return record_outcome(tx, one->outcome, one->told, problem);
}

/* One that can't be recorded stays `sending`, and is unknown and repeated after the next start: twice rather than never. */
static enum fault record_apart(struct tx *tx, const struct outcome *outcome, struct told *told,
			       struct problem *problem)
{
	struct outcome_arg one = { outcome, told };
	char what[TEXT_ID_BYTES];
	bool broken;
	text_id_write(what, "message", outcome->message_key);
	return tx_apart(tx, outcome_row, &one, what, &broken, problem);
}

static enum fault run_outcomes(struct tx *tx, struct verb *verb)
{
	const struct outcomes *outcomes = verb->input;
	struct buf detail = BUF_EMPTY;
	struct told told = { .delivered = 0 };
	enum fault fault = health_any(tx->store, &told.doubts, &verb->problem);
	jw_init(&told.audit, &detail);
	jw_array(&told.audit);
	for (size_t i = 0; fault == FAULT_NONE && i < outcomes->n; i++)
		fault = verb->careful
				? record_apart(tx, &outcomes->items[i], &told, &verb->problem)
				: record_outcome(tx, &outcomes->items[i], &told, &verb->problem);
	jw_array_end(&told.audit);
	tx_tally(tx, 0, "delivery:", "sending", -told.delivered);
	tx_tally(tx, 0, "delivery:", "delivered", told.delivered);
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
	struct sending_row sending = { key, row.attempts, row.boot, row.started_at, "" };
	struct attempt_result end = { "unknown", -1, 0, "the daemon stopped meanwhile", NULL };
	struct delivery_change change = { .state = "due",
					  .round = row.round,
					  .unknowns = row.unknowns + 1 };
	/* It may have arrived; if not, a moot one has nothing to say any more. */
	bool moot = delivery_is_moot(&row, &change);
	if (!moot && change.unknowns >= UNKNOWNS_MAX) {
		change.state = "held";
		change.reason = "quarantine";
	} else if (!moot && delivery_held_because(&row)) {
		change.state = "held";
		change.reason = delivery_held_because(&row);
	}
	fault = attempt_add(tx->store, &sending, &end, problem);
	if (fault == FAULT_NONE)
		fault = move_delivery(tx, &row, &change, problem);
	return fault;
}

static enum fault recover_row(struct tx *tx, void *arg, struct problem *problem)
{
	return recover_one(tx, *(const int64_t *)arg, problem);
}

/* One that can't be recovered is told and stays `sending`, and keeps nobody else from a start. */
static enum fault recover_apart(struct tx *tx, int64_t key, struct problem *problem)
{
	char what[TEXT_ID_BYTES];
	bool broken;
	text_id_write(what, "message", key);
	return tx_apart(tx, recover_row, &key, what, &broken, problem);
}

enum fault delivery_recover(struct tx *tx, struct problem *problem)
{
	int64_t keys[RECOVER_BATCH];
	size_t n = RECOVER_BATCH;
	int64_t recovered = 0, after_key = 0;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == RECOVER_BATCH) {
		fault = delivery_in_state(tx->store, "sending", 0, after_key, keys, RECOVER_BATCH,
					  &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
			fault = recover_apart(tx, keys[i], problem);
		recovered += (int64_t)n;
		after_key = n > 0 ? keys[n - 1] : after_key;
	}
	if (recovered > 0)
		log_info("recovered", "unknown_attempts=%" PRId64, recovered);
	return fault;
}
