/*
 * libcurl behind one function. A command makes few requests, one after another, over one kept connection.
 * Proxies from the environment are not used: the token is for the daemon alone. Redirects are not followed, for the
 * same reason.
 */
#include "call.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jiebang/text.h"

#define REPLY_MAX_BYTES   (64u * 1024 * 1024)
#define CONNECT_TIMEOUT_S 10L
#define TIMEOUT_S         60L
#define UNIX_PREFIX       "unix:"

struct call {
	CURL *curl;
	char *server;
	char *base; /* what stands before the target in a URL */
	const char *socket;
	char *authorization;
	char *accept_language;
	long timeout_s;
};

/* What the callbacks of one transfer share. */
struct transfer {
	struct call *call;
	const struct call_request *request;
	struct call_reply *reply;
	bool too_large;
	bool stopped;
	bool sink_used;
	int read_errno;
	int64_t read_bytes;
};

void call_encode(struct buf *out, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s != '\0'; s++) {
		if (strchr(plain, *s) != NULL)
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool call_is_clear(const char *server)
{
	if (!starts_with(server, "http://"))
		return false;
	const char *host = server + strlen("http://");
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
	/* An address, not a name that begins like one: 127.example.org is anywhere. */
	bool loopback_v4 = starts_with(host, "127.") && strspn(host, "0123456789.") == len;
	bool named = (len == 9 && starts_with(host, "localhost")) ||
		     (len == 5 && starts_with(host, "[::1]"));
	return !loopback_v4 && !named;
}

/* Host and port only: a path, a query or credentials in it would silently go astray. */
static bool authority_valid(const char *authority)
{
	size_t len = strcspn(authority, "/?#@ ");

	return len > 0 && (authority[len] == '\0' || strcmp(authority + len, "/") == 0);
}

static enum fault server_split(struct call *call)
{
	const char *server = call->server;
	struct buf base = BUF_EMPTY;

	if (starts_with(server, UNIX_PREFIX) && server[strlen(UNIX_PREFIX)] != '\0') {
		call->socket = server + strlen(UNIX_PREFIX);
		call->base = xstrdup("http://localhost");
		return FAULT_NONE;
	}
	for (size_t i = 0; i < 2; i++) {
		static const char *const schemes[] = { "http://", "https://" };

		if (!starts_with(server, schemes[i]) ||
		    !authority_valid(server + strlen(schemes[i])))
			continue;
		buf_adds(&base, server);
		if (base.data[base.len - 1] == '/')
			base.data[--base.len] = '\0';
		call->base = buf_take(&base);
		return FAULT_NONE;
	}
	return FAULT_INVALID;
}

static char *header(const char *name, const char *value)
{
	struct buf line = BUF_EMPTY;

	buf_adds(&line, name);
	if (value != NULL)
		buf_addf(&line, " %s", value);
	return buf_take(&line);
}

enum fault call_new(const struct call_options *options, struct call **out)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->server = xstrdup(options->server);
	call->timeout_s = (long)options->timeout_s;
	call->accept_language = header("Accept-Language:", options->language);
	if (options->token != NULL)
		call->authorization = header("Authorization: Bearer", options->token);
	if (server_split(call) != FAULT_NONE) {
		call_free(call);
		return FAULT_INVALID;
	}
	INVARIANT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	call->curl = curl_easy_init();
	INVARIANT(call->curl != NULL);
	*out = call;
	return FAULT_NONE;
}

void call_free(struct call *call)
{
	if (call == NULL)
		return;
	if (call->curl != NULL) {
		curl_easy_cleanup(call->curl);
		curl_global_cleanup();
	}
	free(call->server);
	free(call->base);
	free(call->authorization);
	free(call->accept_language);
	free(call);
}

const char *call_server(const struct call *call)
{
	return call->server;
}

static bool is_success(long status)
{
	return status >= 200 && status < 300;
}

static size_t on_reply(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	size_t len = size * count;
	long status = 0;

	curl_easy_getinfo(transfer->call->curl, CURLINFO_RESPONSE_CODE, &status);
	if (transfer->request->sink != NULL && is_success(status)) {
		transfer->sink_used = true;
		transfer->stopped = !transfer->request->sink(transfer->request->arg, data, len);
		return transfer->stopped ? CURL_WRITEFUNC_ERROR : len;
	}
	if (transfer->reply->body.len + len > REPLY_MAX_BYTES) {
		transfer->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_add(&transfer->reply->body, data, len);
	return len;
}

static size_t on_upload(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	ssize_t n;

	do
		n = read(transfer->request->upload_fd, data, size * count);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		transfer->read_errno = errno;
		return CURL_READFUNC_ABORT;
	}
	transfer->read_bytes += n;
	return (size_t)n;
}

/* libcurl rewinds when it has to send the body again, for instance when a kept connection turned out to be closed. */
static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct transfer *transfer = arg;

	if (origin == SEEK_SET)
		offset += (curl_off_t)transfer->request->upload_from;
	if (lseek(transfer->request->upload_fd, (off_t)offset, origin) < 0)
		return CURL_SEEKFUNC_CANTSEEK;
	return CURL_SEEKFUNC_OK;
}

static int on_progress(void *arg, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
		       curl_off_t up)
{
	const struct call_request *request = ((struct transfer *)arg)->request;

	(void)down_total;
	(void)down;
	(void)up_total;
	request->progress(request->arg, (int64_t)up, request->upload_bytes);
	return 0;
}

/* Appends to *list; memory that we can't get ends the process, as xmalloc does. */
static void add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	INVARIANT(longer != NULL);
	*list = longer;
}

static struct curl_slist *headers_of(const struct call *call, const struct call_request *request)
{
	struct curl_slist *list = NULL;
	char *line;

	add_header(
		&list,
		"Accept: application/json, application/problem+json, text/csv, text/event-stream");
	add_header(&list, call->accept_language);
	if (call->authorization != NULL)
		add_header(&list, call->authorization);
	if (request->idempotency_key != NULL) {
		line = header("Idempotency-Key:", request->idempotency_key);
		add_header(&list, line);
		free(line);
	}
	/* Without a value it takes away what libcurl would claim: a form. */
	line = header("Content-Type:", request->content_type);
	add_header(&list, line);
	free(line);
	if (request->header != NULL)
		add_header(&list, request->header);
	if (request->upload && request->upload_bytes < 0)
		add_header(&list, "Transfer-Encoding: chunked");
	return list;
}

/* The endings that have a meaning of their own; all others are failures on our side. */
static enum call_end end_of(CURLcode code, const struct transfer *transfer)
{
	static const struct {
		CURLcode code;
		enum call_end end;
	} ends[] = {
		{ CURLE_OK, CALL_ANSWERED },
		{ CURLE_COULDNT_RESOLVE_HOST, CALL_UNREACHABLE },
		{ CURLE_COULDNT_CONNECT, CALL_UNREACHABLE },
		{ CURLE_SSL_CONNECT_ERROR, CALL_UNREACHABLE },
		{ CURLE_PEER_FAILED_VERIFICATION, CALL_UNREACHABLE },
		{ CURLE_SSL_CACERT_BADFILE, CALL_UNREACHABLE },
		{ CURLE_GOT_NOTHING, CALL_BROKEN },
		{ CURLE_SEND_ERROR, CALL_BROKEN },
		{ CURLE_RECV_ERROR, CALL_BROKEN },
		{ CURLE_PARTIAL_FILE, CALL_BROKEN },
		{ CURLE_OPERATION_TIMEDOUT, CALL_TIMED_OUT },
		{ CURLE_WEIRD_SERVER_REPLY, CALL_GARBAGE },
		{ CURLE_UNSUPPORTED_PROTOCOL, CALL_GARBAGE },
		{ CURLE_BAD_CONTENT_ENCODING, CALL_GARBAGE },
	};

	if (transfer->too_large)
		return CALL_GARBAGE;
	if (transfer->stopped)
		return CALL_STOPPED;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].code == code)
			return ends[i].end;
	return CALL_LOCAL;
}

static void explain(const struct transfer *transfer, CURLcode code, const char *detail)
{
	struct call_reply *reply = transfer->reply;
	long os_errno = 0;

	curl_easy_getinfo(transfer->call->curl, CURLINFO_OS_ERRNO, &os_errno);
	if (transfer->read_errno != 0)
		text_copy(reply->why, sizeof(reply->why), strerror(transfer->read_errno));
	else if (transfer->too_large)
		text_copy(reply->why, sizeof(reply->why), "the reply is larger than 64 MiB");
	else if (code == CURLE_COULDNT_CONNECT && os_errno != 0)
		text_copy(reply->why, sizeof(reply->why), strerror((int)os_errno));
	else
		text_copy(reply->why, sizeof(reply->why),
			  detail[0] != '\0' ? detail : curl_easy_strerror(code));
}

static void set_body(CURL *curl, struct transfer *transfer)
{
	const struct call_request *request = transfer->request;

	if (request->upload) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_upload);
		curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
		curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(curl, CURLOPT_SEEKDATA, transfer);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)request->upload_bytes);
	} else if (strcmp(request->method, "GET") != 0) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
				 request->body != NULL ? request->body : "");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
	}
	if (strcmp(request->method, "GET") != 0)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* curl_easy_reset keeps the connection, and forgets the options of the request before. */
static void set_options(struct transfer *transfer, const char *url, struct curl_slist *headers)
{
	struct call *call = transfer->call;
	CURL *curl = call->curl;
	long timeout_s = call->timeout_s != 0 ? call->timeout_s : TIMEOUT_S;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	if (call->socket != NULL)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, call->socket);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "jiebangctl/" JIEBANG_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_reply);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	if (transfer->request->silent_s != 0) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)transfer->request->silent_s);
	} else if (!transfer->request->patient || call->timeout_s != 0) {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
	}
	if (transfer->request->progress != NULL) {
		curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
		curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
	}
	set_body(curl, transfer);
}

static enum call_end send_once(struct transfer *transfer)
{
	struct call *call = transfer->call;
	struct curl_slist *headers = headers_of(call, transfer->request);
	struct buf url = BUF_EMPTY;
	char detail[CURL_ERROR_SIZE] = "";
	enum call_end end;
	CURLcode code;

	buf_addf(&url, "%s%s", call->base, transfer->request->target);
	set_options(transfer, buf_str(&url), headers);
	curl_easy_setopt(call->curl, CURLOPT_ERRORBUFFER, detail);
	code = curl_easy_perform(call->curl);
	curl_easy_setopt(call->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &transfer->reply->status);
	end = end_of(code, transfer);
	if (end != CALL_ANSWERED)
		explain(transfer, code, detail);
	curl_easy_setopt(call->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	buf_clear(&url);
	return end;
}

/*
 * A second try is safe: a read changes nothing, and a write carries the same key, by which the daemon answers what it
 * answered the first time. Not when part of the answer was handed on already, or the body can't be read again, or the
 * daemon knows no such answer.
 */
static bool may_repeat(const struct transfer *transfer)
{
	const struct call_request *request = transfer->request;

	if (transfer->sink_used || request->once)
		return false;
	if (!request->upload || transfer->read_bytes == 0)
		return true;
	return lseek(request->upload_fd, (off_t)request->upload_from, SEEK_SET) >= 0;
}

enum call_end call_send(struct call *call, const struct call_request *request,
			struct call_reply *reply)
{
	struct transfer transfer = { .call = call, .request = request, .reply = reply };
	enum call_end end;

	*reply = (struct call_reply){ .body = BUF_EMPTY };
	end = send_once(&transfer);
	if (end == CALL_BROKEN && may_repeat(&transfer)) {
		buf_reset(&reply->body);
		end = send_once(&transfer);
		reply->unsure = end == CALL_UNREACHABLE;
	}
	if (end == CALL_BROKEN || end == CALL_TIMED_OUT || end == CALL_GARBAGE)
		reply->unsure = true;
	reply->unsure = reply->unsure && (request->idempotency_key != NULL || request->once);
	return end;
}
