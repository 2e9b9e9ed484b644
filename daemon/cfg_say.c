/*
 * How a mistake in a file is told: "file:line: key: words", its place once more for programs, and what to do. What the
 * file says is quoted, so a string with an escape in it could bring bytes that no terminal and no JSON should get, and
 * a long one could push the words out; both are dealt with here, once.
 */
#include "cfg_say.h"

#include "cfg.h"
#include "jiebang/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES  160
#define PLACE_BYTES 120
#define WORDS_BYTES 440

/* At most max - 1 bytes of `s` into `out`, without control characters and as UTF-8. */
static void clip(char *out, size_t max, const char *s)
{
	(void)text_copy(out, max, s);
	bool utf8 = text_utf8_valid(out, strlen(out));
	for (; *out; out++)
		if ((unsigned char)*out < 0x20 || *out == 0x7f ||
		    (!utf8 && (unsigned char)*out >= 0x80))
			*out = '?';
}

/* Of a long path the end is what tells files apart. */
static const char *name_end(const char *name)
{
	size_t len = strlen(name);
	const char *end = len < NAME_BYTES ? name : name + len - (NAME_BYTES - 1);
	while (((unsigned char)*end & 0xc0) == 0x80)
		end++;
	return end;
}

enum fault cfg_say(struct problem *problem, const char *name, unsigned line, const char *place,
		   const char *words)
{
	char said_name[NAME_BYTES], said_place[PLACE_BYTES], said[WORDS_BYTES];
	if (!problem)
		return FAULT_INVALID;
	clip(said_name, sizeof(said_name), name_end(name));
	clip(said_place, sizeof(said_place), place);
	clip(said, sizeof(said), words);
	(void)problem_set(problem, FAULT_INVALID, "%s:%u: %s%s%s", said_name, line, said_place,
			  place[0] ? ": " : "", said);
	struct buf pointer = BUF_EMPTY;
	size_t skip = strlen(said_name) > 100 ? strlen(said_name) - 100 : 0;
	while (((unsigned char)said_name[skip] & 0xc0) == 0x80)
		skip++;
	buf_addf(&pointer, "%s:%u", said_name + skip, line);
	(void)text_copy(problem->pointer, sizeof(problem->pointer), buf_str(&pointer));
	buf_clear(&pointer);
	return FAULT_INVALID;
}

void cfg_hint(struct problem *problem, const char *fmt, ...)
{
	if (!problem)
		return;
	struct buf hint = BUF_EMPTY;
	va_list args;
	va_start(args, fmt);
	buf_addv(&hint, fmt, args);
	va_end(args);
	(void)text_copy(problem->hint, sizeof(problem->hint), buf_str(&hint));
	buf_clear(&hint);
}

void cfg_suggest(struct problem *problem, const char *word, const char *const *known)
{
	const char *near = text_suggest(word, known);
	if (near) {
		cfg_hint(problem, "did you mean \"%s\"?", near);
		return;
	}
	struct buf all = BUF_EMPTY;
	for (; *known && all.len < sizeof(((struct problem *)0)->hint); known++)
		buf_addf(&all, "%s%s", all.len ? ", " : "", *known);
	cfg_hint(problem, all.len ? "known: %s" : "none is known here%s", buf_str(&all));
	buf_clear(&all);
}
