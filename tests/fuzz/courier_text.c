/*
 * Outside bytes that the courier reads itself: the start of a response body, an endpoint's URL, a range of the allow-list, a
 * secret. What comes out must be printable UTF-8, and a URL that is let through must be one that libcurl takes for http(s).
 */
#include "courier/courier_inside.h"
#include "courier/guard.h"
#include "courier/webhook.h"
#include "jiebang/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_excerpt(const char *raw, size_t len)
{
	char out[COURIER_EXCERPT_BYTES];

	reason_excerpt(raw, len < COURIER_EXCERPT_BYTES ? len : COURIER_EXCERPT_BYTES, out);
	size_t out_len = strlen(out);
	INVARIANT(out_len < COURIER_EXCERPT_BYTES);
	INVARIANT(out_len == 0 || text_utf8_valid(out, out_len));
	for (size_t i = 0; i < out_len; i++)
		INVARIANT((unsigned char)out[i] >= ' ' && out[i] != 0x7F);
}

static void check_secret(const char *text)
{
	struct courier_secret secret;
	struct buf again = BUF_EMPTY;

	if (!webhook_secret_parse(text, &secret))
		return;
	INVARIANT(secret.len >= 24 && secret.len <= sizeof(secret.key));
	webhook_secret_write(&secret, &again);
	buf_clear(&again);
}

static void check_url(const struct guard *guard, const char *url)
{
	if (guard_url_refusal(guard, url, false))
		return;
	CURL *easy = curl_easy_init();
	INVARIANT(easy && curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK);
	curl_easy_cleanup(easy);
	for (const char *at = url; *at; at++)
		INVARIANT(*at != '\r' && *at != '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guard *guard = guard_new();
	char *text = xstrndup((const char *)data, size);
	struct problem problem;

	check_excerpt((const char *)data, size);
	check_secret(text);
	check_url(guard, text);
	if (guard_allow(guard, text, &problem) != FAULT_NONE)
		INVARIANT(problem.detail[0] != '\0');
	free(text);
	guard_free(guard);
	return 0;
}
