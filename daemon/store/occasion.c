/*
 * What became of an obligation: the steps that were decided, what was filed, and the verdicts on it. Rows are added, and
 * of them only how an occasion ended is ever written again.
 */
#include "store/occasion.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/query.h"

#include <string.h>

enum {
	OCCASION_ADD,
	OCCASION_SET,
	OCCASION_KNOWN,
	ESCALATED,
	CLOSE,
	SUBMISSION_ADD,
	SUBMISSION_VERSION,
	REVIEW_ADD
};

static const char *const sql[] = {
	[OCCASION_ADD] = "INSERT INTO occasion (obligation_key, revision, step, nominal_at, "
			 "outcome, reason, decided_at, silence_key) "
			 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
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
	[REVIEW_ADD] = "INSERT INTO review (submission_key, decision, comment, actor, decided_at, "
		       "due_on, correct_by_on) "
		       "SELECT submission_key, $2, $3, $4, $5, $6, $7 FROM submission "
		       "WHERE obligation_key = $1 ORDER BY version DESC LIMIT 1",
};

/* 0 is none: NULL. */
static void bind_day(struct query *q, int n, int32_t day, char text[CIVIL_DATE_BYTES])
{
	if (day == 0)
		return;
	civil_write(day, text);
	query_text(q, n, text);
}

static enum fault close_all(struct store *store, int64_t obligation_key, int64_t now_at,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OCCASION, sql, CLOSE);
	query_int(&q, 1, obligation_key);
	query_int(&q, 2, now_at);
	return query_run(&q, problem);
}

enum fault occasion_add(struct store *store, const struct occasion_row *row, int64_t now_at,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OCCASION, sql, OCCASION_ADD);
	query_int(&q, 1, row->obligation_key);
	query_int(&q, 2, row->revision);
	query_text(&q, 3, row->step);
	query_int(&q, 4, row->nominal_at);
	query_text(&q, 5, row->outcome);
	query_text(&q, 6, row->reason);
	query_int(&q, 7, now_at);
	if (row->silence_key)
		query_int(&q, 8, row->silence_key);
	return query_run(&q, problem);
}

enum fault occasion_known(struct store *store, int64_t obligation_key, int64_t revision,
			  const char *step, bool *known, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OCCASION, sql, OCCASION_KNOWN);
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
	struct query q = query_begin(store, TABLE_OCCASION, sql, ESCALATED);
	query_int(&q, 1, obligation_key);
	while (query_row(&q))
		if (step_recipient(query_col_text(&q, 0), &to))
			any = told[to] = true;
	enum fault fault = query_end(&q, problem);
	return fault == FAULT_NONE && any ? close_all(store, obligation_key, now_at, problem)
					  : fault;
}

enum fault occasion_set(struct store *store, int64_t obligation_key, int64_t revision,
			const char *step, const char *outcome, const char *reason,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OCCASION, sql, OCCASION_SET);
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
	struct query q = query_begin(store, TABLE_OCCASION, sql, SUBMISSION_VERSION);
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
	struct query q = query_begin(store, TABLE_OCCASION, sql, SUBMISSION_ADD);
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

enum fault review_add(struct store *store, int64_t obligation_key, const struct review_new *verdict,
		      int64_t now_at, struct problem *problem)
{
	char due_on[CIVIL_DATE_BYTES], correct_by_on[CIVIL_DATE_BYTES];
	struct query q = query_begin(store, TABLE_OCCASION, sql, REVIEW_ADD);
	query_int(&q, 1, obligation_key);
	query_text(&q, 2, verdict->decision);
	query_text(&q, 3, verdict->comment);
	query_text(&q, 4, verdict->actor);
	query_int(&q, 5, now_at);
	bind_day(&q, 6, verdict->due_on, due_on);
	bind_day(&q, 7, verdict->correct_by_on, correct_by_on);
	return query_run(&q, problem);
}
