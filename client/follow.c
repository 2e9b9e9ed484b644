/*
 * Following outlives a restart of the daemon, and every break of the connection: the last id that came says what to
 * ask for. A stream that says nothing, not even the daemon's comments, is as good as broken. Read by the rules of the
 * HTML standard as far as the daemon uses them: fields end with the line, an event with an empty line.
 */
#include "follow.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "out.h"
#include "say.h"

#define SILENT_S       75 /* the daemon speaks every 30 s at least */
#define PAUSE_MS       250
#define PAUSE_MAX_MS   5000
#define LINE_BYTES_MAX (1024 * 1024)

/* One connection. */
struct feed {
	struct follow *follow;
	struct buf line;
	struct buf data;
	struct buf id;
	bool told_lost; /* a break was told, and not yet that it is over */
	bool garbage;
};

static void pause_ms(int64_t ms)
{
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

static bool enough(const struct follow *follow)
{
	return follow->left == 0 || out_failed();
}

/* An empty line: the event is whole, and its place is ours. */
static void dispatch(struct feed *feed)
{
	struct follow *follow = feed->follow;
	struct problem problem;
	struct jr_doc *doc = NULL;

	if (feed->data.len > 0) {
		if (jr_read(buf_str(&feed->data), feed->data.len, &doc, &problem) != FAULT_NONE) {
			feed->garbage = true;
			return;
		}
		sheet_row(follow->sheet, jr_root(doc));
		jr_free(doc);
		follow->left -= follow->left > 0;
	}
	if (feed->id.len > 0) {
		free(follow->cursor);
		follow->cursor = buf_take(&feed->id);
	}
	buf_reset(&feed->data);
}

static void take_line(struct feed *feed)
{
	static const char data[] = "data: ", id[] = "id: ";
	const char *line = buf_str(&feed->line);

	if (line[0] == '\0') {
		dispatch(feed);
	} else if (strncmp(line, data, sizeof(data) - 1) == 0) {
		buf_adds(&feed->data, line + sizeof(data) - 1);
	} else if (strncmp(line, id, sizeof(id) - 1) == 0) {
		buf_reset(&feed->id);
		buf_adds(&feed->id, line + sizeof(id) - 1);
	}
	buf_reset(&feed->line);
}

static bool on_bytes(void *arg, const void *bytes, size_t len)
{
	struct feed *feed = arg;
	const char *at = bytes, *end = at + len;

	if (feed->told_lost)
		say(TEXT_FOLLOW_BACK);
	feed->told_lost = false;
	while (at < end && !feed->garbage && !enough(feed->follow)) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *until = newline != NULL ? newline : end;

		buf_add(&feed->line, at, (size_t)(until - at));
		if (newline != NULL)
			take_line(feed);
		feed->garbage = feed->garbage || feed->line.len > LINE_BYTES_MAX;
		at = newline != NULL ? newline + 1 : end;
	}
	sheet_page(feed->follow->sheet);
	return !feed->garbage && !enough(feed->follow);
}

static void feed_target(const struct follow *follow, struct buf *out)
{
	char mark = strchr(follow->target, '?') != NULL ? '&' : '?';

	buf_adds(out, follow->target);
	if (follow->cursor != NULL) {
		buf_addf(out, "%ccursor=", mark);
		call_encode(out, follow->cursor);
	} else if (follow->last > 0) {
		buf_addf(out, "%clast=%" PRId64, mark, follow->last);
	}
}

static enum call_end feed_once(struct feed *feed, struct call_reply *reply)
{
	struct buf target = BUF_EMPTY;
	struct call_request request = {
		.method = "GET", .silent_s = SILENT_S, .sink = on_bytes, .arg = feed
	};
	enum call_end end;

	feed_target(feed->follow, &target);
	request.target = buf_str(&target);
	end = call_send(feed->follow->client->call, &request, reply);
	/* What came of an event that was not whole is nothing. */
	buf_reset(&feed->line);
	buf_reset(&feed->data);
	buf_reset(&feed->id);
	buf_clear(&target);
	return end;
}

/* A daemon that goes, or has no room at the moment, comes back; one that refuses will refuse again. */
static bool passes(enum call_end end, const struct call_reply *reply)
{
	if (end == CALL_ANSWERED)
		return reply->status < 300 || reply->status >= 500;
	return end == CALL_UNREACHABLE || end == CALL_BROKEN || end == CALL_TIMED_OUT;
}

static int feed_turn(struct feed *feed, bool first, bool *over)
{
	struct client *client = feed->follow->client;
	struct call_reply reply;
	struct jr_doc *doc = NULL;
	enum call_end end = feed_once(feed, &reply);
	bool opened = reply.status >= 200 && reply.status < 300;
	int code = CODE_OK;

	*over = true;
	if (feed->garbage) {
		say(TEXT_GARBAGE, call_server(client->call), say_text(TEXT_NO_STREAM));
		code = CODE_FAILED;
	} else if (!enough(feed->follow)) {
		*over = !passes(end, &reply) || (first && !opened);
		if (*over)
			code = ask_end(client, end, &reply, &doc);
	}
	jr_free(doc);
	buf_clear(&reply.body);
	return code;
}

int follow_feed(struct follow *follow)
{
	struct feed feed = { .follow = follow };
	int64_t wait_ms = PAUSE_MS;
	bool over = false;
	int code = CODE_OK;

	for (bool first = true; !over; first = false) {
		bool was_lost = feed.told_lost;

		code = feed_turn(&feed, first, &over);
		if (over)
			break;
		wait_ms = was_lost && feed.told_lost ? wait_ms * 2 : PAUSE_MS;
		if (!feed.told_lost)
			say(TEXT_FOLLOW_LOST);
		feed.told_lost = true;
		wait_ms = wait_ms < PAUSE_MAX_MS ? wait_ms : PAUSE_MAX_MS;
		pause_ms(wait_ms);
	}
	buf_clear(&feed.line);
	buf_clear(&feed.data);
	buf_clear(&feed.id);
	return code;
}
