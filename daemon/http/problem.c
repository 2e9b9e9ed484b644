/*
 * One shape for every error. `type` is stable and made for programs, `detail` and `hint` for people, in both languages.
 */
#include "http/problem.h"

#include "http/front_status.h"
#include "jiebang/chinese.h"
#include "jiebang/json.h"
#include "jiebang/log.h"
#include "jiebang/text.h"

#include <string.h>

/* Refused without a fault of the store behind it: at 503 that is "not now", otherwise a failure of ours. */
static const char *type_of(const struct front_status *kind, enum fault fault)
{
	return kind->by_fault && fault != FAULT_NONE ? fault_name(fault) : kind->problem;
}

static void write_if(struct jw *jw, const char *key, const char *text)
{
	if (text[0])
		jw_kv_str(jw, key, text);
}

static void write_both(struct jw *jw, const char *key, const char *key_zh, const char *text)
{
	struct buf zh = BUF_EMPTY;
	write_if(jw, key, text);
	if (text[0] && chinese_of(text, &zh))
		jw_kv_str(jw, key_zh, buf_str(&zh));
	buf_clear(&zh);
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
	const struct front_status *kind = front_status_of(status);
	char type[64] = FRONT_PROBLEM;
	struct jw jw;
	(void)text_copy(type + strlen(type), sizeof(type) - strlen(type),
			type_of(kind, problem->fault));
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", type);
	jw_kv_str(&jw, "title", kind->title);
	jw_kv_str(&jw, "title_zh", kind->title_zh);
	jw_kv_int(&jw, "status", status);
	write_both(&jw, "detail", "detail_zh", problem->detail);
	write_if(&jw, "pointer", problem->pointer);
	write_if(&jw, "rule", problem->rule);
	write_if(&jw, "clause", problem->clause);
	write_both(&jw, "hint", "hint_zh", problem->hint);
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
	const char *retry_after_s = front_status_of(status)->retry_after_s;
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
