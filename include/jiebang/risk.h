/*
 * How much a unit's delivery is in danger, as a number that explains itself (O12). All of it is ours.
 *
 *	score = sum over the terms of min(max, weight × fact)
 *
 * | term     | fact, as of today in Beijing                                                        | weight | max |
 * | overdue  | days since the due date of what has been overdue longest                            |      2 |  30 |
 * | late     | obligations first filed after their due instant, or past it and not filed yet       |      8 |  24 |
 * | returned | times that something filed was returned for correction                              |      4 |  12 |
 * | behind   | percentage points by which weighted milestones are behind the elapsed window        |      1 |  20 |
 * | unread   | reminders about what is owed still that reached nobody, or came on or after the due |      2 |  14 |
 * |          | date, and were not answered: by filing, acknowledging or snoozing                   |        |     |
 *
 * The maxima add up to 100. Below 30 the level is low, below 60 medium, else high. Obligations that were waived or
 * cancelled count for nothing. A fact that is not known (a unit without milestones) counts for nothing, and is shown
 * as not known. A unit whose delivery is over, whichever way, has no score.
 */
#ifndef JIEBANG_RISK_H
#define JIEBANG_RISK_H

#include "jiebang/unit.h"

#include <stdbool.h>
#include <stdint.h>

enum risk_term {
	RISK_OVERDUE = 0,
	RISK_LATE,
	RISK_RETURNED,
	RISK_BEHIND,
	RISK_UNREAD,
	RISK_TERM_COUNT
};

struct risk_weight {
	const char *id;
	const char *name_zh;
	const char *name_en;
	int weight;
	int max;
};

#define RISK_UNKNOWN (-1) /* a fact that there is no way to tell */
#define RISK_NONE    (-1) /* the score of a unit whose delivery is over */

struct risk_facts {
	int64_t fact[RISK_TERM_COUNT]; /* each from 0, or RISK_UNKNOWN */
};

enum risk_level { RISK_LOW = 0, RISK_MEDIUM, RISK_HIGH };

const struct risk_weight *risk_weight(enum risk_term term);
/* What a term adds to the score: from 0 to its maximum. */
int risk_points(enum risk_term term, int64_t fact);
/* From 0 to 100. */
int risk_score(const struct risk_facts *facts);
enum risk_level risk_level(int score);
const char *risk_level_name(enum risk_level level);

/*
 * The fact `behind`: the elapsed part of the window in whole percent (0 up to the anchor, 100 from the window's last
 * day on, rounded down) less what the milestones reached, never below 0.
 */
int64_t risk_behind(int64_t reached_percent, int32_t anchor_on, int32_t window_end_on,
		    int32_t today);

/* Whether its delivery is still to be judged: not with a result, and not out of the programme. */
bool risk_is_judged(enum unit_state state);

#endif
