/*
 * The text of one POST, as it goes over the wire. What is the same for every message to a URL is written once and kept:
 * the request line and the fields that do not change.
 */
#ifndef JIEBANG_POST_H
#define JIEBANG_POST_H

#include "courier/courier.h"
#include "jiebang/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct post {
	struct buf start; /* the same for each message to the URL */
	struct buf text;  /* of the message under way */
};

/* Where the request goes by: decides about the form of its target. */
struct post_way {
	const char *proxy; /* NULL: none */
	const char *user_agent;
};

/* Writes `start`. NULL, or why the URL can't be asked: fixed words. The guard must have let the URL pass. */
const char *post_aim(struct post *post, const char *url, const struct post_way *way);
/* Writes `text`: signed, with the wall clock of this attempt (receivers tolerate five minutes). */
void post_write(struct post *post, const struct courier_job *job, int64_t stamped_at);
void post_clear(struct post *post);

#endif
