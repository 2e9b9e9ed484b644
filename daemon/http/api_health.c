/*
 * Health for machines: /healthz says that the process lives, /readyz that it can do its work, /metrics how it does.
 * Prometheus text format 0.0.4; process metrics by their customary names, from /proc/self.
 */
#include "http/api_inside.h"

#include "jiebang/text.h"
#include "store/instance.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void reply_text(struct front_request *request, int status, const char *text)
{
	static const struct front_header_pair fresh = { "Cache-Control", "no-store" };
	front_reply(request, status, "text/plain; charset=utf-8", &fresh, 1, text, strlen(text));
}

void api_healthz(struct call *call)
{
	reply_text(call->request, 200, "ok\n");
}

static enum fault check_ready(struct api *api, struct problem *why)
{
	struct instance instance;
	enum fault fault = instance_get(api->reader, &instance, why);
	if (fault != FAULT_NONE)
		return fault;
	if (instance.hold)
		return problem_set(why, FAULT_BUSY, "clock hold: %s", instance.hold_reason);
	if (api->draining)
		return problem_set(why, FAULT_BUSY, "stopping");
	if (api->hooks.ready && !api->hooks.ready(api->hooks.arg, why))
		return FAULT_BUSY;
	return FAULT_NONE;
}

void api_readyz(struct call *call)
{
	struct problem why = { .fault = FAULT_NONE };
	char text[sizeof(why.detail) + 16];
	if (check_ready(call->api, &why) == FAULT_NONE) {
		reply_text(call->request, 200, "ready\n");
		return;
	}
	(void)snprintf(text, sizeof(text), "not ready: %s\n", why.detail);
	reply_text(call->request, 503, text);
}

/* ---- metrics ---- */

static void metric(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static int64_t open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = 0;
	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n - 3; /* ".", ".." and the directory itself */
}

/* Resident pages are the second number of /proc/self/statm; -1 where there is no /proc. */
static int64_t resident_bytes(void)
{
	char text[128] = "";
	int64_t pages = -1;
	FILE *file = fopen("/proc/self/statm", "re");
	if (!file)
		return -1;
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[n] = '\0';
	char *second = strchr(text, ' ');
	if (!second)
		return -1;
	second++;
	second[strcspn(second, " ")] = '\0';
	if (!text_parse_i64(second, 0, INT64_MAX / 65536, &pages))
		return -1;
	return pages * (int64_t)sysconf(_SC_PAGESIZE);
}

static void process_metrics(struct buf *out)
{
	struct rusage usage;
	int64_t fds = open_fds(), rss = resident_bytes();
	if (getrusage(RUSAGE_SELF, &usage) == 0) {
		metric(out, "process_cpu_seconds_total", "counter", "User and system CPU time.");
		buf_addf(out, "process_cpu_seconds_total %" PRId64 ".%06" PRId64 "\n",
			 (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
				   (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000000),
			 (int64_t)((usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) % 1000000));
	}
	if (rss >= 0) {
		metric(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
		buf_addf(out, "process_resident_memory_bytes %" PRId64 "\n", rss);
	}
	if (fds >= 0) {
		metric(out, "process_open_fds", "gauge", "Open file descriptors.");
		buf_addf(out, "process_open_fds %" PRId64 "\n", fds);
	}
}

static void own_metrics(struct api *api, struct buf *out)
{
	metric(out, "jiebang_build_info", "gauge", "Always 1; the version is the label.");
	buf_adds(out, "jiebang_build_info{version=\"" JIEBANG_VERSION "\"} 1\n");
	metric(out, "jiebang_feed_waiters", "gauge", "Requests held until there are events.");
	buf_addf(out, "jiebang_feed_waiters %u\n", api->n_waiters);
	metric(out, "jiebang_feed_streams", "gauge", "Streams of server-sent events.");
	buf_addf(out, "jiebang_feed_streams %u\n", streams_count(api->streams));
	process_metrics(out);
	if (api->hooks.metrics)
		api->hooks.metrics(api->hooks.arg, out);
}

void api_metrics(struct call *call)
{
	struct api *api = call->api;
	struct read_args args = { .limit = 0 };
	struct buf body = BUF_EMPTY;
	struct problem problem = { .fault = FAULT_NONE };
	enum fault fault = api_read_args(api, &args, false, &problem);
	if (fault == FAULT_NONE)
		fault = read_run(api->reader, read_metrics, &args, &body, &problem);
	if (fault == FAULT_NONE) {
		own_metrics(api, &body);
		front_reply(call->request, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, 0,
			    body.data, body.len);
	} else {
		problem_reply(call->request, 0, &problem, NULL);
	}
	buf_clear(&body);
}
