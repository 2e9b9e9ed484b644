/*
 * The feed as it grows: server-sent events, with the place kept, so that nothing is missed and nothing comes twice
 * however often the connection breaks.
 */
#ifndef CLIENT_FOLLOW_H
#define CLIENT_FOLLOW_H

#include "ask.h"

struct follow {
	struct client *client;
	struct sheet *sheet;
	const char *target; /* of the stream, with its filters */
	char *cursor;       /* owned, moved on; NULL: see `last` */
	int64_t last;       /* not 0: begin with so many, counted from the end */
	int64_t left;       /* rows still wanted; -1: all */
};

/* Until enough came or nobody reads our output. 0 or an exit code, told. */
int follow_feed(struct follow *follow);

#endif
