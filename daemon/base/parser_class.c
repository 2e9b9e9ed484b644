/*
 * What an octet may be part of, and the words that are judged by it.
 */
#include "jiebang/parser_class.h"

/*
 * A target is a URI (RFC 3986) and a little more, since browsers leave [ ] ^ ` { | } as they are; refused in it are
 * controls, space, " # < > \ DEL and everything above ASCII. A value may hold octets above ASCII (RFC 9110 section 5.5).
 */
const unsigned char parser_classes[256] = {
	/* clang-format off */
	0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	4, 23, 4, 5, 23, 23, 23, 23, 22, 22, 23, 23, 6, 23, 23, 6, /*  !"#$%&'()*+,-./ */
	31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 6, 22, 4, 22, 4, 6, /* 0123456789:;<=>? */
	6, 31, 31, 31, 31, 31, 31, 23, 23, 23, 23, 23, 23, 23, 23, 23, /* @ABCDEFGHIJKLMNO */
	23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 6, 4, 6, 7, 23, /* PQRSTUVWXYZ[\]^_ */
	7, 31, 31, 31, 31, 31, 31, 23, 23, 23, 23, 23, 23, 23, 23, 23, /* `abcdefghijklmno */
	23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 6, 7, 6, 23, 0,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
	/* clang-format on */
};

static bool all(const char *s, size_t len, unsigned char class)
{
	for (size_t i = 0; i < len; i++) {
		if (!parser_is(s[i], class))
			return false;
	}
	return true;
}

bool parser_is_token(const char *s, size_t len)
{
	return len > 0 && all(s, len, PARSER_CLASS_TOKEN);
}

bool parser_is_value(const char *s, size_t len)
{
	return all(s, len, PARSER_CLASS_VALUE);
}

bool parser_same(const char *a, size_t a_len, const char *lower, size_t lower_len)
{
	if (a_len != lower_len)
		return false;
	for (size_t i = 0; i < a_len; i++) {
		if (parser_lower(a[i]) != lower[i])
			return false;
	}
	return true;
}
