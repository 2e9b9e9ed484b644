/*
 * Bytes to UTF-8. ASCII is the same in both encodings and passes; from the first other byte on, a window of the file
 * is held back and decides: UTF-8 if it is well-formed as such, else GB18030 (of which GBK and GB2312 are parts),
 * else neither. The decision looks at the window as the file has it, never at how the file came in pieces.
 */
#include "domain/shortlist_parts.h"

#include "jiebang/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES (64 * 1024)
#define MAGIC_BYTES  4
#define BLOCK_BYTES  4096
#define SEQUENCE_MAX 4 /* bytes of the longest character, in UTF-8 as in GB18030 */

enum stage {
	STAGE_MAGIC = 0, /* the first bytes tell other kinds of files apart */
	STAGE_ASCII,
	STAGE_WINDOW,
	STAGE_UTF8,
	STAGE_GB18030
};

struct decode {
	decode_sink sink;
	decode_line line;
	void *arg;
	enum stage stage;
	size_t taken; /* bytes of the file decoded so far */
	unsigned char held[WINDOW_BYTES];
	size_t n_held;
	unsigned char rest[SEQUENCE_MAX]; /* a character whose end has not come yet */
	size_t n_rest;
	iconv_t gb18030; /* (iconv_t)-1 until needed */
};

#define NO_ICONV ((iconv_t)-1)

struct decode *decode_new(decode_sink sink, decode_line line, void *arg)
{
	struct decode *decode = xcalloc(1, sizeof(*decode));
	decode->sink = sink;
	decode->line = line;
	decode->arg = arg;
	decode->gb18030 = NO_ICONV;
	return decode;
}

void decode_free(struct decode *decode)
{
	if (!decode)
		return;
	if (decode->gb18030 != NO_ICONV)
		iconv_close(decode->gb18030);
	free(decode);
}

/* ---- how far a stretch of bytes is well-formed ---- */

/* Bytes of the character that begins with `first`; 0 if none does (RFC 3629). */
static size_t utf8_need(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Nearly every character of a list is a Han one, of three bytes: those are judged here, the rest by text_utf8_valid. */
static bool utf8_character(const unsigned char *s, size_t need)
{
	if (need == 1)
		return true;
	if (need == 3 && s[0] != 0xe0 && s[0] != 0xed)
		return (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80;
	return text_utf8_valid((const char *)s, need);
}

/*
 * Length of the well-formed beginning. *cut: what follows is the beginning of a character that may go on after the
 * stretch. ASCII passes, with NUL: as a cell's content that is an error of the row.
 */
static size_t utf8_prefix(const unsigned char *s, size_t len, bool *cut)
{
	size_t at = 0;
	*cut = false;
	while (at < len) {
		size_t need = utf8_need(s[at]);
		*cut = need > len - at;
		if (need == 0 || *cut || !utf8_character(s + at, need))
			return at;
		at += need;
	}
	return at;
}

static enum fault need_iconv(struct decode *decode, struct problem *problem)
{
	if (decode->gb18030 == NO_ICONV)
		decode->gb18030 = iconv_open("UTF-8", "GB18030");
	if (decode->gb18030 != NO_ICONV)
		return FAULT_NONE;
	return problem_set(problem, FAULT_IO,
			   "the file is not UTF-8, and this system can't convert GB18030: %s",
			   strerror(errno));
}

/* The same for GB18030, converting into `out` (2 bytes for each of `s` are enough); *n_out bytes come out. */
static size_t gb18030_prefix(struct decode *decode, const unsigned char *s, size_t len, char *out,
			     size_t *n_out, bool *cut)
{
	char *from = (char *)(uintptr_t)s, *to = out;
	size_t left = len, room = 2 * len + 16;
	size_t result = iconv(decode->gb18030, &from, &left, &to, &room);
	*cut = result == (size_t)-1 && errno == EINVAL;
	*n_out = (size_t)(to - out);
	/* Back to the initial state: what was cut is given again, whole. */
	(void)iconv(decode->gb18030, NULL, NULL, NULL, NULL);
	return len - left;
}

/* ---- decoding once the encoding is known ---- */

static enum fault refuse(size_t line, size_t at, const char *what, struct problem *problem)
{
	enum fault fault = problem_set(problem, FAULT_INVALID, "line %zu, byte %zu of the file: %s",
				       line, at + 1, what);
	if (problem) {
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "line:%zu", line);
		(void)snprintf(problem->rule, sizeof(problem->rule), "encoding");
		(void)text_copy(problem->hint, sizeof(problem->hint),
				"save the list as \"CSV UTF-8\" and try again");
	}
	return fault;
}

static enum fault broken(const struct decode *decode, const char *what, struct problem *problem)
{
	return refuse(decode->line(decode->arg), decode->taken, what, problem);
}

static const char *broken_words(const struct decode *decode)
{
	return decode->stage == STAGE_UTF8 ? "not UTF-8, as the file was up to here"
					   : "not GB18030, as the file was up to here";
}

static enum fault decode_block(struct decode *decode, const unsigned char *s, size_t len,
			       struct problem *problem)
{
	char converted[2 * (BLOCK_BYTES + SEQUENCE_MAX) + 16];
	const char *text = (const char *)s;
	bool cut;
	size_t n_text;
	size_t done;
	if (decode->stage == STAGE_UTF8) {
		done = utf8_prefix(s, len, &cut);
		n_text = done;
	} else {
		done = gb18030_prefix(decode, s, len, converted, &n_text, &cut);
		text = converted;
	}
	enum fault fault = decode->sink(decode->arg, text, n_text, problem);
	decode->taken += done;
	if (fault != FAULT_NONE)
		return fault;
	if (done < len && !cut)
		return broken(decode, broken_words(decode), problem);
	decode->n_rest = len - done;
	memcpy(decode->rest, s + done, decode->n_rest);
	return FAULT_NONE;
}

static enum fault decode_bytes(struct decode *decode, const unsigned char *data, size_t len,
			       struct problem *problem)
{
	unsigned char block[SEQUENCE_MAX + BLOCK_BYTES];
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && len > 0) {
		size_t before = decode->n_rest;
		size_t n = len < BLOCK_BYTES ? len : BLOCK_BYTES;
		memcpy(block, decode->rest, before);
		memcpy(block + before, data, n);
		decode->n_rest = 0;
		fault = decode_block(decode, block, before + n, problem);
		data += n;
		len -= n;
	}
	return fault;
}

/* ---- deciding ---- */

/* Neither encoding goes on at `at` of the window: of the two, the place where the better one ended. */
static enum fault decode_neither(const struct decode *decode, size_t at, struct problem *problem)
{
	size_t line = decode->line(decode->arg);
	for (size_t i = 0; i < at; i++)
		line += decode->held[i] == '\n' ||
			(decode->held[i] == '\r' && i + 1 < decode->n_held &&
			 decode->held[i + 1] != '\n');
	return refuse(line, decode->taken + at, "neither UTF-8 nor GB18030", problem);
}

/* Every Han character and full-width mark has three bytes or more in UTF-8. */
static bool has_long_character(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] >= 0xe0)
			return true;
	return false;
}

/*
 * Some pairs of GB18030 characters are well-formed UTF-8 of two-byte letters as well: "牵头" reads as "ǣͷ". A list
 * without a single Han character is not what anybody has here, so that GB18030 is asked first then.
 */
static enum fault decide(struct decode *decode, bool at_end, struct problem *problem)
{
	bool cut;
	size_t n_out, n = decode->n_held;
	size_t utf8 = utf8_prefix(decode->held, n, &cut);
	bool utf8_fits = utf8 == n || (cut && !at_end);
	decode->stage = STAGE_UTF8;
	if (!utf8_fits || !has_long_character(decode->held, n)) {
		enum fault fault = need_iconv(decode, problem);
		if (fault != FAULT_NONE)
			return fault;
		char *scratch = xmalloc(2 * n + 16);
		size_t gb = gb18030_prefix(decode, decode->held, n, scratch, &n_out, &cut);
		free(scratch);
		bool gb_fits = gb == n || (cut && !at_end);
		if (!gb_fits && !utf8_fits)
			return decode_neither(decode, utf8 > gb ? utf8 : gb, problem);
		decode->stage = gb_fits ? STAGE_GB18030 : STAGE_UTF8;
	}
	decode->n_held = 0;
	return decode_bytes(decode, decode->held, n, problem);
}

/* Files that people pick by mistake, by their first bytes. */
static const struct magic {
	unsigned char bytes[MAGIC_BYTES];
	size_t len;
	const char *what;
} magics[] = {
	{ { 'P', 'K', 3, 4 }, 4, "an Excel workbook (.xlsx), not CSV" },
	{ { 0xd0, 0xcf, 0x11, 0xe0 }, 4, "an old Excel workbook (.xls), not CSV" },
	{ { '%', 'P', 'D', 'F' }, 4, "a PDF document, not CSV" },
	{ { 0xff, 0xfe, 0, 0 }, 2, "UTF-16 text" },
	{ { 0xfe, 0xff, 0, 0 }, 2, "UTF-16 text" },
};

/* Ends the first stage: other kinds of files are refused by name, a byte order mark says UTF-8. */
static enum fault check_magic(struct decode *decode, struct problem *problem)
{
	static const unsigned char mark[] = { 0xef, 0xbb, 0xbf };
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (decode->n_held >= magics[i].len &&
		    memcmp(decode->held, magics[i].bytes, magics[i].len) == 0)
			return broken(decode, magics[i].what, problem);
	decode->stage = STAGE_ASCII;
	if (decode->n_held >= sizeof(mark) && memcmp(decode->held, mark, sizeof(mark)) == 0) {
		decode->n_held -= sizeof(mark);
		memmove(decode->held, decode->held + sizeof(mark), decode->n_held);
		decode->taken = sizeof(mark);
		decode->stage = STAGE_UTF8;
	}
	unsigned char first[MAGIC_BYTES];
	size_t n = decode->n_held;
	memcpy(first, decode->held, n);
	decode->n_held = 0;
	return decode_feed(decode, first, n, problem);
}

/* Fills `held` up to `max`; returns how many bytes it took. */
static size_t hold(struct decode *decode, const unsigned char *data, size_t len, size_t max)
{
	size_t n = max - decode->n_held < len ? max - decode->n_held : len;
	memcpy(decode->held + decode->n_held, data, n);
	decode->n_held += n;
	return n;
}

static enum fault pass_ascii(struct decode *decode, const unsigned char *data, size_t len,
			     size_t *n, struct problem *problem)
{
	*n = 0;
	while (*n < len && data[*n] < 0x80)
		(*n)++;
	decode->taken += *n;
	if (*n < len)
		decode->stage = STAGE_WINDOW;
	return *n > 0 ? decode->sink(decode->arg, (const char *)data, *n, problem) : FAULT_NONE;
}

enum fault decode_feed(struct decode *decode, const unsigned char *data, size_t len,
		       struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && len > 0) {
		size_t n = len;
		switch (decode->stage) {
		case STAGE_MAGIC:
			n = hold(decode, data, len, MAGIC_BYTES);
			if (decode->n_held == MAGIC_BYTES)
				fault = check_magic(decode, problem);
			break;
		case STAGE_ASCII:
			fault = pass_ascii(decode, data, len, &n, problem);
			break;
		case STAGE_WINDOW:
			n = hold(decode, data, len, WINDOW_BYTES);
			if (decode->n_held == WINDOW_BYTES)
				fault = decide(decode, false, problem);
			break;
		case STAGE_UTF8:
		case STAGE_GB18030:
			fault = decode_bytes(decode, data, len, problem);
			break;
		}
		data += n;
		len -= n;
	}
	return fault;
}

enum fault decode_finish(struct decode *decode, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	if (decode->stage == STAGE_MAGIC)
		fault = check_magic(decode, problem);
	if (fault == FAULT_NONE && decode->stage == STAGE_WINDOW)
		fault = decide(decode, true, problem);
	if (fault == FAULT_NONE && decode->n_rest > 0)
		fault = broken(decode, "the file ends inside a character", problem);
	return fault;
}
