/*
 * Programmes and calendars come in. A calendar that arrives late moves the dates it makes certain, and says so (T3).
 */
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/outbox.h"
#include "store/programme.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum fault store_one(struct tx *tx, const struct programme *programme,
			    struct problem *problem)
{
	int64_t changed = 0;
	enum fault fault = programme_store(tx->store, programme, tx->now_at, &changed, problem);
	if (fault != FAULT_NONE || changed == 0)
		return fault;
	log_info("programme loaded", "id=%s tasks=%zu rows_changed=%" PRId64, programme->id,
		 programme->n_tasks, changed);
	struct buf detail = BUF_EMPTY;
	buf_addf(&detail, "{\"sha256\":\"%s\",\"rows_changed\":%" PRId64 "}", programme->sha256,
		 changed);
	fault = tx_audit(tx, "programme_load", programme->id, &detail, problem);
	buf_clear(&detail);
	return fault;
}

static enum fault run_load(struct tx *tx, struct verb *verb)
{
	struct programme_set *set = verb->input;
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < set->n; i++)
		fault = store_one(tx, set->items[i], &verb->problem);
	if (fault != FAULT_NONE)
		return fault;
	tx->fresh_programmes = set;
	verb->input = NULL;
	return FAULT_NONE;
}

const struct verb_kind verb_programmes_load = { "programmes_load", run_load, true };

/* ---- calendars ---- */

/*
 * The rule by which an obligation was planned. Its file may have been edited since, which changes no running
 * obligation: only the calendar is new.
 */
struct frozen {
	int64_t rule_key;
	struct plan_rule rule; /* what programme_replan reads of it */
};

struct frozen_rules {
	struct frozen *items;
	size_t n;
};

static bool take_frozen(const struct jr_value *root, struct plan_rule *rule)
{
	int64_t months, days;
	const struct jr_value *roll = jr_member(root, "roll");
	const struct jr_value *opens_months = jr_member(root, "opens_months");
	const struct jr_value *opens_days = jr_member(root, "opens_before_days");
	const struct jr_value *dates = jr_member(root, "on_dates");
	if (!roll || !opens_months || !opens_days || !dates || !jr_string(roll) ||
	    !roll_parse(jr_string(roll), &rule->roll) || !jr_integer(opens_months, &months) ||
	    !jr_integer(opens_days, &days))
		return false;
	rule->opens_months = (int)months;
	rule->opens_before_days = (int)days;
	rule->n_on_dates = jr_count(dates);
	return true;
}

static enum fault frozen_rule(struct tx *tx, struct frozen_rules *rules, int64_t rule_key,
			      const struct plan_rule **out, struct problem *problem)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->items[i].rule_key == rule_key) {
			*out = &rules->items[i].rule;
			return FAULT_NONE;
		}
	struct buf text = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	struct frozen frozen = { .rule_key = rule_key };
	enum fault fault = rule_body(tx->store, rule_key, &text, problem);
	if (fault == FAULT_NONE)
		fault = jr_read(buf_str(&text), text.len, &doc, problem);
	if (fault == FAULT_NONE && !take_frozen(jr_root(doc), &frozen.rule))
		fault = problem_set(problem, FAULT_CORRUPT, "rule %" PRId64 " is not readable",
				    rule_key);
	jr_free(doc);
	buf_clear(&text);
	if (fault != FAULT_NONE)
		return fault;
	rules->items = xrealloc(rules->items, (rules->n + 1) * sizeof(frozen));
	rules->items[rules->n] = frozen;
	*out = &rules->items[rules->n++].rule;
	return FAULT_NONE;
}

/*
 * Where the new ladder begins: after now, but what the old one had not said yet is owed still. If the date came
 * nearer, so did its steps, perhaps to before now; if steps were missed (an outage, and the calendar is read first
 * thing at start) or their message has not arrived, they are caught up with under the new date.
 */
static int64_t ladder_begins_at(const struct tx *tx, const struct obligation_row *old,
				const struct planned *fresh, int64_t waiting_since_at)
{
	int32_t due_days = fresh->due_on - old->due_on,
		opens_days = fresh->opens_on - old->opens_on;
	int32_t days = due_days < opens_days ? due_days : opens_days;
	int64_t unsaid_at = old->next_step_at ? old->next_step_at : INT64_MAX;
	if (waiting_since_at < unsaid_at)
		unsaid_at = waiting_since_at;
	if (unsaid_at < INT64_MAX && days < 0)
		unsaid_at += days * 86400LL;
	return unsaid_at <= tx->now_at ? unsaid_at : tx->now_at + 1;
}

static enum fault begin_ladder(struct tx *tx, int64_t obligation_key, int64_t from_at,
			       struct problem *problem)
{
	struct obligation_row row;
	enum fault fault = obligation_get(tx->store, obligation_key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	const struct ladder *ladder = tx_ladder(tx, row.rule_key, problem);
	if (!ladder)
		return problem->fault;
	tx_stir(tx);
	return agenda_from(tx, &row, ladder, from_at, problem);
}

/* The date moved: what was not sent is superseded, the ladder begins anew under the next revision. */
static enum fault move_due_date(struct tx *tx, const struct replan_row *old,
				const struct planned *fresh, struct problem *problem)
{
	struct obligation_row row;
	char old_due_on[CIVIL_DATE_BYTES], due_on[CIVIL_DATE_BYTES];
	bool moved = old->due_on != fresh->due_on;
	struct obligation_dates dates = { fresh->opens_on, fresh->last_day_on, fresh->due_on,
					  fresh->provisional, moved };
	int64_t waiting_since_at;
	enum fault fault = obligation_get(tx->store, old->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = delivery_waiting_since(tx->store, old->key, &waiting_since_at, problem);
	if (fault == FAULT_NONE)
		fault = obligation_set_dates(tx->store, old->key, &dates, problem);
	if (fault != FAULT_NONE || !moved)
		return fault;
	fault = cancel_messages(tx, old->key, "superseded", "rescheduled", problem);
	if (fault == FAULT_NONE)
		fault = begin_ladder(tx, old->key,
				     ladder_begins_at(tx, &row, fresh, waiting_since_at), problem);
	if (fault != FAULT_NONE)
		return fault;
	civil_write(old->due_on, old_due_on);
	civil_write(fresh->due_on, due_on);
	struct buf data = BUF_EMPTY;
	buf_addf(&data,
		 "{\"cause\":\"calendar\",\"old_due_on\":\"%s\",\"due_on\":\"%s\",\"provisional\":%"
		 "s}",
		 old_due_on, due_on, fresh->provisional ? "true" : "false");
	fault = tx_obligation_event(tx, &row, "obligation.rescheduled", buf_str(&data), problem);
	buf_clear(&data);
	return fault;
}

static enum fault replan_one(struct tx *tx, struct frozen_rules *rules,
			     const struct replan_row *row, int64_t *moved, struct problem *problem)
{
	const struct plan_rule *rule;
	struct planned fresh = { .last_day_on = row->last_day_on };
	enum fault fault = frozen_rule(tx, rules, row->rule_key, &rule, problem);
	if (fault != FAULT_NONE)
		return fault;
	programme_replan(rule, tx->calendar, row->anchor_on, &fresh);
	if (fresh.due_on == row->due_on)
		fault = agenda_catch_up(tx, row->key, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (fresh.due_on == row->due_on && fresh.provisional == row->provisional)
		return FAULT_NONE;
	*moved += fresh.due_on != row->due_on;
	return move_due_date(tx, row, &fresh, problem);
}

/* Every obligation still owed is computed again; those whose dates stand are not touched. */
static enum fault replan(struct tx *tx, int64_t *moved, struct problem *problem)
{
	struct frozen_rules rules = { .n = 0 };
	struct replan_row row = { .key = 0 };
	bool found = true;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && found) {
		fault = replan_next(tx->store, row.key, &row, &found, problem);
		if (fault == FAULT_NONE && found)
			fault = replan_one(tx, &rules, &row, moved, problem);
	}
	free(rules.items);
	return fault;
}

static void write_calendar_reply(const struct calendar *fresh, int64_t days, int64_t moved,
				 bool dry_run, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_key(&jw, "years");
	jw_array(&jw);
	for (int year = CIVIL_YEAR_MIN; year <= CIVIL_YEAR_MAX; year++)
		if (calendar_covers(fresh, year))
			jw_int(&jw, year);
	jw_array_end(&jw);
	jw_kv_int(&jw, "days", days);
	jw_kv_int(&jw, "moved", moved);
	jw_kv_bool(&jw, "dry_run", dry_run);
	jw_object_end(&jw);
}

/* A file of the folder counts once: a start takes what changed since, and a correction through the API stays. */
static enum fault take_file(struct tx *tx, const struct verb *verb, bool *known,
			    struct problem *problem)
{
	uint8_t sum[DIGEST_BYTES];
	char sha256[DIGEST_HEX_BYTES];
	*known = false;
	if (!verb->name[0])
		return FAULT_NONE;
	digest_sha256(verb->text ? verb->text : "", verb->text_len, sum);
	digest_hex(sum, sizeof(sum), sha256);
	enum fault fault = calendar_file_known(tx->store, verb->name, sha256, known, problem);
	if (fault == FAULT_NONE && !*known)
		fault = calendar_file_put(tx->store, verb->name, sha256, problem);
	return fault;
}

static enum fault take_calendar(struct tx *tx, struct verb *verb)
{
	struct calendar *fresh = NULL, *whole = NULL;
	int64_t days = 0, moved = 0;
	struct problem *problem = &verb->problem;
	const char *name = verb->name[0] ? verb->name : "calendar";
	enum fault fault = calendar_read_csv(verb->text ? verb->text : "", verb->text_len, name,
					     &fresh, problem);
	if (fault == FAULT_NONE)
		fault = calendar_store(tx->store, fresh, &days, problem);
	if (fault == FAULT_NONE && days > 0)
		fault = calendar_load(tx->store, &whole, problem);
	if (fault == FAULT_NONE && days > 0) {
		/* From here on the rest of this transaction counts by the new calendar. */
		calendar_free(tx->calendar);
		tx->calendar = whole;
		whole = NULL;
		fault = replan(tx, &moved, problem);
	}
	if (fault == FAULT_NONE)
		write_calendar_reply(fresh, days, moved, verb->dry_run, &verb->reply);
	if (fault == FAULT_NONE && days > 0) {
		struct event_row event = { .type = "calendar.imported",
					   .data = buf_str(&verb->reply) };
		fault = event_append(tx->store, tx->now_at, &event, problem);
	}
	if (fault == FAULT_NONE && days > 0)
		fault = tx_audit(tx, "calendar_import", name, &verb->reply, problem);
	calendar_free(fresh);
	calendar_free(whole);
	return fault;
}

static enum fault run_calendar(struct tx *tx, struct verb *verb)
{
	bool known;
	enum fault fault = take_file(tx, verb, &known, &verb->problem);
	if (fault != FAULT_NONE || known)
		return fault;
	return take_calendar(tx, verb);
}

const struct verb_kind verb_calendar_import = { "calendar_import", run_calendar, true };
