/* The health of endpoints, kept where outcomes are recorded (the policy is domain/health.c). */
#ifndef JIEBANG_ENGINE_HEALTH_H
#define JIEBANG_ENGINE_HEALTH_H

#include "engine/tx.h"

struct delivery_row;
struct outcome;

/* An attempt failed that was answered for by the endpoint: by a status, by silence, by not being there. */
MUST_CHECK enum fault health_on_failure(struct tx *tx, const struct delivery_row *row,
					const struct outcome *outcome, struct problem *problem);
/* A message arrived: an episode, if there was one, is over, and what waited for its end goes. */
MUST_CHECK enum fault health_on_success(struct tx *tx, int64_t endpoint_key,
					struct problem *problem);
/* It was disabled because it takes nothing from us: its owner, or the office, hears of it by another way. */
struct endpoint_row;
MUST_CHECK enum fault health_tell_disowned(struct tx *tx, const struct endpoint_row *row,
					   const char *message_id, const char *data,
					   struct problem *problem);
/* Somebody has decided about the endpoint: it begins anew. */
MUST_CHECK enum fault health_forget(struct tx *tx, int64_t endpoint_key, struct problem *problem);
/* Timer "endpoint_health": what is to be done now is done. */
MUST_CHECK enum fault health_run(struct tx *tx, int64_t endpoint_key, struct problem *problem);

#endif
