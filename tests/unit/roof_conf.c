/*
 * The daemon's configuration: the shipped file and the defaults agree with the headers that the rooms declare, every
 * mistake names file, line, key and a way out, and what is printed can be loaded again.
 */
#include "conf.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "programme_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCE JIEBANG_SOURCE_DIR

static struct conf *parsed(const char *text)
{
	struct conf *conf = NULL;
	struct problem problem;
	if (conf_parse(text, strlen(text), "/etc/jiebang/jiebangd.conf", &conf, &problem) !=
	    FAULT_NONE)
		fail_msg("%s (%s)", problem.detail, problem.hint);
	return conf;
}

static void check_defaults(const struct conf *conf)
{
	struct front_options http;
	front_options_default(&http);
	assert_memory_equal(&conf->http, &http, sizeof(http));
	assert_int_equal(conf->courier.in_flight_per_endpoint, 4);
	assert_int_equal(conf->courier.in_flight_max, 256);
	assert_int_equal(conf->courier.timeout_s, 20);
	assert_int_equal(conf->courier.connect_timeout_s, 10);
	assert_int_equal(conf->courier.response_max_bytes, 64 * 1024);
	assert_int_equal(conf->courier.header_max_bytes, 16 * 1024);
	assert_false(conf->courier.https_only);
	assert_null(conf->courier.proxy);
	assert_null(conf->courier.ca_file);
	assert_string_equal(conf->courier.user_agent, "jiebang/" JIEBANG_VERSION);
	assert_int_equal(conf->retry.n, retry_schedule_default.n);
	for (size_t i = 0; i < conf->retry.n; i++)
		assert_int_equal(conf->retry.wait_s[i], retry_schedule_default.wait_s[i]);
	assert_memory_equal(&conf->health, &health_policy_default, sizeof(conf->health));
	assert_int_equal(conf->log_level, LOG_LEVEL_INFO);
	assert_int_equal(conf->catch_up_per_second, 0);
	assert_int_equal(conf->egress_allow.n, 0);
	assert_int_equal(conf->spaced_hosts.n, 3);
	assert_string_equal(conf->spaced_hosts.item[0], "qyapi.weixin.qq.com");
	assert_string_equal(conf->spaced_hosts.item[2], "open.feishu.cn");
	assert_false(conf->simulated);
	assert_false(conf->behind_proxy);
	assert_string_equal(conf->state_dir, "/var/lib/jiebang");
}

static void test_defaults(void **state)
{
	(void)state;
	struct conf *conf = conf_defaults();
	check_defaults(conf);
	assert_int_equal(conf->n_listen, 1);
	assert_true(conf->listen[0].is_unix);
	assert_string_equal(conf->listen[0].path, WIRE_DEFAULT_SOCKET);
	conf_free(conf);
	conf = parsed("");
	check_defaults(conf);
	assert_string_equal(conf->programmes_dir, "/etc/jiebang/programmes");
	conf_free(conf);
	conf_free(NULL);
}

static void test_shipped(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct problem problem;
	if (conf_load(SOURCE "/conf/jiebangd.conf", &conf, &problem) != FAULT_NONE)
		fail_msg("%s (%s)", problem.detail, problem.hint);
	check_defaults(conf);
	assert_string_equal(conf->programmes_dir, SOURCE "/conf/programmes");
	assert_string_equal(conf->calendars_dir, SOURCE "/conf/calendars");
	assert_int_equal(conf->n_listen, 2);
	assert_false(conf->listen[1].is_unix);
	assert_string_equal(conf->listen[1].host, "127.0.0.1");
	assert_int_equal(conf->listen[1].port, 8470);
	conf_free(conf);
}

#define EVERYTHING                                                                                 \
	"state_dir = \"./state\"; listen = ( \"unix:run/s.sock\", \"tcp:[::1]:0\", "               \
	"\"tcp:localhost:1\", "                                                                    \
	"\"tcp:0.0.0.0:65535\" ); behind_proxy = true;\n"                                          \
	"clock = \"simulated:2024-09-02T00:00:00+08:00\"; programmes = \"p\"; calendars = "        \
	"\"/c\";\n"                                                                                \
	"log_level = \"debug\"; catch_up_per_second = 50;\n"                                       \
	"egress = { allow = [ \"127.0.0.0/8\", \"::1/128\" ]; https_only = true;\n"                \
	"  proxy = \"http://proxy:3128\"; ca_file = \"" SOURCE "/conf/jiebangd.conf\"; };\n"       \
	"courier = { in_flight_per_endpoint = 1; in_flight_max = 2; timeout = \"1m\";\n"           \
	"  connect_timeout = \"1m\"; response_max = \"1MiB\"; header_max = \"2000B\"; retry = [ "  \
	"\"90s\" ]; spaced_hosts = [ \"robot.example\", \"127.0.0.1\", \"[::1]\" ]; };\n"          \
	"health = { failing_after = \"0s\"; tell = []; pause_after = \"1h\"; probe = [ \"2h\" ]; " \
	"release_per_second = 7; };\n"                                                             \
	"http = { connections_max = 8; connections_per_address_max = 9; first_byte = \"1s\"; "     \
	"head = \"2s\";\n"                                                                         \
	"  body = \"3s\"; body_min_rate_bytes_s = 4; idle = \"1h30m\"; write = \"6s\"; "           \
	"heartbeat = \"9s\"; "                                                                     \
	"requests_per_turn = 7; };\n"

static void test_everything(void **state)
{
	(void)state;
	int64_t at;
	struct conf *conf = parsed(EVERYTHING);
	assert_string_equal(conf->state_dir, "/etc/jiebang/state");
	assert_string_equal(conf->programmes_dir, "/etc/jiebang/p");
	assert_string_equal(conf->calendars_dir, "/c");
	assert_int_equal(conf->n_listen, 4);
	assert_string_equal(conf->listen[0].path, "/etc/jiebang/run/s.sock");
	assert_string_equal(conf->listen[1].host, "::1");
	assert_int_equal(conf->listen[1].port, 0);
	assert_string_equal(conf->listen[2].host, "127.0.0.1");
	assert_int_equal(conf->listen[3].port, 65535);
	assert_true(civil_instant_parse("2024-09-02", &at));
	assert_true(conf->simulated);
	assert_int_equal(conf->simulated_at, at);
	assert_int_equal(conf->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(conf->catch_up_per_second, 50);
	assert_int_equal(conf->egress_allow.n, 2);
	assert_true(conf->courier.https_only);
	assert_string_equal(conf->courier.proxy, "http://proxy:3128");
	assert_string_equal(conf->courier.ca_file, SOURCE "/conf/jiebangd.conf");
	assert_int_equal(conf->courier.timeout_s, 60);
	assert_int_equal(conf->courier.response_max_bytes, 1024 * 1024);
	assert_int_equal(conf->courier.header_max_bytes, 2000);
	assert_int_equal(conf->retry.n, 1);
	assert_int_equal(conf->retry.wait_s[0], 90);
	assert_int_equal(conf->health.failing_after_s, 0);
	assert_int_equal(conf->health.tell.n, 0);
	assert_int_equal(conf->health.pause_after_s, 3600);
	assert_int_equal(conf->health.probe.wait_s[0], 7200);
	assert_int_equal(conf->health.release_per_second, 7);
	assert_int_equal(conf->spaced_hosts.n, 3);
	assert_string_equal(conf->spaced_hosts.item[2], "[::1]");
	assert_int_equal(conf->http.connections_max, 8);
	assert_int_equal(conf->http.idle_s, 5400);
	assert_int_equal(conf->http.requests_per_turn, 7);
	assert_int_equal(conf->http_heartbeat_s, 9);
	conf_free(conf);
}

/* Whatever holds is printed, and loads to the same. */
static void test_print(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", EVERYTHING, "state_dir = \"/a \\\"b\\\" \\\\c\";",
		"egress = { allow = []; }; courier = { retry = []; };"
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf first = BUF_EMPTY, second = BUF_EMPTY;
		const char *name = NULL;
		struct conf *before = parsed(texts[i]);
		conf_print(before, &first);
		struct conf *after = parsed(buf_str(&first));
		conf_print(after, &second);
		assert_string_equal(buf_str(&first), buf_str(&second));
		assert_false(conf_changed_unreloadable(before, after, &name));
		assert_memory_equal(&before->http, &after->http, sizeof(before->http));
		assert_int_equal(before->n_listen, after->n_listen);
		assert_int_equal(before->retry.n, after->retry.n);
		conf_free(before);
		conf_free(after);
		buf_clear(&first);
		buf_clear(&second);
	}
}

static void test_print_words(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"\nlog_level = \"debug\";\n",
		"\n# error, warning, info or debug (taken on reload)\n",
		"\nclock = \"simulated:2024-09-02T00:00:00+08:00\";\n",
		"\nlisten = [ \"unix:/etc/jiebang/run/s.sock\", \"tcp:[::1]:0\", "
		"\"tcp:127.0.0.1:1\", "
		"\"tcp:0.0.0.0:65535\" ];\n",
		"\n\tidle = \"90m\";\n",
		"\n\tresponse_max = \"1MiB\";\n",
		"\n\theader_max = \"2000B\";\n",
		"\n\thttps_only = true;\n",
		"\n\tretry = [ \"90s\" ];\n",
	};
	struct buf out = BUF_EMPTY;
	struct conf *conf = parsed(EVERYTHING);
	conf_print(conf, &out);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (!strstr(buf_str(&out), lines[i]))
			fail_msg("no %s in:\n%s", lines[i], buf_str(&out));
	conf_free(conf);
	buf_clear(&out);
}

static const struct change {
	const char *text;
	const char *name; /* NULL: taken on reload */
} changes[] = {
	{ "", NULL },
	{ "log_level = \"debug\";", NULL },
	{ "catch_up_per_second = 5;", NULL },
	{ "log_level = \"debug\"; state_dir = \"/elsewhere\";", "state_dir" },
	{ "listen = [ \"tcp:127.0.0.1:1\" ];", "listen" },
	{ "behind_proxy = true;", "behind_proxy" },
	{ "clock = \"simulated:2024-09-02\";", "clock" },
	{ "egress = { allow = [ \"127.0.0.0/8\" ]; };", "egress.allow" },
	{ "egress = { https_only = true; };", "egress.https_only" },
	{ "courier = { timeout = \"21s\"; };", "courier.timeout" },
	{ "courier = { response_max = \"65KiB\"; };", "courier.response_max" },
	{ "courier = { retry = [ \"5s\" ]; };", "courier.retry" },
	{ "courier = { retry = [ \"5s\", \"5m\", \"30m\", \"2h\", \"5h\", \"10h\", \"14h\", "
	  "\"20h\", \"1d\" ]; };",
	  "courier.retry" }, /* the text is what is compared: a false alarm, never a missed one */
	{ "courier = { spaced_hosts = []; };", "courier.spaced_hosts" },
	{ "http = { connections_max = 513; };", "http.connections_max" },
	{ "http = { body_min_rate_bytes_s = 1; };", "http.body_min_rate_bytes_s" },
};

static void test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *name = NULL;
		struct conf *before = parsed(""), *after = parsed(changes[i].text);
		assert_int_equal(conf_changed_unreloadable(before, after, &name),
				 changes[i].name != NULL);
		if (changes[i].name)
			assert_string_equal(name, changes[i].name);
		conf_free(before);
		conf_free(after);
	}
}

static const struct mistake {
	const char *text;
	const char *at; /* "line: key" */
	const char *detail;
	const char *hint;
} mistakes[] = {
	{ "state_dri = \"x\";", "1: state_dri", "unknown key", "did you mean \"state_dir\"?" },
	{ "zzzzzzzzzzzzzz = 1;", "1: zzzz", "unknown key", "known: state_dir, listen" },
	{ "\n\nhttp = {\n connections = 5; };", "4: http.connections", "unknown key",
	  "connections_max" },
	{ "http = 5;", "1: http", "must be a group", "{" },
	{ "state_dir = \"\";", "1: state_dir", "must not be empty", "" },
	{ "programmes = \"\";", "1: programmes", "must not be empty", "" },
	{ "calendars = \"\";", "1: calendars", "must not be empty", "" },
	{ "state_dir = [ \"a\" ];", "1: state_dir", "must be a string, not a list", "" },
	{ "listen = \"unix:/x\";", "1: listen", "must be a list, not a string",
	  "[ \"a\", \"b\" ]" },
	{ "listen = [];", "1: listen", "is empty", "unix:" },
	{ "listen = ( 5 );", "1: listen", "element 0 must be a string", "" },
	{ "listen = [ \"/run/x\" ];", "1: listen", "neither unix: nor tcp:", "tcp:HOST:PORT" },
	{ "listen = [ \"unix:\" ];", "1: listen", "has no path", "" },
	{ "listen = [ "
	  "\"unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" ];",
	  "1: listen", "the system takes 107", "shorter" },
	{ "listen = [ \"tcp:127.0.0.1\" ];", "1: listen", "has no port", "" },
	{ "listen = [ \"tcp:127.0.0.1:65536\" ];", "1: listen", "has no port", "" },
	{ "listen = [ \"tcp:127.0.0.1:http\" ];", "1: listen", "has no port", "" },
	{ "listen = [ \"tcp:127.0.0.1.example.org:80\" ];", "1: listen", "no numeric address", "" },
	{ "listen = [ \"tcp:::1:80\" ];", "1: listen", "IPv6 stands in brackets", "" },
	{ "listen = [ \"tcp:[127.0.0.1]:80\" ];", "1: listen", "no numeric address", "" },
	{ "listen = [ \"tcp:[::]:80\" ];", "1: listen", "in clear text", "behind_proxy" },
	{ "listen = [ \"tcp:10.0.0.1:80\" ];", "1: listen", "in clear text", "behind_proxy" },
	{ "listen = [ \"tcp:[::ffff:10.0.0.1]:80\" ];", "1: listen", "in clear text",
	  "behind_proxy" },
	{ "listen = [ \"tcp:localhost:1\", \"tcp:127.0.0.1:1\" ];", "1: listen",
	  "\"tcp:127.0.0.1:1\" stands there twice", "" },
	{ "behind_proxy = 1;", "1: behind_proxy", "must be true or false, not a number", "" },
	{ "clock = \"fake\";", "1: clock", "\"fake\" is no clock", "simulated:" },
	{ "clock = \"simulated:\";", "1: clock", "no instant", "" },
	{ "log_level = \"verbose\";", "1: log_level", "unknown word",
	  "error, warning, info, debug" },
	{ "log_level = \"wraning\";", "1: log_level", "unknown word", "did you mean \"warning\"?" },
	{ "catch_up_per_second = -1;", "1: catch_up_per_second", "-1 is outside 0 to 100000", "" },
	{ "egress = { allow = [ \"10.0.0.0/33\" ]; };", "1: egress.allow", "", "" },
	{ "egress = { allow = [ \"internal\" ]; };", "1: egress.allow", "", "" },
	{ "egress = { proxy = \"proxy:3128\"; };", "1: egress.proxy", "no address of a proxy",
	  "http://" },
	{ "egress = { ca_file = \"none.pem\"; };", "1: egress.ca_file",
	  "/etc/jiebang/none.pem is no file that can be read", "" },
	{ "egress = { ca_file = \"/\"; };", "1: egress.ca_file", "/ is no file", "PEM" },
	{ "log_level = \"\\x1b[2J\";", "1: log_level", "unknown word \"?[2J\"", "error, warning" },
	{ "log_level = \"\\xff\";", "1: log_level", "unknown word \"?\"", "error, warning" },
	{ "log_level = \"info\"；", "1: ", "not ASCII stands outside of \"…\" and comments: ；",
	  "plain ASCII" },
	{ "\nlog_level = “info”;", "2: ", "comments: “", "plain ASCII" },
	{ "courier = { timeout = \"20\"; };", "1: courier.timeout", "\"20\" is no duration",
	  "\"20s\"" },
	{ "courier = { timeout = \"3m\"; };", "1: courier.timeout", "outside 1 s to 120 s",
	  "whole time allowed" },
	{ "courier = { timeout = \"5s\"; };", "1: courier.connect_timeout",
	  "is longer than courier.timeout", "" },
	{ "courier = { response_max = \"64\"; };", "1: courier.response_max", "no size",
	  "\"64KiB\"" },
	{ "courier = { response_max = \"1GiB\"; };", "1: courier.response_max", "outside", "" },
	{ "courier = { retry = [ \"5\" ]; };", "1: courier.retry", "\"5\" is no wait", "\"5s\"" },
	{ "courier = { retry = [ \"0s\" ]; };", "1: courier.retry", "\"0s\" is no wait", "" },
	{ "courier = { retry = [ \"8d\" ]; };", "1: courier.retry", "\"8d\" is no wait", "" },
	{ "health = { tell = [ \"1d\", \"soon\" ]; };", "1: health.tell", "\"soon\" is no wait",
	  "" },
	{ "health = { tell = [ \"2d\", \"2d\" ]; };", "1: health.tell",
	  "\"2d\" is not longer than the one before", "ascending" },
	{ "health = { probe = []; };", "1: health.probe", "never be tried again", "\"1h\"" },
	{ "courier = { retry = [ "
	  "\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\","
	  "\"1s\",\"1s\",\"1s\",\"1s\",\"1s\",\"1s\" ]; };",
	  "1: courier.retry", "has 17 elements, at most 16", "" },
	{ "courier = { spaced_hosts = [ \"https://open.feishu.cn\" ]; };",
	  "1: courier.spaced_hosts", "\"https://open.feishu.cn\" is no name of a host",
	  "write the host alone" },
	{ "courier = { spaced_hosts = [ \"open.feishu.cn:443\" ]; };", "1: courier.spaced_hosts",
	  "\"open.feishu.cn:443\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \"open.feishu.cn/\" ]; };", "1: courier.spaced_hosts",
	  "\"open.feishu.cn/\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \"open.feishu.cn.\" ]; };", "1: courier.spaced_hosts",
	  "\"open.feishu.cn.\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \".cn\" ]; };", "1: courier.spaced_hosts",
	  "\".cn\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \"[::1\" ]; };", "1: courier.spaced_hosts",
	  "\"[::1\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \"[]\" ]; };", "1: courier.spaced_hosts",
	  "\"[]\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \"[::g]\" ]; };", "1: courier.spaced_hosts",
	  "\"[::g]\" is no name of a host", "write the host alone" },
	{ "courier = { spaced_hosts = [ \"\" ]; };", "1: courier.spaced_hosts", "", "" },
	{ "courier = { in_flight_max = 0; };", "1: courier.in_flight_max", "0 is outside 1 to 4096",
	  "" },
	{ "courier = { in_flight_max = 4294967297; };", "1: ", "would wrap", "" },
	{ "courier = { in_flight_max = 0xFFFFFFFF; };", "1: ", "would wrap", "" },
	{ "courier = { in_flight_max = -9999999999; };", "1: ", "would wrap", "" },
	{ "http = { connections_max = \"512\"; };", "1: http.connections_max", "must be a number",
	  "" },
	{ "a = 1;\na = 2;", "2: ", "duplicate setting name", "" },
	{ "a = [ 1, \"x\" ];", "1: ", "mismatched element type", "" },
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const struct mistake *m = &mistakes[i];
		struct conf *conf = NULL;
		struct problem problem;
		char at[128];
		memset(&problem, 0, sizeof(problem));
		(void)snprintf(at, sizeof(at), "/etc/jiebang/x.conf:%s", m->at);
		enum fault fault = conf_parse(m->text, strlen(m->text), "/etc/jiebang/x.conf",
					      &conf, &problem);
		if (fault != FAULT_INVALID || strncmp(problem.detail, at, strlen(at)) != 0 ||
		    !strstr(problem.detail, m->detail) || !strstr(problem.hint, m->hint) ||
		    problem.hint[0] == '\0' || !strstr(problem.pointer, "x.conf:"))
			fail_msg("%s\n→ %s\n  hint: %s", m->text, problem.detail, problem.hint);
		assert_null(conf);
		assert_int_equal(conf_parse(m->text, strlen(m->text), "x.conf", &conf, NULL),
				 FAULT_INVALID);
	}
}

static void test_local(void **state)
{
	(void)state;
	static const char *const fine[] = {
		"listen = [ \"tcp:127.9.9.9:1\" ];",
		"listen = [ \"tcp:[::1]:1\" ];",
		"listen = [ \"tcp:[::ffff:127.0.0.1]:1\" ];",
		"listen = [ \"tcp:0.0.0.0:1\" ]; behind_proxy = true;",
	};
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		conf_free(parsed(fine[i]));
}

static void test_relative_file(void **state)
{
	(void)state;
	char here[512];
	char wanted[640];
	struct conf *conf = NULL;
	assert_non_null(getcwd(here, sizeof(here)));
	static const struct {
		const char *path, *folder;
	} rows[] = { { "x.conf", "" },
		     { "./x.conf", "" },
		     { "a/x.conf", "/a" },
		     { "./a/b/x.conf", "/a/b" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(conf_parse("", 0, rows[i].path, &conf, NULL), FAULT_NONE);
		(void)snprintf(wanted, sizeof(wanted), "%s%s", here, rows[i].folder);
		assert_string_equal(conf->folder, wanted);
		conf_free(conf);
	}
	assert_int_equal(conf_parse("programmes = \".\";", 17, "/x.conf", &conf, NULL), FAULT_NONE);
	assert_string_equal(conf->folder, "/");
	assert_string_equal(conf->calendars_dir, "/calendars");
	assert_string_equal(conf->programmes_dir, "/");
	conf_free(conf);
}

/* As an editor on Windows saves it. */
static void test_byte_order_mark(void **state)
{
	(void)state;
	struct problem problem;
	struct conf *conf = parsed("\xef\xbb\xbf# 配置\r\nlog_level = \"debug\";\r\n");
	assert_int_equal(conf->log_level, LOG_LEVEL_DEBUG);
	conf_free(conf);
	static const char twice[] = "\xef\xbb\xbf\xef\xbb\xbf";
	assert_int_equal(conf_parse(twice, strlen(twice), "x", &conf, &problem), FAULT_INVALID);
}

/* A word that fills a line can't push the place out of the message, nor leave half a character at its end. */
static void test_long_words(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct problem problem;
	struct buf name = BUF_EMPTY, text = BUF_EMPTY;
	for (size_t i = 0; i < 200; i++)
		buf_adds(&name, "/配置");
	buf_adds(&name, "/jiebangd.conf");
	buf_adds(&text, "log_level = \"");
	for (size_t i = 0; i < 1000; i++)
		buf_adds(&text, "揭榜");
	buf_adds(&text, "\";");
	assert_int_equal(conf_parse(buf_str(&text), text.len, buf_str(&name), &conf, &problem),
			 FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "/配置/jiebangd.conf:1: log_level: unknown word"));
	assert_non_null(strstr(problem.pointer, "/jiebangd.conf:1"));
	assert_true(text_utf8_valid(problem.detail, strlen(problem.detail)));
	assert_true(text_utf8_valid(problem.pointer, strlen(problem.pointer)));
	assert_int_equal(conf_parse("x = ;", 5, buf_str(&name), &conf, &problem), FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "/jiebangd.conf:1: syntax error"));
	buf_clear(&name);
	buf_clear(&text);
}

static void test_no_file(void **state)
{
	(void)state;
	struct conf *conf = NULL;
	struct problem problem;
	assert_int_equal(conf_load("/no/such.conf", &conf, &problem), FAULT_NOT_FOUND);
	assert_string_equal(problem.detail, "/no/such.conf: No such file or directory");
	assert_int_equal(conf_load("/", &conf, &problem), FAULT_IO);
	assert_null(conf);
}

/* ---- tests/data/bad: each file says in its first line what is expected of it ---- */

static void split_expectation(char *line, char *part[3])
{
	char *s = line + 2; /* "# kind | detail | hint" */
	for (size_t i = 0; i < 3; i++) {
		char *bar = i < 2 ? strstr(s, " | ") : strchr(s, '\n');
		if (!bar)
			bar = s + strlen(s);
		part[i] = s;
		s = bar + (*bar == ' ' ? 3 : 0);
		*bar = '\0';
	}
}

static void check_bad_file(const char *name)
{
	char path[512], line[512];
	char *part[3];
	struct conf *conf = NULL;
	struct programme *programme = NULL;
	struct problem problem;
	memset(&problem, 0, sizeof(problem));
	(void)snprintf(path, sizeof(path), SOURCE "/tests/data/bad/%s", name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	(void)fclose(file);
	split_expectation(line, part);
	enum fault fault = strcmp(part[0], "conf") == 0
				   ? conf_load(path, &conf, &problem)
				   : programme_file_load(path, &programme, &problem);
	char wanted[1024];
	(void)snprintf(wanted, sizeof(wanted), "%s%s", path, part[1]);
	if (fault != FAULT_INVALID || strncmp(problem.detail, wanted, strlen(wanted)) != 0 ||
	    !strstr(problem.hint, part[2]) || problem.hint[0] == '\0')
		fail_msg("%s → %s\n  hint: %s", wanted, problem.detail, problem.hint);
}

static void test_bad_files(void **state)
{
	(void)state;
	size_t n = 0;
	DIR *dir = opendir(SOURCE "/tests/data/bad");
	const struct dirent *entry;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		check_bad_file(entry->d_name);
		n++;
	}
	closedir(dir);
	assert_true(n >= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),      cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_everything),    cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_words),   cmocka_unit_test(test_changes),
		cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_local),
		cmocka_unit_test(test_relative_file), cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_byte_order_mark),
		cmocka_unit_test(test_long_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
