/*
 * Bytes on their way out. They are sent at once; only what the kernel does not take is copied and waits for
 * EV_WRITE. Also here: the ways a connection ends.
 */
#include "http/front_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECES_MAX 4

size_t conn_queued(const struct conn *conn)
{
	return conn->out.len - conn->out_at;
}

bool conn_pending(const struct conn *conn)
{
	return conn_queued(conn) > 0 || conn->file.fd >= 0;
}

static bool try_again(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* What was taken, 0 when the kernel takes nothing now, -1 when the peer is gone. */
static ssize_t send_pieces(struct conn *conn, struct iovec *pieces, size_t n_pieces)
{
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = n_pieces };
	ssize_t sent = sendmsg(conn->fd, &message, MSG_NOSIGNAL);

	if (sent < 0)
		return try_again() ? 0 : -1;
	conn->progress_bytes += sent;
	return sent;
}

static void queue(struct conn *conn, const struct iovec *pieces, size_t n_pieces, size_t skip)
{
	for (size_t i = 0; i < n_pieces; i++) {
		size_t len = pieces[i].iov_len;
		size_t from = skip < len ? skip : len;
		skip -= from;
		if (len > from)
			buf_add(&conn->out, (const char *)pieces[i].iov_base + from, len - from);
	}
}

bool conn_send(struct conn *conn, const struct iovec *pieces, size_t n_pieces)
{
	struct iovec copy[PIECES_MAX];
	size_t total = 0;
	ssize_t sent;

	if (conn->corked || conn_queued(conn) > 0) {
		queue(conn, pieces, n_pieces, 0);
		return conn->corked || conn_flush(conn);
	}
	for (size_t i = 0; i < n_pieces; i++) {
		copy[i] = pieces[i];
		total += pieces[i].iov_len;
	}
	sent = send_pieces(conn, copy, n_pieces);
	if (sent < 0) {
		conn_close(conn);
		return false;
	}
	if ((size_t)sent < total) {
		queue(conn, pieces, n_pieces, (size_t)sent);
		event_add(&conn->ev_write, NULL);
	}
	return true;
}

bool conn_flush(struct conn *conn)
{
	struct iovec piece = { conn->out.data + conn->out_at, conn_queued(conn) };
	ssize_t sent = send_pieces(conn, &piece, 1);

	if (sent < 0) {
		conn_close(conn);
		return false;
	}
	conn->out_at += (size_t)sent;
	if (conn_queued(conn) > 0) {
		event_add(&conn->ev_write, NULL);
	} else {
		conn->out_at = 0;
		buf_reset(&conn->out);
		if (conn->out.cap > FRONT_CORK_BYTES)
			buf_clear(&conn->out);
	}
	return true;
}

void conn_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *conn = arg;

	(void)fd;
	(void)what;
	conn_hold(conn);
	if ((conn_queued(conn) == 0 || conn_flush(conn)) && file_pump(conn) &&
	    !conn_pending(conn)) {
		if (conn->phase == PHASE_WRITE)
			conn_await(conn);
		else if (conn->phase == PHASE_STREAM_WRITE)
			stream_drained(conn);
	}
	conn_release(conn);
}

/*
 * Closing a socket that has unread input resets the connection, and the reset may overtake the answer (RFC 9112
 * section 9.6). So our side is shut first, and what the peer still sends is read and dropped, up to a bound.
 */
void conn_linger(struct conn *conn)
{
	conn_drop_input(conn);
	if (conn->eof || shutdown(conn->fd, SHUT_WR) != 0) {
		conn_close(conn);
		return;
	}
	conn->linger_bytes = 0;
	conn_enter(conn, PHASE_LINGER);
	conn_read_resume(conn);
}

/* Buffers of idle connections go to the next busy one. */
void conn_drop_input(struct conn *conn)
{
	struct front *front = conn->front;

	if (conn->input && front && front->n_spare_inputs < FRONT_SPARE_INPUTS_MAX)
		front->spare_inputs[front->n_spare_inputs++] = conn->input;
	else
		free(conn->input);
	conn->input = NULL;
	conn->head_at = conn->at = conn->len = 0;
}

/*
 * The socket goes now; the memory stays while a reply is owed or somebody further up the stack uses it. A request
 * keeps its head, since the handler may still read it.
 */
void conn_close(struct conn *conn)
{
	struct front *front = conn->front;

	if (conn->fd < 0)
		return;
	event_del(&conn->ev_read);
	event_del(&conn->ev_write);
	close(conn->fd);
	conn->fd = -1;
	conn_leave_lists(conn);
	TAILQ_INSERT_TAIL(&front->zombies, conn, in_phase);
	front->n_connections--;
	buf_clear(&conn->out);
	conn->out_at = 0;
	file_drop(conn);
	if (!conn->request.live) {
		conn_drop_input(conn);
		request_clear(&conn->request);
	}
	if (conn->stream.live)
		stream_lost(conn);
	if (front->accept_paused)
		front_accepting(front, true);
	if (front->draining && front->n_connections == 0)
		front_turn_soon(front);
}
