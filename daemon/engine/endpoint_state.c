/*
 * A message for an endpoint that takes none is held and listed, and goes when the endpoint is back: in the order in which
 * it was made, so many a second, since who comes back after a month should not go down again under what waited.
 */
#include "engine/endpoint_state.h"

#include "engine/reach.h"
#include "engine/settle.h"
#include "jiebang/health.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/outbox.h"

#include <string.h>

#define KEYS_BATCH 256

enum fault endpoint_move(struct tx *tx, struct endpoint_row *row, enum endpoint_state state,
			 const char *reason, struct problem *problem)
{
	struct endpoint_options options;
	bool was = row->state == ENDPOINT_ENABLED, is = state == ENDPOINT_ENABLED;
	enum fault fault = endpoint_set_state(tx->store, row->key, state, reason, problem);
	if (fault == FAULT_NONE && was != is)
		fault = endpoint_options_get(tx->store, row->key, &options, problem);
	if (fault == FAULT_NONE && was != is)
		fault = reach_endpoint(tx, row->unit_key, &options, is ? 1 : -1, problem);
	tx_tally(tx, 0, "endpoints:", endpoint_state_name(row->state), -1);
	tx_tally(tx, 0, "endpoints:", endpoint_state_name(state), 1);
	return fault == FAULT_NONE ? endpoint_get(tx->store, row->key, row, problem) : fault;
}

enum fault endpoint_hold_waiting(struct tx *tx, int64_t endpoint_key, const char *reason,
				 struct problem *problem)
{
	int64_t keys[KEYS_BATCH];
	size_t n = 1;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n > 0) {
		fault = outbox_of(tx->store, endpoint_key, keys, KEYS_BATCH, &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			struct delivery_row row;
			fault = delivery_get(tx->store, keys[i], &row, problem);
			struct delivery_change change = { .state = "held",
							  .reason = reason,
							  .round = row.round,
							  .unknowns = row.unknowns };
			if (fault == FAULT_NONE)
				fault = move_delivery(tx, &row, &change, problem);
		}
	}
	return fault;
}

/* Held for what it does itself, or for where it would go: an endpoint that is back changes nothing about that. */
static bool held_for_itself(const struct delivery_row *row)
{
	return strcmp(row->reason, "quarantine") == 0 || strcmp(row->reason, "egress") == 0;
}

enum fault release_one(struct tx *tx, int64_t message_key, struct release *release,
		       struct problem *problem)
{
	struct delivery_row row;
	enum fault fault = delivery_get(tx->store, message_key, &row, problem);
	if (fault != FAULT_NONE || (!release->by_person && held_for_itself(&row)))
		return fault;
	const char *held = delivery_held_because(&row);
	struct delivery_change change = { .state = held ? "held" : "due", .reason = held };
	(void)delivery_is_moot(&row, &change);
	if (strcmp(change.state, "due") == 0) {
		int64_t wait_s = health_release_wait_s(tx->health, release->n++);
		change.ready_at = wait_s > 0 ? tx->now_at + wait_s : 0;
	}
	return move_delivery(tx, &row, &change, problem);
}

enum fault endpoint_free_held(struct tx *tx, int64_t endpoint_key, struct release *release,
			      struct problem *problem)
{
	int64_t keys[KEYS_BATCH];
	int64_t after = 0;
	size_t n = KEYS_BATCH;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == KEYS_BATCH) {
		fault = delivery_in_state(tx->store, "held", endpoint_key, after, keys, KEYS_BATCH,
					  &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			after = keys[i];
			fault = release_one(tx, keys[i], release, problem);
		}
	}
	tx_stir(tx);
	return fault;
}

/* ---- on record ---- */

void endpoint_record_begin(const struct endpoint_row *row, struct buf *data, struct jw *jw)
{
	jw_init(jw, data);
	jw_object(jw);
	jw_kv_id(jw, "endpoint", WIRE_ID_ENDPOINT, row->key);
	jw_kv_str(jw, "owner", row->owner);
}

enum fault endpoint_record_end(struct tx *tx, const struct endpoint_row *row, const char *type,
			       const char *verb, struct buf *data, struct problem *problem)
{
	char id[TEXT_ID_BYTES];
	text_id_write(id, WIRE_ID_ENDPOINT, row->key);
	buf_addc(data, '}');
	struct event_row event = { .type = type, .data = buf_str(data) };
	enum fault fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, verb, id, data, problem);
	buf_clear(data);
	return fault;
}
