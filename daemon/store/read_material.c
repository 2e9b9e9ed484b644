/*
 * Materials and checklists as documents.
 */
#include "store/read.h"

#include "jiebang/checklist.h"
#include "jiebang/wire.h"
#include "store/material.h"
#include "store/read_inside.h"

#include <string.h>

enum { LIST, LIST_OBLIGATION, LIST_UNIT, ONE, CHECKLIST_OF };

#define MA_SELECT                                                                                  \
	"SELECT m.material_key, m.obligation_key, o.unit_key, m.item, m.name, m.size_bytes, "      \
	"m.sha256, m.author, m.actor, m.added_at, m.removed_at, m.removed_by, m.removed_reason "   \
	"FROM material m JOIN obligation o ON o.obligation_key = m.obligation_key "
#define MA_BY_KEY "AND m.material_key > $1 ORDER BY m.material_key LIMIT $4"

#define CHECKLIST_SELECT                                                                           \
	"SELECT r.id, r.version, r.checklist FROM obligation o JOIN rule r "                       \
	"ON r.rule_key = o.rule_key WHERE o.obligation_key = $1"

/* $5 obligation, $6 unit. */
static const char *const sql[] = {
	[LIST] = MA_SELECT
	"WHERE CAST($5 AS BIGINT) IS NULL AND CAST($6 AS BIGINT) IS NULL " MA_BY_KEY,
	[LIST_OBLIGATION] =
		MA_SELECT "WHERE m.obligation_key = $5 AND (CAST($6 AS BIGINT) IS NULL OR "
			  "o.unit_key = $6) " MA_BY_KEY,
	[LIST_UNIT] = (MA_SELECT "WHERE CAST($5 AS BIGINT) IS NULL AND m.obligation_key IN (SELECT "
				 "obligation_key FROM obligation WHERE unit_key = $6) " MA_BY_KEY),
	[ONE] = MA_SELECT "WHERE m.material_key = $1",
	[CHECKLIST_OF] = CHECKLIST_SELECT,
};

static void material_row(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_object(jw);
	kv_key(jw, "id", WIRE_ID_MATERIAL, q, 0);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, 1);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, 2);
	kv_text(jw, "item", q, 3);
	kv_text(jw, "name", q, 4);
	kv_number(jw, "size_bytes", q, 5);
	kv_text(jw, "sha256", q, 6);
	kv_text(jw, "author", q, 7);
	kv_text(jw, "added_by", q, 8);
	kv_instant(jw, "added_at", q, 9);
	jw_key(jw, "removed");
	if (query_col_null(q, 10)) {
		jw_null(jw);
	} else {
		jw_object(jw);
		kv_instant(jw, "at", q, 10);
		kv_text(jw, "by", q, 11);
		kv_text(jw, "reason", q, 12);
		jw_object_end(jw);
	}
	jw_object_end(jw);
}

enum fault read_materials(struct store *store, const struct read_args *args, struct buf *out,
			  struct problem *problem)
{
	unsigned id = args->filter[READ_OBLIGATION].set ? LIST_OBLIGATION
		      : args->filter[READ_UNIT].set     ? LIST_UNIT
							: LIST;
	struct list list = {
		.table = TABLE_READ_MATERIAL,
		.sql = sql,
		.id = id,
		.cursor = { 0 },
		.n_cursor = 1,
		.filters = { READ_OBLIGATION, READ_UNIT },
		.n_filters = 2,
		.row = material_row,
	};
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	return list_run(&rd, &list);
}

enum fault read_material(struct store *store, const struct read_args *args, struct buf *out,
			 struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_MATERIAL, sql, ONE);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found)
		material_row(&rd, &q);
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no material ma_%lld",
				   (long long)args->key);
	return rd.fault;
}

/* ---- checklists ---- */

static void write_names(struct jw *jw, const char *zh, const char *en)
{
	jw_key(jw, "name");
	jw_object(jw);
	jw_kv_str(jw, "zh", zh);
	jw_kv_str(jw, "en", en);
	jw_object_end(jw);
}

/* True if the item is required and has no file. */
static bool write_item(struct reader *rd, const struct checklist_item *item)
{
	struct jw *jw = &rd->jw;
	int64_t files = 0;
	reader_fault(rd, material_count(rd->store, rd->args->key, item->id, &files, rd->problem));
	jw_object(jw);
	jw_kv_str(jw, "id", item->id);
	write_names(jw, item->name_zh, item->name_en);
	jw_kv_bool(jw, "required", item->required);
	jw_kv_int(jw, "max_bytes", item->max_bytes);
	jw_key(jw, "types");
	jw_array(jw);
	for (size_t i = 0; i < item->n_types; i++)
		jw_str(jw, item->types[i]);
	jw_array_end(jw);
	jw_kv_int(jw, "files", files);
	bool missing = item->required && files == 0;
	jw_kv_bool(jw, "missing", missing);
	jw_object_end(jw);
	return missing;
}

static enum fault write_checklist(struct reader *rd, const char *text)
{
	struct checklist *checklist = NULL;
	struct jw *jw = &rd->jw;
	int64_t missing = 0;
	if (text[0] && checklist_read(text, strlen(text), &checklist, NULL) != FAULT_NONE)
		return problem_set(rd->problem, FAULT_CORRUPT, "the frozen checklist is damaged");
	jw_kv_str(jw, "checklist", checklist ? checklist->id : NULL);
	if (checklist)
		write_names(jw, checklist->name_zh, checklist->name_en);
	jw_key(jw, "items");
	jw_array(jw);
	for (size_t i = 0; checklist && i < checklist->n_items; i++)
		missing += write_item(rd, &checklist->items[i]);
	jw_array_end(jw);
	jw_kv_int(jw, "missing", missing);
	jw_kv_bool(jw, "complete", missing == 0);
	checklist_free(checklist);
	return FAULT_NONE;
}

enum fault read_checklist(struct store *store, const struct read_args *args, struct buf *out,
			  struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_MATERIAL, sql, CHECKLIST_OF);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found) {
		jw_object(&rd.jw);
		jw_kv_id(&rd.jw, "obligation", WIRE_ID_OBLIGATION, args->key);
		kv_text(&rd.jw, "rule", &q, 0);
		kv_number(&rd.jw, "version", &q, 1);
		reader_fault(&rd, write_checklist(&rd, query_col_text(&q, 2)));
		jw_object_end(&rd.jw);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no obligation ob_%lld",
				   (long long)args->key);
	return fault != FAULT_NONE ? fault : rd.fault;
}
