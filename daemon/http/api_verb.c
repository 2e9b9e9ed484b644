/*
 * From a request to a verb and back. Everything that can be judged without the database is judged here; the verb
 * judges the rest inside its transaction. The answer leaves in `done`, after the commit.
 *
 * A write that was answered already is only repeated: its own change is why If-Match no longer fits, so the kept
 * answer comes first.
 *
 * If-Match is compared with the object as it is read now. Another write may come between this and the commit; the
 * verbs themselves check the state they leave, so the loser of that race is told 409 instead of 412. An ETag also
 * changes at midnight in Beijing, when days_left does.
 */
#include "http/api_inside.h"

#include "jiebang/text.h"
#include "store/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define IDEMPOTENCY_KEY_MAX 120

/* ---- the answer ---- */

static void verb_done(struct verb *verb)
{
	struct front_request *request = verb->arg;
	struct api *api = front_data(request);
	/* Before the answer, so that whoever has it reads what was written. */
	api->news++;
	if (verb->kind == &verb_material_remove)
		api_material_removed(api, verb);
	/* The verbs of tokens are the only ones that change them, and nobody else writes. */
	if (verb->kind == &verb_token_add || verb->kind == &verb_token_revoke)
		api->token_changes++;
	if (verb->fault != FAULT_NONE) {
		problem_reply(request, 0, &verb->problem, &verb->reply);
	} else {
		if (verb->kind == &verb_clock_accept && api->hooks.clock_changed)
			api->hooks.clock_changed(api->hooks.arg);
		api_reply(request, verb->status ? verb->status : 200, &verb->reply);
	}
	verb_free(verb);
}

/* ---- headers ---- */

static enum fault take_idempotency_key(struct call *call, struct verb *verb,
				       struct problem *problem)
{
	const char *key = front_header(call->request, "Idempotency-Key");
	if (!key)
		return FAULT_NONE;
	size_t len = strlen(key);
	bool good = len >= 1 && len <= IDEMPOTENCY_KEY_MAX;
	for (size_t i = 0; good && i < len; i++)
		good = key[i] > ' ' && key[i] <= '~';
	if (!good)
		return problem_set(problem, FAULT_INVALID,
				   "Idempotency-Key must be 1 to %d visible ASCII characters",
				   IDEMPOTENCY_KEY_MAX);
	(void)text_copy(verb->idempotency_key, sizeof(verb->idempotency_key), key);
	return FAULT_NONE;
}

/*
 * SHA-256 over method, target and body, each ended by a NUL: the same key for another request is found out. A spooled body
 * may be large: the writer adds it, and only there is looked whether the request was answered before.
 */
static void digest_request(struct call *call, struct verb *verb)
{
	const char *const parts[] = { front_method(call->request), front_path(call->request),
				      front_query(call->request) };
	size_t len;
	if (verb->idempotency_key[0] == '\0')
		return;
	struct digest *digest = digest_new();
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		digest_add(digest, parts[i], strlen(parts[i]) + 1);
	const char *body = front_body(call->request, &len);
	if (body)
		digest_add(digest, body, len);
	digest_finish(digest, verb->request_sha256);
	digest_free(digest);
}

/* The engine looks again, in its transaction; a key that was used for another request is refused there. */
static bool answered_before(const struct call *call, const struct verb *verb)
{
	struct buf reply = BUF_EMPTY;
	int status;
	if (verb->idempotency_key[0] == '\0' || verb->fd >= 0)
		return false;
	enum fault fault = idempotency_get(call->api->reader, verb->actor, verb->idempotency_key,
					   verb->request_sha256, &status, &reply, NULL);
	buf_clear(&reply);
	return fault == FAULT_NONE;
}

static enum fault check_if_match(struct call *call, struct problem *problem)
{
	const char *header = front_header(call->request, "If-Match");
	char etag[API_ETAG_BYTES];
	struct buf now = BUF_EMPTY;
	if (!header || !call->route->subject)
		return FAULT_NONE;
	enum fault fault = api_read_args(call->api, &call->target.args, true, problem);
	if (fault == FAULT_NONE)
		fault = read_run(call->api->reader, call->route->subject, &call->target.args, &now,
				 problem);
	if (fault == FAULT_NONE) {
		api_etag(now.data, now.len, etag);
		if (!api_etag_listed(header, etag, false))
			fault = problem_set(problem, FAULT_STALE,
					    "the object has changed since it was read; read it "
					    "again and decide anew");
	}
	buf_clear(&now);
	return fault;
}

/* ---- the body ---- */

static bool content_type_is(const struct front_request *request, const char *type)
{
	const char *header = front_header(request, "Content-Type");
	char bare[64];
	if (!header)
		return false;
	size_t len = strcspn(header, "; \t");
	return text_copy_n(bare, sizeof(bare), header, len) && text_same_nocase(bare, type);
}

enum fault api_body_json(const struct front_request *request, bool required, struct jr_doc **doc,
			 struct problem *problem)
{
	size_t len;
	const char *body = front_body(request, &len);
	*doc = NULL;
	if (!body)
		return required ? problem_set(problem, FAULT_INVALID,
					      "a JSON object is expected as the body")
				: FAULT_NONE;
	enum fault fault = jr_read(body, len, doc, problem);
	if (fault != FAULT_NONE || jr_type(jr_root(*doc)) == JR_OBJECT)
		return fault;
	jr_free(*doc);
	*doc = NULL;
	return problem_set(problem, FAULT_UNPROCESSED, "the body must be a JSON object");
}

static bool is_csv(const struct front_request *request)
{
	return content_type_is(request, "text/csv") ||
	       content_type_is(request, "application/octet-stream");
}

static enum fault take_text(struct call *call, struct verb *verb, struct problem *problem)
{
	size_t len;
	const char *body = front_body(call->request, &len);
	if (!body)
		return problem_set(problem, FAULT_INVALID, "a CSV file is expected as the body");
	verb->text = xstrndup(body, len);
	verb->text_len = len;
	return FAULT_NONE;
}

/* The request keeps its descriptor, the verb gets its own: it may outlive the request. */
static enum fault take_spool(struct call *call, struct verb *verb, struct problem *problem)
{
	int64_t len;
	int fd = front_body_fd(call->request, &len);
	if (fd < 0 || len == 0)
		return problem_set(problem, FAULT_INVALID, "a CSV file is expected as the body");
	verb->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (verb->fd < 0)
		return problem_set(problem, FAULT_BUSY, "too many open files, try again");
	return FAULT_NONE;
}

static enum fault take_body(struct call *call, struct verb *verb, struct problem *problem)
{
	switch (call->route->body) {
	case BODY_CSV:
		return take_text(call, verb, problem);
	case BODY_CSV_SPOOL:
		return take_spool(call, verb, problem);
	case BODY_JSON:
	case BODY_JSON_REQUIRED:
		return api_body_json(call->request, call->route->body == BODY_JSON_REQUIRED,
				     &verb->body, problem);
	case BODY_NONE:
		break;
	}
	return FAULT_NONE;
}

int api_media_type(const struct call *call, struct problem *problem)
{
	size_t len;
	int64_t spooled;
	bool any = front_body(call->request, &len) != NULL ||
		   front_body_fd(call->request, &spooled) >= 0;
	bool csv = call->route->body == BODY_CSV || call->route->body == BODY_CSV_SPOOL;
	bool good =
		csv ? is_csv(call->request) : content_type_is(call->request, "application/json");
	if (!any || good || call->route->body == BODY_NONE)
		return 0;
	(void)problem_set(problem, FAULT_INVALID, "Content-Type must be %s",
			  csv ? "text/csv or application/octet-stream" : "application/json");
	return 415;
}

/* ---- the glue ---- */

static enum fault fill(struct call *call, struct verb *verb, struct problem *problem)
{
	const struct target *target = &call->target;
	verb->key = target->args.key;
	verb->dry_run = target->dry_run;
	(void)text_copy(verb->actor, sizeof(verb->actor), call->actor);
	(void)text_copy(verb->name, sizeof(verb->name), target->args.name ? target->args.name : "");
	(void)text_copy(verb->reason, sizeof(verb->reason), target->reason ? target->reason : "");
	enum fault fault = take_idempotency_key(call, verb, problem);
	if (fault == FAULT_NONE)
		fault = take_body(call, verb, problem);
	if (fault == FAULT_NONE)
		digest_request(call, verb);
	if (fault == FAULT_NONE && answered_before(call, verb))
		return FAULT_NONE;
	if (fault == FAULT_NONE)
		fault = check_if_match(call, problem);
	if (fault == FAULT_NONE && call->route->check)
		fault = call->route->check(call, verb, problem);
	return fault;
}

void api_verb(struct call *call)
{
	struct problem problem = { .fault = FAULT_NONE };
	int status = api_media_type(call, &problem);
	if (status != 0) {
		problem_reply(call->request, status, &problem, NULL);
		return;
	}
	struct verb *verb = verb_new(call->route->verb, verb_done, call->request);
	if (fill(call, verb, &problem) != FAULT_NONE) {
		verb_free(verb);
		problem_reply(call->request, 0, &problem, NULL);
		return;
	}
	front_set_data(call->request, call->api);
	engine_submit(call->api->engine, verb);
}
