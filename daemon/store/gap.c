/*
 * Gaps: which years dates wait for. The dates are found by the partial index of provisional ones, which is empty while
 * all calendars are there.
 */
#include "store/gap.h"

#include "jiebang/civil.h"
#include "store/query.h"

#include <stdio.h>

enum { FIRST, ALL, PUT, SET_WARNED, REMOVE, COUNT, PROGRAMME };

/* Spelled as the index spells it: spelled otherwise it isn't used. */
#define PROVISIONAL                                                                                \
	"FROM obligation WHERE provisional = 1 AND (state = 'scheduled' OR state = 'open' OR "     \
	"state = 'returned') "

static const char *const sql[] = {
	[FIRST] = "SELECT min(last_day_on) " PROVISIONAL
		  "GROUP BY substr(last_day_on, 1, 4) ORDER BY 1 LIMIT $1",
	[ALL] = "SELECT year, first_on, warned_at FROM calendar_gap ORDER BY year LIMIT $1",
	[PUT] = "INSERT INTO calendar_gap (year, first_on) VALUES ($1, $2) ON CONFLICT (year) DO "
		"UPDATE SET first_on = excluded.first_on",
	[SET_WARNED] = "UPDATE calendar_gap SET warned_at = $2 WHERE year = $1",
	[REMOVE] = "DELETE FROM calendar_gap WHERE year = $1",
	[COUNT] = "SELECT count(*) " PROVISIONAL "AND last_day_on BETWEEN $1 AND $2",
	[PROGRAMME] =
		"SELECT u.programme_key FROM (SELECT unit_key " PROVISIONAL
		"AND last_day_on = $1 ORDER BY obligation_key LIMIT 1) AS o JOIN unit AS u ON "
		"u.unit_key = o.unit_key",
};

static int32_t col_day(const struct query *q, int column)
{
	int32_t day = 0;
	INVARIANT(civil_parse(query_col_text(q, column), &day));
	return day;
}

enum fault provisional_first(struct store *store, int32_t *last_days_on, size_t max, size_t *n,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_GAP, sql, FIRST);
	query_int(&q, 1, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		last_days_on[(*n)++] = col_day(&q, 0);
	return query_end(&q, problem);
}

enum fault gaps_all(struct store *store, struct gap_row *rows, size_t max, size_t *n,
		    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_GAP, sql, ALL);
	query_int(&q, 1, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q)) {
		struct gap_row *row = &rows[(*n)++];
		row->year = (int)query_col_int(&q, 0);
		row->first_on = col_day(&q, 1);
		row->warned = !query_col_null(&q, 2);
	}
	return query_end(&q, problem);
}

enum fault gap_put(struct store *store, int year, int32_t first_on, struct problem *problem)
{
	char day[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_GAP, sql, PUT);
	civil_write(first_on, day);
	query_int(&q, 1, year);
	query_text(&q, 2, day);
	return query_run(&q, problem);
}

enum fault gap_set_warned(struct store *store, int year, int64_t now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_GAP, sql, SET_WARNED);
	query_int(&q, 1, year);
	query_int(&q, 2, now_at);
	return query_run(&q, problem);
}

enum fault gap_remove(struct store *store, int year, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_GAP, sql, REMOVE);
	query_int(&q, 1, year);
	return query_run(&q, problem);
}

enum fault gap_count(struct store *store, int year, int64_t *n, struct problem *problem)
{
	char first[16], last[16];
	struct query q = query_begin(store, TABLE_GAP, sql, COUNT);
	(void)snprintf(first, sizeof(first), "%04d-01-01", year % 10000);
	(void)snprintf(last, sizeof(last), "%04d-12-31", year % 10000);
	query_text(&q, 1, first);
	query_text(&q, 2, last);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault gap_programme(struct store *store, int32_t first_on, int64_t *programme_key,
			 struct problem *problem)
{
	char day[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_GAP, sql, PROGRAMME);
	civil_write(first_on, day);
	query_text(&q, 1, day);
	*programme_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}
