/*
 * Drives the courier from outside: posts signed messages to the URLs of a file and prints one line per result, or only
 * the sum. For black-box tests (TLS, memory, a receiver that checks signatures by itself) and for the measurement
 * against blast. The URLs take turns, each is an endpoint of its own.
 *
 *   courier_drive --url-file F --count N [--in-flight 4] [--size 700] [--secret whsec_…]… [--allow CIDR]…
 *                 [--ca-file F] [--proxy U] [--timeout S] [--connect-timeout S] [--response-max B] [--header-max B]
 *                 [--https-only] [--window N] [--quiet]
 */
#include "courier/courier.h"
#include "courier/guard.h"
#include "courier/webhook.h"
#include "jiebang/clock.h"
#include "jiebang/text.h"

#include <event2/event.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct drive {
	struct event_base *base;
	struct courier *courier;
	char **urls;
	size_t n_urls;
	long count;
	long size;
	long window; /* jobs inside the courier at once */
	long submitted;
	long done;
	long good;
	bool quiet;
	struct courier_secret secrets[COURIER_SECRETS_MAX];
	size_t n_secrets;
};

static void read_urls(struct drive *drive, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	if (!file)
		fatal(64, "can't read %s", path);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0')
			continue;
		drive->urls = xrealloc(drive->urls, (drive->n_urls + 1) * sizeof(char *));
		drive->urls[drive->n_urls++] = xstrdup(line);
	}
	fclose(file);
	if (drive->n_urls == 0)
		fatal(64, "%s holds no URL", path);
}

static void submit_one(struct drive *drive)
{
	struct courier_job *job = courier_job_new();
	long number = drive->submitted++;
	size_t which = (size_t)number % drive->n_urls;
	char id[48];

	snprintf(id, sizeof(id), "msg_drive%ld", number);
	job->message_key = number;
	job->endpoint_key = (int64_t)which + 1;
	job->attempt = 1;
	char *body = xmalloc((size_t)drive->size);
	memset(body, 'x', (size_t)drive->size);
	courier_job_say(job, id, drive->urls[which], body, (size_t)drive->size);
	free(body);
	memcpy(job->secrets, drive->secrets, sizeof(job->secrets));
	job->n_secrets = drive->n_secrets;
	courier_submit(drive->courier, job);
}

static void on_done(void *arg, struct courier_job *job, const struct courier_result *result)
{
	struct drive *drive = arg;

	drive->done++;
	drive->good +=
		result->end == ATTEMPT_ANSWERED && result->status >= 200 && result->status <= 299;
	if (!drive->quiet)
		printf("%ld\t%d\t%d\t%ld\t%s\t%s\n", (long)job->message_key, (int)result->end,
		       result->status, (long)result->retry_after_s, result->reason,
		       result->excerpt);
	courier_job_free(job);
	if (drive->submitted < drive->count)
		submit_one(drive);
	else if (drive->done == drive->count)
		event_base_loopbreak(drive->base);
}

static double cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void run(struct drive *drive)
{
	int64_t start_us = clock_mono_us();
	double start_cpu_us = cpu_us();
	struct rusage usage;

	for (long i = 0; i < drive->window && drive->submitted < drive->count; i++)
		submit_one(drive);
	event_base_dispatch(drive->base);
	double seconds = (double)(clock_mono_us() - start_us) / 1e6;
	getrusage(RUSAGE_SELF, &usage);
	fprintf(stderr, "courier_drive: done=%ld good=%ld rate=%.0f/s cpu_us=%.1f rss_kib=%ld\n",
		drive->done, drive->good, (double)drive->done / seconds,
		(cpu_us() - start_cpu_us) / (double)drive->done, usage.ru_maxrss);
}

static const struct option long_options[] = {
	{ "url-file", required_argument, NULL, 'u' },
	{ "count", required_argument, NULL, 'n' },
	{ "in-flight", required_argument, NULL, 'f' },
	{ "size", required_argument, NULL, 's' },
	{ "secret", required_argument, NULL, 'k' },
	{ "allow", required_argument, NULL, 'a' },
	{ "ca-file", required_argument, NULL, 'c' },
	{ "proxy", required_argument, NULL, 'p' },
	{ "timeout", required_argument, NULL, 't' },
	{ "connect-timeout", required_argument, NULL, 'T' },
	{ "response-max", required_argument, NULL, 'r' },
	{ "header-max", required_argument, NULL, 'h' },
	{ "window", required_argument, NULL, 'w' },
	{ "https-only", no_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ NULL, 0, NULL, 0 },
};

static long number(const char *s)
{
	int64_t value;

	if (!text_parse_i64(s, 0, 1000000000, &value))
		fatal(64, "not a number: %s", s);
	return (long)value;
}

static void set_secret(struct drive *drive, const char *text)
{
	if (drive->n_secrets == COURIER_SECRETS_MAX ||
	    !webhook_secret_parse(text, &drive->secrets[drive->n_secrets]))
		fatal(64, "not a secret, or too many");
	drive->n_secrets++;
}

static void allow(struct guard *guard, const char *cidr)
{
	struct problem problem;

	if (guard_allow(guard, cidr, &problem) != FAULT_NONE)
		fatal(64, "%s", problem.detail);
}

static void set_option(struct drive *drive, struct courier_options *options, struct guard *guard,
		       int letter)
{
	switch (letter) {
	case 'u':
		read_urls(drive, optarg);
		break;
	case 'n':
		drive->count = number(optarg);
		break;
	case 'f':
		options->in_flight_per_endpoint = (unsigned)number(optarg);
		break;
	case 's':
		drive->size = number(optarg);
		break;
	case 'k':
		set_secret(drive, optarg);
		break;
	case 'a':
		allow(guard, optarg);
		break;
	case 'c':
		options->ca_file = optarg;
		break;
	case 'p':
		options->proxy = optarg;
		break;
	case 't':
		options->timeout_s = (int)number(optarg);
		break;
	case 'T':
		options->connect_timeout_s = (int)number(optarg);
		break;
	case 'r':
		options->response_max_bytes = number(optarg);
		break;
	case 'h':
		options->header_max_bytes = number(optarg);
		break;
	case 'w':
		drive->window = number(optarg);
		break;
	case 'o':
		options->https_only = true;
		break;
	case 'q':
		drive->quiet = true;
		break;
	default:
		fatal(64, "see the head of courier_drive.c for the options");
	}
}

int main(int argc, char **argv)
{
	struct drive drive = { .count = 1, .size = 700, .window = 1000 };
	struct courier_options options = {
		.in_flight_per_endpoint = 4,
		.in_flight_max = 256,
		.timeout_s = 20,
		.connect_timeout_s = 10,
		.response_max_bytes = 64 * 1024,
		.header_max_bytes = 16 * 1024,
		.user_agent = "jiebang-drive",
	};
	struct guard *guard = guard_new();
	int letter;

	while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(&drive, &options, guard, letter);
	if (!drive.urls)
		fatal(64, "--url-file is missing");
	drive.base = event_base_new();
	drive.courier = courier_new(drive.base, &options, guard, on_done, &drive);
	run(&drive);
	courier_free(drive.courier);
	event_base_free(drive.base);
	guard_free(guard);
	for (size_t i = 0; i < drive.n_urls; i++)
		free(drive.urls[i]);
	free(drive.urls);
	return drive.good == drive.count ? 0 : 1;
}
