/*
 * Writing JSON: straight into a buf, commas kept by one flag. Ten times faster than building a tree first, and
 * enough, since we only ever write what we just read from rows.
 */
#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void json_init(struct json *json, struct buf *out)
{
	*json = (struct json){ .out = out };
}

static void value_begins(struct json *json)
{
	if (json->comma)
		buf_addc(json->out, ',');
	json->comma = true;
}

static void open_with(struct json *json, char bracket)
{
	value_begins(json);
	buf_addc(json->out, bracket);
	json->comma = false;
}

static void close_with(struct json *json, char bracket)
{
	buf_addc(json->out, bracket);
	json->comma = true;
}

void json_object(struct json *json)
{
	open_with(json, '{');
}

void json_object_end(struct json *json)
{
	close_with(json, '}');
}

void json_array(struct json *json)
{
	open_with(json, '[');
}

void json_array_end(struct json *json)
{
	close_with(json, ']');
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

void json_str_n(struct json *json, const char *s, size_t len)
{
	value_begins(json);
	buf_addc(json->out, '"');
	if (text_utf8_valid(s, len))
		add_text(json->out, s, len);
	else
		add_repaired(json->out, s, len);
	buf_addc(json->out, '"');
}

void json_str(struct json *json, const char *s)
{
	if (s)
		json_str_n(json, s, strlen(s));
	else
		json_null(json);
}

void json_key(struct json *json, const char *key)
{
	value_begins(json);
	buf_addc(json->out, '"');
	add_text(json->out, key, strlen(key));
	buf_add(json->out, "\":", 2);
	json->comma = false;
}

void json_int(struct json *json, int64_t value)
{
	char digits[24];
	value_begins(json);
	(void)snprintf(digits, sizeof(digits), "%" PRId64, value);
	buf_adds(json->out, digits);
}

void json_bool(struct json *json, bool value)
{
	value_begins(json);
	buf_adds(json->out, value ? "true" : "false");
}

void json_null(struct json *json)
{
	value_begins(json);
	buf_add(json->out, "null", 4);
}

void json_raw(struct json *json, const char *text, size_t len)
{
	value_begins(json);
	buf_add(json->out, text, len);
}

void json_kv_str(struct json *json, const char *key, const char *s)
{
	json_key(json, key);
	json_str(json, s);
}

void json_kv_int(struct json *json, const char *key, int64_t value)
{
	json_key(json, key);
	json_int(json, value);
}

void json_kv_bool(struct json *json, const char *key, bool value)
{
	json_key(json, key);
	json_bool(json, value);
}

void json_kv_id(struct json *json, const char *key, const char *prefix, int64_t id)
{
	char text[TEXT_ID_BYTES];
	text_id_write(text, prefix, id);
	json_kv_str(json, key, text);
}

void json_kv_at(struct json *json, const char *key, int64_t at)
{
	char text[CIVIL_INSTANT_BYTES];
	json_key(json, key);
	if (at == 0) {
		json_null(json);
		return;
	}
	civil_instant_write(at, text);
	json_str(json, text);
}
