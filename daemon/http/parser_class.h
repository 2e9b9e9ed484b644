/*
 * Classes of octets, for the files of the parser only.
 */
#ifndef JIEBANG_PARSER_CLASS_H
#define JIEBANG_PARSER_CLASS_H

#include <stdbool.h>

enum {
	PARSER_CLASS_TOKEN = 1,
	PARSER_CLASS_TARGET = 2,
	PARSER_CLASS_VALUE = 4,
	PARSER_CLASS_HEX = 8,
	PARSER_CLASS_HOST = 16
};

/* For each octet the sum of its classes. */
extern const unsigned char parser_classes[256];

static inline bool parser_is(char c, unsigned char class)
{
	return (parser_classes[(unsigned char)c] & class) != 0;
}

static inline char parser_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

#endif
