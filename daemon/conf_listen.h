/*
 * Reading `listen` entries, and hosts elsewhere. Used by conf.c and conf_mail.c only.
 */
#ifndef JIEBANG_CONF_LISTEN_H
#define JIEBANG_CONF_LISTEN_H

#include "conf.h"

/* Parses "unix:PATH" or "tcp:HOST:PORT". False with the reason in `why`, and what to do in `hint`. */
bool conf_listen_parse(const char *text, const char *folder, struct conf_listen *out,
		       struct buf *why, const char **hint);
/* True if the entry can be reached from this machine only. */
bool conf_listen_is_local(const struct conf_listen *listen);
/* The text that reads back to the same. */
char *conf_listen_text(const struct conf_listen *listen);
void conf_listen_clear(struct conf_listen *listen);

/* A name or a numeric address, IPv6 in brackets; no port. */
bool conf_is_host(const char *text);

#endif
