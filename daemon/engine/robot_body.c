/*
 * A robot shows people what a standard endpoint gets as data.text, so that what is said is the same on every way and has
 * one source (conf/templates).
 *
 * A text that is too long becomes several messages, each with a delivery of its own: a part that arrived is not sent
 * again with one that did not, and each is retried, held and replayed as any message is. All of them are written in
 * the transaction that begins the first attempt of the first, so that there are all or none. Their ids follow from the
 * first one's ("msg_…-2"), so that even a restored backup makes no others.
 */
#include "engine/robot_body.h"

#include "jiebang/json.h"
#include "jiebang/robot.h"
#include "store/part.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const struct jr_value *message, const struct endpoint_options *options)
{
	const char *language = options->language[0] ? options->language : "zh";
	const struct jr_value *texts = jr_member(jr_member(message, "data"), "text");
	const char *text = jr_string(jr_member(texts, language));
	if (!text)
		text = jr_string(jr_member(message, "type"));
	return text ? text : "";
}

static enum fault write_parts(const struct message_context *context, const struct buf *body,
			      struct robot_parts *parts, struct problem *problem)
{
	struct endpoint_options options;
	struct jr_doc *doc;
	enum fault fault = endpoint_options_read(context->options, strlen(context->options),
						 &options, problem);
	if (fault == FAULT_NONE)
		fault = jr_read(body->data, body->len, &doc, problem);
	if (fault != FAULT_NONE)
		return fault;
	robot_write(context->format, &options, text_of(jr_root(doc), &options), parts);
	jr_free(doc);
	return FAULT_NONE;
}

static enum fault add_part(struct tx *tx, const struct outbox_place *first, const char *first_id,
			   const struct robot_parts *parts, size_t i, struct problem *problem)
{
	char id[64];
	int len = snprintf(id, sizeof(id), "%s-%zu", first_id, i + 1);
	INVARIANT(len > 0 && (size_t)len < sizeof(id));
	struct message_part part = { first, id, (int)i + 1, &parts->bodies[i] };
	tx_tally(tx, 0, "delivery:", "due", 1);
	return message_part_add(tx->store, &part, problem);
}

enum fault robot_freeze(struct tx *tx, const struct outbox_place *place,
			struct message_context *context, struct buf *body, struct problem *problem)
{
	struct robot_parts parts = { .n = 0 };
	enum fault fault = write_parts(context, body, &parts, problem);
	if (fault != FAULT_NONE)
		return fault;
	buf_reset(body);
	buf_add(body, parts.bodies[0].data, parts.bodies[0].len);
	fault = message_freeze(tx->store, body, &context->body_key, problem);
	for (size_t i = 1; fault == FAULT_NONE && i < parts.n; i++)
		fault = add_part(tx, place, context->id, &parts, i, problem);
	if (parts.n > 1)
		tx_stir(tx);
	robot_parts_clear(&parts);
	return fault;
}
