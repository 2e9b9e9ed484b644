/*
 * The body of a request: into memory when it is small, into an unlinked file or a sink when the plan says so. The bytes
 * that are not content never get further than here.
 */
#include "http/front_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

/* O_TMPFILE needs no name at all; file systems without it get a name that is gone at once. */
static int spool_open(const char *dir)
{
	struct buf path = BUF_EMPTY;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	buf_addf(&path, "%s/body.XXXXXX", dir);
	fd = mkostemp(path.data, O_CLOEXEC);
	if (fd >= 0)
		unlink(path.data);
	buf_clear(&path);
	return fd;
}

static void refuse_spool(struct conn *conn)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		conn_refuse(conn, 507, "There is no space for the request body.");
	else
		conn_refuse(conn, 503, "The request body can't be stored now.");
}

void body_begin(struct conn *conn, bool spool)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct iovec piece = { .iov_base = (void *)(uintptr_t)go_on, .iov_len = sizeof go_on - 1 };
	struct front_request *request = &conn->request;

	if (spool) {
		request->spool_fd = spool_open(conn->front->spool_dir);
		if (request->spool_fd < 0) {
			refuse_spool(conn);
			return;
		}
	}
	conn_enter(conn, spool || request->sink ? PHASE_SPOOL : PHASE_BODY);
	/* RFC 9110 section 10.1.1: not needed when the client did not wait for it. */
	if (request->head.expect_continue && conn->at == conn->len)
		conn_send(conn, &piece, 1);
}

static bool spool_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t put = write(fd, data, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		data += put;
		len -= (size_t)put;
	}
	return true;
}

static bool give(struct conn *conn, const struct parser_piece *piece)
{
	struct front_request *request = &conn->request;
	int status = request->sink->take(request->sink_arg, piece->data, piece->len);

	if (status == 507)
		conn_refuse(conn, 507, "There is no space for the request body.");
	else if (status != 0)
		conn_refuse(conn, status, "The request body can't be taken.");
	return status == 0;
}

static bool store(struct conn *conn, const struct parser_piece *piece)
{
	struct front_request *request = &conn->request;

	if (request->sink)
		return give(conn, piece);
	if (request->spool_fd < 0) {
		buf_add(&request->body, piece->data, piece->len);
		return true;
	}
	if (spool_write(request->spool_fd, piece->data, piece->len))
		return true;
	refuse_spool(conn);
	return false;
}

bool body_take(struct conn *conn)
{
	struct front_request *request = &conn->request;
	struct parser_piece piece;
	enum parser_verdict verdict;

	do {
		verdict = parser_body_feed(&request->framing, conn->input + conn->at,
					   conn->len - conn->at, &piece);
		conn->at += piece.used;
		if (piece.len > 0 && !store(conn, &piece))
			return false;
	} while (verdict == PARSER_MORE && conn->at < conn->len);
	if (verdict == PARSER_BAD)
		conn_refuse(conn, request->framing.status, request->framing.detail);
	if (verdict == PARSER_DONE && request->spool_fd >= 0)
		lseek(request->spool_fd, 0, SEEK_SET);
	return verdict == PARSER_DONE;
}

void request_clear(struct front_request *request)
{
	if (request->spool_fd >= 0)
		close(request->spool_fd);
	request->spool_fd = -1;
	if (request->sink)
		request->sink->torn(request->sink_arg);
	request->sink = NULL;
	request->data = NULL;
	buf_reset(&request->body);
	if (request->body.cap > FRONT_BODY_KEPT_BYTES)
		buf_clear(&request->body);
}
