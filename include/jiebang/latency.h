/*
 * How long attempts took, kept small: a count for each of 64 steps that grow by an eighth to a quarter, from which any
 * quantile can be read, and which can be added up over days. Pure. Times are milliseconds; beyond 131 s all are alike.
 */
#ifndef JIEBANG_LATENCY_H
#define JIEBANG_LATENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LATENCY_STEPS     64
#define LATENCY_BYTES_MAX (4 * LATENCY_STEPS)

struct latency {
	uint32_t count[LATENCY_STEPS];
};

/* A negative time counts as 0. A count that is full stays so. */
void latency_add(struct latency *latency, int64_t elapsed_ms);
void latency_merge(struct latency *into, const struct latency *from);
int64_t latency_total(const struct latency *latency);
/* So many per mille took at most this long (500: the median); -1 if there is none. At most an eighth off. */
int64_t latency_quantile_ms(const struct latency *latency, int permille);

/* As bytes for a row, without the empty steps at the end; their number is returned. */
size_t latency_encode(const struct latency *latency, uint8_t out[LATENCY_BYTES_MAX]);
/* False if they are not what latency_encode writes. */
bool latency_decode(struct latency *out, const void *bytes, size_t len);

#endif
