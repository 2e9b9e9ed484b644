/*
 * The parser of the heads of HTTP/1.1 requests (RFC 9110, RFC 9112); the body is parser_body's. It does no I/O, allocates nothing and knows
 * no socket; it is strict where a lax reader behind a proxy is a smuggling hole. Both halves are machines that go on
 * where the bytes ended, so cutting a request anywhere changes no verdict.
 */
#ifndef JIEBANG_PARSER_H
#define JIEBANG_PARSER_H

#include "jiebang/parser_body.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARSER_HEAD_BYTES_MAX   16384 /* more is 431 */
#define PARSER_TARGET_BYTES_MAX 8192  /* more is 414 */
#define PARSER_METHOD_BYTES_MAX 32    /* more is 501, as RFC 9112 section 3 wants */
#define PARSER_FIELDS_MAX       100   /* more is 431 */

/* A stretch of the head, counted from its first byte. */
struct parser_span {
	uint16_t at;
	uint16_t len;
};

struct parser_field {
	struct parser_span name;
	struct parser_span value;
};

struct parser_head {
	/* The verdict PARSER_BAD: a status (400, 413, 414, 431, 501, 505) and fixed words that echo nothing. */
	int status;
	const char *detail;

	/* The verdict PARSER_DONE. `used` bytes belong to the head. */
	size_t used;
	struct parser_span method;
	/* Undecoded; empty in absolute-form without a path: read it as "/". */
	struct parser_span path;
	struct parser_span query; /* undecoded, without the '?' */
	enum parser_body_kind body;
	int64_t content_length; /* -1 if absent */
	bool http_1_0;
	bool close;           /* the client asks for it, or speaks HTTP/1.0 */
	bool expect_continue; /* Expect: 100-continue in HTTP/1.1 */
	bool expect_other;    /* any other expectation: answer 417 */

	/* The machine's own. */
	int state;
	size_t mark;
	bool skipped_empty_line;
	bool chunked;
	int host_field;               /* index of Host, -1 before it came */
	struct parser_span authority; /* of absolute-form */
	unsigned n_fields;
	struct parser_field fields[PARSER_FIELDS_MAX];
};

void parser_head_init(struct parser_head *head);

/*
 * `data` is the head from its first byte, `len` all that has come so far (never less than in the call before).
 * After PARSER_DONE or PARSER_BAD only parser_head_init may follow.
 */
enum parser_verdict parser_head_feed(struct parser_head *head, const char *data, size_t len);

/*
 * After PARSER_DONE: ends every span with a NUL, in place, so that spans can be read as C strings. In absolute-form
 * the value of Host becomes the target's authority (RFC 9112 section 3.2.2).
 */
void parser_head_terminate(struct parser_head *head, char *data);

#endif
