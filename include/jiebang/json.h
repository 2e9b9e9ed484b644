/*
 * JSON (jw_ writes, jr_ reads; jansson owns the prefix json_). Writing: a small streaming writer onto a buf, commas by itself. Reading: strict (RFC 8259, duplicate keys,
 * bad UTF-8, NUL, depth and size refused), on jansson, which only json.c knows.
 */
#ifndef JIEBANG_JSON_H
#define JIEBANG_JSON_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct jw {
	struct buf *out; /* borrowed */
	bool comma;      /* the next value wants a comma before it */
};

void jw_init(struct jw *jw, struct buf *out);
void jw_object(struct jw *jw);     /* { */
void jw_object_end(struct jw *jw); /* } */
void jw_array(struct jw *jw);
void jw_array_end(struct jw *jw);
void jw_key(struct jw *jw, const char *key);
void jw_str(struct jw *jw, const char *s); /* NULL writes null; invalid UTF-8 becomes U+FFFD */
void jw_str_n(struct jw *jw, const char *s, size_t len);
/* At most `max` bytes between its quotes, as they are written; cut between two characters, it ends with "…". */
void jw_str_fit(struct jw *jw, const char *s, size_t max);
void jw_int(struct jw *jw, int64_t value);
void jw_bool(struct jw *jw, bool value);
void jw_null(struct jw *jw);
void jw_raw(struct jw *jw, const char *text, size_t len); /* already JSON */

/* Key and value in one call. */
void jw_kv_str(struct jw *jw, const char *key, const char *s);
void jw_kv_int(struct jw *jw, const char *key, int64_t value);
void jw_kv_bool(struct jw *jw, const char *key, bool value);
/* "un_1042" */
void jw_kv_id(struct jw *jw, const char *key, const char *prefix, int64_t id);
/* An instant as RFC 3339 in Beijing time, "2024-09-02T00:00:00+08:00"; 0 writes null. */
void jw_kv_at(struct jw *jw, const char *key, int64_t at);

/* The parsed document and a value in it. Values are borrowed from their document. */
struct jr_doc;
struct jr_value;

#define JR_DEPTH_MAX 64

/* On success *doc is to be freed with json_doc_free. Errors name line and column. */
MUST_CHECK enum fault jr_read(const char *text, size_t len, struct jr_doc **doc,
			      struct problem *problem);
void jr_free(struct jr_doc *doc);
const struct jr_value *jr_root(const struct jr_doc *doc);

enum jr_type { JR_NULL, JR_BOOL, JR_INTEGER, JR_REAL, JR_STRING, JR_ARRAY, JR_OBJECT };
enum jr_type jr_type(const struct jr_value *value);

/* Member of an object; NULL if absent or not an object. */
const struct jr_value *jr_member(const struct jr_value *object, const char *key);
/* Number of items or members. */
size_t jr_count(const struct jr_value *value);
const struct jr_value *jr_item(const struct jr_value *array, size_t i);
/* The members in document order: returns the value, sets *key; NULL past the end. */
const struct jr_value *jr_member_at(const struct jr_value *object, size_t i, const char **key);
/* NULL if not a string. */
const char *jr_string(const struct jr_value *value);
bool jr_integer(const struct jr_value *value, int64_t *out);
/* An integer or a real. */
bool jr_number(const struct jr_value *value, double *out);
bool jr_boolean(const struct jr_value *value, bool *out);
/* The value written back as compact JSON. */
void jr_write(const struct jr_value *value, struct buf *out);

#endif
