/* The loop's inside, shared by loop.c (wiring), loop_signal.c (start, stop, reload, watchdog) and loop_advance.c (simulated time). */
#ifndef JIEBANG_LOOP_INSIDE_H
#define JIEBANG_LOOP_INSIDE_H

#include "conf.h"
#include "courier/guard.h"
#include "engine/engine.h"
#include "jiebang/clock.h"

struct event;
struct event_base;

struct loop {
	struct conf *conf; /* owned */
	struct event_base *base;
	struct clock clock; /* the loop thread's own copy */
	struct guard *guard;
	struct engine *engine;
	struct store *reader;
	struct api *api;
	struct front *front;
	struct courier *courier;
	struct pump *pump;

	int timer_fd;
	int64_t armed_at;
	bool changed_pending;
	bool troubled; /* the store refuses writes */
	struct event *gather, *figures, *again, *changed, *timer, *engine_event;
	struct event *signals[3];
	struct event *watchdog, *stop_deadline;
	int64_t watchdog_ms; /* between two pings; 0: no watchdog */
	bool ping_running;

	bool stopping, drained;
	int code;

	/* A walk of the simulated clock; at most one at a time. */
	struct {
		bool running;
		bool setting; /* a verb_clock_set is under way */
		int64_t to_at;
		void (*done)(void *request, const struct problem *problem);
		void *request;
	} advance;
};

/* loop.c */
/* Arms a timer of the loop, once. */
void loop_in_ms(struct event *event, int64_t wait_ms);

/* loop_metrics.c */
struct buf;
void loop_metrics(void *arg, struct buf *out);

/* loop_signal.c */
void loop_watch_signals(struct loop *loop);
void loop_ready(struct loop *loop);
/* Ends the loop when a stop was asked for and everything under way is finished. */
void loop_stop_step(struct loop *loop);

/* loop_advance.c */
void loop_advance(void *arg, int64_t to_at, bool jump,
		  void (*done)(void *request, const struct problem *problem), void *request);
void loop_advance_step(struct loop *loop);
/* Ends a walk that the stop has overtaken; whoever asked is told how far it came. */
void loop_advance_stopped(struct loop *loop);
void loop_advance_failed(struct loop *loop, const struct problem *problem);

#endif
