/*
 * The courier carries one attempt at a time per job: it opens, signs, sends, judges nothing. libcurl makes the connections
 * (names, guard, proxy, TLS), what goes over them is our own HTTP/1.1; all inside the libevent loop, on one thread. What
 * an end means is domain/retry's to say, and what follows from it the engine's. Standard Webhooks 1.0: webhook-id is
 * the same on every attempt, webhook-timestamp is the wall clock of this attempt (the receiver's protection against
 * replay, also under a simulated clock).
 */
#ifndef JIEBANG_COURIER_H
#define JIEBANG_COURIER_H

#include "jiebang/endpoint_format.h"
#include "jiebang/fault.h"
#include "jiebang/retry.h"
#include "jiebang/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct guard; /* guard.h */
struct courier;

#define COURIER_EXCERPT_BYTES 256
#define COURIER_SECRETS_MAX   4

/* The way of mail: the operator's relay, which the guard does not judge. */
struct courier_mail {
	const char *relay; /* "smtp://host:587", "smtps://host:465"; NULL: there is none */
	const char *hello; /* the name to greet it with; NULL: this machine's */
	bool starttls_required;
	unsigned connections;        /* 4: mails under way at once */
	const char *user, *password; /* NULL: none */
	const char *from;            /* an address, as are the others (jiebang/mail.h) */
	const char *from_name;       /* NULL: none */
	const char *reply_to;        /* NULL: none */
	const char *ca_file;         /* NULL: the system's */
};

struct courier_options {
	unsigned in_flight_per_endpoint; /* 4 */
	unsigned in_flight_max;          /* 256 */
	int timeout_s;                   /* whole attempt, 20 */
	int connect_timeout_s;           /* 10 */
	int64_t response_max_bytes;      /* 64 KiB: body past it ends the attempt */
	int64_t header_max_bytes;        /* 16 KiB of response header in all */
	bool https_only;
	const char *ca_file; /* NULL: the system's */
	/* NULL: none, and never from the environment. With one, names are the proxy's to judge. */
	const char *proxy;
	const char *user_agent;
	struct courier_mail mail;
};

struct courier_secret {
	uint8_t key[SECRET_WORD_MAX_BYTES];
	size_t len;
	bool ed25519; /* `key` is the seed of a key pair: signs as v1a */
};

/* One attempt. Allocated by the caller with courier_job_new, handed over by courier_submit, back in `done`. */
struct courier_job {
	int64_t message_key;
	int64_t endpoint_key;
	enum endpoint_format format;
	unsigned attempt; /* 1-based */
	int64_t sequence; /* of the message among those about its unit; 0: it has none */
	bool timed;       /* over a connection of its own, and with its times */
	const char *url;  /* these four live in `block`, */
	const char *webhook_id;
	const char *body;
	const char *options; /* the endpoint's, JSON of jiebang/endpoint_options.h; NULL: none */
	size_t body_len;
	struct courier_secret secrets[COURIER_SECRETS_MAX]; /* newest first: one signature each */
	size_t n_secrets;
	char *block;              /* which is owned */
	struct courier_job *next; /* for whoever owns it */
};

struct courier_job *courier_job_new(void);
/* Copies the three texts into a block of the job's own (an earlier one is freed). */
void courier_job_say(struct courier_job *job, const char *webhook_id, const char *url,
		     const char *body, size_t body_len);
void courier_job_free(struct courier_job *job); /* wipes the secrets */

struct courier_result {
	enum attempt_end end;
	int status;            /* 0 if no status line came */
	int64_t retry_after_s; /* -1 if none */
	int64_t started_at;    /* wall */
	int64_t elapsed_ms;
	struct attempt_times times;
	char reason
		[160]; /* fixed words, e.g. "egress: loopback address", "certificate: wrong name"; never the URL */
	char excerpt
		[COURIER_EXCERPT_BYTES]; /* start of the response body as valid UTF-8, control bytes replaced */
};

/* Called on the loop thread, never from inside a libcurl callback. The job is the callee's again. */
typedef void (*courier_done)(void *arg, struct courier_job *job,
			     const struct courier_result *result);

struct courier *courier_new(struct event_base *base, const struct courier_options *options,
			    const struct guard *guard, courier_done done, void *arg);
/* Attempts under way are dropped without a `done`; the engine finds them as unknown. Not to be called from within `done`. */
void courier_free(struct courier *courier);

/*
 * Takes the job. Jobs past an endpoint's or the courier's limit wait in order inside the courier; endpoints take turns in a ring.
 */
void courier_submit(struct courier *courier, struct courier_job *job);

/* Hands every job that still waits back through `done` as ATTEMPT_NOT_BEGUN: for a stop. Not from within `done`. */
void courier_give_back(struct courier *courier);

/* Jobs inside: waiting and under way, in all and of one endpoint. */
unsigned courier_load(const struct courier *courier);
unsigned courier_endpoint_load(const struct courier *courier, int64_t endpoint_key);

#endif
