/*
 * Help from the tables: the overview, a noun, a command, and the commands of the man page. Nothing here names a
 * command; what is missing in help is missing in the table.
 */
#include "command.h"

#include <string.h>

#define NAMES_MAX     64
#define NAME_WIDTH    14
#define CHOICES_SHOWN 40
#define LABEL_WIDTH   34

/* Many choices make a synopsis unreadable: there they have the option's name ("STATE") for a word. */
static bool is_long(const struct option *option)
{
	return option->kind == VALUE_CHOICE && option->value != NULL &&
	       strlen(option->value) > CHOICES_SHOWN;
}

static void add_placeholder(struct buf *out, const struct option *option)
{
	if (!is_long(option)) {
		buf_adds(out, option->value);
		return;
	}
	for (const char *p = option->name + 2; *p != '\0'; p++)
		buf_addc(out, (char)(*p - 'a' + 'A'));
}

static void add_option(struct buf *out, const struct option *option)
{
	if (!option->required)
		buf_addc(out, '[');
	buf_adds(out, option->name);
	if (option->value != NULL) {
		buf_addc(out, ' ');
		add_placeholder(out, option);
	}
	if (!option->required)
		buf_addc(out, ']');
}

static void add_argument(struct buf *out, const struct argument *argument)
{
	const char *more =
		argument->many && argument->optional && strchr(argument->name, '[') == NULL ? "…"
											    : "";

	buf_addf(out, argument->optional ? " [%s%s]" : " %s%s", argument->name, more);
}

void help_synopsis(struct buf *out, const struct command *command)
{
	buf_adds(out, command->noun);
	if (command->verb != NULL)
		buf_addf(out, " %s", command->verb);
	for (const struct option *option = command->options; option != NULL && option->name != NULL;
	     option++) {
		buf_addc(out, ' ');
		add_option(out, option);
	}
	if (command->argument.name != NULL)
		add_argument(out, &command->argument);
}

static void add_row(struct buf *out, const char *left, const char *right, size_t width)
{
	buf_adds(out, "  ");
	if (term_columns(left) < width) {
		term_pad(out, left, width);
	} else {
		buf_addf(out, "%s\n  ", left);
		term_pad(out, "", width);
	}
	buf_addf(out, "%s\n", right);
}

/* Each choice a line: they are to be read, and copied. */
static void add_choices(struct buf *out, const char *choices)
{
	while (*choices != '\0') {
		size_t len = strcspn(choices, "|");
		struct buf choice = BUF_EMPTY;

		buf_add(&choice, choices, len);
		add_row(out, "", buf_str(&choice), LABEL_WIDTH + 2);
		buf_clear(&choice);
		choices += choices[len] == '|' ? len + 1 : len;
	}
}

static void add_options(struct buf *out, const struct option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		struct buf left = BUF_EMPTY;

		if (options->brief != NULL)
			buf_addf(&left, "%s, ", options->brief);
		buf_adds(&left, options->name);
		if (options->value != NULL) {
			buf_addc(&left, ' ');
			add_placeholder(&left, options);
		}
		add_row(out, buf_str(&left), say_word(&options->help), LABEL_WIDTH);
		if (is_long(options))
			add_choices(out, options->value);
		buf_clear(&left);
	}
}

static void add_title(struct buf *out, const char *en, const char *zh)
{
	struct words title = { en, zh };

	buf_addf(out, "\n%s\n", say_word(&title));
}

static void add_nouns(struct buf *out)
{
	const char *nouns[NAMES_MAX];
	size_t n = command_nouns(nouns, NAMES_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct command *alone = command_find(nouns[i], NULL);
		const char *verbs[NAMES_MAX];
		size_t n_verbs = command_verbs(nouns[i], verbs, NAMES_MAX);
		struct buf right = BUF_EMPTY;

		for (size_t k = 0; k < n_verbs; k++)
			buf_addf(&right, "%s%s", k > 0 ? ", " : "", verbs[k]);
		if (alone != NULL)
			buf_adds(&right, say_word(&alone->help));
		add_row(out, nouns[i], buf_str(&right), NAME_WIDTH);
		buf_clear(&right);
	}
}

void help_overview(struct buf *out)
{
	static const struct words usage = {
		"usage: jiebangctl [options] NOUN VERB [options] [argument]",
		"用法：jiebangctl [选项] 名词 动作 [选项] [参数]"
	};
	static const struct words codes = {
		"exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 refused by a rule or denied,\n"
		"            5 daemon unreachable, 6 conflict\n"
		"more: jiebangctl help NOUN [VERB], man jiebangctl\n",
		"退出码：0 成功，1 失败，2 用法错误，3 未找到，4 被规则或权限拒绝，5 "
		"无法连接服务，6 冲突\n"
		"更多：jiebangctl help 名词 [动作]，man jiebangctl\n",
	};

	buf_addf(out, "%s\n", say_word(&usage));
	add_title(out, "commands:", "命令：");
	add_nouns(out);
	add_title(out, "options:", "选项：");
	add_options(out, global_options);
	buf_addf(out, "\n%s", say_word(&codes));
}

void help_noun(struct buf *out, const char *noun)
{
	for (const struct command *command = NULL; (command = command_next(command)) != NULL;) {
		struct buf left = BUF_EMPTY;

		if (command->hidden || strcmp(command->noun, noun) != 0)
			continue;
		buf_addf(&left, "%s%s%s", command->noun, command->verb != NULL ? " " : "",
			 command->verb != NULL ? command->verb : "");
		add_row(out, buf_str(&left), say_word(&command->help), LABEL_WIDTH - 8);
		buf_clear(&left);
	}
}

void help_command(struct buf *out, const struct command *command)
{
	static const struct words usage = { "usage: jiebangctl ", "用法：jiebangctl " };
	static const struct words example = { "example: jiebangctl ", "示例：jiebangctl " };
	static const struct words request = { "request: ", "请求：" };
	static const struct words globals = { "options of all commands: jiebangctl help\n",
					      "通用选项：jiebangctl help\n" };

	buf_addf(out, "%s\n\n%s", say_word(&command->help), say_word(&usage));
	help_synopsis(out, command);
	buf_addc(out, '\n');
	if (command->options != NULL) {
		add_title(out, "options:", "选项：");
		add_options(out, command->options);
	}
	buf_addc(out, '\n');
	if (command->example != NULL)
		buf_addf(out, "%s%s\n", say_word(&example), command->example);
	if (command->path != NULL)
		buf_addf(out, "%s%s %s\n", say_word(&request), command->method, command->path);
	buf_adds(out, say_word(&globals));
}

static void mdoc_sentence(struct buf *out, const char *text)
{
	buf_addc(out, *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text);
	buf_addf(out, "%s.\n", text + 1);
}

/* The choices, one after another, in the sentence below their option. */
static void mdoc_choices(struct buf *out, const char *choices)
{
	buf_adds(out, "One of\n");
	while (*choices != '\0') {
		size_t len = strcspn(choices, "|");

		buf_adds(out, ".Cm ");
		buf_add(out, choices, len);
		buf_adds(out, choices[len] == '|' ? " ,\n" : " .\n");
		choices += choices[len] == '|' ? len + 1 : len;
	}
}

/* mdoc wants the dash of an option written as a minus, and its text without the first one. */
static void mdoc_option(struct buf *out, const struct option *option)
{
	buf_adds(out, option->required ? "" : "Oo ");
	if (option->brief != NULL)
		buf_addf(out, "Fl %s | ", option->brief + 1);
	buf_addf(out, "Fl -%s", option->name + 2);
	if (option->value != NULL) {
		buf_adds(out, " Ar ");
		add_placeholder(out, option);
	}
	buf_adds(out, option->required ? "" : " Oc");
}

static void mdoc_explained(struct buf *out, const struct option *option)
{
	buf_addf(out, ".Fl -%s :\n%s.\n", option->name + 2, option->help.en);
	if (is_long(option))
		mdoc_choices(out, option->value);
}

static void mdoc_command(struct buf *out, const struct command *command)
{
	const struct argument *argument = &command->argument;

	buf_addf(out, ".It Cm %s%s%s", command->noun, command->verb != NULL ? " " : "",
		 command->verb != NULL ? command->verb : "");
	for (const struct option *option = command->options; option != NULL && option->name != NULL;
	     option++) {
		buf_addc(out, ' ');
		mdoc_option(out, option);
	}
	if (argument->name != NULL)
		buf_addf(out, argument->optional ? " Op Ar %s" : " Ar %s", argument->name);
	buf_addc(out, '\n');
	mdoc_sentence(out, command->help.en);
	for (const struct option *option = command->options; option != NULL && option->name != NULL;
	     option++)
		mdoc_explained(out, option);
}

void help_mdoc(struct buf *out)
{
	buf_adds(out, ".Bl -tag -width Ds\n");
	for (const struct option *option = global_options; option->name != NULL; option++) {
		buf_adds(out, ".It ");
		if (option->brief != NULL)
			buf_addf(out, "Fl %s , ", option->brief + 1);
		buf_addf(out, "Fl -%s", option->name + 2);
		if (option->value != NULL)
			buf_addf(out, " Ar %s", option->value);
		buf_addc(out, '\n');
		mdoc_sentence(out, option->help.en);
	}
	buf_adds(out, ".El\n.Sh COMMANDS\n.Bl -tag -width Ds\n");
	for (const struct command *command = NULL; (command = command_next(command)) != NULL;)
		if (!command->hidden)
			mdoc_command(out, command);
	buf_adds(out, ".El\n");
}
