/*
 * The values of a preview: what the unit or obligation has, and examples for the rest.
 */
#include "engine/preview.h"

#include "engine/render.h"
#include "engine/wording.h"
#include "store/claim.h"

#include <stdlib.h>

#define EXAMPLE_DAYS 15

/* Texts of deadlines stand by threes: before, today, overdue. -1, 0, 1; or 0 for texts that are of no such three. */
static int days_wanted(enum template_text text)
{
	if (text > TEMPLATE_WHEN_OVERDUE)
		return EXAMPLE_DAYS;
	return (1 - (int)(text - TEMPLATE_REMINDER_BEFORE) % 3) * EXAMPLE_DAYS;
}

static bool same_sign(int a, int b)
{
	return (a > 0) == (b > 0) && (a < 0) == (b < 0);
}

static bool is_turn(enum template_text text)
{
	return text >= TEMPLATE_TURN_UNIT && text <= TEMPLATE_TURN_OFFICE;
}

/* The message that has this text in it; the text itself if it is one. */
static enum template_text whole_of(enum template_text text)
{
	if (template_text_is_happening(text))
		return TEMPLATE_NOTICE;
	if (text >= TEMPLATE_WHEN_BEFORE && text <= TEMPLATE_WHEN_OVERDUE)
		return TEMPLATE_REMINDER_BEFORE + (text - TEMPLATE_WHEN_BEFORE);
	return is_turn(text) ? TEMPLATE_WEEKLY_ROW : text;
}

static void set_examples(struct wording *wording, enum template_lang lang, bool all)
{
	const char **text = wording->values.text;
	for (int i = 0; i < TEMPLATE_VAR_COUNT; i++)
		if (!text[i] && (all || i == TEMPLATE_VAR_REVIEW_DUE || i >= TEMPLATE_VAR_TYPE))
			text[i] = template_var_example((enum template_var)i, lang);
	if (!all)
		return;
	wording->programme[lang] = template_var_example(TEMPLATE_VAR_PROGRAMME, lang);
	wording->rule[lang] = template_var_example(TEMPLATE_VAR_RULE, lang);
}

static void fill(struct wording *wording, enum template_text text,
		 const struct message_context *context, int64_t now_at)
{
	static const struct message_context nothing = { .id = "" };
	int days = days_wanted(text);
	wording_fill(wording, context ? context : &nothing);
	if (context && context->obligation_key &&
	    same_sign(days, render_days_left(context, now_at)))
		days = render_days_left(context, now_at);
	wording_count(wording, days);
	wording->values.what =
		template_text_is_happening(text) ? text : TEMPLATE_OBLIGATION_RETURNED;
	wording->values.turn = is_turn(text) ? text : TEMPLATE_TURN_UNIT;
	if (template_text_is_happening(text) && text != TEMPLATE_NOTICE_OTHER)
		wording->values.text[TEMPLATE_VAR_TYPE] = template_text_name(text);
}

static void write_one(struct jw *jw, const char *key, const struct templates *templates,
		      const struct wording *filled, bool examples, enum template_text text)
{
	jw_key(jw, key);
	jw_object(jw);
	for (int i = 0; i < TEMPLATE_LANGS; i++) {
		enum template_lang lang = (enum template_lang)i;
		struct wording wording = *filled;
		struct buf said = BUF_EMPTY;
		set_examples(&wording, lang, examples);
		wording_say(&wording, templates, lang, text, &said);
		jw_kv_str(jw, template_lang_name(lang), buf_str(&said));
		buf_clear(&said);
	}
	jw_object_end(jw);
}

void preview_write(const struct templates *templates, enum template_text text,
		   const struct message_context *context, int64_t now_at, struct jw *jw)
{
	struct wording wording = { .n = "" };
	fill(&wording, text, context, now_at);
	jw_object(jw);
	jw_kv_str(jw, "id", template_text_name(text));
	write_one(jw, "text", templates, &wording, !context, text);
	write_one(jw, "message", templates, &wording, !context, whole_of(text));
	jw_object_end(jw);
}
