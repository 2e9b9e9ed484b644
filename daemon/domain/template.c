/*
 * Texts as pieces, and how they are said. Saying is on the way of every reminder: a walk over pieces that adds strings,
 * and nothing is looked up, parsed or allocated.
 */
#include "domain/template_parts.h"
#include "jiebang/fault.h"
#include "jiebang/text.h"

#include <stdlib.h>
#include <string.h>

extern const unsigned char template_zh[]; /* conf/templates/zh.conf, NUL-terminated */
extern const unsigned char template_en[]; /* conf/templates/en.conf */

void template_compiled_clear(struct template_compiled *text)
{
	free(text->pieces);
	buf_clear(&text->words);
	free(text->source);
	*text = (struct template_compiled){ .words = BUF_EMPTY };
}

struct templates *templates_new(void)
{
	static const unsigned char *const files[TEMPLATE_LANGS] = { template_zh, template_en };
	struct templates *set = xcalloc(1, sizeof(*set));
	struct buf mistakes = BUF_EMPTY;
	for (size_t lang = 0; lang < TEMPLATE_LANGS; lang++) {
		const char *text = (const char *)files[lang];
		(void)templates_read(set, (enum template_lang)lang, text, strlen(text),
				     "conf/templates", &mistakes);
		for (size_t i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT; i++)
			INVARIANT(set->texts[lang][i].source != NULL);
	}
	INVARIANT(mistakes.len == 0);
	set->complete = true;
	return set;
}

static void compiled_copy(const struct template_compiled *from, struct template_compiled *to)
{
	*to = (struct template_compiled){ .n = from->n,
					  .words = BUF_EMPTY,
					  .source = xstrdup(from->source),
					  .replaced = from->replaced };
	to->pieces = xcalloc(from->n ? from->n : 1, sizeof(*to->pieces));
	if (from->n > 0)
		memcpy(to->pieces, from->pieces, from->n * sizeof(*to->pieces));
	buf_adds(&to->words, buf_str(&from->words));
}

struct templates *templates_copy(const struct templates *set)
{
	struct templates *copy = xcalloc(1, sizeof(*copy));
	copy->complete = set->complete;
	for (size_t lang = 0; lang < TEMPLATE_LANGS; lang++)
		for (size_t i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT; i++)
			compiled_copy(&set->texts[lang][i], &copy->texts[lang][i]);
	return copy;
}

void templates_free(struct templates *set)
{
	if (!set)
		return;
	for (size_t lang = 0; lang < TEMPLATE_LANGS; lang++)
		for (size_t i = 0; i < TEMPLATE_TEXT_COUNT; i++)
			template_compiled_clear(&set->texts[lang][i]);
	free(set);
}

const char *templates_source(const struct templates *set, enum template_lang lang,
			     enum template_text text)
{
	return set->texts[lang][text].source;
}

bool templates_replaced(const struct templates *set, enum template_lang lang,
			enum template_text text)
{
	return set->texts[lang][text].replaced;
}

/* ---- saying ---- */

/* The text that stands for the variable; TEMPLATE_NONE if it is an ordinary one. */
static enum template_text text_of(const struct template_values *values, enum template_var var)
{
	return var == TEMPLATE_VAR_WHEN   ? values->when
	       : var == TEMPLATE_VAR_WHAT ? values->what
	       : var == TEMPLATE_VAR_TURN ? values->turn
					  : TEMPLATE_NONE;
}

static bool is_there(const struct template_values *values, enum template_var var)
{
	const char *value = values->text[var];
	return (value && value[0] && strcmp(value, "0") != 0) ||
	       text_of(values, var) != TEMPLATE_NONE;
}

/* A text that stands in another knows none of these itself (template_words.c), so this goes two deep at most. */
static void say(const struct templates *set, enum template_lang lang, enum template_text text,
		const struct template_values *values, struct buf *out)
{
	const struct template_compiled *compiled = &set->texts[lang][text];
	for (size_t i = 0; i < compiled->n;) {
		const struct piece *piece = &compiled->pieces[i++];
		switch (piece->kind) {
		case PIECE_WORDS:
			buf_add(out, compiled->words.data + piece->at, piece->len);
			break;
		case PIECE_VARIABLE:
			if (text_of(values, piece->var) != TEMPLATE_NONE)
				say(set, lang, text_of(values, piece->var), values, out);
			else if (values->text[piece->var])
				buf_adds(out, values->text[piece->var]);
			break;
		case PIECE_IF:
		case PIECE_UNLESS:
			if (is_there(values, piece->var) != (piece->kind == PIECE_IF))
				i = piece->at;
			break;
		}
	}
}

/* Nothing that an operator writes may make a body of more than a receiver takes (Standard Webhooks: 20 kB). */
static void cut(struct buf *out, size_t from)
{
	static const char ellipsis[] = "…";
	size_t len = from + TEMPLATE_SAID_MAX_BYTES - (sizeof(ellipsis) - 1);
	while (len > from && ((unsigned char)out->data[len] & 0xc0) == 0x80)
		len--;
	out->len = len;
	buf_adds(out, ellipsis);
}

void template_say(const struct templates *set, enum template_lang lang, enum template_text text,
		  const struct template_values *values, struct buf *out)
{
	size_t from = out->len;
	say(set, lang, text, values, out);
	if (out->len - from > TEMPLATE_SAID_MAX_BYTES)
		cut(out, from);
}
