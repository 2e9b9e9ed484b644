/*
 * A growing byte string. Embedded: start with BUF_EMPTY, end with buf_clear. `data` is always NUL-terminated once
 * something was added (the NUL does not count in `len`), and NULL before.
 */
#ifndef JIEBANG_BUF_H
#define JIEBANG_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;
	size_t len;
	size_t cap;
};

#define BUF_EMPTY                                                                                  \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

void buf_reserve(struct buf *buf, size_t more_bytes);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_adds(struct buf *buf, const char *s);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *buf, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Keeps the memory, drops the content. */
void buf_reset(struct buf *buf);
/* Frees. Safe on BUF_EMPTY and twice. */
void buf_clear(struct buf *buf);
/* Hands the string over (never NULL; "" if nothing was added); the caller frees it. */
char *buf_take(struct buf *buf);
/* The content as a C string, "" when empty; borrowed until the next change. */
const char *buf_str(const struct buf *buf);

#endif
