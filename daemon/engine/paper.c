/*
 * Forms and checklists as the engine sees them: by the rule version that the obligation was planned by.
 */
#include "engine/paper.h"

#include "jiebang/checklist.h"
#include "jiebang/form.h"
#include "jiebang/text.h"
#include "store/material.h"

#include <stdio.h>
#include <stdlib.h>

void tx_papers_free(struct tx *tx)
{
	for (size_t i = 0; i < tx->n_papers; i++) {
		form_free(tx->papers[i].form);
		checklist_free(tx->papers[i].checklist);
	}
	free(tx->papers);
	tx->papers = NULL;
	tx->n_papers = 0;
}

static enum fault load(struct tx *tx, int64_t rule_key, struct paper_slot *slot,
		       struct problem *problem)
{
	struct buf form = BUF_EMPTY, checklist = BUF_EMPTY;
	*slot = (struct paper_slot){ .rule_key = rule_key };
	enum fault fault = rule_form(tx->store, rule_key, &form, &checklist, problem);
	if (fault == FAULT_NONE && form.len > 0)
		fault = form_read(form.data, form.len, &slot->form, problem);
	if (fault == FAULT_NONE && checklist.len > 0)
		fault = checklist_read(checklist.data, checklist.len, &slot->checklist, problem);
	buf_clear(&form);
	buf_clear(&checklist);
	return fault;
}

enum fault tx_papers(struct tx *tx, int64_t rule_key, const struct paper_slot **out,
		     struct problem *problem)
{
	for (size_t i = 0; i < tx->n_papers; i++) {
		*out = &tx->papers[i];
		if (tx->papers[i].rule_key == rule_key)
			return FAULT_NONE;
	}
	tx->papers = xrealloc(tx->papers, (tx->n_papers + 1) * sizeof(*tx->papers));
	struct paper_slot *slot = &tx->papers[tx->n_papers];
	enum fault fault = load(tx, rule_key, slot, problem);
	if (fault == FAULT_NONE) {
		tx->n_papers++;
	} else {
		form_free(slot->form);
		checklist_free(slot->checklist);
	}
	*out = slot;
	return fault;
}

enum fault check_content(struct tx *tx, const struct obligation_row *row, struct verb *verb)
{
	const struct paper_slot *papers;
	const struct jr_value *content =
		verb->body ? jr_member(jr_root(verb->body), "content") : NULL;
	struct problem *problem = &verb->problem;
	enum fault fault = tx_papers(tx, row->rule_key, &papers, problem);
	if (fault != FAULT_NONE || !papers->form)
		return fault;
	fault = form_check(papers->form, content, &verb->reply, problem);
	if (fault == FAULT_UNPROCESSED)
		(void)snprintf(problem->hint, sizeof(problem->hint),
			       "the form is shown by: jiebangctl report form --obligation ob_%lld",
			       (long long)row->key);
	return fault;
}
