/*
 * Notices are written when they are made: the transaction that changed something leaves the messages about it, so that
 * neither can be without the other.
 */
#include "engine/notice.h"

#include "engine/post.h"
#include "engine/render.h"
#include "store/about.h"
#include "store/unit.h"

#include <stdio.h>
#include <string.h>

#define NOTICE_KEY_BYTES 160

/* What the notice is about, and where its ids come from. */
struct subject {
	struct about_keys keys;
	const uint8_t *origin_uid;
	const char *recommender;
	const char *rule_id;
	int n;
	int64_t revision;
	int64_t deadline_at;
};

static enum fault write_body(struct tx *tx, const struct subject *subject,
			     const struct notice *notice, struct buf *out, struct problem *problem)
{
	struct message_context context;
	enum fault fault = about_begin(tx->store, &subject->keys, &context, problem);
	if (fault != FAULT_NONE)
		return fault;
	context.type = notice->type;
	context.created_at = tx->now_at;
	render_notice(&context, notice->data, tx->now_at, out);
	about_end(&context);
	return FAULT_NONE;
}

static enum fault send(struct tx *tx, const struct subject *subject, enum recipient to,
		       const struct notice *notice, struct problem *problem)
{
	char owner[OWNER_BYTES], key[NOTICE_KEY_BYTES];
	int len = snprintf(key, sizeof(key), "notice:%s:%s", notice->type, notice->key);
	INVARIANT(len > 0 && len < NOTICE_KEY_BYTES);
	owner_write(to, subject->keys.unit_key, subject->recommender, owner);
	struct buf body = BUF_EMPTY;
	enum fault fault = write_body(tx, subject, notice, &body, problem);
	struct post post = { .owner = owner,
			     .id = { .origin_uid = subject->origin_uid,
				     .unit_key = subject->keys.unit_key,
				     .rule_id = subject->rule_id,
				     .n = subject->n,
				     .revision = subject->revision,
				     .step = key },
			     .message = { .type = notice->type,
					  .unit_key = subject->keys.unit_key,
					  .obligation_key = subject->keys.obligation_key,
					  .revision = subject->revision,
					  .nominal_at = tx->now_at,
					  .deadline_at = subject->deadline_at,
					  .body = buf_str(&body) } };
	if (fault == FAULT_NONE)
		fault = post_to_owner(tx, &post, problem);
	buf_clear(&body);
	tx_stir(tx);
	return fault;
}

enum fault notice_about_obligation(struct tx *tx, const struct obligation_row *row,
				   const struct notice *notice, struct problem *problem)
{
	struct subject subject = { { row->programme_key, row->unit_key, row->key },
				   row->batch_uid,
				   row->recommender,
				   row->rule_id,
				   row->n,
				   row->revision,
				   row->due_at };
	return send(tx, &subject, recipient_of(row, notice->to), notice, problem);
}

enum fault notice_about_unit(struct tx *tx, int64_t unit_key, const struct notice *notice,
			     struct problem *problem)
{
	struct unit_row unit;
	uint8_t batch_uid[16];
	enum fault fault = unit_get(tx->store, unit_key, &unit, problem);
	if (fault == FAULT_NONE)
		fault = unit_batch_uid(tx->store, unit_key, batch_uid, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct subject subject = { { unit.programme_key, unit_key, 0 },
				   batch_uid,
				   unit.recommender,
				   "",
				   0,
				   0,
				   tx->now_at };
	return send(tx, &subject, notice->to, notice, problem);
}

enum fault notice_about_programme(struct tx *tx, int64_t programme_key, const char *recommender,
				  const struct notice *notice, struct problem *problem)
{
	/* Programmes are not imported twice: the instance's own id tells them apart after a restore as well. */
	struct subject subject = { { programme_key, 0, 0 }, tx->instance.uid, recommender, "", 0,
				   programme_key,           tx->now_at };
	INVARIANT(notice->to != RECIPIENT_UNIT);
	return send(tx, &subject, notice->to, notice, problem);
}
