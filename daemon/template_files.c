/*
 * A folder of texts. A file that no language has is a mistake and not ignored: whoever wrote "cn.conf" would wait for
 * texts that never come.
 */
#include "template_files.h"

#include "cfg.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const file_names[TEMPLATE_LANGS] = { "zh.conf", "en.conf" };

struct reading {
	const char *folder;
	struct templates *set;
	struct buf *mistakes;
	size_t n_mistakes;
	struct problem *problem;
};

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static enum fault read_file(struct reading *reading, enum template_lang lang)
{
	struct buf path = BUF_EMPTY, text = BUF_EMPTY;
	buf_addf(&path, "%s/%s", reading->folder, file_names[lang]);
	enum fault fault = cfg_read_file(buf_str(&path), &text, reading->problem);
	if (fault == FAULT_NONE)
		reading->n_mistakes += templates_read(reading->set, lang, buf_str(&text), text.len,
						      buf_str(&path), reading->mistakes);
	buf_clear(&path);
	buf_clear(&text);
	return fault;
}

static enum fault read_entry(struct reading *reading, const char *name)
{
	for (size_t lang = 0; lang < TEMPLATE_LANGS; lang++)
		if (strcmp(name, file_names[lang]) == 0)
			return read_file(reading, (enum template_lang)lang);
	reading->n_mistakes++;
	buf_addf(reading->mistakes,
		 "%s/%s:1: no language has this file; call it zh.conf or en.conf, or move it "
		 "away\n",
		 reading->folder, name);
	return FAULT_NONE;
}

static enum fault read_folder(struct reading *reading)
{
	struct dirent **entries;
	int n = scandir(reading->folder, &entries, is_conf, alphasort);
	enum fault fault = FAULT_NONE;
	if (n < 0)
		return problem_set(reading->problem, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO,
				   "cannot read the folder templates = \"%s\": %s", reading->folder,
				   strerror(errno));
	for (int i = 0; i < n; i++) {
		if (fault == FAULT_NONE)
			fault = read_entry(reading, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return fault;
}

enum fault template_folder_read(const char *folder, struct templates **out, struct buf *mistakes,
				struct problem *problem)
{
	struct reading reading = { folder, templates_new(), mistakes, 0, problem };
	enum fault fault = folder[0] ? read_folder(&reading) : FAULT_NONE;
	if (fault == FAULT_NONE && reading.n_mistakes > 0)
		fault = problem_set(problem, FAULT_INVALID,
				    "%zu mistake%s in the texts of templates = \"%s\"",
				    reading.n_mistakes, reading.n_mistakes == 1 ? "" : "s", folder);
	if (fault != FAULT_NONE) {
		templates_free(reading.set);
		reading.set = NULL;
	}
	*out = reading.set;
	return fault;
}

static void print_replaced(const struct templates *set)
{
	size_t n = 0;
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++) {
		for (int i = TEMPLATE_NONE + 1; i < TEMPLATE_TEXT_COUNT; i++) {
			if (!templates_replaced(set, (enum template_lang)lang,
						(enum template_text)i))
				continue;
			(void)printf("%s %s\n", template_lang_name((enum template_lang)lang),
				     template_text_name((enum template_text)i));
			n++;
		}
	}
	(void)printf("# the texts are good; %zu replaced, the others are those of jiebangd\n", n);
}

int template_files_main(int argc, char **argv)
{
	struct templates *set;
	struct problem problem = { .fault = FAULT_NONE };
	struct buf mistakes = BUF_EMPTY;
	if (argc != 2 || argv[1][0] == '-' || argv[1][0] == '\0')
		fatal(64, "usage: jiebangd templates FOLDER");
	enum fault fault = template_folder_read(argv[1], &set, &mistakes, &problem);
	(void)fputs(buf_str(&mistakes), stderr);
	buf_clear(&mistakes);
	if (fault != FAULT_NONE)
		fatal(78, "%s", problem.detail);
	print_replaced(set);
	templates_free(set);
	return fflush(stdout) == 0 ? 0 : 74;
}
