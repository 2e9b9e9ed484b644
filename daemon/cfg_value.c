/*
 * The types of values, one taker each. All refuse what they don't understand and say why; none guesses.
 */
#include "cfg_value.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct take {
	const struct cfg_row *row;
	const struct cfg_value *value;
	void *at;
	struct buf *why;
};

static bool refuse(const struct take *take, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static bool refuse(const struct take *take, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	buf_addv(take->why, fmt, args);
	va_end(args);
	return false;
}

static const char *kind_name(enum cfg_kind kind)
{
	static const char *const names[] = {
		[CFG_KIND_OTHER] = "something else", [CFG_KIND_TEXT] = "a string",
		[CFG_KIND_INTEGER] = "a number",     [CFG_KIND_BOOL] = "true or false",
		[CFG_KIND_LIST] = "a list",
	};
	return names[kind];
}

static bool expect(const struct take *take, enum cfg_kind kind)
{
	if (take->value->kind == kind)
		return true;
	return refuse(take, "must be %s, not %s", kind_name(kind), kind_name(take->value->kind));
}

static bool text_ok(const struct take *take, const char *text)
{
	size_t len = strlen(text);
	size_t max = take->row->max > 0 ? (size_t)take->row->max : CFG_TEXT_BYTES;
	if (take->row->type == CFG_TEXTS)
		max = CFG_TEXT_BYTES;
	if (len > max)
		return refuse(take, "has %zu bytes, at most %zu fit", len, max);
	return cfg_text_is_plain(text) ||
	       refuse(take, "holds a control character, or is not UTF-8 (a \\x escape?)");
}

static void store_text(const struct take *take)
{
	char **at = take->at;
	free(*at);
	*at = xstrdup(take->value->text);
}

static bool take_text(const struct take *take)
{
	if (!expect(take, CFG_KIND_TEXT) || !text_ok(take, take->value->text))
		return false;
	if (!take->row->preset && take->value->text[0] == '\0')
		return refuse(take, "must not be empty");
	store_text(take);
	return true;
}

static bool id_ok(const struct take *take)
{
	const char *id = take->value->text;
	size_t len = strlen(id);
	if (len == 0 || len >= CFG_ID_BYTES)
		return refuse(take, "must have 1 to %d characters", CFG_ID_BYTES - 1);
	if (strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_") != len || id[0] == '-' ||
	    id[0] == '_')
		return refuse(take, "\"%s\" is no id", id);
	return true;
}

static bool take_id(const struct take *take)
{
	if (!expect(take, CFG_KIND_TEXT) || !id_ok(take))
		return false;
	store_text(take);
	return true;
}

static bool take_id_buf(const struct take *take)
{
	if (!expect(take, CFG_KIND_TEXT) || !id_ok(take))
		return false;
	(void)text_copy(take->at, CFG_ID_BYTES, take->value->text);
	return true;
}

static bool take_bool(const struct take *take)
{
	if (!expect(take, CFG_KIND_BOOL))
		return false;
	*(bool *)take->at = take->value->truth;
	return true;
}

static bool in_bounds(const struct take *take, int64_t value)
{
	if (value >= take->row->min && value <= take->row->max)
		return true;
	return refuse(take, "%" PRId64 " is outside %" PRId64 " to %" PRId64, value, take->row->min,
		      take->row->max);
}

static bool take_int(const struct take *take)
{
	if (!expect(take, CFG_KIND_INTEGER) || !in_bounds(take, take->value->integer))
		return false;
	*(int *)take->at = (int)take->value->integer;
	return true;
}

static bool take_uint(const struct take *take)
{
	if (!expect(take, CFG_KIND_INTEGER) || !in_bounds(take, take->value->integer))
		return false;
	*(unsigned *)take->at = (unsigned)take->value->integer;
	return true;
}

static bool take_seconds(const struct take *take)
{
	int64_t value;
	if (!expect(take, CFG_KIND_TEXT))
		return false;
	if (!text_parse_duration_s(take->value->text, &value))
		return refuse(take, "\"%s\" is no duration", take->value->text);
	if (value < take->row->min || value > take->row->max)
		return refuse(take, "\"%s\" is outside %" PRId64 " s to %" PRId64 " s",
			      take->value->text, take->row->min, take->row->max);
	*(int *)take->at = (int)value;
	return true;
}

static bool take_bytes(const struct take *take)
{
	int64_t value;
	if (!expect(take, CFG_KIND_TEXT))
		return false;
	if (!text_parse_size_bytes(take->value->text, &value))
		return refuse(take, "\"%s\" is no size", take->value->text);
	if (value < take->row->min || value > take->row->max)
		return refuse(take, "\"%s\" is outside %" PRId64 " to %" PRId64 " bytes",
			      take->value->text, take->row->min, take->row->max);
	*(int64_t *)take->at = value;
	return true;
}

static bool take_date(const struct take *take)
{
	int32_t day;
	if (!expect(take, CFG_KIND_TEXT))
		return false;
	bool absent = take->row->preset && take->value->text[0] == '\0';
	if (!absent && !civil_parse(take->value->text, &day))
		return refuse(take, "there is no date \"%s\"", take->value->text);
	store_text(take);
	return true;
}

static bool take_time(const struct take *take)
{
	if (!expect(take, CFG_KIND_TEXT))
		return false;
	const char *s = take->value->text;
	bool shaped = strlen(s) == 5 && s[2] == ':' && strspn(s, "0123456789") == 2 &&
		      strspn(s + 3, "0123456789") == 2;
	int hour = shaped ? (s[0] - '0') * 10 + s[1] - '0' : 24;
	int minute = shaped ? (s[3] - '0') * 10 + s[4] - '0' : 60;
	if (hour > 23 || minute > 59)
		return refuse(take, "\"%s\" is no time of day", s);
	*(int *)take->at = hour * 3600 + minute * 60;
	return true;
}

static const struct cfg_word *word_find(const struct take *take)
{
	if (!expect(take, CFG_KIND_TEXT))
		return NULL;
	const struct cfg_word *word = take->row->words;
	while (word->name && strcmp(word->name, take->value->text) != 0)
		word++;
	if (!word->name)
		(void)refuse(take, "unknown word \"%s\"", take->value->text);
	return word->name ? word : NULL;
}

static bool take_word(const struct take *take)
{
	const struct cfg_word *word = word_find(take);
	if (word)
		memcpy(take->at, &word->value, sizeof(word->value));
	return word != NULL;
}

static bool take_switch(const struct take *take)
{
	const struct cfg_word *word = word_find(take);
	if (word)
		*(bool *)take->at = word->value != 0;
	return word != NULL;
}

static void texts_add(struct cfg_texts *texts, const char *text, size_t len)
{
	texts->item = xrealloc(texts->item, (texts->n + 1) * sizeof(*texts->item));
	texts->item[texts->n++] = xstrndup(text, len);
}

void cfg_texts_clear(struct cfg_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		free(texts->item[i]);
	free(texts->item);
	*texts = (struct cfg_texts){ NULL, 0 };
}

static bool take_texts_of_node(const struct take *take)
{
	struct cfg_texts *texts = take->at;
	size_t n = cfg_length(take->value->node);
	if (n > (size_t)take->row->max)
		return refuse(take, "has %zu elements, at most %" PRId64 " are allowed", n,
			      take->row->max);
	for (size_t i = 0; i < n; i++) {
		const char *text = cfg_string(cfg_element(take->value->node, i));
		if (!text)
			return refuse(take, "element %zu must be a string", i);
		if (!text_ok(take, text))
			return false;
		texts_add(texts, text, strlen(text));
	}
	return true;
}

static bool take_texts(const struct take *take)
{
	cfg_texts_clear(take->at);
	if (take->value->node)
		return expect(take, CFG_KIND_LIST) && take_texts_of_node(take);
	for (const char *s = take->value->text; *s;) {
		size_t len = strcspn(s, " ");
		texts_add(take->at, s, len);
		s += len + (s[len] == ' ');
	}
	return true;
}

static const struct type {
	bool (*take)(const struct take *take);
	const char *hint; /* how it is written; NULL: the words themselves are the hint */
} types[CFG_TYPE_COUNT] = {
	[CFG_TEXT] = { take_text, "write it as \"text\"" },
	[CFG_PATH] = { take_text, "write a path as \"text\"" },
	[CFG_ID] = { take_id, "an id is written with a-z, 0-9, - and _, as in \"future-2023\"" },
	[CFG_ID_BUF] = { take_id_buf, "an id is written with a-z, 0-9, - and _" },
	[CFG_BOOL] = { take_bool, "write true or false" },
	[CFG_INT] = { take_int, "write a whole number" },
	[CFG_UINT] = { take_uint, "write a whole number" },
	[CFG_SECONDS] = { take_seconds, "a duration has a unit: \"20s\", \"5m\", \"1h30m\"" },
	[CFG_BYTES] = { take_bytes, "a size has a unit: \"512B\", \"64KiB\", \"10MB\"" },
	[CFG_DATE] = { take_date, "a date is written \"2024-09-02\"" },
	[CFG_TIME] = { take_time, "a time of day is written \"09:05\"" },
	[CFG_WORD] = { take_word, NULL },
	[CFG_SWITCH] = { take_switch, NULL },
	[CFG_TEXTS] = { take_texts, "write [ \"a\", \"b\" ]" },
	[CFG_NODE] = { NULL, NULL },
};

bool cfg_value_take(const struct cfg_row *row, const struct cfg_value *value, void *into,
		    struct buf *why)
{
	struct take take = { row, value, (char *)into + row->offset, why };
	return types[row->type].take(&take);
}

void cfg_value_preset(const struct cfg_row *row, void *into)
{
	/* A preset may stand outside the bounds: "-1", not given. */
	struct cfg_row unbounded = *row;
	struct cfg_value value = { .kind = CFG_KIND_TEXT, .text = row->preset };
	struct buf why = BUF_EMPTY;
	if (row->type == CFG_INT || row->type == CFG_UINT) {
		value.kind = CFG_KIND_INTEGER;
		unbounded.min = INT32_MIN;
		unbounded.max = INT32_MAX;
		INVARIANT(text_parse_i64(row->preset, INT64_MIN, INT64_MAX, &value.integer));
	} else if (row->type == CFG_BOOL) {
		value.kind = CFG_KIND_BOOL;
		value.truth = strcmp(row->preset, "true") == 0;
	}
	INVARIANT(cfg_value_take(&unbounded, &value, into, &why));
	buf_clear(&why);
}

void cfg_value_explain(const struct cfg_row *row, const struct cfg_value *value,
		       struct problem *problem)
{
	const char *known[16];
	size_t n = 0;
	if (!row->words) {
		cfg_hint(problem, "%s%s%s", types[row->type].hint, row->help ? "; " : "",
			 row->help ? row->help : "");
		return;
	}
	for (; row->words[n].name; n++) {
		INVARIANT(n + 1 < sizeof(known) / sizeof(known[0]));
		known[n] = row->words[n].name;
	}
	known[n] = NULL;
	cfg_suggest(problem, value->text ? value->text : "", known);
}
