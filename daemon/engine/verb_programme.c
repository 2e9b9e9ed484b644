/*
 * Programmes and calendars come in. A calendar that arrives late moves the dates it makes certain, and says so (T3).
 */
#include "engine/course.h"
#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "jiebang/log.h"
#include "jiebang/text.h"
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

/* Every obligation that is not done is computed again; those whose dates stand are not touched. */
static enum fault replan(struct tx *tx, int64_t *moved, struct problem *problem)
{
	int64_t key = 0;
	enum fault fault = FAULT_NONE;
	do {
		fault = replan_next(tx->store, key, &key, problem);
		if (fault == FAULT_NONE && key)
			fault = replan_obligation(tx, key, moved, problem);
	} while (fault == FAULT_NONE && key);
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
