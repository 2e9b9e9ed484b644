/*
 * Why there is no connection: libcurl's codes, a certificate's verdict and the connect errno become an end and fixed words.
 * libcurl's own messages are never passed on, because they quote URLs and hosts, and a robot's URL is its key.
 */
#include "courier/courier_inside.h"

#include "jiebang/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In order of the code, so that a reader finds it; whatever is missing is a connection that did not come about. */
static const struct meaning {
	CURLcode code;
	enum attempt_end end;
	const char *words;
} meanings[] = {
	{ CURLE_COULDNT_RESOLVE_PROXY, ATTEMPT_DNS, "dns: the proxy's name was not resolved" },
	{ CURLE_COULDNT_RESOLVE_HOST, ATTEMPT_DNS, "dns: name not resolved" },
	{ CURLE_COULDNT_CONNECT, ATTEMPT_CONNECT, "connect: failed" },
	{ CURLE_WEIRD_SERVER_REPLY, ATTEMPT_DEFERRED, "smtp: no greeting" },
	{ CURLE_REMOTE_ACCESS_DENIED, ATTEMPT_DEFERRED, "smtp: greeting refused" },
	{ CURLE_OPERATION_TIMEDOUT, ATTEMPT_TIMEOUT, "timeout: no connection" },
	{ CURLE_SSL_CONNECT_ERROR, ATTEMPT_TLS, "tls: handshake failed" },
	{ CURLE_SSL_ENGINE_NOTFOUND, ATTEMPT_TLS, "tls: handshake failed" },
	{ CURLE_INTERFACE_FAILED, ATTEMPT_CONNECT, "connect: source address unusable" },
	{ CURLE_SEND_ERROR, ATTEMPT_CONNECT, "connect: broken by the peer" },
	{ CURLE_RECV_ERROR, ATTEMPT_CONNECT, "connect: broken by the peer" },
	{ CURLE_SSL_CERTPROBLEM, ATTEMPT_TLS, "tls: client certificate unusable" },
	{ CURLE_SSL_CIPHER, ATTEMPT_TLS, "tls: no common cipher" },
	{ CURLE_PEER_FAILED_VERIFICATION, ATTEMPT_TLS, "certificate: not verified" },
	{ CURLE_SSL_CACERT_BADFILE, ATTEMPT_TLS, "certificate: CA file unreadable" },
	{ CURLE_USE_SSL_FAILED, ATTEMPT_TLS, "tls: STARTTLS not offered" },
	{ CURLE_LOGIN_DENIED, ATTEMPT_DEFERRED, "smtp: user or password refused" },
	{ CURLE_SSL_ISSUER_ERROR, ATTEMPT_TLS, "certificate: unknown issuer" },
	{ CURLE_SSL_INVALIDCERTSTATUS, ATTEMPT_TLS, "certificate: status not confirmed" },
	{ CURLE_SSL_CLIENTCERT, ATTEMPT_TLS, "tls: client certificate required" },
	{ CURLE_PROXY, ATTEMPT_CONNECT, "proxy: refused the connection" },
};

/*
 * X509_V_ERR_… of <openssl/x509_vfy.h>, as CURLINFO_SSL_VERIFYRESULT hands them on. libcurl starts from 1 and checks the
 * name itself before it asks for the chain's verdict: 1 and 0 mean that the chain was good.
 */
static const struct certificate {
	long verdict;
	const char *words;
} certificates[] = {
	{ 0, "certificate: wrong name" },
	{ 1, "certificate: wrong name" },
	{ 2, "certificate: unknown issuer" },
	{ 9, "certificate: not yet valid" },
	{ 10, "certificate: expired" },
	{ 18, "certificate: unknown issuer (self-signed)" },
	{ 19, "certificate: unknown issuer (self-signed)" },
	{ 20, "certificate: unknown issuer" },
	{ 21, "certificate: unknown issuer" },
	{ 23, "certificate: revoked" },
	{ 24, "certificate: issuer is no CA" },
	{ 26, "certificate: not for servers" },
	{ 62, "certificate: wrong name" },
	{ 66, "certificate: key too weak" },
	{ 67, "certificate: key too weak" },
	{ 68, "certificate: digest too weak" },
};

/*
 * What OpenSSL calls the alerts of RFC 8446 section 6.2 and its own refusal of a version, as libcurl quotes it. Under TLS 1.3 a
 * server that wants a certificate says so after the handshake, in answer to the request. What is not here is told by
 * the code alone.
 */
static const struct alert {
	const char *heard;
	const char *words;
} alerts[] = {
	{ "alert certificate required", "tls: client certificate wanted" },
	{ "alert unknown ca", "tls: client certificate refused" },
	{ "alert bad certificate", "tls: client certificate refused" },
	{ "alert certificate expired", "tls: client certificate refused" },
	{ "alert certificate unknown", "tls: client certificate refused" },
	{ "alert protocol version", "tls: protocol too old" },
	{ "unsupported protocol", "tls: protocol too old" },
};

static const struct connect_error {
	long error;
	const char *words;
} connect_errors[] = {
	{ ECONNREFUSED, "connect: refused by the peer" },
	{ EHOSTUNREACH, "connect: host unreachable" },
	{ ENETUNREACH, "connect: network unreachable" },
	{ ETIMEDOUT, "connect: timed out" },
	{ ECONNRESET, "connect: reset by the peer" },
	{ EMFILE, "connect: out of descriptors" },
	{ ENFILE, "connect: out of descriptors" },
	{ EADDRNOTAVAIL, "connect: out of local ports" },
};

static const struct meaning *meaning_of(CURLcode code)
{
	static const struct meaning other = { CURLE_OK, ATTEMPT_CONNECT, "connect: failed" };

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].code == code)
			return &meanings[i];
	}
	return &other;
}

static const char *certificate_words(CURL *easy, const char *otherwise)
{
	long verdict = 0;

	curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
	for (size_t i = 0; i < sizeof(certificates) / sizeof(certificates[0]); i++) {
		if (certificates[i].verdict == verdict)
			return certificates[i].words;
	}
	return otherwise;
}

static const char *connect_words(CURL *easy, const char *otherwise)
{
	long error = 0;

	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	for (size_t i = 0; i < sizeof(connect_errors) / sizeof(connect_errors[0]); i++) {
		if (connect_errors[i].error == error)
			return connect_errors[i].words;
	}
	return otherwise;
}

const char *reason_alert(const struct line *line)
{
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		if (strstr(line->said, alerts[i].heard))
			return alerts[i].words;
	}
	return NULL;
}

const char *reason_timeout(const struct line *line)
{
	curl_off_t resolved_us = 0;

	curl_easy_getinfo(line->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
	return resolved_us > 0 ? "timeout: no connection" : "timeout: name not resolved";
}

/* A tunnel that the proxy did not open. */
static bool proxy_refused(CURL *easy)
{
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300;
}

static const char *words_of(const struct line *line, const struct meaning *meaning)
{
	if (meaning->code == CURLE_PEER_FAILED_VERIFICATION)
		return certificate_words(line->easy, meaning->words);
	if (meaning->code == CURLE_COULDNT_CONNECT)
		return connect_words(line->easy, meaning->words);
	if (meaning->code == CURLE_OPERATION_TIMEDOUT)
		return reason_timeout(line);
	const char *alert = meaning->code == CURLE_OK ? NULL : reason_alert(line);
	return alert ? alert : meaning->words;
}

void reason_connect(const struct line *line, CURLcode code, struct courier_result *result)
{
	const struct meaning *meaning = meaning_of(code);

	result->end = meaning->end;
	/* libcurl only says that it could not connect. If any address was let pass, something may have left. */
	if (code == CURLE_COULDNT_CONNECT && line->refusal && line->permitted == 0) {
		result->end = ATTEMPT_REFUSED;
		snprintf(result->reason, sizeof(result->reason), "egress: %s", line->refusal);
	} else if (proxy_refused(line->easy)) {
		result->end = ATTEMPT_CONNECT;
		text_copy(result->reason, sizeof(result->reason), "proxy: refused the connection");
	} else if (meaning->code == CURLE_OK) {
		snprintf(result->reason, sizeof(result->reason), "%s (libcurl %d)", meaning->words,
			 (int)code);
	} else {
		text_copy(result->reason, sizeof(result->reason), words_of(line, meaning));
	}
}

static size_t promised_bytes(char lead)
{
	unsigned char u = (unsigned char)lead;

	return u < 0xC0 ? 1 : u < 0xE0 ? 2 : u < 0xF0 ? 3 : 4;
}

/* C0, DEL and C1 controls (U+0080…U+009F), and what turns the direction of a line (U+202A…U+202E, U+2066…U+2069). */
static bool is_control(const char *s, size_t bytes)
{
	const unsigned char *u = (const unsigned char *)s;

	if (bytes == 1)
		return u[0] < 0x20 || u[0] == 0x7F;
	if (bytes == 2)
		return u[0] == 0xC2 && u[1] < 0xA0;
	if (bytes != 3 || u[0] != 0xE2)
		return false;
	return (u[1] == 0x80 && u[2] >= 0xA8 && u[2] <= 0xAE) ||
	       (u[1] == 0x81 && u[2] >= 0xA6 && u[2] <= 0xA9);
}

void reason_excerpt(const char *raw, size_t len, char out[COURIER_EXCERPT_BYTES])
{
	size_t used = 0;

	for (size_t at = 0; at < len && used + 1 < COURIER_EXCERPT_BYTES;) {
		size_t bytes = promised_bytes(raw[at]);
		if (len == COURIER_EXCERPT_BYTES && at + bytes > len)
			break; /* we cut this one ourselves */
		if (at + bytes > len || !text_utf8_valid(raw + at, bytes)) {
			out[used++] = '?';
			at++;
			continue;
		}
		if (used + bytes >= COURIER_EXCERPT_BYTES)
			break;
		if (is_control(raw + at, bytes)) {
			out[used++] = ' ';
		} else {
			memcpy(out + used, raw + at, bytes);
			used += bytes;
		}
		at += bytes;
	}
	out[used] = '\0';
}
