/* What a text says, before any message says it. */
#ifndef JIEBANG_ENGINE_PREVIEW_H
#define JIEBANG_ENGINE_PREVIEW_H

#include "jiebang/json.h"
#include "jiebang/template.h"

struct message_context;

/*
 * {"id","text":{zh,en},"message":{zh,en}}: the text alone, and the message that it is part of. `context` NULL:
 * with examples. What the context can't know (counts of a digest, the days of a text for another time) is an example.
 */
void preview_write(const struct templates *templates, enum template_text text,
		   const struct message_context *context, int64_t now_at, struct jw *jw);

#endif
