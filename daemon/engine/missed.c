/*
 * An episode begins where time was last seen, and ends when the planner has nothing more to do. The first step in it that is
 * late by a day or more tells of all: what else is from before today stands in the agenda, oldest first.
 */
#include "engine/missed.h"

#include "jiebang/civil.h"
#include "jiebang/log.h"
#include "jiebang/wire.h"
#include "store/obligation.h"

#include <inttypes.h>

static void set(struct tx *tx, int64_t since_at)
{
	if (tx->instance.missed_since_at == since_at)
		return;
	tx->instance.missed_since_at = since_at;
	tx->instance_dirty = true;
}

void missed_begin(struct tx *tx, int64_t since_at)
{
	/* An outage in the middle of catching up is of the same episode. */
	if (!tx->instance.missed_since_at && civil_day_of(since_at) < civil_day_of(tx->now_at))
		set(tx, since_at);
}

void missed_end(struct tx *tx)
{
	set(tx, 0);
}

static enum fault tell(struct tx *tx, const struct obligation_row *row, int64_t step_at,
		       struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	int64_t n = 0;
	enum fault fault =
		agenda_before(tx->store, civil_start_at(civil_day_of(tx->now_at)), &n, problem);
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_at(&jw, "since", tx->instance.missed_since_at);
	jw_kv_at(&jw, "until", tx->now_at);
	jw_kv_int(&jw, "obligations", n);
	jw_kv_id(&jw, "first", WIRE_ID_OBLIGATION, row->key);
	jw_kv_at(&jw, "first_step_at", step_at);
	jw_object_end(&jw);
	struct event_row event = { .type = "schedule.missed", .data = buf_str(&data) };
	if (fault == FAULT_NONE)
		fault = event_append(tx->store, tx->now_at, &event, problem);
	log_warning("steps were missed", "obligations=%" PRId64 " first=ob_%" PRId64, n, row->key);
	buf_clear(&data);
	return fault;
}

enum fault missed_step(struct tx *tx, const struct obligation_row *row, int64_t step_at,
		       struct problem *problem)
{
	bool missed = tx->instance.missed_since_at && step_at > tx->instance.missed_since_at &&
		      civil_day_of(step_at) < civil_day_of(tx->now_at);
	if (!missed)
		return FAULT_NONE;
	enum fault fault = tell(tx, row, step_at, problem);
	missed_end(tx);
	return fault;
}
