/*
 * What the courier's own files share: the ring of endpoints (courier_ring.c), one transfer (courier_transfer.c), the
 * joint of libcurl and libevent (courier_loop.c) and the words for how a transfer ended (courier_reason.c).
 */
#ifndef JIEBANG_COURIER_INSIDE_H
#define JIEBANG_COURIER_INSIDE_H

#include "courier/courier.h"
#include "jiebang/buf.h"

#include <curl/curl.h>
#include <event2/event_struct.h>
#include <sys/queue.h>

struct endpoint;
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
	enum turn turn; /* the list it stands in */
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
	unsigned limit; /* in flight per endpoint */
	unsigned waiting;
};

void ring_init(struct ring *ring, unsigned limit);
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

/* ---- courier_transfer.c: one handle, one attempt at a time ---- */

enum header_slot {
	HEADER_TYPE = 0,
	HEADER_EXPECT,
	HEADER_ACCEPT,
	HEADER_ID,
	HEADER_TIMESTAMP,
	HEADER_SIGNATURE,
	HEADER_COUNT
};

struct transfer {
	CURL *easy;
	struct courier *courier;
	struct endpoint *endpoint;
	struct courier_job *job;         /* NULL when idle */
	TAILQ_ENTRY(transfer) link;      /* active: the courier's list; idle: the endpoint's */
	TAILQ_ENTRY(transfer) idle_link; /* idle: the courier's list, longest idle first */
	char *url;                       /* as set on the handle */
	const char *url_refusal;
	struct curl_slist headers[HEADER_COUNT];
	struct buf id, timestamp, signature;
	int64_t stamped_at; /* what `timestamp` says */
	int64_t started_at;
	int64_t started_ms;
	int64_t body_bytes;
	int64_t header_bytes;
	int64_t retry_after_s;
	const char *refusal; /* the guard's last no */
	unsigned permitted;  /* addresses that the guard let pass */
	const char *too_large;
	bool head_complete; /* the empty line has come */
	size_t raw_len;
	char raw[COURIER_EXCERPT_BYTES];
};

struct transfer *transfer_new(struct courier *courier);
void transfer_free(struct transfer *transfer);
/* Makes the handle ready for the job and signs it. False if the URL is refused: then nothing may be sent. */
bool transfer_prepare(struct transfer *transfer, struct courier_job *job);
/* The result of a transfer that libcurl has finished with `code`. */
void transfer_result(const struct transfer *transfer, CURLcode code, struct courier_result *result);
/* The result of one that transfer_prepare refused. */
void transfer_refused(const struct transfer *transfer, struct courier_result *result);

/* ---- courier_reason.c: what libcurl meant ---- */

/* Sets end and reason from the code and what the transfer saw; the status must be set. */
void reason_set(const struct transfer *transfer, CURLcode code, struct courier_result *result);
/* Copies the start of a body as valid UTF-8 of printable characters. */
void reason_excerpt(const char *raw, size_t len, char out[COURIER_EXCERPT_BYTES]);

/* ---- courier_loop.c: libcurl's sockets and timer in libevent ---- */

struct watch;

struct loop {
	struct event_base *base;
	CURLM *multi;
	struct event timer;
	struct watch **watches; /* by descriptor */
	size_t n_watches;
	int running;              /* transfers that libcurl has under way */
	int64_t due_ms;           /* when libcurl wants to be called, -1 never */
	int64_t armed_ms;         /* when the timer fires, -1 never */
	void (*after)(void *arg); /* after every call that may have finished a transfer */
	void *arg;
};

void loop_init(struct loop *loop, struct event_base *base, void (*after)(void *), void *arg);
void loop_clear(struct loop *loop);
/* Lets libcurl do what is due now: never from within a libcurl callback. */
void loop_kick(struct loop *loop);
/* For CURLOPT_OPENSOCKETFUNCTION and CURLOPT_CLOSESOCKETFUNCTION. */
curl_socket_t loop_socket_open(struct loop *loop, const struct curl_sockaddr *address);
int loop_socket_close(void *arg, curl_socket_t fd); /* arg: the loop */

/* ---- courier.c ---- */

struct courier {
	struct courier_options options; /* its strings are copies */
	const struct guard *guard;
	courier_done done;
	void *arg;
	struct loop loop;
	struct ring ring;
	struct event turn;
	bool in_turn;
	bool turn_due;
	unsigned in_flight;
	unsigned n_transfers;
	struct transfer_list active;
	struct transfer_list idle;
	char *ca_file, *proxy, *user_agent;
};

#endif
