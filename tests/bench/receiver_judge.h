/*
 * The receiver's own reading of Standard Webhooks, on libcrypto alone. A header, since each file of this folder is a program
 * of its own; only receiver.c includes it.
 */
#ifndef JIEBANG_RECEIVER_JUDGE_H
#define JIEBANG_RECEIVER_JUDGE_H

#include "jiebang/fault.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOLERANCE_S 300
#define BUCKETS     4096

struct secret {
	struct secret *chain;
	char *path;
	EVP_MAC_CTX *mac;
};

struct request {
	const char *path; /* with query */
	size_t path_len;  /* without */
	size_t target_len;
	const char *id, *timestamp, *signature; /* values, NULL if missing */
	size_t id_len, timestamp_len, signature_len;
	size_t head_len;
	size_t body_len;
};

static struct {
	const char *path; /* of the secrets' file, NULL: check nothing */
	struct secret *secrets[BUCKETS];
	EVP_MAC *hmac;
} judge_state;

static struct secret **bucket_of(const char *path, size_t len)
{
	uint32_t hash = 2166136261U; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 16777619U;
	return &judge_state.secrets[hash % BUCKETS];
}

static void forget_secrets(void)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (judge_state.secrets[i]) {
			struct secret *secret = judge_state.secrets[i];
			judge_state.secrets[i] = secret->chain;
			EVP_MAC_CTX_free(secret->mac);
			free(secret->path);
			free(secret);
		}
	}
}

/* EVP_DecodeBlock counts the padding as bytes; the padding says how many. */
static size_t decode_key(const char *text, unsigned char key[72])
{
	size_t len = strlen(text);

	if (len < 32 || len > 92 || len % 4 != 0)
		return 0;
	int bytes = EVP_DecodeBlock(key, (const unsigned char *)text, (int)len);
	if (bytes < 0)
		return 0;
	return (size_t)bytes - (text[len - 1] == '=') - (text[len - 2] == '=');
}

static void add_secret(char *line)
{
	unsigned char key[72];
	char digest_name[] = "SHA256";
	char *tab = strchr(line, '\t');

	line[strcspn(line, "\r\n")] = '\0';
	if (!tab || strncmp(tab + 1, "whsec_", 6) != 0)
		return;
	*tab = '\0';
	size_t key_len = decode_key(tab + 7, key);
	if (key_len == 0)
		return;
	struct secret *secret = xcalloc(1, sizeof(*secret));
	struct secret **bucket = bucket_of(line, strlen(line));
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("digest", digest_name, 0),
				      OSSL_PARAM_construct_end() };
	secret->path = xstrdup(line);
	secret->mac = EVP_MAC_CTX_new(judge_state.hmac);
	if (!secret->mac || !EVP_MAC_init(secret->mac, key, key_len, params))
		fatal(70, "libcrypto refuses a key");
	secret->chain = *bucket;
	*bucket = secret;
}

static void read_secrets(void)
{
	FILE *file = fopen(judge_state.path, "r");
	char line[4096];

	if (!file)
		return;
	forget_secrets();
	while (fgets(line, sizeof(line), file))
		add_secret(line);
	fclose(file);
}

static bool matches(const struct secret *secret, const struct request *r, const char *body)
{
	unsigned char mac[32];
	unsigned char text[48];
	size_t mac_len = 0;

	if (!EVP_MAC_init(secret->mac, NULL, 0, NULL) ||
	    !EVP_MAC_update(secret->mac, (const unsigned char *)r->id, r->id_len) ||
	    !EVP_MAC_update(secret->mac, (const unsigned char *)".", 1) ||
	    !EVP_MAC_update(secret->mac, (const unsigned char *)r->timestamp, r->timestamp_len) ||
	    !EVP_MAC_update(secret->mac, (const unsigned char *)".", 1) ||
	    !EVP_MAC_update(secret->mac, (const unsigned char *)body, r->body_len) ||
	    !EVP_MAC_final(secret->mac, mac, &mac_len, sizeof(mac)))
		fatal(70, "libcrypto fails");
	size_t text_len = (size_t)EVP_EncodeBlock(text, mac, (int)mac_len);
	const char *at = r->signature;
	const char *end = r->signature + r->signature_len;
	while (at < end) {
		const char *space = memchr(at, ' ', (size_t)(end - at));
		const char *stop = space ? space : end;
		if ((size_t)(stop - at) == text_len + 3 && memcmp(at, "v1,", 3) == 0 &&
		    CRYPTO_memcmp(at + 3, text, text_len) == 0)
			return true;
		at = stop + 1;
	}
	return false;
}

static const char *judge_once(const struct request *r, const char *body)
{
	const char *verdict = "unknown-path";

	for (struct secret *s = *bucket_of(r->path, r->path_len); s; s = s->chain) {
		if (strlen(s->path) != r->path_len || memcmp(s->path, r->path, r->path_len) != 0)
			continue;
		if (matches(s, r, body))
			return "ok";
		verdict = "bad-signature";
	}
	return verdict;
}

static const char *judge(const struct request *r, const char *body, time_t now)
{
	long long stamp = 0;

	if (!judge_state.path)
		return "unchecked";
	if (!r->id || !r->timestamp || !r->signature)
		return "unsigned";
	const char *verdict = judge_once(r, body);
	if (strcmp(verdict, "ok") != 0) {
		read_secrets();
		verdict = judge_once(r, body);
	}
	for (size_t i = 0; i < r->timestamp_len && i < 12; i++)
		stamp = stamp * 10 + (r->timestamp[i] - '0');
	if (strcmp(verdict, "ok") == 0 && llabs(stamp - (long long)now) > TOLERANCE_S)
		return "stale";
	return verdict;
}

static void judge_start(const char *secrets_path)
{
	judge_state.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!judge_state.hmac)
		fatal(70, "libcrypto lacks HMAC");
	judge_state.path = secrets_path;
	if (secrets_path)
		read_secrets();
}

#endif
