/*
 * The texts of messages: which there are, and what each says, with examples or of a unit or an obligation.
 */
#include "engine/preview.h"
#include "http/api_inside.h"
#include "jiebang/text.h"
#include "store/about.h"

#include <stdio.h>

static void write_variables(struct jw *jw, enum template_text text)
{
	jw_key(jw, "variables");
	jw_array(jw);
	for (int i = 0; i < TEMPLATE_VAR_COUNT; i++)
		if (template_var_allowed(text, (enum template_var)i))
			jw_str(jw, template_var_name((enum template_var)i));
	jw_array_end(jw);
}

static void write_template(struct jw *jw, const struct templates *set, enum template_text text)
{
	jw_object(jw);
	jw_kv_str(jw, "id", template_text_name(text));
	jw_key(jw, "help");
	jw_object(jw);
	for (int i = 0; i < TEMPLATE_LANGS; i++)
		jw_kv_str(jw, template_lang_name((enum template_lang)i),
			  template_text_help(text, (enum template_lang)i));
	jw_object_end(jw);
	jw_key(jw, "source");
	jw_object(jw);
	for (int i = 0; i < TEMPLATE_LANGS; i++)
		jw_kv_str(jw, template_lang_name((enum template_lang)i),
			  templates_source(set, (enum template_lang)i, text));
	jw_object_end(jw);
	jw_key(jw, "replaced");
	jw_array(jw);
	for (int i = 0; i < TEMPLATE_LANGS; i++)
		if (templates_replaced(set, (enum template_lang)i, text))
			jw_str(jw, template_lang_name((enum template_lang)i));
	jw_array_end(jw);
	write_variables(jw, text);
	jw_object_end(jw);
}

void api_templates(struct call *call)
{
	struct buf body = BUF_EMPTY;
	struct jw jw;
	int limit = call->target.args.limit;
	jw_init(&jw, &body);
	jw_object(&jw);
	jw_key(&jw, "data");
	jw_array(&jw);
	for (int i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT && (limit == 0 || i <= limit); i++)
		write_template(&jw, call->api->templates, (enum template_text)i);
	jw_array_end(&jw);
	jw_key(&jw, "next");
	jw_null(&jw);
	jw_object_end(&jw);
	api_reply(call->request, 200, &body);
	buf_clear(&body);
}

static enum fault find_text(const char *name, enum template_text *text, struct problem *problem)
{
	*text = template_text_parse(name);
	if (*text != TEMPLATE_NONE)
		return FAULT_NONE;
	const char *near = template_text_suggest(name);
	(void)problem_set(problem, FAULT_NOT_FOUND, "there is no text %s", name);
	if (near)
		(void)snprintf(problem->hint, sizeof(problem->hint), "did you mean %s?", near);
	return FAULT_NOT_FOUND;
}

/* What the query asks for, checked one by one: a preview of a unit that is not there would be one of nothing. */
static enum fault find_about(const struct call *call, struct about_keys *keys,
			     struct problem *problem)
{
	const struct read_value *filter = call->target.args.filter;
	struct store *reader = call->api->reader;
	enum fault fault = FAULT_NONE;
	if (filter[READ_OBLIGATION].set)
		fault = about_obligation_find(reader, filter[READ_OBLIGATION].number, keys,
					      problem);
	else if (filter[READ_UNIT].set)
		fault = about_unit_find(reader, filter[READ_UNIT].number, keys, problem);
	if (fault == FAULT_NONE && filter[READ_OBLIGATION].set && filter[READ_UNIT].set &&
	    keys->unit_key != filter[READ_UNIT].number)
		fault = problem_set(problem, FAULT_INVALID,
				    "the obligation is not this unit's; give one of the two");
	return fault;
}

void api_template_preview(struct call *call)
{
	struct problem problem = { .fault = FAULT_NONE };
	struct about_keys keys = { 0, 0, 0 };
	struct message_context context;
	struct buf body = BUF_EMPTY;
	enum template_text text;
	struct jw jw;
	enum fault fault = find_text(call->target.args.name, &text, &problem);
	if (fault == FAULT_NONE)
		fault = find_about(call, &keys, &problem);
	if (fault == FAULT_NONE && keys.unit_key)
		fault = about_begin(call->api->reader, &keys, &context, &problem);
	if (fault != FAULT_NONE) {
		problem_reply(call->request, 0, &problem, NULL);
		return;
	}
	jw_init(&jw, &body);
	preview_write(call->api->templates, text, keys.unit_key ? &context : NULL,
		      clock_now_at(call->api->clock), &jw);
	if (keys.unit_key)
		about_end(&context);
	api_reply(call->request, 200, &body);
	buf_clear(&body);
}
