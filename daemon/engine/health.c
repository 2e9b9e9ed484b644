/*
 * An endpoint that fails is told of to people who can mend it, by another way than the one that is broken: its owner's
 * other endpoints, else the office. After days it is paused: nothing is tried there but the oldest message now and then,
 * and nothing of it is lost. Every event is written once an episode, with the messages that it is about.
 */
#include "engine/health.h"

#include "engine/endpoint_state.h"
#include "engine/notice.h"
#include "engine/settle.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/health.h"
#include "store/outbox.h"
#include "store/timer.h"

#include <inttypes.h>
#include <stdio.h>

#define TIMER      "endpoint_health"
#define NAMED_MAX  10
#define KEYS_BATCH 256

/* One endpoint being looked at. */
struct patient {
	struct endpoint_row row;
	struct health health;
	bool known;
};

static enum fault look(struct tx *tx, int64_t endpoint_key, struct patient *out,
		       struct problem *problem)
{
	enum fault fault = endpoint_get(tx->store, endpoint_key, &out->row, problem);
	if (fault == FAULT_NONE)
		fault = health_get(tx->store, endpoint_key, &out->health, &out->known, problem);
	return fault;
}

/* Whatever has changed is kept, and the timer with it. */
static enum fault keep(struct tx *tx, const struct patient *patient, struct problem *problem)
{
	int64_t next_at = health_next_at(tx->health, &patient->health);
	enum fault fault = health_put(tx->store, patient->row.key, &patient->health, problem);
	if (fault != FAULT_NONE || next_at == INT64_MAX)
		return fault;
	tx_stir(tx);
	return timer_set(tx->store, TIMER, patient->row.key, next_at, problem);
}

enum fault health_forget(struct tx *tx, int64_t endpoint_key, struct problem *problem)
{
	enum fault fault = health_remove(tx->store, endpoint_key, problem);
	return fault == FAULT_NONE ? timer_clear(tx->store, TIMER, endpoint_key, problem) : fault;
}

/* ---- telling ---- */

/* {"endpoint","owner","failing_since","failures",… and what is added until end_data. */
static void begin_data(struct jw *jw, struct buf *data, const struct patient *patient)
{
	jw_init(jw, data);
	jw_object(jw);
	jw_kv_id(jw, "endpoint", WIRE_ID_ENDPOINT, patient->row.key);
	jw_kv_str(jw, "owner", patient->row.owner);
	jw_kv_at(jw, "failing_since", patient->health.since_at);
	jw_kv_int(jw, "failures", patient->health.failures);
}

/* … with the messages that failed: who is told of a failure wants to know of what (D7). */
static enum fault add_failed(struct tx *tx, const struct patient *patient, struct jw *jw,
			     struct health_failed *failed, struct problem *problem)
{
	jw_key(jw, "messages");
	enum fault fault =
		health_failed_list(tx->store, patient->row.key, NAMED_MAX, jw, failed, problem);
	jw_kv_int(jw, "messages_total", failed->n);
	return fault;
}

static enum fault add_event(struct tx *tx, const char *type, const struct buf *data,
			    struct problem *problem)
{
	struct event_row event = { .type = type, .data = buf_str(data) };
	return event_append(tx->store, tx->now_at, &event, problem);
}

struct news {
	const char *type;
	const char *key; /* of the notice, within the episode */
	bool event;      /* on record as well */
	const char *reason;
	int64_t freed; /* -1: says nothing of it */
};

/* The owner, or the office, hears of it; with `event` everyone else who reads the feed does. */
static enum fault tell(struct tx *tx, const struct patient *patient, const struct news *news,
		       struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	struct health_failed failed;
	int64_t days = (tx->now_at - patient->health.since_at) / 86400;
	begin_data(&jw, &data, patient);
	jw_kv_int(&jw, "days", days);
	if (news->reason)
		jw_kv_str(&jw, "reason", news->reason);
	if (news->freed >= 0)
		jw_kv_int(&jw, "freed", news->freed);
	enum fault fault = add_failed(tx, patient, &jw, &failed, problem);
	jw_object_end(&jw);
	if (fault == FAULT_NONE && news->event)
		fault = add_event(tx, news->type, &data, problem);
	struct endpoint_notice notice = { .type = news->type,
					  .key = news->key,
					  .data = buf_str(&data),
					  .since_at = patient->health.since_at,
					  .days = days,
					  .waiting = failed.n,
					  .first_id = failed.first_id };
	if (fault == FAULT_NONE && news->key)
		fault = notice_about_endpoint(tx, &patient->row, &notice, problem);
	buf_clear(&data);
	return fault;
}

/* ---- an attempt failed ---- */

static enum fault begins_to_fail(struct tx *tx, const struct patient *patient,
				 const struct delivery_row *row, const struct outcome *outcome,
				 struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	struct health_failed failed;
	begin_data(&jw, &data, patient);
	jw_kv_str(&jw, "message", row->id);
	if (outcome->status)
		jw_kv_int(&jw, "status", outcome->status);
	jw_kv_str(&jw, "reason", outcome->reason);
	enum fault fault = add_failed(tx, patient, &jw, &failed, problem);
	jw_object_end(&jw);
	if (fault == FAULT_NONE)
		fault = add_event(tx, "endpoint.failing", &data, problem);
	log_warning("endpoint failing", "endpoint=ep_%" PRId64 " message=%s failures=%u",
		    patient->row.key, row->id, patient->health.failures);
	buf_clear(&data);
	return fault;
}

enum fault health_on_failure(struct tx *tx, const struct delivery_row *row,
			     const struct outcome *outcome, struct problem *problem)
{
	struct patient patient;
	enum fault fault = look(tx, row->endpoint_key, &patient, problem);
	/* What was under way when it was disabled says nothing about it any more. */
	if (fault != FAULT_NONE || patient.row.state == ENDPOINT_DISABLED)
		return fault;
	bool begins = health_failed(tx->health, &patient.health, patient.known, tx->now_at);
	fault = keep(tx, &patient, problem);
	if (fault == FAULT_NONE && begins)
		fault = begins_to_fail(tx, &patient, row, outcome, problem);
	return fault;
}

enum fault health_tell_disowned(struct tx *tx, const struct endpoint_row *row,
				const char *message_id, const char *data, struct problem *problem)
{
	struct endpoint_notice notice = { .type = "endpoint.disowned",
					  .key = "disowned",
					  .data = data,
					  .since_at = tx->now_at,
					  .first_id = message_id };
	return notice_about_endpoint(tx, row, &notice, problem);
}

/* ---- a message arrived ---- */

/* What died of it while it failed was the endpoint's fault, and is not lost for it. */
static enum fault revive(struct tx *tx, const struct patient *patient, struct release *release,
			 struct problem *problem)
{
	int64_t keys[KEYS_BATCH];
	int64_t after = 0;
	size_t n = KEYS_BATCH;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == KEYS_BATCH) {
		fault = health_died(tx->store, patient->row.key, patient->health.since_at, after,
				    keys, KEYS_BATCH, &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			after = keys[i];
			fault = release_one(tx, keys[i], release, problem);
		}
	}
	return fault;
}

static enum fault recover(struct tx *tx, struct patient *patient, struct problem *problem)
{
	struct release release = { .n = 0 };
	enum fault fault = FAULT_NONE;
	if (patient->row.state == ENDPOINT_PAUSED)
		fault = endpoint_move(tx, &patient->row, ENDPOINT_ENABLED, NULL, problem);
	if (fault == FAULT_NONE)
		fault = revive(tx, patient, &release, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_free_held(tx, patient->row.key, &release, problem);
	bool told = patient->health.told > 0 || patient->health.state == HEALTH_PAUSED;
	struct news news = { "endpoint.recovered", told ? "recovered" : NULL, true, NULL,
			     release.n };
	if (fault == FAULT_NONE)
		fault = tell(tx, patient, &news, problem);
	log_info("endpoint recovered", "endpoint=ep_%" PRId64 " freed=%" PRId64, patient->row.key,
		 release.n);
	return fault;
}

enum fault health_on_success(struct tx *tx, int64_t endpoint_key, struct problem *problem)
{
	struct patient patient;
	enum fault fault =
		health_get(tx->store, endpoint_key, &patient.health, &patient.known, problem);
	if (fault != FAULT_NONE || !patient.known)
		return fault;
	fault = look(tx, endpoint_key, &patient, problem);
	if (fault == FAULT_NONE)
		fault = health_forget(tx, endpoint_key, problem);
	if (fault == FAULT_NONE && patient.health.state != HEALTH_DOUBTED)
		fault = recover(tx, &patient, problem);
	return fault;
}

/* ---- time passed ---- */

static enum fault tell_day(struct tx *tx, const struct patient *patient, struct problem *problem)
{
	char key[32];
	(void)snprintf(key, sizeof(key), "%u", patient->health.told + 1);
	struct news news = { "endpoint.failing", key, false, NULL, -1 };
	return tell(tx, patient, &news, problem);
}

static enum fault pause(struct tx *tx, struct patient *patient, struct problem *problem)
{
	struct news news = { "endpoint.disabled", "paused", true, "failing", -1 };
	enum fault fault = endpoint_move(tx, &patient->row, ENDPOINT_PAUSED, "failing", problem);
	if (fault == FAULT_NONE)
		fault = endpoint_hold_waiting(tx, patient->row.key, "endpoint_paused", problem);
	if (fault == FAULT_NONE)
		fault = tell(tx, patient, &news, problem);
	log_warning("endpoint paused", "endpoint=ep_%" PRId64 " failures=%u", patient->row.key,
		    patient->health.failures);
	return fault;
}

/* The oldest that is held; else the oldest that died in this episode. 0: there is none, and the next message waits. */
static enum fault find_probe(struct tx *tx, const struct patient *patient, int64_t after_key,
			     int64_t *key, struct problem *problem)
{
	size_t n = 0;
	enum fault fault = health_probe_find(tx->store, patient->row.key, after_key, key, problem);
	if (fault != FAULT_NONE || *key)
		return fault;
	fault = health_died(tx->store, patient->row.key, patient->health.since_at, 0, key, 1, &n,
			    problem);
	if (n == 0)
		*key = 0;
	return fault;
}

/* What has nothing to say any more ends here, and the next one is taken. */
static enum fault probe(struct tx *tx, const struct patient *patient, struct problem *problem)
{
	int64_t key = 0;
	bool sent = false;
	enum fault fault = FAULT_NONE;
	do {
		struct delivery_row row;
		fault = find_probe(tx, patient, key, &key, problem);
		if (fault != FAULT_NONE || key == 0)
			return fault;
		fault = delivery_get(tx->store, key, &row, problem);
		struct delivery_change change = { .state = "due",
						  .round = row.round,
						  .unknowns = row.unknowns };
		sent = fault == FAULT_NONE && !delivery_is_moot(&row, &change);
		if (fault == FAULT_NONE)
			fault = move_delivery(tx, &row, &change, problem);
	} while (fault == FAULT_NONE && !sent);
	tx_stir(tx);
	return fault;
}

static enum fault do_duty(struct tx *tx, struct patient *patient, enum health_duty duty,
			  struct problem *problem)
{
	switch (duty) {
	case HEALTH_NOTHING:
		return FAULT_NONE;
	case HEALTH_TELL:
		return tell_day(tx, patient, problem);
	case HEALTH_PAUSE:
		return pause(tx, patient, problem);
	case HEALTH_PROBE:
		return probe(tx, patient, problem);
	}
	BUG("no such duty");
}

enum fault health_run(struct tx *tx, int64_t endpoint_key, struct problem *problem)
{
	struct patient patient;
	enum health_duty duty;
	enum fault fault = look(tx, endpoint_key, &patient, problem);
	if (fault != FAULT_NONE || !patient.known)
		return fault;
	while (fault == FAULT_NONE &&
	       (duty = health_due(tx->health, &patient.health, tx->now_at)) != HEALTH_NOTHING) {
		fault = do_duty(tx, &patient, duty, problem);
		health_did(tx->health, &patient.health, duty, tx->now_at);
	}
	return fault == FAULT_NONE ? keep(tx, &patient, problem) : fault;
}
