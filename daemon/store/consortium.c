/*
 * A unit's lead, partners and contact. A partner who leaves keeps his row with the day; one who comes back gets another.
 */
#include "store/consortium.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"

enum { CONTACT_GET, CONTACT_SET, SET_LEAD, SET_PROJECT, COUNT, IS_IN, JOIN, LEAVE };

static const char *const sql[] = {
	[CONTACT_GET] = "SELECT contact_name, contact_phone, contact_email FROM unit WHERE "
			"unit_key = $1",
	[CONTACT_SET] = "UPDATE unit SET contact_name = $2, contact_phone = $3, contact_email = "
			"$4, revision = revision + 1 WHERE unit_key = $1",
	[SET_LEAD] = "UPDATE unit SET lead = $2, revision = revision + 1 WHERE unit_key = $1",
	[SET_PROJECT] = "UPDATE unit SET project = $2, revision = revision + 1 WHERE unit_key = $1",
	[COUNT] = "SELECT count(*) FROM partner WHERE unit_key = $1 AND until_on IS NULL",
	[IS_IN] = "SELECT 1 FROM partner WHERE unit_key = $1 AND name = $2 AND until_on IS NULL",
	[JOIN] = "INSERT INTO partner (unit_key, position, name, from_on) SELECT $1, "
		 "coalesce(max(position), 0) + 1, $2, $3 FROM partner WHERE unit_key = $1",
	[LEAVE] = "UPDATE partner SET until_on = $3 WHERE unit_key = $1 AND name = $2 AND "
		  "until_on IS NULL",
};

enum fault contact_get(struct store *store, int64_t unit_key, struct contact *out,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CONSORTIUM, sql, CONTACT_GET);
	*out = (struct contact){ .name = "" };
	query_int(&q, 1, unit_key);
	if (query_row(&q)) {
		text_copy(out->name, sizeof(out->name), query_col_text(&q, 0));
		text_copy(out->phone, sizeof(out->phone), query_col_text(&q, 1));
		text_copy(out->email, sizeof(out->email), query_col_text(&q, 2));
	}
	return query_end(&q, problem);
}

enum fault contact_set(struct store *store, int64_t unit_key, const struct contact *contact,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CONSORTIUM, sql, CONTACT_SET);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, contact->name);
	query_text(&q, 3, contact->phone);
	query_text(&q, 4, contact->email);
	return query_run(&q, problem);
}

static enum fault set_text(struct store *store, unsigned id, int64_t unit_key, const char *value,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CONSORTIUM, sql, id);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, value);
	return query_run(&q, problem);
}

enum fault unit_set_lead(struct store *store, int64_t unit_key, const char *lead,
			 struct problem *problem)
{
	return set_text(store, SET_LEAD, unit_key, lead, problem);
}

enum fault unit_set_project(struct store *store, int64_t unit_key, const char *project,
			    struct problem *problem)
{
	return set_text(store, SET_PROJECT, unit_key, project, problem);
}

enum fault partner_count(struct store *store, int64_t unit_key, int64_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CONSORTIUM, sql, COUNT);
	query_int(&q, 1, unit_key);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault partner_is_in(struct store *store, int64_t unit_key, const char *name, bool *is_in,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CONSORTIUM, sql, IS_IN);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, name);
	*is_in = query_row(&q);
	return query_end(&q, problem);
}

static enum fault set_day(struct store *store, unsigned id, int64_t unit_key, const char *name,
			  int32_t day, struct problem *problem)
{
	char text[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_CONSORTIUM, sql, id);
	civil_write(day, text);
	query_int(&q, 1, unit_key);
	query_text(&q, 2, name);
	query_text(&q, 3, text);
	return query_run(&q, problem);
}

enum fault partner_join(struct store *store, int64_t unit_key, const char *name, int32_t from_on,
			struct problem *problem)
{
	return set_day(store, JOIN, unit_key, name, from_on, problem);
}

enum fault partner_leave(struct store *store, int64_t unit_key, const char *name, int32_t until_on,
			 struct problem *problem)
{
	return set_day(store, LEAVE, unit_key, name, until_on, problem);
}
