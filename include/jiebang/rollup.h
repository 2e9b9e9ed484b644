/*
 * When the weekly report (周报) of a programme leaves: on a weekday of each civil week, Monday to Sunday, in Beijing.
 * Pure arithmetic; a week is named by its Monday.
 */
#ifndef JIEBANG_ROLLUP_H
#define JIEBANG_ROLLUP_H

#include "jiebang/calendar.h"

#include <stdbool.h>
#include <stdint.h>

struct rollup {
	int weekday; /* 1 Monday … 7 Sunday; 0: there is none */
	int at_s;    /* time of day in Beijing, seconds after 00:00 */
};

/* The Monday of the week that the day, or the instant, is in. */
int32_t rollup_week_of(int32_t day);
int32_t rollup_week_at(int64_t at);

/*
 * The instant of the report of the week that begins on `monday`. Its weekday, if that is a working day; else the next
 * working day of that week; else the last one before it, so that every week in which somebody works has its report.
 * False for a week without any working day (春节 2026 has one): the next week's report covers it.
 */
bool rollup_slot(const struct rollup *rollup, const struct calendar *calendar, int32_t monday,
		 int64_t *at);

/* What is due of a report that was made for all weeks through `through_on` (a Monday). */
struct rollup_due {
	bool due;        /* at least one slot is not later than now */
	int32_t week_on; /* the latest week whose slot has come */
	int missed; /* so many weeks before it had a slot too, and get no report of their own */
	int32_t next_on; /* the first week whose slot is still to come, and its instant; 0: none by the last year */
	int64_t next_at;
};
struct rollup_due rollup_look(const struct rollup *rollup, const struct calendar *calendar,
			      int32_t through_on, int64_t now_at);

#endif
