/* An endpoint that asks for so many attempts a minute gets no more, and a robot one after the other. */
#ifndef JIEBANG_ENGINE_TEMPO_H
#define JIEBANG_ENGINE_TEMPO_H

#include "engine/tx.h"
#include "store/claim.h"
#include "store/pace.h"

/* Of one endpoint in one claim. */
struct tempo {
	int64_t endpoint_key;
	struct pace_row row; /* per_minute 0: it has none */
	bool cut;            /* it is what leaves something for later */
};

MUST_CHECK enum fault tempo_look(struct tx *tx, int64_t endpoint_key, struct tempo *out,
				 struct problem *problem);
/* Leaves of what is ready as many as may begin now; `load` of its attempts are under way. */
void tempo_cut(struct tempo *tempo, int64_t now_at, unsigned load, struct outbox_ready *ready);
/* ready->n of them begin. */
MUST_CHECK enum fault tempo_took(struct tx *tx, const struct tempo *tempo,
				 struct outbox_ready *ready, struct problem *problem);

/* A robot that refuses one message for having been asked too often refuses all: it is asked nothing for so long. */
MUST_CHECK enum fault tempo_rest(struct tx *tx, int64_t endpoint_key, int64_t wait_s,
				 struct problem *problem);

#endif
