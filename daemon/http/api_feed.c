/*
 * The feed: an answer is held until there is news or the time is up.
 */
#include "http/api_inside.h"

#include "jiebang/text.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* ---- events ---- */

/* A held request; its strings are copies, for the target is gone. */
struct waiter {
	TAILQ_ENTRY(waiter) entry;
	struct api *api;
	struct front_request *request;
	struct event *deadline;
	struct read_args args;
	char cursor[96];
	char type[160];
};

static enum fault events_read(struct api *api, struct read_args *args, struct buf *out,
			      struct problem *problem)
{
	enum fault fault = api_read_args(api, args, false, problem);
	return fault != FAULT_NONE ? fault : read_run(api->reader, read_events, args, out, problem);
}

static bool nothing_new(const struct buf *body)
{
	static const char none[] = "{\"data\":[],";
	return body->len >= sizeof(none) - 1 && memcmp(body->data, none, sizeof(none) - 1) == 0;
}

/* Nothing up to there was of interest, so the next look begins there: none reads the feed from its beginning again. */
static void waiter_move_on(struct waiter *waiter, const struct buf *body)
{
	static const char member[] = "\"next\":\"";
	const char *next = strstr(buf_str(body), member);
	if (!next)
		return;
	next += sizeof(member) - 1;
	if (text_copy_n(waiter->cursor, sizeof(waiter->cursor), next, strcspn(next, "\"")))
		waiter->args.cursor = waiter->cursor;
}

static void waiter_free(struct waiter *waiter)
{
	TAILQ_REMOVE(&waiter->api->waiters, waiter, entry);
	waiter->api->n_waiters--;
	event_free(waiter->deadline);
	free(waiter);
}

/* Answers if there is news, or in any case when `last`. */
static void waiter_try(struct waiter *waiter, bool last)
{
	struct buf body = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	enum fault fault = events_read(waiter->api, &waiter->args, &body, &problem);
	if (fault != FAULT_NONE || last || !nothing_new(&body)) {
		struct front_request *request = waiter->request;
		waiter_free(waiter);
		if (fault != FAULT_NONE)
			problem_reply(request, 0, &problem, NULL);
		else
			api_reply(request, 200, &body);
	} else {
		waiter_move_on(waiter, &body);
	}
	buf_clear(&body);
}

static void time_is_up(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	waiter_try(arg, true);
}

void api_waiters_wake(struct api *api, bool all)
{
	struct waiter *waiter = TAILQ_FIRST(&api->waiters);
	while (waiter) {
		struct waiter *next = TAILQ_NEXT(waiter, entry);
		waiter_try(waiter, all);
		waiter = next;
	}
}

static struct waiter *waiter_new(struct call *call, int64_t wait_s)
{
	const struct timeval wait = { .tv_sec = (time_t)wait_s };
	struct api *api = call->api;
	struct waiter *waiter = xcalloc(1, sizeof(*waiter));
	waiter->api = api;
	waiter->request = call->request;
	waiter->args = call->target.args;
	if (waiter->args.cursor) {
		(void)text_copy(waiter->cursor, sizeof(waiter->cursor), waiter->args.cursor);
		waiter->args.cursor = waiter->cursor;
	}
	if (waiter->args.filter[READ_TYPE].set) {
		(void)text_copy(waiter->type, sizeof(waiter->type),
				waiter->args.filter[READ_TYPE].text);
		waiter->args.filter[READ_TYPE].text = waiter->type;
	}
	waiter->args.filter[READ_PROGRAMME].text = NULL; /* its number was found */
	waiter->deadline = evtimer_new(api->base, time_is_up, waiter);
	if (!waiter->deadline)
		fatal(71, "out of memory");
	(void)evtimer_add(waiter->deadline, &wait);
	TAILQ_INSERT_TAIL(&api->waiters, waiter, entry);
	api->n_waiters++;
	return waiter;
}

void api_events(struct call *call)
{
	struct api *api = call->api;
	struct read_args *args = &call->target.args;
	struct buf body = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	int64_t wait_s = args->filter[READ_WAIT_S].set ? args->filter[READ_WAIT_S].number : 0;
	bool waits = wait_s > 0 && !api->draining;
	if (read_resolve(api->reader, args, &problem) != FAULT_NONE ||
	    events_read(api, args, &body, &problem) != FAULT_NONE)
		problem_reply(call->request, 0, &problem, NULL);
	else if (!waits || !nothing_new(&body))
		api_reply(call->request, 200, &body);
	else if (api->n_waiters < API_WAITERS_MAX)
		waiter_move_on(waiter_new(call, wait_s), &body);
	/* Not an empty page: those who follow the feed would ask again at once. */
	else
		problem_reply_text(call->request, 503, "too many requests wait for events");
	buf_clear(&body);
}
