/*
 * Units: the list, and one unit with everything that hangs on it in four statements.
 */
#include "store/read.h"

#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

#include <string.h>

enum { LIST_ALL, LIST_PROGRAMME, ONE, PARTNERS, CONSORTIUM, OWED, OBLIGATIONS, ENDPOINTS };

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
	UN_WINDOW_END_ON,
	UN_CONTACT_NAME,
	UN_CONTACT_PHONE,
	UN_CONTACT_EMAIL
};

#define UN_SELECT                                                                                  \
	"SELECT u.unit_key, p.id, t.id, t.name, u.project, u.lead, u.recommender, u.region, "      \
	"u.class, u.state, u.anchor_on, u.window_end_on, u.contact_name, u.contact_phone, "        \
	"u.contact_email FROM unit u "                                                             \
	"JOIN task t ON t.task_key = u.task_key "                                                  \
	"JOIN programme p ON p.programme_key = u.programme_key "
#define UN_FILTERS                                                                                 \
	"AND (CAST($6 AS TEXT) IS NULL OR t.id = $6) "                                             \
	"AND (CAST($7 AS TEXT) IS NULL OR u.state = $7) "                                          \
	"AND (CAST($8 AS TEXT) IS NULL OR u.recommender = $8) "                                    \
	"AND (CAST($9 AS TEXT) IS NULL OR u.lead LIKE $9 ESCAPE '\\' "                             \
	"OR u.project LIKE $9 ESCAPE '\\') " UN_UNREACHABLE "ORDER BY u.unit_key LIMIT $4"

static const char *const sql[] = {
	[LIST_ALL] = UN_SELECT "WHERE u.unit_key > $1 AND CAST($5 AS BIGINT) IS NULL " UN_FILTERS,
	/* By unit_programme (programme_key, unit_key): another programme's units cost nothing. */
	[LIST_PROGRAMME] = UN_SELECT "WHERE u.programme_key = $5 AND u.unit_key > $1 " UN_FILTERS,
	[ONE] = UN_SELECT "WHERE u.unit_key = $1",
	[PARTNERS] = "SELECT name FROM partner WHERE unit_key = $1 AND until_on IS NULL "
		     "ORDER BY position",
	[CONSORTIUM] = "SELECT name, from_on, until_on FROM partner WHERE unit_key = $1 "
		       "ORDER BY position",
	[OWED] = OB_SELECT_OF_UNIT "WHERE o.unit_key = $1 AND " OB_OWED
				   " ORDER BY o.due_at, o.obligation_key",
	[OBLIGATIONS] =
		OB_SELECT_OF_UNIT "WHERE o.unit_key = $1 ORDER BY o.due_at, o.obligation_key",
	[ENDPOINTS] = EP_SELECT "WHERE owner = $1 AND state <> 'deleted' ORDER BY endpoint_key",
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

/* Past partners too, with their dates; those of the shortlist itself have none to begin with. */
static void write_consortium(struct reader *rd, int64_t unit_key)
{
	struct query q = beside(rd, CONSORTIUM, unit_key);
	jw_key(&rd->jw, "consortium");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		kv_text(&rd->jw, "name", &q, 0);
		kv_text(&rd->jw, "from_on", &q, 1);
		kv_text(&rd->jw, "until_on", &q, 2);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_contact(struct reader *rd, const struct query *q)
{
	jw_key(&rd->jw, "contact");
	jw_object(&rd->jw);
	kv_text(&rd->jw, "name", q, UN_CONTACT_NAME);
	kv_text(&rd->jw, "phone", q, UN_CONTACT_PHONE);
	kv_text(&rd->jw, "email", q, UN_CONTACT_EMAIL);
	jw_object_end(&rd->jw);
}

/* Columns of an obligation that "next" shows. */
static void write_next_owed(struct reader *rd, struct jw *jw, const struct query *q)
{
	jw_object(jw);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, OB_KEY);
	kv_text(jw, "kind", q, OB_KIND);
	kv_names(jw, "name", q, OB_NAME_ZH);
	kv_text(jw, "due_on", q, OB_DUE_ON);
	jw_kv_int(jw, "days_left", days_left(rd, query_col_text(q, OB_DUE_ON)));
	kv_text(jw, "state", q, OB_STATE);
	jw_object_end(jw);
}

/* What is owed, as rows by deadline go by. */
struct owed {
	int64_t overdue;
	bool any;
	struct buf next; /* JSON of the one owed first */
};

static void owed_take(struct reader *rd, struct owed *owed, const struct query *q)
{
	struct jw jw;
	owed->overdue += query_col_int(q, OB_DUE_AT) <= rd->args->now_at;
	if (owed->any)
		return;
	owed->any = true;
	jw_init(&jw, &owed->next);
	write_next_owed(rd, &jw, q);
}

/* `overdue` counts; an overdue one stays `next` until it is satisfied. */
static void owed_write(struct reader *rd, struct owed *owed)
{
	jw_key(&rd->jw, "next");
	if (owed->any)
		jw_raw(&rd->jw, owed->next.data, owed->next.len);
	else
		jw_null(&rd->jw);
	jw_kv_int(&rd->jw, "overdue", owed->overdue);
	buf_clear(&owed->next);
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
	kv_risk(rd, query_col_int(q, UN_KEY), query_col_text(q, UN_STATE));
}

/* Without the obligations themselves: only what is owed is read, and only as far as it is overdue. */
static void write_owed(struct reader *rd, int64_t unit_key)
{
	struct owed owed = { .next = BUF_EMPTY };
	struct query q = beside(rd, OWED, unit_key);
	while (query_row(&q)) {
		owed_take(rd, &owed, &q);
		if (query_col_int(&q, OB_DUE_AT) > rd->args->now_at)
			break;
	}
	reader_fault(rd, query_end(&q, rd->problem));
	owed_write(rd, &owed);
}

static void unit_row(struct reader *rd, const struct query *q)
{
	jw_object(&rd->jw);
	unit_members(rd, q);
	write_owed(rd, query_col_int(q, UN_KEY));
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
		.filters = { READ_PROGRAMME, READ_TASK, READ_STATE, READ_RECOMMENDER, READ_Q,
			     READ_UNREACHABLE },
		.n_filters = 6,
		.row = unit_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	const struct read_value *sort = &args->filter[READ_SORT];
	if (sort->set && strcmp(sort->text, "risk") == 0)
		return units_by_risk(&rd);
	return list_run(&rd, &list);
}

/* "unit", "programme", "lead", "project", once for all obligations. */
static void whose(const struct query *unit, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	kv_key(&jw, "unit", WIRE_ID_UNIT, unit, UN_KEY);
	kv_text(&jw, "programme", unit, UN_PROGRAMME);
	kv_text(&jw, "lead", unit, UN_LEAD);
	kv_text(&jw, "project", unit, UN_PROJECT);
}

static void write_obligations(struct reader *rd, const struct query *unit)
{
	struct owed owed = { .next = BUF_EMPTY };
	struct buf same = BUF_EMPTY;
	struct query q = beside(rd, OBLIGATIONS, query_col_int(unit, UN_KEY));
	whose(unit, &same);
	jw_key(&rd->jw, "obligations");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		if (ob_owed(&q))
			owed_take(rd, &owed, &q);
		jw_object(&rd->jw);
		ob_members(rd, &q, &same);
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
	buf_clear(&same);
	owed_write(rd, &owed);
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
		if (full) {
			write_obligations(rd, &q);
			write_endpoints(rd, unit_key);
			(void)milestones_members(rd, unit_key);
			write_contact(rd, &q);
			write_consortium(rd, unit_key);
			jw_key(&rd->jw, "changes");
			changes_array(rd, unit_key);
		} else {
			write_owed(rd, unit_key);
		}
		jw_object_end(&rd->jw);
	}
	reader_fault(rd, query_end(&q, rd->fault == FAULT_NONE ? rd->problem : NULL));
	if (rd->fault == FAULT_NONE && !found)
		reader_fault(rd, problem_set(rd->problem, FAULT_NOT_FOUND,
					     "there is no unit un_%lld", (long long)unit_key));
	return rd->fault;
}

enum fault read_unit(struct store *store, const struct read_args *args, struct buf *out,
		     struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return unit_write(&rd, args->key, true);
}
