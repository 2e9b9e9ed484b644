/*
 * The reporting plan: `obligations` in the file. Each rule has exactly one anchor. What the planner would clip or
 * could never meet is refused here, where a person sees it: a report past the window's end, an opening after the
 * due date, a roll of an official date, more than PLAN_MAX obligations.
 */
#include "programme_file_parts.h"

#include "jiebang/civil.h"

#include <stdlib.h>
#include <string.h>

#define MONTHS_MAX     600
#define ANCHOR_ITEMS   PLAN_MAX
#define ANCHOR_KINDS   7
#define DAYS_MAX       366
#define YEAR_DAY_BYTES 6 /* "11-30" */

const struct cfg_word programme_roll_words[] = {
	{ "none", ROLL_NONE },
	{ "next_workday", ROLL_NEXT_WORKDAY },
	{ "previous_workday", ROLL_PREVIOUS_WORKDAY },
	{ NULL, 0 },
};

static const struct cfg_word kind_words[] = {
	{ "progress_report", KIND_PROGRESS_REPORT },
	{ "midterm_review", KIND_MIDTERM_REVIEW },
	{ "material", KIND_MATERIAL },
	{ "acceptance_request", KIND_ACCEPTANCE_REQUEST },
	{ "evaluation", KIND_EVALUATION },
	{ "ad_hoc", KIND_AD_HOC },
	{ NULL, 0 },
};

static const struct cfg_word satisfied_words[] = {
	{ "submission", SATISFIED_BY_SUBMISSION },
	{ "acceptance", SATISFIED_BY_ACCEPTANCE },
	{ NULL, 0 },
};

#define AT(member) offsetof(struct plan_rule, member)

static const struct cfg_row rule_rows[] = {
	{ "id", CFG_ID, .offset = AT(id) },
	{ "kind", CFG_WORD, AT(kind), NULL, .words = kind_words },
	{ "zh", CFG_TEXT, .offset = AT(name_zh) },
	{ "en", CFG_TEXT, AT(name_en), .preset = "" },
	{ "every_months", CFG_INT, AT(every_months), "0", .min = 1, .max = MONTHS_MAX },
	{ "times", CFG_INT, AT(times), "0", .min = 1, .max = PLAN_MAX },
	{ "at_months", .type = CFG_NODE },
	{ "on_dates", .type = CFG_NODE },
	{ "every_year_on", .type = CFG_NODE },
	{ "every_month_on", CFG_INT, AT(every_month_on), "0", .min = 1, .max = 31 },
	{ "after_window_months", CFG_INT, AT(after_window_months), "0", .min = 1,
	  .max = MONTHS_MAX },
	{ "on_milestones", CFG_BOOL, AT(on_milestones), .preset = "false" },
	{ "days_after", CFG_INT, AT(days_after), "0", .min = 0, .max = DAYS_MAX },
	{ "opens_before_days", CFG_INT, AT(opens_before_days), "0", .min = 0, .max = DAYS_MAX },
	{ "opens_months", CFG_INT, AT(opens_months), "-1", .min = 0, .max = MONTHS_MAX },
	{ "skip_when_younger_than_months", CFG_INT, AT(skip_when_younger_than_months), "0",
	  .min = 0, .max = MONTHS_MAX },
	{ "roll", CFG_WORD, AT(roll), NULL, .words = programme_roll_words },
	{ "satisfied_by", CFG_WORD, AT(satisfied_by), NULL, .words = satisfied_words },
	{ "early", CFG_BOOL, AT(early), .preset = "false" },
	{ "review", .type = CFG_NODE },
	{ "correction", .type = CFG_NODE },
	{ "ladder", .type = CFG_NODE },
	{ "form", CFG_TEXT, AT(form), .preset = "" },
	{ "materials", CFG_TEXT, AT(materials), .preset = "" },
	{ "review_ladder", .type = CFG_NODE },
	{ "clause", CFG_TEXT, AT(clause), NULL,
	  .help = "the name of the clause it stands on, or \"ours\"" },
};

/* The strings of a list under `key`, at most ANCHOR_ITEMS, into `texts`. */
static enum fault load_strings(const struct load *load, const struct cfg_node *at, const char *key,
			       const char *hint, struct cfg_texts *texts)
{
	const struct cfg_node *node = cfg_member(at, key);
	if (!node)
		return FAULT_NONE;
	if (!cfg_is_list(node) || cfg_length(node) > ANCHOR_ITEMS)
		return load_refuse(load, node, NULL, hint, "must be a list of at most %d strings",
				   ANCHOR_ITEMS);
	texts->item = xcalloc(cfg_length(node), sizeof(*texts->item));
	for (size_t i = 0; i < cfg_length(node); i++) {
		const char *text = cfg_string(cfg_element(node, i));
		if (!text)
			return load_refuse(load, node, NULL, hint, "element %zu must be a string",
					   i);
		texts->item[texts->n++] = xstrdup(text);
	}
	return FAULT_NONE;
}

static enum fault load_dates(const struct load *load, const struct cfg_node *node,
			     struct plan_rule *rule)
{
	static const char hint[] = "write [ \"2025-06-30\", \"2025-12-31\" ], in order";
	struct cfg_texts texts = { NULL, 0 };
	enum fault fault = load_strings(load, node, "on_dates", hint, &texts);
	rule->on_dates = xcalloc(texts.n, sizeof(*rule->on_dates));
	for (size_t i = 0; fault == FAULT_NONE && i < texts.n; i++) {
		if (!civil_parse(texts.item[i], &rule->on_dates[i]))
			fault = load_refuse(load, node, "on_dates", hint, "there is no date \"%s\"",
					    texts.item[i]);
		else if (i > 0 && rule->on_dates[i] <= rule->on_dates[i - 1])
			fault = load_refuse(load, node, "on_dates", hint,
					    "\"%s\" does not come after \"%s\"", texts.item[i],
					    texts.item[i - 1]);
		else
			rule->n_on_dates = i + 1;
	}
	cfg_texts_clear(&texts);
	return fault;
}

/* "11-30": a day that exists in every year, so 02-29 is none. */
static bool parse_year_day(const char *s, int out[2])
{
	char date[CIVIL_DATE_BYTES] = "2023-";
	int32_t day;
	int year, month, day_of_month;
	if (strlen(s) != YEAR_DAY_BYTES - 1)
		return false;
	memcpy(date + 5, s, YEAR_DAY_BYTES);
	if (!civil_parse(date, &day))
		return false;
	civil_to_ymd(day, &year, &month, &day_of_month);
	out[0] = month;
	out[1] = day_of_month;
	return true;
}

static bool year_day_rises(int (*days)[2], size_t i)
{
	return i == 0 || days[i][0] > days[i - 1][0] ||
	       (days[i][0] == days[i - 1][0] && days[i][1] > days[i - 1][1]);
}

static enum fault load_year_days(const struct load *load, const struct cfg_node *node,
				 struct plan_rule *rule)
{
	static const char hint[] = "write [ \"06-30\", \"11-30\" ], in order";
	struct cfg_texts texts = { NULL, 0 };
	enum fault fault = load_strings(load, node, "every_year_on", hint, &texts);
	rule->every_year_on = xcalloc(texts.n, sizeof(*rule->every_year_on));
	for (size_t i = 0; fault == FAULT_NONE && i < texts.n; i++) {
		if (!parse_year_day(texts.item[i], rule->every_year_on[i]))
			fault = load_refuse(load, node, "every_year_on", hint,
					    "\"%s\" is no day of every year", texts.item[i]);
		else if (!year_day_rises(rule->every_year_on, i))
			fault = load_refuse(load, node, "every_year_on", hint,
					    "\"%s\" does not come after \"%s\"", texts.item[i],
					    texts.item[i - 1]);
		else
			rule->n_every_year_on = i + 1;
	}
	cfg_texts_clear(&texts);
	return fault;
}

static enum fault load_at_months(const struct load *load, const struct cfg_node *node,
				 struct plan_rule *rule)
{
	static const struct load_range range = { 1, MONTHS_MAX, ANCHOR_ITEMS };
	enum fault fault =
		load_numbers(load, node, "at_months", &range, &rule->at_months, &rule->n_at_months);
	for (size_t i = 1; fault == FAULT_NONE && i < rule->n_at_months; i++)
		if (rule->at_months[i] <= rule->at_months[i - 1])
			fault = load_refuse(load, node, "at_months", "write [ 6, 12, 24 ]",
					    "%d stands after %d: months must rise",
					    rule->at_months[i], rule->at_months[i - 1]);
	return fault;
}

/* Exactly one anchor, and nothing that belongs to another. */
static enum fault check_anchor(const struct load *load, const struct cfg_node *node,
			       const struct plan_rule *rule)
{
	static const char *const anchors[ANCHOR_KINDS] = {
		"every_months",   "at_months",           "on_dates",      "every_year_on",
		"every_month_on", "after_window_months", "on_milestones",
	};
	static const char hint[] = "use one of every_months (with times), at_months, on_dates, "
				   "every_year_on, every_month_on, after_window_months, "
				   "on_milestones";
	const char *first = NULL;
	for (size_t i = 0; i < ANCHOR_KINDS; i++) {
		if (!cfg_member(node, anchors[i]))
			continue;
		if (first)
			return load_refuse(load, node, anchors[i], hint,
					   "stands beside %s: a rule has one anchor", first);
		first = anchors[i];
	}
	if (!first)
		return load_refuse(load, node, NULL, hint,
				   "the rule has no anchor: when is it due?");
	if ((rule->every_months > 0) != (rule->times > 0))
		return load_refuse(load, node, rule->times ? "every_months" : "times",
				   "write every_months = 6; times = 4;",
				   "every_months and times go together");
	if (strcmp(first, "on_milestones") == 0 && !rule->on_milestones)
		return load_refuse(load, node, first, hint, "false is no anchor: when is it due?");
	if (cfg_member(node, "days_after") && !rule->on_milestones)
		return load_refuse(load, node, "days_after", "remove it",
				   "counts from milestones, but the due dates don't");
	if (cfg_is_list(cfg_member(node, first)) && cfg_length(cfg_member(node, first)) == 0)
		return load_refuse(load, node, first, "give it at least one", "is empty");
	return FAULT_NONE;
}

static int first_month(const struct programme *programme, const struct plan_rule *rule)
{
	if (rule->after_window_months > 0)
		return programme->window_months + rule->after_window_months;
	return rule->n_at_months > 0 ? rule->at_months[0] : rule->every_months;
}

/* Of the rules that count months from publication; 0 for the others. */
static int last_month(const struct plan_rule *rule)
{
	return rule->n_at_months > 0 ? rule->at_months[rule->n_at_months - 1]
				     : rule->every_months * rule->times;
}

static enum fault check_opening(const struct load *load, const struct cfg_node *node,
				const struct plan_rule *rule)
{
	int first = first_month(load->programme, rule);
	if (rule->opens_months < 0)
		return FAULT_NONE;
	if (cfg_member(node, "opens_before_days"))
		return load_refuse(load, node, "opens_months", "keep one of the two",
				   "stands beside opens_before_days");
	if (first == 0)
		return load_refuse(load, node, "opens_months", "use opens_before_days",
				   "counts from publication, but the due dates don't");
	if (rule->opens_months >= first)
		return load_refuse(load, node, "opens_months", "open it before it is due",
				   "%d is not before the first due date, %d months after "
				   "publication",
				   rule->opens_months, first);
	return FAULT_NONE;
}

/* An official date is never rolled (民法典 204: what the notice says goes first); and nothing may be clipped unseen. */
static enum fault check_dates(const struct load *load, const struct cfg_node *node,
			      const struct plan_rule *rule)
{
	int window = load->programme->window_months;
	if (last_month(rule) > MONTHS_MAX)
		return load_refuse(load, node, "times", "plan fewer, or closer to each other",
				   "the last due date, %d months after publication, is later than "
				   "%d months",
				   last_month(rule), MONTHS_MAX);
	if (rule->n_on_dates > 0 && rule->roll != ROLL_NONE)
		return load_refuse(load, node, "roll", "write roll = \"none\"",
				   "an official date is never rolled");
	if (window > 0 && last_month(rule) > window)
		return load_refuse(load, node, rule->n_at_months ? "at_months" : "times",
				   "end the plan with the window",
				   "the last due date, %d months after publication, is past the "
				   "window of %d months",
				   last_month(rule), window);
	if (rule->skip_when_younger_than_months > 0 && last_month(rule) > 0 &&
	    rule->skip_when_younger_than_months > last_month(rule))
		return load_refuse(load, node, "skip_when_younger_than_months", "make it smaller",
				   "skips every due date of the rule");
	return FAULT_NONE;
}

/*
 * The most obligations a rule can plan: a day of the year comes at most months/12 + 1 times, both ends included. Where
 * the window is not known yet nothing can be published, so a yearly day counts once until it is.
 */
static size_t planned_at_most(const struct programme *programme, const struct plan_rule *rule)
{
	return (size_t)rule->times + rule->n_at_months + rule->n_on_dates +
	       rule->n_every_year_on * (size_t)(programme->window_months / 12 + 1) +
	       (rule->every_month_on > 0 ? (size_t)programme->window_months + 1 : 0) +
	       (rule->after_window_months > 0);
}

static enum fault rule_finish(struct load *load, const struct cfg_node *node, void *item)
{
	struct plan_rule *rule = item;
	enum fault fault = load_at_months(load, node, rule);
	if (fault == FAULT_NONE && strcmp(rule->id, PLAN_RULE_AD_HOC) == 0)
		fault = load_refuse(load, node, "id", "choose another id",
				    "is kept for obligations that are added by hand");
	/* Who is done before the window ends may say so; a report tells of a time that must be over. */
	if (!cfg_member(node, "early"))
		rule->early = rule->kind == KIND_ACCEPTANCE_REQUEST;
	if (fault == FAULT_NONE)
		fault = load_dates(load, node, rule);
	if (fault == FAULT_NONE)
		fault = load_year_days(load, node, rule);
	if (fault == FAULT_NONE)
		fault = check_anchor(load, node, rule);
	if (fault == FAULT_NONE)
		fault = check_opening(load, node, rule);
	if (fault == FAULT_NONE)
		fault = check_dates(load, node, rule);
	if (fault == FAULT_NONE)
		fault = load_reference(load, &programme_ladders, node, "ladder", &rule->ladder);
	if (fault == FAULT_NONE)
		fault = load_review(load, node, rule);
	if (fault == FAULT_NONE)
		fault = load_rule_forms(load, node);
	return fault == FAULT_NONE ? load_check_clause(load, node, "clause", rule->clause) : fault;
}

enum fault load_plan(struct load *load)
{
	static const struct load_list rules = {
		"obligations",
		sizeof(struct plan_rule),
		offsetof(struct programme, plan),
		offsetof(struct programme, n_plan),
		0,
		64,
		rule_rows,
		sizeof(rule_rows) / sizeof(rule_rows[0]),
		"id",
		rule_finish,
	};
	const struct programme *programme = load->programme;
	enum fault fault = load_list(load, &rules);
	size_t planned = 0;
	for (size_t i = 0; fault == FAULT_NONE && i < programme->n_plan; i++)
		planned += planned_at_most(programme, &programme->plan[i]);
	if (planned > PLAN_MAX)
		return load_refuse(load, cfg_root(load->cfg), "obligations", "plan fewer",
				   "plans up to %zu obligations for each unit, at most %d are "
				   "possible",
				   planned, PLAN_MAX);
	return fault;
}
