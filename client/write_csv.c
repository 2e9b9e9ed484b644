/*
 * CSV out (RFC 4180 quoting, LF), made for spreadsheets: a text that a spreadsheet would run as a formula gets a
 * leading apostrophe. Names come from applicants, so this is a door (OWASP: CSV injection). Numbers stay numbers.
 */
#include "write.h"

#include <string.h>

#include "out.h"

static bool is_formula(const char *s)
{
	/* Full-width forms count in East Asian spreadsheets; tab and CR are skipped by some before they look. */
	static const char *const leads[] = {
		"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"
	};

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (strncmp(s, leads[i], strlen(leads[i])) == 0)
			return true;
	return false;
}

static void add_cell(struct buf *line, const char *raw, bool text)
{
	struct buf cell = BUF_EMPTY;

	if (text && is_formula(raw))
		buf_addc(&cell, '\'');
	term_clean(&cell, raw);
	if (strpbrk(buf_str(&cell), "\",") == NULL) {
		buf_adds(line, buf_str(&cell));
		buf_clear(&cell);
		return;
	}
	buf_addc(line, '"');
	for (const char *p = buf_str(&cell); *p != '\0'; p++) {
		if (*p == '"')
			buf_addc(line, '"');
		buf_addc(line, *p);
	}
	buf_addc(line, '"');
	buf_clear(&cell);
}

static void csv_header(struct sheet *sheet)
{
	struct buf line = BUF_EMPTY;

	if (!sheet->header)
		return;
	sheet->header = false;
	for (const struct column *column = sheet->table->columns; column->path != NULL; column++) {
		if (column != sheet->table->columns)
			buf_addc(&line, ',');
		add_cell(&line, column->path, true);
	}
	out_line(buf_str(&line));
	buf_clear(&line);
}

static void csv_row(struct sheet *sheet, const struct jr_value *row)
{
	struct buf line = BUF_EMPTY;

	for (const struct column *column = sheet->table->columns; column->path != NULL; column++) {
		struct buf raw = BUF_EMPTY;
		bool text = write_plain(&raw, column, row);

		if (column != sheet->table->columns)
			buf_addc(&line, ',');
		add_cell(&line, buf_str(&raw), text);
		buf_clear(&raw);
	}
	out_line(buf_str(&line));
	buf_clear(&line);
}

static void csv_object(struct sheet *sheet, const struct jr_value *object)
{
	csv_header(sheet);
	csv_row(sheet, object);
}

static void nothing(struct sheet *sheet)
{
	(void)sheet;
}

const struct writer writer_csv = {
	"csv", false, csv_header, csv_row, nothing, nothing, csv_object
};
