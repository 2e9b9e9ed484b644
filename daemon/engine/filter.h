/* What an endpoint wants to be told (endpoint_filter.h), asked of what there is. For endpoints with filters only. */
#ifndef JIEBANG_ENGINE_FILTER_H
#define JIEBANG_ENGINE_FILTER_H

#include "engine/tx.h"
#include "jiebang/endpoint_filter.h"
#include "store/endpoint.h"
#include "store/outbox.h"

/* Whether it wants this message, a digest for any of its items. `options` are then what it asks for. */
MUST_CHECK enum fault filter_wants(struct tx *tx, const struct message_new *message,
				   int64_t endpoint_key, struct endpoint_options *options,
				   bool *wants, struct problem *problem);
/* Puts down what it does not want of a digest that it gets. */
MUST_CHECK enum fault filter_leave_out(struct tx *tx, const struct message_new *message,
				       const struct endpoint_options *options,
				       struct problem *problem);

/* FAULT_UNPROCESSED, and which: a filter names a programme, track, region or unit that there is not. */
MUST_CHECK enum fault filter_check(struct tx *tx, const struct endpoint_options *options,
				   struct problem *problem);

/* Whether all reminders of this unit reach an endpoint that asks for this. */
MUST_CHECK enum fault filter_hears(struct tx *tx, const struct endpoint_options *options,
				   int64_t unit_key, bool *hears, struct problem *problem);
/* Adds the member "warnings" to an endpoint's answer: the reminders that it is not told of. */
MUST_CHECK enum fault filter_warn(struct tx *tx, const struct endpoint_row *row,
				  const struct endpoint_options *options, struct buf *reply,
				  struct problem *problem);

#endif
