/*
 * One report a week to the office about the whole programme and to each recommender about its own units, written and
 * frozen in the transaction that also says how far the week is: to count a hundred thousand units for forty recommenders
 * takes seconds, and everybody waits for the writer, so it is done a few recipients at a time and the timer stands until
 * the last. A kill before a part leaves it where it was; a kill after it finds the messages in the outbox. The ids follow
 * from programme, week and endpoint, so that even a restored backup sends the same message again and not another one.
 *
 * It is sent by itself and never gathered into a digest: it is one.
 */
#include "engine/weekly.h"

#include "engine/post.h"
#include "engine/render_weekly.h"
#include "jiebang/civil.h"
#include "store/rollup.h"
#include "store/timer.h"

#include <stdio.h>

#define TIMER_KIND "weekly"
#define TYPE       "report.weekly"
#define PART_UNITS 2000 /* in one transaction, to recommenders; one recommender is never divided */

/* ---- when ---- */

static enum fault set_timer(struct tx *tx, const struct rollup_row *row, int32_t through_on,
			    struct problem *problem)
{
	int64_t at = 0;
	/* Of a week that is to come, or that has come and was not reported yet: then it is due at once. */
	struct rollup_due due = rollup_look(&row->rollup, tx->calendar, through_on, tx->now_at);
	if (due.due)
		at = tx->now_at;
	else if (due.next_at)
		at = due.next_at;
	tx_stir(tx);
	return at ? timer_set(tx->store, TIMER_KIND, row->programme_key, at, problem)
		  : timer_clear(tx->store, TIMER_KIND, row->programme_key, problem);
}

/* Begins, or begins again: what had its slot before now is not made up for. */
static int32_t begin_through(struct tx *tx, const struct rollup_row *row)
{
	int32_t week_on = rollup_week_at(tx->now_at);
	int64_t at;
	bool past = rollup_slot(&row->rollup, tx->calendar, week_on, &at) && at <= tx->now_at;
	int32_t through_on = past ? week_on : week_on - 7;
	return row->begun && row->through_on > through_on ? row->through_on : through_on;
}

enum fault weekly_arm(struct tx *tx, int64_t programme_key, struct problem *problem)
{
	struct rollup_row row;
	bool running = false;
	enum fault fault = rollup_get(tx->store, programme_key, &row, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!row.published || row.rollup.weekday == 0)
		return timer_clear(tx->store, TIMER_KIND, programme_key, problem);
	fault = timer_is_set(tx->store, TIMER_KIND, programme_key, &running, problem);
	int32_t through_on = running ? row.through_on : begin_through(tx, &row);
	if (fault == FAULT_NONE && (!row.begun || through_on != row.through_on))
		fault = rollup_set_through(tx->store, programme_key, through_on, problem);
	return fault == FAULT_NONE ? set_timer(tx, &row, through_on, problem) : fault;
}

enum fault weekly_arm_all(struct tx *tx, struct problem *problem)
{
	int64_t key = 0;
	enum fault fault;
	do {
		fault = rollup_after(tx->store, key, &key, problem);
		if (fault == FAULT_NONE && key)
			fault = weekly_arm(tx, key, problem);
	} while (fault == FAULT_NONE && key);
	return fault;
}

/* ---- what is sent ---- */

struct run {
	struct rollup_row row;
	struct rollup_due due;
	char week_on[CIVIL_DATE_BYTES];
	int64_t units; /* counted in this part */
	bool done;     /* nobody is left to be told */
};

static enum fault write_body(struct tx *tx, struct weekly_report *report, struct buf *out,
			     struct problem *problem)
{
	struct jw jw;
	struct buf data = BUF_EMPTY;
	enum fault fault = render_weekly(tx->store, report, &data, problem);
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", TYPE);
	jw_kv_at(&jw, "timestamp", tx->now_at);
	jw_key(&jw, "data");
	jw_raw(&jw, buf_str(&data), data.len);
	jw_object_end(&jw);
	buf_clear(&data);
	return fault;
}

/* The instance's own id tells programmes apart, as for all notices about them. */
static enum fault send(struct tx *tx, struct run *run, const char *recommender,
		       struct problem *problem)
{
	char owner[OWNER_BYTES], step[64];
	struct weekly_report report = { { run->row.programme_key, recommender, tx->now_at },
					run->due.missed,
					tx->templates,
					0 };
	struct buf body = BUF_EMPTY;
	owner_write(recommender ? RECIPIENT_RECOMMENDER : RECIPIENT_OFFICE, 0, recommender, owner);
	(void)snprintf(step, sizeof(step), "notice:" TYPE ":%s", run->week_on);
	struct post post = { .owner = owner,
			     .id = { .origin_uid = tx->instance.uid,
				     .rule_id = "",
				     .revision = run->row.programme_key,
				     .step = step },
			     .message = { .type = TYPE,
					  .programme_key = run->row.programme_key,
					  .nominal_at = tx->now_at,
					  .deadline_at = tx->now_at } };
	enum fault fault = post_look(tx, &post, problem);
	if (fault != FAULT_NONE || !post.any)
		return fault;
	fault = write_body(tx, &report, &body, problem);
	post.message.body = buf_str(&body);
	if (fault == FAULT_NONE)
		fault = post_to_owner(tx, &post, problem);
	buf_clear(&body);
	run->units += report.units;
	run->row.part.told++;
	return fault;
}

/* The next of them, as many as make a part. */
static enum fault send_recommenders(struct tx *tx, struct run *run, struct problem *problem)
{
	char name[RECOMMENDER_BYTES];
	int64_t endpoint_key = run->row.part.endpoint_key;
	enum fault fault = FAULT_NONE;
	while (fault == FAULT_NONE && run->units < PART_UNITS) {
		fault = rollup_recommender_after(tx->store, run->row.programme_key, &endpoint_key,
						 name, problem);
		if (fault != FAULT_NONE || !endpoint_key) {
			run->done = true;
			break;
		}
		fault = send(tx, run, name, problem);
		run->row.part.endpoint_key = endpoint_key;
	}
	return fault;
}

static enum fault record(struct tx *tx, const struct run *run, struct problem *problem)
{
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "week_on", run->week_on);
	jw_kv_int(&jw, "missed", run->due.missed);
	jw_kv_int(&jw, "recipients", run->row.part.told);
	jw_object_end(&jw);
	struct event_row event = { TYPE, run->row.programme_key, 0, 0, buf_str(&data) };
	enum fault fault = event_append(tx->store, tx->now_at, &event, problem);
	buf_clear(&data);
	return fault;
}

/* One part of the report; in the first one the office, which counts everything. */
static enum fault report(struct tx *tx, struct run *run, struct problem *problem)
{
	struct rollup_part *part = &run->row.part;
	enum fault fault = FAULT_NONE;
	civil_write(run->due.week_on, run->week_on);
	if (part->week_on != run->due.week_on) {
		*part = (struct rollup_part){ .week_on = run->due.week_on };
		if (run->row.to[RECIPIENT_OFFICE])
			fault = send(tx, run, NULL, problem);
	}
	run->done = !run->row.to[RECIPIENT_RECOMMENDER];
	if (fault == FAULT_NONE && !run->done)
		fault = send_recommenders(tx, run, problem);
	if (fault == FAULT_NONE && !run->done)
		return rollup_set_part(tx->store, run->row.programme_key, part, problem);
	return fault == FAULT_NONE ? record(tx, run, problem) : fault;
}

/* The programme is over when the delivery of every unit is: the next publication begins anew. */
static enum fault run_week(struct tx *tx, struct run *run, struct problem *problem)
{
	struct weekly_ask whole = { run->row.programme_key, NULL, tx->now_at };
	bool any = false;
	enum fault fault = weekly_any_left(tx->store, &whole, &any, problem);
	if (fault != FAULT_NONE || !any)
		return fault;
	run->done = true;
	if (run->due.due) {
		fault = report(tx, run, problem);
		if (run->done)
			run->row.through_on = run->due.week_on;
	}
	if (fault == FAULT_NONE && run->done)
		fault = rollup_set_through(tx->store, run->row.programme_key, run->row.through_on,
					   problem);
	return fault == FAULT_NONE ? set_timer(tx, &run->row, run->row.through_on, problem) : fault;
}

enum fault weekly_run(struct tx *tx, int64_t programme_key, struct problem *problem)
{
	struct run run = { .units = 0 };
	enum fault fault = rollup_get(tx->store, programme_key, &run.row, problem);
	if (fault != FAULT_NONE || !run.row.published || run.row.rollup.weekday == 0)
		return fault;
	run.due = rollup_look(&run.row.rollup, tx->calendar, run.row.through_on, tx->now_at);
	return run_week(tx, &run, problem);
}
