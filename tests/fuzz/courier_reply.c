/*
 * Any bytes, as a receiver would answer them: answers one behind the other, the last one ended by the connection. What is
 * checked beside the sanitizers: the input read whole and the input read in pieces give the same answers, no bound is
 * passed, and only an answer that ended by itself lets the connection be kept. The first octet seeds the cuts.
 */
#include "courier/reply.h"
#include "jiebang/fault.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_MAX  400
#define BODY_MAX    300
#define REPLIES_MAX 64

struct outcome {
	unsigned n_replies;
	const char *words; /* of the last */
	uint64_t hash;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct outcome *outcome, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		outcome->hash = (outcome->hash ^ bytes[i]) * 1099511628211u;
}

static void check(const struct reply *reply, enum reply_verdict verdict)
{
	INVARIANT(reply->status == 0 || (reply->status >= 200 && reply->status <= 999));
	INVARIANT(reply->raw_len <= sizeof(reply->raw));
	INVARIANT(reply->header_bytes <= HEADER_MAX && reply->body_bytes <= BODY_MAX);
	INVARIANT((int64_t)reply->raw_len <= reply->body_bytes);
	INVARIANT(strlen(reply->retry_after) < sizeof(reply->retry_after));
	INVARIANT((verdict == REPLY_BAD) == (reply->words[0] != '\0'));
	INVARIANT((verdict == REPLY_BAD) == (reply->end != ATTEMPT_ANSWERED));
	INVARIANT(verdict != REPLY_DONE || reply->status >= 200);
}

static void note_reply(struct outcome *outcome, const struct reply *reply)
{
	bool keep = reply->words[0] == '\0' && reply->keep;

	note(outcome, &reply->status, sizeof(reply->status));
	note(outcome, &keep, sizeof(keep));
	note(outcome, reply->raw, reply->raw_len);
	note(outcome, reply->retry_after, strlen(reply->retry_after));
	outcome->words = reply->words;
	outcome->n_replies++;
}

/* `seed` 0 reads at once, anything else cuts into pieces of 1 to 64 octets. */
static struct outcome read_all(const uint8_t *data, size_t size, unsigned seed)
{
	struct outcome outcome = { .words = "", .hash = 14695981039346656037u };
	enum reply_verdict verdict = REPLY_MORE;
	struct reply reply;
	size_t at = 0;

	reply_init(&reply, HEADER_MAX, BODY_MAX);
	while (at < size && verdict != REPLY_BAD && outcome.n_replies < REPLIES_MAX) {
		size_t piece = seed == 0 ? size : 1 + (seed >> 8) % 64;
		size_t used;
		if (piece > size - at)
			piece = size - at;
		verdict = reply_feed(&reply, (const char *)data + at, piece, &used);
		INVARIANT(used <= piece && (verdict != REPLY_MORE || used == piece));
		check(&reply, verdict);
		at += used;
		seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
		if (verdict == REPLY_MORE)
			continue;
		note_reply(&outcome, &reply);
		if (verdict == REPLY_DONE)
			reply_init(&reply, HEADER_MAX, BODY_MAX);
	}
	if (verdict == REPLY_BAD)
		return outcome;
	verdict = reply_end(&reply);
	INVARIANT(verdict != REPLY_MORE && (verdict == REPLY_BAD || !reply.keep));
	check(&reply, verdict);
	note_reply(&outcome, &reply);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole;
	struct outcome cut;

	if (size == 0)
		return 0;
	whole = read_all(data + 1, size - 1, 0);
	cut = read_all(data + 1, size - 1, 1u + data[0]);
	INVARIANT(whole.n_replies == cut.n_replies);
	INVARIANT(strcmp(whole.words, cut.words) == 0);
	INVARIANT(whole.hash == cut.hash);
	return 0;
}
