/*
 * What changed between the versions of a report: its content member by member, and who filed it, with which receipt.
 */
#include "commands.h"

#include <string.h>

#include "jiebang/text.h"

static const struct column diff_columns[] = {
	{ "from", { "FROM", "原版本" }, CELL_COUNT, COL_RIGHT },
	{ "to", { "TO", "新版本" }, CELL_COUNT, COL_RIGHT },
	{ "field", { "FIELD", "字段" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, COL_SHORT },
	{ "old", { "BEFORE", "原值" }, CELL_TEXT, COL_TRUNC },
	{ "new", { "AFTER", "新值" }, CELL_TEXT, 0 },
	{ .path = NULL },
};

const struct table table_diff = { "field", diff_columns, NULL };

/* ---- what changed ---- */

struct diff {
	const struct jr_value *form;
	struct jw rows;
	int64_t from, to;
};

static void write_side(struct jw *json, const char *key, const struct jr_value *value)
{
	struct buf text = BUF_EMPTY;

	jw_key(json, key);
	if (value == NULL) {
		jw_null(json);
	} else if (jr_string(value) != NULL) {
		jw_str(json, jr_string(value));
	} else {
		jr_write(value, &text);
		jw_str_n(json, text.data, text.len);
	}
	buf_clear(&text);
}

static bool same_value(const struct jr_value *a, const struct jr_value *b)
{
	struct buf left = BUF_EMPTY, right = BUF_EMPTY;
	bool same;

	if (a == NULL || b == NULL)
		return a == b;
	jr_write(a, &left);
	jr_write(b, &right);
	same = strcmp(buf_str(&left), buf_str(&right)) == 0;
	buf_clear(&left);
	buf_clear(&right);
	return same;
}

static void diff_member(struct diff *diff, const char *key, const struct jr_value *old,
			const struct jr_value *new)
{
	const struct jr_value *fields = write_at(diff->form, "form.fields");
	const struct jr_value *name = NULL;
	struct buf text = BUF_EMPTY;

	if (same_value(old, new))
		return;
	for (size_t i = 0; fields != NULL && name == NULL && i < jr_count(fields); i++)
		if (strcmp(write_string_at(jr_item(fields, i), "id"), key) == 0)
			name = write_at(jr_item(fields, i), "name");
	jw_object(&diff->rows);
	jw_kv_int(&diff->rows, "from", diff->from);
	jw_kv_int(&diff->rows, "to", diff->to);
	jw_kv_str(&diff->rows, "field", key);
	jw_key(&diff->rows, "name");
	if (name != NULL) {
		jr_write(name, &text);
		jw_raw(&diff->rows, text.data, text.len);
	} else {
		jw_null(&diff->rows);
	}
	write_side(&diff->rows, "old", old);
	write_side(&diff->rows, "new", new);
	jw_object_end(&diff->rows);
	buf_clear(&text);
}

static void diff_versions(struct diff *diff, const struct jr_value *old, const struct jr_value *new)
{
	static const char *const around[] = { "author", "receipt", "summary" };
	const struct jr_value *before = jr_member(old, "content"),
			      *after = jr_member(new, "content");
	const struct jr_value *value;
	const char *key;

	diff->from = write_number_at(old, "version");
	diff->to = write_number_at(new, "version");
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++)
		diff_member(diff, around[i], jr_member(old, around[i]), jr_member(new, around[i]));
	for (size_t i = 0; before && (value = jr_member_at(before, i, &key)); i++)
		diff_member(diff, key, value, jr_member(after, key));
	for (size_t i = 0; after && (value = jr_member_at(after, i, &key)); i++)
		if (jr_member(before, key) == NULL)
			diff_member(diff, key, NULL, value);
}

/* Each version against the one before it, or the two that --from and --to name. */
static void diff_all(struct diff *diff, const struct jr_value *filed,
		     const struct invocation *invocation)
{
	const char *from = option_value(invocation, "--from"),
		   *to = option_value(invocation, "--to");
	const struct jr_value *old = NULL;
	int64_t first = 0, last = INT64_MAX;

	if (from != NULL)
		(void)text_parse_i64(from, 1, INT64_MAX, &first);
	if (to != NULL)
		(void)text_parse_i64(to, 1, INT64_MAX, &last);
	for (size_t i = 0; i < jr_count(filed); i++) {
		const struct jr_value *new = jr_item(filed, i);
		int64_t version = write_number_at(new, "version");

		if (version < first || version > last)
			continue;
		if (old != NULL && (to == NULL || from == NULL || version == last))
			diff_versions(diff, old, new);
		if (old == NULL || from == NULL || to == NULL)
			old = new;
	}
}

static void show_rows(struct client *client, const struct table *table, const struct buf *rows)
{
	struct jr_doc *doc = NULL;
	struct sheet sheet;

	INVARIANT(jr_read(buf_str(rows), rows->len, &doc, NULL) == FAULT_NONE);
	sheet_init(&sheet, client->writer, table, client->header);
	sheet_begin(&sheet);
	for (size_t i = 0; i < jr_count(jr_root(doc)); i++)
		sheet_row(&sheet, jr_item(jr_root(doc), i));
	sheet_end(&sheet);
	jr_free(doc);
}

int cmd_report_diff(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *obligation = NULL, *form = NULL;
	struct buf rows = BUF_EMPTY;
	struct diff diff = { 0 };
	const struct jr_value *filed = NULL;
	int code = ask_of_obligation(client, invocation->args[0], "", &obligation);

	if (code == CODE_OK)
		code = ask_of_obligation(client, invocation->args[0], "/form", &form);
	if (code == CODE_OK && obligation != NULL)
		filed = write_at(jr_root(obligation), "submissions");
	if (code == CODE_OK && (filed == NULL || jr_type(filed) != JR_ARRAY || form == NULL)) {
		say(TEXT_GARBAGE, call_server(client->call), say_text(TEXT_NOT_A_LIST));
		code = CODE_FAILED;
	}
	if (code == CODE_OK) {
		jw_init(&diff.rows, &rows);
		diff.form = jr_root(form);
		jw_array(&diff.rows);
		diff_all(&diff, filed, invocation);
		jw_array_end(&diff.rows);
		show_rows(client, invocation->command->table, &rows);
	}
	jr_free(obligation);
	jr_free(form);
	buf_clear(&rows);
	return code;
}
