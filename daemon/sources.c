/*
 * The folders of programmes, calendars and texts. Files are small and few; they are read whole.
 */
#include "sources.h"

#include "jiebang/log.h"
#include "jiebang/text.h"
#include "programme_file.h"
#include "template_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALENDAR_MAX_BYTES (1024 * 1024)

enum fault sources_programmes(const struct conf *conf, struct programme_set **out,
			      struct problem *problem)
{
	struct programme_set *set = xcalloc(1, sizeof(*set));
	enum fault fault = programme_dir_load(conf->programmes_dir, &set->items, &set->n, problem);
	if (fault != FAULT_NONE) {
		free(set);
		set = NULL;
	}
	if (set && set->n == 0)
		log_warning("no programmes", "the folder programmes = \"%s\" has no *.conf",
			    conf->programmes_dir);
	*out = set;
	return fault;
}

static enum fault read_file(const char *path, char **text, size_t *len, struct problem *problem)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum fault fault = FAULT_NONE;
	*text = NULL;
	*len = 0;
	if (fd < 0 || fstat(fd, &info) != 0) {
		fault = problem_set(problem, FAULT_IO, "cannot read %s: %s", path, strerror(errno));
	} else if (info.st_size > CALENDAR_MAX_BYTES) {
		fault = problem_set(problem, FAULT_TOO_LARGE,
				    "%s has %lld bytes; a calendar has at most %d", path,
				    (long long)info.st_size, CALENDAR_MAX_BYTES);
	} else {
		*text = xcalloc(1, (size_t)info.st_size + 1);
		ssize_t got = read(fd, *text, (size_t)info.st_size);
		*len = got > 0 ? (size_t)got : 0;
		if (got != info.st_size)
			fault = problem_set(problem, FAULT_IO, "cannot read %s: %s", path,
					    got < 0 ? strerror(errno) : "it is being changed");
	}
	if (fd >= 0)
		(void)close(fd);
	if (fault != FAULT_NONE) {
		free(*text);
		*text = NULL;
	}
	return fault;
}

static int is_csv(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".csv") == 0;
}

enum fault sources_calendars(const struct conf *conf,
			     enum fault (*each)(void *arg, struct sources_calendar *calendar,
						struct problem *problem),
			     void *arg, struct problem *problem)
{
	struct dirent **entries;
	int n = scandir(conf->calendars_dir, &entries, is_csv, alphasort);
	enum fault fault = FAULT_NONE;
	if (n < 0)
		return problem_set(problem, FAULT_IO,
				   "cannot read the folder calendars = \"%s\": %s",
				   conf->calendars_dir, strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[4096];
		struct sources_calendar calendar = { .name = entries[i]->d_name };
		(void)snprintf(path, sizeof(path), "%s/%s", conf->calendars_dir,
			       entries[i]->d_name);
		if (fault == FAULT_NONE)
			fault = read_file(path, &calendar.text, &calendar.len, problem);
		if (fault == FAULT_NONE)
			fault = each(arg, &calendar, problem);
		free(calendar.text);
		free(entries[i]);
	}
	free(entries);
	return fault;
}

static enum fault parse_only(void *arg, struct sources_calendar *calendar, struct problem *problem)
{
	struct calendar *parsed;
	(void)arg;
	enum fault fault =
		calendar_read_csv(calendar->text, calendar->len, calendar->name, &parsed, problem);
	calendar_free(parsed);
	return fault;
}

enum fault sources_templates(const struct conf *conf, struct templates **out,
			     struct problem *problem)
{
	struct buf mistakes = BUF_EMPTY;
	enum fault fault = template_folder_read(conf->templates_dir, out, &mistakes, problem);
	for (const char *line = buf_str(&mistakes); *line;) {
		size_t len = strcspn(line, "\n");
		log_error("text refused", "%.*s", (int)len, line);
		line += len + (line[len] == '\n');
	}
	buf_clear(&mistakes);
	return fault;
}

enum fault sources_check(const struct conf *conf, struct problem *problem)
{
	struct programme_set *set;
	enum fault fault = sources_programmes(conf, &set, problem);
	programme_set_free(set);
	if (fault == FAULT_NONE)
		fault = sources_calendars(conf, parse_only, NULL, problem);
	struct templates *templates = NULL;
	if (fault == FAULT_NONE)
		fault = sources_templates(conf, &templates, problem);
	templates_free(templates);
	return fault;
}

static enum fault import_now(void *arg, struct sources_calendar *calendar, struct problem *problem)
{
	struct verb *verb = verb_new(&verb_calendar_import, NULL, NULL);
	verb->text = calendar->text;
	verb->text_len = calendar->len;
	calendar->text = NULL;
	text_copy(verb->name, sizeof(verb->name), calendar->name);
	enum fault fault = engine_call(arg, verb);
	if (fault != FAULT_NONE)
		*problem = verb->problem;
	verb_free(verb);
	return fault;
}

static enum fault load_templates(const struct conf *conf, struct engine *engine,
				 struct problem *problem)
{
	struct templates *templates;
	enum fault fault = sources_templates(conf, &templates, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct verb *verb = verb_new(&verb_templates_load, NULL, NULL);
	verb->input = templates;
	fault = engine_call(engine, verb);
	if (fault != FAULT_NONE)
		*problem = verb->problem;
	templates_free(verb->input);
	verb_free(verb);
	return fault;
}

enum fault sources_load(const struct conf *conf, struct engine *engine, struct problem *problem)
{
	struct programme_set *set;
	enum fault fault = load_templates(conf, engine, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = sources_programmes(conf, &set, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct verb *verb = verb_new(&verb_programmes_load, NULL, NULL);
	verb->input = set;
	fault = engine_call(engine, verb);
	if (fault != FAULT_NONE)
		*problem = verb->problem;
	programme_set_free(verb->input);
	verb_free(verb);
	if (fault == FAULT_NONE)
		fault = sources_calendars(conf, import_now, engine, problem);
	return fault;
}
