/*
 * The settings of mail: what goes together, and the password, which no option holds.
 */
#ifndef JIEBANG_CONF_MAIL_H
#define JIEBANG_CONF_MAIL_H

#include "conf.h"

#include <stdbool.h>

struct conf_mistake {
	const char *key, *hint;
	struct buf why;
};

/* Judges conf->mail and fills conf->courier.mail but for the password. */
bool conf_mail_check(struct conf *conf, struct conf_mistake *mistake);
/* Reads the password, if a user is named: whoever is to send mail calls this, and nobody else needs to be able to. */
MUST_CHECK enum fault conf_mail_password(struct conf *conf, struct problem *problem);
void conf_mail_clear(struct conf *conf);

#endif
