/*
 * What is to be done about an endpoint that fails, as a function of its episode and of now: a kill in between, or a
 * clock that stood still for a month, changes nothing but the instant at which it is asked.
 */
#include "jiebang/health.h"

#include <string.h>

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)

static const char *const state_names[HEALTH_STATE_COUNT] = {
	[HEALTH_DOUBTED] = "doubted",
	[HEALTH_FAILING] = "failing",
	[HEALTH_PAUSED] = "paused",
};

const struct health_policy health_policy_default = {
	.failing_after_s = 30 * 60,
	.tell = { .wait_s = { DAY_S, 2 * DAY_S, 3 * DAY_S }, .n = 3 },
	.pause_after_s = 5 * DAY_S,
	.probe = { .wait_s = { HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 8 * HOUR_S, 16 * HOUR_S,
			       24 * HOUR_S },
		   .n = 6 },
	.release_per_second = 50,
};

const char *health_state_name(enum health_state state)
{
	return state_names[state];
}

bool health_state_parse(const char *s, enum health_state *state)
{
	for (size_t i = 0; i < HEALTH_STATE_COUNT; i++) {
		if (strcmp(s, state_names[i]) == 0) {
			*state = (enum health_state)i;
			return true;
		}
	}
	return false;
}

bool health_failed(const struct health_policy *policy, struct health *health, bool known,
		   int64_t now_at)
{
	if (!known ||
	    (health->state == HEALTH_DOUBTED && now_at - health->last_at > HEALTH_FORGET_S))
		*health = (struct health){ .state = HEALTH_DOUBTED, .since_at = now_at };
	health->failures++;
	/* A clock that went back shortens nothing. */
	if (now_at > health->last_at)
		health->last_at = now_at;
	if (health->state != HEALTH_DOUBTED || health->failures < 2 ||
	    health->last_at - health->since_at < policy->failing_after_s)
		return false;
	health->state = HEALTH_FAILING;
	return true;
}

static int64_t tell_at(const struct health_policy *policy, const struct health *health)
{
	return health->told < policy->tell.n ? health->since_at + policy->tell.wait_s[health->told]
					     : INT64_MAX;
}

int64_t health_next_at(const struct health_policy *policy, const struct health *health)
{
	int64_t told_at = tell_at(policy, health);
	int64_t other_at = INT64_MAX;
	switch (health->state) {
	case HEALTH_DOUBTED:
	case HEALTH_STATE_COUNT:
		return INT64_MAX;
	case HEALTH_FAILING:
		other_at = health->since_at + policy->pause_after_s;
		break;
	case HEALTH_PAUSED:
		other_at = health->probe_at;
		break;
	}
	return told_at < other_at ? told_at : other_at;
}

enum health_duty health_due(const struct health_policy *policy, const struct health *health,
			    int64_t now_at)
{
	if (health_next_at(policy, health) > now_at)
		return HEALTH_NOTHING;
	if (tell_at(policy, health) <= now_at)
		return HEALTH_TELL;
	return health->state == HEALTH_FAILING ? HEALTH_PAUSE : HEALTH_PROBE;
}

static void plan_probe(const struct health_policy *policy, struct health *health, int64_t now_at)
{
	size_t last = policy->probe.n - 1;
	health->probe_at =
		now_at + policy->probe.wait_s[health->probes < last ? health->probes : last];
}

void health_did(const struct health_policy *policy, struct health *health, enum health_duty duty,
		int64_t now_at)
{
	switch (duty) {
	case HEALTH_NOTHING:
		return;
	case HEALTH_TELL:
		/* After an outage of ours the days that went by are told as one. */
		while (tell_at(policy, health) <= now_at)
			health->told++;
		return;
	case HEALTH_PAUSE:
		health->state = HEALTH_PAUSED;
		plan_probe(policy, health, now_at);
		return;
	case HEALTH_PROBE:
		health->probes++;
		plan_probe(policy, health, now_at);
		return;
	}
}

int64_t health_release_wait_s(const struct health_policy *policy, int64_t i)
{
	return i / policy->release_per_second;
}
