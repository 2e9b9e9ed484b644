/*
 * Obligations that no plan has: somebody asks one unit for something, by a day. It gets a rule of its own, frozen like
 * any other, so that it is reminded of, reviewed, returned and explained in the same way; its day is given by a person
 * and never rolls.
 */
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/unit.h"

#include <stdio.h>
#include <string.h>

#define SPAN_DAYS_MAX 3660 /* ten years */

struct request {
	char name[256];
	char name_en[256];
	char kind[32];
	char like[64];
	int32_t due_on;
	int32_t opens_on;
};

static bool read_request(const struct verb *verb, struct request *request, int32_t today,
			 struct problem *problem)
{
	static const char *const known[] = { "name", "name_en", "due_on", "opens_on",
					     "kind", "like",    NULL };
	char opens_on[64];
	if (!body_known(verb, known, problem) ||
	    !body_wanted(verb, "name", "an obligation needs a name", request->name,
			 sizeof(request->name), problem) ||
	    !body_text(verb, "name_en", request->name_en, sizeof(request->name_en), problem) ||
	    !body_text(verb, "kind", request->kind, sizeof(request->kind), problem) ||
	    !body_text(verb, "like", request->like, sizeof(request->like), problem) ||
	    !body_day(verb, "due_on", &request->due_on, problem) ||
	    !body_text(verb, "opens_on", opens_on, sizeof(opens_on), problem))
		return false;
	request->opens_on = today;
	return !opens_on[0] || body_day(verb, "opens_on", &request->opens_on, problem);
}

static enum fault check_days(const struct request *request, int32_t today, struct problem *problem)
{
	if (request->due_on < today)
		return body_wrong(problem, "/due_on", "the due date is past already");
	if (request->due_on > today + SPAN_DAYS_MAX)
		return body_wrong(problem, "/due_on", "the due date is more than ten years ahead");
	if (request->opens_on > request->due_on)
		return body_wrong(problem, "/opens_on", "it can't open after it is due");
	if (request->due_on - request->opens_on > SPAN_DAYS_MAX)
		return body_wrong(problem, "/opens_on",
				  "it can't open more than ten years before it is due");
	return FAULT_NONE;
}

/* What the unit asks of a person is its own; acceptance and evaluation move the unit, and come once. */
static enum fault take_kind(const struct request *request, struct plan_rule *rule,
			    struct problem *problem)
{
	static const enum obligation_kind allowed[] = { KIND_AD_HOC, KIND_PROGRESS_REPORT,
							KIND_MIDTERM_REVIEW, KIND_MATERIAL };
	const char *kind = request->kind[0] ? request->kind : "ad_hoc";
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (strcmp(obligation_kind_name(allowed[i]), kind) == 0) {
			rule->kind = allowed[i];
			return FAULT_NONE;
		}
	return body_wrong(problem, "/kind",
			  "kind must be ad_hoc, progress_report, midterm_review or material");
}

/* Of the rule it is like: ladders, review, correction, what satisfies it, what it holds. */
static enum fault take_terms(const struct programme *programme, const struct request *request,
			     struct plan_rule *rule, struct problem *problem)
{
	static char ours[] = "ours";
	const struct plan_rule *like = NULL;
	const char *known[65] = { NULL };
	for (size_t i = 0; i < programme->n_plan && i < 64; i++) {
		known[i] = programme->plan[i].id;
		if (strcmp(known[i], request->like) == 0)
			like = &programme->plan[i];
	}
	if (!like && request->like[0]) {
		const char *near = text_suggest(request->like, known);
		problem_set(problem, FAULT_UNPROCESSED, "%s has no rule %s%s%s%s", programme->id,
			    request->like, near ? "; did you mean " : "", near ? near : "",
			    near ? "?" : "");
		text_copy(problem->pointer, sizeof(problem->pointer), "/like");
		return FAULT_UNPROCESSED;
	}
	if (programme->n_ladders == 0)
		return tx_refuse(programme, "ladder", problem,
				 "the file of %s has no ladder: nobody could be reminded",
				 programme->id);
	if (like)
		*rule = (struct plan_rule){ .satisfied_by = like->satisfied_by,
					    .review = like->review,
					    .correction = like->correction,
					    .ladder = like->ladder,
					    .review_ladder = like->review_ladder,
					    .form = like->form,
					    .materials = like->materials };
	rule->clause = ours;
	rule->opens_months = -1;
	rule->opens_before_days = request->due_on - request->opens_on;
	return FAULT_NONE;
}

static enum fault freeze(struct tx *tx, const struct programme *programme, int64_t programme_key,
			 struct request *request, int64_t *rule_key, struct problem *problem)
{
	static char id[] = PLAN_RULE_AD_HOC;
	struct plan_rule rule = { .opens_months = -1 };
	enum fault fault = take_terms(programme, request, &rule, problem);
	if (fault == FAULT_NONE)
		fault = take_kind(request, &rule, problem);
	if (fault != FAULT_NONE)
		return fault;
	rule.id = id;
	rule.name_zh = request->name;
	rule.name_en = request->name_en[0] ? request->name_en : request->name;
	struct rule_new fresh = { &rule, &programme->ladders[rule.ladder],
				  &programme->ladders[rule.review_ladder],
				  programme_form(programme, rule.form),
				  programme_checklist(programme, rule.materials) };
	return rule_find_or_add(tx->store, programme_key, &fresh, rule_key, problem);
}

static enum fault check_unit(const struct unit_row *unit, struct problem *problem)
{
	if (unit_is_reminded(unit->state))
		return FAULT_NONE;
	problem_set(problem, FAULT_REFUSED, "un_%lld is %s: nothing can be asked of it",
		    (long long)unit->key, unit_state_name(unit->state));
	text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

static enum fault record(struct tx *tx, const struct obligation_row *row,
			 const struct request *request, struct problem *problem)
{
	char due_on[CIVIL_DATE_BYTES];
	struct buf data = BUF_EMPTY;
	struct jw jw;
	civil_write(request->due_on, due_on);
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "name", request->name);
	jw_kv_str(&jw, "due_on", due_on);
	jw_kv_str(&jw, "actor", tx->actor);
	jw_object_end(&jw);
	enum fault fault =
		tx_obligation_record(tx, row, "obligation.added", "obligation_add", &data, problem);
	buf_clear(&data);
	return fault;
}

static enum fault add(struct tx *tx, const struct unit_row *unit, const struct programme *programme,
		      struct request *request, int64_t *key, struct problem *problem)
{
	struct obligation_row row;
	struct obligation_new fresh = { .unit_key = unit->key,
					.opens_on = request->opens_on,
					.last_day_on = request->due_on,
					.due_on = request->due_on };
	enum fault fault =
		freeze(tx, programme, unit->programme_key, request, &fresh.rule_key, problem);
	if (fault == FAULT_NONE)
		fault = obligation_add(tx->store, &fresh, key, problem);
	if (fault == FAULT_NONE)
		fault = obligation_get(tx->store, *key, &row, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_added(tx, &row, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, request, problem);
	return fault == FAULT_NONE ? rearm_obligation(tx, &row, 0, problem) : fault;
}

static enum fault run_add(struct tx *tx, struct verb *verb)
{
	struct request request;
	struct unit_row unit;
	struct problem *problem = &verb->problem;
	int32_t today = civil_day_of(tx->now_at);
	int64_t key = 0;
	memset(&request, 0, sizeof(request));
	if (!read_request(verb, &request, today, problem))
		return problem->fault;
	enum fault fault = check_days(&request, today, problem);
	if (fault == FAULT_NONE)
		fault = unit_get(tx->store, verb->key, &unit, problem);
	if (fault == FAULT_NONE)
		fault = check_unit(&unit, problem);
	if (fault != FAULT_NONE)
		return fault;
	const struct programme *programme = tx_programme_of(tx, unit.programme_key);
	if (!programme)
		return problem_set(problem, FAULT_NOT_FOUND,
				   "no file defines the programme of un_%lld any more",
				   (long long)unit.key);
	fault = add(tx, &unit, programme, &request, &key, problem);
	verb->status = 201;
	return fault == FAULT_NONE ? tx_reply(tx, verb, read_obligation, key, NULL) : fault;
}

const struct verb_kind verb_obligation_add = { "obligation_add", run_add, false };
