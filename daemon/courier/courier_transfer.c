/*
 * One attempt: the request goes out over the line, the reply is read from it, and what came of it is handed back. The
 * line lives on between attempts where the exchange was clean: the request went out whole, the reply ended where it said,
 * nothing came behind it, and the peer did not say that it would close.
 *
 * A kept line may be closed by the peer in the very moment in which we write: no byte of an answer comes then. The same
 * text goes out once more, on a new line and with the same webhook-id, within the same attempt: the peer may have worked on
 * the first one, and would then see a message twice, never none (contract 4). On a new line nothing is repeated, so
 * this happens once an attempt.
 */
#include "courier/courier_inside.h"

#include "courier/guard.h"
#include "jiebang/clock.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_IDLE_MS 60000 /* firewalls forget idle connections without a word to either side */

static void on_ready(void *arg, short what);

struct transfer *transfer_new(struct courier *courier)
{
	struct transfer *transfer = xcalloc(1, sizeof(*transfer));

	transfer->courier = courier;
	line_init(&transfer->line, courier, on_ready, transfer);
	return transfer;
}

void transfer_free(struct transfer *transfer)
{
	if (!transfer)
		return;
	line_clear(&transfer->line);
	courier_job_free(transfer->job);
	post_clear(&transfer->post);
	mailing_free(transfer->mailing);
	free(transfer);
}

/* Parsing and judging a URL costs as much as signing; the transfer mostly stays with its endpoint. */
static void aim(struct transfer *transfer, const char *url)
{
	const struct courier *courier = transfer->courier;
	const struct endpoint *endpoint = transfer->endpoint;
	bool https_only = courier->options.https_only || endpoint->options.https_only;

	line_ask(&transfer->line, &endpoint->options, endpoint->edition);
	struct post_way way = { transfer->line.proxy, courier->user_agent };
	if (transfer->line.url && strcmp(transfer->line.url, url) == 0)
		return;
	line_aim(&transfer->line, url);
	transfer->url_refusal = guard_url_refusal(courier->guard, url, https_only);
	if (!transfer->url_refusal)
		transfer->url_refusal = post_aim(&transfer->post, url, &way);
}

/* ---- ends ---- */

/* A robot says in the body how it went, whatever the status. Of one that says more than is kept the end is unknown. */
static void judge(const struct transfer *transfer, struct courier_result *result)
{
	struct robot_answer answer;
	const struct reply *reply = &transfer->reply;
	size_t len = reply->body_bytes == (int64_t)reply->raw_len ? reply->raw_len : 0;

	robot_judge(transfer->job->format, reply->status, reply->raw, len, &answer);
	result->end = answer.end;
	if (answer.wait_s > result->retry_after_s)
		result->retry_after_s = answer.wait_s;
	(void)text_copy(result->reason, sizeof(result->reason), answer.reason);
}

static void write_times(const struct transfer *transfer, struct attempt_times *times)
{
	line_times(&transfer->line, times);
	times->first_byte_ms =
		transfer->heard_ms ? (int32_t)(transfer->heard_ms - transfer->started_ms) : -1;
}

void transfer_finish(struct transfer *transfer, struct courier_result *result)
{
	const struct reply *reply = &transfer->reply;

	transfer->idle_ms = clock_mono_ms();
	result->started_at = transfer->started_at;
	result->elapsed_ms = transfer->idle_ms - transfer->started_ms;
	result->times.known = transfer->job->timed;
	if (transfer->job->timed)
		write_times(transfer, &result->times);
	result->status = reply->status;
	result->retry_after_s =
		reply->retry_after[0] ? retry_after_parse(reply->retry_after, clock_wall_at()) : -1;
	if (robot_is(transfer->job->format) &&
	    (result->end == ATTEMPT_ANSWERED || result->end == ATTEMPT_TOO_LARGE))
		judge(transfer, result);
	size_t excerpt =
		reply->raw_len < COURIER_EXCERPT_BYTES ? reply->raw_len : COURIER_EXCERPT_BYTES;
	reason_excerpt(reply->raw, excerpt, result->excerpt);
	robot_hide_key(transfer->job->format, transfer->job->url, result->excerpt);
	courier_finish(transfer->courier, transfer, result);
}

/* Whatever it was, this line is of no more use. */
void transfer_end(struct transfer *transfer, enum attempt_end end, const char *words)
{
	struct courier_result result = { .end = end };

	(void)text_copy(result.reason, sizeof(result.reason), words);
	line_close(&transfer->line);
	transfer_finish(transfer, &result);
}

static void answered(struct transfer *transfer, bool clean)
{
	struct courier_result result;
	int status = transfer->reply.status;

	result.end = ATTEMPT_ANSWERED;
	result.reason[0] = '\0';
	if (status < 200 || status > 299)
		snprintf(result.reason, sizeof(result.reason), "status %d", status);
	if (!clean || !transfer->reply.keep)
		line_close(&transfer->line);
	transfer_finish(transfer, &result);
}

static void bad_reply(struct transfer *transfer)
{
	transfer_end(transfer, transfer->reply.end, transfer->reply.words);
}

/* ---- the exchange ---- */

void transfer_connect(struct transfer *transfer)
{
	transfer->kept = false;
	transfer->sent = 0;
	transfer->cut_off = false;
	line_open(&transfer->line);
}

/* The connection is lost. */
static void lost(struct transfer *transfer, bool orderly)
{
	if (transfer->kept && !transfer->heard) {
		transfer_connect(transfer);
		loop_kick(&transfer->courier->loop);
	} else if (orderly && reply_end(&transfer->reply) == REPLY_DONE) {
		answered(transfer, false);
	} else if (reason_alert(&transfer->line)) {
		transfer_end(transfer, ATTEMPT_TLS, reason_alert(&transfer->line));
	} else if (transfer->cut_off) {
		transfer_end(transfer, ATTEMPT_BROKEN, "request: connection broken while sending");
	} else if (orderly) {
		bad_reply(transfer);
	} else {
		transfer_end(transfer, ATTEMPT_BROKEN, "response: connection reset by the peer");
	}
}

/* True: there may be more to read at once. */
static bool take(struct transfer *transfer, size_t n)
{
	size_t used;
	enum reply_verdict verdict = reply_feed(&transfer->reply, transfer->courier->in, n, &used);

	if (!transfer->heard && transfer->job->timed)
		transfer->heard_ms = clock_mono_ms();
	transfer->heard = true;
	if (verdict == REPLY_DONE)
		answered(transfer, used == n && transfer->sent == transfer->post.text.len);
	else if (verdict == REPLY_BAD)
		bad_reply(transfer);
	return verdict == REPLY_MORE;
}

/*
 * Until nothing is left: TLS may hold octets that the descriptor does not tell of. A plain descriptor that gave less than
 * was asked for is empty. What the reply may hold in all bounds the turns.
 */
static void pull(struct transfer *transfer)
{
	struct line *line = &transfer->line;
	size_t n = 0;
	enum line_io io;

	do {
		io = line_recv(line, transfer->courier->in, COURIER_IN_BYTES, &n);
		if (io == LINE_IO_END || io == LINE_IO_BROKEN)
			lost(transfer, io == LINE_IO_END);
	} while (io == LINE_IO_DONE && take(transfer, n) &&
		 (n == COURIER_IN_BYTES || !line->direct));
}

/*
 * A peer that has seen enough may answer and close before it has the whole request: what it said is still there to be
 * read, and is its answer. If it has seen nothing, what is there to be read is no answer.
 */
static void push(struct transfer *transfer)
{
	const struct buf *text = &transfer->post.text;
	enum line_io io = LINE_IO_DONE;
	size_t n;

	while (io == LINE_IO_DONE && transfer->sent < text->len) {
		io = line_send(&transfer->line, text->data + transfer->sent,
			       text->len - transfer->sent, &n);
		transfer->sent += n;
	}
	line_want_write(&transfer->line, io == LINE_IO_AGAIN);
	transfer->cut_off = io == LINE_IO_BROKEN;
	if (!transfer->cut_off)
		return;
	if (transfer->sent > 0)
		pull(transfer);
	if (transfer->job && transfer->line.phase == LINE_OPEN)
		lost(transfer, false);
}

/* Nothing is asked: the peer closes, or says what nobody wants to know. TLS has news of its own, which is no octet. */
static void idle_ready(struct transfer *transfer)
{
	size_t n;
	enum line_io io = line_recv(&transfer->line, transfer->courier->in, COURIER_IN_BYTES, &n);

	if (io != LINE_IO_AGAIN)
		line_close(&transfer->line);
}

static void on_ready(void *arg, short what)
{
	struct transfer *transfer = arg;

	if (!transfer->job) {
		idle_ready(transfer);
		return;
	}
	const struct courier_job *job = transfer->job;
	if (job->format == FORMAT_MAIL) {
		mailing_ready(transfer, what);
		return;
	}
	if (what & EV_READ)
		pull(transfer);
	if ((what & EV_WRITE) && transfer->job == job && transfer->line.phase == LINE_OPEN)
		push(transfer);
}

/* ---- begin, connected, expired ---- */

bool transfer_keeps(struct transfer *transfer)
{
	transfer->sent = 0;
	transfer->kept = transfer->line.phase == LINE_OPEN &&
			 transfer->started_ms - transfer->idle_ms <= KEEP_IDLE_MS;
	return transfer->kept;
}

void transfer_start(struct transfer *transfer, struct courier_job *job)
{
	const struct courier_options *options = &transfer->courier->options;

	transfer->job = job;
	transfer->started_at = clock_wall_at();
	transfer->started_ms = clock_mono_ms();
	transfer->heard = false;
	transfer->heard_ms = 0;
	/* A kept connection would say nothing of names, TLS and the way there. */
	if (job->timed)
		line_close(&transfer->line);
	reply_init(&transfer->reply, options->header_max_bytes, options->response_max_bytes);
	if (job->format == FORMAT_MAIL) {
		mailing_start(transfer);
		return;
	}
	aim(transfer, job->url);
	if (transfer->url_refusal) {
		char words[160] = "egress: ";
		(void)text_copy(words + 8, sizeof(words) - 8, transfer->url_refusal);
		transfer_end(transfer, ATTEMPT_REFUSED, words);
		return;
	}
	post_write(&transfer->post, job, transfer->started_at);
	if (transfer_keeps(transfer))
		push(transfer);
	else
		transfer_connect(transfer);
}

void transfer_connected(struct transfer *transfer, CURLcode code)
{
	struct courier_result result;

	if (code == CURLE_OK && !line_opened(&transfer->line))
		code = CURLE_COULDNT_CONNECT;
	if (code == CURLE_OK && transfer->job->format == FORMAT_MAIL) {
		mailing_opened(transfer);
		return;
	}
	if (code == CURLE_OK) {
		push(transfer);
		return;
	}
	if (transfer->job->format == FORMAT_MAIL)
		mailing_not_opened(transfer);
	reason_connect(&transfer->line, code, &result);
	line_close(&transfer->line);
	transfer_finish(transfer, &result);
}

void transfer_expire(struct transfer *transfer)
{
	bool open = transfer->line.phase == LINE_OPEN;

	transfer_end(transfer, ATTEMPT_TIMEOUT,
		     open ? "timeout: no complete answer" : reason_timeout(&transfer->line));
}
