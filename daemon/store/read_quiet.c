/*
 * What quiet was asked for, as the read side shows it: on an obligation, and on steps to come that will be kept back.
 * The judge is the planner's own (hush_find), asked about an instant that is still ahead.
 */
#include "store/read_quiet.h"

#include "jiebang/civil.h"
#include "jiebang/reminder.h"
#include "jiebang/wire.h"
#include "store/silence.h"

#include <string.h>

#define STEPS_LOOKED_AT 64 /* more than a year of weekly repeats: longer than any quiet may last */

void kv_quiet(struct reader *rd, const struct query *q)
{
	struct jw *jw = &rd->jw;
	jw_key(jw, "quiet");
	if (query_col_null(q, OB_QUIET_KIND)) {
		jw_null(jw);
		return;
	}
	bool heard = ob_owed(q) || ob_in_review(q);
	jw_object(jw);
	kv_text(jw, "kind", q, OB_QUIET_KIND);
	kv_text(jw, "by", q, OB_QUIET_ACTOR);
	kv_instant(jw, "at", q, OB_QUIET_MADE_AT);
	kv_instant(jw, "until", q, OB_QUIET_UNTIL_AT);
	kv_text(jw, "note", q, OB_QUIET_NOTE);
	jw_kv_bool(jw, "active", heard && query_col_int(q, OB_QUIET_UNTIL_AT) > rd->args->now_at);
	jw_object_end(jw);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t step_decided_at(const struct reader *rd, const struct query *q, const struct step *step)
{
	return later(later(step->at, query_col_int(q, OB_HELD_UNTIL_AT)), rd->args->now_at);
}

void hush_ahead(struct reader *rd, const struct query *q, const struct step *step,
		struct hush *hush)
{
	struct hush_step what = { .obligation_key = query_col_int(q, OB_KEY),
				  .unit_key = query_col_int(q, OB_UNIT),
				  .revision = query_col_int(q, OB_REVISION),
				  .recipient = recipient_name(step->to),
				  .kind = query_col_text(q, OB_KIND),
				  .escalation = step->kind == STEP_ESCALATION,
				  .of_review = ob_in_review(q),
				  .at = step->at,
				  .decided_at = step_decided_at(rd, q, step) };
	*hush = (struct hush){ .silence_key = 0 };
	if (step->kind != STEP_OPEN)
		reader_fault(rd, hush_find(rd->store, &what, hush, rd->problem));
}

void hush_members(struct jw *jw, const struct hush *hush)
{
	jw_kv_str(jw, "reason", hush->reason[0] ? hush->reason : NULL);
	if (hush->silence_key) {
		jw_kv_id(jw, "silence", WIRE_ID_SILENCE, hush->silence_key);
	} else {
		jw_key(jw, "silence");
		jw_null(jw);
	}
	if (hush->reason[0]) {
		jw_kv_at(jw, "until", hush->until_at);
	} else {
		jw_key(jw, "until");
		jw_null(jw);
	}
}

static void write_step(struct reader *rd, const struct query *q, const char *key,
		       const struct step *step, const struct hush *hush)
{
	int64_t held_until_at = query_col_int(q, OB_HELD_UNTIL_AT);
	jw_key(&rd->jw, key);
	if (!step) {
		jw_null(&rd->jw);
		return;
	}
	jw_object(&rd->jw);
	jw_kv_str(&rd->jw, "step", step->key);
	/* A held one's steps wait for the end of the hold. */
	jw_kv_at(&rd->jw, "at", later(step->at, held_until_at));
	jw_kv_str(&rd->jw, "to", step->kind == STEP_OPEN ? NULL : recipient_name(step->to));
	if (hush)
		hush_members(&rd->jw, hush);
	jw_object_end(&rd->jw);
}

/* The steps from the agenda's instant on; the agenda knows the instant, the ladder which step that is. */
static size_t steps_ahead(struct reader *rd, const struct query *q, struct step *steps)
{
	struct ladder ladder;
	struct step_dates dates;
	const char *text = query_col_text(q, OB_COLUMNS + 1);
	if (query_col_null(q, OB_COLUMNS) || !rd->args->calendar || !ob_step_dates(q, &dates) ||
	    ladder_read(text, strlen(text), &ladder, NULL) != FAULT_NONE)
		return 0;
	ladder.of_review = ob_in_review(q);
	return reminder_steps(&ladder, rd->args->calendar, &dates, query_col_int(q, OB_COLUMNS),
			      INT64_MAX, steps, STEPS_LOOKED_AT);
}

void next_steps_members(struct reader *rd, const struct query *q)
{
	struct step steps[STEPS_LOOKED_AT];
	struct hush first, hush;
	size_t n = steps_ahead(rd, q, steps), said = 0;
	if (n > 0)
		hush_ahead(rd, q, &steps[0], &first);
	for (; said < n; said++) {
		hush_ahead(rd, q, &steps[said], &hush);
		if (steps[said].kind != STEP_OPEN && !hush.reason[0])
			break;
	}
	write_step(rd, q, "next_step", n > 0 ? &steps[0] : NULL, n > 0 ? &first : NULL);
	write_step(rd, q, "next_said", said < n ? &steps[said] : NULL, NULL);
}
