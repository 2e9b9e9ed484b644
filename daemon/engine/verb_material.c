/*
 * Materials get their rows here, and lose them. The bytes come first and go last: a row whose file is not there would
 * be a lie, a file without a row is only swept away.
 */
#include "engine/verb_material.h"

#include "engine/paper.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/material.h"

#include <string.h>
#include <unistd.h>

static void write_detail(const struct material_row *row, const char *reason, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_id(&jw, "material", WIRE_ID_MATERIAL, row->key);
	jw_kv_str(&jw, "item", row->item);
	jw_kv_str(&jw, "name", row->name);
	jw_kv_int(&jw, "size_bytes", row->size_bytes);
	jw_kv_str(&jw, "sha256", row->sha256);
	if (reason)
		jw_kv_str(&jw, "reason", reason);
	jw_object_end(&jw);
}

static enum fault record(struct tx *tx, const struct obligation_row *obligation,
			 const struct material_row *row, const char *reason,
			 struct problem *problem)
{
	char object[TEXT_ID_BYTES];
	struct buf detail = BUF_EMPTY;
	text_id_write(object, WIRE_ID_MATERIAL, row->key);
	write_detail(row, reason, &detail);
	enum fault fault =
		tx_obligation_event(tx, obligation, reason ? "material.removed" : "material.added",
				    buf_str(&detail), problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, reason ? "remove material" : "add material", object, &detail,
				 problem);
	if (fault == FAULT_NONE)
		tx_tally(tx, obligation->programme_key, "", MATERIAL_TALLY,
			 reason ? -row->size_bytes : row->size_bytes);
	buf_clear(&detail);
	return fault;
}

/* ---- adding ---- */

/* Everything was judged when the upload began; the world may have moved since. */
static enum fault judge(struct tx *tx, const struct obligation_row *row,
			const struct material_input *input, struct problem *problem)
{
	const struct paper_slot *papers;
	struct material_wish wish = { input->item, input->name, input->size_bytes };
	struct buf id = BUF_EMPTY;
	int64_t used = 0, size = 0;
	int fd;
	enum fault fault = tx_papers(tx, row->rule_key, &papers, problem);
	if (fault == FAULT_NONE)
		fault = check_material(papers->checklist, row, &wish, problem);
	if (fault == FAULT_NONE)
		fault = material_usage(tx->store, row->programme_key, &used, &id, problem);
	/* A programme whose file is gone has no quota that we know. */
	const struct programme *programme =
		fault == FAULT_NONE ? tx_programme(tx, buf_str(&id), NULL) : NULL;
	if (programme)
		fault = check_quota(programme, used, input->size_bytes, problem);
	if (fault == FAULT_NONE) {
		fault = material_open(input->dir, input->sha256, &fd, &size, problem);
		if (fault == FAULT_NONE)
			(void)close(fd);
	}
	buf_clear(&id);
	return fault;
}

static enum fault add(struct tx *tx, const struct obligation_row *obligation,
		      const struct material_input *input, int64_t *key, struct problem *problem)
{
	struct material_new material = { obligation->key, input->item,       input->name,
					 input->sha256,   input->size_bytes, input->author,
					 tx->actor };
	struct material_row row = { .size_bytes = input->size_bytes };
	enum fault fault = material_add(tx->store, &material, tx->now_at, key, problem);
	row.key = *key;
	(void)text_copy(row.item, sizeof(row.item), input->item);
	(void)text_copy(row.name, sizeof(row.name), input->name);
	(void)text_copy(row.sha256, sizeof(row.sha256), input->sha256);
	return fault == FAULT_NONE ? record(tx, obligation, &row, NULL, problem) : fault;
}

static enum fault run_add(struct tx *tx, struct verb *verb)
{
	const struct material_input *input = verb->input;
	struct problem *problem = &verb->problem;
	struct obligation_row row;
	int64_t key = 0;
	enum fault fault = obligation_get(tx->store, verb->key, &row, problem);
	/* The same bytes under the same item are there once: whoever sends them again is told where. */
	if (fault == FAULT_NONE)
		fault = material_find(tx->store, row.key, input->item, input->sha256, &key,
				      problem);
	verb->status = key ? 200 : 201;
	if (fault == FAULT_NONE && key == 0)
		fault = judge(tx, &row, input, problem);
	if (fault == FAULT_NONE && key == 0)
		fault = add(tx, &row, input, &key, problem);
	return fault == FAULT_NONE ? tx_reply(tx, verb, read_material, key, NULL) : fault;
}

const struct verb_kind verb_material_add = { "add material", run_add, false };

/* ---- removing ---- */

static bool read_reason(const struct verb *verb, char reason[512], struct problem *problem)
{
	static const char *const known[] = { "reason", NULL };
	if (!body_known(verb, known, problem) || !body_text(verb, "reason", reason, 512, problem))
		return false;
	size_t len = strlen(reason);
	(void)text_trim(reason, &len);
	if (len > 0)
		return true;
	(void)problem_set(problem, FAULT_UNPROCESSED, "a removal needs its reason");
	(void)text_copy(problem->pointer, sizeof(problem->pointer), "/reason");
	return false;
}

static enum fault may_remove(const struct obligation_row *obligation,
			     const struct material_row *row, struct problem *problem)
{
	if (row->removed)
		return problem_set(problem, FAULT_CONFLICT, "ma_%lld was removed already",
				   (long long)row->key);
	if (obligation->state != OBLIGATION_ACCEPTED)
		return FAULT_NONE;
	(void)problem_set(problem, FAULT_REFUSED, "ob_%lld is accepted: its files are evidence",
			  (long long)obligation->key);
	(void)text_copy(problem->rule, sizeof(problem->rule), "state");
	return FAULT_REFUSED;
}

static enum fault run_remove(struct tx *tx, struct verb *verb)
{
	struct material_removal *removal = verb->input;
	struct problem *problem = &verb->problem;
	struct obligation_row obligation;
	struct material_row row;
	char reason[512];
	int64_t others = 0;
	/* An answer that was kept and is not any more: the request brought nothing to work with. */
	if (!removal)
		return problem_set(problem, FAULT_BUSY, "try again");
	if (!read_reason(verb, reason, problem))
		return problem->fault;
	enum fault fault = material_get(tx->store, verb->key, &row, problem);
	if (fault == FAULT_NONE)
		fault = obligation_get(tx->store, row.obligation_key, &obligation, problem);
	if (fault == FAULT_NONE)
		fault = may_remove(&obligation, &row, problem);
	if (fault == FAULT_NONE)
		fault = material_references(tx->store, row.sha256, row.key, &others, problem);
	/* Run a second time, after a neighbour spoiled the transaction, it has its mark already. */
	if (fault == FAULT_NONE && others == 0 && removal->mark[0] == '\0')
		fault = material_mark(removal->dir, row.sha256, removal->mark, problem);
	if (fault == FAULT_NONE)
		fault = material_remove(tx->store, row.key, tx->actor, reason, tx->now_at, problem);
	if (fault == FAULT_NONE)
		fault = record(tx, &obligation, &row, reason, problem);
	(void)text_copy(removal->sha256, sizeof(removal->sha256), row.sha256);
	return fault == FAULT_NONE ? tx_reply(tx, verb, read_material, row.key, NULL) : fault;
}

const struct verb_kind verb_material_remove = { "remove material", run_remove, false };
