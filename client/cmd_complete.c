/*
 * Completion. The shell's script is a few lines that ask this program what may stand next; so the table stays the
 * only place that knows, and ids are the live ones of the daemon.
 */
#include "commands.h"

#include <string.h>

#include "out.h"

#define NAMES_MAX     64
#define LIVE_ROWS_MAX 200
#define LIVE_WAIT_S   2 /* a person waits behind the Tab key */

static const char bash_script[] =
	"# bash completion for jiebangctl; made by: jiebangctl completion bash\n"
	"_jiebangctl()\n"
	"{\n"
	"\tlocal cur prev words cword word\n"
	"\tif declare -F _get_comp_words_by_ref >/dev/null; then\n"
	"\t\t_get_comp_words_by_ref -n :=, cur prev words cword\n"
	"\telse\n"
	"\t\tcur=${COMP_WORDS[COMP_CWORD]} words=(\"${COMP_WORDS[@]}\") cword=$COMP_CWORD\n"
	"\tfi\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r word; do\n"
	"\t\tif [ \"$word\" = \"<file>\" ]; then\n"
	"\t\t\tcompopt -o default 2>/dev/null\n"
	"\t\telse\n"
	"\t\t\tCOMPREPLY+=(\"$word\")\n"
	"\t\tfi\n"
	"\tdone < <(\"${words[0]}\" __complete -- \"${words[@]:1:cword}\" 2>/dev/null)\n"
	"\tif declare -F __ltrim_colon_completions >/dev/null; then\n"
	"\t\t__ltrim_colon_completions \"$cur\"\n"
	"\tfi\n"
	"}\n"
	"complete -F _jiebangctl jiebangctl\n";

static const char zsh_script[] =
	"#compdef jiebangctl\n"
	"# zsh completion for jiebangctl; made by: jiebangctl completion zsh\n"
	"_jiebangctl()\n"
	"{\n"
	"\tlocal -a answers\n"
	"\tanswers=(\"${(@f)$(\"${words[1]}\" __complete -- \"${(@)words[2,CURRENT]}\" "
	"2>/dev/null)}\")\n"
	"\tif [[ \"${answers[1]}\" == \"<file>\" ]]; then\n"
	"\t\t_files\n"
	"\telif [[ -n \"${answers[1]}\" ]]; then\n"
	"\t\tcompadd -a answers\n"
	"\tfi\n"
	"}\n"
	"if [ \"$funcstack[1]\" = \"_jiebangctl\" ]; then\n"
	"\t_jiebangctl \"$@\"\n"
	"else\n"
	"\tcompdef _jiebangctl jiebangctl\n"
	"fi\n";

int cmd_completion(struct client *client, const struct invocation *invocation)
{
	const char *shell = invocation->args[0];
	struct buf text = BUF_EMPTY;

	(void)client;
	if (strcmp(shell, "bash") == 0)
		out_str(bash_script);
	else if (strcmp(shell, "zsh") == 0)
		out_str(zsh_script);
	else
		help_mdoc(&text);
	out_str(buf_str(&text));
	buf_clear(&text);
	return CODE_OK;
}

/* The line as far as it is written: which command, and which option waits for its value. */
struct line {
	const char *noun;
	const char *verb;
	const struct command *command;
	const struct option *waiting;
	const char *word; /* the one to complete */
};

static const struct option *option_named(const struct option *options, const char *word)
{
	for (; options != NULL && options->name != NULL; options++)
		if (strcmp(options->name, word) == 0 ||
		    (options->brief != NULL && strcmp(options->brief, word) == 0))
			return options;
	return NULL;
}

static void keep_global(struct client *client, const struct option *option, const char *value)
{
	if (option == &global_options[GLOBAL_SERVER])
		client->server = value;
	if (option == &global_options[GLOBAL_TOKEN_FILE])
		client->token_file = value;
}

static void read_line_word(struct line *line, struct client *client, const char *word)
{
	const struct option *option = NULL;

	if (line->waiting != NULL) {
		keep_global(client, line->waiting, word);
		line->waiting = NULL;
		return;
	}
	if (word[0] == '-') {
		option = option_named(global_options, word);
		if (option == NULL && line->command != NULL)
			option = option_named(line->command->options, word);
		line->waiting = option != NULL && option->kind != VALUE_FLAG ? option : NULL;
		return;
	}
	if (line->noun == NULL)
		line->noun = word;
	else if (line->command == NULL)
		line->verb = word;
	if (line->command == NULL)
		line->command = command_find(line->noun, line->verb);
}

static void offer(const struct line *line, const char *before, const char *candidate)
{
	struct buf text = BUF_EMPTY;

	buf_adds(&text, before);
	term_clean(&text, candidate);
	if (strncmp(buf_str(&text), line->word, strlen(line->word)) == 0)
		out_line(buf_str(&text));
	buf_clear(&text);
}

static void offer_choices(const struct line *line, const char *choices)
{
	while (*choices != '\0') {
		size_t len = strcspn(choices, "|");
		struct buf choice = BUF_EMPTY;

		buf_add(&choice, choices, len);
		offer(line, "", buf_str(&choice));
		buf_clear(&choice);
		choices += choices[len] == '|' ? len + 1 : len;
	}
}

struct live {
	const struct line *line;
	const char *before;
};

static void offer_rows(const struct live *live, const struct jr_doc *doc)
{
	const struct jr_value *data = write_at(jr_root(doc), "data");

	for (size_t i = 0; data != NULL && i < jr_count(data); i++)
		offer(live->line, live->before, write_string_at(jr_item(data, i), "id"));
}

/* Ids of a noun come from the path of its list command. */
static void offer_live(const struct line *line, struct client *client, const char *noun,
		       const char *before)
{
	const struct command *list = command_find(noun, "list");
	struct live live = { line, before };
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc;

	client->timeout_s = LIVE_WAIT_S;
	if (list == NULL || (client->call == NULL && client_open(client) != CODE_OK))
		return;
	buf_addf(&target, "%s?limit=%d", list->path, LIVE_ROWS_MAX);
	doc = ask_quietly(client, buf_str(&target));
	if (doc != NULL)
		offer_rows(&live, doc);
	jr_free(doc);
	buf_clear(&target);
}

static void offer_value(const struct line *line, struct client *client, enum value_kind kind,
			const char *choices, const char *live)
{
	if (kind == VALUE_FILE)
		out_line("<file>");
	else if (kind == VALUE_CHOICE)
		offer_choices(line, choices);
	else if (live != NULL && strcmp(live, "owner") == 0) {
		offer(line, "", "office");
		offer(line, "", "recommender:");
		offer_live(line, client, "unit", "unit:");
	} else if (live != NULL) {
		offer_live(line, client, live, "");
	}
}

static void offer_options(const struct line *line, const struct option *options)
{
	for (; options != NULL && options->name != NULL; options++)
		offer(line, "", options->name);
}

static void offer_names(const struct line *line,
			size_t (*names)(const char *noun, const char **out, size_t max))
{
	const char *found[NAMES_MAX];
	size_t n = names != NULL ? names(line->noun, found, NAMES_MAX)
				 : command_nouns(found, NAMES_MAX);

	for (size_t i = 0; i < n; i++)
		offer(line, "", found[i]);
}

int cmd_complete(struct client *client, const struct invocation *invocation)
{
	struct line line = { .word = "" };
	const struct argument *argument;

	for (size_t i = 0; i + 1 < invocation->n_args; i++)
		read_line_word(&line, client, invocation->args[i]);
	if (invocation->n_args > 0)
		line.word = invocation->args[invocation->n_args - 1];
	argument = line.command != NULL ? &line.command->argument : NULL;
	if (line.waiting != NULL) {
		offer_value(&line, client, line.waiting->kind, line.waiting->value,
			    line.waiting->live);
	} else if (line.word[0] == '-') {
		offer_options(&line, line.command != NULL ? line.command->options : NULL);
		offer_options(&line, global_options);
	} else if (line.noun == NULL) {
		offer_names(&line, NULL);
	} else if (line.command == NULL) {
		offer_names(&line, command_verbs);
	} else if (argument->name != NULL) {
		offer_value(&line, client, argument->kind, argument->name, argument->live);
	}
	return CODE_OK;
}
