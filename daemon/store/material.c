/*
 * Rows of materials. The bytes themselves are in files named by their SHA-256 (material_file.c); what a row says
 * about them is written after they are on disk, and taken back before they go.
 */
#include "store/material.h"

#include "store/query.h"

enum { FORM };

static const char *const sql[] = {
	[FORM] = "SELECT form, checklist FROM rule WHERE rule_key = $1",
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
