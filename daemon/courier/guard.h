/*
 * The egress guard judges the address itself, at connect time, after DNS: odd spellings and rebinding names don't
 * matter. Refused unless allowed: loopback, private, link-local, CGNAT, multicast, reserved, documentation,
 * benchmarking, unspecified, broadcast; IPv4 inside IPv6 (::ffff:0:0/96, ::/96, 64:ff9b::/96, 64:ff9b:1::/48, 2002::/16, 2001::/32) by what is inside.
 * Source: IANA special-purpose address registries (RFC 6890 and successors).
 */
#ifndef JIEBANG_GUARD_H
#define JIEBANG_GUARD_H

#include "jiebang/fault.h"

#include <stdbool.h>
#include <sys/socket.h>

struct guard;

struct guard *guard_new(void);
void guard_free(struct guard *guard);
/* "127.0.0.0/8", "::1/128", "10.1.2.3". Host bits beyond the prefix are an error. */
MUST_CHECK enum fault guard_allow(struct guard *guard, const char *cidr, struct problem *problem);
/* NULL if the address may be connected to, else why not ("loopback address"), a static string. */
const char *guard_refusal(const struct guard *guard, const struct sockaddr *address, socklen_t len);
/* The same for a URL, before anything is resolved: why it may not be used, a static string without any part of the URL, or NULL. */
const char *guard_url_refusal(const struct guard *guard, const char *url, bool https_only);
/* Checks a URL when an endpoint is added: scheme http(s), host present, no user info, port sane; and literal addresses at once. Names are judged at connect. */
MUST_CHECK enum fault guard_check_url(const struct guard *guard, const char *url, bool https_only,
				      struct problem *problem);

#endif
