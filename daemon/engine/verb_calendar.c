/*
 * Calendars come in. One that arrives late moves the dates it makes certain, the ends of windows among them, and says
 * so; one that is corrected moves them again (T3).
 */
#include "engine/follow.h"
#include "engine/gap.h"
#include "engine/weekly.h"
#include "jiebang/civil.h"
#include "jiebang/digest.h"

struct import {
	struct replan replan;
	int64_t days;    /* that are new or other than before */
	int64_t windows; /* units whose window ends on another day */
};

static void write_reply(const struct calendar *fresh, const struct import *import, bool dry_run,
			struct buf *out)
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
	jw_kv_int(&jw, "days", import->days);
	const struct replan *replan = &import->replan;
	jw_kv_int(&jw, "moved", (int64_t)(replan->n_moved - replan->n_added - replan->n_dropped));
	jw_kv_int(&jw, "windows_moved", import->windows);
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

/* From here on the rest of this transaction counts by the new calendar. */
static enum fault go_by_it(struct tx *tx, struct import *import, struct problem *problem)
{
	struct calendar *whole = NULL;
	enum fault fault = calendar_load(tx->store, &whole, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct calendar *old = tx->calendar;
	tx->calendar = whole;
	tx->old_calendar = old;
	fault = windows_follow(&import->replan, &import->windows, problem);
	if (fault == FAULT_NONE)
		fault = replan_all(&import->replan, problem);
	tx->old_calendar = NULL;
	calendar_free(old);
	if (fault == FAULT_NONE)
		fault = gaps_refresh(tx, problem);
	return fault == FAULT_NONE ? weekly_arm_all(tx, problem) : fault;
}

/* No row stands for an import: what tells its notices from those of another is drawn. */
static enum fault tell(struct tx *tx, struct replan *replan, struct problem *problem)
{
	uint8_t drawn[8];
	char hex[2 * sizeof(drawn) + 1];
	if (replan->n_moved == 0)
		return FAULT_NONE;
	tx_random(tx, drawn, sizeof(drawn));
	digest_hex(drawn, sizeof(drawn), hex);
	return replan_tell(replan, hex, problem);
}

static enum fault take_days(struct tx *tx, struct verb *verb, const struct calendar *fresh,
			    const char *name)
{
	struct problem *problem = &verb->problem;
	struct import import = { .days = 0 };
	replan_begin(&import.replan, tx, "calendar");
	enum fault fault = calendar_store(tx->store, fresh, &import.days, problem);
	if (fault == FAULT_NONE && import.days > 0)
		fault = go_by_it(tx, &import, problem);
	if (fault == FAULT_NONE)
		write_reply(fresh, &import, verb->dry_run, &verb->reply);
	struct event_row event = { .type = "calendar.imported", .data = buf_str(&verb->reply) };
	if (fault == FAULT_NONE && import.days > 0)
		fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE && import.days > 0)
		fault = tx_audit(tx, "calendar_import", name, &verb->reply, problem);
	if (fault == FAULT_NONE)
		fault = tell(tx, &import.replan, problem);
	replan_clear(&import.replan);
	return fault;
}

static enum fault take_calendar(struct tx *tx, struct verb *verb)
{
	struct calendar *fresh = NULL;
	const char *name = verb->name[0] ? verb->name : "calendar";
	enum fault fault = calendar_read_csv(verb->text ? verb->text : "", verb->text_len, name,
					     &fresh, &verb->problem);
	if (fault == FAULT_NONE)
		fault = take_days(tx, verb, fresh, name);
	calendar_free(fresh);
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
