/*
 * Relative days. Everything is a Beijing civil day, as the deadlines are.
 */
#include "when.h"

#include <stdio.h>
#include <string.h>

#include "jiebang/civil.h"
#include "jiebang/clock.h"
#include "say.h"
#include "term.h"

static bool (*source)(void *arg, int64_t *now_at);
static void *source_arg;
static bool known;
static int32_t today;

void when_set_source(bool (*now)(void *arg, int64_t *now_at), void *arg)
{
	source = now;
	source_arg = arg;
}

void when_set_now(int64_t now_at)
{
	today = civil_day_of(now_at);
	known = true;
}

void when_forget(void)
{
	known = false;
}

int32_t when_today(void)
{
	int64_t now_at;

	if (!known) {
		if (source == NULL || !source(source_arg, &now_at))
			now_at = clock_wall_at();
		when_set_now(now_at);
	}
	return today;
}

void when_relative(struct buf *out, int32_t day, bool overdue)
{
	int32_t days = day - when_today();
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", days < 0 ? -days : days);
	if (days == 0)
		say_fill(out, overdue ? TEXT_OVERDUE : TEXT_TODAY);
	else if (days > 0)
		say_fill(out, days == 1 ? TEXT_IN_DAY : TEXT_IN_DAYS, number);
	else if (overdue)
		say_fill(out, days == -1 ? TEXT_OVERDUE_DAY : TEXT_OVERDUE_DAYS, number);
	else
		say_fill(out, days == -1 ? TEXT_DAY_AGO : TEXT_DAYS_AGO, number);
}

void when_date(struct buf *out, const char *date, bool overdue)
{
	int32_t day;

	term_clean(out, date);
	if (!civil_parse(date, &day))
		return;
	buf_adds(out, " · ");
	when_relative(out, day, overdue);
}

void when_instant(struct buf *out, const char *instant, bool relative)
{
	char text[CIVIL_INSTANT_BYTES];
	int64_t at;

	if (!civil_instant_parse(instant, &at)) {
		term_clean(out, instant);
		return;
	}
	civil_instant_write(at, text);
	text[10] = ' ';
	buf_add(out, text, strlen("2025-03-03 09:05"));
	if (!relative)
		return;
	buf_adds(out, " · ");
	when_relative(out, civil_day_of(at), false);
}
