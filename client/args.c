/*
 * The command line, read once from left to right against the tables: what is not in a row is refused here, with the
 * nearest thing that is, and every value is checked before anything is sent.
 */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "jiebang/civil.h"
#include "jiebang/text.h"

#define NAMES_MAX      64
#define NUMBER_MAX     100000
#define KEY_MAX_LENGTH 64

struct reading {
	struct arguments *arguments;
	int argc;
	char **argv;
	int at;              /* the next word */
	bool only_arguments; /* "--" was seen */
};

static const struct command *command_of(const struct reading *reading)
{
	return reading->arguments->invocation.command;
}

/* Ends every usage error: where help is. */
static int usage(const struct reading *reading)
{
	struct buf topic = BUF_EMPTY;

	if (reading->arguments->noun != NULL && command_noun_exists(reading->arguments->noun))
		buf_addf(&topic, " %s", reading->arguments->noun);
	if (command_of(reading) != NULL && command_of(reading)->verb != NULL)
		buf_addf(&topic, " %s", command_of(reading)->verb);
	say_more(TEXT_SEE_HELP, buf_str(&topic));
	buf_clear(&topic);
	return CODE_USAGE;
}

static void suggest(const char *word, const char *const *known)
{
	const char *near = text_suggest(word, known);

	if (near != NULL)
		say_more(TEXT_DID_YOU_MEAN, near);
}

static bool key_valid(const char *key)
{
	size_t len = strlen(key);

	return len > 0 && len <= KEY_MAX_LENGTH &&
	       strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
		       len;
}

static bool choice_valid(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *p = choices; len > 0; p++) {
		size_t n = strcspn(p, "|");

		if (n == len && strncmp(p, value, len) == 0)
			return true;
		p += n;
		if (*p == '\0')
			break;
	}
	return false;
}

/* TEXT_COUNT when the value is fine, else what was expected. */
static enum text judge(enum value_kind kind, const char *choices, const char *value)
{
	int64_t number;
	int32_t day;

	if (!text_utf8_valid(value, strlen(value)))
		return TEXT_EXPECT_UTF8;
	switch (kind) {
	case VALUE_FLAG:
		break;
	case VALUE_TEXT:
	case VALUE_MANY:
	case VALUE_FILE:
		return value[0] != '\0' ? TEXT_COUNT : TEXT_EXPECT_FILLED;
	case VALUE_DATE:
		return civil_parse(value, &day) ? TEXT_COUNT : TEXT_EXPECT_DATE;
	case VALUE_INSTANT:
		return civil_instant_parse(value, &number) ? TEXT_COUNT : TEXT_EXPECT_INSTANT;
	case VALUE_DURATION:
		return text_parse_duration_s(value, &number) ? TEXT_COUNT : TEXT_EXPECT_DURATION;
	case VALUE_SECONDS:
		if (text_parse_i64(value, 1, NUMBER_MAX, &number))
			return TEXT_COUNT;
		return text_parse_duration_s(value, &number) ? TEXT_COUNT : TEXT_EXPECT_DURATION;
	case VALUE_NUMBER:
		return text_parse_i64(value, 1, NUMBER_MAX, &number) ? TEXT_COUNT
								     : TEXT_EXPECT_NUMBER;
	case VALUE_CHOICE:
		return choice_valid(choices, value) ? TEXT_COUNT : TEXT_EXPECT_CHOICE;
	case VALUE_KEY:
		return key_valid(value) ? TEXT_COUNT : TEXT_EXPECT_KEY;
	}
	return TEXT_COUNT;
}

static int check_value(const struct reading *reading, const char *name, enum value_kind kind,
		       const char *choices, const char *value)
{
	enum text expected = judge(kind, choices, value);
	struct buf what = BUF_EMPTY;
	struct buf list = BUF_EMPTY;

	if (expected == TEXT_COUNT)
		return CODE_OK;
	for (const char *p = choices; expected == TEXT_EXPECT_CHOICE && *p != '\0'; p++) {
		if (*p == '|')
			buf_adds(&list, ", ");
		else
			buf_addc(&list, *p);
	}
	if (expected == TEXT_EXPECT_NUMBER)
		say_fill(&what, expected, "1", "100000");
	else
		say_fill(&what, expected, buf_str(&list));
	say(TEXT_BAD_VALUE, name, value, buf_str(&what));
	buf_clear(&what);
	buf_clear(&list);
	return usage(reading);
}

static size_t option_names(const struct option *options, const char **out, size_t n)
{
	for (; options != NULL && options->name != NULL && n + 1 < NAMES_MAX; options++)
		out[n++] = options->name;
	return n;
}

static int unknown_option(const struct reading *reading, const char *word, size_t len)
{
	const char *known[NAMES_MAX];
	struct buf name = BUF_EMPTY;
	size_t n = option_names(global_options, known, 0);

	if (command_of(reading) != NULL)
		n = option_names(command_of(reading)->options, known, n);
	known[n] = NULL;
	buf_add(&name, word, len);
	say(TEXT_UNKNOWN_OPTION, buf_str(&name));
	suggest(buf_str(&name), known);
	buf_clear(&name);
	return usage(reading);
}

static bool is_named(const struct option *option, const char *word, size_t len)
{
	return (strncmp(option->name, word, len) == 0 && option->name[len] == '\0') ||
	       (option->brief != NULL && strncmp(option->brief, word, len) == 0 &&
		option->brief[len] == '\0');
}

/* The row, and where its value is kept. */
static const struct option *option_find(struct reading *reading, const char *word, size_t len,
					const char ***slot)
{
	struct arguments *arguments = reading->arguments;
	const struct option *options =
		command_of(reading) != NULL ? command_of(reading)->options : NULL;

	for (size_t i = 0; options != NULL && options[i].name != NULL; i++)
		if (is_named(&options[i], word, len)) {
			*slot = &arguments->invocation.values[i];
			return &options[i];
		}
	for (size_t i = 0; i < GLOBAL_COUNT; i++)
		if (is_named(&global_options[i], word, len)) {
			*slot = &arguments->globals[i];
			return &global_options[i];
		}
	return NULL;
}

/* The value stands at the end of the word that was read last. */
static const char *hide(struct reading *reading, const char *value)
{
	struct arguments *arguments = reading->arguments;
	char *word = reading->argv[reading->at - 1];
	char *copy = xstrdup(value);

	arguments->hidden = xrealloc(arguments->hidden, (arguments->n_hidden + 1) * sizeof(char *));
	arguments->hidden[arguments->n_hidden++] = copy;
	explicit_bzero(word + (value - word), strlen(value));
	return copy;
}

static int read_option(struct reading *reading, const char *word)
{
	bool brief = word[1] != '-';
	size_t len = brief ? 2 : strcspn(word, "=");
	const char *value = word[len] == '\0' ? NULL : word + len + (word[len] == '=' ? 1 : 0);
	const char **slot = NULL;
	const struct option *option = option_find(reading, word, len, &slot);

	if (option == NULL)
		return unknown_option(reading, word, len);
	if (option->kind == VALUE_FLAG && value != NULL) {
		say(TEXT_OPTION_NO_VALUE, option->name);
		return usage(reading);
	}
	if (option->kind == VALUE_FLAG) {
		*slot = "";
		return CODE_OK;
	}
	if (value == NULL && reading->at < reading->argc)
		value = reading->argv[reading->at++];
	if (value == NULL) {
		say(TEXT_OPTION_WANTS_VALUE, option->name, option->value);
		return usage(reading);
	}
	if (option->hide)
		value = hide(reading, value);
	*slot = value;
	if (option->kind == VALUE_MANY)
		reading->arguments->invocation.many[reading->arguments->invocation.n_many++] =
			value;
	return check_value(reading, option->name, option->kind, option->value, value);
}

static int unknown_verb(const struct reading *reading, const char *word)
{
	const char *verbs[NAMES_MAX];

	command_verbs(reading->arguments->noun, verbs, NAMES_MAX);
	say(TEXT_UNKNOWN_VERB, reading->arguments->noun, word);
	suggest(word, verbs);
	return usage(reading);
}

static int read_noun(struct reading *reading, const char *word)
{
	const char *nouns[NAMES_MAX];

	reading->arguments->noun = word;
	if (command_noun_exists(word)) {
		reading->arguments->invocation.command = command_find(word, NULL);
		return CODE_OK;
	}
	command_nouns(nouns, NAMES_MAX);
	say(TEXT_UNKNOWN_NOUN, word);
	suggest(word, nouns);
	return usage(reading);
}

static int read_word(struct reading *reading, const char *word)
{
	struct arguments *arguments = reading->arguments;
	const struct command *command = command_of(reading);

	if (arguments->noun == NULL)
		return read_noun(reading, word);
	if (command == NULL) {
		arguments->verb = word;
		arguments->invocation.command = command_find(arguments->noun, word);
		return command_of(reading) != NULL ? CODE_OK : unknown_verb(reading, word);
	}
	if (command->argument.name == NULL ||
	    (!command->argument.many && arguments->invocation.n_args == 1)) {
		say(TEXT_ARGUMENT_EXTRA, word);
		return usage(reading);
	}
	arguments->invocation.args[arguments->invocation.n_args++] = word;
	return check_value(reading, command->argument.name, command->argument.kind,
			   command->argument.name, word);
}

static int verb_missing(const struct reading *reading)
{
	const char *verbs[NAMES_MAX];
	struct buf list = BUF_EMPTY;
	size_t n = command_verbs(reading->arguments->noun, verbs, NAMES_MAX);

	for (size_t i = 0; i < n; i++)
		buf_addf(&list, "%s%s", i > 0 ? ", " : "", verbs[i]);
	say(TEXT_VERB_MISSING, reading->arguments->noun, buf_str(&list));
	buf_clear(&list);
	return usage(reading);
}

/* What is required must be there; what was given was checked on the way. */
static int check_complete(const struct reading *reading)
{
	const struct invocation *invocation = &reading->arguments->invocation;
	const struct command *command = invocation->command;

	if (command == NULL)
		return verb_missing(reading);
	if (command->argument.name != NULL && !command->argument.optional &&
	    invocation->n_args == 0) {
		say(TEXT_ARGUMENT_MISSING, command->argument.name);
		return usage(reading);
	}
	for (size_t i = 0; command->options != NULL && command->options[i].name != NULL; i++)
		if (command->options[i].required && invocation->values[i] == NULL) {
			say(TEXT_OPTION_REQUIRED, command->options[i].name);
			return usage(reading);
		}
	return CODE_OK;
}

int arguments_parse(struct arguments *arguments, int argc, char **argv)
{
	struct reading reading = { .arguments = arguments, .argc = argc, .argv = argv, .at = 1 };
	int code = CODE_OK;

	*arguments = (struct arguments){ 0 };
	arguments->invocation.args = xcalloc((size_t)argc + 1, sizeof(*arguments->invocation.args));
	arguments->invocation.many = xcalloc((size_t)argc + 1, sizeof(*arguments->invocation.many));
	while (code == CODE_OK && reading.at < argc) {
		const char *word = argv[reading.at++];

		if (!reading.only_arguments && strcmp(word, "--") == 0)
			reading.only_arguments = true;
		else if (!reading.only_arguments && word[0] == '-' && word[1] != '\0')
			code = read_option(&reading, word);
		else
			code = read_word(&reading, word);
	}
	arguments->help = arguments->globals[GLOBAL_HELP] != NULL;
	if (code == CODE_OK && !arguments->help && arguments->globals[GLOBAL_VERSION] == NULL &&
	    arguments->noun != NULL)
		code = check_complete(&reading);
	return code;
}

void arguments_clear(struct arguments *arguments)
{
	for (; arguments->n_hidden > 0; arguments->n_hidden--) {
		char *copy = arguments->hidden[arguments->n_hidden - 1];

		explicit_bzero(copy, strlen(copy));
		free(copy);
	}
	free(arguments->hidden);
	free(arguments->invocation.args);
	free(arguments->invocation.many);
	arguments->invocation.args = arguments->invocation.many = NULL;
}
