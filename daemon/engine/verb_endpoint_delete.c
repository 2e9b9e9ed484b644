/*
 * An endpoint that is no more: what waits for it is cancelled with the reason, its secrets are erased, and its row stays,
 * so that the history of what it was told keeps its end. What is under way ends as it ends, and is not repeated.
 */
#include "engine/endpoint_state.h"
#include "engine/health.h"
#include "engine/reach.h"
#include "engine/settle.h"
#include "engine/tx.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/outbox.h"
#include "store/secret.h"

#define KEYS_BATCH 256
#define REASON     "endpoint_deleted"

typedef enum fault keys_fn(struct tx *tx, int64_t endpoint_key, int64_t *keys, size_t *n,
			   struct problem *problem);

static enum fault due_keys(struct tx *tx, int64_t endpoint_key, int64_t *keys, size_t *n,
			   struct problem *problem)
{
	return outbox_of(tx->store, endpoint_key, keys, KEYS_BATCH, n, problem);
}

static enum fault held_keys(struct tx *tx, int64_t endpoint_key, int64_t *keys, size_t *n,
			    struct problem *problem)
{
	return delivery_in_state(tx->store, "held", endpoint_key, 0, keys, KEYS_BATCH, n, problem);
}

/* Each that is cancelled leaves the list, so the next batch begins where this one did. */
static enum fault cancel_all(struct tx *tx, keys_fn *list, int64_t endpoint_key, int64_t *cancelled,
			     struct problem *problem)
{
	int64_t keys[KEYS_BATCH];
	size_t n = 1;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n > 0) {
		fault = list(tx, endpoint_key, keys, &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			struct delivery_row row;
			struct delivery_change change = { .state = "cancelled", .reason = REASON };
			fault = delivery_get(tx->store, keys[i], &row, problem);
			if (fault == FAULT_NONE)
				fault = move_delivery(tx, &row, &change, problem);
			*cancelled += fault == FAULT_NONE;
		}
	}
	return fault;
}

static enum fault cancel_waiting(struct tx *tx, int64_t endpoint_key, int64_t *cancelled,
				 struct problem *problem)
{
	static keys_fn *const lists[] = { due_keys, held_keys };
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(lists) / sizeof(lists[0]); i++)
		fault = cancel_all(tx, lists[i], endpoint_key, cancelled, problem);
	return fault;
}

static enum fault record(struct tx *tx, const struct endpoint_row *row, int64_t cancelled,
			 struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	endpoint_record_begin(row, &data, &jw);
	jw_kv_int(&jw, "cancelled", cancelled);
	return endpoint_record_end(tx, row, "endpoint.deleted", "endpoint_delete", &data, problem);
}

static void write_deleted(const struct endpoint_row *row, int64_t cancelled, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_id(&jw, "id", WIRE_ID_ENDPOINT, row->key);
	jw_kv_str(&jw, "owner", row->owner);
	jw_kv_str(&jw, "state", "deleted");
	jw_kv_int(&jw, "cancelled", cancelled);
	jw_object_end(&jw);
}

/* Of a robot's URL what is shown of it: the rest is its key. */
static enum fault forget(struct tx *tx, const struct endpoint_row *row, struct problem *problem)
{
	enum endpoint_format format;
	struct buf url = BUF_EMPTY;
	INVARIANT(endpoint_format_parse(row->format, &format)); /* a CHECK of the table */
	robot_mask_url(format, row->url, &url);
	enum fault fault = endpoint_delete(tx->store, row->key, buf_str(&url), problem);
	buf_clear(&url);
	return fault;
}

static enum fault run_delete(struct tx *tx, struct verb *verb)
{
	struct endpoint_row row;
	struct endpoint_options options;
	int64_t cancelled = 0;
	struct problem *problem = &verb->problem;
	enum fault fault = endpoint_get(tx->store, verb->key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = cancel_waiting(tx, row.key, &cancelled, problem);
	if (fault == FAULT_NONE)
		fault = forget(tx, &row, problem);
	if (fault == FAULT_NONE)
		fault = secrets_forget(tx->store, row.key, problem);
	if (fault == FAULT_NONE)
		fault = health_forget(tx, row.key, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_options_get(tx->store, row.key, &options, problem);
	if (fault == FAULT_NONE && row.state == ENDPOINT_ENABLED)
		fault = reach_endpoint(tx, row.unit_key, &options, -1, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, cancelled, problem);
	if (fault == FAULT_NONE)
		write_deleted(&row, cancelled, &verb->reply);
	tx_tally(tx, 0, "endpoints:", endpoint_state_name(row.state), -1);
	return fault;
}

const struct verb_kind verb_endpoint_delete = { "endpoint_delete", run_delete, false };
