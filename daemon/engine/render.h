/* The body of a message, rendered once and then frozen: {"type","timestamp","data":{…}}, under 20 kB (D11). */
#ifndef JIEBANG_ENGINE_RENDER_H
#define JIEBANG_ENGINE_RENDER_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"

#include <stdbool.h>
#include <stdint.h>

struct message_context;
struct store;

void render_body(const struct message_context *context, int64_t now_at, struct buf *out);
/* A notice of what happened: `detail` is the event's JSON object, or NULL. */
void render_notice(const struct message_context *context, const char *detail, int64_t now_at,
		   struct buf *out);
/* A digest: what of its items is still to be told now. */
MUST_CHECK enum fault render_digest(struct store *store, const struct message_context *context,
				    int64_t now_at, struct buf *out, struct problem *problem);

/* From now to the day that the reminder counts to. */
int render_days_left(const struct message_context *context, int64_t now_at);
/* "还有 15 天", "今天到期", "逾期 3 天"; "due in 15 days", "due today", "3 days overdue". */
void render_when(int days, bool zh, struct buf *out);
/* What a notice of this type says has happened, in a few words. */
const char *render_happening(const char *type, bool zh);
/* "key":{"zh":…,"en":…} */
void render_names(struct jw *jw, const char *key, const char *zh, const char *en);

#endif
