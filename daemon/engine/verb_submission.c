/*
 * Reports and requests come in, and are accepted or returned; an obligation may be cancelled. Filing stops the unit's reminders.
 */
#include "engine/paper.h"
#include "engine/settle.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <stdio.h>
#include <string.h>

struct filing {
	char author[256];
	char receipt[128];
	char summary[4096];
	struct buf content;
	int64_t key;
	int64_t version;
	bool late;
};

static bool read_filing(const struct verb *verb, struct filing *filing, struct problem *problem)
{
	static const char *const known[] = { "summary", "receipt", "author", "content", NULL };
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "author", filing->author, sizeof(filing->author), problem) ||
	    !body_text(verb, "receipt", filing->receipt, sizeof(filing->receipt), problem) ||
	    !body_text(verb, "summary", filing->summary, sizeof(filing->summary), problem))
		return false;
	const struct jr_value *content =
		verb->body ? jr_member(jr_root(verb->body), "content") : NULL;
	if (!content) {
		buf_adds(&filing->content, "{}");
		return true;
	}
	if (jr_type(content) != JR_OBJECT) {
		problem_set(problem, FAULT_UNPROCESSED, "content must be a JSON object");
		text_copy(problem->pointer, sizeof(problem->pointer), "/content");
		return false;
	}
	jr_write(content, &filing->content);
	return true;
}

static enum fault record(struct tx *tx, const struct obligation_row *row, const char *type,
			 const char *verb, const struct buf *data, struct problem *problem)
{
	char object[TEXT_ID_BYTES];
	text_id_write(object, WIRE_ID_OBLIGATION, row->key);
	enum fault fault = tx_obligation_event(tx, row, type, buf_str(data), problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, verb, object, data, problem);
	return fault;
}

/* An acceptance request moves the unit as well; a unit that is past delivering can't file one. */
static enum fault move_unit(struct tx *tx, struct obligation_row *row, struct problem *problem)
{
	if (row->kind != KIND_ACCEPTANCE_REQUEST || row->unit_state == UNIT_ACCEPTANCE_REQUESTED)
		return FAULT_NONE;
	return tx_unit_move(tx, row->unit_key, &row->unit_state, UNIT_EV_REQUEST_ACCEPTANCE,
			    problem);
}

static enum fault file_it(struct tx *tx, struct obligation_row *row, struct filing *filing,
			  struct problem *problem)
{
	struct submission_new submission = {
		row->key,        !row->ever_submitted, filing->late,        filing->author,
		filing->receipt, filing->summary,      filing->content.data
	};
	enum fault fault = tx_obligation_move(tx, row, OBLIGATION_EV_SUBMIT, problem);
	if (fault == FAULT_NONE)
		fault = move_unit(tx, row, problem);
	if (fault == FAULT_NONE)
		fault = submission_add(tx->store, &submission, tx->now_at, &filing->key,
				       &filing->version, problem);
	if (fault == FAULT_NONE)
		fault = settle_obligation(tx, row, "satisfied", problem);
	return fault;
}

static enum fault check_unit(const struct obligation_row *row, struct problem *problem)
{
	if (unit_is_reminded(row->unit_state))
		return FAULT_NONE;
	problem_set(problem, FAULT_REFUSED, "un_%lld is %s: it owes nothing any more",
		    (long long)row->unit_key, unit_state_name(row->unit_state));
	text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

static void tell_filed(const struct filing *filing, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_id(&jw, "submission", WIRE_ID_SUBMISSION, filing->key);
	jw_kv_int(&jw, "version", filing->version);
	jw_kv_bool(&jw, "late", filing->late);
	jw_object_end(&jw);
}

/* As a GET would show it, from what was just written. */
static void reply_filed(const struct tx *tx, struct verb *verb, const struct filing *filing)
{
	struct submission_shown shown = { .key = filing->key,
					  .obligation_key = verb->key,
					  .version = filing->version,
					  .filed_at = tx->now_at,
					  .late = filing->late,
					  .author = filing->author,
					  .receipt = filing->receipt,
					  .summary = filing->summary,
					  .content = filing->content.data,
					  .content_len = filing->content.len };
	struct jw jw;
	buf_reset(&verb->reply);
	jw_init(&jw, &verb->reply);
	submission_write(&jw, &shown);
}

static enum fault run_submit(struct tx *tx, struct verb *verb)
{
	struct obligation_row row;
	static struct filing filing; /* large; the writer thread's alone */
	memset(&filing, 0, sizeof(filing));
	struct problem *problem = &verb->problem;
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE && !read_filing(verb, &filing, problem))
		fault = problem->fault;
	if (fault == FAULT_NONE)
		fault = check_unit(&row, problem);
	if (fault == FAULT_NONE)
		fault = check_content(tx, &row, verb);
	filing.late = tx->now_at >= row.due_at;
	if (fault == FAULT_NONE)
		fault = file_it(tx, &row, &filing, problem);
	struct buf data = BUF_EMPTY;
	if (fault == FAULT_NONE) {
		tell_filed(&filing, &data);
		fault = record(tx, &row, "obligation.submitted", "submit", &data, problem);
		verb->status = 201;
	}
	if (fault == FAULT_NONE)
		reply_filed(tx, verb, &filing);
	buf_clear(&data);
	buf_clear(&filing.content);
	return fault;
}

const struct verb_kind verb_submit = { "submit", run_submit, false };

/* ---- verdicts ---- */

struct decision {
	enum obligation_event on;
	const char *word; /* 'accepted', 'returned' */
	const char *event;
	const char *verb;
	bool needs_comment;
};

static enum fault decide(struct tx *tx, struct verb *verb, const struct decision *decision)
{
	static const char *const known[] = { "comment", NULL };
	struct obligation_row row;
	struct problem *problem = &verb->problem;
	char comment[2048];
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "comment", comment, sizeof(comment), problem))
		return problem->fault;
	size_t comment_len = strlen(comment);
	(void)text_trim(comment, &comment_len);
	if (decision->needs_comment && comment_len == 0) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "a return needs a comment that says what to correct");
		text_copy(problem->pointer, sizeof(problem->pointer), "/comment");
		return FAULT_UNPROCESSED;
	}
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE && decision->on == OBLIGATION_EV_ACCEPT)
		fault = check_checklist(tx, &row, verb);
	if (fault == FAULT_NONE)
		fault = tx_obligation_move(tx, &row, decision->on, problem);
	if (fault == FAULT_NONE)
		fault = review_add(tx->store, row.key, decision->word, comment, tx->actor,
				   tx->now_at, problem);
	if (fault == FAULT_NONE && decision->on == OBLIGATION_EV_RETURN)
		fault = rearm_obligation(tx, &row, problem);
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "comment", comment);
	jw_object_end(&jw);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, decision->event, decision->verb, &data, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_obligation, row.key, NULL);
	buf_clear(&data);
	return fault;
}

static enum fault run_accept(struct tx *tx, struct verb *verb)
{
	static const struct decision accept = { OBLIGATION_EV_ACCEPT, "accepted",
						"obligation.accepted", "accept", false };
	return decide(tx, verb, &accept);
}

static enum fault run_return(struct tx *tx, struct verb *verb)
{
	static const struct decision give_back = { OBLIGATION_EV_RETURN, "returned",
						   "obligation.returned", "return", true };
	return decide(tx, verb, &give_back);
}

const struct verb_kind verb_accept = { "accept", run_accept, false };
const struct verb_kind verb_return = { "return", run_return, false };

/* ---- no longer owed ---- */

static enum fault run_cancel(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "reason", NULL };
	struct obligation_row row;
	struct problem *problem = &verb->problem;
	char reason[512];
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "reason", reason, sizeof(reason), problem))
		return problem->fault;
	size_t reason_len = strlen(reason);
	(void)text_trim(reason, &reason_len);
	if (reason_len == 0) {
		problem_set(problem, FAULT_UNPROCESSED, "a cancellation needs its reason");
		text_copy(problem->pointer, sizeof(problem->pointer), "/reason");
		return FAULT_UNPROCESSED;
	}
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_move(tx, &row, OBLIGATION_EV_CANCEL, problem);
	if (fault == FAULT_NONE)
		fault = settle_obligation(tx, &row, "cancelled", problem);
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "reason", reason);
	jw_kv_str(&jw, "actor", tx->actor);
	jw_object_end(&jw);
	if (fault == FAULT_NONE)
		fault = record(tx, &row, "obligation.cancelled", "cancel", &data, problem);
	if (fault == FAULT_NONE)
		fault = tx_reply(tx, verb, read_obligation, row.key, NULL);
	buf_clear(&data);
	return fault;
}

const struct verb_kind verb_cancel = { "cancel", run_cancel, false };
