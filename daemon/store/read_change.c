/*
 * The register of changes, and the decisions that wait or were made.
 */
#include "store/read.h"

#include "jiebang/wire.h"
#include "store/read_inside.h"

enum { CHANGES, OF_UNIT, DECISIONS };

#define CH_SELECT                                                                                  \
	"SELECT c.change_key, p.id, c.unit_key, c.kind, c.old, c.new, c.reason, c.approver, "      \
	"c.doc_no, c.effective_on, c.actor, c.made_at FROM change c JOIN programme p ON "          \
	"p.programme_key = c.programme_key "
/* A unit's own changes, and those of the whole programme that moved its dates too. */
#define CH_OF_UNIT(n)                                                                              \
	"(c.unit_key = " n " OR (c.unit_key IS NULL AND c.kind <> 'addition' AND "                 \
	"c.programme_key = (SELECT programme_key FROM unit WHERE unit_key = " n ")))"

static const char *const sql[] = {
	[CHANGES] =
		CH_SELECT "WHERE c.change_key > $1 AND (CAST($5 AS BIGINT) IS NULL OR "
			  "c.programme_key = $5) AND (CAST($6 AS BIGINT) IS NULL OR " CH_OF_UNIT(
				  "$6") ") ORDER BY c.change_key LIMIT $4",
	[OF_UNIT] = CH_SELECT "WHERE " CH_OF_UNIT("$1") " ORDER BY c.change_key",
	[DECISIONS] =
		"SELECT d.task_no, p.id, d.unit_key, u.lead, u.project, d.cause, d.window_end_on, "
		"d.opened_at, d.closed_at, d.resolution, d.closed_by FROM decision_task d JOIN "
		"unit u ON u.unit_key = d.unit_key JOIN programme p ON p.programme_key = "
		"u.programme_key WHERE d.task_no > $1 AND (CAST($5 AS BIGINT) IS NULL OR "
		"u.programme_key = $5) AND (CAST($6 AS BIGINT) IS NULL OR d.unit_key = $6) AND "
		"(CAST($7 AS TEXT) IS NULL OR (d.closed_at IS NULL) = ($7 = 'open')) ORDER BY "
		"d.task_no LIMIT $4",
};

static void change_row(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_key(jw, "id", WIRE_ID_CHANGE, q, 0);
	kv_text(jw, "programme", q, 1);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, 2);
	kv_text(jw, "kind", q, 3);
	kv_json(jw, "old", q, 4);
	kv_json(jw, "new", q, 5);
	kv_text(jw, "reason", q, 6);
	kv_text(jw, "approver", q, 7);
	kv_text(jw, "doc_no", q, 8);
	kv_text(jw, "effective_on", q, 9);
	kv_text(jw, "actor", q, 10);
	kv_instant(jw, "made_at", q, 11);
	jw_object_end(jw);
}

enum fault read_changes(struct store *store, const struct read_args *args, struct buf *out,
			struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_CHANGE,
		.sql = sql,
		.id = CHANGES,
		.cursor = { 0 },
		.n_cursor = 1,
		.filters = { READ_PROGRAMME, READ_UNIT },
		.n_filters = 2,
		.row = change_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

enum fault read_unit_changes(struct store *store, const struct read_args *args, struct buf *out,
			     struct problem *problem)
{
	struct read_args of_unit = *args;
	of_unit.filter[READ_UNIT] = (struct read_value){ .set = true, .number = args->key };
	return read_changes(store, &of_unit, out, problem);
}

void changes_array(struct reader *rd, int64_t unit_key)
{
	struct query q = query_begin(rd->store, TABLE_READ_CHANGE, sql, OF_UNIT);
	query_int(&q, 1, unit_key);
	jw_array(&rd->jw);
	while (query_row(&q))
		change_row(rd, &q);
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

/* ---- decisions ---- */

static void decision_row(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_key(jw, "id", WIRE_ID_DECISION, q, 0);
	kv_text(jw, "programme", q, 1);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, 2);
	kv_text(jw, "lead", q, 3);
	kv_text(jw, "project", q, 4);
	jw_kv_str(jw, "state", query_col_null(q, 8) ? "open" : "closed");
	kv_text(jw, "cause", q, 5);
	kv_text(jw, "window_ended_on", q, 6);
	kv_instant(jw, "opened_at", q, 7);
	kv_instant(jw, "closed_at", q, 8);
	kv_text(jw, "resolution", q, 9);
	kv_text(jw, "closed_by", q, 10);
	jw_object_end(jw);
}

enum fault read_decisions(struct store *store, const struct read_args *args, struct buf *out,
			  struct problem *problem)
{
	struct list list = {
		.table = TABLE_READ_CHANGE,
		.sql = sql,
		.id = DECISIONS,
		.cursor = { 0 },
		.n_cursor = 1,
		.filters = { READ_PROGRAMME, READ_UNIT, READ_STATE },
		.n_filters = 3,
		.row = decision_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}
