/*
 * Why a date is what it is: for each obligation of a unit the rule and its clause, the arithmetic from the anchor,
 * and every step of the ladder with what became of it. And the export, a plain table of all dates.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/reminder.h"
#include "jiebang/unit.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"
#include "store/read_ladder.h"
#include "store/read_quiet.h"
#include "store/silence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBLIGATIONS, OUTCOMES, EXPORT, EXPORT_UNIT, EXPORT_END, EXPORT_END_OF_ONE };

/* Columns after those of an obligation. */
enum {
	EX_NEXT_AT = OB_COLUMNS,
	EX_RULE_KEY,
	EX_LADDER,
	EX_UNIT_STATE,
	EX_ANCHOR_ON,
	EX_MONTHS,
	EX_CLAUSE,
	EX_CLAUSE_TEXT,
	EX_SOURCE,
	EX_REVIEW_LADDER
};

#define STEPS_MAX     1200 /* a daily repeat for three years */
#define STEPS_AHEAD_S (30 * 86400)
#define EXPORT_COLUMNS                                                                             \
	"SELECT p.id, u.unit_key, o.obligation_key, r.id, o.n, o.opens_on, o.due_on, "             \
	"o.provisional, o.state "
#define EXPORT_ORDER " ORDER BY p.programme_key, u.unit_key, r.id, o.n, o.obligation_key"

static const char *const sql[] = {
	[OBLIGATIONS] = OB_SELECT
	", o.next_step_at, o.rule_key, r.ladder, u.state, u.anchor_on, o.months, r.clause, "
	"c.text, c.source, r.review_ladder" OB_FROM
	"LEFT JOIN clause c ON c.programme_key = r.programme_key AND c.rule = r.clause "
	"WHERE o.unit_key = $1 ORDER BY o.due_at, o.obligation_key",
	[OUTCOMES] =
		"SELECT step, outcome, reason, silence_key FROM occasion WHERE obligation_key = $1 "
		"AND revision = $2",
	/* By unit_programme, in its order. */
	[EXPORT] = EXPORT_COLUMNS
	"FROM unit u CROSS JOIN programme p ON p.programme_key = u.programme_key "
	"CROSS JOIN obligation o ON o.unit_key = u.unit_key "
	"CROSS JOIN rule r ON r.rule_key = o.rule_key "
	"WHERE (u.programme_key, u.unit_key) > ($1, $2) AND (u.programme_key, u.unit_key) <= ($3, "
	"$4) ORDER BY u.programme_key, u.unit_key, r.id, o.n, o.obligation_key",
	[EXPORT_UNIT] = EXPORT_COLUMNS OB_FROM "WHERE u.unit_key = $2 AND (CAST($1 AS BIGINT) IS "
					       "NULL OR u.programme_key = $1)" EXPORT_ORDER,
	[EXPORT_END] = "SELECT programme_key, unit_key FROM unit WHERE (programme_key, unit_key) > "
		       "($1, $2) ORDER BY programme_key, unit_key LIMIT 1 OFFSET $3",
	[EXPORT_END_OF_ONE] =
		"SELECT programme_key, unit_key FROM unit WHERE programme_key = $1 AND "
		"unit_key > $2 ORDER BY unit_key LIMIT 1 OFFSET $3",
};

/* ---- arithmetic ---- */

static const struct programme *programme_named(const struct read_args *args, const char *id)
{
	for (size_t i = 0; i < args->n_programmes; i++)
		if (strcmp(args->programmes[i]->id, id) == 0)
			return args->programmes[i];
	return NULL;
}

static size_t rule_named(const struct programme *programme, const char *id)
{
	for (size_t i = 0; i < programme->n_plan; i++)
		if (strcmp(programme->plan[i].id, id) == 0)
			return i;
	return SIZE_MAX;
}

static bool planned_of(const struct programme *programme, const struct query *q,
		       struct planned *planned, int32_t *anchor_on)
{
	*planned = (struct planned){ .rule = rule_named(programme, query_col_text(q, OB_RULE)),
				     .n = (int)query_col_int(q, OB_N),
				     .months = (int)query_col_int(q, EX_MONTHS),
				     .provisional = query_col_int(q, OB_PROVISIONAL) != 0 };
	return civil_parse(query_col_text(q, EX_ANCHOR_ON), anchor_on) &&
	       civil_parse(query_col_text(q, OB_OPENS_ON), &planned->opens_on) &&
	       civil_parse(query_col_text(q, OB_LAST_DAY_ON), &planned->last_day_on) &&
	       civil_parse(query_col_text(q, OB_DUE_ON), &planned->due_on);
}

/*
 * Where a person moved the date, the plan's own is told first, and then what moved it. Otherwise the date is the one
 * that was planned, even by a file that was edited since.
 */
struct moved {
	int32_t granted_on, correct_by_on; /* 0: not */
};

static struct moved moved_of(struct reader *rd, const struct query *q,
			     const struct programme *programme, int32_t anchor_on,
			     struct planned *planned)
{
	struct moved moved = { 0, 0 };
	bool granted = civil_parse(query_col_text(q, OB_GRANTED_ON), &moved.granted_on);
	if (!granted)
		moved.granted_on = 0;
	if ((!granted && query_col_null(q, OB_RETURNED_AT)) || planned->rule == SIZE_MAX)
		return moved;
	int32_t due_on = planned->due_on;
	programme_replan(&programme->plan[planned->rule], rd->args->calendar, anchor_on, planned);
	if (due_on != (granted ? moved.granted_on : planned->due_on))
		moved.correct_by_on = due_on;
	return moved;
}

/* null where the file no longer has the rule that the obligation was planned by: its arithmetic is history. */
static void write_arithmetic(struct reader *rd, const struct query *q)
{
	static const char *const langs[] = { "zh", "en" };
	const struct programme *programme =
		programme_named(rd->args, query_col_text(q, OB_PROGRAMME));
	struct planned planned;
	int32_t anchor_on;
	bool by_hand = strcmp(query_col_text(q, OB_RULE), PLAN_RULE_AD_HOC) == 0;
	jw_key(&rd->jw, "arithmetic");
	if (!programme || !rd->args->calendar || !planned_of(programme, q, &planned, &anchor_on) ||
	    (planned.rule == SIZE_MAX && !by_hand)) {
		jw_null(&rd->jw);
		return;
	}
	struct moved moved = moved_of(rd, q, programme, anchor_on, &planned);
	jw_object(&rd->jw);
	for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++) {
		struct buf text = BUF_EMPTY;
		(by_hand ? programme_explain_ad_hoc : programme_explain)(
			programme, rd->args->calendar, anchor_on, &planned, langs[i], &text);
		programme_explain_moved(moved.granted_on, moved.correct_by_on, langs[i], &text);
		jw_kv_str(&rd->jw, langs[i], buf_str(&text));
		buf_clear(&text);
	}
	jw_object_end(&rd->jw);
}

static void write_rule(struct reader *rd, const struct query *q)
{
	jw_key(&rd->jw, "rule");
	jw_object(&rd->jw);
	kv_text(&rd->jw, "id", q, OB_RULE);
	kv_text(&rd->jw, "clause", q,
		query_col_null(q, EX_CLAUSE_TEXT) ? EX_CLAUSE : EX_CLAUSE_TEXT);
	if (query_col_null(q, EX_SOURCE))
		jw_kv_str(&rd->jw, "source", "ours");
	else
		kv_text(&rd->jw, "source", q, EX_SOURCE);
	jw_object_end(&rd->jw);
}

/* ---- steps ---- */

struct told {
	char key[STEP_KEY_BYTES];
	bool found;
	struct buf outcome;
	struct buf reason;
	bool has_reason;
	int64_t silence_key; /* 0: none */
};

/* What became of each step at this revision; a few dozen at most, so a plain search does. */
struct outcomes_of {
	struct told *items;
	size_t n;
	size_t cap;
};

static void outcomes_take(struct outcomes_of *list, const struct query *q)
{
	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 32;
		list->items = xrealloc(list->items, list->cap * sizeof(*list->items));
	}
	struct told *told = &list->items[list->n++];
	*told = (struct told){ .outcome = BUF_EMPTY, .reason = BUF_EMPTY };
	(void)snprintf(told->key, sizeof(told->key), "%s", query_col_text(q, 0));
	buf_adds(&told->outcome, query_col_text(q, 1));
	told->has_reason = !query_col_null(q, 2);
	buf_adds(&told->reason, query_col_text(q, 2));
	told->silence_key = query_col_int(q, 3);
}

static void outcomes_read(struct reader *rd, const struct query *obligation,
			  struct outcomes_of *list)
{
	struct query q = query_begin(rd->store, TABLE_READ_EXPLAIN, sql, OUTCOMES);
	query_int(&q, 1, query_col_int(obligation, OB_KEY));
	query_int(&q, 2, query_col_int(obligation, OB_REVISION));
	while (query_row(&q))
		outcomes_take(list, &q);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void outcomes_clear(struct outcomes_of *list)
{
	for (size_t i = 0; i < list->n; i++) {
		buf_clear(&list->items[i].outcome);
		buf_clear(&list->items[i].reason);
	}
	free(list->items);
}

static const struct told *outcome_of(const struct outcomes_of *list, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->items[i].key, key) == 0)
			return &list->items[i];
	return NULL;
}

/* As things stand it will be said, or somebody asked for quiet. */
static void write_planned(struct reader *rd, const struct query *q, const struct step *step)
{
	struct hush hush;
	hush_ahead(rd, q, step, &hush);
	jw_kv_str(&rd->jw, "outcome", hush.reason[0] ? "will be suppressed" : "planned");
	if (hush.reason[0])
		hush_members(&rd->jw, &hush);
	else
		jw_kv_str(&rd->jw, "reason", NULL);
}

/* A step without a record is still planned if the agenda has not passed it and someone is still reminded. */
static void write_outcome(struct reader *rd, const struct query *q, const struct step *step,
			  const struct told *told)
{
	enum unit_state state;
	if (told) {
		jw_kv_str(&rd->jw, "outcome", buf_str(&told->outcome));
		jw_kv_str(&rd->jw, "reason", told->has_reason ? buf_str(&told->reason) : NULL);
		if (told->silence_key)
			jw_kv_id(&rd->jw, "silence", WIRE_ID_SILENCE, told->silence_key);
		return;
	}
	/* Opening moves the state and leaves no occasion. */
	if (step->kind == STEP_OPEN && step->at <= rd->args->now_at &&
	    strcmp(query_col_text(q, OB_STATE), "scheduled") != 0) {
		jw_kv_str(&rd->jw, "outcome", "opened");
		jw_kv_str(&rd->jw, "reason", NULL);
		return;
	}
	/* While a review is due, the agenda is the reviewer's. */
	bool pending = !query_col_null(q, EX_NEXT_AT) && step->at >= query_col_int(q, EX_NEXT_AT) &&
		       ob_in_review(q) == (strncmp(step->key, "review-", 7) == 0);
	bool listens = unit_state_parse(query_col_text(q, EX_UNIT_STATE), &state) &&
		       unit_is_reminded(state);
	const char *reason = !listens     ? query_col_text(q, EX_UNIT_STATE)
			     : ob_owed(q) ? NULL
					  : query_col_text(q, OB_STATE);
	if (pending && listens) {
		write_planned(rd, q, step);
		return;
	}
	jw_kv_str(&rd->jw, "outcome", "not needed");
	jw_kv_str(&rd->jw, "reason", reason);
}

static void write_step(struct reader *rd, const struct query *q, const struct step *step,
		       const struct told *told)
{
	jw_object(&rd->jw);
	jw_kv_str(&rd->jw, "step", step->key);
	jw_kv_str(&rd->jw, "to", recipient_name(step->to));
	jw_kv_at(&rd->jw, "at", step->at);
	char moved_from[CIVIL_DATE_BYTES];
	civil_write(step->day, moved_from);
	jw_kv_str(&rd->jw, "moved_from", step->send_on == step->day ? NULL : moved_from);
	write_outcome(rd, q, step, told);
	jw_object_end(&rd->jw);
}

/* Owed: until a month from now, or a month past the deadline. Done: until its deadline, for nothing follows. */
static int64_t horizon_at(const struct reader *rd, const struct query *q, bool review,
			  const struct step_dates *dates)
{
	int64_t due_at = civil_end_at(dates->due_on);
	bool pending = review || ob_owed(q);
	int64_t base_at = pending && rd->args->now_at > due_at ? rd->args->now_at : due_at;
	return base_at + STEPS_AHEAD_S;
}

/* The unit's ladder, or, while a review is due, the reviewer's. */
static void write_ladder(struct reader *rd, struct ladders *ladders, const struct query *q,
			 bool review)
{
	static const size_t max = STEPS_MAX;
	struct step_dates dates;
	struct outcomes_of outcomes = { .n = 0 };
	const struct ladder *ladder =
		ladder_of(ladders, query_col_int(q, EX_RULE_KEY), review,
			  query_col_text(q, review ? EX_REVIEW_LADDER : EX_LADDER));
	if (!ladder || !rd->args->calendar ||
	    !civil_parse(query_col_text(q, OB_OPENS_ON), &dates.opens_on) ||
	    !civil_parse(query_col_text(q, review ? OB_REVIEW_DUE_ON : OB_DUE_ON), &dates.due_on))
		return;
	struct step *steps = xcalloc(max, sizeof(*steps));
	size_t n = reminder_steps(ladder, rd->args->calendar, &dates,
				  review ? query_col_int(q, OB_SUBMITTED_AT) : INT64_MIN,
				  horizon_at(rd, q, review, &dates), steps, max);
	outcomes_read(rd, q, &outcomes);
	for (size_t i = 0; i < n; i++)
		write_step(rd, q, &steps[i], outcome_of(&outcomes, steps[i].key));
	free(steps);
	outcomes_clear(&outcomes);
}

static void write_steps(struct reader *rd, struct ladders *ladders, const struct query *q)
{
	jw_key(&rd->jw, "steps");
	jw_array(&rd->jw);
	write_ladder(rd, ladders, q, false);
	if (ob_in_review(q))
		write_ladder(rd, ladders, q, true);
	jw_array_end(&rd->jw);
}

enum fault read_explain(struct store *store, const struct read_args *args, struct buf *out,
			struct problem *problem)
{
	struct reader rd;
	struct ladders ladders = { .n = 0 };
	int64_t unit_key = args->filter[READ_UNIT].number;
	bool any = false;
	reader_init(&rd, store, args, out, problem);
	jw_object(&rd.jw);
	jw_key(&rd.jw, "unit");
	enum fault fault = unit_write(&rd, unit_key, false);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_READ_EXPLAIN, sql, OBLIGATIONS);
	query_int(&q, 1, unit_key);
	while (rd.fault == FAULT_NONE && query_row(&q)) {
		if (!any) {
			kv_text(&rd.jw, "anchor_on", &q, EX_ANCHOR_ON);
			jw_key(&rd.jw, "obligations");
			jw_array(&rd.jw);
		}
		any = true;
		jw_object(&rd.jw);
		jw_key(&rd.jw, "obligation");
		jw_object(&rd.jw);
		ob_members(&rd, &q, NULL);
		jw_object_end(&rd.jw);
		write_rule(&rd, &q);
		write_arithmetic(&rd, &q);
		write_steps(&rd, &ladders, &q);
		jw_object_end(&rd.jw);
	}
	if (!any) {
		jw_kv_str(&rd.jw, "anchor_on", NULL);
		jw_key(&rd.jw, "obligations");
		jw_array(&rd.jw);
	}
	jw_array_end(&rd.jw);
	jw_object_end(&rd.jw);
	ladders_clear(&ladders);
	reader_fault(&rd, query_end(&q, rd.fault == FAULT_NONE ? problem : NULL));
	return rd.fault;
}

/* ---- export ---- */

/* Ids and dates only: nothing here needs quoting, except a rule's or programme's id that somebody gave a comma. */
static void csv_cell(struct buf *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		buf_adds(out, text);
		return;
	}
	buf_addc(out, '"');
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			buf_addc(out, '"');
		buf_addc(out, *c);
	}
	buf_addc(out, '"');
}

static void export_row(struct buf *out, const struct query *q)
{
	csv_cell(out, query_col_text(q, 0));
	buf_addf(out, ",un_%lld,ob_%lld,", (long long)query_col_int(q, 1),
		 (long long)query_col_int(q, 2));
	csv_cell(out, query_col_text(q, 3));
	buf_addf(out, ",%lld,%s,%s,%s,", (long long)query_col_int(q, 4), query_col_text(q, 5),
		 query_col_text(q, 6), query_col_int(q, 7) ? "1" : "0");
	buf_addf(out, "%s\r\n", query_col_text(q, 8));
}

/* The last of the next max_units; without a limit if there are not so many left. */
static enum fault export_end(struct store *store, const struct read_args *args,
			     struct read_export *at, int64_t max_units, struct problem *problem)
{
	bool of_one = args->filter[READ_PROGRAMME].set;
	struct query q = query_begin(store, TABLE_READ_EXPLAIN, sql,
				     of_one ? EXPORT_END_OF_ONE : EXPORT_END);
	query_int(&q, 1, at->programme_key);
	query_int(&q, 2, at->unit_key);
	query_int(&q, 3, max_units - 1);
	at->done = !query_row(&q);
	if (at->done) {
		at->programme_key = of_one ? at->programme_key : INT64_MAX;
		at->unit_key = INT64_MAX;
	} else {
		at->programme_key = query_col_int(&q, 0);
		at->unit_key = query_col_int(&q, 1);
	}
	return query_end(&q, problem);
}

static enum fault export_rows(struct query *q, struct buf *out, struct problem *problem)
{
	bool room = true;
	while (room && query_row(q)) {
		export_row(out, q);
		room = out->len < READ_EXPORT_MAX_BYTES;
	}
	enum fault fault = query_end(q, problem);
	if (fault == FAULT_NONE && !room)
		fault = problem_set(
			problem, FAULT_TOO_LARGE,
			"the export is larger than %ld MiB; export one programme or unit "
			"at a time (programme=, unit=)",
			READ_EXPORT_MAX_BYTES / (1024 * 1024));
	return fault;
}

enum fault read_export(struct store *store, const struct read_args *args, struct read_export *at,
		       int64_t max_units, struct buf *out, struct problem *problem)
{
	const struct read_value *programme = &args->filter[READ_PROGRAMME];
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	if (!at->begun) {
		*at = (struct read_export){ .begun = true };
		at->programme_key = programme->set ? programme->number : 0;
		buf_adds(out,
			 "programme,unit,obligation,rule,n,opens_on,due_on,provisional,state\r\n");
	}
	if (args->filter[READ_UNIT].set) {
		struct query one = query_begin(store, TABLE_READ_EXPLAIN, sql, EXPORT_UNIT);
		bind_filter(&rd, &one, 1, READ_PROGRAMME);
		bind_filter(&rd, &one, 2, READ_UNIT);
		at->done = true;
		return export_rows(&one, out, problem);
	}
	struct read_export from = *at;
	enum fault fault = export_end(store, args, at, max_units, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_READ_EXPLAIN, sql, EXPORT);
	query_int(&q, 1, from.programme_key);
	query_int(&q, 2, from.unit_key);
	query_int(&q, 3, at->programme_key);
	query_int(&q, 4, at->unit_key);
	return export_rows(&q, out, problem);
}
