/*
 * Verbs are run in groups: one transaction, one commit. A verb that faults is undone and its neighbours are kept. A commit
 * that faults takes the whole group with it, and every submitter is told: refused means unchanged (contract 2, 10).
 */
#include "engine/engine_inside.h"

#include "jiebang/digest.h"
#include "jiebang/log.h"

#include <string.h>
#include <unistd.h>

/* ---- one verb ---- */

/* How a verb is fenced off from its neighbours. */
enum fence {
	FENCE_NONE,      /* not at all: good as long as everything goes well */
	FENCE_SAVEPOINT, /* in a savepoint, which keeps the old image of every page it touches */
	FENCE_ALONE,     /* by a transaction of its own */
};

/* Inside a fence a verb writes its own counts, so that one that can't be written is its fault and nobody else's. */
static enum fault flush(struct tx *tx, enum fence fence, struct problem *problem)
{
	enum fault fault =
		fence == FENCE_NONE ? FAULT_NONE : tx_tally_write(tx, &tx->tally, problem);
	if (fault == FAULT_NONE && tx->instance_dirty)
		fault = instance_put(tx->store, &tx->instance, problem);
	return fault;
}

/* By the wall: who repeats a lost answer does so in hours of his own, however fast a simulated clock goes. */
static enum fault keep_answer(struct tx *tx, struct verb *verb)
{
	int64_t wall_at = clock_wall_at();
	enum fault fault = FAULT_NONE;
	if (!tx->swept)
		fault = idempotency_expire(tx->store, wall_at, &verb->problem);
	tx->swept = true;
	if (fault == FAULT_NONE)
		fault = idempotency_put(tx->store, verb->actor, verb->idempotency_key,
					verb->request_sha256, verb->status,
					verb->kept.len ? &verb->kept : &verb->reply, wall_at,
					&verb->problem);
	return fault;
}

/*
 * A file may have hundreds of megabytes: it is hashed here, where it is read for minutes anyway, and not on the thread
 * that serves everybody. Its offset stays where it is.
 */
static enum fault digest_spool(struct verb *verb)
{
	static char piece[64 * 1024]; /* the writer thread's alone */
	struct digest *digest = digest_new();
	off_t at = 0;
	ssize_t n;
	digest_add(digest, verb->request_sha256, sizeof(verb->request_sha256));
	while ((n = pread(verb->fd, piece, sizeof(piece), at)) > 0) {
		digest_add(digest, piece, (size_t)n);
		at += n;
	}
	digest_finish(digest, verb->request_sha256);
	digest_free(digest);
	verb->spool_hashed = true;
	return n == 0 ? FAULT_NONE
		      : problem_set(&verb->problem, FAULT_IO,
				    "the request body can't be read back");
}

static enum fault run_body(struct tx *tx, struct verb *verb, enum fence fence)
{
	if (verb->idempotency_key[0] && verb->fd >= 0 && !verb->spool_hashed) {
		enum fault fault = digest_spool(verb);
		if (fault != FAULT_NONE)
			return fault;
	}
	if (verb->idempotency_key[0]) {
		enum fault kept = idempotency_get(tx->store, verb->actor, verb->idempotency_key,
						  verb->request_sha256, &verb->status, &verb->reply,
						  &verb->problem);
		if (kept != FAULT_NOT_FOUND)
			return kept;
	}
	enum fault fault = verb->kind->run(tx, verb);
	if (fault != FAULT_NONE)
		return fault;
	fault = flush(tx, fence, &verb->problem);
	if (fault == FAULT_NONE && verb->idempotency_key[0] && !verb->dry_run)
		fault = keep_answer(tx, verb);
	/* What can't be kept has not happened, and its answer must not say so. */
	if (fault != FAULT_NONE)
		buf_reset(&verb->reply);
	return fault;
}

/* After a verb that came to nothing, the memory is where it was before it. */
static void restore(struct tx *tx, const struct instance *instance, int64_t now_at)
{
	tx->instance = *instance;
	tx->now_at =
		now_at; /* the verbs after one that moved the clock and failed live in the old time */
	tx->caches_fresh = false;
	tx->audit.known = false;
}

/* False: what it did can't be taken back without taking back the whole transaction. */
static bool run_verb(struct tx *tx, struct verb *verb, enum fence fence)
{
	struct instance before = tx->instance;
	int64_t now_at = tx->now_at, changes = store_changes(tx->store);
	tx->actor = verb->actor[0] ? verb->actor : "daemon";
	tx->tally.n = 0;
	tx->instance_dirty = false;
	bool savepoint = fence == FENCE_SAVEPOINT;
	verb->fault = savepoint ? store_savepoint(tx->store, &verb->problem) : FAULT_NONE;
	if (verb->fault != FAULT_NONE)
		return true;
	verb->fault = run_body(tx, verb, fence);
	bool keep = verb->fault == FAULT_NONE && !verb->dry_run;
	if (keep && savepoint)
		verb->fault = store_release(tx->store, &verb->problem);
	if (keep && verb->fault == FAULT_NONE) {
		tx_tally_keep(tx);
		return true;
	}
	if (savepoint)
		store_undo(tx->store);
	else if (fence == FENCE_ALONE)
		store_rollback(tx->store);
	restore(tx, &before, now_at);
	return fence != FENCE_NONE || store_changes(tx->store) == changes;
}

/* ---- the group ---- */

/*
 * A hold has a transaction to itself, before the verbs: what becomes of them must not undo it, since the step is seen
 * only once.
 */
static enum fault hold_now(struct engine *engine, int64_t step_s, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	enum fault fault = engine_hold(tx, step_s, problem);
	if (fault == FAULT_NONE)
		fault = instance_put(tx->store, &tx->instance, problem);
	if (fault == FAULT_NONE)
		fault = store_commit(tx->store, problem);
	if (fault != FAULT_NONE)
		return fault;
	atomic_store(&engine->changed, true);
	return store_begin(tx->store, problem);
}

/* The highest wall time seen, and steps of the clock while we run (contract 8). */
static enum fault watch_clock(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	if (tx->instance.simulated)
		return FAULT_NONE;
	int64_t mono_ms = clock_mono_ms();
	int64_t expected_at = engine->tx.seen_at + (mono_ms - engine->tx.seen_mono_ms) / 1000;
	int64_t step_s = tx->now_at - expected_at;
	enum fault fault = FAULT_NONE;
	if (!tx->instance.hold && (step_s > CLOCK_STEP_MAX_S || step_s < -CLOCK_STEP_MAX_S))
		fault = hold_now(engine, step_s, problem);
	if (fault != FAULT_NONE)
		return fault;
	engine->tx.seen_at = tx->now_at;
	engine->tx.seen_mono_ms = mono_ms;
	if (tx->instance.hold || tx->now_at < tx->instance.high_water_at + HIGH_WATER_STEP_S)
		return FAULT_NONE;
	tx->instance.high_water_at = tx->now_at;
	return instance_put(tx->store, &tx->instance, problem);
}

static enum fault begin_group(struct engine *engine, struct problem *problem)
{
	struct tx *tx = &engine->tx;
	tx->now_at = clock_now_at(&engine->tx.clock);
	tx->swept = false;
	enum fault fault = store_begin(tx->store, problem);
	if (fault == FAULT_NONE)
		fault = engine_caches_load(engine, problem);
	if (fault == FAULT_NONE)
		fault = watch_clock(engine, problem);
	if (fault != FAULT_NONE) {
		store_rollback(tx->store);
		engine_caches_drop(engine);
	}
	return fault;
}

static void fail_all(struct verb *first, const struct verb *end, enum fault fault,
		     const struct problem *problem)
{
	for (struct verb *verb = first; verb && verb != end; verb = verb->next) {
		if (verb->fault != FAULT_NONE)
			continue;
		verb->fault = fault;
		verb->problem = *problem;
		buf_reset(&verb->reply);
	}
}

/* One that is alone has its transaction to itself; the others run together up to the next such. */
static struct verb *group_end(struct verb *first)
{
	struct verb *end = first->next;
	while (!first->kind->alone && end && !end->kind->alone)
		end = end->next;
	return end;
}

/* A cache may not be ahead of the rows: new programmes are taken when their transaction is on disk, or not at all. */
static void take_programmes(struct tx *tx, bool committed)
{
	struct programme_set *fresh = tx->fresh_programmes;
	tx->fresh_programmes = NULL;
	if (!fresh)
		return;
	programme_set_free(committed ? tx->programmes : fresh);
	if (committed)
		tx->programmes = fresh;
}

static bool any_dry_run(const struct verb *first, const struct verb *end)
{
	for (; first != end; first = first->next)
		if (first->dry_run)
			return true;
	return false;
}

static void forget_answers(struct verb *first, const struct verb *end)
{
	for (struct verb *verb = first; verb != end; verb = verb->next) {
		verb->fault = FAULT_NONE;
		verb->status = 200;
		memset(&verb->problem, 0, sizeof(verb->problem));
		buf_reset(&verb->reply);
		buf_reset(&verb->kept);
	}
}

/* One transaction with verbs in it, not yet committed. */
struct pass {
	struct verb *stop; /* the first one that is left for another transaction */
	bool spoiled; /* one failed with its work half done, and nothing fences it off: once more, with savepoints */
	bool over; /* there is nothing to commit */
	struct problem problem;
};

static enum fault run_pass(struct engine *engine, struct verb *first, struct verb *end,
			   enum fence fence, struct pass *pass)
{
	struct store *store = engine->tx.store;
	*pass = (struct pass){ .stop = end };
	engine->tx.group_tally.n = 0;
	enum fault fault = begin_group(engine, &pass->problem);
	if (fault != FAULT_NONE)
		return fault;
	for (struct verb *verb = first; verb != end; verb = verb->next) {
		pass->spoiled = !run_verb(&engine->tx, verb, fence);
		pass->over = fence == FENCE_ALONE && !store_in_transaction(store);
		if (pass->spoiled || pass->over)
			return FAULT_NONE;
		if (store_in_transaction(store))
			continue;
		/* A full or failing disk may end the whole transaction under us: what ran before is gone too. */
		pass->stop = verb->next;
		if (verb->fault == FAULT_NONE)
			verb->fault = problem_set(&verb->problem, FAULT_IO,
						  "the database gave the transaction up");
		pass->problem = verb->problem;
		return verb->fault;
	}
	fault = tx_tally_write(&engine->tx, &engine->tx.group_tally, &pass->problem);
	pass->spoiled = fault != FAULT_NONE && !fault_is_passing(fault);
	return pass->spoiled ? FAULT_NONE : fault;
}

/*
 * Runs verbs from `first` on, and returns the first one that is left for another transaction. Savepoints cost a third
 * of a small verb, and almost none is ever needed: the group runs without them, and only if a verb fails with its work
 * half done is everything taken back and run again with them.
 */
static struct verb *run_group(struct engine *engine, struct verb *first)
{
	struct pass pass;
	struct tx *tx = &engine->tx;
	struct verb *end = group_end(first);
	enum fence fence = first->kind->alone        ? FENCE_ALONE
			   : any_dry_run(first, end) ? FENCE_SAVEPOINT
						     : FENCE_NONE;
	int64_t before = store_changes(tx->store);
	enum fault fault = run_pass(engine, first, end, fence, &pass);
	if (fault == FAULT_NONE && pass.spoiled) {
		store_rollback(tx->store);
		engine_caches_drop(engine);
		forget_answers(first, end);
		before = store_changes(tx->store);
		fault = run_pass(engine, first, end, FENCE_SAVEPOINT, &pass);
	}
	if (fault == FAULT_NONE && !pass.over)
		fault = store_commit(tx->store, &pass.problem);
	take_programmes(tx, fault == FAULT_NONE && !pass.over);
	if (fault != FAULT_NONE) {
		store_rollback(tx->store);
		engine_caches_drop(engine);
		fail_all(first, pass.stop, fault, &pass.problem);
		log_warning("commit failed", "fault=%s detail=\"%s\"", fault_name(fault),
			    pass.problem.detail);
	} else if (!pass.over && store_changes(tx->store) != before) {
		atomic_store(&engine->changed, true);
	}
	if (tx->stirred)
		atomic_store(&engine->stirred, true);
	tx->stirred = false;
	return pass.stop;
}

void engine_run(struct engine *engine, struct verb *list)
{
	for (struct verb *rest = list; rest;)
		rest = run_group(engine, rest);
}
