/*
 * The robots of chat programs count what comes from everywhere to all groups of one host, and refuse bursts. A claim
 * lets one message a second begin there, whichever endpoint it is for; the others wait for the seconds to come. What is
 * known of it is one second and one endpoint a host, which a start need not remember: it takes its first second as used.
 */
#include "engine/space.h"

#include "jiebang/buf.h"
#include "store/claim.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CLOCK_WENT_BACK_S 60 /* then what was taken lies in no second to come, and is forgotten */

void spacing_init(struct spacing *spacing, char *const *names, size_t n, int64_t now_at)
{
	*spacing = (struct spacing){ .hosts = xcalloc(n + 1, sizeof(*spacing->hosts)), .n = n };
	for (size_t i = 0; i < n; i++)
		spacing->hosts[i] =
			(struct spaced_host){ .name = xstrdup(names[i]), .begun_at = now_at };
}

void spacing_clear(struct spacing *spacing)
{
	for (size_t i = 0; i < spacing->n; i++)
		free(spacing->hosts[i].name);
	free(spacing->hosts);
	*spacing = (struct spacing){ .n = 0 };
}

/* The URL was judged when it was added: it has a scheme, no user and no white space. A root's dot names the same. */
static size_t host_len(const char *host)
{
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	return len > 0 && host[len - 1] == '.' ? len - 1 : len;
}

struct spaced_host *spacing_of(const struct spacing *spacing, const char *url)
{
	const char *host = strstr(url, "://");
	if (!host)
		return NULL;
	host += 3;
	size_t len = host_len(host);
	for (size_t i = 0; i < spacing->n; i++)
		if (strlen(spacing->hosts[i].name) == len &&
		    strncasecmp(spacing->hosts[i].name, host, len) == 0)
			return &spacing->hosts[i];
	return NULL;
}

static bool is_taken(const struct spaced_host *host, int64_t now_at)
{
	return host->begun_at >= now_at && host->begun_at - now_at < CLOCK_WENT_BACK_S;
}

static bool may_begin(struct spaced_host *host, int64_t endpoint_key, int64_t now_at, bool again)
{
	if (is_taken(host, now_at))
		return false;
	if (!again && endpoint_key <= host->served_key) {
		if (!host->waiting_key)
			host->waiting_key = endpoint_key;
		return false;
	}
	host->begun_at = now_at;
	host->served_key = endpoint_key;
	return true;
}

void spacing_cut(struct spaced_host *host, int64_t endpoint_key, int64_t now_at, bool again,
		 struct outbox_ready *ready)
{
	size_t n = may_begin(host, endpoint_key, now_at, again) ? 1 : 0;
	if (ready->n > n || ready->more)
		ready->later = (is_taken(host, now_at) ? host->begun_at : now_at) + 1;
	ready->n = n;
	ready->more = false;
}
