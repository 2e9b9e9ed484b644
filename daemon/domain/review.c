/*
 * The two deadlines beside the due date: the reviewer's, after something was filed, and the unit's, after it was
 * returned. Working days are counted from the day after (民法典 art. 201), lead times in civil days are not rolled.
 */
#include "jiebang/programme.h"

bool plan_rule_is_reviewed(const struct plan_rule *rule)
{
	return rule->review.by != RECIPIENT_UNIT;
}

static int32_t later(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

int32_t review_due_on(const struct review_rule *review, const struct calendar *calendar,
		      int32_t filed_on, int32_t due_on, bool *provisional)
{
	if (review->days_after_due >= 0)
		return later(due_on, filed_on) + review->days_after_due;
	return calendar_add_workdays(calendar, filed_on, review->workdays, provisional);
}

int32_t correction_due_on(const struct correction_rule *correction, const struct calendar *calendar,
			  int32_t returned_on, int32_t due_on, int32_t review_on, bool *provisional)
{
	int32_t correct_on = due_on;
	if (correction->workdays > 0)
		correct_on = calendar_add_workdays(calendar, returned_on, correction->workdays,
						   provisional);
	else if (correction->days > 0)
		correct_on = returned_on + correction->days;
	else if (correction->until_review)
		correct_on = later(review_on, returned_on + 1); /* too late for it: one day more */
	return later(correct_on, due_on);
}
