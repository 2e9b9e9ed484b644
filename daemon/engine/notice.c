/*
 * Notices are written when they are made: the transaction that changed something leaves the messages about it, so that
 * neither can be without the other.
 */
#include "engine/notice.h"

#include "engine/gather.h"
#include "engine/render.h"
#include "jiebang/log.h"
#include "store/about.h"
#include "store/digest.h"
#include "store/endpoint.h"
#include "store/unit.h"

#include <inttypes.h>
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
			     const struct notice *notice, int64_t made_at, struct buf *out,
			     struct problem *problem)
{
	struct message_context context;
	enum fault fault = about_begin(tx->store, &subject->keys, &context, problem);
	if (fault != FAULT_NONE)
		return fault;
	context.type = notice->type;
	context.created_at = made_at;
	render_notice(tx->templates, &context, notice->data, tx->now_at, out);
	about_end(&context);
	return FAULT_NONE;
}

static struct post post_of(const struct subject *subject, const char *owner, const char *type,
			   const char *key, int64_t made_at)
{
	return (struct post){ .owner = owner,
			      .id = { .origin_uid = subject->origin_uid,
				      .unit_key = subject->keys.unit_key,
				      .rule_id = subject->rule_id,
				      .n = subject->n,
				      .revision = subject->revision,
				      .step = key },
			      .message = { .type = type,
					   .programme_key = subject->keys.unit_key
								    ? 0
								    : subject->keys.programme_key,
					   .unit_key = subject->keys.unit_key,
					   .obligation_key = subject->keys.obligation_key,
					   .revision = subject->revision,
					   .nominal_at = made_at,
					   .deadline_at = subject->deadline_at } };
}

static enum fault send(struct tx *tx, const struct subject *subject, enum recipient to,
		       const struct notice *notice, struct problem *problem)
{
	char owner[OWNER_BYTES], key[NOTICE_KEY_BYTES];
	int len = snprintf(key, sizeof(key), "notice:%s:%s", notice->type, notice->key);
	INVARIANT(len > 0 && len < NOTICE_KEY_BYTES);
	owner_write(to, subject->keys.unit_key, subject->recommender, owner);
	struct buf body = BUF_EMPTY;
	struct post post = post_of(subject, owner, notice->type, key, tx->now_at);
	struct gather how = { subject->keys.programme_key, key,
			      notice->data ? notice->data : "{}" };
	enum fault fault = write_body(tx, subject, notice, tx->now_at, &body, problem);
	post.message.body = buf_str(&body);
	if (fault == FAULT_NONE)
		fault = post_or_gather(tx, &post, &how, problem);
	buf_clear(&body);
	tx_stir(tx);
	return fault;
}

static struct subject about_obligation(const struct obligation_row *row)
{
	return (struct subject){ .keys = { row->programme_key, row->unit_key, row->key },
				 .origin_uid = row->batch_uid,
				 .recommender = row->recommender,
				 .rule_id = row->rule_id,
				 .n = row->n,
				 .revision = row->revision,
				 .deadline_at = row->due_at };
}

enum fault notice_about_obligation(struct tx *tx, const struct obligation_row *row,
				   const struct notice *notice, struct problem *problem)
{
	struct subject subject = about_obligation(row);
	return send(tx, &subject, recipient_of(row, notice->to), notice, problem);
}

/* A unit with its batch, as a subject borrows them. */
struct unit_subject {
	struct unit_row unit;
	uint8_t batch_uid[16];
};

static enum fault about_unit(struct tx *tx, int64_t unit_key, struct unit_subject *found,
			     struct subject *out, struct problem *problem)
{
	enum fault fault = unit_get(tx->store, unit_key, &found->unit, problem);
	if (fault == FAULT_NONE)
		fault = unit_batch_uid(tx->store, unit_key, found->batch_uid, problem);
	*out = (struct subject){ .keys = { found->unit.programme_key, unit_key, 0 },
				 .origin_uid = found->batch_uid,
				 .recommender = found->unit.recommender,
				 .rule_id = "",
				 .deadline_at = tx->now_at };
	return fault;
}

enum fault notice_about_unit(struct tx *tx, int64_t unit_key, const struct notice *notice,
			     struct problem *problem)
{
	struct unit_subject found;
	struct subject subject;
	enum fault fault = about_unit(tx, unit_key, &found, &subject, problem);
	return fault == FAULT_NONE ? send(tx, &subject, notice->to, notice, problem) : fault;
}

/* Programmes are not imported twice: the instance's own id tells them apart after a restore as well. */
static struct subject about_programme(const struct tx *tx, int64_t programme_key)
{
	return (struct subject){ .keys = { programme_key, 0, 0 },
				 .origin_uid = tx->instance.uid,
				 .rule_id = "",
				 .revision = programme_key,
				 .deadline_at = tx->now_at };
}

enum fault notice_about_programme(struct tx *tx, int64_t programme_key, const char *recommender,
				  const struct notice *notice, struct problem *problem)
{
	struct subject subject = about_programme(tx, programme_key);
	subject.recommender = recommender;
	INVARIANT(notice->to != RECIPIENT_UNIT);
	return send(tx, &subject, notice->to, notice, problem);
}

enum fault notice_alone(struct tx *tx, const struct digest_item *item, struct problem *problem)
{
	struct obligation_row row;
	struct unit_subject found;
	struct subject subject = about_programme(tx, item->programme_key);
	enum fault fault = FAULT_NONE;
	if (item->obligation_key) {
		fault = obligation_get(tx->store, item->obligation_key, &row, problem);
		subject = about_obligation(&row);
	} else if (item->unit_key) {
		fault = about_unit(tx, item->unit_key, &found, &subject, problem);
	}
	if (fault != FAULT_NONE)
		return fault;
	subject.revision = item->revision;
	struct notice notice = { .type = item->type, .data = item->data };
	struct post post = post_of(&subject, item->owner, item->type, item->notice, item->made_at);
	struct buf body = BUF_EMPTY;
	fault = write_body(tx, &subject, &notice, item->made_at, &body, problem);
	post.message.body = buf_str(&body);
	if (fault == FAULT_NONE)
		fault = post_to_owner(tx, &post, problem);
	buf_clear(&body);
	return fault;
}

/* ---- endpoints ---- */

/* A recommender's and the office's endpoints speak for no programme. */
static enum fault endpoint_body(struct tx *tx, const struct endpoint_row *row,
				const struct endpoint_notice *notice, struct buf *out,
				struct problem *problem)
{
	struct message_context context = { .id = "" };
	struct about_keys keys = { 0, row->unit_key, 0 };
	enum fault fault =
		row->unit_key ? about_begin(tx->store, &keys, &context, problem) : FAULT_NONE;
	if (fault != FAULT_NONE)
		return fault;
	struct endpoint_words words = { row->key, row->owner, notice->first_id, notice->days,
					notice->waiting };
	context.type = notice->type;
	context.created_at = tx->now_at;
	context.endpoint = &words;
	render_notice(tx->templates, &context, notice->data, tx->now_at, out);
	if (row->unit_key)
		about_end(&context);
	return FAULT_NONE;
}

enum fault notice_about_endpoint(struct tx *tx, const struct endpoint_row *row,
				 const struct endpoint_notice *notice, struct problem *problem)
{
	char key[NOTICE_KEY_BYTES];
	struct buf body = BUF_EMPTY;
	int len = snprintf(key, sizeof(key), "notice:%s:%s", notice->type, notice->key);
	INVARIANT(len > 0 && len < NOTICE_KEY_BYTES);
	struct post post = { .owner = row->owner,
			     .except_key = row->key,
			     .id = { .origin_uid = row->uid,
				     .rule_id = "",
				     .revision = notice->since_at,
				     .step = key },
			     .message = { .type = notice->type,
					  .unit_key = row->unit_key,
					  .nominal_at = tx->now_at,
					  .deadline_at = tx->now_at } };
	enum fault fault = endpoint_body(tx, row, notice, &body, problem);
	post.message.body = buf_str(&body);
	if (fault == FAULT_NONE)
		fault = post_to_healthy(tx, &post, problem);
	if (fault == FAULT_NONE && post.n == 0 && strcmp(row->owner, "office") != 0) {
		post.owner = "office";
		fault = post_to_healthy(tx, &post, problem);
	}
	if (fault == FAULT_NONE && post.n == 0)
		log_warning("nobody to tell", "type=%s endpoint=ep_%" PRId64, notice->type,
			    row->key);
	buf_clear(&body);
	tx_stir(tx);
	return fault;
}
