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
extern const struct phrase chinese_state[];
extern const size_t n_chinese_state;
extern const struct phrase chinese_filing[];
extern const size_t n_chinese_filing;
extern const struct phrase chinese_import[];
extern const size_t n_chinese_import;
extern const struct phrase chinese_endpoint[];
extern const size_t n_chinese_endpoint;
extern const struct phrase chinese_request[];
extern const size_t n_chinese_request;

#endif
