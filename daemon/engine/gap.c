/*
 * Years without a calendar. The State Council's notice for a year comes in October to December of the year before, so
 * a date in such a year is provisional when it is planned; sixty days before the first of them somebody should look.
 * An episode lasts from the first date that needs the year to the calendar's import, and is told of once.
 */
#include "engine/gap.h"

#include "engine/notice.h"
#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "store/gap.h"
#include "store/timer.h"

#include <inttypes.h>
#include <stdio.h>

#define YEARS_MAX (CIVIL_YEAR_MAX - CIVIL_YEAR_MIN + 1)

/* The year that makes a date provisional: its own, or the next or last one, into which it rolls. */
static int missing_year(const struct calendar *calendar, int32_t last_day_on)
{
	int year, month, day_of_month;
	civil_to_ymd(last_day_on, &year, &month, &day_of_month);
	if (!calendar_covers(calendar, year))
		return year;
	return calendar_covers(calendar, year + 1) ? year - 1 : year + 1;
}

static enum fault keep(struct tx *tx, int year, int32_t first_on, const struct gap_row *known,
		       struct problem *problem)
{
	enum fault fault = gap_put(tx->store, year, first_on, problem);
	if (fault != FAULT_NONE || (known && known->warned))
		return fault;
	tx_stir(tx);
	return timer_set(tx->store, "calendar_warning", year,
			 civil_start_at(first_on - GAP_WARN_DAYS), problem);
}

static enum fault forget(struct tx *tx, int year, struct problem *problem)
{
	enum fault fault = gap_remove(tx->store, year, problem);
	return fault == FAULT_NONE ? timer_clear(tx->store, "calendar_warning", year, problem)
				   : fault;
}

static const struct gap_row *find(const struct gap_row *rows, size_t n, int year)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].year == year)
			return &rows[i];
	return NULL;
}

enum fault gaps_refresh(struct tx *tx, struct problem *problem)
{
	static int32_t days[YEARS_MAX]; /* the writer thread's alone */
	static struct gap_row known[YEARS_MAX], wanted[YEARS_MAX];
	size_t n_days = 0, n_known = 0, n_wanted = 0;
	enum fault fault = provisional_first(tx->store, days, YEARS_MAX, &n_days, problem);
	if (fault == FAULT_NONE)
		fault = gaps_all(tx->store, known, YEARS_MAX, &n_known, problem);
	for (size_t i = 0; i < n_days; i++) {
		int year = missing_year(tx->calendar, days[i]);
		if (!find(wanted, n_wanted, year))
			wanted[n_wanted++] = (struct gap_row){ .year = year, .first_on = days[i] };
	}
	for (size_t i = 0; fault == FAULT_NONE && i < n_wanted; i++)
		fault = keep(tx, wanted[i].year, wanted[i].first_on,
			     find(known, n_known, wanted[i].year), problem);
	for (size_t i = 0; fault == FAULT_NONE && i < n_known; i++)
		if (!find(wanted, n_wanted, known[i].year))
			fault = forget(tx, known[i].year, problem);
	return fault;
}

/* In the name of the programme whose date needs it first. An episode begins at an instant: its key. */
static enum fault tell_office(struct tx *tx, const struct gap_row *gap, const char *data,
			      struct problem *problem)
{
	char key[64];
	int64_t programme_key;
	enum fault fault = gap_programme(tx->store, gap->first_on, &programme_key, problem);
	(void)snprintf(key, sizeof(key), "%d@%" PRId64, gap->year, tx->now_at);
	struct notice notice = { RECIPIENT_OFFICE, "calendar.missing", key, data };
	if (fault != FAULT_NONE || programme_key == 0)
		return fault;
	return notice_about_programme(tx, programme_key, NULL, &notice, problem);
}

static enum fault tell(struct tx *tx, const struct gap_row *gap, struct problem *problem)
{
	char first_on[CIVIL_DATE_BYTES];
	struct buf data = BUF_EMPTY;
	int64_t dates = 0;
	civil_write(gap->first_on, first_on);
	enum fault fault = gap_count(tx->store, gap->year, &dates, problem);
	buf_addf(&data, "{\"year\":%d,\"first_needed_on\":\"%s\",\"provisional\":%" PRId64 "}",
		 gap->year, first_on, dates);
	struct event_row event = { .type = "calendar.missing", .data = buf_str(&data) };
	if (fault == FAULT_NONE)
		fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE)
		fault = gap_set_warned(tx->store, gap->year, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = tell_office(tx, gap, buf_str(&data), problem);
	if (fault == FAULT_NONE)
		log_warning("calendar missing", "year=%d first_needed_on=%s", gap->year, first_on);
	buf_clear(&data);
	return fault;
}

enum fault gap_warn(struct tx *tx, int year, struct problem *problem)
{
	static struct gap_row known[YEARS_MAX]; /* the writer thread's alone */
	size_t n = 0;
	enum fault fault = gaps_refresh(tx, problem);
	if (fault == FAULT_NONE)
		fault = gaps_all(tx->store, known, YEARS_MAX, &n, problem);
	const struct gap_row *gap = find(known, n, year);
	if (fault != FAULT_NONE || !gap || gap->warned)
		return fault;
	/* What needed it first may have been filed meanwhile: then gaps_refresh has set the timer to a later day. */
	if (civil_start_at(gap->first_on - GAP_WARN_DAYS) > tx->now_at)
		return FAULT_NONE;
	fault = timer_clear(tx->store, "calendar_warning", year, problem);
	return fault == FAULT_NONE ? tell(tx, gap, problem) : fault;
}
