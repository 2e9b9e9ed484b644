/*
 * What happened is told as the event has it, whatever size somebody's reasons and lists are; a message has to fit into the
 * 20 kB that a receiver may be asked to take (Standard Webhooks). So what is too long is told shorter: texts end with "…",
 * and of lists the first items stay, as many as fit. The event in the feed has all of it.
 */
#include "engine/render.h"

#include <string.h>

struct measure {
	size_t text; /* bytes of a string */
	size_t items;
};

static void copy(const struct jr_value *value, const struct measure *measure, struct jw *jw);

static void copy_members(const struct jr_value *object, const struct measure *measure,
			 struct jw *jw)
{
	const char *key;
	const struct jr_value *value;
	jw_object(jw);
	for (size_t i = 0; (value = jr_member_at(object, i, &key)); i++) {
		jw_key(jw, key);
		copy(value, measure, jw);
	}
	jw_object_end(jw);
}

static void copy_items(const struct jr_value *array, const struct measure *measure, struct jw *jw)
{
	jw_array(jw);
	for (size_t i = 0; i < jr_count(array) && i < measure->items; i++)
		copy(jr_item(array, i), measure, jw);
	jw_array_end(jw);
}

static void copy(const struct jr_value *value, const struct measure *measure, struct jw *jw)
{
	struct buf text = BUF_EMPTY;
	switch (jr_type(value)) {
	case JR_OBJECT:
		copy_members(value, measure, jw);
		return;
	case JR_ARRAY:
		copy_items(value, measure, jw);
		return;
	case JR_STRING:
		jw_str_fit(jw, jr_string(value), measure->text);
		return;
	case JR_NULL:
	case JR_BOOL:
	case JR_INTEGER:
	case JR_REAL:
		jr_write(value, &text);
		jw_raw(jw, text.data, text.len);
		buf_clear(&text);
		return;
	}
}

static void shorten(const char *detail, size_t max, struct buf *out)
{
	static const struct measure measures[] = { { 1000, 20 }, { 300, 8 }, { 60, 2 } };
	struct jr_doc *doc;
	struct problem problem;
	INVARIANT(jr_read(detail, strlen(detail), &doc, &problem) == FAULT_NONE);
	for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]) && (i == 0 || out->len > max);
	     i++) {
		struct jw jw;
		buf_reset(out);
		jw_init(&jw, out);
		copy(jr_root(doc), &measures[i], &jw);
	}
	jr_free(doc);
}

void render_detail(const char *detail, size_t max, struct jw *jw)
{
	struct buf shorter = BUF_EMPTY;
	jw_key(jw, "detail");
	if (strlen(detail) <= max) {
		jw_raw(jw, detail, strlen(detail));
		return;
	}
	shorten(detail, max, &shorter);
	jw_raw(jw, shorter.data, shorter.len);
	buf_clear(&shorter);
}
