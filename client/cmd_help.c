/*
 * Commands about the program itself.
 */
#include "commands.h"

#include "out.h"

static void show(struct buf *text)
{
	out_str(buf_str(text));
	buf_clear(text);
}

int cmd_help(struct client *client, const struct invocation *invocation)
{
	const char *noun = invocation->n_args > 0 ? invocation->args[0] : NULL;
	const char *verb = invocation->n_args > 1 ? invocation->args[1] : NULL;
	const struct command *command = noun != NULL ? command_find(noun, verb) : NULL;
	struct buf text = BUF_EMPTY;

	(void)client;
	if (noun != NULL && !command_noun_exists(noun)) {
		say(TEXT_UNKNOWN_NOUN, noun);
		return CODE_USAGE;
	}
	if (verb != NULL && command == NULL) {
		say(TEXT_UNKNOWN_VERB, noun, verb);
		return CODE_USAGE;
	}
	if (command != NULL)
		help_command(&text, command);
	else if (noun != NULL)
		help_noun(&text, noun);
	else
		help_overview(&text);
	show(&text);
	return CODE_OK;
}

int cmd_version(struct client *client, const struct invocation *invocation)
{
	(void)client;
	(void)invocation;
	out_line("jiebangctl " JIEBANG_VERSION);
	return CODE_OK;
}
