/* The text of a request: what a URL and a proxy make of the request line and of Host, and what is never written into them. */
#include "courier/post.h"

#include "jiebang/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *url;
	const char *proxy;
	const char *target; /* NULL: refused */
	const char *host;
} aims[] = {
	{ "http://a.example", NULL, "/", "a.example" },
	{ "http://a.example/", NULL, "/", "a.example" },
	{ "http://a.example/x/y?k=v&w#piece", NULL, "/x/y?k=v&w", "a.example" },
	{ "http://a.example?k=v", NULL, "/?k=v", "a.example" },
	{ "http://a.example/x?", NULL, "/x?", "a.example" },
	{ "http://a.example/a/../b/./c", NULL, "/b/c", "a.example" },
	{ "http://a.example/%0d%0aX:y?%0d", NULL, "/%0d%0aX:y?%0d", "a.example" },
	{ "http://a.example/\xe6\x8f\xad?\xe6\x8f\xad", NULL, "/%e6%8f%ad?%e6%8f%ad", "a.example" },
	{ "http://a.example:80/", NULL, "/", "a.example" },
	{ "http://a.example:8080/", NULL, "/", "a.example:8080" },
	{ "https://a.example:443/", NULL, "/", "a.example" },
	{ "https://a.example:80/", NULL, "/", "a.example:80" },
	{ "http://[2001:db8::1]:81/", NULL, "/", "[2001:db8::1]:81" },
	{ "http://a.example/x\r\nY: z", NULL, NULL, NULL },
	{ "http://a.example/x y", NULL, NULL, NULL },
	{ "http://a%7fb.example/", NULL, NULL, NULL }, /* DEL, which libcurl lets pass */
	{ "no URL", NULL, NULL, NULL },
	/* A proxy of HTTP is asked for the whole URL, unless it opens a tunnel or speaks SOCKS. */
	{ "http://a.example:8080/x?k#f", "http://proxy:3128", "http://a.example:8080/x?k",
	  "a.example:8080" },
	{ "http://a.example/x", "https://proxy:3128", "http://a.example/x", "a.example" },
	{ "https://a.example/x", "http://proxy:3128", "/x", "a.example" },
	{ "http://a.example/x", "socks5h://proxy:1080", "/x", "a.example" },
};

static void test_aim(void **state)
{
	struct post post = { BUF_EMPTY, BUF_EMPTY };

	(void)state;
	for (size_t i = 0; i < sizeof(aims) / sizeof(aims[0]); i++) {
		struct post_way way = { aims[i].proxy, NULL };
		struct buf want = BUF_EMPTY;
		const char *refusal = post_aim(&post, aims[i].url, &way);
		if (!aims[i].target) {
			assert_string_equal(refusal, "malformed URL");
			continue;
		}
		buf_addf(&want, "POST %s HTTP/1.1\r\nHost: %s\r\n", aims[i].target, aims[i].host);
		assert_null(refusal);
		assert_string_equal(post.start.data, want.data);
		buf_clear(&want);
	}
	post_clear(&post);
}

static void test_proxy_password(void **state)
{
	static const struct {
		const char *url;
		const char *proxy;
		const char *says; /* NULL: nothing */
	} rows[] = {
		{ "http://a.example/", "http://Aladdin:open%20sesame@proxy:3128",
		  "\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n" },
		{ "http://a.example/", "http://me@proxy:3128",
		  "\r\nProxy-Authorization: Basic bWU6\r\n" },
		{ "http://a.example/", "http://proxy:3128", NULL },
		/* the receiver must never see it: libcurl says it to the proxy */
		{ "https://a.example/", "http://me:pw@proxy:3128", NULL },
		{ "http://a.example/", "socks5h://me:pw@proxy:1080", NULL },
	};
	struct post post = { BUF_EMPTY, BUF_EMPTY };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct post_way way = { rows[i].proxy, "agent" };
		assert_null(post_aim(&post, rows[i].url, &way));
		const char *found = strstr(post.start.data, "\r\nProxy-Authorization:");
		assert_true((found != NULL) == (rows[i].says != NULL));
		if (found)
			assert_memory_equal(found, rows[i].says, strlen(rows[i].says));
	}
	post_clear(&post);
}

/* A message leaves nothing behind in the next one's text. */
static void test_write(void **state)
{
	struct post post = { BUF_EMPTY, BUF_EMPTY };
	struct post_way way = { NULL, "agent" };
	static const char *const bodies[] = { "{\"a\":1}", "", "{}" };

	(void)state;
	assert_null(post_aim(&post, "http://a.example/x", &way));
	for (size_t i = 0; i < 3; i++) {
		struct courier_job *job = courier_job_new();
		struct buf want = BUF_EMPTY;
		courier_job_say(job, "msg_1", "http://a.example/x", bodies[i], strlen(bodies[i]));
		job->attempt = (unsigned)i + 1;
		job->sequence = i == 1 ? 77 : 0;
		job->format = i == 2 ? FORMAT_CLOUDEVENTS : FORMAT_STANDARD;
		post_write(&post, job, 1700000000);
		buf_addf(&want,
			 "POST /x HTTP/1.1\r\nHost: a.example\r\nUser-Agent: agent\r\n"
			 "Content-Type: application/%sjson\r\nContent-Length: %zu\r\n"
			 "webhook-timestamp: 1700000000\r\nwebhook-id: msg_1\r\n"
			 "webhook-attempt: %zu%s\r\n\r\n%s",
			 i == 2 ? "cloudevents+" : "", strlen(bodies[i]), i + 1,
			 i == 1 ? "\r\nwebhook-sequence: 77" : "", bodies[i]);
		assert_string_equal(post.text.data, want.data);
		assert_int_equal(post.text.len, want.len);
		buf_clear(&want);
		courier_job_free(job);
	}
	post_clear(&post);
}

/* The secret and the second of vectors in tests/data/robot-signatures.csv. */
static const struct {
	enum endpoint_format format;
	const char *url, *secret, *target, *body;
} robots[] = {
	{ FORMAT_WECOM, "http://a.example/send?key=k", NULL, "/send?key=k", "{\"msgtype\":1}" },
	{ FORMAT_DINGTALK, "http://a.example/send?access_token=t", NULL, "/send?access_token=t",
	  "{\"msgtype\":1}" },
	{ FORMAT_DINGTALK, "http://a.example/send?access_token=t", "SECjiebang-test-secret",
	  "/send?access_token=t&timestamp=1700000000000&sign=47roTooV%2FV%2FU4hltmMV7zocRYVxALcIcs%"
	  "2B67oRWZV%2Bk%3D",
	  "{\"msgtype\":1}" },
	{ FORMAT_FEISHU, "http://a.example/hook/k", NULL, "/hook/k", "{\"msgtype\":1}" },
	{ FORMAT_FEISHU, "http://a.example/hook/k", "jiebang-test-secret", "/hook/k",
	  "{\"timestamp\":\"1700000000\",\"sign\":\"JJYtnV+XdIUFHQMsnXBgo5VxV+73xqqp0ij/"
	  "MK8svcs=\",\"msgtype\":1}" },
};

static void write_robot(size_t i, struct post *post)
{
	struct courier_job *job = courier_job_new();
	struct post_way way = { NULL, NULL };

	courier_job_say(job, "msg_1", robots[i].url, "{\"msgtype\":1}", 13);
	job->format = robots[i].format;
	if (robots[i].secret) {
		job->n_secrets = 1;
		job->secrets[0].len = strlen(robots[i].secret);
		memcpy(job->secrets[0].key, robots[i].secret, job->secrets[0].len);
	}
	assert_null(post_aim(post, robots[i].url, &way));
	post_write(post, job, 1700000000);
	courier_job_free(job);
}

static void test_robots(void **state)
{
	struct post post = { BUF_EMPTY, BUF_EMPTY };

	(void)state;
	for (size_t i = 0; i < sizeof(robots) / sizeof(robots[0]); i++) {
		struct buf want = BUF_EMPTY;
		buf_addf(&want,
			 "POST %s HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\n"
			 "Content-Length: %zu\r\n\r\n%s",
			 robots[i].target, strlen(robots[i].body), robots[i].body);
		write_robot(i, &post);
		assert_string_equal(buf_str(&post.text), buf_str(&want));
		buf_clear(&want);
	}
	post_clear(&post);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aim),
		cmocka_unit_test(test_proxy_password),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_robots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
