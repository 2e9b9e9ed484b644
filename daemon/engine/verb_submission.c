/*
 * Reports and requests come in. Filing stops the unit's reminders, and begins those of the reviewer where the rule
 * names one.
 */
#include "engine/course.h"
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

static bool is_blank(const char *text)
{
	size_t len = strlen(text);
	(void)text_trim(text, &len);
	return len == 0;
}

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
	if (content && jr_type(content) != JR_OBJECT) {
		problem_set(problem, FAULT_UNPROCESSED, "content must be a JSON object");
		text_copy(problem->pointer, sizeof(problem->pointer), "/content");
		return false;
	}
	if (is_blank(filing->summary) && is_blank(filing->receipt) && jr_count(content) == 0) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "the report is empty: it needs a summary, its content, or the receipt "
			    "number of the official system");
		return false;
	}
	if (content)
		jr_write(content, &filing->content);
	else
		buf_adds(&filing->content, "{}");
	/* Every version says whose it is. */
	if (is_blank(filing->author))
		text_copy(filing->author, sizeof(filing->author), verb->actor);
	return true;
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
		row->key,        row->submitted_at == 0, filing->late,        filing->author,
		filing->receipt, filing->summary,        filing->content.data
	};
	const struct obligation_row before = *row;
	struct review_start review;
	enum fault fault = plan_review(tx, row, &review, problem);
	if (fault == FAULT_NONE)
		fault = tx_obligation_file(tx, row, &review, problem);
	if (fault == FAULT_NONE)
		fault = move_unit(tx, row, problem);
	if (fault == FAULT_NONE)
		fault = submission_add(tx->store, &submission, tx->now_at, &filing->key,
				       &filing->version, problem);
	if (fault == FAULT_NONE)
		fault = settle_messages(tx, &before, "satisfied", problem);
	tx_stir(tx);
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

/* The clause that the rule stands on today, for the message of a refusal; "ours" where the notice is silent. */
static const char *clause_of(const struct programme *programme, const char *rule_id)
{
	for (size_t i = 0; programme && i < programme->n_plan; i++)
		if (strcmp(programme->plan[i].id, rule_id) == 0)
			return programme->plan[i].clause;
	return "ours";
}

/* Before its opening day a report would tell of a time that is not over yet. One that was returned had opened. */
static enum fault check_opening(struct tx *tx, const struct obligation_row *row,
				struct problem *problem)
{
	const struct frozen_rule *frozen = tx_rule(tx, row->rule_key, problem);
	char opens_on[CIVIL_DATE_BYTES], due_on[CIVIL_DATE_BYTES];
	if (!frozen)
		return problem->fault;
	if (row->state != OBLIGATION_SCHEDULED || frozen->rule.early ||
	    tx->now_at >= civil_start_at(row->opens_on))
		return FAULT_NONE;
	const struct programme *programme = tx_programme_of(tx, row->programme_key);
	const char *clause = clause_of(programme, row->rule_id);
	civil_write(row->opens_on, opens_on);
	civil_write(row->due_on, due_on);
	(void)tx_refuse(programme, clause, problem,
			"ob_%lld opens on %s and is due on %s: rule %s takes nothing before the "
			"opening day",
			(long long)row->key, opens_on, due_on, row->rule_id);
	if (!problem->clause[0])
		text_copy(problem->clause, sizeof(problem->clause), clause);
	text_copy(problem->rule, sizeof(problem->rule), "opening");
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
		fault = check_opening(tx, &row, problem);
	if (fault == FAULT_NONE)
		fault = check_content(tx, &row, verb);
	filing.late = tx->now_at >= row.due_at;
	if (fault == FAULT_NONE)
		fault = file_it(tx, &row, &filing, problem);
	struct buf data = BUF_EMPTY;
	if (fault == FAULT_NONE) {
		tell_filed(&filing, &data);
		fault = tx_obligation_record(tx, &row, "obligation.submitted", "submit", &data,
					     problem);
		verb->status = 201;
	}
	if (fault == FAULT_NONE)
		reply_filed(tx, verb, &filing);
	buf_clear(&data);
	buf_clear(&filing.content);
	return fault;
}

const struct verb_kind verb_submit = { "submit", run_submit, false };
