/*
 * A unit's milestones, and what they come to beside the time that has gone.
 */
#include "jiebang/milestone.h"

#include "jiebang/civil.h"
#include "jiebang/risk.h"
#include "jiebang/wire.h"
#include "store/milestone.h"
#include "store/read_inside.h"

#include <stdlib.h>

enum { WINDOW };

static const char *const sql[] = {
	[WINDOW] = "SELECT anchor_on, window_end_on FROM unit WHERE unit_key = $1",
};

static void write_day(struct jw *jw, const char *key, int32_t day)
{
	char text[CIVIL_DATE_BYTES];
	if (day)
		civil_write(day, text);
	jw_kv_str(jw, key, day ? text : NULL);
}

static void write_one(struct jw *jw, const struct milestone *milestone)
{
	jw_object(jw);
	jw_kv_int(jw, "n", milestone->n);
	jw_kv_str(jw, "name", milestone->name);
	jw_kv_int(jw, "weight", milestone->weight);
	jw_kv_int(jw, "percent", milestone->percent);
	write_day(jw, "planned_on", milestone->planned_on);
	write_day(jw, "actual_on", milestone->actual_on);
	jw_object_end(jw);
}

/* By how much of the window `reached` percent are behind; false if it has not begun. */
static bool window_behind(struct reader *rd, int64_t unit_key, int64_t reached, int64_t *percent,
			  bool *found)
{
	int32_t anchor_on = 0, end_on = 0;
	struct query q = query_begin(rd->store, TABLE_READ_MILESTONE, sql, WINDOW);
	query_int(&q, 1, unit_key);
	*found = query_row(&q);
	bool begun = *found && civil_parse(query_col_text(&q, 0), &anchor_on) &&
		     civil_parse(query_col_text(&q, 1), &end_on);
	reader_fault(rd, query_end(&q, rd->problem));
	*percent = begun ? risk_behind(reached, anchor_on, end_on, rd->today) : 0;
	return begun;
}

/* Members "progress": null without milestones; and "milestones". */
bool milestones_members(struct reader *rd, int64_t unit_key)
{
	struct milestone *rows = xcalloc(MILESTONES_MAX, sizeof(*rows));
	size_t n = 0;
	int64_t elapsed;
	bool found;
	struct jw *jw = &rd->jw;
	reader_fault(rd, milestones_get(rd->store, unit_key, rows, &n, rd->problem));
	bool begun = window_behind(rd, unit_key, 0, &elapsed, &found);
	jw_key(jw, "progress");
	if (n == 0 || !begun) {
		jw_null(jw);
	} else {
		jw_object(jw);
		jw_kv_int(jw, "reached_percent", milestones_reached(rows, n));
		jw_kv_int(jw, "elapsed_percent", elapsed);
		jw_object_end(jw);
	}
	jw_key(jw, "milestones");
	jw_array(jw);
	for (size_t i = 0; i < n; i++)
		write_one(jw, &rows[i]);
	jw_array_end(jw);
	free(rows);
	return found;
}

int64_t milestones_behind(struct reader *rd, int64_t unit_key)
{
	struct milestone *rows = xcalloc(MILESTONES_MAX, sizeof(*rows));
	size_t n = 0;
	int64_t behind = RISK_UNKNOWN;
	bool found;
	reader_fault(rd, milestones_get(rd->store, unit_key, rows, &n, rd->problem));
	if (n > 0 && !window_behind(rd, unit_key, milestones_reached(rows, n), &behind, &found))
		behind = RISK_UNKNOWN;
	free(rows);
	return behind;
}

enum fault read_milestones(struct store *store, const struct read_args *args, struct buf *out,
			   struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	jw_object(&rd.jw);
	jw_kv_id(&rd.jw, "unit", WIRE_ID_UNIT, args->key);
	bool found = milestones_members(&rd, args->key);
	jw_object_end(&rd.jw);
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no unit un_%lld",
				   (long long)args->key);
	return rd.fault;
}
