/* The engine's inside, shared by engine.c (running verbs) and start.c (caches, first steps, clock hold). */
#ifndef JIEBANG_ENGINE_INSIDE_H
#define JIEBANG_ENGINE_INSIDE_H

#include "engine/tx.h"

#include <pthread.h>
#include <stdatomic.h>

/* Contract 8: a jump of more than 6 h against the monotonic clock; at start 1 h back or 400 days ahead. */
#define CLOCK_STEP_MAX_S        (6 * 3600)
#define CLOCK_START_BACK_MAX_S  3600
#define HIGH_WATER_STEP_S       60 /* the highest time seen is written at most so often */
#define CLOCK_START_AHEAD_MAX_S (400LL * 86400)

struct engine {
	struct tx tx;
	struct retry_schedule retry;
	struct health_policy health;

	bool threaded;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct verb *waiting, **waiting_tail; /* under lock */
	struct verb *done, **done_tail;       /* under lock */
	bool stopping;                        /* under lock */
	atomic_bool changed;
	atomic_bool stirred;
	int event_fd;
	unsigned load; /* loop thread only */
	void (*on_commit)(void *arg);
	void *on_commit_arg;
};

/* Runs verbs up to the end of the list, in as few transactions as can be (group.c). */
void engine_run(struct engine *engine, struct verb *list);

/* Instance row, clock checks, recovery of what an earlier boot left `sending`. One transaction. */
MUST_CHECK enum fault engine_start(struct engine *engine, struct problem *problem);
/* Reads instance and calendar again if a cache was dropped. */
MUST_CHECK enum fault engine_caches_load(struct engine *engine, struct problem *problem);
void engine_caches_drop(struct engine *engine);
void engine_caches_free(struct engine *engine);
/* Puts the daemon on clock hold, with its event. step_s tells how far the clock went. */
MUST_CHECK enum fault engine_hold(struct tx *tx, int64_t step_s, struct problem *problem);

#endif
