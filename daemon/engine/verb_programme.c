/*
 * Programmes and calendars come in. A calendar that arrives late moves the dates it makes certain, and says so (T3).
 */
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/programme.h"

#include <inttypes.h>
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
	programme_set_free(tx->programmes);
	tx->programmes = set;
	verb->input = NULL;
	return FAULT_NONE;
}

const struct verb_kind verb_programmes_load = { "programmes_load", run_load, true };

/* ---- calendars ---- */

static const struct planned *find_planned(const struct programme *programme,
					  const struct planned *planned, size_t n,
					  const struct replan_row *row)
{
	for (size_t i = 0; i < n; i++)
		if (planned[i].n == row->n &&
		    strcmp(programme->plan[planned[i].rule].id, row->rule_id) == 0)
			return &planned[i];
	return NULL;
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
	enum fault fault = obligation_set_dates(tx->store, old->key, &dates, problem);
	if (fault != FAULT_NONE || !moved)
		return fault;
	fault = cancel_messages(tx, old->key, "superseded", "rescheduled", problem);
	if (fault == FAULT_NONE)
		fault = obligation_get(tx->store, old->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = rearm_obligation(tx, &row, problem);
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

/* Every obligation still owed is computed again; those whose dates stand are not touched. */
static enum fault replan(struct tx *tx, int64_t *moved, struct problem *problem)
{
	static struct planned planned[PLAN_MAX]; /* the writer thread's alone */
	struct replan_row row = { .key = 0 };
	int64_t last_programme = 0;
	int32_t last_anchor = 0;
	size_t n = 0;
	bool found = true;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && found) {
		fault = replan_next(tx->store, row.key, &row, &found, problem);
		if (fault != FAULT_NONE || !found)
			break;
		const struct programme *programme = tx_programme(tx, row.programme_id, NULL);
		if (!programme)
			continue; /* its file is gone: its dates stand as they were planned */
		if (row.programme_key != last_programme || row.anchor_on != last_anchor)
			n = programme_plan(programme, tx->calendar, row.anchor_on, planned);
		last_programme = row.programme_key;
		last_anchor = row.anchor_on;
		const struct planned *fresh = find_planned(programme, planned, n, &row);
		if (!fresh ||
		    (fresh->due_on == row.due_on && fresh->provisional == row.provisional))
			continue;
		*moved += fresh->due_on != row.due_on;
		fault = move_due_date(tx, &row, fresh, problem);
	}
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

static enum fault run_calendar(struct tx *tx, struct verb *verb)
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

const struct verb_kind verb_calendar_import = { "calendar_import", run_calendar, true };
