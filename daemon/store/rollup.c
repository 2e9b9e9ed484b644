/*
 * Weekly reports as rows: a few columns of the programme. Recommenders are found from their endpoints, which are few,
 * and not from the units, which may be a hundred thousand.
 */
#include "store/rollup.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"
#include "store/weekly.h"

#include <string.h>

enum { GET, SET_THROUGH, SET_PART, AFTER, RECOMMENDER };

#define OWNER_PREFIX "recommender:"

static const char *const sql[] = {
	[GET] = "SELECT published_on IS NOT NULL, rollup_weekday, rollup_at_s, rollup_to, "
		"rollup_through_on, rollup_part_on, rollup_part_key, rollup_part_told FROM "
		"programme WHERE programme_key = $1",
	[SET_THROUGH] = "UPDATE programme SET rollup_through_on = $2, rollup_part_on = NULL WHERE "
			"programme_key = $1",
	[SET_PART] = "UPDATE programme SET rollup_part_on = $2, rollup_part_key = $3, "
		     "rollup_part_told = $4 WHERE programme_key = $1",
	[AFTER] = "SELECT programme_key FROM programme WHERE programme_key > $1 AND "
		  "published_on IS NOT NULL AND rollup_weekday > 0 ORDER BY programme_key LIMIT 1",
	[RECOMMENDER] = "SELECT e.endpoint_key, substr(e.owner, 13) FROM endpoint AS e WHERE "
			"e.endpoint_key > $2 AND e.owner LIKE '" OWNER_PREFIX "%' AND EXISTS "
			"(SELECT 1 FROM unit AS u WHERE u.programme_key = $1 AND u.recommender = "
			"substr(e.owner, 13) AND " WEEKLY_UNIT_LEFT ") AND NOT EXISTS (SELECT 1 "
			"FROM endpoint AS f WHERE f.owner = e.owner AND f.endpoint_key < "
			"e.endpoint_key) ORDER BY e.endpoint_key LIMIT 1",
};

static void take_recipients(const char *names, bool to[RECIPIENT_COUNT])
{
	for (int i = 0; i < RECIPIENT_COUNT; i++)
		to[i] = strstr(names, recipient_name((enum recipient)i)) != NULL;
}

enum fault rollup_get(struct store *store, int64_t programme_key, struct rollup_row *out,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ROLLUP, sql, GET);
	query_int(&q, 1, programme_key);
	*out = (struct rollup_row){ .programme_key = programme_key };
	bool found = query_row(&q);
	if (found) {
		out->published = query_col_int(&q, 0) != 0;
		out->rollup.weekday = (int)query_col_int(&q, 1);
		out->rollup.at_s = (int)query_col_int(&q, 2);
		take_recipients(query_col_text(&q, 3), out->to);
		out->begun = civil_parse(query_col_text(&q, 4), &out->through_on);
		if (!query_col_null(&q, 5))
			INVARIANT(civil_parse(query_col_text(&q, 5), &out->part.week_on));
		out->part.endpoint_key = query_col_int(&q, 6);
		out->part.told = query_col_int(&q, 7);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND,
				   "there is no programme under this key");
	return fault;
}

enum fault rollup_set_through(struct store *store, int64_t programme_key, int32_t through_on,
			      struct problem *problem)
{
	char day[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_ROLLUP, sql, SET_THROUGH);
	civil_write(through_on, day);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, day);
	return query_run(&q, problem);
}

enum fault rollup_set_part(struct store *store, int64_t programme_key,
			   const struct rollup_part *part, struct problem *problem)
{
	char day[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_ROLLUP, sql, SET_PART);
	civil_write(part->week_on, day);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, day);
	query_int(&q, 3, part->endpoint_key);
	query_int(&q, 4, part->told);
	return query_run(&q, problem);
}

enum fault rollup_after(struct store *store, int64_t after_key, int64_t *programme_key,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ROLLUP, sql, AFTER);
	query_int(&q, 1, after_key);
	*programme_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault rollup_recommender_after(struct store *store, int64_t programme_key,
				    int64_t *endpoint_key, char name[RECOMMENDER_BYTES],
				    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ROLLUP, sql, RECOMMENDER);
	query_int(&q, 1, programme_key);
	query_int(&q, 2, *endpoint_key);
	bool found = query_row(&q);
	*endpoint_key = found ? query_col_int(&q, 0) : 0;
	(void)text_copy(name, RECOMMENDER_BYTES, found ? query_col_text(&q, 1) : "");
	return query_end(&q, problem);
}
