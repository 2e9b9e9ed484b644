/*
 * libcurl's URL parser takes the URL apart, so that what we ask for is what it connects to. A target is made of visible
 * ASCII only: a URL that would put anything else into the request line is refused, whatever let it in.
 */
#include "courier/post.h"

#include "courier/webhook.h"
#include "jiebang/digest.h"
#include "jiebang/fault.h"
#include "jiebang/robot.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define KEPT_BYTES (64 * 1024) /* a larger text is freed with its message */

static bool visible(const char *s)
{
	for (; *s; s++) {
		if (*s < '!' || *s > '~')
			return false;
	}
	return true;
}

/* False if the part is there but can't be written. One that is not there is written as nothing. */
static bool add_part(struct buf *out, CURLU *parts, CURLUPart what, const char *before,
		     unsigned flags)
{
	char *text = NULL;
	CURLUcode code = curl_url_get(parts, what, &text, flags);
	bool good = code == CURLUE_OK && (!text || visible(text));

	if (good) {
		buf_adds(out, before);
		buf_adds(out, text ? text : ""); /* libcurl 7.88 encodes an empty query as NULL */
	}
	curl_free(text);
	return good || code == CURLUE_NO_QUERY || code == CURLUE_NO_PORT;
}

/* As a browser writes them: the default port is left out, names are in punycode. */
static bool add_authority(struct buf *out, CURLU *parts)
{
	return add_part(out, parts, CURLUPART_HOST, "", CURLU_PUNYCODE) &&
	       add_part(out, parts, CURLUPART_PORT, ":", CURLU_NO_DEFAULT_PORT);
}

static bool add_target(struct buf *out, CURLU *parts)
{
	return add_part(out, parts, CURLUPART_PATH, "", CURLU_URLENCODE) &&
	       add_part(out, parts, CURLUPART_QUERY, "?", CURLU_URLENCODE);
}

static bool begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/*
 * RFC 9112 section 3.2.2: a proxy of HTTP gets the whole URL, if what it is asked for is not https (then libcurl has it open
 * a tunnel, as it has a SOCKS proxy, and we speak to the receiver itself).
 */
static bool whole_url(CURLU *parts, const char *proxy)
{
	char *scheme = NULL;
	bool plain = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		     strcmp(scheme, "http") == 0;

	curl_free(scheme);
	return plain && proxy && begins(proxy, "http");
}

/* The proxy's user and password, which libcurl says for us only when it opens a tunnel (RFC 7617). */
static void add_proxy_authorization(struct buf *out, const char *proxy)
{
	CURLU *parts = curl_url();
	char *user = NULL;
	char *password = NULL;

	if (parts && curl_url_set(parts, CURLUPART_URL, proxy, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_USER, &user, CURLU_URLDECODE) == CURLUE_OK) {
		struct buf pair = BUF_EMPTY;
		curl_url_get(parts, CURLUPART_PASSWORD, &password, CURLU_URLDECODE);
		buf_addf(&pair, "%s:%s", user, password ? password : "");
		buf_adds(out, "Proxy-Authorization: Basic ");
		digest_base64(pair.data, pair.len, out);
		buf_adds(out, "\r\n");
		explicit_bzero(pair.data, pair.len);
		buf_clear(&pair);
	}
	curl_free(user);
	curl_free(password);
	curl_url_cleanup(parts);
}

static bool write_start(struct buf *out, CURLU *parts, const struct post_way *way)
{
	bool whole = whole_url(parts, way->proxy);

	buf_reset(out);
	buf_adds(out, whole ? "POST http://" : "POST ");
	if ((whole && !add_authority(out, parts)) || !add_target(out, parts))
		return false;
	buf_adds(out, " HTTP/1.1\r\nHost: ");
	if (!add_authority(out, parts))
		return false;
	buf_adds(out, "\r\n");
	if (whole)
		add_proxy_authorization(out, way->proxy);
	if (way->user_agent)
		buf_addf(out, "User-Agent: %s\r\n", way->user_agent);
	return true;
}

const char *post_aim(struct post *post, const char *url, const struct post_way *way)
{
	CURLU *parts = curl_url();

	if (!parts)
		BUG("out of memory");
	bool good = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
		    write_start(&post->start, parts, way);
	curl_url_cleanup(parts);
	return good ? NULL : "malformed URL";
}

static void add_signature(struct buf *out, const struct courier_job *job, int64_t stamped_at)
{
	if (job->n_secrets == 0)
		return;
	buf_adds(out, "\r\nwebhook-signature: ");
	webhook_sign(job->secrets, job->n_secrets, job->webhook_id, stamped_at, job->body,
		     job->body_len, out);
}

/* The request line ends at the second blank: a target is visible ASCII (add_target). */
static void add_signed_start(struct buf *out, const struct buf *start, const struct buf *query)
{
	const char *target = (const char *)memchr(start->data, ' ', start->len) + 1;
	size_t len = (size_t)(strchr(target, ' ') - start->data);

	buf_add(out, start->data, len);
	buf_addc(out, memchr(start->data, '?', len) ? '&' : '?');
	buf_add(out, query->data, query->len);
	buf_add(out, start->data + len, start->len - len);
}

/*
 * A robot's content is frozen like any other; the signature, made afresh for each attempt, stands around it: in
 * DingTalk's query, and as Feishu's first members of the object. Headers of Standard Webhooks say nothing to it.
 */
static void write_robot(struct post *post, const struct courier_job *job, int64_t stamped_at)
{
	struct buf *out = &post->text;
	struct buf sign = BUF_EMPTY;
	bool inside = job->format == FORMAT_FEISHU;

	if (job->n_secrets > 0)
		robot_sign(job->format, job->secrets[0].key, job->secrets[0].len, stamped_at * 1000,
			   &sign);
	bool comma = inside && sign.len > 0;
	if (sign.len > 0 && !inside)
		add_signed_start(out, &post->start, &sign);
	else
		buf_add(out, post->start.data, post->start.len);
	buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
		 job->body_len + (comma ? sign.len + 1 : 0));
	if (comma)
		buf_addf(out, "{%s,", buf_str(&sign));
	buf_add(out, job->body + comma, job->body_len - comma);
	buf_clear(&sign);
}

/* Endpoints of one URL share what is kept, but not what they understand. */
static const char *content_type(enum endpoint_format format)
{
	return format == FORMAT_CLOUDEVENTS ? "application/cloudevents+json" : "application/json";
}

void post_write(struct post *post, const struct courier_job *job, int64_t stamped_at)
{
	struct buf *out = &post->text;
	char numbers[128];

	INVARIANT(visible(job->webhook_id)); /* the engine derives it */
	if (out->cap > KEPT_BYTES)
		buf_clear(out);
	buf_reset(out);
	buf_reserve(out, post->start.len + job->body_len + 512);
	if (robot_is(job->format)) {
		write_robot(post, job, stamped_at);
		return;
	}
	buf_add(out, post->start.data, post->start.len);
	buf_adds(out, "Content-Type: ");
	buf_adds(out, content_type(job->format));
	int len = snprintf(numbers, sizeof(numbers),
			   "\r\nContent-Length: %zu\r\nwebhook-timestamp: %lld\r\nwebhook-id: ",
			   job->body_len, (long long)stamped_at);
	buf_add(out, numbers, (size_t)len);
	buf_adds(out, job->webhook_id);
	len = snprintf(numbers, sizeof(numbers), "\r\nwebhook-attempt: %u", job->attempt);
	buf_add(out, numbers, (size_t)len);
	if (job->sequence) {
		len = snprintf(numbers, sizeof(numbers), "\r\nwebhook-sequence: %lld",
			       (long long)job->sequence);
		buf_add(out, numbers, (size_t)len);
	}
	add_signature(out, job, stamped_at);
	buf_adds(out, "\r\n\r\n");
	buf_add(out, job->body, job->body_len);
}

/* Their target may be a robot's key. */
void post_clear(struct post *post)
{
	struct buf *texts[] = { &post->start, &post->text };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i]->data)
			explicit_bzero(texts[i]->data, texts[i]->len);
		buf_clear(texts[i]);
	}
}
