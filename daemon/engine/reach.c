/*
 * A reminder without an endpoint is suppressed and on record, but nobody reads records: the manager wants to know
 * beforehand whom no reminder will reach. The count moves with what makes it, so that status never looks for it: a unit's
 * first and last obligation that is owed (tx_owed), and its first and last endpoint that is enabled.
 */
#include "engine/reach.h"

#include "engine/filter.h"
#include "store/reach.h"

enum fault reach_endpoint(struct tx *tx, int64_t unit_key, const struct endpoint_options *options,
			  int delta, struct problem *problem)
{
	struct reach reach;
	bool hears = true;
	bool owes;
	if (unit_key == 0)
		return FAULT_NONE;
	enum fault fault = filter_hears(tx, options, unit_key, &hears, problem);
	if (fault != FAULT_NONE || !hears)
		return fault;
	fault = reach_get(tx->store, unit_key, &reach, problem);
	if (fault == FAULT_NONE)
		fault = reach_owes(tx->store, unit_key, 0, &owes, problem);
	if (fault != FAULT_NONE)
		return fault;
	int64_t endpoints = reach.endpoints + delta;
	if (owes && (reach.endpoints == 0 || endpoints == 0))
		tx_tally(tx, reach.programme_key, TALLY_UNREACHABLE, "", -delta);
	return reach_set_endpoints(tx->store, unit_key, endpoints, problem);
}

enum fault reach_publication(struct tx *tx, int64_t programme_key, struct problem *problem)
{
	int64_t n;
	enum fault fault = reach_planned(tx->store, programme_key, &n, problem);
	if (fault == FAULT_NONE)
		tx_tally(tx, programme_key, TALLY_UNREACHABLE, "", n);
	return fault;
}
