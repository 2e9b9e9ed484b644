/*
 * Units: the list, and one unit with everything that hangs on it in four statements.
 */
#include "store/read.h"

#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

enum { LIST_ALL, LIST_PROGRAMME, ONE, PARTNERS, OWED, OBLIGATIONS, ENDPOINTS };

enum {
	UN_KEY,
	UN_PROGRAMME,
	UN_TASK,
	UN_TASK_NAME,
	UN_PROJECT,
	UN_LEAD,
	UN_RECOMMENDER,
	UN_REGION,
	UN_CLASS,
	UN_STATE,
	UN_ANCHOR_ON,
	UN_WINDOW_END_ON
};

#define UN_SELECT                                                                                  \
	"SELECT u.unit_key, p.id, t.id, t.name, u.project, u.lead, u.recommender, u.region, "      \
	"u.class, u.state, u.anchor_on, u.window_end_on FROM unit u "                              \
	"JOIN task t ON t.task_key = u.task_key "                                                  \
	"JOIN programme p ON p.programme_key = u.programme_key "
#define UN_FILTERS                                                                                 \
	"AND (CAST($6 AS TEXT) IS NULL OR t.id = $6) "                                             \
	"AND (CAST($7 AS TEXT) IS NULL OR u.state = $7) "                                          \
	"AND (CAST($8 AS TEXT) IS NULL OR u.recommender = $8) "                                    \
	"AND (CAST($9 AS TEXT) IS NULL OR u.lead LIKE $9 ESCAPE '\\' "                             \
	"OR u.project LIKE $9 ESCAPE '\\') "                                                       \
	"ORDER BY u.unit_key LIMIT $4"

static const char *const sql[] = {
	[LIST_ALL] = UN_SELECT "WHERE u.unit_key > $1 AND CAST($5 AS BIGINT) IS NULL " UN_FILTERS,
	/* By unit_programme (programme_key, unit_key): another programme's units cost nothing. */
	[LIST_PROGRAMME] = UN_SELECT "WHERE u.programme_key = $5 AND u.unit_key > $1 " UN_FILTERS,
	[ONE] = UN_SELECT "WHERE u.unit_key = $1",
	[PARTNERS] = "SELECT name FROM partner WHERE unit_key = $1 AND until_on IS NULL "
		     "ORDER BY position",
	[OWED] = "SELECT o.obligation_key, r.kind, r.name_zh, r.name_en, o.due_on, o.state, "
		 "o.due_at "
		 "FROM obligation o JOIN rule r ON r.rule_key = o.rule_key "
		 "WHERE o.unit_key = $1 AND " OB_OWED " ORDER BY o.due_at, o.obligation_key",
	[OBLIGATIONS] =
		OB_SELECT OB_FROM "WHERE o.unit_key = $1 ORDER BY o.due_at, o.obligation_key",
	[ENDPOINTS] = EP_SELECT "WHERE owner = $1 ORDER BY endpoint_key",
};

static struct query beside(struct reader *rd, unsigned id, int64_t unit_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_UNIT, sql, id);
	query_int(&q, 1, unit_key);
	return q;
}

static void write_partners(struct reader *rd, int64_t unit_key)
{
	struct query q = beside(rd, PARTNERS, unit_key);
	jw_key(&rd->jw, "partners");
	jw_array(&rd->jw);
	while (query_row(&q))
		jw_str_n(&rd->jw, query_col_text(&q, 0), query_col_bytes(&q, 0));
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_next_owed(struct reader *rd, const struct query *q)
{
	jw_key(&rd->jw, "next");
	jw_object(&rd->jw);
	kv_key(&rd->jw, "obligation", WIRE_ID_OBLIGATION, q, 0);
	kv_text(&rd->jw, "kind", q, 1);
	kv_names(&rd->jw, "name", q, 2);
	kv_text(&rd->jw, "due_on", q, 4);
	jw_kv_int(&rd->jw, "days_left", days_left(rd, query_col_text(q, 4)));
	kv_text(&rd->jw, "state", q, 5);
	jw_object_end(&rd->jw);
}

/* `overdue` counts, `next` is what is owed first; an overdue one stays next until it is satisfied. */
static void write_owed(struct reader *rd, int64_t unit_key)
{
	struct query q = beside(rd, OWED, unit_key);
	int64_t overdue = 0;
	bool any = false;
	while (query_row(&q)) {
		if (!any)
			write_next_owed(rd, &q);
		any = true;
		if (query_col_int(&q, 6) > rd->args->now_at)
			break;
		overdue++;
	}
	if (!any)
		jw_kv_str(&rd->jw, "next", NULL);
	jw_kv_int(&rd->jw, "overdue", overdue);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void unit_members(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	kv_key(jw, "id", WIRE_ID_UNIT, q, UN_KEY);
	kv_text(jw, "programme", q, UN_PROGRAMME);
	kv_text(jw, "task", q, UN_TASK);
	kv_text(jw, "task_name", q, UN_TASK_NAME);
	kv_text(jw, "project", q, UN_PROJECT);
	kv_text(jw, "lead", q, UN_LEAD);
	write_partners(rd, query_col_int(q, UN_KEY));
	kv_text(jw, "recommender", q, UN_RECOMMENDER);
	kv_text(jw, "region", q, UN_REGION);
	kv_text(jw, "class", q, UN_CLASS);
	kv_text(jw, "state", q, UN_STATE);
	kv_text(jw, "anchor_on", q, UN_ANCHOR_ON);
	kv_text(jw, "window_ends_on", q, UN_WINDOW_END_ON);
	write_owed(rd, query_col_int(q, UN_KEY));
}

static void unit_row(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	unit_members(rd, q);
	jw_object_end(&rd->jw);
}

enum fault read_units(struct store *store, const struct read_args *args, struct buf *out,
		      struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_UNIT,
		.sql = sql,
		.id = args->filter[READ_PROGRAMME].set ? LIST_PROGRAMME : LIST_ALL,
		.cursor = { UN_KEY },
		.n_cursor = 1,
		.filters = { READ_PROGRAMME, READ_TASK, READ_STATE, READ_RECOMMENDER, READ_Q },
		.n_filters = 5,
		.row = unit_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

static void write_obligations(struct reader *rd, int64_t unit_key)
{
	struct query q = beside(rd, OBLIGATIONS, unit_key);
	jw_key(&rd->jw, "obligations");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		ob_members(rd, &q);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_endpoints(struct reader *rd, int64_t unit_key)
{
	char owner[8 + TEXT_ID_BYTES] = "unit:";
	text_id_write(owner + 5, WIRE_ID_UNIT, unit_key);
	struct query q = query_begin(rd->store, TABLE_READ_UNIT, sql, ENDPOINTS);
	query_text(&q, 1, owner);
	jw_key(&rd->jw, "endpoints");
	jw_array(&rd->jw);
	while (query_row(&q))
		endpoint_object(rd, &q);
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

enum fault unit_write(struct reader *rd, int64_t unit_key, bool full)
{
	struct query q = beside(rd, ONE, unit_key);
	bool found = query_row(&q);
	if (found) {
		jw_object(&rd->jw);
		unit_members(rd, &q);
	}
	reader_fault(rd, query_end(&q, rd->problem));
	if (rd->fault == FAULT_NONE && !found)
		reader_fault(rd, problem_set(rd->problem, FAULT_NOT_FOUND,
					     "there is no unit un_%lld", (long long)unit_key));
	if (rd->fault != FAULT_NONE)
		return rd->fault;
	if (full) {
		write_obligations(rd, unit_key);
		write_endpoints(rd, unit_key);
	}
	jw_object_end(&rd->jw);
	return rd->fault;
}

enum fault read_unit(struct store *store, const struct read_args *args, struct buf *out,
		     struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return unit_write(&rd, args->key, true);
}
