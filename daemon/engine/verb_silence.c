/*
 * Quiet on request: silences by what they match, and a unit's own word that it knows (acknowledge) or wants to be
 * reminded later (snooze). Each has an author, a reason or note, and an end (R3, R9).
 */
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/silence.h"

#include <stdio.h>
#include <string.h>

#define SILENCE_MAX_DAYS 400
#define SNOOZE_MAX_DAYS  90
#define ACK_LATE_DAYS    7 /* how long an acknowledgement lasts where the deadline is past */
#define DAY_S            86400LL

static enum fault wrong(struct problem *problem, const char *member)
{
	problem->pointer[0] = '/';
	(void)text_copy(problem->pointer + 1, sizeof(problem->pointer) - 1, member);
	return FAULT_UNPROCESSED;
}

/* The last day of it, as for a hold. *until_at stays if the body has none. */
static enum fault read_until(const struct verb *verb, int64_t now_at, int max_days,
			     int64_t *until_at, struct problem *problem)
{
	char text[64];
	int32_t day;
	if (!body_text(verb, "until", text, sizeof(text), problem))
		return problem->fault;
	if (!text[0] && *until_at)
		return FAULT_NONE;
	if (!civil_parse(text, &day)) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "until must be a day as YYYY-MM-DD, not \"%.32s\"", text);
		return wrong(problem, "until");
	}
	*until_at = civil_end_at(day);
	if (*until_at > now_at && *until_at <= now_at + max_days * DAY_S)
		return FAULT_NONE;
	problem_set(problem, FAULT_UNPROCESSED,
		    "until %s is %s; it must lie ahead, at most %d days", text,
		    *until_at <= now_at ? "not ahead" : "too far", max_days);
	return wrong(problem, "until");
}

/* ---- one obligation ---- */

struct request {
	const char *kind; /* 'acknowledged', 'snoozed' */
	const char *event;
	const char *verb;
	bool needs_until;
};

static enum fault check_reminded(const struct obligation_row *row, struct problem *problem)
{
	if (!silent_because(row))
		return FAULT_NONE;
	problem_set(problem, FAULT_REFUSED, "ob_%lld is %s: nobody is reminded of it",
		    (long long)row->key, obligation_state_name(row->state));
	(void)text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

/* The due day's own, or where it is looked for in vain. */
static bool ends_before(const struct step *step, void *arg)
{
	(void)arg;
	return step->kind == STEP_DUE || step->kind == STEP_AFTER || step->kind == STEP_REPEAT;
}

/*
 * How long an acknowledgement lasts that says nothing of it. "I know" is said of the reminders before the due day; what is
 * said on that day, and again when it is over, is another matter. Only who knows that it is late has a week.
 */
static enum fault acknowledged_until(struct tx *tx, const struct obligation_row *row,
				     int64_t *until_at, struct problem *problem)
{
	struct phase phase;
	struct step due;
	enum fault fault = phase_of(tx, row, &phase, problem);
	if (fault != FAULT_NONE)
		return fault;
	int64_t end_at = civil_end_at(phase.dates.due_on);
	*until_at = end_at > tx->now_at ? end_at : tx->now_at + ACK_LATE_DAYS * DAY_S;
	if (reminder_find(phase.ladder, tx->calendar, &phase.dates, tx->now_at + 1, ends_before,
			  NULL, &due) &&
	    due.kind == STEP_DUE && due.at < *until_at)
		*until_at = due.at;
	return FAULT_NONE;
}

static enum fault record_quiet(struct tx *tx, const struct obligation_row *row,
			       const struct request *request, const struct quiet_new *quiet,
			       struct problem *problem)
{
	char object[TEXT_ID_BYTES];
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_at(&jw, "until", quiet->until_at);
	jw_kv_str(&jw, "note", quiet->note);
	jw_object_end(&jw);
	text_id_write(object, WIRE_ID_OBLIGATION, row->key);
	enum fault fault = tx_obligation_event(tx, row, request->event, buf_str(&data), problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, request->verb, object, &data, problem);
	buf_clear(&data);
	return fault;
}

static enum fault run_quiet(struct tx *tx, struct verb *verb, const struct request *request)
{
	static const char *const known[] = { "until", "note", NULL };
	struct obligation_row row;
	char note[512];
	int64_t until_at = 0;
	struct problem *problem = &verb->problem;
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "note", note, sizeof(note), problem))
		return problem->fault;
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = check_reminded(&row, problem);
	if (fault == FAULT_NONE && !request->needs_until)
		fault = acknowledged_until(tx, &row, &until_at, problem);
	if (fault == FAULT_NONE)
		fault = read_until(verb, tx->now_at, SNOOZE_MAX_DAYS, &until_at, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct quiet_new quiet = { .obligation_key = row.key,
				   .revision = row.revision,
				   .of_review = row.review_due_on != 0,
				   .kind = request->kind,
				   .actor = tx->actor,
				   .note = note,
				   .until_at = until_at };
	fault = quiet_set(tx->store, &quiet, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = record_quiet(tx, &row, request, &quiet, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_obligation, row.key, NULL);
	return fault;
}

static enum fault run_acknowledge(struct tx *tx, struct verb *verb)
{
	static const struct request request = { "acknowledged", "obligation.acknowledged",
						"acknowledge", false };
	return run_quiet(tx, verb, &request);
}

static enum fault run_snooze(struct tx *tx, struct verb *verb)
{
	static const struct request request = { "snoozed", "obligation.snoozed", "snooze", true };
	return run_quiet(tx, verb, &request);
}

const struct verb_kind verb_acknowledge = { "acknowledge", run_acknowledge, false };
const struct verb_kind verb_snooze = { "snooze", run_snooze, false };

/* ---- silences ---- */

struct matchers {
	char programme[64], track[64], task[64], unit[TEXT_ID_BYTES], recommender[512];
	char recipient[32], kind[32], author[96], reason[512];
};

static bool read_matchers(const struct verb *verb, struct matchers *out, struct problem *problem)
{
	const struct {
		const char *member;
		char *to;
		size_t size;
	} texts[] = {
		{ "programme", out->programme, sizeof(out->programme) },
		{ "track", out->track, sizeof(out->track) },
		{ "task", out->task, sizeof(out->task) },
		{ "unit", out->unit, sizeof(out->unit) },
		{ "recommender", out->recommender, sizeof(out->recommender) },
		{ "recipient", out->recipient, sizeof(out->recipient) },
		{ "kind", out->kind, sizeof(out->kind) },
		{ "author", out->author, sizeof(out->author) },
		{ "reason", out->reason, sizeof(out->reason) },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!body_text(verb, texts[i].member, texts[i].to, texts[i].size, problem))
			return false;
	return true;
}

static enum fault check_matchers(const struct matchers *from, int64_t *unit_key,
				 struct problem *problem)
{
	enum recipient to;
	enum obligation_kind kind;
	const char *const all[] = { from->programme,   from->track,     from->task, from->unit,
				    from->recommender, from->recipient, from->kind };
	bool any = false;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		any |= all[i][0] != '\0';
	*unit_key = 0;
	if (!any) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "a silence needs something to match: programme, track, task, unit, "
			    "recommender, recipient or kind");
		return FAULT_UNPROCESSED;
	}
	if (!from->reason[strspn(from->reason, " \t\n")]) {
		problem_set(problem, FAULT_UNPROCESSED, "a silence needs its reason");
		return wrong(problem, "reason");
	}
	if (from->unit[0] && !text_id_parse(from->unit, WIRE_ID_UNIT, unit_key)) {
		problem_set(problem, FAULT_UNPROCESSED, "unit must be an id such as un_7");
		return wrong(problem, "unit");
	}
	if (from->recipient[0] && !recipient_parse(from->recipient, &to)) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "recipient must be unit, recommender, office or reviewer");
		return wrong(problem, "recipient");
	}
	if (from->kind[0] && !obligation_kind_parse(from->kind, &kind)) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "kind must be a kind of obligation, such as progress_report");
		return wrong(problem, "kind");
	}
	return FAULT_NONE;
}

static enum fault record_silence(struct tx *tx, int64_t key, const char *what,
				 const struct buf *data, struct problem *problem)
{
	char object[TEXT_ID_BYTES], type[32];
	text_id_write(object, WIRE_ID_SILENCE, key);
	(void)snprintf(type, sizeof(type), "silence.%s", what);
	struct event_row event = { .type = type, .data = buf_str(data) };
	enum fault fault = event_append(tx->store, tx->now_at, &event, problem);
	(void)snprintf(type, sizeof(type), "silence_%s", what);
	return fault == FAULT_NONE ? tx_audit(tx, type, object, data, problem) : fault;
}

static enum fault run_add(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "programme",   "track",     "task", "unit",
					     "recommender", "recipient", "kind", "author",
					     "reason",      "until",     NULL };
	struct matchers from;
	struct problem *problem = &verb->problem;
	int64_t key = 0;
	struct silence_new silence = { .expires_at = 0 };
	if (!body_known(verb, known, problem) || !read_matchers(verb, &from, problem))
		return problem->fault;
	enum fault fault = check_matchers(&from, &silence.unit_key, problem);
	if (fault == FAULT_NONE)
		fault = read_until(verb, tx->now_at, SILENCE_MAX_DAYS, &silence.expires_at,
				   problem);
	silence.programme = from.programme;
	silence.track = from.track;
	silence.task = from.task;
	silence.recommender = from.recommender;
	silence.recipient = from.recipient;
	silence.kind = from.kind;
	silence.author = from.author[0] ? from.author : tx->actor;
	silence.reason = from.reason;
	if (fault == FAULT_NONE)
		fault = silence_add(tx->store, &silence, tx->now_at, &key, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_silence, key, NULL);
	if (fault == FAULT_NONE)
		fault = record_silence(tx, key, "added", &verb->reply, problem);
	verb->status = 201;
	return fault;
}

static enum fault run_expire(struct tx *tx, struct verb *verb)
{
	struct problem *problem = &verb->problem;
	enum fault fault = silence_end(tx->store, verb->key, tx->actor, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_silence, verb->key, NULL);
	if (fault == FAULT_NONE)
		fault = record_silence(tx, verb->key, "expired", &verb->reply, problem);
	return fault;
}

const struct verb_kind verb_silence_add = { "silence_add", run_add, false };
const struct verb_kind verb_silence_expire = { "silence_expire", run_expire, false };
