/*
 * The courier against a scripted server on the same loop: what each kind of answer becomes, what leaves the house and
 * what must not.
 */
#include "courier_kit.h"

#include "jiebang/clock.h"

/* ---- what an answer becomes ---- */

#define BYTES_50 "01234567890123456789012345678901234567890123456789"

static const struct answer {
	const char *what;
	const char *raw;
	size_t raw_len; /* 0: strlen */
	enum after after;
	const char *flood;
	enum attempt_end end;
	int status;
	int64_t retry_after_s;
	const char *reason;
	const char *excerpt;
} answers[] = {
	{ "plain", OK, 0, KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "", "ok" },
	{ "empty", "HTTP/1.1 204 No\r\n\r\n", 0, KEEP, NULL, ATTEMPT_ANSWERED, 204, -1, "", "" },
	{ "chunked",
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 0,
	  KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "", "abc" },
	{ "trailer",
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n",
	  0, KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "", "ab" },
	{ "until close", "HTTP/1.0 200 OK\r\n\r\nend", 0, CLOSE, NULL, ATTEMPT_ANSWERED, 200, -1,
	  "", "end" },
	{ "redirect", "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", 0,
	  KEEP, NULL, ATTEMPT_ANSWERED, 302, -1, "status 302", "" },
	{ "gone", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", 0, KEEP, NULL, ATTEMPT_ANSWERED,
	  410, -1, "status 410", "" },
	{ "throttled", "HTTP/1.1 429 Slow\r\nretry-AFTER:  17 \r\nContent-Length: 0\r\n\r\n", 0,
	  KEEP, NULL, ATTEMPT_ANSWERED, 429, 17, "status 429", "" },
	{ "throttled by nonsense",
	  "HTTP/1.1 503 Slow\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", 0, KEEP, NULL,
	  ATTEMPT_ANSWERED, 503, -1, "status 503", "" },
	{ "interim", "HTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\n" OK, 0, KEEP, NULL,
	  ATTEMPT_ANSWERED, 200, -1, "", "ok" },
	{ "switching", "HTTP/1.1 101 Switching\r\n\r\n", 0, CLOSE, NULL, ATTEMPT_BROKEN, 0, -1,
	  "response: connection closed without an answer", "" },
	{ "not decompressed",
	  "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08", 0,
	  KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "", " ? " },
	{ "control bytes",
	  "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\na\x1b[31m\nb\x7f\xc2\x9b\xff\xe6\x9c", 0,
	  KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "", "a [31m b  ???" },
	{ "NUL", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b", 41, KEEP, NULL,
	  ATTEMPT_ANSWERED, 200, -1, "", "a?b" },
	{ "turned around", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\xe2\x80\xaegnp.ex", 0,
	  KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "", " gnp.ex" },
	/* 254 bytes, then 月 (3): would be cut in the middle of the character */
	{ "cut before a character",
	  "HTTP/1.1 200 OK\r\nContent-Length: 257\r\n\r\n" BYTES_50 BYTES_50 BYTES_50 BYTES_50
		  BYTES_50 "0123\xe6\x9c\x88",
	  0, KEEP, NULL, ATTEMPT_ANSWERED, 200, -1, "",
	  BYTES_50 BYTES_50 BYTES_50 BYTES_50 BYTES_50 "0123" },
	{ "nothing", "", 0, CLOSE, NULL, ATTEMPT_BROKEN, 0, -1,
	  "response: connection closed without an answer", "" },
	{ "reset", "", 0, RESET, NULL, ATTEMPT_BROKEN, 0, -1,
	  "response: connection reset by the peer", "" },
	{ "not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", 0, CLOSE, NULL, ATTEMPT_BROKEN, 0, -1,
	  "response: not HTTP/1.x", "" },
	{ "cut short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 0, CLOSE, NULL,
	  ATTEMPT_BROKEN, 200, -1, "response: cut short", "abc" },
	{ "cut in the head", "HTTP/1.1 200 OK\r\nContent-Le", 0, CLOSE, NULL, ATTEMPT_BROKEN, 200,
	  -1, "response: cut short", "" },
	{ "cut after an interim reply", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX", 0,
	  CLOSE, NULL, ATTEMPT_BROKEN, 200, -1, "response: cut short", "" },
	{ "only interim", "HTTP/1.1 100 Continue\r\n\r\n", 0, CLOSE, NULL, ATTEMPT_BROKEN, 0, -1,
	  "response: connection closed without an answer", "" },
	{ "bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", 0, KEEP,
	  NULL, ATTEMPT_BROKEN, 200, -1, "response: malformed", "" },
	{ "bad length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", 0, KEEP, NULL,
	  ATTEMPT_BROKEN, 200, -1, "response: malformed", "" },
	{ "endless body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, FLOOD,
	  "8\r\nabcdefgh\r\n", ATTEMPT_TOO_LARGE, 200, -1, "response: body too large", NULL },
	{ "endless refusal", "HTTP/1.1 500 No\r\n\r\n", 0, FLOOD, "abcdefgh", ATTEMPT_TOO_LARGE,
	  500, -1, "response: body too large", NULL },
	{ "endless header", "HTTP/1.1 200 OK\r\n", 0, FLOOD, "X-More: and more\r\n",
	  ATTEMPT_TOO_LARGE, 200, -1, "response: header too large", "" },
	{ "endless interim replies", "", 0, FLOOD, "HTTP/1.1 100 Continue\r\n\r\n",
	  ATTEMPT_TOO_LARGE, 0, -1, "response: header too large", "" },
	{ "endless trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", 0,
	  FLOOD, "X-More: and more\r\n", ATTEMPT_TOO_LARGE, 200, -1, "response: header too large",
	  "" },
};

static void check_answer(const struct answer *row)
{
	const struct script script = { "/it", row->raw, row->raw_len, row->after, row->flood };
	struct kit kit;

	kit_start(&kit, "127.0.0.0/8");
	kit.server.scripts = &script;
	kit.server.n_scripts = 1;
	submit_path(&kit, 1, "/it");
	kit_run(&kit, 1);
	if (kit.last.end != row->end || kit.last.status != row->status ||
	    strcmp(kit.last.reason, row->reason) != 0 ||
	    kit.last.retry_after_s != row->retry_after_s ||
	    (row->excerpt && strcmp(kit.last.excerpt, row->excerpt) != 0))
		fail_msg("%s: end=%s status=%d retry=%ld reason='%s' excerpt='%s'", row->what,
			 attempt_end_name(kit.last.end), kit.last.status,
			 (long)kit.last.retry_after_s, kit.last.reason, kit.last.excerpt);
	/* No redirect is followed; an answer that the peer reset is tried again by nobody but the engine. */
	if (kit.server.requests != 1)
		fail_msg("%s: %u requests", row->what, kit.server.requests);
	kit_stop(&kit);
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		check_answer(&answers[i]);
}

static void test_timeouts(void **state)
{
	static const char *const paths[] = { "/hang", "/drip" };
	struct kit kit;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		kit_start(&kit, "127.0.0.0/8");
		kit.options.timeout_s = 1;
		submit_path(&kit, 1, paths[i]);
		kit_run(&kit, 1);
		assert_int_equal(kit.last.end, ATTEMPT_TIMEOUT);
		assert_string_equal(kit.last.reason, "timeout: no complete answer");
		assert_true(kit.last.elapsed_ms >= 990);
		kit_stop(&kit);
	}
}

static void test_connect(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	submit_host(&kit, 1, "nowhere.test");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.end, ATTEMPT_DNS);
	assert_string_equal(kit.last.reason, "dns: name not resolved");
	submit(&kit, 1, "http://127.0.0.1:1/x?key=" KEY);
	kit_run(&kit, 1);
	assert_int_equal(kit.last.end, ATTEMPT_CONNECT);
	assert_string_equal(kit.last.reason, "connect: refused by the peer");
	/* One address refused by the guard, one let pass: something has left the house. */
	submit(&kit, 2, "http://both.test:1/x?key=" KEY);
	kit_run(&kit, 1);
	assert_int_equal(kit.last.end, ATTEMPT_CONNECT);
	kit_stop(&kit);
}

/* ---- the guard ---- */

static const struct {
	const char *host;
	const char *allow;
	const char *reason; /* NULL: answered */
} guarded[] = {
	{ "127.0.0.1", NULL, "egress: loopback address" },
	{ "0x7f.1", NULL, "egress: loopback address" },
	{ "2130706433", NULL, "egress: loopback address" },
	{ "localhost", NULL, "egress: loopback address" },
	{ "LOCALHOST", NULL, "egress: loopback address" },
	{ "sneaky.test", NULL, "egress: loopback address" },
	{ "six.test", NULL, "egress: loopback address" },
	{ "metadata.test", NULL, "egress: link-local address" },
	{ "both.test", NULL, "egress: loopback address" },
	{ "sneaky.test", "127.0.0.0/8", NULL },
	{ "localhost", "127.0.0.0/8", NULL },
	/* the refused address is passed over, the allowed one used */
	{ "both.test", "127.0.0.0/8", NULL },
	{ "metadata.test", "127.0.0.0/8", "egress: link-local address" },
	{ "user@127.0.0.1", "127.0.0.0/8", "egress: user information in the URL" },
};

static void test_guard(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		struct kit kit;
		kit_start(&kit, guarded[i].allow);
		submit_host(&kit, 1, guarded[i].host);
		kit_run(&kit, 1);
		const char *want = guarded[i].reason ? guarded[i].reason : "";
		enum attempt_end end = guarded[i].reason ? ATTEMPT_REFUSED : ATTEMPT_ANSWERED;
		if (kit.last.end != end || strcmp(kit.last.reason, want) != 0)
			fail_msg("%s: %s '%s'", guarded[i].host, attempt_end_name(kit.last.end),
				 kit.last.reason);
		assert_int_equal(kit.server.connections, guarded[i].reason ? 0 : 1);
		kit_stop(&kit);
	}
}

static void test_https_only(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	kit.options.https_only = true;
	submit_path(&kit, 1, "/ok");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.end, ATTEMPT_REFUSED);
	assert_string_equal(kit.last.reason, "egress: only https is allowed");
	assert_int_equal(kit.server.connections, 0);
	kit_stop(&kit);
}

/* A queue of refusals is worked off, and the good one among them goes out. */
static void test_refusals_in_a_row(void **state)
{
	struct kit kit;

	(void)state;
	kit_start(&kit, "127.0.0.1");
	kit.options.in_flight_max = 2;
	for (int i = 0; i < 100; i++)
		submit(&kit, i % 3, "http://127.0.0.2/x?key=" KEY);
	submit_path(&kit, 9, "/ok");
	kit_run(&kit, 101);
	assert_int_equal(kit.done_of[9], 1);
	assert_int_equal(kit.server.requests, 1);
	assert_int_equal(courier_load(kit.courier), 0);
	kit_stop(&kit);
}

/* ---- what leaves ---- */

static void header_value(const struct server *server, const char *name, char *out, size_t size)
{
	char needle[64];

	snprintf(needle, sizeof(needle), "\r\n%s: ", name);
	const char *at = strstr(buf_str(&server->head), needle);
	out[0] = '\0';
	if (at) {
		at += strlen(needle);
		text_copy_n(out, size, at, strcspn(at, "\r"));
	}
}

static void check_request(struct kit *kit, const struct courier_secret *secrets, size_t n,
			  int64_t before_at)
{
	char id[64], stamp[32], sign[256];
	struct buf want = BUF_EMPTY;
	int64_t at;

	header_value(&kit->server, "webhook-id", id, sizeof(id));
	header_value(&kit->server, "webhook-timestamp", stamp, sizeof(stamp));
	header_value(&kit->server, "webhook-signature", sign, sizeof(sign));
	assert_string_equal(id, "msg_1");
	assert_true(text_parse_i64(stamp, before_at, clock_wall_at(), &at));
	assert_int_equal(at, kit->last.started_at);
	if (n > 0)
		webhook_sign(secrets, n, id, at, kit->server.body.data, kit->server.body.len,
			     &want);
	assert_string_equal(sign, buf_str(&want));
	buf_clear(&want);
}

static void test_request(void **state)
{
	static const char *const absent[] = { "Expect",           "Accept", "Accept-Encoding",
					      "Proxy-Connection", "Cookie", "Authorization",
					      "Upgrade" };
	struct kit kit;
	char value[256];
	int64_t before_at = clock_wall_at();

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	for (size_t n = 0; n <= 2; n++) {
		char url[128];
		snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok?key=" KEY, kit.server.port);
		struct courier_job *job = job_new(1, url);
		webhook_secret_generate(&job->secrets[1]);
		job->n_secrets = n;
		struct courier_secret secrets[COURIER_SECRETS_MAX];
		memcpy(secrets, job->secrets, sizeof(secrets));
		if (!kit.courier)
			kit.courier = courier_new(kit.base, &kit.options, kit.guard, on_done, &kit);
		courier_submit(kit.courier, job);
		kit_run(&kit, 1);
		check_request(&kit, secrets, n, before_at);
	}
	assert_memory_equal(kit.server.head.data, "POST /ok?key=" KEY " HTTP/1.1\r\n", 32);
	header_value(&kit.server, "Content-Type", value, sizeof(value));
	assert_string_equal(value, "application/json");
	header_value(&kit.server, "User-Agent", value, sizeof(value));
	assert_string_equal(value, "jiebang-test");
	assert_string_equal(buf_str(&kit.server.body), "{\"a\":1}");
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		header_value(&kit.server, absent[i], value, sizeof(value));
		assert_string_equal(value, "");
	}
	kit_stop(&kit);
}

/* A body past libcurl's Expect threshold (1 MiB), and an empty one. */
static void test_bodies(void **state)
{
	struct kit kit;
	char value[64];

	(void)state;
	kit_start(&kit, "127.0.0.0/8");
	for (size_t len = 0; len <= 2000000; len += 2000000) {
		char url[128];
		snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok?key=" KEY, kit.server.port);
		struct courier_job *job = job_new(1, url);
		char *body = xmalloc(len);
		memset(body, 'b', len);
		courier_job_say(job, "msg_1", url, body, len);
		free(body);
		kit.courier =
			kit.courier ? kit.courier
				    : courier_new(kit.base, &kit.options, kit.guard, on_done, &kit);
		courier_submit(kit.courier, job);
		kit_run(&kit, 1);
		assert_int_equal(kit.last.status, 200);
		assert_int_equal(kit.server.body.len, len);
		header_value(&kit.server, "Expect", value, sizeof(value));
		assert_string_equal(value, "");
	}
	kit_stop(&kit);
}

static const char *const proxy_variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
					       "all_proxy", "ALL_PROXY" };

/* The environment's proxy would hide the address from the guard. */
static void test_environment(void **state)
{
	struct kit kit;
	struct server recorder;
	char url[64];

	(void)state;
	kit_start(&kit, "127.0.0.0/8"); /* where the proxy is */
	server_start(&recorder, kit.base, scripts, 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", recorder.port);
	for (size_t i = 0; i < sizeof(proxy_variables) / sizeof(proxy_variables[0]); i++)
		setenv(proxy_variables[i], url, 1);
	submit_host(&kit, 1, "metadata.test");
	kit_run(&kit, 1);
	assert_int_equal(kit.last.end, ATTEMPT_REFUSED);
	assert_int_equal(recorder.connections, 0);
	for (size_t i = 0; i < sizeof(proxy_variables) / sizeof(proxy_variables[0]); i++)
		unsetenv(proxy_variables[i]);
	server_stop(&recorder);
	kit_stop(&kit);
}

/* A configured proxy is used for everything, whatever NO_PROXY says; addresses in URLs are judged all the same. */
static void test_proxy(void **state)
{
	static const struct script any = { "http:", OK, 0, KEEP, NULL };
	struct kit kit;
	char proxy[64];
	char value[64];

	(void)state;
	kit_start(&kit, NULL);
	kit.server.scripts = &any;
	kit.server.n_scripts = 1;
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", kit.server.port);
	kit.options.proxy = proxy;
	setenv("no_proxy", "*", 1);
	submit(&kit, 1, "http://nowhere.test/hook?key=" KEY);
	kit_run(&kit, 1);
	assert_int_equal(kit.last.status, 200);
	assert_memory_equal(kit.server.head.data, "POST http://nowhere.test/hook?key=", 34);
	submit(&kit, 2, "http://127.0.0.1/hook?key=" KEY);
	kit_run(&kit, 1);
	assert_int_equal(kit.last.end, ATTEMPT_REFUSED);
	assert_int_equal(kit.server.requests, 1);
	header_value(&kit.server, "webhook-id", value, sizeof(value));
	assert_string_equal(value, "msg_1");
	unsetenv("no_proxy");
	kit_stop(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),     cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_connect),     cmocka_unit_test(test_guard),
		cmocka_unit_test(test_https_only),  cmocka_unit_test(test_refusals_in_a_row),
		cmocka_unit_test(test_request),     cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_environment), cmocka_unit_test(test_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
