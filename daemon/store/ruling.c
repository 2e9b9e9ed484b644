/*
 * Rulings: only ever added, so that what was decided, by whom and why can be read years later.
 */
#include "store/ruling.h"

#include "jiebang/civil.h"
#include "store/query.h"

enum { ADD };

static const char *const sql[] = {
	[ADD] = "INSERT INTO ruling (obligation_key, kind, reason, approver, old_due_on, "
		"new_due_on, expires_on, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
};

enum fault ruling_add(struct store *store, const struct ruling_new *ruling, int64_t now_at,
		      struct problem *problem)
{
	const int32_t days[] = { ruling->old_due_on, ruling->new_due_on, ruling->expires_on };
	char texts[3][CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_RULING, sql, ADD);
	query_int(&q, 1, ruling->obligation_key);
	query_text(&q, 2, ruling->kind);
	query_text(&q, 3, ruling->reason);
	query_text(&q, 4, ruling->approver);
	for (int i = 0; i < 3; i++) {
		if (days[i] == 0)
			continue;
		civil_write(days[i], texts[i]);
		query_text(&q, 5 + i, texts[i]);
	}
	query_int(&q, 8, now_at);
	return query_run(&q, problem);
}
