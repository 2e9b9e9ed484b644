/* The body of a message, rendered once and then frozen: {"type","timestamp","data":{…}}, under 20 kB (D11). */
#ifndef JIEBANG_ENGINE_RENDER_H
#define JIEBANG_ENGINE_RENDER_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"

#include <stdbool.h>
#include <stdint.h>

struct message_context;
struct templates;
struct tx;

void render_body(const struct templates *templates, const struct message_context *context,
		 int64_t now_at, struct buf *out);
/* A notice of what happened: `detail` is the event's JSON object, or NULL. */
void render_notice(const struct templates *templates, const struct message_context *context,
		   const char *detail, int64_t now_at, struct buf *out);
/* A digest: what of its items is still to be told at tx->now_at. */
MUST_CHECK enum fault render_digest(struct tx *tx, const struct message_context *context,
				    struct buf *out, struct problem *problem);

/* From now to the day that the reminder counts to. */
int render_days_left(const struct message_context *context, int64_t now_at);
/* "detail": the event's JSON object, or if that has more than `max` bytes, as much of it as fits. */
void render_detail(const char *detail, size_t max, struct jw *jw);
/* "key":{"zh":…,"en":…} */
void render_names(struct jw *jw, const char *key, const char *zh, const char *en);

#endif
