/*
 * Each part is a message with a delivery of its own. What its subject's end does to the first, it does to the others.
 */
#include "store/part.h"

enum { MESSAGE_ADD, DELIVERY_ADD, UNTOLD, BODY_SET };

static const char *const sql[] = {
	[MESSAGE_ADD] =
		"INSERT INTO message (id, endpoint_key, type, unit_key, obligation_key, revision, "
		"step, steps, nominal_at, deadline_at, created_at, digest_key, programme_key, "
		"sequence, part) SELECT $2, endpoint_key, type, unit_key, obligation_key, "
		"revision, step, steps, nominal_at, deadline_at, created_at, digest_key, "
		"programme_key, CASE WHEN unit_key IS NOT NULL THEN 1 + coalesce((SELECT sequence "
		"FROM message AS l WHERE l.unit_key = m.unit_key ORDER BY l.message_key DESC LIMIT "
		"1), 0) END, $3 FROM message AS m WHERE message_key = $1",
	[DELIVERY_ADD] = "INSERT INTO delivery (message_key, endpoint_key, state, ready_at, "
			 "body_key) VALUES ($1, $2, 'due', 0, $3)",
	[UNTOLD] = "INSERT INTO digest_untold (message_key, item_key) SELECT $2, item_key FROM "
		   "digest_untold WHERE message_key = $1",
	[BODY_SET] = "UPDATE message_body SET body = $2 WHERE body_key = $1",
};

static enum fault delivery_add(struct store *store, int64_t key, int64_t endpoint_key,
			       int64_t body_key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PART, sql, DELIVERY_ADD);
	query_int(&q, 1, key);
	query_int(&q, 2, endpoint_key);
	query_int(&q, 3, body_key);
	return query_run(&q, problem);
}

static enum fault untold(struct store *store, int64_t first_key, int64_t key,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PART, sql, UNTOLD);
	query_int(&q, 1, first_key);
	query_int(&q, 2, key);
	return query_run(&q, problem);
}

enum fault message_part_add(struct store *store, const struct message_part *part,
			    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PART, sql, MESSAGE_ADD);
	int64_t body_key = 0;
	struct outbox_place place = *part->first;
	query_int(&q, 1, part->first->message_key);
	query_text(&q, 2, part->id);
	query_int(&q, 3, part->n);
	enum fault fault = query_run(&q, problem);
	place.message_key = query_last_key(store);
	place.ready_at = 0;
	if (fault == FAULT_NONE)
		fault = message_body_add(store, part->body->data, part->body->len, &body_key,
					 problem);
	if (fault == FAULT_NONE)
		fault = delivery_add(store, place.message_key, place.endpoint_key, body_key,
				     problem);
	if (fault == FAULT_NONE)
		fault = untold(store, part->first->message_key, place.message_key, problem);
	return fault == FAULT_NONE ? outbox_add(store, &place, problem) : fault;
}

enum fault message_freeze(struct store *store, const struct buf *body, int64_t *body_key,
			  struct problem *problem)
{
	if (!*body_key)
		return message_body_add(store, body->data, body->len, body_key, problem);
	struct query q = query_begin(store, TABLE_PART, sql, BODY_SET);
	query_int(&q, 1, *body_key);
	query_text_n(&q, 2, body->data, body->len);
	return query_run(&q, problem);
}
