/*
 * The feed as server-sent events (WHATWG HTML, "Server-sent events"). A stream has seen everything up to a number,
 * and says that number with each event: after a break it is asked for what comes behind it, so nothing is missed and
 * nothing comes twice, whoever broke.
 *
 * A stream is in one of three states. READING: it has a way to go, and reads the feed itself, a bounded stretch a
 * turn. LIVE: it has seen all; a commit is read once for all of these, and handed out by their filters. BLOCKED: the
 * peer has not taken what it was given; nothing is read for it, it goes on where it was once the queue is empty, and
 * the front closes it when that takes too long. So what a stream costs is one page, however far behind its peer is,
 * and an idle one costs a comment now and then, which also finds out that the peer has gone.
 */
#include "http/api_inside.h"

#include "jiebang/log.h"
#include "jiebang/text.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BEAT_S         15
#define RETRY_MS       2000 /* what a browser waits before it comes again */
#define PAGE_BYTES_MAX (32 * 1024)
#define PAGE_ROWS_MAX  256

enum stream_state { STREAM_READING, STREAM_LIVE, STREAM_BLOCKED, STREAM_STATES };

struct stream {
	TAILQ_ENTRY(stream) entry; /* in the list of its state; the live ones by written_ms */
	struct streams *streams;
	struct front_stream *out;
	enum stream_state state;
	int64_t seq;        /* seen, or passed over by the filters */
	int64_t written_ms; /* when something was last said */
	int64_t until_at;   /* its token ends then */
	uint64_t token_changes;
	bool by_token;
	struct read_args args; /* the filters */
	char type[160];
};

TAILQ_HEAD(stream_list, stream);

struct streams {
	struct api *api;
	struct stream_list in[STREAM_STATES];
	unsigned count;
	int64_t seq;        /* handed out to the live ones */
	struct event *news; /* a commit, a few milliseconds later */
	struct event *turn; /* the next stretch of those who read */
	struct event *beat;
	int64_t beat_ms; /* longest silence */
};

/* Events of one page, as they are sent, and where each begins: for those who want only some. */
struct page {
	struct buf text;
	struct page_row {
		int64_t seq;
		int64_t programme_key;
		int64_t unit_key;
		size_t type_at; /* in `types` */
		size_t from;
		size_t to;
	} rows[PAGE_ROWS_MAX];
	size_t n_rows;
	struct buf types;
};

static void in_ms(struct event *event, int64_t wait_ms)
{
	const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
	if (!evtimer_pending(event, NULL))
		(void)evtimer_add(event, &wait);
}

/* ---- states ---- */

static void stream_enter(struct stream *stream, enum stream_state state)
{
	struct streams *streams = stream->streams;
	TAILQ_REMOVE(&streams->in[stream->state], stream, entry);
	TAILQ_INSERT_TAIL(&streams->in[state], stream, entry);
	stream->state = state;
	if (state == STREAM_READING)
		in_ms(streams->turn, 0);
	if (state == STREAM_LIVE) {
		stream->written_ms = clock_mono_ms();
		in_ms(streams->beat, streams->beat_ms);
	}
}

static void stream_free(struct stream *stream)
{
	TAILQ_REMOVE(&stream->streams->in[stream->state], stream, entry);
	stream->streams->count--;
	free(stream);
}

static void on_gone(void *arg)
{
	stream_free(arg);
}

static void on_drained(void *arg)
{
	struct stream *stream = arg;
	if (stream->state == STREAM_BLOCKED)
		stream_enter(stream, STREAM_READING);
}

/* What it was let in by does not hold any more: whoever still may comes again. */
static bool stream_ended(struct stream *stream)
{
	struct api *api = stream->streams->api;
	if (!stream->by_token || (stream->token_changes == api->token_changes &&
				  clock_now_at(api->clock) < stream->until_at))
		return false;
	front_stream_end(stream->out);
	stream_free(stream);
	return true;
}

/* A stream that can't be written to is BLOCKED, and is told later that it has gone. */
static void stream_say(struct stream *stream, const void *data, size_t len)
{
	bool taken = front_stream_write(stream->out, data, len);
	if (!taken || front_stream_queued(stream->out) > 0)
		stream_enter(stream, STREAM_BLOCKED);
	else if (stream->state == STREAM_LIVE)
		stream_enter(stream, STREAM_LIVE);
}

/* ---- pages ---- */

static bool page_row(void *arg, const struct feed_row *row)
{
	struct page *page = arg;
	size_t from = page->text.len;
	buf_addf(&page->text, "id: %" PRId64 "\ndata: ", row->seq);
	buf_add(&page->text, row->json->data, row->json->len);
	buf_adds(&page->text, "\n\n");
	page->rows[page->n_rows++] = (struct page_row){ .seq = row->seq,
							.programme_key = row->programme_key,
							.unit_key = row->unit_key,
							.type_at = page->types.len,
							.from = from,
							.to = page->text.len };
	buf_add(&page->types, row->type, strlen(row->type) + 1);
	return page->n_rows < PAGE_ROWS_MAX && page->text.len < PAGE_BYTES_MAX;
}

static void page_clear(struct page *page)
{
	buf_clear(&page->text);
	buf_clear(&page->types);
}

static bool page_read(struct api *api, const struct read_args *args, struct feed_walk *walk,
		      struct page *page)
{
	struct problem problem = { .fault = FAULT_NONE };
	page->text = page->types = (struct buf)BUF_EMPTY;
	page->n_rows = 0;
	walk->row = page_row;
	walk->arg = page;
	if (read_feed_walk(api->reader, args, walk, &problem) == FAULT_NONE)
		return true;
	log_error("the feed can't be read", "detail=\"%s\"", problem.detail);
	page_clear(page);
	return false;
}

/* ---- reading ---- */

static void stream_read(struct stream *stream)
{
	struct page page;
	struct feed_walk walk = { .seq = stream->seq };
	if (!page_read(stream->streams->api, &stream->args, &walk, &page)) {
		front_stream_end(stream->out);
		stream_free(stream);
		return;
	}
	stream->seq = walk.seq;
	stream_say(stream, page.text.data, page.text.len);
	page_clear(&page);
	if (stream->state != STREAM_READING)
		return;
	/* The first live one says where the others begin: they can't be behind it. */
	if (walk.at_end && TAILQ_EMPTY(&stream->streams->in[STREAM_LIVE]))
		stream->streams->seq = stream->seq;
	stream_enter(stream, walk.at_end ? STREAM_LIVE : STREAM_READING);
}

/* One stretch of each, and a turn of the loop for all others in between. */
static void on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct streams *streams = arg;
	struct stream_list *reading = &streams->in[STREAM_READING];
	struct stream *last = TAILQ_LAST(reading, stream_list), *stream;
	(void)fd;
	(void)what;
	while ((stream = TAILQ_FIRST(reading))) {
		bool was_last = stream == last;
		if (!stream_ended(stream))
			stream_read(stream);
		if (was_last)
			break;
	}
	if (!TAILQ_EMPTY(reading))
		in_ms(streams->turn, 0);
}

/* ---- handing out ---- */

static bool wants(const struct stream *stream, const struct page *page, const struct page_row *row)
{
	const struct read_value *filter = stream->args.filter;
	const char *type = page->types.data + row->type_at;
	return row->seq > stream->seq &&
	       (!filter[READ_TYPE].set || strcmp(filter[READ_TYPE].text, type) == 0) &&
	       (!filter[READ_UNIT].set || filter[READ_UNIT].number == row->unit_key) &&
	       (!filter[READ_PROGRAMME].set || filter[READ_PROGRAMME].number == row->programme_key);
}

static void stream_hand(struct stream *stream, const struct page *page, int64_t seq)
{
	struct buf some = BUF_EMPTY;
	size_t n = 0;
	for (size_t i = 0; i < page->n_rows; i++) {
		const struct page_row *row = &page->rows[i];
		if (!wants(stream, page, row))
			continue;
		buf_add(&some, page->text.data + row->from, row->to - row->from);
		n++;
	}
	stream->seq = seq > stream->seq ? seq : stream->seq;
	if (n > 0)
		stream_say(stream, some.data, some.len);
	buf_clear(&some);
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
	struct streams *streams = arg;
	const struct read_args everything = { .limit = 1 };
	struct stream_list *live = &streams->in[STREAM_LIVE];
	struct stream *stream = TAILQ_FIRST(live), *last = TAILQ_LAST(live, stream_list);
	struct feed_walk walk = { .seq = streams->seq };
	struct page page;
	(void)fd;
	(void)what;
	if (!stream || !page_read(streams->api, &everything, &walk, &page))
		return;
	streams->seq = walk.seq;
	while (stream) {
		struct stream *next = stream == last ? NULL : TAILQ_NEXT(stream, entry);
		if (!stream_ended(stream))
			stream_hand(stream, &page, walk.seq);
		stream = next;
	}
	page_clear(&page);
	if (!walk.at_end)
		in_ms(streams->news, 0);
}

void streams_changed(struct streams *streams)
{
	if (!TAILQ_EMPTY(&streams->in[STREAM_LIVE]))
		in_ms(streams->news, 5);
}

/* The number goes with the comment: what the filters passed over need not be looked at again after a break. */
static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct streams *streams = arg;
	struct stream *stream;
	int64_t now_ms = clock_mono_ms();
	(void)fd;
	(void)what;
	while ((stream = TAILQ_FIRST(&streams->in[STREAM_LIVE])) &&
	       stream->written_ms + streams->beat_ms <= now_ms) {
		struct buf beat = BUF_EMPTY;
		buf_addf(&beat, ":\nid: %" PRId64 "\n\n", stream->seq);
		if (!stream_ended(stream))
			stream_say(stream, beat.data, beat.len);
		buf_clear(&beat);
	}
	if (stream)
		in_ms(streams->beat, stream->written_ms + streams->beat_ms - now_ms);
}

/* ---- opening ---- */

/* A browser that comes again asks for the same URL: what it saw since stands in the header. */
static void place_of(struct call *call)
{
	struct read_args *args = &call->target.args;
	const char *seen = front_header(call->request, "Last-Event-ID");
	if (!seen || !*seen)
		return;
	args->cursor = seen;
	args->filter[READ_LAST].set = false;
}

static struct stream *stream_new(struct call *call, int64_t seq)
{
	struct api *api = call->api;
	struct stream *stream = xcalloc(1, sizeof(*stream));
	struct read_value *filter = stream->args.filter;
	stream->streams = api->streams;
	stream->seq = seq;
	stream->by_token = !front_peer_is_unix(call->request);
	stream->until_at = auth_until_at(api, call->request);
	stream->token_changes = api->token_changes;
	stream->args = call->target.args;
	stream->args.cursor = NULL;
	filter[READ_LAST].set = false;
	filter[READ_PROGRAMME].text = NULL; /* its number was found */
	if (filter[READ_TYPE].set) {
		(void)text_copy(stream->type, sizeof(stream->type), filter[READ_TYPE].text);
		filter[READ_TYPE].text = stream->type;
	}
	return stream;
}

/* The first lines say where it begins, so that one that sees nothing before it breaks misses nothing either. */
static void stream_open(struct call *call, int64_t seq)
{
	static const struct front_header_pair headers[] = { { "Cache-Control", "no-store" },
							    { "X-Accel-Buffering", "no" } };
	struct streams *streams = call->api->streams;
	struct stream *stream = stream_new(call, seq);
	struct buf hello = BUF_EMPTY;
	stream->out = front_reply_stream(call->request, 200, "text/event-stream", headers, 2,
					 on_gone, stream);
	if (!stream->out) {
		free(stream);
		return;
	}
	streams->count++;
	stream->state = STREAM_READING;
	TAILQ_INSERT_TAIL(&streams->in[STREAM_READING], stream, entry);
	in_ms(streams->turn, 0);
	front_stream_on_drained(stream->out, on_drained);
	buf_addf(&hello, "retry: %d\nid: %" PRId64 "\n\n", RETRY_MS, seq);
	stream_say(stream, hello.data, hello.len);
	buf_clear(&hello);
}

void api_events_stream(struct call *call)
{
	struct api *api = call->api;
	struct problem problem = { .fault = FAULT_NONE };
	int64_t seq = 0;
	place_of(call);
	enum fault fault = read_resolve(api->reader, &call->target.args, &problem);
	if (fault == FAULT_NONE)
		fault = read_feed_begin(api->reader, &call->target.args, &seq, &problem);
	if (fault != FAULT_NONE)
		problem_reply(call->request, 0, &problem, NULL);
	else if (api->streams->count < API_STREAMS_MAX)
		stream_open(call, seq);
	else
		problem_reply_text(call->request, 503, "too many follow the events");
}

/* ---- life ---- */

unsigned streams_count(const struct streams *streams)
{
	return streams->count;
}

struct streams *streams_new(struct api *api)
{
	struct streams *streams = xcalloc(1, sizeof(*streams));
	streams->api = api;
	streams->beat_ms = 1000 * BEAT_S;
	for (int i = 0; i < STREAM_STATES; i++)
		TAILQ_INIT(&streams->in[i]);
	streams->news = evtimer_new(api->base, on_news, streams);
	streams->turn = evtimer_new(api->base, on_turn, streams);
	streams->beat = evtimer_new(api->base, on_beat, streams);
	if (!streams->news || !streams->turn || !streams->beat)
		fatal(71, "out of memory");
	return streams;
}

void api_set_heartbeat(struct api *api, int heartbeat_s)
{
	api->streams->beat_ms = 1000 * (int64_t)heartbeat_s;
}

void streams_free(struct streams *streams)
{
	INVARIANT(streams->count == 0);
	event_free(streams->news);
	event_free(streams->turn);
	event_free(streams->beat);
	free(streams);
}
