/*
 * The risk score: a table of weights and one sum. The facts are the caller's; see jiebang/risk.h for the formula.
 *
 * Why these weights: two weeks overdue alone make a unit worth a call (medium), and silence through two reports makes it
 * high; a report returned once, or filed late once, stays low. What is behind plan may weigh as much as that, and no
 * single term may fill the scale.
 */
#include "jiebang/risk.h"

#include "jiebang/fault.h"

#define MEDIUM_FROM 30
#define HIGH_FROM   60

static const struct risk_weight weights[RISK_TERM_COUNT] = {
	[RISK_OVERDUE] = { "overdue", "逾期天数", "days overdue", 2, 30 },
	[RISK_LATE] = { "late", "迟交或未交的事项", "filed late or not at all", 8, 24 },
	[RISK_RETURNED] = { "returned", "被退回次数", "times returned", 4, 12 },
	[RISK_BEHIND] = { "behind", "里程碑落后于时间（百分点）",
			  "milestones behind the time, points", 1, 20 },
	[RISK_UNREAD] = { "unread", "未获回应的提醒", "reminders without answer", 2, 14 },
};

const struct risk_weight *risk_weight(enum risk_term term)
{
	INVARIANT(term < RISK_TERM_COUNT);
	return &weights[term];
}

int risk_points(enum risk_term term, int64_t fact)
{
	const struct risk_weight *weight = risk_weight(term);
	if (fact <= 0)
		return 0;
	/* Compared by division: the product of a fact that makes no sense must not overflow. */
	return fact >= weight->max / weight->weight + 1 ? weight->max : (int)fact * weight->weight;
}

int risk_score(const struct risk_facts *facts)
{
	int score = 0;
	for (int term = 0; term < RISK_TERM_COUNT; term++)
		score += risk_points((enum risk_term)term, facts->fact[term]);
	return score;
}

enum risk_level risk_level(int score)
{
	if (score >= HIGH_FROM)
		return RISK_HIGH;
	return score >= MEDIUM_FROM ? RISK_MEDIUM : RISK_LOW;
}

const char *risk_level_name(enum risk_level level)
{
	static const char *const names[] = { "low", "medium", "high" };
	return names[level];
}

static int64_t elapsed_percent(int32_t anchor_on, int32_t window_end_on, int32_t today)
{
	if (today <= anchor_on)
		return 0;
	if (today >= window_end_on)
		return 100;
	return 100 * ((int64_t)today - anchor_on) / ((int64_t)window_end_on - anchor_on);
}

int64_t risk_behind(int64_t reached_percent, int32_t anchor_on, int32_t window_end_on,
		    int32_t today)
{
	int64_t behind = elapsed_percent(anchor_on, window_end_on, today) - reached_percent;
	return behind > 0 ? behind : 0;
}

bool risk_is_judged(enum unit_state state)
{
	switch (state) {
	case UNIT_APPLIED:
	case UNIT_RECOMMENDED:
	case UNIT_SHORTLISTED:
	case UNIT_DELIVERING:
	case UNIT_ACCEPTANCE_REQUESTED:
	case UNIT_UNDER_EVALUATION:
	case UNIT_PENDING_DECISION:
		return true;
	case UNIT_PASSED:
	case UNIT_NOT_PASSED:
	case UNIT_WINNER:
	case UNIT_WITHDRAWN:
	case UNIT_TERMINATED:
	case UNIT_REVOKED:
	case UNIT_STATE_COUNT:
		break;
	}
	return false;
}
