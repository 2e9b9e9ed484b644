/*
 * The read side: each function writes one JSON document of jiebang/wire.h straight from rows. Lists are keyset-paged
 * ({"data":[…],"next":"cursor"|null}); the cursor is the place of the last row in the order, as numbers with dots.
 *
 * Everything in `read_args` was parsed and bounded at the door; strings are borrowed for the call. Call through
 * read_run, which gives all statements of one document the same view.
 */
#ifndef JIEBANG_STORE_READ_H
#define JIEBANG_STORE_READ_H

#include "jiebang/buf.h"
#include "jiebang/calendar.h"
#include "jiebang/digest.h"
#include "jiebang/fault.h"
#include "jiebang/programme.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum read_filter {
	READ_PROGRAMME = 0, /* text: id; `number` by read_resolve */
	READ_TASK,          /* text: id */
	READ_STATE,         /* text */
	READ_RECOMMENDER,   /* text */
	READ_OWNER,         /* text */
	READ_TYPE,          /* text */
	READ_Q,             /* text, part of lead or project */
	READ_UNIT,          /* number: key */
	READ_OBLIGATION,    /* number: key */
	READ_ENDPOINT,      /* number: key */
	READ_OVERDUE,       /* number: 1 */
	READ_UNREACHABLE,   /* number: 1 */
	READ_DUE_BEFORE,    /* text: date */
	READ_DAYS,          /* number */
	READ_WAIT_S,        /* number; not for the store */
	READ_SORT,          /* text: id, risk */
	READ_LAST,          /* number: rows, counted from the end */
	READ_MESSAGE,       /* number: key, of the message that a list belongs to */
	READ_AT,            /* number: an instant */
	READ_STATS,         /* number: 1, with how endpoints fare */
	READ_FILTERS
};

struct templates;

struct read_value {
	bool set;
	int64_t number;
	const char *text;
};

#define READ_CURSOR_PARTS 3

struct read_args {
	int64_t now_at;
	int limit;          /* rows at most, > 0 */
	const char *cursor; /* NULL: from the beginning */
	int64_t key;        /* of the object asked for */
	const char *name;   /* programme id or webhook-id */
	struct read_value filter[READ_FILTERS];
	const struct calendar *calendar;           /* for what is computed: steps, explanations */
	const struct programme *const *programmes; /* as their files say, for explanations */
	size_t n_programmes;
	const struct templates *templates; /* for what says texts */
};

typedef enum fault read_fn(struct store *reader, const struct read_args *args, struct buf *out,
			   struct problem *problem);

/* One document in one read transaction. On a fault `out` is emptied. */
MUST_CHECK enum fault read_run(struct store *reader, read_fn *read, const struct read_args *args,
			       struct buf *out, struct problem *problem);
/* Finds the key behind a programme filter; FAULT_NOT_FOUND names the parameter. */
MUST_CHECK enum fault read_resolve(struct store *reader, struct read_args *args,
				   struct problem *problem);

/* GET of the same name, see jiebang/wire.h. */
read_fn read_status, read_clock, read_calendars;
read_fn read_programmes, read_programme, read_tasks;
read_fn read_units, read_unit, read_risk, read_milestones;
read_fn read_obligations, read_obligation;
read_fn read_submissions, read_submission, read_form;
read_fn read_materials, read_material, read_checklist;
read_fn read_endpoints, read_endpoint, read_endpoint_stats;
read_fn read_messages, read_message, read_message_items, read_notices;
read_fn read_silences, read_silence;
read_fn read_deliveries, read_delivery;
/* A submission as every answer shows it; the verb that writes it need not read it back. */
struct submission_shown {
	int64_t key;
	int64_t obligation_key;
	int64_t version;
	int64_t filed_at;
	bool late;
	const char *author;
	const char *receipt;
	const char *summary;
	const char *content; /* JSON */
	size_t content_len;
};
struct jw;
void submission_write(struct jw *jw, const struct submission_shown *shown);
read_fn read_events, read_audit, read_tokens;
read_fn read_schedule, read_explain;
read_fn read_calendar_check;
read_fn read_changes, read_unit_changes, read_decisions;
read_fn read_metrics; /* Prometheus text: what can be counted from rows */

/* One event of the feed, borrowed for the call. Keys are 0 where there is none. */
struct feed_row {
	int64_t seq;
	int64_t programme_key;
	int64_t unit_key;
	const char *type;
	const struct buf *json; /* the object of GET /v1/events */
};
/* Where somebody is who follows the feed, and who takes the rows. */
struct feed_walk {
	int64_t seq; /* after this one; moved on */
	bool at_end; /* nothing was behind it when we looked */
	/* False: enough for now; this row was taken. */
	bool (*row)(void *arg, const struct feed_row *row);
	void *arg;
};
/*
 * Where to begin: behind the cursor; before the last READ_LAST; or, with neither, at the end. A cursor that lies
 * beyond the end is FAULT_INVALID: the state is older than what the caller has seen.
 */
MUST_CHECK enum fault read_feed_begin(struct store *reader, const struct read_args *args,
				      int64_t *seq, struct problem *problem);
/* The next stretch of the feed: what of it passes the filters (programme, unit, type), in order. The work is bounded. */
MUST_CHECK enum fault read_feed_walk(struct store *reader, const struct read_args *args,
				     struct feed_walk *walk, struct problem *problem);

#define READ_EXPORT_MAX_BYTES (64L * 1024 * 1024)

/*
 * The table of all dates as CSV, some units at a time: all of one as they stand when they are read. Filters: programme,
 * unit. FAULT_TOO_LARGE when `out` has got more than READ_EXPORT_MAX_BYTES.
 */
struct read_export {
	int64_t programme_key, unit_key; /* up to this one it is written */
	bool begun, done;
};
MUST_CHECK enum fault read_export(struct store *reader, const struct read_args *args,
				  struct read_export *at, int64_t max_units, struct buf *out,
				  struct problem *problem);
#define RISK_SORT_MAX 2000 /* units that are ordered by risk; more are refused */

/* Walks the audit chain a stretch at a time, so that a long chain doesn't hold the loop. Start with zeroes. */
struct read_chain {
	int64_t entries;   /* verified so far */
	int64_t first_bad; /* seq, 0: none */
	int64_t last_seq;
	uint8_t last_hash[DIGEST_BYTES];
	bool done;
};
MUST_CHECK enum fault read_audit_verify(struct store *reader, struct read_chain *chain,
					int64_t max_rows, struct problem *problem);

/* The token with this SHA-256, if it is good now; FAULT_NOT_FOUND otherwise. `expires_at` 0: never. */
MUST_CHECK enum fault read_token_key(struct store *reader, const uint8_t sha256[DIGEST_BYTES],
				     int64_t now_at, int64_t *key, int64_t *expires_at,
				     struct problem *problem);

#endif
