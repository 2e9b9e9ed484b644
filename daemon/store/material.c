/*
 * Rows of materials. The bytes themselves are in files named by their SHA-256 (material_file.c); what a row says
 * about them is written after they are on disk, and taken back before they go.
 */
#include "store/material.h"

#include "jiebang/json.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/query.h"

enum { FORM, GET, FIND, ADD, REMOVE, REFERENCES, COUNT, NEXT_FILE, OWNERS, USAGE };

static const char *const sql[] = {
	[FORM] = "SELECT form, checklist FROM rule WHERE rule_key = $1",
	[GET] = "SELECT material_key, obligation_key, size_bytes, removed_at, item, name, sha256 "
		"FROM material WHERE material_key = $1",
	[FIND] = "SELECT material_key FROM material WHERE obligation_key = $1 AND item = $2 "
		 "AND sha256 = $3 AND removed_at IS NULL",
	[ADD] = "INSERT INTO material (obligation_key, item, name, sha256, size_bytes, author, "
		"actor, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	[REMOVE] = "UPDATE material SET removed_at = $2, removed_by = $3, removed_reason = $4 "
		   "WHERE material_key = $1 AND removed_at IS NULL",
	[REFERENCES] = "SELECT count(*) FROM material WHERE sha256 = $1 AND removed_at IS NULL "
		       "AND material_key <> $2",
	[COUNT] = "SELECT count(*) FROM material WHERE obligation_key = $1 AND item = $2 "
		  "AND removed_at IS NULL",
	[NEXT_FILE] = "SELECT sha256, size_bytes FROM material WHERE sha256 > $1 "
		      "AND removed_at IS NULL ORDER BY sha256 LIMIT 1",
	[OWNERS] = "SELECT material_key FROM material WHERE sha256 = $1 AND removed_at IS NULL "
		   "ORDER BY material_key LIMIT 100",
	[USAGE] = "SELECT p.id, coalesce((SELECT count FROM tally WHERE scope = p.programme_key "
		  "AND what = '" MATERIAL_TALLY "'), 0) FROM programme p WHERE p.programme_key = "
		  "$1",
};

enum fault rule_form(struct store *store, int64_t rule_key, struct buf *form, struct buf *checklist,
		     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, FORM);
	query_int(&q, 1, rule_key);
	if (query_row(&q)) {
		buf_add(form, query_col_text(&q, 0), query_col_bytes(&q, 0));
		buf_add(checklist, query_col_text(&q, 1), query_col_bytes(&q, 1));
	}
	return query_end(&q, problem);
}

enum fault material_get(struct store *store, int64_t key, struct material_row *out,
			struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, GET);
	*out = (struct material_row){ .key = 0 };
	query_int(&q, 1, key);
	if (query_row(&q)) {
		out->key = query_col_int(&q, 0);
		out->obligation_key = query_col_int(&q, 1);
		out->size_bytes = query_col_int(&q, 2);
		out->removed = !query_col_null(&q, 3);
		(void)text_copy(out->item, sizeof(out->item), query_col_text(&q, 4));
		(void)text_copy(out->name, sizeof(out->name), query_col_text(&q, 5));
		(void)text_copy(out->sha256, sizeof(out->sha256), query_col_text(&q, 6));
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no material ma_%lld",
				   (long long)key);
	return fault;
}

enum fault material_find(struct store *store, int64_t obligation_key, const char *item,
			 const char *sha256, int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, FIND);
	query_int(&q, 1, obligation_key);
	query_text(&q, 2, item);
	query_text(&q, 3, sha256);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault material_add(struct store *store, const struct material_new *material, int64_t now_at,
			int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, ADD);
	query_int(&q, 1, material->obligation_key);
	query_text(&q, 2, material->item);
	query_text(&q, 3, material->name);
	query_text(&q, 4, material->sha256);
	query_int(&q, 5, material->size_bytes);
	query_text(&q, 6, material->author);
	query_text(&q, 7, material->actor);
	query_int(&q, 8, now_at);
	enum fault fault = query_run(&q, problem);
	*key = query_last_key(store);
	return fault;
}

enum fault material_remove(struct store *store, int64_t key, const char *actor, const char *reason,
			   int64_t now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, REMOVE);
	query_int(&q, 1, key);
	query_int(&q, 2, now_at);
	query_text(&q, 3, actor);
	query_text(&q, 4, reason);
	return query_run(&q, problem);
}

enum fault material_references(struct store *store, const char *sha256, int64_t except, int64_t *n,
			       struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, REFERENCES);
	query_text(&q, 1, sha256);
	query_int(&q, 2, except);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault material_count(struct store *store, int64_t obligation_key, const char *item, int64_t *n,
			  struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, COUNT);
	query_int(&q, 1, obligation_key);
	query_text(&q, 2, item);
	*n = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault material_next_file(struct store *store, const char *sha256,
			      struct material_file_row *out, bool *found, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, NEXT_FILE);
	query_text(&q, 1, sha256);
	*found = query_row(&q);
	if (*found) {
		(void)text_copy(out->sha256, sizeof(out->sha256), query_col_text(&q, 0));
		out->size_bytes = query_col_int(&q, 1);
	}
	return query_end(&q, problem);
}

enum fault material_owners(struct store *store, const char *sha256, struct buf *out,
			   struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, OWNERS);
	struct jw jw;
	char id[TEXT_ID_BYTES];
	jw_init(&jw, out);
	jw_array(&jw);
	query_text(&q, 1, sha256);
	while (query_row(&q)) {
		text_id_write(id, WIRE_ID_MATERIAL, query_col_int(&q, 0));
		jw_str(&jw, id);
	}
	jw_array_end(&jw);
	return query_end(&q, problem);
}

enum fault material_usage(struct store *store, int64_t programme_key, int64_t *bytes,
			  struct buf *programme_id, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_MATERIAL, sql, USAGE);
	*bytes = 0;
	query_int(&q, 1, programme_key);
	if (query_row(&q)) {
		buf_adds(programme_id, query_col_text(&q, 0));
		*bytes = query_col_int(&q, 1);
	}
	return query_end(&q, problem);
}
