/*
 * Paths of the configuration. Used by conf*.c only.
 */
#ifndef JIEBANG_CONF_PATH_H
#define JIEBANG_CONF_PATH_H

/* The absolute folder of a file, without touching the disk: "conf/x.conf" → "/current/conf". The caller frees. */
char *conf_path_folder(const char *file);
/* `path` itself if it is absolute, else folder/path, a leading "./" dropped. The caller frees. */
char *conf_path_resolve(const char *folder, const char *path);

/* Makes *path absolute in its place; an empty one stays so. */
void conf_path_set(char **path, const char *folder);

#endif
