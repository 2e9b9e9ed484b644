/*
 * jiebangd: a table of contents.
 */
#include "conf.h"
#include "conf_mail.h"
#include "jiebang/log.h"
#include "loop.h"
#include "no_core.h"
#include "simulate.h"
#include "sources.h"
#include "template_files.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONF_DEFAULT "/etc/jiebang/jiebangd.conf"

enum { EXIT_USAGE = 64, EXIT_CONF = 78 };

struct asked {
	const char *config;
	bool check;
	bool print;
};

static const char usage_text[] =
	"usage: jiebangd [--config FILE] [--check | --print-config | --version]\n"
	"       jiebangd simulate --config FILE --programme ID --until DATE\n"
	"       jiebangd templates FOLDER\n";

static _Noreturn void usage(void)
{
	(void)fputs(usage_text, stderr);
	exit(EXIT_USAGE);
}

static struct asked parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
		{ "print-config", no_argument, NULL, 'p' }, { "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 }
	};
	struct asked asked = { .config = CONF_DEFAULT };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			asked.config = optarg;
			break;
		case 'k':
			asked.check = true;
			break;
		case 'p':
			asked.print = true;
			break;
		case 'v':
			(void)puts("jiebangd " JIEBANG_VERSION);
			exit(0);
		case 'h':
			(void)fputs(usage_text, stdout);
			exit(0);
		default:
			usage();
		}
	}
	if (optind != argc)
		usage();
	return asked;
}

static struct conf *load(const char *path)
{
	struct conf *conf;
	struct problem problem;
	if (conf_load(path, &conf, &problem) != FAULT_NONE)
		fatal(EXIT_CONF, "%s%s%s", problem.detail, problem.hint[0] ? "; " : "",
		      problem.hint);
	return conf;
}

static int check(struct conf *conf)
{
	struct problem problem;
	enum fault fault = sources_check(conf, &problem);
	if (fault == FAULT_NONE)
		fault = conf_mail_password(conf, &problem);
	conf_free(conf);
	if (fault != FAULT_NONE)
		fatal(EXIT_CONF, "%s%s%s", problem.detail, problem.hint[0] ? "; " : "",
		      problem.hint);
	(void)puts("configuration, programmes, calendars and texts are good");
	return 0;
}

static int print(struct conf *conf)
{
	struct buf text = BUF_EMPTY;
	conf_print(conf, &text);
	bool written = fputs(buf_str(&text), stdout) >= 0 && fflush(stdout) == 0;
	buf_clear(&text);
	conf_free(conf);
	return written ? 0 : 74;
}

static int serve(struct conf *conf)
{
	struct loop *loop;
	struct problem problem;
	int code;
	(void)signal(SIGPIPE, SIG_IGN);
	log_set_level(conf->log_level);
	no_core();
	if (loop_new(conf, &loop, &code, &problem) != FAULT_NONE)
		fatal(code, "%s%s%s", problem.detail, problem.hint[0] ? "; " : "", problem.hint);
	code = loop_run(loop);
	loop_free(loop);
	log_info("stopped", NULL);
	return code;
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "simulate") == 0)
		return simulate_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "templates") == 0)
		return template_files_main(argc - 1, argv + 1);
	struct asked asked = parse(argc, argv);
	struct conf *conf = load(asked.config);
	if (asked.check)
		return check(conf);
	if (asked.print)
		return print(conf);
	return serve(conf);
}
