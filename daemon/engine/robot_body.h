/* A message as a chat robot gets it (jiebang/robot.h). */
#ifndef JIEBANG_ENGINE_ROBOT_BODY_H
#define JIEBANG_ENGINE_ROBOT_BODY_H

#include "engine/tx.h"
#include "store/claim.h"

/*
 * At the first claim: `body` holds the message as a standard endpoint would get it, and then, frozen, as this robot does;
 * context->body_key says where. What is too long for one goes on in messages of its own, which are due now.
 */
MUST_CHECK enum fault robot_freeze(struct tx *tx, const struct outbox_place *place,
				   struct message_context *context, struct buf *body,
				   struct problem *problem);

#endif
