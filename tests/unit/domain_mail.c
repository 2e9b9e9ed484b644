/*
 * Mails: which addresses are taken, and every octet of what is written. That Python's email package reads them the
 * same is tests/system/test_mail.py's.
 */
#include "jiebang/mail.h"

#include "jiebang/digest.h"
#include "jiebang/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10

static void test_addresses(void **state)
{
	static const struct {
		const char *address, *refused; /* NULL: taken */
	} cases[] = {
		{ "clerk@unit.example", NULL },
		{ "a@b", NULL },
		{ "first.last+tag@mail.unit.example", NULL },
		{ "!#$'*+-/=^_`{|}~@x", NULL },
		{ "10@10.example", NULL },
		{ "clerk@xn--fiqs8s.example", NULL },
		{ A60 "aaaa@x", NULL },
		{ A60 "aaaaa@x", "too long" },
		{ "a@" A60 "aaa", NULL },
		{ "a@" A60 "aaaa", "malformed host" },
		{ "a@" A60 "." A60 "." A60 "." A60 ".aaaaaaaa", NULL },
		{ "a@" A60 "." A60 "." A60 "." A60 ".aaaaaaaaa", "too long" },
		{ "", "user@host" },
		{ "clerk", "user@host" },
		{ "@unit.example", "malformed before" },
		{ "clerk@", "malformed host" },
		{ "a@b@c", "user@host" },
		{ ".a@b", "malformed before" },
		{ "a.@b", "malformed before" },
		{ "a..b@c", "malformed before" },
		{ "a@.b", "malformed host" },
		{ "a@b.", "malformed host" },
		{ "a@b..c", "malformed host" },
		{ "a@-b", "malformed host" },
		{ "a@b-", "malformed host" },
		{ "a@b-.c", "malformed host" },
		{ "a@b_c", "malformed host" },
		{ "a@[127.0.0.1]", "malformed host" },
		{ "a@b\r\nBcc: c@d", "control character" },
		{ "a\n@b", "control character" },
		{ "a\t@b", "control character" },
		{ "a\x7f@b", "control character" },
		{ "文员@unit.example", "xn--" },
		{ "clerk@单位.example", "xn--" },
		{ "clerk@unit.example,other@unit.example", "the address alone" },
		{ "a@b c@d", "the address alone" },
		{ "<a@b>", "the address alone" },
		{ "\"a b\"@c", "the address alone" },
		{ "a@b?subject=x", "the address alone" },
		{ "a%0d%0a@b", "the address alone" },
		{ "a@b(comment)", "the address alone" },
		{ "\\a@b", "the address alone" },
	};
	char url[512];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *words = mail_address_refusal(cases[i].address);
		if ((words != NULL) != (cases[i].refused != NULL) ||
		    (words && !strstr(words, cases[i].refused)))
			fail_msg("%s: %s", cases[i].address, words ? words : "taken");
		(void)snprintf(url, sizeof(url), "mailto:%s", cases[i].address);
		assert_ptr_equal(mail_url_refusal(url), words);
		assert_string_equal(mail_url_address(url), cases[i].address);
	}
	assert_null(mail_url_refusal("MailTo:a@b"));
	assert_non_null(mail_url_refusal("a@b"));
	assert_non_null(mail_url_refusal("https://a@b/"));
	assert_false(mail_is_url("mail:a@b"));
}

static const struct mail plain = {
	.from = "jiebang@office.example",
	.to = "clerk@unit.example",
	.id = "msg_abc234",
	.language = "en",
	.sent_at = 1764062705, /* 2025-11-25T17:25:05+08:00 */
};

static bool write_body(const struct mail *with, const char *body, struct buf *out)
{
	struct mail mail = *with;
	mail.body = body;
	mail.body_len = strlen(body);
	return mail_write(&mail, out);
}

static void test_whole(void **state)
{
	(void)state;
	struct buf out = BUF_EMPTY;
	struct mail mail = plain;
	mail.from_name = "The \"office\"\\";
	mail.reply_to = "desk@office.example";
	assert_true(write_body(
		&mail,
		"{\"type\":\"obligation.due_soon\",\"data\":{\"text\":{\"zh\":\"截止\",\"en\":"
		"\"Due.\\nSoon\"}}}",
		&out));
	assert_string_equal(buf_str(&out),
			    "Date: Tue, 25 Nov 2025 17:25:05 +0800\r\n"
			    "From: \"The \\\"office\\\"\\\\\"\r\n <jiebang@office.example>\r\n"
			    "To: clerk@unit.example\r\n"
			    "Reply-To: desk@office.example\r\n"
			    "Subject: Due.\r\n"
			    "Message-ID: <msg_abc234@office.example>\r\n"
			    "Auto-Submitted: auto-generated\r\n"
			    "X-Auto-Response-Suppress: All\r\n"
			    "X-Jiebang-Id: msg_abc234\r\n"
			    "X-Jiebang-Type: obligation.due_soon\r\n"
			    "Content-Language: en\r\n"
			    "MIME-Version: 1.0\r\n"
			    "Content-Type: text/plain; charset=utf-8\r\n"
			    "Content-Transfer-Encoding: base64\r\n"
			    "\r\n"
			    "RHVlLg0KU29vbg0K\r\n");
	buf_clear(&out);
}

/* One header line that is folded in the output, as it came. */
static void check_header(const struct buf *out, const char *expected)
{
	size_t name = strcspn(expected, ":") + 1;
	const char *at = buf_str(out);
	while (strncmp(at, expected, name) != 0) {
		at = strchr(at, '\n');
		assert_non_null(at);
		at++;
	}
	if (strncmp(at, expected, strlen(expected)) != 0)
		fail_msg("%s\nis not\n%s", at, expected);
}

#define TEN "一二三四五六七八九十"

static void test_subjects(void **state)
{
	static const struct {
		const char *text; /* as JSON has it */
		const char *header;
	} cases[] = {
		{ "plain", "Subject: plain\r\nMess" },
		{ "", "Subject: \r\nMess" },
		{ "first\\nsecond", "Subject: first\r\nMess" },
		{ "first\\r\\nsecond", "Subject: first\r\nMess" },
		/* 67 letters fill the line, one more is an encoded word. */
		{ A60 "aaaaaaa", "Subject: " A60 "aaaaaaa\r\nMess" },
		{ A60 "aaaaaaaa", "Subject: =?UTF-8?B?YWFh" },
		/* What looks like an encoded word would be read as one. */
		{ "=?UTF-8?Q?x?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=\r\nMess" },
		{ "a\\tb\\u0001c\\u007f", "Subject: a b c \r\nMess" },
		{ "逾期", "Subject: =?UTF-8?B?6YC+5pyf?=\r\nMess" },
		/* 39 octets fit behind the name, and 45 on a line of their own. */
		{ TEN "一二三", "Subject: =?UTF-8?B?"
				"5LiA5LqM5LiJ5Zub5LqU5YWt5LiD5YWr5Lmd5Y2B5LiA5LqM5LiJ?=\r\nMess" },
		{ TEN "一二三四",
		  "Subject: =?UTF-8?B?5LiA5LqM5LiJ5Zub5LqU5YWt5LiD5YWr5Lmd5Y2B5LiA5LqM5LiJ?=\r\n"
		  " =?UTF-8?B?5Zub?=\r\nMess" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_EMPTY, body = BUF_EMPTY;
		buf_addf(&body, "{\"type\":\"t\",\"data\":{\"text\":{\"en\":\"%s\"}}}",
			 cases[i].text);
		assert_true(write_body(&plain, buf_str(&body), &out));
		check_header(&out, cases[i].header);
		buf_clear(&out);
		buf_clear(&body);
	}
}

/* What is too long for a list of mails is cut at a character, and says so. */
static void test_long_subject(void **state)
{
	(void)state;
	struct buf out = BUF_EMPTY, decoded = BUF_EMPTY;
	assert_true(write_body(&plain,
			       "{\"type\":\"t\",\"data\":{\"text\":{\"en\":\"" TEN TEN TEN TEN TEN
				       TEN TEN TEN TEN TEN TEN TEN "!\"}}}",
			       &out));
	const char *at = strstr(buf_str(&out), "=?UTF-8?B?");
	while (at && at < strstr(buf_str(&out), "Message-ID")) {
		uint8_t octets[64];
		const char *end = strstr(at + 10, "?=");
		long n = digest_base64_decode(at + 10, (size_t)(end - at - 10), octets,
					      sizeof(octets));
		assert_true(n > 0);
		assert_true(text_utf8_valid((const char *)octets, (size_t)n));
		assert_true(end + 2 - at <= 75);
		buf_add(&decoded, octets, (size_t)n);
		at = strstr(end, "=?UTF-8?B?");
	}
	assert_string_equal(buf_str(&decoded), TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "…");
	buf_clear(&out);
	buf_clear(&decoded);
}

static void test_names(void **state)
{
	static const struct {
		const char *name, *header;
	} cases[] = {
		{ NULL, "From: jiebang@office.example\r\nTo" },
		{ "", "From: <jiebang@office.example>\r\nTo" },
		{ "Office, the", "From: \"Office, the\"\r\n <jiebang@office.example>\r\nTo" },
		{ "揭榜办", "From: =?UTF-8?B?5o+t5qac5Yqe?=\r\n <jiebang@office.example>\r\nTo" },
		{ A60, "From: =?UTF-8?B?YWFh" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_EMPTY;
		struct mail mail = plain;
		mail.from_name = cases[i].name;
		assert_true(write_body(&mail, "{\"data\":{\"text\":{\"en\":\"x\"}}}", &out));
		check_header(&out, cases[i].header);
		buf_clear(&out);
	}
}

static void test_bodies(void **state)
{
	static const struct {
		const char *body;
		bool written;
	} cases[] = {
		{ "{\"type\":\"t\",\"data\":{\"text\":{\"en\":\"x\"}}}", true },
		{ "{\"data\":{\"text\":{\"en\":\"\"}}}", true },
		{ "{\"type\":\"t\",\"data\":{}}", false },
		{ "{\"type\":\"t\",\"data\":{\"text\":{\"zh\":\"只有中文\"}}}", false },
		{ "{\"type\":\"t\",\"data\":{\"text\":\"x\"}}", false },
		{ "{\"type\":\"t\"}", false },
		{ "[]", false },
		{ "no JSON", false },
		{ "", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_EMPTY;
		assert_int_equal(write_body(&plain, cases[i].body, &out), cases[i].written);
		assert_int_equal(out.len > 0, cases[i].written);
		buf_clear(&out);
	}
}

/* Whatever ends a line there ends one here, the last one too; 57 octets make a line. */
static void test_lines(void **state)
{
	static const struct {
		const char *text, *lines;
	} cases[] = {
		{ "a", "YQ0K\r\n" },
		{ "a\\n", "YQ0K\r\n" },
		{ "a\\r\\n\\rb", "YQ0KDQpiDQo=\r\n" },
		{ "\\n.\\n", "DQouDQo=\r\n" },
		{ A60 "aaaaa",
		  "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\r\n"
		  "YWFhYWFhYWENCg==\r\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_EMPTY, body = BUF_EMPTY;
		buf_addf(&body, "{\"type\":\"t\",\"data\":{\"text\":{\"en\":\"%s\"}}}",
			 cases[i].text);
		assert_true(write_body(&plain, buf_str(&body), &out));
		assert_string_equal(strstr(buf_str(&out), "\r\n\r\n") + 4, cases[i].lines);
		buf_clear(&out);
		buf_clear(&body);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_whole),
		cmocka_unit_test(test_subjects),  cmocka_unit_test(test_long_subject),
		cmocka_unit_test(test_names),     cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
