/*
 * Secrets and key pairs as text. Pure.
 */
#include "jiebang/secret.h"

#include "jiebang/digest.h"
#include "jiebang/fault.h"

#include <string.h>

#define SECRET_PREFIX "whsec_"
#define PUBLIC_PREFIX "whpk_"

static const char *const names[SECRET_KIND_COUNT] = {
	[SECRET_HMAC] = "hmac",
	[SECRET_ED25519] = "ed25519",
	[SECRET_WORD] = "word",
	[SECRET_NONE] = "none",
};

const char *secret_kind_name(enum secret_kind kind)
{
	return names[kind];
}

bool secret_kind_parse(const char *name, enum secret_kind *out)
{
	for (int kind = 0; kind < SECRET_KIND_COUNT; kind++) {
		if (strcmp(names[kind], name) != 0)
			continue;
		*out = (enum secret_kind)kind;
		return true;
	}
	return false;
}

bool secret_parse(const char *text, struct secret *out)
{
	const size_t prefix = sizeof(SECRET_PREFIX) - 1;
	*out = (struct secret){ .kind = SECRET_HMAC };
	if (strncmp(text, SECRET_PREFIX, prefix) != 0)
		return false;
	text += prefix;
	long len = digest_base64_decode(text, strlen(text), out->bytes, SECRET_MAX_BYTES);
	out->len = len < SECRET_MIN_BYTES ? 0 : (size_t)len;
	return out->len > 0;
}

void secret_write(const struct secret *secret, struct buf *out)
{
	uint8_t public[DIGEST_SEED_BYTES];
	switch (secret->kind) {
	case SECRET_HMAC:
		buf_adds(out, SECRET_PREFIX);
		digest_base64(secret->bytes, secret->len, out);
		return;
	case SECRET_ED25519:
		digest_ed25519_public(secret->bytes, public);
		buf_adds(out, PUBLIC_PREFIX);
		digest_base64(public, sizeof(public), out);
		return;
	case SECRET_WORD:
	case SECRET_NONE:
		return;
	case SECRET_KIND_COUNT:
		break;
	}
	BUG("no such kind of secret");
}
