/*
 * Mail goes to one relay, which the operator names: no name of a recipient's host is ever looked up here, and the guard
 * has nothing to say about it. A password goes over TLS or not at all, and is read from a file of its own: the
 * configuration is shown by --print-config, and its file is often kept under version control.
 */
#include "conf_mail.h"

#include "conf_listen.h"
#include "conf_path.h"
#include "jiebang/mail.h"
#include "jiebang/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CREDENTIAL         "mail-password" /* systemd's LoadCredential=mail-password:FILE */
#define PASSWORD_MAX_BYTES 255

static bool wrong(struct conf_mistake *mistake, const char *key, const char *hint, const char *why)
{
	mistake->key = key;
	mistake->hint = hint;
	buf_adds(&mistake->why, why);
	return false;
}

/* "smtp://HOST:PORT" or "smtps://HOST:PORT", and nothing behind it. */
static bool is_relay(const char *text, bool *tls)
{
	const char *host = text, *port = strrchr(text, ':');
	char name[256];
	int64_t number;
	*tls = strncmp(text, "smtps://", 8) == 0;
	if (*tls)
		host += 8;
	else if (strncmp(text, "smtp://", 7) == 0)
		host += 7;
	else
		return false;
	return port > host && text_copy_n(name, sizeof(name), host, (size_t)(port - host)) &&
	       conf_is_host(name) && text_parse_i64(port + 1, 1, 65535, &number);
}

static bool check_relay(struct conf *conf, struct conf_mistake *mistake)
{
	const struct conf_mail *mail = &conf->mail;
	bool tls;
	if (!is_relay(mail->relay, &tls))
		return wrong(mistake, "mail.relay",
			     "write \"smtp://HOST:587\", or \"smtps://HOST:465\"",
			     "is no address of a relay");
	if (mail->user[0] && !tls && mail->starttls == CONF_STARTTLS_OPTIONAL)
		return wrong(mistake, "mail.starttls", "write \"required\", or leave mail.user out",
			     "optional would let the password go in clear text");
	return true;
}

static bool check_address(const char *key, const char *address, struct conf_mistake *mistake)
{
	const char *words = mail_address_refusal(address);
	if (!words)
		return true;
	return wrong(mistake, key, "write the address alone, as \"jiebang@office.example\"", words);
}

static bool check_files(struct conf *conf, struct conf_mistake *mistake)
{
	struct conf_mail *mail = &conf->mail;
	struct stat st;
	if (mail->password_file[0] && !mail->user[0])
		return wrong(mistake, "mail.password_file", "name the user, or leave it out",
			     "is of no use without mail.user");
	conf_path_set(&mail->password_file, conf->folder);
	conf_path_set(&mail->ca_file, conf->folder);
	if (!mail->ca_file[0] || (stat(mail->ca_file, &st) == 0 && S_ISREG(st.st_mode) &&
				  access(mail->ca_file, R_OK) == 0))
		return true;
	return wrong(mistake, "mail.ca_file", "name a readable PEM file",
		     "is no file that can be read");
}

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

bool conf_mail_check(struct conf *conf, struct conf_mistake *mistake)
{
	const struct conf_mail *mail = &conf->mail;
	struct courier_mail *out = &conf->courier.mail;
	if (!mail->relay[0])
		return true;
	if (!check_relay(conf, mistake) || !check_address("mail.from", mail->from, mistake) ||
	    (mail->reply_to[0] && !check_address("mail.reply_to", mail->reply_to, mistake)) ||
	    !check_files(conf, mistake))
		return false;
	if (mail->hello[0] && !conf_is_host(mail->hello))
		return wrong(mistake, "mail.hello", "write this machine's full name",
			     "is no name of a host");
	out->relay = mail->relay;
	out->starttls_required = mail->starttls == CONF_STARTTLS_REQUIRED;
	out->hello = text_or_null(mail->hello);
	out->user = text_or_null(mail->user);
	out->from = mail->from;
	out->from_name = text_or_null(mail->from_name);
	out->reply_to = text_or_null(mail->reply_to);
	out->ca_file = text_or_null(mail->ca_file);
	return true;
}

/* ---- the password ---- */

static enum fault find_file(const struct conf *conf, struct buf *path, struct problem *problem)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	if (conf->mail.password_file[0])
		buf_adds(path, conf->mail.password_file);
	else if (folder)
		buf_addf(path, "%s/" CREDENTIAL, folder);
	else
		return problem_set(problem, FAULT_INVALID,
				   "mail.user has no password: name a file in mail.password_file, "
				   "or give the service LoadCredential=" CREDENTIAL ":FILE");
	return FAULT_NONE;
}

static enum fault read_file(const char *path, char *text, size_t size, struct problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);
	int error = errno;
	if (fd >= 0)
		(void)close(fd);
	if (len < 0)
		return problem_set(problem, FAULT_INVALID, "mail.password_file: cannot read %s: %s",
				   path, strerror(error));
	text[len] = '\0';
	return FAULT_NONE;
}

/* The first line. What else is there has no meaning, and is more likely a mistake. */
static enum fault judge(const char *path, char *text, struct problem *problem)
{
	size_t len = strcspn(text, "\r\n");
	bool only_line = text[len + strspn(text + len, "\r\n")] == '\0';
	text[len] = '\0';
	bool good = len > 0 && len <= PASSWORD_MAX_BYTES && only_line;
	for (size_t i = 0; i < len; i++)
		good = good && (unsigned char)text[i] >= 0x20 && text[i] != 0x7F;
	return good ? FAULT_NONE
		    : problem_set(problem, FAULT_INVALID,
				  "mail.password_file: %s must hold the password and nothing else, "
				  "1 to %d bytes in one line",
				  path, PASSWORD_MAX_BYTES);
}

enum fault conf_mail_password(struct conf *conf, struct problem *problem)
{
	char text[PASSWORD_MAX_BYTES + 8];
	struct buf path = BUF_EMPTY;
	if (!conf->courier.mail.user)
		return FAULT_NONE;
	enum fault fault = find_file(conf, &path, problem);
	if (fault == FAULT_NONE)
		fault = read_file(buf_str(&path), text, sizeof(text), problem);
	if (fault == FAULT_NONE)
		fault = judge(buf_str(&path), text, problem);
	if (fault == FAULT_NONE)
		conf->courier.mail.password = conf->mail_password = xstrdup(text);
	explicit_bzero(text, sizeof(text));
	buf_clear(&path);
	return fault;
}

void conf_mail_clear(struct conf *conf)
{
	struct conf_mail *mail = &conf->mail;
	char *texts[] = { mail->relay,     mail->hello,    mail->user,          mail->from,
			  mail->from_name, mail->reply_to, mail->password_file, mail->ca_file };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	if (conf->mail_password)
		explicit_bzero(conf->mail_password, strlen(conf->mail_password));
	free(conf->mail_password);
}
