/*
 * Messages, deliveries, attempts. A delivery has an outbox row exactly while its state is 'due'.
 */
#include "store/outbox.h"

#include "jiebang/text.h"

#include <string.h>

enum {
	MESSAGE_ADD,
	DELIVERY_ADD,
	BODY_ADD,
	OUTBOX_ADD,
	OUTBOX_DELETE,
	ATTEMPT_ADD,
	ATTEMPT_TIMES,
	GET,
	FIND,
	MOVE,
	SENDING_GET,
	SENDING_DELIVERED,
	IN_STATE,
	IN_STATE_OF,
	WAITING_OF,
	OUTBOX_OF,
	WAITING_SINCE,
	MATCHING,
	ENDPOINT_AFTER
};

/*
 * What ended it: filing satisfies, other states speak for themselves. What was cancelled by nobody's ruling went with its
 * unit, and so did a review that ended without a verdict. The items of a digest have each their own.
 */
#define OVER                                                                                       \
	"CASE WHEN m.digest_key IS NOT NULL THEN (SELECT max(i.dropped) FROM digest_item AS i "    \
	"WHERE i.digest_key = m.digest_key) WHEN o.state = 'submitted' AND m.step "                \
	"NOT LIKE 'review-%' THEN 'satisfied' WHEN o.state = 'submitted' THEN u.state WHEN "       \
	"o.state = 'cancelled' AND NOT EXISTS (SELECT 1 FROM ruling AS r WHERE r.obligation_key "  \
	"= o.obligation_key AND r.kind = 'cancel') THEN u.state ELSE o.state END "

static const char *const sql[] = {
	[MESSAGE_ADD] = "INSERT INTO message (id, endpoint_key, type, unit_key, obligation_key, "
			"revision, step, steps, "
			"nominal_at, deadline_at, created_at, digest_key, programme_key, sequence) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, CASE WHEN "
			"CAST($4 AS BIGINT) IS NOT NULL THEN 1 + coalesce((SELECT sequence FROM "
			"message AS l "
			"WHERE l.unit_key = $4 ORDER BY l.message_key DESC LIMIT 1), 0) END)",
	[DELIVERY_ADD] = "INSERT INTO delivery (message_key, endpoint_key, state, reason, "
			 "ready_at, body_key) "
			 "VALUES ($1, $2, $3, $4, $6, $5)",
	[BODY_ADD] = "INSERT INTO message_body (body) VALUES ($1)",
	[OUTBOX_ADD] = "INSERT INTO outbox (endpoint_key, ready_at, deadline_at, message_key) "
		       "VALUES ($1, $2, $3, $4)",
	[OUTBOX_DELETE] =
		"DELETE FROM outbox WHERE endpoint_key = $1 AND ready_at = $2 AND deadline_at = $3 "
		"AND message_key = $4",
	[ATTEMPT_ADD] = "INSERT INTO attempt (message_key, n, boot, started_at, outcome, "
			"elapsed_ms, status, reason, excerpt) VALUES ($1, $2, $3, $4, $5, $6, $7, "
			"$8, $9)",
	[ATTEMPT_TIMES] = "INSERT INTO attempt_times (message_key, n, lookup_ms, connect_ms, "
			  "tls_ms, first_byte_ms) VALUES ($1, $2, $3, $4, $5, $6)",
	[GET] = "SELECT d.message_key, d.endpoint_key, d.state, d.ready_at, m.deadline_at, "
		"d.attempts, d.round, d.unknowns, "
		"m.obligation_key, m.revision, m.id, m.step, m.type, "
		"CASE WHEN m.digest_key IS NOT NULL THEN EXISTS (SELECT 1 FROM digest_item AS i "
		"WHERE i.digest_key = m.digest_key AND i.dropped IS NULL AND NOT EXISTS (SELECT 1 "
		"FROM "
		"digest_untold AS x WHERE x.message_key = m.message_key AND x.item_key = "
		"i.item_key)) "
		"WHEN o.state IS NULL OR m.step IS NULL THEN 1 WHEN m.step LIKE 'review-%' "
		"THEN o.review_due_on IS NOT NULL ELSE (o.state = 'scheduled' OR o.state = 'open' "
		"OR o.state = 'returned') END, e.state = "
		"'enabled', o.state IS NULL OR m.step IS NULL OR o.revision = m.revision, d.boot, "
		"d.started_at, d.reason, m.step IS NOT NULL AND o.held_until_at IS NOT NULL, "
		"m.digest_key, " OVER ", e.state = 'paused', e.state = 'deleted' "
		"FROM delivery AS d JOIN message AS m ON m.message_key = d.message_key "
		"JOIN endpoint AS e ON e.endpoint_key = d.endpoint_key "
		"LEFT JOIN obligation AS o ON o.obligation_key = m.obligation_key "
		"LEFT JOIN unit AS u ON u.unit_key = o.unit_key WHERE d.message_key = $1",
	[FIND] = "SELECT message_key FROM message WHERE id = $1",
	[MOVE] = "UPDATE delivery SET state = $2, reason = $3, ready_at = $4, round = $5, unknowns "
		 "= $6, "
		 "last_status = coalesce($7, last_status), last_reason = coalesce($8, "
		 "last_reason), delivered_at = $9, boot = NULL, started_at = NULL "
		 "WHERE message_key = $1 AND state = $10",
	[SENDING_GET] = "SELECT d.boot, d.started_at, m.id FROM delivery AS d JOIN message AS m ON "
			"m.message_key = d.message_key WHERE d.message_key = $1 AND d.state = "
			"'sending' AND d.attempts = $2",
	[SENDING_DELIVERED] =
		"UPDATE delivery SET state = 'delivered', reason = NULL, ready_at = 0, unknowns = "
		"0, boot = NULL, started_at = NULL, last_status = $2, last_reason = $3, "
		"delivered_at = $4 WHERE message_key = $1 AND state = 'sending' AND attempts = $5",
	[IN_STATE] = "SELECT message_key FROM delivery WHERE state = $1 AND (state = 'sending' OR "
		     "state = 'held' OR state = 'dead') "
		     "AND message_key > $2 ORDER BY message_key LIMIT $3",
	[IN_STATE_OF] = "SELECT message_key FROM delivery WHERE state = $1 AND (state = 'sending' "
			"OR state = 'held' OR state = 'dead') "
			"AND message_key > $2 AND endpoint_key = $4 ORDER BY message_key LIMIT $3",
	[OUTBOX_OF] = "SELECT message_key FROM outbox WHERE endpoint_key = $1 LIMIT $2",
	/* One endpoint at a time: of a row value SQLite seeks the first column only, and would step over all before. */
	[MATCHING] = "SELECT d.message_key FROM delivery AS d JOIN message AS m ON "
		     "m.message_key = d.message_key LEFT JOIN unit AS u ON u.unit_key = m.unit_key "
		     "LEFT JOIN programme AS p ON p.programme_key = coalesce(u.programme_key, "
		     "m.programme_key) WHERE d.state = $1 AND (d.state = 'sending' OR d.state = "
		     "'held' OR d.state = 'dead') AND d.endpoint_key = $2 AND d.message_key > $3 "
		     "AND ($5 = 0 OR m.unit_key = $5) AND "
		     "(CAST($6 AS TEXT) IS NULL OR p.id = $6) AND (CAST($7 AS TEXT) IS NULL OR "
		     "m.type = $7) AND m.created_at >= $8 AND ($9 = 0 OR m.created_at < $9) ORDER "
		     "BY d.message_key LIMIT $4",
	[ENDPOINT_AFTER] =
		"SELECT endpoint_key FROM delivery WHERE state = $1 AND (state = 'sending' OR "
		"state = 'held' OR state = 'dead') AND endpoint_key > $2 ORDER BY endpoint_key "
		"LIMIT 1",
	[WAITING_SINCE] = "SELECT min(m.nominal_at) FROM message AS m JOIN delivery AS d ON "
			  "d.message_key = m.message_key WHERE m.obligation_key = $1 AND m.step IS "
			  "NOT NULL AND d.state "
			  "IN ('due', 'held', 'sending')",
	[WAITING_OF] = "SELECT m.message_key FROM message AS m JOIN delivery AS d ON d.message_key "
		       "= m.message_key "
		       "WHERE m.obligation_key = $1 AND m.step IS NOT NULL AND (d.state = 'due' OR "
		       "d.state = 'held') AND "
		       "m.message_key > $3 ORDER BY m.message_key LIMIT $2",
};

static enum fault run_place(struct store *store, unsigned id, const struct outbox_place *place,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, id);
	query_int(&q, 1, place->endpoint_key);
	query_int(&q, 2, place->ready_at);
	query_int(&q, 3, place->deadline_at);
	query_int(&q, 4, place->message_key);
	return query_run(&q, problem);
}

enum fault outbox_add(struct store *store, const struct outbox_place *place,
		      struct problem *problem)
{
	return run_place(store, OUTBOX_ADD, place, problem);
}

enum fault outbox_delete(struct store *store, const struct outbox_place *place,
			 struct problem *problem)
{
	return run_place(store, OUTBOX_DELETE, place, problem);
}

enum fault message_body_add(struct store *store, const char *body, size_t len, int64_t *body_key,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, BODY_ADD);
	query_text_n(&q, 1, body, len);
	enum fault fault = query_run(&q, problem);
	*body_key = query_last_key(store);
	return fault;
}

static enum fault delivery_add(struct store *store, const struct message_new *message, int64_t key,
			       struct problem *problem)
{
	int64_t body_key = 0;
	enum fault fault = FAULT_NONE;
	if (message->body)
		fault = message_body_add(store, message->body, strlen(message->body), &body_key,
					 problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query q = query_begin(store, TABLE_OUTBOX, sql, DELIVERY_ADD);
	query_int(&q, 1, key);
	query_int(&q, 2, message->endpoint_key);
	query_text(&q, 3, message->held ? "held" : "due");
	query_text(&q, 4, message->held);
	if (body_key)
		query_int(&q, 5, body_key);
	query_int(&q, 6, message->held ? 0 : message->ready_at);
	return query_run(&q, problem);
}

enum fault message_add(struct store *store, const struct message_new *message, int64_t now_at,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, MESSAGE_ADD);
	query_text(&q, 1, message->id);
	query_int(&q, 2, message->endpoint_key);
	query_text(&q, 3, message->type);
	if (message->unit_key)
		query_int(&q, 4, message->unit_key);
	if (message->obligation_key) {
		query_int(&q, 5, message->obligation_key);
		query_int(&q, 6, message->revision);
	}
	query_text(&q, 7, message->step);
	query_text(&q, 8, message->steps);
	query_int(&q, 9, message->nominal_at);
	query_int(&q, 10, message->deadline_at);
	query_int(&q, 11, now_at);
	if (message->digest_key)
		query_int(&q, 12, message->digest_key);
	if (message->programme_key)
		query_int(&q, 13, message->programme_key);
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	int64_t key = query_last_key(store);
	fault = delivery_add(store, message, key, problem);
	if (fault != FAULT_NONE || message->held)
		return fault;
	struct outbox_place place = { message->endpoint_key, message->ready_at,
				      message->deadline_at, key };
	return outbox_add(store, &place, problem);
}

enum fault sending_get(struct store *store, int64_t message_key, unsigned attempt,
		       struct sending_row *out, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, SENDING_GET);
	query_int(&q, 1, message_key);
	query_int(&q, 2, attempt);
	*out = (struct sending_row){ .attempt = attempt };
	if (query_row(&q)) {
		out->message_key = message_key;
		out->boot = query_col_int(&q, 0);
		out->started_at = query_col_int(&q, 1);
		text_copy(out->id, sizeof(out->id), query_col_text(&q, 2));
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->message_key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "this attempt is not under way");
	return fault;
}

enum fault sending_delivered(struct store *store, const struct sending_row *row, int status,
			     const char *reason, int64_t now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, SENDING_DELIVERED);
	query_int(&q, 1, row->message_key);
	query_int(&q, 2, status);
	query_text(&q, 3, reason);
	query_int(&q, 4, now_at);
	query_int(&q, 5, row->attempt);
	enum fault fault = query_run(&q, problem);
	if (fault == FAULT_NONE && query_changed(store) != 1)
		return problem_set(problem, FAULT_NOT_FOUND, "this attempt is not under way");
	return fault;
}

enum fault delivery_get(struct store *store, int64_t message_key, struct delivery_row *out,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, GET);
	*out = (struct delivery_row){ .message_key = 0 };
	query_int(&q, 1, message_key);
	if (query_row(&q)) {
		out->message_key = query_col_int(&q, 0);
		out->endpoint_key = query_col_int(&q, 1);
		text_copy(out->state, sizeof(out->state), query_col_text(&q, 2));
		out->ready_at = query_col_int(&q, 3);
		out->deadline_at = query_col_int(&q, 4);
		out->attempts = (unsigned)query_col_int(&q, 5);
		out->round = (unsigned)query_col_int(&q, 6);
		out->unknowns = (unsigned)query_col_int(&q, 7);
		out->obligation_key = query_col_int(&q, 8);
		out->revision = query_col_int(&q, 9);
		text_copy(out->id, sizeof(out->id), query_col_text(&q, 10));
		text_copy(out->step, sizeof(out->step), query_col_text(&q, 11));
		text_copy(out->type, sizeof(out->type), query_col_text(&q, 12));
		out->owed = query_col_int(&q, 13) != 0;
		out->endpoint_enabled = query_col_int(&q, 14) != 0;
		out->current = query_col_int(&q, 15) != 0;
		out->boot = query_col_int(&q, 16);
		out->started_at = query_col_int(&q, 17);
		text_copy(out->reason, sizeof(out->reason), query_col_text(&q, 18));
		out->on_hold = query_col_int(&q, 19) != 0;
		out->digest_key = query_col_int(&q, 20);
		text_copy(out->over, sizeof(out->over), query_col_text(&q, 21));
		out->endpoint_paused = query_col_int(&q, 22) != 0;
		out->endpoint_deleted = query_col_int(&q, 23) != 0;
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->message_key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no such delivery");
	return fault;
}

enum fault delivery_find(struct store *store, const char *id, int64_t *message_key,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, FIND);
	query_text(&q, 1, id);
	*message_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && *message_key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no delivery %.64s", id);
	return fault;
}

enum fault delivery_move(struct store *store, const struct delivery_row *row,
			 const struct delivery_change *change, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, MOVE);
	bool becomes_due = strcmp(change->state, "due") == 0;
	query_int(&q, 1, row->message_key);
	query_text(&q, 2, change->state);
	query_text(&q, 3, change->reason);
	query_int(&q, 4, change->ready_at);
	query_int(&q, 5, change->round);
	query_int(&q, 6, change->unknowns);
	if (change->last_status)
		query_int(&q, 7, change->last_status);
	query_text(&q, 8, change->last_reason);
	if (change->delivered_at)
		query_int(&q, 9, change->delivered_at);
	query_text(&q, 10, row->state);
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (query_changed(store) != 1)
		return problem_set(problem, FAULT_CONFLICT, "the delivery is no longer %s",
				   row->state);
	struct outbox_place old = { row->endpoint_key, row->ready_at, row->deadline_at,
				    row->message_key };
	struct outbox_place fresh = { row->endpoint_key, change->ready_at, row->deadline_at,
				      row->message_key };
	if (strcmp(row->state, "due") == 0)
		fault = outbox_delete(store, &old, problem);
	if (fault == FAULT_NONE && becomes_due)
		fault = outbox_add(store, &fresh, problem);
	return fault;
}

enum fault attempt_add(struct store *store, const struct sending_row *row,
		       const struct attempt_result *end, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, ATTEMPT_ADD);
	query_int(&q, 1, row->message_key);
	query_int(&q, 2, row->attempt);
	query_int(&q, 3, row->boot);
	query_int(&q, 4, row->started_at);
	query_text(&q, 5, end->outcome);
	if (end->elapsed_ms >= 0)
		query_int(&q, 6, end->elapsed_ms);
	if (end->status)
		query_int(&q, 7, end->status);
	query_text(&q, 8, end->reason);
	query_text(&q, 9, end->excerpt);
	return query_run(&q, problem);
}

enum fault attempt_times_add(struct store *store, const struct sending_row *row,
			     const struct attempt_times *times, struct problem *problem)
{
	const int32_t ms[] = { times->lookup_ms, times->connect_ms, times->tls_ms,
			       times->first_byte_ms };
	struct query q = query_begin(store, TABLE_OUTBOX, sql, ATTEMPT_TIMES);
	query_int(&q, 1, row->message_key);
	query_int(&q, 2, row->attempt);
	for (int i = 0; i < 4; i++)
		if (ms[i] >= 0)
			query_int(&q, 3 + i, ms[i]);
	return query_run(&q, problem);
}

static enum fault collect(struct query *q, int64_t *keys, size_t max, size_t *n,
			  struct problem *problem)
{
	*n = 0;
	while (*n < max && query_row(q))
		keys[(*n)++] = query_col_int(q, 0);
	return query_end(q, problem);
}

enum fault delivery_in_state(struct store *store, const char *state, int64_t endpoint_key,
			     int64_t after_key, int64_t *keys, size_t max, size_t *n,
			     struct problem *problem)
{
	struct query q =
		query_begin(store, TABLE_OUTBOX, sql, endpoint_key ? IN_STATE_OF : IN_STATE);
	query_text(&q, 1, state);
	query_int(&q, 2, after_key);
	query_int(&q, 3, (int64_t)max);
	if (endpoint_key)
		query_int(&q, 4, endpoint_key);
	return collect(&q, keys, max, n, problem);
}

enum fault delivery_waiting_of(struct store *store, int64_t obligation_key, int64_t after_key,
			       int64_t *keys, size_t max, size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, WAITING_OF);
	query_int(&q, 1, obligation_key);
	query_int(&q, 2, (int64_t)max);
	query_int(&q, 3, after_key);
	return collect(&q, keys, max, n, problem);
}

enum fault delivery_waiting_since(struct store *store, int64_t obligation_key, int64_t *nominal_at,
				  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, WAITING_SINCE);
	query_int(&q, 1, obligation_key);
	bool any = query_row(&q) && !query_col_null(&q, 0);
	*nominal_at = any ? query_col_int(&q, 0) : INT64_MAX;
	return query_end(&q, problem);
}

enum fault outbox_of(struct store *store, int64_t endpoint_key, int64_t *keys, size_t max,
		     size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, OUTBOX_OF);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, (int64_t)max);
	return collect(&q, keys, max, n, problem);
}

enum fault delivery_matching(struct store *store, const struct delivery_filter *filter,
			     const struct delivery_place *after, int64_t *keys, size_t max,
			     size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, MATCHING);
	query_text(&q, 1, filter->state);
	query_int(&q, 2, after->endpoint_key);
	query_int(&q, 3, after->message_key);
	query_int(&q, 4, (int64_t)max);
	query_int(&q, 5, filter->unit_key);
	query_text(&q, 6, filter->programme);
	query_text(&q, 7, filter->type);
	query_int(&q, 8, filter->created_from_at);
	query_int(&q, 9, filter->created_until_at);
	return collect(&q, keys, max, n, problem);
}

enum fault delivery_endpoint_after(struct store *store, const char *state, int64_t after_key,
				   int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, ENDPOINT_AFTER);
	query_text(&q, 1, state);
	query_int(&q, 2, after_key);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}
