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

static bool plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

static void add_escaped(struct buf *out, unsigned char c)
{
	static const char named[][3] = {
		['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
		['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t"
	};
	if (c < sizeof(named) / sizeof(named[0]) && named[c][0])
		buf_adds(out, named[c]);
	else
		buf_addf(out, "\\u%04x", c);
}

static void add_text(struct buf *out, const char *s, size_t len)
{
	size_t begin = 0;
	for (size_t i = 0; i < len; i++) {
		if (plain((unsigned char)s[i]))
			continue;
		buf_add(out, s + begin, i - begin);
		add_escaped(out, (unsigned char)s[i]);
		begin = i + 1;
	}
	buf_add(out, s + begin, len - begin);
}

/* Slow path for text that is not UTF-8: every byte that can't stand becomes U+FFFD. */
static void add_repaired(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = 1;
		while (n <= 4 && i + n <= len && !text_utf8_valid(s + i, n))
			n++;
		if (n > 4 || i + n > len) {
			buf_adds(out, s[i] == '\0' ? "\\u0000" : "\xef\xbf\xbd");
			i++;
		} else {
			add_text(out, s + i, n);
			i += n;
		}
	}
}

void jw_str_n(struct jw *jw, const char *s, size_t len)
{
	value_begins(jw);
	buf_addc(jw->out, '"');
	if (text_utf8_valid(s, len))
		add_text(jw->out, s, len);
	else
		add_repaired(jw->out, s, len);
	buf_addc(jw->out, '"');
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
	value_begins(jw);
	buf_addc(jw->out, '"');
	add_text(jw->out, key, strlen(key));
	buf_add(jw->out, "\":", 2);
	jw->comma = false;
}

void jw_int(struct jw *jw, int64_t value)
{
	char digits[20]; /* of 2^63 there are 19 */
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	value_begins(jw);
	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		buf_addc(jw->out, '-');
	buf_add(jw->out, digits + at, sizeof(digits) - at);
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
