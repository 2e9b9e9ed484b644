/*
 * The header of a list, in the spellings that official lists use. A header that is not understood ends the reading:
 * guessing which column holds the lead would file two years of duties under the wrong name.
 */
#include "domain/shortlist_parts.h"

#include "jiebang/text.h"

#include <stdio.h>
#include <string.h>

#define NAME_BYTES 96 /* a header cell longer than this is no name of a column */

static const struct alias {
	const char *name;
	int column;
} aliases[] = {
	{ "序号", COLUMN_SEQ },
	{ "seq", COLUMN_SEQ },
	{ "揭榜方向", COLUMN_TRACK },
	{ "赛道", COLUMN_TRACK },
	{ "方向", COLUMN_TRACK },
	{ "track", COLUMN_TRACK },
	{ "细分领域", COLUMN_TASK },
	{ "揭榜任务", COLUMN_TASK },
	{ "任务", COLUMN_TASK },
	{ "task", COLUMN_TASK },
	{ "项目名称", COLUMN_PROJECT },
	{ "project", COLUMN_PROJECT },
	{ "申报单位", COLUMN_LEAD },
	{ "牵头单位", COLUMN_LEAD },
	{ "lead", COLUMN_LEAD },
	{ "联合体单位", COLUMN_PARTNERS },
	{ "联合单位", COLUMN_PARTNERS },
	{ "联合参与单位", COLUMN_PARTNERS },
	{ "partners", COLUMN_PARTNERS },
	{ "推荐单位", COLUMN_RECOMMENDER },
	{ "recommender", COLUMN_RECOMMENDER },
	{ "所属地区", COLUMN_REGION },
	{ "地区", COLUMN_REGION },
	{ "region", COLUMN_REGION },
	{ "类别", COLUMN_CLASS },
	{ "名单类别", COLUMN_CLASS },
	{ "class", COLUMN_CLASS },
	{ "备注", HEADER_IGNORED },
};

#define ALIASES (sizeof(aliases) / sizeof(aliases[0]))

const char *shortlist_column_name(enum shortlist_column column)
{
	static const char *const names[COLUMN_COUNT] = {
		"序号",       "揭榜方向", "细分领域", "项目名称", "申报单位",
		"联合体单位", "推荐单位", "所属地区", "名单类别",
	};
	return names[column];
}

/* Bytes at `s` that a header's spelling does not count by: white space, U+00A0, U+3000, U+FEFF, a required mark. */
static size_t unspoken(const char *s)
{
	static const char *const marks[] = { " ",  "\t", "\r",       "\n",          "*",
					     "＊", "　", "\xc2\xa0", "\xef\xbb\xbf" };
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(s, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

/* Full-width brackets become ASCII ones, letters lower case. False if the name does not fit. */
static bool normalise(const char *s, char out[NAME_BYTES])
{
	size_t n = 0;
	while (*s && n + 1 < NAME_BYTES) {
		size_t skip = unspoken(s);
		bool opens = strncmp(s, "（", 3) == 0, closes = strncmp(s, "）", 3) == 0;
		if (skip > 0) {
			s += skip;
		} else if (opens || closes) {
			out[n++] = opens ? '(' : ')';
			s += 3;
		} else {
			out[n++] = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
			s++;
		}
	}
	out[n] = '\0';
	return *s == '\0';
}

void shortlist_excerpt(char out[EXCERPT_BYTES], const char *text)
{
	(void)text_copy(out, EXCERPT_BYTES, text);
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
}

static int alias_of(const char *name, size_t len)
{
	for (size_t i = 0; i < ALIASES; i++)
		if (strlen(aliases[i].name) == len && memcmp(aliases[i].name, name, len) == 0)
			return aliases[i].column;
	return HEADER_UNKNOWN;
}

/* "申报单位(牵头单位)": a remark in brackets is fine unless it names another column. */
int header_cell(const char *text)
{
	char name[NAME_BYTES];
	if (!normalise(text, name))
		return HEADER_UNKNOWN;
	size_t len = strlen(name);
	if (len == 0)
		return HEADER_BLANK;
	const char *bracket = strchr(name, '(');
	if (!bracket || bracket == name || name[len - 1] != ')')
		return alias_of(name, len);
	int column = alias_of(name, (size_t)(bracket - name));
	int remark = alias_of(bracket + 1, (size_t)(name + len - 1 - (bracket + 1)));
	return remark == HEADER_UNKNOWN || remark == column ? column : HEADER_UNKNOWN;
}

static size_t cells_seen(const struct header_row *row)
{
	return row->n < SHORTLIST_CELLS_MAX ? row->n : SHORTLIST_CELLS_MAX;
}

bool header_is_title(const struct header_row *row)
{
	size_t texts = 0;
	for (size_t i = 0; i < cells_seen(row); i++) {
		int column = header_cell(row->cell[i]);
		if (column < HEADER_BLANK)
			return false;
		texts += column != HEADER_BLANK;
	}
	return texts == 1;
}

/* ---- what is wrong with a header ---- */

static void tell(const struct shortlist_sink *sink, size_t line, const char *detail)
{
	struct shortlist_error error = { line, COLUMN_COUNT, "header", "" };
	(void)text_copy(error.detail, sizeof(error.detail), detail);
	sink->error(sink->arg, &error);
}

static void known_names(char *out, size_t size)
{
	size_t n = 0;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		int more = snprintf(out + n, size - n, "%s%s", i ? "、" : "",
				    shortlist_column_name((enum shortlist_column)i));
		n += more > 0 ? (size_t)more : 0;
	}
}

static void tell_unknown(const struct header_row *row, size_t i, const struct shortlist_sink *sink)
{
	const char *known[ALIASES + 1];
	char name[NAME_BYTES], all[160], detail[512];
	for (size_t k = 0; k < ALIASES; k++)
		known[k] = aliases[k].name;
	known[ALIASES] = NULL;
	char said[EXCERPT_BYTES];
	(void)normalise(row->cell[i], name);
	shortlist_excerpt(said, row->cell[i]);
	const char *near = text_suggest(name, known);
	known_names(all, sizeof(all));
	(void)snprintf(detail, sizeof(detail), "unknown column \"%s\"%s%s%s; known: %s", said,
		       near ? ", did you mean " : "", near ? near : "", near ? "?" : "", all);
	tell(sink, row->line, detail);
}

static enum fault refuse(const struct header_row *row, const char *words, const char *what,
			 struct problem *problem)
{
	char all[160];
	known_names(all, sizeof(all));
	enum fault fault =
		problem_set(problem, FAULT_INVALID, "line %zu: the header is not understood: %s%s",
			    row->line, words, what);
	if (problem) {
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "line:%zu", row->line);
		(void)snprintf(problem->rule, sizeof(problem->rule), "header");
		(void)snprintf(problem->hint, sizeof(problem->hint), "known columns: %s", all);
	}
	return fault;
}

/* A list saved with another separator is one long cell: say so instead of "unknown column". */
const char *header_other_separator(const struct header_row *row)
{
	static const struct {
		char c;
		const char *words;
	} separators[] = { { '\t', "the cells are separated by tabs; save as comma-separated CSV" },
			   { ';', "the cells are separated by ;, save as comma-separated CSV" } };
	const char *cell = row->cell[0];
	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
		const char *end = strchr(cell, separators[i].c);
		char first[NAME_BYTES];
		if (row->n == 1 && end &&
		    text_copy_n(first, sizeof(first), cell, (size_t)(end - cell)) &&
		    header_cell(first) < COLUMN_COUNT)
			return separators[i].words;
	}
	return NULL;
}

static enum fault check_required(const struct header_row *row, const bool *seen,
				 const struct shortlist_sink *sink, struct problem *problem)
{
	static const enum shortlist_column required[] = { COLUMN_TASK, COLUMN_PROJECT,
							  COLUMN_LEAD };
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (seen[required[i]])
			continue;
		char detail[128];
		const char *name = shortlist_column_name(required[i]);
		(void)snprintf(detail, sizeof(detail), "the column %s is missing", name);
		tell(sink, row->line, detail);
		if (fault == FAULT_NONE)
			fault = refuse(row, detail, "", problem);
	}
	return fault;
}

/* One cell into column[i]; FAULT_INVALID if it is unknown or a column that was there before. */
static enum fault read_cell(const struct header_row *row, size_t i, bool *seen,
			    const struct shortlist_sink *sink, struct problem *problem)
{
	char detail[192], said[EXCERPT_BYTES];
	int column = header_cell(row->cell[i]);
	shortlist_excerpt(said, row->cell[i]);
	if (column == HEADER_UNKNOWN) {
		tell_unknown(row, i, sink);
		return refuse(row, "unknown column ", said, problem);
	}
	if (column >= COLUMN_COUNT)
		return FAULT_NONE;
	if (!seen[column]) {
		seen[column] = true;
		return FAULT_NONE;
	}
	(void)snprintf(detail, sizeof(detail), "the column %s stands twice, as \"%s\" too",
		       shortlist_column_name((enum shortlist_column)column), said);
	tell(sink, row->line, detail);
	return refuse(row, detail, "", problem);
}

enum fault header_read(const struct header_row *row, const struct shortlist_sink *sink,
		       int column[SHORTLIST_CELLS_MAX], struct problem *problem)
{
	bool seen[COLUMN_COUNT] = { false };
	enum fault fault = FAULT_NONE;
	const char *separator = header_other_separator(row);
	if (separator)
		return refuse(row, separator, "", problem);
	if (row->n > SHORTLIST_CELLS_MAX)
		return refuse(row, "more than 64 columns", "", problem);
	for (size_t i = 0; i < row->n; i++) {
		column[i] = header_cell(row->cell[i]);
		enum fault one =
			read_cell(row, i, seen, sink, fault == FAULT_NONE ? problem : NULL);
		fault = fault == FAULT_NONE ? one : fault;
	}
	enum fault missing = check_required(row, seen, sink, fault == FAULT_NONE ? problem : NULL);
	return fault == FAULT_NONE ? missing : fault;
}
