/*
 * Steps as in HdrHistogram with two bits of precision: up to 3 ms each time has its own, above each doubling has four of
 * equal width. A quantile is read by taking the times of a step as spread evenly over it.
 */
#include "jiebang/latency.h"

#include <string.h>

#define BEYOND_MS (1 << 17)

static unsigned step_of(int64_t ms)
{
	unsigned v = ms < 0 ? 0 : ms >= BEYOND_MS ? BEYOND_MS - 1 : (unsigned)ms;
	unsigned doublings = 0;
	if (v < 4)
		return v;
	while (v >> doublings > 7)
		doublings++;
	return 4 * (doublings + 1) + ((v >> doublings) & 3);
}

static int64_t low_of(unsigned step)
{
	return step < 4 ? step : (int64_t)(4 + step % 4) << (step / 4 - 1);
}

static int64_t width_of(unsigned step)
{
	return step < 4 ? 1 : (int64_t)1 << (step / 4 - 1);
}

static void count_up(uint32_t *count, uint32_t by)
{
	*count = *count > UINT32_MAX - by ? UINT32_MAX : *count + by;
}

void latency_add(struct latency *latency, int64_t elapsed_ms)
{
	count_up(&latency->count[step_of(elapsed_ms)], 1);
}

void latency_merge(struct latency *into, const struct latency *from)
{
	for (size_t i = 0; i < LATENCY_STEPS; i++)
		count_up(&into->count[i], from->count[i]);
}

int64_t latency_total(const struct latency *latency)
{
	int64_t total = 0;
	for (size_t i = 0; i < LATENCY_STEPS; i++)
		total += latency->count[i];
	return total;
}

int64_t latency_quantile_ms(const struct latency *latency, int permille)
{
	int64_t rank = (latency_total(latency) * permille + 999) / 1000;
	if (rank == 0)
		rank = 1;
	for (unsigned step = 0; step < LATENCY_STEPS; step++) {
		int64_t count = latency->count[step];
		if (rank <= count)
			return low_of(step) + width_of(step) * (2 * rank - 1) / (2 * count);
		rank -= count;
	}
	return -1;
}

size_t latency_encode(const struct latency *latency, uint8_t out[LATENCY_BYTES_MAX])
{
	size_t n = LATENCY_STEPS;
	while (n > 0 && latency->count[n - 1] == 0)
		n--;
	for (size_t i = 0; i < 4 * n; i++)
		out[i] = (uint8_t)(latency->count[i / 4] >> 8 * (i % 4));
	return 4 * n;
}

bool latency_decode(struct latency *out, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	memset(out, 0, sizeof(*out));
	if (len % 4 != 0 || len > LATENCY_BYTES_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		out->count[i / 4] |= (uint32_t)at[i] << 8 * (i % 4);
	return true;
}
