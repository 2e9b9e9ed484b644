/*
 * The daemon's configuration, read once at the roof and handed down as the small option structs that each room
 * declares. An option is a row of the table in conf.c: name, type, default, bounds, whether SIGHUP takes it, help.
 */
#ifndef JIEBANG_CONF_H
#define JIEBANG_CONF_H

#include "cfg.h"
#include "courier/courier.h"
#include "http/api.h"
#include "http/front.h"
#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "jiebang/health.h"
#include "jiebang/log.h"
#include "jiebang/retry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One `listen` entry: "unix:PATH" or "tcp:HOST:PORT" (an IPv6 host in brackets; "localhost" is 127.0.0.1). */
struct conf_listen {
	bool is_unix;
	char *path; /* absolute, short enough for sun_path; NULL for TCP */
	char *host; /* numeric address without brackets; NULL for Unix */
	int port;   /* 0: the system picks one */
};

/* As written; what it comes to is in courier.mail. */
enum conf_starttls { CONF_STARTTLS_REQUIRED = 0, CONF_STARTTLS_OPTIONAL };
struct conf_mail {
	char *relay, *hello, *user, *from, *from_name, *reply_to;
	char *password_file, *ca_file;
	int starttls;
};

struct conf {
	char *path;   /* the file, as given; "" for the defaults */
	char *folder; /* its folder, absolute: relative paths of the file start here */

	char *state_dir; /* these three are absolute */
	char *programmes_dir;
	char *calendars_dir;
	char *templates_dir; /* absolute too, or "": the texts that come with the program */
	struct conf_listen *listen;
	size_t n_listen;
	bool behind_proxy; /* a TLS proxy stands in front, so that plain TCP may leave the loopback */

	bool simulated;
	int64_t simulated_at;

	struct cfg_texts egress_allow;  /* each one accepted by guard_allow */
	struct courier_options courier; /* its strings belong to this struct */
	struct retry_schedule retry;
	struct health_policy health;
	struct cfg_texts spaced_hosts; /* names or addresses, without ports */
	struct conf_mail mail;
	char *mail_password; /* NULL until conf_mail_password */
	struct front_options http;
	int http_heartbeat_s;
	struct api_material_options materials;
	enum log_level log_level;
	int catch_up_per_second; /* messages a second after downtime; 0: no limit */

	/* The texts that the above were made of, for conf_print and comparison. */
	char *clock_text;
	char *proxy_text;
	char *ca_file_text;
	struct cfg_texts listen_texts;
	struct cfg_texts retry_texts;
	struct cfg_texts health_tell_texts;
	struct cfg_texts health_probe_texts;
};

/* FAULT_NOT_FOUND, FAULT_TOO_LARGE, FAULT_IO, or FAULT_INVALID naming "file:line: key" with a hint. */
MUST_CHECK enum fault conf_load(const char *path, struct conf **out, struct problem *problem);
/* The same from memory (NUL-terminated at len); `path` names it, and its folder is where relative paths start. */
MUST_CHECK enum fault conf_parse(const char *text, size_t len, const char *path, struct conf **out,
				 struct problem *problem);
/* Every default, relative paths resolved against the working directory. */
struct conf *conf_defaults(void);
void conf_free(struct conf *conf);

/* The whole effective configuration as commented libconfig text that conf_load reads back to the same. */
void conf_print(const struct conf *conf, struct buf *out);

/* True with the first option's name if `after` differs from `before` in an option that a running daemon can't take. */
bool conf_changed_unreloadable(const struct conf *before, const struct conf *after,
			       const char **name);

#endif
