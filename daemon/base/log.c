/*
 * One event, one line, one write(2): lines of two threads never mix, and a reader can grep for the fixed words.
 */
#include "jiebang/log.h"

#include "jiebang/buf.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 2048

static atomic_int threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&threshold, (int)level);
}

/* Outside text must not be able to begin a line of its own or speak to a terminal. */
static void neutralise(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];
		if (c < 0x20 || c == 0x7f)
			line[i] = '?';
	}
}

void log_line(enum log_level level, const char *words, const char *fmt, ...)
{
	if ((int)level > atomic_load(&threshold))
		return;
	char line[LOG_LINE_MAX];
	int head = snprintf(line, sizeof(line), "<%d>%s", (int)level, words);
	size_t len = head < 0 ? 0 : (size_t)head;
	if (fmt && len + 2 < sizeof(line)) {
		line[len++] = ' ';
		va_list args;
		va_start(args, fmt);
		int more = vsnprintf(line + len, sizeof(line) - len, fmt, args);
		va_end(args);
		len += more < 0 ? 0 : (size_t)more;
	}
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	neutralise(line, len);
	line[len++] = '\n';
	/* A log that can't be written has nobody to tell. */
	ssize_t written = write(STDERR_FILENO, line, len);
	(void)written;
}
