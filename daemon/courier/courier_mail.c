/*
 * One attempt at a mail: it is composed from the frozen body, the line to the relay is opened or was kept, and the dialogue
 * of letter.c goes over it. Mails share the relay's lines, a few at once (courier_mail.connections), and a line goes on
 * to the next mail after a clean end.
 *
 * As with a POST, a kept line may be closed by the relay in the very moment in which we use it: then the mail begins once
 * more on a new line, within the same attempt.
 */
#include "courier/courier_inside.h"

#include "courier/letter.h"
#include "jiebang/clock.h"
#include "jiebang/mail.h"
#include "jiebang/text.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BYTES   (64 * 1024) /* a larger text is freed with its message */
#define RELAY_CLOSES 421

struct mailing {
	struct buf text; /* the whole mail */
	struct letter letter;
	size_t sent; /* of letter.out */
};

void mailing_free(struct mailing *mailing)
{
	if (!mailing)
		return;
	buf_clear(&mailing->text);
	letter_clear(&mailing->letter);
	free(mailing);
}

/* ---- ends ---- */

/* The answer that came last goes on record, whatever the end. */
static void keep_answer(struct transfer *transfer, int code, const char *words, size_t len)
{
	struct reply *reply = &transfer->reply;
	if (code == 0)
		return;
	reply->status = code;
	reply->raw_len = len < sizeof(reply->raw) ? len : sizeof(reply->raw);
	memcpy(reply->raw, words, reply->raw_len);
}

static void keep_last(struct transfer *transfer)
{
	const struct letter *letter = &transfer->mailing->letter;
	keep_answer(transfer, letter->code, letter->raw, letter->raw_len);
}

void mailing_not_opened(struct transfer *transfer)
{
	const struct line *line = &transfer->line;
	long code = 0;
	curl_easy_getinfo(line->easy, CURLINFO_RESPONSE_CODE, &code);
	keep_answer(transfer, (int)code, line->greeting, line->greeting_len);
}

/* RFC 5321 section 4.1.1.10 wants it said before the connection closes; its answer is nobody's news. */
static void say_quit(struct transfer *transfer)
{
	static const char quit[] = "QUIT\r\n";
	size_t n;
	(void)line_send(&transfer->line, quit, sizeof(quit) - 1, &n);
}

static void taken(struct transfer *transfer)
{
	struct courier_result result = { .end = ATTEMPT_ANSWERED };
	keep_last(transfer);
	if (!transfer->mailing->letter.clean)
		line_close(&transfer->line);
	transfer_finish(transfer, &result);
}

/* 421 on a kept line says what a closed connection would: it has been kept for too long. */
static bool was_kept_too_long(const struct transfer *transfer)
{
	const struct letter *letter = &transfer->mailing->letter;
	return transfer->kept && letter->stage == LETTER_MAIL && letter->code == RELAY_CLOSES;
}

static void begin(struct transfer *transfer);

static void over(struct transfer *transfer)
{
	const struct letter *letter = &transfer->mailing->letter;
	char words[160];
	if (was_kept_too_long(transfer)) {
		begin(transfer);
		transfer_connect(transfer);
		loop_kick(&transfer->courier->loop);
		return;
	}
	keep_last(transfer);
	(void)snprintf(words, sizeof(words), "%s (%d)", letter->words, letter->code);
	say_quit(transfer);
	transfer_end(transfer, letter->end, letter->end == ATTEMPT_BROKEN ? letter->words : words);
}

static void lost(struct transfer *transfer)
{
	if (transfer->kept && !transfer->heard) {
		begin(transfer);
		transfer_connect(transfer);
		loop_kick(&transfer->courier->loop);
		return;
	}
	keep_last(transfer);
	transfer_end(transfer, ATTEMPT_BROKEN, "smtp: connection lost");
}

/* ---- the dialogue ---- */

static void push(struct transfer *transfer)
{
	struct mailing *mailing = transfer->mailing;
	const struct buf *out = &mailing->letter.out;
	enum line_io io = LINE_IO_DONE;
	size_t n;

	while (io == LINE_IO_DONE && mailing->sent < out->len) {
		io = line_send(&transfer->line, out->data + mailing->sent, out->len - mailing->sent,
			       &n);
		mailing->sent += n;
	}
	if (io == LINE_IO_BROKEN)
		lost(transfer);
	else
		line_want_write(&transfer->line, io == LINE_IO_AGAIN);
}

/* True: there may be more to read at once. */
static bool take(struct transfer *transfer, size_t n)
{
	struct mailing *mailing = transfer->mailing;
	const struct courier_job *job = transfer->job;
	if (!transfer->heard && job->timed)
		transfer->heard_ms = clock_mono_ms();
	transfer->heard = true;
	/* What answers before all is said gives no answer to it. */
	bool early = mailing->sent < mailing->letter.out.len;
	switch (letter_feed(&mailing->letter, transfer->courier->in, n)) {
	case LETTER_MORE:
		return true;
	case LETTER_SEND:
		mailing->sent = 0;
		push(transfer);
		return transfer->job == job && transfer->line.phase == LINE_OPEN;
	case LETTER_DONE:
		mailing->letter.clean &= !early;
		taken(transfer);
		return false;
	case LETTER_OVER:
		over(transfer);
		return false;
	}
	BUG("no such verdict");
}

static void pull(struct transfer *transfer)
{
	size_t n = 0;
	enum line_io io;

	do {
		io = line_recv(&transfer->line, transfer->courier->in, COURIER_IN_BYTES, &n);
		if (io == LINE_IO_END || io == LINE_IO_BROKEN)
			lost(transfer);
	} while (io == LINE_IO_DONE && take(transfer, n));
}

void mailing_ready(struct transfer *transfer, short what)
{
	const struct courier_job *job = transfer->job;

	if (what & EV_READ)
		pull(transfer);
	if ((what & EV_WRITE) && transfer->job == job && transfer->line.phase == LINE_OPEN)
		push(transfer);
}

void mailing_opened(struct transfer *transfer)
{
	push(transfer);
}

/* ---- begin ---- */

static void begin(struct transfer *transfer)
{
	struct mailing *mailing = transfer->mailing;

	transfer->heard = false;
	mailing->sent = 0;
	letter_begin(&mailing->letter, transfer->courier->options.mail.from,
		     mail_url_address(transfer->job->url), &mailing->text);
}

/* False if there is no mail in the message. */
static bool compose(struct transfer *transfer)
{
	const struct courier_mail *ours = &transfer->courier->options.mail;
	const struct courier_job *job = transfer->job;
	struct mailing *mailing = transfer->mailing;
	struct endpoint_options options = { .language = "" };
	struct mail mail = { .from = ours->from,
			     .from_name = ours->from_name,
			     .reply_to = ours->reply_to,
			     .to = mail_url_address(job->url),
			     .id = job->webhook_id,
			     .body = job->body,
			     .body_len = job->body_len,
			     .language = "zh",
			     .sent_at = transfer->started_at };

	if (job->options &&
	    endpoint_options_read(job->options, strlen(job->options), &options, NULL) ==
		    FAULT_NONE &&
	    options.language[0])
		mail.language = options.language;
	if (mailing->text.cap > KEPT_BYTES)
		buf_clear(&mailing->text);
	buf_reset(&mailing->text);
	return mail_write(&mail, &mailing->text);
}

/* Nothing has left, and nothing will before somebody changes the endpoint or the configuration: held. */
static const char *refusal(const struct transfer *transfer)
{
	const char *words = mail_url_refusal(transfer->job->url);
	return transfer->courier->options.mail.relay ? words : "no relay for mail is configured";
}

void mailing_start(struct transfer *transfer)
{
	const char *words = refusal(transfer);
	char reason[160];

	if (words) {
		(void)snprintf(reason, sizeof(reason), "mail: %s", words);
		transfer_end(transfer, ATTEMPT_REFUSED, reason);
		return;
	}
	if (!transfer->mailing)
		transfer->mailing = xcalloc(1, sizeof(*transfer->mailing));
	if (!compose(transfer)) {
		transfer_end(transfer, ATTEMPT_REJECTED, "mail: the message has no text");
		return;
	}
	line_ask_relay(&transfer->line);
	line_aim(&transfer->line, transfer->courier->relay_url);
	begin(transfer);
	if (transfer_keeps(transfer))
		push(transfer);
	else
		transfer_connect(transfer);
}
