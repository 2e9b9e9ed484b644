/*
 * Messages, deliveries, attempts. A delivery has an outbox row exactly while its state is 'due'.
 */
#include "store/outbox.h"

#include "jiebang/text.h"

#include <string.h>

enum {
	MESSAGE_ADD,
	DELIVERY_ADD,
	OUTBOX_ADD,
	OUTBOX_DELETE,
	ENDPOINT_AFTER,
	READY,
	LATER,
	CONTEXT,
	BEGIN,
	BODY_ADD,
	ATTEMPT_ADD,
	GET,
	FIND,
	MOVE,
	ATTEMPT_FINISH,
	IN_STATE,
	IN_STATE_OF,
	WAITING_OF,
	OUTBOX_OF,
	SET_READY,
	WAITING_SINCE
};

static const char *const sql[] = {
	[MESSAGE_ADD] = "INSERT INTO message (id, endpoint_key, type, unit_key, obligation_key, "
			"revision, step, steps, "
			"nominal_at, deadline_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, "
			"$8, $9, $10, $11)",
	[DELIVERY_ADD] =
		"INSERT INTO delivery (message_key, endpoint_key, state, reason, ready_at) "
		"VALUES ($1, $2, $3, $4, 0)",
	[OUTBOX_ADD] = "INSERT INTO outbox (endpoint_key, ready_at, deadline_at, message_key) "
		       "VALUES ($1, $2, $3, $4)",
	[OUTBOX_DELETE] =
		"DELETE FROM outbox WHERE endpoint_key = $1 AND ready_at = $2 AND deadline_at = $3 "
		"AND message_key = $4",
	[ENDPOINT_AFTER] = "SELECT endpoint_key FROM outbox WHERE endpoint_key > $1 ORDER BY "
			   "endpoint_key LIMIT 1",
	[READY] = "SELECT ready_at, deadline_at, message_key FROM outbox WHERE endpoint_key = $1 "
		  "AND ready_at <= $2 "
		  "ORDER BY ready_at, deadline_at, message_key LIMIT $3",
	[LATER] = "SELECT ready_at FROM outbox WHERE endpoint_key = $1 AND ready_at > $2 ORDER BY "
		  "ready_at LIMIT 1",
	[CONTEXT] = "SELECT m.endpoint_key, m.id, m.type, m.step, m.steps, m.nominal_at, "
		    "m.created_at, d.attempts, b.body, "
		    "e.url, e.secret, m.obligation_key, m.unit_key, m.revision, o.n, o.due_on, "
		    "o.due_at, o.provisional, "
		    "o.state, r.id, r.kind, r.name_zh, r.name_en, u.lead, u.project, "
		    "u.recommender, t.id, t.name, p.id, "
		    "p.name_zh, p.name_en FROM message AS m JOIN delivery AS d ON d.message_key = "
		    "m.message_key LEFT JOIN message_body AS b ON b.message_key = m.message_key "
		    "JOIN endpoint AS e ON e.endpoint_key = m.endpoint_key "
		    "LEFT JOIN obligation AS o ON o.obligation_key = m.obligation_key "
		    "LEFT JOIN rule AS r ON r.rule_key = o.rule_key LEFT JOIN unit AS u ON "
		    "u.unit_key = m.unit_key "
		    "LEFT JOIN task AS t ON t.task_key = u.task_key "
		    "LEFT JOIN programme AS p ON p.programme_key = u.programme_key WHERE "
		    "m.message_key = $1",
	[BEGIN] = "UPDATE delivery SET state = 'sending', attempts = $2, round = round + 1 "
		  "WHERE message_key = $1 AND state = 'due' AND attempts = $2 - 1",
	[BODY_ADD] = "INSERT INTO message_body (message_key, body) VALUES ($1, $2)",
	[ATTEMPT_ADD] =
		"INSERT INTO attempt (message_key, n, boot, started_at) VALUES ($1, $2, $3, $4)",
	[GET] = "SELECT d.message_key, d.endpoint_key, d.state, d.ready_at, m.deadline_at, "
		"d.attempts, d.round, d.unknowns, "
		"m.obligation_key, m.revision, m.id, m.step, m.type, "
		"o.state IS NULL OR m.step IS NULL OR (o.state = 'scheduled' OR o.state = 'open' "
		"OR o.state = "
		"'returned'), e.state = "
		"'enabled', o.state IS NULL OR m.step IS NULL OR o.revision = m.revision "
		"FROM delivery AS d JOIN message AS m ON m.message_key = d.message_key "
		"JOIN endpoint AS e ON e.endpoint_key = d.endpoint_key "
		"LEFT JOIN obligation AS o ON o.obligation_key = m.obligation_key WHERE "
		"d.message_key = $1",
	[FIND] = "SELECT message_key FROM message WHERE id = $1",
	[MOVE] = "UPDATE delivery SET state = $2, reason = $3, ready_at = $4, round = $5, unknowns "
		 "= $6, "
		 "last_status = coalesce($7, last_status), last_reason = coalesce($8, "
		 "last_reason), delivered_at = $9 "
		 "WHERE message_key = $1 AND state = $10",
	[ATTEMPT_FINISH] = "UPDATE attempt SET outcome = $3, elapsed_ms = $4, status = $5, reason "
			   "= $6, excerpt = $7 "
			   "WHERE message_key = $1 AND n = $2 AND outcome IS NULL",
	[IN_STATE] = "SELECT message_key FROM delivery WHERE state = $1 AND (state = 'sending' OR "
		     "state = 'held' OR state = 'dead') "
		     "AND message_key > $2 ORDER BY message_key LIMIT $3",
	[IN_STATE_OF] = "SELECT message_key FROM delivery WHERE state = $1 AND (state = 'sending' "
			"OR state = 'held' OR state = 'dead') "
			"AND message_key > $2 AND endpoint_key = $4 ORDER BY message_key LIMIT $3",
	[SET_READY] = "UPDATE delivery SET ready_at = $2 WHERE message_key = $1",
	[OUTBOX_OF] = "SELECT message_key FROM outbox WHERE endpoint_key = $1 LIMIT $2",
	[WAITING_SINCE] = "SELECT min(m.nominal_at) FROM message AS m JOIN delivery AS d ON "
			  "d.message_key = m.message_key WHERE m.obligation_key = $1 AND m.step IS "
			  "NOT NULL AND d.state "
			  "IN ('due', 'held', 'sending')",
	[WAITING_OF] = "SELECT m.message_key FROM message AS m JOIN delivery AS d ON d.message_key "
		       "= m.message_key "
		       "WHERE m.obligation_key = $1 AND m.step IS NOT NULL AND (d.state = 'due' OR "
		       "d.state = 'held') ORDER BY "
		       "m.message_key LIMIT $2",
};

static enum fault outbox_run(struct store *store, unsigned id, const struct outbox_place *place,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, id);
	query_int(&q, 1, place->endpoint_key);
	query_int(&q, 2, place->ready_at);
	query_int(&q, 3, place->deadline_at);
	query_int(&q, 4, place->message_key);
	return query_run(&q, problem);
}

static enum fault body_add(struct store *store, int64_t message_key, const char *body, size_t len,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, BODY_ADD);
	query_int(&q, 1, message_key);
	query_text_n(&q, 2, body, len);
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
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	int64_t key = query_last_key(store);
	struct query d = query_begin(store, TABLE_OUTBOX, sql, DELIVERY_ADD);
	query_int(&d, 1, key);
	query_int(&d, 2, message->endpoint_key);
	query_text(&d, 3, message->held ? "held" : "due");
	query_text(&d, 4, message->held);
	fault = query_run(&d, problem);
	if (fault == FAULT_NONE && message->body)
		fault = body_add(store, key, message->body, strlen(message->body), problem);
	if (fault != FAULT_NONE || message->held)
		return fault;
	struct outbox_place place = { message->endpoint_key, 0, message->deadline_at, key };
	return outbox_run(store, OUTBOX_ADD, &place, problem);
}

enum fault outbox_endpoint_after(struct store *store, int64_t after_key, int64_t *key,
				 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, ENDPOINT_AFTER);
	query_int(&q, 1, after_key);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault outbox_ready(struct store *store, int64_t endpoint_key, int64_t now_at,
			struct outbox_place *places, size_t max, size_t *n, int64_t *later,
			struct problem *problem)
{
	*n = 0;
	*later = INT64_MAX;
	struct query q = query_begin(store, TABLE_OUTBOX, sql, READY);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, now_at);
	query_int(&q, 3, (int64_t)max);
	while (*n < max && query_row(&q))
		places[(*n)++] =
			(struct outbox_place){ endpoint_key, query_col_int(&q, 0),
					       query_col_int(&q, 1), query_col_int(&q, 2) };
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query l = query_begin(store, TABLE_OUTBOX, sql, LATER);
	query_int(&l, 1, endpoint_key);
	query_int(&l, 2, now_at);
	if (query_row(&l))
		*later = query_col_int(&l, 0);
	return query_end(&l, problem);
}

enum fault message_context_begin(struct store *store, int64_t message_key,
				 struct message_context *out, struct problem *problem)
{
	out->query = query_begin(store, TABLE_OUTBOX, sql, CONTEXT);
	struct query *q = &out->query;
	query_int(q, 1, message_key);
	if (!query_row(q)) {
		enum fault fault = query_end(q, problem);
		return fault != FAULT_NONE
			       ? fault
			       : problem_set(problem, FAULT_NOT_FOUND, "there is no such message");
	}
	out->endpoint_key = query_col_int(q, 0);
	out->nominal_at = query_col_int(q, 5);
	out->created_at = query_col_int(q, 6);
	out->attempts = (unsigned)query_col_int(q, 7);
	out->body = query_col_text(q, 8);
	out->body_len = query_col_bytes(q, 8);
	out->secret = query_col_blob(q, 10);
	out->secret_len = query_col_bytes(q, 10);
	out->obligation_key = query_col_int(q, 11);
	out->unit_key = query_col_int(q, 12);
	out->revision = query_col_int(q, 13);
	out->n = (int)query_col_int(q, 14);
	out->due_at = query_col_int(q, 16);
	out->provisional = query_col_int(q, 17) != 0;
	const struct {
		const char **to;
		int column;
	} texts[] = {
		{ &out->id, 1 },
		{ &out->type, 2 },
		{ &out->step, 3 },
		{ &out->steps, 4 },
		{ &out->url, 9 },
		{ &out->due_on, 15 },
		{ &out->obligation_state, 18 },
		{ &out->rule_id, 19 },
		{ &out->kind, 20 },
		{ &out->rule_name_zh, 21 },
		{ &out->rule_name_en, 22 },
		{ &out->lead, 23 },
		{ &out->project, 24 },
		{ &out->recommender, 25 },
		{ &out->task_id, 26 },
		{ &out->task_name, 27 },
		{ &out->programme_id, 28 },
		{ &out->programme_name_zh, 29 },
		{ &out->programme_name_en, 30 },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i].to = query_col_text(q, texts[i].column);
	return FAULT_NONE;
}

void message_context_end(struct message_context *context)
{
	(void)query_end(&context->query, NULL);
}

enum fault delivery_begin(struct store *store, const struct delivery_claim *claim, int64_t now_at,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, BEGIN);
	query_int(&q, 1, claim->place.message_key);
	query_int(&q, 2, claim->attempt);
	enum fault fault = query_run(&q, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (query_changed(store) != 1)
		return problem_set(problem, FAULT_CONFLICT, "a delivery in the outbox is not due");
	fault = outbox_run(store, OUTBOX_DELETE, &claim->place, problem);
	if (fault == FAULT_NONE && claim->body)
		fault = body_add(store, claim->place.message_key, claim->body, claim->body_len,
				 problem);
	if (fault != FAULT_NONE)
		return fault;
	struct query a = query_begin(store, TABLE_OUTBOX, sql, ATTEMPT_ADD);
	query_int(&a, 1, claim->place.message_key);
	query_int(&a, 2, claim->attempt);
	query_int(&a, 3, claim->boot);
	query_int(&a, 4, now_at);
	return query_run(&a, problem);
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
		fault = outbox_run(store, OUTBOX_DELETE, &old, problem);
	if (fault == FAULT_NONE && becomes_due)
		fault = outbox_run(store, OUTBOX_ADD, &fresh, problem);
	return fault;
}

enum fault attempt_end(struct store *store, const struct attempt_finish *finish,
		       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, ATTEMPT_FINISH);
	query_int(&q, 1, finish->message_key);
	query_int(&q, 2, finish->n);
	query_text(&q, 3, finish->outcome);
	if (finish->elapsed_ms >= 0)
		query_int(&q, 4, finish->elapsed_ms);
	if (finish->status)
		query_int(&q, 5, finish->status);
	query_text(&q, 6, finish->reason);
	query_text(&q, 7, finish->excerpt);
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

enum fault delivery_waiting_of(struct store *store, int64_t obligation_key, int64_t *keys,
			       size_t max, size_t *n, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_OUTBOX, sql, WAITING_OF);
	query_int(&q, 1, obligation_key);
	query_int(&q, 2, (int64_t)max);
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

enum fault outbox_put_aside(struct store *store, const struct outbox_place *place, int64_t ready_at,
			    struct problem *problem)
{
	struct outbox_place later = *place;
	later.ready_at = ready_at;
	struct query q = query_begin(store, TABLE_OUTBOX, sql, SET_READY);
	query_int(&q, 1, place->message_key);
	query_int(&q, 2, ready_at);
	enum fault fault = query_run(&q, problem);
	if (fault == FAULT_NONE)
		fault = outbox_run(store, OUTBOX_DELETE, place, problem);
	if (fault == FAULT_NONE)
		fault = outbox_run(store, OUTBOX_ADD, &later, problem);
	return fault;
}
