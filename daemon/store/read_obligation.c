/*
 * Obligations and what was filed for them. What is owed is read along the index of deadlines, what waits for a
 * verdict along its own small one, so that neither costs more when millions are long done.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/reminder.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"
#include "store/read_quiet.h"

#include <string.h>

enum {
	LIST_ALL,
	LIST_UNIT,
	LIST_PROGRAMME,
	LIST_OWED,
	LIST_ACTIVE,
	ONE,
	NEXT_STEP,
	OCCASIONS,
	REVIEWS,
	RULINGS,
	CANCELLED,
	FILED,
	FILED_BY_OBLIGATION,
	FILED_BY_UNIT,
	FILED_ONE,
	FILED_HERE
};

/* $5 programme, $6 state, $7 due_before, $8 overdue, $9 unit. */
#define OB_FILTERS                                                                                 \
	"AND (CAST($5 AS BIGINT) IS NULL OR u.programme_key = $5) "                                \
	"AND (CAST($6 AS TEXT) IS NULL OR o.state = $6) "                                          \
	"AND (CAST($7 AS TEXT) IS NULL OR o.due_on < $7) "
#define OB_OVERDUE "AND (CAST($8 AS BIGINT) IS NULL OR (" OB_OWED " AND o.due_at <= $12)) "
#define BY_DUE     "ORDER BY o.due_at, o.obligation_key LIMIT $4"
#define BY_KEY     "ORDER BY o.obligation_key LIMIT $4"

#define SB_SELECT                                                                                  \
	"SELECT s.submission_key, s.obligation_key, s.version, s.filed_at, s.late, s.author, "     \
	"s.receipt, s.summary, s.content FROM submission s "
#define SB_BY_KEY "AND s.submission_key > $1 ORDER BY s.submission_key LIMIT $4"

static const char *const sql[] = {
	[LIST_ALL] = OB_SELECT OB_FROM "WHERE o.obligation_key > $1 " OB_FILTERS OB_OVERDUE BY_KEY,
	[LIST_UNIT] = OB_SELECT OB_FROM
	"WHERE o.unit_key = $9 AND (o.due_at, o.obligation_key) > ($1, $2) " OB_FILTERS OB_OVERDUE
		BY_DUE,
	/* Along the programme's units, so that another programme's millions cost nothing. */
	[LIST_PROGRAMME] =
		OB_SELECT OB_FROM "WHERE u.programme_key = $5 AND u.unit_key >= $1 "
				  "AND (u.unit_key, o.obligation_key) > ($1, $2) " OB_FILTERS
				  "ORDER BY u.unit_key, o.obligation_key LIMIT $4",
	/* The range of obligation_owed that lies before now. */
	[LIST_OWED] =
		OB_SELECT OB_FROM "WHERE " OB_OWED " AND o.due_at <= $12 "
				  "AND (o.due_at, o.obligation_key) > ($1, $2) " OB_FILTERS BY_DUE,
	[LIST_ACTIVE] = OB_SELECT OB_FROM "WHERE (o.state = 'open' OR o.state = 'submitted' OR "
					  "o.state = 'returned') AND o.state = $6 "
					  "AND o.obligation_key > $1 " OB_FILTERS BY_KEY,
	[ONE] = OB_SELECT ", o.next_step_at, " OB_LADDER OB_FROM "WHERE o.obligation_key = $1",
	[OCCASIONS] =
		"SELECT step, revision, nominal_at, outcome, reason, silence_key FROM occasion "
		"WHERE obligation_key = $1 ORDER BY nominal_at, revision, step",
	[REVIEWS] =
		"SELECT r.submission_key, r.decision, r.comment, r.actor, r.decided_at, r.due_on, "
		"r.correct_by_on "
		"FROM submission s JOIN review r ON r.submission_key = s.submission_key "
		"WHERE s.obligation_key = $1 ORDER BY s.version",
	[RULINGS] = "SELECT kind, reason, approver, old_due_on, new_due_on, expires_on, made_at "
		    "FROM ruling WHERE obligation_key = $1 ORDER BY ruling_key",
	[CANCELLED] = "SELECT at, data FROM event WHERE obligation_key = $1 "
		      "AND type = 'obligation.cancelled'",
	[FILED] = SB_SELECT
	"WHERE CAST($5 AS BIGINT) IS NULL AND CAST($6 AS BIGINT) IS NULL " SB_BY_KEY,
	[FILED_BY_OBLIGATION] =
		SB_SELECT "WHERE s.obligation_key = $5 AND (CAST($6 AS BIGINT) IS NULL OR "
			  "s.obligation_key IN (SELECT obligation_key FROM obligation "
			  "WHERE unit_key = $6)) " SB_BY_KEY,
	[FILED_BY_UNIT] =
		SB_SELECT "WHERE CAST($5 AS BIGINT) IS NULL AND s.obligation_key IN "
			  "(SELECT obligation_key FROM obligation WHERE unit_key = $6) " SB_BY_KEY,
	[FILED_ONE] = SB_SELECT "WHERE s.submission_key = $1",
	[FILED_HERE] = SB_SELECT "WHERE s.obligation_key = $1 ORDER BY s.version",
};

int64_t days_left(const struct reader *rd, const char *due_on)
{
	int32_t due = rd->today;
	(void)civil_parse(due_on, &due);
	return (int64_t)due - rd->today;
}

bool ob_owed(const struct query *q)
{
	const char *state = query_col_text(q, OB_STATE);
	return strcmp(state, "scheduled") == 0 || strcmp(state, "open") == 0 ||
	       strcmp(state, "returned") == 0;
}

bool ob_in_review(const struct query *q)
{
	return !query_col_null(q, OB_REVIEW_DUE_ON);
}

bool ob_step_dates(const struct query *q, struct step_dates *dates)
{
	int due = ob_in_review(q) ? OB_REVIEW_DUE_ON : OB_DUE_ON;
	return civil_parse(query_col_text(q, OB_OPENS_ON), &dates->opens_on) &&
	       civil_parse(query_col_text(q, due), &dates->due_on);
}

/* Done, as far as the unit is concerned: what was filed counts, or only what was accepted. */
static bool ob_satisfied(const struct query *q)
{
	const char *state = query_col_text(q, OB_STATE);
	return strcmp(state, "accepted") == 0 ||
	       (strcmp(state, "submitted") == 0 &&
		strcmp(query_col_text(q, OB_SATISFIED_BY), "submission") == 0);
}

static void review_members(struct reader *rd, const struct query *q)
{
	int32_t due_on = 0;
	bool due = ob_in_review(q) && civil_parse(query_col_text(q, OB_REVIEW_DUE_ON), &due_on);
	kv_text(&rd->jw, "reviewer", q, OB_REVIEWER);
	kv_text(&rd->jw, "review_due_on", q, OB_REVIEW_DUE_ON);
	jw_kv_bool(&rd->jw, "review_overdue", due && civil_end_at(due_on) <= rd->args->now_at);
}

/* The last day of a hold: it ends with it. */
static void held_until(struct reader *rd, const struct query *q)
{
	char day[CIVIL_DATE_BYTES];
	bool held = !query_col_null(q, OB_HELD_UNTIL_AT);
	if (held)
		civil_write(civil_day_of(query_col_int(q, OB_HELD_UNTIL_AT) - 1), day);
	jw_kv_str(&rd->jw, "held_until", held ? day : NULL);
}

void ob_members(struct reader *rd, const struct query *q, const struct buf *unit)
{
	struct jw *jw = &rd->jw;
	kv_key(jw, "id", WIRE_ID_OBLIGATION, q, OB_KEY);
	if (unit) {
		jw_raw(jw, unit->data, unit->len);
	} else {
		kv_key(jw, "unit", WIRE_ID_UNIT, q, OB_UNIT);
		kv_text(jw, "programme", q, OB_PROGRAMME);
		kv_text(jw, "lead", q, OB_LEAD);
		kv_text(jw, "project", q, OB_PROJECT);
	}
	kv_text(jw, "rule", q, OB_RULE);
	kv_text(jw, "kind", q, OB_KIND);
	kv_names(jw, "name", q, OB_NAME_ZH);
	kv_number(jw, "n", q, OB_N);
	kv_text(jw, "opens_on", q, OB_OPENS_ON);
	kv_text(jw, "due_on", q, OB_DUE_ON);
	kv_instant(jw, "due_at", q, OB_DUE_AT);
	kv_text(jw, "last_day_on", q, OB_LAST_DAY_ON);
	jw_kv_bool(jw, "provisional", query_col_int(q, OB_PROVISIONAL) != 0);
	kv_text(jw, "state", q, OB_STATE);
	jw_kv_bool(jw, "overdue", ob_owed(q) && query_col_int(q, OB_DUE_AT) <= rd->args->now_at);
	jw_kv_int(jw, "days_left", days_left(rd, query_col_text(q, OB_DUE_ON)));
	kv_number(jw, "revision", q, OB_REVISION);
	kv_text(jw, "satisfied_by", q, OB_SATISFIED_BY);
	kv_instant(jw, "submitted_at", q, OB_SUBMITTED_AT);
	kv_instant(jw, "accepted_at", q, OB_ACCEPTED_AT);
	jw_kv_bool(jw, "satisfied", ob_satisfied(q));
	kv_instant(jw, "returned_at", q, OB_RETURNED_AT);
	review_members(rd, q);
	held_until(rd, q);
	kv_text(jw, "extended_to", q, OB_GRANTED_ON);
	kv_number(jw, "milestone", q, OB_MILESTONE);
	kv_quiet(rd, q);
}

static void ob_row(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	ob_members(rd, q, NULL);
	jw_object_end(&rd->jw);
}

/* Which way to walk: a unit's few, the owed by deadline, the active of one state, or all by key. */
static unsigned ob_list_id(const struct read_args *args)
{
	static const char *const active[] = { "open", "submitted", "returned" };
	if (args->filter[READ_UNIT].set)
		return LIST_UNIT;
	if (args->filter[READ_OVERDUE].set)
		return LIST_OWED;
	for (size_t i = 0; args->filter[READ_STATE].set && i < 3; i++)
		if (strcmp(args->filter[READ_STATE].text, active[i]) == 0)
			return LIST_ACTIVE;
	return args->filter[READ_PROGRAMME].set ? LIST_PROGRAMME : LIST_ALL;
}

enum fault read_obligations(struct store *store, const struct read_args *args, struct buf *out,
			    struct problem *problem)
{
	static const struct {
		int first; /* column that orders, before the key */
		bool wants_now;
		int n_filters;
	} ways[] = {
		[LIST_ALL] = { OB_KEY, true, 4 },         [LIST_UNIT] = { OB_DUE_AT, true, 5 },
		[LIST_PROGRAMME] = { OB_UNIT, false, 3 }, [LIST_OWED] = { OB_DUE_AT, true, 3 },
		[LIST_ACTIVE] = { OB_KEY, false, 3 },
	};
	unsigned id = ob_list_id(args);
	struct list list = {
		.table = TABLE_READ_OBLIGATION,
		.sql = sql,
		.id = id,
		.cursor = { ways[id].first, OB_KEY },
		.n_cursor = ways[id].first == OB_KEY ? 1 : 2,
		.wants_now = ways[id].wants_now,
		.filters = { READ_PROGRAMME, READ_STATE, READ_DUE_BEFORE, READ_OVERDUE, READ_UNIT },
		.n_filters = ways[id].n_filters,
		.row = ob_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

/* ---- one ---- */

static void write_occasions(struct reader *rd, int64_t obligation_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_OBLIGATION, sql, OCCASIONS);
	query_int(&q, 1, obligation_key);
	jw_key(&rd->jw, "occasions");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		kv_text(&rd->jw, "step", &q, 0);
		kv_number(&rd->jw, "revision", &q, 1);
		kv_instant(&rd->jw, "at", &q, 2);
		kv_text(&rd->jw, "outcome", &q, 3);
		kv_text(&rd->jw, "reason", &q, 4);
		kv_key(&rd->jw, "silence", WIRE_ID_SILENCE, &q, 5);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

/* Who said what about it, and when. */
static void write_reviews(struct reader *rd, int64_t obligation_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_OBLIGATION, sql, REVIEWS);
	query_int(&q, 1, obligation_key);
	jw_key(&rd->jw, "reviews");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		kv_key(&rd->jw, "submission", WIRE_ID_SUBMISSION, &q, 0);
		kv_text(&rd->jw, "decision", &q, 1);
		kv_text(&rd->jw, "comment", &q, 2);
		kv_text(&rd->jw, "actor", &q, 3);
		kv_instant(&rd->jw, "decided_at", &q, 4);
		kv_text(&rd->jw, "due_on", &q, 5);
		kv_text(&rd->jw, "correct_by_on", &q, 6);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_rulings(struct reader *rd, int64_t obligation_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_OBLIGATION, sql, RULINGS);
	query_int(&q, 1, obligation_key);
	jw_key(&rd->jw, "rulings");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		kv_text(&rd->jw, "kind", &q, 0);
		kv_text(&rd->jw, "reason", &q, 1);
		kv_text(&rd->jw, "approver", &q, 2);
		kv_text(&rd->jw, "old_due_on", &q, 3);
		kv_text(&rd->jw, "new_due_on", &q, 4);
		kv_text(&rd->jw, "expires_on", &q, 5);
		kv_instant(&rd->jw, "made_at", &q, 6);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_cancellation(struct reader *rd, int64_t obligation_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_OBLIGATION, sql, CANCELLED);
	struct jr_doc *doc = NULL;
	query_int(&q, 1, obligation_key);
	jw_key(&rd->jw, "cancellation");
	bool found = query_row(&q);
	const char *data = found ? query_col_text(&q, 1) : "";
	if (found && jr_read(data, strlen(data), &doc, NULL) == FAULT_NONE) {
		jw_object(&rd->jw);
		jw_kv_str(&rd->jw, "reason", jr_string(jr_member(jr_root(doc), "reason")));
		jw_kv_str(&rd->jw, "actor", jr_string(jr_member(jr_root(doc), "actor")));
		kv_instant(&rd->jw, "at", &q, 0);
		jw_object_end(&rd->jw);
	} else {
		jw_null(&rd->jw);
	}
	jr_free(doc);
	reader_fault(rd, query_end(&q, rd->problem));
}

enum fault read_obligation(struct store *store, const struct read_args *args, struct buf *out,
			   struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_OBLIGATION, sql, ONE);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found) {
		jw_object(&rd.jw);
		ob_members(&rd, &q, NULL);
		next_steps_members(&rd, &q);
	}
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no obligation ob_%lld",
				   (long long)args->key);
	if (rd.fault != FAULT_NONE)
		return rd.fault;
	jw_key(&rd.jw, "submissions");
	submissions_array(&rd, args->key);
	write_reviews(&rd, args->key);
	write_rulings(&rd, args->key);
	write_cancellation(&rd, args->key);
	write_occasions(&rd, args->key);
	jw_object_end(&rd.jw);
	return rd.fault;
}

/* ---- submissions ---- */

void submission_write(struct jw *jw, const struct submission_shown *shown)
{
	jw_object(jw);
	jw_kv_id(jw, "id", WIRE_ID_SUBMISSION, shown->key);
	jw_kv_id(jw, "obligation", WIRE_ID_OBLIGATION, shown->obligation_key);
	jw_kv_int(jw, "version", shown->version);
	jw_kv_at(jw, "filed_at", shown->filed_at);
	jw_kv_bool(jw, "late", shown->late);
	jw_kv_str(jw, "author", shown->author);
	jw_kv_str(jw, "receipt", shown->receipt);
	jw_kv_str(jw, "summary", shown->summary);
	jw_key(jw, "content");
	jw_raw(jw, shown->content, shown->content_len);
	jw_object_end(jw);
}

static void submission_row(struct reader *rd, const struct query *q)
{
	submission_write(&rd->jw,
			 &(struct submission_shown){ .key = query_col_int(q, 0),
						     .obligation_key = query_col_int(q, 1),
						     .version = query_col_int(q, 2),
						     .filed_at = query_col_int(q, 3),
						     .late = query_col_int(q, 4) != 0,
						     .author = query_col_text(q, 5),
						     .receipt = query_col_text(q, 6),
						     .summary = query_col_text(q, 7),
						     .content = query_col_text(q, 8),
						     .content_len = query_col_bytes(q, 8) });
}

void submissions_array(struct reader *rd, int64_t obligation_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_OBLIGATION, sql, FILED_HERE);
	query_int(&q, 1, obligation_key);
	jw_array(&rd->jw);
	while (query_row(&q))
		submission_row(rd, &q);
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

enum fault read_submissions(struct store *store, const struct read_args *args, struct buf *out,
			    struct problem *problem)
{
	unsigned id = args->filter[READ_OBLIGATION].set ? FILED_BY_OBLIGATION
		      : args->filter[READ_UNIT].set     ? FILED_BY_UNIT
							: FILED;
	struct list list = {
		.table = TABLE_READ_OBLIGATION,
		.sql = sql,
		.id = id,
		.cursor = { 0 },
		.n_cursor = 1,
		.filters = { READ_OBLIGATION, READ_UNIT },
		.n_filters = 2,
		.row = submission_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

enum fault read_submission(struct store *store, const struct read_args *args, struct buf *out,
			   struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_OBLIGATION, sql, FILED_ONE);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found)
		submission_row(&rd, &q);
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no submission sb_%lld",
				   (long long)args->key);
	return rd.fault;
}
