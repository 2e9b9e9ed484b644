/*
 * The pump moves deliveries: planner → claim → sender → outcome, and says when it wants to be woken. It knows no
 * loop and no socket: the sender is a seam (the courier, or a recorder in simulation), time comes with each call.
 *
 * Outcomes are gathered for a few milliseconds, so that one fsync carries many, and claims travel with them. If the
 * disk refuses outcomes they are kept and offered again: nothing is claimed meanwhile.
 */
#ifndef JIEBANG_PUMP_H
#define JIEBANG_PUMP_H

#include "courier/courier.h"
#include "engine/engine.h"

#include <stdbool.h>
#include <stdint.h>

struct pump;

struct pump_sender {
	void (*submit)(void *arg, struct courier_job *job);
	unsigned (*load)(void *arg);
	void *arg;
};

struct pump_options {
	unsigned claim_max;          /* claimed and not yet finished, in all */
	unsigned claim_per_endpoint; /* and of one endpoint: in flight, and a few ahead of it */
	unsigned
		claim_mails; /* and of mails, which share one relay: it must not fill the place of all else */
	/* Bounds catching up after an outage; 0: as fast as receivers answer. */
	unsigned claims_per_second;
	/* Outcomes wait: call pump_flush in about GATHER_MS. Called once until then. */
	void (*gather)(void *arg);
	/* The budget of this second is spent: call pump_turn in about `wait_ms`. Not called without claims_per_second. */
	void (*budget_spent)(void *arg, int64_t wait_ms);
	/* A fault keeps the pump from going on: call pump_turn in about a second. */
	void (*again_later)(void *arg, enum fault fault, const struct problem *problem);
	/* Something changed: ask pump_wake_at, pump_idle. */
	void (*changed)(void *arg);
	/* How attempts went is to be written down: call pump_figures_write in about `wait_ms`. NULL: that is not asked for. */
	void (*figures_later)(void *arg, int64_t wait_ms);
	void *arg;
};

#define PUMP_GATHER_MS 2

struct pump *pump_new(struct engine *engine, const struct pump_sender *sender,
		      const struct pump_options *options);
void pump_free(struct pump *pump);

/* Something may be due: look, from the agenda on. */
void pump_turn(struct pump *pump);
/* An attempt ended: the sender hands the job back (freed here). */
void pump_finished(struct pump *pump, struct courier_job *job, const struct courier_result *result);
/* Hands gathered outcomes to the engine. */
void pump_flush(struct pump *pump);
/* Writes down how attempts went, as far as it is known. Before the engine ends, once more. */
void pump_figures_write(struct pump *pump);
struct figures_sum;
/* Of all endpoints since the start; NULL if nobody asked for figures. */
const struct figures_sum *pump_figures(const struct pump *pump);
/* Another claims_per_second, from now on. */
void pump_set_rate(struct pump *pump, unsigned claims_per_second);
/* No further claims; those out finish. For a drain. */
void pump_stop(struct pump *pump);

/* Instant of the next thing due, INT64_MAX if none is known. */
int64_t pump_wake_at(const struct pump *pump);
/* Nothing planned, claimed, sent or recorded at the moment. */
bool pump_idle(const struct pump *pump);
/* The planner found a clock hold. */
bool pump_on_hold(const struct pump *pump);

struct pump_counts {
	int64_t steps;     /* decided by the planner */
	int64_t attempts;  /* claimed */
	int64_t delivered; /* 2xx */
};
struct pump_counts pump_counts(const struct pump *pump);

#endif
