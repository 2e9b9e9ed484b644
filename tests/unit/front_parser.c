/*
 * What is on the wire, and what the parser makes of it. Every case is read whole, octet by octet, and cut in two at
 * every place: the verdict must be the same each time. The transcript of a case has one "METHOD path ?query <body>"
 * for each request (with ! for close, + for 100-continue, * for another expectation), then "more" when the wire ends
 * inside a request, or the status of the refusal.
 */
#include "http/parser.h"
#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "jiebang/parser_class.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BODY_LIMIT 64

struct wire_case {
	const char *wire;
	size_t len;
	const char *expected;
};

#define W(text) text, sizeof text - 1
#define G       "GET / HTTP/1.1\r\n"
#define P       "POST /p HTTP/1.1\r\nHost: h\r\n"
#define H       "Host: h\r\n"
#define E       "\r\n"
#define CHUNKED P "Transfer-Encoding: chunked\r\n\r\n"

static const struct wire_case cases[] = {
	/* ---- the request line ---- */
	{ W(G H E), "GET / ? <>" },
	{ W("GET /a/b?c=d&e HTTP/1.1\r\n" H E), "GET /a/b ?c=d&e <>" },
	{ W("GET /? HTTP/1.1\r\n" H E), "GET / ? <>" },
	{ W("GET /a?b?c HTTP/1.1\r\n" H E), "GET /a ?b?c <>" },
	{ W("GET /a%2Fb%00c HTTP/1.1\r\n" H E), "GET /a%2Fb%00c ? <>" },
	{ W("GET /%e6%8f%ad HTTP/1.1\r\n" H E), "GET /%e6%8f%ad ? <>" },
	{ W("GET //double//slash HTTP/1.1\r\n" H E), "GET //double//slash ? <>" },
	{ W("GET /a;b=c,d@e:f!$&'()*+~ HTTP/1.1\r\n" H E), "GET /a;b=c,d@e:f!$&'()*+~ ? <>" },
	{ W("GET /?a[]={}|^` HTTP/1.1\r\n" H E), "GET / ?a[]={}|^` <>" },
	{ W("DELETE /x HTTP/1.1\r\n" H E), "DELETE /x ? <>" },
	{ W("M-SEARCH! /x HTTP/1.1\r\n" H E), "M-SEARCH! /x ? <>" },
	{ W("get / HTTP/1.1\r\n" H E), "get / ? <>" },
	{ W("HEAD / HTTP/1.1\r\n" H E), "HEAD / ? <>" },
	{ W("OPTIONS * HTTP/1.1\r\n" H E), "OPTIONS * ? <>" },
	{ W("\r\n" G H E), "GET / ? <>" },
	{ W("\r\n\r\n" G H E), "400" },
	{ W("\n" G H E), "400" },
	{ W("\r" G H E), "400" },
	{ W(" " G H E), "400" },
	{ W("\tGET / HTTP/1.1\r\n" H E), "400" },
	{ W("GET  / HTTP/1.1\r\n" H E), "400" },
	{ W("GET /  HTTP/1.1\r\n" H E), "400" },
	{ W("GET\t/ HTTP/1.1\r\n" H E), "400" },
	{ W("GET /\tHTTP/1.1\r\n" H E), "400" },
	{ W("GET / HTTP/1.1 \r\n" H E), "400" },
	{ W("GET / HTTP/1.1\n" H E), "400" },
	{ W("GET / HTTP/1.1\r" H E), "400" },
	{ W("GET / HTTP/1.1\r\r\n" H E), "400" },
	{ W("GET /\r\n" H E), "400" },
	{ W("GET\r\n" H E), "400" },
	{ W("GET / \r\n" H E), "400" },
	{ W("GE(T / HTTP/1.1\r\n" H E), "400" },
	{ W("G\0T / HTTP/1.1\r\n" H E), "400" },
	{ W("G\xc3\xa9T / HTTP/1.1\r\n" H E), "400" },
	{ W("GET: / HTTP/1.1\r\n" H E), "400" },
	{ W(": / HTTP/1.1\r\n" H E), "400" },
	{ W("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / HTTP/1.1\r\n" H E),
	  "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF / ? <>" },
	{ W("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1\r\n" H E), "501" },
	{ W("GET /a b HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a\0b HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a\x7f HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a\xe6\x8f\xad HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a#b HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a\\b HTTP/1.1\r\n" H E), "400" },
	{ W("GET /<script> HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a\"b HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a% HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a%2 HTTP/1.1\r\n" H E), "400" },
	{ W("GET /a%zz HTTP/1.1\r\n" H E), "400" },
	{ W("GET /?a=%g0 HTTP/1.1\r\n" H E), "400" },
	{ W("GET a HTTP/1.1\r\n" H E), "400" },
	{ W("GET ?a HTTP/1.1\r\n" H E), "400" },
	{ W("GET * HTTP/1.1\r\n" H E), "400" },
	{ W("OPTIONS *x HTTP/1.1\r\n" H E), "400" },
	{ W("CONNECT h:443 HTTP/1.1\r\n" H E), "501" },
	{ W("CONNECT / HTTP/1.1\r\n" H E), "501" },
	/* ---- absolute-form ---- */
	{ W("GET http://a.example/b?c HTTP/1.1\r\n" H E), "GET /b ?c <> host=a.example" },
	{ W("GET HTTPS://a.example:8443/ HTTP/1.1\r\n" H E), "GET / ? <> host=a.example:8443" },
	{ W("GET http://a.example HTTP/1.1\r\n" H E), "GET  ? <> host=a.example" },
	{ W("GET http://a.example?q HTTP/1.1\r\n" H E), "GET  ?q <> host=a.example" },
	{ W("GET http://[::1]:80/b HTTP/1.1\r\n" H E), "GET /b ? <> host=[::1]:80" },
	{ W("GET http://a.example/b HTTP/1.0\r\n\r\n"), "GET /b ? <> !" },
	{ W("GET http:///b HTTP/1.1\r\n" H E), "400" },
	{ W("GET http://u:p@a.example/b HTTP/1.1\r\n" H E), "400" },
	{ W("GET http:/b HTTP/1.1\r\n" H E), "400" },
	{ W("GET http HTTP/1.1\r\n" H E), "400" },
	{ W("GET https:// HTTP/1.1\r\n" H E), "400" },
	{ W("GET httpx://a/ HTTP/1.1\r\n" H E), "400" },
	{ W("GET ftp://a/ HTTP/1.1\r\n" H E), "400" },
	{ W("GET http://a.example/b HTTP/1.1\r\n\r\n"), "400" },
	/* ---- versions ---- */
	{ W("GET / HTTP/1.0\r\n\r\n"), "GET / ? <> !" },
	{ W("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "GET / ? <> !" },
	{ W("GET / HTTP/1.2\r\n" H E), "GET / ? <>" },
	{ W("GET / HTTP/2.0\r\n" H E), "505" },
	{ W("GET / HTTP/0.9\r\n" H E), "505" },
	{ W("GET / HTTP/2\r\n" H E), "400" },
	{ W("GET / HTTP/1.\r\n" H E), "400" },
	{ W("GET / HTTP/1.10\r\n" H E), "400" },
	{ W("GET / HTTP/11.1\r\n" H E), "400" },
	{ W("GET / http/1.1\r\n" H E), "400" },
	{ W("GET / HTTP/1,1\r\n" H E), "400" },
	{ W("GET / HTTP 1.1\r\n" H E), "400" },
	{ W("GET / HTTPS/1.1\r\n" H E), "400" },
	{ W("GET / HTTP/-1.1\r\n" H E), "400" },
	{ W("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "400" },
	{ W("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), "400" },
	{ W("\x80\x2e\x01\x03\x01"), "400" },
	{ W("SSH-2.0-OpenSSH_9.2\r\n"), "400" },
	/* ---- header fields ---- */
	{ W(G H "A:b\r\n" E), "GET / ? <>" },
	{ W(G H "A: \t b\tc \t\r\n" E), "GET / ? <>" },
	{ W(G H "A:\r\n" E), "GET / ? <>" },
	{ W(G H "A: \r\n" E), "GET / ? <>" },
	{ W(G H "A: \xe6\x8f\xad\xff\r\n" E), "GET / ? <>" },
	{ W(G H "!#$%&'*+-.^_`|~09Az: b\r\n" E), "GET / ? <>" },
	{ W(G H "A : b\r\n" E), "400" },
	{ W(G H "A\t: b\r\n" E), "400" },
	{ W(G "Host : h\r\n" E), "400" },
	{ W(G H "A\r\n" E), "400" },
	{ W(G H ": b\r\n" E), "400" },
	{ W(G H "A b: c\r\n" E), "400" },
	{ W(G H "A(b): c\r\n" E), "400" },
	{ W(G H "A\xc3\xa9: c\r\n" E), "400" },
	{ W(G H "A\0: c\r\n" E), "400" },
	{ W(G H "A: b\0c\r\n" E), "400" },
	{ W(G H "A: b\x01\r\n" E), "400" },
	{ W(G H "A: b\x7f\r\n" E), "400" },
	{ W(G H "A: b\x0b\r\n" E), "400" },
	{ W(G H "A: b\rC: d\r\n" E), "400" },
	{ W(G H "A: b\nC: d\r\n" E), "400" },
	{ W(G H "A: b\rxC: d\r\n" E), "400" },
	{ W("GET / HTTP/1.1\rx" H E), "400" },
	{ W("\rx" G H E), "400" },
	{ W(G H "A: b\r\r\n" E), "400" },
	{ W(G H "A: b\n" E), "400" },
	{ W(G H "A: b\r\n c\r\n" E), "400" },
	{ W(G H "A: b\r\n\tc\r\n" E), "400" },
	{ W(G " A: b\r\n" H E), "400" },
	{ W(G "\tA: b\r\n" H E), "400" },
	{ W(G H "\n"), "400" },
	{ W(G H "\rx"), "400" },
	{ W(G H "A: b"), "more" },
	{ W(G H), "more" },
	{ W("GE"), "more" },
	{ W(""), "" },
	/* ---- Host ---- */
	{ W(G E), "400" },
	{ W(G H H E), "400" },
	{ W(G "Host: a\r\nhOsT: b\r\n" E), "400" },
	{ W("GET / HTTP/1.0\r\n" H H E), "400" },
	{ W(G "Host:\r\n" E), "GET / ? <>" },
	{ W(G "Host: a.example:8470\r\n" E), "GET / ? <> host=a.example:8470" },
	{ W(G "Host: [2001:db8::1]:80\r\n" E), "GET / ? <> host=[2001:db8::1]:80" },
	{ W(G "Host: 127.0.0.1:\r\n" E), "GET / ? <> host=127.0.0.1:" },
	{ W(G "Host: a b\r\n" E), "400" },
	{ W(G "Host: a/b\r\n" E), "400" },
	{ W(G "Host: a,b\r\n" E), "400" },
	{ W(G "Host: u@a\r\n" E), "400" },
	{ W(G "Host: http://a\r\n" E), "400" },
	{ W(G "Host: a:x\r\n" E), "400" },
	{ W(G "Host: a:65536\r\n" E), "400" },
	{ W(G "Host: a:1:2\r\n" E), "400" },
	{ W(G "Host: :80\r\n" E), "400" },
	{ W(G "Host: [::1\r\n" E), "400" },
	{ W(G "Host: []\r\n" E), "400" },
	{ W(G "Host: [::1]x\r\n" E), "400" },
	{ W(G "Host: \xe6\x8f\xad\r\n" E), "400" },
	/* ---- Connection and Expect ---- */
	{ W(G H "Connection: close\r\n" E), "GET / ? <> !" },
	{ W(G H "Connection: CLOSE\r\n" E), "GET / ? <> !" },
	{ W(G H "Connection: keep-alive ,\tclose , x\r\n" E), "GET / ? <> !" },
	{ W(G H "Connection: x\r\nConnection: close\r\n" E), "GET / ? <> !" },
	{ W(G H "Connection: closed, disclose\r\n" E), "GET / ? <>" },
	{ W(G H "Connection: keep-alive\r\n" E), "GET / ? <>" },
	{ W(G H "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" E), "GET / ? <>" },
	{ W(P "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\nok"), "POST /p ? <ok> +" },
	{ W(P "Expect: 200-ok\r\n\r\n"), "POST /p ? <> *" },
	{ W("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"),
	  "POST / ? <a> !" },
	/* ---- Content-Length ---- */
	{ W(P "Content-Length: 0\r\n\r\n"), "POST /p ? <>" },
	{ W(P "Content-Length: 5\r\n\r\nhello"), "POST /p ? <hello>" },
	{ W(P "content-length:005\r\n\r\nhello"), "POST /p ? <hello>" },
	{ W(P "Content-Length: 4\r\n\r\na\0\r\n"), "POST /p ? <a\xef\xbf\xbd\r\n>" },
	{ W(P "Content-Length: 5\r\n\r\nhell"), "more" },
	{ W(G H "Content-Length: 2\r\n\r\nab" G H E), "GET / ? <ab>;GET / ? <>" },
	{ W(P "Content-Length: 64\r\n\r\n"), "more" },
	{ W(P "Content-Length: 65\r\n\r\n"), "413" },
	{ W(P "Content-Length: 999999999999999999\r\n\r\n"), "413" },
	{ W(P "Content-Length: 18446744073709551617\r\n\r\n"), "413" },
	{ W(P "Content-Length:\r\n\r\n"), "400" },
	{ W(P "Content-Length: +5\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: -5\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 0x5\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 5.0\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 5 5\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 5, 5\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 5;\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: five\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: \"5\"\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), "400" },
	{ W(P "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), "400" },
	{ W(P "Content-Length : 5\r\n\r\nhello"), "400" },
	{ W(P "Content\xad"
	      "Length: 5\r\n\r\nhello"),
	  "400" },
	/* ---- Transfer-Encoding ---- */
	{ W(CHUNKED "5\r\nhello\r\n0\r\n\r\n"), "POST /p ? <hello>" },
	{ W(P "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"), "POST /p ? <>" },
	{ W(P "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400" },
	{ W(P "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n"), "400" },
	{ W(P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400" },
	{ W(P "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: identity\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"), "501" },
	{ W(P "Transfer-Encoding: \x0b"
	      "chunked\r\n\r\n0\r\n\r\n"),
	  "400" },
	{ W(P "Transfer-Encoding:\r\n\r\n"), "400" },
	{ W(P "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), "400" },
	{ W(P "Transfer-Encoding\0: chunked\r\n\r\n0\r\n\r\n"), "400" },
	{ W("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400" },
	/* ---- chunks ---- */
	{ W(CHUNKED "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), "POST /p ? <hello world>" },
	{ W(CHUNKED "00a\r\n0123456789\r\n000\r\n\r\n"), "POST /p ? <0123456789>" },
	{ W(CHUNKED "B\r\nhello\r\n\r\nab\r\n0\r\n\r\n"), "POST /p ? <hello\r\n\r\nab>" },
	{ W(CHUNKED "5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n"), "POST /p ? <hello>" },
	{ W(CHUNKED "0\r\nA: b\r\nC:\r\n\r\n"), "POST /p ? <>" },
	{ W(CHUNKED "0\r\n\r\n" G H E), "POST /p ? <>;GET / ? <>" },
	{ W(CHUNKED
	    "40\r\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n0\r\n\r\n"),
	  "POST /p ? <0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef>" },
	{ W(CHUNKED "5\r\nhello\r\n3c\r\n"), "413" },
	{ W(CHUNKED "41\r\n"), "413" },
	{ W(CHUNKED "7fffffffffffff0\r\n"), "413" },
	{ W(CHUNKED "fffffffffffffff\r\n"), "413" },
	{ W(CHUNKED "ffffffffffffffff\r\n"), "400" },
	{ W(CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "0000000000000005\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "+5\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "-5\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED " 5\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5 \r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5 ;a\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\rhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED ";a\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "g\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5,\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\0\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5;a\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5;a\0\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5;a\rb\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhello0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhello\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhello\r0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhello\rx0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhellox\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\rxhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "0\r\nA: b\rx\r\n"), "400" },
	{ W(CHUNKED "4\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "6\r\nhello\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhello\r\n\r\n0\r\n\r\n"), "400" },
	{ W(CHUNKED "5\r\nhello\r\n"), "more" },
	{ W(CHUNKED "5\r\nhello\r\n0\r\n"), "more" },
	{ W(CHUNKED "0\n\n"), "400" },
	{ W(CHUNKED "0\r\n\n"), "400" },
	{ W(CHUNKED "0\r\n\rx"), "400" },
	{ W(CHUNKED "0\r\nA b: c\r\n\r\n"), "400" },
	{ W(CHUNKED "0\r\nA : c\r\n\r\n"), "400" },
	{ W(CHUNKED "0\r\n: c\r\n\r\n"), "400" },
	{ W(CHUNKED "0\r\nA: c\n\r\n"), "400" },
	{ W(CHUNKED "0\r\nA: b\r\n c\r\n\r\n"), "400" },
	{ W(CHUNKED "0\r\nA: b\0\r\n\r\n"), "400" },
	{ W(CHUNKED "0\r\nA\r\n\r\n"), "400" },
	/* ---- one behind the other ---- */
	{ W(G H E G H E), "GET / ? <>;GET / ? <>" },
	{ W(G H E "\r\n" G H E), "GET / ? <>;GET / ? <>" },
	{ W(G H E "x"), "GET / ? <>;more" },
	{ W(G H E "\0"), "GET / ? <>;400" },
	{ W(G H "Content-Length: 0\r\n\r\nSMUGGLED / HTTP/1.1\r\n" H E),
	  "GET / ? <>;SMUGGLED / ? <>" },
};

/* A reader as the front is one: the wire arrives in the pieces that `next_cut` tells. */
struct reader {
	char *data; /* a copy of its own, so that a read beyond what has arrived is caught */
	size_t len;
	size_t head_at;
	size_t at;
	bool in_body;
	bool ended;
	struct parser_head head;
	struct parser_body framing;
	struct buf body;
	struct buf transcript;
};

static const char *text_of(const struct reader *reader, struct parser_span span)
{
	return reader->data + reader->head_at + span.at;
}

static void note_request(struct reader *reader)
{
	struct buf *out = &reader->transcript;

	if (out->len > 0)
		buf_addc(out, ';');
	buf_addf(out, "%s %s ?%s <", text_of(reader, reader->head.method),
		 text_of(reader, reader->head.path), text_of(reader, reader->head.query));
	for (size_t i = 0; i < reader->body.len; i++) {
		if (reader->body.data[i] == '\0')
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_addc(out, reader->body.data[i]);
	}
	buf_addc(out, '>');
	if (reader->head.close)
		buf_adds(out, " !");
	if (reader->head.expect_continue)
		buf_adds(out, " +");
	if (reader->head.expect_other)
		buf_adds(out, " *");
	if (reader->head.host_field >= 0) {
		const char *host =
			text_of(reader, reader->head.fields[reader->head.host_field].value);
		if (strcmp(host, "h") != 0 && host[0] != '\0')
			buf_addf(out, " host=%s", host);
	}
}

static void note_refusal(struct reader *reader, int status, const char *detail)
{
	assert_non_null(detail);
	buf_addf(&reader->transcript, "%s%d", reader->transcript.len > 0 ? ";" : "", status);
	reader->ended = true;
}

static void request_done(struct reader *reader)
{
	note_request(reader);
	buf_reset(&reader->body);
	reader->in_body = false;
	reader->head_at = reader->at;
	parser_head_init(&reader->head);
}

static void read_body(struct reader *reader)
{
	struct parser_piece piece;
	enum parser_verdict verdict;

	do {
		verdict = parser_body_feed(&reader->framing, reader->data + reader->at,
					   reader->len - reader->at, &piece);
		if (piece.len > 0)
			buf_add(&reader->body, piece.data, piece.len);
		reader->at += piece.used;
	} while (verdict == PARSER_MORE && reader->at < reader->len);
	if (verdict == PARSER_BAD)
		note_refusal(reader, reader->framing.status, reader->framing.detail);
	if (verdict == PARSER_DONE)
		request_done(reader);
}

static void read_head(struct reader *reader)
{
	enum parser_verdict verdict = parser_head_feed(
		&reader->head, reader->data + reader->head_at, reader->len - reader->head_at);

	reader->at = reader->len;
	if (verdict == PARSER_BAD)
		note_refusal(reader, reader->head.status, reader->head.detail);
	if (verdict != PARSER_DONE)
		return;
	reader->at = reader->head_at + reader->head.used;
	parser_head_terminate(&reader->head, reader->data + reader->head_at);
	parser_body_init(&reader->framing, reader->head.body, reader->head.content_length,
			 BODY_LIMIT);
	reader->in_body = true;
	read_body(reader);
}

static void arrive(struct reader *reader, const char *data, size_t len)
{
	char *grown = malloc(reader->len + len + 1);

	assert_non_null(grown);
	if (reader->len > 0)
		memcpy(grown, reader->data, reader->len);
	memcpy(grown + reader->len, data, len);
	free(reader->data);
	reader->data = grown;
	reader->len += len;
	while (reader->at < reader->len && !reader->ended) {
		if (reader->in_body)
			read_body(reader);
		else
			read_head(reader);
	}
}

/* The pieces: [0, cut), then `step` octets at a time. */
static char *transcript(const char *wire, size_t len, size_t cut, size_t step)
{
	struct reader reader = { .body = BUF_EMPTY, .transcript = BUF_EMPTY };

	parser_head_init(&reader.head);
	arrive(&reader, wire, cut);
	for (size_t at = cut; at < len; at += step)
		arrive(&reader, wire + at, len - at < step ? len - at : step);
	if (!reader.ended && (reader.in_body || reader.len > reader.head_at))
		buf_addf(&reader.transcript, "%smore", reader.transcript.len > 0 ? ";" : "");
	buf_clear(&reader.body);
	free(reader.data);
	return buf_take(&reader.transcript);
}

static void expect_transcript(const struct wire_case *c, size_t number, size_t cut, size_t step)
{
	char *got = transcript(c->wire, c->len, cut, step);

	if (strcmp(got, c->expected) != 0)
		fail_msg("case %zu, cut at %zu, step %zu: %.*s\nwanted %s, got %s", number, cut,
			 step, (int)c->len, c->wire, c->expected, got);
	free(got);
}

static void wire_cases_whole(void **state)
{
	(void)state;
	assert_true(sizeof cases / sizeof cases[0] >= 140);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_transcript(&cases[i], i, cases[i].len, 1);
}

static void wire_cases_cut_everywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t cut = 0; cut <= cases[i].len; cut++)
			expect_transcript(&cases[i], i, cut, cases[i].len + 1);
	}
}

static void wire_cases_octet_by_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_transcript(&cases[i], i, 0, 1);
}

/* ---- bounds: prefix, then `count` times a filling, then the rest ---- */

static const struct bound {
	const char *what;
	const char *prefix;
	const char *filling;
	size_t count;
	const char *rest;
	const char *expected; /* the beginning of the transcript */
} bounds[] = {
	{ "longest target", "GET /", "a", PARSER_TARGET_BYTES_MAX - 1,
	  " HTTP/1.1\r\nHost: h\r\n\r\n", "GET /aaa" },
	{ "target too long", "GET /", "a", PARSER_TARGET_BYTES_MAX, " HTTP/1.1\r\nHost: h\r\n\r\n",
	  "414" },
	{ "target without end", "GET /", "a", 3 * PARSER_TARGET_BYTES_MAX, "", "414" },
	{ "method without end", "", "A", 2 * PARSER_HEAD_BYTES_MAX, "", "501" },
	{ "name without end", G, "A", 2 * PARSER_HEAD_BYTES_MAX, "", "431" },
	{ "value without end", G "A: ", "b", 2 * PARSER_HEAD_BYTES_MAX, "", "431" },
	{ "white space without end", G "A:", " ", 2 * PARSER_HEAD_BYTES_MAX, "", "431" },
	/* The request line, Host and the empty line take 16 + 9 + 2 octets, "A: " and CR LF 5 more. */
	{ "largest head", G "A: ", "b", PARSER_HEAD_BYTES_MAX - 32, "\r\nHost: h\r\n\r\n",
	  "GET / ?" },
	{ "head too large by one", G "A: ", "b", PARSER_HEAD_BYTES_MAX - 31, "\r\nHost: h\r\n\r\n",
	  "431" },
	{ "most fields", G H, "A: b\r\n", PARSER_FIELDS_MAX - 1, "\r\n", "GET / ?" },
	{ "too many fields", G H, "A: b\r\n", PARSER_FIELDS_MAX, "\r\n", "431" },
	{ "longest extensions", CHUNKED "1;", "x", PARSER_CHUNK_EXT_MAX, "\r\na\r\n0\r\n\r\n",
	  "POST /p ? <a>" },
	{ "extensions too long", CHUNKED "1;", "x", PARSER_CHUNK_EXT_MAX + 1, "\r\na\r\n0\r\n\r\n",
	  "400" },
	{ "extensions too long together", CHUNKED,
	  "1;"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxx\r\na\r\n",
	  64, "0\r\n\r\n", "400" },
	{ "trailer", CHUNKED "0\r\n", "A: b\r\n", 100, "\r\n", "POST /p ? <>" },
	{ "trailer too large", CHUNKED "0\r\n", "A: b\r\n", PARSER_TRAILER_BYTES_MAX / 6 + 1,
	  "\r\n", "400" },
	{ "trailer name without end", CHUNKED "0\r\n", "A", 2 * PARSER_TRAILER_BYTES_MAX, "",
	  "400" },
	{ "chunks beyond the limit", CHUNKED, "1\r\na\r\n", BODY_LIMIT + 1, "0\r\n\r\n", "413" },
	{ "chunks up to the limit", CHUNKED, "1\r\na\r\n", BODY_LIMIT, "0\r\n\r\n",
	  "POST /p ? <aaa" },
	{ "size without end", CHUNKED, "0", 1000, "", "400" },
};

static void bounds_hold_however_cut(void **state)
{
	static const size_t steps[] = { 1u << 20, 4096, 1000, 17, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
		const struct bound *b = &bounds[i];
		struct buf wire = BUF_EMPTY;
		buf_adds(&wire, b->prefix);
		for (size_t n = 0; n < b->count; n++)
			buf_adds(&wire, b->filling);
		buf_adds(&wire, b->rest);
		for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
			char *got = transcript(wire.data, wire.len, 0, steps[s]);
			if (strncmp(got, b->expected, strlen(b->expected)) != 0)
				fail_msg("%s, step %zu: wanted %s, got %.100s", b->what, steps[s],
					 b->expected, got);
			free(got);
		}
		buf_clear(&wire);
	}
}

static void fields_are_found_and_trimmed(void **state)
{
	char wire[] = G "Host: h\r\nA:  b c \t\r\nB:\r\n\r\n";
	static const char *const values[] = { "h", "b c", "" };
	struct parser_head head;

	(void)state;
	parser_head_init(&head);
	assert_int_equal(parser_head_feed(&head, wire, sizeof wire - 1), PARSER_DONE);
	parser_head_terminate(&head, wire);
	assert_int_equal(head.n_fields, 3);
	for (unsigned i = 0; i < head.n_fields; i++)
		assert_string_equal(wire + head.fields[i].value.at, values[i]);
	assert_string_equal(wire + head.fields[1].name.at, "A");
}

static void words_are_judged(void **state)
{
	(void)state;
	assert_true(parser_is_token("X-Y", 3));
	assert_false(parser_is_token("", 0));
	assert_false(parser_is_token("X Y", 3));
	assert_true(parser_is_value("a\tb \xff", 5));
	assert_false(parser_is_value("a\rb", 3));
	assert_false(parser_is_value("a\nb", 3));
	assert_false(parser_is_value("a\0b", 3));
	assert_true(parser_same("ChunKed", 7, "chunked", 7));
	assert_false(parser_same("chunke", 6, "chunked", 7));
	assert_false(parser_same("chunkeD\x20", 8, "chunked", 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire_cases_whole),
		cmocka_unit_test(wire_cases_cut_everywhere),
		cmocka_unit_test(wire_cases_octet_by_octet),
		cmocka_unit_test(bounds_hold_however_cut),
		cmocka_unit_test(fields_are_found_and_trimmed),
		cmocka_unit_test(words_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
