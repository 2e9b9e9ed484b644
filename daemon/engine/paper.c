/*
 * Forms and checklists as the engine sees them: by the rule version that the obligation was planned by.
 */
#include "engine/paper.h"

#include "jiebang/checklist.h"
#include "jiebang/form.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/material.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- materials ---- */

static enum fault wrong(struct problem *problem, const char *pointer)
{
	if (problem)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), pointer);
	return FAULT_UNPROCESSED;
}

static enum fault unknown_item(const struct checklist *checklist, const char *item,
			       struct problem *problem)
{
	const char *known[CHECKLIST_ITEMS_MAX + 1] = { NULL };
	struct buf all = BUF_EMPTY;
	for (size_t i = 0; i < checklist->n_items && i < CHECKLIST_ITEMS_MAX; i++) {
		known[i] = checklist->items[i].id;
		buf_addf(&all, "%s%s", i ? ", " : "", known[i]);
	}
	const char *near = text_suggest(item, known);
	(void)problem_set(problem, FAULT_UNPROCESSED,
			  "the checklist %s has no item \"%.40s\"%s%s%s; its items: %s",
			  checklist->id, item, near ? "; did you mean \"" : "", near ? near : "",
			  near ? "\"?" : "", buf_str(&all));
	buf_clear(&all);
	return wrong(problem, "/item");
}

static enum fault unknown_type(const struct checklist_item *item, const char *name,
			       struct problem *problem)
{
	struct buf all = BUF_EMPTY;
	for (size_t i = 0; i < item->n_types; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", item->types[i]);
	(void)problem_set(problem, FAULT_UNPROCESSED,
			  "%s takes files that end in %s, not \"%.80s\"", item->id, buf_str(&all),
			  name);
	buf_clear(&all);
	return wrong(problem, "/name");
}

/* Files may come before the report does, and until it is accepted; afterwards they are evidence. */
static enum fault check_open(const struct obligation_row *row, struct problem *problem)
{
	bool open = row->state == OBLIGATION_SCHEDULED || row->state == OBLIGATION_OPEN ||
		    row->state == OBLIGATION_SUBMITTED || row->state == OBLIGATION_RETURNED;
	if (open)
		return FAULT_NONE;
	(void)problem_set(problem, FAULT_REFUSED, "ob_%lld is %s: its files stay as they are",
			  (long long)row->key, obligation_state_name(row->state));
	if (problem)
		(void)text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

enum fault check_material(const struct checklist *checklist, const struct obligation_row *row,
			  const struct material_wish *wish, struct problem *problem)
{
	if (!checklist) {
		(void)problem_set(problem, FAULT_REFUSED,
				  "ob_%lld (%s) takes no files: its rule names no checklist",
				  (long long)row->key, row->rule_id);
		if (problem)
			(void)text_copy(problem->rule, sizeof(problem->rule), "materials");
		return FAULT_REFUSED;
	}
	const struct checklist_item *item = checklist_item(checklist, wish->item);
	if (!item)
		return unknown_item(checklist, wish->item, problem);
	if (!checklist_takes(item, wish->name))
		return unknown_type(item, wish->name, problem);
	if (wish->size_bytes > item->max_bytes) {
		(void)problem_set(problem, FAULT_TOO_LARGE,
				  "the file has %" PRId64
				  " bytes; a file of %s has at most %" PRId64,
				  wish->size_bytes, item->id, item->max_bytes);
		(void)wrong(problem, "/size_bytes");
		return FAULT_TOO_LARGE;
	}
	return check_open(row, problem);
}

enum fault check_quota(const struct programme *programme, int64_t used_bytes, int64_t more_bytes,
		       struct problem *problem)
{
	int64_t limit = programme->material_quota_bytes;
	if (limit == 0 || (used_bytes <= limit && more_bytes <= limit - used_bytes))
		return FAULT_NONE;
	(void)problem_set(problem, FAULT_FULL,
			  "the files of %s take %" PRId64 " of at most %" PRId64 " bytes; %" PRId64
			  " more do not fit",
			  programme->id, used_bytes, limit, more_bytes);
	if (problem) {
		(void)text_copy(problem->rule, sizeof(problem->rule), "material_quota");
		(void)text_copy(problem->hint, sizeof(problem->hint),
				"remove what is not needed, or raise material_quota in the "
				"programme's file");
	}
	return FAULT_FULL;
}

static void write_missing(struct jw *jw, const struct checklist_item *item)
{
	struct buf text = BUF_EMPTY;
	buf_addf(&text, "/materials/%s", item->id);
	jw_object(jw);
	jw_kv_str(jw, "pointer", buf_str(&text));
	jw_kv_str(jw, "item", item->id);
	buf_reset(&text);
	buf_addf(&text, "%s (%s) is required and has no file", item->id, item->name_en);
	jw_kv_str(jw, "detail", buf_str(&text));
	buf_reset(&text);
	buf_addf(&text, "缺少必需材料：%s（%s）", item->name_zh, item->id);
	jw_kv_str(jw, "detail_zh", buf_str(&text));
	jw_object_end(jw);
	buf_clear(&text);
}

struct missing {
	struct jw jw;
	struct buf ids;
	int64_t n;
};

static enum fault find_missing(struct tx *tx, const struct obligation_row *row,
			       const struct checklist *checklist, struct missing *out,
			       struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < checklist->n_items; i++) {
		const struct checklist_item *item = &checklist->items[i];
		int64_t files = 1;
		if (item->required)
			fault = material_count(tx->store, row->key, item->id, &files, problem);
		if (fault != FAULT_NONE || files > 0)
			continue;
		write_missing(&out->jw, item);
		buf_addf(&out->ids, "%s%s", out->ids.len ? ", " : "", item->id);
		out->n++;
	}
	return fault;
}

enum fault check_checklist(struct tx *tx, const struct obligation_row *row, struct verb *verb)
{
	const struct paper_slot *papers;
	struct problem *problem = &verb->problem;
	struct buf errors = BUF_EMPTY;
	struct missing missing = { .ids = BUF_EMPTY };
	if (row->state != OBLIGATION_SUBMITTED)
		return FAULT_NONE; /* it can't be accepted for another reason */
	enum fault fault = tx_papers(tx, row->rule_key, &papers, problem);
	if (fault != FAULT_NONE || !papers->checklist)
		return fault;
	jw_init(&missing.jw, &errors);
	jw_object(&missing.jw);
	jw_key(&missing.jw, "errors");
	jw_array(&missing.jw);
	fault = find_missing(tx, row, papers->checklist, &missing, problem);
	jw_array_end(&missing.jw);
	jw_kv_int(&missing.jw, "error_count", missing.n);
	jw_object_end(&missing.jw);
	if (fault == FAULT_NONE && missing.n > 0) {
		buf_add(&verb->reply, errors.data, errors.len);
		fault = problem_set(problem, FAULT_REFUSED,
				    "ob_%lld can't be accepted: %" PRId64
				    " required items of the checklist %s have no file: %s",
				    (long long)row->key, missing.n, papers->checklist->id,
				    buf_str(&missing.ids));
		(void)text_copy(problem->rule, sizeof(problem->rule), "materials");
		(void)snprintf(problem->hint, sizeof(problem->hint),
			       "hand them in: jiebangctl material add --obligation ob_%lld --item "
			       "ITEM FILE",
			       (long long)row->key);
	}
	buf_clear(&missing.ids);
	buf_clear(&errors);
	return fault;
}
