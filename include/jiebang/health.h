/*
 * The health of an endpoint, pure: from what failed and when to what is to be done about it. An endpoint begins as
 * healthy, which nothing is kept of. Its first failure opens an episode; a success ends it, whatever the state.
 *
 *	healthy ─failure→ doubted ─fails for failing_after→ failing ─pause_after→ paused ─success of a probe→ healthy
 *
 * Sources: Standard Webhooks, "Delivery" (disable what fails for days, tell the owner by another channel); Svix (five
 * days, counted from failures that lie apart: one blip is none).
 */
#ifndef JIEBANG_HEALTH_H
#define JIEBANG_HEALTH_H

#include "jiebang/retry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum health_state {
	HEALTH_DOUBTED = 0, /* it failed, not for long: to people it is healthy */
	HEALTH_FAILING,
	HEALTH_PAUSED, /* soft-disabled: its messages are held, one of them goes as a probe now and then */
	HEALTH_STATE_COUNT
};

const char *health_state_name(enum health_state state); /* "doubted", "failing", "paused" */
bool health_state_parse(const char *s, enum health_state *state);

struct health_policy {
	int failing_after_s; /* from the first failure to one that makes it failing */
	struct retry_schedule
		tell; /* wait_s[i]: how long after the first failure the owner is told, ascending */
	int pause_after_s;           /* without a success */
	struct retry_schedule probe; /* waits before probe 1, 2, …; the last one is repeated */
	int release_per_second;      /* of held and dead messages that go out again */
};

/* 30 m; 1 d, 2 d, 3 d; 5 d; 1 h, 2 h, 4 h, 8 h, 16 h, 24 h; 50. */
extern const struct health_policy health_policy_default;

/* A failure so long after the last one, before anybody spoke of failing, opens an episode of its own. */
#define HEALTH_FORGET_S (24 * 3600)

struct health {
	enum health_state state;
	int64_t since_at; /* the first failure of the episode */
	int64_t last_at;  /* the latest one */
	unsigned failures;
	unsigned told;    /* so many of the days were told */
	unsigned probes;  /* sent since it was paused */
	int64_t probe_at; /* the next one; 0 unless paused */
};

/* An attempt failed. `known`: an episode is under way, else `health` is begun. True: from now on it is failing. */
bool health_failed(const struct health_policy *policy, struct health *health, bool known,
		   int64_t now_at);

enum health_duty {
	HEALTH_NOTHING = 0,
	HEALTH_TELL,  /* the owner, by another channel: health->told + 1 is which time */
	HEALTH_PAUSE, /* hold what waits */
	HEALTH_PROBE  /* send the oldest held message */
};

/* What is to be done at `now_at`, one thing at a time: do it, say so with health_did, and ask again. */
enum health_duty health_due(const struct health_policy *policy, const struct health *health,
			    int64_t now_at);
void health_did(const struct health_policy *policy, struct health *health, enum health_duty duty,
		int64_t now_at);
/* When to ask again; INT64_MAX: not before the next failure. */
int64_t health_next_at(const struct health_policy *policy, const struct health *health);

/* How long after the first of many that are released together the i-th one goes. */
int64_t health_release_wait_s(const struct health_policy *policy, int64_t i);

#endif
