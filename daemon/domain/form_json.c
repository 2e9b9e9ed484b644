/*
 * A form as JSON, frozen with the rule version (R2: editing a file changes nothing that runs), and what a form says of
 * itself: its limits in words, and an empty content to fill in.
 */
#include "jiebang/form.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct kind {
	const char *name;
	const char *zh, *en; /* what it takes, in words */
	bool counts;         /* min and max mean something */
	bool has_chars;
} kinds[FORM_TYPE_COUNT] = {
	[FORM_TEXT] = { "text", "文字", "a text", false, true },
	[FORM_INTEGER] = { "integer", "整数", "a whole number", true, false },
	[FORM_DECIMAL] = { "decimal", "数", "a number", true, false },
	[FORM_PERCENT] = { "percent", "百分数", "a percentage", true, false },
	[FORM_MONEY] = { "money", "金额（小数不超过 4 位）", "an amount (at most 4 decimals)", true,
			 false },
	[FORM_DATE] = { "date", "日期，如 2025-03-02", "a date like 2025-03-02", false, false },
	[FORM_CHOICE] = { "choice", "以下之一", "one of", false, false },
	[FORM_BOOLEAN] = { "boolean", "true（是）或 false（否）", "true or false", false, false },
	[FORM_TEXTS] = { "texts", "文字的列表", "a list of texts", true, true },
	[FORM_ROWS] = { "rows", "若干行的列表", "a list of rows", true, false },
};

const char *form_type_name(enum form_type type)
{
	return kinds[type].name;
}

bool form_type_parse(const char *s, enum form_type *type)
{
	for (size_t i = 0; i < FORM_TYPE_COUNT; i++) {
		if (strcmp(kinds[i].name, s) != 0)
			continue;
		*type = (enum form_type)i;
		return true;
	}
	return false;
}

bool form_type_counts(enum form_type type)
{
	return kinds[type].counts;
}

bool form_type_has_chars(enum form_type type)
{
	return kinds[type].has_chars;
}

/* ---- freeing ---- */

void form_fields_free(struct form_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct form_field *field = &fields[i];
		for (size_t c = 0; c < field->n_choices; c++) {
			free(field->choices[c].id);
			free(field->choices[c].name_zh);
			free(field->choices[c].name_en);
		}
		free(field->choices);
		form_fields_free(field->columns, field->n_columns);
		free(field->id);
		free(field->name_zh);
		free(field->name_en);
		free(field->unit);
	}
	free(fields);
}

void form_clear(struct form *form)
{
	form_fields_free(form->fields, form->n_fields);
	free(form->id);
	free(form->name_zh);
	free(form->name_en);
	*form = (struct form){ .id = NULL };
}

void form_free(struct form *form)
{
	if (!form)
		return;
	form_clear(form);
	free(form);
}

/* ---- in words ---- */

static void add_range(const struct form_field *field, bool zh, struct buf *out)
{
	const char *entries = field->type == FORM_TEXTS || field->type == FORM_ROWS
				      ? (zh ? " 条" : " entries")
				      : "";
	if (field->has_min && field->has_max)
		buf_addf(out, zh ? "，%.15g 到 %.15g%s" : " from %.15g to %.15g%s", field->min,
			 field->max, entries);
	else if (field->has_min)
		buf_addf(out, zh ? "，不小于 %.15g%s" : ", at least %.15g%s", field->min, entries);
	else if (field->has_max)
		buf_addf(out, zh ? "，不大于 %.15g%s" : ", at most %.15g%s", field->max, entries);
}

static void add_choices(const struct form_field *field, bool zh, struct buf *out)
{
	for (size_t i = 0; i < field->n_choices; i++) {
		const struct form_choice *choice = &field->choices[i];
		const char *name = zh ? choice->name_zh : choice->name_en;
		buf_addf(out, "%s%s", i == 0 ? (zh ? "：" : " ") : (zh ? "、" : ", "), choice->id);
		if (name[0] && strcmp(name, choice->id) != 0)
			buf_addf(out, zh ? "（%s）" : " (%s)", name);
	}
}

void form_limit(const struct form_field *field, const char *lang, struct buf *out)
{
	bool zh = strcmp(lang, "zh") == 0;
	buf_adds(out, zh ? kinds[field->type].zh : kinds[field->type].en);
	if (kinds[field->type].has_chars)
		buf_addf(out, zh ? "，%s不超过 %d 字" : ", %sat most %d characters",
			 field->type == FORM_TEXTS ? (zh ? "每条" : "each ") : "",
			 field->max_chars);
	if (kinds[field->type].counts)
		add_range(field, zh, out);
	if (field->unit[0])
		buf_addf(out, zh ? "（%s）" : " (%s)", field->unit);
	add_choices(field, zh, out);
}

/* ---- writing ---- */

static void write_names(struct jw *jw, const char *zh, const char *en)
{
	jw_key(jw, "name");
	jw_object(jw);
	jw_kv_str(jw, "zh", zh);
	jw_kv_str(jw, "en", en);
	jw_object_end(jw);
}

static void write_bound(struct jw *jw, const char *key, bool has, double value)
{
	struct buf text = BUF_EMPTY;
	if (!has)
		return;
	buf_addf(&text, "%.15g", value);
	jw_key(jw, key);
	jw_raw(jw, text.data, text.len);
	buf_clear(&text);
}

static void write_limit(struct jw *jw, const struct form_field *field)
{
	static const char *const langs[] = { "zh", "en" };
	jw_key(jw, "limit");
	jw_object(jw);
	for (size_t i = 0; i < COUNT_OF(langs); i++) {
		struct buf text = BUF_EMPTY;
		form_limit(field, langs[i], &text);
		jw_kv_str(jw, langs[i], buf_str(&text));
		buf_clear(&text);
	}
	jw_object_end(jw);
}

static void write_choices(struct jw *jw, const struct form_field *field)
{
	jw_key(jw, "choices");
	jw_array(jw);
	for (size_t i = 0; i < field->n_choices; i++) {
		jw_object(jw);
		jw_kv_str(jw, "id", field->choices[i].id);
		write_names(jw, field->choices[i].name_zh, field->choices[i].name_en);
		jw_object_end(jw);
	}
	jw_array_end(jw);
}

static void write_fields(struct jw *jw, const char *key, const struct form_field *fields, size_t n,
			 bool limits)
{
	jw_key(jw, key);
	jw_array(jw);
	for (size_t i = 0; i < n; i++) {
		const struct form_field *field = &fields[i];
		jw_object(jw);
		jw_kv_str(jw, "id", field->id);
		write_names(jw, field->name_zh, field->name_en);
		jw_kv_str(jw, "type", form_type_name(field->type));
		jw_kv_str(jw, "unit", field->unit);
		jw_kv_bool(jw, "required", field->required);
		write_bound(jw, "min", field->has_min, field->min);
		write_bound(jw, "max", field->has_max, field->max);
		if (form_type_has_chars(field->type))
			jw_kv_int(jw, "max_chars", field->max_chars);
		if (field->type == FORM_CHOICE)
			write_choices(jw, field);
		if (field->type == FORM_ROWS)
			write_fields(jw, "columns", field->columns, field->n_columns, limits);
		if (limits)
			write_limit(jw, field);
		jw_object_end(jw);
	}
	jw_array_end(jw);
}

void form_write(const struct form *form, bool limits, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "id", form->id);
	write_names(&jw, form->name_zh, form->name_en);
	jw_kv_bool(&jw, "optional", form->optional);
	write_fields(&jw, "fields", form->fields, form->n_fields, limits);
	jw_object_end(&jw);
}

/* ---- an empty one ---- */

static void skeleton_object(struct jw *jw, const struct form_field *fields, size_t n)
{
	jw_object(jw);
	for (size_t i = 0; i < n; i++) {
		const struct form_field *field = &fields[i];
		bool list = field->type == FORM_TEXTS || field->type == FORM_ROWS;
		jw_key(jw, field->id);
		if (list)
			jw_array(jw);
		if (field->type == FORM_ROWS)
			skeleton_object(jw, field->columns, field->n_columns);
		else if (form_type_has_chars(field->type))
			jw_str(jw, "");
		else
			jw_null(jw);
		if (list)
			jw_array_end(jw);
	}
	jw_object_end(jw);
}

void form_skeleton(const struct form *form, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	skeleton_object(&jw, form->fields, form->n_fields);
}

/* ---- reading ---- */

/* The string under `key`, copied; false if there is none. */
static bool take_text(const struct jr_value *object, const char *key, char **out)
{
	const char *text = jr_string(jr_member(object, key));
	if (text)
		*out = xstrdup(text);
	return text != NULL;
}

static bool take_names(const struct jr_value *object, char **zh, char **en)
{
	const struct jr_value *name = jr_member(object, "name");
	return take_text(name, "zh", zh) && take_text(name, "en", en);
}

static const struct jr_value *take_array(const struct jr_value *object, const char *key)
{
	const struct jr_value *array = jr_member(object, key);
	return array && jr_type(array) == JR_ARRAY && jr_count(array) <= FORM_FIELDS_MAX ? array
											 : NULL;
}

static bool take_choices(const struct jr_value *object, struct form_field *field)
{
	const struct jr_value *array = take_array(object, "choices");
	if (!array)
		return field->type != FORM_CHOICE;
	field->choices = xcalloc(jr_count(array), sizeof(*field->choices));
	for (size_t i = 0; i < jr_count(array); i++) {
		struct form_choice *choice = &field->choices[field->n_choices++];
		if (!take_text(jr_item(array, i), "id", &choice->id) ||
		    !take_names(jr_item(array, i), &choice->name_zh, &choice->name_en))
			return false;
	}
	return true;
}

static bool take_fields(const struct jr_value *array, struct form_field **out, size_t *n);

static bool take_field(const struct jr_value *object, struct form_field *field)
{
	const char *type = jr_string(jr_member(object, "type"));
	const struct jr_value *columns = take_array(object, "columns");
	int64_t chars = 0;
	if (jr_type(object) != JR_OBJECT || !type || !form_type_parse(type, &field->type) ||
	    !take_text(object, "id", &field->id) || !take_text(object, "unit", &field->unit) ||
	    !take_names(object, &field->name_zh, &field->name_en) ||
	    !jr_boolean(jr_member(object, "required"), &field->required))
		return false;
	field->has_min = jr_number(jr_member(object, "min"), &field->min);
	field->has_max = jr_number(jr_member(object, "max"), &field->max);
	if (form_type_has_chars(field->type) &&
	    (!jr_integer(jr_member(object, "max_chars"), &chars) || chars < 1 || chars > INT32_MAX))
		return false;
	field->max_chars = (int)chars;
	if (!take_choices(object, field))
		return false;
	if (field->type != FORM_ROWS)
		return !columns;
	return columns && take_fields(columns, &field->columns, &field->n_columns);
}

static bool take_fields(const struct jr_value *array, struct form_field **out, size_t *n)
{
	if (!array)
		return false;
	*out = xcalloc(jr_count(array) + 1, sizeof(**out));
	for (size_t i = 0; i < jr_count(array); i++) {
		*n = i + 1;
		if (!take_field(jr_item(array, i), &(*out)[i]))
			return false;
	}
	return true;
}

enum fault form_read(const char *text, size_t len, struct form **out, struct problem *problem)
{
	struct jr_doc *doc;
	*out = NULL;
	enum fault fault = jr_read(text, len, &doc, problem);
	if (fault != FAULT_NONE)
		return fault;
	const struct jr_value *root = jr_root(doc);
	struct form *form = xcalloc(1, sizeof(*form));
	bool good = jr_type(root) == JR_OBJECT && take_text(root, "id", &form->id) &&
		    take_names(root, &form->name_zh, &form->name_en) &&
		    jr_boolean(jr_member(root, "optional"), &form->optional) &&
		    take_fields(take_array(root, "fields"), &form->fields, &form->n_fields);
	jr_free(doc);
	if (good) {
		*out = form;
		return FAULT_NONE;
	}
	form_free(form);
	return problem_set(problem, FAULT_INVALID, "this is no form");
}
