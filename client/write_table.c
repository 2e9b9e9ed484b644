/*
 * Tables for people, on libsmartcols, which knows that a Chinese character takes two columns. A long list is shown
 * page by page: every page is a grid of its own that keeps at least the column widths of the page before.
 */
#include "write.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "jiebang/fault.h"
#include "out.h"

#define UNLIMITED     32000 /* columns, where nothing is to be cut */
#define SHORT_COLUMNS 15
#define LABEL_GAP     2
#define LABEL_MAX     24
#define GAP           "  "

static bool is_shown(const struct sheet *sheet, const struct column *column)
{
	return (column->flags & COL_ONCE) == 0 && (sheet->wide || (column->flags & COL_WIDE) == 0);
}

static int flags_of(const struct sheet *sheet, const struct column *column)
{
	int flags = 0;

	if ((column->flags & COL_TRUNC) != 0 && sheet->width > 0)
		flags |= SCOLS_FL_TRUNC;
	if ((column->flags & COL_RIGHT) != 0)
		flags |= SCOLS_FL_RIGHT;
	return flags;
}

static void grid_open(struct sheet *sheet)
{
	struct libscols_table *grid = scols_new_table();
	size_t i = 0;

	INVARIANT(grid != NULL);
	for (const struct column *column = sheet->table->columns; column->path != NULL; column++) {
		double hint = (double)sheet->column_width[i];

		if (!is_shown(sheet, column))
			continue;
		INVARIANT(i++ < COLUMNS_MAX);
		INVARIANT(scols_table_new_column(grid, say_word(&column->title),
						 hint > 1 ? hint : 0,
						 flags_of(sheet, column)) != NULL);
	}
	scols_table_set_column_separator(grid, GAP);
	scols_table_set_termforce(grid, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(grid, sheet->width > 0 ? sheet->width : UNLIMITED);
	scols_table_enable_noheadings(grid, sheet->header ? 0 : 1);
	scols_table_enable_colors(grid, term_tone(TONE_BAD) != NULL);
	sheet->grid = grid;
}

/* An empty cell is shown as a dash: a missing value is told apart from one that is there. */
static void fill_cell(const struct sheet *sheet, struct libscols_line *line, size_t i,
		      const struct column *column, const struct jr_value *row)
{
	struct buf text = BUF_EMPTY;
	struct buf cut = BUF_EMPTY;
	enum tone tone = write_cell(&text, column, row);

	if ((column->flags & COL_SHORT) != 0 && sheet->width > 0) {
		(void)term_fit(&cut, buf_str(&text), SHORT_COLUMNS);
		buf_reset(&text);
		buf_adds(&text, buf_str(&cut));
		buf_clear(&cut);
	}
	INVARIANT(scols_line_set_data(line, i, text.len > 0 ? buf_str(&text) : "-") == 0);
	if (term_tone(tone) != NULL)
		scols_cell_set_color(scols_line_get_cell(line, i), term_tone(tone));
	buf_clear(&text);
}

static void table_row(struct sheet *sheet, const struct jr_value *row)
{
	struct libscols_line *line;
	size_t i = 0;

	if (sheet->grid == NULL)
		grid_open(sheet);
	line = scols_table_new_line(sheet->grid, NULL);
	INVARIANT(line != NULL);
	for (const struct column *column = sheet->table->columns; column->path != NULL; column++)
		if (is_shown(sheet, column))
			fill_cell(sheet, line, i++, column, row);
}

/* Trailing blanks carry nothing, and make copies and golden files brittle. */
static void out_trimmed(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		size_t kept = len;

		while (kept > 0 && text[kept - 1] == ' ')
			kept--;
		out_write(text, kept);
		out_str("\n");
		text += text[len] == '\n' ? len + 1 : len;
	}
}

static void table_page(struct sheet *sheet)
{
	char *text = NULL;

	if (sheet->grid == NULL)
		return;
	INVARIANT(scols_print_table_to_string(sheet->grid, &text) == 0);
	for (size_t i = 0; i < scols_table_get_ncols(sheet->grid); i++)
		sheet->column_width[i] =
			scols_column_get_width(scols_table_get_column(sheet->grid, i));
	out_trimmed(text);
	free(text);
	scols_unref_table(sheet->grid);
	sheet->grid = NULL;
	sheet->header = false;
}

static void table_end(struct sheet *sheet)
{
	table_page(sheet);
	if (sheet->rows == 0)
		say_line(sheet->nothing != NULL ? say_word(sheet->nothing)
						: say_text(TEXT_NOTHING_FOUND));
}

static void nothing(struct sheet *sheet)
{
	(void)sheet;
}

static size_t label_width(const struct table *table)
{
	size_t widest = 0;

	for (const struct column *column = table->columns; column->path != NULL; column++) {
		size_t columns = term_columns(say_word(&column->title));

		if (columns > widest)
			widest = columns;
	}
	return widest < LABEL_MAX ? widest + LABEL_GAP : LABEL_MAX;
}

/* Headers shout in tables; beside a value they need not. */
static void add_label(struct buf *line, const struct column *column, size_t width)
{
	struct buf label = BUF_EMPTY;

	for (const char *p = say_word(&column->title); *p != '\0'; p++)
		buf_addc(&label, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
	term_pad(line, buf_str(&label), width);
	buf_clear(&label);
}

static void field(const struct column *column, size_t width, const struct jr_value *object)
{
	struct buf text = BUF_EMPTY;
	struct buf line = BUF_EMPTY;
	enum tone tone = write_cell(&text, column, object);

	if (text.len > 0) {
		add_label(&line, column, width);
		term_paint(&line, tone, buf_str(&text));
		out_line(buf_str(&line));
	}
	buf_clear(&line);
	buf_clear(&text);
}

/* Columns for a list of which only its members are known: the scalars and names of its first row. */
static const struct table *table_found(const struct jr_value *array,
				       struct column columns[COLUMNS_MAX], struct table *table)
{
	const struct jr_value *first = jr_item(array, 0);
	const struct jr_value *value;
	const char *key;
	size_t n = 0;

	memset(columns, 0, COLUMNS_MAX * sizeof(*columns));
	for (size_t i = 0; n + 1 < COLUMNS_MAX && (value = jr_member_at(first, i, &key)) != NULL;
	     i++) {
		bool name = jr_type(value) == JR_OBJECT && write_name(value)[0] != '\0';

		if (jr_type(value) == JR_ARRAY || (jr_type(value) == JR_OBJECT && !name))
			continue;
		columns[n++] = (struct column){
			key, { key, key }, name ? CELL_NAME : CELL_TEXT, COL_TRUNC
		};
	}
	*table = (struct table){ NULL, columns, NULL };
	return table;
}

void write_table_block(const struct sheet *like, const struct table *table,
		       const struct jr_value *array)
{
	struct sheet sheet;
	struct column columns[COLUMNS_MAX];
	struct table found;

	if (jr_count(array) == 0)
		return;
	if (table == NULL)
		table = table_found(array, columns, &found);
	if (table->columns->path == NULL)
		return;
	sheet_init(&sheet, like->writer, table, true);
	for (size_t i = 0; i < jr_count(array); i++)
		sheet_row(&sheet, jr_item(array, i));
	table_page(&sheet);
}

static void section(const struct sheet *sheet, const struct section *section,
		    const struct jr_value *object)
{
	const struct jr_value *array = write_at(object, section->path);
	struct buf title = BUF_EMPTY;

	if (array == NULL || jr_type(array) != JR_ARRAY || jr_count(array) == 0)
		return;
	buf_addc(&title, '\n');
	term_paint(&title, TONE_BOLD, say_word(&section->title));
	buf_addf(&title, " (%zu)", jr_count(array));
	out_line(buf_str(&title));
	buf_clear(&title);
	write_table_block(sheet, section->table, array);
}

static void fields_object(struct sheet *sheet, const struct jr_value *object)
{
	const struct table *table = sheet->table;
	size_t width = label_width(table);

	for (const struct column *column = table->columns; column->path != NULL; column++)
		field(column, width, object);
	for (const struct section *s = table->sections; s != NULL && s->path != NULL; s++)
		section(sheet, s, object);
}

const struct writer writer_text = { "text",     true,      nothing,      table_row,
				    table_page, table_end, fields_object };
const struct writer writer_wide = { "wide",     true,      nothing,      table_row,
				    table_page, table_end, fields_object };
