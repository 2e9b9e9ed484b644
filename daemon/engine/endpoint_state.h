/* Endpoints are enabled, disabled by a person or a 410, or paused after days of failures; and what waits follows. */
#ifndef JIEBANG_ENGINE_ENDPOINT_STATE_H
#define JIEBANG_ENGINE_ENDPOINT_STATE_H

#include "engine/tx.h"
#include "store/endpoint.h"

/* The one mover of endpoints: writes the state, counts, and keeps the count of units that nobody reaches. `row` follows. */
MUST_CHECK enum fault endpoint_move(struct tx *tx, struct endpoint_row *row,
				    enum endpoint_state state, const char *reason,
				    struct problem *problem);

/* What is due for it is held, listed and replayable (D8). */
MUST_CHECK enum fault endpoint_hold_waiting(struct tx *tx, int64_t endpoint_key, const char *reason,
					    struct problem *problem);

/* What goes out again at once would be a flood: the next one of these waits for its turn (release_per_second). */
struct release {
	int64_t n;      /* made due so far */
	bool by_person; /* who enables it wants everything; what was held for its own sake stays else */
};
MUST_CHECK enum fault endpoint_free_held(struct tx *tx, int64_t endpoint_key,
					 struct release *release, struct problem *problem);
/* One delivery becomes due in its turn, or ends, or stays held, as its obligation wants it. */
MUST_CHECK enum fault release_one(struct tx *tx, int64_t message_key, struct release *release,
				  struct problem *problem);

/* What a person did to an endpoint, as event and audit row: begin, add members, end. `data` is freed by the end. */
void endpoint_record_begin(const struct endpoint_row *row, struct buf *data, struct jw *jw);
MUST_CHECK enum fault endpoint_record_end(struct tx *tx, const struct endpoint_row *row,
					  const char *type, const char *verb, struct buf *data,
					  struct problem *problem);

#endif
