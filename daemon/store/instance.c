/*
 * Instance and calendar rows.
 */
#include "store/instance.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"

#include <stdio.h>
#include <string.h>

enum { GET, CREATE, PUT, DAYS, DAY_PUT, DAY_GET, DAY_DELETE, FILE_GET, FILE_PUT };

static const char *const sql[] = {
	[GET] = "SELECT uid, simulated, simulated_at, high_water_at, hold_reason, hold_since_at, "
		"boot, missed_since_at FROM instance",
	[CREATE] = "INSERT INTO instance (one, uid, simulated, simulated_at, high_water_at, boot, "
		   "created_at) "
		   "VALUES (1, $1, $2, $3, $4, $5, $6)",
	[PUT] = "UPDATE instance SET simulated_at = $1, high_water_at = $2, hold_reason = $3, "
		"hold_since_at = $4, boot = $5, missed_since_at = $6",
	[DAYS] = "SELECT day, kind, name FROM calendar_day ORDER BY day",
	[DAY_GET] = "SELECT 1 FROM calendar_day WHERE day = $1 AND kind = $2 AND name = $3",
	[DAY_PUT] = "INSERT INTO calendar_day (day, kind, name) VALUES ($1, $2, $3) "
		    "ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name = excluded.name",
	[FILE_GET] = "SELECT 1 FROM calendar_file WHERE name = $1 AND sha256 = $2",
	[FILE_PUT] = "INSERT INTO calendar_file (name, sha256) VALUES ($1, $2) "
		     "ON CONFLICT (name) DO UPDATE SET sha256 = excluded.sha256",
	[DAY_DELETE] = "DELETE FROM calendar_day WHERE day = $1",
};

enum fault instance_get(struct store *store, struct instance *out, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_INSTANCE, sql, GET);
	*out = (struct instance){ .boot = 0 };
	bool found = query_row(&q);
	if (found) {
		INVARIANT(query_col_bytes(&q, 0) == sizeof(out->uid));
		memcpy(out->uid, query_col_blob(&q, 0), sizeof(out->uid));
		out->simulated = query_col_int(&q, 1) != 0;
		out->simulated_at = query_col_int(&q, 2);
		out->high_water_at = query_col_int(&q, 3);
		out->hold = !query_col_null(&q, 4);
		text_copy(out->hold_reason, sizeof(out->hold_reason), query_col_text(&q, 4));
		out->hold_since_at = query_col_int(&q, 5);
		out->boot = query_col_int(&q, 6);
		out->missed_since_at = query_col_int(&q, 7);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "the database is new");
	return fault;
}

enum fault instance_create(struct store *store, const struct instance *instance, int64_t now_at,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_INSTANCE, sql, CREATE);
	query_blob(&q, 1, instance->uid, sizeof(instance->uid));
	query_int(&q, 2, instance->simulated);
	if (instance->simulated)
		query_int(&q, 3, instance->simulated_at);
	query_int(&q, 4, instance->high_water_at);
	query_int(&q, 5, instance->boot);
	query_int(&q, 6, now_at);
	return query_run(&q, problem);
}

enum fault instance_put(struct store *store, const struct instance *instance,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_INSTANCE, sql, PUT);
	if (instance->simulated)
		query_int(&q, 1, instance->simulated_at);
	query_int(&q, 2, instance->high_water_at);
	if (instance->hold) {
		query_text(&q, 3, instance->hold_reason);
		query_int(&q, 4, instance->hold_since_at);
	}
	query_int(&q, 5, instance->boot);
	query_int(&q, 6, instance->missed_since_at);
	return query_run(&q, problem);
}

enum fault calendar_load(struct store *store, struct calendar **out, struct problem *problem)
{
	struct calendar *calendar = calendar_new();
	struct query q = query_begin(store, TABLE_INSTANCE, sql, DAYS);
	while (query_row(&q)) {
		int32_t day;
		INVARIANT(civil_parse(query_col_text(&q, 0), &day));
		calendar_set(calendar, day,
			     strcmp(query_col_text(&q, 1), "holiday") == 0 ? DAY_HOLIDAY
									   : DAY_WORKDAY,
			     query_col_text(&q, 2));
	}
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE) {
		calendar_free(calendar);
		calendar = NULL;
	}
	*out = calendar;
	return fault;
}

static bool same_day(struct store *store, const char *day, const char *kind, const char *name)
{
	struct query q = query_begin(store, TABLE_INSTANCE, sql, DAY_GET);
	query_text(&q, 1, day);
	query_text(&q, 2, kind);
	query_text(&q, 3, name);
	bool same = query_row(&q);
	return query_end(&q, NULL) == FAULT_NONE && same;
}

/* Days that the fresh file no longer lists in a year it covers. */
static enum fault drop_stale(struct store *store, const struct calendar *fresh, int year,
			     int64_t *changed, struct problem *problem)
{
	struct calendar *stored;
	enum fault fault = calendar_load(store, &stored, problem);
	int32_t day;
	enum day_kind kind;
	const char *name;
	for (size_t i = 0; fault == FAULT_NONE && calendar_entry(stored, i, &day, &kind, &name);
	     i++) {
		int y, m, d;
		int32_t other;
		enum day_kind other_kind;
		const char *other_name;
		bool listed = false;
		civil_to_ymd(day, &y, &m, &d);
		if (y != year)
			continue;
		for (size_t k = 0;
		     !listed && calendar_entry(fresh, k, &other, &other_kind, &other_name); k++)
			listed = other == day;
		/* A day of the last week may come from the next year's notice. */
		if (listed || (m == 12 && d > 24))
			continue;
		char text[CIVIL_DATE_BYTES];
		civil_write(day, text);
		struct query q = query_begin(store, TABLE_INSTANCE, sql, DAY_DELETE);
		query_text(&q, 1, text);
		fault = query_run(&q, problem);
		*changed += 1;
	}
	calendar_free(stored);
	return fault;
}

enum fault calendar_store(struct store *store, const struct calendar *fresh, int64_t *changed,
			  struct problem *problem)
{
	int32_t day;
	enum day_kind kind;
	const char *name;
	int last_year = 0;
	enum fault fault = FAULT_NONE;
	*changed = 0;
	for (size_t i = 0; fault == FAULT_NONE && calendar_entry(fresh, i, &day, &kind, &name);
	     i++) {
		char text[CIVIL_DATE_BYTES];
		const char *kind_name = kind == DAY_HOLIDAY ? "holiday" : "workday";
		int y, m, d;
		civil_to_ymd(day, &y, &m, &d);
		if (y != last_year && calendar_covers(fresh, y))
			fault = drop_stale(store, fresh, y, changed, problem);
		last_year = y;
		civil_write(day, text);
		if (fault != FAULT_NONE || same_day(store, text, kind_name, name))
			continue;
		struct query q = query_begin(store, TABLE_INSTANCE, sql, DAY_PUT);
		query_text(&q, 1, text);
		query_text(&q, 2, kind_name);
		query_text(&q, 3, name);
		fault = query_run(&q, problem);
		*changed += 1;
	}
	return fault;
}

enum fault calendar_file_known(struct store *store, const char *name, const char *sha256,
			       bool *known, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_INSTANCE, sql, FILE_GET);
	query_text(&q, 1, name);
	query_text(&q, 2, sha256);
	*known = query_row(&q);
	return query_end(&q, problem);
}

enum fault calendar_file_put(struct store *store, const char *name, const char *sha256,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_INSTANCE, sql, FILE_PUT);
	query_text(&q, 1, name);
	query_text(&q, 2, sha256);
	return query_run(&q, problem);
}
