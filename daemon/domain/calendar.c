/*
 * The working-day calendar: a sorted array of the days that the State Council's notices name, and plain weekends for
 * all others. Whether a day is off is asked a hundred times for each obligation that is planned: for the years in which
 * any day is named, a table has the answer.
 */
#include "jiebang/calendar.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	int32_t day;
	enum day_kind kind;
	char *name;
};

/* What the table says of a day. */
#define OFF     1u
#define COVERED 2u /* its year is known */

struct calendar {
	struct entry *entries; /* ascending by day; never DAY_PLAIN */
	size_t n;
	size_t cap;
	uint8_t *days; /* of whole years, from first_day on */
	int32_t first_day;
	int32_t n_days;
};

static const char *const roll_names[] = {
	[ROLL_NONE] = "none",
	[ROLL_NEXT_WORKDAY] = "next_workday",
	[ROLL_PREVIOUS_WORKDAY] = "previous_workday",
};

const char *roll_name(enum roll roll)
{
	return roll_names[roll];
}

bool roll_parse(const char *s, enum roll *roll)
{
	for (size_t i = 0; i < sizeof(roll_names) / sizeof(roll_names[0]); i++) {
		if (strcmp(s, roll_names[i]) == 0) {
			*roll = (enum roll)i;
			return true;
		}
	}
	return false;
}

struct calendar *calendar_new(void)
{
	return xcalloc(1, sizeof(struct calendar));
}

void calendar_free(struct calendar *calendar)
{
	if (!calendar)
		return;
	for (size_t i = 0; i < calendar->n; i++)
		free(calendar->entries[i].name);
	free(calendar->entries);
	free(calendar->days);
	free(calendar);
}

/* Index of the first entry that is not before `day`. */
static size_t place_of(const struct calendar *calendar, int32_t day)
{
	size_t lo = 0, hi = calendar->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (calendar->entries[mid].day < day)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct entry *find(const struct calendar *calendar, int32_t day)
{
	size_t i = place_of(calendar, day);
	return i < calendar->n && calendar->entries[i].day == day ? &calendar->entries[i] : NULL;
}

static void remove_at(struct calendar *calendar, size_t i)
{
	free(calendar->entries[i].name);
	calendar->n--;
	memmove(&calendar->entries[i], &calendar->entries[i + 1],
		(calendar->n - i) * sizeof(calendar->entries[0]));
}

static void insert_at(struct calendar *calendar, size_t i, struct entry entry)
{
	if (calendar->n == calendar->cap) {
		calendar->cap = calendar->cap ? calendar->cap * 2 : 64;
		calendar->entries =
			xrealloc(calendar->entries, calendar->cap * sizeof(calendar->entries[0]));
	}
	memmove(&calendar->entries[i + 1], &calendar->entries[i],
		(calendar->n - i) * sizeof(calendar->entries[0]));
	calendar->entries[i] = entry;
	calendar->n++;
}

/* ---- the table ---- */

static bool is_weekend(int32_t day)
{
	return civil_weekday(day) >= 5;
}

/* The first day of a day's year, and of the year after. */
static void year_of(int32_t day, int32_t *begin, int32_t *end)
{
	int year, month, day_of_month;
	int32_t last = 0;
	civil_to_ymd(day, &year, &month, &day_of_month);
	INVARIANT(civil_from_ymd(year, 1, 1, begin) && civil_from_ymd(year, 12, 31, &last));
	*end = last + 1;
}

/* Makes the table reach over the years from that of `begin` to before `end`; what is new is plain and not covered. */
static void table_reach(struct calendar *calendar, int32_t begin, int32_t end)
{
	int32_t old_begin = calendar->first_day, old_end = old_begin + calendar->n_days;
	if (calendar->n_days > 0) {
		begin = begin < old_begin ? begin : old_begin;
		end = end > old_end ? end : old_end;
	}
	if (end - begin == calendar->n_days)
		return;
	uint8_t *days = xmalloc((size_t)(end - begin));
	for (int32_t day = begin; day < end; day++)
		days[day - begin] = is_weekend(day) ? OFF : 0;
	if (calendar->n_days > 0)
		memcpy(days + (old_begin - begin), calendar->days, (size_t)calendar->n_days);
	free(calendar->days);
	calendar->days = days;
	calendar->first_day = begin;
	calendar->n_days = end - begin;
}

static void table_set(struct calendar *calendar, int32_t day, enum day_kind kind)
{
	int32_t begin, end;
	year_of(day, &begin, &end);
	table_reach(calendar, begin, end);
	uint8_t *at = &calendar->days[day - calendar->first_day];
	bool off = kind == DAY_PLAIN ? is_weekend(day) : kind == DAY_HOLIDAY;
	*at = (uint8_t)((*at & COVERED) | (off ? OFF : 0));
	int year, month, day_of_month;
	civil_to_ymd(day, &year, &month, &day_of_month);
	if (month != 10 || day_of_month != 1)
		return;
	for (int32_t i = begin; i < end; i++) {
		uint8_t *each = &calendar->days[i - calendar->first_day];
		*each = (uint8_t)((*each & OFF) | (kind == DAY_PLAIN ? 0 : COVERED));
	}
}

void calendar_set(struct calendar *calendar, int32_t day, enum day_kind kind, const char *name)
{
	/* Copied first: the name may be the one that goes. */
	char *copy = kind == DAY_PLAIN ? NULL : xstrdup(name);
	size_t i = place_of(calendar, day);
	if (i < calendar->n && calendar->entries[i].day == day)
		remove_at(calendar, i);
	if (copy)
		insert_at(calendar, i, (struct entry){ day, kind, copy });
	table_set(calendar, day, kind);
}

bool calendar_entry(const struct calendar *calendar, size_t i, int32_t *day, enum day_kind *kind,
		    const char **name)
{
	if (i >= calendar->n)
		return false;
	*day = calendar->entries[i].day;
	*kind = calendar->entries[i].kind;
	*name = calendar->entries[i].name;
	return true;
}

enum day_kind calendar_kind(const struct calendar *calendar, int32_t day, const char **name)
{
	const struct entry *entry = find(calendar, day);
	*name = entry ? entry->name : "";
	return entry ? entry->kind : DAY_PLAIN;
}

bool calendar_covers(const struct calendar *calendar, int year)
{
	int32_t national_day;
	if (!civil_from_ymd(year, 10, 1, &national_day))
		return false;
	return find(calendar, national_day) != NULL;
}

bool calendar_is_off(const struct calendar *calendar, int32_t day, bool *provisional)
{
	int64_t i = (int64_t)day - calendar->first_day;
	/* A stray day of an uncovered year stands in a notice all the same: it counts, the rest is plain weekends. */
	unsigned said = i >= 0 && i < calendar->n_days ? calendar->days[i]
			: is_weekend(day)              ? OFF
						       : 0;
	if (!(said & COVERED))
		*provisional = true;
	return said & OFF;
}

int32_t calendar_roll(const struct calendar *calendar, int32_t day, enum roll roll,
		      bool *provisional)
{
	static const int32_t steps[] = {
		[ROLL_NONE] = 0,
		[ROLL_NEXT_WORKDAY] = 1,
		[ROLL_PREVIOUS_WORKDAY] = -1,
	};
	if (roll == ROLL_NONE)
		return day;
	while (calendar_is_off(calendar, day, provisional))
		day += steps[roll];
	return day;
}

int32_t calendar_add_workdays(const struct calendar *calendar, int32_t day, int n,
			      bool *provisional)
{
	while (n > 0) {
		day++;
		if (!calendar_is_off(calendar, day, provisional))
			n--;
	}
	return day;
}

/* ---- reading a file ---- */

#define COLUMNS        3
#define NAME_BYTES_MAX 96

static const char *const column_names[COLUMNS] = { "date", "kind", "name" };

struct reader {
	const char *name;
	size_t line; /* 1-based */
	bool header_seen;
	char *fields[COLUMNS];
	size_t n_fields; /* may run past COLUMNS: then the row is refused */
	struct calendar *calendar;
	struct problem *problem;
	enum fault fault; /* of the first bad row; later rows are not looked at */
};

/* `value` is what was found, NULL if there is nothing to quote. */
static void refuse(struct reader *rd, enum fault fault, const char *what, const char *value)
{
	if (rd->fault != FAULT_NONE)
		return;
	char shown[48];
	bool whole = text_copy(shown, sizeof(shown), value ? value : "");
	rd->fault = problem_set(rd->problem, fault, value ? "%s:%zu: %s: \"%s%s\"" : "%s:%zu: %s",
				rd->name, rd->line, what, shown, whole ? "" : "…");
	if (rd->problem)
		(void)snprintf(rd->problem->pointer, sizeof(rd->problem->pointer), "%s:%zu",
			       rd->name, rd->line);
}

static bool kind_parse(const char *s, enum day_kind *kind)
{
	if (strcmp(s, "holiday") == 0)
		*kind = DAY_HOLIDAY;
	else if (strcmp(s, "workday") == 0)
		*kind = DAY_WORKDAY;
	else
		return false;
	return true;
}

static void read_header(struct reader *rd)
{
	rd->header_seen = true;
	bool same = rd->n_fields == COLUMNS;
	for (size_t i = 0; same && i < COLUMNS; i++)
		same = strcmp(rd->fields[i], column_names[i]) == 0;
	if (!same)
		refuse(rd, FAULT_INVALID, "the first line must be date,kind,name", NULL);
}

static void read_day(struct reader *rd)
{
	int32_t day;
	enum day_kind kind;
	if (rd->n_fields != COLUMNS)
		refuse(rd, FAULT_INVALID, "a row has three fields: date,kind,name", NULL);
	else if (!civil_parse(rd->fields[0], &day))
		refuse(rd, FAULT_UNPROCESSED, "not a date YYYY-MM-DD", rd->fields[0]);
	else if (!kind_parse(rd->fields[1], &kind))
		refuse(rd, FAULT_UNPROCESSED, "the kind is neither holiday nor workday",
		       rd->fields[1]);
	else if (kind == DAY_WORKDAY && !is_weekend(day))
		refuse(rd, FAULT_UNPROCESSED, "a make-up workday must be a Saturday or Sunday",
		       rd->fields[0]);
	else if (find(rd->calendar, day))
		refuse(rd, FAULT_UNPROCESSED, "the day is listed twice", rd->fields[0]);
	else if (strlen(rd->fields[2]) > NAME_BYTES_MAX)
		refuse(rd, FAULT_UNPROCESSED, "the name is too long", rd->fields[2]);
	else
		calendar_set(rd->calendar, day, kind, rd->fields[2]);
}

static void drop_fields(struct reader *rd)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		free(rd->fields[i]);
		rd->fields[i] = NULL;
	}
	rd->n_fields = 0;
}

static void on_field(void *field, size_t len, void *arg)
{
	struct reader *rd = arg;
	if (rd->n_fields < COLUMNS)
		rd->fields[rd->n_fields] = xstrndup(field, len);
	rd->n_fields++;
}

static void on_row(int terminator, void *arg)
{
	struct reader *rd = arg;
	(void)terminator;
	if (rd->fault == FAULT_NONE && rd->header_seen)
		read_day(rd);
	else if (rd->fault == FAULT_NONE)
		read_header(rd);
	drop_fields(rd);
}

/* A record is a line: so line numbers are exact, and no name holds a line break or an escape sequence. */
static bool line_is_plain(const char *text, size_t len)
{
	if (len > 0 && text[len - 1] == '\r')
		len--;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return text_utf8_valid(text, len);
}

/* One line without its LF. The parser is fresh for each: an open quote is an error of its line, not of the file's end. */
static void read_line(struct reader *rd, const char *text, size_t len)
{
	struct csv_parser parser;
	if (!line_is_plain(text, len)) {
		refuse(rd, FAULT_INVALID, "not UTF-8 text, or a control character in it", NULL);
		return;
	}
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		fatal(71, "out of memory");
	if (csv_parse(&parser, text, len, on_field, on_row, rd) != len ||
	    csv_fini(&parser, on_field, on_row, rd) != 0)
		refuse(rd, FAULT_INVALID, "a quote is misplaced or not closed", NULL);
	drop_fields(rd);
	csv_free(&parser);
}

static void read_lines(struct reader *rd, const char *text, size_t len)
{
	size_t at = 0;
	while (at < len && rd->fault == FAULT_NONE) {
		const char *lf = memchr(text + at, '\n', len - at);
		size_t line_len = lf ? (size_t)(lf - text) - at : len - at;
		rd->line++;
		read_line(rd, text + at, line_len);
		at += line_len + 1;
	}
}

enum fault calendar_read_csv(const char *text, size_t len, const char *name, struct calendar **out,
			     struct problem *problem)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct reader rd = { .name = name, .problem = problem, .calendar = calendar_new() };
	*out = NULL;
	if (len >= 3 && memcmp(text, bom, 3) == 0) {
		text += 3;
		len -= 3;
	}
	read_lines(&rd, text, len);
	/* Taken for a calendar, a cut-off file would turn every holiday into a working day. */
	if (rd.calendar->n == 0)
		refuse(&rd, FAULT_INVALID, "no day is listed", NULL);
	if (rd.fault != FAULT_NONE) {
		calendar_free(rd.calendar);
		return rd.fault;
	}
	*out = rd.calendar;
	return FAULT_NONE;
}
