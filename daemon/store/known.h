/*
 * What is never changed once it is written, remembered by each connection: versions of rules, and batches of imported
 * units. Hundreds of thousands of obligations share a few of each, and a rule's row is long.
 *
 * What a transaction wrote and took back must not be remembered: its keys are given again. store_rollback and store_undo
 * forget everything.
 */
#ifndef JIEBANG_STORE_KNOWN_H
#define JIEBANG_STORE_KNOWN_H

#include "jiebang/programme.h"
#include "jiebang/unit.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct known_rule {
	int64_t key;
	enum obligation_kind kind;
	bool satisfied_by_acceptance;
	enum recipient reviewer; /* RECIPIENT_UNIT: nobody reviews */
	char id[64];
};

struct known_batch {
	int64_t key;
	uint8_t uid[16];
};

/* What is given is good until the next call of the same function, and until a rollback. FAULT_NOT_FOUND: no such key. */
MUST_CHECK enum fault known_rule_get(struct store *store, int64_t key,
				     const struct known_rule **out, struct problem *problem);
MUST_CHECK enum fault known_batch_get(struct store *store, int64_t key,
				      const struct known_batch **out, struct problem *problem);
/* db.c calls these: at each rollback, and when the connection ends. */
void known_forget(struct store *store);
void known_free(struct store *store);

#endif
