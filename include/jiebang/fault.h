/*
 * Failure has three kinds. Our own bug: BUG() aborts. Cannot start: fatal() says what to do and exits. Run time:
 * an `enum fault` that the compiler makes the caller look at, with a `struct problem` that explains it to a person.
 */
#ifndef JIEBANG_FAULT_H
#define JIEBANG_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum fault {
	FAULT_NONE = 0,
	FAULT_INVALID,     /* the input is malformed: HTTP 400, exit 2 */
	FAULT_UNPROCESSED, /* well-formed, but a field is wrong: HTTP 422, exit 2 */
	FAULT_NOT_FOUND,   /* HTTP 404, exit 3 */
	FAULT_REFUSED,     /* a rule says no: HTTP 409 with `rule`, exit 4 */
	FAULT_DENIED,      /* the caller may not: HTTP 403, exit 4 */
	FAULT_CONFLICT,    /* somebody was faster, or it exists: HTTP 409, exit 6 */
	FAULT_STALE,       /* If-Match does not match: HTTP 412, exit 6 */
	FAULT_TOO_LARGE,   /* HTTP 413, exit 2 */
	FAULT_BUSY,        /* locked or overloaded, try again: HTTP 503, exit 1 */
	FAULT_FULL,        /* no space or quota: HTTP 507, exit 1 */
	FAULT_IO,          /* the disk or the network failed: HTTP 503, exit 1 */
	FAULT_CORRUPT,     /* the data is not what it must be: HTTP 500, exit 1 */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* What a person is told: what is wrong, where, by which rule. Embedded; all strings are NUL-terminated copies. */
struct problem {
	enum fault fault;
	char detail[768];  /* one or two sentences; empty when there is no fault */
	char pointer[128]; /* JSON pointer, or "file:line", or empty */
	char rule[64];     /* the rule's name, when a rule refused */
	char clause[384];  /* its clause, quoted */
	char hint[256];    /* what to do about it, or empty */
};

/* Fills `problem` (which may be NULL) and returns `fault`, so that it reads `return problem_set(…)`. */
enum fault problem_set(struct problem *problem, enum fault fault, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Short fixed name of the fault, for logs: "refused", "full", … Never NULL. */
const char *fault_name(enum fault fault);

/* Whether trying again may help: busy, full, io. */
bool fault_is_passing(enum fault fault);

/* HTTP status and client exit code that stand for the fault (FAULT_NONE: 200 and 0). */
int fault_http_status(enum fault fault);
int fault_exit_code(enum fault fault);

/* Prints to stderr and exits with `code` (64 usage, 74 disk, 75 held by another, 78 configuration). */
_Noreturn void fatal(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

_Noreturn void bug_abort(const char *file, int line, const char *what);
#define BUG(what) bug_abort(__FILE__, __LINE__, (what))
/* An assertion about ourselves, never about input; stays in release builds. */
#define INVARIANT(cond) ((cond) ? (void)0 : BUG("broken: " #cond))

/* Memory that we can't get ends the process: state is on disk, and the supervisor starts us again. */
void *xmalloc(size_t size_bytes) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size_bytes) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size_bytes) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));

#endif
