/*
 * The facts of a weekly report (周报) at an instant: how much of everything there is, and what is late, the latest first.
 * Counted by SQL; a programme of any size costs the same memory.
 */
#ifndef JIEBANG_STORE_WEEKLY_H
#define JIEBANG_STORE_WEEKLY_H

#include "jiebang/unit.h"
#include "store/query.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether unit u's delivery is not over: there is something to report of it. */
#define WEEKLY_UNIT_LEFT                                                                           \
	"u.state <> 'passed' AND u.state <> 'not_passed' AND u.state <> 'winner' AND u.state <> "  \
	"'withdrawn' AND u.state <> 'terminated' AND u.state <> 'revoked'"

/* What a report is about: a programme, or of it one recommender's units. */
struct weekly_ask {
	int64_t programme_key;
	const char *recommender; /* NULL: the whole programme */
	/* Deadlines are judged at this instant; what was filed and decided is as it stands now. */
	int64_t at;
};

struct weekly_counts {
	int64_t units, left; /* left: whose delivery is not over */
	int64_t state[UNIT_STATE_COUNT];
	int64_t overdue, overdue_units; /* owed and past, and of how many units */
	int64_t due_this_week;          /* owed, from now to Sunday 24:00 */
	int64_t due_next_week;          /* owed, in the seven days after that */
	/* Filed and not judged, by whose turn it is; and past the reviewer's last day. */
	int64_t review_recommender, review_office, review_overdue;
	int64_t decisions;                 /* open */
	int64_t filed, accepted, returned; /* in the seven days before */
	int64_t disabled, failing;         /* endpoints; failing: a message is being tried again */
	int64_t dead;                      /* messages that were given up */
};
MUST_CHECK enum fault weekly_count(struct store *store, const struct weekly_ask *ask,
				   struct weekly_counts *out, struct problem *problem);
/* Whether the report has a unit whose delivery is not over. */
MUST_CHECK enum fault weekly_any_left(struct store *store, const struct weekly_ask *ask, bool *any,
				      struct problem *problem);

/* What is late: owed by the unit, or to be judged by its reviewer, and past that one's last day. Strings are borrowed. */
struct weekly_rows {
	struct query query;
	int64_t unit_key, obligation_key;
	int n;
	const char *lead, *project, *rule_id, *name_zh, *name_en;
	const char *last_on; /* the last day that has passed */
	const char *turn;    /* "unit", "recommender", "office" */
};
/* The oldest deadline first, at most `limit`. */
void weekly_rows_begin(struct store *store, const struct weekly_ask *ask, int limit,
		       struct weekly_rows *out);
bool weekly_rows_next(struct weekly_rows *rows);
MUST_CHECK enum fault weekly_rows_end(struct weekly_rows *rows, struct problem *problem);

/* A programme by its id, or by its key: the names that its report begins with. Strings are borrowed until weekly_about_end. */
struct weekly_about {
	struct query query;
	int64_t programme_key;
	const char *id, *name_zh, *name_en;
};
MUST_CHECK enum fault weekly_about_begin(struct store *store, int64_t programme_key,
					 struct weekly_about *out, struct problem *problem);
MUST_CHECK enum fault weekly_about_end(struct weekly_about *about, struct problem *problem);
/* FAULT_NOT_FOUND: the programme has no unit that this recommender recommended. */
MUST_CHECK enum fault weekly_recommender_check(struct store *store, const struct weekly_ask *ask,
					       struct problem *problem);

#endif
