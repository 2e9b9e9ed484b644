/* The inside of chinese.c: its rows, which stand in files by what they speak of. */
#ifndef JIEBANG_BASE_CHINESE_PARTS_H
#define JIEBANG_BASE_CHINESE_PARTS_H

#include <stddef.h>

struct phrase {
	const char *en;
	const char *zh;
};

extern const struct phrase chinese_http[];
extern const size_t n_chinese_http;

#endif
