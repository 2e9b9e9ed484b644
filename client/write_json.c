/*
 * JSON out: the server's objects as they came. Characters that could drive a terminal are written as \u escapes,
 * which changes the bytes and not the value. A list is one array with an object a line, so that it streams, and
 * that breaks visibly (no closing bracket) when the list did.
 */
#include "write.h"

#include <string.h>

#include "out.h"

static void add_rune_escaped(struct buf *out, uint32_t rune)
{
	if (rune < 0x10000) {
		buf_addf(out, "\\u%04x", rune);
		return;
	}
	rune -= 0x10000;
	buf_addf(out, "\\u%04x\\u%04x", 0xd800 + (rune >> 10), 0xdc00 + (rune & 0x3ff));
}

/* Copies the string that begins at text[i] (a quote), and returns the index behind it. */
static size_t copy_string(struct buf *out, const char *text, size_t len, size_t i)
{
	buf_addc(out, text[i++]);
	while (i < len && text[i] != '"') {
		uint32_t rune;
		size_t n = term_rune(text + i, len - i, &rune);

		if (text[i] == '\\' && i + 1 < len)
			n = 2;
		if (term_is_hostile(rune))
			add_rune_escaped(out, rune);
		else
			buf_add(out, text + i, n);
		i += n;
	}
	if (i < len)
		buf_addc(out, text[i++]);
	return i;
}

static void new_line(struct buf *out, size_t depth)
{
	buf_addc(out, '\n');
	for (size_t i = 0; i < depth; i++)
		buf_adds(out, "  ");
}

/* Lays out compact JSON; `pretty` with a member a line. */
static void lay_out(struct buf *out, const char *text, size_t len, bool pretty)
{
	size_t depth = 0;

	for (size_t i = 0; i < len;) {
		char c = text[i];
		bool empty = i + 1 < len && (text[i + 1] == '}' || text[i + 1] == ']');

		if (c == '"') {
			i = copy_string(out, text, len, i);
			continue;
		}
		if (pretty && (c == '}' || c == ']'))
			new_line(out, --depth);
		buf_addc(out, c);
		i++;
		if (!pretty)
			continue;
		if ((c == '{' || c == '[') && empty)
			buf_addc(out, text[i++]);
		else if (c == '{' || c == '[')
			new_line(out, ++depth);
		else if (c == ',')
			new_line(out, depth);
		else if (c == ':')
			buf_addc(out, ' ');
	}
}

static void add_json(struct buf *out, const struct jr_value *value, bool pretty)
{
	struct buf compact = BUF_EMPTY;

	jr_write(value, &compact);
	lay_out(out, buf_str(&compact), compact.len, pretty);
	buf_clear(&compact);
}

void write_json_pretty(struct buf *out, const struct jr_value *value)
{
	add_json(out, value, true);
}

static void write_value(const struct jr_value *value, bool pretty, const char *before,
			const char *after)
{
	struct buf text = BUF_EMPTY;

	buf_adds(&text, before);
	add_json(&text, value, pretty);
	buf_adds(&text, after);
	out_write(buf_str(&text), text.len);
	buf_clear(&text);
}

static void array_begin(struct sheet *sheet)
{
	(void)sheet;
	out_str("[");
}

static void array_row(struct sheet *sheet, const struct jr_value *row)
{
	write_value(row, false, sheet->rows == 0 ? "\n" : ",\n", "");
}

static void array_end(struct sheet *sheet)
{
	out_str(sheet->rows == 0 ? "]\n" : "\n]\n");
}

static void object_pretty(struct sheet *sheet, const struct jr_value *object)
{
	(void)sheet;
	write_value(object, true, "", "\n");
}

static void line_row(struct sheet *sheet, const struct jr_value *row)
{
	(void)sheet;
	write_value(row, false, "", "\n");
}

static void nothing(struct sheet *sheet)
{
	(void)sheet;
}

const struct writer writer_json = { "json",  false,     array_begin,  array_row,
				    nothing, array_end, object_pretty };
const struct writer writer_jsonl = {
	"jsonl", false, nothing, line_row, nothing, nothing, line_row
};
