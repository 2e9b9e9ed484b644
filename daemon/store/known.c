/*
 * Remembered rows: two small tables, a key's place is its remainder, and the later one has it.
 */
#include "store/known.h"

#include "jiebang/text.h"
#include "store/db_inside.h"
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

#define RULES   64
#define BATCHES 64

struct known {
	struct known_rule rules[RULES];
	struct known_batch batches[BATCHES];
};

enum { RULE, BATCH };

static const char *const sql[] = {
	[RULE] = "SELECT kind, satisfied_by, id, reviewer FROM rule WHERE rule_key = $1",
	[BATCH] = "SELECT uid FROM batch WHERE batch_key = $1",
};

static struct known *of(struct store *store)
{
	if (!store->known)
		store->known = xcalloc(1, sizeof(*store->known));
	return store->known;
}

static void read_rule(const struct query *q, struct known_rule *out)
{
	INVARIANT(obligation_kind_parse(query_col_text(q, 0), &out->kind));
	out->satisfied_by_acceptance = strcmp(query_col_text(q, 1), "acceptance") == 0;
	text_copy(out->id, sizeof(out->id), query_col_text(q, 2));
	out->reviewer = RECIPIENT_UNIT;
	if (!query_col_null(q, 3))
		INVARIANT(recipient_parse(query_col_text(q, 3), &out->reviewer));
}

enum fault known_rule_get(struct store *store, int64_t key, const struct known_rule **out,
			  struct problem *problem)
{
	struct known_rule *rule = &of(store)->rules[(uint64_t)key % RULES];
	*out = rule;
	if (rule->key == key)
		return FAULT_NONE;
	struct query q = query_begin(store, TABLE_KNOWN, sql, RULE);
	query_int(&q, 1, key);
	rule->key = 0;
	bool found = query_row(&q);
	if (found)
		read_rule(&q, rule);
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no rule %lld",
				   (long long)key);
	if (fault == FAULT_NONE)
		rule->key = key;
	return fault;
}

enum fault known_batch_get(struct store *store, int64_t key, const struct known_batch **out,
			   struct problem *problem)
{
	struct known_batch *batch = &of(store)->batches[(uint64_t)key % BATCHES];
	*out = batch;
	if (batch->key == key)
		return FAULT_NONE;
	struct query q = query_begin(store, TABLE_KNOWN, sql, BATCH);
	query_int(&q, 1, key);
	batch->key = 0;
	bool found = query_row(&q);
	if (found)
		memcpy(batch->uid, query_col_blob(&q, 0), sizeof(batch->uid));
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no batch %lld",
				   (long long)key);
	if (fault == FAULT_NONE)
		batch->key = key;
	return fault;
}

void known_forget(struct store *store)
{
	if (store->known)
		memset(store->known, 0, sizeof(*store->known));
}

void known_free(struct store *store)
{
	free(store->known);
	store->known = NULL;
}
