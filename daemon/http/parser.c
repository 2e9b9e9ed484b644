/*
 * The head is read by a machine with one function for each state; each takes the longest run it can and then needs
 * more, moves on, or fails. Fields that decide the framing are judged when their line ends, the whole when the head
 * ends. It is strict where RFC 9112 says MUST, and refuses where it lets a recipient be lenient, because two readers
 * that are lenient in different ways are what request smuggling lives on.
 */
#include "http/parser.h"

#include "jiebang/parser_class.h"

#include <string.h>

enum {
	STATE_START,
	STATE_EMPTY_LF,
	STATE_METHOD,
	STATE_TARGET,
	STATE_VERSION,
	STATE_FIELD_LF,
	STATE_FIELD,
	STATE_NAME,
	STATE_OWS,
	STATE_VALUE,
	STATE_END_LF,
	STATE_DONE,
	STATE_BAD,
};

static void fail(struct parser_head *head, int status, const char *detail)
{
	head->state = STATE_BAD;
	head->status = status;
	head->detail = detail;
}

static struct parser_span span(size_t from, size_t to)
{
	return (struct parser_span){ (uint16_t)from, (uint16_t)(to - from) };
}

/* The end of the run of `class` that starts at `at`, or `len`. */
static size_t run(const char *data, size_t at, size_t len, unsigned char class)
{
	while (at < len && parser_is(data[at], class))
		at++;
	return at;
}

/* ---- values that are judged ---- */

static bool valid_port(const char *s, size_t len)
{
	unsigned port = 0;

	if (len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		port = port * 10 + (unsigned)(s[i] - '0');
	}
	return port <= 65535;
}

/* uri-host [":" port]. An address in brackets is hexadecimal digits, colons and dots; names are not looked up. */
static bool valid_host(const char *s, size_t len)
{
	size_t end = 0;

	if (len > 0 && s[0] == '[') {
		for (end = 1; end < len && (parser_is(s[end], PARSER_CLASS_HEX) || s[end] == ':' ||
					    s[end] == '.');
		     end++)
			;
		if (end == 1 || end == len || s[end] != ']')
			return false;
		end++;
	} else {
		end = run(s, 0, len, PARSER_CLASS_HOST);
	}
	if (end == len)
		return true;
	return s[end] == ':' && end > 0 && valid_port(s + end + 1, len - end - 1);
}

static bool valid_escapes(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '%')
			continue;
		if (len - i < 3 || !parser_is(s[i + 1], PARSER_CLASS_HEX) ||
		    !parser_is(s[i + 2], PARSER_CLASS_HEX))
			return false;
		i += 2;
	}
	return true;
}

/* ---- the fields that decide about framing ---- */

static void field_host(struct parser_head *head, const char *value, size_t len)
{
	if (head->host_field >= 0)
		fail(head, 400, "There is more than one Host field.");
	else if (!valid_host(value, len))
		fail(head, 400, "The Host field is not a host.");
	else
		head->host_field = (int)head->n_fields - 1;
}

static void field_content_length(struct parser_head *head, const char *value, size_t len)
{
	int64_t length = 0;

	if (head->content_length >= 0) {
		fail(head, 400, "There is more than one Content-Length field.");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9') {
			fail(head, 400, "Content-Length is not a number.");
			return;
		}
		/* Eighteen digits fit into an int64_t whatever they are. */
		if (i < 18)
			length = length * 10 + (value[i] - '0');
	}
	if (len == 0)
		fail(head, 400, "Content-Length is empty.");
	else if (len > 18)
		fail(head, 413, "Content-Length is beyond all bounds.");
	else
		head->content_length = length;
}

static void field_transfer_encoding(struct parser_head *head, const char *value, size_t len)
{
	if (head->chunked)
		fail(head, 400, "There is more than one Transfer-Encoding field.");
	else if (len == 0)
		fail(head, 400, "Transfer-Encoding is empty.");
	else if (!parser_same(value, len, "chunked", 7))
		fail(head, 501, "The only transfer coding known here is chunked.");
	else
		head->chunked = true;
}

static void field_connection(struct parser_head *head, const char *value, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && value[i] != ',')
			continue;
		size_t to = i;
		while (from < to && (value[from] == ' ' || value[from] == '\t'))
			from++;
		while (to > from && (value[to - 1] == ' ' || value[to - 1] == '\t'))
			to--;
		if (parser_same(value + from, to - from, "close", 5))
			head->close = true;
		from = i + 1;
	}
}

static void field_expect(struct parser_head *head, const char *value, size_t len)
{
	if (parser_same(value, len, "100-continue", 12))
		head->expect_continue = true;
	else
		head->expect_other = true;
}

static const struct judged {
	const char *name;
	size_t len;
	void (*judge)(struct parser_head *head, const char *value, size_t len);
} judged[] = {
	{ "host", 4, field_host },
	{ "content-length", 14, field_content_length },
	{ "transfer-encoding", 17, field_transfer_encoding },
	{ "connection", 10, field_connection },
	{ "expect", 6, field_expect },
};

static void field_done(struct parser_head *head, const char *data, size_t end)
{
	struct parser_field *field = &head->fields[head->n_fields];

	while (end > head->mark && (data[end - 1] == ' ' || data[end - 1] == '\t'))
		end--;
	field->value = span(head->mark, end);
	head->n_fields++;
	for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
		if (parser_same(data + field->name.at, field->name.len, judged[i].name,
				judged[i].len))
			judged[i].judge(head, data + field->value.at, field->value.len);
	}
}

/* ---- the target ---- */

static void split_query(struct parser_head *head, const char *data, size_t from, size_t to)
{
	const char *mark = from < to ? memchr(data + from, '?', to - from) : NULL;
	size_t path_end = mark ? (size_t)(mark - data) : to;

	head->path = span(from, path_end);
	head->query = mark ? span(path_end + 1, to) : span(to, to);
	if (!valid_escapes(data + from, to - from))
		fail(head, 400, "The request target has a malformed percent escape.");
}

/* http://authority/path?query: the form that proxies are sent, which every server must understand. */
static void absolute_form(struct parser_head *head, const char *data, size_t from, size_t to)
{
	size_t colon = from + (parser_lower(data[from + 4]) == 's' ? 5 : 4);
	size_t start = colon + 3;
	size_t end = start;

	if (to < start || memcmp(data + colon, "://", 3) != 0) {
		fail(head, 400, "The request target has no form known here.");
		return;
	}
	while (end < to && data[end] != '/' && data[end] != '?')
		end++;
	head->authority = span(start, end);
	if (end == start || !valid_host(data + start, end - start))
		fail(head, 400, "The authority of the request target is not a host.");
	else
		split_query(head, data, end, to);
}

static void target_done(struct parser_head *head, const char *data, size_t from, size_t to)
{
	const char *method = data + head->method.at;
	bool options = head->method.len == 7 && memcmp(method, "OPTIONS", 7) == 0;

	if (head->method.len == 7 && memcmp(method, "CONNECT", 7) == 0)
		fail(head, 501, "This server is no proxy.");
	else if (data[from] == '/' || (to - from == 1 && data[from] == '*' && options))
		split_query(head, data, from, to);
	else if (to - from > 4 && parser_same(data + from, 4, "http", 4))
		absolute_form(head, data, from, to);
	else
		fail(head, 400, "The request target has no form known here.");
}

/* ---- the states ---- */

/* RFC 9112 section 2.2: one empty line before the request line is forgiven. */
static size_t on_start(struct parser_head *head, const char *data, size_t at, size_t len)
{
	(void)len;
	if (data[at] == '\r' && !head->skipped_empty_line) {
		head->skipped_empty_line = true;
		head->state = STATE_EMPTY_LF;
		return at + 1;
	}
	head->mark = at;
	head->state = STATE_METHOD;
	return at;
}

static size_t on_empty_lf(struct parser_head *head, const char *data, size_t at, size_t len)
{
	(void)len;
	head->state = STATE_START;
	if (data[at] != '\n')
		fail(head, 400, "A line ends without CR LF.");
	return at + 1;
}

static size_t on_method(struct parser_head *head, const char *data, size_t at, size_t len)
{
	size_t end = run(data, at, len, PARSER_CLASS_TOKEN);

	if (end - head->mark > PARSER_METHOD_BYTES_MAX) {
		fail(head, 501, "The method is longer than any that is known here.");
	} else if (end < len && (data[end] != ' ' || end == head->mark)) {
		fail(head, 400, "The method is not a token.");
	} else if (end < len) {
		head->method = span(head->mark, end);
		head->mark = ++end;
		head->state = STATE_TARGET;
	}
	return end;
}

static size_t on_target(struct parser_head *head, const char *data, size_t at, size_t len)
{
	size_t end = run(data, at, len, PARSER_CLASS_TARGET);

	if (end - head->mark > PARSER_TARGET_BYTES_MAX) {
		fail(head, 414, "The request target is too long.");
	} else if (end < len && (data[end] != ' ' || end == head->mark)) {
		fail(head, 400, "The request target holds an octet that does not belong there.");
	} else if (end < len) {
		head->state = STATE_VERSION;
		target_done(head, data, head->mark, end);
		head->mark = ++end;
	}
	return end;
}

/* "HTTP/" DIGIT "." DIGIT CR, one octet a call. A later minor version is read as 1.1 (RFC 9110 section 2.5). */
static size_t on_version(struct parser_head *head, const char *data, size_t at, size_t len)
{
	static const char pattern[] = "HTTP/0.0\r";
	size_t i = at - head->mark;
	bool digit = data[at] >= '0' && data[at] <= '9';

	(void)len;
	if (pattern[i] == '0' ? !digit : data[at] != pattern[i]) {
		fail(head, 400, "The request line does not end in an HTTP version.");
	} else if (pattern[i] == '\r' && data[head->mark + 5] != '1') {
		fail(head, 505, "Only HTTP/1.1 is spoken here.");
	} else if (pattern[i] == '\r') {
		head->http_1_0 = data[head->mark + 7] == '0';
		head->state = STATE_FIELD_LF;
	}
	return at + 1;
}

static size_t on_field_lf(struct parser_head *head, const char *data, size_t at, size_t len)
{
	(void)len;
	head->state = STATE_FIELD;
	if (data[at] != '\n')
		fail(head, 400, "A line ends without CR LF.");
	return at + 1;
}

static size_t on_field(struct parser_head *head, const char *data, size_t at, size_t len)
{
	(void)len;
	if (data[at] == '\r') {
		head->state = STATE_END_LF;
		return at + 1;
	}
	head->mark = at;
	head->state = STATE_NAME;
	if (data[at] == ' ' || data[at] == '\t')
		fail(head, 400, "A header field is folded over two lines.");
	else if (head->n_fields == PARSER_FIELDS_MAX)
		fail(head, 431, "There are too many header fields.");
	return at;
}

static size_t on_name(struct parser_head *head, const char *data, size_t at, size_t len)
{
	size_t end = run(data, at, len, PARSER_CLASS_TOKEN);

	if (end < len && (data[end] != ':' || end == head->mark)) {
		fail(head, 400, "The name of a header field is not a token followed by a colon.");
	} else if (end < len) {
		head->fields[head->n_fields].name = span(head->mark, end++);
		head->state = STATE_OWS;
	}
	return end;
}

static size_t on_ows(struct parser_head *head, const char *data, size_t at, size_t len)
{
	while (at < len && (data[at] == ' ' || data[at] == '\t'))
		at++;
	if (at < len) {
		head->mark = at;
		head->state = STATE_VALUE;
	}
	return at;
}

static size_t on_value(struct parser_head *head, const char *data, size_t at, size_t len)
{
	size_t end = run(data, at, len, PARSER_CLASS_VALUE);

	if (end < len && data[end] != '\r') {
		fail(head, 400, "The value of a header field holds a control character.");
	} else if (end < len) {
		head->state = STATE_FIELD_LF;
		field_done(head, data, end++);
	}
	return end;
}

/* RFC 9112 section 6.1: both framings at once, or chunks in HTTP/1.0, are attacks or faults; never guess. */
static size_t on_end_lf(struct parser_head *head, const char *data, size_t at, size_t len)
{
	(void)len;
	head->state = STATE_DONE;
	if (data[at] != '\n')
		fail(head, 400, "A line ends without CR LF.");
	else if (head->host_field < 0 && !head->http_1_0)
		fail(head, 400, "There is no Host field.");
	else if (head->chunked && head->content_length >= 0)
		fail(head, 400, "Content-Length and Transfer-Encoding exclude each other.");
	else if (head->chunked && head->http_1_0)
		fail(head, 400, "HTTP/1.0 has no Transfer-Encoding.");
	head->used = at + 1;
	head->close = head->close || head->http_1_0;
	head->expect_continue = head->expect_continue && !head->http_1_0;
	if (head->chunked)
		head->body = PARSER_BODY_CHUNKED;
	else if (head->content_length > 0)
		head->body = PARSER_BODY_LENGTH;
	return at + 1;
}

static size_t (*const steps[])(struct parser_head *head, const char *data, size_t at,
			       size_t len) = {
	[STATE_START] = on_start,   [STATE_EMPTY_LF] = on_empty_lf, [STATE_METHOD] = on_method,
	[STATE_TARGET] = on_target, [STATE_VERSION] = on_version,   [STATE_FIELD_LF] = on_field_lf,
	[STATE_FIELD] = on_field,   [STATE_NAME] = on_name,         [STATE_OWS] = on_ows,
	[STATE_VALUE] = on_value,   [STATE_END_LF] = on_end_lf,
};

void parser_head_init(struct parser_head *head)
{
	/* All but the array of fields, which n_fields guards. */
	memset(head, 0, offsetof(struct parser_head, fields));
	head->content_length = -1;
	head->host_field = -1;
}

enum parser_verdict parser_head_feed(struct parser_head *head, const char *data, size_t len)
{
	size_t end = len < PARSER_HEAD_BYTES_MAX ? len : PARSER_HEAD_BYTES_MAX;
	size_t at = head->used;

	while (at < end && head->state < STATE_DONE)
		at = steps[head->state](head, data, at, end);
	head->used = at;
	if (head->state < STATE_DONE && at == PARSER_HEAD_BYTES_MAX)
		fail(head, 431, "The request head is too large.");
	if (head->state == STATE_DONE)
		return PARSER_DONE;
	return head->state == STATE_BAD ? PARSER_BAD : PARSER_MORE;
}

static void end_span(char *data, struct parser_span s)
{
	data[s.at + s.len] = '\0';
}

void parser_head_terminate(struct parser_head *head, char *data)
{
	for (unsigned i = 0; i < head->n_fields; i++) {
		end_span(data, head->fields[i].name);
		end_span(data, head->fields[i].value);
	}
	if (head->authority.len > 0) {
		/* The octet behind the authority may be the path's first, so it moves over the slash before it. */
		memmove(data + head->authority.at - 1, data + head->authority.at,
			head->authority.len);
		head->authority.at--;
		end_span(data, head->authority);
		if (head->host_field >= 0)
			head->fields[head->host_field].value = head->authority;
	}
	end_span(data, head->method);
	end_span(data, head->path);
	end_span(data, head->query);
}
