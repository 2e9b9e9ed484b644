/* The texts of messages as files: zh.conf and en.conf of a folder, over those that come with the program. */
#ifndef JIEBANG_TEMPLATE_FILES_H
#define JIEBANG_TEMPLATE_FILES_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "jiebang/template.h"

/*
 * `folder` "": the texts of the program alone. On a fault every mistake is a line of `mistakes`, and `problem` says how
 * many there are, or what could not be read.
 */
MUST_CHECK enum fault template_folder_read(const char *folder, struct templates **out,
					   struct buf *mistakes, struct problem *problem);

/* jiebangd templates FOLDER: judges it before a daemon is told to take it. The exit code. */
int template_files_main(int argc, char **argv);

#endif
