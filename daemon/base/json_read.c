/*
 * Reading JSON, strictly, on jansson: duplicate keys, bad UTF-8, NUL in strings and trailing bytes are refused there;
 * depth here, since jansson's own limit is 2048. The only file that knows jansson.
 */
#include "jiebang/json.h"

#include <jansson.h>
#include <string.h>

/* jansson's values under our name: the pointer is the json_t itself, never dereferenced by callers. */
struct jr_value;

struct jr_doc {
	json_t *root;
};

static json_t *own(const struct jr_value *value)
{
	union {
		const struct jr_value *ours;
		json_t *theirs;
	} view = { .ours = value };
	return view.theirs;
}

static const struct jr_value *lend(json_t *value)
{
	return (const struct jr_value *)(const void *)value;
}

/* Deepest nesting of brackets outside strings; cheap, and done before anything recurses. */
static bool too_deep(const char *text, size_t len)
{
	size_t depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < len; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		else if (!in_string && (text[i] == '[' || text[i] == '{') && ++depth > JR_DEPTH_MAX)
			return true;
		else if (!in_string && (text[i] == ']' || text[i] == '}') && depth > 0)
			depth--;
	}
	return false;
}

enum fault jr_read(const char *text, size_t len, struct jr_doc **doc, struct problem *problem)
{
	json_error_t error;
	*doc = NULL;
	if (too_deep(text, len))
		return problem_set(problem, FAULT_INVALID, "JSON is nested deeper than %d levels",
				   JR_DEPTH_MAX);
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return problem_set(problem, FAULT_INVALID,
				   "not valid JSON at line %d, column %d: %s", error.line,
				   error.column, error.text);
	*doc = xcalloc(1, sizeof(**doc));
	(*doc)->root = root;
	return FAULT_NONE;
}

void jr_free(struct jr_doc *doc)
{
	if (!doc)
		return;
	json_decref(doc->root);
	free(doc);
}

const struct jr_value *jr_root(const struct jr_doc *doc)
{
	return lend(doc->root);
}

enum jr_type jr_type(const struct jr_value *value)
{
	switch (json_typeof(own(value))) {
	case JSON_OBJECT:
		return JR_OBJECT;
	case JSON_ARRAY:
		return JR_ARRAY;
	case JSON_STRING:
		return JR_STRING;
	case JSON_INTEGER:
		return JR_INTEGER;
	case JSON_REAL:
		return JR_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JR_BOOL;
	case JSON_NULL:
		break;
	}
	return JR_NULL;
}

const struct jr_value *jr_member(const struct jr_value *object, const char *key)
{
	return object ? lend(json_object_get(own(object), key)) : NULL;
}

size_t jr_count(const struct jr_value *value)
{
	return json_is_array(own(value)) ? json_array_size(own(value))
					 : json_object_size(own(value));
}

const struct jr_value *jr_item(const struct jr_value *array, size_t i)
{
	return lend(json_array_get(own(array), i));
}

const struct jr_value *jr_member_at(const struct jr_value *object, size_t i, const char **key)
{
	void *iter = json_object_iter(own(object));
	while (iter && i-- > 0)
		iter = json_object_iter_next(own(object), iter);
	if (!iter)
		return NULL;
	*key = json_object_iter_key(iter);
	return lend(json_object_iter_value(iter));
}

const char *jr_string(const struct jr_value *value)
{
	return value ? json_string_value(own(value)) : NULL;
}

bool jr_integer(const struct jr_value *value, int64_t *out)
{
	if (!value || !json_is_integer(own(value)))
		return false;
	*out = json_integer_value(own(value));
	return true;
}

bool jr_number(const struct jr_value *value, double *out)
{
	if (!value || !json_is_number(own(value)))
		return false;
	*out = json_number_value(own(value));
	return true;
}

bool jr_boolean(const struct jr_value *value, bool *out)
{
	if (!value || !json_is_boolean(own(value)))
		return false;
	*out = json_is_true(own(value));
	return true;
}

static int append(const char *data, size_t len, void *arg)
{
	buf_add(arg, data, len);
	return 0;
}

void jr_write(const struct jr_value *value, struct buf *out)
{
	INVARIANT(json_dump_callback(own(value), append, out, JSON_COMPACT | JSON_ENCODE_ANY) == 0);
}
