/*
 * Answers from a file. sendfile hands pages of the file to the socket without a copy of ours; a turn sends one bounded
 * piece and waits for EV_WRITE, so that a fast reader of a large file leaves the loop to the others in between. The
 * deadline is that of every answer: the minimum rate of PHASE_WRITE.
 */
#include "http/front_internal.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

void file_drop(struct conn *conn)
{
	if (conn->file.fd >= 0)
		close(conn->file.fd);
	conn->file.fd = -1;
}

static ssize_t send_piece(struct conn *conn)
{
	off_t at = conn->file.at;
	size_t len = conn->file.length < FRONT_FILE_PIECE_BYTES ? (size_t)conn->file.length
								: FRONT_FILE_PIECE_BYTES;
	ssize_t sent = sendfile(conn->fd, conn->file.fd, &at, len);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return sent > 0 ? sent : -1; /* nothing at all: the file is shorter than was promised */
}

bool file_pump(struct conn *conn)
{
	ssize_t sent;

	if (conn->file.fd < 0 || conn_queued(conn) > 0)
		return true;
	sent = send_piece(conn);
	if (sent < 0) {
		conn_close(conn);
		return false;
	}
	conn->progress_bytes += sent;
	conn->file.at += sent;
	conn->file.length -= sent;
	if (conn->file.length > 0)
		event_add(&conn->ev_write, NULL);
	else
		file_drop(conn);
	return true;
}

/* True while there is a body to send behind the head. */
static bool send_head(struct conn *conn, struct answer *answer, const struct front_request *request)
{
	const struct buf *head;
	struct iovec piece;

	answer->close = conn->close_after || conn->front->draining;
	head = answer_head(conn->front, answer);
	piece = (struct iovec){ .iov_base = head->data, .iov_len = head->len };
	conn->corked = false;
	return conn_send(conn, &piece, 1) && !request->is_head && answer->length > 0;
}

void front_reply_file(struct front_request *request, int status, const char *content_type,
		      const struct front_header_pair *headers, size_t n_headers,
		      const struct front_file *file)
{
	struct conn *conn = request->conn;
	struct answer answer = { .status = status,
				 .content_type = content_type,
				 .headers = headers,
				 .n_headers = n_headers,
				 .length = file->length };

	INVARIANT(request->live && file->fd >= 0 && file->length >= 0);
	INVARIANT(status == 200 || status == 206);
	conn_hold(conn);
	request->live = false;
	if (conn->fd >= 0 && send_head(conn, &answer, request))
		conn->file = *file;
	else
		close(file->fd);
	if (conn->fd >= 0 && file_pump(conn))
		conn_answered(conn);
	conn_release(conn);
}
