/*
 * The robots' signatures. Their pages say it, and vectors hold it (tests/data/robot-signatures.csv): both are
 * HMAC-SHA256 of timestamp, LF and secret, but at DingTalk that is the message, and at Feishu the key.
 */
#include "jiebang/robot.h"

#include "jiebang/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_percent_encoded(const char *s, struct buf *out)
{
	static const char keep[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	for (; *s; s++) {
		if (strchr(keep, *s))
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static void sign_dingtalk(const void *secret, size_t secret_len, int64_t at_ms, struct buf *out)
{
	char stamp[24];
	uint8_t mac[DIGEST_BYTES];
	struct buf base64 = BUF_EMPTY;
	int len = snprintf(stamp, sizeof(stamp), "%" PRId64 "\n", at_ms);
	const struct digest_part parts[] = { { stamp, (size_t)len }, { secret, secret_len } };
	digest_hmac(secret, secret_len, parts, sizeof(parts) / sizeof(parts[0]), mac);
	digest_base64(mac, sizeof(mac), &base64);
	buf_addf(out, "timestamp=%" PRId64 "&sign=", at_ms);
	add_percent_encoded(buf_str(&base64), out);
	buf_clear(&base64);
}

static void sign_feishu(const void *secret, size_t secret_len, int64_t at_ms, struct buf *out)
{
	uint8_t mac[DIGEST_BYTES];
	struct buf key = BUF_EMPTY;
	buf_addf(&key, "%" PRId64 "\n", at_ms / 1000);
	buf_add(&key, secret, secret_len);
	digest_hmac(key.data, key.len, NULL, 0, mac);
	buf_addf(out, "\"timestamp\":\"%" PRId64 "\",\"sign\":\"", at_ms / 1000);
	digest_base64(mac, sizeof(mac), out);
	buf_addc(out, '"');
	explicit_bzero(key.data, key.len);
	buf_clear(&key);
}

void robot_sign(enum endpoint_format format, const void *secret, size_t secret_len, int64_t at_ms,
		struct buf *out)
{
	if (secret_len == 0)
		return;
	switch (format) {
	case FORMAT_DINGTALK:
		sign_dingtalk(secret, secret_len, at_ms, out);
		return;
	case FORMAT_FEISHU:
		sign_feishu(secret, secret_len, at_ms, out);
		return;
	case FORMAT_STANDARD:
	case FORMAT_WECOM:
	case FORMAT_MAIL:
	case FORMAT_CLOUDEVENTS:
	case FORMAT_COUNT:
		return;
	}
}
