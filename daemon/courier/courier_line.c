/*
 * One connection: libcurl resolves, asks the guard, connects, goes through the proxy and does TLS (CURLOPT_CONNECT_ONLY);
 * then octets go over it by our own hand, which costs a third of a transfer by libcurl. Its handle stays in the multi as long
 * as it lives: taking the handle out closes the connection. Without TLS and without a proxy the descriptor is read
 * and written directly; else libcurl carries the octets.
 *
 * Each line has a connection cache of its own. In one cache for all, libcurl looks through the idle connections when it
 * makes a new one, and closes those that were made two minutes ago or that the peer has closed: to it ours look idle even
 * while we wait for an answer. And curl_easy_send seeks its connection through the whole cache, each time.
 */
#include "courier/courier_inside.h"

#include "courier/guard.h"
#include "jiebang/text.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BUFFER_BYTES  4096L
#define RELAY_EDITION UINT64_MAX /* of the options that go with the relay: of no endpoint */

static const struct {
	CURLoption option;
	long value;
} fixed_options[] = {
	{ CURLOPT_CONNECT_ONLY, 1 },
	{ CURLOPT_NOSIGNAL, 1 },
	/* Else dropping a handle joins its resolver thread: one dead DNS server stops the loop. */
	{ CURLOPT_QUICK_EXIT, 1 },
	{ CURLOPT_NOPROGRESS, 1 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_BUFFERSIZE, BUFFER_BYTES },
};

/*
 * The guard's place: the address is resolved, no packet has left. The addresses of the daemon's own proxy and of its relay
 * are the operator's choice and are not judged, those of an endpoint are; NOPROXY is empty, so no other address comes by here then.
 */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct line *line = arg;
	const struct courier *courier = line->courier;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (!line->relay && (!line->proxy || line->proxy == line->own_proxy)) {
		const char *words = guard_refusal(courier->guard, &address->addr, address->addrlen);
		if (words) {
			line->refusal = words;
			return CURL_SOCKET_BAD;
		}
	}
	line->permitted++;
	return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		      address->protocol);
}

/* Options that are the same for the line's life. A refused option is our bug, or a libcurl without it. */
static void set_options(struct line *line)
{
	const struct courier *courier = line->courier;
	CURL *easy = line->easy;
	CURLcode bad = CURLE_OK;

	for (size_t i = 0; i < sizeof(fixed_options) / sizeof(fixed_options[0]); i++)
		bad |= curl_easy_setopt(easy, fixed_options[i].option, fixed_options[i].value);
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
				courier->options.https_only ? "https" : "http,https");
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
				1000L * courier->options.connect_timeout_s);
	/* An empty string, not NULL: NULL would ask the environment, and a proxy would hide the address from the guard. */
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, line->proxy ? line->proxy : "");
	bad |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (courier->ca_file)
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, courier->ca_file);
	/* With a CA path libcurl parses the CA bundle anew for each connection: 24 ms each. */
	bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (courier->user_agent)
		bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, courier->user_agent);
	bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, line->arg);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, line);
	bad |= curl_easy_setopt(easy, CURLOPT_SHARE, line->cache);
	bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, line->said);
	INVARIANT(bad == CURLE_OK);
}

static CURLcode set_text(CURL *easy, CURLoption option, const char *text)
{
	return text[0] ? curl_easy_setopt(easy, option, text) : CURLE_OK;
}

/* libcurl keeps one CA store for all: an endpoint's own must not drive out the one that the others share. */
static CURLcode set_own_ca(CURL *easy, const char *ca_file)
{
	if (!ca_file[0])
		return CURLE_OK;
	return curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L) |
	       curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
}

/* On top of what is the same for all. "host!" before the address: else libcurl looks for an interface of this name. */
static void set_own_options(struct line *line, const struct endpoint_options *own)
{
	CURL *easy = line->easy;
	char source[sizeof("host!") + sizeof(own->source)] = "";
	CURLcode bad = set_own_ca(easy, own->ca_file);

	if (own->https_only)
		bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	if (strcmp(own->tls_min, "1.3") == 0)
		bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3);
	if (own->source[0])
		(void)snprintf(source, sizeof(source), "host!%s", own->source);
	bad |= set_text(easy, CURLOPT_INTERFACE, source);
	bad |= set_text(easy, CURLOPT_SSLCERT, own->client_cert);
	bad |= set_text(easy, CURLOPT_SSLKEY, own->client_key);
	INVARIANT(bad == CURLE_OK);
}

static void choose_proxy(struct line *line, const struct endpoint_options *own)
{
	line->proxy = line->courier->proxy;
	if (own->proxy[0])
		line->proxy = NULL;
	if (!own->proxy[0] || strcmp(own->proxy, "none") == 0)
		return;
	(void)text_copy(line->own_proxy, sizeof(line->own_proxy), own->proxy);
	line->proxy = line->own_proxy;
}

/* For another endpoint, or the relay: nothing of the one before stays. */
static void begin_anew(struct line *line, uint64_t edition)
{
	line_close(line);
	free(line->url);
	line->url = NULL; /* to be aimed anew: what is written for a proxy differs */
	line->edition = edition;
	line->relay = edition == RELAY_EDITION;
	curl_easy_reset(line->easy);
}

void line_ask(struct line *line, const struct endpoint_options *own, uint64_t edition)
{
	if (line->edition == edition)
		return;
	begin_anew(line, edition);
	choose_proxy(line, own);
	set_options(line);
	set_own_options(line, own);
}

/* What the relay says while libcurl greets it, line by line: the last one is kept, without its code. */
static size_t on_greeting(char *text, size_t size, size_t n, void *arg)
{
	struct line *line = arg;
	size_t len = size * n, end = len;

	while (end > 0 && (text[end - 1] == '\n' || text[end - 1] == '\r'))
		end--;
	size_t begin = end < 4 ? end : 4;
	line->greeting_len = end - begin;
	if (line->greeting_len > sizeof(line->greeting))
		line->greeting_len = sizeof(line->greeting);
	memcpy(line->greeting, text + begin, line->greeting_len);
	return len;
}

/*
 * libcurl greets the relay (STARTTLS and AUTH with it) as a part of connecting, and leaves the mail to us. Its own transfer
 * of mails would wait for the answer to QUIT when it closes a connection, up to two minutes, and all others with it.
 */
void line_ask_relay(struct line *line)
{
	const struct courier_mail *mail = &line->courier->options.mail;
	CURL *easy = line->easy;
	CURLcode bad = CURLE_OK;

	if (line->edition == RELAY_EDITION)
		return;
	begin_anew(line, RELAY_EDITION);
	line->proxy = NULL;
	set_options(line);
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= curl_easy_setopt(easy, CURLOPT_USE_SSL,
				mail->starttls_required ? CURLUSESSL_ALL : CURLUSESSL_TRY);
	bad |= curl_easy_setopt(easy, CURLOPT_USERNAME, mail->user);
	bad |= curl_easy_setopt(easy, CURLOPT_PASSWORD, mail->password);
	if (mail->ca_file)
		bad |= set_own_ca(easy, mail->ca_file);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_greeting);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, line);
	INVARIANT(bad == CURLE_OK);
}

void line_init(struct line *line, struct courier *courier, void (*ready)(void *arg, short what),
	       void *arg)
{
	line->courier = courier;
	line->ready = ready;
	line->arg = arg;
	line->fd = -1;
	line->proxy = courier->proxy;
	line->easy = curl_easy_init();
	line->cache = curl_share_init();
	if (!line->easy || !line->cache)
		BUG("out of memory");
	INVARIANT(curl_share_setopt(line->cache, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) ==
		  CURLSHE_OK);
	set_options(line);
}

void line_clear(struct line *line)
{
	line_close(line);
	curl_easy_cleanup(line->easy);
	CURLSHcode code = curl_share_cleanup(line->cache);
	INVARIANT(code == CURLSHE_OK);
	free(line->url);
}

/* Scheme, name and port: what a connection is for. */
static size_t origin_len(const char *url)
{
	const char *mark = strstr(url, "://");
	size_t start = mark ? (size_t)(mark - url) + 3 : 0;

	return start + strcspn(url + start, "/?#");
}

void line_aim(struct line *line, const char *url)
{
	size_t len = origin_len(url);

	if (line->url && (origin_len(line->url) != len || memcmp(line->url, url, len) != 0))
		line_close(line);
	free(line->url);
	line->url = xstrdup(url);
	line->direct = !line->proxy && strncasecmp(url, "http:", 5) == 0;
}

void line_open(struct line *line)
{
	line_close(line);
	line->refusal = NULL;
	line->permitted = 0;
	line->said[0] = '\0';
	line->greeting_len = 0;
	CURLcode set = curl_easy_setopt(line->easy, CURLOPT_URL, line->url);
	INVARIANT(set == CURLE_OK); /* the guard has bounded its length */
	CURLMcode added = curl_multi_add_handle(line->courier->loop.multi, line->easy);
	INVARIANT(added == CURLM_OK);
	line->phase = LINE_CONNECTING;
	line->courier->loop.connecting++;
}

static void on_event(evutil_socket_t fd, short what, void *arg)
{
	struct line *line = arg;

	(void)fd;
	line->ready(line->arg, what);
}

static void wait_for(struct line *line, short wanted)
{
	if (line->wanted == wanted)
		return;
	if (line->wanted)
		event_del(&line->event);
	line->wanted = wanted;
	if (!wanted)
		return;
	event_assign(&line->event, line->courier->loop.base, line->fd, (short)(wanted | EV_PERSIST),
		     on_event, line);
	event_add(&line->event, NULL);
}

static void set_phase(struct line *line, enum line_phase phase)
{
	if (line->phase == LINE_CONNECTING)
		line->courier->loop.connecting--;
	line->phase = phase;
}

/* libcurl counts microseconds from the beginning of the connection; 0 is a stage that was not reached, or not needed. */
void line_times(const struct line *line, struct attempt_times *times)
{
	static const CURLINFO stages[] = { CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
					   CURLINFO_APPCONNECT_TIME_T };
	int32_t *const to[] = { &times->lookup_ms, &times->connect_ms, &times->tls_ms };
	curl_off_t before = 0;

	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		curl_off_t at = 0;
		curl_easy_getinfo(line->easy, stages[i], &at);
		*to[i] = at > 0 ? (int32_t)((at - before) / 1000) : -1;
		before = at > 0 ? at : before;
	}
}

bool line_opened(struct line *line)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(line->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD)
		return false;
	set_phase(line, LINE_OPEN);
	line->fd = fd;
	wait_for(line, EV_READ);
	return true;
}

void line_close(struct line *line)
{
	if (line->phase == LINE_CLOSED)
		return;
	wait_for(line, 0);
	set_phase(line, LINE_CLOSED);
	line->fd = -1;
	curl_multi_remove_handle(line->courier->loop.multi, line->easy);
}

void line_want_write(struct line *line, bool want)
{
	wait_for(line, want ? EV_READ | EV_WRITE : EV_READ);
}

static enum line_io io_of(CURLcode code, size_t n)
{
	if (code == CURLE_AGAIN)
		return LINE_IO_AGAIN;
	if (code != CURLE_OK)
		return LINE_IO_BROKEN;
	return n > 0 ? LINE_IO_DONE : LINE_IO_END;
}

static enum line_io io_of_call(ssize_t result, size_t *n)
{
	if (result < 0 && (errno == EAGAIN || errno == EINTR))
		return LINE_IO_AGAIN;
	if (result < 0)
		return LINE_IO_BROKEN;
	*n = (size_t)result;
	return result > 0 ? LINE_IO_DONE : LINE_IO_END;
}

enum line_io line_send(struct line *line, const char *data, size_t len, size_t *n)
{
	*n = 0;
	if (line->direct)
		return io_of_call(send(line->fd, data, len, MSG_NOSIGNAL), n);
	return io_of(curl_easy_send(line->easy, data, len, n), len);
}

enum line_io line_recv(struct line *line, char *data, size_t size, size_t *n)
{
	*n = 0;
	if (line->direct)
		return io_of_call(recv(line->fd, data, size, 0), n);
	CURLcode code = curl_easy_recv(line->easy, data, size, n);
	return io_of(code, *n);
}
