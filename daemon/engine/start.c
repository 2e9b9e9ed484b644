/*
 * The engine's first steps and its caches: whose state this is, whether the clock can be trusted, what an earlier
 * boot left in the air.
 */
#include "engine/engine_inside.h"

#include "engine/missed.h"
#include "engine/paper.h"
#include "engine/settle.h"

#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "jiebang/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void engine_caches_drop(struct engine *engine)
{
	engine->tx.caches_fresh = false;
	engine->tx.audit.known = false;
}

void engine_caches_free(struct engine *engine)
{
	calendar_free(engine->tx.calendar);
	engine->tx.calendar = NULL;
	tx_rules_forget(&engine->tx);
	tx_papers_free(&engine->tx);
	programme_set_free(engine->tx.programmes);
	engine->tx.programmes = NULL;
	templates_free(engine->tx.templates);
	engine->tx.templates = NULL;
	free(engine->tx.sending);
	engine->tx.sending = NULL;
	free(engine->tx.tally.slots);
	free(engine->tx.group_tally.slots);
	engine->tx.tally = engine->tx.group_tally = (struct tally_list){ .n = 0 };
}

void programme_set_free(struct programme_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->n; i++)
		programme_free(set->items[i]);
	free(set->items);
	free(set);
}

enum fault engine_caches_load(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	if (engine->tx.caches_fresh)
		return FAULT_NONE;
	struct calendar *calendar;
	enum fault fault = instance_get(tx->store, &tx->instance, problem);
	if (fault == FAULT_NONE)
		fault = calendar_load(tx->store, &calendar, problem);
	if (fault != FAULT_NONE)
		return fault;
	calendar_free(tx->calendar);
	tx->calendar = calendar;
	if (tx->instance.simulated) {
		clock_simulated_set(&engine->tx.clock, tx->instance.simulated_at);
		tx->now_at = tx->instance.simulated_at;
	}
	/* A rule version never changes, but a row of it may have been undone. */
	tx_rules_forget(tx);
	tx_papers_free(tx);
	engine->tx.caches_fresh = true;
	return FAULT_NONE;
}

enum fault engine_hold(struct tx *tx, int64_t step_s, struct problem *problem)
{
	char data[512];
	struct instance *instance = &tx->instance;
	instance->hold = true;
	instance->hold_since_at = tx->now_at;
	(void)snprintf(instance->hold_reason, sizeof(instance->hold_reason),
		       "the clock went %s by %lld days %lld hours; check it, then: jiebangctl "
		       "clock accept",
		       step_s < 0 ? "back" : "ahead", llabs((long long)step_s) / 86400,
		       llabs((long long)step_s) % 86400 / 3600);
	(void)snprintf(data, sizeof(data), "{\"step_s\":%" PRId64 ",\"high_water_at\":%" PRId64 "}",
		       step_s, instance->high_water_at);
	log_warning("clock hold", "step_s=%" PRId64 " high_water_at=%" PRId64, step_s,
		    instance->high_water_at);
	return event_append(tx->store, tx->now_at,
			    &(struct event_row){ .type = "clock.hold", .data = data }, problem);
}

/* A new database: whose it is. */
static enum fault found(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	struct instance *instance = &tx->instance;
	*instance = (struct instance){ .simulated = engine->tx.clock.simulated,
				       .simulated_at = tx->now_at,
				       .high_water_at = tx->now_at };
	tx_random(tx, instance->uid, sizeof(instance->uid));
	return instance_create(tx->store, instance, tx->now_at, problem);
}

static enum fault check_kind(const struct engine *engine, struct problem *problem)
{
	const struct instance *instance = &engine->tx.instance;
	if (instance->simulated == engine->tx.clock.simulated)
		return FAULT_NONE;
	return problem_set(
		problem, FAULT_REFUSED,
		"this state was made under a %s clock and the configuration says clock = \"%s\"; "
		"use another state_dir, or the clock it was made under",
		instance->simulated ? "simulated" : "real",
		engine->tx.clock.simulated ? "simulated:…" : "real");
}

/*
 * The real clock is judged against the highest time seen. A simulated one goes on where it stood, or, if the
 * configuration names a later instant, from there, as after an outage.
 */
static enum fault take_time(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	struct instance *instance = &tx->instance;
	if (instance->simulated) {
		if (instance->simulated_at > engine->tx.clock.simulated_at)
			clock_simulated_set(&engine->tx.clock, instance->simulated_at);
		tx->now_at = engine->tx.clock.simulated_at;
		instance->simulated_at = tx->now_at;
	}
	int64_t step_s = tx->now_at - instance->high_water_at;
	enum fault fault = FAULT_NONE;
	if (!instance->hold &&
	    (step_s < -CLOCK_START_BACK_MAX_S || step_s > CLOCK_START_AHEAD_MAX_S))
		fault = engine_hold(tx, step_s, problem);
	if (!instance->hold && step_s > 0) {
		missed_begin(tx, instance->high_water_at);
		instance->high_water_at = tx->now_at;
	}
	engine->tx.seen_at = tx->now_at;
	engine->tx.seen_mono_ms = clock_mono_ms();
	return fault;
}

static enum fault start_steps(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	tx->now_at = clock_now_at(&engine->tx.clock);
	tx->actor = "daemon";
	enum fault fault = instance_get(tx->store, &tx->instance, problem);
	if (fault == FAULT_NOT_FOUND)
		fault = found(engine, problem);
	if (fault == FAULT_NONE)
		fault = check_kind(engine, problem);
	if (fault == FAULT_NONE)
		fault = take_time(engine, problem);
	if (fault == FAULT_NONE) {
		tx->instance.boot++;
		fault = instance_put(tx->store, &tx->instance, problem);
	}
	if (fault == FAULT_NONE)
		fault = delivery_recover(tx, problem);
	if (fault == FAULT_NONE)
		fault = tx_tally_write(tx, &tx->tally, problem);
	return fault;
}

enum fault engine_start(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	enum fault fault = store_begin(tx->store, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = start_steps(engine, problem);
	if (fault == FAULT_NONE)
		fault = store_commit(tx->store, problem);
	if (fault != FAULT_NONE)
		store_rollback(tx->store);
	engine_caches_drop(engine);
	return fault;
}
