/*
 * A status line costs the same whatever the programme's size, and however much is overdue: states are tallied by the
 * function that moves them, and what is owed by its deadline, of which there are few, since it is time itself that makes
 * them pass. All programmes in one pass.
 */
#include "store/read_counts.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"
#include "store/record.h"

#include <stdlib.h>
#include <string.h>

enum { TALLY };

static const char *const sql[] = {
	[TALLY] = "SELECT scope, what, count FROM tally WHERE scope > 0 AND count > 0",
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

/* Instants between which a deadline is soon. */
struct horizon {
	int64_t now_at, week_at, month_at;
};

static void take_owed(struct counts *out, const char *due_at, int64_t count,
		      const struct horizon *horizon)
{
	int64_t at;
	if (!text_parse_i64(due_at, INT64_MIN, INT64_MAX, &at))
		return;
	if (at <= horizon->now_at)
		out->overdue += count;
	else if (at <= horizon->week_at)
		out->due_7d += count;
	if (at > horizon->now_at && at <= horizon->month_at)
		out->due_30d += count;
}

static void take(struct counts *out, const char *what, int64_t count, const struct horizon *horizon)
{
	static const char prefix[] = "obligation:";
	enum obligation_state state;
	if (strcmp(what, "units") == 0)
		out->units = count;
	else if (strcmp(what, "unreachable") == 0)
		out->unreachable = count;
	else if (strncmp(what, TALLY_OWED, sizeof(TALLY_OWED) - 1) == 0)
		take_owed(out, what + sizeof(TALLY_OWED) - 1, count, horizon);
	else if (strncmp(what, prefix, sizeof(prefix) - 1) == 0 &&
		 obligation_state_parse(what + sizeof(prefix) - 1, &state))
		out->state[state] = count;
}

enum fault counts_load(struct store *store, int64_t now_at, struct counts_all *out,
		       struct problem *problem)
{
	int32_t today = civil_day_of(now_at);
	struct horizon horizon = { now_at, civil_end_at(today + 7), civil_end_at(today + 30) };
	struct query tally = query_begin(store, TABLE_READ_COUNTS, sql, TALLY);
	while (query_row(&tally))
		take(counts_for(out, query_col_int(&tally, 0)), query_col_text(&tally, 1),
		     query_col_int(&tally, 2), &horizon);
	return query_end(&tally, problem);
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
