/*
 * JSON in and out, digests: what is refused, what is escaped, what the standards' vectors say.
 */
#include "jiebang/digest.h"
#include "jiebang/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void reading_is_strict(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len; /* 0: strlen */
		bool good;
	} rows[] = {
		{ "{\"a\":1}", 0, true },
		{ "[]", 0, true },
		{ "{\"a\":1,\"a\":2}", 0, false },
		{ "{\"a\":1}x", 0, false },
		{ "{'a':1}", 0, false },
		{ "[1,]", 0, false },
		{ "\"a\"", 0, false },
		{ "", 0, false },
		{ "[\"\\u0000\"]", 0, false },
		{ "[\"\xff\"]", 0, false },
		{ "[\"\xed\xa0\x80\"]", 0, false },
		{ "[01]", 0, false },
		{ "[1e999]", 0, false },
		{ "[9223372036854775808]", 0, false },
		{ "[NaN]", 0, false },
		{ "{\"a\":\"\n\"}", 0, false },
		{ "[\"a\0b\"]", 7, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jr_doc *doc;
		struct problem problem;
		size_t len = rows[i].len ? rows[i].len : strlen(rows[i].text);
		enum fault fault = jr_read(rows[i].text, len, &doc, &problem);
		if ((fault == FAULT_NONE) != rows[i].good)
			fail_msg("row %zu: %s", i, rows[i].text);
		if (fault != FAULT_NONE)
			assert_true(problem.detail[0] != '\0');
		jr_free(doc);
	}
}

static void depth_is_bounded(void **state)
{
	(void)state;
	char text[512];
	for (size_t depth = JR_DEPTH_MAX - 1; depth <= JR_DEPTH_MAX + 1; depth++) {
		struct jr_doc *doc;
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(jr_read(text, 2 * depth, &doc, NULL) == FAULT_NONE,
				 depth <= JR_DEPTH_MAX);
		jr_free(doc);
	}
}

static void writing_escapes_and_repairs(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} rows[] = {
		{ "示例", 6, "\"示例\"" },
		{ "a\"\\\n\x01\x7f", 6, "\"a\\\"\\\\\\n\\u0001\\u007f\"" },
		{ "a\xff"
		  "b",
		  3,
		  "\"a\xef\xbf\xbd"
		  "b\"" },
		{ "a\0b", 3, "\"a\\u0000b\"" },
		{ "\xe7\xa4", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_EMPTY;
		struct jw jw;
		jw_init(&jw, &out);
		jw_str_n(&jw, rows[i].in, rows[i].len);
		assert_string_equal(buf_str(&out), rows[i].out);
		buf_clear(&out);
	}
}

/* As much as fits, as it is written, and between two characters. */
static void a_text_is_made_to_fit(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		size_t max;
		const char *out;
	} rows[] = {
		{ "abcdef", 6, "\"abcdef\"" },
		{ "abcdef", 5, "\"ab…\"" },
		{ "示例单位", 12, "\"示例单位\"" },
		{ "示例单位", 11, "\"示例…\"" },
		{ "示例单位", 9, "\"示例…\"" },
		{ "示例单位", 8, "\"示…\"" },
		{ "\"\"\"", 6, "\"\\\"\\\"\\\"\"" },
		{ "\"\"\"", 5, "\"\\\"…\"" },
		{ "\x01\x7f", 12, "\"\\u0001\\u007f\"" },
		{ "\x01\x7f", 11, "\"\\u0001…\"" },
		{ "", 0, "\"\"" },
		{ "abcdef", 3, "\"…\"" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_EMPTY;
		struct jw jw;
		jw_init(&jw, &out);
		jw_str_fit(&jw, rows[i].in, rows[i].max);
		assert_string_equal(buf_str(&out), rows[i].out);
		assert_true(out.len <= rows[i].max + 2);
		buf_clear(&out);
	}
}

/* Each ASCII byte at each place of a text that is looked through in pieces, and between Chinese. */
static void every_byte_is_escaped_wherever_it_stands(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x80; c++) {
		for (size_t at = 0; at < 24; at++) {
			char in[] = "abcdefgh示例ijklmnopqrstuvwx";
			struct buf out = BUF_EMPTY;
			struct jr_doc *doc;
			struct jw jw;
			size_t i = at < 8 ? at : at + 6;
			in[i] = (char)c;
			jw_init(&jw, &out);
			jw_array(&jw);
			jw_str_n(&jw, in, sizeof(in) - 1);
			jw_array_end(&jw);
			bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
			assert_int_equal(out.len == sizeof(in) + 3, plain);
			if (c > 0) {
				assert_int_equal(jr_read(out.data, out.len, &doc, NULL),
						 FAULT_NONE);
				assert_string_equal(jr_string(jr_item(jr_root(doc), 0)), in);
				jr_free(doc);
			}
			buf_clear(&out);
		}
	}
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	struct buf out = BUF_EMPTY;
	struct jw jw;
	struct jr_doc *doc;
	int64_t n;
	bool flag;
	jw_init(&jw, &out);
	jw_object(&jw);
	jw_kv_str(&jw, "s", "示\"例");
	jw_kv_int(&jw, "n", INT64_MIN);
	jw_kv_bool(&jw, "b", true);
	jw_kv_at(&jw, "at", 1725206400);
	jw_kv_at(&jw, "none", 0);
	jw_kv_id(&jw, "id", "un", 7);
	jw_key(&jw, "a");
	jw_array(&jw);
	jw_int(&jw, 1);
	jw_null(&jw);
	jw_array_end(&jw);
	jw_object_end(&jw);
	assert_int_equal(jr_read(out.data, out.len, &doc, NULL), FAULT_NONE);
	const struct jr_value *root = jr_root(doc);
	assert_string_equal(jr_string(jr_member(root, "s")), "示\"例");
	assert_true(jr_integer(jr_member(root, "n"), &n) && n == INT64_MIN);
	assert_true(jr_boolean(jr_member(root, "b"), &flag) && flag);
	assert_string_equal(jr_string(jr_member(root, "at")), "2024-09-02T00:00:00+08:00");
	assert_int_equal(jr_type(jr_member(root, "none")), JR_NULL);
	assert_string_equal(jr_string(jr_member(root, "id")), "un_7");
	assert_int_equal(jr_count(jr_member(root, "a")), 2);
	const char *key;
	assert_non_null(jr_member_at(root, 6, &key));
	assert_string_equal(key, "a");
	assert_null(jr_member_at(root, 7, &key));
	jr_free(doc);
	buf_clear(&out);
}

static void digests_match_the_vectors(void **state)
{
	(void)state;
	uint8_t sum[DIGEST_BYTES], raw[64];
	char hex[DIGEST_HEX_BYTES], base32[64];
	digest_sha256("abc", 3, sum); /* FIPS 180-4 */
	digest_hex(sum, sizeof(sum), hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	struct digest_part parts[] = { { "what do ya want ", 16 },
				       { "for nothing?", 12 } }; /* RFC 4231, case 2 */
	for (int again = 0; again < 2; again++) {
		digest_hmac("Jefe", 4, parts, 2, sum);
		digest_hex(sum, sizeof(sum), hex);
		assert_string_equal(
			hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	}
	digest_base32((const uint8_t *)"foobar", 6, base32); /* RFC 4648 §10 */
	assert_string_equal(base32, "mzxw6ytboi");
	static const struct {
		const char *text;
		long len;
	} decodes[] = { { "Zm9vYmFy", 6 },  { "Zm9vYg==", 4 },  { "Zm9vYg=", -1 },
			{ "Zm9v Yg=", -1 }, { "=m9vYg==", -1 }, { "", -1 },
			{ "Zm9vYg", -1 },   { "Zm9v\nYg=", -1 } };
	for (size_t i = 0; i < sizeof(decodes) / sizeof(decodes[0]); i++)
		assert_int_equal(digest_base64_decode(decodes[i].text, strlen(decodes[i].text), raw,
						      sizeof(raw)),
				 decodes[i].len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_is_strict),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(writing_escapes_and_repairs),
		cmocka_unit_test(a_text_is_made_to_fit),
		cmocka_unit_test(every_byte_is_escaped_wherever_it_stands),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(digests_match_the_vectors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
