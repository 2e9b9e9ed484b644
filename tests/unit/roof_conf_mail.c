/*
 * The settings of mail: what they come to, what does not go together, and the password in its file.
 */
#include "conf_mail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define SOURCE      JIEBANG_SOURCE_DIR
#define RELAY       "relay = \"smtp://relay.example:587\"; from = \"jiebang@office.example\"; "

static enum fault parse(const char *inside, struct conf **out, struct problem *problem)
{
	struct buf text = BUF_EMPTY;
	buf_addf(&text, "mail = { %s };", inside);
	enum fault fault =
		conf_parse(buf_str(&text), text.len, "/etc/jiebang/jiebangd.conf", out, problem);
	buf_clear(&text);
	return fault;
}

static struct conf *parsed(const char *inside)
{
	struct conf *conf = NULL;
	struct problem problem;
	if (parse(inside, &conf, &problem) != FAULT_NONE)
		fail_msg("%s (%s)", problem.detail, problem.hint);
	return conf;
}

static void test_taken(void **state)
{
	(void)state;
	struct conf *conf = parsed("");
	assert_null(conf->courier.mail.relay);
	assert_int_equal(conf->courier.mail.connections, 4);
	conf_free(conf);

	conf = parsed(RELAY);
	assert_string_equal(conf->courier.mail.relay, "smtp://relay.example:587");
	assert_true(conf->courier.mail.starttls_required);
	assert_string_equal(conf->courier.mail.from, "jiebang@office.example");
	assert_null(conf->courier.mail.hello);
	assert_null(conf->courier.mail.user);
	assert_null(conf->courier.mail.from_name);
	assert_null(conf->courier.mail.reply_to);
	assert_null(conf->courier.mail.ca_file);
	conf_free(conf);

	conf = parsed("relay = \"smtp://[::1]:25\"; starttls = \"optional\"; from = \"a@b\"; "
		      "from_name = \"揭榜办\"; reply_to = \"c@d\"; hello = \"host.example\"; "
		      "ca_file = \"" SOURCE "/conf/jiebangd.conf\"; connections = 1;");
	assert_false(conf->courier.mail.starttls_required);
	assert_string_equal(conf->courier.mail.from_name, "揭榜办");
	assert_string_equal(conf->courier.mail.reply_to, "c@d");
	assert_string_equal(conf->courier.mail.hello, "host.example");
	assert_string_equal(conf->courier.mail.ca_file, SOURCE "/conf/jiebangd.conf");
	assert_int_equal(conf->courier.mail.connections, 1);
	conf_free(conf);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *key, *says;
	} cases[] = {
		{ "relay = \"relay.example\";", "mail.relay", "no address of a relay" },
		{ "relay = \"smtp://relay.example\";", "mail.relay", "no address of a relay" },
		{ "relay = \"smtp://relay.example:0\";", "mail.relay", "no address of a relay" },
		{ "relay = \"smtp://relay.example:587/x\";", "mail.relay", "no address" },
		{ "relay = \"smtp://u:p@relay.example:587\";", "mail.relay", "no address" },
		{ "relay = \"http://relay.example:587\";", "mail.relay", "no address" },
		{ "relay = \"smtp://:587\";", "mail.relay", "no address" },
		{ "relay = \"smtp://relay.example:587\";", "mail.from", "user@host" },
		{ RELAY "reply_to = \"c@d, e@f\";", "mail.reply_to", "the address alone" },
		{ RELAY "user = \"u\"; starttls = \"optional\";", "mail.starttls",
		  "in clear text" },
		{ RELAY "starttls = \"never\";", "mail.starttls", "unknown word" },
		{ RELAY "password_file = \"p\";", "mail.password_file", "without mail.user" },
		{ RELAY "ca_file = \"none.pem\";", "mail.ca_file", "no file that can be read" },
		{ RELAY "hello = \"a b\";", "mail.hello", "no name of a host" },
		{ RELAY "from_name = \"a\\nb\";", "mail.from_name", "" },
		{ RELAY "connections = 33;", "mail.connections", "outside 1 to 32" },
		{ RELAY "password = \"secret\";", "mail.password", "unknown key" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct conf *conf;
		struct problem problem;
		if (parse(cases[i].text, &conf, &problem) != FAULT_INVALID)
			fail_msg("taken: %s", cases[i].text);
		if (!strstr(problem.detail, cases[i].key) || !strstr(problem.detail, cases[i].says))
			fail_msg("%s: %s", cases[i].text, problem.detail);
		assert_true(problem.hint[0] != '\0');
	}
}

/* A conf whose password is in a file that holds `text`. */
static struct conf *with_password(const char *text, char path[64])
{
	struct buf inside = BUF_EMPTY;
	(void)snprintf(path, 64, "/tmp/jiebang-password-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	buf_addf(&inside, RELAY "user = \"clerk\"; password_file = \"%s\";", path);
	struct conf *conf = parsed(buf_str(&inside));
	buf_clear(&inside);
	return conf;
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_password(void **state)
{
	static const struct {
		const char *text, *password; /* NULL: refused */
	} cases[] = {
		{ "secret", "secret" },
		{ "two words \n", "two words " },
		{ "口令\r\n\n", "口令" },
		{ A50 A50 A50 A50 A50 "12345\n", A50 A50 A50 A50 A50 "12345" },
		{ A50 A50 A50 A50 A50 "123456\n", NULL },
		{ A50 A50 A50 A50 A50 A50 A50, NULL },
		{ "", NULL },
		{ "\n", NULL },
		{ "\nsecret", NULL },
		{ "one\ntwo\n", NULL },
		{ "a\tb", NULL },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char path[64];
		struct problem problem;
		struct conf *conf = with_password(cases[i].text, path);
		enum fault fault = conf_mail_password(conf, &problem);
		assert_int_equal(fault, cases[i].password ? FAULT_NONE : FAULT_INVALID);
		if (cases[i].password)
			assert_string_equal(conf->courier.mail.password, cases[i].password);
		else
			assert_non_null(strstr(problem.detail, path));
		conf_free(conf);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_no_password(void **state)
{
	(void)state;
	struct problem problem;
	struct conf *conf = parsed(RELAY "user = \"u\"; password_file = \"/nowhere/password\";");
	assert_int_equal(conf_mail_password(conf, &problem), FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "/nowhere/password: No such file"));
	conf_free(conf);

	conf = parsed(RELAY "user = \"u\";");
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(conf_mail_password(conf, &problem), FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "LoadCredential=mail-password:"));
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "/nowhere", 1), 0);
	assert_int_equal(conf_mail_password(conf, &problem), FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "/nowhere/mail-password"));
	conf_free(conf);

	conf = parsed(RELAY);
	assert_int_equal(conf_mail_password(conf, &problem), FAULT_NONE);
	assert_null(conf->courier.mail.password);
	conf_free(conf);
}

/* systemd puts it there for the service alone. */
static void test_credential(void **state)
{
	(void)state;
	struct problem problem;
	char folder[] = "/tmp/jiebang-credentials-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/mail-password", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("of systemd\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
	struct conf *conf = parsed(RELAY "user = \"u\";");
	assert_int_equal(conf_mail_password(conf, &problem), FAULT_NONE);
	assert_string_equal(conf->courier.mail.password, "of systemd");
	struct buf printed = BUF_EMPTY;
	conf_print(conf, &printed);
	assert_null(strstr(buf_str(&printed), "of systemd"));
	buf_clear(&printed);
	conf_free(conf);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),      cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_password),   cmocka_unit_test(test_no_password),
		cmocka_unit_test(test_credential),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
