/*
 * A status line costs the same whatever the programme's size: states are tallied by the function that moves them;
 * only deadlines, which time itself moves, are counted, in the range of obligation_owed up to 30 days ahead. All
 * programmes in one pass, since the range is shared by them.
 */
#include "store/read_counts.h"

#include "jiebang/civil.h"
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

enum { TALLY, SOON };

static const char *const sql[] = {
	[TALLY] = "SELECT scope, what, count FROM tally WHERE scope > 0",
	/* The plus keeps the planner on the range of deadlines. */
	[SOON] = "SELECT u.programme_key, sum(CASE WHEN o.due_at <= $1 THEN 1 ELSE 0 END), "
		 "sum(CASE WHEN o.due_at > $1 AND o.due_at <= $2 THEN 1 ELSE 0 END), "
		 "sum(CASE WHEN o.due_at > $1 THEN 1 ELSE 0 END) "
		 "FROM obligation o JOIN unit u ON u.unit_key = o.unit_key "
		 "WHERE (o.state = 'scheduled' OR o.state = 'open' OR o.state = 'returned') AND "
		 "o.due_at <= $3 "
		 "GROUP BY +u.programme_key",
};

static struct counts *counts_for(struct counts_all *all, int64_t programme_key)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].programme_key == programme_key)
			return &all->items[i].counts;
	if (all->n == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 8;
		all->items = xrealloc(all->items, all->cap * sizeof(*all->items));
	}
	all->items[all->n] = (struct counts_of_programme){ .programme_key = programme_key };
	return &all->items[all->n++].counts;
}

const struct counts *counts_of(const struct counts_all *all, int64_t programme_key)
{
	static const struct counts none;
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].programme_key == programme_key)
			return &all->items[i].counts;
	return &none;
}

void counts_clear(struct counts_all *all)
{
	free(all->items);
	*all = (struct counts_all){ .n = 0 };
}

static void take(struct counts *out, const char *what, int64_t count)
{
	static const char prefix[] = "obligation:";
	enum obligation_state state;
	if (strcmp(what, "units") == 0)
		out->units = count;
	else if (strcmp(what, "unreachable") == 0)
		out->unreachable = count;
	else if (strncmp(what, prefix, sizeof(prefix) - 1) == 0 &&
		 obligation_state_parse(what + sizeof(prefix) - 1, &state))
		out->state[state] = count;
}

enum fault counts_load(struct store *store, int64_t now_at, struct counts_all *out,
		       struct problem *problem)
{
	int32_t today = civil_day_of(now_at);
	struct query tally = query_begin(store, TABLE_READ_COUNTS, sql, TALLY);
	while (query_row(&tally))
		take(counts_for(out, query_col_int(&tally, 0)), query_col_text(&tally, 1),
		     query_col_int(&tally, 2));
	enum fault fault = query_end(&tally, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query soon = query_begin(store, TABLE_READ_COUNTS, sql, SOON);
	query_int(&soon, 1, now_at);
	query_int(&soon, 2, civil_end_at(today + 7));
	query_int(&soon, 3, civil_end_at(today + 30));
	while (query_row(&soon)) {
		struct counts *counts = counts_for(out, query_col_int(&soon, 0));
		counts->overdue = query_col_int(&soon, 1);
		counts->due_7d = query_col_int(&soon, 2);
		counts->due_30d = query_col_int(&soon, 3);
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
	jw_kv_int(jw, "unreachable", counts->unreachable);
}
