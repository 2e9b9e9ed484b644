/*
 * What all writers share: finding members, and a cell as a machine reads it (as on the wire). What a person reads is
 * kept apart: write_cell.c.
 */
#include "write.h"

#include <string.h>

#include "jiebang/fault.h"
#include "out.h"

#define PATH_PART_BYTES 64

const struct jr_value *write_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = row;

	while (value != NULL && *path != '\0') {
		char part[PATH_PART_BYTES];
		size_t len = strcspn(path, ".");

		INVARIANT(len < sizeof(part));
		memcpy(part, path, len);
		part[len] = '\0';
		value = jr_member(value, part);
		path += path[len] == '.' ? len + 1 : len;
	}
	return value == NULL || jr_type(value) == JR_NULL ? NULL : value;
}

const char *write_string_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = write_at(row, path);
	const char *s = value != NULL ? jr_string(value) : NULL;

	return s != NULL ? s : "";
}

const char *write_said_at(const struct jr_value *row, const char *path)
{
	struct buf member = BUF_EMPTY;
	const char *said = "";

	if (say_language() == LANG_ZH) {
		buf_addf(&member, "%s_zh", path);
		said = write_string_at(row, buf_str(&member));
		buf_clear(&member);
	}
	return said[0] != '\0' ? said : write_string_at(row, path);
}

int64_t write_number_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = write_at(row, path);
	int64_t number;

	return value != NULL && jr_integer(value, &number) ? number : 0;
}

bool write_truth_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = write_at(row, path);
	bool truth;

	return value != NULL && jr_boolean(value, &truth) && truth;
}

const char *write_name(const struct jr_value *value)
{
	static const char *const members[][2] = {
		[LANG_EN] = { "en", "zh" }, [LANG_ZH] = { "zh", "en" }
	};

	if (value == NULL)
		return "";
	for (size_t i = 0; i < 2; i++) {
		const char *s = write_string_at(value, members[say_language()][i]);

		if (s[0] != '\0')
			return s;
	}
	/* {"id","name":{…}}: a thing with a name; names don't nest deeper. */
	return jr_string(value) != NULL ? jr_string(value) : write_name(write_at(value, "name"));
}

/* Scalars as text; arrays of strings joined; a name in its language; anything deeper as JSON. */
static void add_value(struct buf *out, const struct jr_value *value)
{
	if (jr_string(value) != NULL) {
		buf_adds(out, jr_string(value));
		return;
	}
	if (jr_type(value) == JR_OBJECT && write_name(value)[0] != '\0') {
		buf_adds(out, write_name(value));
		return;
	}
	if (jr_type(value) != JR_ARRAY) {
		jr_write(value, out);
		return;
	}
	for (size_t i = 0; i < jr_count(value); i++) {
		if (i > 0)
			buf_adds(out, "; ");
		add_value(out, jr_item(value, i));
	}
}

static void add_count(struct buf *out, const struct jr_value *value)
{
	if (jr_type(value) == JR_ARRAY)
		buf_addf(out, "%zu", jr_count(value));
	else
		add_value(out, value);
}

bool write_plain(struct buf *out, const struct column *column, const struct jr_value *row)
{
	const struct jr_value *value = write_at(row, column->path);

	if (value == NULL)
		return false;
	if (column->cell == CELL_COUNT)
		add_count(out, value);
	else
		add_value(out, value);
	return jr_type(value) == JR_STRING || jr_type(value) == JR_ARRAY ||
	       jr_type(value) == JR_OBJECT;
}

const struct writer *writer_find(const char *name)
{
	static const struct writer *const writers[] = { &writer_text, &writer_wide, &writer_json,
							&writer_jsonl, &writer_csv };

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(writers[i]->name, name) == 0)
			return writers[i];
	return NULL;
}

/* -q: the ids, one a line, for the next command in a pipe. */
static void ids_row(struct sheet *sheet, const struct jr_value *row)
{
	const struct jr_value *id =
		sheet->table->id != NULL ? write_at(row, sheet->table->id) : NULL;
	struct buf raw = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	if (id == NULL)
		return;
	add_value(&raw, id);
	term_clean(&line, buf_str(&raw));
	out_line(buf_str(&line));
	buf_clear(&line);
	buf_clear(&raw);
}

static void nothing(struct sheet *sheet)
{
	(void)sheet;
}

const struct writer writer_ids = { "ids", false, nothing, ids_row, nothing, nothing, ids_row };

void sheet_init(struct sheet *sheet, const struct writer *writer, const struct table *table,
		bool header)
{
	*sheet = (struct sheet){
		.writer = writer,
		.table = table,
		.header = header,
		.wide = writer == &writer_wide,
		.width = writer == &writer_wide ? 0 : term_width(),
	};
}

void sheet_begin(struct sheet *sheet)
{
	sheet->writer->begin(sheet);
}

void sheet_row(struct sheet *sheet, const struct jr_value *row)
{
	sheet->writer->row(sheet, row);
	sheet->rows++;
}

void sheet_page(struct sheet *sheet)
{
	sheet->writer->page(sheet);
	(void)out_flush();
}

void sheet_end(struct sheet *sheet)
{
	sheet->writer->end(sheet);
}

void sheet_object(struct sheet *sheet, const struct jr_value *object)
{
	sheet->writer->object(sheet, object);
}
