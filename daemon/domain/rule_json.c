/*
 * The terms of a rule as JSON members of its frozen version, and back. What decides about a running obligation must
 * not follow an edited file, so it is read from here; names, anchors and times are history by then and are not read.
 */
#include "jiebang/json.h"
#include "jiebang/programme.h"

#include <limits.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static void write_review(struct jw *jw, const struct plan_rule *rule)
{
	jw_key(jw, "review");
	if (!plan_rule_is_reviewed(rule)) {
		jw_null(jw);
		return;
	}
	jw_object(jw);
	jw_kv_str(jw, "by", recipient_name(rule->review.by));
	jw_kv_int(jw, "workdays", rule->review.workdays);
	jw_kv_int(jw, "days_after_due", rule->review.days_after_due);
	jw_object_end(jw);
}

static void write_correction(struct jw *jw, const struct correction_rule *correction)
{
	jw_key(jw, "correction");
	jw_object(jw);
	jw_kv_int(jw, "workdays", correction->workdays);
	jw_kv_int(jw, "days", correction->days);
	jw_kv_bool(jw, "until_review", correction->until_review);
	jw_object_end(jw);
}

void plan_rule_write_terms(struct jw *jw, const struct plan_rule *rule)
{
	jw_kv_int(jw, "every_month_on", rule->every_month_on);
	jw_kv_int(jw, "after_window_months", rule->after_window_months);
	jw_kv_bool(jw, "on_milestones", rule->on_milestones);
	jw_kv_int(jw, "days_after", rule->days_after);
	jw_kv_bool(jw, "early", rule->early);
	write_review(jw, rule);
	write_correction(jw, &rule->correction);
}

/* ---- reading ---- */

static bool take_int(const struct jr_value *object, const char *key, int min, int *out)
{
	int64_t number;
	if (!jr_integer(jr_member(object, key), &number) || number < min || number > INT_MAX)
		return false;
	*out = (int)number;
	return true;
}

static bool take_roll(const struct jr_value *root, struct plan_rule *out)
{
	const char *roll = jr_string(jr_member(root, "roll"));
	return roll && roll_parse(roll, &out->roll);
}

static bool take_opening(const struct jr_value *root, struct plan_rule *out)
{
	return take_int(root, "opens_before_days", 0, &out->opens_before_days) &&
	       take_int(root, "opens_months", -1, &out->opens_months) &&
	       jr_boolean(jr_member(root, "early"), &out->early);
}

static bool take_dates(const struct jr_value *root, struct plan_rule *out)
{
	const struct jr_value *dates = jr_member(root, "on_dates");
	if (!dates || jr_type(dates) != JR_ARRAY)
		return false;
	out->n_on_dates = jr_count(dates);
	return jr_boolean(jr_member(root, "on_milestones"), &out->on_milestones) &&
	       take_int(root, "days_after", 0, &out->days_after) &&
	       take_int(root, "after_window_months", 0, &out->after_window_months);
}

static bool take_review(const struct jr_value *root, struct plan_rule *out)
{
	const struct jr_value *review = jr_member(root, "review");
	if (!review || jr_type(review) == JR_NULL)
		return review != NULL;
	const char *by = jr_string(jr_member(review, "by"));
	return by && recipient_parse(by, &out->review.by) &&
	       (out->review.by == RECIPIENT_RECOMMENDER || out->review.by == RECIPIENT_OFFICE) &&
	       take_int(review, "workdays", 0, &out->review.workdays) &&
	       take_int(review, "days_after_due", -1, &out->review.days_after_due);
}

static bool take_correction(const struct jr_value *root, struct plan_rule *out)
{
	const struct jr_value *correction = jr_member(root, "correction");
	return correction && take_int(correction, "workdays", 0, &out->correction.workdays) &&
	       take_int(correction, "days", 0, &out->correction.days) &&
	       jr_boolean(jr_member(correction, "until_review"), &out->correction.until_review);
}

static const struct {
	const char *what;
	bool (*take)(const struct jr_value *root, struct plan_rule *out);
} terms[] = {
	{ "roll", take_roll },     { "its opening", take_opening },   { "its dates", take_dates },
	{ "review", take_review }, { "correction", take_correction },
};

enum fault plan_rule_read(const char *text, size_t len, struct plan_rule *out,
			  struct problem *problem)
{
	struct jr_doc *doc;
	memset(out, 0, sizeof(*out));
	enum fault fault = jr_read(text, len, &doc, problem);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; fault == FAULT_NONE && i < COUNT_OF(terms); i++)
		if (!terms[i].take(jr_root(doc), out))
			fault = problem_set(problem, FAULT_INVALID,
					    "a frozen rule: %s can't be read", terms[i].what);
	jr_free(doc);
	return fault;
}
