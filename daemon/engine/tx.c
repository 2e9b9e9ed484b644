/*
 * What verbs share: the movers, the counts, the audit row, the refusal with its clause, the reading of bodies.
 */
#include "engine/tx.h"

#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/change.h"
#include "store/programme.h"
#include "store/reach.h"
#include "store/timer.h"
#include "store/unit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct programme *tx_programme(struct tx *tx, const char *id, struct problem *problem)
{
	const struct programme_set *set = tx->programmes;
	const char *known[64] = { NULL };
	for (size_t i = 0; set && i < set->n; i++) {
		if (strcmp(set->items[i]->id, id) == 0)
			return set->items[i];
		if (i < 63)
			known[i] = set->items[i]->id;
	}
	const char *near = text_suggest(id, known);
	problem_set(problem, FAULT_NOT_FOUND, "there is no programme %.64s%s%s%s", id,
		    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	return NULL;
}

const struct frozen_rule *tx_rule(struct tx *tx, int64_t rule_key, struct problem *problem)
{
	for (size_t i = 0; i < tx->n_rules; i++)
		if (tx->rules[i]->rule_key == rule_key)
			return tx->rules[i];
	struct frozen_rule *rule = xmalloc(sizeof(*rule));
	if (rule_get(tx->store, rule_key, rule, problem) != FAULT_NONE) {
		free(rule);
		return NULL;
	}
	tx->rules = xrealloc(tx->rules, (tx->n_rules + 1) * sizeof(struct frozen_rule *));
	tx->rules[tx->n_rules++] = rule;
	return rule;
}

void tx_rules_forget(struct tx *tx)
{
	for (size_t i = 0; i < tx->n_rules; i++)
		free(tx->rules[i]);
	free(tx->rules);
	tx->rules = NULL;
	tx->n_rules = 0;
}

/* splitmix64: good enough for jitter, and for ids only where a run must be repeatable. */
static uint64_t seeded_next(struct tx *tx)
{
	uint64_t z = tx->random_state += 0x9e3779b97f4a7c15ULL;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void tx_random(struct tx *tx, void *out, size_t len)
{
	if (tx->random_state == 0) {
		digest_random(out, len);
		return;
	}
	uint8_t *bytes = out;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(seeded_next(tx) >> 32);
}

uint32_t tx_random_u32(struct tx *tx)
{
	uint32_t value;
	tx_random(tx, &value, sizeof(value));
	return value;
}

struct sending_row *tx_sending(struct tx *tx, int64_t message_key)
{
	if (!tx->sending)
		tx->sending = xcalloc(TX_SENDING_SLOTS, sizeof(*tx->sending));
	return &tx->sending[(uint64_t)message_key % TX_SENDING_SLOTS];
}

static void tally_count(struct tally_list *list, int64_t scope, const char *what, int64_t delta)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->slots[i].scope != scope || strcmp(list->slots[i].what, what) != 0)
			continue;
		list->slots[i].delta += delta;
		return;
	}
	if (list->n == list->cap) {
		list->cap = list->cap ? list->cap * 2 : 16;
		list->slots = xrealloc(list->slots, list->cap * sizeof(*list->slots));
	}
	struct tally_slot *slot = &list->slots[list->n++];
	*slot = (struct tally_slot){ .scope = scope, .delta = delta };
	text_copy(slot->what, sizeof(slot->what), what);
}

void tx_tally(struct tx *tx, int64_t scope, const char *prefix, const char *what, int64_t delta)
{
	char name[sizeof(tx->tally.slots->what)];
	size_t len = strlen(prefix), more = strlen(what);
	INVARIANT(len + more < sizeof(name));
	memcpy(name, prefix, len + 1);
	memcpy(name + len, what, more + 1);
	tally_count(&tx->tally, scope, name, delta);
}

void tx_tally_owed(struct tx *tx, int64_t programme_key, int64_t due_at, int64_t delta)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%" PRId64, due_at);
	tx_tally(tx, programme_key, TALLY_OWED, text, delta);
}

void tx_tally_keep(struct tx *tx)
{
	for (size_t i = 0; i < tx->tally.n; i++)
		tally_count(&tx->group_tally, tx->tally.slots[i].scope, tx->tally.slots[i].what,
			    tx->tally.slots[i].delta);
	tx->tally.n = 0;
}

enum fault tx_tally_write(struct tx *tx, struct tally_list *list, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < list->n; i++)
		fault = tally_add(tx->store, list->slots[i].scope, list->slots[i].what,
				  list->slots[i].delta, problem);
	list->n = 0;
	return fault;
}

enum fault tx_audit(struct tx *tx, const char *verb, const char *object, const struct buf *detail,
		    struct problem *problem)
{
	struct audit_row row = { tx->actor, verb, object,
				 detail && detail->len ? detail->data : "{}" };
	return audit_add(tx->store, &tx->audit, tx->now_at, &row, problem);
}

static enum fault illegal(struct problem *problem, const char *what, const char *state,
			  const char *event, void (*legal)(int from, struct buf *out), int from)
{
	struct buf moves = BUF_EMPTY;
	legal(from, &moves);
	enum fault fault =
		problem_set(problem, FAULT_REFUSED, "%s is %s: %s is not possible; possible: %s",
			    what, state, event, moves.len ? moves.data : "nothing");
	if (problem)
		text_copy(problem->rule, sizeof(problem->rule), "state");
	buf_clear(&moves);
	return fault;
}

static void obligation_legal(int from, struct buf *out)
{
	obligation_moves_legal((enum obligation_state)from, out);
}

static void unit_legal(int from, struct buf *out)
{
	unit_moves_legal((enum unit_state)from, out);
}

/* It began to be owed (it is, by now), or ceased to be: `delta` 1 or -1. */
static enum fault count_owed(struct tx *tx, const struct obligation_row *row, int delta,
			     struct problem *problem)
{
	bool owes;
	tx_tally_owed(tx, row->programme_key, row->due_at, delta);
	if (row->unit_endpoints > 0)
		return FAULT_NONE;
	enum fault fault = reach_owes(tx->store, row->unit_key, row->key, &owes, problem);
	if (fault == FAULT_NONE && !owes)
		tx_tally(tx, row->programme_key, TALLY_UNREACHABLE, "", delta);
	return fault;
}

static enum fault move_obligation(struct tx *tx, struct obligation_row *row,
				  enum obligation_event on, const struct review_start *review,
				  struct problem *problem)
{
	enum obligation_state to;
	char id[TEXT_ID_BYTES];
	text_id_write(id, WIRE_ID_OBLIGATION, row->key);
	if (!obligation_move(row->state, on, &to))
		return illegal(problem, id, obligation_state_name(row->state),
			       obligation_event_name(on), obligation_legal, (int)row->state);
	if (to == row->state) /* held, released, extended */
		return FAULT_NONE;
	enum obligation_state from = row->state;
	enum fault fault = review ? obligation_file(tx->store, row, review, tx->now_at, problem)
				  : obligation_set_state(tx->store, row, to, tx->now_at, problem);
	if (fault != FAULT_NONE)
		return fault;
	tx_tally(tx, row->programme_key, "obligation:", obligation_state_name(from), -1);
	tx_tally(tx, row->programme_key, "obligation:", obligation_state_name(to), 1);
	int owed = obligation_is_owed(to) - obligation_is_owed(from);
	return owed ? count_owed(tx, row, owed, problem) : FAULT_NONE;
}

enum fault tx_obligation_added(struct tx *tx, const struct obligation_row *row,
			       struct problem *problem)
{
	tx_tally(tx, row->programme_key, "obligation:", obligation_state_name(row->state), 1);
	return count_owed(tx, row, 1, problem);
}

enum fault tx_obligation_move(struct tx *tx, struct obligation_row *row, enum obligation_event on,
			      struct problem *problem)
{
	return move_obligation(tx, row, on, NULL, problem);
}

enum fault tx_obligation_file(struct tx *tx, struct obligation_row *row,
			      const struct review_start *review, struct problem *problem)
{
	return move_obligation(tx, row, OBLIGATION_EV_SUBMIT, review, problem);
}

enum fault tx_unit_move(struct tx *tx, int64_t unit_key, enum unit_state *state, enum unit_event on,
			struct problem *problem)
{
	enum unit_state to;
	char id[TEXT_ID_BYTES];
	text_id_write(id, WIRE_ID_UNIT, unit_key);
	if (!unit_move(*state, on, &to))
		return illegal(problem, id, unit_state_name(*state), unit_event_name(on),
			       unit_legal, (int)*state);
	enum fault fault = unit_set_state(tx->store, unit_key, to, problem);
	/* What waited for this unit's next move waits no longer: the end of its window, a decision about it. */
	if (fault == FAULT_NONE && *state == UNIT_DELIVERING)
		fault = timer_clear(tx->store, "window_end", unit_key, problem);
	if (fault == FAULT_NONE && *state == UNIT_PENDING_DECISION)
		fault = decision_close(tx->store, unit_key, unit_event_name(on), tx->actor,
				       tx->now_at, problem);
	if (fault == FAULT_NONE)
		*state = to;
	return fault;
}

enum fault tx_obligation_event(struct tx *tx, const struct obligation_row *row, const char *type,
			       const char *data, struct problem *problem)
{
	struct event_row event = { type, row->programme_key, row->unit_key, row->key, data };
	return event_append(tx->store, tx->now_at, &event, problem);
}

enum fault tx_obligation_record(struct tx *tx, const struct obligation_row *row, const char *type,
				const char *verb, const struct buf *data, struct problem *problem)
{
	char object[TEXT_ID_BYTES];
	text_id_write(object, WIRE_ID_OBLIGATION, row->key);
	enum fault fault = tx_obligation_event(tx, row, type, buf_str(data), problem);
	return fault == FAULT_NONE ? tx_audit(tx, verb, object, data, problem) : fault;
}

const struct programme *tx_programme_of(struct tx *tx, int64_t programme_key)
{
	char id[PROGRAMME_ID_BYTES];
	if (programme_id_get(tx->store, programme_key, id, NULL) != FAULT_NONE)
		return NULL;
	return tx_programme(tx, id, NULL);
}

enum fault tx_refuse(const struct programme *programme, const char *rule, struct problem *problem,
		     const char *fmt, ...)
{
	char detail[512];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	problem_set(problem, FAULT_REFUSED, "%s", detail);
	if (!problem)
		return FAULT_REFUSED;
	const struct clause *clause = programme ? programme_clause(programme, rule) : NULL;
	text_copy(problem->rule, sizeof(problem->rule), rule);
	if (clause)
		text_copy(problem->clause, sizeof(problem->clause), clause->text);
	return FAULT_REFUSED;
}

void tx_stir(struct tx *tx)
{
	tx->stirred = true;
}

enum fault tx_reply(struct tx *tx, struct verb *verb, read_fn *read, int64_t key, const char *name)
{
	struct read_args args = { .now_at = tx->now_at,
				  .limit = 1,
				  .key = key,
				  .name = name,
				  .calendar = tx->calendar,
				  .templates = tx->templates };
	buf_reset(&verb->reply);
	return read(tx->store, &args, &verb->reply, &verb->problem);
}

bool body_text(const struct verb *verb, const char *member, char *out, size_t size,
	       struct problem *problem)
{
	const struct jr_value *value = verb->body ? jr_member(jr_root(verb->body), member) : NULL;
	out[0] = '\0';
	if (!value || jr_type(value) == JR_NULL)
		return true;
	const char *text = jr_string(value);
	if (text && text_copy(out, size, text))
		return true;
	problem_set(problem, FAULT_UNPROCESSED, "%s must be %s", member,
		    text ? "shorter" : "a string");
	if (text)
		problem_set(problem, FAULT_UNPROCESSED, "%s has %zu bytes; at most %zu are kept",
			    member, strlen(text), size - 1);
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/%s", member);
	return false;
}

enum fault body_wrong(struct problem *problem, const char *pointer, const char *detail)
{
	problem_set(problem, FAULT_UNPROCESSED, "%s", detail);
	text_copy(problem->pointer, sizeof(problem->pointer), pointer);
	return FAULT_UNPROCESSED;
}

bool body_known(const struct verb *verb, const char *const *known, struct problem *problem)
{
	if (!verb->body)
		return true;
	const struct jr_value *root = jr_root(verb->body);
	if (jr_type(root) != JR_OBJECT) {
		problem_set(problem, FAULT_INVALID, "the body must be a JSON object");
		return false;
	}
	const char *key;
	for (size_t i = 0; jr_member_at(root, i, &key); i++) {
		size_t k = 0;
		while (known[k] && strcmp(known[k], key) != 0)
			k++;
		if (known[k])
			continue;
		const char *near = text_suggest(key, known);
		problem_set(problem, FAULT_UNPROCESSED, "unknown member \"%.40s\"%s%s%s", key,
			    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
		if (problem)
			(void)snprintf(problem->pointer, sizeof(problem->pointer), "/%.100s", key);
		return false;
	}
	return true;
}

static bool member_wrong(struct problem *problem, const char *member)
{
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/%s", member);
	return false;
}

bool body_wanted(const struct verb *verb, const char *member, const char *what, char *out,
		 size_t size, struct problem *problem)
{
	if (!body_text(verb, member, out, size, problem))
		return false;
	size_t len = strlen(out);
	(void)text_trim(out, &len);
	if (len > 0)
		return true;
	problem_set(problem, FAULT_UNPROCESSED, "%s", what);
	return member_wrong(problem, member);
}

bool body_day(const struct verb *verb, const char *member, int32_t *out, struct problem *problem)
{
	char text[64];
	if (!body_text(verb, member, text, sizeof(text), problem))
		return false;
	if (civil_parse(text, out))
		return true;
	problem_set(problem, FAULT_UNPROCESSED, "%s must be a day as YYYY-MM-DD, not \"%.32s\"",
		    member, text);
	return member_wrong(problem, member);
}
