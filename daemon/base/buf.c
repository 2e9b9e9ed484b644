/*
 * A growing byte string, doubling, always terminated.
 */
#include "jiebang/buf.h"

#include "jiebang/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_reserve(struct buf *buf, size_t more_bytes)
{
	size_t need = buf->len + more_bytes + 1;
	INVARIANT(need > buf->len);
	if (need <= buf->cap)
		return;
	size_t cap = buf->cap ? buf->cap : 64;
	while (cap < need)
		cap *= 2;
	buf->data = xrealloc(buf->data, cap);
	buf->cap = cap;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	buf_reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void buf_adds(struct buf *buf, const char *s)
{
	buf_add(buf, s, strlen(s));
}

void buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_addv(struct buf *buf, const char *fmt, va_list args)
{
	va_list again;
	va_copy(again, args);
	/* Most pieces are short: written where they belong at once, and a second time only if they did not fit. */
	buf_reserve(buf, 160);
	size_t room = buf->cap - buf->len;
	int len = vsnprintf(buf->data + buf->len, room, fmt, args);
	INVARIANT(len >= 0);
	if ((size_t)len >= room) {
		buf_reserve(buf, (size_t)len);
		(void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, again);
	}
	buf->len += (size_t)len;
	va_end(again);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	buf_addv(buf, fmt, args);
	va_end(args);
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void buf_clear(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf)BUF_EMPTY;
}

char *buf_take(struct buf *buf)
{
	char *taken = buf->data ? buf->data : xstrdup("");
	*buf = (struct buf)BUF_EMPTY;
	return taken;
}

const char *buf_str(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}
