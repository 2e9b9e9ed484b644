/*
 * Standard Webhooks 1.0, the sender's half: HMAC-SHA256 ("v1,<base64>") or Ed25519 ("v1a,<base64>") over
 * `id.timestamp.body`, one for each valid secret, newest first, so that a receiver may change to the new secret whenever it likes while both are in use.
 * The keyed context is kept by base/digest; nothing is copied here, the parts are hashed where they lie.
 */
#include "courier/webhook.h"

#include "jiebang/digest.h"

#include <stdio.h>
#include <string.h>

#define SECRET_PREFIX    "whsec_"
#define SECRET_NEW_BYTES 32

bool webhook_secret_parse(const char *text, struct courier_secret *out)
{
	const size_t prefix = sizeof(SECRET_PREFIX) - 1;

	memset(out, 0, sizeof(*out));
	if (strncmp(text, SECRET_PREFIX, prefix) != 0)
		return false;
	text += prefix;
	long len = digest_base64_decode(text, strlen(text), out->key, SECRET_MAX_BYTES);
	if (len < SECRET_MIN_BYTES) {
		explicit_bzero(out, sizeof(*out));
		return false;
	}
	out->len = (size_t)len;
	return true;
}

void webhook_secret_write(const struct courier_secret *secret, struct buf *out)
{
	buf_adds(out, SECRET_PREFIX);
	digest_base64(secret->key, secret->len, out);
}

void webhook_secret_generate(struct courier_secret *out)
{
	memset(out, 0, sizeof(*out));
	out->len = SECRET_NEW_BYTES;
	digest_random(out->key, out->len);
}

#define N_PARTS 3

static void sign_symmetric(const struct courier_secret *secret,
			   const struct digest_part parts[N_PARTS], struct buf *out)
{
	uint8_t mac[DIGEST_BYTES];
	digest_hmac(secret->key, secret->len, parts, N_PARTS, mac);
	buf_adds(out, "v1,");
	digest_base64(mac, sizeof(mac), out);
}

/* Ed25519 reads its text twice, so here it is put together. */
static void sign_asymmetric(const struct courier_secret *secret,
			    const struct digest_part parts[N_PARTS], struct buf *out)
{
	uint8_t signature[DIGEST_SIGNATURE_BYTES];
	struct buf text = BUF_EMPTY;
	for (size_t i = 0; i < N_PARTS; i++)
		buf_add(&text, parts[i].data, parts[i].len);
	digest_ed25519_sign(secret->key, text.data, text.len, signature);
	buf_clear(&text);
	buf_adds(out, "v1a,");
	digest_base64(signature, sizeof(signature), out);
}

void webhook_sign(const struct courier_secret *secrets, size_t n, const char *id,
		  int64_t timestamp_at, const char *body, size_t body_len, struct buf *out)
{
	char stamp[24];
	int stamp_len = snprintf(stamp, sizeof(stamp), ".%lld.", (long long)timestamp_at);
	const struct digest_part parts[N_PARTS] = {
		{ id, strlen(id) },
		{ stamp, (size_t)stamp_len },
		{ body, body_len },
	};

	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		if (secrets[i].ed25519)
			sign_asymmetric(&secrets[i], parts, out);
		else
			sign_symmetric(&secrets[i], parts, out);
	}
}
