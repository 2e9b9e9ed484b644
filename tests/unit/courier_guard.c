/*
 * The guard as a table: addresses of every special range and their neighbours, the ways IPv4 hides in IPv6, what
 * getaddrinfo and libcurl make of odd spellings, URLs, and the allow-list.
 */
#include "courier/guard.h"

#include "jiebang/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static const struct {
	const char *address;
	const char *words; /* NULL: may be connected to */
} addresses[] = {
	{ "0.0.0.0", "unspecified address" },
	{ "0.255.255.255", "unspecified address" },
	{ "1.0.0.0", NULL },
	{ "1.1.1.1", NULL },
	{ "8.8.8.8", NULL },
	{ "9.255.255.255", NULL },
	{ "10.0.0.0", "private address" },
	{ "10.255.255.255", "private address" },
	{ "11.0.0.0", NULL },
	{ "100.63.255.255", NULL },
	{ "100.64.0.0", "shared address (CGNAT)" },
	{ "100.127.255.255", "shared address (CGNAT)" },
	{ "100.128.0.0", NULL },
	{ "126.255.255.255", NULL },
	{ "127.0.0.1", "loopback address" },
	{ "127.255.255.254", "loopback address" },
	{ "128.0.0.0", NULL },
	{ "169.253.255.255", NULL },
	{ "169.254.169.254", "link-local address" },
	{ "169.255.0.0", NULL },
	{ "172.15.255.255", NULL },
	{ "172.16.0.1", "private address" },
	{ "172.31.255.255", "private address" },
	{ "172.32.0.0", NULL },
	{ "192.0.0.8", "reserved address" },
	{ "192.0.1.1", NULL },
	{ "192.0.2.1", "documentation address" },
	{ "192.88.99.1", "reserved address" },
	{ "192.167.255.255", NULL },
	{ "192.168.0.1", "private address" },
	{ "192.169.0.0", NULL },
	{ "198.17.255.255", NULL },
	{ "198.18.0.1", "benchmarking address" },
	{ "198.19.255.255", "benchmarking address" },
	{ "198.20.0.0", NULL },
	{ "198.51.100.7", "documentation address" },
	{ "203.0.113.7", "documentation address" },
	{ "223.255.255.255", NULL },
	{ "224.0.0.1", "multicast address" },
	{ "239.255.255.255", "multicast address" },
	{ "240.0.0.1", "reserved address" },
	{ "255.255.255.254", "reserved address" },
	{ "255.255.255.255", "broadcast address" },
	/* IPv6 proper */
	{ "::", "unspecified address" },
	{ "::1", "loopback address" },
	{ "1::1", "reserved address" },
	{ "100::1", "reserved address" },
	{ "2001:2::1", "benchmarking address" },
	{ "2001:1ff:ffff::1", "reserved address" },
	{ "2001:200::1", NULL },
	{ "2001:db8::1", "documentation address" },
	{ "2001:4860:4860::8888", NULL },
	{ "2400:3200::1", NULL },
	{ "3ffe:ffff::1", NULL },
	{ "3fff:fff::1", "documentation address" },
	{ "3fff:1000::1", NULL },
	{ "4000::1", "reserved address" },
	{ "5f00::1", "reserved address" },
	{ "fbff::1", "reserved address" },
	{ "fc00::1", "private address" },
	{ "fdff:ffff::1", "private address" },
	{ "fe80::1", "link-local address" },
	{ "febf::1", "link-local address" },
	{ "fec0::1", "site-local address" },
	{ "ff02::1", "multicast address" },
	/* IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo */
	{ "::ffff:127.0.0.1", "loopback address" },
	{ "::ffff:169.254.169.254", "link-local address" },
	{ "::ffff:8.8.8.8", NULL },
	{ "::ffff:0:127.0.0.1", "reserved address" },
	{ "::127.0.0.1", "loopback address" },
	{ "::2", "unspecified address" },
	{ "::8.8.8.8", NULL },
	{ "64:ff9b::7f00:1", "loopback address" },
	{ "64:ff9b::10.0.0.1", "private address" },
	{ "64:ff9b::8.8.8.8", NULL },
	{ "64:ff9b::1:0:8.8.8.8", "reserved address" },
	{ "64:ff9b:1::192.168.1.1", "private address" },
	{ "64:ff9b:1:abcd::8.8.8.8", NULL },
	{ "64:ff9b:1:0a00:0001::", "local translation address" },
	{ "64:ff9b:1:0a00:0:100::", "local translation address" },
	{ "64:ff9b:1::", "unspecified address" },
	{ "64:ff9b:2::8.8.8.8", "reserved address" },
	{ "2002:7f00:1::1", "loopback address" },
	{ "2002:c0a8:101::1", "private address" },
	{ "2002:808:808::1", NULL },
	/* Teredo: server 8.8.8.8, client 127.0.0.1 inverted; then server 10.0.0.1; then both public */
	{ "2001:0:808:808:0:0:80ff:fffe", "loopback address" },
	{ "2001:0:a00:1:0:0:f7f7:f7f7", "private address" },
	{ "2001:0:808:808:0:0:f7f7:f7f7", NULL },
};

static socklen_t parse(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(out, &v4, sizeof(v4));
		return sizeof(v4);
	}
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) != 1)
		fail_msg("the table's address %s does not parse", text);
	memcpy(out, &v6, sizeof(v6));
	return sizeof(v6);
}

static const char *refusal(const struct guard *guard, const char *text)
{
	struct sockaddr_storage address;
	socklen_t len = parse(text, &address);

	return guard_refusal(guard, (struct sockaddr *)&address, len);
}

static void expect(const char *what, const char *got, const char *want)
{
	if (!got != !want || (got && strcmp(got, want) != 0))
		fail_msg("%s: got '%s', want '%s'", what, got ? got : "allowed",
			 want ? want : "allowed");
}

static void test_addresses(void **state)
{
	struct guard *guard = guard_new();

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		expect(addresses[i].address, refusal(guard, addresses[i].address),
		       addresses[i].words);
	guard_free(guard);
}

static void test_other_families(void **state)
{
	struct guard *guard = guard_new();
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in v4 = { .sin_family = AF_INET };

	(void)state;
	v4.sin_addr.s_addr = htonl(0x08080808);
	expect("unix", guard_refusal(guard, (struct sockaddr *)&local, sizeof(local)),
	       "unknown address family");
	expect("short", guard_refusal(guard, (struct sockaddr *)&v4, 4), "unknown address family");
	guard_free(guard);
	guard_free(NULL);
}

/* What a resolver makes of spellings that a filter on text would let pass. */
static const char *const loopback_spellings[] = {
	"127.0.0.1", "127.1",      "127.0.1",      "2130706433",       "0x7f000001",
	"0x7f.1",    "0177.0.0.1", "017700000001", "0x7f.0x0.0x0.0x1", "localhost",
};

static void test_spellings(void **state)
{
	struct guard *guard = guard_new();

	(void)state;
	for (size_t i = 0; i < sizeof(loopback_spellings) / sizeof(loopback_spellings[0]); i++) {
		struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
		struct addrinfo *list = NULL;
		assert_int_equal(getaddrinfo(loopback_spellings[i], "80", &hints, &list), 0);
		for (struct addrinfo *at = list; at; at = at->ai_next)
			expect(loopback_spellings[i],
			       guard_refusal(guard, at->ai_addr, at->ai_addrlen),
			       "loopback address");
		freeaddrinfo(list);
	}
	guard_free(guard);
}

static const struct {
	const char *url;
	bool https_only;
	const char *words;
} urls[] = {
	{ "https://example.org/hook", true, NULL },
	{ "http://example.org/hook?key=1#part", false, NULL },
	{ "HTTPS://EXAMPLE.ORG:8443/", true, NULL },
	{ "https://8.8.8.8/", true, NULL },
	{ "https://[2001:4860:4860::8888]/", true, NULL },
	{ "https://例子.中国/hook", true, NULL },
	{ "http://example.org/", true, "only https is allowed" },
	{ "ftp://example.org/", false, "scheme not allowed" },
	{ "file:///etc/passwd", false, "scheme not allowed" },
	{ "gopher://127.0.0.1:25/_x", false, "scheme not allowed" },
	{ "example.org/hook", false, "scheme not allowed" },
	{ "", false, "scheme not allowed" },
	{ "https://", false, "no usable host in the URL" },
	{ "https://user@example.org/", false, "user information in the URL" },
	{ "https://user:word@example.org/", false, "user information in the URL" },
	{ "https://example.org:0/", false, "port out of range" },
	{ "https://example.org:65536/", false, "port out of range" },
	{ "https://example.org:80x/", false, "port out of range" },
	{ "https://example.org:25/", false, "port of another protocol" },
	{ "https://exam ple.org/", false, "no usable host in the URL" },
	{ "https://example.org/a\r\nX-Evil: 1", false, "malformed URL" },
	{ "http://127.0.0.1/", false, "loopback address" },
	{ "http://2130706433/", false, "loopback address" },
	{ "http://0x7f.1/", false, "loopback address" },
	{ "http://0177.0.0.1/", false, "loopback address" },
	{ "http://127.1:8080/", false, "loopback address" },
	{ "http://[::1]/", false, "loopback address" },
	{ "http://[::ffff:7f00:1]/", false, "loopback address" },
	{ "http://[fe80::1%25eth0]/", false, "zone in the address" },
	{ "http://[64:ff9b::7f00:1]/", false, "loopback address" },
	{ "http://169.254.169.254/latest/meta-data/", false, "link-local address" },
	{ "http://0/", false, "unspecified address" },
	/* Names are judged at connect. */
	{ "http://localhost/", false, NULL },
};

static void test_urls(void **state)
{
	struct guard *guard = guard_new();
	struct problem problem;
	char key[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		expect(urls[i].url, guard_url_refusal(guard, urls[i].url, urls[i].https_only),
		       urls[i].words);
		memset(&problem, 0, sizeof(problem));
		enum fault fault =
			guard_check_url(guard, urls[i].url, urls[i].https_only, &problem);
		assert_int_equal(fault, urls[i].words ? FAULT_UNPROCESSED : FAULT_NONE);
		if (urls[i].words) {
			assert_non_null(strstr(problem.detail, urls[i].words));
			assert_string_equal(problem.pointer, "/url");
			assert_true(urls[i].url[0] == '\0' || !strstr(problem.detail, urls[i].url));
		}
	}
	memset(key, 'a', sizeof(key));
	memcpy(key, "https://example.org/", 20);
	key[sizeof(key) - 1] = '\0';
	expect("long", guard_url_refusal(guard, key, false), "URL too long");
	guard_free(guard);
}

static const struct {
	const char *cidr;
	bool good;
} ranges[] = {
	{ "127.0.0.0/8", true },
	{ "10.1.2.3", true },
	{ "::1/128", true },
	{ "fd00:1::/32", true },
	{ "0.0.0.0/0", true },
	{ "127.0.0.1/8", false },
	{ "10.0.0.0/33", false },
	{ "10.0.0.0/-1", false },
	{ "10.0.0.0/", false },
	{ "10.0.0.0/8x", false },
	{ "10.0.0/8", false },
	{ "fd00::1/64", false },
	{ "fd00::/129", false },
	{ "localhost", false },
	{ "", false },
	{ "/8", false },
	{ "0x7f.0.0.0/8", false },
	{ "10.0.0.0 /8", false },
	{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", false },
};

static void test_allow_parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct guard *guard = guard_new();
		struct problem problem = { .fault = FAULT_NONE };
		enum fault fault = guard_allow(guard, ranges[i].cidr, &problem);
		if ((fault == FAULT_NONE) != ranges[i].good)
			fail_msg("'%s' gives %s", ranges[i].cidr, fault_name(fault));
		if (!ranges[i].good)
			assert_true(problem.detail[0] != '\0');
		guard_free(guard);
	}
}

static void test_allow(void **state)
{
	static const struct {
		const char *address;
		const char *words;
	} rows[] = {
		{ "127.0.0.1", NULL },
		{ "127.255.0.9", NULL },
		{ "10.1.2.3", NULL },
		{ "10.1.2.4", "private address" },
		{ "::ffff:127.0.0.1", NULL },
		{ "64:ff9b::127.0.0.1", NULL },
		{ "::1", "loopback address" },
		{ "fd12:3400::1", NULL },
		{ "fd12:3500::1", "private address" },
		{ "172.20.0.1", NULL },
		{ "172.24.0.1", "private address" },
	};
	struct guard *guard = guard_new();

	(void)state;
	assert_int_equal(guard_allow(guard, "127.0.0.0/8", NULL), FAULT_NONE);
	assert_int_equal(guard_allow(guard, "10.1.2.3", NULL), FAULT_NONE);
	assert_int_equal(guard_allow(guard, "fd12:3400::/24", NULL), FAULT_NONE);
	assert_int_equal(guard_allow(guard, "172.16.0.0/13", NULL), FAULT_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(rows[i].address, refusal(guard, rows[i].address), rows[i].words);
	assert_null(guard_url_refusal(guard, "http://127.0.0.1:8080/x", false));
	guard_free(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),    cmocka_unit_test(test_other_families),
		cmocka_unit_test(test_spellings),    cmocka_unit_test(test_urls),
		cmocka_unit_test(test_allow_parses), cmocka_unit_test(test_allow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
