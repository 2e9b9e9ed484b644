/*
 * The planner is a function of now. What is due stands in the agenda; each due obligation's steps are decided and
 * its next step goes back onto the agenda, all in the transaction of the messages that follow from it (contract 3).
 *
 * After an outage the missed steps of one obligation to one recipient become one message that names each (contract
 * 7): the last is `sent`, the others `coalesced`.
 *
 * What is due at an instant comes in this order: steps, timers, and when both have nothing more to say the digests, which
 * gather what the others put down.
 */
#include "engine/apart.h"
#include "engine/course.h"
#include "engine/digest_flush.h"
#include "engine/gather.h"
#include "engine/hush.h"
#include "engine/missed.h"
#include "engine/settle.h"
#include "engine/timers.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/outbox.h"

#include <stdlib.h>
#include <string.h>

#define PLAN_BATCH 500

/* The steps of one obligation to one recipient that are decided together. */
struct group {
	const struct obligation_row *row;
	enum recipient to;
	const struct step *step[STEPS_MAX];
	size_t n;
};

static const char *message_type(const struct obligation_row *row, const struct step *step)
{
	return reminder_type(step->kind, row->review_due_on != 0);
}

static void write_steps(const struct group *group, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_array(&jw);
	for (size_t i = 0; i < group->n; i++)
		jw_str(&jw, group->step[i]->key);
	jw_array_end(&jw);
}

static enum fault record_occasions(struct tx *tx, const struct group *group, const char *outcome,
				   const char *reason, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < group->n; i++) {
		bool last = i == group->n - 1;
		/* The last step's outcome follows its message from here on; the others are named by it. */
		bool own = last || strcmp(outcome, "suppressed") == 0;
		struct occasion_row occasion = { group->row->key,
						 group->row->revision,
						 group->step[i]->key,
						 group->step[i]->at,
						 own ? outcome : "coalesced",
						 own ? reason : NULL,
						 0 };
		fault = occasion_add(tx->store, &occasion, tx->now_at, problem);
	}
	return fault;
}

static enum fault record_event(struct tx *tx, const struct group *group, const char *steps,
			       struct problem *problem)
{
	char due_on[CIVIL_DATE_BYTES];
	struct buf data = BUF_EMPTY;
	struct jw jw;
	const struct obligation_row *row = group->row;
	civil_write(row->review_due_on ? row->review_due_on : row->due_on, due_on);
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "to", recipient_name(group->to));
	jw_kv_str(&jw, "step", group->step[group->n - 1]->key);
	jw_key(&jw, "steps");
	jw_raw(&jw, steps, strlen(steps));
	jw_kv_str(&jw, "due_on", due_on);
	jw_object_end(&jw);
	enum fault fault = tx_obligation_event(
		tx, row, message_type(row, group->step[group->n - 1]), buf_str(&data), problem);
	buf_clear(&data);
	return fault;
}

static enum fault decide_group(struct tx *tx, const struct group *group, struct problem *problem)
{
	char owner[OWNER_BYTES];
	const char *reason;
	struct phase phase;
	enum fault fault = phase_of(tx, group->row, &phase, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct buf steps = BUF_EMPTY;
	write_steps(group, &steps);
	owner_write(recipient_of(group->row, group->to), group->row->unit_key,
		    group->row->recommender, owner);
	const struct step *last = group->step[group->n - 1];
	struct reminder what = { message_type(group->row, last),
				 last->key,
				 buf_str(&steps),
				 last->at,
				 group->row->revision,
				 phase.ladder->jitter_s };
	struct post post = post_reminder(group->row, owner, &what);
	struct gather how = { .programme_key = group->row->programme_key };
	fault = post_or_gather(tx, &post, &how, problem);
	const char *outcome = post_outcome(&post, &reason);
	if (fault == FAULT_NONE)
		fault = record_occasions(tx, group, outcome, reason, problem);
	if (fault == FAULT_NONE)
		fault = record_event(tx, group, buf_str(&steps), problem);
	/* The oldest of them; what nobody is told of was not missed. */
	if (fault == FAULT_NONE && strcmp(outcome, "suppressed") != 0)
		fault = missed_step(tx, group->row, group->step[0]->at, problem);
	buf_clear(&steps);
	return fault;
}

static enum fault decide_steps(struct tx *tx, struct obligation_row *row, const struct step *steps,
			       size_t n, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
		if (steps[i].kind == STEP_OPEN)
			fault = open_obligation(tx, row, problem);
	for (int to = 0; fault == FAULT_NONE && to < RECIPIENT_COUNT; to++) {
		struct group group;
		group.row = row;
		group.to = (enum recipient)to;
		group.n = 0;
		for (size_t i = 0; i < n; i++)
			if (steps[i].kind != STEP_OPEN && steps[i].to == group.to)
				group.step[group.n++] = &steps[i];
		if (group.n > 0)
			fault = hush_steps(tx, row, group.step, &group.n, problem);
		if (fault == FAULT_NONE && group.n > 0)
			fault = decide_group(tx, &group, problem);
	}
	return fault;
}

static enum fault plan_obligation(struct tx *tx, int64_t key, int64_t *decided,
				  struct problem *problem)
{
	static struct due_steps due; /* large; the writer thread's alone */
	struct obligation_row row;
	enum fault fault = obligation_get(tx->store, key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	const char *silent = silent_because(&row);
	if (silent)
		return settle_obligation(tx, &row, silent, problem);
	if (row.held_until_at) {
		fault = expire_hold(tx, &row, problem);
		/* Its steps begin later than the hold ended, or there are none any more. */
		if (fault != FAULT_NONE || !row.next_step_at || row.next_step_at > tx->now_at)
			return fault;
	}
	fault = due_steps(tx, &row, row.next_step_at, &due, problem);
	if (fault == FAULT_NONE)
		fault = decide_steps(tx, &row, due.steps, due.n, problem);
	*decided += (int64_t)due.n;
	if (fault == FAULT_NONE)
		fault = agenda_from(tx, &row, due.go_on_at, problem);
	return fault;
}

struct plan_one {
	int64_t key;
	int64_t *decided;
};

static enum fault plan_row(struct tx *tx, void *arg, struct problem *problem)
{
	const struct plan_one *one = arg;
	return plan_obligation(tx, one->key, one->decided, problem);
}

static enum fault plan_apart(struct tx *tx, int64_t key, int64_t *decided, struct problem *problem)
{
	struct plan_one one = { key, decided };
	char what[TEXT_ID_BYTES];
	bool broken;
	text_id_write(what, WIRE_ID_OBLIGATION, key);
	enum fault fault = tx_apart(tx, plan_row, &one, what, &broken, problem);
	if (fault == FAULT_NONE && broken)
		fault = agenda_put_aside(tx->store, key, tx->now_at + PUT_ASIDE_S, problem);
	return fault;
}

/* No step is due any more: then the timers, which may bring new ones. */
static enum fault run_timers(struct tx *tx, struct verb *verb, int64_t *next_at)
{
	int64_t timer_at = INT64_MAX;
	enum fault fault = timers_run(tx, PLAN_BATCH, verb->careful, &verb->problem);
	if (fault == FAULT_NONE)
		fault = agenda_next(tx->store, next_at, &verb->problem);
	if (fault == FAULT_NONE)
		fault = timer_next(tx->store, &timer_at, &verb->problem);
	if (timer_at < *next_at)
		*next_at = timer_at;
	return fault;
}

/* Nothing else is due at this instant: what was put down for digests is gathered. */
static enum fault run_digests(struct tx *tx, struct verb *verb, int64_t *next_at)
{
	int64_t digest_at = INT64_MAX;
	enum fault fault = digests_flush(tx, PLAN_BATCH, verb->careful, &digest_at, &verb->problem);
	if (digest_at < *next_at)
		*next_at = digest_at;
	return fault;
}

static enum fault run_plan(struct tx *tx, struct verb *verb)
{
	struct plan_result *result = verb->input;
	int64_t keys[PLAN_BATCH];
	size_t n = 0;
	*result = (struct plan_result){ .next_at = INT64_MAX, .hold = tx->instance.hold };
	if (result->hold)
		return FAULT_NONE;
	enum fault fault = agenda_due(tx->store, tx->now_at, keys, PLAN_BATCH, &n, &verb->problem);
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++)
		fault = verb->careful
				? plan_apart(tx, keys[i], &result->steps, &verb->problem)
				: plan_obligation(tx, keys[i], &result->steps, &verb->problem);
	if (fault == FAULT_NONE)
		fault = agenda_next(tx->store, &result->next_at, &verb->problem);
	if (fault == FAULT_NONE && result->next_at > tx->now_at)
		fault = run_timers(tx, verb, &result->next_at);
	if (fault == FAULT_NONE && result->next_at > tx->now_at)
		fault = run_digests(tx, verb, &result->next_at);
	result->more = result->next_at <= tx->now_at;
	if (fault == FAULT_NONE && !result->more)
		missed_end(tx);
	return fault;
}

const struct verb_kind verb_plan = { "plan", run_plan, false };
