/*
 * What the files of the read side share, and nobody else includes: the list machine and the writers of objects that
 * appear inside others.
 */
#ifndef JIEBANG_STORE_READ_INSIDE_H
#define JIEBANG_STORE_READ_INSIDE_H

#include "jiebang/json.h"
#include "store/query.h"
#include "store/read.h"
#include "store/read_counts.h"

#define READ_LIKE_BYTES 1024

/* One document being written. */
struct reader {
	struct store *store;
	const struct read_args *args;
	struct jw jw;
	struct problem *problem;
	enum fault fault;           /* the first of the statements beside the main one */
	int32_t today;              /* in Beijing */
	char like[READ_LIKE_BYTES]; /* READ_Q as a pattern */
	struct counts_all counts;   /* of documents about programmes */
	int64_t cap_programme;      /* whose cap was looked up last, 0: none */
	int64_t cap_limit;          /* -1: does not count by task */
};

void reader_init(struct reader *rd, struct store *store, const struct read_args *args,
		 struct buf *out, struct problem *problem);
/* Keeps the first fault. */
void reader_fault(struct reader *rd, enum fault fault);

/*
 * A list. Statement parameters: $1… the cursor, $4 the limit, $5… the filters in their order, $12 now. `cursor` are
 * the columns that order it. Object columns begin at 0.
 */
struct list {
	enum query_table table;
	const char *const *sql;
	unsigned id;
	int cursor[READ_CURSOR_PARTS];
	int n_cursor;
	bool descending;
	bool wants_now;
	enum read_filter filters[7];
	int n_filters;
	void (*row)(struct reader *rd, const struct query *q);
};
enum fault list_run(struct reader *rd, const struct list *list);
/* The numbers of a cursor: FAULT_INVALID unless it has exactly `n`. False when there is none. */
enum fault cursor_read(const char *cursor, int n, int64_t *parts, struct problem *problem);

/* A set filter's text or number bound to parameter n; NULL otherwise. */
void bind_filter(struct reader *rd, struct query *q, int n, enum read_filter filter);

/* ---- members of objects ---- */
void kv_text(struct jw *jw, const char *key, const struct query *q, int column); /* NULL → null */
void kv_number(struct jw *jw, const char *key, const struct query *q, int column);
void kv_instant(struct jw *jw, const char *key, const struct query *q, int column);
void kv_key(struct jw *jw, const char *key, const char *prefix, const struct query *q, int column);
void kv_json(struct jw *jw, const char *key, const struct query *q, int column);
void kv_names(struct jw *jw, const char *key, const struct query *q, int column); /* zh, en */

/* ---- obligations ---- */
enum ob_column {
	OB_KEY,
	OB_DUE_AT,
	OB_UNIT,
	OB_PROGRAMME,
	OB_LEAD,
	OB_PROJECT,
	OB_RULE,
	OB_KIND,
	OB_NAME_ZH,
	OB_NAME_EN,
	OB_N,
	OB_OPENS_ON,
	OB_DUE_ON,
	OB_LAST_DAY_ON,
	OB_PROVISIONAL,
	OB_STATE,
	OB_REVISION,
	OB_SATISFIED_BY,
	OB_SUBMITTED_AT,
	OB_ACCEPTED_AT,
	OB_RETURNED_AT,
	OB_REVIEW_DUE_ON,
	OB_REVIEWER,
	OB_HELD_UNTIL_AT,
	OB_GRANTED_ON,
	OB_MILESTONE,
	OB_QUIET_KIND,
	OB_QUIET_ACTOR,
	OB_QUIET_NOTE,
	OB_QUIET_MADE_AT,
	OB_QUIET_UNTIL_AT,
	OB_COLUMNS
};
#define OB_COURSE                                                                                  \
	", o.returned_at, o.review_due_on, r.reviewer, o.held_until_at, o.granted_on, "            \
	"o.milestone, qt.kind, qt.actor, qt.note, qt.made_at, qt.until_at"
/* What was acknowledged or snoozed, if it was said of what is owed now. */
#define OB_QUIET                                                                                   \
	"LEFT JOIN quiet qt ON qt.obligation_key = o.obligation_key "                              \
	"AND qt.revision = o.revision "                                                            \
	"AND qt.of_review = CASE WHEN o.review_due_on IS NULL THEN 0 ELSE 1 END "
/* The ladder that speaks now: while a review is due, the reviewer's. */
#define OB_LADDER "CASE WHEN o.review_due_on IS NULL THEN r.ladder ELSE r.review_ladder END"
#define OB_SELECT                                                                                  \
	"SELECT o.obligation_key, o.due_at, o.unit_key, p.id, u.lead, u.project, r.id, r.kind, "   \
	"r.name_zh, r.name_en, o.n, o.opens_on, o.due_on, o.last_day_on, o.provisional, o.state, " \
	"o.revision, r.satisfied_by, o.submitted_at, o.accepted_at" OB_COURSE
/* The same columns where the unit is known: two look-ups less a row. */
#define OB_SELECT_OF_UNIT                                                                          \
	"SELECT o.obligation_key, o.due_at, o.unit_key, NULL, NULL, NULL, r.id, r.kind, "          \
	"r.name_zh, r.name_en, o.n, o.opens_on, o.due_on, o.last_day_on, o.provisional, o.state, " \
	"o.revision, r.satisfied_by, o.submitted_at, o.accepted_at" OB_COURSE                      \
	" FROM obligation o JOIN rule r ON r.rule_key = o.rule_key " OB_QUIET
#define OB_FROM                                                                                    \
	" FROM obligation o JOIN unit u ON u.unit_key = o.unit_key "                               \
	"JOIN rule r ON r.rule_key = o.rule_key "                                                  \
	"JOIN programme p ON p.programme_key = u.programme_key " OB_QUIET
/* The states in which something is owed, spelled as the partial index spells them: spelled otherwise it isn't used. */
#define OB_OWED "(o.state = 'scheduled' OR o.state = 'open' OR o.state = 'returned')"

bool ob_owed(const struct query *q);
/* The dates that the ladder of OB_LADDER counts from; false if a row was broken by hand. */
struct step_dates;
bool ob_step_dates(const struct query *q, struct step_dates *dates);
bool ob_in_review(const struct query *q);
/*
 * Members only: the caller opens and closes the object. `unit` may hold those that say whose it is ("unit",
 * "programme", "lead", "project"), ready-made where many belong to one; NULL: from the row.
 */
void ob_members(struct reader *rd, const struct query *q, const struct buf *unit);
int64_t days_left(const struct reader *rd, const char *due_on);

/* ---- units ---- */
/* It owes something and has no enabled endpoint: of the unit `u`, if parameter $10 is not NULL. */
#define UN_UNREACHABLE                                                                             \
	"AND (CAST($10 AS BIGINT) IS NULL OR (u.endpoints = 0 AND EXISTS (SELECT 1 FROM "          \
	"obligation o WHERE o.unit_key = u.unit_key AND " OB_OWED "))) "
/* A whole unit object; with `full` its obligations and endpoints too. */
/* Members "progress" and "milestones" of a unit; false if there is no such unit. */
bool milestones_members(struct reader *rd, int64_t unit_key);
/* The fact `behind` of its risk: RISK_UNKNOWN without milestones. */
int64_t milestones_behind(struct reader *rd, int64_t unit_key);
enum fault unit_write(struct reader *rd, int64_t unit_key, bool full);

/* ---- risk ---- */
/* "risk":{"score","level"} of a unit in this state. */
void kv_risk(struct reader *rd, int64_t unit_key, const char *state_name);
/* The list of read_units by risk, the highest first. */
enum fault units_by_risk(struct reader *rd);

/* ---- attempts of a message, as member "attempt_list", oldest first ---- */
void attempts_array(struct reader *rd, int64_t message_key);

/* ---- endpoints: "SELECT " EP_SELECT and one object a row ---- */
#define EP_SELECT                                                                                  \
	"SELECT endpoint_key, owner, url, format, state, state_reason, created_at, options, "      \
	"secret_kind, CASE WHEN secret_kind = 'ed25519' THEN secret END, nullif(older_until, 0) "  \
	"FROM endpoint "
void endpoint_object(struct reader *rd, const struct query *q);
/* read_endpoint.c: "stats":{…} of an endpoint, and the metrics of those that fail. */
void endpoint_stats_member(struct reader *rd, int64_t endpoint_key);
void endpoint_metrics(struct reader *rd, struct buf *out);

/* ---- changes: the unit's, oldest first, as an array ---- */
void changes_array(struct reader *rd, int64_t unit_key);

/* ---- calendars that are missing, as an array ---- */
void gaps_array(struct reader *rd);

/* ---- submissions ---- */
/* Array of the obligation's submissions, oldest first. */
void submissions_array(struct reader *rd, int64_t obligation_key);

#endif
