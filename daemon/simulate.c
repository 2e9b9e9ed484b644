/*
 * Looking ahead on a copy of the state. Time is walked from due instant to due instant.
 */
#include "simulate.h"

#include "conf.h"
#include "courier/pump.h"
#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "sources.h"
#include "store/programme.h"
#include "store/simulated.h"
#include "store/store.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct simulation {
	struct engine *engine;
	struct store *store; /* the engine's; read between verbs */
	struct pump *pump;
	struct clock clock;
	struct courier_job *out; /* handed over, to be answered */
	unsigned n_out;
	const char *programme;
	bool broken;
	int64_t steps, messages;
};

/* ---- the recorder: a sender that answers 200 at once ---- */

static void record(void *arg, struct courier_job *job)
{
	struct simulation *simulation = arg;
	job->next = simulation->out;
	simulation->out = job;
	simulation->n_out++;
}

static unsigned load(void *arg)
{
	return ((struct simulation *)arg)->n_out;
}

static void answer_all(struct simulation *simulation)
{
	struct courier_result result = { .end = ATTEMPT_ANSWERED,
					 .status = 200,
					 .retry_after_s = -1 };
	while (simulation->out) {
		struct courier_job *job = simulation->out;
		simulation->out = job->next;
		simulation->n_out--;
		pump_finished(simulation->pump, job, &result);
	}
	pump_flush(simulation->pump);
}

static void nothing(void *arg)
{
	(void)arg;
}

static void again_later(void *arg, enum fault fault, const struct problem *problem)
{
	struct simulation *simulation = arg;
	simulation->broken = true;
	log_error("simulation broken", "fault=%s detail=\"%s\"", fault_name(fault),
		  problem->detail);
}

/* ---- time ---- */

static void settle(struct simulation *simulation)
{
	pump_turn(simulation->pump);
	do {
		engine_collect(simulation->engine);
		answer_all(simulation);
	} while (!simulation->broken &&
		 !(pump_idle(simulation->pump) && engine_load(simulation->engine) == 0));
}

static bool set_clock(struct simulation *simulation, int64_t at)
{
	struct verb *verb = verb_new(&verb_clock_set, NULL, NULL);
	verb->at = at;
	enum fault fault = engine_call(simulation->engine, verb);
	if (fault != FAULT_NONE)
		log_error("simulation broken", "detail=\"%s\"", verb->problem.detail);
	verb_free(verb);
	clock_simulated_set(&simulation->clock, at);
	return fault == FAULT_NONE;
}

/* "message", or "item" where it is one of a digest's. */
static void print_message(const struct simulated_row *row, const char *at)
{
	(void)printf("%s %s un_%" PRId64 " ob_%" PRId64 " %s %s ep_%" PRId64 " %s\n", at,
		     row->kind == SIMULATED_ITEM ? "item   " : "message", row->unit_key,
		     row->obligation_key, row->step, row->what, row->endpoint_key, row->id);
}

static void print_row(void *arg, const struct simulated_row *row)
{
	struct simulation *simulation = arg;
	char at[CIVIL_INSTANT_BYTES];
	civil_instant_write(row->at, at);
	switch (row->kind) {
	case SIMULATED_STEP:
		simulation->steps++;
		(void)printf("%s step    un_%" PRId64 " ob_%" PRId64 " %s %s%s%s\n", at,
			     row->unit_key, row->obligation_key, row->step, row->what,
			     row->reason[0] ? " " : "", row->reason);
		return;
	case SIMULATED_MESSAGE:
		simulation->messages++;
		print_message(row, at);
		return;
	case SIMULATED_ITEM:
		print_message(row, at);
		return;
	case SIMULATED_DIGEST:
		simulation->messages++;
		(void)printf("%s digest  %s items %s ep_%" PRId64 " %s\n", at, row->step, row->what,
			     row->endpoint_key, row->id);
		return;
	case SIMULATED_WHOLE:
		simulation->messages++;
		(void)printf("%s whole   %s ep_%" PRId64 " %s\n", at, row->what, row->endpoint_key,
			     row->id);
		return;
	}
	BUG("no such kind of row");
}

/* Silence has a reason, and somebody who looks ahead wants to know it. */
static enum fault explain_nothing(const struct simulation *simulation, struct problem *problem)
{
	struct programme_row programme;
	char at[CIVIL_INSTANT_BYTES];
	int64_t next_at = pump_wake_at(simulation->pump);
	enum fault fault =
		programme_row_get(simulation->store, simulation->programme, &programme, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!programme.published_on[0])
		(void)printf("# nothing: %s is not published, so nobody owes anything yet\n",
			     simulation->programme);
	else if (next_at == INT64_MAX)
		(void)printf("# nothing: nobody owes anything any more\n");
	else {
		civil_instant_write(next_at, at);
		(void)printf("# nothing until then; the next thing that any programme has to say "
			     "comes at %s\n",
			     at);
	}
	return FAULT_NONE;
}

static int walk(struct simulation *simulation, int64_t until_at)
{
	int64_t from_at = clock_now_at(&simulation->clock);
	struct problem problem;
	for (;;) {
		settle(simulation);
		int64_t next_at = pump_wake_at(simulation->pump);
		if (simulation->broken || next_at > until_at)
			break;
		int64_t now_at = clock_now_at(&simulation->clock);
		if (!set_clock(simulation, next_at > now_at ? next_at : now_at + 1))
			return 1;
	}
	enum fault fault = simulated_rows(simulation->store, simulation->programme, from_at,
					  print_row, simulation, &problem);
	if (fault == FAULT_NONE && simulation->steps + simulation->messages == 0)
		fault = explain_nothing(simulation, &problem);
	if (fault != FAULT_NONE) {
		(void)fprintf(stderr, "jiebangd: %s\n", problem.detail);
		return fault_exit_code(fault);
	}
	(void)printf("# %" PRId64 " steps, %" PRId64 " messages\n", simulation->steps,
		     simulation->messages);
	if (fflush(stdout) != 0 || simulation->broken)
		return 1;
	return 0;
}

/* ---- beginning and end ---- */

struct wish {
	const char *config, *programme, *until;
};

static void parse(int argc, char **argv, struct wish *wish)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "programme", required_argument, NULL, 'p' },
						 { "until", required_argument, NULL, 'u' },
						 { NULL, 0, NULL, 0 } };
	int option;
	*wish = (struct wish){ .config = NULL };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			wish->config = optarg;
		else if (option == 'p')
			wish->programme = optarg;
		else if (option == 'u')
			wish->until = optarg;
		else
			exit(64);
	}
	if (!wish->config || !wish->programme || !wish->until || optind != argc)
		fatal(64, "usage: jiebangd simulate --config FILE --programme ID --until DATE");
}

static enum fault open_copy(struct simulation *simulation, const struct conf *conf,
			    struct problem *problem)
{
	struct engine_options options = { .clock = &simulation->clock,
					  .retry = conf->retry,
					  .health = conf->health,
					  .spaced_hosts = conf->spaced_hosts.item,
					  .n_spaced_hosts = conf->spaced_hosts.n,
					  .seed = 1 };
	enum fault fault = store_open_copy(conf->state_dir, &simulation->store, problem);
	if (fault != FAULT_NONE)
		return fault;
	/* The copy goes on under a simulated clock from the instant that the original has reached. */
	int64_t now_at = conf->simulated ? conf->simulated_at : clock_wall_at();
	fault = simulated_take_over(simulation->store, &now_at, problem);
	if (fault != FAULT_NONE) {
		store_close(simulation->store);
		return fault;
	}
	clock_init_simulated(&simulation->clock, now_at);
	options.store = simulation->store;
	fault = engine_new(&options, &simulation->engine, problem);
	if (fault == FAULT_NONE)
		fault = sources_load(conf, simulation->engine, problem);
	return fault;
}

int simulate_main(int argc, char **argv)
{
	struct wish wish;
	struct conf *conf;
	struct problem problem;
	struct simulation simulation = { .n_out = 0 };
	int64_t until_at;
	int32_t until_on;
	parse(argc, argv, &wish);
	if (!civil_parse(wish.until, &until_on))
		fatal(64, "--until must be a day as YYYY-MM-DD, not \"%s\"", wish.until);
	until_at = civil_end_at(until_on) - 1;
	log_set_level(LOG_LEVEL_WARNING);
	if (conf_load(wish.config, &conf, &problem) != FAULT_NONE)
		fatal(78, "%s", problem.detail);
	simulation.programme = wish.programme;
	enum fault fault = open_copy(&simulation, conf, &problem);
	if (fault != FAULT_NONE)
		fatal(fault == FAULT_IO ? 74 : 78, "%s", problem.detail);
	if (until_at < clock_now_at(&simulation.clock)) {
		char now[CIVIL_INSTANT_BYTES];
		civil_instant_write(clock_now_at(&simulation.clock), now);
		fatal(64, "--until %s is over: the clock of this state stands at %s", wish.until,
		      now);
	}
	struct pump_sender sender = { record, load, &simulation };
	struct pump_options options = { .claim_max = 512,
					.claim_per_endpoint = 512,
					.gather = nothing,
					.again_later = again_later,
					.changed = nothing,
					.arg = &simulation };
	simulation.pump = pump_new(simulation.engine, &sender, &options);
	int code = walk(&simulation, until_at);
	engine_free(simulation.engine);
	pump_free(simulation.pump);
	conf_free(conf);
	return code;
}
