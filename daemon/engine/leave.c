/*
 * Leaving: a unit withdraws, is terminated or revoked, or has its result. Its duties end in the same transaction, so
 * that no reminder can follow.
 */
#include "engine/leave.h"

#include "engine/settle.h"
#include "store/dated.h"

static enum fault close_row(struct tx *tx, struct obligation_row *row, const char *reason,
			    struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	enum fault fault = tx_obligation_move(tx, row, OBLIGATION_EV_CANCEL, problem);
	if (fault == FAULT_NONE)
		fault = settle_obligation(tx, row, reason, problem);
	buf_addf(&data, "{\"reason\":\"%s\"}", reason);
	if (fault == FAULT_NONE)
		fault = tx_obligation_event(tx, row, "obligation.cancelled", buf_str(&data),
					    problem);
	buf_clear(&data);
	return fault;
}

enum fault close_duty(struct tx *tx, int64_t obligation_key, const char *reason,
		      struct problem *problem)
{
	struct obligation_row row;
	enum fault fault = obligation_get(tx->store, obligation_key, &row, problem);
	return fault == FAULT_NONE ? close_row(tx, &row, reason, problem) : fault;
}

static enum fault leave_one(struct tx *tx, int64_t obligation_key, const char *reason,
			    struct problem *problem)
{
	struct obligation_row row;
	enum fault fault = obligation_get(tx->store, obligation_key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	bool unsatisfied = obligation_is_owed(row.state) ||
			   (row.state == OBLIGATION_SUBMITTED && row.satisfied_by_acceptance);
	if (unsatisfied)
		return close_row(tx, &row, reason, problem);
	fault = settle_obligation(tx, &row, reason, problem);
	if (fault == FAULT_NONE && row.review_due_on)
		fault = obligation_set_review(tx->store, &row, 0, problem);
	return fault;
}

enum fault close_duties(struct tx *tx, int64_t unit_key, const char *reason,
			struct problem *problem)
{
	int64_t key = 0;
	enum fault fault = FAULT_NONE;
	do {
		fault = obligation_of_unit(tx->store, unit_key, key, &key, problem);
		if (fault == FAULT_NONE && key)
			fault = leave_one(tx, key, reason, problem);
	} while (fault == FAULT_NONE && key);
	return fault;
}
