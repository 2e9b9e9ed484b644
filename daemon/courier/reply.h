/*
 * The reader of one answer to one POST (RFC 9112): status line, header, body. It does no I/O, allocates nothing and knows
 * no socket; it goes on where the bytes ended, so cutting an answer anywhere changes nothing. What the peer sends is
 * bounded here: header bytes (interim replies and trailers count with them) and body bytes.
 */
#ifndef JIEBANG_REPLY_H
#define JIEBANG_REPLY_H

#include "courier/courier.h"
#include "jiebang/parser_body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_LINE_BYTES        256 /* kept of a header line: longer than any that is judged */
#define REPLY_RETRY_AFTER_BYTES 64
#define REPLY_RAW_BYTES         2048 /* kept of a body: a robot says in a fraction of it how it went */

enum reply_verdict { REPLY_MORE, REPLY_DONE, REPLY_BAD };

struct reply {
	int status; /* of the final answer, from its status line on; 0 before, and for interim replies */
	bool keep; /* after REPLY_DONE: the peer keeps the connection for another request */
	char retry_after[REPLY_RETRY_AFTER_BYTES]; /* the final answer's, as it came; "" if none */
	size_t raw_len;
	char raw[REPLY_RAW_BYTES]; /* start of the body */

	/* The verdict REPLY_BAD: what it is and why, in fixed words that echo nothing. */
	enum attempt_end end;
	const char *words;

	/* The machine's own. */
	int state;
	int code; /* of the status line read last, interim replies too */
	bool http_1_0, close, keep_alive, sloppy, chunked;
	int64_t content_length; /* -1 if absent */
	int64_t header_bytes, header_max_bytes;
	int64_t body_bytes, body_max_bytes;
	struct parser_body framing;
	const struct reply_field
		*last_field; /* the judged field that a folded line would go on with */
	size_t line_len;     /* may pass REPLY_LINE_BYTES: the rest is not kept */
	char line[REPLY_LINE_BYTES];
};

void reply_init(struct reply *reply, int64_t header_max_bytes, int64_t body_max_bytes);

/*
 * Takes what came and says in *used how much of it was the answer's: after REPLY_DONE bytes may be left that belong to
 * nothing. After REPLY_DONE or REPLY_BAD only reply_init may follow. `len` may be 0.
 */
enum reply_verdict reply_feed(struct reply *reply, const char *data, size_t len, size_t *used);

/* The peer has closed in an orderly way: the end of a body without a length, or of all else too early. */
enum reply_verdict reply_end(struct reply *reply);

#endif
