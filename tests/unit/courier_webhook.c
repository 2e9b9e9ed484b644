/* Standard Webhooks signatures: the vector of the specification, secrets good and bad, rotation. */
#include "courier/webhook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define VECTOR_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define VECTOR_SIGN   "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static const struct {
	const char *text;
	size_t len; /* 0: malformed */
} secrets[] = {
	{ VECTOR_SECRET, 24 },
	{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 32 },
	{ "whsec_"
	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	  "=",
	  64 },
	/* 65 and 23 bytes */
	{ "whsec_"
	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	  "=",
	  0 },
	{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0 },
	{ "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0 },
	{ "whsec_", 0 },
	{ "", 0 },
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", 0 },
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS ", 0 },
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS_", 0 },
	{ "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", 0 },
	{ "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 0 },
};

static void test_secrets(void **state)
{
	static const struct courier_secret nothing;

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		struct courier_secret secret;
		bool good = webhook_secret_parse(secrets[i].text, &secret);
		if (good != (secrets[i].len > 0))
			fail_msg("row %zu (%s): good=%d", i, secrets[i].text, good);
		assert_int_equal(secret.len, secrets[i].len);
		if (!good) {
			assert_memory_equal(&secret, &nothing, sizeof(secret));
			continue;
		}
		struct buf text = BUF_EMPTY;
		webhook_secret_write(&secret, &text);
		assert_string_equal(buf_str(&text), secrets[i].text);
		buf_clear(&text);
	}
}

static void test_generate(void **state)
{
	struct courier_secret a, b, again;
	struct buf text = BUF_EMPTY;

	(void)state;
	webhook_secret_generate(&a);
	webhook_secret_generate(&b);
	assert_int_equal(a.len, 32);
	assert_memory_not_equal(a.key, b.key, 32);
	webhook_secret_write(&a, &text);
	assert_true(webhook_secret_parse(buf_str(&text), &again));
	assert_memory_equal(&a, &again, sizeof(a));
	buf_clear(&text);
}

static const struct {
	const char *id;
	int64_t timestamp_at;
	const char *body;
	const char *sign; /* the first from the specification, the others from Python's hmac */
} vectors[] = {
	{ "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}", VECTOR_SIGN },
	{ "msg_1", 0, "", "v1,ij2G0S51rXTp+PMwqJOjeWFLEpktT32X6cQ9P08rbws=" },
	{ "msg_1", 4102444800, "{\"单位\":\"示例单位\"}",
	  "v1,V/ydME1zT9NxYTMtyzODde6JaGQtN1qd+JB+AAnAXeM=" },
};

static void test_vectors(void **state)
{
	struct courier_secret secret;
	struct buf sign = BUF_EMPTY;

	(void)state;
	assert_true(webhook_secret_parse(VECTOR_SECRET, &secret));
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		buf_reset(&sign);
		webhook_sign(&secret, 1, vectors[i].id, vectors[i].timestamp_at, vectors[i].body,
			     strlen(vectors[i].body), &sign);
		assert_string_equal(buf_str(&sign), vectors[i].sign);
	}
	buf_clear(&sign);
}

/* Newest first; each part is what its secret alone gives. */
static void test_rotation(void **state)
{
	struct courier_secret both[2];
	struct buf sign = BUF_EMPTY;
	struct buf old = BUF_EMPTY;
	struct buf want = BUF_EMPTY;

	(void)state;
	webhook_secret_generate(&both[0]);
	assert_true(webhook_secret_parse(VECTOR_SECRET, &both[1]));
	const char *id = vectors[0].id;
	const char *body = vectors[0].body;
	webhook_sign(both, 2, id, vectors[0].timestamp_at, body, strlen(body), &sign);
	webhook_sign(both, 1, id, vectors[0].timestamp_at, body, strlen(body), &old);
	buf_addf(&want, "%s %s", buf_str(&old), VECTOR_SIGN);
	assert_string_equal(buf_str(&sign), buf_str(&want));
	assert_string_not_equal(buf_str(&old), VECTOR_SIGN);
	buf_clear(&sign);
	buf_clear(&old);
	buf_clear(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_generate),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
