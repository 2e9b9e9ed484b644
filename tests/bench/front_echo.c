/*
 * A small server on the front, for tests/system/test_front.py and for wrk: each route shows one thing that the front
 * must do. It prints "ready" when it listens, "held" and "gone" whenever a stream is lost; SIGTERM drains, SIGINT stops at once.
 *
 *   front_echo [--unix PATH] [--tcp PORT] [--spool DIR] [--OPTION VALUE …]    (options as in struct front_options)
 */
#include "http/front.h"
#include "jiebang/buf.h"
#include "jiebang/json.h"
#include "jiebang/text.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct echo {
	struct event_base *base;
	struct front *front;
	struct front_options options;
	const char *unix_path;
	int64_t tcp_port;
	const char *six; /* listen at this IPv6 address instead of 127.0.0.1 */
	const char *spool_dir;
	int64_t descriptors;
	int64_t file_bytes;
	unsigned handled;
	struct front_request *slow[1024];
	unsigned n_slow;
	int64_t sunk;      /* bytes of the body that goes to the sink */
	uint64_t sunk_sum; /* and their checksum */
	unsigned torn, whole;
};

struct streaming {
	struct echo *echo;
	struct front_stream *stream;
	struct event *timer;
	unsigned left;
	size_t piece;
	bool stop_when_refused;
};

static void say(const char *line)
{
	puts(line);
	fflush(stdout);
}

static int64_t number_in_query(const struct front_request *request, int64_t otherwise)
{
	int64_t number = otherwise;

	if (!text_parse_i64(front_query(request), 0, INT32_MAX, &number))
		return otherwise;
	return number;
}

static void reply_text(struct front_request *request, int status, const char *text)
{
	front_reply(request, status, "text/plain", NULL, 0, text, strlen(text));
}

/* What the handler saw, as JSON. */
static void echo(struct echo *self, struct front_request *request)
{
	struct buf out = BUF_EMPTY;
	struct jw jw;
	size_t len;
	const char *body = front_body(request, &len);

	(void)self;
	jw_init(&jw, &out);
	jw_object(&jw);
	jw_kv_str(&jw, "method", front_method(request));
	jw_kv_str(&jw, "path", front_path(request));
	jw_kv_str(&jw, "query", front_query(request));
	jw_kv_str(&jw, "host", front_header(request, "HOST"));
	jw_kv_str(&jw, "x", front_header(request, "x-test"));
	jw_key(&jw, "body");
	jw_str_n(&jw, body ? body : "", len);
	jw_kv_bool(&jw, "unix", front_peer_is_unix(request));
	jw_kv_int(&jw, "uid",
		  front_peer_uid(request) == (uid_t)-1 ? -1 : (int64_t)front_peer_uid(request));
	jw_kv_str(&jw, "address", front_peer_address(request));
	jw_object_end(&jw);
	front_reply(request, 200, "application/json", NULL, 0, out.data, out.len);
	buf_clear(&out);
}

static void small(struct echo *self, struct front_request *request)
{
	static const char body[] = "{\"data\":{\"id\":\"un_1042\",\"state\":\"delivering\","
				   "\"lead\":\"example\",\"due\":\"2026-09-02\"}}\n";

	(void)self;
	front_reply(request, 200, "application/json", NULL, 0, body, sizeof body - 1);
}

static void on_slow_timer(evutil_socket_t fd, short what, void *arg)
{
	struct front_request *request = arg;
	struct event *timer = front_data(request);

	(void)fd;
	(void)what;
	event_free(timer);
	reply_text(request, 200, front_query(request));
}

/* /slow?MS answers that much later. */
static void slow(struct echo *self, struct front_request *request)
{
	int64_t wait_ms = number_in_query(request, 50);
	struct event *timer = evtimer_new(self->base, on_slow_timer, request);

	front_set_data(request, timer);
	event_add(timer,
		  &(struct timeval){ .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 });
}

/* /hold answers when /release comes on another connection; the answer is the path, read that late. */
static void hold(struct echo *self, struct front_request *request)
{
	self->slow[self->n_slow++] = request;
	say("held");
}

static void release(struct echo *self, struct front_request *request)
{
	char text[32];

	snprintf(text, sizeof text, "%u", self->n_slow);
	while (self->n_slow > 0) {
		struct front_request *held = self->slow[--self->n_slow];
		reply_text(held, 200, front_query(held));
	}
	reply_text(request, 200, text);
}

static void streaming_free(struct streaming *streaming)
{
	event_free(streaming->timer);
	free(streaming);
}

static void on_gone(void *arg)
{
	streaming_free(arg);
	say("gone");
}

static void on_stream_timer(evutil_socket_t fd, short what, void *arg)
{
	struct streaming *streaming = arg;
	static char piece[65536];

	(void)fd;
	(void)what;
	memset(piece, 'a' + (char)(streaming->left % 26), sizeof piece);
	if (streaming->left == 0) {
		front_stream_end(streaming->stream);
		streaming_free(streaming);
		return;
	}
	streaming->left--;
	if (front_stream_write(streaming->stream, piece, streaming->piece))
		event_add(streaming->timer, &(struct timeval){ .tv_usec = 1000 });
	else
		say("refused");
}

static void stream(struct echo *self, struct front_request *request, size_t piece)
{
	struct streaming *streaming = calloc(1, sizeof *streaming);

	if (!streaming)
		abort();
	streaming->echo = self;
	streaming->left = (unsigned)number_in_query(request, 5);
	streaming->piece = piece;
	streaming->timer = evtimer_new(self->base, on_stream_timer, streaming);
	streaming->stream =
		front_reply_stream(request, 200, "text/event-stream", NULL, 0, on_gone, streaming);
	if (!streaming->stream) {
		say("no stream");
		streaming_free(streaming);
		return;
	}
	event_add(streaming->timer, &(struct timeval){ .tv_usec = 1000 });
}

static void small_stream(struct echo *self, struct front_request *request)
{
	stream(self, request, 10);
}

static void flood(struct echo *self, struct front_request *request)
{
	stream(self, request, 65536);
}

static uint64_t sum_of(int fd, int64_t *read_bytes)
{
	static unsigned char block[65536];
	uint64_t sum = 0;
	ssize_t got;

	*read_bytes = 0;
	while ((got = read(fd, block, sizeof block)) > 0) {
		*read_bytes += got;
		for (ssize_t i = 0; i < got; i++)
			sum = sum * 31 + block[i];
	}
	return sum;
}

static void spool(struct echo *self, struct front_request *request)
{
	int64_t len;
	int64_t read_bytes;
	int fd = front_body_fd(request, &len);
	size_t in_memory;
	char text[128];
	uint64_t sum = sum_of(fd, &read_bytes);

	(void)self;
	front_body(request, &in_memory);
	snprintf(text, sizeof text, "%lld %lld %llu %zu", (long long)len, (long long)read_bytes,
		 (unsigned long long)sum, in_memory);
	reply_text(request, fd >= 0 ? 200 : 500, text);
}

/* /big?BYTES */
static void big(struct echo *self, struct front_request *request)
{
	size_t len = (size_t)number_in_query(request, 1000000);
	char *body = malloc(len + 1);

	(void)self;
	if (!body)
		abort();
	memset(body, 'x', len);
	front_reply(request, 200, "application/octet-stream", NULL, 0, body, len);
	free(body);
}

/* /file?BYTES: so many bytes of a file whose content tells its place; "?BYTES&short" promises twice as many. */
static void file(struct echo *self, struct front_request *request)
{
	char path[] = "/tmp/front_echo.XXXXXX";
	char block[1 << 16];
	const char *query = front_query(request);
	int64_t bytes = strtoll(query, NULL, 10);
	struct front_file out = { .fd = mkstemp(path), .at = 7, .length = bytes };

	(void)self;
	unlink(path);
	for (int64_t at = 0; at < bytes + 7; at += (int64_t)sizeof block) {
		for (size_t i = 0; i < sizeof block; i++)
			block[i] = (char)((at + (int64_t)i) % 251);
		if (write(out.fd, block, sizeof block) != (ssize_t)sizeof block)
			abort();
	}
	if (ftruncate(out.fd, bytes + 7) != 0)
		abort();
	if (strstr(query, "&short"))
		out.length = 2 * bytes;
	front_reply_file(request, 200, "application/octet-stream", NULL, 0, &out);
}

/* A sink that refuses what goes beyond 1 MB. */
static int sink_take(void *arg, const void *data, size_t len)
{
	struct echo *self = arg;
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		self->sunk_sum = self->sunk_sum * 31 + bytes[i];
	self->sunk += (int64_t)len;
	return self->sunk > 1000000 ? 507 : 0;
}

static void sink_whole(void *arg)
{
	((struct echo *)arg)->whole++;
}

static void sink_torn(void *arg)
{
	struct echo *self = arg;

	self->torn++;
	self->sunk = 0;
	self->sunk_sum = 0;
}

static const struct front_sink sink = { sink_take, sink_whole, sink_torn };

static void sunk(struct echo *self, struct front_request *request)
{
	size_t in_memory;
	char text[128];

	front_body(request, &in_memory);
	snprintf(text, sizeof text, "%lld %llu %zu", (long long)self->sunk,
		 (unsigned long long)self->sunk_sum, in_memory);
	self->sunk = 0;
	self->sunk_sum = 0;
	reply_text(request, 200, text);
}

static void sinks(struct echo *self, struct front_request *request)
{
	char text[64];

	snprintf(text, sizeof text, "%u %u", self->whole, self->torn);
	reply_text(request, 200, text);
}

/* /status?204 */
static void status(struct echo *self, struct front_request *request)
{
	(void)self;
	front_reply(request, (int)number_in_query(request, 204), "text/plain", NULL, 0, "12345", 5);
}

static void headers(struct echo *self, struct front_request *request)
{
	static const struct front_header_pair pairs[] = {
		{ "X-Good", "fine" }, { "X-Bad", "one\r\nX-Injected: yes" },
		{ "X Bad", "name" },  { "Content-Length", "3" },
		{ "Allow", "GET" },
	};

	(void)self;
	front_reply(request, 405, "text/plain\r\nX-Injected: yes", pairs,
		    sizeof pairs / sizeof pairs[0], "no", 2);
}

static void count(struct echo *self, struct front_request *request)
{
	char text[64];

	snprintf(text, sizeof text, "%u %u", self->handled, front_connections(self->front));
	reply_text(request, 200, text);
}

static const struct route {
	const char *path;
	void (*handle)(struct echo *self, struct front_request *request);
	struct front_plan plan;
} routes[] = {
	{ "/echo", echo, { .body_max_bytes = 1 << 20 } }, /* the front makes it 64 KiB */
	{ "/small", small, { 0 } },
	{ "/slow", slow, { .body_max_bytes = 4096 } },
	{ "/hold", hold, { .body_max_bytes = 4096 } },
	{ "/release", release, { 0 } },
	{ "/stream", small_stream, { 0 } },
	{ "/flood", flood, { 0 } },
	{ "/spool", spool, { .body_max_bytes = (int64_t)1 << 31, .spool = true } },
	{ "/big", big, { 0 } },
	{ "/file", file, { 0 } },
	{ "/sink", sunk, { .body_max_bytes = (int64_t)1 << 31, .sink = &sink } },
	{ "/sinks", sinks, { 0 } },
	{ "/status", status, { 0 } },
	{ "/headers", headers, { 0 } },
	{ "/count", count, { 0 } },
	{ "/refused",
	  small,
	  { .refuse_status = 401,
	    .refuse_detail = "the token is unknown, revoked or expired",
	    .body_max_bytes = 4096 } },
};

static const struct route *route_of(const struct front_request *request)
{
	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
		if (strcmp(front_path(request), routes[i].path) == 0)
			return &routes[i];
	}
	return NULL;
}

static void on_plan(void *arg, struct front_request *request, struct front_plan *plan)
{
	const struct route *route = route_of(request);

	if (route)
		*plan = route->plan;
	plan->sink_arg = arg;
}

static void on_handle(void *arg, struct front_request *request)
{
	struct echo *self = arg;
	const struct route *route = route_of(request);

	self->handled++;
	if (route)
		route->handle(self, request);
	else
		echo(self, request);
}

static const struct number_option {
	const char *name;
	size_t at;
} number_options[] = {
	{ "--connections", offsetof(struct echo, options.connections_max) },
	{ "--per-address", offsetof(struct echo, options.connections_per_address_max) },
	{ "--first-byte", offsetof(struct echo, options.first_byte_s) },
	{ "--head", offsetof(struct echo, options.head_s) },
	{ "--body", offsetof(struct echo, options.body_s) },
	{ "--rate", offsetof(struct echo, options.body_min_rate_bytes_s) },
	{ "--idle", offsetof(struct echo, options.idle_s) },
	{ "--write", offsetof(struct echo, options.write_s) },
	{ "--per-turn", offsetof(struct echo, options.requests_per_turn) },
};

static bool number_option(struct echo *self, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof number_options / sizeof number_options[0]; i++) {
		int64_t number;
		int small_number;
		if (strcmp(name, number_options[i].name) != 0)
			continue;
		if (!text_parse_i64(value, 0, 1000000000, &number))
			return false;
		small_number = (int)number;
		memcpy((char *)self + number_options[i].at, &small_number, sizeof small_number);
		return true;
	}
	return false;
}

static bool parse(struct echo *self, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--unix") == 0)
			self->unix_path = argv[i + 1];
		else if (strcmp(argv[i], "--six") == 0)
			self->six = argv[i + 1];
		else if (strcmp(argv[i], "--spool") == 0)
			self->spool_dir = argv[i + 1];
		else if (strcmp(argv[i], "--tcp") == 0 &&
			 text_parse_i64(argv[i + 1], 1, 65535, &self->tcp_port))
			continue;
		else if (strcmp(argv[i], "--descriptors") == 0 &&
			 text_parse_i64(argv[i + 1], 16, 1 << 20, &self->descriptors))
			continue;
		else if (strcmp(argv[i], "--file-bytes") == 0 &&
			 text_parse_i64(argv[i + 1], 1, INT32_MAX, &self->file_bytes))
			continue;
		else if (!number_option(self, argv[i], argv[i + 1]))
			return false;
	}
	return argc % 2 == 1;
}

static bool listen_on(struct front *front, const struct sockaddr *address, socklen_t len)
{
	int one = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	return bind(fd, address, len) == 0 && listen(fd, 4096) == 0 &&
	       front_listen(front, fd, address->sa_family == AF_UNIX);
}

static bool listen_all(struct echo *self)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	bool ok = true;

	if (self->unix_path) {
		ok = text_copy(un.sun_path, sizeof un.sun_path, self->unix_path) &&
		     listen_on(self->front, (const struct sockaddr *)&un, sizeof un);
	}
	in.sin_port = in6.sin6_port = htons((uint16_t)self->tcp_port);
	if (self->six)
		return ok && inet_pton(AF_INET6, self->six, &in6.sin6_addr) == 1 &&
		       listen_on(self->front, (const struct sockaddr *)&in6, sizeof in6);
	if (self->tcp_port > 0)
		ok = ok && listen_on(self->front, (const struct sockaddr *)&in, sizeof in);
	return ok;
}

static void on_drained(void *arg)
{
	struct echo *self = arg;

	say("drained");
	event_base_loopexit(self->base, NULL);
}

static void on_sigterm(evutil_socket_t fd, short what, void *arg)
{
	struct echo *self = arg;

	(void)fd;
	(void)what;
	front_drain(self->front, on_drained, self);
}

static void on_sigint(evutil_socket_t fd, short what, void *arg)
{
	struct echo *self = arg;

	(void)fd;
	(void)what;
	event_base_loopexit(self->base, NULL);
}

/* The held ones are answered after the front is gone, as its contract allows. */
static void serve(struct echo *self)
{
	struct event *sigterm = evsignal_new(self->base, SIGTERM, on_sigterm, self);
	struct event *sigint = evsignal_new(self->base, SIGINT, on_sigint, self);

	event_add(sigterm, NULL);
	event_add(sigint, NULL);
	say("ready");
	event_base_dispatch(self->base);
	event_free(sigterm);
	event_free(sigint);
	front_free(self->front);
	while (self->n_slow > 0)
		reply_text(self->slow[--self->n_slow], 200, "too late");
}

/* So that running out can be provoked: of descriptors, and of room for a file. */
static void set_limits(const struct echo *self)
{
	rlim_t descriptors = (rlim_t)self->descriptors;
	rlim_t file_bytes = (rlim_t)self->file_bytes;

	if (descriptors > 0)
		setrlimit(RLIMIT_NOFILE, &(struct rlimit){ descriptors, descriptors });
	if (file_bytes > 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &(struct rlimit){ file_bytes, file_bytes });
	}
}

int main(int argc, char **argv)
{
	static struct echo self = { .spool_dir = "/tmp" };
	struct front_callbacks callbacks = { .plan = on_plan, .handle = on_handle, .arg = &self };

	front_options_default(&self.options);
	if (!parse(&self, argc, argv)) {
		fputs("usage: front_echo [--unix PATH] [--tcp PORT] [--spool DIR] [--OPTION "
		      "NUMBER]\n",
		      stderr);
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	set_limits(&self);
	self.base = event_base_new();
	self.front = front_new(self.base, &self.options, self.spool_dir, &callbacks);
	if (!listen_all(&self)) {
		perror("front_echo: listen");
		return 1;
	}
	serve(&self);
	event_base_free(self.base);
	return 0;
}
