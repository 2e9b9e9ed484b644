/*
 * One easy handle and what it carries. The handle lives on between attempts with its options, its URL and its header
 * list set (the list's nodes are ours and point into buffers that are written afresh), so that an attempt costs three
 * setopts. Nothing that the peer sends is trusted: body and header bytes are counted here, since MAXFILESIZE does not
 * count chunked replies, and a storm of 1xx replies is a header without end.
 */
#include "courier/courier_inside.h"

#include "courier/guard.h"
#include "courier/webhook.h"
#include "jiebang/clock.h"
#include "jiebang/text.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 4096L

static const struct {
	CURLoption option;
	long value;
} fixed_options[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	/* Else dropping a handle joins its resolver thread: one dead DNS server stops the loop. */
	{ CURLOPT_QUICK_EXIT, 1 },
	{ CURLOPT_NOPROGRESS, 1 },
	{ CURLOPT_POST, 1 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
	{ CURLOPT_HTTP09_ALLOWED, 0 },
	{ CURLOPT_HTTP_CONTENT_DECODING, 0 },
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_NETRC, CURL_NETRC_IGNORED },
	{ CURLOPT_HEADEROPT, CURLHEADER_SEPARATE },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_BUFFERSIZE, BUFFER_BYTES },
};

static bool proxied(const struct courier *courier)
{
	return courier->proxy != NULL;
}

/*
 * The guard's place: the address is resolved, no packet has left. A proxy's address is the operator's own choice and
 * is not judged; NOPROXY is empty, so no other address comes by here then.
 */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = arg;

	if (purpose != CURLSOCKTYPE_IPCXN)
		return CURL_SOCKET_BAD;
	if (!proxied(transfer->courier)) {
		const char *words =
			guard_refusal(transfer->courier->guard, &address->addr, address->addrlen);
		if (words) {
			transfer->refusal = words;
			return CURL_SOCKET_BAD;
		}
	}
	transfer->permitted++;
	return loop_socket_open(&transfer->courier->loop, address);
}

static size_t on_body(char *data, size_t one, size_t len, void *arg)
{
	struct transfer *transfer = arg;
	size_t room = sizeof(transfer->raw) - transfer->raw_len;

	(void)one;
	memcpy(transfer->raw + transfer->raw_len, data, len < room ? len : room);
	transfer->raw_len += len < room ? len : room;
	transfer->body_bytes += (int64_t)len;
	if (transfer->body_bytes <= transfer->courier->options.response_max_bytes)
		return len;
	transfer->too_large = "response: body too large";
	return CURL_WRITEFUNC_ERROR;
}

static void note_retry_after(struct transfer *transfer, const char *line, size_t len)
{
	static const char name[] = "retry-after:";
	const size_t name_len = sizeof(name) - 1;
	char value[64];

	if (len <= name_len || strncasecmp(line, name, name_len) != 0)
		return;
	size_t value_len = len - name_len;
	const char *text = text_trim(line + name_len, &value_len);
	if (text_copy_n(value, sizeof(value), text, value_len))
		transfer->retry_after_s = retry_after_parse(value, clock_wall_at());
}

/* What an interim reply said does not count. */
static void start_head(struct transfer *transfer)
{
	transfer->head_complete = false;
	transfer->retry_after_s = -1;
}

static size_t on_header(char *line, size_t one, size_t len, void *arg)
{
	struct transfer *transfer = arg;

	(void)one;
	transfer->header_bytes += (int64_t)len;
	if (transfer->header_bytes > transfer->courier->options.header_max_bytes) {
		transfer->too_large = "response: header too large";
		return CURL_WRITEFUNC_ERROR;
	}
	if (line[0] == '\r' || line[0] == '\n')
		transfer->head_complete = true;
	else if (line[0] == 'H' && len > 5 && memcmp(line, "HTTP/", 5) == 0)
		start_head(transfer);
	else if (line[0] == 'R' || line[0] == 'r')
		note_retry_after(transfer, line, len);
	return len;
}

/* Options that are the same for each attempt of the handle's life. A refused option is our bug, or a libcurl without it. */
static void set_fixed(struct transfer *transfer)
{
	struct courier *courier = transfer->courier;
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	for (size_t i = 0; i < sizeof(fixed_options) / sizeof(fixed_options[0]); i++)
		bad |= curl_easy_setopt(easy, fixed_options[i].option, fixed_options[i].value);
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
				courier->options.https_only ? "https" : "http,https");
	bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 1000L * courier->options.timeout_s);
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
				1000L * courier->options.connect_timeout_s);
	/* An empty string, not NULL: NULL would ask the environment, and a proxy would hide the address from the guard. */
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, proxied(courier) ? courier->proxy : "");
	bad |= curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (courier->ca_file)
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, courier->ca_file);
	/* With a CA path libcurl parses the CA bundle anew for each connection: 24 ms each. */
	bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (courier->user_agent)
		bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, courier->user_agent);
	INVARIANT(bad == CURLE_OK);
}

static void set_callbacks(struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
	/* A connection outlives the transfer that opened it: its end is the loop's. */
	bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, loop_socket_close);
	bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &transfer->courier->loop);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	INVARIANT(bad == CURLE_OK);
}

static void link_headers(struct transfer *transfer)
{
	static char type[] = "Content-Type: application/json";
	static char expect[] = "Expect:";
	static char accept_any[] = "Accept:";

	transfer->headers[HEADER_TYPE].data = type;
	transfer->headers[HEADER_EXPECT].data = expect;
	transfer->headers[HEADER_ACCEPT].data = accept_any;
	for (size_t i = 0; i + 1 < HEADER_COUNT; i++)
		transfer->headers[i].next = &transfer->headers[i + 1];
}

struct transfer *transfer_new(struct courier *courier)
{
	struct transfer *transfer = xcalloc(1, sizeof(*transfer));

	transfer->courier = courier;
	transfer->easy = curl_easy_init();
	if (!transfer->easy)
		BUG("out of memory");
	link_headers(transfer);
	set_fixed(transfer);
	set_callbacks(transfer);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	curl_easy_cleanup(transfer->easy);
	courier_job_free(transfer->job);
	buf_clear(&transfer->id);
	buf_clear(&transfer->timestamp);
	buf_clear(&transfer->signature);
	free(transfer->url);
	free(transfer);
}

/* Parsing and judging a URL costs as much as signing; the handle mostly stays with its endpoint. */
static void set_url(struct transfer *transfer, const char *url)
{
	struct courier *courier = transfer->courier;

	if (transfer->url && strcmp(transfer->url, url) == 0)
		return;
	free(transfer->url);
	transfer->url = xstrdup(url);
	transfer->url_refusal = guard_url_refusal(courier->guard, url, courier->options.https_only);
	if (!transfer->url_refusal &&
	    curl_easy_setopt(transfer->easy, CURLOPT_URL, url) != CURLE_OK)
		transfer->url_refusal = "malformed URL";
}

static bool header_safe(const char *s)
{
	for (; *s; s++) {
		if (*s < '!' || *s > '~')
			return false;
	}
	return true;
}

/* Signed at each attempt, with the wall clock of now: receivers tolerate five minutes. */
static void write_headers(struct transfer *transfer, const struct courier_job *job)
{
	INVARIANT(header_safe(job->webhook_id)); /* the engine derives it */
	buf_reset(&transfer->id);
	buf_adds(&transfer->id, "webhook-id: ");
	buf_adds(&transfer->id, job->webhook_id);
	if (transfer->stamped_at != transfer->started_at) {
		transfer->stamped_at = transfer->started_at;
		buf_reset(&transfer->timestamp);
		buf_addf(&transfer->timestamp, "webhook-timestamp: %lld",
			 (long long)transfer->started_at);
	}
	transfer->headers[HEADER_ID].data = transfer->id.data;
	transfer->headers[HEADER_TIMESTAMP].data = transfer->timestamp.data;
	transfer->headers[HEADER_TIMESTAMP].next = NULL;
	if (job->n_secrets == 0)
		return;
	buf_reset(&transfer->signature);
	buf_adds(&transfer->signature, "webhook-signature: ");
	webhook_sign(job->secrets, job->n_secrets, job->webhook_id, transfer->started_at, job->body,
		     job->body_len, &transfer->signature);
	transfer->headers[HEADER_SIGNATURE].data = transfer->signature.data;
	transfer->headers[HEADER_TIMESTAMP].next = &transfer->headers[HEADER_SIGNATURE];
}

bool transfer_prepare(struct transfer *transfer, struct courier_job *job)
{
	transfer->job = job;
	transfer->started_at = clock_wall_at();
	transfer->started_ms = clock_mono_ms();
	transfer->body_bytes = 0;
	transfer->header_bytes = 0;
	transfer->retry_after_s = -1;
	transfer->refusal = NULL;
	transfer->permitted = 0;
	transfer->too_large = NULL;
	transfer->raw_len = 0;
	transfer->head_complete = false;
	set_url(transfer, job->url);
	if (transfer->url_refusal)
		return false;
	write_headers(transfer, job);
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)job->body_len);
	curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, job->body ? job->body : "");
	return true;
}

static void result_start(const struct transfer *transfer, struct courier_result *result)
{
	result->status = 0;
	result->started_at = transfer->started_at;
	result->elapsed_ms = clock_mono_ms() - transfer->started_ms;
	result->retry_after_s = transfer->retry_after_s;
	result->reason[0] = '\0';
	result->excerpt[0] = '\0';
}

void transfer_result(const struct transfer *transfer, CURLcode code, struct courier_result *result)
{
	long status = 0;

	result_start(transfer, result);
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200) /* an interim reply is no answer */
		result->status = (int)status;
	reason_set(transfer, code, result);
	if (transfer->raw_len > 0)
		reason_excerpt(transfer->raw, transfer->raw_len, result->excerpt);
}

void transfer_refused(const struct transfer *transfer, struct courier_result *result)
{
	result_start(transfer, result);
	result->end = ATTEMPT_REFUSED;
	text_copy(result->reason, sizeof(result->reason), "egress: ");
	text_copy(result->reason + 8, sizeof(result->reason) - 8, transfer->url_refusal);
}
