/*
 * The writers: text, wide, json, jsonl, csv and ids, behind one struct of function pointers. A command describes its
 * columns once (struct table) and hands over JSON rows; how they look is decided here.
 */
#ifndef CLIENT_WRITE_H
#define CLIENT_WRITE_H

#include "jiebang/buf.h"
#include "jiebang/json.h"
#include "say.h"
#include "term.h"

#include <stdbool.h>
#include <stddef.h>

enum cell {
	CELL_TEXT = 0, /* string, number or boolean as it is */
	CELL_NAME, /* {"zh","en"}, or "name_zh" and "name_en" beside each other: in the person's language */
	CELL_WORD, /* an identifier that has a Chinese word: a state, a kind */
	CELL_DATE, /* with the distance beside */
	CELL_DUE, /* the same for a deadline: `overdue` (or `days_left`) and `provisional` beside it count */
	CELL_INSTANT,  /* to the minute */
	CELL_MOMENT,   /* an instant with the distance beside */
	CELL_LIST,     /* an array of strings, joined with "; " */
	CELL_COUNT,    /* the number of an array's items, or a number */
	CELL_ALARM,    /* a number that is bad news unless it is 0 */
	CELL_STEP,     /* "before-30": in Chinese in words */
	CELL_REASON,   /* a short sentence of the daemon: in Chinese where it is known */
	CELL_SAID,     /* a sentence of the daemon: in Chinese the member "…_zh" beside it */
	CELL_PERMILLE, /* a number of thousandths, as a percentage */
	CELL_SET,      /* a number that means something from 1 on */
	CELL_MARK,     /* one sign for an obligation's state; `overdue` of the row counts */
};

enum {
	COL_WIDE = 1,  /* not in `text` lists */
	COL_TRUNC = 2, /* takes what is left when the terminal is narrow */
	COL_RIGHT = 4,
	COL_SHORT = 16, /* cut to a few columns on a terminal, before COL_TRUNC gives way */
	COL_ONCE = 8,   /* a person's list leaves it out; one object shown in full has it */
};

struct column {
	const char *path; /* member, or "next.due_on" */
	struct words title;
	enum cell cell;
	int flags;
};

/* A list inside an object, shown below its fields. A NULL table: columns are taken from the members found. */
struct section {
	const char *path;
	struct words title;
	const struct table *table;
};

struct table {
	const char *id;                 /* path of what -q prints */
	const struct column *columns;   /* ends with a NULL path */
	const struct section *sections; /* may be NULL */
};

struct sheet;

struct writer {
	const char *name; /* as after -o */
	bool is_text;
	void (*begin)(struct sheet *sheet);
	void (*row)(struct sheet *sheet, const struct jr_value *row);
	void (*page)(struct sheet *sheet); /* a page of a long list ends: show what there is */
	void (*end)(struct sheet *sheet);
	/* One object in full; no begin or end around it. */
	void (*object)(struct sheet *sheet, const struct jr_value *object);
};

#define COLUMNS_MAX 48

/* One result on its way out. */
struct sheet {
	const struct writer *writer;
	const struct table *table;
	bool header; /* still to be written */
	bool wide;
	size_t width; /* of the terminal; 0: no limit */
	size_t rows;
	const struct words *nothing;      /* what an empty list says; NULL: "nothing found" */
	struct libscols_table *grid;      /* write_table.c: the page being gathered */
	size_t column_width[COLUMNS_MAX]; /* of the page before */
};

extern const struct writer writer_text;
extern const struct writer writer_wide;
extern const struct writer writer_json;
extern const struct writer writer_jsonl;
extern const struct writer writer_csv;
extern const struct writer writer_ids;

/* NULL if there is no such writer. */
const struct writer *writer_find(const char *name);

void sheet_init(struct sheet *sheet, const struct writer *writer, const struct table *table,
		bool header);
void sheet_begin(struct sheet *sheet);
void sheet_row(struct sheet *sheet, const struct jr_value *row);
void sheet_page(struct sheet *sheet);
void sheet_end(struct sheet *sheet);
void sheet_object(struct sheet *sheet, const struct jr_value *object);

/* A member by dotted path; NULL if absent or null. */
const struct jr_value *write_at(const struct jr_value *row, const char *path);
/* Its string, or "". */
const char *write_string_at(const struct jr_value *row, const char *path);
/* Its string as the person reads it: in Chinese the member "path_zh" beside it, where there is one. */
const char *write_said_at(const struct jr_value *row, const char *path);
/* Its number, or 0. */
int64_t write_number_at(const struct jr_value *row, const char *path);
/* Its truth, or false. */
bool write_truth_at(const struct jr_value *row, const char *path);
/* {"zh","en"} or a string, in the person's language; borrowed. */
const char *write_name(const struct jr_value *value);
/* write_word.c: the word for an identifier in the person's language ("progress_report" → 进度汇报). Borrowed. */
const char *write_word(const char *identifier);
enum tone write_word_tone(const char *identifier);
/* words.c: a step's name, and what the daemon says of a step's or an attempt's end, in the person's language. */
void write_step(struct buf *out, const char *step);
void write_reason(struct buf *out, const char *reason);

/* write_cell.c: the cell for a person's eyes, clean. Returns its tone. */
enum tone write_cell(struct buf *out, const struct column *column, const struct jr_value *row);
/* The cell for a machine: ISO dates, identifiers. True if it is text (and not a number or a truth). */
bool write_plain(struct buf *out, const struct column *column, const struct jr_value *row);

/* write_json.c: an object with two spaces of indentation, safe for a terminal. */
void write_json_pretty(struct buf *out, const struct jr_value *value);
/* write_table.c: rows of an array as a table of its own, at most `max` rows (0: all). */
void write_table_block(const struct sheet *like, const struct table *table,
		       const struct jr_value *array);

#endif
