/*
 * Text from outside, parsed once at the door into typed and bounded values. UTF-8 throughout.
 */
#ifndef JIEBANG_TEXT_H
#define JIEBANG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if `s` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) and holds no NUL. */
bool text_utf8_valid(const char *s, size_t len);

/* Length of the well-formed sequence at `text` that is not ASCII; 0 if there is none. */
size_t text_utf8_sequence(const char *text, size_t len);

/* Characters (code points) of well-formed UTF-8: what a person counts, where bytes would count a Chinese one thrice. */
size_t text_chars(const char *s);

/* Copies at most size-1 bytes, never cutting a UTF-8 sequence, always terminated. Returns false if it was cut. */
bool text_copy(char *dst, size_t size, const char *src);
bool text_copy_n(char *dst, size_t size, const char *src, size_t len);

/* Decimal integer, optional '-', nothing else around it, within [min, max]. */
bool text_parse_i64(const char *s, int64_t min, int64_t max, int64_t *out);

/* "90s", "20m", "6h", "30d", "2w", or a sum of those like "1h30m", as seconds. A bare number is refused. */
bool text_parse_duration_s(const char *s, int64_t *out_s);
/* "64KiB", "10MB", "1GiB", "512B", as bytes. A bare number is refused. */
bool text_parse_size_bytes(const char *s, int64_t *out_bytes);

/* Trims ASCII white space and the ideographic space U+3000 at both ends; returns the view, sets *len. */
const char *text_trim(const char *s, size_t *len);

/* The member of `known` (NULL-terminated) nearest to `word` by edit distance, or NULL if none is near enough. */
const char *text_suggest(const char *word, const char *const *known);

/* Equal but for ASCII letter case. */
bool text_same_nocase(const char *a, const char *b);

/* Decimal digits, without the price of printf. Returns their number. */
#define TEXT_INT_BYTES 21
size_t text_int_write(char out[TEXT_INT_BYTES], int64_t value);

/* Ids as people type them: prefix, underscore, decimal key ("un_1042"). Writes at most 32 bytes. */
#define TEXT_ID_BYTES 32
void text_id_write(char out[TEXT_ID_BYTES], const char *prefix, int64_t key);
/* False if the prefix differs or the key is not a positive number. */
bool text_id_parse(const char *s, const char *prefix, int64_t *key);

#endif
