/*
 * Answers that go on: chunked downloads and server-sent events. What the peer does not read waits in a bounded queue,
 * behind a small send buffer in the kernel, so that a slow reader costs what is written here and no more. A stream
 * that is lost tells its owner from the loop, never from inside one of the owner's own calls.
 */
#include "http/front_internal.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/uio.h>

static struct iovec piece_of(const void *data, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)data, .iov_len = len };
}

static void send_head(struct conn *conn, struct answer *answer)
{
	const struct buf *head = answer_head(conn->front, answer);
	struct iovec piece = piece_of(head->data, head->len);

	conn->corked = false;
	conn_send(conn, &piece, 1);
}

/*
 * A small send buffer: without it the kernel takes megabytes for a peer that reads nothing. And a short patience: a
 * stream is silent by nature, and one whose peer has vanished without a word would be kept for a quarter of an hour.
 */
static void tighten(const struct conn *conn)
{
	int send_buffer = FRONT_STREAM_SNDBUF;
	unsigned silent_ms = FRONT_STREAM_SILENT_MS;

	setsockopt(conn->fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
	if (!conn->is_unix)
		setsockopt(conn->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof silent_ms);
}

static struct front_stream *start(struct conn *conn, bool chunked, void (*gone)(void *arg),
				  void *arg)
{
	tighten(conn);
	conn->stream = (struct front_stream){
		.conn = conn, .live = true, .chunked = chunked, .gone = gone, .arg = arg
	};
	request_clear(&conn->request);
	conn_enter(conn, conn_queued(conn) > 0 ? PHASE_STREAM_WRITE : PHASE_STREAM);
	if (conn->at < conn->len) {
		conn_close(conn);
		return &conn->stream;
	}
	/* Nothing more is read: an idle stream costs its connection and no buffer. */
	conn_drop_input(conn);
	if (conn->read_paused)
		conn_read_resume(conn);
	return &conn->stream;
}

struct front_stream *front_reply_stream(struct front_request *request, int status,
					const char *content_type,
					const struct front_header_pair *headers, size_t n_headers,
					void (*gone)(void *arg), void *arg)
{
	struct conn *conn = request->conn;
	struct front_stream *stream = NULL;
	struct answer answer = { .status = status,
				 .content_type = content_type,
				 .headers = headers,
				 .n_headers = n_headers,
				 .length = -1,
				 .chunked = !request->head.http_1_0 };

	INVARIANT(request->live);
	INVARIANT(status >= 200 && status <= 599 && status != 204 && status != 304);
	conn_hold(conn);
	request->live = false;
	if (conn->fd >= 0) {
		answer.close = conn->close_after || conn->front->draining;
		send_head(conn, &answer);
	}
	if (conn->fd >= 0 && (request->is_head || conn->front->draining))
		stream_finish(conn, answer.chunked && !request->is_head);
	else if (conn->fd >= 0)
		stream = start(conn, answer.chunked, gone, arg);
	conn_release(conn);
	return stream;
}

bool front_stream_write(struct front_stream *stream, const void *data, size_t len)
{
	struct conn *conn;
	char size[24];
	struct iovec pieces[3];
	bool kept;

	if (!stream || stream->doomed)
		return false;
	if (len == 0)
		return true; /* an empty chunk would end the body */
	conn = stream->conn;
	conn_hold(conn);
	pieces[0] = piece_of(size, (size_t)snprintf(size, sizeof size, "%zx\r\n", len));
	pieces[1] = piece_of(data, len);
	pieces[2] = piece_of("\r\n", 2);
	if (conn_queued(conn) + len > FRONT_STREAM_QUEUE_MAX)
		conn_close(conn);
	else if (conn_send(conn, stream->chunked ? pieces : pieces + 1, stream->chunked ? 3 : 1) &&
		 conn_queued(conn) > 0 && conn->phase == PHASE_STREAM)
		conn_enter(conn, PHASE_STREAM_WRITE);
	kept = !stream->doomed;
	conn_release(conn);
	return kept;
}

void front_stream_end(struct front_stream *stream)
{
	struct conn *conn;

	if (!stream)
		return;
	conn = stream->conn;
	conn_hold(conn);
	stream->live = false;
	if (!stream->doomed)
		stream_finish(conn, stream->chunked);
	conn_release(conn);
}

/* In HTTP/1.0 the end of the connection ends the body. */
void stream_finish(struct conn *conn, bool chunked)
{
	struct iovec piece = piece_of("0\r\n\r\n", 5);

	if (!chunked || conn_send(conn, &piece, 1))
		conn_answered(conn);
}

void stream_lost(struct conn *conn)
{
	conn->stream.doomed = true;
	conn_ready(conn);
}

void stream_drain(struct conn *conn)
{
	stream_lost(conn);
	stream_finish(conn, conn->stream.chunked);
}

size_t front_stream_queued(const struct front_stream *stream)
{
	return stream->doomed ? 0 : conn_queued(stream->conn);
}

void front_stream_on_drained(struct front_stream *stream, void (*drained)(void *arg))
{
	stream->drained = drained;
}

void stream_drained(struct conn *conn)
{
	conn_enter(conn, PHASE_STREAM);
	if (conn->stream.live && conn->stream.drained)
		conn->stream.drained(conn->stream.arg);
}

void stream_gone(struct conn *conn)
{
	conn->stream.live = false;
	conn->stream.gone(conn->stream.arg);
}
