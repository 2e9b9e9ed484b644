/*
 * The route table: one row a route, from which 404, 405, permission, the plan for the body, the known parameters and
 * the help come. And the door: path and query are decoded and parsed here, once, into typed and bounded values.
 * Pure: no sockets, no store.
 */
#ifndef JIEBANG_ROUTE_H
#define JIEBANG_ROUTE_H

#include "engine/engine.h"
#include "http/parser.h"
#include "jiebang/fault.h"
#include "store/read.h"

#include <stdbool.h>
#include <stddef.h>

struct call;
struct front_plan;

enum method {
	METHOD_GET = 0,
	METHOD_POST,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER
};
enum role { ROLE_ANYONE, ROLE_ADMIN };
enum body_kind { BODY_NONE = 0, BODY_JSON, BODY_JSON_REQUIRED, BODY_CSV, BODY_CSV_SPOOL };

/* Parameters of a query, as bits: those that filter (enum read_filter), and these. */
enum { PARAM_LIMIT = READ_FILTERS, PARAM_CURSOR, PARAM_DRY_RUN, PARAM_REASON, PARAM_COUNT };
#define PARAM(p)   (1u << (p))
#define PARAM_LIST (PARAM(PARAM_LIMIT) | PARAM(PARAM_CURSOR))

struct route {
	enum method method; /* GET answers HEAD too */
	const char *pattern;
	enum role role;
	/* Exactly one of these. */
	read_fn *read;
	const struct verb_kind *verb;
	void (*special)(struct call *call); /* answers, now or later */

	const char *id;            /* prefix of :id; NULL: a name */
	unsigned params;           /* known ones */
	unsigned required;         /* among them */
	const char *const *states; /* values of `state`, NULL-terminated */
	const char *const *sorts;  /* of `sort` */
	enum body_kind body;
	const char *content_type; /* of a read; NULL: application/json */
	bool etag;                /* one object: strong ETag, If-None-Match */
	bool computes;            /* wants calendar and programmes */
	read_fn *subject;         /* a write: the object that If-Match speaks of, same :id */
	/* Judges the head before the body comes, and says where the body goes. The id is in the target, no query. */
	void (*plan)(struct call *call, struct front_plan *plan);
	/* Judges the verb's arguments before it is submitted. */
	enum fault (*check)(struct call *call, struct verb *verb, struct problem *problem);
	const char *help;
};

/* api_routes.c */
extern const struct route routes[];
extern const size_t n_routes;

#define TARGET_SEGMENTS_MAX 8

/* A decoded target; all strings point into `text`. */
struct target {
	const char *segment[TARGET_SEGMENTS_MAX];
	size_t n_segments; /* more than the maximum: matches nothing */
	struct read_args args;
	bool dry_run;
	const char *reason; /* NULL: none */
	size_t used;
	char text[PARSER_TARGET_BYTES_MAX + 64]; /* each part's NUL takes its separator's place */
};

enum method method_parse(const char *method);

/* Splits, then decodes each segment: %2F stays inside one, %00 and bad UTF-8 are FAULT_INVALID. */
MUST_CHECK enum fault target_path(struct target *target, const char *path, struct problem *problem);
/*
 * The row for the method and the path, NULL if none. *allow gets the methods that this path knows, as bits of
 * enum method: 0 means that nothing is there.
 */
const struct route *route_match(const struct route *table, size_t n, enum method method,
				const struct target *target, unsigned *allow);
#define ROUTE_ALLOW_BYTES 64
/* "GET, HEAD, OPTIONS" */
void route_allow(unsigned allow, char out[ROUTE_ALLOW_BYTES]);
/* args.key or args.name from :id; FAULT_NOT_FOUND if it can't be one. */
MUST_CHECK enum fault target_id(struct target *target, const struct route *route,
				struct problem *problem);
/* Parameters into args, dry_run and reason. Unknown ones, doubled ones and bad values are FAULT_INVALID. */
MUST_CHECK enum fault target_query(struct target *target, const struct route *route,
				   const char *query, struct problem *problem);

#endif
