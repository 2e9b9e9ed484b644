/*
 * Years and their calendars: which are there, which are missing while dates wait for them.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "store/gap.h"
#include "store/read_inside.h"

enum { GAPS, YEARS };

static const char *const sql[] = {
	[GAPS] = "SELECT year, first_on, warned_at FROM calendar_gap ORDER BY year",
	[YEARS] = "SELECT CAST(substr(day, 1, 4) AS INTEGER) FROM calendar_day WHERE "
		  "substr(day, 6) = '10-01' ORDER BY 1",
};

static void gap_members(struct reader *rd, const struct query *q)
{
	int64_t dates = 0;
	reader_fault(rd, gap_count(rd->store, (int)query_col_int(q, 0), &dates, rd->problem));
	kv_number(&rd->jw, "year", q, 0);
	kv_text(&rd->jw, "first_needed_on", q, 1);
	jw_kv_int(&rd->jw, "provisional", dates);
	kv_instant(&rd->jw, "warned_at", q, 2);
}

void gaps_array(struct reader *rd)
{
	struct query q = query_begin(rd->store, TABLE_READ_GAP, sql, GAPS);
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		gap_members(rd, &q);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

/* Those that are missing come first, since they are what is looked for. */
static void write_years(struct reader *rd)
{
	struct query gaps = query_begin(rd->store, TABLE_READ_GAP, sql, GAPS);
	while (query_row(&gaps)) {
		jw_object(&rd->jw);
		gap_members(rd, &gaps);
		jw_kv_str(&rd->jw, "state", "missing");
		jw_object_end(&rd->jw);
	}
	reader_fault(rd, query_end(&gaps, rd->problem));
	struct query years = query_begin(rd->store, TABLE_READ_GAP, sql, YEARS);
	while (query_row(&years)) {
		jw_object(&rd->jw);
		kv_number(&rd->jw, "year", &years, 0);
		jw_kv_str(&rd->jw, "first_needed_on", NULL);
		jw_kv_int(&rd->jw, "provisional", 0);
		jw_kv_str(&rd->jw, "warned_at", NULL);
		jw_kv_str(&rd->jw, "state", "covered");
		jw_object_end(&rd->jw);
	}
	reader_fault(rd, query_end(&years, rd->problem));
}

enum fault read_calendar_check(struct store *store, const struct read_args *args, struct buf *out,
			       struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	jw_object(&rd.jw);
	jw_key(&rd.jw, "data");
	jw_array(&rd.jw);
	write_years(&rd);
	jw_array_end(&rd.jw);
	jw_kv_str(&rd.jw, "next", NULL);
	jw_object_end(&rd.jw);
	return rd.fault;
}
