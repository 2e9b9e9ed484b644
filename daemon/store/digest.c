/*
 * Digest rows. An item is its occasion's way to a message: while it waits or is part of a digest, the occasion's
 * outcome follows the digest's deliveries; once it is dropped, the occasion is cancelled unless somebody was told.
 */
#include "store/digest.h"

#include "jiebang/text.h"

#include <string.h>

enum {
	DIGESTS,
	ITEM_ADD,
	WAIT_ADD,
	WAIT_DUE,
	WAIT_NEXT,
	WAIT_END,
	WAIT_UNTIL,
	WAITING,
	LONE,
	ITEM_DELETE,
	PART,
	ADD,
	TAKE,
	OUTCOME,
	NOBODYS,
	ANY_OF,
	UNTOLD,
	DROP,
	DROP_OCCASIONS,
	EMPTY_MESSAGES,
	WAITING_SINCE,
	COUNTS,
	ROWS
};

/* Whether item `i` is none that the endpoint of this message wants to hear of. */
#define FILTERED_BY(message)                                                                       \
	"EXISTS (SELECT 1 FROM digest_untold AS x WHERE x.message_key = " message                  \
	" AND x.item_key = i.item_key AND x.filtered = 1)"

/* Whether some endpoint was told of the items of digest `i.digest_key`, or may have been. */
#define TOLD                                                                                       \
	"EXISTS (SELECT 1 FROM message AS m JOIN delivery AS d ON d.message_key = m.message_key "  \
	"WHERE m.digest_key = i.digest_key AND (d.attempts > 0 OR d.state = 'sending' OR d.state " \
	"= 'delivered') AND NOT " FILTERED_BY("m.message_key") ")"

/* Whether item `i` is none that this message speaks of: its endpoint did not want it, or it was dropped before. */
#define UNTOLD_BY(message)                                                                         \
	"EXISTS (SELECT 1 FROM digest_untold AS x WHERE x.message_key = " message                  \
	" AND x.item_key = i.item_key)"

static const char *const sql[] = {
	[DIGESTS] = "SELECT digests FROM programme WHERE programme_key = $1",
	[ITEM_ADD] = "INSERT INTO digest_item (owner, type, programme_key, unit_key, "
		     "obligation_key, revision, step, steps, notice, data, nominal_at, "
		     "deadline_at, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		     "$12, $13)",
	[WAIT_ADD] = "INSERT INTO digest_wait (owner, at) VALUES ($1, 0) ON CONFLICT (owner) DO "
		     "NOTHING",
	[WAIT_DUE] = "SELECT owner FROM digest_wait WHERE at <= $1 ORDER BY at, owner LIMIT 1",
	[WAIT_NEXT] = "SELECT at FROM digest_wait ORDER BY at LIMIT 1",
	[WAIT_END] = "DELETE FROM digest_wait WHERE owner = $1",
	[WAIT_UNTIL] = "UPDATE digest_wait SET at = $2 WHERE owner = $1",
	[WAITING] = "SELECT count(*), max(nominal_at), min(deadline_at) FROM digest_item WHERE "
		    "owner = $1 AND digest_key IS NULL AND dropped IS NULL",
	[LONE] = "SELECT item_key, owner, type, programme_key, unit_key, obligation_key, revision, "
		 "step, steps, notice, data, nominal_at, deadline_at, made_at FROM digest_item "
		 "WHERE owner = $1 AND digest_key IS NULL AND dropped IS NULL ORDER BY item_key "
		 "LIMIT 1",
	[ITEM_DELETE] = "DELETE FROM digest_item WHERE item_key = $1",
	[PART] = "SELECT coalesce(max(part), 0) + 1 FROM digest WHERE owner = $1 AND slot_at = $2",
	[ADD] = "INSERT INTO digest (owner, slot_at, part, made_at) VALUES ($1, $2, $3, $4)",
	[TAKE] = "UPDATE digest_item SET digest_key = $2 WHERE owner = $1 AND digest_key IS NULL "
		 "AND dropped IS NULL",
	/*
	 * As for a plain message: of several endpoints one may have got it, or still get it. A dropped item that
	 * was told stays so; one that was on its way to be told again is not any more.
	 */
	[OUTCOME] = "UPDATE occasion SET outcome = CASE WHEN i.dropped IS NULL THEN $2 ELSE "
		    "'cancelled' END, reason = coalesce(i.dropped, $3) FROM digest_item AS i WHERE "
		    "i.digest_key = $1 AND i.step IS NOT NULL AND NOT " FILTERED_BY(
			    "$4") " AND "
				  "(i.dropped IS NULL OR $2 <> 'sent' "
				  "OR occasion.outcome <> 'sent') AND occasion.obligation_key = "
				  "i.obligation_key AND occasion.revision = i.revision AND "
				  "occasion.step = i.step "
				  "AND ($2 = 'sent' OR NOT EXISTS (SELECT 1 FROM message AS m JOIN "
				  "delivery AS d "
				  "ON d.message_key = m.message_key WHERE m.digest_key = $1 AND "
				  "(d.state = 'due' "
				  "OR d.state = 'sending' OR d.state = 'delivered') AND "
				  "NOT " FILTERED_BY("m.message_key") "))",
	/* Nobody is told of it: each endpoint that gets the digest leaves it out. */
	[NOBODYS] =
		"UPDATE occasion SET outcome = 'suppressed', reason = 'filtered' FROM digest_item "
		"AS i WHERE i.digest_key = $1 AND i.step IS NOT NULL AND occasion.obligation_key = "
		"i.obligation_key AND occasion.revision = i.revision AND occasion.step = i.step "
		"AND NOT EXISTS (SELECT 1 FROM message AS m WHERE m.digest_key = $1 AND "
		"NOT " FILTERED_BY("m.message_key") ")",
	[ANY_OF] = "SELECT 1 FROM digest_item WHERE obligation_key = $1 AND step IS NOT NULL AND "
		   "dropped IS NULL LIMIT 1",
	[UNTOLD] = "INSERT INTO digest_untold (message_key, item_key) SELECT m.message_key, "
		   "i.item_key FROM digest_item AS i JOIN message AS m ON m.digest_key = "
		   "i.digest_key JOIN delivery AS d ON d.message_key = m.message_key WHERE "
		   "i.obligation_key = $1 AND i.step IS NOT NULL AND i.dropped IS NULL AND "
		   "d.body_key IS NULL AND NOT " UNTOLD_BY("m.message_key"),
	[DROP] = "UPDATE digest_item SET dropped = $2 WHERE obligation_key = $1 AND step IS NOT "
		 "NULL AND dropped IS NULL",
	[DROP_OCCASIONS] =
		"UPDATE occasion SET outcome = 'cancelled', reason = i.dropped FROM digest_item AS "
		"i WHERE i.obligation_key = $1 AND i.step IS NOT NULL AND i.dropped IS NOT NULL "
		"AND occasion.obligation_key = $1 AND occasion.revision = i.revision AND "
		"occasion.step = i.step AND (occasion.outcome = 'sent' OR occasion.outcome = "
		"'held') AND NOT " TOLD,
	[EMPTY_MESSAGES] =
		"SELECT DISTINCT m.message_key FROM digest_item AS i JOIN message AS m ON "
		"m.digest_key = i.digest_key JOIN delivery AS d ON d.message_key = m.message_key "
		"WHERE i.obligation_key = $1 AND (d.state = 'due' OR d.state = 'held') AND NOT "
		"EXISTS (SELECT 1 FROM digest_item AS o WHERE o.digest_key = i.digest_key AND "
		"o.dropped IS NULL AND NOT EXISTS (SELECT 1 FROM digest_untold AS x WHERE "
		"x.message_key = m.message_key AND x.item_key = o.item_key)) LIMIT $2",
	[WAITING_SINCE] =
		"SELECT min(i.nominal_at) FROM digest_item AS i WHERE i.obligation_key = $1 AND "
		"i.step IS NOT NULL AND i.dropped IS NULL AND (i.digest_key IS NULL OR EXISTS "
		"(SELECT 1 FROM message AS m JOIN delivery AS d ON d.message_key = m.message_key "
		"WHERE m.digest_key = i.digest_key AND (d.state = 'due' OR d.state = 'held' OR "
		"d.state = 'sending') AND NOT " FILTERED_BY("m.message_key") "))",
	[COUNTS] = "SELECT count(*), count(DISTINCT unit_key), sum(type LIKE '%.overdue'), "
		   "sum(type LIKE '%.due_soon'), sum(notice IS NOT NULL), (SELECT slot_at "
		   "FROM digest WHERE digest_key = $1) FROM digest_item AS i WHERE digest_key = $1 "
		   "AND "
		   "dropped IS NULL AND NOT " UNTOLD_BY("$2"),
	[ROWS] = "SELECT i.type, i.step, i.steps, p.id, p.name_zh, p.name_en, u.lead, u.project, "
		 "u.recommender, t.id, t.name, r.id, r.kind, r.name_zh, r.name_en, o.due_on, "
		 "CASE WHEN i.step LIKE 'review-%' THEN o.review_due_on END, i.data, i.unit_key, "
		 "i.obligation_key, i.revision, o.n, o.due_at, "
		 "o.provisional, i.nominal_at, i.made_at FROM digest_item AS i "
		 "JOIN programme AS p ON p.programme_key = i.programme_key "
		 "LEFT JOIN unit AS u ON u.unit_key = i.unit_key "
		 "LEFT JOIN task AS t ON t.task_key = u.task_key "
		 "LEFT JOIN obligation AS o ON o.obligation_key = i.obligation_key "
		 "LEFT JOIN rule AS r ON r.rule_key = o.rule_key "
		 "WHERE i.digest_key = $1 AND i.dropped IS NULL AND NOT " UNTOLD_BY(
			 "$2") " ORDER BY "
			       "i.deadline_at, i.item_key",
};

static bool has_word(const char *words, const char *word, size_t len)
{
	for (const char *at = words; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, word, len) == 0 && (at[len] == ' ' || at[len] == '\0'))
			return true;
	}
	return false;
}

enum fault programme_digests(struct store *store, int64_t programme_key, const char *owner,
			     bool *digests, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, DIGESTS);
	query_int(&q, 1, programme_key);
	*digests = query_row(&q) && has_word(query_col_text(&q, 0), owner, strcspn(owner, ":"));
	return query_end(&q, problem);
}

/* ---- what waits ---- */

static void int_or_null(struct query *q, int n, int64_t value)
{
	if (value)
		query_int(q, n, value);
}

enum fault digest_item_add(struct store *store, const struct digest_item *item,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, ITEM_ADD);
	query_text(&q, 1, item->owner);
	query_text(&q, 2, item->type);
	query_int(&q, 3, item->programme_key);
	int_or_null(&q, 4, item->unit_key);
	int_or_null(&q, 5, item->obligation_key);
	query_int(&q, 6, item->revision);
	query_text(&q, 7, item->step);
	query_text(&q, 8, item->steps);
	query_text(&q, 9, item->notice);
	query_text(&q, 10, item->data);
	query_int(&q, 11, item->nominal_at);
	query_int(&q, 12, item->deadline_at);
	query_int(&q, 13, item->made_at);
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query wait = query_begin(store, TABLE_DIGEST, sql, WAIT_ADD);
	query_text(&wait, 1, item->owner);
	return query_run(&wait, problem);
}

enum fault digest_wait_due(struct store *store, int64_t now_at, char *owner, size_t size,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, WAIT_DUE);
	query_int(&q, 1, now_at);
	(void)text_copy(owner, size, query_row(&q) ? query_col_text(&q, 0) : "");
	return query_end(&q, problem);
}

enum fault digest_wait_next(struct store *store, int64_t *at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, WAIT_NEXT);
	*at = query_row(&q) ? query_col_int(&q, 0) : INT64_MAX;
	return query_end(&q, problem);
}

enum fault digest_wait_end(struct store *store, const char *owner, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, WAIT_END);
	query_text(&q, 1, owner);
	return query_run(&q, problem);
}

enum fault digest_wait_until(struct store *store, const char *owner, int64_t at,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, WAIT_UNTIL);
	query_text(&q, 1, owner);
	query_int(&q, 2, at);
	return query_run(&q, problem);
}

enum fault digest_waiting(struct store *store, const char *owner, struct digest_sum *out,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, WAITING);
	query_text(&q, 1, owner);
	*out = (struct digest_sum){ .n = 0 };
	if (query_row(&q))
		*out = (struct digest_sum){ query_col_int(&q, 0), query_col_int(&q, 1),
					    query_col_int(&q, 2) };
	return query_end(&q, problem);
}

static const char *text_or_null(const struct query *q, int column)
{
	return query_col_null(q, column) ? NULL : query_col_text(q, column);
}

enum fault digest_lone_begin(struct store *store, const char *owner, struct digest_lone *out,
			     struct problem *problem)
{
	out->query = query_begin(store, TABLE_DIGEST, sql, LONE);
	struct query *q = &out->query;
	query_text(q, 1, owner);
	if (!query_row(q)) {
		enum fault fault = query_end(q, problem);
		return fault != FAULT_NONE ? fault
					   : problem_set(problem, FAULT_NOT_FOUND,
							 "nothing waits for %.200s", owner);
	}
	out->item = (struct digest_item){ .key = query_col_int(q, 0),
					  .owner = query_col_text(q, 1),
					  .type = query_col_text(q, 2),
					  .programme_key = query_col_int(q, 3),
					  .unit_key = query_col_int(q, 4),
					  .obligation_key = query_col_int(q, 5),
					  .revision = query_col_int(q, 6),
					  .step = text_or_null(q, 7),
					  .steps = text_or_null(q, 8),
					  .notice = text_or_null(q, 9),
					  .data = text_or_null(q, 10),
					  .nominal_at = query_col_int(q, 11),
					  .deadline_at = query_col_int(q, 12),
					  .made_at = query_col_int(q, 13) };
	return FAULT_NONE;
}

enum fault digest_lone_end(struct digest_lone *lone, struct problem *problem)
{
	struct store *store = lone->query.store;
	int64_t key = lone->item.key;
	enum fault fault = query_end(&lone->query, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_DIGEST, sql, ITEM_DELETE);
	query_int(&q, 1, key);
	return query_run(&q, problem);
}

static enum fault next_part(struct store *store, const char *owner, int64_t slot_at, int64_t *part,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, PART);
	query_text(&q, 1, owner);
	query_int(&q, 2, slot_at);
	*part = query_row(&q) ? query_col_int(&q, 0) : 1;
	return query_end(&q, problem);
}

enum fault digest_gather(struct store *store, const char *owner, int64_t slot_at, int64_t now_at,
			 struct digest_made *out, struct problem *problem)
{
	enum fault fault = next_part(store, owner, slot_at, &out->part, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_DIGEST, sql, ADD);
	query_text(&q, 1, owner);
	query_int(&q, 2, slot_at);
	query_int(&q, 3, out->part);
	query_int(&q, 4, now_at);
	fault = query_run(&q, problem);
	out->key = query_last_key(store);
	if (fault != FAULT_NONE)
		return fault;
	struct query take = query_begin(store, TABLE_DIGEST, sql, TAKE);
	query_text(&take, 1, owner);
	query_int(&take, 2, out->key);
	return query_run(&take, problem);
}

/* ---- what becomes of it ---- */

enum fault digest_outcome(struct store *store, int64_t digest_key, int64_t message_key,
			  const struct digest_end *end, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, OUTCOME);
	query_int(&q, 1, digest_key);
	query_text(&q, 2, end->outcome);
	query_text(&q, 3, end->reason);
	query_int(&q, 4, message_key);
	return query_run(&q, problem);
}

enum fault digest_nobodys(struct store *store, int64_t digest_key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, NOBODYS);
	query_int(&q, 1, digest_key);
	return query_run(&q, problem);
}

enum fault digest_drop(struct store *store, int64_t obligation_key, const char *reason, bool *any,
		       struct problem *problem)
{
	struct query found = query_begin(store, TABLE_DIGEST, sql, ANY_OF);
	query_int(&found, 1, obligation_key);
	*any = query_row(&found);
	enum fault fault = query_end(&found, problem);
	for (unsigned id = UNTOLD; fault == FAULT_NONE && *any && id <= DROP_OCCASIONS; id++) {
		struct query q = query_begin(store, TABLE_DIGEST, sql, id);
		query_int(&q, 1, obligation_key);
		if (id == DROP)
			query_text(&q, 2, reason);
		fault = query_run(&q, problem);
	}
	return fault;
}

enum fault digest_empty_messages(struct store *store, int64_t obligation_key, int64_t *keys,
				 size_t max, size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, EMPTY_MESSAGES);
	query_int(&q, 1, obligation_key);
	query_int(&q, 2, (int64_t)max);
	*n = 0;
	while (*n < max && query_row(&q))
		keys[(*n)++] = query_col_int(&q, 0);
	return query_end(&q, problem);
}

enum fault digest_waiting_since(struct store *store, int64_t obligation_key, int64_t *nominal_at,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, WAITING_SINCE);
	query_int(&q, 1, obligation_key);
	bool any = query_row(&q) && !query_col_null(&q, 0);
	*nominal_at = any ? query_col_int(&q, 0) : INT64_MAX;
	return query_end(&q, problem);
}

/* ---- what it says ---- */

enum fault digest_count(struct store *store, const struct message_context *message,
			struct digest_counts *out, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_DIGEST, sql, COUNTS);
	query_int(&q, 1, message->digest_key);
	query_int(&q, 2, message->message_key);
	*out = (struct digest_counts){ .items = 0 };
	if (query_row(&q))
		*out = (struct digest_counts){ query_col_int(&q, 0), query_col_int(&q, 1),
					       query_col_int(&q, 2), query_col_int(&q, 3),
					       query_col_int(&q, 4), query_col_int(&q, 5) };
	return query_end(&q, problem);
}

void digest_rows_begin(struct store *store, const struct message_context *message,
		       struct digest_rows *out)
{
	*out = (struct digest_rows){ .data = NULL };
	out->row.query = query_begin(store, TABLE_DIGEST, sql, ROWS);
	query_int(&out->row.query, 1, message->digest_key);
	query_int(&out->row.query, 2, message->message_key);
}

bool digest_rows_next(struct digest_rows *rows)
{
	struct message_context *row = &rows->row;
	struct query *q = &row->query;
	if (!query_row(q))
		return false;
	const char **const texts[] = { &row->type,
				       &row->step,
				       &row->steps,
				       &row->programme_id,
				       &row->programme_name_zh,
				       &row->programme_name_en,
				       &row->lead,
				       &row->project,
				       &row->recommender,
				       &row->task_id,
				       &row->task_name,
				       &row->rule_id,
				       &row->kind,
				       &row->rule_name_zh,
				       &row->rule_name_en,
				       &row->due_on,
				       &row->review_due_on,
				       &rows->data };
	const int n = sizeof(texts) / sizeof(texts[0]);
	for (int i = 0; i < n; i++)
		*texts[i] = query_col_text(q, i);
	row->unit_key = query_col_int(q, n);
	row->obligation_key = query_col_int(q, n + 1);
	row->revision = query_col_int(q, n + 2);
	row->n = (int)query_col_int(q, n + 3);
	row->due_at = query_col_int(q, n + 4);
	row->provisional = query_col_int(q, n + 5) != 0;
	row->nominal_at = query_col_int(q, n + 6);
	row->created_at = query_col_int(q, n + 7);
	return true;
}

enum fault digest_rows_end(struct digest_rows *rows, struct problem *problem)
{
	return query_end(&rows->row.query, problem);
}
