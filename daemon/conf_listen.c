/*
 * `listen` entries are judged as addresses, not as spellings: "tcp:localhost:8470" and "tcp:[::1]:8470" are local,
 * "tcp:127.0.0.1.example.org:80" is refused because names are not resolved here.
 */
#include "conf_listen.h"

#include "conf_path.h"
#include "jiebang/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define HOST_MAX_BYTES 253 /* RFC 1035 */

static bool parse_unix(const char *path, const char *folder, struct conf_listen *out,
		       struct buf *why, const char **hint)
{
	*hint = "write \"unix:/run/jiebang/jiebangd.sock\"";
	if (path[0] == '\0') {
		buf_adds(why, "has no path");
		return false;
	}
	out->is_unix = true;
	out->path = conf_path_resolve(folder, path);
	if (strlen(out->path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return true;
	buf_addf(why, "the socket path %s has %zu bytes, the system takes %zu", out->path,
		 strlen(out->path), sizeof(((struct sockaddr_un *)0)->sun_path) - 1);
	*hint = "use a shorter path";
	return false;
}

static bool is_address(const char *host)
{
	struct in6_addr bytes;
	return inet_pton(AF_INET, host, &bytes) == 1 || inet_pton(AF_INET6, host, &bytes) == 1;
}

static bool parse_tcp(const char *text, struct conf_listen *out, struct buf *why, const char **hint)
{
	int64_t port;
	const char *colon = strrchr(text, ':');
	*hint = "write \"tcp:127.0.0.1:8470\" or \"tcp:[::1]:8470\"";
	if (!colon || !text_parse_i64(colon + 1, 0, 65535, &port)) {
		buf_addf(why, "\"tcp:%s\" has no port from 0 to 65535", text);
		return false;
	}
	size_t len = (size_t)(colon - text);
	bool brackets = len > 2 && text[0] == '[' && text[len - 1] == ']';
	char *host = brackets ? xstrndup(text + 1, len - 2) : xstrndup(text, len);
	bool ipv6 = strchr(host, ':') != NULL;
	if (strcmp(host, "localhost") == 0) {
		free(host);
		host = xstrdup("127.0.0.1");
	}
	out->host = host;
	out->port = (int)port;
	if (is_address(host) && ipv6 == brackets)
		return true;
	buf_addf(why, "\"%s\" is no numeric address%s", host,
		 ipv6 && !brackets ? " (IPv6 stands in brackets)" : "");
	return false;
}

bool conf_listen_parse(const char *text, const char *folder, struct conf_listen *out,
		       struct buf *why, const char **hint)
{
	*out = (struct conf_listen){ .port = 0 };
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(text + 5, folder, out, why, hint);
	if (strncmp(text, "tcp:", 4) == 0)
		return parse_tcp(text + 4, out, why, hint);
	buf_addf(why, "\"%s\" begins with neither unix: nor tcp:", text);
	*hint = "write \"unix:PATH\" or \"tcp:HOST:PORT\"";
	return false;
}

bool conf_listen_is_local(const struct conf_listen *listen)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (listen->is_unix)
		return true;
	if (inet_pton(AF_INET, listen->host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (inet_pton(AF_INET6, listen->host, &v6) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

char *conf_listen_text(const struct conf_listen *listen)
{
	struct buf text = BUF_EMPTY;
	if (listen->is_unix)
		buf_addf(&text, "unix:%s", listen->path);
	else
		buf_addf(&text, strchr(listen->host, ':') ? "tcp:[%s]:%d" : "tcp:%s:%d",
			 listen->host, listen->port);
	return buf_take(&text);
}

void conf_listen_clear(struct conf_listen *listen)
{
	free(listen->path);
	free(listen->host);
}

/* A bracketed address is one of IPv6, as in a URL. */
bool conf_is_host(const char *text)
{
	size_t len = strlen(text);
	if (text[0] == '[')
		return len > 2 && strspn(text + 1, "0123456789abcdefABCDEF:.") == len - 2 &&
		       text[len - 1] == ']';
	return len > 0 && len <= HOST_MAX_BYTES && text[0] != '.' && text[len - 1] != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
		       len;
}
