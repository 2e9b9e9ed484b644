/*
 * Start, stop, reload and the watchdog: what the supervisor sees of us.
 */
#include "courier/courier.h"
#include "courier/pump.h"
#include "http/api.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "loop_inside.h"
#include "sources.h"

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#define STOP_GRACE_S 5 /* beyond the time-out of an attempt */

/* ---- watchdog: fed only after the writer thread has answered on this loop ---- */

static void ping_done(struct verb *verb)
{
	struct loop *loop = verb->arg;
	loop->ping_running = false;
	verb_free(verb);
	(void)sd_notify(0, "WATCHDOG=1");
}

static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	if (!loop->ping_running) {
		loop->ping_running = true;
		engine_submit(loop->engine, verb_new(&verb_ping, ping_done, loop));
	}
	loop_in_ms(loop->watchdog, loop->watchdog_ms);
}

void loop_ready(struct loop *loop)
{
	uint64_t watchdog_us = 0;
	if (sd_watchdog_enabled(0, &watchdog_us) > 0 && watchdog_us > 0) {
		loop->watchdog_ms = (int64_t)(watchdog_us / 2000);
		loop->watchdog = evtimer_new(loop->base, on_watchdog, loop);
		INVARIANT(loop->watchdog != NULL);
		loop_in_ms(loop->watchdog, loop->watchdog_ms);
	}
	log_info("ready", "state_dir=%s clock=%s", loop->conf->state_dir,
		 loop->clock.simulated ? "simulated" : "real");
	(void)sd_notifyf(0, "READY=1\nSTATUS=serving from %s, %s clock", loop->conf->state_dir,
			 loop->clock.simulated ? "simulated" : "real");
}

/* ---- stop ---- */

static void on_stop_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	(void)fd;
	(void)what;
	log_warning("stopping without the rest", "jobs=%u; their attempts will be unknown",
		    courier_load(loop->courier));
	pump_flush(
		loop->pump); /* what has ended is recorded: the engine finishes what it was given */
	(void)event_base_loopbreak(loop->base);
}

static void on_drained(void *arg)
{
	struct loop *loop = arg;
	loop->drained = true;
	loop_stop_step(loop);
}

void loop_stop_step(struct loop *loop)
{
	if (loop->stopping && loop->drained && pump_idle(loop->pump) &&
	    engine_load(loop->engine) == 0)
		(void)event_base_loopbreak(loop->base);
}

static void on_stop(evutil_socket_t signal_no, short what, void *arg)
{
	struct loop *loop = arg;
	(void)what;
	if (loop->stopping) {
		log_warning("stopping at once", "signal=%d", (int)signal_no);
		pump_flush(loop->pump);
		(void)event_base_loopbreak(loop->base);
		return;
	}
	loop->stopping = true;
	log_info("stopping", "signal=%d jobs=%u", (int)signal_no, courier_load(loop->courier));
	(void)sd_notify(0, "STOPPING=1\nSTATUS=finishing what is under way");
	loop->stop_deadline = evtimer_new(loop->base, on_stop_deadline, loop);
	INVARIANT(loop->stop_deadline != NULL);
	loop_in_ms(loop->stop_deadline, (loop->conf->courier.timeout_s + STOP_GRACE_S) * 1000LL);
	pump_stop(loop->pump);
	courier_give_back(loop->courier);
	api_drain(loop->api);
	front_drain(loop->front, on_drained, loop);
	loop_stop_step(loop);
}

/* ---- reload: all is read and judged before anything is taken ---- */

struct reload {
	struct loop *loop;
	struct conf *conf;
	struct programme_set *for_api;
	struct templates *texts, *texts_for_api;
};

static void reload_free(struct reload *reload)
{
	programme_set_free(reload->for_api);
	templates_free(reload->texts);
	templates_free(reload->texts_for_api);
	conf_free(reload->conf);
	free(reload);
}

static void reload_said(const char *how, const struct problem *problem)
{
	if (problem) {
		log_error("reload refused", "%s detail=\"%s\"", how, problem->detail);
		(void)sd_notifyf(
			0, "READY=1\nSTATUS=reload refused, the old configuration goes on: %s",
			problem->detail);
	} else {
		log_info("reloaded", "%s", how);
		(void)sd_notifyf(0, "READY=1\nSTATUS=reloaded, %s", how);
	}
}

static void calendar_done(struct verb *verb)
{
	if (verb->fault != FAULT_NONE)
		log_error("calendar refused", "detail=\"%s\"", verb->problem.detail);
	verb_free(verb);
}

static enum fault submit_calendar(void *arg, struct sources_calendar *calendar,
				  struct problem *problem)
{
	struct loop *loop = arg;
	struct verb *verb = verb_new(&verb_calendar_import, calendar_done, loop);
	(void)problem;
	verb->text = calendar->text;
	verb->text_len = calendar->len;
	calendar->text = NULL;
	text_copy(verb->name, sizeof(verb->name), calendar->name);
	engine_submit(loop->engine, verb);
	return FAULT_NONE;
}

static void take_conf(struct loop *loop, struct conf *conf)
{
	const char *name = NULL;
	if (conf_changed_unreloadable(loop->conf, conf, &name))
		log_warning("needs a restart", "option=%s changed; the old value stays until then",
			    name);
	log_set_level(conf->log_level);
	loop->conf->log_level = conf->log_level;
	loop->conf->catch_up_per_second = conf->catch_up_per_second;
	pump_set_rate(loop->pump, (unsigned)conf->catch_up_per_second);
	char *folder = loop->conf->templates_dir;
	loop->conf->templates_dir = conf->templates_dir;
	conf->templates_dir = folder;
}

static void texts_done(struct verb *verb)
{
	if (verb->fault != FAULT_NONE)
		log_error("texts refused", "detail=\"%s\"", verb->problem.detail);
	templates_free(verb->input);
	verb_free(verb);
}

static void take_texts(struct reload *reload)
{
	struct verb *verb = verb_new(&verb_templates_load, texts_done, NULL);
	verb->input = reload->texts;
	reload->texts = NULL;
	engine_submit(reload->loop->engine, verb);
	api_set_templates(reload->loop->api, reload->texts_for_api);
	reload->texts_for_api = NULL;
}

static void programmes_done(struct verb *verb)
{
	struct reload *reload = verb->arg;
	struct loop *loop = reload->loop;
	if (verb->fault != FAULT_NONE) {
		reload_said("programmes", &verb->problem);
		programme_set_free(verb->input);
	} else {
		struct problem problem;
		api_set_programmes(loop->api, reload->for_api);
		reload->for_api = NULL;
		take_texts(reload);
		if (sources_calendars(loop->conf, submit_calendar, loop, &problem) != FAULT_NONE)
			log_error("calendars not read", "detail=\"%s\"", problem.detail);
		take_conf(loop, reload->conf);
		reload_said("programmes, calendars and texts are current", NULL);
	}
	reload_free(reload);
	verb_free(verb);
}

static enum fault reload_read(struct reload *reload, struct programme_set **for_engine,
			      struct problem *problem)
{
	struct loop *loop = reload->loop;
	enum fault fault = conf_load(loop->conf->path, &reload->conf, problem);
	if (fault == FAULT_NONE)
		fault = sources_check(reload->conf, problem);
	if (fault == FAULT_NONE)
		fault = sources_programmes(loop->conf, for_engine, problem);
	if (fault == FAULT_NONE)
		fault = sources_programmes(loop->conf, &reload->for_api, problem);
	if (fault == FAULT_NONE)
		fault = sources_templates(reload->conf, &reload->texts, problem);
	if (fault == FAULT_NONE)
		reload->texts_for_api = templates_copy(reload->texts);
	return fault;
}

static void on_reload(evutil_socket_t signal_no, short what, void *arg)
{
	struct reload *reload = xcalloc(1, sizeof(*reload));
	struct programme_set *for_engine = NULL;
	struct problem problem;
	(void)signal_no;
	(void)what;
	reload->loop = arg;
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_mono_us());
	if (reload_read(reload, &for_engine, &problem) != FAULT_NONE) {
		reload_said("nothing was taken", &problem);
		programme_set_free(for_engine);
		reload_free(reload);
		return;
	}
	struct verb *verb = verb_new(&verb_programmes_load, programmes_done, reload);
	verb->input = for_engine;
	engine_submit(reload->loop->engine, verb);
}

void loop_watch_signals(struct loop *loop)
{
	const struct {
		int number;
		event_callback_fn callback;
	} rows[] = { { SIGTERM, on_stop }, { SIGINT, on_stop }, { SIGHUP, on_reload } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		loop->signals[i] = evsignal_new(loop->base, rows[i].number, rows[i].callback, loop);
		INVARIANT(loop->signals[i] && event_add(loop->signals[i], NULL) == 0);
	}
}
