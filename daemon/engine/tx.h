/*
 * What a verb sees while it runs: the store inside its savepoint, the one `now` of this run, and the engine's caches.
 * A cache is an index that may be dropped: whoever changes the rows below it calls the matching _stale function.
 */
#ifndef JIEBANG_ENGINE_TX_H
#define JIEBANG_ENGINE_TX_H

#include "engine/engine.h"
#include "engine/space.h"
#include "jiebang/health.h"
#include "jiebang/reminder.h"
#include "jiebang/template.h"
#include "jiebang/unit.h"
#include "store/instance.h"
#include "store/obligation.h"
#include "store/occasion.h"
#include "store/outbox.h"
#include "store/read.h"
#include "store/record.h"
#include "store/rule.h"
#include "store/store.h"

struct paper_slot;

struct tx {
	struct clock clock; /* the writer's own copy */
	int64_t seen_at;    /* wall and monotonic clock at the last group, to notice steps */
	int64_t seen_mono_ms;
	bool caches_fresh; /* false: instance and calendar are read again before the next group */
	bool stirred;      /* something may be due earlier than the loop knows */
	struct store *store;
	int64_t now_at;
	const char *actor;
	bool audited_verb; /* dry runs write no audit, since nothing is kept */
	struct instance instance;
	bool instance_dirty;
	struct calendar *calendar;
	const struct calendar
		*old_calendar;       /* while dates are counted anew: what counted until now */
	struct templates *templates; /* never NULL */
	struct programme_set *programmes;
	struct programme_set *fresh_programmes; /* this transaction's, taken at its commit */
	struct frozen_rule **rules;             /* of obligations that were looked at */
	size_t n_rules;
	struct paper_slot *papers; /* engine/paper.h */
	size_t n_papers;
	const struct retry_schedule *retry;
	const struct health_policy *health;
	struct sending_row *sending; /* TX_SENDING_SLOTS of them, see tx_sending; NULL: none yet */
	struct spacing spacing;
	int64_t claim_cursor;    /* endpoint after which the next claim goes on */
	uint64_t random_state;   /* of the seeded generator; 0: libcrypto's */
	struct audit_head audit; /* known while nothing is taken back */
	bool swept;              /* old kept answers were looked for in this transaction */
	/* Changes of counts: of the verb, and, once it has succeeded, of its group, written once before the commit. */
	struct tally_list {
		struct tally_slot {
			int64_t scope;
			char what[40];
			int64_t delta;
		} * slots;
		size_t n, cap;
	} tally, group_tally;
};

/* NULL with a problem (not found, with a suggestion) if no file defines it. */
const struct programme *tx_programme(struct tx *tx, const char *id, struct problem *problem);
/* A rule version as it was frozen; NULL on a fault. */
const struct frozen_rule *tx_rule(struct tx *tx, int64_t rule_key, struct problem *problem);
void tx_rules_forget(struct tx *tx);

void tx_random(struct tx *tx, void *out, size_t len);
uint32_t tx_random_u32(struct tx *tx);

/* Counts `what` of `scope` up or down when the verb succeeds. */
void tx_tally(struct tx *tx, int64_t scope, const char *prefix, const char *what, int64_t delta);
/* So many more, or less, of this programme are owed by `due_at`. */
void tx_tally_owed(struct tx *tx, int64_t programme_key, int64_t due_at, int64_t delta);
/*
 * The slot of a delivery that is under way: what its end is recorded with, so that it need not be read for it. A claim
 * fills it, and another claim may take it over. The rows decide all the same: see sending_delivered.
 */
#define TX_SENDING_SLOTS 4096 /* as many as are out at once, by default */
struct sending_row *tx_sending(struct tx *tx, int64_t message_key);
/* The verb has succeeded: its counts are the group's from here on. */
void tx_tally_keep(struct tx *tx);
MUST_CHECK enum fault tx_tally_write(struct tx *tx, struct tally_list *list,
				     struct problem *problem);
/* An audit row by the verb's actor. */
MUST_CHECK enum fault tx_audit(struct tx *tx, const char *verb, const char *object,
			       const struct buf *detail, struct problem *problem);

/* The one mover of obligations: checks the table, writes the row, counts. `row` follows. */
MUST_CHECK enum fault tx_obligation_move(struct tx *tx, struct obligation_row *row,
					 enum obligation_event on, struct problem *problem);
/* The same for a filing, which begins the review that was planned (plan_review) and moves the agenda row with it. */
MUST_CHECK enum fault tx_obligation_file(struct tx *tx, struct obligation_row *row,
					 const struct review_start *review,
					 struct problem *problem);
/* Units that owe something and have no enabled endpoint, see engine/reach.h. */
#define TALLY_UNREACHABLE "unreachable"
/* A new obligation is counted: by its state and deadline, and its unit if nobody hears for it. */
MUST_CHECK enum fault tx_obligation_added(struct tx *tx, const struct obligation_row *row,
					  struct problem *problem);
/* The one mover of units. */
MUST_CHECK enum fault tx_unit_move(struct tx *tx, int64_t unit_key, enum unit_state *state,
				   enum unit_event on, struct problem *problem);

/* An event about an obligation, with `data` as JSON object. */
MUST_CHECK enum fault tx_obligation_event(struct tx *tx, const struct obligation_row *row,
					  const char *type, const char *data,
					  struct problem *problem);

/* The same, and an audit row of the verb's actor with the same data. */
MUST_CHECK enum fault tx_obligation_record(struct tx *tx, const struct obligation_row *row,
					   const char *type, const char *verb,
					   const struct buf *data, struct problem *problem);

/* The programme as its file says, by key; NULL if no file defines it any more. */
const struct programme *tx_programme_of(struct tx *tx, int64_t programme_key);

/* Refusal by a rule of the programme, with its clause quoted. Returns FAULT_REFUSED. */
enum fault tx_refuse(const struct programme *programme, const char *rule, struct problem *problem,
		     const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Something may be due earlier than the loop knows. */
void tx_stir(struct tx *tx);

/* Answers the verb with the object as a GET would show it now: key, or name for a programme or a delivery. */
MUST_CHECK enum fault tx_reply(struct tx *tx, struct verb *verb, read_fn *read, int64_t key,
			       const char *name);

/* Optional text member of the body, copied; false with a problem if it is not a string or too long. */
bool body_text(const struct verb *verb, const char *member, char *out, size_t size,
	       struct problem *problem);
/* Like body_text, but it must be there and say something: `what` is who needs it, "a return needs a comment …". */
bool body_wanted(const struct verb *verb, const char *member, const char *what, char *out,
		 size_t size, struct problem *problem);
/* A day as YYYY-MM-DD that must be there. */
bool body_day(const struct verb *verb, const char *member, int32_t *out, struct problem *problem);
/* What the body says at `pointer` (RFC 6901) can't be: FAULT_UNPROCESSED with `detail`, which is a whole sentence. */
enum fault body_wrong(struct problem *problem, const char *pointer, const char *detail);
/* Refuses members not in `known` (NULL-terminated), with a suggestion. */
bool body_known(const struct verb *verb, const char *const *known, struct problem *problem);

#endif
