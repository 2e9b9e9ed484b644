/*
 * Checklists as values: freeing, finding, and the JSON they are frozen as.
 */
#include "jiebang/checklist.h"

#include "jiebang/json.h"
#include "jiebang/text.h"

#include <stdlib.h>
#include <string.h>

static void item_clear(struct checklist_item *item)
{
	for (size_t i = 0; i < item->n_types; i++)
		free(item->types[i]);
	free(item->types);
	free(item->id);
	free(item->name_zh);
	free(item->name_en);
}

void checklist_clear(struct checklist *checklist)
{
	for (size_t i = 0; i < checklist->n_items; i++)
		item_clear(&checklist->items[i]);
	free(checklist->items);
	free(checklist->id);
	free(checklist->name_zh);
	free(checklist->name_en);
	*checklist = (struct checklist){ .id = NULL };
}

void checklist_free(struct checklist *checklist)
{
	if (!checklist)
		return;
	checklist_clear(checklist);
	free(checklist);
}

const struct checklist_item *checklist_item(const struct checklist *checklist, const char *id)
{
	for (size_t i = 0; i < checklist->n_items; i++)
		if (strcmp(checklist->items[i].id, id) == 0)
			return &checklist->items[i];
	return NULL;
}

bool checklist_takes(const struct checklist_item *item, const char *file_name)
{
	const char *dot = strrchr(file_name, '.');
	for (size_t i = 0; dot && i < item->n_types; i++)
		if (text_same_nocase(dot + 1, item->types[i]))
			return true;
	return item->n_types == 0;
}

/* ---- as JSON ---- */

static void write_item(struct jw *jw, const struct checklist_item *item)
{
	jw_object(jw);
	jw_kv_str(jw, "id", item->id);
	jw_kv_str(jw, "name_zh", item->name_zh);
	jw_kv_str(jw, "name_en", item->name_en);
	jw_kv_bool(jw, "required", item->required);
	jw_kv_int(jw, "max_bytes", item->max_bytes);
	jw_key(jw, "types");
	jw_array(jw);
	for (size_t i = 0; i < item->n_types; i++)
		jw_str(jw, item->types[i]);
	jw_array_end(jw);
	jw_object_end(jw);
}

void checklist_write(const struct checklist *checklist, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "id", checklist->id);
	jw_kv_str(&jw, "name_zh", checklist->name_zh);
	jw_kv_str(&jw, "name_en", checklist->name_en);
	jw_key(&jw, "items");
	jw_array(&jw);
	for (size_t i = 0; i < checklist->n_items; i++)
		write_item(&jw, &checklist->items[i]);
	jw_array_end(&jw);
	jw_object_end(&jw);
}

static bool take_text(const struct jr_value *object, const char *key, char **out)
{
	const char *text = jr_string(jr_member(object, key));
	if (text)
		*out = xstrdup(text);
	return text != NULL;
}

static const struct jr_value *take_array(const struct jr_value *object, const char *key, size_t max)
{
	const struct jr_value *array = jr_member(object, key);
	return array && jr_type(array) == JR_ARRAY && jr_count(array) <= max ? array : NULL;
}

static bool take_item(const struct jr_value *object, struct checklist_item *item)
{
	const struct jr_value *types = take_array(object, "types", CHECKLIST_TYPES_MAX);
	if (!take_text(object, "id", &item->id) || !take_text(object, "name_zh", &item->name_zh) ||
	    !take_text(object, "name_en", &item->name_en) ||
	    !jr_boolean(jr_member(object, "required"), &item->required) ||
	    !jr_integer(jr_member(object, "max_bytes"), &item->max_bytes) || !types)
		return false;
	item->types = xcalloc(jr_count(types) + 1, sizeof(*item->types));
	for (size_t i = 0; i < jr_count(types); i++) {
		const char *type = jr_string(jr_item(types, i));
		if (!type)
			return false;
		item->types[item->n_types++] = xstrdup(type);
	}
	return true;
}

static bool take_items(const struct jr_value *array, struct checklist *checklist)
{
	if (!array)
		return false;
	checklist->items = xcalloc(jr_count(array) + 1, sizeof(*checklist->items));
	for (size_t i = 0; i < jr_count(array); i++)
		if (!take_item(jr_item(array, i), &checklist->items[checklist->n_items++]))
			return false;
	return true;
}

enum fault checklist_read(const char *text, size_t len, struct checklist **out,
			  struct problem *problem)
{
	struct jr_doc *doc;
	*out = NULL;
	enum fault fault = jr_read(text, len, &doc, problem);
	if (fault != FAULT_NONE)
		return fault;
	const struct jr_value *root = jr_root(doc);
	struct checklist *checklist = xcalloc(1, sizeof(*checklist));
	bool good = take_text(root, "id", &checklist->id) &&
		    take_text(root, "name_zh", &checklist->name_zh) &&
		    take_text(root, "name_en", &checklist->name_en) &&
		    take_items(take_array(root, "items", CHECKLIST_ITEMS_MAX), checklist);
	jr_free(doc);
	if (good) {
		*out = checklist;
		return FAULT_NONE;
	}
	checklist_free(checklist);
	return problem_set(problem, FAULT_INVALID, "this is no checklist");
}
