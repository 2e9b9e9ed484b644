/*
 * The end of reminding, and its beginning again.
 */
#include "engine/settle.h"

#include "engine/notice.h"
#include "jiebang/civil.h"
#include "store/digest.h"
#include "store/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WAITING_MAX 256
#define STEPS_AHEAD 64 /* more than the finite steps of a ladder: an instant is never cut in two */

enum fault phase_of(struct tx *tx, const struct obligation_row *row, struct phase *out,
		    struct problem *problem)
{
	const struct frozen_rule *rule = tx_rule(tx, row->rule_key, problem);
	if (!rule) {
		INVARIANT(problem->fault != FAULT_NONE);
		return problem->fault;
	}
	if (row->review_due_on)
		*out = (struct phase){ &rule->review, { row->opens_on, row->review_due_on } };
	else
		*out = (struct phase){ &rule->ladder, { row->opens_on, row->due_on } };
	return FAULT_NONE;
}

const char *silent_because(const struct obligation_row *row)
{
	if (!obligation_is_owed(row->state) && !row->review_due_on)
		return "satisfied";
	if (!unit_is_reminded(row->unit_state))
		return unit_state_name(row->unit_state);
	return NULL;
}

static enum fault suppress_steps(struct tx *tx, const struct obligation_row *row,
				 const struct step *steps, size_t n, const char *reason,
				 struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
		if (steps[i].kind == STEP_OPEN)
			continue;
		struct occasion_row occasion = {
			row->key, row->revision, steps[i].key, steps[i].at, "suppressed", reason, 0
		};
		fault = occasion_add(tx->store, &occasion, tx->now_at, problem);
	}
	return fault;
}

/* What an occasion says about its message, where that is not simply "sent". */
static const char *occasion_outcome(const char *state)
{
	static const char *const outcomes[][2] = {
		{ "due", "sent" },
		{ "held", "held" },
		{ "dead", "dead" },
		{ "cancelled", "cancelled" },
		{ "superseded", "cancelled" },
		{ "delivered", "sent" },
	};
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i][0], state) == 0)
			return outcomes[i][1];
	return NULL;
}

bool delivery_is_moot(const struct delivery_row *row, struct delivery_change *change)
{
	if (row->endpoint_deleted) {
		change->state = "cancelled";
		change->reason = "endpoint_deleted";
		return true;
	}
	if (row->owed && row->current)
		return false;
	change->state = row->owed ? "superseded" : "cancelled";
	change->reason = row->owed ? "rescheduled" : row->over;
	return true;
}

const char *delivery_held_because(const struct delivery_row *row)
{
	if (!row->endpoint_enabled)
		return row->endpoint_paused ? "endpoint_paused" : "endpoint_disabled";
	return row->on_hold ? "hold" : NULL;
}

enum fault move_delivery(struct tx *tx, const struct delivery_row *row,
			 const struct delivery_change *change, struct problem *problem)
{
	enum fault fault = delivery_move(tx->store, row, change, problem);
	if (fault != FAULT_NONE)
		return fault;
	tx_tally(tx, 0, "delivery:", row->state, -1);
	tx_tally(tx, 0, "delivery:", change->state, 1);
	const char *before =
		strcmp(row->state, "sending") == 0 ? "sent" : occasion_outcome(row->state);
	const char *after = occasion_outcome(change->state);
	bool reminds = row->digest_key || (row->obligation_key && row->step[0]);
	if (!reminds || !after || (before && strcmp(before, after) == 0))
		return FAULT_NONE;
	struct digest_end end = { after, change->reason };
	if (row->digest_key)
		return digest_outcome(tx->store, row->digest_key, row->message_key, &end, problem);
	return occasion_set(tx->store, row->obligation_key, row->revision, row->step, after,
			    change->reason, problem);
}

static enum fault cancel_each(struct tx *tx, const int64_t *keys, size_t n, const char *state,
			      const char *reason, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
		struct delivery_row row;
		fault = delivery_get(tx->store, keys[i], &row, problem);
		if (fault != FAULT_NONE)
			break;
		struct delivery_change change = { .state = state,
						  .reason = reason,
						  .round = row.round,
						  .unknowns = row.unknowns };
		fault = move_delivery(tx, &row, &change, problem);
	}
	return fault;
}

enum fault drop_from_digests(struct tx *tx, int64_t obligation_key, const char *state,
			     const char *reason, struct problem *problem)
{
	int64_t keys[WAITING_MAX];
	bool any;
	enum fault fault = digest_drop(tx->store, obligation_key, reason, &any, problem);
	for (size_t n = WAITING_MAX; fault == FAULT_NONE && any && n == WAITING_MAX;) {
		fault = digest_empty_messages(tx->store, obligation_key, keys, WAITING_MAX, &n,
					      problem);
		if (fault == FAULT_NONE)
			fault = cancel_each(tx, keys, n, state, reason, problem);
	}
	return fault;
}

enum fault cancel_messages(struct tx *tx, int64_t obligation_key, const char *state,
			   const char *reason, struct problem *problem)
{
	int64_t keys[WAITING_MAX];
	size_t n = WAITING_MAX;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == WAITING_MAX) {
		fault = delivery_waiting_of(tx->store, obligation_key, 0, keys, WAITING_MAX, &n,
					    problem);
		if (fault == FAULT_NONE)
			fault = cancel_each(tx, keys, n, state, reason, problem);
	}
	return fault == FAULT_NONE ? drop_from_digests(tx, obligation_key, state, reason, problem)
				   : fault;
}

enum fault judge_messages(struct tx *tx, int64_t obligation_key, struct problem *problem)
{
	int64_t keys[WAITING_MAX], after = 0;
	size_t n = WAITING_MAX;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && n == WAITING_MAX) {
		fault = delivery_waiting_of(tx->store, obligation_key, after, keys, WAITING_MAX, &n,
					    problem);
		for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
			struct delivery_row row;
			after = keys[i];
			fault = delivery_get(tx->store, keys[i], &row, problem);
			if (fault != FAULT_NONE)
				break;
			const char *held = delivery_held_because(&row);
			bool free = !held && strcmp(row.reason, "hold") == 0;
			struct delivery_change change = { .state = held ? "held" : "due",
							  .reason = held,
							  .round = row.round,
							  .unknowns = row.unknowns };
			if (held || free)
				fault = move_delivery(tx, &row, &change, problem);
		}
	}
	return fault;
}

static enum fault drop_decided(struct tx *tx, const struct obligation_row *row, struct step *steps,
			       size_t *n, struct problem *problem)
{
	size_t kept = 0;
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < *n; i++) {
		bool known = false;
		fault = occasion_known(tx->store, row->key, row->revision, steps[i].key, &known,
				       problem);
		if (!known)
			steps[kept++] = steps[i];
	}
	*n = kept;
	return fault;
}

enum fault due_steps(struct tx *tx, const struct obligation_row *row, int64_t from_at,
		     struct due_steps *out, struct problem *problem)
{
	struct phase phase;
	struct step *steps = out->steps;
	enum fault fault = phase_of(tx, row, &phase, problem);
	if (fault != FAULT_NONE)
		return fault;
	size_t n = reminder_steps(phase.ladder, tx->calendar, &phase.dates, from_at, tx->now_at,
				  steps, STEPS_MAX);
	out->go_on_at = tx->now_at + 1;
	if (n == STEPS_MAX) {
		out->go_on_at = steps[n - 1].at;
		while (n > 0 && steps[n - 1].at == out->go_on_at)
			n--;
		INVARIANT(n > 0); /* an instant has fewer steps than a ladder has rungs */
	}
	out->n = n;
	return drop_decided(tx, row, steps, &out->n, problem);
}

struct lookup {
	struct tx *tx;
	const struct obligation_row *row;
	struct problem *problem;
	enum fault fault;
};

/* A fault ends the search as well. */
static bool is_undecided(const struct step *step, void *arg)
{
	struct lookup *lookup = arg;
	bool known = false;
	/* Moved openings open nothing twice. */
	if (step->kind == STEP_OPEN && lookup->row->state != OBLIGATION_SCHEDULED)
		return false;
	/* Before the first filing nothing of a review was decided. */
	if (lookup->row->review_due_on && lookup->row->submitted_at == 0)
		return true;
	lookup->fault = occasion_known(lookup->tx->store, lookup->row->key, lookup->row->revision,
				       step->key, &known, lookup->problem);
	return lookup->fault != FAULT_NONE || !known;
}

enum fault next_undecided(struct tx *tx, const struct obligation_row *row, int64_t from_at,
			  int64_t *at, struct problem *problem)
{
	struct phase phase;
	struct step step;
	struct lookup lookup = { tx, row, problem, FAULT_NONE };
	*at = 0;
	enum fault fault = phase_of(tx, row, &phase, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (reminder_find(phase.ladder, tx->calendar, &phase.dates, from_at, is_undecided, &lookup,
			  &step))
		*at = step.at;
	return lookup.fault;
}

enum fault agenda_from(struct tx *tx, struct obligation_row *row, int64_t from_at,
		       struct problem *problem)
{
	int64_t at;
	enum fault fault = next_undecided(tx, row, from_at, &at, problem);
	return fault == FAULT_NONE ? agenda_move(tx->store, row, at, problem) : fault;
}

enum fault suppress_due(struct tx *tx, const struct obligation_row *row, int64_t from_at,
			const char *reason, struct problem *problem)
{
	static struct due_steps due; /* the writer thread's alone */
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && from_at <= tx->now_at) {
		fault = due_steps(tx, row, from_at, &due, problem);
		if (fault == FAULT_NONE)
			fault = suppress_steps(tx, row, due.steps, due.n, reason, problem);
		from_at = due.go_on_at;
	}
	return fault;
}

static enum fault tell_closed(struct tx *tx, const struct obligation_row *row, enum recipient to,
			      const char *reason, struct problem *problem)
{
	char key[80], data[80];
	(void)snprintf(key, sizeof(key), "%s@%" PRId64, reason, tx->now_at);
	(void)snprintf(data, sizeof(data), "{\"reason\":\"%s\"}", reason);
	struct notice notice = { to, "obligation.closed", key, data };
	return notice_about_obligation(tx, row, &notice, problem);
}

/* Whoever was asked to chase it hears that he need not any more (R7). */
static enum fault tell_closing(struct tx *tx, const struct obligation_row *row, const char *reason,
			       struct problem *problem)
{
	bool told[RECIPIENT_COUNT];
	enum fault fault = escalations_close(tx->store, row->key, tx->now_at, told, problem);
	for (int to = 0; fault == FAULT_NONE && to < RECIPIENT_COUNT; to++)
		if (told[to])
			fault = tell_closed(tx, row, (enum recipient)to, reason, problem);
	return fault;
}

enum fault settle_messages(struct tx *tx, const struct obligation_row *row, const char *reason,
			   struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	if (row->next_step_at)
		fault = suppress_due(tx, row, row->next_step_at, reason, problem);
	if (fault == FAULT_NONE)
		fault = cancel_messages(tx, row->key, "cancelled", reason, problem);
	if (fault == FAULT_NONE)
		fault = tell_closing(tx, row, reason, problem);
	return fault;
}

enum fault settle_obligation(struct tx *tx, struct obligation_row *row, const char *reason,
			     struct problem *problem)
{
	enum fault fault = settle_messages(tx, row, reason, problem);
	return fault == FAULT_NONE ? agenda_clear(tx->store, row, problem) : fault;
}

enum fault open_obligation(struct tx *tx, struct obligation_row *row, struct problem *problem)
{
	if (row->state != OBLIGATION_SCHEDULED)
		return FAULT_NONE;
	enum fault fault = tx_obligation_move(tx, row, OBLIGATION_EV_OPEN, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_event(tx, row, "obligation.opened", "{}", problem);
	return fault;
}

enum fault rearm_obligation(struct tx *tx, struct obligation_row *row, int64_t after_at,
			    struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	if (civil_start_at(row->opens_on) <= tx->now_at)
		fault = open_obligation(tx, row, problem);
	if (fault != FAULT_NONE)
		return fault;
	tx_stir(tx);
	return agenda_from(tx, row, (after_at > tx->now_at ? after_at : tx->now_at) + 1, problem);
}
