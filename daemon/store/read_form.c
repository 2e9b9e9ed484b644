/*
 * What must be filed for an obligation: its form with each field's limit in words, and an empty content to fill in.
 */
#include "store/read.h"

#include "jiebang/form.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

#include <string.h>

enum { FORM_OF };

static const char *const sql[] = {
	[FORM_OF] = "SELECT r.id, r.version, r.name_zh, r.name_en, r.form FROM obligation o "
		    "JOIN rule r ON r.rule_key = o.rule_key WHERE o.obligation_key = $1",
};

static enum fault write_form(struct reader *rd, const char *text)
{
	struct form *form = NULL;
	struct buf shown = BUF_EMPTY, empty = BUF_EMPTY;
	if (text[0] == '\0') {
		jw_key(&rd->jw, "form");
		jw_null(&rd->jw);
		return FAULT_NONE;
	}
	enum fault fault = form_read(text, strlen(text), &form, rd->problem);
	if (fault != FAULT_NONE)
		return problem_set(rd->problem, FAULT_CORRUPT, "the frozen form is damaged");
	form_write(form, true, &shown);
	form_skeleton(form, &empty);
	jw_key(&rd->jw, "form");
	jw_raw(&rd->jw, shown.data, shown.len);
	jw_key(&rd->jw, "skeleton");
	jw_raw(&rd->jw, empty.data, empty.len);
	buf_clear(&shown);
	buf_clear(&empty);
	form_free(form);
	return FAULT_NONE;
}

enum fault read_form(struct store *store, const struct read_args *args, struct buf *out,
		     struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_FORM, sql, FORM_OF);
	query_int(&q, 1, args->key);
	bool found = query_row(&q);
	if (found) {
		jw_object(&rd.jw);
		jw_kv_id(&rd.jw, "obligation", WIRE_ID_OBLIGATION, args->key);
		kv_text(&rd.jw, "rule", &q, 0);
		kv_number(&rd.jw, "version", &q, 1);
		kv_names(&rd.jw, "name", &q, 2);
		reader_fault(&rd, write_form(&rd, query_col_text(&q, 4)));
		jw_object_end(&rd.jw);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no obligation ob_%lld",
				   (long long)args->key);
	return fault != FAULT_NONE ? fault : rd.fault;
}
