/*
 * What a message's text may speak of, made of what the message is about; said in both languages. Embedded, and on the
 * way of every reminder: nothing is allocated for it.
 */
#ifndef JIEBANG_ENGINE_WORDING_H
#define JIEBANG_ENGINE_WORDING_H

#include "jiebang/json.h"
#include "jiebang/template.h"
#include "jiebang/text.h"

struct message_context;

struct wording {
	struct template_values values;
	const char *programme[TEMPLATE_LANGS];
	const char *rule[TEMPLATE_LANGS];
	char unit[TEXT_ID_BYTES], obligation[TEXT_ID_BYTES];
	char n[TEXT_INT_BYTES], days[TEXT_INT_BYTES];
	char endpoint[TEXT_ID_BYTES], waiting[TEXT_INT_BYTES];
};

/* Strings are borrowed from the context. */
void wording_fill(struct wording *wording, const struct message_context *context);
/* {days}, {one} and {when}. */
void wording_count(struct wording *wording, int days_left);
/* A number; 0 is not there. `room` holds its digits. */
void wording_number(struct wording *wording, enum template_var var, int64_t value,
		    char room[TEXT_INT_BYTES]);
void wording_say(struct wording *wording, const struct templates *templates,
		 enum template_lang lang, enum template_text text, struct buf *out);
/*
 * "text":{"zh":…,"en":…}, in each language at most so many bytes as they are written: with the longest names, four
 * hundred steps and a detail as long as they come, a message has less than 20 kB (D11).
 */
#define WORDING_TEXT_MAX 3000
void wording_text(struct jw *jw, const char *zh, const char *en);
/* The same, of one text. */
void wording_write(struct wording *wording, const struct templates *templates,
		   enum template_text text, struct jw *jw);

#endif
