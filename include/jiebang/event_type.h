/*
 * The types of messages that an endpoint may get. Pure. A message of a type that is not in this table is a bug: the tests
 * hold each payload that arrives against its schema.
 */
#ifndef JIEBANG_EVENT_TYPE_H
#define JIEBANG_EVENT_TYPE_H

#include <stdbool.h>
#include <stddef.h>

struct event_member;
struct jw;

enum event_group {
	EVENT_REMINDER, /* a step of a ladder */
	EVENT_DIGEST,   /* of reminders and notices, which have types of their own */
	EVENT_REPORT,
	EVENT_NOTICE, /* something happened */
	EVENT_ENDPOINT,
	EVENT_TEST, /* asked for, to this endpoint */
};

struct event_type {
	const char *name;
	enum event_group group;
	const char *zh, *en; /* what it tells */
	const struct event_member *data;
};

#define EVENT_TYPE_COUNT 26
/* In the order of the table: index < EVENT_TYPE_COUNT. */
const struct event_type *event_type_at(size_t index);
/* NULL: there is none. */
const struct event_type *event_type_find(const char *name);
const char *event_group_name(enum event_group group);

/*
 * Whether an endpoint may ask for this: a type, or the beginning of some with a star after it. Not for digests, which
 * speak of what fits by its own type, nor for tests, which are asked for.
 */
bool event_type_pattern(const char *pattern);
/* The type that this may be a slip of, or NULL. */
const char *event_type_suggest(const char *name);

/* JSON Schema (2020-12) of the whole payload, and an example that fits it. */
void event_type_schema(const struct event_type *type, struct jw *jw);
void event_type_example(const struct event_type *type, struct jw *jw);
/* The name of the schema of `data` alone. */
#define EVENT_SCHEMA_BYTES 64
void event_data_schema(const char *type, char out[EVENT_SCHEMA_BYTES]);

#endif
