/*
 * The egress guard is three tables: what IANA says is special, what of IPv4 hides inside IPv6, and what the operator
 * allows. An IPv6 address that is in none of them must lie in 2000::/3, the only global unicast space there is; so a
 * range invented tomorrow is refused today. Sources: IANA IPv4 and IPv6 special-purpose address registries
 * (RFC 6890, 8190, 9637, 9602), RFC 4291 (mapped, compatible), 6052 and 8215 (NAT64), 3056 (6to4), 4380 (Teredo).
 */
#include "courier/guard.h"

#include "jiebang/text.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX_BYTES 2048

/* An address range of either family; IPv4 uses the first four bytes. */
struct range {
	uint8_t bytes[16];
	unsigned bits;
	const char *words;
};

struct guard {
	struct range *allowed4;
	size_t n_allowed4;
	struct range *allowed6;
	size_t n_allowed6;
};

static const struct range special4[] = {
	{ { 0 }, 8, "unspecified address" },
	{ { 10 }, 8, "private address" },
	{ { 100, 64 }, 10, "shared address (CGNAT)" },
	{ { 127 }, 8, "loopback address" },
	{ { 169, 254 }, 16, "link-local address" },
	{ { 172, 16 }, 12, "private address" },
	{ { 192, 0, 0 }, 24, "reserved address" },
	{ { 192, 0, 2 }, 24, "documentation address" },
	{ { 192, 88, 99 }, 24, "reserved address" },
	{ { 192, 168 }, 16, "private address" },
	{ { 198, 18 }, 15, "benchmarking address" },
	{ { 198, 51, 100 }, 24, "documentation address" },
	{ { 203, 0, 113 }, 24, "documentation address" },
	{ { 224 }, 4, "multicast address" },
	{ { 255, 255, 255, 255 }, 32, "broadcast address" },
	{ { 240 }, 4, "reserved address" },
};

static const struct range special6[] = {
	{ { 0 }, 128, "unspecified address" },
	{ { [15] = 1 }, 128, "loopback address" },
	{ { 0x20, 0x01, 0x00, 0x02, 0x00, 0x00 }, 48, "benchmarking address" },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, "documentation address" },
	{ { 0x20, 0x01 }, 23, "reserved address" },
	{ { 0x3f, 0xff }, 20, "documentation address" },
	{ { 0xfc }, 7, "private address" },
	{ { 0xfe, 0x80 }, 10, "link-local address" },
	{ { 0xfe, 0xc0 }, 10, "site-local address" },
	{ { 0xff }, 8, "multicast address" },
};

static const struct range global6 = { { 0x20 }, 3, NULL };

/* Where an IPv4 address lies inside an IPv6 one; Teredo writes the client's inverted (RFC 4380 §4). */
static const struct inner {
	struct range range;
	unsigned offset;
	uint8_t flip;
} inners[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96, NULL }, 12, 0x00 },
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96, NULL }, 12, 0x00 },
	{ { { 0x20, 0x02 }, 16, NULL }, 2, 0x00 },
	{ { { 0x20, 0x01, 0x00, 0x00 }, 32, NULL }, 4, 0x00 },
	{ { { 0x20, 0x01, 0x00, 0x00 }, 32, NULL }, 12, 0xff },
	{ { { 0 }, 96, NULL }, 12, 0x00 },
};

/* RFC 8215: a site's own NAT64 prefixes. Only the /96 layout tells for certain where the IPv4 address is. */
static const struct range local_nat64 = { { 0x00, 0x64, 0xff, 0x9b, 0x00, 0x01 }, 48, NULL };

/* Ports of other protocols that a POST could be made to talk to (after the "bad ports" of the WHATWG fetch standard). */
static const long refused_ports[] = {
	19, 21, 22, 23, 25, 53, 110, 139, 143, 445, 465, 587, 993, 995
};

struct guard *guard_new(void)
{
	return xcalloc(1, sizeof(struct guard));
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	free(guard->allowed4);
	free(guard->allowed6);
	free(guard);
}

static bool range_holds(const struct range *range, const uint8_t *address)
{
	unsigned whole = range->bits / 8;
	unsigned rest = range->bits % 8;

	if (memcmp(range->bytes, address, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return ((range->bytes[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static const struct range *find_range(const struct range *ranges, size_t n, const uint8_t *address)
{
	for (size_t i = 0; i < n; i++) {
		if (range_holds(&ranges[i], address))
			return &ranges[i];
	}
	return NULL;
}

static bool host_bits_zero(const struct range *range, unsigned total_bits)
{
	for (unsigned bit = range->bits; bit < total_bits; bit++) {
		if (range->bytes[bit / 8] & (0x80U >> (bit % 8)))
			return false;
	}
	return true;
}

static bool parse_address(const char *cidr, char host[INET6_ADDRSTRLEN], const char **bits)
{
	const char *slash = strchr(cidr, '/');
	size_t len = slash ? (size_t)(slash - cidr) : strlen(cidr);

	*bits = slash ? slash + 1 : NULL;
	return len < INET6_ADDRSTRLEN && text_copy_n(host, INET6_ADDRSTRLEN, cidr, len);
}

static void append_range(struct range **ranges, size_t *n, const struct range *range)
{
	*ranges = xrealloc(*ranges, (*n + 1) * sizeof(**ranges));
	(*ranges)[(*n)++] = *range;
}

enum fault guard_allow(struct guard *guard, const char *cidr, struct problem *problem)
{
	struct range range = { .words = NULL };
	char host[INET6_ADDRSTRLEN] = ""; /* stays so if what was given is too long for one */
	const char *bits_text;
	bool v4 = false;

	if (parse_address(cidr, host, &bits_text))
		v4 = inet_pton(AF_INET, host, range.bytes) == 1;
	if (!v4 && (host[0] == '\0' || inet_pton(AF_INET6, host, range.bytes) != 1))
		return problem_set(problem, FAULT_INVALID,
				   "'%.64s' is not an IP address or a range of them", cidr);

	unsigned total_bits = v4 ? 32 : 128;
	int64_t bits = total_bits;
	if (bits_text && !text_parse_i64(bits_text, 0, total_bits, &bits))
		return problem_set(problem, FAULT_INVALID,
				   "'%.64s': the prefix must be a number from 0 to %u", cidr,
				   total_bits);
	range.bits = (unsigned)bits;
	if (!host_bits_zero(&range, total_bits))
		return problem_set(problem, FAULT_INVALID,
				   "'%.64s': bits beyond the prefix are set", cidr);
	if (v4)
		append_range(&guard->allowed4, &guard->n_allowed4, &range);
	else
		append_range(&guard->allowed6, &guard->n_allowed6, &range);
	return FAULT_NONE;
}

static const char *refusal4(const struct guard *guard, const uint8_t address[4])
{
	if (find_range(guard->allowed4, guard->n_allowed4, address))
		return NULL;
	const struct range *special =
		find_range(special4, sizeof(special4) / sizeof(special4[0]), address);
	return special ? special->words : NULL;
}

static const char *refusal_inner(const struct guard *guard, const struct inner *inner,
				 const uint8_t *address)
{
	uint8_t v4[4];

	for (unsigned i = 0; i < 4; i++)
		v4[i] = address[inner->offset + i] ^ inner->flip;
	return refusal4(guard, v4);
}

static const char *refusal_local_nat64(const struct guard *guard, const uint8_t address[16])
{
	static const uint8_t zero[4];

	if (memcmp(address + 8, zero, sizeof(zero)) != 0)
		return "local translation address";
	return refusal4(guard, address + 12);
}

static const char *refusal6(const struct guard *guard, const uint8_t address[16])
{
	const struct range *special;
	bool has_inner = false;

	if (find_range(guard->allowed6, guard->n_allowed6, address))
		return NULL;
	special = find_range(special6, 2, address); /* :: and ::1, before ::/96 hides them */
	if (special)
		return special->words;
	for (size_t i = 0; i < sizeof(inners) / sizeof(inners[0]); i++) {
		if (!range_holds(&inners[i].range, address))
			continue;
		const char *words = refusal_inner(guard, &inners[i], address);
		if (words)
			return words;
		has_inner = true;
	}
	if (has_inner)
		return NULL;
	if (range_holds(&local_nat64, address))
		return refusal_local_nat64(guard, address);
	special = find_range(special6, sizeof(special6) / sizeof(special6[0]), address);
	if (special)
		return special->words;
	return range_holds(&global6, address) ? NULL : "reserved address";
}

const char *guard_refusal(const struct guard *guard, const struct sockaddr *address, socklen_t len)
{
	if (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof(v4));
		return refusal4(guard, (const uint8_t *)&v4.sin_addr);
	}
	if (address->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 v6;
		memcpy(&v6, address, sizeof(v6));
		return refusal6(guard, v6.sin6_addr.s6_addr);
	}
	return "unknown address family";
}

static const char *literal_refusal(const struct guard *guard, const char *host)
{
	uint8_t address[16];
	char bare[INET6_ADDRSTRLEN];
	size_t len = strlen(host);

	if (inet_pton(AF_INET, host, address) == 1)
		return refusal4(guard, address);
	if (host[0] != '[')
		return NULL;
	if (len < 3 || len - 2 >= sizeof(bare) ||
	    !text_copy_n(bare, sizeof(bare), host + 1, len - 2) ||
	    inet_pton(AF_INET6, bare, address) != 1)
		return "malformed address";
	return refusal6(guard, address);
}

static const char *parse_refusal(CURLUcode code)
{
	switch ((int)code) {
	case CURLUE_OK:
		return NULL;
	case CURLUE_USER_NOT_ALLOWED:
		return "user information in the URL";
	case CURLUE_BAD_PORT_NUMBER:
		return "port out of range";
	case CURLUE_NO_HOST:
	case CURLUE_BAD_HOSTNAME:
		return "no usable host in the URL";
	case CURLUE_BAD_SCHEME:
	case CURLUE_UNSUPPORTED_SCHEME:
		return "scheme not allowed";
	default:
		return "malformed URL";
	}
}

static const char *scheme_refusal(CURLU *parts, bool https_only)
{
	char *scheme = NULL;
	const char *words = "scheme not allowed";

	if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return words;
	if (strcmp(scheme, "https") == 0)
		words = NULL;
	else if (strcmp(scheme, "http") == 0)
		words = https_only ? "only https is allowed" : NULL;
	curl_free(scheme);
	return words;
}

static const char *port_refusal(CURLU *parts)
{
	char *text = NULL;
	int64_t port = 0;
	const char *words = NULL;

	if (curl_url_get(parts, CURLUPART_PORT, &text, CURLU_DEFAULT_PORT) != CURLUE_OK ||
	    !text_parse_i64(text, 1, 65535, &port))
		words = "port out of range";
	for (size_t i = 0; i < sizeof(refused_ports) / sizeof(refused_ports[0]); i++) {
		if (port == refused_ports[i])
			words = "port of another protocol";
	}
	curl_free(text);
	return words;
}

static const char *host_refusal(const struct guard *guard, CURLU *parts)
{
	char *host = NULL;
	char *zone = NULL;
	const char *words;

	if (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK || host[0] == '\0')
		words = "no usable host in the URL";
	else if (curl_url_get(parts, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK)
		words = "zone in the address";
	else
		words = literal_refusal(guard, host);
	curl_free(host);
	curl_free(zone);
	return words;
}

const char *guard_url_refusal(const struct guard *guard, const char *url, bool https_only)
{
	if (strlen(url) > URL_MAX_BYTES)
		return "URL too long";
	CURLU *parts = curl_url();
	if (!parts)
		BUG("out of memory");
	const unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER;
	const char *words = parse_refusal(curl_url_set(parts, CURLUPART_URL, url, flags));
	if (!words)
		words = scheme_refusal(parts, https_only);
	if (!words)
		words = port_refusal(parts);
	if (!words)
		words = host_refusal(guard, parts);
	curl_url_cleanup(parts);
	return words;
}

enum fault guard_check_url(const struct guard *guard, const char *url, bool https_only,
			   struct problem *problem)
{
	const char *words = guard_url_refusal(guard, url, https_only);

	if (!words)
		return FAULT_NONE;
	problem_set(problem, FAULT_UNPROCESSED, "the endpoint's URL is refused: %s", words);
	if (problem) {
		text_copy(problem->pointer, sizeof(problem->pointer), "/url");
		text_copy(problem->hint, sizeof(problem->hint),
			  "give a public http(s) URL; an operator can allow other addresses in "
			  "egress.allow");
	}
	return FAULT_UNPROCESSED;
}
