/*
 * Timers: a kind, a key, an instant, and a handler for each kind. The planner comes here when no step of an obligation
 * is due any more, so that what a timer gathers or judges has seen everything up to its instant.
 */
#include "engine/timers.h"

#include "engine/apart.h"
#include "engine/gap.h"
#include "engine/health.h"
#include "engine/weekly.h"
#include "engine/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef enum fault timer_fn(struct tx *tx, const struct timer_row *timer, struct problem *problem);

static enum fault on_window_end(struct tx *tx, const struct timer_row *timer,
				struct problem *problem)
{
	return window_ended(tx, timer->key, problem);
}

static enum fault on_calendar_warning(struct tx *tx, const struct timer_row *timer,
				      struct problem *problem)
{
	return gap_warn(tx, (int)timer->key, problem);
}

static enum fault on_weekly(struct tx *tx, const struct timer_row *timer, struct problem *problem)
{
	return weekly_run(tx, timer->key, problem);
}

static enum fault on_endpoint_health(struct tx *tx, const struct timer_row *timer,
				     struct problem *problem)
{
	return health_run(tx, timer->key, problem);
}

static const struct handler {
	const char *kind;
	timer_fn *run;
	bool is_long; /* the last of its transaction: it has work for one */
} handlers[] = {
	{ "window_end", on_window_end, false },
	{ "calendar_warning", on_calendar_warning, false },
	{ "weekly", on_weekly, true },
	{ "endpoint_health", on_endpoint_health, false },
};

static const struct handler *handler_of(const struct timer_row *timer)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (strcmp(handlers[i].kind, timer->kind) == 0)
			return &handlers[i];
	return NULL;
}

static enum fault run_timer(struct tx *tx, void *arg, struct problem *problem)
{
	const struct timer_row *timer = arg;
	enum fault fault = timer_clear(tx->store, timer->kind, timer->key, problem);
	const struct handler *handler = handler_of(timer);
	return fault == FAULT_NONE && handler ? handler->run(tx, timer, problem) : fault;
}

static enum fault run_apart(struct tx *tx, struct timer_row *timer, struct problem *problem)
{
	char what[TIMER_KIND_BYTES + 32];
	bool broken;
	(void)snprintf(what, sizeof(what), "%s %" PRId64, timer->kind, timer->key);
	enum fault fault = tx_apart(tx, run_timer, timer, what, &broken, problem);
	if (fault == FAULT_NONE && broken)
		fault = timer_set(tx->store, timer->kind, timer->key, tx->now_at + PUT_ASIDE_S,
				  problem);
	return fault;
}

enum fault timers_run(struct tx *tx, int max, bool careful, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	bool found = true;
	for (int i = 0; fault == FAULT_NONE && found && i < max; i++) {
		struct timer_row timer;
		fault = timer_due(tx->store, tx->now_at, &timer, &found, problem);
		if (fault != FAULT_NONE || !found)
			break;
		fault = careful ? run_apart(tx, &timer, problem) : run_timer(tx, &timer, problem);
		const struct handler *handler = handler_of(&timer);
		if (handler && handler->is_long)
			break;
	}
	return fault;
}
