/*
 * Obligation rows. The agenda row and obligation.next_step_at move together, here and nowhere else.
 */
#include "store/obligation.h"

#include "jiebang/buf.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"

#include <string.h>

enum {
	GET,
	SET_STATE,
	AGENDA_DELETE,
	AGENDA_ADD,
	SET_NEXT,
	AGENDA_DUE,
	AGENDA_SHIFT,
	AGENDA_SWEEP,
	AGENDA_NEXT,
	OCCASION_ADD,
	OCCASION_SET,
	OCCASION_KNOWN,
	ESCALATED,
	CLOSE,
	SUBMISSION_ADD,
	SUBMISSION_VERSION,
	REVIEW_ADD,
	LADDER,
	RULE_BODY,
	REPLAN_NEXT,
	SET_DATES
};

static const char *const sql[] = {
	[GET] = "SELECT o.obligation_key, o.unit_key, o.rule_key, u.programme_key, o.n, "
		"o.opens_on, o.due_on, o.due_at, "
		"o.state, o.revision, o.next_step_at, u.state, r.kind, r.satisfied_by, b.uid, "
		"r.id, u.recommender, o.submitted_at "
		"FROM obligation AS o JOIN unit AS u ON u.unit_key = o.unit_key JOIN rule AS r ON "
		"r.rule_key = o.rule_key "
		"JOIN batch AS b ON b.batch_key = u.batch_key WHERE o.obligation_key = $1",
	[SET_STATE] =
		"UPDATE obligation SET state = $2, submitted_at = coalesce($3, submitted_at), "
		"accepted_at = coalesce($4, accepted_at), next_step_at = CASE WHEN $5 = 1 THEN "
		"next_step_at END WHERE obligation_key = $1",
	[AGENDA_DELETE] = "DELETE FROM agenda WHERE at = $1 AND obligation_key = $2",
	[AGENDA_ADD] = "INSERT INTO agenda (at, obligation_key) VALUES ($1, $2)",
	[SET_NEXT] = "UPDATE obligation SET next_step_at = $2 WHERE obligation_key = $1",
	[AGENDA_DUE] = "SELECT obligation_key FROM agenda WHERE at <= $1 ORDER BY at, "
		       "obligation_key LIMIT $2",
	[AGENDA_SWEEP] = "DELETE FROM agenda WHERE obligation_key = $1",
	[AGENDA_SHIFT] = "UPDATE agenda SET at = $2 WHERE obligation_key = $1",
	[AGENDA_NEXT] = "SELECT at FROM agenda ORDER BY at LIMIT 1",
	[OCCASION_ADD] = "INSERT INTO occasion (obligation_key, revision, step, nominal_at, "
			 "outcome, reason, decided_at) "
			 "VALUES ($1, $2, $3, $4, $5, $6, $7)",
	/* Of several endpoints one may have got it, or still get it: then it was sent, whatever becomes of the others. */
	[OCCASION_SET] = "UPDATE occasion SET outcome = $4, reason = $5 WHERE obligation_key = $1 "
			 "AND revision = $2 AND step = $3 AND ($4 = 'sent' OR NOT EXISTS (SELECT 1 "
			 "FROM message AS m JOIN delivery AS d ON d.message_key = m.message_key "
			 "WHERE m.obligation_key = $1 AND m.revision = $2 AND m.step = $3 AND "
			 "d.state IN ('due', 'sending', 'delivered')))",
	[OCCASION_KNOWN] = "SELECT 1 FROM occasion WHERE obligation_key = $1 AND revision = $2 AND "
			   "step = $3",
	/* The steps of escalations are "recommender+3w"; those that came to nothing have chased nobody. */
	[ESCALATED] = "SELECT step FROM occasion WHERE obligation_key = $1 AND closed_at IS NULL "
		      "AND outcome = 'sent' AND step LIKE '%+%'",
	[CLOSE] = "UPDATE occasion SET closed_at = $2 WHERE obligation_key = $1 AND closed_at IS "
		  "NULL AND outcome = 'sent' AND step LIKE '%+%'",
	[SUBMISSION_VERSION] =
		"SELECT coalesce(max(version), 0) FROM submission WHERE obligation_key = $1",
	[SUBMISSION_ADD] = "INSERT INTO submission (obligation_key, version, filed_at, late, "
			   "author, receipt, summary, "
			   "content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	[REVIEW_ADD] =
		"INSERT INTO review (submission_key, decision, comment, actor, decided_at) "
		"SELECT submission_key, $2, $3, $4, $5 FROM submission WHERE obligation_key = $1 "
		"ORDER BY version DESC LIMIT 1",
	[LADDER] = "SELECT ladder FROM rule WHERE rule_key = $1",
	[RULE_BODY] = "SELECT body FROM rule WHERE rule_key = $1",
	[REPLAN_NEXT] =
		"SELECT o.obligation_key, o.rule_key, u.anchor_on, o.last_day_on, o.due_on, "
		"o.provisional FROM obligation AS o JOIN unit AS u ON u.unit_key = o.unit_key "
		"WHERE o.obligation_key > $1 AND (o.state = 'scheduled' OR o.state = 'open' OR "
		"o.state = 'returned') "
		"ORDER BY o.obligation_key LIMIT 1",
	[SET_DATES] = "UPDATE obligation SET opens_on = $2, last_day_on = $3, due_on = $4, due_at "
		      "= $5, provisional = $6, "
		      "revision = revision + $7 WHERE obligation_key = $1",
};

static int32_t col_day(const struct query *q, int column)
{
	int32_t day = 0;
	INVARIANT(civil_parse(query_col_text(q, column), &day));
	return day;
}

static void read_row(const struct query *q, struct obligation_row *out)
{
	out->key = query_col_int(q, 0);
	out->unit_key = query_col_int(q, 1);
	out->rule_key = query_col_int(q, 2);
	out->programme_key = query_col_int(q, 3);
	out->n = (int)query_col_int(q, 4);
	out->opens_on = col_day(q, 5);
	out->due_on = col_day(q, 6);
	out->due_at = query_col_int(q, 7);
	INVARIANT(obligation_state_parse(query_col_text(q, 8), &out->state));
	out->revision = query_col_int(q, 9);
	out->next_step_at = query_col_int(q, 10);
	out->next_cleared = out->next_step_at == 0;
	out->ever_submitted = !query_col_null(q, 17);
	INVARIANT(unit_state_parse(query_col_text(q, 11), &out->unit_state));
	INVARIANT(obligation_kind_parse(query_col_text(q, 12), &out->kind));
	out->satisfied_by_acceptance = strcmp(query_col_text(q, 13), "acceptance") == 0;
	memcpy(out->batch_uid, query_col_blob(q, 14), sizeof(out->batch_uid));
	text_copy(out->rule_id, sizeof(out->rule_id), query_col_text(q, 15));
	text_copy(out->recommender, sizeof(out->recommender), query_col_text(q, 16));
}

enum fault obligation_get(struct store *store, int64_t key, struct obligation_row *out,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, GET);
	query_int(&q, 1, key);
	out->key = 0;
	if (query_row(&q))
		read_row(&q, out);
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no obligation ob_%lld",
				   (long long)key);
	return fault;
}

enum fault obligation_set_state(struct store *store, struct obligation_row *row,
				enum obligation_state state, int64_t submitted_at,
				int64_t accepted_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SET_STATE);
	query_int(&q, 1, row->key);
	query_text(&q, 2, obligation_state_name(state));
	if (submitted_at)
		query_int(&q, 3, submitted_at);
	if (accepted_at)
		query_int(&q, 4, accepted_at);
	query_int(&q, 5, obligation_is_owed(state));
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	row->state = state;
	row->next_cleared |= !obligation_is_owed(state);
	return FAULT_NONE;
}

static enum fault run_pair(struct store *store, unsigned id, int64_t a, int64_t b,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, id);
	query_int(&q, 1, a);
	if (b)
		query_int(&q, 2, b);
	return query_run(&q, problem);
}

enum fault agenda_move(struct store *store, struct obligation_row *row, int64_t next_at,
		       struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	if (row->next_step_at == next_at)
		return fault;
	if (row->next_step_at)
		fault = run_pair(store, AGENDA_DELETE, row->next_step_at, row->key, problem);
	/* One that was put aside stands elsewhere. */
	if (fault == FAULT_NONE && row->next_step_at && query_changed(store) == 0)
		fault = run_pair(store, AGENDA_SWEEP, row->key, 0, problem);
	if (fault == FAULT_NONE && next_at)
		fault = run_pair(store, AGENDA_ADD, next_at, row->key, problem);
	if (fault == FAULT_NONE && (next_at || !row->next_cleared))
		fault = run_pair(store, SET_NEXT, row->key, next_at, problem);
	if (fault != FAULT_NONE)
		return fault;
	row->next_step_at = next_at;
	row->next_cleared = next_at == 0;
	return FAULT_NONE;
}

enum fault agenda_due(struct store *store, int64_t now_at, int64_t *keys, size_t max, size_t *n,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, AGENDA_DUE);
	query_int(&q, 1, now_at);
	query_int(&q, 2, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		keys[(*n)++] = query_col_int(&q, 0);
	return query_end(&q, problem);
}

enum fault agenda_put_aside(struct store *store, int64_t key, int64_t next_at,
			    struct problem *problem)
{
	return run_pair(store, AGENDA_SHIFT, key, next_at, problem);
}

enum fault agenda_next(struct store *store, int64_t *next_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, AGENDA_NEXT);
	*next_at = query_row(&q) ? query_col_int(&q, 0) : INT64_MAX;
	return query_end(&q, problem);
}

enum fault occasion_add(struct store *store, const struct occasion_row *row, int64_t now_at,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, OCCASION_ADD);
	query_int(&q, 1, row->obligation_key);
	query_int(&q, 2, row->revision);
	query_text(&q, 3, row->step);
	query_int(&q, 4, row->nominal_at);
	query_text(&q, 5, row->outcome);
	query_text(&q, 6, row->reason);
	query_int(&q, 7, now_at);
	return query_run(&q, problem);
}

enum fault occasion_known(struct store *store, int64_t obligation_key, int64_t revision,
			  const char *step, bool *known, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, OCCASION_KNOWN);
	query_int(&q, 1, obligation_key);
	query_int(&q, 2, revision);
	query_text(&q, 3, step);
	*known = query_row(&q);
	return query_end(&q, problem);
}

/* "recommender+3w" and "review-office+2w" speak to the recommender and to the office. */
static bool step_recipient(const char *step, enum recipient *out)
{
	static const char review[] = "review-";
	char word[32];
	if (strncmp(step, review, sizeof(review) - 1) == 0)
		step += sizeof(review) - 1;
	return text_copy_n(word, sizeof(word), step, strcspn(step, "+")) &&
	       recipient_parse(word, out);
}

enum fault escalations_close(struct store *store, int64_t obligation_key, int64_t now_at,
			     bool told[RECIPIENT_COUNT], struct problem *problem)
{
	for (size_t i = 0; i < RECIPIENT_COUNT; i++)
		told[i] = false;
	enum recipient to;
	bool any = false;
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, ESCALATED);
	query_int(&q, 1, obligation_key);
	while (query_row(&q))
		if (step_recipient(query_col_text(&q, 0), &to))
			any = told[to] = true;
	enum fault fault = query_end(&q, problem);
	return fault == FAULT_NONE && any ? run_pair(store, CLOSE, obligation_key, now_at, problem)
					  : fault;
}

enum fault occasion_set(struct store *store, int64_t obligation_key, int64_t revision,
			const char *step, const char *outcome, const char *reason,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, OCCASION_SET);
	query_int(&q, 1, obligation_key);
	query_int(&q, 2, revision);
	query_text(&q, 3, step);
	query_text(&q, 4, outcome);
	query_text(&q, 5, reason);
	return query_run(&q, problem);
}

static enum fault next_version(struct store *store, int64_t obligation_key, int64_t *version,
			       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SUBMISSION_VERSION);
	query_int(&q, 1, obligation_key);
	*version = query_row(&q) ? query_col_int(&q, 0) + 1 : 1;
	return query_end(&q, problem);
}

enum fault submission_add(struct store *store, const struct submission_new *submission,
			  int64_t now_at, int64_t *key, int64_t *version, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	*version = 1;
	if (!submission->first)
		fault = next_version(store, submission->obligation_key, version, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SUBMISSION_ADD);
	query_int(&q, 1, submission->obligation_key);
	query_int(&q, 2, *version);
	query_int(&q, 3, now_at);
	query_int(&q, 4, submission->late);
	query_text(&q, 5, submission->author);
	query_text(&q, 6, submission->receipt);
	query_text(&q, 7, submission->summary);
	query_text(&q, 8, submission->content);
	fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault review_add(struct store *store, int64_t obligation_key, const char *decision,
		      const char *comment, const char *actor, int64_t now_at,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, REVIEW_ADD);
	query_int(&q, 1, obligation_key);
	query_text(&q, 2, decision);
	query_text(&q, 3, comment);
	query_text(&q, 4, actor);
	query_int(&q, 5, now_at);
	return query_run(&q, problem);
}

static enum fault rule_text(struct store *store, unsigned id, int64_t rule_key, struct buf *out,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, id);
	query_int(&q, 1, rule_key);
	if (query_row(&q))
		buf_add(out, query_col_text(&q, 0), query_col_bytes(&q, 0));
	return query_end(&q, problem);
}

enum fault rule_ladder(struct store *store, int64_t rule_key, struct buf *out,
		       struct problem *problem)
{
	return rule_text(store, LADDER, rule_key, out, problem);
}

enum fault rule_body(struct store *store, int64_t rule_key, struct buf *out,
		     struct problem *problem)
{
	return rule_text(store, RULE_BODY, rule_key, out, problem);
}

enum fault replan_next(struct store *store, int64_t after_key, struct replan_row *out, bool *found,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, REPLAN_NEXT);
	query_int(&q, 1, after_key);
	*found = query_row(&q);
	if (*found) {
		out->key = query_col_int(&q, 0);
		out->rule_key = query_col_int(&q, 1);
		out->anchor_on = col_day(&q, 2);
		out->last_day_on = col_day(&q, 3);
		out->due_on = col_day(&q, 4);
		out->provisional = query_col_int(&q, 5) != 0;
	}
	return query_end(&q, problem);
}

enum fault obligation_set_dates(struct store *store, int64_t key,
				const struct obligation_dates *dates, struct problem *problem)
{
	char opens_on[CIVIL_DATE_BYTES], last_day_on[CIVIL_DATE_BYTES], due_on[CIVIL_DATE_BYTES];
	civil_write(dates->opens_on, opens_on);
	civil_write(dates->last_day_on, last_day_on);
	civil_write(dates->due_on, due_on);
	struct query q = query_begin(store, TABLE_OBLIGATION, sql, SET_DATES);
	query_int(&q, 1, key);
	query_text(&q, 2, opens_on);
	query_text(&q, 3, last_day_on);
	query_text(&q, 4, due_on);
	query_int(&q, 5, civil_end_at(dates->due_on));
	query_int(&q, 6, dates->provisional);
	query_int(&q, 7, dates->moved);
	return query_run(&q, problem);
}
