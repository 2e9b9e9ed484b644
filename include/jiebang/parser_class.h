/*
 * What an octet of HTTP/1.1 may be part of (RFC 9110, RFC 3986), and the words that are judged by it: for the front's
 * parser of requests and the courier's reader of replies.
 */
#ifndef JIEBANG_PARSER_CLASS_H
#define JIEBANG_PARSER_CLASS_H

#include <stdbool.h>
#include <stddef.h>

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

/* A token of RFC 9110 section 5.6.2, not empty: a method, a field's name. */
bool parser_is_token(const char *s, size_t len);
/* A field's value without CR, LF, NUL or any other control but the tab. */
bool parser_is_value(const char *s, size_t len);
/* Equal but for the case of ASCII letters. */
bool parser_same(const char *a, size_t a_len, const char *lower, size_t lower_len);

#endif
