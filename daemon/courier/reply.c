/*
 * The header is read line by line, of each no more is kept than is judged; the body goes by the framing that the header
 * gave (RFC 9112 section 6.3). In what decides about framing nothing is forgiven. What is merely sloppy (a bare LF, a
 * folded or colonless line, a space before the colon) is understood as most clients do, since a reminder that came to
 * its receiver should not count as lost for the receiver's manners; but such a connection is not kept.
 */
#include "courier/reply.h"

#include "jiebang/parser_class.h"
#include "jiebang/text.h"

#include <string.h>

enum {
	STATE_STATUS,
	STATE_FIELD,
	STATE_FRAMED,      /* a body with a length or in chunks */
	STATE_UNTIL_CLOSE, /* a body that ends with the connection */
	STATE_DONE,
	STATE_BAD,
};

#define LENGTH_DIGITS_MAX 18 /* fit into an int64_t whatever they are */

static void fail(struct reply *reply, enum attempt_end end, const char *words)
{
	reply->state = STATE_BAD;
	reply->end = end;
	reply->words = words;
}

static void malformed(struct reply *reply)
{
	fail(reply, ATTEMPT_BROKEN, "response: malformed");
}

/* OWS of RFC 9110 section 5.6.3: nothing else may stand beside a length. */
static const char *trim(const char *s, size_t *len)
{
	while (*len > 0 && (s[0] == ' ' || s[0] == '\t')) {
		s++;
		*len -= 1;
	}
	while (*len > 0 && (s[*len - 1] == ' ' || s[*len - 1] == '\t'))
		*len -= 1;
	return s;
}

/* ---- the fields that are judged ---- */

static void field_content_length(struct reply *reply, const char *value, size_t len)
{
	int64_t length = 0;

	if (len == 0 || len > LENGTH_DIGITS_MAX) {
		malformed(reply);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9') {
			malformed(reply);
			return;
		}
		length = length * 10 + (value[i] - '0');
	}
	/* RFC 9110 section 8.6: a repetition of the same value may pass. */
	if (reply->content_length >= 0 && reply->content_length != length)
		malformed(reply);
	reply->content_length = length;
}

/* We ask for no other coding (no TE field), so a peer that uses one is in the wrong. */
static void field_transfer_encoding(struct reply *reply, const char *value, size_t len)
{
	if (reply->chunked || !parser_same(value, len, "chunked", 7))
		malformed(reply);
	reply->chunked = true;
}

/* RFC 9112 section 9.3: close says no; HTTP/1.0 keeps a connection only where it says keep-alive. */
static void option(struct reply *reply, const char *word, size_t len)
{
	if (parser_same(word, len, "close", 5))
		reply->close = true;
	else if (parser_same(word, len, "keep-alive", 10))
		reply->keep_alive = true;
}

static void field_connection(struct reply *reply, const char *value, size_t len)
{
	while (len > 0) {
		const char *comma = memchr(value, ',', len);
		size_t piece = comma ? (size_t)(comma - value) : len;
		size_t word_len = piece;
		const char *word = trim(value, &word_len);

		option(reply, word, word_len);
		piece += comma ? 1 : 0;
		value += piece;
		len -= piece;
	}
}

static void field_retry_after(struct reply *reply, const char *value, size_t len)
{
	if (!text_copy_n(reply->retry_after, sizeof(reply->retry_after), value, len))
		reply->retry_after[0] = '\0';
}

static const struct reply_field {
	const char *name;
	size_t len;
	bool framing; /* must be whole: not folded, not longer than what is kept of a line */
	void (*judge)(struct reply *reply, const char *value, size_t len);
} fields[] = {
	{ "content-length", 14, true, field_content_length },
	{ "transfer-encoding", 17, true, field_transfer_encoding },
	{ "connection", 10, true, field_connection },
	{ "retry-after", 11, false, field_retry_after },
};

static const struct reply_field *find_field(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (parser_same(name, len, fields[i].name, fields[i].len))
			return &fields[i];
	}
	return NULL;
}

/* ---- lines ---- */

static void field_line(struct reply *reply, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name_len = colon ? (size_t)(colon - line) : 0;
	const char *name = trim(line, &name_len);

	reply->last_field = NULL;
	if (!colon || line + name_len != colon)
		reply->sloppy = true;
	if (!colon)
		return;
	const struct reply_field *field = find_field(name, name_len);
	if (!field)
		return;
	reply->last_field = field;
	if (reply->line_len > REPLY_LINE_BYTES) {
		if (field->framing)
			malformed(reply);
		return;
	}
	size_t value_len = (size_t)(line + len - colon) - 1;
	const char *value = trim(colon + 1, &value_len);
	field->judge(reply, value, value_len);
}

/* RFC 9112 section 5.2: a line that begins with white space goes on with the field before. */
static void folded_line(struct reply *reply)
{
	reply->sloppy = true;
	if (reply->last_field && reply->last_field->framing)
		malformed(reply);
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char version[] = "HTTP/1.";

/* HTTP/1.x SP 3DIGIT, then nothing, or a space and whatever the peer likes to say. */
static void status_line(struct reply *reply, const char *line, size_t len)
{
	if (len < 12 || !digit(line[7]) || line[8] != ' ' || line[9] < '1' || !digit(line[9]) ||
	    !digit(line[10]) || !digit(line[11]) || (len > 12 && line[12] != ' ')) {
		malformed(reply);
		return;
	}
	reply->http_1_0 = line[7] == '0';
	reply->code = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
	if (reply->code >= 200)
		reply->status = reply->code;
	reply->state = STATE_FIELD;
}

/* What an interim reply said does not count. */
static void start_head(struct reply *reply)
{
	reply->state = STATE_STATUS;
	reply->close = reply->keep_alive = reply->chunked = false;
	reply->content_length = -1;
	reply->retry_after[0] = '\0';
	reply->last_field = NULL;
}

/*
 * RFC 9112 section 6.3. With both a length and chunks the chunks count, and with chunks from HTTP/1.0 the peer can't be
 * trusted to know where its answer ends: such connections are not kept.
 */
static void head_end(struct reply *reply)
{
	bool bodyless = reply->code == 204 || reply->code == 304;
	bool length = reply->content_length >= 0;

	if (reply->code < 200) {
		start_head(reply);
		return;
	}
	reply->keep = !reply->sloppy && !reply->close && (!reply->http_1_0 || reply->keep_alive) &&
		      (bodyless || length != reply->chunked);
	if (bodyless || (!reply->chunked && reply->content_length == 0)) {
		reply->state = STATE_DONE;
		return;
	}
	reply->state = reply->chunked || length ? STATE_FRAMED : STATE_UNTIL_CLOSE;
	parser_body_init(&reply->framing, reply->chunked ? PARSER_BODY_CHUNKED : PARSER_BODY_LENGTH,
			 reply->content_length, INT64_MAX);
}

static void line_end(struct reply *reply)
{
	size_t len = reply->line_len < REPLY_LINE_BYTES ? reply->line_len : REPLY_LINE_BYTES;
	const char *line = reply->line;

	if (reply->line_len <= REPLY_LINE_BYTES) {
		len--; /* the LF */
		if (len > 0 && line[len - 1] == '\r')
			len--;
		else
			reply->sloppy = true;
	}
	if (reply->state == STATE_STATUS)
		status_line(reply, line, len);
	else if (len == 0)
		head_end(reply);
	else if (line[0] == ' ' || line[0] == '\t')
		folded_line(reply);
	else
		field_line(reply, line, len);
	reply->line_len = 0;
}

static void keep_line(struct reply *reply, const char *data, size_t len)
{
	if (reply->line_len < REPLY_LINE_BYTES) {
		size_t room = REPLY_LINE_BYTES - reply->line_len;
		memcpy(reply->line + reply->line_len, data, len < room ? len : room);
	}
	reply->line_len += len;
}

static bool begins_as_http(const struct reply *reply)
{
	size_t len = sizeof(version) - 1;

	return memcmp(reply->line, version, reply->line_len < len ? reply->line_len : len) == 0;
}

/* At most one line. Octet by octet the same: what comes first in the bytes is found first. */
static size_t feed_line(struct reply *reply, const char *data, size_t len)
{
	const char *lf = memchr(data, '\n', len);
	size_t n = lf ? (size_t)(lf - data) + 1 : len;
	int64_t room = reply->header_max_bytes - reply->header_bytes;
	size_t fits = (int64_t)n <= room ? n : (size_t)room;

	keep_line(reply, data, fits);
	reply->header_bytes += (int64_t)fits;
	if (reply->state == STATE_STATUS && !begins_as_http(reply))
		fail(reply, ATTEMPT_BROKEN, "response: not HTTP/1.x");
	else if (memchr(data, '\0', fits))
		malformed(reply);
	else if (fits < n)
		fail(reply, ATTEMPT_TOO_LARGE, "response: header too large");
	else if (lf)
		line_end(reply);
	return fits;
}

/* ---- the body ---- */

static void take_body(struct reply *reply, const char *data, size_t len)
{
	int64_t room = reply->body_max_bytes - reply->body_bytes;
	size_t fits = (int64_t)len <= room ? len : (size_t)room;
	size_t raw_room = sizeof(reply->raw) - reply->raw_len;
	size_t kept = fits < raw_room ? fits : raw_room;

	if (kept > 0)
		memcpy(reply->raw + reply->raw_len, data, kept);
	reply->raw_len += kept;
	reply->body_bytes += (int64_t)fits;
	if (fits < len)
		fail(reply, ATTEMPT_TOO_LARGE, "response: body too large");
}

static size_t feed_framed(struct reply *reply, const char *data, size_t len)
{
	struct parser_piece piece;
	enum parser_verdict verdict = parser_body_feed(&reply->framing, data, len, &piece);

	if (verdict == PARSER_DONE)
		reply->state = STATE_DONE;
	else if (verdict == PARSER_BAD && reply->framing.trailer_bytes > PARSER_TRAILER_BYTES_MAX)
		fail(reply, ATTEMPT_TOO_LARGE, "response: header too large");
	else if (verdict == PARSER_BAD)
		malformed(reply);
	take_body(reply, piece.data, piece.len);
	return piece.used;
}

static size_t feed_until_close(struct reply *reply, const char *data, size_t len)
{
	take_body(reply, data, len);
	return len;
}

static size_t (*const steps[])(struct reply *reply, const char *data, size_t len) = {
	[STATE_STATUS] = feed_line,
	[STATE_FIELD] = feed_line,
	[STATE_FRAMED] = feed_framed,
	[STATE_UNTIL_CLOSE] = feed_until_close,
};

/* ---- the reader ---- */

void reply_init(struct reply *reply, int64_t header_max_bytes, int64_t body_max_bytes)
{
	reply->status = 0;
	reply->code = 0;
	reply->keep = false;
	reply->sloppy = false;
	reply->http_1_0 = false;
	reply->raw_len = 0;
	reply->end = ATTEMPT_ANSWERED;
	reply->words = "";
	reply->header_bytes = 0;
	reply->header_max_bytes = header_max_bytes;
	reply->body_bytes = 0;
	reply->body_max_bytes = body_max_bytes;
	reply->line_len = 0;
	start_head(reply);
}

static enum reply_verdict verdict_of(const struct reply *reply)
{
	if (reply->state == STATE_DONE)
		return REPLY_DONE;
	return reply->state == STATE_BAD ? REPLY_BAD : REPLY_MORE;
}

enum reply_verdict reply_feed(struct reply *reply, const char *data, size_t len, size_t *used)
{
	size_t at = 0;

	while (at < len && reply->state < STATE_DONE)
		at += steps[reply->state](reply, data + at, len - at);
	*used = at;
	return verdict_of(reply);
}

enum reply_verdict reply_end(struct reply *reply)
{
	bool between = reply->state == STATE_STATUS && reply->line_len == 0;

	if (reply->state == STATE_UNTIL_CLOSE)
		reply->state = STATE_DONE;
	else if (between)
		fail(reply, ATTEMPT_BROKEN, "response: connection closed without an answer");
	else
		fail(reply, ATTEMPT_BROKEN, "response: cut short");
	return verdict_of(reply);
}
