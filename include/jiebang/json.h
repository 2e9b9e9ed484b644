/*
 * JSON. Writing: a small streaming writer onto a buf, commas by itself. Reading: strict (RFC 8259, duplicate keys,
 * bad UTF-8, NUL, depth and size refused), on jansson, which only json.c knows.
 */
#ifndef JIEBANG_JSON_H
#define JIEBANG_JSON_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct json {
	struct buf *out; /* borrowed */
	bool comma;      /* the next value wants a comma before it */
};

void json_init(struct json *json, struct buf *out);
void json_object(struct json *json);     /* { */
void json_object_end(struct json *json); /* } */
void json_array(struct json *json);
void json_array_end(struct json *json);
void json_key(struct json *json, const char *key);
void json_str(struct json *json,
	      const char *s); /* NULL writes null; invalid UTF-8 becomes U+FFFD */
void json_str_n(struct json *json, const char *s, size_t len);
void json_int(struct json *json, int64_t value);
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
void json_raw(struct json *json, const char *text, size_t len); /* already JSON */

/* Key and value in one call. */
void json_kv_str(struct json *json, const char *key, const char *s);
void json_kv_int(struct json *json, const char *key, int64_t value);
void json_kv_bool(struct json *json, const char *key, bool value);
/* "un_1042" */
void json_kv_id(struct json *json, const char *key, const char *prefix, int64_t id);
/* An instant as RFC 3339 in Beijing time, "2024-09-02T00:00:00+08:00"; 0 writes null. */
void json_kv_at(struct json *json, const char *key, int64_t at);

/* The parsed document and a value in it. Values are borrowed from their document. */
struct json_doc;
struct json_value;

#define JSON_DEPTH_MAX 64

/* On success *doc is to be freed with json_doc_free. Errors name line and column. */
MUST_CHECK enum fault json_read(const char *text, size_t len, struct json_doc **doc,
				struct problem *problem);
void json_doc_free(struct json_doc *doc);
const struct json_value *json_root(const struct json_doc *doc);

enum json_type {
	JSON_TYPE_NULL,
	JSON_TYPE_BOOL,
	JSON_TYPE_INTEGER,
	JSON_TYPE_REAL,
	JSON_TYPE_STRING,
	JSON_TYPE_ARRAY,
	JSON_TYPE_OBJECT
};
enum json_type json_type(const struct json_value *value);

/* Member of an object; NULL if absent or not an object. */
const struct json_value *json_member(const struct json_value *object, const char *key);
/* Number of items or members. */
size_t json_count(const struct json_value *value);
const struct json_value *json_item(const struct json_value *array, size_t i);
/* The members in document order: returns the value, sets *key; NULL past the end. */
const struct json_value *json_member_at(const struct json_value *object, size_t i,
					const char **key);
/* NULL if not a string. */
const char *json_string(const struct json_value *value);
bool json_integer(const struct json_value *value, int64_t *out);
bool json_boolean(const struct json_value *value, bool *out);
/* The value written back as compact JSON. */
void json_write_value(const struct json_value *value, struct buf *out);

#endif
