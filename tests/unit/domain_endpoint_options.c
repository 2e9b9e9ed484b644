/*
 * Options of endpoints: what is taken, what is refused and how it says so, what is kept.
 */
#include "jiebang/endpoint_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static enum fault merge(const char *text, struct endpoint_options *options, struct problem *problem)
{
	struct jr_doc *doc;
	assert_int_equal(jr_read(text, strlen(text), &doc, NULL), FAULT_NONE);
	enum fault fault = endpoint_options_merge(jr_root(doc), options, problem);
	jr_free(doc);
	return fault;
}

static void check_kept(const struct endpoint_options *options, const char *expected)
{
	struct buf text = BUF_EMPTY;
	struct jw jw;
	struct endpoint_options again;
	jw_init(&jw, &text);
	endpoint_options_write(options, &jw);
	assert_string_equal(buf_str(&text), expected);
	assert_int_equal(endpoint_options_read(text.data, text.len, &again, NULL), FAULT_NONE);
	assert_memory_equal(&again, options, sizeof(again));
	buf_clear(&text);
}

/* One after the other onto the same options. */
static void test_taken(void **state)
{
	static const struct {
		const char *text, *kept;
	} cases[] = {
		{ "{}", "{}" },
		{ "{\"concurrency\":2}", "{\"concurrency\":2}" },
		{ "{\"timeout_s\":\"30\"}", "{\"concurrency\":2,\"timeout_s\":30}" },
		{ "{\"retry_s\":\"5, 300,86400\",\"concurrency\":null}",
		  "{\"timeout_s\":30,\"retry_s\":[5,300,86400]}" },
		{ "{\"retry_s\":[60]}", "{\"timeout_s\":30,\"retry_s\":[60]}" },
		{ "{\"concurrency\":\" 64 \",\"timeout_s\":120}",
		  "{\"concurrency\":64,\"timeout_s\":120,\"retry_s\":[60]}" },
		{ "{\"concurrency\":null,\"timeout_s\":null,\"retry_s\":null}", "{}" },
		{ "{\"language\":\"en\"}", "{\"language\":\"en\"}" },
		{ "{\"language\":\"zh\"}", "{\"language\":\"zh\"}" },
		{ "{\"language\":null}", "{}" },
		{ "{\"fifo\":true}", "{\"fifo\":true}" },
		{ "{\"fifo\":false}", "{}" },
		{ "{\"fifo\":\"true\"}", "{\"fifo\":true}" },
		{ "{\"fifo\":\"false\"}", "{}" },
		{ "{\"events\":\"obligation.*, unit.withdrawn\"}",
		  "{\"events\":[\"obligation.*\",\"unit.withdrawn\"]}" },
		{ "{\"events\":[\"*\"],\"units\":\"un_7\"}",
		  "{\"events\":[\"*\"],\"units\":[\"un_7\"]}" },
		{ "{\"events\":null,\"units\":[\"un_1\",\" un_2 \"],\"regions\":\"上海\"}",
		  "{\"regions\":[\"上海\"],\"units\":[\"un_1\",\"un_2\"]}" },
		{ "{\"units\":null,\"regions\":null,\"tracks\":[\"t\"],\"programmes\":\"a,b\"}",
		  "{\"programmes\":[\"a\",\"b\"],\"tracks\":[\"t\"]}" },
		{ "{\"programmes\":null,\"tracks\":null}", "{}" },
		{ "{\"https_only\":true,\"tls_min\":\"1.3\"}",
		  "{\"https_only\":true,\"tls_min\":\"1.3\"}" },
		{ "{\"https_only\":\"false\",\"tls_min\":\"1.2\"}", "{\"tls_min\":\"1.2\"}" },
		{ "{\"https_only\":\"true\",\"tls_min\":null}", "{\"https_only\":true}" },
		{ "{\"https_only\":false,\"source\":\"2001:db8::1\"}",
		  "{\"source\":\"2001:db8::1\"}" },
		{ "{\"source\":\"10.0.0.1\",\"proxy\":\"socks5h://[::1]:1080\"}",
		  "{\"source\":\"10.0.0.1\",\"proxy\":\"socks5h://[::1]:1080\"}" },
		{ "{\"source\":null,\"proxy\":\"none\",\"ca_file\":\"/etc/ca.pem\"}",
		  "{\"proxy\":\"none\",\"ca_file\":\"/etc/ca.pem\"}" },
		{ "{\"rate_per_minute\":\"20\",\"keyword\":\"揭榜\",\"proxy\":null,\"ca_file\":"
		  "null}",
		  "{\"rate_per_minute\":20,\"keyword\":\"揭榜\"}" },
		{ "{\"mentions\":\"zhang, "
		  "13800001111,all\",\"plain_text\":\"true\",\"keyword\":null,"
		  "\"rate_per_minute\":null}",
		  "{\"mentions\":[\"zhang\",\"13800001111\",\"all\"],\"plain_text\":true}" },
		{ "{\"mentions\":null,\"plain_text\":null,\"proxy\":\"none\",\"ca_file\":\"/etc/"
		  "ca.pem\"}",
		  "{\"proxy\":\"none\",\"ca_file\":\"/etc/ca.pem\"}" },
		{ "{\"proxy\":null,\"ca_file\":null,\"client_cert\":\"/c\",\"client_key\":\"/k\"}",
		  "{\"client_cert\":\"/c\",\"client_key\":\"/k\"}" },
	};
	struct endpoint_options options = { .concurrency = 0 };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(merge(cases[i].text, &options, NULL), FAULT_NONE);
		check_kept(&options, cases[i].kept);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *pointer, *says;
	} cases[] = {
		{ "[]", "/options", "options must be a JSON object" },
		{ "{\"concurrency\":0}", "/options/concurrency", "1 to 64 attempts at once" },
		{ "{\"concurrency\":65}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":1.5}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":\"two\"}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":\"\"}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":\"99999999999999999999\"}", "/options/concurrency", "1 to 64" },
		{ "{\"concurrency\":true}", "/options/concurrency", "1 to 64" },
		{ "{\"timeout_s\":121}", "/options/timeout_s", "1 to 120 seconds" },
		{ "{\"retry_s\":[]}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":7}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":\"5,,6\"}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":[5,0]}", "/options/retry_s", "1 to 16 waits" },
		{ "{\"retry_s\":[604801]}", "/options/retry_s", "1 second to 7 days" },
		{ "{\"retry_s\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}", "/options/retry_s",
		  "1 to 16 waits" },
		{ "{\"fifo\":1}", "/options/fifo", "true or false" },
		{ "{\"rate_per_minute\":0}", "/options/rate_per_minute", "1 to 6000" },
		{ "{\"rate_per_minute\":6001}", "/options/rate_per_minute", "1 to 6000" },
		{ "{\"keyword\":\"\"}", "/options/keyword", "a word of at most 63 bytes" },
		{ "{\"keyword\":\"a\\nb\"}", "/options/keyword", "a word" },
		{ "{\"keyword\":\"<at>\"}", "/options/keyword", "without quotes" },
		{ "{\"keyword\":\"一二三四五六七八九十一二三四五六七八九十一二\"}",
		  "/options/keyword", "63 bytes" },
		{ "{\"mentions\":\"a b\"}", "/options/mentions", "users' ids" },
		{ "{\"mentions\":[\"<all>\"]}", "/options/mentions", "users' ids" },
		{ "{\"plain_text\":1}", "/options/plain_text", "true or false" },
		{ "{\"language\":\"de\"}", "/options/language", "zh or en" },
		{ "{\"language\":\"zhh\"}", "/options/language", "zh or en" },
		{ "{\"fifo\":\"yes\"}", "/options/fifo", "true or false" },
		{ "{\"concurency\":2}", "/options/concurency", "did you mean \"concurrency\"?" },
		{ "{\"colour\":2}", "/options/colour",
		  "there are: concurrency, timeout_s, retry_s, https_only" },
		{ "{\"events\":\"\"}", "/options/events", "types of messages" },
		{ "{\"events\":[]}", "/options/events", "types of messages" },
		{ "{\"events\":7}", "/options/events", "types of messages" },
		{ "{\"events\":[\"unit.changed\",7]}", "/options/events", "types of messages" },
		{ "{\"events\":\"obligation.overdue,\"}", "/options/events", "types of messages" },
		{ "{\"events\":\"obligation.late\"}", "/options/events", "types of messages" },
		{ "{\"events\":\"obligations.*\"}", "/options/events", "types of messages" },
		{ "{\"events\":\"obligation.over\"}", "/options/events", "types of messages" },
		{ "{\"events\":\"obligation.digest\"}", "/options/events", "types of messages" },
		{ "{\"events\":\"endpoint.test\"}", "/options/events", "types of messages" },
		{ "{\"programmes\":{}}", "/options/programmes", "ids of programmes" },
		{ "{\"tracks\":[\"a,b\"]}", "/options/tracks", "ids of tracks" },
		{ "{\"regions\":\" , \"}", "/options/regions", "regions as the shortlist" },
		{ "{\"units\":\"7\"}", "/options/units", "such as un_7" },
		{ "{\"units\":[\"un_*\"]}", "/options/units", "such as un_7" },
		{ "{\"https_only\":1}", "/options/https_only", "true or false" },
		{ "{\"https_only\":\"yes\"}", "/options/https_only", "true or false" },
		{ "{\"tls_min\":\"1.1\"}", "/options/tls_min", "1.2 or 1.3" },
		{ "{\"tls_min\":1.3}", "/options/tls_min", "1.2 or 1.3" },
		{ "{\"source\":\"eth0\"}", "/options/source", "an address of this machine" },
		{ "{\"source\":\"host!10.0.0.1\"}", "/options/source",
		  "an address of this machine" },
		{ "{\"proxy\":\"\"}", "/options/proxy", "or none" },
		{ "{\"proxy\":\"proxy:3128\"}", "/options/proxy", "or none" },
		{ "{\"proxy\":\"http://\"}", "/options/proxy", "or none" },
		{ "{\"proxy\":\"http://:3128\"}", "/options/proxy", "or none" },
		{ "{\"proxy\":\"http://u:p@proxy:3128\"}", "/options/proxy", "no user" },
		{ "{\"proxy\":\"http://proxy:3128/\"}", "/options/proxy", "no path" },
		{ "{\"proxy\":\"socks4://proxy:1080\"}", "/options/proxy", "socks5" },
		{ "{\"ca_file\":\"ca.pem\"}", "/options/ca_file", "the full path" },
		{ "{\"ca_file\":\"/a\\u000ab\"}", "/options/ca_file", "the full path" },
		{ "{\"client_key\":7}", "/options/client_key", "the full path" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct endpoint_options options = { .concurrency = 3 };
		struct problem problem = { .fault = FAULT_NONE };
		assert_int_equal(merge(cases[i].text, &options, &problem), FAULT_UNPROCESSED);
		assert_string_equal(problem.pointer, cases[i].pointer);
		if (!strstr(problem.detail, cases[i].says))
			fail_msg("%s: \"%s\" says nothing of \"%s\"", cases[i].text, problem.detail,
				 cases[i].says);
		check_kept(&options, "{\"concurrency\":3}");
	}
}

/* A path that just fits, and one that does not. */
static void test_longest_path(void **state)
{
	char text[ENDPOINT_PATH_BYTES + 32];
	struct endpoint_options options = { .concurrency = 0 };
	(void)state;
	for (int len = ENDPOINT_PATH_BYTES - 1; len <= ENDPOINT_PATH_BYTES; len++) {
		bool fits = len < ENDPOINT_PATH_BYTES;
		(void)snprintf(text, sizeof(text), "{\"ca_file\":\"/%0*d\"}", len - 1, 0);
		assert_int_equal(merge(text, &options, NULL),
				 fits ? FAULT_NONE : FAULT_UNPROCESSED);
		assert_int_equal(strlen(options.ca_file), ENDPOINT_PATH_BYTES - 1);
	}
}

static void test_suited(void **state)
{
	static const struct {
		const char *text, *url, *pointer; /* NULL: they go together */
	} cases[] = {
		{ "{}", "http://a.example/", NULL },
		{ "{\"https_only\":true}", "https://a.example/", NULL },
		{ "{\"https_only\":true}", "HTTPS://a.example/", NULL },
		{ "{\"https_only\":true}", "http://a.example/", "/options/https_only" },
		{ "{\"client_cert\":\"/c\",\"client_key\":\"/k\"}", "https://a.example/", NULL },
		{ "{\"client_cert\":\"/c\"}", "https://a.example/", "/options/client_key" },
		{ "{\"client_key\":\"/k\"}", "https://a.example/", "/options/client_cert" },
		{ "{\"language\":\"en\",\"fifo\":true,\"retry_s\":[60]}", "mailto:a@b", NULL },
		{ "{\"concurrency\":2}", "mailto:a@b", "/options/concurrency" },
		{ "{\"timeout_s\":2}", "mailto:a@b", "/options/timeout_s" },
		{ "{\"https_only\":true}", "mailto:a@b", "/options/https_only" },
		{ "{\"tls_min\":\"1.3\"}", "mailto:a@b", "/options/tls_min" },
		{ "{\"source\":\"::1\"}", "mailto:a@b", "/options/source" },
		{ "{\"proxy\":\"none\"}", "MAILTO:a@b", "/options/proxy" },
		{ "{\"ca_file\":\"/c\"}", "mailto:a@b", "/options/ca_file" },
		{ "{\"client_cert\":\"/c\"}", "mailto:a@b", "/options/client_cert" },
		{ "{\"client_key\":\"/c\"}", "mailto:a@b", "/options/client_key" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct endpoint_options options = { .concurrency = 0 };
		struct problem problem = { .fault = FAULT_NONE };
		assert_int_equal(merge(cases[i].text, &options, NULL), FAULT_NONE);
		enum fault fault = endpoint_options_suit(&options, cases[i].url, &problem);
		assert_int_equal(fault, cases[i].pointer ? FAULT_UNPROCESSED : FAULT_NONE);
		assert_string_equal(problem.pointer, cases[i].pointer ? cases[i].pointer : "");
	}
}

/* The longest list that fits, and one byte more. */
static void test_long_lists(void **state)
{
	struct endpoint_options options = { .concurrency = 0 };
	struct buf text = BUF_EMPTY;
	(void)state;
	for (int more = 0; more < 2; more++) {
		buf_reset(&text);
		buf_addf(&text, "{\"tracks\":[\"%0254d\"%s]}", 0, more ? ",\"a\"" : "");
		assert_int_equal(merge(buf_str(&text), &options, NULL),
				 more ? FAULT_UNPROCESSED : FAULT_NONE);
		buf_reset(&text);
		buf_addf(&text, "{\"regions\":[\"%0*d\"]}", 255 + more, 0);
		assert_int_equal(merge(buf_str(&text), &options, NULL),
				 more ? FAULT_UNPROCESSED : FAULT_NONE);
	}
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_lists), cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_suited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
