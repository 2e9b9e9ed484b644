/*
 * The reader of replies: what each answer is, whether its connection may be kept, and that cutting it at any octet, or at
 * all of them, changes nothing.
 */
#include "courier/reply.h"

#include "jiebang/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER_MAX 512
#define BODY_MAX   64
#define TEN        "0123456789"
#define FIFTY      TEN TEN TEN TEN TEN
#define H          "HTTP/1.1 200 OK\r\n"

/* What is wrong, in the table's columns `end` and `words`. */
#define GOOD      ATTEMPT_ANSWERED, ""
#define MALFORMED ATTEMPT_BROKEN, "response: malformed"
#define NOT_HTTP  ATTEMPT_BROKEN, "response: not HTTP/1.x"
#define CUT       ATTEMPT_BROKEN, "response: cut short"
#define SILENT    ATTEMPT_BROKEN, "response: connection closed without an answer"
#define HEADER    ATTEMPT_TOO_LARGE, "response: header too large"
#define BODY      ATTEMPT_TOO_LARGE, "response: body too large"

enum rest { WHOLE = 0, AND_END }; /* AND_END: it takes the end of the connection to judge it */

static const struct row {
	const char *text;
	size_t left; /* octets behind a good answer */
	enum rest rest;
	enum attempt_end end;
	const char *words;
	int status;
	bool keep;
	const char *retry_after;
	const char *body;
} rows[] = {
	/* framing */
	{ H "Content-Length: 2\r\n\r\nok", 0, WHOLE, GOOD, 200, true, "", "ok" },
	{ H "Content-Length: 2\r\n\r\noknext", 4, WHOLE, GOOD, 200, true, "", "ok" },
	{ H "content-LENGTH:\t 2 \t\r\n\r\nok", 0, WHOLE, GOOD, 200, true, "", "ok" },
	{ H "Content-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, true, "", "" },
	{ H "Content-Length: 00002\r\n\r\nok", 0, WHOLE, GOOD, 200, true, "", "ok" },
	{ H "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", 0, WHOLE, GOOD, 200, true, "",
	  "ok" },
	{ H "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", 0, WHOLE, MALFORMED, 200, false, "",
	  "" },
	{ H "Content-Length: 2, 2\r\n\r\nok", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length: -5\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length: +5\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length: 0x5\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length: 5 5\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length:\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length: 2\xe3\x80\x80\r\n\r\nok", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Content-Length: 1234567890123456789\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "",
	  "" },
	{ H "Content-Length: 9\r\n\r\nok", 0, AND_END, CUT, 200, true, "", "ok" },
	{ H "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", 0, WHOLE, GOOD,
	  200, true, "", "abc" },
	{ H "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\nHTTP", 4, WHOLE,
	  GOOD, 200, true, "", "ab" },
	{ H "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", 0, AND_END, CUT, 200, true, "",
	  "ab" },
	{ H "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", 0, WHOLE, MALFORMED, 200, true, "",
	  "" },
	{ H "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", 0, WHOLE, MALFORMED, 200, true, "",
	  "ab" },
	{ H "Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n", 0, WHOLE, MALFORMED, 200, true, "",
	  "" },
	{ H "Transfer-Encoding: gzip, chunked\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Transfer-Encoding: identity\r\n\r\n", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 0, WHOLE, MALFORMED,
	  200, false, "", "" },
	/* two framings: the chunks count, and the connection goes */
	{ H "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 0, WHOLE,
	  GOOD, 200, false, "", "ab" },
	{ H "\r\nuntil close", 0, AND_END, GOOD, 200, false, "", "until close" },
	{ H "\r\n", 0, AND_END, GOOD, 200, false, "", "" },
	{ "HTTP/1.1 204 No\r\n\r\n", 0, WHOLE, GOOD, 204, true, "", "" },
	{ "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", 0, WHOLE, GOOD, 204, true, "", "" },
	{ "HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n", 0, WHOLE, GOOD, 304, true, "", "" },
	{ "HTTP/1.1 304 Same\r\nTransfer-Encoding: chunked\r\n\r\n", 0, WHOLE, GOOD, 304, true, "",
	  "" },

	/* status lines */
	{ "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, true, "", "" },
	{ "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, true, "", "" },
	{ "HTTP/1.9 299 \xe5\xa5\xbd\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 299, true, "",
	  "" },
	{ "HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 999, true, "", "" },
	{ "HTTP/1.1 99 ?\r\n\r\n", 0, WHOLE, MALFORMED, 0, false, "", "" },
	{ "HTTP/1.1 099 ?\r\n\r\n", 0, WHOLE, MALFORMED, 0, false, "", "" },
	{ "HTTP/1.1 2000 ?\r\n\r\n", 0, WHOLE, MALFORMED, 0, false, "", "" },
	{ "HTTP/1.1  200 OK\r\n\r\n", 0, WHOLE, MALFORMED, 0, false, "", "" },
	{ "HTTP/1.x 200 OK\r\n\r\n", 0, WHOLE, MALFORMED, 0, false, "", "" },
	{ "HTTP/2 200\r\n\r\n", 0, WHOLE, NOT_HTTP, 0, false, "", "" },
	{ "http/1.1 200 OK\r\n\r\n", 0, WHOLE, NOT_HTTP, 0, false, "", "" },
	{ "SSH-2.0-OpenSSH_9.2\r\n", 0, WHOLE, NOT_HTTP, 0, false, "", "" },
	{ "\r\n" H "\r\n", 0, WHOLE, NOT_HTTP, 0, false, "", "" },
	{ "", 0, AND_END, SILENT, 0, false, "", "" },
	{ "HTTP/1.1 2", 0, AND_END, CUT, 0, false, "", "" },
	{ H "Content-Le", 0, AND_END, CUT, 200, false, "", "" },

	/* interim replies: what they say does not count */
	{ "HTTP/1.1 103 Early\r\nRetry-After: 9\r\nContent-Length: 5\r\nConnection: close\r\n\r\n" H
	  "Content-Length: 2\r\n\r\nok",
	  0, WHOLE, GOOD, 200, true, "", "ok" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n" H "Content-Length: 0\r\n\r\n", 0,
	  WHOLE, GOOD, 200, true, "", "" },
	{ "HTTP/1.1 100 Continue\r\n\r\n", 0, AND_END, SILENT, 0, false, "", "" },
	{ "HTTP/1.1 101 Switching\r\n\r\n\x01\x02", 0, WHOLE, NOT_HTTP, 0, false, "", "" },
	{ "HTTP/1.1 100 Continue\r\n\r\n" H "X", 0, AND_END, CUT, 200, false, "", "" },

	/* who keeps the connection */
	{ H "Connection: close\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, false, "", "" },
	{ H "Connection: Upgrade , CLOSE\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, false,
	  "", "" },
	{ H "Connection: closet\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, true, "", "" },
	{ H "Connection: keep-alive\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 0, WHOLE,
	  GOOD, 200, false, "", "" },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD, 200, false, "", "" },
	{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", 0, WHOLE,
	  GOOD, 200, true, "", "ok" },
	{ "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, WHOLE, GOOD, 200,
	  false, "", "" },

	/* sloppy, but understood: the connection goes */
	{ "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 0, WHOLE, GOOD, 200, false, "", "ok" },
	{ H "Content-Length : 2\r\n\r\nok", 0, WHOLE, GOOD, 200, false, "", "ok" },
	{ H "Warning in line 5\r\nContent-Length: 2\r\n\r\nok", 0, WHOLE, GOOD, 200, false, "",
	  "ok" },
	{ H "X-Long: a\r\n b\r\nContent-Length: 2\r\n\r\nok", 0, WHOLE, GOOD, 200, false, "",
	  "ok" },
	{ H "Content-Length: 2\r\n 3\r\n\r\nok", 0, WHOLE, MALFORMED, 200, false, "", "" },
	{ H "Connection: keep-alive,\r\n\tclose\r\nContent-Length: 0\r\n\r\n", 0, WHOLE, MALFORMED,
	  200, false, "", "" },

	/* Retry-After */
	{ "HTTP/1.1 429 Slow\r\nretry-AFTER:  17 \r\nContent-Length: 0\r\n\r\n", 0, WHOLE, GOOD,
	  429, true, "17", "" },
	{ "HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: "
	  "0\r\n\r\n",
	  0, WHOLE, GOOD, 429, true, "Fri, 31 Dec 1999 23:59:59 GMT", "" },
	{ "HTTP/1.1 429 Slow\r\nRetry-After: " FIFTY FIFTY "\r\nContent-Length: 0\r\n\r\n", 0,
	  WHOLE, GOOD, 429, true, "", "" },

	/* bounds */
	{ H "X: " FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY "\r\nContent-Length: 2\r\n\r\nok", 0, WHOLE,
	  GOOD, 200, true, "", "ok" },
	{ H "X: " FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY "\r\n\r\n", 0, WHOLE,
	  HEADER, 200, false, "", "" },
	{ H "Connection: " FIFTY FIFTY FIFTY FIFTY FIFTY ", close\r\n\r\n", 0, WHOLE, MALFORMED,
	  200, false, "", "" },
	{ H "Content-Length: 64\r\n\r\n" FIFTY TEN "abcd", 0, WHOLE, GOOD, 200, true, "",
	  FIFTY TEN "abcd" },
	{ H "Content-Length: 65\r\n\r\n" FIFTY TEN "abcde", 0, WHOLE, BODY, 200, true, "",
	  FIFTY TEN "abcd" },
	{ H "\r\n" FIFTY TEN "abcde", 0, WHOLE, BODY, 200, false, "", FIFTY TEN "abcd" },
	{ H "Transfer-Encoding: chunked\r\n\r\n28\r\n" TEN TEN TEN TEN "\r\n28\r\n" TEN TEN TEN TEN
	    "\r\n",
	  0, WHOLE, BODY, 200, true, "", TEN TEN TEN TEN TEN TEN "0123" },
};

struct reading {
	enum reply_verdict verdict;
	size_t used;
	struct reply reply;
};

/* In pieces of `step` octets from `first` on: what lies before is one piece. */
static void read_cut(const struct row *row, size_t first, size_t step, struct reading *out)
{
	size_t len = strlen(row->text);
	size_t at = 0;

	reply_init(&out->reply, HEADER_MAX, BODY_MAX);
	out->verdict = REPLY_MORE;
	out->used = 0;
	while (at < len && out->verdict == REPLY_MORE) {
		size_t piece = at < first ? first - at : step;
		size_t used;
		piece = piece < len - at ? piece : len - at;
		/* A copy of its own, so that the sanitizer sees a look beyond it. */
		char *data = malloc(piece);
		assert_non_null(data);
		memcpy(data, row->text + at, piece);
		out->verdict = reply_feed(&out->reply, data, piece, &used);
		free(data);
		assert_true(used <= piece);
		assert_true(out->verdict != REPLY_MORE || used == piece);
		out->used += used;
		at += piece;
	}
	if (row->rest == AND_END) {
		assert_int_equal(out->verdict, REPLY_MORE);
		out->verdict = reply_end(&out->reply);
	}
}

static void check(const struct row *row, const struct reading *reading, size_t first, size_t step)
{
	const struct reply *reply = &reading->reply;
	bool bad = reading->verdict == REPLY_BAD;
	bool same = reading->verdict == (row->words[0] ? REPLY_BAD : REPLY_DONE) &&
		    reply->status == row->status && strcmp(reply->words, row->words) == 0 &&
		    reply->end == row->end && strlen(row->body) == reply->raw_len &&
		    memcmp(reply->raw, row->body, reply->raw_len) == 0 &&
		    (bad || (reply->keep == row->keep &&
			     strcmp(reply->retry_after, row->retry_after) == 0 &&
			     reading->used == strlen(row->text) - row->left));

	if (!same)
		fail_msg("%s\n  cut at %zu, then every %zu: verdict=%d end=%s words='%s' status=%d "
			 "keep=%d retry='%s' used=%zu body='%.*s'",
			 row->text, first, step, reading->verdict, attempt_end_name(reply->end),
			 reply->words, reply->status, reply->keep, reply->retry_after,
			 reading->used, (int)reply->raw_len, reply->raw);
}

static void test_rows(void **state)
{
	struct reading reading;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].text);
		for (size_t first = 0; first <= len; first++) {
			read_cut(&rows[i], first, len + 1, &reading);
			check(&rows[i], &reading, first, len + 1);
		}
		read_cut(&rows[i], 0, 1, &reading);
		check(&rows[i], &reading, 0, 1);
	}
}

/* Strings can't hold it: a NUL anywhere in the header. */
static void test_nul(void **state)
{
	static const char text[] = H "X: a\0b\r\nContent-Length: 0\r\n\r\n";
	struct reply reply;
	size_t used;

	(void)state;
	reply_init(&reply, HEADER_MAX, BODY_MAX);
	assert_int_equal(reply_feed(&reply, text, sizeof(text) - 1, &used), REPLY_BAD);
	assert_string_equal(reply.words, "response: malformed");
}

/* Trailers have a bound of their own, and interim replies the header's: neither goes on for ever. */
static void test_endless(void **state)
{
	static const struct {
		const char *start;
		const char *again;
	} endless[] = {
		{ "", "HTTP/1.1 100 Continue\r\n\r\n" },
		{ H, "X-More: and more\r\n" },
		{ H, "no colon\r\n" },
		{ H "X: ", "and no end of the line" },
		{ H "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-More: and more\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		struct reply reply;
		size_t used;
		size_t fed = 0;
		reply_init(&reply, HEADER_MAX, BODY_MAX);
		enum reply_verdict verdict =
			reply_feed(&reply, endless[i].start, strlen(endless[i].start), &used);
		while (verdict == REPLY_MORE && fed++ < 1000)
			verdict = reply_feed(&reply, endless[i].again, strlen(endless[i].again),
					     &used);
		assert_int_equal(verdict, REPLY_BAD);
		assert_int_equal(reply.end, ATTEMPT_TOO_LARGE);
		assert_string_equal(reply.words, "response: header too large");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
