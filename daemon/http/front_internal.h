/*
 * What the files of the front share, and nobody else includes. The life of a connection:
 *
 *   FIRST → HEAD → (BODY | SPOOL) → WORK → (WRITE) → IDLE → HEAD …      STREAM ⇄ STREAM_WRITE
 *   and from anywhere → LINGER → closed
 *
 * front_list.c moves connections between phases and keeps their deadlines; front_accept.c lets them in and evicts;
 * front_conn.c reads and takes requests one after another; front_body.c collects bodies; front_reply.c answers;
 * front_write.c brings bytes out and closes; front_file.c is the answer from a file; front_stream.c the one that goes
 * on; front_request.c the getters.
 */
#ifndef JIEBANG_FRONT_INTERNAL_H
#define JIEBANG_FRONT_INTERNAL_H

#include "http/front.h"
#include "http/parser.h"
#include "jiebang/fault.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define FRONT_INPUT_BYTES      (2 * PARSER_HEAD_BYTES_MAX) /* a head, and as much room behind it */
#define FRONT_BODY_BYTES_MAX   (64 * 1024)                 /* in memory */
#define FRONT_BODY_KEPT_BYTES  4096        /* of a body's memory, kept for the next request */
#define FRONT_CORK_BYTES       (16 * 1024) /* pipelined answers gathered into one send */
#define FRONT_STREAM_QUEUE_MAX (256 * 1024)
#define FRONT_STREAM_SNDBUF    (64 * 1024)
#define FRONT_STREAM_SILENT_MS 60000 /* sent and not acknowledged for so long: the peer is gone */
#define FRONT_FILE_PIECE_BYTES (256 * 1024) /* of a file, a turn */
#define FRONT_LINGER_BYTES_MAX (1024 * 1024)
#define FRONT_LINGER_S         2
#define FRONT_ACCEPT_PAUSE_MS  1000
#define FRONT_LISTENERS_MAX    16
#define FRONT_SPARE_INPUTS_MAX 32
#define FRONT_ADDRESS_BUCKETS  256

enum phase {
	PHASE_FIRST,        /* accepted, silent */
	PHASE_HEAD,         /* a request has begun */
	PHASE_BODY,         /* its body goes to memory */
	PHASE_SPOOL,        /* its body goes to a file: minimum rate instead of a total deadline */
	PHASE_WORK,         /* the handler has it; no deadline */
	PHASE_WRITE,        /* the answer waits for the peer */
	PHASE_IDLE,         /* keep-alive */
	PHASE_STREAM,       /* a stream with an empty queue; no deadline */
	PHASE_STREAM_WRITE, /* a stream that waits for the peer */
	PHASE_LINGER,       /* answered and shut down; what still comes is thrown away */
	PHASE_COUNT,
};

struct conn;
TAILQ_HEAD(conn_list, conn);
LIST_HEAD(conn_bucket, conn);

struct front_request {
	struct conn *conn;
	bool live; /* handed to the handler, not replied to */
	bool is_head;
	int spool_fd;
	const struct front_sink *sink; /* while the body comes */
	void *sink_arg;
	struct buf body;
	void *data;
	struct parser_head head;
	struct parser_body framing;
};

struct front_stream {
	struct conn *conn;
	bool live;   /* the caller holds it */
	bool doomed; /* lost; `gone` will be called from the loop */
	bool chunked;
	void (*gone)(void *arg);
	void (*drained)(void *arg); /* NULL: the owner does not ask */
	void *arg;
};

struct conn {
	struct front *front; /* NULL after front_free, while a reply is still owed */
	int fd;              /* -1 once closed */
	enum phase phase;
	int64_t deadline_ms;
	TAILQ_ENTRY(conn) in_phase;
	TAILQ_ENTRY(conn) in_incomplete; /* while `incomplete`, oldest first */
	TAILQ_ENTRY(conn) in_ready;      /* while `ready` */
	LIST_ENTRY(conn) in_bucket;      /* TCP only */
	struct in6_addr address;
	char address_text[INET6_ADDRSTRLEN];
	bool is_unix;
	uid_t uid;

	bool incomplete;  /* a request (or its first byte) is awaited */
	bool ready;       /* to be taken up again from the loop */
	bool running;     /* conn_run is on the stack */
	bool corked;      /* answers are gathered until conn_run ends */
	bool read_paused; /* the read event is off */
	bool eof;         /* the peer has shut its side */
	bool close_after; /* nothing is read after the answer at hand */
	unsigned holds;   /* uses on the stack; freed at zero when closed and nothing is owed */

	struct event ev_read;
	struct event ev_write;

	char *input; /* FRONT_INPUT_BYTES, or NULL when nothing is buffered */
	size_t head_at;
	size_t at; /* first byte that has not been consumed */
	size_t len;

	struct buf out; /* what the kernel did not take */
	size_t out_at;
	struct front_file file; /* goes out behind `out`; fd -1: none */
	int64_t progress_bytes; /* read or written since the deadline was set */
	size_t linger_bytes;

	struct front_request request;
	struct front_stream stream;
};

struct front {
	struct event_base *base;
	struct front_options options;
	struct front_callbacks callbacks;
	char *spool_dir;

	struct evconnlistener *listeners[FRONT_LISTENERS_MAX];
	unsigned n_listeners;
	bool accept_paused;
	int64_t accept_resume_ms;

	unsigned n_connections;
	struct conn_list phases[PHASE_COUNT];
	struct conn_list incomplete;
	struct conn_list ready;
	struct conn_list zombies; /* closed, but a reply is owed; linked by in_phase */
	struct conn_bucket buckets[FRONT_ADDRESS_BUCKETS];

	struct event *timer; /* the earliest deadline */
	int64_t armed_ms;    /* 0 when not armed */
	struct event *turn;  /* what must not happen on the caller's stack */

	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;

	char *spare_inputs[FRONT_SPARE_INPUTS_MAX];
	unsigned n_spare_inputs;
	struct buf scratch; /* the head of an answer while it is put together */
	int64_t date_at;
	struct buf date; /* its Date line, of date_at */
};

/* front_list.c */
void front_list_init(struct front *front);
void conn_enter(struct conn *conn, enum phase phase);
void conn_leave_lists(struct conn *conn);
void front_arm(struct front *front, int64_t deadline_ms);
void front_on_timer(evutil_socket_t fd, short what, void *arg);
struct conn *front_victim(struct front *front);

/* front_accept.c */
void front_accepting(struct front *front, bool on);
bool front_evict(struct front *front);

/* front_conn.c */
struct conn *conn_new(struct front *front, int fd);
void conn_hold(struct conn *conn);
void conn_release(struct conn *conn);
void conn_run(struct conn *conn);
/* The answer at hand is sent or queued; what comes next is the next request's. */
void conn_answered(struct conn *conn);
/* Everything is out: wait for the next request, take the one that is here, or end. */
void conn_await(struct conn *conn);
/* Takes the connection up again from the loop. */
void conn_ready(struct conn *conn);
/* Reads what has come for a request that is not complete, and takes the request if it is now. */
void conn_look(struct conn *conn);
void conn_read_pause(struct conn *conn);
void conn_read_resume(struct conn *conn);
void front_turn_soon(struct front *front);
void front_on_turn(evutil_socket_t fd, short what, void *arg);

/* front_body.c */
void body_begin(struct conn *conn, bool spool);
/* True when the body is complete. Refuses by itself. */
bool body_take(struct conn *conn);
void request_clear(struct front_request *request);

/* front_reply.c */
struct answer {
	int status;
	const char *content_type;
	const struct front_header_pair *headers;
	size_t n_headers;
	int64_t length; /* -1: a stream */
	bool close;
	bool chunked;
};
/* The head of an answer, in front->scratch until the next one. */
const struct buf *answer_head(struct front *front, const struct answer *answer);
/* An answer of the front itself: a problem document; nothing is read or sent after it. */
void conn_refuse(struct conn *conn, int status, const char *detail);
/* With a header field that such a status owes; NULL: none. */
void conn_refuse_with(struct conn *conn, int status, const char *detail,
		      const struct front_header_pair *header);
/* The same without waiting or lingering, for a connection that must go now. */
void conn_refuse_now(struct front *front, int fd, int status, const char *detail);

/* front_write.c */
struct iovec;
/* Sends what can be sent at once and keeps the rest. False if the peer is gone (the connection is closed then). */
bool conn_send(struct conn *conn, const struct iovec *pieces, size_t n_pieces);
bool conn_flush(struct conn *conn);
size_t conn_queued(const struct conn *conn);
/* Something is on its way out: queued, or the rest of a file. */
bool conn_pending(const struct conn *conn);
void conn_on_writable(evutil_socket_t fd, short what, void *arg);
void conn_linger(struct conn *conn);
void conn_drop_input(struct conn *conn);
void conn_close(struct conn *conn);

/* front_file.c */
/* Sends a piece, if there is a file and nothing before it. False if the connection is closed. */
bool file_pump(struct conn *conn);
void file_drop(struct conn *conn);

/* front_stream.c */
/* The connection of a live stream is closed, or will be: `gone` is called from the loop. */
void stream_lost(struct conn *conn);
/* Writes the end of the body and goes on with the connection. */
void stream_finish(struct conn *conn, bool chunked);
/* Ends the stream properly, since the server is going down. */
void stream_drain(struct conn *conn);
void stream_gone(struct conn *conn);
/* The peer has taken everything. */
void stream_drained(struct conn *conn);

#endif
