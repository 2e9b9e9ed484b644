/*
 * Any bytes, as a connection would read them: heads and bodies one behind the other. What is checked beside the
 * sanitizers: the input read whole and the input read in pieces give the same requests, and a finished head has what
 * the front relies on. The first octet seeds the cuts.
 */
#include "http/parser.h"
#include "jiebang/fault.h"

#include <stdlib.h>
#include <string.h>

#define BODY_LIMIT   300
#define REQUESTS_MAX 64

struct outcome {
	unsigned n_requests;
	int status; /* of the refusal, or 0 */
	uint64_t hash;
};

struct reading {
	char *data;
	size_t len;
	size_t head_at;
	size_t at;
	bool in_body;
	bool ended;
	struct parser_head head;
	struct parser_body body;
	struct outcome outcome;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct outcome *outcome, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		outcome->hash = (outcome->hash ^ bytes[i]) * 1099511628211u;
}

static void note_span(struct reading *reading, struct parser_span span)
{
	const char *text = reading->data + reading->head_at + span.at;

	INVARIANT((size_t)span.at + span.len < reading->head.used);
	INVARIANT(text[span.len] == '\0' && strlen(text) == span.len);
	note(&reading->outcome, text, span.len);
}

static void note_head(struct reading *reading)
{
	struct parser_head *head = &reading->head;

	parser_head_terminate(head, reading->data + reading->head_at);
	INVARIANT(head->used <= PARSER_HEAD_BYTES_MAX && head->n_fields <= PARSER_FIELDS_MAX);
	INVARIANT(head->method.len > 0 && head->method.len <= PARSER_METHOD_BYTES_MAX);
	INVARIANT(head->host_field >= 0 || head->http_1_0);
	INVARIANT(head->path.len == 0 ||
		  strchr("/*", reading->data[reading->head_at + head->path.at]));
	note_span(reading, head->method);
	note_span(reading, head->path);
	note_span(reading, head->query);
	for (unsigned i = 0; i < head->n_fields; i++) {
		note_span(reading, head->fields[i].name);
		note_span(reading, head->fields[i].value);
	}
}

static void refuse(struct reading *reading, int status, const char *detail)
{
	INVARIANT(status >= 400 && status <= 505 && detail != NULL);
	reading->outcome.status = status;
	reading->ended = true;
}

static void read_body(struct reading *reading)
{
	struct parser_piece piece;
	enum parser_verdict verdict;

	do {
		verdict = parser_body_feed(&reading->body, reading->data + reading->at,
					   reading->len - reading->at, &piece);
		INVARIANT(piece.used <= reading->len - reading->at && piece.len <= piece.used);
		note(&reading->outcome, piece.data, piece.len);
		reading->at += piece.used;
	} while (verdict == PARSER_MORE && reading->at < reading->len);
	INVARIANT(reading->body.total <= BODY_LIMIT);
	if (verdict == PARSER_BAD)
		refuse(reading, reading->body.status, reading->body.detail);
	if (verdict != PARSER_DONE)
		return;
	reading->in_body = false;
	reading->head_at = reading->at;
	reading->ended = ++reading->outcome.n_requests == REQUESTS_MAX;
	parser_head_init(&reading->head);
}

static void read_head(struct reading *reading)
{
	enum parser_verdict verdict = parser_head_feed(
		&reading->head, reading->data + reading->head_at, reading->len - reading->head_at);

	reading->at = reading->len;
	if (verdict == PARSER_BAD)
		refuse(reading, reading->head.status, reading->head.detail);
	if (verdict != PARSER_DONE)
		return;
	reading->at = reading->head_at + reading->head.used;
	note_head(reading);
	parser_body_init(&reading->body, reading->head.body, reading->head.content_length,
			 BODY_LIMIT);
	reading->in_body = true;
	read_body(reading);
}

static void arrive(struct reading *reading, size_t len)
{
	reading->len += len;
	while (!reading->ended && reading->at < reading->len) {
		if (reading->in_body)
			read_body(reading);
		else
			read_head(reading);
	}
}

/* `seed` 0 reads at once, anything else cuts into pieces of 1 to 64 octets. */
static struct outcome read_all(const uint8_t *data, size_t size, unsigned seed)
{
	struct reading reading = { .data = malloc(size + 1),
				   .outcome = { .hash = 14695981039346656037u } };
	size_t at = 0;

	if (!reading.data)
		abort();
	memcpy(reading.data, data, size);
	parser_head_init(&reading.head);
	while (at < size) {
		size_t piece = seed == 0 ? size : 1 + (seed >> 8) % 64;
		if (piece > size - at)
			piece = size - at;
		arrive(&reading, piece);
		at += piece;
		seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
	}
	free(reading.data);
	return reading.outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole;
	struct outcome cut;

	if (size == 0)
		return 0;
	whole = read_all(data + 1, size - 1, 0);
	cut = read_all(data + 1, size - 1, 1u + data[0]);
	INVARIANT(whole.n_requests == cut.n_requests);
	INVARIANT(whole.status == cut.status);
	INVARIANT(whole.hash == cut.hash);
	return 0;
}
