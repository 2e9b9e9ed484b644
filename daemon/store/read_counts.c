/*
 * A status line costs the same whatever the programme's size: states are tallied by the function that moves them;
 * only deadlines, which time itself moves, are counted, in the range of obligation_owed up to 30 days ahead.
 */
#include "store/read_counts.h"

#include "jiebang/civil.h"
#include "store/query.h"

#include <string.h>

enum { TALLY, SOON };

static const char *const sql[] = {
	[TALLY] = "SELECT what, count FROM tally WHERE scope = $1",
	[SOON] = "SELECT coalesce(sum(CASE WHEN o.due_at <= $2 THEN 1 ELSE 0 END), 0), "
		 "coalesce(sum(CASE WHEN o.due_at > $2 AND o.due_at <= $3 THEN 1 ELSE 0 END), 0), "
		 "coalesce(sum(CASE WHEN o.due_at > $2 THEN 1 ELSE 0 END), 0) "
		 "FROM obligation o JOIN unit u ON u.unit_key = o.unit_key "
		 "WHERE o.state IN ('scheduled', 'open', 'returned') AND o.due_at <= $4 "
		 "AND +u.programme_key = $1",
};

static void take(struct counts *out, const char *what, int64_t count)
{
	static const char prefix[] = "obligation:";
	enum obligation_state state;
	if (strcmp(what, "units") == 0)
		out->units = count;
	else if (strncmp(what, prefix, sizeof(prefix) - 1) == 0 &&
		 obligation_state_parse(what + sizeof(prefix) - 1, &state))
		out->state[state] = count;
}

enum fault counts_read(struct store *store, int64_t programme_key, int64_t now_at,
		       struct counts *out, struct problem *problem)
{
	int32_t today = civil_day_of(now_at);
	*out = (struct counts){ .units = 0 };
	struct query tally = query_begin(store, TABLE_READ_COUNTS, sql, TALLY);
	query_int(&tally, 1, programme_key);
	while (query_row(&tally))
		take(out, query_col_text(&tally, 0), query_col_int(&tally, 1));
	enum fault fault = query_end(&tally, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query soon = query_begin(store, TABLE_READ_COUNTS, sql, SOON);
	query_int(&soon, 1, programme_key);
	query_int(&soon, 2, now_at);
	query_int(&soon, 3, civil_end_at(today + 7));
	query_int(&soon, 4, civil_end_at(today + 30));
	if (query_row(&soon)) {
		out->overdue = query_col_int(&soon, 0);
		out->due_7d = query_col_int(&soon, 1);
		out->due_30d = query_col_int(&soon, 2);
	}
	return query_end(&soon, problem);
}

void counts_members(struct jw *jw, const struct counts *counts)
{
	int64_t all = 0, owed = 0;
	for (int state = 0; state < OBLIGATION_STATE_COUNT; state++) {
		all += counts->state[state];
		if (obligation_is_owed((enum obligation_state)state))
			owed += counts->state[state];
	}
	jw_kv_int(jw, "units", counts->units);
	jw_kv_int(jw, "obligations", all);
	jw_kv_int(jw, "owed", owed);
	jw_kv_int(jw, "overdue", counts->overdue);
	jw_kv_int(jw, "due_7d", counts->due_7d);
	jw_kv_int(jw, "due_30d", counts->due_30d);
	jw_kv_int(jw, "submitted", counts->state[OBLIGATION_SUBMITTED]);
	jw_kv_int(jw, "accepted", counts->state[OBLIGATION_ACCEPTED]);
}
