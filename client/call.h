/*
 * One request, one reply, over unix:PATH, http:// or https://. The only door to libcurl.
 */
#ifndef CLIENT_CALL_H
#define CLIENT_CALL_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;

struct call_options {
	const char *server;   /* unix:PATH, http://HOST:PORT, https://HOST:PORT */
	const char *token;    /* NULL: none */
	const char *language; /* for Accept-Language */
	int64_t timeout_s;    /* for a whole request; 0: the defaults of call.c */
};

enum call_end {
	CALL_ANSWERED = 0, /* a complete reply came, of whatever status */
	CALL_UNREACHABLE,  /* nothing was sent */
	CALL_BROKEN,       /* the connection ended early */
	CALL_TIMED_OUT,
	CALL_GARBAGE, /* what came is no HTTP, or is too large */
	CALL_STOPPED, /* the sink wanted no more */
	CALL_LOCAL,   /* our side failed */
};

struct call_request {
	const char *method;
	const char *target; /* path and query, percent-encoded */
	const char *content_type;
	const char *body; /* NULL: none */
	size_t body_len;
	bool upload; /* the body is read from `upload_fd` instead */
	int upload_fd;
	int64_t upload_bytes;        /* -1: not known, sent chunked */
	int64_t upload_from;         /* where in the file the body begins */
	const char *header;          /* one more "Name: value", or NULL */
	const char *idempotency_key; /* NULL for reads */
	bool once;                   /* twice would do it twice: the daemon keeps no answer of it */
	bool patient;                /* no time limit of our own: the server works for long */
	int64_t silent_s; /* not 0: a stream, ended only when nothing has come for so long */
	/* Where the bytes of a 2xx reply go instead of the reply's buffer; false stops. */
	bool (*sink)(void *arg, const void *data, size_t len);
	void (*progress)(void *arg, int64_t sent_bytes, int64_t total_bytes);
	void *arg;
};

struct call_reply {
	long status;
	struct buf body;
	char why[256]; /* when not answered: the reason, for a person */
	bool unsure;   /* not answered, and a change may have been made */
};

/* FAULT_INVALID if the server's address is malformed. */
MUST_CHECK enum fault call_new(const struct call_options *options, struct call **out);
void call_free(struct call *call);
const char *call_server(const struct call *call);

/* A broken connection is tried once more with the same key, if the body can be sent again and not `once`. reply->body is the caller's to clear. */
MUST_CHECK enum call_end call_send(struct call *call, const struct call_request *request,
				   struct call_reply *reply);

/* Appends s percent-encoded as one path segment or query value. */
void call_encode(struct buf *out, const char *s);

/* Whether a token sent there crosses a network in the clear. */
bool call_is_clear(const char *server);

#endif
