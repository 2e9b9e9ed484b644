/*
 * The engine: verbs, each one transaction's worth of change, run by the writer thread.
 *
 * The loop thread submits a verb and goes on. The writer thread takes all that wait, runs each in a savepoint inside
 * one transaction, commits once (one fsync), and posts them back; their `done` runs on the loop thread, so that an
 * answer is sent after the commit and never before (contract 1). If the commit fails, every verb in it failed.
 * In simulation and in tests verbs run inline, through the same code.
 */
#ifndef JIEBANG_ENGINE_H
#define JIEBANG_ENGINE_H

#include "jiebang/buf.h"
#include "jiebang/calendar.h"
#include "jiebang/clock.h"
#include "jiebang/endpoint_format.h"
#include "jiebang/fault.h"
#include "jiebang/health.h"
#include "jiebang/json.h"
#include "jiebang/latency.h"
#include "jiebang/programme.h"
#include "jiebang/retry.h"
#include "jiebang/secret.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct store;
struct tx;
struct verb;

/* A kind of verb: its name (in the audit trail and the log) and what it does. Rows in engine/verb_*.c. */
struct verb_kind {
	const char *name;
	enum fault (*run)(struct tx *tx, struct verb *verb);
	/*
	 * Has a transaction to itself instead of a savepoint in one: a savepoint keeps the old image of every page in
	 * memory, which an import of a hundred thousand rows can't afford; and caches that follow the rows stay true.
	 */
	bool alone;
};

/* One request for change. Allocate with verb_new, fill the arguments, submit; free in `done` with verb_free. */
struct verb {
	const struct verb_kind *kind;
	void (*done)(struct verb *verb); /* loop thread, after commit or failure */
	void *arg;                       /* the submitter's */
	char actor[96];                  /* "uid:0", "token:tk_3", "planner", "operator" */

	/* Arguments; each verb says in its row's comment which it reads. */
	int64_t key;         /* unit, obligation, endpoint, token */
	char name[160];      /* programme id, webhook-id */
	struct jr_doc *body; /* owned; NULL if none */
	char *text;          /* owned; CSV of a calendar and the like */
	size_t text_len;
	int fd; /* owned spool file, or -1 */
	bool careful; /* each row in a savepoint of its own: one that fails for no fault of the disk is put aside */
	bool dry_run;     /* everything is checked, nothing kept */
	char reason[512]; /* why a soft rule may be passed */
	void *input;      /* owned by the submitter, see the row */
	int64_t at;       /* an instant */

	/* Idempotency-Key, "" if none, and SHA-256 of method, target and body; the writer adds a spooled body to it. */
	char idempotency_key[128];
	uint8_t request_sha256[32];
	bool spool_hashed;

	/* Result. */
	enum fault fault;
	struct problem problem;
	int status; /* HTTP status of success: 200, 201, 202 */
	struct buf
		kept; /* what is kept for the Idempotency-Key, if not the reply: an answer without its secret */
	struct buf reply; /* JSON; on a fault empty, or an object with "errors" and "error_count" */
	struct verb *next;
};

struct verb *verb_new(const struct verb_kind *kind, void (*done)(struct verb *verb), void *arg);
void verb_free(struct verb *verb);

/* ---- the verbs that requests reach (arguments; reply as in jiebang/wire.h) ---- */
extern const struct verb_kind verb_unit_import; /* name = programme id, fd = CSV, dry_run, reason */
extern const struct verb_kind
	verb_publish; /* name = programme id, body {date, note, correct, anchor, reason…}, dry_run */
extern const struct verb_kind
	verb_programme_shift; /* name = programme id, body {months, reason…}, dry_run */
extern const struct verb_kind verb_unit_change; /* key = unit, body {kind, …, reason…} */
extern const struct verb_kind verb_unit_move;   /* key = unit, body {move, reason…} */
extern const struct verb_kind
	verb_decision_resolve;             /* key = unit, body {as, months or ends_on, reason…} */
extern const struct verb_kind verb_submit; /* key = obligation, body */
extern const struct verb_kind verb_accept; /* key = obligation, body {comment} */
extern const struct verb_kind verb_return; /* key = obligation, body {comment} */
extern const struct verb_kind verb_waive;  /* key = obligation, body {reason, approver} */
extern const struct verb_kind verb_cancel; /* key = obligation, body {reason, approver} */
extern const struct verb_kind verb_hold;   /* key = obligation, body {until, reason, approver} */
extern const struct verb_kind verb_release;        /* key = obligation, body {reason, approver} */
extern const struct verb_kind verb_obligation_add; /* key = unit, body {name, due_on, …} */
extern const struct verb_kind verb_milestones_set; /* key = unit, body {milestones} */
extern const struct verb_kind
	verb_milestone_update; /* key = unit, body {n, planned_on, actual_on, percent} */
extern const struct verb_kind verb_extend; /* key = obligation, body {due_on, reason, approver} */
extern const struct verb_kind
	verb_material_add; /* key = obligation, input = struct material_input *; the file is in its place */
extern const struct verb_kind
	verb_material_remove; /* key = material, body {reason}, input = struct material_removal * */
extern const struct verb_kind verb_acknowledge; /* key = obligation, body {until, note} */
extern const struct verb_kind verb_snooze;      /* key = obligation, body {until, note} */
extern const struct verb_kind
	verb_silence_add; /* body {programme, track, task, unit, recommender, recipient, kind, author, reason, until} */
extern const struct verb_kind verb_silence_expire; /* key = silence */
extern const struct verb_kind
	verb_endpoint_add; /* body {owner, url, format, secret, options}; the URL is already judged */
extern const struct verb_kind
	verb_endpoint_set; /* key = endpoint, body {url, options}; the URL is already judged */
extern const struct verb_kind verb_endpoint_enable;  /* key = endpoint */
extern const struct verb_kind verb_endpoint_disable; /* key = endpoint, body {reason} */
extern const struct verb_kind
	verb_endpoint_rotate; /* key = endpoint, body {overlap_s, secret, signature} */
extern const struct verb_kind verb_endpoint_delete;    /* key = endpoint */
extern const struct verb_kind verb_endpoint_test;      /* key = endpoint */
extern const struct verb_kind verb_delivery_retry;     /* name = webhook-id */
extern const struct verb_kind verb_delivery_retry_all; /* body {state, endpoint}, dry_run */
extern const struct verb_kind verb_calendar_import;    /* text = CSV, dry_run */
extern const struct verb_kind verb_clock_accept;       /* nothing */
extern const struct verb_kind verb_token_add;          /* body {name, role, expires_on} */
extern const struct verb_kind verb_token_revoke;       /* key = token */

/* ---- the engine itself ---- */
struct engine_options {
	const char *state_dir; /* where the database is; unused if `store` is given */
	struct store *store;   /* taken over: simulation and tests run on one in memory */
	struct clock
		*clock; /* borrowed; if simulated, the engine moves it to where the state says */
	bool threaded;  /* a writer thread; else verbs run inline in engine_submit */
	struct retry_schedule retry;
	struct health_policy health; /* all 0: the default */
	char *const *spaced_hosts;   /* borrowed for engine_new; see engine/space.h */
	size_t n_spaced_hosts;
	uint64_t seed; /* of jitter and ids when in memory; 0: random */
};

/* FAULT_CONFLICT: held by another daemon. Recovers what an earlier boot left `sending`. */
MUST_CHECK enum fault engine_new(const struct engine_options *options, struct engine **out,
				 struct problem *problem);
/* Runs what was submitted, then stops the thread and closes the store. */
void engine_free(struct engine *engine);
/* Takes the verb; `done` comes back through engine_collect. */
void engine_submit(struct engine *engine, struct verb *verb);
/* The descriptor that becomes readable when verbs are finished; call engine_collect on the loop thread then. */
int engine_fd(const struct engine *engine);
void engine_collect(struct engine *engine);
/* Verbs submitted and not yet collected. */
unsigned engine_load(const struct engine *engine);
/* True once after a verb that may have made something due earlier than the loop knows. */
bool engine_stirred(struct engine *engine);
/* Called on the loop thread after each commit that changed something. */
void engine_on_commit(struct engine *engine, void (*changed)(void *arg), void *arg);
/* Runs a verb and waits for it, before the loop runs (start) or inline. */
MUST_CHECK enum fault engine_call(struct engine *engine, struct verb *verb);

/* ---- what the loop asks for ---- */

/* Replaces the programmes (owned from here on) and writes what changed. */
extern const struct verb_kind
	verb_programmes_load; /* input = struct programme_set *, owned by the engine afterwards */
struct programme_set {
	struct programme **items;
	size_t n;
};
void programme_set_free(struct programme_set *set);

/* Replaces the texts of messages (a struct templates *, owned by the engine afterwards). A body that was written stays. */
extern const struct verb_kind verb_templates_load;

/*
 * The planner as a function of now: turns due steps into occasions and messages, oldest deadline first, a bounded
 * number a call. `input` is struct plan_result *.
 */
extern const struct verb_kind verb_plan;
struct plan_result {
	bool more;       /* call again at once */
	int64_t next_at; /* instant of the earliest thing due: step or retry; INT64_MAX: nothing */
	bool hold;       /* clock hold: nothing was planned */
	int64_t steps;   /* decided by this call */
};

/*
 * Claims due deliveries: `input` is struct claim *. The wanted number of each endpoint is asked through `room`,
 * which must be callable from the writer thread (a snapshot by the loop thread). Attempt rows are committed before
 * `done`, so the jobs may then be sent.
 */
extern const struct verb_kind verb_claim;
struct claim_item {
	int64_t message_key;
	int64_t endpoint_key;
	unsigned attempt;
	char *block;    /* holds the texts below; the item's taker owns it */
	const char *id; /* webhook-id */
	const char *url;
	const char *body;
	const char *options; /* JSON of the endpoint's options; NULL: it has none */
	size_t body_len;
	enum endpoint_format format;
	int64_t sequence;     /* of the message among those about its unit; 0: it is about none */
	bool timed;           /* a test: where the time goes is wanted */
	unsigned n_secrets;   /* that sign: */
	struct secret secret; /* the newest, */
	struct secret *older; /* and the others, in the block */
};
struct claim {
	unsigned max;          /* in all */
	unsigned per_endpoint; /* and of one endpoint, less what `busy` says */
	unsigned mails;        /* and of the endpoints that are mailboxes */
	struct claim_busy {
		int64_t endpoint_key;
		unsigned load;
	} * busy; /* sorted by endpoint_key; snapshot of the courier's load */
	size_t n_busy;
	unsigned
		reserve; /* the last so many are for endpoints with nothing out, one each: a queue for the dead must not starve the living */
	struct claim_item *items; /* result, owned by the caller */
	size_t n;
	bool careful;    /* set by the verb */
	bool more;       /* ready deliveries were left behind: claim again when there is room */
	int64_t next_at; /* earliest ready_at of what is left, INT64_MAX: nothing */
};
void claim_clear(struct claim *claim);

/* Records ends of attempts. `input` is struct outcomes *, owned by the submitter. */
extern const struct verb_kind verb_outcomes;
struct outcome {
	int64_t message_key;
	int64_t endpoint_key;
	unsigned attempt;
	enum attempt_end end;
	int status;
	int64_t retry_after_s;
	int64_t elapsed_ms;
	struct attempt_times times;
	char reason[160];
	char excerpt[256];
};
struct outcomes {
	struct outcome *items;
	size_t n;
};

/* Adds to the figures of endpoints. `input` is struct figures_part *, owned by the submitter. */
extern const struct verb_kind verb_figures;
struct figure {
	int64_t endpoint_key;
	int64_t delivered;
	int64_t failed;
	struct latency latency;
};
struct figures_part {
	const struct figure *items;
	size_t n;
};

/* The clock (contract 8). */
extern const struct verb_kind verb_clock_set; /* simulated only: at = where it stands from now on */
extern const struct verb_kind verb_ping; /* nothing: the watchdog's proof that the writer lives */

#endif
