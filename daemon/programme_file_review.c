/*
 * What follows a filing: `review` (who judges it, until when), `correction` (how long the unit has after a return) and
 * the reviewer's ladder. Each says one span: two would leave open which of them holds.
 */
#include "programme_file_parts.h"

#include <stddef.h>

#define COUNT_OF(a)   (sizeof(a) / sizeof((a)[0]))
#define SPAN_DAYS_MAX 366

static const struct cfg_word reviewer_words[] = {
	{ "recommender", RECIPIENT_RECOMMENDER },
	{ "office", RECIPIENT_OFFICE },
	{ NULL, 0 },
};

static const struct cfg_row review_rows[] = {
	{ "by", CFG_WORD, offsetof(struct review_rule, by), NULL, .words = reviewer_words },
	{ "workdays", CFG_INT, offsetof(struct review_rule, workdays), "0", .min = 1,
	  .max = SPAN_DAYS_MAX },
	{ "days_after_due", CFG_INT, offsetof(struct review_rule, days_after_due), "-1", .min = 0,
	  .max = SPAN_DAYS_MAX },
};

static const struct cfg_row correction_rows[] = {
	{ "workdays", CFG_INT, offsetof(struct correction_rule, workdays), "0", .min = 1,
	  .max = SPAN_DAYS_MAX },
	{ "days", CFG_INT, offsetof(struct correction_rule, days), "0", .min = 1,
	  .max = SPAN_DAYS_MAX },
	{ "until_review", CFG_BOOL, offsetof(struct correction_rule, until_review),
	  .preset = "false" },
};

static const char *const review_spans[] = { "workdays", "days_after_due", NULL };
static const char *const correction_spans[] = { "workdays", "days", "until_review", NULL };

static enum fault check_span(const struct load *load, const struct cfg_node *group,
			     const char *const *spans, const char *hint)
{
	const char *first = NULL;
	for (size_t i = 0; spans[i]; i++) {
		if (!cfg_member(group, spans[i]))
			continue;
		if (first)
			return load_refuse(load, group, spans[i], hint,
					   "stands beside %s: it has one span", first);
		first = spans[i];
	}
	return first ? FAULT_NONE : load_refuse(load, group, NULL, hint, "how long?");
}

static enum fault load_group(const struct load *load, const struct cfg_node *group,
			     const struct cfg_row *rows, size_t n_rows, void *into)
{
	return cfg_fill(load->cfg, group, rows, n_rows, into, load->problem);
}

static enum fault load_reviewer(const struct load *load, const struct cfg_node *node,
				struct plan_rule *rule)
{
	static const char hint[] = "write review = { by = \"recommender\"; workdays = 5; }";
	const struct cfg_node *group = cfg_member(node, "review");
	if (!group && cfg_member(node, "review_ladder"))
		return load_refuse(load, node, "review_ladder", hint,
				   "nobody reviews what is filed by this rule");
	if (!group)
		return FAULT_NONE;
	if (!cfg_is_group(group))
		return load_refuse(load, node, "review", hint, "must be a group");
	enum fault fault =
		load_group(load, group, review_rows, COUNT_OF(review_rows), &rule->review);
	if (fault == FAULT_NONE)
		fault = check_span(load, group, review_spans, hint);
	if (fault == FAULT_NONE)
		fault = load_reference(load, &programme_ladders, node,
				       cfg_member(node, "review_ladder") ? "review_ladder"
									 : "ladder",
				       &rule->review_ladder);
	return fault;
}

static enum fault load_correction(const struct load *load, const struct cfg_node *node,
				  struct plan_rule *rule)
{
	static const char hint[] = "write correction = { workdays = 5; }, or days, or until_review";
	const struct cfg_node *group = cfg_member(node, "correction");
	if (!group)
		return FAULT_NONE;
	if (!cfg_is_group(group))
		return load_refuse(load, node, "correction", hint, "must be a group");
	enum fault fault = load_group(load, group, correction_rows, COUNT_OF(correction_rows),
				      &rule->correction);
	if (fault == FAULT_NONE)
		fault = check_span(load, group, correction_spans, hint);
	if (fault == FAULT_NONE && rule->correction.until_review && !plan_rule_is_reviewed(rule))
		fault = load_refuse(load, group, "until_review", "give the rule a review",
				    "nobody reviews what is filed by this rule");
	return fault;
}

enum fault load_review(const struct load *load, const struct cfg_node *node, struct plan_rule *rule)
{
	enum fault fault = load_reviewer(load, node, rule);
	return fault == FAULT_NONE ? load_correction(load, node, rule) : fault;
}
