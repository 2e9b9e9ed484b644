/* The body of a message, rendered once and then frozen: {"type","timestamp","data":{…}}, under 20 kB (D11). */
#ifndef JIEBANG_ENGINE_RENDER_H
#define JIEBANG_ENGINE_RENDER_H

#include "jiebang/buf.h"

#include <stdint.h>

struct message_context;

void render_body(const struct message_context *context, int64_t now_at, struct buf *out);
/* A notice of what happened: `detail` is the event's JSON object, or NULL. */
void render_notice(const struct message_context *context, const char *detail, int64_t now_at,
		   struct buf *out);

#endif
