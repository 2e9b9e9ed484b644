/* The derived webhook-id: what makes a message the same message through retries, restarts and restores (contract 4). */
#ifndef JIEBANG_ENGINE_PLANNER_H
#define JIEBANG_ENGINE_PLANNER_H

#include "engine/tx.h"

#define WEBHOOK_ID_BYTES 32

struct webhook_id_parts {
	const uint8_t *origin_uid; /* 16 bytes: of the import batch, or random for a test message */
	const uint8_t *endpoint_uid;
	int64_t unit_key;
	const char *rule_id;
	int n;
	int64_t revision;
	const char *step;
};
void webhook_id(const struct tx *tx, const struct webhook_id_parts *parts,
		char out[WEBHOOK_ID_BYTES]);

#endif
