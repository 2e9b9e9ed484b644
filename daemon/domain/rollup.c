/*
 * The weekly report's instants. A day off moves it within its own week and never into another: the report of a week is
 * that week's, and there is at most one.
 */
#include "jiebang/rollup.h"

#include "jiebang/civil.h"

#define WEEK_DAYS 7

int32_t rollup_week_of(int32_t day)
{
	return day - civil_weekday(day);
}

int32_t rollup_week_at(int64_t at)
{
	return rollup_week_of(civil_day_of(at));
}

bool rollup_slot(const struct rollup *rollup, const struct calendar *calendar, int32_t monday,
		 int64_t *at)
{
	bool provisional = false;
	int32_t wanted = monday + rollup->weekday - 1, day = wanted;
	while (day < monday + WEEK_DAYS && calendar_is_off(calendar, day, &provisional))
		day++;
	if (day == monday + WEEK_DAYS)
		for (day = wanted - 1; day >= monday; day--)
			if (!calendar_is_off(calendar, day, &provisional))
				break;
	if (day < monday)
		return false;
	*at = civil_start_at(day) + rollup->at_s;
	return true;
}

struct rollup_due rollup_look(const struct rollup *rollup, const struct calendar *calendar,
			      int32_t through_on, int64_t now_at)
{
	struct rollup_due due = { .due = false };
	int32_t last_on, week_on = through_on + WEEK_DAYS;
	int64_t at = 0;
	(void)civil_from_ymd(CIVIL_YEAR_MAX, 12, 1, &last_on);
	for (; week_on < last_on; week_on += WEEK_DAYS) {
		if (!rollup_slot(rollup, calendar, week_on, &at))
			continue;
		if (at > now_at)
			break;
		due.missed += due.due;
		due.due = true;
		due.week_on = week_on;
	}
	if (week_on < last_on) {
		due.next_on = week_on;
		due.next_at = at;
	}
	return due;
}
