/*
 * One connection: reads what comes, takes requests out of it one after another, and hands each over only when the one
 * before has its answer. After a few requests it yields to the loop, so that a pipeliner can't hold it.
 */
#include "http/front_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void on_readable(evutil_socket_t fd, short what, void *arg);

struct conn *conn_new(struct front *front, int fd)
{
	struct conn *conn = xcalloc(1, sizeof *conn);

	conn->front = front;
	conn->fd = fd;
	conn->uid = (uid_t)-1;
	conn->request.conn = conn->stream.conn = conn;
	conn->request.spool_fd = -1;
	conn->file.fd = -1;
	parser_head_init(&conn->request.head);
	event_assign(&conn->ev_read, front->base, fd, EV_READ | EV_PERSIST, on_readable, conn);
	event_assign(&conn->ev_write, front->base, fd, EV_WRITE, conn_on_writable, conn);
	event_add(&conn->ev_read, NULL);
	TAILQ_INSERT_TAIL(&front->phases[PHASE_FIRST], conn, in_phase);
	conn_enter(conn, PHASE_FIRST);
	front->n_connections++;
	return conn;
}

void conn_hold(struct conn *conn)
{
	conn->holds++;
}

void conn_release(struct conn *conn)
{
	if (--conn->holds > 0 || conn->fd >= 0 || conn->request.live || conn->stream.live)
		return;
	if (conn->front) {
		TAILQ_REMOVE(&conn->front->zombies, conn, in_phase);
		if (conn->ready)
			TAILQ_REMOVE(&conn->front->ready, conn, in_ready);
	}
	conn_drop_input(conn);
	request_clear(&conn->request);
	buf_clear(&conn->request.body);
	buf_clear(&conn->out);
	free(conn);
}

void conn_read_pause(struct conn *conn)
{
	conn->read_paused = true;
	event_del(&conn->ev_read);
}

void conn_read_resume(struct conn *conn)
{
	if (conn->read_paused && !conn->eof)
		event_add(&conn->ev_read, NULL);
	conn->read_paused = conn->eof;
}

/* ---- requests ---- */

static void hand_over(struct conn *conn)
{
	struct front *front = conn->front;

	conn_enter(conn, PHASE_WORK);
	conn->request.live = true;
	if (conn->request.sink)
		conn->request.sink->whole(conn->request.sink_arg);
	conn->request.sink = NULL;
	front->callbacks.handle(front->callbacks.arg, &conn->request);
}

/* A body needs room behind its head, and the head must not move once somebody has seen it. */
static void make_room(struct conn *conn)
{
	if (conn->request.head.body == PARSER_BODY_NONE || conn->at <= FRONT_INPUT_BYTES / 2)
		return;
	memmove(conn->input, conn->input + conn->head_at, conn->len - conn->head_at);
	conn->at -= conn->head_at;
	conn->len -= conn->head_at;
	conn->head_at = 0;
}

static void head_arrived(struct conn *conn)
{
	struct front *front = conn->front;
	struct front_request *request = &conn->request;
	struct front_plan plan = { .refuse_status = 0 };

	make_room(conn);
	parser_head_terminate(&request->head, conn->input + conn->head_at);
	request->is_head = strcmp(front_method(request), "HEAD") == 0;
	conn->close_after = request->head.close;
	if (request->head.expect_other) {
		conn_refuse(conn, 417, "The only expectation met here is 100-continue.");
		return;
	}
	front->callbacks.plan(front->callbacks.arg, request, &plan);
	request->sink = plan.sink;
	request->sink_arg = plan.sink_arg;
	if (!plan.spool && !plan.sink && plan.body_max_bytes > FRONT_BODY_BYTES_MAX)
		plan.body_max_bytes = FRONT_BODY_BYTES_MAX;
	parser_body_init(&request->framing, request->head.body, request->head.content_length,
			 plan.body_max_bytes);
	if (plan.refuse_status != 0)
		conn_refuse_with(conn, plan.refuse_status, plan.refuse_detail, plan.refuse_header);
	else if (request->framing.status != 0)
		conn_refuse(conn, request->framing.status, request->framing.detail);
	else if (request->head.body == PARSER_BODY_NONE)
		hand_over(conn);
	else
		body_begin(conn, plan.spool);
}

static void take_head(struct conn *conn)
{
	struct parser_head *head = &conn->request.head;

	switch (parser_head_feed(head, conn->input + conn->head_at, conn->len - conn->head_at)) {
	case PARSER_MORE:
		conn->at = conn->len;
		if (conn->phase != PHASE_HEAD)
			conn_enter(conn, PHASE_HEAD);
		break;
	case PARSER_BAD:
		conn_refuse(conn, head->status, head->detail);
		break;
	case PARSER_DONE:
		conn->at = conn->head_at + head->used;
		head_arrived(conn);
		break;
	}
}

static bool awaits_head(const struct conn *conn)
{
	return conn->phase == PHASE_FIRST || conn->phase == PHASE_IDLE || conn->phase == PHASE_HEAD;
}

static bool collects_body(const struct conn *conn)
{
	return conn->phase == PHASE_BODY || conn->phase == PHASE_SPOOL;
}

/* Answers that were gathered go out together. A request that waits for its end keeps its phase meanwhile. */
static void uncork(struct conn *conn)
{
	conn->corked = false;
	if (conn->fd < 0 || conn_queued(conn) == 0 ||
	    event_pending(&conn->ev_write, EV_WRITE, NULL))
		return;
	if (conn_flush(conn) && conn_queued(conn) > 0 && awaits_head(conn))
		conn_enter(conn, PHASE_WRITE);
}

void conn_run(struct conn *conn)
{
	unsigned left = conn->front->options.requests_per_turn;

	conn->running = true;
	while (conn->fd >= 0 && conn->at < conn->len) {
		if (collects_body(conn)) {
			if (body_take(conn))
				hand_over(conn);
			continue;
		}
		if (!awaits_head(conn))
			break;
		if (left-- == 0) {
			conn_ready(conn);
			break;
		}
		take_head(conn);
	}
	conn->running = false;
	uncork(conn);
}

void conn_answered(struct conn *conn)
{
	request_clear(&conn->request);
	conn->request.is_head = false;
	conn->head_at = conn->at;
	parser_head_init(&conn->request.head);
	if (conn_pending(conn) && !conn->corked)
		conn_enter(conn, PHASE_WRITE);
	else
		conn_await(conn);
}

void conn_await(struct conn *conn)
{
	if (conn->close_after || conn->front->draining) {
		conn_linger(conn);
		return;
	}
	if (conn->len > conn->head_at) {
		conn_enter(conn, PHASE_HEAD);
		if (conn->at < conn->len && !conn->running)
			conn_ready(conn);
	} else {
		conn_drop_input(conn);
		conn_enter(conn, PHASE_IDLE);
	}
	if (conn->read_paused)
		conn_read_resume(conn);
}

void conn_ready(struct conn *conn)
{
	if (!conn->ready)
		TAILQ_INSERT_TAIL(&conn->front->ready, conn, in_ready);
	conn->ready = true;
	front_turn_soon(conn->front);
}

/* ---- reading ---- */

static void ended(struct conn *conn)
{
	conn->eof = true;
	conn_read_pause(conn);
	if (conn->len > conn->head_at)
		conn_refuse(conn, 400, "The request ends early.");
	else
		conn_close(conn);
}

static void take_input_buffer(struct conn *conn)
{
	struct front *front = conn->front;

	if (!conn->input)
		conn->input = front->n_spare_inputs > 0
				      ? front->spare_inputs[--front->n_spare_inputs]
				      : xmalloc(FRONT_INPUT_BYTES);
	if (collects_body(conn)) {
		/* Content that was taken makes room; the head stays where it is. */
		conn->at = conn->len = conn->head_at + conn->request.head.used;
	} else if (FRONT_INPUT_BYTES - conn->len < PARSER_HEAD_BYTES_MAX) {
		memmove(conn->input, conn->input + conn->head_at, conn->len - conn->head_at);
		conn->at -= conn->head_at;
		conn->len -= conn->head_at;
		conn->head_at = 0;
	}
}

static void read_request(struct conn *conn)
{
	ssize_t got;

	/* Input that waits for its turn comes first. */
	if (conn->ready)
		return;
	take_input_buffer(conn);
	got = recv(conn->fd, conn->input + conn->len, FRONT_INPUT_BYTES - conn->len, 0);
	if (got > 0) {
		conn->len += (size_t)got;
		conn->progress_bytes += got;
		conn_run(conn);
	} else if (got == 0) {
		ended(conn);
	} else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		conn_close(conn);
	}
}

void conn_look(struct conn *conn)
{
	if (conn->ready)
		conn_run(conn);
	else
		read_request(conn);
}

/* Bytes for later, or the end of the peer's side: both wait in the kernel until the answer is out. */
static void read_later(struct conn *conn)
{
	conn_read_pause(conn);
}

/* A stream is one-way: a peer that talks, or hangs up, is dropped. */
static void read_stream(struct conn *conn)
{
	conn_close(conn);
}

static void read_linger(struct conn *conn)
{
	char dropped[16384];
	ssize_t got = recv(conn->fd, dropped, sizeof dropped, 0);

	if (got > 0)
		conn->linger_bytes += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		conn_close(conn);
	if (conn->linger_bytes > FRONT_LINGER_BYTES_MAX)
		conn_close(conn);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static void (*const readers[PHASE_COUNT])(struct conn * conn) = {
		[PHASE_FIRST] = read_request,       [PHASE_HEAD] = read_request,
		[PHASE_BODY] = read_request,        [PHASE_SPOOL] = read_request,
		[PHASE_WORK] = read_later,          [PHASE_WRITE] = read_later,
		[PHASE_IDLE] = read_request,        [PHASE_STREAM] = read_stream,
		[PHASE_STREAM_WRITE] = read_stream, [PHASE_LINGER] = read_linger,
	};
	struct conn *conn = arg;

	(void)fd;
	(void)what;
	conn_hold(conn);
	readers[conn->phase](conn);
	conn_release(conn);
}
