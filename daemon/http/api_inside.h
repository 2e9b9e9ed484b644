/*
 * What the files of the API share, and nobody else includes. The way of a request: api.c opens it (target, peer,
 * row, query), then one of read (api.c), verb (api_verb.c) or special (api_feed.c, api_walk.c, api_clock.c, api_health.c) answers.
 */
#ifndef JIEBANG_API_INSIDE_H
#define JIEBANG_API_INSIDE_H

#include "http/api.h"
#include "http/problem.h"
#include "http/route.h"
#include "jiebang/digest.h"
#include "jiebang/template.h"
#include "store/store.h"

#include <sys/queue.h>

#define API_WAITERS_MAX 100
#define API_STREAMS_MAX 200
#define API_STRIKES     256
#define API_TOKENS_KEPT 16
#define API_ETAG_BYTES  19 /* quoted 16 hex digits, and the NUL */
#define API_ANSWERS     2048

struct event;
struct walk;
struct waiter;
struct materials;
struct streams;

/* Failed sign-ins of one address (those that share a slot share a count). */
struct strike {
	int64_t minute;
	unsigned count;
};

/* Good tokens seen since one was last added or revoked, so that a busy client costs no statement. */
struct kept_token {
	uint8_t sha256[DIGEST_BYTES];
	int64_t key;
	int64_t expires_at;
	uint64_t changes; /* of tokens, when it was seen */
};

/* A ready answer: good until the next commit or the next day (days_left). */
struct kept_answer {
	char *target; /* NULL: empty */
	uint64_t news;
	int32_t day;
	char etag[API_ETAG_BYTES];
	struct buf body;
};

struct api {
	struct event_base *base;
	struct engine *engine;
	struct store *reader;
	const struct clock *clock;
	const struct guard *guard;
	bool https_only;
	bool mail; /* there is a relay */
	struct api_hooks hooks;
	struct programme_set *programmes;
	struct templates *templates; /* never NULL */
	struct calendar *calendar;
	uint64_t calendar_news; /* `news` when it was read */
	uint64_t news;          /* counts commits */
	struct buf scratch;     /* the answer being written */
	TAILQ_HEAD(waiter_list, waiter) waiters;
	unsigned n_waiters;
	TAILQ_HEAD(walk_list, walk) walks;
	struct streams *streams; /* those who follow the feed */
	struct event *wake;      /* tells the waiters, many commits at once */
	bool draining;
	struct materials *materials; /* NULL until opened */
	struct strike strikes[API_STRIKES];
	uint64_t token_changes;
	struct kept_token tokens[API_TOKENS_KEPT];
	unsigned next_token;
	struct kept_answer answers[API_ANSWERS];
	size_t answers_bytes;
};

/* One request on its way; on the stack, gone when the handler returns. */
struct call {
	struct api *api;
	struct front_request *request;
	const struct route *route;
	struct target target;
	char actor[96];
};

/* ---- api.c ---- */
void api_reply(struct front_request *request, int status, const struct buf *body);
/* Fills what reads need beside the target. */
enum fault api_read_args(struct api *api, struct read_args *args, bool computes,
			 struct problem *problem);
void api_etag(const void *body, size_t len, char out[API_ETAG_BYTES]);
/* Whether a list like `"a", W/"b"` or `*` names this ETag; weak ones count only with `weak`. */
bool api_etag_listed(const char *header, const char *etag, bool weak);

/* ---- api_auth.c ---- */
/* 0 and the actor, or a status with the reason. Counts no strike. */
int auth_check(struct api *api, const struct front_request *request, char actor[96],
	       struct problem *problem);
/* A failed sign-in over TCP: after ten in a minute the answer is 429. Returns the status to send. */
int auth_strike(struct api *api, const struct front_request *request, int status);
/* When the token of a request that was let in ends, on the api's clock; INT64_MAX: never, or no token was asked for. */
int64_t auth_until_at(struct api *api, const struct front_request *request);

/* ---- api_verb.c ---- */
void api_verb(struct call *call);
/* 0, or 415 when there is a body of another kind than the route wants. */
int api_media_type(const struct call *call, struct problem *problem);
enum fault api_body_json(const struct front_request *request, bool required, struct jr_doc **doc,
			 struct problem *problem);

/* ---- check_endpoint.c ---- */
enum fault check_endpoint(struct call *call, struct verb *verb, struct problem *problem);

/* ---- api_feed.c ---- */
void api_events(struct call *call);
void api_waiters_wake(struct api *api, bool all);

/* ---- api_walk.c ---- */
void api_audit_verify(struct call *call);
void api_export(struct call *call);
/* Answers the walks under way with 503. */
void api_walks_drop(struct api *api);

/* ---- api_stream.c ---- */
struct streams *streams_new(struct api *api);
/* After the front is gone, and all streams with it. */
void streams_free(struct streams *streams);
unsigned streams_count(const struct streams *streams);
/* Something was committed: those who have seen everything are told, many commits at once. */
void streams_changed(struct streams *streams);
void api_events_stream(struct call *call);

/* ---- api_material.c, api_upload.c, api_material_verify.c ---- */
void api_materials_close(struct api *api);
void api_material_content(struct call *call);
void api_material_verify(struct call *call);
enum fault check_material_removal(struct call *call, struct verb *verb, struct problem *problem);
/* After the removal's verb, whatever became of it. */
void api_material_removed(struct api *api, struct verb *verb);
void api_upload_begin(struct call *call);
void api_upload_show(struct call *call);
void api_upload_drop(struct call *call);
void api_upload_append(struct call *call);
void api_upload_plan(struct call *call, struct front_plan *plan);

/* ---- api_template.c ---- */
void api_event_types(struct call *call);
void api_event_type(struct call *call);
void api_templates(struct call *call);
void api_template_preview(struct call *call);

/* ---- api_clock.c ---- */
void api_clock_advance(struct call *call);

/* ---- api_health.c ---- */
void api_healthz(struct call *call);
void api_readyz(struct call *call);
void api_metrics(struct call *call);

#endif
