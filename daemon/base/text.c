/*
 * The door for text: validity, bounded copies, numbers with units, ids, and "did you mean".
 */
#include "jiebang/text.h"

#include "jiebang/fault.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Unicode 15, table 3-7. */
size_t text_utf8_sequence(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	/* Lowest and highest second byte, where the first narrows it: no overlong form, surrogate or value past 10FFFF. */
	unsigned lo = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
	unsigned hi = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
	size_t n = s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	if (n == 0 || n > len || s[1] < lo || s[1] > hi)
		return 0;
	for (size_t k = 2; k < n; k++)
		if ((s[k] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool text_utf8_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	while (len > 0) {
		if (*p - 1u < 0x7f) { /* most of what we see is ASCII: 0x01 to 0x7f */
			p++;
			len--;
			continue;
		}
		size_t n = text_utf8_sequence((const char *)p, len);
		if (n == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

size_t text_chars(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) !=
		     0x80; /* all but the bytes that continue a character */
	return n;
}

bool text_copy_n(char *dst, size_t size, const char *src, size_t len)
{
	bool whole = len < size;
	size_t n = whole ? len : size - 1;
	/* Step back over a sequence that the cut would split. */
	while (!whole && n > 0 && ((unsigned char)src[n] & 0xc0) == 0x80)
		n--;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return whole;
}

bool text_copy(char *dst, size_t size, const char *src)
{
	return text_copy_n(dst, size, src, strlen(src));
}

bool text_parse_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	const char *digits = s[0] == '-' ? s + 1 : s;
	if (digits[0] < '0' || digits[0] > '9')
		return false;
	char *end;
	errno = 0;
	long long value = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || value < min || value > max)
		return false;
	*out = value;
	return true;
}

struct unit_of {
	const char *name;
	int64_t factor;
};

/* A sum of number+unit terms, each unit at most once and in falling order when `sum`, else a single term. */
static bool parse_terms(const char *s, const struct unit_of *units, bool sum, int64_t *out)
{
	int64_t total = 0;
	int64_t last_factor = INT64_MAX;
	if (*s == '\0')
		return false;
	while (*s) {
		char *end;
		if (*s < '0' || *s > '9')
			return false;
		errno = 0;
		long long number = strtoll(s, &end, 10);
		size_t unit_len = strcspn(end, "0123456789");
		const struct unit_of *unit = units;
		while (unit->name &&
		       (strlen(unit->name) != unit_len || strncmp(unit->name, end, unit_len) != 0))
			unit++;
		int64_t term;
		if (errno != 0 || !unit->name || unit->factor >= last_factor ||
		    __builtin_mul_overflow((int64_t)number, unit->factor, &term) ||
		    __builtin_add_overflow(total, term, &total))
			return false;
		last_factor = sum ? unit->factor : 0;
		s = end + unit_len;
	}
	*out = total;
	return true;
}

bool text_parse_duration_s(const char *s, int64_t *out_s)
{
	static const struct unit_of units[] = { { "w", 7 * 86400 }, { "d", 86400 }, { "h", 3600 },
						{ "m", 60 },        { "s", 1 },     { NULL, 0 } };
	return parse_terms(s, units, true, out_s);
}

bool text_parse_size_bytes(const char *s, int64_t *out_bytes)
{
	static const struct unit_of units[] = {
		{ "B", 1 },
		{ "kB", 1000 },
		{ "KB", 1000 },
		{ "MB", 1000000 },
		{ "GB", 1000000000 },
		{ "KiB", 1024 },
		{ "MiB", 1024 * 1024 },
		{ "GiB", 1024 * 1024 * 1024 },
		{ NULL, 0 },
	};
	return parse_terms(s, units, false, out_bytes);
}

/* Length in bytes of the white space at `s` (ASCII, or U+3000), 0 if none. */
static size_t space_at(const char *s, size_t len)
{
	if (len > 0 && strchr(" \t\r\n\v\f", s[0]) && s[0] != '\0')
		return 1;
	return len >= 3 && memcmp(s, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

const char *text_trim(const char *s, size_t *len)
{
	size_t n;
	while ((n = space_at(s, *len)) > 0) {
		s += n;
		*len -= n;
	}
	for (;;) {
		if (*len >= 1 && space_at(s + *len - 1, 1) == 1)
			*len -= 1;
		else if (*len >= 3 && space_at(s + *len - 3, 3) == 3)
			*len -= 3;
		else
			return s;
	}
}

#define SUGGEST_MAX 64

/* Damerau-Levenshtein, restricted: insertions, deletions, substitutions, swaps of neighbours. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[3][SUGGEST_MAX + 1];
	size_t n = strlen(a), m = strlen(b);
	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *before = row[(i - 1) % 3], *before2 = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);
			best = before[j] + 1 < best ? before[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before2[j - 2] + 1 < best)
				best = before2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}

const char *text_suggest(const char *word, const char *const *known)
{
	size_t word_len = strlen(word);
	if (word_len > SUGGEST_MAX)
		return NULL;
	const char *nearest = NULL;
	size_t best = word_len / 3 + 2; /* further than that is another word */
	for (; *known; known++) {
		if (strlen(*known) > SUGGEST_MAX)
			continue;
		size_t distance = edit_distance(word, *known);
		if (distance < best) {
			best = distance;
			nearest = *known;
		}
	}
	return nearest;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_same_nocase(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return *a == '\0' && *b == '\0';
}

size_t text_int_write(char out[TEXT_INT_BYTES], int64_t value)
{
	char digits[TEXT_INT_BYTES];
	size_t at = sizeof(digits), len;
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		digits[--at] = '-';
	len = sizeof(digits) - at;
	memcpy(out, digits + at, len);
	out[len] = '\0';
	return len;
}

void text_id_write(char out[TEXT_ID_BYTES], const char *prefix, int64_t key)
{
	size_t len = strlen(prefix);
	INVARIANT(len + 1 + TEXT_INT_BYTES <= TEXT_ID_BYTES);
	memcpy(out, prefix, len + 1);
	out[len] = '_';
	(void)text_int_write(out + len + 1, key);
}

bool text_id_parse(const char *s, const char *prefix, int64_t *key)
{
	size_t n = strlen(prefix);
	if (strncmp(s, prefix, n) != 0 || s[n] != '_' || s[n + 1] == '0')
		return false;
	return text_parse_i64(s + n + 1, 1, INT64_MAX, key);
}
