/*
 * One loop, one timer. The pump says when something is due next; a timerfd on the wall clock is armed for that
 * instant and for nothing else, and is cancelled by the kernel when the clock is set, so that an idle daemon sleeps
 * and a stepped clock wakes it at once.
 */
#include "loop.h"

#include "conf_mail.h"
#include "courier/pump.h"
#include "http/api.h"
#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "loop_inside.h"
#include "sockets.h"
#include "sources.h"
#include "store/store.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

/* ---- the pump's wishes ---- */

void loop_in_ms(struct event *event, int64_t wait_ms)
{
	struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = (wait_ms % 1000) * 1000 };
	(void)evtimer_add(event, &wait);
}

static void pump_gather(void *arg)
{
	struct loop *loop = arg;
	loop_in_ms(loop->gather, PUMP_GATHER_MS);
}

static void on_gather(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	pump_flush(loop->pump);
}

static void pump_again_later(void *arg, enum fault fault, const struct problem *problem)
{
	struct loop *loop = arg;
	if (!loop->troubled)
		log_error("store refuses", "fault=%s detail=\"%s\"; trying again every second",
			  fault_name(fault), problem->detail);
	loop->troubled = true;
	loop_in_ms(loop->again, 1000);
	loop_advance_failed(loop, problem);
}

static void pump_budget_spent(void *arg, int64_t wait_ms)
{
	struct loop *loop = arg;
	loop_in_ms(loop->again, wait_ms);
}

static void pump_figures_later(void *arg, int64_t wait_ms)
{
	struct loop *loop = arg;
	loop_in_ms(loop->figures, wait_ms);
}

static void on_figures(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	pump_figures_write(loop->pump);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	pump_turn(loop->pump);
}

static void clock_was_set(struct loop *loop)
{
	log_info("clock set", "now=%" PRId64, clock_wall_at());
	pump_turn(loop->pump);
}

/* Arms the one timer for the earliest thing due. A simulated clock needs none: it stands still. */
static void arm(struct loop *loop)
{
	int64_t at = loop->stopping || loop->clock.simulated ? INT64_MAX : pump_wake_at(loop->pump);
	if (at == loop->armed_at)
		return;
	/* Far-off instants are armed as well: only for the sake of being cancelled when the clock is set. */
	struct itimerspec when = { .it_value = { .tv_sec = at == INT64_MAX ? INT32_MAX : at } };
	int failed = timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
				     &when, NULL);
	/* The clock was set since the last arming and nobody has read it yet: armed all the same, and told only here. */
	bool clock_set = failed && errno == ECANCELED;
	INVARIANT(!failed || clock_set);
	loop->armed_at = at;
	if (clock_set)
		clock_was_set(loop);
}

static void pump_changed(void *arg)
{
	struct loop *loop = arg;
	if (!loop->changed_pending) {
		loop->changed_pending = true;
		event_active(loop->changed, EV_TIMEOUT, 0);
	}
}

static void store_heals(struct loop *loop)
{
	if (loop->troubled)
		log_info("store accepts again", NULL);
	loop->troubled = false;
}

static void on_changed(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	loop->changed_pending = false;
	/* All that was refused has been done since, even if that changed no row. */
	if (loop->troubled && pump_idle(loop->pump))
		store_heals(loop);
	arm(loop);
	loop_advance_step(loop);
	loop_stop_step(loop);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	uint64_t count;
	ssize_t got = read(fd, &count, sizeof(count));
	(void)what;
	loop->armed_at = 0;
	if (got < 0 && errno == ECANCELED)
		clock_was_set(loop);
	else
		pump_turn(loop->pump);
}

static void on_engine(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	engine_collect(loop->engine);
	if (engine_stirred(loop->engine))
		pump_turn(loop->pump);
}

static void on_commit(void *arg)
{
	struct loop *loop = arg;
	store_heals(loop);
	api_changed(loop->api);
}

/* ---- the sender's seam ---- */

static void sender_submit(void *arg, struct courier_job *job)
{
	courier_submit(((struct loop *)arg)->courier, job);
}

static unsigned sender_load(void *arg)
{
	return courier_load(((struct loop *)arg)->courier);
}

static void courier_finished(void *arg, struct courier_job *job,
			     const struct courier_result *result)
{
	pump_finished(((struct loop *)arg)->pump, job, result);
}

/* ---- hooks of the API ---- */

static void hook_clock_changed(void *arg)
{
	pump_turn(((struct loop *)arg)->pump);
}

static bool hook_ready(void *arg, struct problem *why)
{
	struct loop *loop = arg;
	if (loop->stopping)
		(void)problem_set(why, FAULT_BUSY, "the daemon is stopping");
	else if (loop->troubled)
		(void)problem_set(why, FAULT_IO, "the store refuses writes");
	return !loop->stopping && !loop->troubled;
}

/* ---- construction ---- */

static void engine_options_fill(struct loop *loop, struct engine_options *options)
{
	*options = (struct engine_options){ .state_dir = loop->conf->state_dir,
					    .clock = &loop->clock,
					    .threaded = true,
					    .retry = loop->conf->retry,
					    .health = loop->conf->health,
					    .spaced_hosts = loop->conf->spaced_hosts.item,
					    .n_spaced_hosts = loop->conf->spaced_hosts.n };
	if (loop->conf->simulated)
		clock_init_simulated(&loop->clock, loop->conf->simulated_at);
	else
		clock_init_real(&loop->clock);
}

static int code_of(enum fault fault)
{
	switch (fault) {
	case FAULT_CONFLICT:
		return 75;
	case FAULT_IO:
	case FAULT_FULL:
	case FAULT_CORRUPT:
	case FAULT_BUSY:
		return 74;
	case FAULT_NONE:
	case FAULT_INVALID:
	case FAULT_UNPROCESSED:
	case FAULT_NOT_FOUND:
	case FAULT_REFUSED:
	case FAULT_DENIED:
	case FAULT_STALE:
	case FAULT_TOO_LARGE:
		break;
	}
	return 78;
}

static enum fault open_guard(const struct conf *conf, struct guard **out, struct problem *problem)
{
	struct guard *guard = guard_new();
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < conf->egress_allow.n; i++)
		fault = guard_allow(guard, conf->egress_allow.item[i], problem);
	*out = guard;
	return fault;
}

static enum fault open_state(struct loop *loop, struct problem *problem)
{
	struct engine_options options;
	struct programme_set *set;
	struct templates *templates;
	engine_options_fill(loop, &options);
	enum fault fault = engine_new(&options, &loop->engine, problem);
	if (fault == FAULT_NONE)
		fault = store_open_reader(loop->conf->state_dir, &loop->reader, problem);
	if (fault == FAULT_NONE)
		fault = sources_load(loop->conf, loop->engine, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct api_hooks hooks = { .advance = loop_advance,
				   .clock_changed = hook_clock_changed,
				   .ready = hook_ready,
				   .metrics = loop_metrics,
				   .arg = loop };
	loop->api = api_new(loop->base, loop->engine, loop->reader, &loop->clock, loop->guard,
			    loop->conf->courier.https_only, &hooks);
	api_set_heartbeat(loop->api, loop->conf->http_heartbeat_s);
	api_set_mail(loop->api, loop->conf->courier.mail.relay != NULL);
	fault = sources_programmes(loop->conf, &set, problem);
	if (fault == FAULT_NONE)
		api_set_programmes(loop->api, set);
	if (fault == FAULT_NONE)
		fault = sources_templates(loop->conf, &templates, problem);
	if (fault == FAULT_NONE)
		api_set_templates(loop->api, templates);
	if (fault == FAULT_NONE)
		fault = api_materials_open(loop->api, loop->conf->state_dir, &loop->conf->materials,
					   problem);
	return fault;
}

static void open_pump(struct loop *loop)
{
	const struct courier_options *courier = &loop->conf->courier;
	struct pump_sender sender = { sender_submit, sender_load, loop };
	struct pump_options options = { .claim_max = courier->in_flight_max * 16,
					.claim_per_endpoint = courier->in_flight_per_endpoint * 8,
					.claim_mails = courier->mail.connections * 8,
					.claims_per_second =
						(unsigned)loop->conf->catch_up_per_second,
					.gather = pump_gather,
					.budget_spent = pump_budget_spent,
					.again_later = pump_again_later,
					.changed = pump_changed,
					.figures_later = pump_figures_later,
					.arg = loop };
	loop->courier = courier_new(loop->base, courier, loop->guard, courier_finished, loop);
	loop->pump = pump_new(loop->engine, &sender, &options);
	engine_on_commit(loop->engine, on_commit, loop);
}

static struct event *watch(struct loop *loop, int fd, short what, event_callback_fn callback)
{
	struct event *event = event_new(loop->base, fd, what, callback, loop);
	INVARIANT(event != NULL);
	if (fd >= 0)
		INVARIANT(event_add(event, NULL) == 0);
	return event;
}

static void open_events(struct loop *loop)
{
	loop->timer_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	INVARIANT(loop->timer_fd >= 0);
	loop->gather = watch(loop, -1, 0, on_gather);
	loop->figures = watch(loop, -1, 0, on_figures);
	loop->again = watch(loop, -1, 0, on_again);
	loop->changed = watch(loop, -1, 0, on_changed);
	loop->timer = watch(loop, loop->timer_fd, EV_READ | EV_PERSIST, on_timer);
	loop->engine_event = watch(loop, engine_fd(loop->engine), EV_READ | EV_PERSIST, on_engine);
	loop_watch_signals(loop);
}

static enum fault open_sockets(struct loop *loop, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	char name[160];
	int inherited = sd_listen_fds(1);
	for (int i = 0; i < inherited; i++) {
		int fd = SD_LISTEN_FDS_START + i;
		(void)evutil_make_socket_nonblocking(fd);
		socket_name(fd, name, sizeof(name));
		if (!front_listen(loop->front, fd, sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) > 0))
			return problem_set(problem, FAULT_IO, "cannot use the inherited socket %s",
					   name);
		log_info("listening", "address=%s inherited=yes", name);
	}
	/* Sockets from systemd replace those of the file. */
	for (size_t i = 0; fault == FAULT_NONE && inherited <= 0 && i < loop->conf->n_listen; i++) {
		int fd;
		fault = socket_listen(&loop->conf->listen[i], &fd, problem);
		if (fault == FAULT_NONE &&
		    !front_listen(loop->front, fd, loop->conf->listen[i].is_unix))
			fault = problem_set(problem, FAULT_IO, "cannot listen: %s",
					    strerror(errno));
		if (fault != FAULT_NONE)
			return fault;
		socket_name(fd, name, sizeof(name));
		log_info("listening", "address=%s", name);
	}
	return fault;
}

enum fault loop_new(struct conf *conf, struct loop **out, int *code, struct problem *problem)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	struct event_config *config = event_config_new();
	loop->conf = conf;
	loop->timer_fd = -1;
	loop->base = config ? event_base_new_with_config(config) : NULL;
	event_config_free(config);
	INVARIANT(loop->base != NULL);
	*out = loop;
	enum fault fault = conf_mail_password(conf, problem);
	if (fault == FAULT_NONE)
		fault = open_guard(conf, &loop->guard, problem);
	if (fault == FAULT_NONE)
		fault = open_state(loop, problem);
	if (fault == FAULT_NONE) {
		struct front_callbacks callbacks = api_callbacks(loop->api);
		open_pump(loop);
		open_events(loop);
		loop->front = front_new(loop->base, &conf->http, conf->state_dir, &callbacks);
		fault = open_sockets(loop, problem);
	}
	*code = code_of(fault);
	if (fault != FAULT_NONE) {
		loop_free(loop);
		*out = NULL;
	}
	return fault;
}

int loop_run(struct loop *loop)
{
	loop_ready(loop);
	pump_turn(loop->pump);
	(void)event_base_dispatch(loop->base);
	return loop->code;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	front_free(loop->front);
	api_materials_stop(loop->api);
	if (loop->pump)
		pump_figures_write(loop->pump);
	/* The engine finishes what it was given: done callbacks still reach the courier, the pump and the API. */
	engine_free(loop->engine);
	loop_advance_stopped(loop);
	courier_free(loop->courier);
	api_free(loop->api);
	pump_free(loop->pump);
	struct event *const events[] = { loop->gather,     loop->figures,      loop->again,
					 loop->changed,    loop->timer,        loop->engine_event,
					 loop->signals[0], loop->signals[1],   loop->signals[2],
					 loop->watchdog,   loop->stop_deadline };
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	if (loop->timer_fd >= 0)
		(void)close(loop->timer_fd);
	store_close(loop->reader);
	guard_free(loop->guard);
	event_base_free(loop->base);
	conf_free(loop->conf);
	free(loop);
}
