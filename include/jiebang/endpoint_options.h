/*
 * What an endpoint may ask for beside its URL: how many at once, how long, when again, what of all there is. Pure. Each
 * option is a row in endpoint_options.c; its name is the member of the JSON object `options` that the API takes and
 * shows, that the database keeps, and that `jiebangctl endpoint set --option NAME=VALUE` writes.
 *
 * Only what differs from the daemon's own settings is kept: an endpoint without options has {}.
 */
#ifndef JIEBANG_ENDPOINT_OPTIONS_H
#define JIEBANG_ENDPOINT_OPTIONS_H

#include "jiebang/fault.h"
#include "jiebang/json.h"
#include "jiebang/retry.h"

#include <stdbool.h>
#include <stddef.h>

#define ENDPOINT_PATH_BYTES    256
#define ENDPOINT_PROXY_BYTES   256
#define ENDPOINT_LIST_BYTES    512 /* of the longest list */
#define ENDPOINT_KEYWORD_BYTES 64

struct endpoint_options {
	int concurrency;             /* attempts under way at once; 0: the daemon's */
	int timeout_s;               /* for a whole attempt; 0: the daemon's */
	struct retry_schedule retry; /* n = 0: the daemon's */
	char language[3];            /* of what a person reads, "zh" or "en"; empty: zh */
	bool fifo;                   /* one message after the other, in the order they were made */
	/* What it wants to be told: words with commas between them, "": everything (endpoint_filter.h). */
	char events[ENDPOINT_LIST_BYTES]; /* "obligation.*,unit.withdrawn" */
	char programmes[256], tracks[256], regions[256], units[ENDPOINT_LIST_BYTES];
	int rate_per_minute; /* attempts that begin in any minute, at most; 0: a robot's own, else any number */
	/* Of a chat robot (jiebang/robot.h). */
	char keyword[ENDPOINT_KEYWORD_BYTES]; /* that its group wants to see in each message */
	char mentions
		[ENDPOINT_LIST_BYTES]; /* whom to call: ids, mobile numbers, "all", with commas */
	bool plain_text;               /* no markdown */
	/* The way there; empty: the daemon's. Of a key only its place is kept, and read when a connection is made. */
	bool https_only;
	char tls_min[4];
	char source[46];
	char proxy[ENDPOINT_PROXY_BYTES]; /* "none": none */
	char ca_file[ENDPOINT_PATH_BYTES];
	char client_cert[ENDPOINT_PATH_BYTES];
	char client_key[ENDPOINT_PATH_BYTES];
};

/*
 * Takes the members of `object` over into `options`: null sets one back to the daemon's. Values may be given as text
 * ("2", "5,300,1800"), as a command line has them. A refusal names the option, what it takes, and points at it.
 */
MUST_CHECK enum fault endpoint_options_merge(const struct jr_value *object,
					     struct endpoint_options *options,
					     struct problem *problem);
/* Whether the options go together, and with the URL: once all are merged. */
MUST_CHECK enum fault endpoint_options_suit(const struct endpoint_options *options, const char *url,
					    struct problem *problem);
/* The kept form read back. */
MUST_CHECK enum fault endpoint_options_read(const char *text, size_t len,
					    struct endpoint_options *out, struct problem *problem);

/* As an object, in the order of the table; {} if nothing differs. */
void endpoint_options_write(const struct endpoint_options *options, struct jw *jw);

#endif
