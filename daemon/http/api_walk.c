/*
 * Answers that read everything: the check of the audit chain and the table of all dates. They walk a stretch a turn, so
 * that others are served in between, and one at a time: the others wait, with nothing read and no memory taken.
 */
#include "http/api_inside.h"

#include <event2/event.h>
#include <stdlib.h>

#define WALKS_MAX    16
#define VERIFY_ROWS  500 /* a turn: some milliseconds */
#define EXPORT_UNITS 100

struct walk {
	TAILQ_ENTRY(walk) entry;
	struct api *api;
	struct front_request *request;
	struct event *turn;
	/* Reads a stretch; sets *done after the last. */
	enum fault (*step)(struct walk *walk, bool *done, struct problem *problem);
	void (*reply)(struct walk *walk);
	struct read_chain chain;
	struct read_args args; /* of an export: filters that are numbers */
	struct read_export at;
	struct buf body;
};

static void go_on(struct walk *walk)
{
	static const struct timeval at_once = { 0 };
	(void)evtimer_add(walk->turn, &at_once);
}

static void walk_free(struct walk *walk)
{
	TAILQ_REMOVE(&walk->api->walks, walk, entry);
	event_free(walk->turn);
	buf_clear(&walk->body);
	free(walk);
}

void api_walks_drop(struct api *api)
{
	struct walk *walk;
	while ((walk = TAILQ_FIRST(&api->walks)) != NULL) {
		problem_reply_text(walk->request, 503, "stopping");
		walk_free(walk);
	}
}

static void take_turn(evutil_socket_t fd, short what, void *arg)
{
	struct walk *walk = arg;
	struct api *api = walk->api;
	struct problem problem = { .fault = FAULT_NONE };
	bool done = false;
	(void)fd;
	(void)what;
	enum fault fault = walk->step(walk, &done, &problem);
	if (fault == FAULT_NONE && !done) {
		go_on(walk);
		return;
	}
	if (fault != FAULT_NONE)
		problem_reply(walk->request, 0, &problem, NULL);
	else
		walk->reply(walk);
	walk_free(walk);
	walk = TAILQ_FIRST(&api->walks);
	if (walk)
		go_on(walk);
}

/* NULL, answered, when too many wait. */
static struct walk *walk_begin(struct call *call)
{
	struct walk *walk;
	unsigned waiting = 0;
	TAILQ_FOREACH(walk, &call->api->walks, entry)
	waiting++;
	if (waiting >= WALKS_MAX) {
		problem_reply_text(call->request, 503, "too many long reads wait");
		return NULL;
	}
	walk = xcalloc(1, sizeof(*walk));
	walk->api = call->api;
	walk->request = call->request;
	walk->turn = evtimer_new(call->api->base, take_turn, walk);
	if (!walk->turn)
		fatal(71, "out of memory");
	TAILQ_INSERT_TAIL(&call->api->walks, walk, entry);
	if (waiting == 0)
		go_on(walk);
	return walk;
}

/* ---- audit ---- */

static enum fault verify_step(struct walk *walk, bool *done, struct problem *problem)
{
	enum fault fault = read_audit_verify(walk->api->reader, &walk->chain, VERIFY_ROWS, problem);
	*done = walk->chain.done;
	return fault;
}

static void verify_reply(struct walk *walk)
{
	struct jw jw;
	jw_init(&jw, &walk->body);
	jw_object(&jw);
	jw_kv_bool(&jw, "ok", walk->chain.first_bad == 0);
	jw_kv_int(&jw, "entries", walk->chain.entries);
	jw_key(&jw, "first_bad");
	if (walk->chain.first_bad)
		jw_int(&jw, walk->chain.first_bad);
	else
		jw_null(&jw);
	jw_object_end(&jw);
	api_reply(walk->request, 200, &walk->body);
}

void api_audit_verify(struct call *call)
{
	struct walk *walk = walk_begin(call);
	if (!walk)
		return;
	walk->step = verify_step;
	walk->reply = verify_reply;
}

/* ---- export ---- */

static enum fault export_step(struct walk *walk, bool *done, struct problem *problem)
{
	enum fault fault = read_export(walk->api->reader, &walk->args, &walk->at, EXPORT_UNITS,
				       &walk->body, problem);
	*done = walk->at.done;
	return fault;
}

static void export_reply(struct walk *walk)
{
	front_reply(walk->request, 200, "text/csv; charset=utf-8", NULL, 0, walk->body.data,
		    walk->body.len);
}

void api_export(struct call *call)
{
	static const enum read_filter filters[] = { READ_PROGRAMME, READ_UNIT };
	struct problem problem = { .fault = FAULT_NONE };
	if (read_resolve(call->api->reader, &call->target.args, &problem) != FAULT_NONE) {
		problem_reply(call->request, 0, &problem, NULL);
		return;
	}
	struct walk *walk = walk_begin(call);
	if (!walk)
		return;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		walk->args.filter[filters[i]] = call->target.args.filter[filters[i]];
		walk->args.filter[filters[i]].text = NULL; /* the target is gone by then */
	}
	walk->step = export_step;
	walk->reply = export_reply;
}
