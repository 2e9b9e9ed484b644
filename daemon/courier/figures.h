/*
 * How attempts went: counted in memory as they end, by endpoint, and handed to the engine twice a second, many at once.
 * So an attempt costs a look into a small table. Loop thread only.
 */
#ifndef JIEBANG_FIGURES_H
#define JIEBANG_FIGURES_H

#include "engine/engine.h"
#include "jiebang/latency.h"

#include <stdint.h>

struct figures;

/* `later`: call figures_write in about `wait_ms`; called once until then. */
struct figures *figures_new(struct engine *engine, void (*later)(void *arg, int64_t wait_ms),
			    void *arg);
/* After the engine: nothing may be on its way. NULL is accepted. */
void figures_free(struct figures *figures);

void figures_count(struct figures *figures, const struct outcome *outcome);
/* Hands over what was counted. */
void figures_write(struct figures *figures);

/* Of all endpoints since the start. */
struct figures_sum {
	struct latency latency;
	int64_t elapsed_ms;
};
const struct figures_sum *figures_sum(const struct figures *figures);

#endif
