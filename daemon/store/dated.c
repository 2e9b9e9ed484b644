/*
 * A unit's obligations are read one at a time while each is moved: a change touches its own rows on the way.
 */
#include "store/dated.h"

#include "jiebang/civil.h"
#include "store/query.h"

enum { OF_UNIT, SET_BASE, RULED_OUT };

#define OF_UNIT_AFTER                                                                              \
	"SELECT obligation_key FROM obligation WHERE unit_key = $1 AND obligation_key > $2 "

#define SET_BASE_OF "UPDATE obligation SET months = $2, shift_months = $3, base_on = $4 "

static const char *const sql[] = {
	/* By the unique index of unit, rule and n: the keys of one unit are few. */
	[OF_UNIT] = OF_UNIT_AFTER "ORDER BY obligation_key LIMIT 1",
	[SET_BASE] = SET_BASE_OF "WHERE obligation_key = $1",
	[RULED_OUT] = "SELECT 1 FROM ruling WHERE obligation_key = $1 AND kind = 'cancel' LIMIT 1",
};

enum fault obligation_of_unit(struct store *store, int64_t unit_key, int64_t after_key,
			      int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DATED, sql, OF_UNIT);
	query_int(&q, 1, unit_key);
	query_int(&q, 2, after_key);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault obligation_set_base(struct store *store, const struct obligation_row *row,
			       struct problem *problem)
{
	char base_on[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_DATED, sql, SET_BASE);
	query_int(&q, 1, row->key);
	query_int(&q, 2, row->months);
	query_int(&q, 3, row->shift_months);
	if (row->base_on) {
		civil_write(row->base_on, base_on);
		query_text(&q, 4, base_on);
	}
	return query_run(&q, problem);
}

enum fault obligation_ruled_out(struct store *store, int64_t key, bool *ruled_out,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DATED, sql, RULED_OUT);
	query_int(&q, 1, key);
	*ruled_out = query_row(&q);
	return query_end(&q, problem);
}
