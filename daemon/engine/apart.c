/*
 * A verb that plans or claims many rows runs them together, since that is cheap. If one of them fails for a reason that
 * will not pass, the verb is run again with each row apart: the broken one is undone, told and put aside, and what is
 * due for everybody else goes out (contract 6).
 */
#include "engine/apart.h"

#include "jiebang/log.h"

#include <stdlib.h>
#include <string.h>

static enum fault tell(struct tx *tx, const char *what, const struct problem *why,
		       struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	log_error("invariant broken", "row=%s fault=%s detail=\"%s\"", what, fault_name(why->fault),
		  why->detail);
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "row", what);
	jw_kv_str(&jw, "fault", fault_name(why->fault));
	jw_kv_str(&jw, "detail", why->detail);
	jw_object_end(&jw);
	struct event_row event = { .type = "invariant.broken", .data = buf_str(&data) };
	enum fault fault = event_append(tx->store, tx->now_at, &event, problem);
	buf_clear(&data);
	return fault;
}

enum fault tx_apart(struct tx *tx, apart_fn *row, void *arg, const char *what, bool *broken,
		    struct problem *problem)
{
	struct problem why = { .fault = FAULT_NONE };
	size_t n = tx->tally.n;
	struct tally_slot *before = xcalloc(n, sizeof(*before));
	if (n > 0)
		memcpy(before, tx->tally.slots, n * sizeof(*before));
	*broken = false;
	enum fault fault = store_savepoint(tx->store, &why);
	if (fault == FAULT_NONE)
		fault = row(tx, arg, &why);
	if (fault == FAULT_NONE)
		fault = store_release(tx->store, &why);
	if (fault != FAULT_NONE && (fault_is_passing(fault) || !store_in_transaction(tx->store))) {
		*problem = why;
	} else if (fault != FAULT_NONE) {
		store_undo(tx->store);
		tx->audit.known = false;
		tx->tally.n = n;
		if (n > 0)
			memcpy(tx->tally.slots, before, n * sizeof(*before));
		*broken = true;
		fault = tell(tx, what, &why, problem);
	}
	free(before);
	return fault;
}
