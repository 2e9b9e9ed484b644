/*
 * The look-ups of the command table, and what a row knows about its request: path, query, body.
 */
#include "command.h"

#include <string.h>

#include "jiebang/fault.h"

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

const struct command *command_find(const char *noun, const char *verb)
{
	for (const struct command *command = NULL; (command = command_next(command)) != NULL;)
		if (same(command->noun, noun) && same(command->verb, verb))
			return command;
	return NULL;
}

bool command_noun_exists(const char *noun)
{
	for (const struct command *command = NULL; (command = command_next(command)) != NULL;)
		if (same(command->noun, noun))
			return true;
	return false;
}

/* Rows of one noun stand together, so a new name differs from the last one. */
size_t command_nouns(const char **out, size_t max)
{
	size_t n = 0;

	for (const struct command *command = NULL;
	     n + 1 < max && (command = command_next(command)) != NULL;)
		if (!command->hidden && (n == 0 || !same(out[n - 1], command->noun)))
			out[n++] = command->noun;
	out[n] = NULL;
	return n;
}

size_t command_verbs(const char *noun, const char **out, size_t max)
{
	size_t n = 0;

	for (const struct command *command = NULL;
	     n + 1 < max && (command = command_next(command)) != NULL;)
		if (!command->hidden && same(command->noun, noun) && command->verb != NULL)
			out[n++] = command->verb;
	out[n] = NULL;
	return n;
}

const char *option_value(const struct invocation *invocation, const char *name)
{
	const struct option *options = invocation->command->options;

	for (size_t i = 0; options != NULL && options[i].name != NULL; i++)
		if (same(options[i].name, name))
			return invocation->values[i];
	return NULL;
}

/* ":id" is the argument; another name is the option of that name. */
static const char *path_value(const struct invocation *invocation, const char *name, size_t len)
{
	struct buf option = BUF_EMPTY;
	const char *value;

	if (len == 2 && strncmp(name, "id", 2) == 0)
		return invocation->args[0];
	buf_adds(&option, "--");
	buf_add(&option, name, len);
	value = option_value(invocation, buf_str(&option));
	buf_clear(&option);
	return value;
}

static void add_path(struct buf *out, const struct invocation *invocation)
{
	for (const char *p = invocation->command->path; *p != '\0';) {
		size_t len = strcspn(p, ":");
		const char *value;

		buf_add(out, p, len);
		p += len;
		if (*p == '\0')
			break;
		len = strcspn(++p, "/");
		value = path_value(invocation, p, len);
		INVARIANT(value != NULL);
		call_encode(out, value);
		p += len;
	}
}

static void add_query(struct buf *out, const char *name, const char *value)
{
	buf_addc(out, strchr(buf_str(out), '?') != NULL ? '&' : '?');
	buf_addf(out, "%s=", name);
	call_encode(out, value);
}

void command_target(struct buf *out, const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	add_path(out, invocation);
	if (same(command->method, "GET") && command->argument.wire != NULL &&
	    invocation->n_args > 0)
		add_query(out, command->argument.wire, invocation->args[0]);
	for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
		const struct option *option = &command->options[i];
		const char *value = invocation->values[i];

		if (option->place == PLACE_QUERY && value != NULL)
			add_query(out, option->wire, option->kind == VALUE_FLAG ? "1" : value);
	}
}

static bool has_body(const struct command *command)
{
	if (same(command->method, "GET"))
		return false;
	if (command->argument.wire != NULL)
		return true;
	for (const struct option *option = command->options; option != NULL && option->name != NULL;
	     option++)
		if (option->place == PLACE_BODY)
			return true;
	return false;
}

void command_members(struct jw *json, const struct invocation *invocation)
{
	const struct command *command = invocation->command;

	if (command->argument.wire != NULL && invocation->n_args > 0)
		jw_kv_str(json, command->argument.wire, invocation->args[0]);
	for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
		const struct option *option = &command->options[i];
		const char *value = invocation->values[i];

		if (option->place != PLACE_BODY || value == NULL)
			continue;
		jw_key(json, option->wire);
		if (option->kind == VALUE_FLAG)
			jw_bool(json, true);
		else if (option->kind == VALUE_NUMBER)
			jw_raw(json, value, strlen(value));
		else
			jw_str(json, value);
	}
}

void command_body(struct buf *out, const struct invocation *invocation)
{
	struct jw json;

	if (!has_body(invocation->command))
		return;
	jw_init(&json, out);
	jw_object(&json);
	command_members(&json, invocation);
	jw_object_end(&json);
}
