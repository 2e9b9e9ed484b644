/*
 * Reads a shortlist (入围名单) as spreadsheets write it: CSV in UTF-8 (with or without BOM) or GB18030, with the
 * official header in its variants. Pure: bytes in, rows out, bounded memory. Rules of the programme are not known
 * here; this reader answers for encoding, header, columns, lengths.
 *
 * Header names (order free, white space and full-width brackets tolerated): 序号, 揭榜方向 | 赛道 | 方向, 细分领域 | 揭榜任务 | 任务, 项目名称, 申报单位 | 牵头单位 |
 * 申报单位（牵头单位）, 联合体单位 | 联合单位 | 联合参与单位, 推荐单位, 所属地区 | 地区, 类别 | 名单类别 (class). Also the identifiers: seq, track, task, project, lead, partners, recommender, region,
 * class. Required: task, project, lead. Partners are separated by ; ； or 、 or a line break; 无, / and dashes mean none. 备注 is ignored. Up to three title
 * lines (one cell with text) may stand above the header. A row with an error is told to `error`, once for each error, and not to `row`.
 */
#ifndef JIEBANG_SHORTLIST_H
#define JIEBANG_SHORTLIST_H

#include "jiebang/fault.h"

#include <stddef.h>
#include <stdint.h>

#define SHORTLIST_PARTNERS_MAX 32
#define SHORTLIST_FIELD_BYTES  512 /* longest cell, in UTF-8 bytes with the NUL */

enum shortlist_column {
	COLUMN_SEQ = 0,
	COLUMN_TRACK,
	COLUMN_TASK,
	COLUMN_PROJECT,
	COLUMN_LEAD,
	COLUMN_PARTNERS,
	COLUMN_RECOMMENDER,
	COLUMN_REGION,
	COLUMN_CLASS,
	COLUMN_COUNT
};

/* The column's official name, "项目名称". */
const char *shortlist_column_name(enum shortlist_column column);

/* One row; strings are borrowed until the callback returns, trimmed, "" when empty or absent. */
struct shortlist_row {
	size_t line; /* line of the file where the row begins, 1-based */
	const char *cell[COLUMN_COUNT];
	const char *partner[SHORTLIST_PARTNERS_MAX];
	size_t n_partners;
};

/* What the reader itself found wrong in a row. `column` may be COLUMN_COUNT (the whole row). */
struct shortlist_error {
	size_t line;
	enum shortlist_column column;
	const char *rule; /* "encoding", "required", "too_long", "columns", "header", "partners" */
	char detail[256];
};

struct shortlist_sink {
	void (*row)(void *arg, const struct shortlist_row *row);
	void (*error)(void *arg, const struct shortlist_error *error);
	void *arg;
};

struct shortlist;

struct shortlist *shortlist_new(const struct shortlist_sink *sink);
/* Feed the file in pieces of any size. A fault is one that ends the reading (header not understood, encoding broken). */
MUST_CHECK enum fault shortlist_feed(struct shortlist *shortlist, const void *data, size_t len,
				     struct problem *problem);
/* End of file: flushes the last row. */
MUST_CHECK enum fault shortlist_finish(struct shortlist *shortlist, struct problem *problem);
void shortlist_free(struct shortlist *shortlist);

#endif
