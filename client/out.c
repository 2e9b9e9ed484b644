/*
 * Stdout with a memory for failure. A closed pipe is the reader's choice (`| head`) and stays quiet; anything else is
 * told. close(2) is checked too: a network file system may report a full disk only there.
 */
#include "out.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "jiebang/buf.h"
#include "say.h"

#define FLUSH_BYTES (64u * 1024)

static struct buf pending;
static int failure; /* errno of the first failed write */

static void write_all(const char *data, size_t len)
{
	while (len > 0 && failure == 0) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			failure = errno;
			return;
		}
		data += n;
		len -= (size_t)n;
	}
}

bool out_flush(void)
{
	write_all(buf_str(&pending), pending.len);
	buf_reset(&pending);
	return failure == 0;
}

bool out_failed(void)
{
	return failure != 0;
}

void out_write(const void *data, size_t len)
{
	if (failure != 0)
		return;
	buf_add(&pending, data, len);
	if (pending.len >= FLUSH_BYTES)
		(void)out_flush();
}

void out_str(const char *s)
{
	out_write(s, strlen(s));
}

void out_line(const char *s)
{
	out_str(s);
	out_write("\n", 1);
}

int out_finish(int code)
{
	bool wrote = pending.len > 0;

	(void)out_flush();
	buf_clear(&pending);
	/* A stdout that was closed from the start is no failure for a command that had nothing to say. */
	if (close(STDOUT_FILENO) != 0 && failure == 0 && (errno != EBADF || wrote))
		failure = errno;
	if (failure == 0)
		return code;
	if (failure != EPIPE)
		say(TEXT_WRITE_FAILED, strerror(failure));
	return code == 0 ? 1 : code;
}
