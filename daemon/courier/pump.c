/*
 * One plan verb, one claim verb and one outcomes verb are under way at most; each one's end may want the next.
 */
#include "courier/pump.h"

#include "courier/figures.h"
#include "jiebang/clock.h"

#include <stdlib.h>
#include <string.h>

#define OUTCOMES_AT_ONCE 256
#define CLAIM_AT_ONCE    1024 /* more would have a request wait behind it for tens of milliseconds */

struct pump {
	struct engine *engine;
	struct pump_sender sender;
	struct pump_options options;
	bool stopping;
	bool plan_wanted, plan_running;
	bool claim_wanted, claim_running;
	bool claim_blocked; /* the last claim found no room where it was wanted: wait for an attempt to end */
	int64_t second_began_ms; /* of the catch-up budget */
	unsigned claimed_this_second;
	bool ended_since; /* … and one ended while that claim was under way: its snapshot is out of date */
	bool outcomes_running, gathering;
	bool hold;
	bool careful; /* the next verbs run each row apart, until one of them succeeds */
	bool faulted; /* waiting for again_later's second */
	struct plan_result plan;
	struct claim claim;
	int64_t plan_next_at;
	int64_t claim_next_at;
	struct outcomes gathered; /* not yet submitted */
	struct outcomes recording;
	size_t cap;
	struct endpoint_load {
		int64_t key;
		unsigned n;
	} * loads; /* endpoints with jobs out, for the claim's snapshot */
	size_t n_loads, cap_loads;
	unsigned mails; /* of the jobs that are out */
	struct pump_counts counts;
	struct figures *figures; /* NULL: nobody asks for them */
};

struct pump *pump_new(struct engine *engine, const struct pump_sender *sender,
		      const struct pump_options *options)
{
	struct pump *pump = xcalloc(1, sizeof(*pump));
	pump->engine = engine;
	pump->sender = *sender;
	pump->options = *options;
	pump->plan_next_at = INT64_MAX;
	pump->claim_next_at = INT64_MAX;
	if (options->figures_later)
		pump->figures = figures_new(engine, options->figures_later, options->arg);
	return pump;
}

void pump_free(struct pump *pump)
{
	if (!pump)
		return;
	claim_clear(&pump->claim);
	free(pump->gathered.items);
	free(pump->recording.items);
	free(pump->loads);
	figures_free(pump->figures);
	free(pump);
}

static void go_on(struct pump *pump);

/*
 * What will not pass by itself is some row's fault: at once again, each row apart. All else is the disk's: in a second.
 */
static void refused(struct pump *pump, const struct verb *verb)
{
	bool once_more = !fault_is_passing(verb->fault) && !verb->careful;
	pump->careful = !fault_is_passing(verb->fault);
	if (once_more)
		return;
	pump->faulted = true;
	pump->options.again_later(pump->options.arg, verb->fault, &verb->problem);
}

/* ---- loads: how many jobs of each endpoint are out ---- */

static struct endpoint_load *load_of(struct pump *pump, int64_t key, bool make)
{
	size_t lo = 0, hi = pump->n_loads;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (pump->loads[mid].key < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < pump->n_loads && pump->loads[lo].key == key)
		return &pump->loads[lo];
	if (!make)
		return NULL;
	if (pump->n_loads == pump->cap_loads) {
		pump->cap_loads = pump->cap_loads ? pump->cap_loads * 2 : 64;
		pump->loads = xrealloc(pump->loads, pump->cap_loads * sizeof(*pump->loads));
	}
	memmove(&pump->loads[lo + 1], &pump->loads[lo],
		(pump->n_loads - lo) * sizeof(*pump->loads));
	pump->n_loads++;
	pump->loads[lo] = (struct endpoint_load){ .key = key };
	return &pump->loads[lo];
}

static void load_down(struct pump *pump, int64_t key)
{
	struct endpoint_load *load = load_of(pump, key, false);
	INVARIANT(load && load->n > 0);
	if (--load->n > 0)
		return;
	size_t i = (size_t)(load - pump->loads);
	pump->n_loads--;
	memmove(load, load + 1, (pump->n_loads - i) * sizeof(*load));
}

/* ---- plan ---- */

static void plan_done(struct verb *verb)
{
	struct pump *pump = verb->arg;
	pump->plan_running = false;
	if (verb->fault != FAULT_NONE) {
		pump->plan_wanted = true;
		refused(pump, verb);
	} else {
		pump->careful = false;
		pump->hold = pump->plan.hold;
		pump->plan_wanted |= pump->plan.more;
		pump->plan_next_at = pump->plan.next_at;
		pump->counts.steps += pump->plan.steps;
		pump->claim_wanted |= pump->plan.steps > 0;
	}
	verb_free(verb);
	go_on(pump);
}

static void plan_submit(struct pump *pump)
{
	struct verb *verb = verb_new(&verb_plan, plan_done, pump);
	verb->input = &pump->plan;
	verb->careful = pump->careful;
	pump->plan_wanted = false;
	pump->plan_running = true;
	engine_submit(pump->engine, verb);
}

/* ---- claim ---- */

static void take_secrets(struct courier_job *job, struct claim_item *item)
{
	INVARIANT(item->n_secrets <= COURIER_SECRETS_MAX);
	for (unsigned i = 0; i < item->n_secrets; i++) {
		const struct secret *secret = i == 0 ? &item->secret : &item->older[i - 1];
		memcpy(job->secrets[i].key, secret->bytes, secret->len);
		job->secrets[i].len = secret->len;
		job->secrets[i].ed25519 = secret->kind == SECRET_ED25519;
	}
	job->n_secrets = item->n_secrets;
	explicit_bzero(&item->secret, sizeof(item->secret));
	if (item->n_secrets > 1)
		explicit_bzero(item->older, (item->n_secrets - 1) * sizeof(*item->older));
}

static void send_item(struct pump *pump, struct claim_item *item)
{
	struct courier_job *job = courier_job_new();
	job->message_key = item->message_key;
	job->endpoint_key = item->endpoint_key;
	job->format = item->format;
	job->attempt = item->attempt;
	job->webhook_id = item->id;
	job->url = item->url;
	job->body = item->body;
	job->body_len = item->body_len;
	job->options = item->options;
	job->sequence = item->sequence;
	job->timed = item->timed;
	take_secrets(job, item);
	job->block = item->block;
	item->block = NULL;
	load_of(pump, job->endpoint_key, true)->n++;
	pump->mails += job->format == FORMAT_MAIL;
	if (pump->stopping) {
		/* Claimed while the stop was asked for: back at once, unharmed. */
		struct courier_result none = { .end = ATTEMPT_NOT_BEGUN,
					       .retry_after_s = -1,
					       .reason = "not begun: the daemon is stopping" };
		pump_finished(pump, job, &none);
		return;
	}
	pump->counts.attempts++;
	pump->sender.submit(pump->sender.arg, job);
}

static void claim_done(struct verb *verb)
{
	struct pump *pump = verb->arg;
	pump->claim_running = false;
	if (verb->fault != FAULT_NONE) {
		pump->claim_wanted = true;
		refused(pump, verb);
	} else {
		pump->careful = false;
		pump->claim_wanted |= pump->claim.more;
		pump->claim_blocked = pump->claim.more && pump->claim.n == 0 && !pump->ended_since;
		pump->claim_next_at = pump->claim.next_at;
		pump->claimed_this_second += (unsigned)pump->claim.n;
		for (size_t i = 0; i < pump->claim.n; i++)
			send_item(pump, &pump->claim.items[i]);
	}
	claim_clear(&pump->claim);
	verb_free(verb);
	go_on(pump);
}

void pump_set_rate(struct pump *pump, unsigned claims_per_second)
{
	pump->options.claims_per_second = claims_per_second;
}

/* What is left of this second's budget; asks to be woken in the next one when it is spent. */
static unsigned budget(struct pump *pump, unsigned room)
{
	if (pump->options.claims_per_second == 0 || room == 0)
		return room;
	int64_t now_ms = clock_mono_ms();
	if (now_ms - pump->second_began_ms >= 1000) {
		pump->second_began_ms = now_ms;
		pump->claimed_this_second = 0;
	}
	/* A rate that was lowered meanwhile may be spent already, and more. */
	unsigned rate = pump->options.claims_per_second, spent = pump->claimed_this_second;
	unsigned left = rate > spent ? rate - spent : 0;
	if (left == 0)
		pump->options.budget_spent(pump->options.arg,
					   pump->second_began_ms + 1000 - now_ms);
	return room < left ? room : left;
}

/* Room for a claim that is worth a transaction: all of it when nothing is out, else an eighth. */
static unsigned claim_room(const struct pump *pump)
{
	unsigned load = pump->sender.load(pump->sender.arg);
	if (load >= pump->options.claim_max)
		return 0;
	unsigned room = pump->options.claim_max - load;
	if (load > 0 && room < pump->options.claim_max / 8)
		return 0;
	return room < CLAIM_AT_ONCE ? room : CLAIM_AT_ONCE;
}

/* What of the last eighth of all room this claim would reach into. */
static unsigned reserve_of(const struct pump *pump, unsigned room)
{
	unsigned left = pump->options.claim_max - pump->sender.load(pump->sender.arg) - room;
	unsigned reserve = pump->options.claim_max / 8;
	return reserve > left ? reserve - left : 0;
}

static void claim_submit(struct pump *pump, unsigned room)
{
	struct verb *verb = verb_new(&verb_claim, claim_done, pump);
	struct claim *claim = &pump->claim;
	*claim = (struct claim){ .max = room,
				 .per_endpoint = pump->options.claim_per_endpoint,
				 .mails = pump->options.claim_mails - pump->mails,
				 .reserve = reserve_of(pump, room) };
	claim->busy = xcalloc(pump->n_loads + 1, sizeof(*claim->busy));
	claim->n_busy = pump->n_loads;
	for (size_t i = 0; i < pump->n_loads; i++)
		claim->busy[i] = (struct claim_busy){ pump->loads[i].key, pump->loads[i].n };
	verb->input = claim;
	verb->careful = pump->careful;
	pump->claim_wanted = false;
	pump->claim_running = true;
	pump->ended_since = false;
	engine_submit(pump->engine, verb);
}

/* ---- outcomes ---- */

static void outcomes_done(struct verb *verb)
{
	struct pump *pump = verb->arg;
	pump->outcomes_running = false;
	if (verb->fault != FAULT_NONE) {
		refused(pump, verb); /* kept in `recording`, offered again by go_on */
	} else {
		pump->careful = false;
		pump->recording.n = 0;
		/*
		 * Endpoints have room again, and what waited for it is announced by nothing else. A claim that
		 * was under way when the last attempt ended saw them full, and said so after that end.
		 */
		pump->claim_wanted = true;
		pump->claim_blocked = false;
	}
	verb_free(verb);
	go_on(pump);
}

static void outcomes_submit(struct pump *pump)
{
	if (pump->recording.n == 0) {
		struct outcomes spare = pump->recording;
		pump->recording = pump->gathered;
		pump->gathered = spare;
		pump->gathered.n = 0;
		free(pump->gathered.items);
		pump->gathered.items = NULL;
		pump->cap = 0;
	}
	struct verb *verb = verb_new(&verb_outcomes, outcomes_done, pump);
	verb->input = &pump->recording;
	verb->careful = pump->careful;
	pump->outcomes_running = true;
	engine_submit(pump->engine, verb);
}

void pump_finished(struct pump *pump, struct courier_job *job, const struct courier_result *result)
{
	if (pump->gathered.n == pump->cap) {
		pump->cap = pump->cap ? pump->cap * 2 : 64;
		pump->gathered.items =
			xrealloc(pump->gathered.items, pump->cap * sizeof(struct outcome));
	}
	struct outcome *outcome = &pump->gathered.items[pump->gathered.n++];
	*outcome = (struct outcome){ .message_key = job->message_key,
				     .endpoint_key = job->endpoint_key,
				     .attempt = job->attempt,
				     .end = result->end,
				     .status = result->status,
				     .retry_after_s = result->retry_after_s,
				     .elapsed_ms = result->elapsed_ms,
				     .times = result->times };
	memcpy(outcome->reason, result->reason, sizeof(outcome->reason));
	memcpy(outcome->excerpt, result->excerpt, sizeof(outcome->excerpt));
	if (pump->figures)
		figures_count(pump->figures, outcome);
	pump->counts.delivered += retry_verdict(result->end, result->status) == VERDICT_DELIVERED;
	pump->claim_blocked = false;
	pump->ended_since = true;
	load_down(pump, job->endpoint_key);
	pump->mails -= job->format == FORMAT_MAIL;
	courier_job_free(job);
	if (pump->gathered.n >= OUTCOMES_AT_ONCE && !pump->outcomes_running) {
		pump_flush(pump);
	} else if (!pump->gathering) {
		pump->gathering = true;
		pump->options.gather(pump->options.arg);
	}
}

void pump_flush(struct pump *pump)
{
	pump->gathering = false;
	go_on(pump);
}

/* ---- what comes next ---- */

static void go_on(struct pump *pump)
{
	bool waiting =
		pump->gathered.n > 0 && (!pump->gathering || pump->gathered.n >= OUTCOMES_AT_ONCE);
	if (pump->faulted) {
		pump->options.changed(pump->options.arg);
		return;
	}
	if (!pump->outcomes_running && (pump->recording.n > 0 || waiting))
		outcomes_submit(pump);
	if (!pump->stopping && pump->plan_wanted && !pump->plan_running)
		plan_submit(pump);
	bool may_claim = pump->claim_wanted && !pump->claim_running && !pump->claim_blocked &&
			 !pump->stopping;
	unsigned room = may_claim ? budget(pump, claim_room(pump)) : 0;
	if (room > 0)
		claim_submit(pump, room);
	pump->options.changed(pump->options.arg);
}

void pump_turn(struct pump *pump)
{
	pump->faulted = false;
	pump->claim_blocked = false;
	pump->plan_wanted = true;
	pump->claim_wanted = true;
	/* Both will say anew when to wake; an instant that is past would have the loop spin until they are done. */
	pump->plan_next_at = pump->claim_next_at = INT64_MAX;
	go_on(pump);
}

void pump_stop(struct pump *pump)
{
	pump->stopping = true;
}

int64_t pump_wake_at(const struct pump *pump)
{
	return pump->plan_next_at < pump->claim_next_at ? pump->plan_next_at : pump->claim_next_at;
}

bool pump_idle(const struct pump *pump)
{
	bool wanted = !pump->stopping && (pump->plan_wanted || pump->claim_wanted);
	return !wanted && !pump->plan_running && !pump->claim_running && !pump->outcomes_running &&
	       pump->gathered.n == 0 && pump->recording.n == 0 &&
	       pump->sender.load(pump->sender.arg) == 0;
}

bool pump_on_hold(const struct pump *pump)
{
	return pump->hold;
}

void pump_figures_write(struct pump *pump)
{
	if (pump->figures)
		figures_write(pump->figures);
}

const struct figures_sum *pump_figures(const struct pump *pump)
{
	return pump->figures ? figures_sum(pump->figures) : NULL;
}

struct pump_counts pump_counts(const struct pump *pump)
{
	return pump->counts;
}
