/*
 * When a reminder leaves within the jitter of its ladder (R5): two hundred and sixty steps of one instant need not go
 * in one second. The part is a function of the webhook-id, so that a look ahead, a restart and a replay tell the same
 * second. It is picked among the seconds outside the minutes :00 and :30, in which everybody's timers go off.
 */
#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/reminder.h"

#include <string.h>

#define HALF_HOUR_S                                                                                \
	1800         /* Beijing is whole hours from UTC: its half hours are those of the epoch */
#define CROWDED_S 60 /* the first minute of each */
#define CALM_S    (HALF_HOUR_S - CROWDED_S)

/* How many calm seconds lie before the instant. */
static int64_t calm_before(int64_t at)
{
	int64_t in = at % HALF_HOUR_S;
	return at / HALF_HOUR_S * CALM_S + (in > CROWDED_S ? in - CROWDED_S : 0);
}

/* The calm second that has so many before it. */
static int64_t calm_second(int64_t n)
{
	return n / CALM_S * HALF_HOUR_S + CROWDED_S + n % CALM_S;
}

static uint32_t part_of(const char *webhook_id)
{
	uint8_t sum[DIGEST_BYTES];
	uint32_t part;
	digest_sha256(webhook_id, strlen(webhook_id), sum);
	part = (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
	return part;
}

int64_t jitter_ready_at(const char *webhook_id, int64_t step_at, int jitter_s)
{
	int64_t last_at = step_at + jitter_s, day_ends_at = civil_end_at(civil_day_of(step_at));
	if (last_at >= day_ends_at)
		last_at = day_ends_at - 1;
	int64_t first = calm_before(step_at), n = calm_before(last_at + 1) - first;
	if (jitter_s <= 0 || n <= 0)
		return step_at;
	return calm_second(first + part_of(webhook_id) % n);
}
