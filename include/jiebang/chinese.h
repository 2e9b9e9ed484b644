/*
 * The Chinese of the sentences that the daemon says to people. They are written once, in English, where they are said;
 * this is the second language of all of them, in one table.
 */
#ifndef JIEBANG_CHINESE_H
#define JIEBANG_CHINESE_H

#include "jiebang/buf.h"

#include <stdbool.h>

/* Appends the Chinese of a sentence or word of ours. False, and nothing appended, if there is none. */
bool chinese_of(const char *english, struct buf *out);

#endif
