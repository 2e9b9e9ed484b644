/*
 * Rule versions. A row is never updated: a changed rule is a new row, and what was planned by the old one goes on by it.
 */
#include "store/rule.h"

#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/reminder.h"
#include "store/query.h"

#include <stdio.h>
#include <string.h>

enum { NEWEST, SAME, ADD, GET };

static const char *const sql[] = {
	[NEWEST] = "SELECT rule_key, version, body, ladder, coalesce(review_ladder, ''), form, "
		   "checklist FROM rule WHERE "
		   "programme_key = $1 AND id = $2 ORDER BY version DESC LIMIT 1",
	[SAME] = "SELECT rule_key FROM rule WHERE programme_key = $1 AND id = $2 AND body = $3 "
		 "AND ladder = $4 AND coalesce(review_ladder, '') = $5 AND form = $6 AND checklist "
		 "= $7 LIMIT 1",
	[ADD] = "INSERT INTO rule (programme_key, id, version, kind, name_zh, name_en, "
		"satisfied_by, clause, body, ladder, form, checklist, reviewer, review_ladder) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
	[GET] = "SELECT body, ladder, review_ladder FROM rule WHERE rule_key = $1",
};

static void write_dates(struct jw *jw, const struct plan_rule *rule)
{
	char date[CIVIL_DATE_BYTES];
	jw_key(jw, "at_months");
	jw_array(jw);
	for (size_t i = 0; i < rule->n_at_months; i++)
		jw_int(jw, rule->at_months[i]);
	jw_array_end(jw);
	jw_key(jw, "on_dates");
	jw_array(jw);
	for (size_t i = 0; i < rule->n_on_dates; i++) {
		civil_write(rule->on_dates[i], date);
		jw_str(jw, date);
	}
	jw_array_end(jw);
	jw_key(jw, "every_year_on");
	jw_array(jw);
	for (size_t i = 0; i < rule->n_every_year_on; i++) {
		(void)snprintf(date, sizeof(date), "%02d-%02d", rule->every_year_on[i][0] % 100,
			       rule->every_year_on[i][1] % 100);
		jw_str(jw, date);
	}
	jw_array_end(jw);
}

void rule_write(struct jw *jw, const struct plan_rule *rule)
{
	jw_object(jw);
	jw_kv_str(jw, "id", rule->id);
	jw_kv_str(jw, "kind", obligation_kind_name(rule->kind));
	jw_kv_str(jw, "name_zh", rule->name_zh);
	jw_kv_str(jw, "name_en", rule->name_en);
	jw_kv_int(jw, "every_months", rule->every_months);
	jw_kv_int(jw, "times", rule->times);
	write_dates(jw, rule);
	jw_kv_int(jw, "opens_before_days", rule->opens_before_days);
	jw_kv_int(jw, "opens_months", rule->opens_months);
	jw_kv_int(jw, "skip_when_younger_than_months", rule->skip_when_younger_than_months);
	jw_kv_str(jw, "roll", roll_name(rule->roll));
	jw_kv_str(jw, "satisfied_by", satisfied_by_name(rule->satisfied_by));
	jw_kv_str(jw, "clause", rule->clause);
	plan_rule_write_terms(jw, rule);
	if (rule->form && rule->form[0])
		jw_kv_str(jw, "form", rule->form);
	if (rule->materials && rule->materials[0])
		jw_kv_str(jw, "materials", rule->materials);
	jw_object_end(jw);
}

/* ---- versions ---- */

/* What is frozen with a version: a difference in any of them is another version. The order is that of NEWEST and SAME. */
enum text { TEXT_BODY, TEXT_LADDER, TEXT_REVIEW, TEXT_FORM, TEXT_CHECKLIST, TEXT_COUNT };

struct texts {
	struct buf of[TEXT_COUNT];
};

static void texts_write(struct texts *texts, const struct rule_new *fresh)
{
	struct jw jw;
	for (int i = 0; i < TEXT_COUNT; i++)
		texts->of[i] = (struct buf)BUF_EMPTY;
	jw_init(&jw, &texts->of[TEXT_BODY]);
	rule_write(&jw, fresh->rule);
	ladder_write(fresh->ladder, &texts->of[TEXT_LADDER]);
	if (plan_rule_is_reviewed(fresh->rule))
		ladder_write(fresh->review, &texts->of[TEXT_REVIEW]);
	if (fresh->form)
		form_write(fresh->form, false, &texts->of[TEXT_FORM]);
	if (fresh->checklist)
		checklist_write(fresh->checklist, &texts->of[TEXT_CHECKLIST]);
}

static void texts_clear(struct texts *texts)
{
	for (int i = 0; i < TEXT_COUNT; i++)
		buf_clear(&texts->of[i]);
}

static enum fault newest(struct store *store, int64_t programme_key, const char *id,
			 const struct texts *texts, int64_t *version, bool *same,
			 struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RULE, sql, NEWEST);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, id);
	*version = 0;
	*same = false;
	if (query_row(&q)) {
		*version = query_col_int(&q, 1);
		*same = true;
		for (int i = 0; i < TEXT_COUNT; i++)
			*same &= strcmp(query_col_text(&q, 2 + i), buf_str(&texts->of[i])) == 0;
	}
	return query_end(&q, problem);
}

static enum fault add(struct store *store, int64_t programme_key, int64_t version,
		      const struct plan_rule *rule, const struct texts *texts,
		      struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RULE, sql, ADD);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, rule->id);
	query_int(&q, 3, version);
	query_text(&q, 4, obligation_kind_name(rule->kind));
	query_text(&q, 5, rule->name_zh);
	query_text(&q, 6, rule->name_en);
	query_text(&q, 7, satisfied_by_name(rule->satisfied_by));
	query_text(&q, 8, rule->clause);
	query_text(&q, 9, buf_str(&texts->of[TEXT_BODY]));
	query_text(&q, 10, buf_str(&texts->of[TEXT_LADDER]));
	query_text(&q, 11, buf_str(&texts->of[TEXT_FORM]));
	query_text(&q, 12, buf_str(&texts->of[TEXT_CHECKLIST]));
	if (plan_rule_is_reviewed(rule)) {
		query_text(&q, 13, recipient_name(rule->review.by));
		query_text(&q, 14, buf_str(&texts->of[TEXT_REVIEW]));
	}
	return query_run(&q, problem);
}

enum fault rule_freeze(struct store *store, int64_t programme_key, const struct rule_new *fresh,
		       struct problem *problem)
{
	struct texts texts;
	int64_t version;
	bool same;
	texts_write(&texts, fresh);
	enum fault fault =
		newest(store, programme_key, fresh->rule->id, &texts, &version, &same, problem);
	if (fault == FAULT_NONE && !same)
		fault = add(store, programme_key, version + 1, fresh->rule, &texts, problem);
	texts_clear(&texts);
	return fault;
}

static enum fault find_same(struct store *store, int64_t programme_key, const char *id,
			    const struct texts *texts, int64_t *rule_key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RULE, sql, SAME);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, id);
	for (int i = 0; i < TEXT_COUNT; i++)
		query_text(&q, 3 + i, buf_str(&texts->of[i]));
	*rule_key = query_row(&q) ? query_col_int(&q, 0) : 0;
	return query_end(&q, problem);
}

enum fault rule_find_or_add(struct store *store, int64_t programme_key,
			    const struct rule_new *fresh, int64_t *rule_key,
			    struct problem *problem)
{
	struct texts texts;
	int64_t version;
	bool same;
	texts_write(&texts, fresh);
	enum fault fault =
		find_same(store, programme_key, fresh->rule->id, &texts, rule_key, problem);
	if (fault == FAULT_NONE && *rule_key == 0) {
		fault = newest(store, programme_key, fresh->rule->id, &texts, &version, &same,
			       problem);
		if (fault == FAULT_NONE)
			fault = add(store, programme_key, version + 1, fresh->rule, &texts,
				    problem);
		*rule_key = query_last_key(store);
	}
	texts_clear(&texts);
	return fault;
}

enum fault rule_key_get(struct store *store, int64_t programme_key, const char *rule_id,
			int64_t *key, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RULE, sql, NEWEST);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, rule_id);
	*key = query_row(&q) ? query_col_int(&q, 0) : 0;
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && *key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no rule %s", rule_id);
	return fault;
}

/* ---- reading one ---- */

static enum fault read_texts(const struct query *q, struct frozen_rule *out,
			     struct problem *problem)
{
	enum fault fault =
		plan_rule_read(query_col_text(q, 0), query_col_bytes(q, 0), &out->rule, problem);
	if (fault == FAULT_NONE)
		fault = ladder_read(query_col_text(q, 1), query_col_bytes(q, 1), &out->ladder,
				    problem);
	if (fault == FAULT_NONE && plan_rule_is_reviewed(&out->rule))
		fault = ladder_read(query_col_text(q, 2), query_col_bytes(q, 2), &out->review,
				    problem);
	out->review.of_review = true;
	return fault;
}

enum fault rule_get(struct store *store, int64_t rule_key, struct frozen_rule *out,
		    struct problem *problem)
{
	struct query q = query_begin(store, TABLE_RULE, sql, GET);
	*out = (struct frozen_rule){ .rule_key = rule_key };
	query_int(&q, 1, rule_key);
	bool found = query_row(&q);
	enum fault broken = found ? read_texts(&q, out, problem) : FAULT_NONE;
	enum fault fault = query_end(&q, broken == FAULT_NONE ? problem : NULL);
	if (fault == FAULT_NONE && !found)
		return problem_set(problem, FAULT_CORRUPT, "there is no rule %lld",
				   (long long)rule_key);
	return fault != FAULT_NONE ? fault : broken;
}
