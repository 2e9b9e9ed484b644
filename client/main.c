/*
 * jiebangctl: the command line of jiebang. Words in, one or more requests, a result on stdout.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "out.h"
#include "when.h"

/*
 * A descriptor that was closed by the caller would be given to our first socket, and results written into it. The
 * placeholder can't be written, so that a missing stdout is noticed.
 */
static void keep_standard_descriptors(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDONLY);
}

/* The language is needed for the first message, which may come before the option was reached. */
static void choose_language(int argc, char **argv)
{
	const char *lang = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--lang=", strlen("--lang=")) == 0)
			lang = argv[i] + strlen("--lang=");
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			lang = argv[i + 1];
	}
	say_set_language(lang);
}

static int64_t seconds_of(const char *value)
{
	int64_t seconds = 0;

	if (value != NULL && !text_parse_i64(value, 1, INT32_MAX, &seconds))
		(void)text_parse_duration_s(value, &seconds);
	return seconds;
}

static const char *server_of(const char *option)
{
	const char *from_env = getenv("JIEBANG_SERVER");

	if (option != NULL)
		return option;
	return from_env != NULL && from_env[0] != '\0' ? from_env : "unix:" WIRE_DEFAULT_SOCKET;
}

static void client_init(struct client *client, const char *const globals[GLOBAL_COUNT])
{
	const char *output = globals[GLOBAL_OUTPUT];

	*client = (struct client){
		.server = server_of(globals[GLOBAL_SERVER]),
		.token_file = globals[GLOBAL_TOKEN_FILE],
		.writer = globals[GLOBAL_QUIET] != NULL
				  ? &writer_ids
				  : writer_find(output != NULL ? output : "text"),
		.header = globals[GLOBAL_NO_HEADER] == NULL,
		.timeout_s = seconds_of(globals[GLOBAL_TIMEOUT]),
		.key = globals[GLOBAL_KEY],
	};
	if (globals[GLOBAL_LIMIT] != NULL)
		(void)text_parse_i64(globals[GLOBAL_LIMIT], 1, INT32_MAX, &client->limit);
	term_set_colour(globals[GLOBAL_COLOUR]);
}

/* A screen on a terminal is drawn anew; elsewhere the results stand below one another. */
static void watch_pause(int64_t pause_s)
{
	static const char clear_screen[] = "\033[H\033[2J\033[3J";
	struct timespec pause = { .tv_sec = (time_t)pause_s };

	nanosleep(&pause, NULL);
	if (isatty(STDOUT_FILENO))
		out_str(clear_screen);
}

/* The first answer decides about the exit code; later the daemon may be away for a while, which is told. */
static int watch(struct client *client, const struct invocation *invocation, int64_t pause_s)
{
	int code = invocation->command->run(client, invocation);

	while (code == CODE_OK && out_flush()) {
		watch_pause(pause_s);
		when_forget();
		(void)invocation->command->run(client, invocation);
	}
	return code;
}

static bool is_watchable(const struct command *command)
{
	return command->method != NULL && strcmp(command->method, "GET") == 0 &&
	       command->run != cmd_event_tail;
}

static int run(const struct arguments *arguments)
{
	int64_t pause_s = seconds_of(arguments->globals[GLOBAL_WATCH]);
	const struct command *command = arguments->invocation.command;
	struct client client;
	int code = CODE_OK;

	client_init(&client, arguments->globals);
	if (pause_s > 0 && !is_watchable(command)) {
		say(TEXT_WATCH_READS);
		return CODE_USAGE;
	}
	if (command->method != NULL)
		code = client_open(&client);
	if (code == CODE_OK && pause_s > 0)
		code = watch(&client, &arguments->invocation, pause_s);
	else if (code == CODE_OK)
		code = command->run(&client, &arguments->invocation);
	client_close(&client);
	return code;
}

static void help(const struct arguments *arguments, struct buf *out)
{
	if (arguments->invocation.command != NULL)
		help_command(out, arguments->invocation.command);
	else if (arguments->noun != NULL)
		help_noun(out, arguments->noun);
	else
		help_overview(out);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct buf text = BUF_EMPTY;
	int code;

	keep_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	term_force_utf8();
	choose_language(argc, argv);
	code = arguments_parse(&arguments, argc, argv);
	if (code == CODE_OK && arguments.globals[GLOBAL_VERSION] != NULL) {
		code = cmd_version(NULL, NULL);
	} else if (code == CODE_OK && arguments.help) {
		help(&arguments, &text);
		out_str(buf_str(&text));
	} else if (code == CODE_OK && arguments.noun == NULL) {
		help_overview(&text);
		(void)!write(STDERR_FILENO, text.data, text.len);
		code = CODE_USAGE;
	} else if (code == CODE_OK) {
		code = run(&arguments);
	}
	buf_clear(&text);
	arguments_clear(&arguments);
	return out_finish(code);
}
