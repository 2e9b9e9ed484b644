/*
 * Commands as rows. Parsing, usage errors, help, completion, the man page's synopsis, the path, the query and the body
 * of the request come from the row; a handler is only what is left over.
 */
#ifndef CLIENT_COMMAND_H
#define CLIENT_COMMAND_H

#include "ask.h"
#include "say.h"
#include "write.h"

#include <stdbool.h>
#include <stddef.h>

enum value_kind {
	VALUE_FLAG = 0, /* takes no value */
	VALUE_TEXT,
	VALUE_MANY, /* a text; may stand several times. One such in a table: its values are invocation->many */
	VALUE_DATE,
	VALUE_INSTANT,
	VALUE_DURATION,
	VALUE_SECONDS, /* a duration, or bare seconds as curl takes them */
	VALUE_NUMBER,  /* 1 … 100000 */
	VALUE_CHOICE,  /* `value` lists them: "held|dead" */
	VALUE_FILE,
	VALUE_KEY,
};

/* Where a value goes: to the handler, or by itself into the query or the JSON body under the name `wire`. */
enum place { PLACE_HANDLER = 0, PLACE_QUERY, PLACE_BODY };

struct option {
	const char *name;  /* "--due-before" */
	const char *brief; /* "-o", or NULL */
	const char *value; /* what stands for the value in help: "DATE"; NULL for a flag */
	enum value_kind kind;
	enum place place;
	const char *wire;
	bool required;
	const char *live; /* noun of which ids complete the value, or NULL */
	struct words help;
	bool hide; /* its value is blanked among the program's arguments, which everybody may list */
};

struct argument {
	const char *name; /* "UNIT", "FILE"; NULL: none */
	enum value_kind kind;
	/* Its name in the body; NULL: it fills :id of the path, or the handler reads it. */
	const char *wire;
	const char *live;
	bool optional;
	bool many;
};

struct invocation;

struct command {
	const char *noun;
	const char *verb; /* NULL: the noun alone is the command */
	struct argument argument;
	const struct option *options; /* ends with a NULL name; may be NULL */
	const char *method;
	const char *path; /* NULL: no request is made by the row */
	const struct table *table;
	int (*run)(struct client *client, const struct invocation *invocation);
	struct words help;
	const char *example; /* without the program's name, or NULL */
	bool hidden;
};

#define OPTIONS_MAX 12

struct invocation {
	const struct command *command;
	const char **args;
	size_t n_args;
	const char *values[OPTIONS_MAX]; /* beside command->options; "" for a flag that is set */
	const char **many;               /* of the option that may stand several times, in order */
	size_t n_many;
};

/* The commands in table order: the first after NULL, and NULL after the last. Rows of one noun stand together. */
const struct command *command_next(const struct command *command);
/* Ends with a NULL name. */
extern const struct option global_options[];

enum global {
	GLOBAL_SERVER = 0,
	GLOBAL_TOKEN_FILE,
	GLOBAL_OUTPUT,
	GLOBAL_QUIET,
	GLOBAL_LANG,
	GLOBAL_NO_HEADER,
	GLOBAL_COLOUR,
	GLOBAL_LIMIT,
	GLOBAL_TIMEOUT,
	GLOBAL_KEY,
	GLOBAL_WATCH,
	GLOBAL_HELP,
	GLOBAL_VERSION,
	GLOBAL_COUNT
};

const struct command *command_find(const char *noun, const char *verb);
bool command_noun_exists(const char *noun);
/* Nouns, or verbs of a noun, in table order, each once; hidden ones left out. Ends with NULL; returns the count. */
size_t command_nouns(const char **out, size_t max);
size_t command_verbs(const char *noun, const char **out, size_t max);

/* The value of an option by its name; NULL if not given. "" for a flag. */
const char *option_value(const struct invocation *invocation, const char *name);

/* "/v1/units/un_7?dry_run=1": the row's path with its id and query filled in. */
void command_target(struct buf *out, const struct invocation *invocation);
/* The JSON body from the row's body options and argument; nothing is appended if the row has none. */
void command_body(struct buf *out, const struct invocation *invocation);

/* Its members alone, for a handler that adds more. */
void command_members(struct jw *json, const struct invocation *invocation);

/* args.c: what the command line says. 0 or CODE_USAGE, told. `help` is set when help was asked for. */
struct arguments {
	struct invocation invocation;
	const char *globals[GLOBAL_COUNT];
	const char *noun; /* as far as it came, for help */
	const char *verb;
	bool help;
	char **hidden; /* copies of what was blanked */
	size_t n_hidden;
};
int arguments_parse(struct arguments *arguments, int argc, char **argv);
void arguments_clear(struct arguments *arguments);

/* help.c */
void help_overview(struct buf *out);
void help_noun(struct buf *out, const char *noun);
void help_command(struct buf *out, const struct command *command);
/* "unit import --programme ID [--dry-run] FILE" */
void help_synopsis(struct buf *out, const struct command *command);
void help_mdoc(struct buf *out);

#endif
