/*
 * Programmes with their counts, their rules, and their tasks.
 */
#include "store/read.h"

#include "jiebang/json.h"
#include "jiebang/text.h"
#include "store/read_inside.h"

#include <string.h>

enum { LIST, ONE, KEY, TRACKS, CATEGORIES, CLAUSES, TASKS, RULES };

#define PG_SELECT                                                                                  \
	"SELECT programme_key, id, name_zh, name_en, doc_no, issuer, complete, note, "             \
	"window_months, published_on, window_end_on, source_name, sha256, loaded_at, revision, "   \
	"rules FROM programme "

static const char *const sql[] = {
	[LIST] = PG_SELECT "WHERE programme_key > $1 ORDER BY programme_key LIMIT $4",
	[ONE] = PG_SELECT "WHERE id = $1",
	[KEY] = "SELECT programme_key FROM programme WHERE id = $1",
	[TRACKS] = "SELECT id, name_zh, name_en FROM track WHERE programme_key = $1 "
		   "ORDER BY position",
	[CATEGORIES] = "SELECT id, name_zh, name_en FROM category WHERE programme_key = $1 "
		       "ORDER BY position",
	[CLAUSES] = "SELECT rule, text, source FROM clause WHERE programme_key = $1 ORDER BY rule",
	[TASKS] = "SELECT t.programme_key, t.position, t.task_key, t.id, p.id, r.id, r.name_zh, "
		  "r.name_en, c.id, c.name_zh, c.name_en, t.name, "
		  "(SELECT count(*) FROM unit u WHERE u.task_key = t.task_key) "
		  "FROM task t JOIN programme p ON p.programme_key = t.programme_key "
		  "JOIN track r ON r.programme_key = t.programme_key AND r.id = t.track_id "
		  "LEFT JOIN category c ON c.programme_key = t.programme_key "
		  "AND c.id = t.category_id "
		  "WHERE (t.programme_key, t.position, t.task_key) > ($1, $2, $3) "
		  "AND (CAST($5 AS BIGINT) IS NULL OR t.programme_key = $5) "
		  "ORDER BY t.programme_key, t.position, t.task_key LIMIT $4",
	[RULES] = "SELECT rules FROM programme WHERE programme_key = $1",
};

enum fault read_resolve(struct store *store, struct read_args *args, struct problem *problem)
{
	struct read_value *programme = &args->filter[READ_PROGRAMME];
	if (!programme->set)
		return FAULT_NONE;
	struct query q = query_begin(store, TABLE_READ_PROGRAMME, sql, KEY);
	query_text(&q, 1, programme->text);
	bool found = query_row(&q);
	if (found)
		programme->number = query_col_int(&q, 0);
	enum fault fault = query_end(&q, problem);
	if (fault != FAULT_NONE || found)
		return fault;
	fault = problem_set(problem, FAULT_NOT_FOUND,
			    "there is no programme with the id given as `programme`");
	(void)text_copy(problem->pointer, sizeof(problem->pointer), "programme");
	return fault;
}

static void programme_members(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	kv_text(jw, "id", q, 1);
	kv_names(jw, "name", q, 2);
	kv_text(jw, "doc_no", q, 4);
	kv_text(jw, "issuer", q, 5);
	jw_kv_bool(jw, "complete", query_col_int(q, 6) != 0);
	kv_text(jw, "note", q, 7);
	kv_number(jw, "window_months", q, 8);
	kv_text(jw, "published_on", q, 9);
	kv_text(jw, "window_ends_on", q, 10);
	counts_members(jw, counts_of(&rd->counts, query_col_int(q, 0)));
	kv_text(jw, "source", q, 11);
	kv_text(jw, "sha256", q, 12);
	kv_instant(jw, "loaded_at", q, 13);
	kv_number(jw, "revision", q, 14);
}

static void programme_row(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	programme_members(rd, q);
	jw_object_end(&rd->jw);
}

enum fault read_programmes(struct store *store, const struct read_args *args, struct buf *out,
			   struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_PROGRAMME,
		.sql = sql,
		.id = LIST,
		.cursor = { 0 },
		.n_cursor = 1,
		.row = programme_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	enum fault fault = counts_load(store, args->now_at, &rd.counts, problem);
	if (fault == FAULT_NONE)
		fault = list_run(&rd, &list);
	counts_clear(&rd.counts);
	return fault;
}

static void write_level(struct reader *rd, const struct query *q)
{
	kv_text(&rd->jw, "id", q, 0);
	kv_names(&rd->jw, "name", q, 1);
}

static void write_clause(struct reader *rd, const struct query *q)
{
	kv_text(&rd->jw, "rule", q, 0);
	kv_text(&rd->jw, "text", q, 1);
	kv_text(&rd->jw, "source", q, 2);
}

static void write_parts(struct reader *rd, const char *key, unsigned id, int64_t programme_key,
			void (*write)(struct reader *rd, const struct query *q))
{
	struct query q = query_begin(rd->store, TABLE_READ_PROGRAMME, sql, id);
	query_int(&q, 1, programme_key);
	jw_key(&rd->jw, key);
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		write(rd, &q);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void raw_member(struct jw *jw, const char *key, const struct jr_value *value)
{
	struct buf text = BUF_EMPTY;
	if (value)
		jr_write(value, &text);
	jw_key(jw, key);
	jw_raw(jw, value ? text.data : "null", value ? text.len : 4);
	buf_clear(&text);
}

static bool has_own_place(const char *key)
{
	static const char *const placed[] = { "shortlist_cap", "winner_cap", "window_months" };
	for (size_t i = 0; i < sizeof(placed) / sizeof(placed[0]); i++)
		if (strcmp(key, placed[i]) == 0)
			return true;
	return false;
}

/* The rules were frozen as JSON for people when the file was loaded; the caps go together under one name. */
static void write_rules(struct reader *rd, const char *text, size_t len)
{
	struct jr_doc *doc = NULL;
	enum fault fault = jr_read(text, len, &doc, rd->problem);
	reader_fault(rd, fault);
	if (fault != FAULT_NONE)
		return;
	const struct jr_value *rules = jr_root(doc), *value;
	const char *key;
	jw_key(&rd->jw, "caps");
	jw_object(&rd->jw);
	raw_member(&rd->jw, "shortlist", jr_member(rules, "shortlist_cap"));
	raw_member(&rd->jw, "winner", jr_member(rules, "winner_cap"));
	jw_object_end(&rd->jw);
	for (size_t i = 0; (value = jr_member_at(rules, i, &key)) != NULL; i++)
		if (!has_own_place(key))
			raw_member(&rd->jw, key, value);
	jr_free(doc);
}

/* The key, 0 if there is no such programme. */
static int64_t write_programme(struct reader *rd)
{
	int64_t key = 0;
	struct query q = query_begin(rd->store, TABLE_READ_PROGRAMME, sql, ONE);
	query_text(&q, 1, rd->args->name);
	if (query_row(&q)) {
		key = query_col_int(&q, 0);
		programme_members(rd, &q);
		const char *rules = query_col_text(&q, 15);
		write_rules(rd, rules, query_col_bytes(&q, 15));
	}
	reader_fault(rd, query_end(&q, rd->fault == FAULT_NONE ? rd->problem : NULL));
	return key;
}

enum fault read_programme(struct store *store, const struct read_args *args, struct buf *out,
			  struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	reader_fault(&rd, counts_load(store, args->now_at, &rd.counts, problem));
	jw_object(&rd.jw);
	int64_t key = rd.fault == FAULT_NONE ? write_programme(&rd) : 0;
	counts_clear(&rd.counts);
	if (rd.fault == FAULT_NONE && key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no programme with this id");
	if (rd.fault != FAULT_NONE)
		return rd.fault;
	write_parts(&rd, "tracks", TRACKS, key, write_level);
	write_parts(&rd, "categories", CATEGORIES, key, write_level);
	write_parts(&rd, "clauses", CLAUSES, key, write_clause);
	jw_object_end(&rd.jw);
	return rd.fault;
}

/* ---- tasks ---- */

/* The cap of shortlisted units where it counts by task, else -1. */
static int64_t cap_of(const char *rules, size_t len)
{
	struct jr_doc *doc = NULL;
	int64_t limit = -1;
	if (jr_read(rules, len, &doc, NULL) != FAULT_NONE)
		return -1;
	const struct jr_value *cap = jr_member(jr_root(doc), "shortlist_cap");
	const char *level = cap ? jr_string(jr_member(cap, "level")) : NULL;
	if (!level || strcmp(level, cap_level_name(CAP_LEVEL_TASK)) != 0 ||
	    !jr_integer(jr_member(cap, "limit"), &limit))
		limit = -1;
	jr_free(doc);
	return limit;
}

/* Rows come by programme, so the rules are read once for each. */
static void write_cap(struct reader *rd, int64_t programme_key)
{
	if (rd->cap_programme != programme_key) {
		struct query q = query_begin(rd->store, TABLE_READ_PROGRAMME, sql, RULES);
		query_int(&q, 1, programme_key);
		rd->cap_programme = programme_key;
		rd->cap_limit = -1;
		if (query_row(&q)) {
			const char *rules = query_col_text(&q, 0);
			rd->cap_limit = cap_of(rules, query_col_bytes(&q, 0));
		}
		reader_fault(rd, query_end(&q, rd->problem));
	}
	jw_key(&rd->jw, "cap");
	if (rd->cap_limit >= 0)
		jw_int(&rd->jw, rd->cap_limit);
	else
		jw_null(&rd->jw);
}

static void task_row(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_text(jw, "id", q, 3);
	kv_text(jw, "programme", q, 4);
	jw_key(jw, "track");
	jw_object(jw);
	kv_text(jw, "id", q, 5);
	kv_names(jw, "name", q, 6);
	jw_object_end(jw);
	jw_key(jw, "category");
	if (query_col_null(q, 8)) {
		jw_null(jw);
	} else {
		jw_object(jw);
		kv_text(jw, "id", q, 8);
		kv_names(jw, "name", q, 9);
		jw_object_end(jw);
	}
	kv_text(jw, "name", q, 11);
	kv_number(jw, "units", q, 12);
	write_cap(rd, query_col_int(q, 0));
	jw_object_end(jw);
}

enum fault read_tasks(struct store *store, const struct read_args *args, struct buf *out,
		      struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_PROGRAMME,
		.sql = sql,
		.id = TASKS,
		.cursor = { 0, 1, 2 },
		.n_cursor = 3,
		.filters = { READ_PROGRAMME },
		.n_filters = 1,
		.row = task_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}
