/*
 * The clock: a simulated one is moved, a hold is accepted or begun. And the ping that proves that the writer lives.
 */
#include "engine/missed.h"
#include "engine/tx.h"
#include "jiebang/civil.h"
#include "jiebang/log.h"

#include <inttypes.h>

static enum fault run_set(struct tx *tx, struct verb *verb)
{
	if (!tx->instance.simulated)
		return problem_set(&verb->problem, FAULT_REFUSED,
				   "the clock is real; only a simulated clock can be advanced");
	if (verb->at < tx->now_at)
		return problem_set(&verb->problem, FAULT_REFUSED,
				   "a simulated clock can't go back");
	int64_t was_at = tx->instance.simulated_at;
	tx->instance.simulated_at = verb->at;
	tx->instance.high_water_at = verb->at;
	tx->instance_dirty = true;
	tx->now_at = verb->at;
	missed_begin(tx, was_at);
	clock_simulated_set(&tx->clock, verb->at);
	return FAULT_NONE;
}

const struct verb_kind verb_clock_set = { "clock_set", run_set, false };

static enum fault run_accept(struct tx *tx, struct verb *verb)
{
	struct buf detail = BUF_EMPTY;
	char now[CIVIL_INSTANT_BYTES];
	enum fault fault = FAULT_NONE;
	civil_instant_write(tx->now_at, now);
	if (tx->instance.hold) {
		tx->instance.hold = false;
		missed_begin(tx, tx->instance.high_water_at);
		tx->instance.high_water_at = tx->now_at;
		tx->instance_dirty = true;
		tx->seen_at = tx->now_at;
		tx->seen_mono_ms = clock_mono_ms();
		buf_addf(&detail, "{\"accepted\":\"%s\"}", now);
		fault = event_append(
			tx->store, tx->now_at,
			&(struct event_row){ .type = "clock.accepted", .data = buf_str(&detail) },
			&verb->problem);
		if (fault == FAULT_NONE)
			fault = tx_audit(tx, "clock_accept", "clock", &detail, &verb->problem);
		log_info("clock accepted", "now=%s", now);
		tx_stir(tx);
	}
	/* The row is written by whoever runs us; the answer needs it now. */
	if (fault == FAULT_NONE && tx->instance_dirty)
		fault = instance_put(tx->store, &tx->instance, &verb->problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_clock, 0, NULL);
	buf_clear(&detail);
	return fault;
}

const struct verb_kind verb_clock_accept = { "clock_accept", run_accept, false };

static enum fault run_ping(struct tx *tx, struct verb *verb)
{
	(void)tx;
	(void)verb;
	return FAULT_NONE;
}

const struct verb_kind verb_ping = { "ping", run_ping, false };
