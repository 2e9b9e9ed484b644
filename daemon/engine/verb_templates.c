/*
 * New texts. They are no rows, so there is nothing to commit: whatever is written from here on says what they say, and
 * what was frozen before (contract 4) stays as it is.
 */
#include "engine/tx.h"

static enum fault run_load(struct tx *tx, struct verb *verb)
{
	if (!verb->input) /* taken by a run of this verb that was taken back with its group */
		return FAULT_NONE;
	templates_free(tx->templates);
	tx->templates = verb->input;
	verb->input = NULL;
	return FAULT_NONE;
}

const struct verb_kind verb_templates_load = { "templates_load", run_load, false };
