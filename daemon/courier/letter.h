/*
 * One mail over a connection that has been greeted (RFC 5321): MAIL, RCPT, DATA, the text, each answered before the next goes
 * out. It does no I/O and knows no socket; it goes on where the octets ended, so cutting an answer anywhere changes
 * nothing. What the relay says is bounded here.
 */
#ifndef JIEBANG_LETTER_H
#define JIEBANG_LETTER_H

#include "courier/courier.h"
#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>

#define LETTER_LINE_BYTES  512         /* kept of a line: RFC 5321 section 4.5.3.1.5 */
#define LETTER_REPLY_BYTES (16 * 1024) /* of one answer, with all its lines */

enum letter_stage { LETTER_MAIL = 0, LETTER_RCPT, LETTER_DATA, LETTER_TEXT, LETTER_STAGE_COUNT };

enum letter_verdict {
	LETTER_MORE, /* the answer goes on */
	LETTER_SEND, /* `out` holds what is to be sent next */
	LETTER_DONE, /* the relay has taken the mail */
	LETTER_OVER, /* it has not: see `end` and `words` */
};

struct letter {
	enum letter_stage stage; /* what was said last, and is being answered */
	struct buf out;
	int code; /* of the last whole answer; 0: there was none */
	size_t raw_len;
	bool clean;                      /* after LETTER_DONE: nothing came behind its answer */
	char raw[COURIER_EXCERPT_BYTES]; /* what it said, its lines joined by a space */

	/* The verdict LETTER_OVER: what it is and why, in fixed words. */
	enum attempt_end end;
	const char *words;

	/* The machine's own. */
	const char *to;
	const struct buf *text;
	bool begun; /* a line of the answer was read */
	size_t reply_bytes, line_len;
	char line[LETTER_LINE_BYTES];
};

/* Fills `out` with the first command. Addresses and text are borrowed until the end; the text's lines end with CRLF. */
void letter_begin(struct letter *letter, const char *from, const char *to, const struct buf *text);
/* Takes what came. After LETTER_DONE and LETTER_OVER only letter_begin may follow. */
enum letter_verdict letter_feed(struct letter *letter, const char *data, size_t len);
void letter_clear(struct letter *letter);

#endif
