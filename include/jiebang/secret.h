/*
 * What an endpoint's messages are signed with (Standard Webhooks 1.0): a secret that both sides know, shown once as
 * "whsec_<base64>", or an Ed25519 key pair, of which the world may know the public half, "whpk_<base64>", and nobody
 * the other. A chat robot's is the word that its group was given (DingTalk: SEC and 64 digits), or it has none.
 */
#ifndef JIEBANG_SECRET_H
#define JIEBANG_SECRET_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MIN_BYTES      24
#define SECRET_MAX_BYTES      64
#define SECRET_DEFAULT_BYTES  32 /* and the only length of an Ed25519 seed */
#define SECRET_WORD_MAX_BYTES 80
#define SECRETS_MAX           4 /* that sign at once: the newest and three that were replaced */

enum secret_kind { SECRET_HMAC = 0, SECRET_ED25519, SECRET_WORD, SECRET_NONE, SECRET_KIND_COUNT };

struct secret {
	enum secret_kind kind;
	size_t len;
	uint8_t bytes[SECRET_WORD_MAX_BYTES];
};

/* "hmac", "ed25519", "word", "none" */
const char *secret_kind_name(enum secret_kind kind);
bool secret_kind_parse(const char *name, enum secret_kind *out);
/* "whsec_<base64 of 24 to 64 bytes>" */
bool secret_parse(const char *text, struct secret *out);
/* What the receiver has to know: whsec_… of a secret, whpk_… of a key pair; nothing of a word, which came from there. */
void secret_write(const struct secret *secret, struct buf *out);

#endif
