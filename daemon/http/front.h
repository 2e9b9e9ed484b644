/*
 * The HTTP/1.1 front: evconnlistener and one event a connection, one thread. It reads whole requests (head, then body in memory
 * or in a spool file, as the router's plan for that head says), hands each to the handler, and writes exactly one
 * response per request, in order. Deadlines, caps, eviction and the refusal of malformed framing are all in here.
 * RFC 9110, RFC 9112. The parser itself is parser.h and knows neither sockets nor this file.
 */
#ifndef JIEBANG_FRONT_H
#define JIEBANG_FRONT_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct event_base;
struct front;
struct front_request;

struct front_options {
	unsigned connections_max;             /* 512 */
	unsigned connections_per_address_max; /* 64; Unix sockets are not counted */
	int first_byte_s;                     /* 10 */
	int head_s;                           /* 10, whole head */
	int body_s;                 /* 30, whole body (spooled bodies: minimum rate instead) */
	int body_min_rate_bytes_s;  /* 1024, for spooled bodies and for writing */
	int idle_s;                 /* 60, keep-alive */
	int write_s;                /* 30 without progress */
	unsigned requests_per_turn; /* 16, then yield to the loop */
};

void front_options_default(struct front_options *options);

/* Who takes a body as it comes, instead of memory or a spool file. */
struct front_sink {
	/*
	 * Content, in order, a few KiB at a time. 0, or a status to refuse with (413, 503, 507): the connection is
	 * closed then.
	 */
	int (*take)(void *arg, const void *data, size_t len);
	/* The body is whole, or there was none; `handle` comes next. */
	void (*whole)(void *arg);
	/* The body never becomes whole: the peer has gone, was too slow or was refused. `handle` will not come. */
	void (*torn)(void *arg);
};

/* What to do with the body of a request whose head has arrived. */
struct front_header_pair;

struct front_plan {
	int refuse_status; /* not 0: answer this at once instead (the handler's `problem` text below) and close */
	char refuse_detail[160];
	const struct front_header_pair *refuse_header; /* static; NULL: none */
	int64_t body_max_bytes; /* in memory up to 64 KiB; more only with `spool` */
	bool spool;             /* stream the body to an unlinked temporary file in spool_dir */
	const struct front_sink *sink; /* stream it there instead; NULL: none */
	void *sink_arg;                /* borrowed until `torn` or `whole` is called */
};

struct front_callbacks {
	/* The head is complete; method, target and headers can be read. Must not reply here. */
	void (*plan)(void *arg, struct front_request *request, struct front_plan *plan);
	/* The whole request is here. Reply now or later, exactly once; the request lives until it is replied to. */
	void (*handle)(void *arg, struct front_request *request);
	void *arg;
};

struct front *front_new(struct event_base *base, const struct front_options *options,
			const char *spool_dir, const struct front_callbacks *callbacks);
/* Closes everything. Requests not replied to must still be replied to or dropped by front_reply; replies go nowhere. */
void front_free(struct front *front);
/* A listening socket, already bound and listening, non-blocking; the front owns it now. */
bool front_listen(struct front *front, int fd, bool is_unix);
/* Stops accepting, lets requests under way finish, closes idle connections; `drained` is called (once) when none is left. */
void front_drain(struct front *front, void (*drained)(void *arg), void *arg);
unsigned front_connections(const struct front *front);

/* ---- reading a request ---- */
const char *front_method(const struct front_request *request);
/* Path and query undecoded, as sent ("/v1/units/un_7", "limit=5" or ""). absolute-form is reduced to its path. */
const char *front_path(const struct front_request *request);
const char *front_query(const struct front_request *request);
/* Value of the first header of that name (any case), NULL if absent. */
const char *front_header(const struct front_request *request, const char *name);
/* Body in memory; NULL/0 if none or spooled. */
const char *front_body(const struct front_request *request, size_t *len);
/* Spooled body: a descriptor at offset 0, owned by the request; -1 if not spooled. */
int front_body_fd(const struct front_request *request, int64_t *len);
/* Peer: uid of the process behind a Unix socket, or -1; address text "127.0.0.1" for TCP, "unix" otherwise. */
bool front_peer_is_unix(const struct front_request *request);
uid_t front_peer_uid(const struct front_request *request);
const char *front_peer_address(const struct front_request *request);
/* A slot for the handler. Set in `plan`, it is forgotten without notice if the body never arrives: borrow, don't own. */
void front_set_data(struct front_request *request, void *data);
void *front_data(const struct front_request *request);

/* ---- replying ---- */
struct front_header_pair {
	const char *name;
	/* CR, LF, NUL are refused: the header is dropped and logged as our bug. */
	const char *value;
};

/*
 * The one reply. HEAD, 204 and 304 go without body and with the right length. Content-Type and extra headers as
 * given, Date, Content-Length and Connection by the front. Ends the life of `request`. Safe when the peer has gone.
 */
void front_reply(struct front_request *request, int status, const char *content_type,
		 const struct front_header_pair *headers, size_t n_headers, const void *body,
		 size_t len);

/* A stretch of an open file. The descriptor is the front's from the call on. */
struct front_file {
	int fd;
	int64_t at;
	int64_t length;
};

/*
 * A reply whose body is read from a file while it is sent, a bounded piece a turn: memory stays flat whatever its
 * size, and a peer that does not read is dropped as in any other reply. A file that turns out shorter ends the
 * connection, since the length was promised. sendfile knows no MSG_NOSIGNAL: the process ignores SIGPIPE.
 */
void front_reply_file(struct front_request *request, int status, const char *content_type,
		      const struct front_header_pair *headers, size_t n_headers,
		      const struct front_file *file);

/*
 * A streamed reply (chunked, or server-sent events): bounded queue; the peer that does not read, or sends data, is
 * dropped. `gone` comes from the loop, never from inside a call of the owner, and the stream must not be used after it.
 * NULL if there is nothing to write to (the peer has gone, HEAD, the front drains): `gone` will not be called then.
 */
struct front_stream;
struct front_stream *front_reply_stream(struct front_request *request, int status,
					const char *content_type,
					const struct front_header_pair *headers, size_t n_headers,
					void (*gone)(void *arg), void *arg);
/* False if the queue is full or the peer has gone; `gone` follows. Also false for a NULL stream. */
bool front_stream_write(struct front_stream *stream, const void *data, size_t len);
/* Bytes that wait for the peer, in our own queue: 0 means that everything was taken. 0 for a lost one. */
size_t front_stream_queued(const struct front_stream *stream);
/* `drained` is called from the loop, with the arg of `gone`, each time the queue has become empty. */
void front_stream_on_drained(struct front_stream *stream, void (*drained)(void *arg));
/* Ends the chunked body properly; the stream is gone. `gone` is not called. NULL is accepted. */
void front_stream_end(struct front_stream *stream);

#endif
