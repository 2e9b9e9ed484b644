/*
 * The machine behind every list: one statement, a cursor made of the columns that order it, one row more than asked
 * for to know whether there is a next page. And the small writers that all documents share.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/read_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PARAM_LIMIT = 4, PARAM_FILTERS = 5, PARAM_NOW = 12 };

enum fault read_run(struct store *reader, read_fn *read, const struct read_args *args,
		    struct buf *out, struct problem *problem)
{
	enum fault fault = store_read_begin(reader, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = read(reader, args, out, problem);
	store_read_end(reader);
	if (fault != FAULT_NONE)
		buf_reset(out);
	return fault;
}

void reader_init(struct reader *rd, struct store *store, const struct read_args *args,
		 struct buf *out, struct problem *problem)
{
	rd->store = store;
	rd->args = args;
	rd->problem = problem;
	rd->fault = FAULT_NONE;
	rd->today = civil_day_of(args->now_at);
	rd->counts = (struct counts_all){ .n = 0 };
	rd->cap_programme = 0;
	jw_init(&rd->jw, out);
}

void reader_fault(struct reader *rd, enum fault fault)
{
	if (rd->fault == FAULT_NONE)
		rd->fault = fault;
}

/* ---- cursor ---- */

static bool cursor_part(const char **at, int64_t *part)
{
	char digits[24];
	size_t len = strcspn(*at, ".");
	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, *at, len);
	digits[len] = '\0';
	*at += len;
	return text_parse_i64(digits, INT64_MIN, INT64_MAX, part);
}

enum fault cursor_read(const char *cursor, int n, int64_t *parts, struct problem *problem)
{
	const char *at = cursor;
	bool good = true;
	for (int i = 0; good && i < n; i++) {
		good = cursor_part(&at, &parts[i]);
		if (good && i + 1 < n)
			good = *at++ == '.';
	}
	if (good && *at == '\0')
		return FAULT_NONE;
	enum fault fault =
		problem_set(problem, FAULT_INVALID, "cursor is not one that this list gave out");
	if (problem)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), "cursor");
	return fault;
}

static enum fault bind_cursor(struct reader *rd, const struct list *list, struct query *q)
{
	int64_t parts[READ_CURSOR_PARTS];
	for (int i = 0; i < list->n_cursor; i++)
		parts[i] = list->descending ? INT64_MAX : INT64_MIN;
	if (rd->args->cursor) {
		enum fault fault =
			cursor_read(rd->args->cursor, list->n_cursor, parts, rd->problem);
		if (fault != FAULT_NONE)
			return fault;
	}
	for (int i = 0; i < list->n_cursor; i++)
		query_int(q, i + 1, parts[i]);
	return FAULT_NONE;
}

/* ---- filters ---- */

/* '%', '_' and the escape itself stand for themselves in what people search for. */
static const char *like_pattern(struct reader *rd, const char *word)
{
	size_t len = 0;
	rd->like[len++] = '%';
	for (const char *c = word; *c && len < READ_LIKE_BYTES - 3; c++) {
		if (*c == '%' || *c == '_' || *c == '\\')
			rd->like[len++] = '\\';
		rd->like[len++] = *c;
	}
	rd->like[len++] = '%';
	rd->like[len] = '\0';
	return rd->like;
}

void bind_filter(struct reader *rd, struct query *q, int n, enum read_filter filter)
{
	const struct read_value *value = &rd->args->filter[filter];
	if (!value->set)
		query_null(q, n);
	else if (filter == READ_Q)
		query_text(q, n, like_pattern(rd, value->text));
	else if (filter == READ_PROGRAMME || !value->text)
		query_int(q, n, value->number);
	else
		query_text(q, n, value->text);
}

/* ---- list ---- */

struct place {
	int64_t parts[READ_CURSOR_PARTS];
	int rows;
};

static void place_take(struct place *place, const struct list *list, const struct query *q)
{
	for (int i = 0; i < list->n_cursor; i++)
		place->parts[i] = query_col_int(q, list->cursor[i]);
	place->rows++;
}

static void write_next(struct reader *rd, const struct list *list, const struct place *place)
{
	char text[READ_CURSOR_PARTS * 24];
	size_t len = 0;
	for (int i = 0; i < list->n_cursor; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%" PRId64, i ? "." : "",
					place->parts[i]);
	jw_kv_str(&rd->jw, "next", text);
}

static void write_rows(struct reader *rd, const struct list *list, struct query *q)
{
	struct place place = { .rows = 0 };
	bool more = false;
	jw_object(&rd->jw);
	jw_key(&rd->jw, "data");
	jw_array(&rd->jw);
	while (rd->fault == FAULT_NONE && query_row(q)) {
		more = place.rows == rd->args->limit;
		if (more)
			break;
		list->row(rd, q);
		place_take(&place, list, q);
	}
	jw_array_end(&rd->jw);
	if (more)
		write_next(rd, list, &place);
	else
		jw_kv_str(&rd->jw, "next", NULL);
	jw_object_end(&rd->jw);
}

enum fault list_run(struct reader *rd, const struct list *list)
{
	struct query q = query_begin(rd->store, list->table, list->sql, list->id);
	enum fault fault = bind_cursor(rd, list, &q);
	query_int(&q, PARAM_LIMIT, (int64_t)rd->args->limit + 1);
	for (int i = 0; i < list->n_filters; i++)
		bind_filter(rd, &q, PARAM_FILTERS + i, list->filters[i]);
	if (list->wants_now)
		query_int(&q, PARAM_NOW, rd->args->now_at);
	if (fault == FAULT_NONE)
		write_rows(rd, list, &q);
	reader_fault(rd, fault);
	reader_fault(rd, query_end(&q, rd->fault == FAULT_NONE ? rd->problem : NULL));
	return rd->fault;
}

/* ---- members ---- */

/* Asking for the type only where the text is empty saves a call for nearly every member. */
void kv_text(struct jw *jw, const char *key, const struct query *q, int column)
{
	const char *text = query_col_text(q, column);
	size_t len = query_col_bytes(q, column);
	jw_key(jw, key);
	if (len == 0 && query_col_null(q, column))
		jw_null(jw);
	else
		jw_str_n(jw, text, len);
}

void kv_number(struct jw *jw, const char *key, const struct query *q, int column)
{
	jw_key(jw, key);
	if (query_col_null(q, column))
		jw_null(jw);
	else
		jw_int(jw, query_col_int(q, column));
}

void kv_instant(struct jw *jw, const char *key, const struct query *q, int column)
{
	jw_kv_at(jw, key, query_col_int(q, column));
}

void kv_key(struct jw *jw, const char *key, const char *prefix, const struct query *q, int column)
{
	if (query_col_null(q, column))
		jw_kv_str(jw, key, NULL);
	else
		jw_kv_id(jw, key, prefix, query_col_int(q, column));
}

void kv_json(struct jw *jw, const char *key, const struct query *q, int column)
{
	jw_key(jw, key);
	const char *text = query_col_text(q, column);
	if (query_col_null(q, column))
		jw_null(jw);
	else
		jw_raw(jw, text, query_col_bytes(q, column));
}

void kv_names(struct jw *jw, const char *key, const struct query *q, int column)
{
	jw_key(jw, key);
	jw_object(jw);
	kv_text(jw, "zh", q, column);
	kv_text(jw, "en", q, column + 1);
	jw_object_end(jw);
}
