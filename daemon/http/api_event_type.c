/*
 * The catalogue of messages: which types there are, and of each the schema and an example.
 */
#include "http/api_inside.h"
#include "jiebang/event_type.h"

#include <stdio.h>

static void write_members(const struct event_type *type, struct jw *jw)
{
	jw_kv_str(jw, "id", type->name);
	jw_kv_str(jw, "group", event_group_name(type->group));
	jw_key(jw, "name");
	jw_object(jw);
	jw_kv_str(jw, "zh", type->zh);
	jw_kv_str(jw, "en", type->en);
	jw_object_end(jw);
	jw_kv_bool(jw, "filter", event_type_pattern(type->name));
}

void api_event_types(struct call *call)
{
	struct buf body = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &body);
	jw_object(&jw);
	jw_key(&jw, "data");
	jw_array(&jw);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		jw_object(&jw);
		write_members(event_type_at(i), &jw);
		jw_object_end(&jw);
	}
	jw_array_end(&jw);
	jw_key(&jw, "next");
	jw_null(&jw);
	jw_object_end(&jw);
	api_reply(call->request, 200, &body);
	buf_clear(&body);
}

static void refuse(struct call *call, const char *name)
{
	struct problem problem = { .fault = FAULT_NONE };
	const char *near = event_type_suggest(name);
	(void)problem_set(&problem, FAULT_NOT_FOUND, "there is no type of message %s", name);
	if (near)
		(void)snprintf(problem.hint, sizeof(problem.hint), "did you mean %s?", near);
	problem_reply(call->request, 0, &problem, NULL);
}

void api_event_type(struct call *call)
{
	struct buf body = BUF_EMPTY;
	struct jw jw;
	const struct event_type *type = event_type_find(call->target.args.name);
	if (!type) {
		refuse(call, call->target.args.name);
		return;
	}
	jw_init(&jw, &body);
	jw_object(&jw);
	write_members(type, &jw);
	jw_key(&jw, "schema");
	event_type_schema(type, &jw);
	jw_key(&jw, "example");
	event_type_example(type, &jw);
	jw_object_end(&jw);
	api_reply(call->request, 200, &body);
	buf_clear(&body);
}
