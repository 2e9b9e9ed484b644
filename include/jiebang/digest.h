/*
 * SHA-256, HMAC, base64, random bytes: libcrypto behind one door. A failure of libcrypto here is fatal (BUG): there
 * is no way to go on without it.
 */
#ifndef JIEBANG_DIGEST_H
#define JIEBANG_DIGEST_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES     32
#define DIGEST_HEX_BYTES 65

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_BYTES]);
void digest_hex(const uint8_t *data, size_t len, char *out); /* out holds 2*len+1 */

/* Incremental SHA-256. */
struct digest;
struct digest *digest_new(void);
void digest_add(struct digest *digest, const void *data, size_t len);
void digest_finish(struct digest *digest, uint8_t out[DIGEST_BYTES]); /* and starts over */
void digest_free(struct digest *digest);

/* HMAC-SHA256 over several parts in order. Keeps one context per thread. */
struct digest_part {
	const void *data;
	size_t len;
};
void digest_hmac(const void *key, size_t key_len, const struct digest_part *parts, size_t n,
		 uint8_t out[DIGEST_BYTES]);

/* Ed25519 (RFC 8032): the public key that belongs to a seed, and the signature of a text. */
#define DIGEST_SEED_BYTES      32
#define DIGEST_SIGNATURE_BYTES 64
void digest_ed25519_public(const uint8_t seed[DIGEST_SEED_BYTES], uint8_t out[DIGEST_SEED_BYTES]);
void digest_ed25519_sign(const uint8_t seed[DIGEST_SEED_BYTES], const void *data, size_t len,
			 uint8_t out[DIGEST_SIGNATURE_BYTES]);

void digest_base64(const void *data, size_t len, struct buf *out);
/* Standard alphabet with padding, nothing else. Returns the length, or -1 if malformed or longer than size. */
long digest_base64_decode(const char *s, size_t s_len, uint8_t *out, size_t size);
/* Lower-case RFC 4648 base32 without padding; out holds (len*8+4)/5+1. */
void digest_base32(const uint8_t *data, size_t len, char *out);

void digest_random(void *out, size_t len);
bool digest_equal(const void *a, const void *b, size_t len); /* constant time */

#endif
