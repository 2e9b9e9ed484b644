/*
 * Chat robots: signatures by the vectors, bodies to the octet, every code's verdict, what is theirs to take, what of a URL
 * is shown. How texts are cut is in domain_robot_text.c.
 */
#include "jiebang/robot.h"

#include "jiebang/fault.h"
#include "jiebang/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* provider,timestamp,secret,sign_base64,sign_query_encoded */
static void check_vector(char *line)
{
	char *field[5] = { line };
	for (size_t i = 1; i < COUNT_OF(field); i++) {
		field[i] = strchr(field[i - 1], ',');
		assert_non_null(field[i]);
		*field[i]++ = '\0';
	}
	field[4][strcspn(field[4], "\r\n")] = '\0';
	enum endpoint_format format;
	char expected[512];
	struct buf out = BUF_EMPTY;
	long long stamp = strtoll(field[1], NULL, 10);
	assert_true(endpoint_format_parse(field[0], &format));
	bool query = format == FORMAT_DINGTALK;
	if (query)
		(void)snprintf(expected, sizeof(expected), "timestamp=%lld&sign=%s", stamp,
			       field[4]);
	else
		(void)snprintf(expected, sizeof(expected), "\"timestamp\":\"%lld\",\"sign\":\"%s\"",
			       stamp, field[3]);
	robot_sign(format, field[2], strlen(field[2]), query ? stamp : stamp * 1000, &out);
	assert_string_equal(buf_str(&out), expected);
	buf_clear(&out);
}

static void test_signatures(void **state)
{
	char line[512];
	int n = 0;
	FILE *file = fopen(JIEBANG_SOURCE_DIR "/tests/data/robot-signatures.csv", "r");
	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	for (; fgets(line, sizeof(line), file); n++)
		check_vector(line);
	(void)fclose(file);
	assert_int_equal(n, 6);
}

static void test_unsigned(void **state)
{
	struct buf out = BUF_EMPTY;
	(void)state;
	robot_sign(FORMAT_WECOM, "secret", 6, 1700000000000, &out);
	robot_sign(FORMAT_DINGTALK, "", 0, 1700000000000, &out);
	robot_sign(FORMAT_FEISHU, "", 0, 1700000000000, &out);
	assert_int_equal(out.len, 0);
}

/* ---- answers ---- */

static const struct answer_case {
	enum endpoint_format format;
	int status;
	const char *body;
	enum verdict verdict;
	int wait_s;
	const char *reason;
} answers[] = {
	{ FORMAT_WECOM, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", VERDICT_DELIVERED, -1, "" },
	{ FORMAT_WECOM, 200, "{\"errcode\":-1}", VERDICT_RETRY, -1, "code -1: " },
	{ FORMAT_WECOM, 200, "{\"errcode\":45009}", VERDICT_THROTTLE, 60, "code 45009: " },
	{ FORMAT_WECOM, 200, "{\"errcode\":93000}", VERDICT_DISOWNED, -1, "code 93000: " },
	{ FORMAT_WECOM, 200, "{\"errcode\":40058}", VERDICT_REJECTED, -1, "code 40058: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":0}", VERDICT_DELIVERED, -1, "" },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":-1}", VERDICT_RETRY, -1, "code -1: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":130101}", VERDICT_THROTTLE, 600, "code 130101: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":410100}", VERDICT_THROTTLE, 60, "code 410100: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":310000}", VERDICT_DISOWNED, -1, "code 310000: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":300005}", VERDICT_DISOWNED, -1, "code 300005: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":300001}", VERDICT_DISOWNED, -1, "code 300001: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":400101}", VERDICT_DISOWNED, -1, "code 400101: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":400013}", VERDICT_DISOWNED, -1, "code 400013: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":400102}", VERDICT_DISOWNED, -1, "code 400102: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":400106}", VERDICT_DISOWNED, -1, "code 400106: " },
	{ FORMAT_DINGTALK, 200, "{\"errcode\":460101}", VERDICT_REJECTED, -1, "code 460101: " },
	{ FORMAT_FEISHU, 200, "{\"StatusCode\":0,\"code\":0,\"msg\":\"x\"}", VERDICT_DELIVERED, -1,
	  "" },
	{ FORMAT_FEISHU, 200, "{\"code\":11232}", VERDICT_THROTTLE, 60, "code 11232: " },
	{ FORMAT_FEISHU, 429, "{\"code\":11232}", VERDICT_THROTTLE, 60, "code 11232: " },
	{ FORMAT_FEISHU, 429, "busy", VERDICT_THROTTLE, 60, "status 429" },
	{ FORMAT_FEISHU, 400, "{\"code\":9499}", VERDICT_REJECTED, -1, "code 9499: " },
	{ FORMAT_FEISHU, 200, "{\"code\":19021}", VERDICT_DISOWNED, -1, "code 19021: " },
	{ FORMAT_FEISHU, 200, "{\"code\":19022}", VERDICT_DISOWNED, -1, "code 19022: " },
	{ FORMAT_FEISHU, 200, "{\"code\":19024}", VERDICT_DISOWNED, -1, "code 19024: " },
	/* never success: an unknown code, none, another robot's, a bad status */
	{ FORMAT_WECOM, 200, "{\"errcode\":777}", VERDICT_RETRY, -1, "code 777: unknown" },
	{ FORMAT_WECOM, 200, "{\"code\":0}", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_WECOM, 200, "{\"errcode\":\"0\"}", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_WECOM, 200, "{\"errcode\":0", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_WECOM, 200, "", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_WECOM, 200, "ok", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_WECOM, 200, "[0]", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_FEISHU, 200, "{\"errcode\":0}", VERDICT_RETRY, -1, "no code" },
	{ FORMAT_FEISHU, 200, "{\"code\":310000}", VERDICT_RETRY, -1, "code 310000: unknown" },
	{ FORMAT_WECOM, 500, "{\"errcode\":0}", VERDICT_RETRY, -1, "status 500" },
	{ FORMAT_WECOM, 302, "{\"errcode\":0}", VERDICT_RETRY, -1, "status 302" },
	{ FORMAT_WECOM, 410, "{\"errcode\":0}", VERDICT_GONE, -1, "status 410" },
	{ FORMAT_WECOM, 410, "{\"errcode\":-1}", VERDICT_GONE, -1, "status 410" },
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		const struct answer_case *c = &answers[i];
		struct robot_answer answer;
		robot_judge(c->format, c->status, c->body, strlen(c->body), &answer);
		bool starts = strncmp(answer.reason, c->reason, strlen(c->reason)) == 0;
		if (retry_verdict(answer.end, c->status) != c->verdict ||
		    answer.wait_s != c->wait_s || !starts || !c->reason[0] != !answer.reason[0])
			fail_msg("row %zu: end %s, wait %lld, reason \"%s\"", i,
				 attempt_end_name(answer.end), (long long)answer.wait_s,
				 answer.reason);
	}
}

/* ---- what it is given ---- */

static void test_urls(void **state)
{
	static const struct {
		enum endpoint_format format;
		const char *url, *shown; /* NULL: refused */
	} cases[] = {
		{ FORMAT_STANDARD, "https://a.example/hook?key=1", "https://a.example/hook?key=1" },
		{ FORMAT_MAIL, "mailto:a@b.example", "mailto:a@b.example" },
		{ FORMAT_WECOM,
		  "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7c2b-4bc4-97a0-"
		  "0ec2sifa5aaa",
		  "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…5aaa" },
		{ FORMAT_WECOM, "https://a.example/send?key=short",
		  "https://a.example/send?key=…" },
		{ FORMAT_WECOM, "https://a.example/send?key=", NULL },
		{ FORMAT_WECOM, "https://a.example/send", NULL },
		{ FORMAT_DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=0123456789ab",
		  "https://oapi.dingtalk.com/robot/send?access_token=…89ab" },
		{ FORMAT_DINGTALK, "https://oapi.dingtalk.com/robot/send?key=0123456789ab", NULL },
		{ FORMAT_FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/0b1c2d3e-4f50-4a6b",
		  "https://open.feishu.cn/open-apis/bot/v2/hook/…4a6b" },
		{ FORMAT_FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/", NULL },
	};
	struct buf shown = BUF_EMPTY;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *refusal = robot_url_refusal(cases[i].format, cases[i].url);
		buf_reset(&shown);
		robot_mask_url(cases[i].format, cases[i].url, &shown);
		assert_int_equal(refusal == NULL, cases[i].shown != NULL);
		assert_string_equal(buf_str(&shown), cases[i].shown ? cases[i].shown : "…");
	}
	buf_clear(&shown);
}

static void test_an_echo_is_blanked(void **state)
{
	static const struct {
		enum endpoint_format format;
		const char *url, *text, *shown;
	} cases[] = {
		{ FORMAT_WECOM, "http://a.example/send?key=abc-def&debug=1",
		  "no abc-def, abc-de, xabc-def", "no *******, abc-de, x*******" },
		{ FORMAT_FEISHU, "http://a.example/hook/0123", "POST /hook/0123",
		  "POST /hook/****" },
		{ FORMAT_STANDARD, "http://a.example/hook/0123", "/hook/0123", "/hook/0123" },
		{ FORMAT_DINGTALK, "http://a.example/send", "send", "send" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "%s", cases[i].text);
		robot_hide_key(cases[i].format, cases[i].url, text);
		assert_string_equal(text, cases[i].shown);
	}
}

static void test_secrets(void **state)
{
	static const struct {
		enum endpoint_format format;
		const char *secret, *says;
	} cases[] = {
		{ FORMAT_DINGTALK,
		  "SEC0123456789012345678901234567890123456789012345678901234567890123", NULL },
		{ FORMAT_DINGTALK,
		  "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
		  "x",
		  "at most 80 bytes" },
		{ FORMAT_FEISHU, "two words", "ASCII without blanks" },
		{ FORMAT_FEISHU, "密钥", "ASCII without blanks" },
		{ FORMAT_WECOM, "x", "takes no secret" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *refusal = robot_secret_refusal(cases[i].format, cases[i].secret);
		if (cases[i].says)
			assert_non_null(strstr(refusal, cases[i].says));
		else
			assert_null(refusal);
	}
}

static void test_options(void **state)
{
	static const struct {
		enum endpoint_format format;
		const char *options, *pointer; /* NULL: fine */
	} cases[] = {
		{ FORMAT_STANDARD, "{\"rate_per_minute\":6000}", NULL },
		{ FORMAT_STANDARD, "{\"keyword\":\"揭榜\"}", "/options/keyword" },
		{ FORMAT_STANDARD, "{\"mentions\":\"all\"}", "/options/mentions" },
		{ FORMAT_MAIL, "{\"plain_text\":true}", "/options/plain_text" },
		{ FORMAT_WECOM,
		  "{\"rate_per_minute\":20,\"keyword\":\"揭榜\",\"mentions\":\"all\",\"plain_"
		  "text\":"
		  "true}",
		  NULL },
		{ FORMAT_WECOM, "{\"rate_per_minute\":21}", "/options/rate_per_minute" },
		{ FORMAT_DINGTALK, "{\"rate_per_minute\":21}", "/options/rate_per_minute" },
		{ FORMAT_FEISHU, "{\"rate_per_minute\":100}", NULL },
		{ FORMAT_FEISHU, "{\"rate_per_minute\":101}", "/options/rate_per_minute" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct endpoint_options options;
		struct problem problem = { .fault = FAULT_NONE };
		assert_int_equal(endpoint_options_read(cases[i].options, strlen(cases[i].options),
						       &options, NULL),
				 FAULT_NONE);
		enum fault fault = robot_options_suit(cases[i].format, &options, &problem);
		assert_int_equal(fault, cases[i].pointer ? FAULT_UNPROCESSED : FAULT_NONE);
		if (cases[i].pointer)
			assert_string_equal(problem.pointer, cases[i].pointer);
	}
}

/* ---- when ---- */

static void test_when(void **state)
{
	static const struct {
		enum endpoint_format format;
		int64_t now_at, at; /* from a full hour */
	} cases[] = {
		{ FORMAT_FEISHU, 0, 60 },        { FORMAT_FEISHU, 59, 60 },
		{ FORMAT_FEISHU, 60, 60 },       { FORMAT_FEISHU, 1799, 1799 },
		{ FORMAT_FEISHU, 1800, 1860 },   { FORMAT_FEISHU, 1859, 1860 },
		{ FORMAT_FEISHU, 1860, 1860 },   { FORMAT_FEISHU, 3599, 3599 },
		{ FORMAT_WECOM, 0, 0 },          { FORMAT_DINGTALK, 1800, 1800 },
		{ FORMAT_STANDARD, 1800, 1800 },
	};
	static const struct {
		enum endpoint_format format;
		int asked, per_minute;
	} rates[] = {
		{ FORMAT_STANDARD, 0, 0 }, { FORMAT_STANDARD, 7, 7 }, { FORMAT_MAIL, 0, 0 },
		{ FORMAT_WECOM, 0, 20 },   { FORMAT_WECOM, 7, 7 },    { FORMAT_DINGTALK, 0, 20 },
		{ FORMAT_FEISHU, 0, 100 },
	};
	const int64_t hour = 1725206400; /* 2024-09-02T00:00:00+08:00 */
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(robot_quiet_until(cases[i].format, hour + cases[i].now_at),
				 hour + cases[i].at);
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct endpoint_options options = { .rate_per_minute = rates[i].asked };
		assert_int_equal(robot_per_minute(rates[i].format, &options), rates[i].per_minute);
	}
	assert_int_equal(robot_pace(FORMAT_FEISHU, 100).at_once, 3);
	assert_int_equal(robot_pace(FORMAT_WECOM, 20).at_once, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_an_echo_is_blanked),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_when),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
