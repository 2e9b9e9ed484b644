/*
 * What the tests of dates share: days by their text, and the calendar that is shipped. Include it after cmocka.h.
 */
#ifndef JIEBANG_TEST_DOMAIN_DAYS_H
#define JIEBANG_TEST_DOMAIN_DAYS_H

#include "jiebang/buf.h"
#include "jiebang/calendar.h"
#include "jiebang/civil.h"

#include <stdio.h>

static inline int32_t day_of(const char *text)
{
	int32_t day;
	if (!civil_parse(text, &day))
		fail_msg("no date: %s", text);
	return day;
}

static inline void assert_day(int32_t day, const char *expected)
{
	char text[CIVIL_DATE_BYTES];
	civil_write(day, text);
	assert_string_equal(text, expected);
}

/* conf/calendars/cn.csv; the caller frees it. */
static inline struct calendar *calendar_shipped(void)
{
	struct buf text = BUF_EMPTY;
	struct problem problem = { 0 };
	struct calendar *calendar;
	char line[256];
	FILE *file = fopen(JIEBANG_SOURCE_DIR "/conf/calendars/cn.csv", "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		buf_adds(&text, line);
	(void)fclose(file);
	if (calendar_read_csv(text.data, text.len, "cn.csv", &calendar, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	buf_clear(&text);
	return calendar;
}

#endif
