/*
 * Standard Webhooks 1.0 signatures over `id.timestamp.body`: HMAC-SHA256 "v1,<base64>" or Ed25519 "v1a,<base64>",
 * space-separated, newest secret first.
 */
#ifndef JIEBANG_WEBHOOK_H
#define JIEBANG_WEBHOOK_H

#include "courier/courier.h"
#include "jiebang/buf.h"

/* "whsec_<base64 of 24-64 bytes>". False if malformed. */
bool webhook_secret_parse(const char *text, struct courier_secret *out);
void webhook_secret_write(const struct courier_secret *secret, struct buf *out);
void webhook_secret_generate(struct courier_secret *out); /* 32 random bytes */

/* The value of webhook-signature. */
void webhook_sign(const struct courier_secret *secrets, size_t n, const char *id,
		  int64_t timestamp_at, const char *body, size_t body_len, struct buf *out);

#endif
