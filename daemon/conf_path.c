/*
 * A relative path in the configuration starts at the file's folder, so that a folder with its conf can be moved
 * and started from anywhere. Nothing is looked up: links stay as they are written.
 */
#include "conf_path.h"

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *conf_path_resolve(const char *folder, const char *path)
{
	while (path[0] == '.' && path[1] == '/')
		for (path += 2; path[0] == '/';)
			path++;
	if (path[0] == '/')
		return xstrdup(path);
	struct buf whole = BUF_EMPTY;
	buf_adds(&whole, folder);
	if (path[0] != '\0' && strcmp(path, ".") != 0)
		buf_addf(&whole, "%s%s", whole.len > 0 && folder[whole.len - 1] == '/' ? "" : "/",
			 path);
	return buf_take(&whole);
}

void conf_path_set(char **path, const char *folder)
{
	if ((*path)[0] == '\0')
		return;
	char *absolute = conf_path_resolve(folder, *path);
	free(*path);
	*path = absolute;
}

char *conf_path_folder(const char *file)
{
	const char *slash = strrchr(file, '/');
	if (file[0] == '/')
		return slash == file ? xstrdup("/") : xstrndup(file, (size_t)(slash - file));
	char *here = getcwd(NULL, 0);
	if (!here)
		fatal(78, "the working directory can't be told (%s); give absolute paths",
		      strerror(errno));
	char *relative = slash ? xstrndup(file, (size_t)(slash - file)) : xstrdup(".");
	char *folder = conf_path_resolve(here, relative);
	free(here);
	free(relative);
	return folder;
}
