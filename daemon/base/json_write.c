/*
 * Writing JSON: straight into a buf, commas kept by one flag. Ten times faster than building a tree first, and
 * enough, since we only ever write what we just read from rows.
 */
#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/text.h"

#include <string.h>

void jw_init(struct jw *jw, struct buf *out)
{
	*jw = (struct jw){ .out = out };
}

static void value_begins(struct jw *jw)
{
	if (jw->comma)
		buf_addc(jw->out, ',');
	jw->comma = true;
}

static void open_with(struct jw *jw, char bracket)
{
	value_begins(jw);
	buf_addc(jw->out, bracket);
	jw->comma = false;
}

static void close_with(struct jw *jw, char bracket)
{
	buf_addc(jw->out, bracket);
	jw->comma = true;
}

void jw_object(struct jw *jw)
{
	open_with(jw, '{');
}

void jw_object_end(struct jw *jw)
{
	close_with(jw, '}');
}

void jw_array(struct jw *jw)
{
	open_with(jw, '[');
}

void jw_array_end(struct jw *jw)
{
	close_with(jw, ']');
}

/* What stands in a JSON string as it is: ASCII but for controls, the quote, the backslash and DEL. */
static bool plain(unsigned char c)
{
	return c - 0x20u < 0x5f && c != '"' && c != '\\';
}

/* Eight of those at once. Where a byte is none, at least its own highest bit is set in one of the terms. */
static bool plain_eight(const char *text)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t s;
	memcpy(&s, text, sizeof(s));
	uint64_t found = s | (s - ones * 0x20) | ((s ^ ones * '"') - ones) |
			 ((s ^ ones * '\\') - ones) | ((s ^ ones * 0x7f) - ones);
	return (found & ones * 0x80) == 0;
}

/* Three bytes that need no second look: Chinese is written in them, and the first is none that narrows the second. */
static bool plain_three(const unsigned char *s)
{
	return s[0] - 0xe1u < 0x0c && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80;
}

/* The length of the longest beginning that needs no escape. */
static size_t plain_run(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, n = 1;
	while (i < len && n > 0) {
		if (plain(s[i]))
			n = len - i >= 8 && plain_eight(text + i) ? 8 : 1;
		else if (len - i >= 3 && plain_three(s + i))
			n = 3;
		else
			n = s[i] >= 0x80 ? text_utf8_sequence(text + i, len - i) : 0;
		i += n;
	}
	return i;
}

static void add_escaped(struct buf *out, unsigned char c)
{
	static const char named[][3] = {
		['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
		['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t"
	};
	if (c < sizeof(named) / sizeof(named[0]) && named[c][0])
		buf_adds(out, named[c]);
	else if (c >= 0x80)
		buf_adds(out, "\xef\xbf\xbd"); /* a byte that is not UTF-8 becomes U+FFFD */
	else
		buf_addf(out, "\\u%04x", c);
}

void jw_str_n(struct jw *jw, const char *s, size_t len)
{
	struct buf *out = jw->out;
	value_begins(jw);
	buf_reserve(out, len + 2);
	buf_addc(out, '"');
	while (len > 0) {
		size_t n = plain_run(s, len);
		buf_add(out, s, n);
		if (n < len)
			add_escaped(out, (unsigned char)s[n++]);
		s += n;
		len -= n;
	}
	buf_addc(out, '"');
}

static size_t written_len(unsigned char c)
{
	static const char named[] = "\"\\\b\f\n\r\t";
	if (c && strchr(named, c))
		return 2;
	return c < 0x20 || c == 0x7f ? 6 : 1;
}

void jw_str_fit(struct jw *jw, const char *s, size_t max)
{
	static const char ellipsis[] = "…";
	size_t used = 0, keep = 0, i = 0;
	for (; s[i] && used <= max; i++) {
		bool begins = ((unsigned char)s[i] & 0xc0) != 0x80;
		if (begins && used + sizeof(ellipsis) - 1 <= max)
			keep = i;
		used += written_len((unsigned char)s[i]);
	}
	if (used <= max) {
		jw_str_n(jw, s, i);
		return;
	}
	struct buf kept = BUF_EMPTY;
	buf_add(&kept, s, keep);
	buf_adds(&kept, ellipsis);
	jw_str_n(jw, kept.data, kept.len);
	buf_clear(&kept);
}

void jw_str(struct jw *jw, const char *s)
{
	if (s)
		jw_str_n(jw, s, strlen(s));
	else
		jw_null(jw);
}

void jw_key(struct jw *jw, const char *key)
{
	/* Keys are our own words: nothing in them needs escaping. */
	size_t len = strlen(key);
	struct buf *out = jw->out;
	buf_reserve(out, len + 4);
	char *at = out->data + out->len;
	if (jw->comma)
		*at++ = ',';
	*at++ = '"';
	memcpy(at, key, len);
	at += len;
	*at++ = '"';
	*at++ = ':';
	*at = '\0';
	out->len = (size_t)(at - out->data);
	jw->comma = false;
}

void jw_int(struct jw *jw, int64_t value)
{
	char digits[TEXT_INT_BYTES];
	value_begins(jw);
	buf_add(jw->out, digits, text_int_write(digits, value));
}

void jw_bool(struct jw *jw, bool value)
{
	value_begins(jw);
	buf_adds(jw->out, value ? "true" : "false");
}

void jw_null(struct jw *jw)
{
	value_begins(jw);
	buf_add(jw->out, "null", 4);
}

void jw_raw(struct jw *jw, const char *text, size_t len)
{
	value_begins(jw);
	buf_add(jw->out, text, len);
}

void jw_kv_str(struct jw *jw, const char *key, const char *s)
{
	jw_key(jw, key);
	jw_str(jw, s);
}

void jw_kv_int(struct jw *jw, const char *key, int64_t value)
{
	jw_key(jw, key);
	jw_int(jw, value);
}

void jw_kv_bool(struct jw *jw, const char *key, bool value)
{
	jw_key(jw, key);
	jw_bool(jw, value);
}

void jw_kv_id(struct jw *jw, const char *key, const char *prefix, int64_t id)
{
	char text[TEXT_ID_BYTES];
	text_id_write(text, prefix, id);
	jw_kv_str(jw, key, text);
}

void jw_kv_at(struct jw *jw, const char *key, int64_t at)
{
	char text[CIVIL_INSTANT_BYTES];
	jw_key(jw, key);
	if (at == 0) {
		jw_null(jw);
		return;
	}
	civil_instant_write(at, text);
	jw_str(jw, text);
}
