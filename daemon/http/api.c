/*
 * The way of a request through the API: decode the target, find the row, see who asks, parse the query; then read,
 * submit a verb, or call the row's special handler. Answers about single objects are kept until the next commit.
 */
#include "http/api_inside.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/instance.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_KEPT_BYTES (1024 * 1024)
#define ANSWER_KEPT_BYTES  (64 * 1024)
#define ANSWERS_KEPT_BYTES (8 * 1024 * 1024)

/* ---- replies ---- */

void api_reply(struct front_request *request, int status, const struct buf *body)
{
	front_reply(request, status, "application/json", NULL, 0, body->data, body->len);
}

void api_etag(const void *body, size_t len, char out[API_ETAG_BYTES])
{
	uint8_t sha256[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	digest_sha256(body, len, sha256);
	digest_hex(sha256, DIGEST_BYTES, hex);
	(void)snprintf(out, API_ETAG_BYTES, "\"%.16s\"", hex);
}

bool api_etag_listed(const char *header, const char *etag, bool weak)
{
	size_t len = strlen(etag);
	if (strcmp(header, "*") == 0)
		return true;
	while (*header) {
		header += strspn(header, " \t,");
		bool is_weak = strncmp(header, "W/", 2) == 0;
		const char *tag = header + (is_weak ? 2 : 0);
		if (strncmp(tag, etag, len) == 0 && (tag[len] == '\0' || strchr(" \t,", tag[len])))
			return weak || !is_weak;
		header += strcspn(header, ",");
	}
	return false;
}

static void reply_object(struct front_request *request, const char *etag, const struct buf *body)
{
	const struct front_header_pair headers[] = { { "ETag", etag },
						     { "Cache-Control", "no-cache" } };
	const char *have = front_header(request, "If-None-Match");
	if (have && api_etag_listed(have, etag, true))
		front_reply(request, 304, NULL, headers, 2, NULL, 0);
	else
		front_reply(request, 200, "application/json", headers, 2, body->data, body->len);
}

/* ---- kept answers ---- */

static struct kept_answer *answer_slot(struct api *api, const char *path)
{
	uint32_t hash = 2166136261u;
	for (const char *c = path; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return &api->answers[hash % API_ANSWERS];
}

static bool answer_good(const struct api *api, const struct kept_answer *answer, const char *path)
{
	return answer->target && answer->news == api->news &&
	       answer->day == civil_day_of(clock_now_at(api->clock)) &&
	       strcmp(answer->target, path) == 0;
}

static void answer_clear(struct api *api, struct kept_answer *answer)
{
	api->answers_bytes -= answer->body.cap;
	free(answer->target);
	buf_clear(&answer->body);
	*answer = (struct kept_answer){ .body = BUF_EMPTY };
}

static void answers_clear(struct api *api)
{
	for (size_t i = 0; i < API_ANSWERS; i++)
		answer_clear(api, &api->answers[i]);
}

/* When the room is used up all are dropped: simple, and rare, since most bodies are a few KiB. */
static void answer_keep(struct api *api, const char *path, const char *etag, const struct buf *body)
{
	struct kept_answer *answer = answer_slot(api, path);
	if (body->len > ANSWER_KEPT_BYTES)
		return;
	if (api->answers_bytes + body->len > ANSWERS_KEPT_BYTES)
		answers_clear(api);
	if (!answer->target || strcmp(answer->target, path) != 0) {
		free(answer->target);
		answer->target = xstrdup(path);
	}
	answer->news = api->news;
	answer->day = civil_day_of(clock_now_at(api->clock));
	(void)text_copy(answer->etag, sizeof(answer->etag), etag);
	api->answers_bytes -= answer->body.cap;
	buf_reset(&answer->body);
	buf_add(&answer->body, body->data, body->len);
	api->answers_bytes += answer->body.cap;
}

/* ---- reads ---- */

static enum fault fresh_calendar(struct api *api, struct problem *problem)
{
	struct calendar *calendar = NULL;
	if (api->calendar && api->calendar_news == api->news)
		return FAULT_NONE;
	enum fault fault = calendar_load(api->reader, &calendar, problem);
	if (fault != FAULT_NONE)
		return fault;
	calendar_free(api->calendar);
	api->calendar = calendar;
	api->calendar_news = api->news;
	return FAULT_NONE;
}

enum fault api_read_args(struct api *api, struct read_args *args, bool computes,
			 struct problem *problem)
{
	args->now_at = clock_now_at(api->clock);
	args->templates = api->templates;
	if (args->limit == 0)
		args->limit = WIRE_LIMIT_DEFAULT;
	if (!computes)
		return FAULT_NONE;
	enum fault fault = fresh_calendar(api, problem);
	args->calendar = api->calendar;
	if (api->programmes) {
		args->programmes = (const struct programme *const *)api->programmes->items;
		args->n_programmes = api->programmes->n;
	}
	return fault;
}

/* Every "/v1/programmes/:id/…" list filters by that programme. */
static enum fault resolve(struct call *call, struct problem *problem)
{
	struct read_args *args = &call->target.args;
	if (call->route->read == read_tasks && args->name)
		args->filter[READ_PROGRAMME] =
			(struct read_value){ .set = true, .text = args->name };
	return read_resolve(call->api->reader, args, problem);
}

static void answer_read(struct call *call)
{
	struct api *api = call->api;
	const struct route *route = call->route;
	struct problem problem = { .fault = FAULT_NONE };
	char etag[API_ETAG_BYTES];
	buf_reset(&api->scratch);
	enum fault fault = api_read_args(api, &call->target.args, route->computes, &problem);
	if (fault == FAULT_NONE)
		fault = resolve(call, &problem);
	if (fault == FAULT_NONE)
		fault = read_run(api->reader, route->read, &call->target.args, &api->scratch,
				 &problem);
	if (fault != FAULT_NONE) {
		problem_reply(call->request, 0, &problem, NULL);
	} else if (route->etag) {
		api_etag(api->scratch.data, api->scratch.len, etag);
		answer_keep(api, front_path(call->request), etag, &api->scratch);
		reply_object(call->request, etag, &api->scratch);
	} else {
		front_reply(call->request, 200,
			    route->content_type ? route->content_type : "application/json", NULL, 0,
			    api->scratch.data, api->scratch.len);
	}
	if (api->scratch.cap > SCRATCH_KEPT_BYTES)
		buf_clear(&api->scratch);
}

/* ---- opening a request ---- */

static void reply_options(struct front_request *request, unsigned allow)
{
	char methods[ROUTE_ALLOW_BYTES];
	route_allow(allow, methods);
	const struct front_header_pair header = { "Allow", methods };
	front_reply(request, 204, NULL, &header, 1, NULL, 0);
}

static void reply_nothing_here(struct front_request *request, unsigned allow)
{
	struct problem problem = { .fault = FAULT_NONE };
	char methods[ROUTE_ALLOW_BYTES];
	if (allow == 0) {
		problem_reply_text(request, 404, "there is no such resource");
		return;
	}
	route_allow(allow, methods);
	const struct front_header_pair header = { "Allow", methods };
	(void)snprintf(problem.detail, sizeof(problem.detail), "this resource knows %s", methods);
	problem_reply_with(request, 405, &problem, &header);
}

static const struct front_header_pair challenge = { "WWW-Authenticate",
						    "Bearer realm=\"jiebang\"" };
static const char locked_out[] = "too many failed sign-ins from this address, wait a minute";

static void reply_unwelcome(struct call *call, int status, const struct problem *problem)
{
	status = auth_strike(call->api, call->request, status);
	if (status == 401)
		problem_reply_with(call->request, status, problem, &challenge);
	else if (status == 429)
		problem_reply_text(call->request, status, locked_out);
	else
		problem_reply(call->request, status, problem, NULL);
}

static void dispatch(struct call *call)
{
	if (call->route->read)
		answer_read(call);
	else if (call->route->verb)
		api_verb(call);
	else
		call->route->special(call);
}

/* By hand: clearing the room for the decoded target would cost more than all the rest. */
static void call_init(struct call *call, struct api *api, struct front_request *request)
{
	call->api = api;
	call->request = request;
	call->route = NULL;
	call->actor[0] = '\0';
}

/* False when the request was answered already. */
static bool open_call(struct call *call)
{
	struct problem problem = { .fault = FAULT_NONE };
	enum method method = method_parse(front_method(call->request));
	unsigned allow = 0;
	if (target_path(&call->target, front_path(call->request), &problem) != FAULT_NONE) {
		problem_reply(call->request, 0, &problem, NULL);
		return false;
	}
	call->route = route_match(routes, n_routes, method, &call->target, &allow);
	if (!call->route || call->route->role != ROLE_ANYONE) {
		int status = auth_check(call->api, call->request, call->actor, &problem);
		if (status != 0) {
			reply_unwelcome(call, status, &problem);
			return false;
		}
	}
	if (call->route)
		return true;
	if (method == METHOD_OPTIONS && allow)
		reply_options(call->request, allow);
	else
		reply_nothing_here(call->request, allow);
	return false;
}

static bool try_kept(struct call *call)
{
	const char *path = front_path(call->request);
	const struct kept_answer *answer = answer_slot(call->api, path);
	if (!call->route->etag || *front_query(call->request) ||
	    !answer_good(call->api, answer, path))
		return false;
	reply_object(call->request, answer->etag, &answer->body);
	return true;
}

static void handle(void *arg, struct front_request *request)
{
	struct call call;
	struct problem problem = { .fault = FAULT_NONE };
	call_init(&call, arg, request);
	if (!open_call(&call) || try_kept(&call))
		return;
	enum fault fault = target_id(&call.target, call.route, &problem);
	if (fault == FAULT_NONE)
		fault = target_query(&call.target, call.route, front_query(request), &problem);
	if (fault == FAULT_NONE)
		dispatch(&call);
	else
		problem_reply(request, 0, &problem, NULL);
}

/* The same answer as from `reply_unwelcome`, before the body has come. */
static void plan_unwelcome(struct call *call, int status, const struct problem *problem,
			   struct front_plan *plan)
{
	static const struct front_header_pair later = { "Retry-After", "60" };
	status = auth_strike(call->api, call->request, status);
	plan->refuse_status = status;
	if (status == 401)
		plan->refuse_header = &challenge;
	if (status == 429)
		plan->refuse_header = &later;
	(void)text_copy(plan->refuse_detail, sizeof(plan->refuse_detail),
			status == 429 ? locked_out : problem->detail);
}

/*
 * Only a route that streams its body to a file needs judging before the body has come; all others are bounded by the
 * front and answered properly, with all headers, by `handle`.
 */
static void plan(void *arg, struct front_request *request, struct front_plan *plan)
{
	struct call call;
	struct problem problem = { .fault = FAULT_NONE };
	unsigned allow;
	call_init(&call, arg, request);
	plan->body_max_bytes = WIRE_BODY_MAX_BYTES;
	enum method method = method_parse(front_method(request));
	if ((method != METHOD_POST && method != METHOD_PATCH) ||
	    target_path(&call.target, front_path(request), &problem) != FAULT_NONE)
		return;
	call.route = route_match(routes, n_routes, method, &call.target, &allow);
	if (!call.route || (call.route->body != BODY_CSV_SPOOL && !call.route->plan))
		return;
	int status = auth_check(call.api, request, call.actor, &problem);
	if (status != 0) {
		plan_unwelcome(&call, status, &problem, plan);
		return;
	}
	if (call.route->plan) {
		call.route->plan(&call, plan);
		return;
	}
	plan->spool = true;
	plan->body_max_bytes = WIRE_IMPORT_MAX_BYTES;
}

/* ---- life ---- */

static void wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	api_waiters_wake(arg, false);
}

struct api *api_new(struct event_base *base, struct engine *engine, struct store *reader,
		    const struct clock *clock, const struct guard *guard, bool https_only,
		    const struct api_hooks *hooks)
{
	struct api *api = xcalloc(1, sizeof(*api));
	api->base = base;
	api->engine = engine;
	api->reader = reader;
	api->clock = clock;
	api->guard = guard;
	api->https_only = https_only;
	if (hooks)
		api->hooks = *hooks;
	api->news = 1;
	api->templates = templates_new();
	api->streams = streams_new(api);
	TAILQ_INIT(&api->waiters);
	TAILQ_INIT(&api->walks);
	api->wake = evtimer_new(base, wake, api);
	if (!api->wake)
		fatal(71, "out of memory");
	return api;
}

void api_set_programmes(struct api *api, struct programme_set *programmes)
{
	programme_set_free(api->programmes);
	api->programmes = programmes;
	api->news++;
}

void api_set_mail(struct api *api, bool possible)
{
	api->mail = possible;
}

void api_set_templates(struct api *api, struct templates *templates)
{
	templates_free(api->templates);
	api->templates = templates;
}

struct front_callbacks api_callbacks(struct api *api)
{
	return (struct front_callbacks){ .plan = plan, .handle = handle, .arg = api };
}

/* Many commits a second wake the waiters once in a while, not once each. */
void api_changed(void *arg)
{
	static const struct timeval soon = { .tv_usec = 5000 };
	struct api *api = arg;
	api->news++;
	if (api->n_waiters > 0 && !evtimer_pending(api->wake, NULL))
		(void)evtimer_add(api->wake, &soon);
	streams_changed(api->streams);
}

void api_drain(struct api *api)
{
	api->draining = true;
	api_waiters_wake(api, true);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	api_drain(api);
	api_materials_close(api);
	api_walks_drop(api);
	streams_free(api->streams);
	answers_clear(api);
	event_free(api->wake);
	programme_set_free(api->programmes);
	templates_free(api->templates);
	calendar_free(api->calendar);
	buf_clear(&api->scratch);
	free(api);
}
