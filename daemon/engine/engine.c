/*
 * The writer: takes what waits, has it run (group.c), posts it back.
 */
#include "engine/engine_inside.h"

#include "jiebang/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct verb *verb_new(const struct verb_kind *kind, void (*done)(struct verb *verb), void *arg)
{
	struct verb *verb = xcalloc(1, sizeof(*verb));
	verb->kind = kind;
	verb->done = done;
	verb->arg = arg;
	verb->fd = -1;
	verb->status = 200;
	return verb;
}

void verb_free(struct verb *verb)
{
	if (!verb)
		return;
	jr_free(verb->body);
	free(verb->text);
	if (verb->fd >= 0)
		(void)close(verb->fd);
	buf_clear(&verb->reply);
	buf_clear(&verb->kept);
	free(verb);
}

/* ---- threads ---- */

static void post_back(struct engine *engine, struct verb *list)
{
	struct verb *last = list;
	while (last->next)
		last = last->next;
	pthread_mutex_lock(&engine->lock);
	*engine->done_tail = list;
	engine->done_tail = &last->next;
	pthread_mutex_unlock(&engine->lock);
	uint64_t one = 1;
	ssize_t written = write(engine->event_fd, &one, sizeof(one));
	INVARIANT(written == sizeof(one) || errno == EAGAIN);
}

static struct verb *take_waiting(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	while (!engine->waiting && !engine->stopping)
		pthread_cond_wait(&engine->wake, &engine->lock);
	struct verb *list = engine->waiting;
	engine->waiting = NULL;
	engine->waiting_tail = &engine->waiting;
	pthread_mutex_unlock(&engine->lock);
	return list;
}

static void *writer_main(void *arg)
{
	struct engine *engine = arg;
	struct verb *list;
	(void)pthread_setname_np(pthread_self(), "jiebang-writer");
	while ((list = take_waiting(engine)) != NULL) {
		engine_run(engine, list);
		post_back(engine, list);
	}
	return NULL;
}

void engine_submit(struct engine *engine, struct verb *verb)
{
	verb->next = NULL;
	engine->load++;
	if (!engine->threaded) {
		engine_run(engine, verb);
		post_back(engine, verb);
		return;
	}
	pthread_mutex_lock(&engine->lock);
	*engine->waiting_tail = verb;
	engine->waiting_tail = &verb->next;
	pthread_cond_signal(&engine->wake);
	pthread_mutex_unlock(&engine->lock);
}

void engine_collect(struct engine *engine)
{
	uint64_t count;
	ssize_t got = read(engine->event_fd, &count, sizeof(count));
	INVARIANT(got == sizeof(count) || errno == EAGAIN);
	pthread_mutex_lock(&engine->lock);
	struct verb *list = engine->done;
	engine->done = NULL;
	engine->done_tail = &engine->done;
	pthread_mutex_unlock(&engine->lock);
	while (list) {
		struct verb *next = list->next;
		list->next = NULL;
		engine->load--;
		list->done(list);
		list = next;
	}
	if (atomic_exchange(&engine->changed, false) && engine->on_commit)
		engine->on_commit(engine->on_commit_arg);
}

static void call_done(struct verb *verb)
{
	verb->done = NULL;
}

enum fault engine_call(struct engine *engine, struct verb *verb)
{
	verb->done = call_done;
	engine_submit(engine, verb);
	while (verb->done) {
		struct pollfd wait = { .fd = engine->event_fd, .events = POLLIN };
		(void)poll(&wait, 1, -1);
		engine_collect(engine);
	}
	return verb->fault;
}

int engine_fd(const struct engine *engine)
{
	return engine->event_fd;
}

unsigned engine_load(const struct engine *engine)
{
	return engine->load;
}

bool engine_stirred(struct engine *engine)
{
	return atomic_exchange(&engine->stirred, false);
}

void engine_on_commit(struct engine *engine, void (*changed)(void *arg), void *arg)
{
	engine->on_commit = changed;
	engine->on_commit_arg = arg;
}

/* ---- birth and death ---- */

enum fault engine_new(const struct engine_options *options, struct engine **out,
		      struct problem *problem)
{
	struct engine *engine = xcalloc(1, sizeof(*engine));
	*out = NULL;
	engine->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	INVARIANT(engine->event_fd >= 0);
	engine->waiting_tail = &engine->waiting;
	engine->done_tail = &engine->done;
	engine->retry = options->retry;
	engine->tx.clock = *options->clock;
	engine->tx.retry = &engine->retry;
	engine->health = options->health.pause_after_s ? options->health : health_policy_default;
	engine->tx.health = &engine->health;
	engine->tx.templates = templates_new();
	engine->tx.random_state = options->seed;
	INVARIANT(pthread_mutex_init(&engine->lock, NULL) == 0 &&
		  pthread_cond_init(&engine->wake, NULL) == 0);
	enum fault fault = options->store
				   ? FAULT_NONE
				   : store_open(options->state_dir, &engine->tx.store, problem);
	if (options->store)
		engine->tx.store = options->store;
	if (fault == FAULT_NONE)
		fault = engine_start(engine, problem);
	if (fault == FAULT_NONE && options->threaded) {
		INVARIANT(pthread_create(&engine->thread, NULL, writer_main, engine) == 0);
		engine->threaded = true;
	}
	if (fault != FAULT_NONE) {
		engine_free(engine);
		return fault;
	}
	spacing_init(&engine->tx.spacing, options->spaced_hosts, options->n_spaced_hosts,
		     clock_now_at(&engine->tx.clock));
	*options->clock = engine->tx.clock;
	*out = engine;
	return FAULT_NONE;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	if (engine->threaded) {
		pthread_mutex_lock(&engine->lock);
		engine->stopping = true;
		pthread_cond_signal(&engine->wake);
		pthread_mutex_unlock(&engine->lock);
		(void)pthread_join(engine->thread, NULL);
	}
	/* The thread is gone: what a `done` still submits runs inline, so that nothing handed over is left undone. */
	engine->threaded = false;
	while (engine->load > 0)
		engine_collect(engine);
	engine_caches_free(engine);
	spacing_clear(&engine->tx.spacing);
	store_close(engine->tx.store);
	(void)pthread_cond_destroy(&engine->wake);
	(void)pthread_mutex_destroy(&engine->lock);
	(void)close(engine->event_fd);
	free(engine);
}
