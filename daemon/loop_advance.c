/*
 * Simulated time. A walk stops at every instant at which something is due, lets it be planned, sent and recorded,
 * and goes on, as if the daemon had been up all the while. A jump goes there at once, as an outage would.
 */
#include "courier/pump.h"
#include "jiebang/civil.h"
#include "loop_inside.h"

#include <stdio.h>
#include <string.h>

static void finish(struct loop *loop, const struct problem *problem)
{
	loop->advance.running = false;
	loop->advance.done(loop->advance.request, problem);
}

static void set_done(struct verb *verb)
{
	struct loop *loop = verb->arg;
	loop->advance.setting = false;
	if (verb->fault != FAULT_NONE) {
		finish(loop, &verb->problem);
	} else {
		clock_simulated_set(&loop->clock, verb->at);
		pump_turn(loop->pump);
	}
	verb_free(verb);
}

static void set_clock(struct loop *loop, int64_t at)
{
	struct verb *verb = verb_new(&verb_clock_set, set_done, loop);
	verb->at = at;
	loop->advance.setting = true;
	engine_submit(loop->engine, verb);
}

void loop_advance(void *arg, int64_t to_at, bool jump,
		  void (*done)(void *request, const struct problem *problem), void *request)
{
	struct loop *loop = arg;
	struct problem problem;
	if (loop->advance.running || loop->stopping) {
		(void)problem_set(&problem, FAULT_CONFLICT, "%s",
				  loop->stopping ? "the daemon is stopping"
						 : "the clock is being advanced already");
		done(request, &problem);
		return;
	}
	if (to_at < clock_now_at(&loop->clock)) {
		(void)problem_set(&problem, FAULT_REFUSED, "a simulated clock can't go back");
		done(request, &problem);
		return;
	}
	loop->advance.running = true;
	loop->advance.to_at = to_at;
	loop->advance.done = done;
	loop->advance.request = request;
	if (jump)
		set_clock(loop, to_at);
	else
		pump_turn(loop->pump);
}

void loop_advance_step(struct loop *loop)
{
	if (!loop->advance.running || loop->advance.setting || !pump_idle(loop->pump))
		return;
	int64_t now_at = clock_now_at(&loop->clock);
	int64_t next_at = pump_on_hold(loop->pump) ? INT64_MAX : pump_wake_at(loop->pump);
	if (now_at >= loop->advance.to_at) {
		finish(loop, NULL);
		return;
	}
	if (loop->stopping) {
		loop_advance_stopped(loop);
		return;
	}
	if (next_at <= now_at)
		next_at = now_at + 1;
	set_clock(loop, next_at < loop->advance.to_at ? next_at : loop->advance.to_at);
}

void loop_advance_failed(struct loop *loop, const struct problem *problem)
{
	if (loop->advance.running && !loop->advance.setting)
		finish(loop, problem);
}

void loop_advance_stopped(struct loop *loop)
{
	struct problem problem;
	char now[CIVIL_INSTANT_BYTES];
	civil_instant_write(clock_now_at(&loop->clock), now);
	(void)problem_set(&problem, FAULT_BUSY,
			  "the daemon is stopping; the clock stands at %s and goes on from there",
			  now);
	loop_advance_failed(loop, &problem);
}
