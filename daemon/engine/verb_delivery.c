/*
 * Held and dead deliveries are made due again by a person: one, or those that a filter names, so
 * many a second. The webhook-id stays, and a delivery is one row: what waited for its own retry does not go twice.
 */
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/health.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/endpoint.h"
#include "store/outbox.h"
#include "store/unit.h"

#include <inttypes.h>
#include <string.h>

#define KEYS_BATCH 256

static enum fault make_due(struct tx *tx, const struct delivery_row *row, int64_t ready_at,
			   struct problem *problem)
{
	struct delivery_change change = { .state = "due", .ready_at = ready_at };
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
	fault = make_due(tx, &row, 0, problem);
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

/* ---- many ---- */

/* A replay under way. Each endpoint gets so many a second: it may have been down for the reason of its queue. */
struct replay {
	struct delivery_filter filter;
	char state[16], type[64], programme[160];
	int64_t of_endpoint; /* made due of the one whose turn it is */
	int64_t retried;
};

/* In bulk nobody looks at each: who has filed meanwhile is not reminded (R6), nor told an old date. */
static enum fault retry_or_cancel(struct tx *tx, const struct delivery_row *row,
				  struct replay *replay, struct problem *problem)
{
	struct delivery_change end = { .state = NULL };
	if (delivery_is_moot(row, &end))
		return move_delivery(tx, row, &end, problem);
	replay->retried++;
	int64_t wait_s = health_release_wait_s(tx->health, replay->of_endpoint++);
	return make_due(tx, row, wait_s > 0 ? tx->now_at + wait_s : 0, problem);
}

/* Each page begins in the index where the last one ended. */
static enum fault replay_endpoint(struct tx *tx, struct replay *replay, int64_t endpoint_key,
				  struct problem *problem)
{
	int64_t keys[KEYS_BATCH];
	struct delivery_place after = { endpoint_key, 0 };
	size_t n = KEYS_BATCH;
	enum fault fault = FAULT_NONE;
	replay->of_endpoint = 0;
	while (fault == FAULT_NONE && n == KEYS_BATCH) {
		fault = delivery_matching(tx->store, &replay->filter, &after, keys, KEYS_BATCH, &n,
					  problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			struct delivery_row row;
			after.message_key = keys[i];
			fault = delivery_get(tx->store, keys[i], &row, problem);
			if (fault != FAULT_NONE || delivery_held_because(&row))
				continue;
			fault = retry_or_cancel(tx, &row, replay, problem);
		}
	}
	return fault;
}

static enum fault run_replay(struct tx *tx, struct replay *replay, struct problem *problem)
{
	const struct delivery_filter *filter = &replay->filter;
	int64_t key = 0;
	enum fault fault = FAULT_NONE;
	if (filter->endpoint_key)
		return replay_endpoint(tx, replay, filter->endpoint_key, problem);
	do {
		fault = delivery_endpoint_after(tx->store, filter->state, key, &key, problem);
		if (fault == FAULT_NONE && key)
			fault = replay_endpoint(tx, replay, key, problem);
	} while (fault == FAULT_NONE && key);
	return fault;
}

/* ---- what is meant ---- */

static bool take_id(const struct verb *verb, const char *member, const char *prefix, int64_t *key,
		    struct problem *problem)
{
	char id[TEXT_ID_BYTES];
	return body_text(verb, member, id, sizeof(id), problem) &&
	       (!id[0] || text_id_parse(id, prefix, key));
}

/* Instants, or days, which begin at 00:00 in Beijing. */
static bool take_instant(const struct verb *verb, const char *member, int64_t *at,
			 struct problem *problem)
{
	char text[64];
	return body_text(verb, member, text, sizeof(text), problem) &&
	       (!text[0] || civil_instant_parse(text, at));
}

/* Whom it names must be there: nothing retried would be taken for nothing to retry. */
static enum fault check_known(struct tx *tx, struct replay *replay, struct problem *problem)
{
	struct endpoint_row endpoint;
	struct unit_row unit;
	struct delivery_filter *filter = &replay->filter;
	if (replay->programme[0] && !tx_programme(tx, replay->programme, problem))
		return problem->fault;
	enum fault fault = FAULT_NONE;
	if (filter->endpoint_key)
		fault = endpoint_get(tx->store, filter->endpoint_key, &endpoint, problem);
	if (fault == FAULT_NONE && filter->unit_key)
		fault = unit_get(tx->store, filter->unit_key, &unit, problem);
	filter->programme = replay->programme[0] ? replay->programme : NULL;
	filter->type = replay->type[0] ? replay->type : NULL;
	filter->state = replay->state;
	return fault;
}

static enum fault take_replay(struct tx *tx, const struct verb *verb, struct replay *replay,
			      struct problem *problem)
{
	static const char *const known[] = { "state",     "endpoint",     "unit",          "type",
					     "programme", "created_from", "created_until", NULL };
	struct delivery_filter *filter = &replay->filter;
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "state", replay->state, sizeof(replay->state), problem) ||
	    !body_text(verb, "type", replay->type, sizeof(replay->type), problem) ||
	    !body_text(verb, "programme", replay->programme, sizeof(replay->programme), problem))
		return problem->fault;
	if (strcmp(replay->state, "held") != 0 && strcmp(replay->state, "dead") != 0)
		return body_wrong(problem, "/state", "state must be \"held\" or \"dead\"");
	if (!take_id(verb, "endpoint", WIRE_ID_ENDPOINT, &filter->endpoint_key, problem))
		return body_wrong(problem, "/endpoint", "endpoint must be an id such as ep_7");
	if (!take_id(verb, "unit", WIRE_ID_UNIT, &filter->unit_key, problem))
		return body_wrong(problem, "/unit", "unit must be an id such as un_7");
	if (!take_instant(verb, "created_from", &filter->created_from_at, problem))
		return body_wrong(problem, "/created_from",
				  "created_from must be a day or an instant such as "
				  "2025-03-01T09:00:00+08:00");
	if (!take_instant(verb, "created_until", &filter->created_until_at, problem))
		return body_wrong(problem, "/created_until",
				  "created_until must be a day or an instant such as "
				  "2025-03-01T09:00:00+08:00");
	return check_known(tx, replay, problem);
}

static enum fault run_retry_all(struct tx *tx, struct verb *verb)
{
	struct replay replay = { .retried = 0 };
	struct problem *problem = &verb->problem;
	enum fault fault = take_replay(tx, verb, &replay, problem);
	if (fault == FAULT_NONE)
		fault = run_replay(tx, &replay, problem);
	if (fault != FAULT_NONE)
		return fault;
	buf_addf(&verb->reply, "{\"state\":\"%s\",\"retried\":%" PRId64 ",\"dry_run\":%s}",
		 replay.state, replay.retried, verb->dry_run ? "true" : "false");
	return tx_audit(tx, "delivery_retry", "deliveries", &verb->reply, problem);
}

const struct verb_kind verb_delivery_retry_all = { "delivery_retry_all", run_retry_all, false };
