/*
 * The list as rows. The decoded text goes to libcsv line by line, so that each row knows the line it begins on even
 * when quoted cells hold line breaks. Rows are judged one by one and all of their errors told; what can't be resumed
 * after (broken quoting, a cell without end, a header that is not understood) is a fault and ends the reading.
 * Memory: one row of cells, one window of bytes, whatever the file.
 */
#include "domain/shortlist_parts.h"

#include "jiebang/buf.h"
#include "jiebang/text.h"

#include <csv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TITLE_LINES_MAX 3 /* "附件1", the list's name, its date */
#define CELL_MAX_BYTES                                                                             \
	(64 * 1024) /* past this a quote is missing, and libcsv would take the whole file */

enum cell_flaw { CELL_FINE = 0, CELL_TOO_LONG, CELL_CONTROL };

struct shortlist {
	struct shortlist_sink sink;
	struct decode *decode;
	struct csv_parser csv;

	size_t line;      /* the next byte stands on it, from 1 */
	bool after_cr;    /* the last byte was CR: a LF belongs to it */
	size_t row_line;  /* where the row under way began */
	size_t cell_line; /* where the cell under way began */
	bool in_row;

	char (*cell)[SHORTLIST_FIELD_BYTES]; /* SHORTLIST_CELLS_MAX of them */
	enum cell_flaw flaw[SHORTLIST_CELLS_MAX];
	size_t n_cells;    /* of the row, also past what is kept */
	bool texts_beyond; /* a cell past what is kept holds text */

	bool has_header;
	size_t titles;
	int column[SHORTLIST_CELLS_MAX];
	size_t n_columns;
	size_t rows; /* below the header */

	char partners[SHORTLIST_FIELD_BYTES]; /* cut into pieces for a row */
	enum fault fault;                     /* the first one: nothing is read after it */
	struct problem problem;
};

/* ---- telling ---- */

static void tell(const struct shortlist *list, enum shortlist_column column, const char *rule,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void tell(const struct shortlist *list, enum shortlist_column column, const char *rule,
		 const char *fmt, ...)
{
	struct shortlist_error error = { list->row_line, column, rule, "" };
	struct buf words = BUF_EMPTY;
	va_list args;
	va_start(args, fmt);
	buf_addv(&words, fmt, args);
	va_end(args);
	(void)text_copy(error.detail, sizeof(error.detail), buf_str(&words));
	buf_clear(&words);
	list->sink.error(list->sink.arg, &error);
}

static enum fault refuse(struct shortlist *list, size_t line, const char *rule, const char *words)
{
	list->fault = problem_set(&list->problem, FAULT_INVALID, "line %zu: %s", line, words);
	(void)snprintf(list->problem.pointer, sizeof(list->problem.pointer), "line:%zu", line);
	(void)snprintf(list->problem.rule, sizeof(list->problem.rule), "%s", rule);
	return list->fault;
}

/* ---- cells ---- */

/* Line breaks inside a cell are a spreadsheet's layout; in partners they separate. */
static enum cell_flaw store_cell(char out[SHORTLIST_FIELD_BYTES], const char *s, size_t len)
{
	s = text_trim(s, &len);
	bool whole = text_copy_n(out, SHORTLIST_FIELD_BYTES, s, len);
	if (!whole)
		return CELL_TOO_LONG;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)out[i];
		bool is_space = c >= '\t' && c <= '\r';
		if ((c < 0x20 && !is_space) || c == 0x7f)
			return CELL_CONTROL;
	}
	return CELL_FINE;
}

static void on_cell(void *data, size_t len, void *arg)
{
	struct shortlist *list = arg;
	if (list->n_cells < SHORTLIST_CELLS_MAX)
		list->flaw[list->n_cells] = store_cell(list->cell[list->n_cells], data, len);
	else
		list->texts_beyond = list->texts_beyond || len > 0;
	list->n_cells++;
	list->cell_line = list->line;
}

static size_t cells_kept(const struct shortlist *list)
{
	return list->n_cells < SHORTLIST_CELLS_MAX ? list->n_cells : SHORTLIST_CELLS_MAX;
}

static bool row_is_blank(const struct shortlist *list)
{
	for (size_t i = 0; i < cells_kept(list); i++)
		if (list->cell[i][0] != '\0' || list->flaw[i] != CELL_FINE)
			return false;
	return !list->texts_beyond;
}

/* ---- rows ---- */

/* Tabs and line breaks inside a cell become single blanks. */
static void join_lines(char *cell)
{
	char *to = cell + strcspn(cell, "\t\v\f\r\n");
	for (const char *from = to; *from; from++) {
		bool is_break = *from >= '\t' && *from <= '\r';
		bool after_blank = to > cell && to[-1] == ' ';
		if (!is_break)
			*to++ = *from;
		else if (!after_blank)
			*to++ = ' ';
	}
	*to = '\0';
}

/* "无", "/" and dashes are how lists write "no partners". */
static bool means_none(const char *cell)
{
	static const char *const words[] = { "无", "/", "-", "—", "——", "N/A" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(cell, words[i]) == 0)
			return true;
	return false;
}

static size_t separator_at(const char *s)
{
	static const char *const separators[] = { ";", "；", "、", "\n", "\r" };
	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++)
		if (strncmp(s, separators[i], strlen(separators[i])) == 0)
			return strlen(separators[i]);
	return 0;
}

static bool add_partner(const struct shortlist *list, struct shortlist_row *row, char *s,
			size_t len)
{
	const char *name = text_trim(s, &len);
	if (len == 0)
		return true;
	if (row->n_partners == SHORTLIST_PARTNERS_MAX) {
		tell(list, COLUMN_PARTNERS, "partners", "more than %d partners",
		     SHORTLIST_PARTNERS_MAX);
		return false;
	}
	s += name - s; /* the same place, writable */
	s[len] = '\0';
	join_lines(s);
	row->partner[row->n_partners++] = s;
	return true;
}

static bool split_partners(struct shortlist *list, const char *cell, struct shortlist_row *row)
{
	if (means_none(cell))
		return true;
	(void)text_copy(list->partners, sizeof(list->partners), cell);
	char *begin = list->partners;
	for (char *s = begin; *s;) {
		size_t n = separator_at(s);
		char *next = s + (n > 0 ? n : 1);
		if (n > 0 && !add_partner(list, row, begin, (size_t)(s - begin)))
			return false;
		begin = n > 0 ? next : begin;
		s = next;
	}
	return add_partner(list, row, begin, strlen(begin));
}

/* Every flaw of the row's cells is told; true if there is none. */
static bool cells_fine(const struct shortlist *list)
{
	bool fine = true;
	for (size_t i = 0; i < cells_kept(list) && i < list->n_columns; i++) {
		char said[EXCERPT_BYTES];
		int column = list->column[i] < COLUMN_COUNT ? list->column[i] : COLUMN_COUNT;
		if (list->flaw[i] == CELL_FINE)
			continue;
		shortlist_excerpt(said, list->cell[i]);
		if (list->flaw[i] == CELL_TOO_LONG)
			tell(list, (enum shortlist_column)column, "too_long",
			     "longer than %d bytes: \"%s…\"", SHORTLIST_FIELD_BYTES - 1, said);
		if (list->flaw[i] == CELL_CONTROL)
			tell(list, (enum shortlist_column)column, "encoding",
			     "holds a NUL or another control character");
		fine = false;
	}
	return fine;
}

/* Empty cells past the header are a spreadsheet's habit; anything else there is a cell too many. */
static bool columns_fit(const struct shortlist *list)
{
	bool beyond = list->texts_beyond;
	for (size_t i = 0; i < cells_kept(list); i++) {
		bool named = i < list->n_columns && list->column[i] != HEADER_BLANK;
		bool filled = list->cell[i][0] != '\0' || list->flaw[i] != CELL_FINE;
		beyond = beyond || (filled && !named);
	}
	if (list->n_cells >= list->n_columns && !beyond)
		return true;
	if (list->n_cells == list->n_columns)
		tell(list, COLUMN_COUNT, "columns", "a cell under a column without a name");
	else
		tell(list, COLUMN_COUNT, "columns", "%zu cells, the header has %zu", list->n_cells,
		     list->n_columns);
	return false;
}

static bool required_present(const struct shortlist *list, const struct shortlist_row *row)
{
	static const enum shortlist_column required[] = { COLUMN_TASK, COLUMN_PROJECT,
							  COLUMN_LEAD };
	bool fine = true;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (row->cell[required[i]][0] != '\0')
			continue;
		tell(list, required[i], "required", "%s is empty",
		     shortlist_column_name(required[i]));
		fine = false;
	}
	return fine;
}

static void read_row(struct shortlist *list)
{
	struct shortlist_row row = { .line = list->row_line };
	list->rows++;
	if (!columns_fit(list) || !cells_fine(list))
		return;
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		row.cell[i] = "";
	bool fine = true;
	for (size_t i = 0; i < list->n_columns; i++) {
		if (list->column[i] >= COLUMN_COUNT)
			continue;
		if (list->column[i] == COLUMN_PARTNERS)
			fine = split_partners(list, list->cell[i], &row);
		join_lines(list->cell[i]);
		row.cell[list->column[i]] = list->cell[i];
	}
	fine = required_present(list, &row) && fine;
	if (fine)
		list->sink.row(list->sink.arg, &row);
}

static void read_header(struct shortlist *list)
{
	struct header_row row = { list->row_line, list->n_cells, list->cell };
	if (header_is_title(&row) && list->titles < TITLE_LINES_MAX &&
	    !header_other_separator(&row)) {
		list->titles++;
		return;
	}
	list->fault = header_read(&row, &list->sink, list->column, &list->problem);
	list->n_columns = list->n_cells;
	list->has_header = true;
}

static void on_row(int terminator, void *arg)
{
	struct shortlist *list = arg;
	(void)terminator;
	bool blank = row_is_blank(list);
	if (!blank && list->fault == FAULT_NONE) {
		if (list->has_header)
			read_row(list);
		else
			read_header(list);
	}
	list->n_cells = 0;
	list->texts_beyond = false;
	list->in_row = false;
}

/* ---- lines into libcsv ---- */

/* libcsv's only bound: no cell, and so no buffer of it, grows past CELL_MAX_BYTES. */
static void *bounded_realloc(void *old, size_t size)
{
	return size > CELL_MAX_BYTES ? NULL : xrealloc(old, size);
}

static enum fault csv_refuse(struct shortlist *list)
{
	if (list->fault != FAULT_NONE)
		return list->fault;
	if (csv_error(&list->csv) == CSV_ENOMEM)
		return refuse(list, list->cell_line, "too_long",
			      "the cell that begins here has no end: a closing quote is missing");
	return refuse(list, list->line, "columns",
		      "a quote stands inside a cell: quote the whole cell and double the quotes in "
		      "it");
}

/* A piece without a line's end inside, except perhaps as its last byte. */
static enum fault feed_piece(struct shortlist *list, const char *s, size_t len)
{
	size_t blank = 0;
	while (!list->in_row && blank < len && strchr(" \t\r\n", s[blank]) && s[blank] != '\0')
		blank++;
	if (!list->in_row && blank < len) {
		list->in_row = true;
		list->row_line = list->line;
		list->cell_line = list->line;
	}
	size_t done = csv_parse(&list->csv, s, len, on_cell, on_row, list);
	return done != len || list->fault != FAULT_NONE ? csv_refuse(list) : FAULT_NONE;
}

static size_t line_length(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && s[n] != '\n' && s[n] != '\r')
		n++;
	return n < len ? n + 1 : n;
}

/* CR, LF and CR LF end a line, as libcsv has it. */
static void count_line(struct shortlist *list, const char *piece, size_t len)
{
	char last = piece[len - 1];
	bool of_cr = len == 1 && list->after_cr;
	if (last == '\r' || (last == '\n' && !of_cr))
		list->line++;
	list->after_cr = last == '\r';
}

static enum fault take_text(void *arg, const char *text, size_t len, struct problem *problem)
{
	struct shortlist *list = arg;
	(void)problem; /* always &list->problem */
	while (len > 0) {
		size_t n = line_length(text, len);
		enum fault fault = feed_piece(list, text, n);
		if (fault != FAULT_NONE)
			return fault;
		count_line(list, text, n);
		text += n;
		len -= n;
	}
	return FAULT_NONE;
}

static size_t line_of(const void *arg)
{
	return ((const struct shortlist *)arg)->line;
}

/* ---- the reader ---- */

struct shortlist *shortlist_new(const struct shortlist_sink *sink)
{
	struct shortlist *list = xcalloc(1, sizeof(*list));
	list->sink = *sink;
	list->decode = decode_new(take_text, line_of, list);
	list->cell = xcalloc(SHORTLIST_CELLS_MAX, sizeof(*list->cell));
	list->line = 1;
	INVARIANT(csv_init(&list->csv, CSV_STRICT | CSV_STRICT_FINI) == 0);
	csv_set_realloc_func(&list->csv, bounded_realloc);
	return list;
}

void shortlist_free(struct shortlist *list)
{
	if (!list)
		return;
	csv_free(&list->csv);
	decode_free(list->decode);
	free(list->cell);
	free(list);
}

/* The first fault is kept and said again: nothing after it is read. */
static enum fault say(const struct shortlist *list, struct problem *problem)
{
	if (list->fault != FAULT_NONE && problem)
		*problem = list->problem;
	return list->fault;
}

enum fault shortlist_feed(struct shortlist *list, const void *data, size_t len,
			  struct problem *problem)
{
	if (list->fault == FAULT_NONE)
		list->fault = decode_feed(list->decode, data, len, &list->problem);
	return say(list, problem);
}

static enum fault finish(struct shortlist *list)
{
	enum fault fault = decode_finish(list->decode, &list->problem);
	if (fault != FAULT_NONE)
		return fault;
	if (csv_fini(&list->csv, on_cell, on_row, list) != 0)
		return refuse(list, list->cell_line, "columns",
			      "the quoted cell that begins here is never closed");
	if (list->fault != FAULT_NONE)
		return list->fault;
	if (!list->has_header)
		return refuse(list, list->line, "header",
			      list->titles ? "only a title, no header" : "the file is empty");
	if (list->rows == 0)
		return refuse(list, list->line, "header", "no rows below the header");
	return FAULT_NONE;
}

enum fault shortlist_finish(struct shortlist *list, struct problem *problem)
{
	if (list->fault == FAULT_NONE)
		list->fault = finish(list);
	return say(list, problem);
}
