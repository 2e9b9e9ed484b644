/*
 * A unit's own plan: its milestones are set as a whole, since only a whole has weights that come to 100, and then moved
 * one by one as the work goes. Rules that are tied to milestones follow: a new one is owed for, one whose planned day
 * moves is due by another day, one that is dropped is cancelled.
 */
#include "engine/course.h"
#include "engine/gap.h"
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/milestone.h"
#include "store/ruling.h"
#include "store/unit.h"

#include <stdio.h>
#include <string.h>

#define YEARS_MAX 20 /* of a planned day from today: more is a slip of the pen */

/* A plan as it is, and as it is to be. */
struct plan {
	struct unit_row unit;
	struct milestone old[MILESTONES_MAX], fresh[MILESTONES_MAX];
	size_t n_old, n_fresh;
};

static enum fault begin(struct tx *tx, int64_t unit_key, struct plan *plan, struct problem *problem)
{
	enum fault fault = unit_get(tx->store, unit_key, &plan->unit, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!unit_is_reminded(plan->unit.state)) {
		problem_set(problem, FAULT_REFUSED, "un_%lld is %s: it has no plan to keep",
			    (long long)unit_key, unit_state_name(plan->unit.state));
		text_copy(problem->rule, sizeof(problem->rule), "state");
		return FAULT_REFUSED;
	}
	return milestones_get(tx->store, unit_key, plan->old, &plan->n_old, problem);
}

static struct milestone *numbered(struct milestone *milestones, size_t n, int64_t number)
{
	for (size_t i = 0; i < n; i++)
		if (milestones[i].n == number)
			return &milestones[i];
	return NULL;
}

/* ---- the obligations that follow ---- */

static enum fault add_tied(struct tx *tx, const struct plan *plan, const struct plan_rule *rule,
			   const struct milestone *milestone, struct problem *problem)
{
	struct planned planned;
	struct obligation_row row;
	int64_t key = 0;
	programme_plan_milestone(rule, 0, tx->calendar, plan->unit.anchor_on, milestone->n,
				 milestone->planned_on, &planned);
	struct obligation_new fresh = { .unit_key = plan->unit.key,
					.n = milestone->n,
					.opens_on = planned.opens_on,
					.last_day_on = planned.last_day_on,
					.due_on = planned.due_on,
					.provisional = planned.provisional,
					.milestone = milestone->n };
	enum fault fault = rule_key_get(tx->store, plan->unit.programme_key, rule->id,
					&fresh.rule_key, problem);
	if (fault == FAULT_NONE)
		fault = obligation_add(tx->store, &fresh, &key, problem);
	if (fault == FAULT_NONE)
		fault = obligation_get(tx->store, key, &row, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_added(tx, &row, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_event(tx, &row, "obligation.added",
					    "{\"cause\":\"milestone\"}", problem);
	return fault == FAULT_NONE ? rearm_obligation(tx, &row, 0, problem) : fault;
}

static enum fault say_moved(struct tx *tx, const struct obligation_row *row, int32_t old_due_on,
			    struct problem *problem)
{
	char old_text[CIVIL_DATE_BYTES], text[CIVIL_DATE_BYTES];
	struct buf data = BUF_EMPTY;
	civil_write(old_due_on, old_text);
	civil_write(row->due_on, text);
	buf_addf(&data, "{\"cause\":\"milestone\",\"old_due_on\":\"%s\",\"due_on\":\"%s\"}",
		 old_text, text);
	enum fault fault =
		tx_obligation_event(tx, row, "obligation.rescheduled", buf_str(&data), problem);
	buf_clear(&data);
	return fault;
}

/* What is done is history. What was filed keeps its date, but would be returned by the new one. */
static enum fault move_tied(struct tx *tx, int64_t key, const struct milestone *milestone,
			    struct problem *problem)
{
	struct obligation_row row;
	struct planned planned;
	enum fault fault = obligation_get(tx->store, key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	const struct frozen_rule *frozen = tx_rule(tx, row.rule_key, problem);
	if (!frozen)
		return problem->fault;
	programme_plan_milestone(&frozen->rule, 0, tx->calendar, row.anchor_on, milestone->n,
				 milestone->planned_on, &planned);
	bool owed = obligation_is_owed(row.state), granted = row.granted_on != 0;
	if ((!owed && row.state != OBLIGATION_SUBMITTED) || planned.last_day_on == row.last_day_on)
		return FAULT_NONE;
	struct obligation_dates dates = { row.opens_on,   planned.last_day_on, row.due_on,
					  row.granted_on, row.provisional,     false };
	if (!owed || granted)
		return obligation_set_dates(tx->store, key, &dates, problem);
	int32_t old_due_on = row.due_on;
	dates = (struct obligation_dates){ planned.opens_on,    planned.last_day_on,
					   planned.due_on,      0,
					   planned.provisional, true };
	fault = redate_obligation(tx, &row, &dates, problem);
	return fault == FAULT_NONE ? say_moved(tx, &row, old_due_on, problem) : fault;
}

static enum fault drop_tied(struct tx *tx, int64_t key, struct problem *problem)
{
	static const char reason[] = "its milestone is in the unit's plan no more";
	struct obligation_row row;
	enum fault fault = obligation_get(tx->store, key, &row, problem);
	if (fault != FAULT_NONE || !obligation_is_owed(row.state))
		return fault;
	struct ruling_new ruling = {
		.obligation_key = key, .kind = "cancel", .reason = reason, .approver = tx->actor
	};
	fault = tx_obligation_move(tx, &row, OBLIGATION_EV_CANCEL, problem);
	if (fault == FAULT_NONE)
		fault = settle_obligation(tx, &row, "cancelled", problem);
	if (fault == FAULT_NONE)
		fault = ruling_add(tx->store, &ruling, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_event(tx, &row, "obligation.cancelled",
					    "{\"cause\":\"milestone\"}", problem);
	return fault;
}

static enum fault follow_rule(struct tx *tx, struct plan *plan, const struct plan_rule *rule,
			      struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	int64_t key = 0;
	for (size_t i = 0; fault == FAULT_NONE && i < plan->n_fresh; i++) {
		const struct milestone *milestone = &plan->fresh[i];
		fault = milestone_obligation(tx->store, plan->unit.key, rule->id, milestone->n,
					     &key, problem);
		if (fault == FAULT_NONE)
			fault = key ? move_tied(tx, key, milestone, problem)
				    : add_tied(tx, plan, rule, milestone, problem);
	}
	for (size_t i = 0; fault == FAULT_NONE && i < plan->n_old; i++) {
		if (numbered(plan->fresh, plan->n_fresh, plan->old[i].n))
			continue;
		fault = milestone_obligation(tx->store, plan->unit.key, rule->id, plan->old[i].n,
					     &key, problem);
		if (fault == FAULT_NONE && key)
			fault = drop_tied(tx, key, problem);
	}
	return fault;
}

static enum fault follow(struct tx *tx, struct plan *plan, struct problem *problem)
{
	const struct programme *programme = tx_programme_of(tx, plan->unit.programme_key);
	enum fault fault = FAULT_NONE;
	if (!programme || !plan->unit.owes)
		return fault;
	for (size_t i = 0; fault == FAULT_NONE && i < programme->n_plan; i++)
		if (programme->plan[i].on_milestones)
			fault = follow_rule(tx, plan, &programme->plan[i], problem);
	return fault;
}

/* ---- rows ---- */

static enum fault write(struct tx *tx, struct plan *plan, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < plan->n_old; i++)
		if (!numbered(plan->fresh, plan->n_fresh, plan->old[i].n))
			fault = milestone_drop(tx->store, plan->unit.key, plan->old[i].n, problem);
	for (size_t i = 0; fault == FAULT_NONE && i < plan->n_fresh; i++)
		fault = plan->fresh[i].n
				? milestone_set(tx->store, plan->unit.key, &plan->fresh[i], problem)
				: milestone_add(tx->store, plan->unit.key, &plan->fresh[i],
						problem);
	return fault;
}

static enum fault finish(struct tx *tx, struct verb *verb, struct plan *plan)
{
	struct problem *problem = &verb->problem;
	char object[TEXT_ID_BYTES];
	enum fault fault = write(tx, plan, problem);
	if (fault == FAULT_NONE)
		fault = follow(tx, plan, problem);
	/* Its new day may lie in a year whose calendar nobody has seen yet, or no longer in one. */
	if (fault == FAULT_NONE)
		fault = gaps_refresh(tx, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_milestones, plan->unit.key, NULL);
	if (fault != FAULT_NONE)
		return fault;
	struct event_row event = { "unit.milestones", plan->unit.programme_key, plan->unit.key, 0,
				   buf_str(&verb->reply) };
	fault = event_append(tx->store, tx->now_at, &event, problem);
	text_id_write(object, "un", plan->unit.key);
	return fault == FAULT_NONE ? tx_audit(tx, verb->kind->name, object, &verb->reply, problem)
				   : fault;
}

/* ---- the plan as a whole ---- */

static enum fault check_day(const char *text, int32_t today, int32_t *out)
{
	if (!text || !civil_parse(text, out) || *out < today - YEARS_MAX * 366 ||
	    *out > today + YEARS_MAX * 366)
		return FAULT_UNPROCESSED;
	return FAULT_NONE;
}

static enum fault take_one(struct plan *plan, const struct jr_value *item, size_t i, int32_t today,
			   struct problem *problem)
{
	char pointer[64];
	int64_t number = 0, weight = 0;
	struct milestone *out = &plan->fresh[plan->n_fresh];
	const struct jr_value *n = jr_member(item, "n");
	const char *name = jr_string(jr_member(item, "name"));
	size_t name_len = name ? strlen(name) : 0;
	(void)snprintf(pointer, sizeof(pointer), "/milestones/%zu", i);
	const struct milestone *was =
		n && jr_integer(n, &number) ? numbered(plan->old, plan->n_old, number) : NULL;
	if (n && !was)
		return body_wrong(
			problem, pointer,
			"n is the number of a milestone that the plan has; leave it out for a new "
			"one");
	if (n && numbered(plan->fresh, plan->n_fresh, number))
		return body_wrong(problem, pointer, "this milestone stands twice");
	*out = was ? *was : (struct milestone){ .n = 0 };
	if (!name || (text_trim(name, &name_len), name_len == 0) ||
	    !text_copy(out->name, sizeof(out->name), name))
		return body_wrong(problem, pointer, "name must be a text of 1 to 255 bytes");
	if (!jr_integer(jr_member(item, "weight"), &weight) || weight < 1 || weight > 100)
		return body_wrong(problem, pointer, "weight must be a number from 1 to 100");
	if (check_day(jr_string(jr_member(item, "planned_on")), today, &out->planned_on) !=
	    FAULT_NONE)
		return body_wrong(problem, pointer,
				  "planned_on must be a day as YYYY-MM-DD, within 20 years");
	out->weight = (int)weight;
	plan->n_fresh++;
	return FAULT_NONE;
}

static enum fault take_all(const struct verb *verb, struct plan *plan, int32_t today,
			   struct problem *problem)
{
	static const char *const known[] = { "milestones", NULL };
	if (!body_known(verb, known, problem))
		return problem->fault;
	const struct jr_value *list = jr_member(jr_root(verb->body), "milestones");
	if (!list || jr_type(list) != JR_ARRAY || jr_count(list) == 0 ||
	    jr_count(list) > MILESTONES_MAX)
		return body_wrong(problem, "/milestones",
				  "milestones must be a list of 1 to 64, each {\"name\",\"weight\","
				  "\"planned_on\"}");
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < jr_count(list); i++)
		fault = take_one(plan, jr_item(list, i), i, today, problem);
	return fault == FAULT_NONE ? milestones_check(plan->fresh, plan->n_fresh, problem) : fault;
}

static enum fault run_set(struct tx *tx, struct verb *verb)
{
	static struct plan plan; /* large; the writer thread's alone */
	memset(&plan, 0, sizeof(plan));
	enum fault fault = begin(tx, verb->key, &plan, &verb->problem);
	if (fault == FAULT_NONE)
		fault = take_all(verb, &plan, civil_day_of(tx->now_at), &verb->problem);
	return fault == FAULT_NONE ? finish(tx, verb, &plan) : fault;
}

/* ---- one of them ---- */

/* Reached and 100 percent are one: either gives the other. */
static enum fault take_progress(const struct verb *verb, struct milestone *milestone, int32_t today,
				struct problem *problem)
{
	const struct jr_value *root = jr_root(verb->body);
	const struct jr_value *percent = jr_member(root, "percent");
	const struct jr_value *actual_on = jr_member(root, "actual_on");
	int64_t number = milestone->percent;
	if (percent && (!jr_integer(percent, &number) || number < 0 || number > 100))
		return body_wrong(problem, "/percent", "percent must be a number from 0 to 100");
	if (actual_on &&
	    (!jr_string(actual_on) || !civil_parse(jr_string(actual_on), &milestone->actual_on) ||
	     milestone->actual_on > today))
		return body_wrong(problem, "/actual_on",
				  "actual_on must be a day as YYYY-MM-DD that is not to come");
	if (actual_on && percent && number != 100)
		return body_wrong(problem, "/percent",
				  "a milestone that was reached is at 100 percent");
	milestone->percent = actual_on ? 100 : (int)number;
	if (milestone->percent < 100)
		milestone->actual_on = 0;
	else if (milestone->actual_on == 0)
		milestone->actual_on = today;
	return FAULT_NONE;
}

static enum fault take_update(const struct verb *verb, struct plan *plan, int32_t today,
			      struct problem *problem)
{
	static const char *const known[] = { "n", "planned_on", "actual_on", "percent", NULL };
	int64_t number = 0;
	if (!body_known(verb, known, problem))
		return problem->fault;
	const struct jr_value *root = jr_root(verb->body);
	memcpy(plan->fresh, plan->old, sizeof(plan->fresh));
	plan->n_fresh = plan->n_old;
	struct milestone *milestone = jr_integer(jr_member(root, "n"), &number)
					      ? numbered(plan->fresh, plan->n_fresh, number)
					      : NULL;
	if (!milestone) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "n must be the number of one of the %zu milestones of un_%lld",
			    plan->n_old, (long long)plan->unit.key);
		text_copy(problem->pointer, sizeof(problem->pointer), "/n");
		return FAULT_UNPROCESSED;
	}
	const struct jr_value *planned_on = jr_member(root, "planned_on");
	if (planned_on &&
	    check_day(jr_string(planned_on), today, &milestone->planned_on) != FAULT_NONE)
		return body_wrong(problem, "/planned_on",
				  "planned_on must be a day as YYYY-MM-DD, within 20 years");
	return take_progress(verb, milestone, today, problem);
}

static enum fault run_update(struct tx *tx, struct verb *verb)
{
	static struct plan plan; /* large; the writer thread's alone */
	memset(&plan, 0, sizeof(plan));
	enum fault fault = begin(tx, verb->key, &plan, &verb->problem);
	if (fault == FAULT_NONE)
		fault = take_update(verb, &plan, civil_day_of(tx->now_at), &verb->problem);
	return fault == FAULT_NONE ? finish(tx, verb, &plan) : fault;
}

const struct verb_kind verb_milestones_set = { "milestones_set", run_set, false };
const struct verb_kind verb_milestone_update = { "milestone_update", run_update, false };
