/*
 * The window ends with its last day, at 24:00. Nobody is eliminated by that: a person decides, and a task says that he
 * has to (O9).
 */
#include "engine/window.h"

#include "engine/notice.h"
#include "engine/replan.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/change.h"

#include <inttypes.h>

static enum fault record(struct tx *tx, const struct unit_row *unit, int64_t task_no,
			 struct problem *problem)
{
	char object[TEXT_ID_BYTES], key[TEXT_ID_BYTES], end_on[CIVIL_DATE_BYTES],
		end_at[CIVIL_INSTANT_BYTES];
	struct buf data = BUF_EMPTY;
	struct event_row moved = { "unit.pending_decision", unit->programme_key, unit->key, 0,
				   NULL };
	struct event_row opened = { "decision.opened", unit->programme_key, unit->key, 0, NULL };
	text_id_write(object, WIRE_ID_UNIT, unit->key);
	civil_write(unit->window_end_on, end_on);
	civil_instant_write(civil_end_at(unit->window_end_on), end_at);
	buf_addf(&data,
		 "{\"trigger\":\"window_end\",\"window_ends_on\":\"%s\",\"ended_at\":\"%s\","
		 "\"old\":\"delivering\",\"new\":\"pending_decision\",\"decision\":"
		 "\"" WIRE_ID_DECISION "_%" PRId64 "\"}",
		 end_on, end_at, task_no);
	moved.data = opened.data = buf_str(&data);
	enum fault fault = event_append(tx->store, tx->now_at, &moved, problem);
	if (fault == FAULT_NONE)
		fault = event_append(tx->store, tx->now_at, &opened, problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "window_end", object, &data, problem);
	text_id_write(key, WIRE_ID_DECISION, task_no);
	struct notice notice = { RECIPIENT_OFFICE, "decision.opened", key, buf_str(&data) };
	if (fault == FAULT_NONE)
		fault = notice_about_unit(tx, unit->key, &notice, problem);
	buf_clear(&data);
	return fault;
}

enum fault window_ended(struct tx *tx, int64_t unit_key, struct problem *problem)
{
	struct unit_row unit;
	int64_t task_no = 0;
	enum fault fault = unit_get(tx->store, unit_key, &unit, problem);
	if (fault != FAULT_NONE || unit.state != UNIT_DELIVERING || !unit.published)
		return fault;
	if (civil_end_at(unit.window_end_on) > tx->now_at)
		return window_arm(tx, &unit, problem);
	fault = tx_unit_move(tx, unit.key, &unit.state, UNIT_EV_WINDOW_ENDED, problem);
	if (fault == FAULT_NONE)
		fault = decision_open(tx->store, unit.key, unit.window_end_on, tx->now_at, &task_no,
				      problem);
	if (fault == FAULT_NONE)
		fault = record(tx, &unit, task_no, problem);
	return fault;
}
