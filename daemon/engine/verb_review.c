/*
 * Verdicts on what was filed: accepted, or returned for correction with a comment that the unit is told, any number of
 * times. Either ends the reviewer's deadline.
 */
#include "engine/course.h"
#include "engine/gap.h"
#include "engine/notice.h"
#include "engine/paper.h"
#include "engine/settle.h"
#include "jiebang/civil.h"

#include <string.h>

struct verdict_kind {
	enum obligation_event on;
	const char *word; /* 'accepted', 'returned' */
	const char *event;
	const char *verb;
	bool needs_comment;
};

static void write_data(const struct review_new *verdict, struct buf *out)
{
	char day[CIVIL_DATE_BYTES];
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "comment", verdict->comment);
	if (verdict->correct_by_on) {
		civil_write(verdict->correct_by_on, day);
		jw_kv_str(&jw, "correct_by_on", day);
	}
	jw_object_end(&jw);
}

/* `row` has moved to its new state; it still knows of the review that is over now. */
static enum fault end_review(struct tx *tx, struct obligation_row *row, struct review_new *verdict,
			     struct problem *problem)
{
	verdict->due_on = row->review_due_on;
	enum fault fault = row->state == OBLIGATION_RETURNED
				   ? begin_correction(tx, row, &verdict->correct_by_on, problem)
				   : settle_obligation(tx, row, verdict->decision, problem);
	row->review_due_on = 0;
	/* The day of a correction is counted in working days, perhaps of a year without calendar. */
	if (fault == FAULT_NONE && row->state == OBLIGATION_RETURNED)
		fault = gaps_refresh(tx, problem);
	if (fault == FAULT_NONE)
		fault = review_add(tx->store, row->key, verdict, tx->now_at, problem);
	return fault;
}

static bool read_comment(struct verb *verb, const struct verdict_kind *kind, char *out, size_t size)
{
	struct problem *problem = &verb->problem;
	if (kind->needs_comment)
		return body_wanted(verb, "comment",
				   "a return needs a comment that says what to correct", out, size,
				   problem);
	return body_text(verb, "comment", out, size, problem);
}

static enum fault decide(struct tx *tx, struct verb *verb, const struct verdict_kind *kind)
{
	static const char *const known[] = { "comment", NULL };
	struct obligation_row row;
	struct problem *problem = &verb->problem;
	char comment[2048];
	if (!body_known(verb, known, problem) ||
	    !read_comment(verb, kind, comment, sizeof(comment)))
		return problem->fault;
	struct review_new verdict = { .decision = kind->word,
				      .comment = comment,
				      .actor = tx->actor };
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE && kind->on == OBLIGATION_EV_ACCEPT)
		fault = check_checklist(tx, &row, verb);
	if (fault == FAULT_NONE)
		fault = tx_obligation_move(tx, &row, kind->on, problem);
	if (fault == FAULT_NONE)
		fault = end_review(tx, &row, &verdict, problem);
	struct buf data = BUF_EMPTY;
	write_data(&verdict, &data);
	if (fault == FAULT_NONE)
		fault = tx_obligation_record(tx, &row, kind->event, kind->verb, &data, problem);
	/* Each return has a revision of its own, which is part of the message's id. */
	struct notice notice = { RECIPIENT_UNIT, kind->event, "verdict", buf_str(&data) };
	if (fault == FAULT_NONE && kind->on == OBLIGATION_EV_RETURN)
		fault = notice_about_obligation(tx, &row, &notice, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_obligation, row.key, NULL);
	buf_clear(&data);
	return fault;
}

static enum fault run_accept(struct tx *tx, struct verb *verb)
{
	static const struct verdict_kind accept = { OBLIGATION_EV_ACCEPT, "accepted",
						    "obligation.accepted", "accept", false };
	return decide(tx, verb, &accept);
}

static enum fault run_return(struct tx *tx, struct verb *verb)
{
	static const struct verdict_kind give_back = { OBLIGATION_EV_RETURN, "returned",
						       "obligation.returned", "return", true };
	return decide(tx, verb, &give_back);
}

const struct verb_kind verb_accept = { "accept", run_accept, false };
const struct verb_kind verb_return = { "return", run_return, false };
