/*
 * The feed of events, which is appended and never changed. Numbers are given by the one writer in the order of its
 * commits, and a row that can be read is on disk: so "all up to this number" is a place that nothing comes before later,
 * and a reader that names it gets exactly what it has not seen. Read as a list (a page for a cursor), or walked in
 * bounded stretches by those who follow.
 */
#include "store/read.h"

#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"

#include <stdio.h>

enum { EVENTS, EVENTS_LAST, EVENT_LAST, STRETCH };

/* Looked at in one stretch of a walk, whether it passes the filters or not. */
#define STRETCH_ROWS 1000

#define EV_SELECT                                                                                  \
	"SELECT e.seq, e.at, e.type, p.id, e.unit_key, e.obligation_key, e.data, "                 \
	"e.programme_key FROM event e LEFT JOIN programme p ON p.programme_key = e.programme_key "
#define EV_FILTER                                                                                  \
	"(CAST($5 AS TEXT) IS NULL OR e.type = $5) "                                               \
	"AND (CAST($6 AS BIGINT) IS NULL OR e.unit_key = $6) "                                     \
	"AND (CAST($7 AS BIGINT) IS NULL OR e.programme_key = $7) "

static const char *const sql[] = {
	[EVENTS] = EV_SELECT "WHERE e.seq > $1 AND " EV_FILTER "ORDER BY e.seq LIMIT $4",
	/* Where the last so many of these begin. */
	[EVENTS_LAST] = "SELECT min(seq) FROM (SELECT e.seq FROM event e WHERE e.seq > $1 "
			"AND " EV_FILTER "ORDER BY e.seq DESC LIMIT $4) AS tail",
	[EVENT_LAST] = "SELECT coalesce(max(seq), 0) FROM event",
	[STRETCH] = EV_SELECT "WHERE e.seq > $1 AND e.seq <= $2 AND " EV_FILTER "ORDER BY e.seq",
};

static void event_object(struct jw *jw, const struct query *q)
{
	jw_object(jw);
	kv_number(jw, "seq", q, 0);
	kv_instant(jw, "at", q, 1);
	kv_text(jw, "type", q, 2);
	kv_text(jw, "programme", q, 3);
	kv_key(jw, "unit", WIRE_ID_UNIT, q, 4);
	kv_key(jw, "obligation", WIRE_ID_OBLIGATION, q, 5);
	kv_json(jw, "data", q, 6);
	jw_object_end(jw);
}

static void bind_filters(struct reader *rd, struct query *q)
{
	bind_filter(rd, q, 5, READ_TYPE);
	bind_filter(rd, q, 6, READ_UNIT);
	bind_filter(rd, q, 7, READ_PROGRAMME);
}

static int64_t event_last(struct reader *rd)
{
	struct query q = query_begin(rd->store, TABLE_READ_FEED, sql, EVENT_LAST);
	int64_t last = query_row(&q) ? query_col_int(&q, 0) : 0;
	reader_fault(rd, query_end(&q, rd->problem));
	return last;
}

/* With `last`: the place before the first of them. */
static int64_t events_begin(struct reader *rd, int64_t seq)
{
	if (!rd->args->filter[READ_LAST].set)
		return seq;
	struct query q = query_begin(rd->store, TABLE_READ_FEED, sql, EVENTS_LAST);
	query_int(&q, 1, seq);
	query_int(&q, 4, rd->args->filter[READ_LAST].number);
	bind_filters(rd, &q);
	if (query_row(&q) && !query_col_null(&q, 0))
		seq = query_col_int(&q, 0) - 1;
	reader_fault(rd, query_end(&q, rd->problem));
	return seq;
}

/*
 * Whoever has seen more than there is has seen another state, from which an older backup was restored: what it waits
 * for would pass by unseen under numbers that it knows already.
 */
static enum fault beyond_the_end(int64_t last, struct problem *problem)
{
	enum fault fault = problem_set(
		problem, FAULT_INVALID,
		"cursor is beyond the end of the feed, which is %lld: the state is older than what "
		"was read before",
		(long long)last);
	(void)text_copy(problem->pointer, sizeof(problem->pointer), "cursor");
	(void)text_copy(problem->hint, sizeof(problem->hint),
			"was a backup restored? begin again, at 0 or where the backup was made");
	return fault;
}

static enum fault cursor_check(struct reader *rd, int64_t *seq)
{
	*seq = 0;
	if (!rd->args->cursor)
		return FAULT_NONE;
	enum fault fault = cursor_read(rd->args->cursor, 1, seq, rd->problem);
	if (fault != FAULT_NONE)
		return fault;
	int64_t last = event_last(rd);
	if (rd->fault == FAULT_NONE && *seq > last)
		return beyond_the_end(last, rd->problem);
	return rd->fault;
}

/* Not list_run: here `next` is never null, and after the last event it says where the feed ends now. */
enum fault read_events(struct store *store, const struct read_args *args, struct buf *out,
		       struct problem *problem)
{
	struct reader rd;
	int64_t seq;
	int rows = 0;
	reader_init(&rd, store, args, out, problem);
	enum fault fault = cursor_check(&rd, &seq);
	if (fault != FAULT_NONE)
		return fault;
	int64_t limit = args->filter[READ_LAST].set ? args->filter[READ_LAST].number : args->limit;
	seq = events_begin(&rd, seq);
	struct query q = query_begin(store, TABLE_READ_FEED, sql, EVENTS);
	query_int(&q, 1, seq);
	query_int(&q, 4, limit);
	bind_filters(&rd, &q);
	jw_object(&rd.jw);
	jw_key(&rd.jw, "data");
	jw_array(&rd.jw);
	for (; query_row(&q); rows++) {
		seq = query_col_int(&q, 0);
		event_object(&rd.jw, &q);
	}
	jw_array_end(&rd.jw);
	reader_fault(&rd, query_end(&q, problem));
	if (rows < limit) {
		int64_t last = event_last(&rd);
		seq = last > seq ? last : seq;
	}
	char next[24];
	(void)snprintf(next, sizeof(next), "%lld", (long long)seq);
	jw_kv_str(&rd.jw, "next", next);
	jw_object_end(&rd.jw);
	return rd.fault;
}

/* ---- following ---- */

enum fault read_feed_begin(struct store *store, const struct read_args *args, int64_t *seq,
			   struct problem *problem)
{
	struct reader rd;
	struct buf none = BUF_EMPTY;
	enum fault fault = store_read_begin(store, problem);
	if (fault != FAULT_NONE)
		return fault;
	reader_init(&rd, store, args, &none, problem);
	fault = cursor_check(&rd, seq);
	if (fault == FAULT_NONE) {
		if (!args->cursor && !args->filter[READ_LAST].set)
			*seq = event_last(&rd);
		else
			*seq = events_begin(&rd, *seq);
		fault = rd.fault;
	}
	store_read_end(store);
	return fault;
}

/* True when the taker has not had enough. */
static bool hand_over(struct feed_walk *walk, const struct query *q, struct buf *json)
{
	struct feed_row row = { .seq = query_col_int(q, 0),
				.programme_key = query_col_int(q, 7),
				.unit_key = query_col_int(q, 4),
				.type = query_col_text(q, 2),
				.json = json };
	struct jw jw;
	buf_reset(json);
	jw_init(&jw, json);
	event_object(&jw, q);
	walk->seq = row.seq;
	return walk->row(walk->arg, &row);
}

enum fault read_feed_walk(struct store *store, const struct read_args *args, struct feed_walk *walk,
			  struct problem *problem)
{
	struct reader rd;
	struct buf json = BUF_EMPTY;
	bool more = true;
	enum fault fault = store_read_begin(store, problem);
	if (fault != FAULT_NONE)
		return fault;
	reader_init(&rd, store, args, &json, problem);
	int64_t last = event_last(&rd);
	int64_t until = last - walk->seq > STRETCH_ROWS ? walk->seq + STRETCH_ROWS : last;
	struct query q = query_begin(store, TABLE_READ_FEED, sql, STRETCH);
	query_int(&q, 1, walk->seq);
	query_int(&q, 2, until);
	bind_filters(&rd, &q);
	while (more && query_row(&q))
		more = hand_over(walk, &q, &json);
	reader_fault(&rd, query_end(&q, problem));
	if (rd.fault == FAULT_NONE && more && until > walk->seq)
		walk->seq = until;
	walk->at_end = walk->seq >= last;
	store_read_end(store);
	buf_clear(&json);
	return rd.fault;
}
