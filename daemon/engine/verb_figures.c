/*
 * Writes down how attempts went since the last time. Figures are no promise: what a kill takes away is at most the last
 * half second of them, and for that they cost a message nothing of its own transaction.
 */
#include "engine/engine.h"
#include "engine/tx.h"
#include "jiebang/civil.h"
#include "store/endpoint_stat.h"

static enum fault run_figures(struct tx *tx, struct verb *verb)
{
	const struct figures_part *part = verb->input;
	int64_t day = civil_day_of(tx->now_at);
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < part->n; i++) {
		const struct figure *figure = &part->items[i];
		struct endpoint_stat stat = { figure->delivered, figure->failed, figure->latency };
		fault = endpoint_stat_add(tx->store, figure->endpoint_key, day, &stat,
					  &verb->problem);
	}
	return fault;
}

const struct verb_kind verb_figures = { "figures", run_figures, false };
