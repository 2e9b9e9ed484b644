/*
 * Forms and checklists of a programme file. Both are lists in lists, so one small walker fills an array that is
 * reached through a pointer, beside load_list, which knows only the arrays of struct programme itself.
 */
#include "programme_file_parts.h"

#include <stdlib.h>
#include <string.h>

#define CHARS_MAX      20000
#define CHOICES_MAX    64
#define TYPE_BYTES_MAX 16

static const struct cfg_word type_words[] = {
	{ "text", FORM_TEXT },
	{ "integer", FORM_INTEGER },
	{ "decimal", FORM_DECIMAL },
	{ "percent", FORM_PERCENT },
	{ "money", FORM_MONEY },
	{ "date", FORM_DATE },
	{ "choice", FORM_CHOICE },
	{ "boolean", FORM_BOOLEAN },
	{ "texts", FORM_TEXTS },
	{ "rows", FORM_ROWS },
	{ NULL, 0 },
};

/* "required": a filing without content is refused. "optional": a receipt of the official system is enough. */
static const struct cfg_word content_words[] = { { "required", 0 },
						 { "optional", 1 },
						 { NULL, 0 } };

/* ---- a list inside a group ---- */

struct inner {
	const char *key;
	size_t size;
	size_t min, max;
	enum fault (*fill)(struct load *load, const struct cfg_node *node, void *item);
};

/* Fills *items (an array on the heap that its owner frees, also after a fault); *n follows as it grows. */
static enum fault load_inner(struct load *load, const struct cfg_node *group,
			     const struct inner *inner, void **items, size_t *n)
{
	const struct cfg_node *nodes = cfg_member(group, inner->key);
	size_t count = nodes && cfg_is_list(nodes) ? cfg_length(nodes) : 0;
	if (nodes && !cfg_is_list(nodes))
		return load_refuse(load, nodes, NULL, "write ( { … }, { … } )", "must be a list");
	if (count < inner->min || count > inner->max)
		return load_refuse(load, group, inner->key, "write ( { … }, { … } )",
				   "has %zu elements, from %zu to %zu are possible", count,
				   inner->min, inner->max);
	*items = xcalloc(count + 1, inner->size);
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < count; i++) {
		*n = i + 1;
		fault = inner->fill(load, cfg_element(nodes, i), (char *)*items + i * inner->size);
	}
	return fault;
}

/* Ids are the first member of every item here. */
static enum fault check_ids(const struct load *load, const struct cfg_node *group,
			    const struct inner *inner, const void *items, size_t n)
{
	INVARIANT(items || n == 0);
	for (size_t i = 0; i < n; i++) {
		const char *id =
			*(char *const *)(const void *)((const char *)items + i * inner->size);
		for (size_t k = 0; k < i; k++) {
			const char *other = *(char *const *)(const void *)((const char *)items +
									   k * inner->size);
			if (strcmp(id, other) == 0)
				return load_refuse(load, group, inner->key, "give each its own id",
						   "\"%s\" stands twice", id);
		}
	}
	return FAULT_NONE;
}

/* ---- forms ---- */

static const struct cfg_row choice_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct form_choice, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct form_choice, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct form_choice, name_en), .preset = "" },
};

static enum fault fill_choice(struct load *load, const struct cfg_node *node, void *item)
{
	return cfg_fill(load->cfg, node, choice_rows, sizeof(choice_rows) / sizeof(choice_rows[0]),
			item, load->problem);
}

#define AT(member) offsetof(struct form_field, member)

static const struct cfg_row field_rows[] = {
	{ "id", CFG_ID, .offset = AT(id) },
	{ "zh", CFG_TEXT, .offset = AT(name_zh) },
	{ "en", CFG_TEXT, AT(name_en), .preset = "" },
	{ "type", CFG_WORD, AT(type), NULL, .words = type_words },
	{ "unit", CFG_TEXT, AT(unit), .preset = "" },
	{ "required", CFG_BOOL, AT(required), .preset = "false" },
	{ "min", .type = CFG_NODE },
	{ "max", .type = CFG_NODE },
	{ "max_chars", CFG_INT, AT(max_chars), "2000", .min = 1, .max = CHARS_MAX },
	{ "choices", .type = CFG_NODE },
	{ "columns", .type = CFG_NODE },
};

/* A whole number, or a decimal in quotes: libconfig's own floats would round what a person wrote. */
static enum fault load_bound(const struct load *load, const struct cfg_node *node, const char *key,
			     bool *has, double *value)
{
	static const char hint[] = "write 5, or \"0.5\" in quotes";
	const struct cfg_node *member = cfg_member(node, key);
	int64_t whole;
	if (!member)
		return FAULT_NONE;
	*has = true;
	if (cfg_integer(member, &whole)) {
		*value = (double)whole;
		return FAULT_NONE;
	}
	const char *text = cfg_string(member);
	char *end = NULL;
	if (!text || strspn(text, "0123456789.-") != strlen(text) || text[0] == '\0')
		return load_refuse(load, member, NULL, hint, "must be a number");
	*value = strtod(text, &end);
	if (*end != '\0')
		return load_refuse(load, member, NULL, hint, "\"%s\" is no number", text);
	return FAULT_NONE;
}

/* What stands in a field's group and means nothing there is a slip of the pen. */
static enum fault check_meant(const struct load *load, const struct cfg_node *node,
			      const struct form_field *field)
{
	const struct {
		const char *key;
		bool meant;
	} keys[] = {
		{ "min", form_type_counts(field->type) },
		{ "max", form_type_counts(field->type) },
		{ "max_chars", form_type_has_chars(field->type) },
		{ "choices", field->type == FORM_CHOICE },
		{ "columns", field->type == FORM_ROWS },
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (cfg_member(node, keys[i].key) && !keys[i].meant)
			return load_refuse(load, node, keys[i].key, "leave it out",
					   "means nothing for a field of type %s",
					   form_type_name(field->type));
	return FAULT_NONE;
}

static enum fault load_bounds(const struct load *load, const struct cfg_node *node,
			      struct form_field *field)
{
	enum fault fault = load_bound(load, node, "min", &field->has_min, &field->min);
	if (fault == FAULT_NONE)
		fault = load_bound(load, node, "max", &field->has_max, &field->max);
	if (fault != FAULT_NONE)
		return fault;
	bool list = field->type == FORM_TEXTS || field->type == FORM_ROWS;
	if (field->type == FORM_PERCENT && !field->has_max)
		field->max = 100;
	if (list && !field->has_max)
		field->max = FORM_ENTRIES_MAX;
	field->has_max = field->has_max || field->type == FORM_PERCENT || list;
	field->has_min = field->has_min || field->type == FORM_PERCENT;
	if (list && (field->max < 1 || field->max > FORM_ENTRIES_MAX || field->min < 0))
		return load_refuse(load, node, "max", "a list has its entries counted",
				   "must be from 1 to %d", FORM_ENTRIES_MAX);
	if (field->has_min && field->has_max && field->min > field->max)
		return load_refuse(load, node, "max", "exchange the two", "is below min");
	return FAULT_NONE;
}

static enum fault load_columns(struct load *load, const struct cfg_node *node,
			       struct form_field *field);

static enum fault fill_field(struct load *load, const struct cfg_node *node, void *item)
{
	static const struct inner choices = { "choices", sizeof(struct form_choice), 2, CHOICES_MAX,
					      fill_choice };
	struct form_field *field = item;
	void *list = NULL;
	enum fault fault =
		cfg_fill(load->cfg, node, field_rows, sizeof(field_rows) / sizeof(field_rows[0]),
			 field, load->problem);
	if (fault == FAULT_NONE)
		fault = check_meant(load, node, field);
	if (fault == FAULT_NONE)
		fault = load_bounds(load, node, field);
	if (fault == FAULT_NONE && field->type == FORM_CHOICE) {
		fault = load_inner(load, node, &choices, &list, &field->n_choices);
		field->choices = list;
		if (fault == FAULT_NONE)
			fault = check_ids(load, node, &choices, list, field->n_choices);
	}
	if (fault == FAULT_NONE && field->type == FORM_ROWS)
		fault = load_columns(load, node, field);
	return fault;
}

/* A column is a field that is no table itself. */
static enum fault fill_column(struct load *load, const struct cfg_node *node, void *item)
{
	const struct form_field *field = item;
	enum fault fault = fill_field(load, node, item);
	if (fault == FAULT_NONE && field->type == FORM_ROWS)
		return load_refuse(load, node, "type", "write the rows as a field of their own",
				   "a table can't stand in a table");
	return fault;
}

static enum fault load_columns(struct load *load, const struct cfg_node *node,
			       struct form_field *field)
{
	static const struct inner columns = { "columns", sizeof(struct form_field), 1,
					      FORM_FIELDS_MAX, fill_column };
	void *list = NULL;
	enum fault fault = load_inner(load, node, &columns, &list, &field->n_columns);
	field->columns = list;
	if (fault == FAULT_NONE)
		fault = check_ids(load, node, &columns, list, field->n_columns);
	return fault;
}

static const struct cfg_row form_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct form, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct form, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct form, name_en), .preset = "" },
	{ "content", CFG_SWITCH, offsetof(struct form, optional), "required",
	  .words = content_words,
	  .help = "\"required\", or \"optional\": a receipt of the official system is enough" },
	{ "fields", .type = CFG_NODE },
};

static enum fault form_finish(struct load *load, const struct cfg_node *node, void *item)
{
	static const struct inner fields = { "fields", sizeof(struct form_field), 1,
					     FORM_FIELDS_MAX, fill_field };
	struct form *form = item;
	void *list = NULL;
	enum fault fault = load_inner(load, node, &fields, &list, &form->n_fields);
	form->fields = list;
	return fault == FAULT_NONE ? check_ids(load, node, &fields, list, form->n_fields) : fault;
}

/* ---- checklists ---- */

static const struct cfg_row item_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct checklist_item, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct checklist_item, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct checklist_item, name_en), .preset = "" },
	{ "required", CFG_BOOL, offsetof(struct checklist_item, required), .preset = "true" },
	{ "max_size", CFG_BYTES, offsetof(struct checklist_item, max_bytes), "200MiB", .min = 1,
	  .max = CHECKLIST_SIZE_MAX_BYTES, .help = "of one file, as \"200MiB\"" },
	{ "types", .type = CFG_NODE },
};

static bool type_valid(const char *type)
{
	size_t len = type ? strlen(type) : 0;
	return len > 0 && len <= TYPE_BYTES_MAX &&
	       strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789") == len;
}

static enum fault fill_item(struct load *load, const struct cfg_node *node, void *into)
{
	static const char hint[] = "write [ \"pdf\", \"docx\" ]: endings of file names, lower case";
	struct checklist_item *item = into;
	enum fault fault = cfg_fill(load->cfg, node, item_rows,
				    sizeof(item_rows) / sizeof(item_rows[0]), item, load->problem);
	const struct cfg_node *types = fault == FAULT_NONE ? cfg_member(node, "types") : NULL;
	if (!types)
		return fault;
	if (!cfg_is_list(types) || cfg_length(types) > CHECKLIST_TYPES_MAX)
		return load_refuse(load, types, NULL, hint, "must be a list of at most %d endings",
				   CHECKLIST_TYPES_MAX);
	item->types = xcalloc(cfg_length(types) + 1, sizeof(*item->types));
	for (size_t i = 0; i < cfg_length(types); i++) {
		const char *type = cfg_string(cfg_element(types, i));
		if (!type_valid(type))
			return load_refuse(load, types, NULL, hint, "element %zu is no ending", i);
		item->types[item->n_types++] = xstrdup(type);
	}
	return FAULT_NONE;
}

static const struct cfg_row checklist_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct checklist, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct checklist, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct checklist, name_en), .preset = "" },
	{ "items", .type = CFG_NODE },
};

static enum fault checklist_finish(struct load *load, const struct cfg_node *node, void *into)
{
	static const struct inner items = { "items", sizeof(struct checklist_item), 1,
					    CHECKLIST_ITEMS_MAX, fill_item };
	struct checklist *checklist = into;
	void *list = NULL;
	enum fault fault = load_inner(load, node, &items, &list, &checklist->n_items);
	checklist->items = list;
	return fault == FAULT_NONE ? check_ids(load, node, &items, list, checklist->n_items)
				   : fault;
}

#define ROWS(rows)   (rows), sizeof(rows) / sizeof((rows)[0])
#define ITEMS(field) offsetof(struct programme, field), offsetof(struct programme, n_##field)

const struct load_list programme_forms = {
	"forms", sizeof(struct form), ITEMS(forms), 0, 32, ROWS(form_rows), "id", form_finish
};
const struct load_list programme_checklists = {
	"checklists", sizeof(struct checklist), ITEMS(checklists), 0, 32, ROWS(checklist_rows),
	"id",         checklist_finish
};

enum fault load_forms(struct load *load)
{
	enum fault fault = load_list(load, &programme_forms);
	return fault == FAULT_NONE ? load_list(load, &programme_checklists) : fault;
}

/* The rule's `form` and `materials`, which name one of the lists above. */
enum fault load_rule_forms(const struct load *load, const struct cfg_node *node)
{
	size_t index;
	enum fault fault = FAULT_NONE;
	if (cfg_member(node, "form"))
		fault = load_reference(load, &programme_forms, node, "form", &index);
	if (fault == FAULT_NONE && cfg_member(node, "materials"))
		fault = load_reference(load, &programme_checklists, node, "materials", &index);
	return fault;
}
