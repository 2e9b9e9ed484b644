/*
 * The working-day calendar of one country (CN): statutory holidays and make-up working days (调休), by year.
 * Source: the State Council's yearly notice, published in October-December of the year before.
 * A day is off if listed `holiday`, or a Saturday or Sunday not listed `workday`. A year is *covered* when its
 * National Day (10-01) is listed: every notice has it, while a stray 12-31 belongs to the next year's notice.
 * In a year not covered, plain weekends decide and results are provisional.
 */
#ifndef JIEBANG_CALENDAR_H
#define JIEBANG_CALENDAR_H

#include "jiebang/fault.h"

#include <stdbool.h>
#include <stdint.h>

enum day_kind { DAY_PLAIN = 0, DAY_HOLIDAY, DAY_WORKDAY };
enum roll { ROLL_NONE = 0, ROLL_NEXT_WORKDAY, ROLL_PREVIOUS_WORKDAY };

const char *roll_name(enum roll roll); /* "none", "next_workday", "previous_workday" */
bool roll_parse(const char *s, enum roll *roll);

struct calendar;

struct calendar *calendar_new(void);
void calendar_free(struct calendar *calendar);

/* Sets one day; a later call for the same day wins. */
void calendar_set(struct calendar *calendar, int32_t day, enum day_kind kind, const char *name);

/*
 * Reads CSV with the header `date,kind,name` (UTF-8, BOM allowed, LF or CRLF) into a new calendar. `name` is the
 * file's name for messages. Errors name file, line and what is wrong; duplicate days, unknown kinds, workdays that
 * are plain Mon-Fri days are errors.
 */
MUST_CHECK enum fault calendar_read_csv(const char *text, size_t len, const char *name,
					struct calendar **out, struct problem *problem);

/* Iterates in day order: returns false past the end. `name` is borrowed. */
bool calendar_entry(const struct calendar *calendar, size_t i, int32_t *day, enum day_kind *kind,
		    const char **name);

/* How one day is listed, and under which holiday's name ("" when it is not: DAY_PLAIN). `name` is borrowed. */
enum day_kind calendar_kind(const struct calendar *calendar, int32_t day, const char **name);

bool calendar_covers(const struct calendar *calendar, int year);
/* *provisional is set to true (never to false) when an uncovered year was consulted. */
bool calendar_is_off(const struct calendar *calendar, int32_t day, bool *provisional);
int32_t calendar_roll(const struct calendar *calendar, int32_t day, enum roll roll,
		      bool *provisional);
/* The n-th working day after `day` (n ≥ 1), `day` itself not counted. n = 0 gives `day`. */
int32_t calendar_add_workdays(const struct calendar *calendar, int32_t day, int n,
			      bool *provisional);

#endif
