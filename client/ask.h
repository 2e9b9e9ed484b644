/*
 * Requests that carry JSON, and what a refusal looks like to a person: the problem on stderr, with where, rule,
 * clause and hint, and the exit code that stands for it.
 */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include "call.h"
#include "jiebang/json.h"
#include "write.h"

#include <stdbool.h>
#include <stdint.h>

/* Stable: scripts rely on them. */
enum exit_code {
	CODE_OK = 0,
	CODE_FAILED = 1,
	CODE_USAGE = 2,
	CODE_NOT_FOUND = 3,
	CODE_REFUSED = 4, /* by a rule, or denied */
	CODE_UNREACHABLE = 5,
	CODE_CONFLICT = 6,
};

#define KEY_BYTES 65

/* What the global options made of one run. */
struct client {
	const char *server;
	const char *token_file;
	const struct writer *writer;
	bool header;
	int64_t limit;     /* rows of a list; 0: all */
	int64_t timeout_s; /* 0: default */
	const char *key;   /* --idempotency-key; used by the first write only */
	const char *file;  /* what is being imported, for messages */
	char generated_key[KEY_BYTES];
	struct call *call; /* made at the first request */
	bool has_token;
};

/* Connects (no I/O yet). 0 or an exit code, with the reason told. */
int client_open(struct client *client);
void client_close(struct client *client);

/*
 * Sends, tells problems, and gives the document of a 2xx answer: *doc is NULL when the answer had no body or went to
 * the request's sink. 0 or an exit code. A missing idempotency key of a write is filled in.
 */
int ask(struct client *client, struct call_request *request, struct jr_doc **doc);
/* What came of a request that was sent by call_send: tells a problem, gives the document. 0 or an exit code. */
int ask_end(const struct client *client, enum call_end end, const struct call_reply *reply,
	    struct jr_doc **doc);
int ask_get(struct client *client, const char *target, struct jr_doc **doc);
/* `body` is JSON, or NULL for none. */
int ask_post(struct client *client, const char *target, const char *body, struct jr_doc **doc);
/* The same by another method that writes. */
int ask_write(struct client *client, const char *method, const char *target, const char *body,
	      struct jr_doc **doc);
/* Like ask_get, but silent: NULL when it fails. */
struct jr_doc *ask_quietly(struct client *client, const char *target);

/* The exit code for an HTTP status; `rule` says that a rule refused. */
int ask_exit_code(long status, bool rule);

/* The "warnings" of an import, on stderr. */
void ask_tell_warnings(const struct client *client, const struct jr_value *result);

/* The one line in a file that holds a secret; *secret is the caller's to free. 0 or an exit code, told. */
int read_secret(const char *path, char **secret);
/* The same of a URL, which may be one. "-": standard input. */
int read_url(const char *path, char **url);

/* Hands every row of a paged list to `row` (until it returns false) and calls `page`, which may be NULL, after each page. 0 or an exit code. */
struct pages {
	bool (*row)(void *arg, const struct jr_value *row);
	void (*page)(void *arg);
	void *arg;
};
int ask_pages(struct client *client, const char *target, const struct pages *pages);

#endif
