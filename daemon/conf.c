/*
 * The option table, and what a row alone can't say: entries of `listen` are addresses, `clock` may be simulated,
 * `egress.allow` holds networks that the guard understands. Printing and comparing are in conf_print.c and use the
 * same table, so that --print-config can't forget an option.
 */
#include "conf.h"

#include "conf_listen.h"
#include "conf_mail.h"
#include "conf_path.h"
#include "conf_rows.h"
#include "courier/guard.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_S 86400

static const struct cfg_word log_words[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warning", LOG_LEVEL_WARNING },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct cfg_word starttls_words[] = {
	{ "required", CONF_STARTTLS_REQUIRED },
	{ "optional", CONF_STARTTLS_OPTIONAL },
	{ NULL, 0 },
};

#define AT(member) offsetof(struct conf, member)

/* Ordered by group: conf_print opens and closes the groups as the names change. */
const struct cfg_row conf_rows[] = {
	{ "state_dir", CFG_PATH, AT(state_dir), "/var/lib/jiebang", .max = 1024,
	  .help = "folder of the database, the lock and the uploaded files" },
	{ "listen", CFG_TEXTS, AT(listen_texts), "unix:" WIRE_DEFAULT_SOCKET, .max = 16,
	  .help = "where requests come in: \"unix:PATH\" or \"tcp:HOST:PORT\" (port 0: any free)" },
	{ "behind_proxy", CFG_BOOL, AT(behind_proxy), "false",
	  .help = "true: a proxy with TLS stands in front, so TCP may listen beyond loopback" },
	{ "clock", CFG_TEXT, AT(clock_text), "real",
	  .help = "\"real\", or \"simulated:2024-09-02T00:00:00+08:00\" for trials" },
	{ "programmes", CFG_PATH, AT(programmes_dir), "programmes", .max = 1024,
	  .help = "folder of the programme files (*.conf)" },
	{ "calendars", CFG_PATH, AT(calendars_dir), "calendars", .max = 1024,
	  .help = "folder of the working-day calendars (*.csv)" },
	{ "templates", CFG_PATH, AT(templates_dir), "", .max = 1024, .reload = true,
	  .help = "folder of texts (zh.conf, en.conf) that replace those of messages; empty: "
		  "none" },
	{ "log_level", CFG_WORD, AT(log_level), "info", .words = log_words, .reload = true,
	  .help = "error, warning, info or debug" },
	{ "catch_up_per_second", CFG_INT, AT(catch_up_per_second), "0", .min = 0, .max = 100000,
	  .reload = true,
	  .help = "messages sent a second, so that downtime ends in no flood; 0: no limit" },

	{ "egress.allow", CFG_TEXTS, AT(egress_allow), "", .max = 64,
	  .help = "non-public networks that webhooks may reach, as \"10.1.0.0/16\"" },
	{ "egress.https_only", CFG_BOOL, AT(courier.https_only), "false",
	  .help = "refuse endpoints without TLS" },
	{ "egress.proxy", CFG_TEXT, AT(proxy_text), "", .max = 512,
	  .help = "\"http://host:port\" of a proxy; the environment is never asked" },
	{ "egress.ca_file", CFG_PATH, AT(ca_file_text), "", .max = 1024,
	  .help = "PEM bundle of trusted authorities; empty: the system's" },

	{ "courier.in_flight_per_endpoint", CFG_UINT, AT(courier.in_flight_per_endpoint), "4",
	  .min = 1, .max = 64, .help = "requests under way to one endpoint" },
	{ "courier.in_flight_max", CFG_UINT, AT(courier.in_flight_max), "256", .min = 1,
	  .max = 4096, .help = "requests under way in all" },
	{ "courier.timeout", CFG_SECONDS, AT(courier.timeout_s), "20s", .min = 1, .max = 120,
	  .help = "whole time allowed for one webhook attempt" },
	{ "courier.connect_timeout", CFG_SECONDS, AT(courier.connect_timeout_s), "10s", .min = 1,
	  .max = 120, .help = "the part of it allowed for DNS, connect and TLS" },
	{ "courier.response_max", CFG_BYTES, AT(courier.response_max_bytes), "64KiB", .min = 1024,
	  .max = 16 << 20, .help = "a longer response body ends the attempt" },
	{ "courier.header_max", CFG_BYTES, AT(courier.header_max_bytes), "16KiB", .min = 1024,
	  .max = 1 << 20, .help = "a longer response head ends the attempt" },
	{ "courier.retry", CFG_TEXTS, AT(retry_texts), "5s 5m 30m 2h 5h 10h 14h 20h 24h",
	  .max = RETRY_ATTEMPTS_MAX,
	  .help = "waits before attempt 2, 3, …; after the last one a message is dead" },
	{ "courier.spaced_hosts", CFG_TEXTS, AT(spaced_hosts),
	  "qyapi.weixin.qq.com oapi.dingtalk.com open.feishu.cn", .max = 64,
	  .help = "hosts of which no two messages begin in one second, as \"open.feishu.cn\"" },

	{ "health.failing_after", CFG_SECONDS, AT(health.failing_after_s), "30m", .min = 0,
	  .max = 7 * DAY_S, .help = "an endpoint without a success for so long is failing" },
	{ "health.tell", CFG_TEXTS, AT(health_tell_texts), "1d 2d 3d", .max = RETRY_ATTEMPTS_MAX,
	  .help = "after so long its owner is told elsewhere; else the office is" },
	{ "health.pause_after", CFG_SECONDS, AT(health.pause_after_s), "5d", .min = 60,
	  .max = 30 * DAY_S,
	  .help = "after so long it is paused: messages are held, and one goes now and then" },
	{ "health.probe", CFG_TEXTS, AT(health_probe_texts), "1h 2h 4h 8h 16h 24h",
	  .max = RETRY_ATTEMPTS_MAX,
	  .help = "waits before the first, second, … try of a paused one" },
	{ "health.release_per_second", CFG_INT, AT(health.release_per_second), "50", .min = 1,
	  .max = 100000,
	  .help = "held or dead messages of an endpoint that go out again in a second" },

	{ "mail.relay", CFG_TEXT, AT(mail.relay), "", .max = 300,
	  .help = "\"smtp://HOST:587\" or \"smtps://HOST:465\", which takes all mails; empty: "
		  "none are sent" },
	{ "mail.starttls", CFG_WORD, AT(mail.starttls), "required", .words = starttls_words,
	  .help = "with smtp: required, or optional (in clear text if the relay has no TLS)" },
	{ "mail.user", CFG_TEXT, AT(mail.user), "", .max = 255,
	  .help = "user at the relay; empty: it asks for none" },
	{ "mail.password_file", CFG_PATH, AT(mail.password_file), "", .max = 1024,
	  .help = "file with the password; empty: systemd's credential mail-password" },
	{ "mail.from", CFG_TEXT, AT(mail.from), "", .max = 254,
	  .help = "address that mails come from, and that returned ones go to" },
	{ "mail.from_name", CFG_TEXT, AT(mail.from_name), "", .max = 200,
	  .help = "the name beside it" },
	{ "mail.reply_to", CFG_TEXT, AT(mail.reply_to), "", .max = 254,
	  .help = "address that answers go to; empty: mail.from" },
	{ "mail.hello", CFG_TEXT, AT(mail.hello), "", .max = 253,
	  .help = "name to greet the relay with; empty: this machine's" },
	{ "mail.ca_file", CFG_PATH, AT(mail.ca_file), "", .max = 1024,
	  .help = "PEM bundle of the relay's authorities; empty: the system's" },
	{ "mail.connections", CFG_UINT, AT(courier.mail.connections), "4", .min = 1, .max = 32,
	  .help = "mails under way at once" },

	{ "http.connections_max", CFG_UINT, AT(http.connections_max), "512", .min = 8, .max = 65536,
	  .help = "open connections in all" },
	{ "http.connections_per_address_max", CFG_UINT, AT(http.connections_per_address_max), "64",
	  .min = 1, .max = 65536,
	  .help = "open connections of one address; Unix sockets are free" },
	{ "http.first_byte", CFG_SECONDS, AT(http.first_byte_s), "10s", .min = 1, .max = 3600,
	  .help = "time for the first byte of a connection" },
	{ "http.head", CFG_SECONDS, AT(http.head_s), "10s", .min = 1, .max = 3600,
	  .help = "time for the whole head of a request" },
	{ "http.body", CFG_SECONDS, AT(http.body_s), "30s", .min = 1, .max = 3600,
	  .help = "time for a whole body kept in memory" },
	{ "http.body_min_rate_bytes_s", CFG_INT, AT(http.body_min_rate_bytes_s), "1024", .min = 1,
	  .max = 1 << 30, .help = "slowest upload and download allowed, in bytes a second" },
	{ "http.idle", CFG_SECONDS, AT(http.idle_s), "60s", .min = 1, .max = DAY_S,
	  .help = "how long a connection may wait between requests" },
	{ "http.write", CFG_SECONDS, AT(http.write_s), "30s", .min = 1, .max = 3600,
	  .help = "time without progress while a response is written" },
	{ "http.heartbeat", CFG_SECONDS, AT(http_heartbeat_s), "15s", .min = 1, .max = 30,
	  .help = "how long a stream of events is silent before a comment is sent" },
	{ "http.requests_per_turn", CFG_UINT, AT(http.requests_per_turn), "16", .min = 1,
	  .max = 1024, .help = "requests of one connection before others get their turn" },
	{ "materials.min_free", CFG_BYTES, AT(materials.min_free_bytes), "1GiB", .min = 0,
	  .max = INT64_MAX,
	  .help = "uploads are refused when less would be left on the disk; reports are not" },
	{ "materials.upload_max_age", CFG_SECONDS, AT(materials.upload_max_age_s), "24h", .min = 1,
	  .max = 30 * DAY_S, .help = "an upload that gets no byte for so long is given up" },
	{ "materials.uploads_max", CFG_UINT, AT(materials.uploads_max), "64", .min = 1, .max = 4096,
	  .help = "uploads under way at a time" },
};

const size_t conf_rows_n = sizeof(conf_rows) / sizeof(conf_rows[0]);

/* ---- what a row alone can't say ---- */

struct check {
	const struct cfg *cfg; /* NULL for the defaults, which can't be wrong */
	struct conf *conf;
	struct problem *problem;
};

static enum fault wrong(const struct check *check, const char *key, const char *hint,
			const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static enum fault wrong(const struct check *check, const char *key, const char *hint,
			const char *fmt, ...)
{
	struct buf words = BUF_EMPTY;
	INVARIANT(check->cfg);
	va_list args;
	va_start(args, fmt);
	buf_addv(&words, fmt, args);
	va_end(args);
	enum fault fault = cfg_problem(check->cfg, cfg_root(check->cfg), key, check->problem, "%s",
				       buf_str(&words));
	cfg_hint(check->problem, "%s", hint);
	buf_clear(&words);
	return fault;
}

static enum fault check_paths(const struct check *check)
{
	struct conf *conf = check->conf;
	if (conf->state_dir[0] == '\0' || conf->programmes_dir[0] == '\0' ||
	    conf->calendars_dir[0] == '\0')
		return wrong(check,
			     conf->state_dir[0] == '\0'        ? "state_dir"
			     : conf->programmes_dir[0] == '\0' ? "programmes"
							       : "calendars",
			     "write a path, or leave the key out", "must not be empty");
	conf_path_set(&conf->state_dir, conf->folder);
	conf_path_set(&conf->programmes_dir, conf->folder);
	conf_path_set(&conf->calendars_dir, conf->folder);
	conf_path_set(&conf->templates_dir, conf->folder);
	return FAULT_NONE;
}

static enum fault check_listen_entry(const struct check *check, size_t i)
{
	struct conf *conf = check->conf;
	struct conf_listen *listen = &conf->listen[i];
	struct buf why = BUF_EMPTY;
	const char *hint = "";
	enum fault fault = FAULT_NONE;
	if (!conf_listen_parse(conf->listen_texts.item[i], conf->folder, listen, &why, &hint))
		fault = wrong(check, "listen", hint, "%s", buf_str(&why));
	else if (!conf->behind_proxy && !conf_listen_is_local(listen))
		fault = wrong(
			check, "listen",
			"listen on 127.0.0.1 and put a proxy with TLS in front; if that is so and "
			"it must reach this address, say behind_proxy = true",
			"\"%s\" would take tokens in clear text from the network",
			conf->listen_texts.item[i]);
	buf_clear(&why);
	if (fault != FAULT_NONE)
		return fault;
	char *text = conf_listen_text(listen);
	for (size_t k = 0; k < i; k++)
		if (fault == FAULT_NONE && strcmp(conf->listen_texts.item[k], text) == 0)
			fault = wrong(check, "listen", "remove one", "\"%s\" stands there twice",
				      text);
	free(conf->listen_texts.item[i]);
	conf->listen_texts.item[i] = text;
	return fault;
}

static enum fault check_listen(const struct check *check)
{
	struct conf *conf = check->conf;
	conf->listen = xcalloc(conf->listen_texts.n, sizeof(*conf->listen));
	conf->n_listen = conf->listen_texts.n;
	if (conf->n_listen == 0)
		return wrong(check, "listen", "write [ \"unix:" WIRE_DEFAULT_SOCKET "\" ]",
			     "is empty: nobody could reach the daemon");
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < conf->n_listen; i++)
		fault = check_listen_entry(check, i);
	return fault;
}

static enum fault check_clock(const struct check *check)
{
	static const char simulated[] = "simulated:";
	struct conf *conf = check->conf;
	const char *text = conf->clock_text;
	if (strcmp(text, "real") == 0)
		return FAULT_NONE;
	conf->simulated = strncmp(text, simulated, sizeof(simulated) - 1) == 0;
	if (conf->simulated &&
	    civil_instant_parse(text + sizeof(simulated) - 1, &conf->simulated_at))
		return FAULT_NONE;
	return wrong(check, "clock", "write \"real\" or \"simulated:2024-09-02T00:00:00+08:00\"",
		     conf->simulated ? "there is no instant in \"%s\"" : "\"%s\" is no clock",
		     text);
}

static enum fault check_egress(const struct check *check)
{
	const struct cfg_texts *allow = &check->conf->egress_allow;
	struct guard *guard = guard_new();
	struct problem problem = { FAULT_NONE, "", "", "", "", "" };
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < allow->n; i++)
		if (guard_allow(guard, allow->item[i], &problem) != FAULT_NONE)
			fault = wrong(check, "egress.allow",
				      problem.hint[0] ? problem.hint
						      : "write a network as \"10.1.0.0/16\"",
				      "%s", problem.detail);
	guard_free(guard);
	return fault;
}

static bool begins_with_any(const char *s, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (strncmp(s, *prefixes, strlen(*prefixes)) == 0 && s[strlen(*prefixes)] != '\0')
			return true;
	return false;
}

static enum fault check_proxy(const struct check *check)
{
	static const char *const proxies[] = { "http://", "https://", "socks5h://", NULL };
	struct conf *conf = check->conf;
	if (conf->proxy_text[0] != '\0' && !begins_with_any(conf->proxy_text, proxies))
		return wrong(check, "egress.proxy", "write \"http://proxy.example.org:3128\"",
			     "is no address of a proxy");
	conf->courier.proxy = conf->proxy_text[0] != '\0' ? conf->proxy_text : NULL;
	return FAULT_NONE;
}

static enum fault check_courier(const struct check *check)
{
	struct conf *conf = check->conf;
	conf->courier.user_agent = "jiebang/" JIEBANG_VERSION;
	if (conf->courier.connect_timeout_s > conf->courier.timeout_s)
		return wrong(check, "courier.connect_timeout", "make it at most courier.timeout",
			     "is longer than courier.timeout");
	if (conf->ca_file_text[0] == '\0')
		return FAULT_NONE;
	conf_path_set(&conf->ca_file_text, conf->folder);
	conf->courier.ca_file = conf->ca_file_text;
	struct stat
		st; /* a folder is readable too, and every certificate would then be of an unknown issuer */
	if (stat(conf->ca_file_text, &st) != 0 || !S_ISREG(st.st_mode) ||
	    access(conf->ca_file_text, R_OK) != 0)
		return wrong(check, "egress.ca_file", "name a readable PEM file",
			     "%s is no file that can be read", conf->ca_file_text);
	return FAULT_NONE;
}

/* A list of waits; with `ascending` each is longer than the one before. */
static enum fault take_waits(const struct check *check, const char *key,
			     const struct cfg_texts *texts, bool ascending,
			     struct retry_schedule *out)
{
	for (size_t i = 0; i < texts->n; i++) {
		int64_t wait_s;
		const char *text = texts->item[i];
		if (!text_parse_duration_s(text, &wait_s) || wait_s < 1 || wait_s > 7 * DAY_S)
			return wrong(
				check, key,
				"each wait is \"1s\" to \"7d\", for instance [ \"5s\", \"5m\" ]",
				"\"%s\" is no wait", text);
		if (ascending && i > 0 && wait_s <= out->wait_s[i - 1])
			return wrong(check, key, "write them in ascending order",
				     "\"%s\" is not longer than the one before", text);
		out->wait_s[i] = wait_s;
	}
	out->n = texts->n;
	return FAULT_NONE;
}

static enum fault check_retry(const struct check *check)
{
	struct conf *conf = check->conf;
	return take_waits(check, "courier.retry", &conf->retry_texts, false, &conf->retry);
}

static enum fault check_health(const struct check *check)
{
	struct conf *conf = check->conf;
	enum fault fault = take_waits(check, "health.tell", &conf->health_tell_texts, true,
				      &conf->health.tell);
	if (fault == FAULT_NONE)
		fault = take_waits(check, "health.probe", &conf->health_probe_texts, false,
				   &conf->health.probe);
	if (fault == FAULT_NONE && conf->health.probe.n == 0)
		return wrong(check, "health.probe", "name at least one, for instance [ \"1h\" ]",
			     "is empty: a paused endpoint would never be tried again");
	return fault;
}

static enum fault check_spaced(const struct check *check)
{
	const struct cfg_texts *hosts = &check->conf->spaced_hosts;
	for (size_t i = 0; i < hosts->n; i++)
		if (!conf_is_host(hosts->item[i]))
			return wrong(check, "courier.spaced_hosts",
				     "write the host alone, as [ \"open.feishu.cn\" ]",
				     "\"%s\" is no name of a host", hosts->item[i]);
	return FAULT_NONE;
}

static enum fault check_mail(const struct check *check)
{
	struct conf_mistake mistake = { .why = BUF_EMPTY };
	enum fault fault = FAULT_NONE;
	if (!conf_mail_check(check->conf, &mistake))
		fault = wrong(check, mistake.key, mistake.hint, "%s", buf_str(&mistake.why));
	buf_clear(&mistake.why);
	return fault;
}

static enum fault check_all(const struct check *check)
{
	static enum fault (*const checks[])(const struct check *) = {
		check_paths, check_listen, check_clock,   check_egress, check_proxy,
		check_retry, check_health, check_courier, check_spaced, check_mail,
	};
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(checks) / sizeof(checks[0]); i++)
		fault = checks[i](check);
	return fault;
}

/* ---- whole configurations ---- */

static struct conf *conf_new(const char *path)
{
	struct conf *conf = xcalloc(1, sizeof(*conf));
	conf->path = xstrdup(path);
	conf->folder = conf_path_folder(path);
	return conf;
}

enum fault conf_parse(const char *text, size_t len, const char *path, struct conf **out,
		      struct problem *problem)
{
	struct cfg *cfg = NULL;
	enum fault fault = cfg_parse(text, len, path, &cfg, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct conf *conf = conf_new(path);
	struct check check = { cfg, conf, problem };
	fault = cfg_fill(cfg, cfg_root(cfg), conf_rows, conf_rows_n, conf, problem);
	if (fault == FAULT_NONE)
		fault = check_all(&check);
	cfg_free(cfg);
	if (fault != FAULT_NONE) {
		conf_free(conf);
		return fault;
	}
	*out = conf;
	return FAULT_NONE;
}

enum fault conf_load(const char *path, struct conf **out, struct problem *problem)
{
	struct buf text = BUF_EMPTY;
	enum fault fault = cfg_read_file(path, &text, problem);
	if (fault == FAULT_NONE)
		fault = conf_parse(buf_str(&text), text.len, path, out, problem);
	buf_clear(&text);
	return fault;
}

struct conf *conf_defaults(void)
{
	struct conf *conf = conf_new("");
	struct check check = { NULL, conf, NULL };
	cfg_fill_presets(conf_rows, conf_rows_n, conf);
	INVARIANT(check_all(&check) == FAULT_NONE);
	return conf;
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < conf->n_listen; i++)
		conf_listen_clear(&conf->listen[i]);
	free(conf->listen);
	char *texts[] = { conf->path,           conf->folder,        conf->state_dir,
			  conf->programmes_dir, conf->calendars_dir, conf->clock_text,
			  conf->proxy_text,     conf->ca_file_text,  conf->templates_dir };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	conf_mail_clear(conf);
	cfg_texts_clear(&conf->egress_allow);
	cfg_texts_clear(&conf->listen_texts);
	cfg_texts_clear(&conf->retry_texts);
	cfg_texts_clear(&conf->health_tell_texts);
	cfg_texts_clear(&conf->health_probe_texts);
	cfg_texts_clear(&conf->spaced_hosts);
	free(conf);
}
