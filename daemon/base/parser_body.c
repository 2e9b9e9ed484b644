/*
 * The body of a message: a known length, or chunks (RFC 9112 section 7.1). Sizes are bare hexadecimal digits, a chunk
 * ends in CR LF exactly, extensions and trailers are read, bounded and dropped. Framing goes octet by octet, content
 * in the longest piece there is.
 */
#include "jiebang/parser_body.h"

#include "jiebang/parser_class.h"

enum {
	BODY_CONTENT, /* of a known length */
	BODY_SIZE,
	BODY_EXT,
	BODY_SIZE_LF,
	BODY_CHUNK,
	BODY_CHUNK_CR,
	BODY_CHUNK_LF,
	BODY_TRAILER,
	BODY_NAME,
	BODY_VALUE,
	BODY_TRAILER_LF,
	BODY_END_LF,
	BODY_DONE,
	BODY_BAD,
};

static void fail(struct parser_body *body, int status, const char *detail)
{
	body->state = BODY_BAD;
	body->status = status;
	body->detail = detail;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void expect(struct parser_body *body, char c, char wanted, int next)
{
	body->state = next;
	if (c != wanted)
		fail(body, 400, "The chunked body is malformed.");
}

static void on_size(struct parser_body *body, char c)
{
	int value = hex_value(c);

	if (value >= 0 && body->digits < PARSER_CHUNK_DIGITS_MAX) {
		body->left = body->left * 16 + value;
		body->digits++;
	} else if (value >= 0 || body->digits == 0) {
		fail(body, 400, "The size of a chunk is malformed.");
	} else if (c == ';') {
		body->state = BODY_EXT;
	} else {
		expect(body, c, '\r', BODY_SIZE_LF);
	}
}

/* Extensions mean nothing here. They are bounded over the whole body, so that they can't be sent for ever. */
static void on_ext(struct parser_body *body, char c)
{
	if (c == '\r')
		body->state = BODY_SIZE_LF;
	else if (!parser_is_value(&c, 1) || ++body->ext_bytes > PARSER_CHUNK_EXT_MAX)
		fail(body, 400, "A chunk extension is malformed or too long.");
}

static void on_size_lf(struct parser_body *body, char c)
{
	expect(body, c, '\n', body->left > 0 ? BODY_CHUNK : BODY_TRAILER);
	if (body->state == BODY_CHUNK && body->left > body->limit - body->total)
		fail(body, 413, "The body is too large.");
}

static void on_chunk_cr(struct parser_body *body, char c)
{
	expect(body, c, '\r', BODY_CHUNK_LF);
}

static void on_chunk_lf(struct parser_body *body, char c)
{
	body->digits = 0;
	expect(body, c, '\n', BODY_SIZE);
}

static void on_trailer(struct parser_body *body, char c)
{
	if (c == '\r')
		body->state = BODY_END_LF;
	else if (!parser_is_token(&c, 1))
		fail(body, 400, "A trailer field is malformed.");
	else
		body->state = BODY_NAME;
}

static void on_name(struct parser_body *body, char c)
{
	if (c == ':')
		body->state = BODY_VALUE;
	else if (!parser_is_token(&c, 1))
		fail(body, 400, "A trailer field is malformed.");
}

static void on_value(struct parser_body *body, char c)
{
	if (c == '\r')
		body->state = BODY_TRAILER_LF;
	else if (!parser_is_value(&c, 1))
		fail(body, 400, "A trailer field is malformed.");
}

static void on_trailer_lf(struct parser_body *body, char c)
{
	expect(body, c, '\n', BODY_TRAILER);
}

static void on_end_lf(struct parser_body *body, char c)
{
	expect(body, c, '\n', BODY_DONE);
}

static void (*const steps[])(struct parser_body *body, char c) = {
	[BODY_SIZE] = on_size,
	[BODY_EXT] = on_ext,
	[BODY_SIZE_LF] = on_size_lf,
	[BODY_CHUNK_CR] = on_chunk_cr,
	[BODY_CHUNK_LF] = on_chunk_lf,
	[BODY_TRAILER] = on_trailer,
	[BODY_NAME] = on_name,
	[BODY_VALUE] = on_value,
	[BODY_TRAILER_LF] = on_trailer_lf,
	[BODY_END_LF] = on_end_lf,
};

void parser_body_init(struct parser_body *body, enum parser_body_kind kind, int64_t content_length,
		      int64_t limit_bytes)
{
	*body = (struct parser_body){ .limit = limit_bytes };
	switch (kind) {
	case PARSER_BODY_NONE:
		body->state = BODY_DONE;
		break;
	case PARSER_BODY_LENGTH:
		body->state = BODY_CONTENT;
		body->left = content_length;
		if (body->left > limit_bytes)
			fail(body, 413, "The body is too large.");
		break;
	case PARSER_BODY_CHUNKED:
		body->state = BODY_SIZE;
		break;
	}
}

static bool in_content(const struct parser_body *body)
{
	return body->state == BODY_CONTENT || body->state == BODY_CHUNK;
}

static void take_content(struct parser_body *body, const char *data, size_t len,
			 struct parser_piece *piece)
{
	if ((int64_t)len > body->left)
		len = (size_t)body->left;
	piece->data = data;
	piece->len = len;
	piece->used += len;
	body->left -= (int64_t)len;
	body->total += (int64_t)len;
	if (body->left == 0)
		body->state = body->state == BODY_CONTENT ? BODY_DONE : BODY_CHUNK_CR;
}

enum parser_verdict parser_body_feed(struct parser_body *body, const char *data, size_t len,
				     struct parser_piece *piece)
{
	*piece = (struct parser_piece){ 0, NULL, 0 };
	while (piece->used < len && body->state < BODY_DONE && !in_content(body)) {
		if (body->state >= BODY_TRAILER && ++body->trailer_bytes > PARSER_TRAILER_BYTES_MAX)
			fail(body, 400, "The trailer is too large.");
		else
			steps[body->state](body, data[piece->used]);
		piece->used++;
	}
	if (piece->used < len && in_content(body))
		take_content(body, data + piece->used, len - piece->used, piece);
	if (body->state == BODY_DONE)
		return PARSER_DONE;
	return body->state == BODY_BAD ? PARSER_BAD : PARSER_MORE;
}
