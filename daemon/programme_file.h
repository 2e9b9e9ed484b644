/*
 * Reads programme files (conf/programmes/ *.conf) into `struct programme`. The format is libconfig; every key is in
 * the tables of programme_file.c and programme_file_lists.c, and the shipped future-2023.conf is the worked example.
 * A file is refused as a whole: unknown keys, dangling references, rules that contradict each other, plans that
 * would be clipped or exceed PLAN_MAX, each with "file:line: key" and a hint.
 */
#ifndef JIEBANG_PROGRAMME_FILE_H
#define JIEBANG_PROGRAMME_FILE_H

#include "jiebang/fault.h"
#include "jiebang/programme.h"

#include <stddef.h>

/* FAULT_NOT_FOUND, FAULT_IO, FAULT_TOO_LARGE, FAULT_INVALID. */
MUST_CHECK enum fault programme_file_load(const char *path, struct programme **out,
					  struct problem *problem);
/* The same from memory (NUL-terminated at len). `name` is the file's name for messages; its last part is kept. */
MUST_CHECK enum fault programme_file_parse(const char *text, size_t len, const char *name,
					   struct programme **out, struct problem *problem);

/*
 * Every *.conf of a folder in the order of their names (hidden files are left out); an id that stands in two files is refused. A folder
 * without such files gives *n = 0 and no fault. Freed with programme_list_free.
 */
MUST_CHECK enum fault programme_dir_load(const char *dir, struct programme ***out, size_t *n,
					 struct problem *problem);
void programme_list_free(struct programme **list, size_t n);

#endif
