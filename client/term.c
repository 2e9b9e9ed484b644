/*
 * The terminal: cleaning of foreign text, display widths, colours. Bytes that drive a terminal never come from data.
 */
#include "term.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "jiebang/text.h"

#define RUNE_REPLACEMENT 0xfffdu
#define REPLACEMENT      "\xef\xbf\xbd"
#define ELLIPSIS         "\xe2\x80\xa6"

static bool colour_on;

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

size_t term_rune(const char *s, size_t len, uint32_t *rune)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = sequence_length((unsigned char)s[0]);

	*rune = RUNE_REPLACEMENT;
	if (n == 0 || n > len || !text_utf8_valid(s, n)) {
		if (s[0] == '\0')
			*rune = 0;
		return 1;
	}
	*rune = (unsigned char)s[0] & lead_bits[n];
	for (size_t i = 1; i < n; i++)
		*rune = *rune << 6 | ((unsigned char)s[i] & 0x3fu);
	return n;
}

bool term_is_hostile(uint32_t rune)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
		{ 0x00, 0x1f },     /* C0: ESC, BEL, backspace, carriage return */
		{ 0x7f, 0x9f },     /* DEL and C1: 0x9b is a one-character CSI */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x200b,
		  0x200f }, /* zero-width and direction marks: two names that look the same */
		{ 0x2028, 0x202e },   /* separators, embeddings, overrides */
		{ 0x2060, 0x206f },   /* word joiner, isolates, deprecated format controls */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff9, 0xfffb },   /* interlinear annotation */
		{ 0xe0000, 0xe007f }, /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (rune >= ranges[i].first && rune <= ranges[i].last)
			return true;
	return false;
}

void term_clean(struct buf *out, const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		uint32_t rune;
		size_t n = term_rune(s + i, len - i, &rune);

		if (rune == '\n' || rune == '\t' || rune == '\r')
			buf_addc(out, ' ');
		else if (term_is_hostile(rune) || rune == RUNE_REPLACEMENT)
			buf_adds(out, REPLACEMENT);
		else
			buf_add(out, s + i, n);
		i += n;
	}
}

static size_t rune_columns(uint32_t rune)
{
	int width = wcwidth((wchar_t)rune);

	return width > 0 ? (size_t)width : 0;
}

size_t term_columns(const char *s)
{
	size_t columns = 0;
	size_t len = strlen(s);

	for (size_t i = 0; i < len;) {
		uint32_t rune;

		i += term_rune(s + i, len - i, &rune);
		columns += rune_columns(rune);
	}
	return columns;
}

size_t term_fit(struct buf *out, const char *s, size_t columns)
{
	size_t len = strlen(s);
	size_t used = 0;

	if (term_columns(s) <= columns) {
		buf_add(out, s, len);
		return term_columns(s);
	}
	for (size_t i = 0; i < len;) {
		uint32_t rune;
		size_t n = term_rune(s + i, len - i, &rune);

		if (used + rune_columns(rune) + 1 > columns)
			break;
		buf_add(out, s + i, n);
		used += rune_columns(rune);
		i += n;
	}
	if (used >= columns)
		return used;
	buf_adds(out, ELLIPSIS);
	return used + 1;
}

void term_pad(struct buf *out, const char *s, size_t columns)
{
	for (size_t used = term_fit(out, s, columns); used < columns; used++)
		buf_addc(out, ' ');
}

void term_force_utf8(void)
{
	static const char *const fallbacks[] = { "C.UTF-8", "C.utf8", "en_US.UTF-8",
						 "zh_CN.UTF-8" };

	setlocale(LC_ALL, "C"); /* numbers and sorting stay the same everywhere */
	if (setlocale(LC_CTYPE, "") != NULL && MB_CUR_MAX > 1 && wcwidth(0x4e2d) == 2)
		return;
	for (size_t i = 0; i < sizeof(fallbacks) / sizeof(fallbacks[0]); i++)
		if (setlocale(LC_CTYPE, fallbacks[i]) != NULL)
			return;
}

size_t term_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t width;

	if (columns != NULL && text_parse_i64(columns, 20, 1000, &width))
		return (size_t)width;
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

void term_set_colour(const char *when)
{
	const char *no_color = getenv("NO_COLOR"); /* https://no-color.org: set and not empty */
	const char *term = getenv("TERM");

	if (when != NULL && strcmp(when, "auto") != 0)
		colour_on = strcmp(when, "always") == 0;
	else
		colour_on = isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
			    term != NULL && strcmp(term, "dumb") != 0;
}

const char *term_tone(enum tone tone)
{
	static const char *const sequences[] = {
		[TONE_PLAIN] = NULL,      [TONE_BAD] = "\033[31m", [TONE_WARN] = "\033[33m",
		[TONE_GOOD] = "\033[32m", [TONE_DIM] = "\033[2m",  [TONE_BOLD] = "\033[1m",
	};

	return colour_on ? sequences[tone] : NULL;
}

void term_paint(struct buf *out, enum tone tone, const char *s)
{
	const char *sequence = term_tone(tone);

	if (sequence != NULL)
		buf_adds(out, sequence);
	buf_adds(out, s);
	if (sequence != NULL)
		buf_adds(out, "\033[0m");
}
