/*
 * Each count is one statement, and each statement has two forms. Of a whole programme it begins with what is rare (the
 * range of deadlines that are past or near, what waits for a review, the filings of seven days) and asks of each row
 * whose it is; so it does of one recommender where that is little, but its deadlines and reviews begin with its units.
 * Either way nothing is loaded, only counted.
 */
#include "store/weekly.h"

#include "jiebang/civil.h"
#include "jiebang/rollup.h"
#include "jiebang/text.h"
#include "store/read_inside.h"

#include <string.h>

/* The statements of a recommender stand after those of a programme, in the same order. */
enum {
	UNITS,
	OWED,
	REVIEWS,
	DECISIONS,
	FILED,
	JUDGED,
	ENDPOINTS,
	DEAD,
	ROWS,
	LEFT,
	BOTH,
	ABOUT = 2 * BOTH,
	KNOWN
};

enum { P_PROGRAMME = 1, P_RECOMMENDER, P_AT, P_WEEK_END, P_NEXT_END, P_BEFORE, P_LIMIT };

/* Whose it is. The plus keeps the planner on what the statement begins with. */
#define WHOLE             " AND +u.programme_key = $1 "
#define OWN               " AND u.programme_key = $1 AND u.recommender = $2 "
#define OWN_OF_FEW        " AND +u.programme_key = $1 AND +u.recommender = $2 "
#define UNIT_FIRST(table) "FROM unit AS u CROSS JOIN " table " "

#define OWED_SELECT                                                                                \
	"SELECT sum(CASE WHEN o.due_at <= $3 THEN 1 ELSE 0 END), count(DISTINCT CASE WHEN "        \
	"o.due_at <= $3 THEN o.unit_key END), sum(CASE WHEN o.due_at > $3 AND o.due_at <= $4 "     \
	"THEN 1 ELSE 0 END), sum(CASE WHEN o.due_at > $4 THEN 1 ELSE 0 END) "
#define OWED_WHERE "WHERE " OB_OWED " AND o.due_at <= $5"

/* Where nobody is named to review it but it must be accepted, it is the office's turn. */
#define TURN        "coalesce(r.reviewer, 'office')"
#define FILED_WHOLE "o.state = 'submitted' AND "
#define FILED_OWN                                                                                  \
	"+o.state = 'submitted' AND " /* by the unit, and not each unit by all that was filed */
#define IN_REVIEW "(r.reviewer IS NOT NULL OR r.satisfied_by = 'acceptance')"
#define REVIEWS_SELECT                                                                             \
	"SELECT " TURN ", count(*), sum(CASE WHEN o.review_due_at <= $3 THEN 1 ELSE 0 END) "

#define DECISIONS_SELECT                                                                           \
	"SELECT count(*) FROM decision_task AS dt JOIN unit AS u ON u.unit_key = dt.unit_key "     \
	"WHERE dt.closed_at IS NULL"
#define FILED_SELECT                                                                               \
	"SELECT count(*) FROM submission AS s JOIN obligation AS o ON o.obligation_key = "         \
	"s.obligation_key JOIN unit AS u ON u.unit_key = o.unit_key WHERE s.filed_at > $6 AND "    \
	"s.filed_at <= $3"
#define JUDGED_SELECT                                                                              \
	"SELECT v.decision, count(*) FROM review AS v JOIN submission AS s ON s.submission_key = " \
	"v.submission_key JOIN obligation AS o ON o.obligation_key = s.obligation_key JOIN unit "  \
	"AS u ON u.unit_key = o.unit_key WHERE v.decided_at > $6 AND v.decided_at <= $3"

/* Endpoint ep is the programme's: the office's, or of one of its units or their recommenders. */
#define OF_WHOLE                                                                                   \
	"(ep.owner = 'office' OR EXISTS (SELECT 1 FROM unit AS u WHERE u.unit_key = ep.unit_key "  \
	"AND u.programme_key = $1) OR (ep.owner LIKE 'recommender:%' AND EXISTS (SELECT 1 FROM "   \
	"unit AS u WHERE u.programme_key = $1 AND u.recommender = substr(ep.owner, 13))))"
#define OF_OWN                                                                                     \
	"(ep.owner = 'recommender:' || $2 OR EXISTS (SELECT 1 FROM unit AS u WHERE u.unit_key = "  \
	"ep.unit_key AND u.programme_key = $1 AND u.recommender = $2))"
/* In the outbox a first attempt is due since 0: what has a later instant was put off, after a failure or by one. */
#define ENDPOINTS_SELECT(of)                                                                       \
	"SELECT (SELECT count(*) FROM endpoint AS ep WHERE ep.state <> 'enabled' AND " of          \
	"), (SELECT count(DISTINCT b.endpoint_key) FROM outbox AS b JOIN delivery AS d ON "        \
	"d.message_key = b.message_key JOIN endpoint AS ep ON ep.endpoint_key = b.endpoint_key "   \
	"WHERE b.ready_at > 0 AND d.attempts > 0 AND ep.state = 'enabled' AND " of ")"
#define DEAD_SELECT                                                                                \
	"SELECT count(*) FROM delivery AS d JOIN endpoint AS ep ON ep.endpoint_key = "             \
	"d.endpoint_key WHERE d.state = 'dead' AND "

/* Two short lists, each from its own index, then the oldest of both with their names. */
#define LATE_OWED                                                                                  \
	"SELECT o.obligation_key, o.due_at AS late_at, o.due_on AS last_on, 'unit' AS turn "
#define LATE_OWED_WHERE OB_OWED " AND o.due_at <= $3"
#define LATE_ORDER      "ORDER BY late_at, o.obligation_key LIMIT $7"
#define LATE_REVIEW                                                                                \
	"SELECT o.obligation_key, o.review_due_at AS late_at, o.review_due_on AS last_on, " TURN   \
	" AS turn "
#define LATE_REVIEW_WHERE "o.review_due_at <= $3"
#define ROWS_SELECT(owed, review)                                                                  \
	"SELECT o.unit_key, o.obligation_key, o.n, u.lead, u.project, r.id, r.name_zh, "           \
	"r.name_en, x.last_on, x.turn FROM (SELECT * FROM (" owed                                  \
	") UNION ALL SELECT * FROM (" review                                                       \
	")) AS x JOIN obligation AS o ON o.obligation_key = x.obligation_key JOIN unit AS u ON "   \
	"u.unit_key = o.unit_key JOIN rule AS r ON r.rule_key = o.rule_key ORDER BY x.late_at, "   \
	"x.obligation_key LIMIT $7"

#define OB_UNIT      "FROM obligation AS o JOIN unit AS u ON u.unit_key = o.unit_key "
#define OB_UNIT_RULE OB_UNIT "JOIN rule AS r ON r.rule_key = o.rule_key "
#define OF_UNIT      " AND o.unit_key = u.unit_key "

static const char *const sql[] = {
	/* All keys are over 0: saying so walks the units in the order of their rows. */
	[UNITS] = "SELECT state, count(*) FROM unit AS u WHERE u.programme_key = $1 AND u.unit_key "
		  "> 0 GROUP BY state",
	[OWED] = OWED_SELECT OB_UNIT OWED_WHERE WHOLE,
	[REVIEWS] = REVIEWS_SELECT OB_UNIT_RULE "WHERE " FILED_WHOLE IN_REVIEW WHOLE "GROUP BY 1",
	[DECISIONS] = DECISIONS_SELECT WHOLE,
	[FILED] = FILED_SELECT WHOLE,
	[JUDGED] = JUDGED_SELECT WHOLE "GROUP BY 1",
	[ENDPOINTS] = ENDPOINTS_SELECT(OF_WHOLE),
	[DEAD] = DEAD_SELECT OF_WHOLE,
	[ROWS] = ROWS_SELECT(LATE_OWED OB_UNIT "WHERE " LATE_OWED_WHERE WHOLE LATE_ORDER,
			     LATE_REVIEW OB_UNIT_RULE
			     "WHERE " FILED_WHOLE LATE_REVIEW_WHERE WHOLE LATE_ORDER),
	[LEFT] = "SELECT 1 FROM unit AS u WHERE u.programme_key = $1 AND " WEEKLY_UNIT_LEFT
		 " LIMIT 1",
	[BOTH + UNITS] = "SELECT state, count(*) FROM unit AS u WHERE u.programme_key = $1 AND "
			 "u.recommender = $2 GROUP BY state",
	[BOTH + OWED] = OWED_SELECT UNIT_FIRST("obligation AS o") OWED_WHERE OWN OF_UNIT,
	[BOTH + REVIEWS] = REVIEWS_SELECT UNIT_FIRST(
		"obligation AS o") "JOIN rule AS r ON "
				   "r.rule_key = o.rule_key "
				   "WHERE " FILED_OWN IN_REVIEW OWN OF_UNIT "GROUP BY 1",
	[BOTH + DECISIONS] = DECISIONS_SELECT OWN_OF_FEW,
	[BOTH + FILED] = FILED_SELECT OWN_OF_FEW,
	[BOTH + JUDGED] = JUDGED_SELECT OWN_OF_FEW "GROUP BY 1",
	[BOTH + ENDPOINTS] = ENDPOINTS_SELECT(OF_OWN),
	[BOTH + DEAD] = DEAD_SELECT OF_OWN,
	[BOTH + ROWS] = ROWS_SELECT(
		LATE_OWED UNIT_FIRST(
			"obligation AS o") "WHERE " LATE_OWED_WHERE OWN OF_UNIT LATE_ORDER,
		LATE_REVIEW UNIT_FIRST(
			"obligation AS o") "JOIN rule AS r ON r.rule_key = "
					   "o.rule_key WHERE " FILED_OWN LATE_REVIEW_WHERE OWN
						   OF_UNIT LATE_ORDER),
	[BOTH + LEFT] = "SELECT 1 FROM unit AS u WHERE u.programme_key = $1 AND u.recommender = $2 "
			"AND " WEEKLY_UNIT_LEFT " LIMIT 1",
	[ABOUT] = "SELECT id, name_zh, name_en FROM programme WHERE programme_key = $1",
	[KNOWN] = "SELECT 1 FROM unit WHERE programme_key = $1 AND recommender = $2 LIMIT 1",
};

/* Which parameters a statement has, beside the programme and the recommender. */
static const struct {
	bool at, week, before, limit;
} wants[BOTH] = {
	[OWED] = { .at = true, .week = true },    [REVIEWS] = { .at = true },
	[FILED] = { .at = true, .before = true }, [JUDGED] = { .at = true, .before = true },
	[ROWS] = { .at = true, .limit = true },
};

static struct query begin(struct store *store, const struct weekly_ask *ask, unsigned id, int limit)
{
	struct query q = query_begin(store, TABLE_WEEKLY, sql, ask->recommender ? BOTH + id : id);
	int32_t sunday = rollup_week_at(ask->at) + 6;
	query_int(&q, P_PROGRAMME, ask->programme_key);
	if (ask->recommender)
		query_text(&q, P_RECOMMENDER, ask->recommender);
	if (wants[id].at)
		query_int(&q, P_AT, ask->at);
	if (wants[id].week) {
		query_int(&q, P_WEEK_END, civil_end_at(sunday));
		query_int(&q, P_NEXT_END, civil_end_at(sunday + 7));
	}
	if (wants[id].before)
		query_int(&q, P_BEFORE, ask->at - 7 * 86400);
	if (wants[id].limit)
		query_int(&q, P_LIMIT, limit);
	return q;
}

/* ---- counts ---- */

static bool over(enum unit_state state)
{
	return state == UNIT_PASSED || state == UNIT_NOT_PASSED || state == UNIT_WINNER ||
	       state == UNIT_WITHDRAWN || state == UNIT_TERMINATED || state == UNIT_REVOKED;
}

static void take_units(const struct query *q, struct weekly_counts *out)
{
	enum unit_state state;
	int64_t n = query_col_int(q, 1);
	if (!unit_state_parse(query_col_text(q, 0), &state))
		return;
	out->state[state] = n;
	out->units += n;
	out->left += over(state) ? 0 : n;
}

static void take_owed(const struct query *q, struct weekly_counts *out)
{
	out->overdue = query_col_int(q, 0);
	out->overdue_units = query_col_int(q, 1);
	out->due_this_week = query_col_int(q, 2);
	out->due_next_week = query_col_int(q, 3);
}

static void take_review(const struct query *q, struct weekly_counts *out)
{
	bool office = strcmp(query_col_text(q, 0), "office") == 0;
	*(office ? &out->review_office : &out->review_recommender) = query_col_int(q, 1);
	out->review_overdue += query_col_int(q, 2);
}

static void take_decisions(const struct query *q, struct weekly_counts *out)
{
	out->decisions = query_col_int(q, 0);
}

static void take_filed(const struct query *q, struct weekly_counts *out)
{
	out->filed = query_col_int(q, 0);
}

static void take_judged(const struct query *q, struct weekly_counts *out)
{
	bool accepted = strcmp(query_col_text(q, 0), "accepted") == 0;
	*(accepted ? &out->accepted : &out->returned) = query_col_int(q, 1);
}

static void take_endpoints(const struct query *q, struct weekly_counts *out)
{
	out->disabled = query_col_int(q, 0);
	out->failing = query_col_int(q, 1);
}

static void take_dead(const struct query *q, struct weekly_counts *out)
{
	out->dead = query_col_int(q, 0);
}

enum fault weekly_count(struct store *store, const struct weekly_ask *ask,
			struct weekly_counts *out, struct problem *problem)
{
	static void (*const takes[])(const struct query *q, struct weekly_counts *out) = {
		[UNITS] = take_units,         [OWED] = take_owed,   [REVIEWS] = take_review,
		[DECISIONS] = take_decisions, [FILED] = take_filed, [JUDGED] = take_judged,
		[ENDPOINTS] = take_endpoints, [DEAD] = take_dead,
	};
	enum fault fault = FAULT_NONE;
	*out = (struct weekly_counts){ .units = 0 };
	for (unsigned id = 0; fault == FAULT_NONE && id < sizeof(takes) / sizeof(takes[0]); id++) {
		struct query q = begin(store, ask, id, 0);
		while (query_row(&q))
			takes[id](&q, out);
		fault = query_end(&q, problem);
	}
	return fault;
}

enum fault weekly_any_left(struct store *store, const struct weekly_ask *ask, bool *any,
			   struct problem *problem)
{
	struct query q = begin(store, ask, LEFT, 0);
	*any = query_row(&q);
	return query_end(&q, problem);
}

/* ---- rows ---- */

void weekly_rows_begin(struct store *store, const struct weekly_ask *ask, int limit,
		       struct weekly_rows *out)
{
	*out = (struct weekly_rows){ .query = begin(store, ask, ROWS, limit) };
}

bool weekly_rows_next(struct weekly_rows *rows)
{
	struct query *q = &rows->query;
	if (!query_row(q))
		return false;
	rows->unit_key = query_col_int(q, 0);
	rows->obligation_key = query_col_int(q, 1);
	rows->n = (int)query_col_int(q, 2);
	const char **const texts[] = { &rows->lead,    &rows->project, &rows->rule_id,
				       &rows->name_zh, &rows->name_en, &rows->last_on,
				       &rows->turn };
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		*texts[i] = query_col_text(q, 3 + i);
	return true;
}

enum fault weekly_rows_end(struct weekly_rows *rows, struct problem *problem)
{
	return query_end(&rows->query, problem);
}

/* ---- names ---- */

enum fault weekly_about_begin(struct store *store, int64_t programme_key, struct weekly_about *out,
			      struct problem *problem)
{
	*out = (struct weekly_about){ .programme_key = programme_key };
	out->query = query_begin(store, TABLE_WEEKLY, sql, ABOUT);
	struct query *q = &out->query;
	query_int(q, P_PROGRAMME, programme_key);
	if (query_row(q)) {
		out->id = query_col_text(q, 0);
		out->name_zh = query_col_text(q, 1);
		out->name_en = query_col_text(q, 2);
		return FAULT_NONE;
	}
	enum fault fault = query_end(q, problem);
	return fault != FAULT_NONE ? fault
				   : problem_set(problem, FAULT_NOT_FOUND,
						 "there is no programme under this key");
}

enum fault weekly_about_end(struct weekly_about *about, struct problem *problem)
{
	return query_end(&about->query, problem);
}

enum fault weekly_recommender_check(struct store *store, const struct weekly_ask *ask,
				    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_WEEKLY, sql, KNOWN);
	query_int(&q, P_PROGRAMME, ask->programme_key);
	query_text(&q, P_RECOMMENDER, ask->recommender);
	bool known = query_row(&q);
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE || known)
		return fault;
	fault = problem_set(problem, FAULT_NOT_FOUND,
			    "recommender: this programme has no unit that it recommended");
	if (problem)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), "recommender");
	return fault;
}
