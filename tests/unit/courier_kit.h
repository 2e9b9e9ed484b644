/*
 * A courier, a guard and a scripted server on one loop, and what the courier's tests do with them. A header, since each .c file of
 * this folder is a program.
 */
#ifndef JIEBANG_COURIER_KIT_H
#define JIEBANG_COURIER_KIT_H

#include "courier/courier.h"

#include "courier/courier_inside.h"
#include "courier/guard.h"
#include "courier/webhook.h"
#include "courier_server.h"
#include "jiebang/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define KEY    "SECRETKEY" /* every URL carries it, no reason may */
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OK     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct script scripts[] = {
	{ .path = "/ok", .raw = OK },
	{ .path = "/hang", .raw = "", .after = HANG },
	{ .path = "/hold", .raw = OK, .after = HOLD },
	{ .path = "/drip",
	  .raw = "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
	  .after = DRIP },
};

struct kit {
	struct event_base *base;
	struct guard *guard;
	struct courier *courier;
	struct courier_options options;
	struct server server;
	unsigned want; /* stop the loop at this many results */
	unsigned done;
	unsigned done_of[32]; /* by endpoint */
	enum attempt_end end_of[32];
	struct courier_result last;
	unsigned chain; /* submit so many more from within done */
};

static inline void submit(struct kit *kit, int64_t endpoint_key, const char *url);
static inline void submit_path(struct kit *kit, int64_t endpoint_key, const char *path);

static inline void on_done(void *arg, struct courier_job *job, const struct courier_result *result)
{
	struct kit *kit = arg;

	assert_null(strstr(result->reason, KEY));
	assert_null(strstr(result->reason, ".test"));
	assert_null(strstr(result->reason, "127."));
	assert_true(text_utf8_valid(result->excerpt, strlen(result->excerpt)));
	assert_true(result->elapsed_ms >= 0);
	kit->last = *result;
	kit->done_of[job->endpoint_key % 32]++;
	kit->end_of[job->endpoint_key % 32] = result->end;
	courier_job_free(job);
	if (kit->chain > 0) {
		kit->chain--;
		submit_path(kit, 1, "/ok");
	}
	if (++kit->done == kit->want)
		event_base_loopbreak(kit->base);
}

static inline void kit_start(struct kit *kit, const char *allow)
{
	memset(kit, 0, sizeof(*kit));
	kit->base = event_base_new();
	kit->guard = guard_new();
	if (allow)
		assert_int_equal(guard_allow(kit->guard, allow, NULL), FAULT_NONE);
	server_start(&kit->server, kit->base, scripts, sizeof(scripts) / sizeof(scripts[0]));
	kit->options = (struct courier_options){
		.in_flight_per_endpoint = 4,
		.in_flight_max = 64,
		.timeout_s = 30,
		.connect_timeout_s = 10,
		.response_max_bytes = 4096,
		.header_max_bytes = 4096,
		.user_agent = "jiebang-test",
	};
}

static inline void kit_run(struct kit *kit, unsigned want)
{
	if (!kit->courier)
		kit->courier = courier_new(kit->base, &kit->options, kit->guard, on_done, kit);
	kit->want = kit->done + want;
	event_base_dispatch(kit->base);
	assert_int_equal(kit->done, kit->want);
}

static inline void kit_stop(struct kit *kit)
{
	courier_free(kit->courier);
	server_stop(&kit->server);
	guard_free(kit->guard);
	event_base_free(kit->base);
}

static inline struct courier_job *job_new(int64_t endpoint_key, const char *url)
{
	struct courier_job *job = courier_job_new();

	job->endpoint_key = endpoint_key;
	job->attempt = 1;
	courier_job_say(job, "msg_1", url, "{\"a\":1}", strlen("{\"a\":1}"));
	assert_true(webhook_secret_parse(SECRET, &job->secrets[0]));
	job->n_secrets = 1;
	return job;
}

static inline void submit(struct kit *kit, int64_t endpoint_key, const char *url)
{
	if (!kit->courier)
		kit->courier = courier_new(kit->base, &kit->options, kit->guard, on_done, kit);
	courier_submit(kit->courier, job_new(endpoint_key, url));
}

static inline void submit_path(struct kit *kit, int64_t endpoint_key, const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s?key=" KEY, kit->server.port, path);
	submit(kit, endpoint_key, url);
}

static inline void submit_host(struct kit *kit, int64_t endpoint_key, const char *host)
{
	char url[256];

	snprintf(url, sizeof(url), "http://%s:%d/ok?key=" KEY, host, kit->server.port);
	submit(kit, endpoint_key, url);
}

#endif
