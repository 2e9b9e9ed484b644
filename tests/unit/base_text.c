/*
 * Text at the door: UTF-8, bounded copies, numbers with units, ids, suggestions.
 */
#include "jiebang/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* An independent decoder: decodes to a code point and looks at the value, where ours looks at bytes. */
static bool valid_by_value(const unsigned char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t c = s[i];
		size_t more = c < 0x80             ? 0
			      : (c & 0xe0) == 0xc0 ? 1
			      : (c & 0xf0) == 0xe0 ? 2
			      : (c & 0xf8) == 0xf0 ? 3
						   : 9;
		static const uint32_t least[] = { 1, 0x80, 0x800, 0x10000 };
		if (more == 9 || i + more >= len)
			return false;
		c &= more == 0 ? 0x7f : 0x3fu >> more;
		for (size_t k = 1; k <= more; k++) {
			if ((s[i + k] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (s[i + k] & 0x3f);
		}
		if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
		i += more + 1;
	}
	return true;
}

static void utf8_agrees_with_the_values(void **state)
{
	(void)state;
	unsigned char s[4];
	/* Every string of one to three bytes, and every four-byte form with its edges. */
	for (uint32_t v = 0; v < 1u << 24; v++) {
		s[0] = (unsigned char)(v >> 16);
		s[1] = (unsigned char)(v >> 8);
		s[2] = (unsigned char)v;
		if (text_utf8_valid((char *)s, 3) != valid_by_value(s, 3))
			fail_msg("%02x %02x %02x", s[0], s[1], s[2]);
	}
	for (uint32_t v = 0; v < 1u << 16; v++) {
		s[0] = (unsigned char)(0xf0 | v >> 12);
		s[1] = (unsigned char)(0x7f + (v >> 8 & 15) * 5);
		s[2] = (unsigned char)(0x70 + (v >> 4 & 15) * 6);
		s[3] = (unsigned char)(0x70 + (v & 15) * 6);
		if (text_utf8_valid((char *)s, 4) != valid_by_value(s, 4))
			fail_msg("%02x %02x %02x %02x", s[0], s[1], s[2], s[3]);
	}
}

static void copies_never_cut_a_sequence(void **state)
{
	(void)state;
	static const struct {
		const char *src;
		size_t size;
		const char *want;
		bool whole;
	} rows[] = {
		{ "abc", 4, "abc", true },  { "abc", 3, "ab", false },  { "示例", 7, "示例", true },
		{ "示例", 6, "示", false }, { "示例", 5, "示", false }, { "示例", 4, "示", false },
		{ "示例", 3, "", false },   { "", 1, "", true },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char dst[16];
		assert_int_equal(text_copy(dst, rows[i].size, rows[i].src), rows[i].whole);
		assert_string_equal(dst, rows[i].want);
	}
}

static void durations_and_sizes_carry_their_unit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} durations[] = {
		{ "90s", 90 },
		{ "20m", 1200 },
		{ "1h30m", 5400 },
		{ "2w", 1209600 },
		{ "30d", 2592000 },
		{ "0s", 0 },
		{ "90", -1 },
		{ "", -1 },
		{ "s", -1 },
		{ "1m1h", -1 },
		{ "1m1m", -1 },
		{ "-1s", -1 },
		{ " 1s", -1 },
		{ "1s ", -1 },
		{ "1.5h", -1 },
		{ "1x", -1 },
		{ "99999999999999999999s", -1 },
		{ "9223372036854775807w", -1 },
	};
	static const struct {
		const char *text;
		int64_t bytes;
	} sizes[] = { { "512B", 512 },        { "64KiB", 65536 },     { "10MB", 10000000 },
		      { "1GiB", 1073741824 }, { "64", -1 },           { "64kib", -1 },
		      { "1MiB1B", -1 },       { "9999999999GiB", -1 } };
	int64_t value;
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		bool good = text_parse_duration_s(durations[i].text, &value);
		assert_int_equal(good, durations[i].seconds >= 0);
		if (good)
			assert_int_equal(value, durations[i].seconds);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		bool good = text_parse_size_bytes(sizes[i].text, &value);
		assert_int_equal(good, sizes[i].bytes >= 0);
		if (good)
			assert_int_equal(value, sizes[i].bytes);
	}
}

static void ids_are_strict(void **state)
{
	(void)state;
	char out[TEXT_ID_BYTES];
	int64_t key;
	text_id_write(out, "un", 1042);
	assert_string_equal(out, "un_1042");
	assert_true(text_id_parse("un_1042", "un", &key));
	assert_int_equal(key, 1042);
	static const char *const bad[] = { "un_",   "un_0",  "un_-1",
					   "un_01", "un_1x", "ob_1",
					   "un1",   "un_ 1", "un_99999999999999999999",
					   "" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_id_parse(bad[i], "un", &key));
}

static void suggestions_are_near_or_none(void **state)
{
	(void)state;
	static const char *const known[] = { "publish", "list", "show", NULL };
	assert_string_equal(text_suggest("pubilsh", known), "publish");
	assert_string_equal(text_suggest("lst", known), "list");
	assert_null(text_suggest("delete", known));
	assert_null(text_suggest("", (const char *const[]){ "publish", NULL }));
}

static void trims_both_kinds_of_space(void **state)
{
	(void)state;
	size_t len = strlen(" \t\xe3\x80\x80示例 \xe3\x80\x80\r\n");
	const char *trimmed = text_trim(" \t\xe3\x80\x80示例 \xe3\x80\x80\r\n", &len);
	assert_int_equal(len, strlen("示例"));
	assert_memory_equal(trimmed, "示例", len);
	len = 3;
	(void)text_trim("\xe3\x80\x80", &len);
	assert_int_equal(len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_agrees_with_the_values),
		cmocka_unit_test(copies_never_cut_a_sequence),
		cmocka_unit_test(durations_and_sizes_carry_their_unit),
		cmocka_unit_test(ids_are_strict),
		cmocka_unit_test(suggestions_are_near_or_none),
		cmocka_unit_test(trims_both_kinds_of_space),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
