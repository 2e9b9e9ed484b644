/*
 * Silence rows. They are held against the nominal instant of a step and not against the time of deciding: a silence that
 * ended while the daemon was down covers what it covered. One that is in force covers what was missed before it, too:
 * who asks for quiet gets it. One that is over says nothing about what was due before anybody had asked for it.
 */
#include "store/silence.h"

#include "jiebang/text.h"
#include "store/query.h"

enum { PROGRAMME, TRACK, TASK, UNIT, RECOMMENDER, ADD, GET, END, MATCH, QUIET_SET, QUIET_MATCH };

static const char *const sql[] = {
	[PROGRAMME] = "SELECT 1 FROM programme WHERE id = $1",
	[TRACK] = "SELECT 1 FROM track WHERE id = $1 LIMIT 1",
	[TASK] = "SELECT 1 FROM task WHERE id = $1 LIMIT 1",
	[UNIT] = "SELECT 1 FROM unit WHERE unit_key = $1",
	[RECOMMENDER] = "SELECT 1 FROM unit WHERE recommender = $1 LIMIT 1",
	[ADD] = "INSERT INTO silence (programme, track, task, unit_key, recommender, recipient, "
		"kind, author, reason, created_at, expires_at, until_at) VALUES ($1, $2, $3, $4, "
		"$5, $6, $7, $8, $9, $10, $11, $11)",
	[GET] = "SELECT expires_at FROM silence WHERE silence_key = $1",
	[END] = "UPDATE silence SET expires_at = $2, ended_by = $3 WHERE silence_key = $1",
	/* The one made first; + 0, since min() of the key itself would walk the key, past all that are over. */
	[MATCH] =
		"SELECT min(s.silence_key + 0) FROM silence AS s JOIN unit AS u ON u.unit_key = $1 "
		"JOIN task AS t ON t.task_key = u.task_key "
		"JOIN programme AS p ON p.programme_key = u.programme_key "
		"WHERE s.expires_at > $2 AND (s.created_at <= $2 OR s.expires_at > $5) "
		"AND (s.programme IS NULL OR s.programme = p.id) "
		"AND (s.track IS NULL OR s.track = t.track_id) "
		"AND (s.task IS NULL OR s.task = t.id) "
		"AND (s.unit_key IS NULL OR s.unit_key = u.unit_key) "
		"AND (s.recommender IS NULL OR s.recommender = u.recommender) "
		"AND (s.recipient IS NULL OR s.recipient = $3) "
		"AND (s.kind IS NULL OR s.kind = $4)",
	[QUIET_SET] = "INSERT INTO quiet (obligation_key, revision, kind, actor, note, made_at, "
		      "until_at, of_review) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT "
		      "(obligation_key) DO UPDATE SET revision = $2, kind = $3, actor = $4, note = "
		      "$5, made_at = $6, until_at = $7, of_review = $8",
	[QUIET_MATCH] = ("SELECT kind, until_at FROM quiet WHERE obligation_key = $1 AND revision "
			 "= $2 AND of_review = $4 AND until_at > $3"),
};

static enum fault known(struct store *store, unsigned id, const char *member, const char *value,
			struct problem *problem)
{
	if (!value[0])
		return FAULT_NONE;
	struct query q = query_begin(store, TABLE_SILENCE, sql, id);
	query_text(&q, 1, value);
	bool found = query_row(&q);
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE || found)
		return fault;
	problem_set(problem, FAULT_UNPROCESSED, "there is no %s \"%.200s\"", member, value);
	if (problem) {
		problem->pointer[0] = '/';
		(void)text_copy(problem->pointer + 1, sizeof(problem->pointer) - 1, member);
	}
	return FAULT_UNPROCESSED;
}

static enum fault unit_known(struct store *store, int64_t unit_key, struct problem *problem)
{
	if (!unit_key)
		return FAULT_NONE;
	struct query q = query_begin(store, TABLE_SILENCE, sql, UNIT);
	query_int(&q, 1, unit_key);
	bool found = query_row(&q);
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE || found)
		return fault;
	problem_set(problem, FAULT_UNPROCESSED, "there is no unit un_%lld", (long long)unit_key);
	if (problem)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), "/unit");
	return FAULT_UNPROCESSED;
}

static void text_or_null(struct query *q, int n, const char *value)
{
	query_text(q, n, value[0] ? value : NULL);
}

enum fault silence_add(struct store *store, const struct silence_new *silence, int64_t now_at,
		       int64_t *key, struct problem *problem)
{
	const struct {
		unsigned id;
		const char *member, *value;
	} matchers[] = {
		{ PROGRAMME, "programme", silence->programme },
		{ TRACK, "track", silence->track },
		{ TASK, "task", silence->task },
		{ RECOMMENDER, "recommender", silence->recommender },
	};
	enum fault fault = unit_known(store, silence->unit_key, problem);
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(matchers) / sizeof(matchers[0]); i++)
		fault = known(store, matchers[i].id, matchers[i].member, matchers[i].value,
			      problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_SILENCE, sql, ADD);
	text_or_null(&q, 1, silence->programme);
	text_or_null(&q, 2, silence->track);
	text_or_null(&q, 3, silence->task);
	if (silence->unit_key)
		query_int(&q, 4, silence->unit_key);
	text_or_null(&q, 5, silence->recommender);
	text_or_null(&q, 6, silence->recipient);
	text_or_null(&q, 7, silence->kind);
	query_text(&q, 8, silence->author);
	query_text(&q, 9, silence->reason);
	query_int(&q, 10, now_at);
	query_int(&q, 11, silence->expires_at);
	fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault silence_end(struct store *store, int64_t key, const char *actor, int64_t now_at,
		       struct problem *problem)
{
	struct query get = query_begin(store, TABLE_SILENCE, sql, GET);
	query_int(&get, 1, key);
	bool found = query_row(&get);
	int64_t expires_at = found ? query_col_int(&get, 0) : 0;
	enum fault fault = query_end(&get, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no silence si_%lld",
				   (long long)key);
	if (fault == FAULT_NONE && expires_at <= now_at)
		return problem_set(problem, FAULT_REFUSED, "si_%lld is over already",
				   (long long)key);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_SILENCE, sql, END);
	query_int(&q, 1, key);
	query_int(&q, 2, now_at);
	query_text(&q, 3, actor);
	return query_run(&q, problem);
}

static enum fault silence_match(struct store *store, const struct hush_step *step, int64_t *key,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SILENCE, sql, MATCH);
	query_int(&q, 1, step->unit_key);
	query_int(&q, 2, step->at);
	query_text(&q, 3, step->recipient);
	query_text(&q, 4, step->kind);
	query_int(&q, 5, step->decided_at);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

static enum fault silence_until(struct store *store, int64_t key, int64_t *until_at,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SILENCE, sql, GET);
	query_int(&q, 1, key);
	*until_at = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

static enum fault quiet_match(struct store *store, const struct hush_step *step, struct hush *out,
			      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SILENCE, sql, QUIET_MATCH);
	query_int(&q, 1, step->obligation_key);
	query_int(&q, 2, step->revision);
	query_int(&q, 3, step->at);
	query_int(&q, 4, step->of_review);
	if (query_row(&q)) {
		(void)text_copy(out->reason, sizeof(out->reason), query_col_text(&q, 0));
		out->until_at = query_col_int(&q, 1);
	}
	return query_end(&q, problem);
}

enum fault hush_find(struct store *store, const struct hush_step *step, struct hush *out,
		     struct problem *problem)
{
	*out = (struct hush){ .silence_key = 0 };
	enum fault fault = silence_match(store, step, &out->silence_key, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!out->silence_key)
		return step->escalation ? FAULT_NONE : quiet_match(store, step, out, problem);
	(void)text_copy(out->reason, sizeof(out->reason), "silence");
	return silence_until(store, out->silence_key, &out->until_at, problem);
}

enum fault quiet_set(struct store *store, const struct quiet_new *quiet, int64_t now_at,
		     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_SILENCE, sql, QUIET_SET);
	query_int(&q, 1, quiet->obligation_key);
	query_int(&q, 2, quiet->revision);
	query_text(&q, 3, quiet->kind);
	query_text(&q, 4, quiet->actor);
	query_text(&q, 5, quiet->note);
	query_int(&q, 6, now_at);
	query_int(&q, 7, quiet->until_at);
	query_int(&q, 8, quiet->of_review);
	return query_run(&q, problem);
}
