/*
 * The names behind keys, for messages that are written when they are made and not when they are claimed.
 */
#include "store/about.h"

#include "jiebang/wire.h"

#include <inttypes.h>
#include <string.h>

enum { ABOUT, BATCH_UID, OBLIGATION_UNIT, UNIT };

static const char *const sql[] = {
	[ABOUT] = "SELECT p.id, p.name_zh, p.name_en, u.lead, u.project, u.recommender, t.id, "
		  "t.name, r.id, r.kind, r.name_zh, r.name_en, o.due_on, "
		  "o.n, o.due_at, o.provisional, o.revision "
		  "FROM programme AS p LEFT JOIN unit AS u ON u.unit_key = $2 "
		  "LEFT JOIN task AS t ON t.task_key = u.task_key "
		  "LEFT JOIN obligation AS o ON o.obligation_key = $3 "
		  "LEFT JOIN rule AS r ON r.rule_key = o.rule_key "
		  "WHERE p.programme_key = coalesce(u.programme_key, $1)",
	[BATCH_UID] = "SELECT b.uid FROM unit AS u JOIN batch AS b ON b.batch_key = u.batch_key "
		      "WHERE u.unit_key = $1",
	[OBLIGATION_UNIT] = "SELECT unit_key FROM obligation "
			    "WHERE obligation_key = $1",
	[UNIT] = "SELECT unit_key FROM unit "
		 "WHERE unit_key = $1",
};

static enum fault missing(enum fault fault, struct problem *problem)
{
	return fault != FAULT_NONE ? fault
				   : problem_set(problem, FAULT_NOT_FOUND,
						 "there is nothing to speak of under this key");
}

enum fault about_begin(struct store *store, const struct about_keys *keys,
		       struct message_context *out, struct problem *problem)
{
	*out = (struct message_context){ .obligation_key = keys->obligation_key,
					 .unit_key = keys->unit_key,
					 .id = "",
					 .type = "",
					 .step = "",
					 .steps = "",
					 .url = "" };
	out->query = query_begin(store, TABLE_ABOUT, sql, ABOUT);
	struct query *q = &out->query;
	query_int(q, 1, keys->programme_key);
	query_int(q, 2, keys->unit_key);
	query_int(q, 3, keys->obligation_key);
	if (!query_row(q))
		return missing(query_end(q, problem), problem);
	const char **const texts[] = {
		&out->programme_id, &out->programme_name_zh, &out->programme_name_en,
		&out->lead,         &out->project,           &out->recommender,
		&out->task_id,      &out->task_name,         &out->rule_id,
		&out->kind,         &out->rule_name_zh,      &out->rule_name_en,
		&out->due_on
	};
	const int n = sizeof(texts) / sizeof(texts[0]);
	for (int i = 0; i < n; i++)
		*texts[i] = query_col_text(q, i);
	out->n = (int)query_col_int(q, n);
	out->due_at = query_col_int(q, n + 1);
	out->provisional = query_col_int(q, n + 2) != 0;
	out->revision = query_col_int(q, n + 3);
	return FAULT_NONE;
}

void about_end(struct message_context *context)
{
	(void)query_end(&context->query, NULL);
}

static enum fault find(struct store *store, unsigned id, int64_t key, int64_t *unit_key,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ABOUT, sql, id);
	query_int(&q, 1, key);
	*unit_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault about_obligation_find(struct store *store, int64_t obligation_key,
				 struct about_keys *out, struct problem *problem)
{
	*out = (struct about_keys){ .obligation_key = obligation_key };
	enum fault fault = find(store, OBLIGATION_UNIT, obligation_key, &out->unit_key, problem);
	if (fault == FAULT_NONE && out->unit_key == 0)
		return problem_set(problem, FAULT_NOT_FOUND,
				   "there is no obligation " WIRE_ID_OBLIGATION "_%" PRId64,
				   obligation_key);
	return fault;
}

enum fault about_unit_find(struct store *store, int64_t unit_key, struct about_keys *out,
			   struct problem *problem)
{
	*out = (struct about_keys){ .unit_key = 0 };
	enum fault fault = find(store, UNIT, unit_key, &out->unit_key, problem);
	if (fault == FAULT_NONE && out->unit_key == 0)
		return problem_set(problem, FAULT_NOT_FOUND,
				   "there is no unit " WIRE_ID_UNIT "_%" PRId64, unit_key);
	return fault;
}

enum fault unit_batch_uid(struct store *store, int64_t unit_key, uint8_t uid[16],
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_ABOUT, sql, BATCH_UID);
	query_int(&q, 1, unit_key);
	bool found = query_row(&q);
	if (found)
		memcpy(uid, query_col_blob(&q, 0), 16);
	enum fault fault = query_end(&q, problem);
	return found ? fault : missing(fault, problem);
}
