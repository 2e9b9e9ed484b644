/*
 * Quiet is asked for by a person and always for a time. It moves no deadline and stops no ladder: each step that falls
 * into it is on record as suppressed, and the next one after it is said.
 */
#include "engine/hush.h"

#include "store/silence.h"

static enum fault find(struct tx *tx, const struct obligation_row *row, const struct step *step,
		       struct hush *hush, struct problem *problem)
{
	struct hush_step what = { .obligation_key = row->key,
				  .unit_key = row->unit_key,
				  .revision = row->revision,
				  .recipient = recipient_name(step->to),
				  .kind = obligation_kind_name(row->kind),
				  .escalation = step->kind == STEP_ESCALATION,
				  .of_review = row->review_due_on != 0,
				  .at = step->at,
				  .decided_at = tx->now_at };
	return hush_find(tx->store, &what, hush, problem);
}

static enum fault suppress(struct tx *tx, const struct obligation_row *row, const struct step *step,
			   const struct hush *hush, struct problem *problem)
{
	struct occasion_row occasion = { row->key,     row->revision, step->key,        step->at,
					 "suppressed", hush->reason,  hush->silence_key };
	return occasion_add(tx->store, &occasion, tx->now_at, problem);
}

enum fault hush_steps(struct tx *tx, const struct obligation_row *row, const struct step **steps,
		      size_t *n, struct problem *problem)
{
	size_t kept = 0;
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < *n; i++) {
		struct hush hush;
		fault = find(tx, row, steps[i], &hush, problem);
		if (fault == FAULT_NONE && hush.reason[0])
			fault = suppress(tx, row, steps[i], &hush, problem);
		else
			steps[kept++] = steps[i];
	}
	*n = kept;
	return fault;
}
