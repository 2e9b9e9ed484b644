/*
 * The one door to time.
 */
#include "jiebang/clock.h"

#include "jiebang/fault.h"

#include <time.h>

void clock_init_real(struct clock *clock)
{
	*clock = (struct clock){ .simulated = false };
}

void clock_init_simulated(struct clock *clock, int64_t at)
{
	*clock = (struct clock){ .simulated = true, .simulated_at = at };
}

void clock_simulated_set(struct clock *clock, int64_t at)
{
	INVARIANT(clock->simulated);
	clock->simulated_at = at;
}

static int64_t read_us(clockid_t id)
{
	struct timespec now;
	INVARIANT(clock_gettime(id, &now) == 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_at(const struct clock *clock)
{
	return clock->simulated ? clock->simulated_at : clock_wall_at();
}

int64_t clock_wall_at(void)
{
	/* Seconds and milliseconds from the same clock: floor of the same value. */
	return read_us(CLOCK_REALTIME) / 1000000;
}

int64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}
