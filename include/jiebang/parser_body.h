/*
 * The body of an HTTP/1.1 message with a length or in chunks (RFC 9112 sections 6 and 7), for the front's requests and the
 * courier's replies. No I/O, no allocation; it goes on where the bytes ended, so cutting a body anywhere changes nothing.
 */
#ifndef JIEBANG_PARSER_BODY_H
#define JIEBANG_PARSER_BODY_H

#include <stddef.h>
#include <stdint.h>

#define PARSER_CHUNK_DIGITS_MAX  15   /* of a chunk's size, so that it fits into an int64_t */
#define PARSER_CHUNK_EXT_MAX     4096 /* bytes of chunk extensions in one body */
#define PARSER_TRAILER_BYTES_MAX 4096

enum parser_verdict { PARSER_MORE, PARSER_DONE, PARSER_BAD };

enum parser_body_kind { PARSER_BODY_NONE, PARSER_BODY_LENGTH, PARSER_BODY_CHUNKED };

struct parser_body {
	int status; /* after PARSER_BAD: 400 or 413 */
	const char *detail;
	int64_t total; /* bytes of content so far, framing not counted */

	int state;
	int64_t left; /* bytes of this chunk, or of the whole body, that are still to come */
	int64_t limit;
	unsigned digits;
	unsigned ext_bytes;
	unsigned trailer_bytes;
};

/* What one call of parser_body_feed took, and the content in it. */
struct parser_piece {
	size_t used;
	const char *data;
	size_t len;
};

/*
 * `content_length` counts for PARSER_BODY_LENGTH only. A body longer than `limit_bytes` is PARSER_BAD with 413, as soon as
 * its length is known.
 */
void parser_body_init(struct parser_body *body, enum parser_body_kind kind, int64_t content_length,
		      int64_t limit_bytes);

/*
 * Gives at most one piece of content a call; call again behind piece->used until all input is used or the verdict is
 * not PARSER_MORE. Bytes behind PARSER_DONE are the next message's and stay unused. `len` may be 0.
 */
enum parser_verdict parser_body_feed(struct parser_body *body, const char *data, size_t len,
				     struct parser_piece *piece);

#endif
