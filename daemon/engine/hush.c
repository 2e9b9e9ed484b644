/*
 * Quiet is asked for by a person and always for a time. It moves no deadline and stops no ladder: each step that falls
 * into it is on record as suppressed, and the next one after it is said.
 */
#include "engine/hush.h"

#include "engine/settle.h"
#include "jiebang/text.h"
#include "store/silence.h"

static enum fault hush_reason(struct tx *tx, const struct obligation_row *row,
			      const struct step *step, char reason[16], struct problem *problem)
{
	bool silent = false;
	struct hush_step what = { row->key,
				  row->unit_key,
				  row->revision,
				  recipient_name(step->to),
				  obligation_kind_name(row->kind),
				  step->at };
	enum fault fault = silence_match(tx->store, &what, &silent, problem);
	reason[0] = '\0';
	if (fault == FAULT_NONE && !silent && step->kind != STEP_ESCALATION)
		fault = quiet_match(tx->store, &what, reason, problem);
	if (silent)
		(void)text_copy(reason, 16, "silence");
	return fault;
}

enum fault hush_steps(struct tx *tx, const struct obligation_row *row, const struct step **steps,
		      size_t *n, struct problem *problem)
{
	size_t kept = 0;
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < *n; i++) {
		char reason[16];
		fault = hush_reason(tx, row, steps[i], reason, problem);
		if (fault == FAULT_NONE && reason[0])
			fault = suppress_steps(tx, row, steps[i], 1, reason, problem);
		else
			steps[kept++] = steps[i];
	}
	*n = kept;
	return fault;
}
