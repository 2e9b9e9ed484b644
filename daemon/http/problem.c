/*
 * One shape for every error. `type` is stable and made for programs, `detail` and `hint` for people.
 */
#include "http/problem.h"

#include "jiebang/json.h"
#include "jiebang/log.h"
#include "jiebang/text.h"

#include <string.h>

/* By status; where a fault of ours has its own name (409: refused or conflict), the fault decides. */
static const struct kind {
	int status;
	const char *name;
	const char *title;
	const char *retry_after_s;
} kinds[] = {
	{ 400, "invalid", "Bad Request", NULL },
	{ 401, "unauthenticated", "Unauthorized", NULL },
	{ 403, "denied", "Forbidden", NULL },
	{ 404, "not_found", "Not Found", NULL },
	{ 405, "method_not_allowed", "Method Not Allowed", NULL },
	{ 409, NULL, "Conflict", NULL },
	{ 412, "stale", "Precondition Failed", NULL },
	{ 413, "too_large", "Content Too Large", NULL },
	{ 415, "unsupported_media_type", "Unsupported Media Type", NULL },
	{ 422, "unprocessed", "Unprocessable Content", NULL },
	{ 429, "too_many_requests", "Too Many Requests", "60" },
	{ 500, NULL, "Internal Server Error", NULL },
	{ 501, "not_implemented", "Not Implemented", NULL },
	{ 503, NULL, "Service Unavailable", "5" },
	{ 507, "full", "Insufficient Storage", "30" },
};

static const struct kind *kind_of(int status)
{
	static const struct kind other = { 0, NULL, "Error", NULL };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].status == status)
			return &kinds[i];
	return &other;
}

/* Refused without a fault of the store behind it: at 503 that is "not now", otherwise a failure of ours. */
static const char *type_of(const struct kind *kind, enum fault fault)
{
	if (kind->name)
		return kind->name;
	if (fault != FAULT_NONE)
		return fault_name(fault);
	return kind->status == 503 ? fault_name(FAULT_BUSY) : "failed";
}

static void write_if(struct jw *jw, const char *key, const char *text)
{
	if (text[0])
		jw_kv_str(jw, key, text);
}

/* The object's members without its braces. */
static void merge(struct jw *jw, const struct buf *more)
{
	if (more && more->len > 2 && more->data[0] == '{' && more->data[more->len - 1] == '}')
		jw_raw(jw, more->data + 1, more->len - 2);
}

void problem_write(struct buf *out, int status, const struct problem *problem,
		   const struct buf *more)
{
	const struct kind *kind = kind_of(status);
	char type[64] = "urn:jiebang:problem:";
	struct jw jw;
	(void)text_copy(type + strlen(type), sizeof(type) - strlen(type),
			type_of(kind, problem->fault));
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", type);
	jw_kv_str(&jw, "title", kind->title);
	jw_kv_int(&jw, "status", status);
	write_if(&jw, "detail", problem->detail);
	write_if(&jw, "pointer", problem->pointer);
	write_if(&jw, "rule", problem->rule);
	write_if(&jw, "clause", problem->clause);
	write_if(&jw, "hint", problem->hint);
	merge(&jw, more);
	jw_object_end(&jw);
}

static void reply(struct front_request *request, int status, const struct problem *problem,
		  const struct buf *more, const struct front_header_pair *header)
{
	struct buf body = BUF_EMPTY;
	struct front_header_pair headers[2];
	size_t n = 0;
	if (status == 0)
		status = fault_http_status(problem->fault);
	const char *retry_after_s = kind_of(status)->retry_after_s;
	if (status >= 500)
		log_warning("request failed", "method=%s path=%s status=%d detail=\"%s\"",
			    front_method(request), front_path(request), status, problem->detail);
	if (header)
		headers[n++] = *header;
	if (retry_after_s)
		headers[n++] = (struct front_header_pair){ "Retry-After", retry_after_s };
	problem_write(&body, status, problem, more);
	front_reply(request, status, "application/problem+json", headers, n, body.data, body.len);
	buf_clear(&body);
}

void problem_reply(struct front_request *request, int status, const struct problem *problem,
		   const struct buf *more)
{
	reply(request, status, problem, more, NULL);
}

void problem_reply_with(struct front_request *request, int status, const struct problem *problem,
			const struct front_header_pair *header)
{
	reply(request, status, problem, NULL, header);
}

void problem_reply_text(struct front_request *request, int status, const char *detail)
{
	struct problem problem = { .fault = FAULT_NONE };
	(void)text_copy(problem.detail, sizeof(problem.detail), detail);
	reply(request, status, &problem, NULL, NULL);
}
