/*
 * How far an upload is, on stderr, for a person who waits.
 */
#ifndef CLIENT_BAR_H
#define CLIENT_BAR_H

#include <stdint.h>

struct bar {
	int64_t began_ms;     /* clock_mono_ms() */
	int64_t drawn_ms;     /* 0: not yet */
	int64_t before_bytes; /* sent by earlier requests */
};

/* call_request's `progress`, with a struct bar as its `arg`. Short uploads show nothing. */
void bar_progress(void *arg, int64_t sent_bytes, int64_t total_bytes);
void bar_erase(const struct bar *bar);

#endif
