/*
 * A webhook receiver for tests, demonstration and measurement: one thread, epoll, keep-alive, and its own reading of
 * Standard Webhooks straight on libcrypto, so that it can contradict daemon/courier/webhook.c. A request is logged
 * after it has come in full and before it is answered: what the log lacks was never acknowledged.
 *
 *   receiver --listen 127.0.0.1:PORT [--secrets FILE] [--log FILE] [--status 200] [--delay-ms N] [--answer TEXT]
 *
 * Port 0 takes any; the port is the first line of stdout. FILE of --secrets: lines `path<TAB>whsec_…`, several a path
 * during rotation, read again when an unknown path or a failing signature comes. Log line:
 * webhook-id TAB timestamp TAB sha256 of body TAB verdict TAB path. Verdicts: ok, bad-signature, stale, unsigned,
 * unknown-path, unchecked (no --secrets); other than ok and unchecked answer 401 (404 if the path is unknown).
 * Paths that misbehave: /status/NNN /hang /drip /endless-body /endless-headers /endless-1xx /reset /redirect?to=URL
 * /retry-after/NN, judged by signature only for the log.
 */
#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "receiver_judge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX    (32 * 1024)
#define REQUEST_MAX (1024 * 1024)
#define DRIP_MS     100

enum phase { READING, ANSWERING, DELAYED, DRIPPING, FLOODING, SILENT };

struct conn {
	int fd;
	enum phase phase;
	struct buf in;
	struct buf out; /* the answer, or what floods again and again */
	size_t sent;
	size_t request_len;
	int64_t due_ms;
	TAILQ_ENTRY(conn) link; /* answer list or timed list */
};
TAILQ_HEAD(conns, conn);

static struct {
	int epoll;
	int listener;
	int log;
	const char *answer;
	int status;
	int64_t delay_ms;
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	struct buf lines;
	struct conns to_answer, timed;
} g = { .log = -1, .status = 200, .answer = "" };

static int64_t mono_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void log_request(const struct request *r, const char *body, const char *verdict)
{
	unsigned char sum[32];
	char hex[65];

	if (g.log < 0)
		return;
	if (!EVP_DigestInit_ex2(g.digest, g.sha256, NULL) ||
	    !EVP_DigestUpdate(g.digest, body, r->body_len) ||
	    !EVP_DigestFinal_ex(g.digest, sum, NULL))
		fatal(70, "libcrypto fails");
	for (size_t i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = "0123456789abcdef"[sum[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[sum[i] & 15];
	}
	hex[64] = '\t';
	buf_add(&g.lines, r->id ? r->id : "-", r->id ? r->id_len : 1);
	buf_addc(&g.lines, '\t');
	buf_add(&g.lines, r->timestamp ? r->timestamp : "-", r->timestamp ? r->timestamp_len : 1);
	buf_addc(&g.lines, '\t');
	buf_add(&g.lines, hex, sizeof(hex));
	buf_adds(&g.lines, verdict);
	buf_addc(&g.lines, '\t');
	buf_add(&g.lines, r->path, r->path_len);
	buf_addc(&g.lines, '\n');
}

static void write_log(void)
{
	size_t done = 0;

	while (done < g.lines.len) {
		ssize_t n = write(g.log, g.lines.data + done, g.lines.len - done);
		if (n < 0 && errno != EINTR)
			fatal(74, "can't write the log: %s", strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	buf_reset(&g.lines);
}

/* ---- behaviours ---- */

static void answer(struct conn *c, int status, const char *extra)
{
	buf_reset(&c->out);
	buf_addf(&c->out, "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n%s\r\n%s", status,
		 strlen(g.answer), extra, g.answer);
	c->phase = ANSWERING;
}

static void be_status(struct conn *c, const char *rest)
{
	answer(c, (int)strtol(rest, NULL, 10), "");
}

static void be_retry_after(struct conn *c, const char *rest)
{
	char extra[64];

	snprintf(extra, sizeof(extra), "Retry-After: %.20s\r\n", rest);
	answer(c, 429, extra);
}

static void be_redirect(struct conn *c, const char *rest)
{
	struct buf extra = BUF_EMPTY;

	buf_addf(&extra, "Location: %s\r\n", rest);
	answer(c, 302, extra.data);
	buf_clear(&extra);
}

static void be_silent(struct conn *c, const char *rest)
{
	(void)rest;
	c->phase = SILENT;
}

static void be_dripping(struct conn *c, const char *rest)
{
	(void)rest;
	buf_reset(&c->out);
	buf_adds(&c->out, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
	c->phase = DRIPPING;
}

static void be_reset(struct conn *c, const char *rest)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };

	(void)rest;
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	buf_reset(&c->out);
	c->phase = FLOODING; /* with nothing to send: closed */
}

/* Sends the head once by hand, the rest for ever. */
static void flood(struct conn *c, const char *head, const char *piece)
{
	if (send(c->fd, head, strlen(head), MSG_NOSIGNAL) < 0)
		c->phase = FLOODING;
	buf_reset(&c->out);
	while (c->out.len < 16384)
		buf_adds(&c->out, piece);
	c->phase = FLOODING;
}

static void be_endless_body(struct conn *c, const char *rest)
{
	(void)rest;
	flood(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	      "40\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
}

static void be_endless_headers(struct conn *c, const char *rest)
{
	(void)rest;
	flood(c, "HTTP/1.1 200 OK\r\n", "X-More: and more and more and more and more\r\n");
}

static void be_endless_1xx(struct conn *c, const char *rest)
{
	(void)rest;
	flood(c, "", "HTTP/1.1 103 Early Hints\r\n\r\n");
}

static const struct behaviour {
	const char *prefix;
	void (*act)(struct conn *c, const char *rest);
} behaviours[] = {
	{ "/status/", be_status },
	{ "/hang", be_silent },
	{ "/drip", be_dripping },
	{ "/endless-body", be_endless_body },
	{ "/endless-headers", be_endless_headers },
	{ "/endless-1xx", be_endless_1xx },
	{ "/reset", be_reset },
	{ "/redirect?to=", be_redirect },
	{ "/retry-after/", be_retry_after },
};

static void behave(struct conn *c, const struct request *r, const char *verdict)
{
	char target[2048];

	snprintf(target, sizeof(target), "%.*s", (int)r->target_len, r->path);
	for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
		size_t len = strlen(behaviours[i].prefix);
		if (strncmp(target, behaviours[i].prefix, len) == 0) {
			behaviours[i].act(c, target + len);
			return;
		}
	}
	if (strcmp(verdict, "ok") == 0 || strcmp(verdict, "unchecked") == 0)
		answer(c, g.status, "");
	else
		answer(c, strcmp(verdict, "unknown-path") == 0 ? 404 : 401, "");
}

/* ---- requests ---- */

static void note_header(struct request *r, const char *line, size_t len)
{
	static const char type[] = "content-length:";
	const char *colon = memchr(line, ':', len);

	if (!colon)
		return;
	size_t name_len = (size_t)(colon - line) + 1;
	const char *value = colon + 1;
	while (value < line + len && *value == ' ')
		value++;
	size_t value_len = (size_t)(line + len - value);
	if (name_len == 15 && strncasecmp(line, type, 15) == 0) {
		r->body_len = strtoul(value, NULL, 10);
	} else if (name_len == 11 && strncasecmp(line, "webhook-id:", 11) == 0) {
		r->id = value;
		r->id_len = value_len;
	} else if (name_len == 18 && strncasecmp(line, "webhook-timestamp:", 18) == 0) {
		r->timestamp = value;
		r->timestamp_len = value_len;
	} else if (name_len == 18 && strncasecmp(line, "webhook-signature:", 18) == 0) {
		r->signature = value;
		r->signature_len = value_len;
	}
}

/* 1: a whole request lies in the buffer; 0: not yet; -1: never. */
static int parse(const struct buf *in, struct request *r)
{
	char *end = in->len ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;

	memset(r, 0, sizeof(*r));
	if (!end)
		return in->len > HEAD_MAX ? -1 : 0;
	r->head_len = (size_t)(end - in->data) + 4;
	char *line_end = memchr(in->data, '\r', r->head_len);
	char *space = memchr(in->data, ' ', (size_t)(line_end - in->data));
	if (!space)
		return -1;
	r->path = space + 1;
	char *stop = memchr(r->path, ' ', (size_t)(line_end - r->path));
	if (!stop)
		return -1;
	r->target_len = (size_t)(stop - r->path);
	char *query = memchr(r->path, '?', r->target_len);
	r->path_len = query ? (size_t)(query - r->path) : r->target_len;
	for (char *line = line_end + 2; line < end + 2; line = line_end + 2) {
		line_end = memchr(line, '\r', (size_t)(end + 2 - line));
		note_header(r, line, (size_t)(line_end - line));
	}
	if (r->body_len > REQUEST_MAX)
		return -1;
	return in->len >= r->head_len + r->body_len;
}

static void drop(struct conn *c)
{
	if (c->phase == ANSWERING)
		TAILQ_REMOVE(&g.to_answer, c, link);
	if (c->phase == DELAYED || c->phase == DRIPPING)
		TAILQ_REMOVE(&g.timed, c, link);
	close(c->fd);
	buf_clear(&c->in);
	buf_clear(&c->out);
	free(c);
}

static void insert_timed(struct conn *c, int64_t wait_ms)
{
	struct conn *before = TAILQ_LAST(&g.timed, conns);

	c->due_ms = mono_ms() + wait_ms;
	while (before && before->due_ms > c->due_ms)
		before = TAILQ_PREV(before, conns, link);
	if (before)
		TAILQ_INSERT_AFTER(&g.timed, before, c, link);
	else
		TAILQ_INSERT_HEAD(&g.timed, c, link);
}

static void watch(struct conn *c, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = c };

	epoll_ctl(g.epoll, EPOLL_CTL_MOD, c->fd, &event);
}

/* Takes a complete request out of the input: logs it and chooses what follows. False if the connection is gone. */
static bool take_request(struct conn *c)
{
	struct request r;
	int got = parse(&c->in, &r);

	if (got < 0) {
		drop(c);
		return false;
	}
	if (got == 0)
		return true;
	const char *body = c->in.data + r.head_len;
	const char *verdict = judge(&r, body, time(NULL));
	log_request(&r, body, verdict);
	behave(c, &r, verdict);
	c->sent = 0;
	size_t used = r.head_len + r.body_len;
	memmove(c->in.data, c->in.data + used, c->in.len - used);
	c->in.len -= used;
	if (c->phase == ANSWERING && g.delay_ms > 0) {
		c->phase = DELAYED;
		insert_timed(c, g.delay_ms);
	} else if (c->phase == ANSWERING) {
		TAILQ_INSERT_TAIL(&g.to_answer, c, link);
	} else if (c->phase == DRIPPING) {
		insert_timed(c, DRIP_MS);
	} else if (c->phase == FLOODING) {
		watch(c, EPOLLOUT);
	}
	return true;
}

static void on_readable(struct conn *c)
{
	buf_reserve(&c->in, 8192);
	ssize_t n = recv(c->fd, c->in.data + c->in.len, 8192, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || c->in.len > HEAD_MAX + REQUEST_MAX) {
		drop(c);
		return;
	}
	c->in.len += (size_t)n;
	if (c->phase == READING)
		take_request(c);
}

static void on_floodable(struct conn *c)
{
	if (c->out.len == 0 ||
	    (send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL) < 0 && errno != EAGAIN))
		drop(c);
}

/* Answers are small: one that does not fit the socket's buffer is from a peer that doesn't read. */
static void send_answer(struct conn *c)
{
	TAILQ_REMOVE(&g.to_answer, c, link);
	c->phase = READING;
	if (send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL) != (ssize_t)c->out.len)
		drop(c);
	else if (c->in.len > 0)
		take_request(c);
}

static void on_due(struct conn *c)
{
	TAILQ_REMOVE(&g.timed, c, link);
	if (c->phase == DELAYED) {
		c->phase = ANSWERING;
		TAILQ_INSERT_TAIL(&g.to_answer, c, link);
		return;
	}
	const char *byte = c->sent < c->out.len ? c->out.data + c->sent : "x";
	c->sent++;
	insert_timed(c, DRIP_MS);
	if (send(c->fd, byte, 1, MSG_NOSIGNAL) < 0)
		drop(c);
}

static void on_connection(void)
{
	int fd;
	int one = 1;

	while ((fd = accept4(g.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct conn *c = xcalloc(1, sizeof(*c));
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
		c->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (epoll_ctl(g.epoll, EPOLL_CTL_ADD, fd, &event) < 0)
			drop(c);
	}
}

static int wait_ms(void)
{
	struct conn *first = TAILQ_FIRST(&g.timed);

	if (!first)
		return -1;
	int64_t left = first->due_ms - mono_ms();
	return left > 0 ? (int)left : 0;
}

static void turn(void)
{
	struct epoll_event events[256];
	struct conn *c;
	int n = epoll_wait(g.epoll, events, 256, wait_ms());

	for (int i = 0; i < n; i++) {
		c = events[i].data.ptr;
		if (!c)
			on_connection();
		else if (c->phase == FLOODING)
			on_floodable(c);
		else
			on_readable(c);
	}
	while ((c = TAILQ_FIRST(&g.timed)) != NULL && c->due_ms <= mono_ms())
		on_due(c);
	/* Answering may take the next pipelined request: its line is written before its answer, in the next round. */
	while (!TAILQ_EMPTY(&g.to_answer)) {
		struct conns round = TAILQ_HEAD_INITIALIZER(round);
		write_log();
		TAILQ_CONCAT(&round, &g.to_answer, link);
		while ((c = TAILQ_FIRST(&round)) != NULL) {
			TAILQ_REMOVE(&round, c, link);
			TAILQ_INSERT_HEAD(&g.to_answer, c, link);
			send_answer(c);
		}
	}
	write_log();
}

/* ---- start ---- */

static void start_listening(const char *where)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	const char *colon = strrchr(where, ':');
	char host[64] = "127.0.0.1";
	int one = 1;

	if (colon && (size_t)(colon - where) < sizeof(host))
		snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where);
	address.sin_port = htons((uint16_t)strtoul(colon ? colon + 1 : where, NULL, 10));
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		fatal(64, "--listen wants IPV4:PORT");
	g.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(g.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (g.listener < 0 || bind(g.listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(g.listener, 4096) < 0)
		fatal(74, "can't listen on %s: %s", where, strerror(errno));
	getsockname(g.listener, (struct sockaddr *)&address, &len);
	printf("%d\n", (int)ntohs(address.sin_port));
	fflush(stdout);
}

static const struct option long_options[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "secrets", required_argument, NULL, 's' },
	{ "log", required_argument, NULL, 'o' },
	{ "status", required_argument, NULL, 'c' },
	{ "delay-ms", required_argument, NULL, 'd' },
	{ "answer", required_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 },
};

static const char *read_options(int argc, char **argv, const char **secrets)
{
	const char *where = "127.0.0.1:0";
	int letter;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter == 'l')
			where = optarg;
		else if (letter == 's')
			*secrets = optarg;
		else if (letter == 'o')
			g.log = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		else if (letter == 'c')
			g.status = (int)strtol(optarg, NULL, 10);
		else if (letter == 'd')
			g.delay_ms = strtol(optarg, NULL, 10);
		else if (letter == 'a')
			g.answer = optarg;
		else
			fatal(64, "see the head of receiver.c for the options");
		if (letter == 'o' && g.log < 0)
			fatal(74, "can't open %s: %s", optarg, strerror(errno));
	}
	return where;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
	const char *secrets = NULL;
	const char *where = read_options(argc, argv, &secrets);

	signal(SIGPIPE, SIG_IGN);
	TAILQ_INIT(&g.to_answer);
	TAILQ_INIT(&g.timed);
	judge_start(secrets);
	g.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	g.digest = EVP_MD_CTX_new();
	if (!g.sha256 || !g.digest)
		fatal(70, "libcrypto lacks SHA-256");
	g.epoll = epoll_create1(EPOLL_CLOEXEC);
	start_listening(where);
	epoll_ctl(g.epoll, EPOLL_CTL_ADD, g.listener, &event);
	for (;;)
		turn();
}
