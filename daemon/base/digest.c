/*
 * libcrypto behind one door. The contexts of SHA-256 and HMAC are kept per thread: fetching the algorithm anew costs
 * more than a short hash, and ten times an HMAC.
 */
#include "jiebang/digest.h"

#include "jiebang/fault.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>
#include <threads.h>

struct digest {
	EVP_MD_CTX *ctx;
};

static tss_t sha256_key; /* each thread's context, freed at its end */

static void free_sha256(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void make_sha256_key(void)
{
	INVARIANT(tss_create(&sha256_key, free_sha256) == thrd_success);
}

static EVP_MD_CTX *sha256_context(void)
{
	static once_flag once = ONCE_FLAG_INIT;
	call_once(&once, make_sha256_key);
	EVP_MD_CTX *kept = tss_get(sha256_key);
	if (!kept) {
		EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
		kept = EVP_MD_CTX_new();
		INVARIANT(kept && sha256 && EVP_DigestInit_ex2(kept, sha256, NULL) == 1);
		EVP_MD_free(sha256);
		INVARIANT(tss_set(sha256_key, kept) == thrd_success);
	}
	return kept;
}

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_BYTES])
{
	EVP_MD_CTX *ctx = sha256_context();
	INVARIANT(EVP_DigestInit_ex2(ctx, NULL, NULL) == 1 &&
		  EVP_DigestUpdate(ctx, data, len) == 1 && EVP_DigestFinal_ex(ctx, out, NULL) == 1);
}

void digest_hex(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < len; i++) {
		*out++ = digits[data[i] >> 4];
		*out++ = digits[data[i] & 15];
	}
	*out = '\0';
}

struct digest *digest_new(void)
{
	struct digest *digest = xcalloc(1, sizeof(*digest));
	digest->ctx = EVP_MD_CTX_new();
	INVARIANT(digest->ctx && EVP_DigestInit_ex(digest->ctx, EVP_sha256(), NULL) == 1);
	return digest;
}

void digest_add(struct digest *digest, const void *data, size_t len)
{
	INVARIANT(EVP_DigestUpdate(digest->ctx, data, len) == 1);
}

void digest_finish(struct digest *digest, uint8_t out[DIGEST_BYTES])
{
	INVARIANT(EVP_DigestFinal_ex(digest->ctx, out, NULL) == 1);
	INVARIANT(EVP_DigestInit_ex(digest->ctx, EVP_sha256(), NULL) == 1);
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->ctx);
	free(digest);
}

static EVP_MAC_CTX *hmac_context(void)
{
	static _Thread_local EVP_MAC_CTX *kept;
	if (!kept) {
		EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
		INVARIANT(mac != NULL);
		char name[] = "SHA256";
		OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
									 name, 0),
					OSSL_PARAM_construct_end() };
		kept = EVP_MAC_CTX_new(mac);
		EVP_MAC_free(mac);
		/* Once: naming the digest in each init would fetch it anew. */
		INVARIANT(kept != NULL && EVP_MAC_CTX_set_params(kept, params) == 1);
	}
	return kept;
}

void digest_hmac(const void *key, size_t key_len, const struct digest_part *parts, size_t n,
		 uint8_t out[DIGEST_BYTES])
{
	EVP_MAC_CTX *ctx = hmac_context();
	size_t len = 0;
	INVARIANT(EVP_MAC_init(ctx, key, key_len, NULL) == 1);
	for (size_t i = 0; i < n; i++)
		INVARIANT(EVP_MAC_update(ctx, parts[i].data, parts[i].len) == 1);
	INVARIANT(EVP_MAC_final(ctx, out, &len, DIGEST_BYTES) == 1 && len == DIGEST_BYTES);
}

/* Made for each signature: two scalar multiplications make the object's price not worth a cache of secrets. */
static EVP_PKEY *ed25519_key(const uint8_t seed[DIGEST_SEED_BYTES])
{
	EVP_PKEY *key =
		EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, DIGEST_SEED_BYTES);
	INVARIANT(key != NULL);
	return key;
}

void digest_ed25519_public(const uint8_t seed[DIGEST_SEED_BYTES], uint8_t out[DIGEST_SEED_BYTES])
{
	size_t len = DIGEST_SEED_BYTES;
	EVP_PKEY *key = ed25519_key(seed);
	INVARIANT(EVP_PKEY_get_raw_public_key(key, out, &len) == 1 && len == DIGEST_SEED_BYTES);
	EVP_PKEY_free(key);
}

void digest_ed25519_sign(const uint8_t seed[DIGEST_SEED_BYTES], const void *data, size_t len,
			 uint8_t out[DIGEST_SIGNATURE_BYTES])
{
	size_t out_len = DIGEST_SIGNATURE_BYTES;
	EVP_PKEY *key = ed25519_key(seed);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	INVARIANT(ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		  EVP_DigestSign(ctx, out, &out_len, data, len) == 1 &&
		  out_len == DIGEST_SIGNATURE_BYTES);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

void digest_base64(const void *data, size_t len, struct buf *out)
{
	INVARIANT(len < 1u << 30);
	buf_reserve(out, (len + 2) / 3 * 4 + 1);
	int n = EVP_EncodeBlock((unsigned char *)out->data + out->len, data, (int)len);
	INVARIANT(n >= 0);
	out->len += (size_t)n;
}

long digest_base64_decode(const char *s, size_t s_len, uint8_t *out, size_t size)
{
	uint8_t scratch[192];
	if (s_len == 0 || s_len % 4 != 0 || s_len / 4 * 3 > sizeof(scratch))
		return -1;
	size_t padding = (size_t)(s[s_len - 1] == '=') + (size_t)(s[s_len - 2] == '=');
	/* EVP_DecodeBlock forgives white space and inner padding; we don't. */
	if (strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") <
	    s_len - padding)
		return -1;
	int n = EVP_DecodeBlock(scratch, (const unsigned char *)s, (int)s_len);
	if (n < 0 || (size_t)n < padding || (size_t)n - padding > size)
		return -1;
	size_t len = (size_t)n - padding;
	memcpy(out, scratch, len);
	OPENSSL_cleanse(scratch, sizeof(scratch));
	return (long)len;
}

void digest_base32(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned bits = 0, value = 0;
	for (size_t i = 0; i < len; i++) {
		value = (value << 8 | data[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			*out++ = digits[value >> (bits - 5) & 31];
	}
	if (bits > 0)
		*out++ = digits[value << (5 - bits) & 31];
	*out = '\0';
}

void digest_random(void *out, size_t len)
{
	INVARIANT(RAND_bytes(out, (int)len) == 1);
}

bool digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}
