/*
 * The three kinds of failure in one place: faults that are looked at, fatal starts, and bugs that abort.
 */
#include "jiebang/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int http_status;
	int exit_code;
} kinds[] = {
	[FAULT_NONE] = { "none", 200, 0 },
	[FAULT_INVALID] = { "invalid", 400, 2 },
	[FAULT_UNPROCESSED] = { "unprocessed", 422, 2 },
	[FAULT_NOT_FOUND] = { "not_found", 404, 3 },
	[FAULT_REFUSED] = { "refused", 409, 4 },
	[FAULT_DENIED] = { "denied", 403, 4 },
	[FAULT_CONFLICT] = { "conflict", 409, 6 },
	[FAULT_STALE] = { "stale", 412, 6 },
	[FAULT_TOO_LARGE] = { "too_large", 413, 2 },
	[FAULT_BUSY] = { "busy", 503, 1 },
	[FAULT_FULL] = { "full", 507, 1 },
	[FAULT_IO] = { "io", 503, 1 },
	[FAULT_CORRUPT] = { "corrupt", 500, 1 },
};

enum fault problem_set(struct problem *problem, enum fault fault, const char *fmt, ...)
{
	if (!problem)
		return fault;
	memset(problem, 0, sizeof(*problem));
	problem->fault = fault;
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(problem->detail, sizeof(problem->detail), fmt, args);
	va_end(args);
	return fault;
}

const char *fault_name(enum fault fault)
{
	return kinds[fault].name;
}

bool fault_is_passing(enum fault fault)
{
	return fault == FAULT_BUSY || fault == FAULT_FULL || fault == FAULT_IO;
}

int fault_http_status(enum fault fault)
{
	return kinds[fault].http_status;
}

int fault_exit_code(enum fault fault)
{
	return kinds[fault].exit_code;
}

void fatal(int code, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)fputs("jiebang: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
	exit(code);
}

void bug_abort(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "<2>bug file=%s line=%d what=\"%s\"\n", file, line, what);
	abort();
}

static void *must_have(void *memory)
{
	if (!memory)
		fatal(71, "out of memory; the state on disk is complete up to the last "
			  "acknowledgement");
	return memory;
}

void *xmalloc(size_t size_bytes)
{
	return must_have(malloc(size_bytes ? size_bytes : 1));
}

void *xcalloc(size_t count, size_t size_bytes)
{
	return must_have(calloc(count ? count : 1, size_bytes ? size_bytes : 1));
}

void *xrealloc(void *old, size_t size_bytes)
{
	return must_have(realloc(old, size_bytes ? size_bytes : 1));
}

char *xstrdup(const char *s)
{
	return must_have(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
	return must_have(strndup(s, len));
}
