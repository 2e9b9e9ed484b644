/*
 * Programmes come in, as their files say.
 */
#include "engine/tx.h"
#include "engine/weekly.h"
#include "jiebang/log.h"
#include "store/programme.h"

#include <inttypes.h>

/* Its weekly report may have another day by now, or be new. */
static enum fault arm(struct tx *tx, const struct programme *programme, struct problem *problem)
{
	struct programme_row row;
	enum fault fault = programme_row_get(tx->store, programme->id, &row, problem);
	return fault == FAULT_NONE ? weekly_arm(tx, row.key, problem) : fault;
}

static enum fault store_one(struct tx *tx, const struct programme *programme,
			    struct problem *problem)
{
	int64_t changed = 0;
	enum fault fault = programme_store(tx->store, programme, tx->now_at, &changed, problem);
	if (fault == FAULT_NONE && changed > 0)
		fault = arm(tx, programme, problem);
	if (fault != FAULT_NONE || changed == 0)
		return fault;
	log_info("programme loaded", "id=%s tasks=%zu rows_changed=%" PRId64, programme->id,
		 programme->n_tasks, changed);
	struct buf detail = BUF_EMPTY;
	buf_addf(&detail, "{\"sha256\":\"%s\",\"rows_changed\":%" PRId64 "}", programme->sha256,
		 changed);
	fault = tx_audit(tx, "programme_load", programme->id, &detail, problem);
	buf_clear(&detail);
	return fault;
}

static enum fault run_load(struct tx *tx, struct verb *verb)
{
	struct programme_set *set = verb->input;
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < set->n; i++)
		fault = store_one(tx, set->items[i], &verb->problem);
	if (fault != FAULT_NONE)
		return fault;
	tx->fresh_programmes = set;
	verb->input = NULL;
	return FAULT_NONE;
}

const struct verb_kind verb_programmes_load = { "programmes_load", run_load, true };
