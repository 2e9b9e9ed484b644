/*
 * The REST API (jiebang/wire.h) on top of the front: it judges who asks, finds the route's row, reads from its own
 * connection or submits a verb to the engine, and answers. Loop thread only.
 */
#ifndef JIEBANG_API_H
#define JIEBANG_API_H

#include "courier/guard.h"
#include "engine/engine.h"
#include "http/front.h"
#include "jiebang/buf.h"
#include "jiebang/clock.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct api;
struct event_base;
struct store;
struct templates;

/* What only the roof can do. Each may be NULL. */
struct api_hooks {
	/*
	 * POST /v1/clock/advance on a simulated clock: walk to `to_at`, or with `jump` skip there as an outage would.
	 * Call `done` exactly once, on the loop thread, now or later; `problem` is NULL on success.
	 */
	void (*advance)(void *arg, int64_t to_at, bool jump,
			void (*done)(void *request, const struct problem *problem), void *request);
	/* A clock hold was ended by an operator (committed, before the answer is sent): plan again. */
	void (*clock_changed)(void *arg);
	/* Whether the roof is fit to serve; else fill `why->detail`. A clock hold and an unreadable store are found by the API. */
	bool (*ready)(void *arg, struct problem *why);
	/* Adds the roof's own metrics in Prometheus text (HELP and TYPE included). */
	void (*metrics)(void *arg, struct buf *out);
	void *arg;
};

/* Everything is borrowed and outlives the api; `hooks` is copied. `https_only` is the rule for URLs of endpoints. */
struct api *api_new(struct event_base *base, struct engine *engine, struct store *reader,
		    const struct clock *clock, const struct guard *guard, bool https_only,
		    const struct api_hooks *hooks);
/* Files that are handed in: where they go, and what bounds them. */
struct api_material_options {
	int64_t min_free_bytes; /* uploads are refused when less would be left on the disk */
	int upload_max_age_s;   /* one that gets no byte for so long is given up */
	unsigned uploads_max;   /* under way at a time */
};
/* Sweeps what torn uploads left, before anything else. */
MUST_CHECK enum fault api_materials_open(struct api *api, const char *state_dir,
					 const struct api_material_options *options,
					 struct problem *problem);
/* Whether mails can be sent: an endpoint of mail is refused else. */
void api_set_mail(struct api *api, bool possible);
/* Ends the worker, whose last jobs still reach the engine. NULL is fine. */
void api_materials_stop(struct api *api);
/* Replaces the programmes as their files say; owned from here on (NULL: none). */
void api_set_programmes(struct api *api, struct programme_set *programmes);
/* The same of the texts of messages. */
void api_set_templates(struct api *api, struct templates *templates);
/* How long a stream of events may be silent; 15 until it is set. */
void api_set_heartbeat(struct api *api, int heartbeat_s);
struct front_callbacks api_callbacks(struct api *api);
/* News: something was committed. Wire it to engine_on_commit; `arg` is the api. */
void api_changed(void *arg);
/* Answers those who wait for news at once, so that a drain need not wait for them. */
void api_drain(struct api *api);
/* After the front is gone or drained; requests still waiting are answered with 503. */
void api_free(struct api *api);

#endif
