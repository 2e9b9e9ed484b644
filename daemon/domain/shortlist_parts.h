/*
 * The parts of the shortlist reader, used by domain/shortlist*.c only: bytes → text (decode), text → cells and lines
 * (shortlist.c, on libcsv), first rows → columns (header), cells → rows.
 */
#ifndef JIEBANG_DOMAIN_SHORTLIST_PARTS_H
#define JIEBANG_DOMAIN_SHORTLIST_PARTS_H

#include "jiebang/shortlist.h"

#include <stdbool.h>

/* ---- decode ---- */

struct decode;

/* Takes decoded UTF-8 in order; a fault ends the reading. `arg` is decode_new's. */
typedef enum fault (*decode_sink)(void *arg, const char *text, size_t len, struct problem *problem);
/* The line that the decoded text has reached, for messages. */
typedef size_t (*decode_line)(const void *arg);

struct decode *decode_new(decode_sink sink, decode_line line, void *arg);
void decode_free(struct decode *decode);
MUST_CHECK enum fault decode_feed(struct decode *decode, const unsigned char *data, size_t len,
				  struct problem *problem);
MUST_CHECK enum fault decode_finish(struct decode *decode, struct problem *problem);

/* ---- header ---- */

#define SHORTLIST_CELLS_MAX 64 /* cells of a row that are looked at */

/* What a header cell stands for: a column, or one of these. */
enum { HEADER_BLANK = COLUMN_COUNT, HEADER_IGNORED, HEADER_UNKNOWN };

int header_cell(const char *text);

/* The beginning of a cell for a message: whole characters, line breaks as blanks. */
#define EXCERPT_BYTES 64
void shortlist_excerpt(char out[EXCERPT_BYTES], const char *text);

struct header_row {
	size_t line;
	size_t n; /* cells of the row, also past SHORTLIST_CELLS_MAX */
	char (*cell)[SHORTLIST_FIELD_BYTES];
};

/* True if the row may stand above a header: one cell with text, which names no column. */
bool header_is_title(const struct header_row *row);
/* NULL, or what to say of a header whose cells are separated by something else than commas. */
const char *header_other_separator(const struct header_row *row);
/*
 * Reads the row as header into column[], one entry a cell. Every cell that is not understood is told to `sink`; the
 * fault then says what the reader may do.
 */
MUST_CHECK enum fault header_read(const struct header_row *row, const struct shortlist_sink *sink,
				  int column[SHORTLIST_CELLS_MAX], struct problem *problem);

#endif
