/*
 * From a message's facts to the values of its text.
 */
#include "engine/wording.h"

#include "jiebang/wire.h"
#include "store/claim.h"

#include <string.h>

#define WORDS_BYTES 500 /* most texts are shorter */

static void fill_endpoint(struct wording *wording, const struct endpoint_words *endpoint)
{
	const char **text = wording->values.text;
	text_id_write(wording->endpoint, WIRE_ID_ENDPOINT, endpoint->key);
	text[TEMPLATE_VAR_ENDPOINT] = wording->endpoint;
	text[TEMPLATE_VAR_OWNER] = endpoint->owner;
	text[TEMPLATE_VAR_MESSAGE] = endpoint->first_id;
	text[TEMPLATE_VAR_ONE] = endpoint->days == 1 ? "1" : NULL;
	wording_number(wording, TEMPLATE_VAR_DAYS, endpoint->days, wording->days);
	wording_number(wording, TEMPLATE_VAR_ITEMS, endpoint->waiting, wording->waiting);
}

void wording_fill(struct wording *wording, const struct message_context *context)
{
	memset(&wording->values, 0, sizeof(wording->values));
	const char **text = wording->values.text;
	wording->programme[TEMPLATE_ZH] = context->programme_name_zh;
	wording->programme[TEMPLATE_EN] = context->programme_name_en;
	text[TEMPLATE_VAR_PROGRAMME_ID] = context->programme_id;
	text[TEMPLATE_VAR_TYPE] = context->type;
	wording->rule[TEMPLATE_ZH] = wording->rule[TEMPLATE_EN] = NULL;
	if (context->unit_key) {
		text_id_write(wording->unit, WIRE_ID_UNIT, context->unit_key);
		text[TEMPLATE_VAR_UNIT] = wording->unit;
		text[TEMPLATE_VAR_LEAD] = context->lead;
		text[TEMPLATE_VAR_PROJECT] = context->project;
		text[TEMPLATE_VAR_TASK] = context->task_name;
		text[TEMPLATE_VAR_TASK_ID] = context->task_id;
		text[TEMPLATE_VAR_RECOMMENDER] = context->recommender;
	}
	if (context->endpoint)
		fill_endpoint(wording, context->endpoint);
	if (!context->obligation_key)
		return;
	text_id_write(wording->obligation, WIRE_ID_OBLIGATION, context->obligation_key);
	text[TEMPLATE_VAR_OBLIGATION] = wording->obligation;
	wording->rule[TEMPLATE_ZH] = context->rule_name_zh;
	wording->rule[TEMPLATE_EN] = context->rule_name_en;
	wording_number(wording, TEMPLATE_VAR_N, context->n, wording->n);
	text[TEMPLATE_VAR_DUE] = context->due_on;
	text[TEMPLATE_VAR_REVIEW_DUE] = context->review_due_on;
	text[TEMPLATE_VAR_PROVISIONAL] = context->provisional ? "1" : NULL;
}

void wording_count(struct wording *wording, int days_left)
{
	int days = days_left < 0 ? -days_left : days_left;
	wording_number(wording, TEMPLATE_VAR_DAYS, days, wording->days);
	wording->values.text[TEMPLATE_VAR_ONE] = days == 1 ? "1" : NULL;
	wording->values.when = template_by_days(TEMPLATE_WHEN_BEFORE, days_left);
}

void wording_number(struct wording *wording, enum template_var var, int64_t value,
		    char room[TEXT_INT_BYTES])
{
	(void)text_int_write(room, value);
	wording->values.text[var] = value != 0 ? room : NULL;
}

void wording_say(struct wording *wording, const struct templates *templates,
		 enum template_lang lang, enum template_text text, struct buf *out)
{
	wording->values.text[TEMPLATE_VAR_PROGRAMME] = wording->programme[lang];
	wording->values.text[TEMPLATE_VAR_RULE] = wording->rule[lang];
	template_say(templates, lang, text, &wording->values, out);
}

void wording_text(struct jw *jw, const char *zh, const char *en)
{
	jw_key(jw, "text");
	jw_object(jw);
	jw_key(jw, template_lang_name(TEMPLATE_ZH));
	jw_str_fit(jw, zh, WORDING_TEXT_MAX);
	jw_key(jw, template_lang_name(TEMPLATE_EN));
	jw_str_fit(jw, en, WORDING_TEXT_MAX);
	jw_object_end(jw);
}

void wording_write(struct wording *wording, const struct templates *templates,
		   enum template_text text, struct jw *jw)
{
	struct buf words = BUF_EMPTY;
	buf_reserve(&words, WORDS_BYTES);
	jw_key(jw, "text");
	jw_object(jw);
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++) {
		buf_reset(&words);
		wording_say(wording, templates, (enum template_lang)lang, text, &words);
		jw_key(jw, template_lang_name((enum template_lang)lang));
		jw_str_fit(jw, buf_str(&words), WORDING_TEXT_MAX);
	}
	jw_object_end(jw);
	buf_clear(&words);
}
