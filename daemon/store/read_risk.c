/*
 * The risk score (O12): the facts of one unit from its obligations in one statement, and units ordered by it.
 *
 * The score depends on today, so no index can keep it. Ordering therefore looks at every unit that the filters leave
 * over, and is refused beyond RISK_SORT_MAX of them: a programme has some hundreds, and what costs more than a few dozen
 * milliseconds must not run on the thread that serves everybody.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/risk.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

#include <stdio.h>
#include <stdlib.h>

enum { FACTS, ONE, RANK_ALL, RANK_PROGRAMME };

enum { FACT_KEY, FACT_DUE_AT, FACT_OWED, FACT_LATE, FACT_RETURNED, FACT_UNREAD };

enum { RK_KEY, RK_STATE, RK_LEAD };

/*
 * Reminders of the unit itself (those to others are escalations, "recommender+3w") under the present due date: those
 * that reached nobody, and those from the due day on, which were not answered by filing or the obligation would
 * not be owed. What is older than the unit's word that it knows, or will see to it later, was answered by that.
 */
#define UNREAD                                                                                     \
	"(SELECT count(*) FROM occasion c WHERE c.obligation_key = o.obligation_key "              \
	"AND c.revision = o.revision AND c.nominal_at > coalesce(qt.made_at, 0) "                  \
	"AND c.step NOT LIKE '%+%' AND (c.outcome = 'held' "                                       \
	"OR c.outcome = 'dead' OR (c.outcome = 'suppressed' AND (c.reason = 'no_endpoint' OR "     \
	"c.reason = 'filtered')) "                                                                 \
	"OR ((c.outcome = 'sent' OR c.outcome = 'coalesced') "                                     \
	"AND c.nominal_at >= o.due_at - 86400)))"
#define RANK "SELECT u.unit_key, u.state FROM unit u JOIN task t ON t.task_key = u.task_key "
#define RANK_FILTERS                                                                               \
	"AND (CAST($6 AS TEXT) IS NULL OR t.id = $6) "                                             \
	"AND (CAST($7 AS TEXT) IS NULL OR u.state = $7) "                                          \
	"AND (CAST($8 AS TEXT) IS NULL OR u.recommender = $8) "                                    \
	"AND (CAST($9 AS TEXT) IS NULL OR u.lead LIKE $9 ESCAPE '\\' "                             \
	"OR u.project LIKE $9 ESCAPE '\\') " UN_UNREACHABLE "LIMIT $4"

static const char *const sql[] = {
	[FACTS] = "SELECT o.obligation_key, o.due_at, " OB_OWED ", "
		  "(SELECT s.late FROM submission s WHERE s.obligation_key = o.obligation_key "
		  "AND s.version = 1), "
		  "(SELECT count(*) FROM submission s JOIN review v "
		  "ON v.submission_key = s.submission_key "
		  "WHERE s.obligation_key = o.obligation_key AND v.decision = 'returned'), "
		  "CASE WHEN " OB_OWED " THEN " UNREAD " ELSE 0 END "
		  "FROM obligation o " OB_QUIET "WHERE o.unit_key = $1 AND o.state <> 'waived' "
		  "AND o.state <> 'cancelled' ORDER BY o.due_at, o.obligation_key",
	[ONE] = "SELECT unit_key, state, lead FROM unit WHERE unit_key = $1",
	[RANK_ALL] = RANK "WHERE CAST($5 AS BIGINT) IS NULL " RANK_FILTERS,
	[RANK_PROGRAMME] = RANK "WHERE u.programme_key = $5 " RANK_FILTERS,
};

/* ---- facts ---- */

struct finding {
	struct risk_facts facts;
	struct buf
		*obligations; /* RISK_TERM_COUNT arrays' insides: which ones; NULL: nobody asked */
};

static void find(struct finding *finding, enum risk_term term, int64_t n, int64_t obligation)
{
	char id[TEXT_ID_BYTES];
	if (n == 0)
		return;
	finding->facts.fact[term] += n;
	if (!finding->obligations)
		return;
	struct buf *list = &finding->obligations[term];
	text_id_write(id, WIRE_ID_OBLIGATION, obligation);
	buf_addf(list, "%s\"%s\"", list->len > 0 ? "," : "", id);
}

static void take_facts(const struct reader *rd, struct finding *finding, const struct query *q)
{
	int64_t key = query_col_int(q, FACT_KEY), due_at = query_col_int(q, FACT_DUE_AT);
	bool overdue = query_col_int(q, FACT_OWED) != 0 && due_at <= rd->args->now_at;
	bool filed = !query_col_null(q, FACT_LATE);
	/* Rows come by due instant: the first overdue one is overdue longest. */
	if (overdue && finding->facts.fact[RISK_OVERDUE] == 0)
		find(finding, RISK_OVERDUE, rd->today - civil_day_of(due_at - 1), key);
	find(finding, RISK_LATE, filed ? query_col_int(q, FACT_LATE) != 0 : overdue, key);
	find(finding, RISK_RETURNED, query_col_int(q, FACT_RETURNED), key);
	find(finding, RISK_UNREAD, query_col_int(q, FACT_UNREAD), key);
}

/* `obligations` as in struct finding. */
static struct risk_facts facts_of(struct reader *rd, int64_t unit_key, struct buf *obligations)
{
	struct finding finding = { .obligations = obligations };
	struct query q = query_begin(rd->store, TABLE_READ_RISK, sql, FACTS);
	finding.facts.fact[RISK_BEHIND] = milestones_behind(rd, unit_key);
	query_int(&q, 1, unit_key);
	while (query_row(&q))
		take_facts(rd, &finding, &q);
	reader_fault(rd, query_end(&q, rd->problem));
	return finding.facts;
}

static bool judged(const char *state_name)
{
	enum unit_state state;
	return unit_state_parse(state_name, &state) && risk_is_judged(state);
}

static void score_members(struct jw *jw, int score)
{
	jw_key(jw, "score");
	if (score == RISK_NONE)
		jw_null(jw);
	else
		jw_int(jw, score);
	jw_kv_str(jw, "level", score == RISK_NONE ? NULL : risk_level_name(risk_level(score)));
}

static int score_of(struct reader *rd, int64_t unit_key, const char *state_name)
{
	if (!judged(state_name))
		return RISK_NONE;
	struct risk_facts facts = facts_of(rd, unit_key, NULL);
	return risk_score(&facts);
}

void kv_risk(struct reader *rd, int64_t unit_key, const char *state_name)
{
	int score = score_of(rd, unit_key, state_name);
	jw_key(&rd->jw, "risk");
	jw_object(&rd->jw);
	score_members(&rd->jw, score);
	jw_object_end(&rd->jw);
}

/* ---- one unit explained ---- */

static void write_term(struct jw *jw, enum risk_term term, int64_t fact, const struct buf *list)
{
	const struct risk_weight *weight = risk_weight(term);
	jw_object(jw);
	jw_kv_str(jw, "term", weight->id);
	jw_key(jw, "name");
	jw_object(jw);
	jw_kv_str(jw, "zh", weight->name_zh);
	jw_kv_str(jw, "en", weight->name_en);
	jw_object_end(jw);
	jw_key(jw, "fact");
	if (fact == RISK_UNKNOWN)
		jw_null(jw);
	else
		jw_int(jw, fact);
	jw_kv_int(jw, "weight", weight->weight);
	jw_kv_int(jw, "max", weight->max);
	jw_kv_int(jw, "points", risk_points(term, fact));
	jw_key(jw, "obligations");
	jw_array(jw);
	jw_raw(jw, buf_str(list), list->len);
	jw_array_end(jw);
	jw_object_end(jw);
}

static void write_explained(struct reader *rd, const struct query *unit)
{
	struct buf lists[RISK_TERM_COUNT] = { BUF_EMPTY };
	struct risk_facts facts = facts_of(rd, query_col_int(unit, RK_KEY), lists);
	char today[CIVIL_DATE_BYTES];
	struct jw *jw = &rd->jw;
	civil_write(rd->today, today);
	jw_object(jw);
	kv_key(jw, "unit", WIRE_ID_UNIT, unit, RK_KEY);
	kv_text(jw, "lead", unit, RK_LEAD);
	kv_text(jw, "state", unit, RK_STATE);
	jw_kv_str(jw, "as_of", today);
	score_members(jw, judged(query_col_text(unit, RK_STATE)) ? risk_score(&facts) : RISK_NONE);
	jw_key(jw, "terms");
	jw_array(jw);
	for (int term = 0; term < RISK_TERM_COUNT; term++) {
		write_term(jw, (enum risk_term)term, facts.fact[term], &lists[term]);
		buf_clear(&lists[term]);
	}
	jw_array_end(jw);
	jw_object_end(jw);
}

enum fault read_risk(struct store *store, const struct read_args *args, struct buf *out,
		     struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_RISK, sql, ONE);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found)
		write_explained(&rd, &q);
	reader_fault(&rd, query_end(&q, rd.fault == FAULT_NONE ? problem : NULL));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no unit un_%lld",
				   (long long)args->key);
	return rd.fault;
}

/* ---- units by risk ---- */

struct place {
	int64_t key;
	int score;
};

struct ranking {
	struct place *places;
	size_t n;
};

/* The higher score first, of equal ones the earlier unit; those without a score last. */
static int by_risk(const void *a, const void *b)
{
	const struct place *one = a, *other = b;
	if (one->score != other->score)
		return one->score < other->score ? 1 : -1;
	return (one->key > other->key) - (one->key < other->key);
}

static enum fault too_many(struct problem *problem)
{
	enum fault fault = problem_set(problem, FAULT_INVALID,
				       "sort: more than %d units match, and units are ordered by "
				       "risk up to that many",
				       RISK_SORT_MAX);
	if (problem) {
		(void)text_copy(problem->pointer, sizeof(problem->pointer), "sort");
		(void)text_copy(problem->hint, sizeof(problem->hint),
				"narrow it by programme, task, recommender or state");
	}
	return fault;
}

static enum fault rank(struct reader *rd, struct ranking *ranking)
{
	static const enum read_filter filters[] = { READ_PROGRAMME,   READ_TASK, READ_STATE,
						    READ_RECOMMENDER, READ_Q,    READ_UNREACHABLE };
	struct query q =
		query_begin(rd->store, TABLE_READ_RISK, sql,
			    rd->args->filter[READ_PROGRAMME].set ? RANK_PROGRAMME : RANK_ALL);
	query_int(&q, 4, RISK_SORT_MAX + 1);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		bind_filter(rd, &q, 5 + (int)i, filters[i]);
	while (ranking->n <= RISK_SORT_MAX && query_row(&q))
		ranking->places[ranking->n++] =
			(struct place){ query_col_int(&q, RK_KEY),
					score_of(rd, query_col_int(&q, RK_KEY),
						 query_col_text(&q, RK_STATE)) };
	reader_fault(rd, query_end(&q, rd->fault == FAULT_NONE ? rd->problem : NULL));
	if (rd->fault == FAULT_NONE && ranking->n > RISK_SORT_MAX)
		reader_fault(rd, too_many(rd->problem));
	qsort(ranking->places, ranking->n, sizeof(*ranking->places), by_risk);
	return rd->fault;
}

/* The first place after the cursor "score.unit". */
static enum fault begin_after(const struct reader *rd, const struct ranking *ranking, size_t *from)
{
	int64_t parts[2];
	*from = 0;
	if (!rd->args->cursor)
		return FAULT_NONE;
	enum fault fault = cursor_read(rd->args->cursor, 2, parts, rd->problem);
	if (fault != FAULT_NONE)
		return fault;
	struct place last = { parts[1], (int)parts[0] };
	while (*from < ranking->n && by_risk(&ranking->places[*from], &last) <= 0)
		(*from)++;
	return FAULT_NONE;
}

static void write_ranking(struct reader *rd, const struct ranking *ranking, size_t from)
{
	char cursor[48];
	size_t until = from + (size_t)rd->args->limit;
	until = until < ranking->n ? until : ranking->n;
	jw_object(&rd->jw);
	jw_key(&rd->jw, "data");
	jw_array(&rd->jw);
	for (size_t i = from; rd->fault == FAULT_NONE && i < until; i++)
		reader_fault(rd, unit_write(rd, ranking->places[i].key, false));
	jw_array_end(&rd->jw);
	if (until > from)
		(void)snprintf(cursor, sizeof(cursor), "%d.%lld", ranking->places[until - 1].score,
			       (long long)ranking->places[until - 1].key);
	jw_kv_str(&rd->jw, "next", until > from && until < ranking->n ? cursor : NULL);
	jw_object_end(&rd->jw);
}

enum fault units_by_risk(struct reader *rd)
{
	struct ranking ranking = { .n = 0 };
	size_t from;
	ranking.places = xcalloc(RISK_SORT_MAX + 1, sizeof(*ranking.places));
	enum fault fault = rank(rd, &ranking);
	if (fault == FAULT_NONE)
		fault = begin_after(rd, &ranking, &from);
	if (fault == FAULT_NONE)
		write_ranking(rd, &ranking, from);
	free(ranking.places);
	return fault == FAULT_NONE ? rd->fault : fault;
}
