/*
 * Another address, other options. Messages that wait take them up at their next attempt; the webhook-id stays.
 * A filter is for what is made from then on.
 */
#include "engine/endpoint_state.h"
#include "engine/filter.h"
#include "engine/reach.h"
#include "jiebang/endpoint_url.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"
#include "store/endpoint.h"

#include <string.h>

/* What changed goes on record; of an address only that it did, since that of a robot is its key. */
static enum fault record(struct tx *tx, const struct endpoint_row *row, bool moved,
			 const struct endpoint_options *options, struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	endpoint_record_begin(row, &data, &jw);
	jw_kv_bool(&jw, "url_changed", moved);
	jw_key(&jw, "options");
	endpoint_options_write(options, &jw);
	return endpoint_record_end(tx, row, "endpoint.changed", "endpoint_set", &data, problem);
}

/* Another filter may make it one that reaches its unit, or end that. */
static enum fault count_again(struct tx *tx, const struct endpoint_row *row,
			      const struct endpoint_options *was, const struct endpoint_options *is,
			      struct problem *problem)
{
	if (row->state != ENDPOINT_ENABLED)
		return FAULT_NONE;
	enum fault fault = reach_endpoint(tx, row->unit_key, was, -1, problem);
	return fault == FAULT_NONE ? reach_endpoint(tx, row->unit_key, is, 1, problem) : fault;
}

static enum fault check_url(enum endpoint_format format, const char *url, struct problem *problem)
{
	const char *refusal = endpoint_url_refusal(format, url);
	if (!refusal)
		return FAULT_NONE;
	problem_set(problem, FAULT_UNPROCESSED, "%s", refusal);
	text_copy(problem->pointer, sizeof(problem->pointer), "/url");
	return FAULT_UNPROCESSED;
}

static enum fault run_set(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "url", "options", NULL };
	struct endpoint_row row;
	struct endpoint_options was, options;
	enum endpoint_format format;
	char url[sizeof(row.url)];
	struct problem *problem = &verb->problem;
	enum fault fault = endpoint_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_options_get(tx->store, row.key, &was, problem);
	if (fault != FAULT_NONE)
		return fault;
	options = was;
	if (!body_known(verb, known, problem) || !body_text(verb, "url", url, sizeof(url), problem))
		return problem->fault;
	const struct jr_value *object = jr_member(jr_root(verb->body), "options");
	if (object)
		fault = endpoint_options_merge(object, &options, problem);
	bool moved = url[0] && strcmp(url, row.url) != 0;
	if (fault == FAULT_NONE)
		fault = endpoint_options_suit(&options, moved ? url : row.url, problem);
	INVARIANT(endpoint_format_parse(row.format, &format)); /* a CHECK of the table */
	if (fault == FAULT_NONE)
		fault = filter_check(tx, &options, problem);
	if (fault == FAULT_NONE)
		fault = robot_options_suit(format, &options, problem);
	if (fault == FAULT_NONE && moved)
		fault = check_url(format, url, problem);
	if (fault == FAULT_NONE)
		fault = endpoint_set(tx->store, row.key, moved ? url : row.url, &options,
				     robot_per_minute(format, &options), problem);
	if (fault == FAULT_CONFLICT)
		return problem_set(problem, FAULT_CONFLICT,
				   "%.200s has an endpoint with this URL already", row.owner);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, moved, &options, problem);
	if (fault == FAULT_NONE)
		fault = count_again(tx, &row, &was, &options, problem);
	tx_stir(tx); /* what waited for a rate may go */
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_endpoint, row.key, NULL);
	return fault == FAULT_NONE ? filter_warn(tx, &row, &options, &verb->reply, problem) : fault;
}

const struct verb_kind verb_endpoint_set = { "endpoint_set", run_set, false };
