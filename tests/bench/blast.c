/*
 * The limit that deliveries are measured against: libcurl's multi_socket interface on bare epoll, with the courier's
 * options, concurrency and URLs, and nothing else. No queue, no signature (its headers are constant and of the same
 * size), no guard, no record; sockets stay registered as the courier's do, so that the loop is as good as we know.
 *
 *   blast --url-file F --count N [--in-flight 4] [--size 700]
 */
#include "jiebang/fault.h"

#include <curl/curl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define FDS 65536

static struct {
	char *urls[4096];
	size_t n_urls;
	long count, in_flight, size;
	long started, done, good;
	int epoll;
	CURLM *multi;
	long timeout_ms;
	uint32_t registered[FDS]; /* by descriptor */
	uint32_t wanted[FDS];
	struct curl_slist *headers;
	char *body;
} g = { .count = 20000, .in_flight = 4, .size = 700, .timeout_ms = -1 };

static int on_timer(CURLM *multi, long timeout_ms, void *arg)
{
	(void)multi;
	(void)arg;
	g.timeout_ms = timeout_ms;
	return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *mine)
{
	static const uint32_t wishes[] = { 0, EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT, 0 };
	struct epoll_event event = { .data.fd = fd };

	(void)easy;
	(void)arg;
	(void)mine;
	INVARIANT(fd < FDS);
	g.wanted[fd] = wishes[what];
	if (what == CURL_POLL_REMOVE || g.registered[fd] == g.wanted[fd])
		return 0;
	event.events = g.wanted[fd];
	epoll_ctl(g.epoll, g.registered[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
	g.registered[fd] = g.wanted[fd];
	return 0;
}

static int on_close(void *arg, curl_socket_t fd)
{
	(void)arg;
	g.registered[fd] = 0;
	return close(fd);
}

static size_t on_body(char *data, size_t one, size_t len, void *arg)
{
	(void)data;
	(void)one;
	(void)arg;
	return len;
}

static void set_options(CURL *easy, const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 20000L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "jiebang-drive");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, g.headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)g.size);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, g.body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
}

static void start(CURL *easy)
{
	if (g.started == g.count)
		return;
	g.started++;
	curl_multi_add_handle(g.multi, easy);
}

static void collect(void)
{
	struct CURLMsg *message;
	int left;
	int running;
	bool again = false;

	while ((message = curl_multi_info_read(g.multi, &left)) != NULL) {
		long status = 0;
		CURL *easy = message->easy_handle;
		bool ok = message->data.result == CURLE_OK;
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		g.done++;
		g.good += ok && status >= 200 && status <= 299;
		curl_multi_remove_handle(g.multi, easy);
		start(easy);
		again = true;
	}
	if (again)
		curl_multi_socket_action(g.multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static void turn(void)
{
	struct epoll_event events[256];
	int running;
	int n = epoll_wait(g.epoll, events, 256, g.timeout_ms < 0 ? 1000 : (int)g.timeout_ms);

	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd;
		uint32_t what = events[i].events;
		int action = ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) ? CURL_CSELECT_IN : 0) |
			     ((what & EPOLLOUT) ? CURL_CSELECT_OUT : 0);
		if (g.wanted[fd]) {
			curl_multi_socket_action(g.multi, fd, action, &running);
		} else {
			epoll_ctl(g.epoll, EPOLL_CTL_DEL, fd, NULL);
			g.registered[fd] = 0;
		}
	}
	if (n == 0)
		curl_multi_socket_action(g.multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect();
}

static void read_urls(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[2048];

	if (!file)
		fatal(64, "can't read %s", path);
	while (g.n_urls < 4096 && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0])
			g.urls[g.n_urls++] = xstrdup(line);
	}
	fclose(file);
}

static void set_up(void)
{
	static const char *const headers[] = {
		"Content-Type: application/json",
		"Expect:",
		"Accept:",
		"webhook-id: msg_drive12345",
		"webhook-timestamp: 1700000000",
		"webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	};

	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	g.epoll = epoll_create1(EPOLL_CLOEXEC);
	g.multi = curl_multi_init();
	curl_multi_setopt(g.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(g.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(g.multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(g.multi, CURLMOPT_MAXCONNECTS, 256L);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		g.headers = curl_slist_append(g.headers, headers[i]);
	g.body = xmalloc((size_t)g.size + 1);
	memset(g.body, 'x', (size_t)g.size);
	g.body[g.size] = '\0';
}

static double seconds_of(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(void)
{
	double wall = seconds_of(CLOCK_MONOTONIC);
	double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
	size_t n = g.n_urls * (size_t)g.in_flight;
	CURL **easy = xcalloc(n, sizeof(*easy));

	for (size_t i = 0; i < n; i++) {
		easy[i] = curl_easy_init();
		set_options(easy[i], g.urls[i % g.n_urls]);
		start(easy[i]);
	}
	while (g.done < g.count)
		turn();
	wall = seconds_of(CLOCK_MONOTONIC) - wall;
	cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	fprintf(stderr, "blast: done=%ld good=%ld rate=%.0f/s cpu_us=%.1f\n", g.done, g.good,
		(double)g.done / wall, cpu * 1e6 / (double)g.done);
	for (size_t i = 0; i < n; i++)
		curl_easy_cleanup(easy[i]);
	free(easy);
}

static const struct option long_options[] = {
	{ "url-file", required_argument, NULL, 'u' },
	{ "count", required_argument, NULL, 'n' },
	{ "in-flight", required_argument, NULL, 'f' },
	{ "size", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (letter == 'u')
			read_urls(optarg);
		else if (letter == 'n')
			g.count = strtol(optarg, NULL, 10);
		else if (letter == 'f')
			g.in_flight = strtol(optarg, NULL, 10);
		else if (letter == 's')
			g.size = strtol(optarg, NULL, 10);
		else
			fatal(64, "see the head of blast.c for the options");
	}
	if (g.n_urls == 0 || g.in_flight < 1 || g.count < 1 || g.size < 0)
		fatal(64, "--url-file is missing, or a number is out of range");
	set_up();
	run();
	curl_multi_cleanup(g.multi);
	curl_slist_free_all(g.headers);
	curl_global_cleanup();
	free(g.body);
	for (size_t i = 0; i < g.n_urls; i++)
		free(g.urls[i]);
	return g.good == g.count ? 0 : 1;
}
