/* Hosts of which no two messages begin in one second (R5). State of a claim's turns, in memory alone. */
#ifndef JIEBANG_ENGINE_SPACE_H
#define JIEBANG_ENGINE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox_ready;

struct spaced_host {
	char *name;
	int64_t begun_at;    /* the second that is taken */
	int64_t served_key;  /* the endpoint that took it: those after it come first */
	int64_t waiting_key; /* of this claim: the first that could only go if none after it can */
};

struct spacing {
	struct spaced_host *hosts;
	size_t n;
};

/* The second of `now_at` is taken: whatever ran before may have begun something in it. */
void spacing_init(struct spacing *spacing, char *const *names, size_t n, int64_t now_at);
void spacing_clear(struct spacing *spacing);

/* The listed host that the URL leads to, by whatever port; NULL if there is none. */
struct spaced_host *spacing_of(const struct spacing *spacing, const char *url);

/*
 * Cuts what is ready at an endpoint of this host to the one message that may begin now, or none, and sets `more` and
 * `later` accordingly. Endpoints take turns: one that was served lately is only put down as waiting_key, unless `again`.
 */
void spacing_cut(struct spaced_host *host, int64_t endpoint_key, int64_t now_at, bool again,
		 struct outbox_ready *ready);

#endif
