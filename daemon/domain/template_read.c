/*
 * A file of texts, read once. The reader goes on after a mistake, so that all of them are told at once: who edits a
 * file on a server wants one round, not one a mistake. A variable that its text can't fill is a mistake, since it would
 * be an empty place in a message to a unit, found when it is too late.
 */
#include "domain/template_parts.h"
#include "jiebang/fault.h"
#include "jiebang/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SECTIONS_DEEP 4
#define MISTAKES_TOLD 50
#define BLANKS        " \t\r"

struct reader {
	struct templates *set;
	enum template_lang lang;
	const char *at, *end;
	unsigned line;
	const char *name;
	unsigned first_line[TEMPLATE_TEXT_COUNT]; /* where this file has the text; 0: nowhere yet */
	struct buf *mistakes;
	size_t n_mistakes;
};

static void mistake(struct reader *reader, unsigned line, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static void mistake(struct reader *reader, unsigned line, const char *hint, const char *fmt, ...)
{
	va_list args;
	if (reader->n_mistakes++ >= MISTAKES_TOLD)
		return;
	buf_addf(reader->mistakes, "%s:%u: ", reader->name, line);
	va_start(args, fmt);
	buf_addv(reader->mistakes, fmt, args);
	va_end(args);
	buf_addf(reader->mistakes, "; %s\n", hint);
}

/* ---- one text ---- */

struct compiler {
	struct reader *reader;
	enum template_text text;
	const char *at, *end;
	unsigned line;
	size_t words_from; /* words that no piece has yet */
	struct {
		size_t piece;
		enum template_var var;
		unsigned line;
	} open[SECTIONS_DEEP];
	size_t deep;
	struct template_compiled out;
};

static struct piece *add_piece(struct compiler *compiler, enum piece_kind kind)
{
	struct template_compiled *out = &compiler->out;
	if ((out->n & (out->n - 1)) == 0)
		out->pieces =
			xrealloc(out->pieces, (out->n ? out->n * 2 : 1) * sizeof(*out->pieces));
	struct piece *piece = &out->pieces[out->n++];
	*piece = (struct piece){ .kind = kind };
	return piece;
}

static void end_words(struct compiler *compiler)
{
	size_t len = compiler->out.words.len - compiler->words_from;
	if (len > 0) {
		struct piece *piece = add_piece(compiler, PIECE_WORDS);
		piece->at = (uint32_t)compiler->words_from;
		piece->len = (uint32_t)len;
	}
	compiler->words_from = compiler->out.words.len;
}

static void unknown_var(struct compiler *compiler, const char *name)
{
	const char *known[TEMPLATE_VAR_COUNT + 1];
	struct buf hint = BUF_EMPTY;
	(void)template_vars_allowed(compiler->text, known);
	const char *near = text_suggest(name, known);
	if (near)
		buf_addf(&hint, "did you mean {%s}? ", near);
	buf_adds(&hint, "known here:");
	for (size_t i = 0; known[i]; i++)
		buf_addf(&hint, " {%s}", known[i]);
	mistake(compiler->reader, compiler->line, buf_str(&hint),
		template_var_parse(name) == TEMPLATE_VAR_COUNT
			? "there is no variable {%s}"
			: "the variable {%s} has no value in this text",
		name);
	buf_clear(&hint);
}

static void open_section(struct compiler *compiler, enum template_var var, bool unless)
{
	if (compiler->deep == SECTIONS_DEEP) {
		mistake(compiler->reader, compiler->line, "make it flatter",
			"sections stand in each other more than %d deep", SECTIONS_DEEP);
		return;
	}
	compiler->open[compiler->deep].piece = compiler->out.n;
	compiler->open[compiler->deep].var = var;
	compiler->open[compiler->deep++].line = compiler->line;
	add_piece(compiler, unless ? PIECE_UNLESS : PIECE_IF)->var = var;
}

static void close_section(struct compiler *compiler, enum template_var var)
{
	const char *name = template_var_name(var);
	struct buf hint = BUF_EMPTY;
	if (compiler->deep == 0) {
		buf_addf(&hint, "begin it with {?%s}, or remove this", name);
		mistake(compiler->reader, compiler->line, buf_str(&hint),
			"{/%s} ends a section that was not begun", name);
	} else if (compiler->open[compiler->deep - 1].var != var) {
		const char *inner = template_var_name(compiler->open[compiler->deep - 1].var);
		buf_addf(&hint, "end that with {/%s} first", inner);
		mistake(compiler->reader, compiler->line, buf_str(&hint),
			"{/%s} stands where the section {?%s} of line %u is open", name, inner,
			compiler->open[compiler->deep - 1].line);
	} else {
		compiler->out.pieces[compiler->open[--compiler->deep].piece].at =
			(uint32_t)compiler->out.n;
	}
	buf_clear(&hint);
}

static void add_variable(struct compiler *compiler, enum template_var var)
{
	const char *name = template_var_name(var);
	if (!template_var_is_condition(var)) {
		add_piece(compiler, PIECE_VARIABLE)->var = var;
		return;
	}
	struct buf hint = BUF_EMPTY;
	buf_addf(&hint, "write {?%s}words{/%s}, or {!%s}words{/%s}", name, name, name, name);
	mistake(compiler->reader, compiler->line, buf_str(&hint),
		"{%s} says yes or no and has no words of its own", name);
	buf_clear(&hint);
}

/* "{name}", "{?name}", "{!name}", "{/name}", at its brace. */
static void read_tag(struct compiler *compiler)
{
	char name[TEMPLATE_NAME_BYTES];
	const char *begin = compiler->at + 1;
	size_t len = 0;
	while (begin + len < compiler->end && !strchr("{}\n", begin[len]))
		len++;
	if (begin + len == compiler->end || begin[len] != '}') {
		mistake(compiler->reader, compiler->line,
			"write {variable}, or \\{ for the brace itself",
			"a { without its } in the same line");
		compiler->at = begin;
		return;
	}
	compiler->at = begin + len + 1;
	char sign = len > 0 && strchr("?!/", begin[0]) ? begin[0] : '\0';
	(void)text_copy_n(name, sizeof(name), begin + (sign != 0), len - (sign != 0));
	enum template_var var = template_var_parse(name);
	if (var == TEMPLATE_VAR_COUNT || !template_var_allowed(compiler->text, var))
		unknown_var(compiler, name);
	else if (sign == '/')
		close_section(compiler, var);
	else if (sign)
		open_section(compiler, var, sign == '!');
	else
		add_variable(compiler, var);
}

static void read_escape(struct compiler *compiler)
{
	const char *next = compiler->at + 1;
	if (next < compiler->end && *next == '\r')
		next++;
	if (next == compiler->end || *next == '\n') {
		compiler->line += next != compiler->end;
		compiler->at = next + (next != compiler->end);
		return;
	}
	if (strchr("\\{}[]#", *next))
		buf_addc(&compiler->out.words, *next);
	else
		mistake(compiler->reader, compiler->line, "write \\\\ for the character itself",
			"a \\ before what needs none");
	compiler->at += 2;
}

/* Blanks that no editor shows: those before the end of a line, which would only be a puzzle in a message. */
static bool trailing(const struct compiler *compiler)
{
	const char *c = compiler->at;
	while (c < compiler->end && strchr(BLANKS, *c))
		c++;
	return c == compiler->end || *c == '\n';
}

/* What a Chinese keyboard gives for a brace is a word of its own in a text, unless a variable follows. */
static bool chinese_brace(const struct compiler *compiler)
{
	static const char brace[] = "｛";
	size_t len = sizeof(brace) - 1;
	const char *next = compiler->at + len;
	return (size_t)(compiler->end - compiler->at) > len &&
	       memcmp(compiler->at, brace, len) == 0 &&
	       ((*next >= 'a' && *next <= 'z') || strchr("?!/", *next));
}

static void read_words(struct compiler *compiler)
{
	unsigned char c = (unsigned char)*compiler->at;
	if (chinese_brace(compiler))
		mistake(compiler->reader, compiler->line, "write { and }",
			"the brace ｛ is the Chinese one and means nothing here");
	if (c == '}')
		mistake(compiler->reader, compiler->line, "write \\} for the brace itself",
			"a } without its {");
	else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
		mistake(compiler->reader, compiler->line, "remove it",
			"a control character (0x%02x)", c);
	else if (!strchr(BLANKS, (int)c) || !trailing(compiler))
		buf_addc(&compiler->out.words, (char)c);
	compiler->at++;
}

static void skip_comments(struct compiler *compiler)
{
	while (compiler->at < compiler->end && *compiler->at == '#') {
		const char *newline =
			memchr(compiler->at, '\n', (size_t)(compiler->end - compiler->at));
		compiler->at = newline ? newline + 1 : compiler->end;
		compiler->line += newline != NULL;
	}
}

static void compile(struct compiler *compiler)
{
	skip_comments(compiler);
	while (compiler->at < compiler->end) {
		char c = *compiler->at;
		unsigned line = compiler->line;
		if (c == '{') {
			end_words(compiler);
			read_tag(compiler);
		} else if (c == '\\') {
			read_escape(compiler);
		} else if (c == '\r' && trailing(compiler)) {
			compiler->at++;
		} else {
			read_words(compiler);
			compiler->line += c == '\n';
		}
		if (compiler->line != line)
			skip_comments(compiler);
	}
	end_words(compiler);
	while (compiler->deep > 0) {
		const char *name = template_var_name(compiler->open[--compiler->deep].var);
		struct buf hint = BUF_EMPTY;
		buf_addf(&hint, "end it with {/%s}", name);
		mistake(compiler->reader, compiler->open[compiler->deep].line, buf_str(&hint),
			"the section {?%s} has no end", name);
		buf_clear(&hint);
	}
}

/* ---- the file ---- */

static size_t line_len(const struct reader *reader)
{
	size_t left = (size_t)(reader->end - reader->at);
	const char *newline = left ? memchr(reader->at, '\n', left) : NULL;
	return newline ? (size_t)(newline - reader->at) : left;
}

static bool says_nothing(const char *line, size_t len)
{
	size_t i = 0;
	if (len > 0 && line[0] == '#')
		return true;
	while (i < len && strchr(BLANKS, line[i]))
		i++;
	return i == len;
}

static void next_line(struct reader *reader)
{
	reader->at += line_len(reader);
	if (reader->at < reader->end) {
		reader->at++;
		reader->line++;
	}
}

/* The lines up to the next name, without those around it that say nothing. */
static void find_body(struct reader *reader, struct compiler *compiler)
{
	compiler->at = compiler->end = reader->at;
	for (; reader->at < reader->end && *reader->at != '['; next_line(reader)) {
		size_t len = line_len(reader);
		if (says_nothing(reader->at, len))
			continue;
		if (compiler->at == compiler->end) {
			compiler->at = reader->at;
			compiler->line = reader->line;
		}
		compiler->end = reader->at + len;
	}
}

static void keep(struct reader *reader, struct compiler *compiler, const char *source, size_t len)
{
	struct template_compiled *text = &reader->set->texts[reader->lang][compiler->text];
	template_compiled_clear(text);
	*text = compiler->out;
	text->source = xstrndup(source, len);
	text->replaced = reader->set->complete;
}

static void read_body(struct reader *reader, enum template_text text, unsigned line)
{
	struct compiler compiler = { .reader = reader, .text = text, .line = line };
	find_body(reader, &compiler);
	const char *source = compiler.at;
	size_t len = (size_t)(compiler.end - compiler.at);
	if (text == TEMPLATE_NONE)
		return;
	const char *name = template_text_name(text);
	if (len == 0)
		mistake(reader, line,
			"write it, or remove the name to keep what comes with jiebangd",
			"the text [%s] says nothing", name);
	else if (len > template_text_max_bytes(text))
		mistake(reader, line, "make it shorter", "the text [%s] has %zu bytes, at most %zu",
			name, len, template_text_max_bytes(text));
	compile(&compiler);
	keep(reader, &compiler, source, len);
}

/* "[name]" alone in its line, which may be anything else. */
static bool header(const char *line, size_t len, char name[TEMPLATE_NAME_BYTES])
{
	while (len > 0 && strchr(BLANKS, line[len - 1]))
		len--;
	if (len < 3 || line[len - 1] != ']' || len - 2 >= TEMPLATE_NAME_BYTES)
		return false;
	for (size_t i = 1; i + 1 < len; i++)
		if ((unsigned char)line[i] <= 0x20 || line[i] == 0x7f || strchr("[]", line[i]))
			return false;
	return text_copy_n(name, TEMPLATE_NAME_BYTES, line + 1, len - 2);
}

static enum template_text find_text(struct reader *reader, const char *name)
{
	enum template_text text = template_text_parse(name);
	const char *near = template_text_suggest(name);
	struct buf hint = BUF_EMPTY;
	if (text == TEMPLATE_NONE && near)
		buf_addf(&hint, "did you mean [%s]?", near);
	if (text == TEMPLATE_NONE)
		mistake(reader, reader->line,
			near ? buf_str(&hint) : "\"jiebangctl template list\" shows all there are",
			"there is no text [%s]", name);
	else if (reader->first_line[text])
		mistake(reader, reader->line, "remove one",
			"the text [%s] stands in line %u already", name, reader->first_line[text]);
	else
		reader->first_line[text] = reader->line;
	buf_clear(&hint);
	return text;
}

static void read_text(struct reader *reader)
{
	char name[TEMPLATE_NAME_BYTES];
	unsigned line = reader->line;
	enum template_text text = TEMPLATE_NONE;
	if (header(reader->at, line_len(reader), name))
		text = find_text(reader, name);
	else
		mistake(reader, line, "write [name] alone, or \\[ for a text that begins with it",
			"a line that begins with [ must be the name of a text");
	next_line(reader);
	read_body(reader, text, line);
}

static void read_file(struct reader *reader)
{
	bool told = false;
	while (reader->at < reader->end) {
		if (*reader->at == '[') {
			read_text(reader);
			continue;
		}
		if (!told && !says_nothing(reader->at, line_len(reader))) {
			mistake(reader, reader->line, "begin a text with its [name]",
				"words before the first name");
			told = true;
		}
		next_line(reader);
	}
}

static bool readable(struct reader *reader)
{
	if (reader->end - reader->at > TEMPLATE_FILE_MAX_BYTES) {
		mistake(reader, 1, "split nothing, shorten the texts",
			"the file has more than %d bytes", TEMPLATE_FILE_MAX_BYTES);
		return false;
	}
	if (text_utf8_valid(reader->at, (size_t)(reader->end - reader->at)))
		return true;
	while (text_utf8_valid(reader->at, line_len(reader)))
		next_line(reader);
	mistake(reader, reader->line, "save the file as UTF-8", "bytes that are no UTF-8");
	return false;
}

size_t templates_read(struct templates *set, enum template_lang lang, const char *text, size_t len,
		      const char *name, struct buf *mistakes)
{
	struct reader reader = { .set = set,
				 .lang = lang,
				 .at = text,
				 .end = text + len,
				 .line = 1,
				 .name = name,
				 .mistakes = mistakes };
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		reader.at += 3;
	if (readable(&reader))
		read_file(&reader);
	if (reader.n_mistakes > MISTAKES_TOLD)
		buf_addf(mistakes, "%s: and %zu more\n", name, reader.n_mistakes - MISTAKES_TOLD);
	return reader.n_mistakes;
}
