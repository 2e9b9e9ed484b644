/*
 * The scan before libconfig: 1.5 wraps 4294967301 to 5 in silence, stops at a NUL, follows @include out of the file
 * whose digest we keep, and recurses as deep as the text says. This small lexer knows comments, strings, names and
 * numbers, refuses those four with their line, and leaves the grammar to libconfig. It also says what libconfig calls
 * a syntax error without a word: a byte of a Chinese full stop, semicolon or quotation mark.
 */
#include "cfg.h"

#include "cfg_say.h"
#include "jiebang/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *at;
	const char *end;
	const char *name;
	unsigned line;
	int depth;
	struct problem *problem;
	char shown[8]; /* a character for a message */
};

size_t cfg_bom_bytes(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static enum fault refuse(const struct scan *scan, const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static enum fault refuse(const struct scan *scan, const char *hint, const char *fmt, ...)
{
	struct buf words = BUF_EMPTY;
	va_list args;
	va_start(args, fmt);
	buf_addv(&words, fmt, args);
	va_end(args);
	(void)cfg_say(scan->problem, scan->name, scan->line, "", buf_str(&words));
	cfg_hint(scan->problem, "%s", hint);
	buf_clear(&words);
	return FAULT_INVALID;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool hex_digit(char c)
{
	return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static bool name_char(char c)
{
	return letter(c) || digit(c) || c == '-' || c == '_';
}

static bool starts(const struct scan *scan, const char *with)
{
	size_t n = strlen(with);
	return (size_t)(scan->end - scan->at) >= n && memcmp(scan->at, with, n) == 0;
}

static void skip_line(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		scan->at++;
}

static enum fault skip_block_comment(struct scan *scan)
{
	unsigned opened = scan->line;
	for (scan->at += 2; scan->at < scan->end; scan->at++) {
		if (starts(scan, "*/")) {
			scan->at += 2;
			return FAULT_NONE;
		}
		scan->line += *scan->at == '\n';
	}
	scan->line = opened;
	return refuse(scan, "close it with */", "this comment is never closed");
}

static enum fault skip_string(struct scan *scan)
{
	for (scan->at++; scan->at < scan->end && *scan->at != '\n'; scan->at++) {
		if (*scan->at == '"') {
			scan->at++;
			return FAULT_NONE;
		}
		if (starts(scan, "\\x00"))
			return refuse(scan, "remove it", "a string can't hold a NUL (\\x00)");
		if (*scan->at == '\\' && scan->end - scan->at > 1 && scan->at[1] != '\n')
			scan->at++;
	}
	return refuse(scan, "close it with \"; strings that follow each other are joined",
		      "a string does not end on its line");
}

/* libconfig reads decimal with atoi and hexadecimal with strtoul into an int; L means 64 bits. */
static bool number_fits(const char *number, size_t len)
{
	char digits[40];
	size_t n = len;
	while (n > 0 && number[n - 1] == 'L')
		n--;
	bool wide = n < len;
	const char *unsign = number + (number[0] == '-' || number[0] == '+');
	bool hex = unsign[0] == '0' && (unsign[1] == 'x' || unsign[1] == 'X');
	if (n >= sizeof(digits))
		return false;
	memcpy(digits, number, n);
	digits[n] = '\0';
	errno = 0;
	long long value = strtoll(digits, NULL, hex ? 16 : 10);
	return errno == 0 && (wide || (value >= INT32_MIN && value <= INT32_MAX));
}

/*
 * Takes exactly what libconfig's lexer takes for an integer: separators are optional to it, so that `a = 5b = 6` is
 * two settings.
 */
static enum fault check_number(struct scan *scan)
{
	const char *begin = scan->at;
	if (*scan->at == '-' || *scan->at == '+')
		scan->at++;
	bool hex = starts(scan, "0x") || starts(scan, "0X");
	scan->at += hex ? 2 : 0;
	while (scan->at < scan->end && (hex ? hex_digit(*scan->at) : digit(*scan->at)))
		scan->at++;
	if (scan->at < scan->end && *scan->at == '.')
		return FAULT_NONE; /* no key takes a fraction; the types say so */
	for (int i = 0; i < 2 && scan->at < scan->end && *scan->at == 'L'; i++)
		scan->at++;
	size_t len = (size_t)(scan->at - begin);
	if (number_fits(begin, len))
		return FAULT_NONE;
	return refuse(scan,
		      "no key takes a number that large; durations and sizes are strings such as "
		      "\"24h\" and \"64KiB\"",
		      "the number %.*s does not fit in 32 bits (64 with L) and would wrap",
		      len > 40 ? 40 : (int)len, begin);
}

static enum fault check_mark(struct scan *scan)
{
	char c = *scan->at;
	if (c == '@')
		return refuse(scan, "write it all into this file",
			      "@include is not supported: a file's digest must cover all of it");
	if (c == '{' || c == '(' || c == '[')
		scan->depth++;
	if (c == '}' || c == ')' || c == ']')
		scan->depth--;
	if (scan->depth > CFG_DEPTH_MAX)
		return refuse(scan, "look for a bracket that is not closed",
			      "brackets are nested deeper than %d", CFG_DEPTH_MAX);
	scan->line += c == '\n';
	scan->at++;
	return FAULT_NONE;
}

/* The one that starts here, as text; the bytes were found to be UTF-8 before. */
static const char *character(struct scan *scan)
{
	size_t n = 1;
	while (n < 4 && scan->at + n < scan->end && ((unsigned char)scan->at[n] & 0xc0) == 0x80)
		n++;
	(void)text_copy_n(scan->shown, sizeof(scan->shown), scan->at, n);
	return scan->shown;
}

static enum fault scan_token(struct scan *scan)
{
	char c = *scan->at;
	if (c == '#' || starts(scan, "//")) {
		skip_line(scan);
		return FAULT_NONE;
	}
	if (starts(scan, "/*"))
		return skip_block_comment(scan);
	if (c == '"')
		return skip_string(scan);
	if (digit(c) || ((c == '-' || c == '+') && scan->end - scan->at > 1 && digit(scan->at[1])))
		return check_number(scan);
	if ((unsigned char)c >= 0x80)
		return refuse(
			scan, "type ; = { } ( ) [ ] , and \" as plain ASCII",
			"a character that is not ASCII stands outside of \"…\" and comments: %s",
			character(scan));
	if (!letter(c))
		return check_mark(scan);
	while (scan->at < scan->end && name_char(*scan->at))
		scan->at++;
	return FAULT_NONE;
}

/* Line by line, so that the fault can name the line. */
static enum fault check_bytes(struct scan *scan)
{
	const char *line = scan->at;
	for (scan->line = 1; line < scan->end; scan->line++) {
		const char *end = memchr(line, '\n', (size_t)(scan->end - line));
		size_t len = (size_t)((end ? end : scan->end) - line);
		if (memchr(line, '\0', len))
			return refuse(scan, "save it as plain text", "the line holds a NUL byte");
		if (!text_utf8_valid(line, len))
			return refuse(scan, "save the file as UTF-8", "the line is not UTF-8");
		line += len + 1;
	}
	return FAULT_NONE;
}

enum fault cfg_scan(const char *text, size_t len, const char *name, struct problem *problem)
{
	struct scan scan = { text + cfg_bom_bytes(text, len), text + len, name, 1, 0, problem, "" };
	if (len > CFG_FILE_MAX_BYTES)
		return problem_set(problem, FAULT_TOO_LARGE, "%s: larger than %d bytes", name,
				   CFG_FILE_MAX_BYTES);
	enum fault fault = check_bytes(&scan);
	scan.line = 1;
	while (fault == FAULT_NONE && scan.at < scan.end)
		fault = scan_token(&scan);
	return fault;
}
