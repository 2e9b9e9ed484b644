/*
 * Held and dead deliveries are made due again by a person: one, or all of a state. The webhook-id stays.
 */
#include "engine/settle.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <string.h>

#define KEYS_BATCH 256

static enum fault make_due(struct tx *tx, const struct delivery_row *row, struct problem *problem)
{
	struct delivery_change change = { .state = "due" };
	if (row->endpoint_deleted)
		return problem_set(problem, FAULT_REFUSED,
				   "endpoint ep_%" PRId64 " was deleted: nothing is sent to it",
				   row->endpoint_key);
	/* To a paused one it goes as its probe. */
	if (!row->endpoint_enabled && !row->endpoint_paused)
		return problem_set(problem, FAULT_REFUSED,
				   "endpoint ep_%" PRId64
				   " is disabled; enable it, and its held messages follow",
				   row->endpoint_key);
	if (row->on_hold) {
		problem_set(problem, FAULT_REFUSED,
			    "ob_%" PRId64
			    " is held: nobody is reminded of it; release it, and its messages go",
			    row->obligation_key);
		text_copy(problem->rule, sizeof(problem->rule), "hold");
		return FAULT_REFUSED;
	}
	tx_stir(tx);
	return move_delivery(tx, row, &change, problem);
}

static enum fault run_retry(struct tx *tx, struct verb *verb)
{
	struct delivery_row row;
	struct problem *problem = &verb->problem;
	int64_t key;
	enum fault fault = delivery_find(tx->store, verb->name, &key, problem);
	if (fault == FAULT_NONE)
		fault = delivery_get(tx->store, key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	/* A due one is brought forward: a retry by hand replaces the automatic one, never adds to it. */
	bool waiting = strcmp(row.state, "held") == 0 || strcmp(row.state, "dead") == 0 ||
		       strcmp(row.state, "due") == 0;
	if (!waiting) {
		problem_set(problem, FAULT_REFUSED,
			    "%s is %s; only due, held and dead deliveries can be retried", row.id,
			    row.state);
		text_copy(problem->rule, sizeof(problem->rule), "state");
		return FAULT_REFUSED;
	}
	fault = make_due(tx, &row, problem);
	struct buf detail = BUF_EMPTY;
	buf_addf(&detail, "{\"was\":\"%s\"}", row.state);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "delivery_retry", row.id, &detail, problem);
	buf_clear(&detail);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_delivery, 0, row.id);
	return fault;
}

const struct verb_kind verb_delivery_retry = { "delivery_retry", run_retry, false };

/* In bulk nobody looks at each: who has filed meanwhile is not reminded (R6), nor told an old date. */
static enum fault retry_or_cancel(struct tx *tx, const struct delivery_row *row, int64_t *retried,
				  struct problem *problem)
{
	struct delivery_change end = { .state = NULL };
	if (delivery_is_moot(row, &end))
		return move_delivery(tx, row, &end, problem);
	*retried += 1;
	return make_due(tx, row, problem);
}

static enum fault retry_state(struct tx *tx, const char *state, int64_t endpoint_key,
			      int64_t *retried, struct problem *problem)
{
	int64_t keys[KEYS_BATCH];
	int64_t after = 0;
	size_t n = KEYS_BATCH;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == KEYS_BATCH) {
		fault = delivery_in_state(tx->store, state, endpoint_key, after, keys, KEYS_BATCH,
					  &n, problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			struct delivery_row row;
			after = keys[i];
			fault = delivery_get(tx->store, keys[i], &row, problem);
			if (fault != FAULT_NONE || delivery_held_because(&row))
				continue;
			fault = retry_or_cancel(tx, &row, retried, problem);
		}
	}
	return fault;
}

static enum fault run_retry_all(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "state", "endpoint", NULL };
	char state[16], endpoint[TEXT_ID_BYTES];
	int64_t endpoint_key = 0, retried = 0;
	struct problem *problem = &verb->problem;
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "state", state, sizeof(state), problem) ||
	    !body_text(verb, "endpoint", endpoint, sizeof(endpoint), problem))
		return problem->fault;
	if (strcmp(state, "held") != 0 && strcmp(state, "dead") != 0) {
		problem_set(problem, FAULT_UNPROCESSED, "state must be \"held\" or \"dead\"");
		text_copy(problem->pointer, sizeof(problem->pointer), "/state");
		return FAULT_UNPROCESSED;
	}
	if (endpoint[0] && !text_id_parse(endpoint, WIRE_ID_ENDPOINT, &endpoint_key)) {
		problem_set(problem, FAULT_UNPROCESSED, "endpoint must be an id such as ep_7");
		text_copy(problem->pointer, sizeof(problem->pointer), "/endpoint");
		return FAULT_UNPROCESSED;
	}
	enum fault fault = retry_state(tx, state, endpoint_key, &retried, problem);
	buf_addf(&verb->reply, "{\"state\":\"%s\",\"retried\":%" PRId64 ",\"dry_run\":%s}", state,
		 retried, verb->dry_run ? "true" : "false");
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "delivery_retry", "deliveries", &verb->reply, problem);
	return fault;
}

const struct verb_kind verb_delivery_retry_all = { "delivery_retry_all", run_retry_all, false };
