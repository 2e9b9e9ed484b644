/*
 * The one door to time. Everything else takes `now` as a parameter.
 * Wall instants are unix seconds (`_at`), the monotonic clock is milliseconds (`_ms`).
 */
#ifndef JIEBANG_CLOCK_H
#define JIEBANG_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	bool simulated;
	int64_t simulated_at; /* stands still until clock_simulated_set */
};

void clock_init_real(struct clock *clock);
void clock_init_simulated(struct clock *clock, int64_t at);
/* Our bug if the clock is real. */
void clock_simulated_set(struct clock *clock, int64_t at);

int64_t clock_now_at(const struct clock *clock);
/* Wall time whatever the clock of the deadlines says: for signatures and measurements. */
int64_t clock_wall_at(void);
int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

#endif
