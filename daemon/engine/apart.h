/* One broken row must not stop all others: the careful way to run many rows in one verb. */
#ifndef JIEBANG_ENGINE_APART_H
#define JIEBANG_ENGINE_APART_H

#include "engine/tx.h"

/* How long a broken row is put aside before it is tried again. */
#define PUT_ASIDE_S 3600

/*
 * Runs `row` in a savepoint of its own. A fault that will not pass (a broken row, a bug of ours) is undone and told, as an
 * event `invariant.broken` and an error in the log; *broken says so, and the caller puts the row aside. Faults of the disk are returned.
 */
typedef enum fault apart_fn(struct tx *tx, void *arg, struct problem *problem);
MUST_CHECK enum fault tx_apart(struct tx *tx, apart_fn *row, void *arg, const char *what,
			       bool *broken, struct problem *problem);

#endif
