/* What was put down for owners who are told in digests becomes messages. */
#ifndef JIEBANG_ENGINE_DIGEST_FLUSH_H
#define JIEBANG_ENGINE_DIGEST_FLUSH_H

#include "engine/tx.h"

/*
 * To be called when nothing else is due at this instant: at most `max` owners; with `careful`, each apart, and a broken
 * one put aside. *next_at: when there is something to flush again; INT64_MAX: there is not.
 */
MUST_CHECK enum fault digests_flush(struct tx *tx, int max, bool careful, int64_t *next_at,
				    struct problem *problem);

#endif
