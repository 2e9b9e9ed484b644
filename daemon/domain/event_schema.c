/*
 * From the table to JSON Schema (2020-12) and to an example that fits it. The schema of `data` has a name of its own, which
 * CloudEvents have as `dataschema`; its number goes up if what a receiver relied on is no more.
 */
#include "domain/event_parts.h"
#include "jiebang/event_type.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"

#include <stdio.h>
#include <string.h>

#define EXAMPLE_AT "2025-03-18T09:00:00+08:00"

static void write_members(const struct event_member *members, struct jw *jw);

/* "type": "string", or ["string", "null"]. */
static void write_type(const struct event_member *member, const char *type, struct jw *jw)
{
	jw_key(jw, "type");
	if (!(member->flags & MEMBER_NULLABLE)) {
		jw_str(jw, type);
		return;
	}
	jw_array(jw);
	jw_str(jw, type);
	jw_str(jw, "null");
	jw_array_end(jw);
}

static void write_words(const char *words, struct jw *jw)
{
	jw_key(jw, "enum");
	jw_array(jw);
	for (size_t len; *words; words += len + (words[len] == '|')) {
		len = strcspn(words, "|");
		jw_str_n(jw, words, len);
	}
	jw_array_end(jw);
}

/* "^un_[1-9][0-9]*$" */
static void write_id(const struct event_member *member, struct jw *jw)
{
	char pattern[48];
	size_t len = strcspn(member->example + 1, "_");
	(void)snprintf(pattern, sizeof(pattern), "^%.*s_[1-9][0-9]*$", (int)len,
		       member->example + 1);
	write_type(member, "string", jw);
	jw_kv_str(jw, "pattern", pattern);
}

static void write_string(const struct event_member *member, const char *format, const char *pattern,
			 struct jw *jw)
{
	write_type(member, "string", jw);
	if (format)
		jw_kv_str(jw, "format", format);
	jw_kv_str(jw, "pattern", pattern);
}

static void write_names(struct jw *jw)
{
	static const struct event_member names[] = { { "zh", MEMBER_TEXT, 0, NULL, NULL, NULL },
						     { "en", MEMBER_TEXT, 0, NULL, NULL, NULL },
						     { NULL, MEMBER_ANY, 0, NULL, NULL, NULL } };
	write_members(names, jw);
}

static void write_list(const struct event_member *member, struct jw *jw)
{
	write_type(member, "array", jw);
	jw_key(jw, "items");
	jw_object(jw);
	if (member->members)
		write_members(member->members, jw);
	else
		jw_kv_str(jw, "type", "string");
	jw_object_end(jw);
}

static void write_list_or_count(const struct event_member *member, struct jw *jw)
{
	jw_key(jw, "anyOf");
	jw_array(jw);
	jw_object(jw);
	write_list(member, jw);
	jw_object_end(jw);
	jw_object(jw);
	jw_kv_str(jw, "type", "integer");
	jw_object_end(jw);
	jw_array_end(jw);
}

static void write_member(const struct event_member *member, struct jw *jw)
{
	switch (member->kind) {
	case MEMBER_TEXT:
		write_type(member, "string", jw);
		return;
	case MEMBER_WORD:
		write_type(member, "string", jw);
		write_words(member->words, jw);
		return;
	case MEMBER_NAMES:
		write_names(jw);
		return;
	case MEMBER_ID:
		write_id(member, jw);
		return;
	case MEMBER_MESSAGE:
		write_string(member, NULL, "^msg_[a-z2-7]{26}(-[0-9]+)?$", jw);
		return;
	case MEMBER_DATE:
		write_string(member, "date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", jw);
		return;
	case MEMBER_INSTANT:
		write_string(member, "date-time",
			     "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+]08:00$", jw);
		return;
	case MEMBER_INTEGER:
		write_type(member, "integer", jw);
		return;
	case MEMBER_FLAG:
		write_type(member, "boolean", jw);
		return;
	case MEMBER_OBJECT:
		write_members(member->members, jw);
		return;
	case MEMBER_ANY:
		write_type(member, "object", jw);
		return;
	case MEMBER_LIST:
		if (member->flags & MEMBER_OR_COUNT)
			write_list_or_count(member, jw);
		else
			write_list(member, jw);
		return;
	}
	BUG("no such kind of member");
}

static void write_members(const struct event_member *members, struct jw *jw)
{
	jw_kv_str(jw, "type", "object");
	jw_key(jw, "properties");
	jw_object(jw);
	for (const struct event_member *member = members; member->name; member++) {
		jw_key(jw, member->name);
		jw_object(jw);
		write_member(member, jw);
		jw_object_end(jw);
	}
	jw_object_end(jw);
	jw_key(jw, "required");
	jw_array(jw);
	for (const struct event_member *member = members; member->name; member++)
		if (!(member->flags & MEMBER_OPTIONAL))
			jw_str(jw, member->name);
	jw_array_end(jw);
}

void event_data_schema(const char *type, char out[EVENT_SCHEMA_BYTES])
{
	(void)snprintf(out, EVENT_SCHEMA_BYTES, "urn:jiebang:data:%s:1", type);
}

void event_type_schema(const struct event_type *type, struct jw *jw)
{
	static const struct event_member at = { "timestamp", MEMBER_INSTANT, 0, NULL, NULL, NULL };
	char data[EVENT_SCHEMA_BYTES];
	event_data_schema(type->name, data);
	jw_object(jw);
	jw_kv_str(jw, "$schema", "https://json-schema.org/draft/2020-12/schema");
	jw_kv_str(jw, "title", type->name);
	jw_kv_str(jw, "description", type->en);
	jw_kv_str(jw, "type", "object");
	jw_key(jw, "properties");
	jw_object(jw);
	jw_key(jw, "type");
	jw_object(jw);
	jw_kv_str(jw, "const", type->name);
	jw_object_end(jw);
	jw_key(jw, at.name);
	jw_object(jw);
	write_member(&at, jw);
	jw_object_end(jw);
	jw_key(jw, "data");
	jw_object(jw);
	jw_kv_str(jw, "$id", data);
	write_members(type->data, jw);
	jw_object_end(jw);
	jw_object_end(jw);
	jw_key(jw, "required");
	jw_array(jw);
	jw_str(jw, "type");
	jw_str(jw, at.name);
	jw_str(jw, "data");
	jw_array_end(jw);
	jw_object_end(jw);
}

/* ---- the example ---- */

static void write_example(const struct event_member *members, struct jw *jw)
{
	jw_object(jw);
	for (; members->name; members++) {
		jw_key(jw, members->name);
		if (members->kind == MEMBER_LIST && members->members) {
			jw_array(jw);
			write_example(members->members, jw);
			jw_array_end(jw);
		} else if (members->kind == MEMBER_OBJECT) {
			write_example(members->members, jw);
		} else {
			jw_raw(jw, members->example, strlen(members->example));
		}
	}
	jw_object_end(jw);
}

void event_type_example(const struct event_type *type, struct jw *jw)
{
	jw_object(jw);
	jw_kv_str(jw, "type", type->name);
	jw_kv_str(jw, "timestamp", EXAMPLE_AT);
	jw_key(jw, "data");
	write_example(type->data, jw);
	jw_object_end(jw);
}
