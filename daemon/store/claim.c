/*
 * Claims. A claim takes many messages at once, so what they share is read once.
 */
#include "store/claim.h"

#include "jiebang/text.h"

#include <stdlib.h>

enum {
	ENDPOINT_AFTER,
	QUEUE,
	FIFO_ANY,
	FIFO_IS,
	FIFO_BUSY,
	MAILBOX_ANY,
	MAILBOX_IS,
	FIFO_HEAD,
	BEGIN,
	SET_READY,
	CONTEXT,
	BODY_GET,
	FACT_ENDPOINT,
	FACT_RULE,
	FACT_TASK,
	FACT_PROGRAMME,
};

static const char *const sql[] = {
	[ENDPOINT_AFTER] = "SELECT endpoint_key FROM outbox WHERE endpoint_key > $1 ORDER BY "
			   "endpoint_key LIMIT 1",
	[QUEUE] = "SELECT ready_at, deadline_at, message_key FROM outbox WHERE endpoint_key = $1 "
		  "ORDER BY ready_at, deadline_at, message_key LIMIT $2",
	[FIFO_ANY] = "SELECT 1 FROM endpoint WHERE fifo = 1 LIMIT 1",
	[FIFO_IS] = "SELECT 1 FROM endpoint WHERE endpoint_key = $1 AND fifo = 1",
	[MAILBOX_ANY] = "SELECT 1 FROM endpoint WHERE format = 'mail' LIMIT 1",
	[MAILBOX_IS] = "SELECT 1 FROM endpoint WHERE endpoint_key = $1 AND format = 'mail'",
	[FIFO_BUSY] =
		"SELECT 1 FROM delivery WHERE state = 'sending' AND endpoint_key = $1 LIMIT 1",
	/* Walks what waits: an index would cost each message of everybody a write, and this costs those who ask. */
	[FIFO_HEAD] = "SELECT ready_at, deadline_at, message_key FROM outbox WHERE endpoint_key = "
		      "$1 ORDER BY message_key LIMIT 1",
	[BEGIN] = "UPDATE delivery SET state = 'sending', attempts = $2, round = round + 1, boot = "
		  "$3, started_at = $4, body_key = $5 WHERE message_key = $1 AND state = 'due' AND "
		  "attempts = $2 - 1",
	[SET_READY] = "UPDATE delivery SET ready_at = $2 WHERE message_key = $1",
	[CONTEXT] =
		"SELECT m.id, m.type, m.step, m.steps, m.nominal_at, m.created_at, "
		"d.attempts, m.obligation_key, m.unit_key, m.revision, o.n, o.due_on, "
		"o.due_at, o.provisional, u.lead, u.project, u.recommender, o.rule_key, "
		"u.task_key, u.programme_key, d.body_key, CASE WHEN m.step LIKE 'review-%' THEN "
		"o.review_due_on END, m.digest_key, m.sequence, m.part IS NOT NULL FROM message AS "
		"m JOIN delivery AS "
		"d ON "
		"d.message_key = m.message_key LEFT JOIN obligation AS o ON o.obligation_key "
		"= m.obligation_key LEFT JOIN unit AS u ON u.unit_key = m.unit_key WHERE "
		"m.message_key = $1",
	[BODY_GET] = "SELECT body FROM message_body WHERE body_key = $1",
	[FACT_ENDPOINT] = "SELECT url, options, secret_kind, older_until, format, secret "
			  "FROM endpoint WHERE endpoint_key = $1",
	[FACT_RULE] = "SELECT id, kind, name_zh, name_en FROM rule WHERE rule_key = $1",
	[FACT_TASK] = "SELECT id, name FROM task WHERE task_key = $1",
	[FACT_PROGRAMME] = "SELECT id, name_zh, name_en FROM programme WHERE programme_key = $1",
};

/* ---- the queue ---- */

enum fault outbox_endpoint_after(struct store *store, int64_t after_key, int64_t *key,
				 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CLAIM, sql, ENDPOINT_AFTER);
	query_int(&q, 1, after_key);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault outbox_ready(struct store *store, int64_t endpoint_key, int64_t now_at,
			struct outbox_ready *ready, struct problem *problem)
{
	ready->n = 0;
	ready->more = false;
	ready->later = INT64_MAX;
	/* One more than there is room for: it tells whether anything is left behind, or when it will be ready. */
	struct query q = query_begin(store, TABLE_CLAIM, sql, QUEUE);
	query_int(&q, 1, endpoint_key);
	query_int(&q, 2, (int64_t)ready->max + 1);
	while (!ready->more && ready->later == INT64_MAX && query_row(&q)) {
		struct outbox_place place = { endpoint_key, query_col_int(&q, 0),
					      query_col_int(&q, 1), query_col_int(&q, 2) };
		if (place.ready_at > now_at)
			ready->later = place.ready_at;
		else if (ready->n == ready->max)
			ready->more = true;
		else
			ready->places[ready->n++] = place;
	}
	return query_end(&q, problem);
}

static enum fault any_row(struct store *store, unsigned id, int64_t key, bool *any,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CLAIM, sql, id);
	if (key)
		query_int(&q, 1, key);
	*any = query_row(&q);
	return query_end(&q, problem);
}

enum fault fifo_any(struct store *store, bool *any, struct problem *problem)
{
	return any_row(store, FIFO_ANY, 0, any, problem);
}

enum fault fifo_is(struct store *store, int64_t endpoint_key, bool *is, struct problem *problem)
{
	return any_row(store, FIFO_IS, endpoint_key, is, problem);
}

enum fault mailbox_any(struct store *store, bool *any, struct problem *problem)
{
	return any_row(store, MAILBOX_ANY, 0, any, problem);
}

enum fault mailbox_is(struct store *store, int64_t endpoint_key, bool *is, struct problem *problem)
{
	return any_row(store, MAILBOX_IS, endpoint_key, is, problem);
}

static void take_head(const struct outbox_place *head, int64_t now_at, struct outbox_ready *ready)
{
	if (head->ready_at > now_at)
		ready->later = head->ready_at;
	else if (ready->max == 0)
		ready->more = true;
	else
		ready->places[ready->n++] = *head;
}

enum fault outbox_ready_fifo(struct store *store, int64_t endpoint_key, int64_t now_at,
			     struct outbox_ready *ready, struct problem *problem)
{
	bool busy;
	ready->n = 0;
	ready->more = false;
	ready->later = INT64_MAX;
	enum fault fault = any_row(store, FIFO_BUSY, endpoint_key, &busy, problem);
	if (fault != FAULT_NONE || busy)
		return fault; /* the end of that one asks again */
	struct query q = query_begin(store, TABLE_CLAIM, sql, FIFO_HEAD);
	query_int(&q, 1, endpoint_key);
	if (query_row(&q)) {
		struct outbox_place head = { endpoint_key, query_col_int(&q, 0),
					     query_col_int(&q, 1), query_col_int(&q, 2) };
		take_head(&head, now_at, ready);
	}
	return query_end(&q, problem);
}

enum fault delivery_begin(struct store *store, const struct delivery_begin *begin,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CLAIM, sql, BEGIN);
	query_int(&q, 1, begin->place.message_key);
	query_int(&q, 2, begin->attempt);
	query_int(&q, 3, begin->boot);
	query_int(&q, 4, begin->started_at);
	query_int(&q, 5, begin->body_key);
	enum fault fault = query_run(&q, problem);
	if (fault == FAULT_NONE && query_changed(store) != 1)
		return problem_set(problem, FAULT_CONFLICT, "a delivery in the outbox is not due");
	return fault == FAULT_NONE ? outbox_delete(store, &begin->place, problem) : fault;
}

enum fault outbox_put_aside(struct store *store, const struct outbox_place *place, int64_t ready_at,
			    struct problem *problem)
{
	struct outbox_place later = *place;
	later.ready_at = ready_at;
	struct query q = query_begin(store, TABLE_CLAIM, sql, SET_READY);
	query_int(&q, 1, place->message_key);
	query_int(&q, 2, ready_at);
	enum fault fault = query_run(&q, problem);
	if (fault == FAULT_NONE)
		fault = outbox_delete(store, place, problem);
	if (fault == FAULT_NONE)
		fault = outbox_add(store, &later, problem);
	return fault;
}

/* ---- facts ---- */

#define FACT_COLUMNS 6
#define FACT_SLOTS   128 /* more keys than that push each other out, and are read again */

struct fact {
	bool known;
	int64_t key;
	struct buf text; /* the columns, each with its NUL */
	size_t len[FACT_COLUMNS];
	size_t at[FACT_COLUMNS];
};

struct facts {
	struct store *store;
	struct fact kinds[FACT_PROGRAMME - FACT_ENDPOINT + 1][FACT_SLOTS];
};

struct facts *facts_new(struct store *store)
{
	struct facts *facts = xcalloc(1, sizeof(*facts));
	facts->store = store;
	return facts;
}

void facts_free(struct facts *facts)
{
	if (!facts)
		return;
	for (size_t kind = 0; kind < sizeof(facts->kinds) / sizeof(facts->kinds[0]); kind++)
		for (size_t i = 0; i < FACT_SLOTS; i++)
			buf_clear(&facts->kinds[kind][i].text);
	free(facts);
}

/* A row that is not there reads as empty columns, as from a LEFT JOIN. */
static enum fault fact_read(struct store *store, unsigned id, int columns, struct fact *fact,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CLAIM, sql, id);
	query_int(&q, 1, fact->key);
	bool found = query_row(&q);
	buf_reset(&fact->text);
	for (int i = 0; i < columns; i++) {
		fact->len[i] = found ? query_col_bytes(&q, i) : 0;
		fact->at[i] = fact->text.len;
		if (fact->len[i] > 0)
			buf_add(&fact->text, query_col_blob(&q, i), fact->len[i]);
		buf_addc(&fact->text, '\0');
	}
	return query_end(&q, problem);
}

/* `to` are set to the columns, good until another key of this kind is asked for. */
static enum fault facts_get(struct facts *facts, unsigned id, int64_t key, const char **const *to,
			    size_t *last_len, struct problem *problem)
{
	struct fact *fact = &facts->kinds[id - FACT_ENDPOINT][(uint64_t)key % FACT_SLOTS];
	int columns = 0;
	enum fault fault = FAULT_NONE;
	while (to[columns])
		columns++;
	if (!fact->known || fact->key != key) {
		fact->key = key;
		fault = fact_read(facts->store, id, columns, fact, problem);
		fact->known = fault == FAULT_NONE;
	}
	if (fault != FAULT_NONE)
		return fault;
	for (int i = 0; i < columns; i++)
		*to[i] = fact->text.data + fact->at[i];
	if (last_len)
		*last_len = fact->len[columns - 1];
	return FAULT_NONE;
}

/* With all that will be asked of it when its messages are written: the row is read once. */
enum fault facts_endpoint_url(struct facts *facts, int64_t endpoint_key, const char **url,
			      struct problem *problem)
{
	const char *options = NULL, *kind = NULL, *older_until = NULL, *format = NULL,
		   *secret = NULL;
	const char **const to[FACT_COLUMNS + 1] = { url,          &options, &kind,
						    &older_until, &format,  &secret };
	return facts_get(facts, FACT_ENDPOINT, endpoint_key, to, NULL, problem);
}

/* ---- what a message says ---- */

static void context_read(const struct query *q, struct message_context *out)
{
	const struct {
		const char **to;
		int column;
	} texts[] = {
		{ &out->id, 0 },       { &out->type, 1 },         { &out->step, 2 },
		{ &out->steps, 3 },    { &out->due_on, 11 },      { &out->lead, 14 },
		{ &out->project, 15 }, { &out->recommender, 16 }, { &out->review_due_on, 21 },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i].to = query_col_text(q, texts[i].column);
	out->nominal_at = query_col_int(q, 4);
	out->created_at = query_col_int(q, 5);
	out->attempt = (unsigned)query_col_int(q, 6) + 1;
	out->body_key = query_col_int(q, 20);
	out->digest_key = query_col_int(q, 22);
	out->sequence = query_col_int(q, 23);
	out->part = query_col_int(q, 24) != 0;
	out->obligation_key = query_col_int(q, 7);
	out->unit_key = query_col_int(q, 8);
	out->revision = query_col_int(q, 9);
	out->n = (int)query_col_int(q, 10);
	out->due_at = query_col_int(q, 12);
	out->provisional = query_col_int(q, 13) != 0;
}

static enum fault context_facts(struct facts *facts, int64_t endpoint_key,
				struct message_context *out, struct problem *problem)
{
	const char *secret = NULL, *older_until = "0", *format = "";
	const struct query *q = &out->query;
	const struct {
		unsigned id;
		int64_t key;
		const char **to[FACT_COLUMNS + 1];
		size_t *last_len;
	} rows[] = {
		{ FACT_ENDPOINT,
		  endpoint_key,
		  { &out->url, &out->options, &out->secret_kind, &older_until, &format, &secret },
		  &out->secret_len },
		{ FACT_RULE,
		  query_col_int(q, 17),
		  { &out->rule_id, &out->kind, &out->rule_name_zh, &out->rule_name_en },
		  NULL },
		{ FACT_TASK, query_col_int(q, 18), { &out->task_id, &out->task_name }, NULL },
		{ FACT_PROGRAMME,
		  query_col_int(q, 19),
		  { &out->programme_id, &out->programme_name_zh, &out->programme_name_en },
		  NULL },
	};
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(rows) / sizeof(rows[0]); i++)
		fault = facts_get(facts, rows[i].id, rows[i].key, rows[i].to, rows[i].last_len,
				  problem);
	out->secret = (const uint8_t *)secret;
	if (!endpoint_format_parse(format, &out->format))
		out->format = FORMAT_STANDARD; /* of no endpoint */
	if (!text_parse_i64(older_until, 0, INT64_MAX, &out->older_until))
		out->older_until = 0; /* of no endpoint */
	return fault;
}

enum fault message_context_begin(struct facts *facts, int64_t message_key, int64_t endpoint_key,
				 struct message_context *out, struct problem *problem)
{
	*out = (struct message_context){ .message_key = message_key };
	out->query = query_begin(facts->store, TABLE_CLAIM, sql, CONTEXT);
	query_int(&out->query, 1, message_key);
	if (!query_row(&out->query)) {
		enum fault fault = query_end(&out->query, problem);
		return fault != FAULT_NONE
			       ? fault
			       : problem_set(problem, FAULT_NOT_FOUND, "there is no such message");
	}
	context_read(&out->query, out);
	enum fault fault = context_facts(facts, endpoint_key, out, problem);
	if (fault != FAULT_NONE)
		message_context_end(out);
	return fault;
}

void message_context_end(struct message_context *context)
{
	(void)query_end(&context->query, NULL);
}

enum fault message_body_get(struct store *store, int64_t body_key, struct buf *out,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_CLAIM, sql, BODY_GET);
	query_int(&q, 1, body_key);
	if (query_row(&q))
		buf_add(out, query_col_text(&q, 0), query_col_bytes(&q, 0));
	return query_end(&q, problem);
}
