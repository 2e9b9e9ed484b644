/*
 * What the courier's own files share: the ring of endpoints (courier_ring.c), the joint of libcurl and libevent
 * (courier_loop.c), one connection (courier_line.c), one attempt over it (courier_transfer.c) and the words for what
 * libcurl meant (courier_reason.c).
 */
#ifndef JIEBANG_COURIER_INSIDE_H
#define JIEBANG_COURIER_INSIDE_H

#include "courier/courier.h"
#include "courier/letter.h"
#include "courier/post.h"
#include "courier/reply.h"
#include "jiebang/buf.h"
#include "jiebang/endpoint_options.h"

#include <curl/curl.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

struct endpoint;
struct mailing;
struct transfer;
TAILQ_HEAD(endpoint_list, endpoint);
TAILQ_HEAD(transfer_list, transfer);

/* ---- courier_ring.c: who is next ---- */

enum turn { TURN_NONE = 0, TURN_FRESH, TURN_BUSY };

struct endpoint {
	int64_t key;
	struct endpoint *chain; /* of the hash table */
	struct courier_job *first;
	struct courier_job **last;
	unsigned waiting;
	unsigned in_flight;
	bool relay;         /* not an endpoint: all mails, which share a way out */
	enum turn turn;     /* the list it stands in */
	char *options_text; /* of the job that came last; NULL: none */
	struct endpoint_options options;
	uint64_t edition; /* of the options: 0 none, else of no other endpoint and no other time */
	TAILQ_ENTRY(endpoint) link;
	struct transfer_list idle; /* its handles, kept with URL and options set */
};

/*
 * Endpoints that may start something stand in one of two lists, each served in turn: those with nothing under way
 * first, then those that have a free slot beside what is under way.
 */
struct ring {
	struct endpoint **buckets;
	size_t n_buckets; /* a power of two */
	size_t n_endpoints;
	struct endpoint_list fresh;
	struct endpoint_list busy;
	unsigned limit;       /* in flight per endpoint, if it has none of its own */
	unsigned relay_limit; /* and of mails */
	unsigned waiting;
	uint64_t editions;
};

void ring_init(struct ring *ring, unsigned limit, unsigned relay_limit);
/* Frees the endpoints and the jobs that still wait. */
void ring_clear(struct ring *ring);
struct endpoint *ring_find(const struct ring *ring, int64_t key);
void ring_add(struct ring *ring, struct courier_job *job);
/* The next job and its endpoint (in *out), counted as in flight; NULL if nothing may start. */
struct courier_job *ring_take(struct ring *ring, bool fresh_only, struct endpoint **out);
/* Any job that waits, not counted as in flight; NULL if none does. */
struct courier_job *ring_take_back(struct ring *ring);
/* One of its jobs has ended. */
void ring_release(struct ring *ring, struct endpoint *endpoint);
/* Forgets the endpoint if it holds nothing any more. */
void ring_drop_if_empty(struct ring *ring, struct endpoint *endpoint);

/* ---- courier_loop.c: libcurl's sockets and timer in libevent ---- */

struct loop {
	struct event_base *base;
	CURLM *multi;
	struct event timer;
	unsigned connecting; /* lines that libcurl has not yet said the end of */
	int64_t due_ms;      /* when libcurl wants to be called, -1 never */
	int64_t armed_ms;    /* when the timer fires, -1 never */
	void (*after)(
		void *arg); /* some of the connecting have come to an end: curl_multi_info_read says which */
	void *arg;
};

void loop_init(struct loop *loop, struct event_base *base, void (*after)(void *), void *arg);
void loop_clear(struct loop *loop);
/* Lets libcurl do what is due now: never from within a libcurl callback. */
void loop_kick(struct loop *loop);

/* ---- courier_line.c: one connection ---- */

enum line_phase { LINE_CLOSED = 0, LINE_CONNECTING, LINE_OPEN };

struct line {
	struct courier *courier;
	CURL *easy;
	CURLSH *cache;     /* its own connection cache */
	char *url;         /* where it goes, or is */
	uint64_t edition;  /* of the endpoint's options that it goes by */
	const char *proxy; /* that it goes through: the courier's or own_proxy; NULL: none */
	char own_proxy[ENDPOINT_PROXY_BYTES];
	char said[CURL_ERROR_SIZE]; /* by libcurl of its last failure: matched, never passed on */
	enum line_phase phase;
	bool direct; /* no TLS, no proxy: the descriptor is ours to use */
	int fd;
	short wanted; /* what the event waits for, 0: it is not added */
	struct event event;
	void (*ready)(void *arg, short what); /* EV_READ, EV_WRITE */
	void *arg;                            /* and CURLINFO_PRIVATE */
	bool relay;                           /* it goes to the relay of mails */
	char greeting[COURIER_EXCERPT_BYTES]; /* what the relay said last while it was greeted */
	size_t greeting_len;
	const char *refusal; /* the guard's last no */
	unsigned permitted;  /* addresses that the guard let pass */
};

enum line_io { LINE_IO_DONE, LINE_IO_AGAIN, LINE_IO_END, LINE_IO_BROKEN };

void line_init(struct line *line, struct courier *courier, void (*ready)(void *arg, short what),
	       void *arg);
void line_clear(struct line *line);
/* Where it goes from now on: a connection to elsewhere is closed. */
void line_aim(struct line *line, const char *url);
/* What the endpoint asks of the way there, at most once per edition: a connection that was made otherwise is closed. */
void line_ask(struct line *line, const struct endpoint_options *own, uint64_t edition);
/* The same for the relay. */
void line_ask_relay(struct line *line);
/* Begins to connect; the end comes by curl_multi_info_read, after a loop_kick. */
void line_open(struct line *line);
/* libcurl has connected: from here on `ready` is called. False if the connection is lost already. */
bool line_opened(struct line *line);
void line_close(struct line *line);
/* How long each stage took. */
void line_times(const struct line *line, struct attempt_times *times);
void line_want_write(struct line *line, bool want);
/* LINE_IO_DONE: *n octets went, at least one. LINE_IO_END: the peer has closed in an orderly way. */
enum line_io line_send(struct line *line, const char *data, size_t len, size_t *n);
enum line_io line_recv(struct line *line, char *data, size_t size, size_t *n);

/* ---- courier_transfer.c: one attempt at a time on a line ---- */

struct transfer {
	struct courier *courier;
	struct endpoint *endpoint;
	struct courier_job *job; /* NULL when idle */
	TAILQ_ENTRY(transfer)
	link; /* active: the courier's list, first what expires first; idle: the endpoint's */
	TAILQ_ENTRY(transfer) idle_link; /* idle: the courier's list, longest idle first */
	struct line line;
	const char *url_refusal; /* of the line's URL, which `post` is written for */
	struct post post;
	struct reply reply;
	struct mailing *mailing; /* NULL until it carries a mail */
	size_t sent;             /* of the request's text */
	bool kept;               /* the line has carried an earlier exchange */
	bool heard;              /* a byte of an answer has come */
	bool cut_off;            /* the peer takes no more of the request */
	int64_t started_at;
	int64_t started_ms;
	int64_t heard_ms; /* of a timed job: when the first byte of an answer came; 0: none did */
	int64_t expires_ms;
	int64_t idle_ms; /* since when it is idle */
};

struct transfer *transfer_new(struct courier *courier);
void transfer_free(struct transfer *transfer);
/* Begins the attempt. Its end comes by courier_finish, perhaps before this returns. */
void transfer_start(struct transfer *transfer, struct courier_job *job);
/* libcurl has connected the line, or not. */
void transfer_connected(struct transfer *transfer, CURLcode code);
/* The time for the attempt is up. */
void transfer_expire(struct transfer *transfer);
/* Its parts, for mails. An end of this kind closes the line; the other leaves that to its caller. */
void transfer_end(struct transfer *transfer, enum attempt_end end, const char *words);
void transfer_finish(struct transfer *transfer, struct courier_result *result);
void transfer_connect(struct transfer *transfer);
/* Whether the open line may carry the attempt. */
bool transfer_keeps(struct transfer *transfer);

/* ---- courier_mail.c: a mail instead of a POST ---- */

void mailing_start(struct transfer *transfer);
/* Its line has been opened. */
void mailing_opened(struct transfer *transfer);
/* Or not: what the relay said is kept. */
void mailing_not_opened(struct transfer *transfer);
void mailing_ready(struct transfer *transfer, short what);
void mailing_free(struct mailing *mailing);

/* ---- courier_reason.c: what libcurl meant ---- */

/* Why there is no connection. */
void reason_connect(const struct line *line, CURLcode code, struct courier_result *result);
/* What the peer's TLS has said against the request, once the connection was made; NULL: nothing. */
const char *reason_alert(const struct line *line);
/* What it was that took too long. */
const char *reason_timeout(const struct line *line);
/* Copies the start of a body as valid UTF-8 of printable characters. */
void reason_excerpt(const char *raw, size_t len, char out[COURIER_EXCERPT_BYTES]);

/* ---- courier.c ---- */

#define COURIER_IN_BYTES   16384
#define COURIER_MAIL_TEXTS 8

struct courier {
	struct courier_options options; /* its strings are copies */
	const struct guard *guard;
	courier_done done;
	void *arg;
	struct loop loop;
	struct ring ring;
	struct event turn;
	struct event deadline; /* of the attempt that expires first, or earlier */
	bool deadline_armed;
	int64_t deadline_ms;
	bool in_turn;
	bool turn_due;
	bool in_done;
	unsigned in_flight;
	unsigned n_transfers;
	struct transfer_list active;
	struct transfer_list idle;
	char *ca_file, *proxy, *user_agent;
	char *mail_texts[COURIER_MAIL_TEXTS]; /* those of options.mail */
	char *relay_url;
	char in[COURIER_IN_BYTES]; /* what is being read: nothing stays in it */
};

/* Puts the transfer by and gives its job back with the result. */
void courier_finish(struct courier *courier, struct transfer *transfer,
		    const struct courier_result *result);

#endif
