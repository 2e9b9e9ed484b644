/* Errors as application/problem+json (RFC 9457), built from a fault; nothing of the request is echoed. */
#ifndef JIEBANG_HTTP_PROBLEM_H
#define JIEBANG_HTTP_PROBLEM_H

#include "http/front.h"
#include "jiebang/buf.h"
#include "jiebang/fault.h"

/*
 * {"type","title","title_zh","status","detail","detail_zh"} plus what the problem knows; a sentence that has no Chinese
 * yet comes without it. `more` may hold a JSON object whose members are
 * merged in ("errors" of an import), or be NULL or empty.
 */
void problem_write(struct buf *out, int status, const struct problem *problem,
		   const struct buf *more);

/* Answers with it; `status` 0 means the fault's own. Retry-After goes with 429, 503 and 507. */
void problem_reply(struct front_request *request, int status, const struct problem *problem,
		   const struct buf *more);
/* The same with one header more, for instance Allow. */
void problem_reply_with(struct front_request *request, int status, const struct problem *problem,
			const struct front_header_pair *header);
/* A problem of HTTP itself, without a fault of ours: detail only. */
void problem_reply_text(struct front_request *request, int status, const char *detail);

#endif
