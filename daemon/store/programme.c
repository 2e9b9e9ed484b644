/*
 * Programme rows. Every write says only what differs, so that loading the same file again changes nothing.
 */
#include "store/programme.h"

#include "jiebang/json.h"
#include "jiebang/text.h"
#include "store/query.h"
#include "store/rule.h"

#include <string.h>

enum {
	GET,
	ID,
	PUT,
	TRACK_PUT,
	CATEGORY_PUT,
	TASK_PUT,
	CLAUSE_PUT,
	TASK_ORPHAN,
	TASKS,
	SET_SHIFT,
	PUBLISH
};

/* `IS NOT` in the WHERE of each upsert keeps unchanged rows unwritten. */
static const char *const sql[] = {
	[GET] = "SELECT programme_key, published_on, window_end_on, revision, sha256, "
		"shift_months FROM programme WHERE id = $1",
	[ID] = "SELECT id FROM programme WHERE programme_key = $1",
	[PUT] = "INSERT INTO programme (id, name_zh, name_en, doc_no, issuer, complete, note, "
		"window_months, source_name, "
		"sha256, rules, loaded_at, digests, rollup_weekday, rollup_at_s, rollup_to) VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) "
		"ON CONFLICT (id) DO UPDATE SET name_zh = excluded.name_zh, name_en = "
		"excluded.name_en, "
		"doc_no = excluded.doc_no, issuer = excluded.issuer, complete = excluded.complete, "
		"note = excluded.note, "
		"window_months = excluded.window_months, source_name = excluded.source_name, "
		"sha256 = excluded.sha256, "
		"rules = excluded.rules, loaded_at = excluded.loaded_at, digests = "
		"excluded.digests, rollup_weekday = excluded.rollup_weekday, rollup_at_s = "
		"excluded.rollup_at_s, rollup_to = excluded.rollup_to, "
		"revision = revision + 1 "
		"WHERE programme.sha256 <> excluded.sha256 OR programme.rules <> excluded.rules OR "
		"programme.digests <> excluded.digests OR programme.rollup_weekday <> "
		"excluded.rollup_weekday OR programme.rollup_at_s <> excluded.rollup_at_s OR "
		"programme.rollup_to <> excluded.rollup_to",
	[TRACK_PUT] = "INSERT INTO track (programme_key, id, position, name_zh, name_en) VALUES "
		      "($1, $2, $3, $4, $5) "
		      "ON CONFLICT (programme_key, id) DO UPDATE SET position = excluded.position, "
		      "name_zh = excluded.name_zh, name_en = excluded.name_en WHERE track.position "
		      "<> excluded.position "
		      "OR track.name_zh <> excluded.name_zh OR track.name_en <> excluded.name_en",
	[CATEGORY_PUT] =
		"INSERT INTO category (programme_key, id, position, name_zh, name_en) VALUES ($1, "
		"$2, $3, $4, $5) "
		"ON CONFLICT (programme_key, id) DO UPDATE SET position = excluded.position, "
		"name_zh = excluded.name_zh, name_en = excluded.name_en WHERE category.position <> "
		"excluded.position "
		"OR category.name_zh <> excluded.name_zh OR category.name_en <> excluded.name_en",
	[TASK_PUT] =
		"INSERT INTO task (programme_key, id, position, track_id, category_id, name) "
		"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (programme_key, id) DO UPDATE SET "
		"position = excluded.position, track_id = excluded.track_id, category_id = "
		"excluded.category_id, "
		"name = excluded.name WHERE task.position <> excluded.position OR task.track_id <> "
		"excluded.track_id "
		"OR task.name <> excluded.name OR coalesce(task.category_id, '') <> "
		"coalesce(excluded.category_id, '')",
	[CLAUSE_PUT] =
		"INSERT INTO clause (programme_key, rule, text, source) VALUES ($1, $2, $3, $4) "
		"ON CONFLICT (programme_key, rule) DO UPDATE SET text = excluded.text, source = "
		"excluded.source "
		"WHERE clause.text <> excluded.text OR clause.source <> excluded.source",
	[TASK_ORPHAN] = "SELECT id, EXISTS (SELECT 1 FROM unit WHERE unit.task_key = "
			"task.task_key) FROM task "
			"WHERE programme_key = $1 ORDER BY position",
	[TASKS] = "SELECT task_key, (SELECT count(*) FROM unit WHERE unit.task_key = "
		  "task.task_key) FROM task "
		  "WHERE programme_key = $1 AND id = $2",
	[SET_SHIFT] = "UPDATE programme SET shift_months = $2, window_end_on = $3, revision = "
		      "revision + 1 WHERE programme_key = $1",
	[PUBLISH] =
		"UPDATE programme SET published_on = $2, window_end_on = $3, published_at = $4, "
		"revision = revision + 1 WHERE programme_key = $1",
};

enum fault programme_row_get(struct store *store, const char *id, struct programme_row *out,
			     struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, GET);
	*out = (struct programme_row){ .key = 0 };
	query_text(&q, 1, id);
	if (query_row(&q)) {
		out->key = query_col_int(&q, 0);
		text_copy(out->published_on, sizeof(out->published_on), query_col_text(&q, 1));
		text_copy(out->window_end_on, sizeof(out->window_end_on), query_col_text(&q, 2));
		out->revision = query_col_int(&q, 3);
		text_copy(out->sha256, sizeof(out->sha256), query_col_text(&q, 4));
		out->shift_months = (int)query_col_int(&q, 5);
	}
	enum fault fault = query_end(&q, problem);
	if (fault == FAULT_NONE && out->key == 0)
		return problem_set(problem, FAULT_NOT_FOUND, "there is no programme %s", id);
	return fault;
}

enum fault programme_id_get(struct store *store, int64_t programme_key,
			    char out[PROGRAMME_ID_BYTES], struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, ID);
	query_int(&q, 1, programme_key);
	text_copy(out, PROGRAMME_ID_BYTES, query_row(&q) ? query_col_text(&q, 0) : "");
	return query_end(&q, problem);
}

/* ---- rules as JSON, for people and for telling versions apart ---- */

static void write_cap(struct jw *jw, const char *key, const struct cap *cap)
{
	jw_key(jw, key);
	if (cap->level == CAP_LEVEL_NONE) {
		jw_null(jw);
		return;
	}
	jw_object(jw);
	jw_kv_int(jw, "limit", cap->limit);
	jw_kv_str(jw, "level", cap_level_name(cap->level));
	jw_kv_bool(jw, "hard", cap->hard);
	jw_kv_str(jw, "rule", cap->rule);
	jw_object_end(jw);
}

static void write_quotas(struct jw *jw, const struct programme *programme)
{
	jw_key(jw, "quotas");
	jw_array(jw);
	for (size_t i = 0; i < programme->n_quotas; i++) {
		const struct quota *quota = &programme->quotas[i];
		jw_object(jw);
		jw_kv_str(jw, "class", quota->class_id);
		jw_kv_str(jw, "name", quota->name_zh);
		jw_kv_int(jw, "limit", quota->limit);
		jw_kv_bool(jw, "hard", quota->hard);
		jw_kv_bool(jw, "outside_province", quota->outside_province);
		jw_kv_str(jw, "via", quota->via);
		jw_kv_str(jw, "rule", quota->rule);
		jw_object_end(jw);
	}
	jw_array_end(jw);
}

static void write_classes(struct jw *jw, const struct programme *programme)
{
	jw_key(jw, "classes");
	jw_array(jw);
	for (size_t i = 0; i < programme->n_classes; i++) {
		jw_object(jw);
		jw_kv_str(jw, "id", programme->classes[i].id);
		jw_kv_str(jw, "name_zh", programme->classes[i].name_zh);
		jw_kv_str(jw, "name_en", programme->classes[i].name_en);
		jw_kv_bool(jw, "owes", programme->classes[i].owes);
		jw_object_end(jw);
	}
	jw_array_end(jw);
}

static void write_extension(struct jw *jw, const struct extension *extension)
{
	jw_key(jw, "extension");
	jw_object(jw);
	jw_kv_bool(jw, "allowed", extension->allowed);
	jw_kv_int(jw, "times", extension->times);
	jw_kv_int(jw, "max_months", extension->max_months);
	jw_kv_int(jw, "ask_before_months", extension->ask_before_months);
	jw_kv_str(jw, "rule", extension->rule);
	jw_object_end(jw);
}

static void write_rules(const struct programme *programme, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_key(&jw, "level_names");
	jw_array(&jw);
	for (size_t i = 0; i < 3; i++)
		jw_str(&jw, programme->level_names[i]);
	jw_array_end(&jw);
	write_cap(&jw, "shortlist_cap", &programme->shortlist_cap);
	write_cap(&jw, "winner_cap", &programme->winner_cap);
	jw_kv_int(&jw, "partners_max", programme->partners_max);
	jw_kv_str(&jw, "partners_rule", programme->partners_rule);
	jw_kv_int(&jw, "window_months", programme->window_months);
	jw_kv_str(&jw, "window_roll", roll_name(programme->window_roll));
	jw_kv_str(&jw, "window_rule", programme->window_rule);
	write_extension(&jw, &programme->extension);
	jw_kv_str(&jw, "notice_on", programme->notice_on);
	jw_kv_str(&jw, "application_closes_on", programme->application_closes_on);
	jw_kv_str(&jw, "recommendation_closes_on", programme->recommendation_closes_on);
	jw_kv_int(&jw, "material_quota_bytes", programme->material_quota_bytes);
	write_classes(&jw, programme);
	write_quotas(&jw, programme);
	jw_key(&jw, "plan");
	jw_array(&jw);
	for (size_t i = 0; i < programme->n_plan; i++)
		rule_write(&jw, &programme->plan[i]);
	jw_array_end(&jw);
	jw_object_end(&jw);
}

/* ---- storing ---- */

/* "recommender office" */
static void write_recipients(const bool chosen[RECIPIENT_COUNT], struct buf *out)
{
	for (int to = 0; to < RECIPIENT_COUNT; to++)
		if (chosen[to])
			buf_addf(out, "%s%s", out->len ? " " : "",
				 recipient_name((enum recipient)to));
}

static enum fault put_programme(struct store *store, const struct programme *p, int64_t now_at,
				struct problem *problem)
{
	struct buf rules = BUF_EMPTY, digests = BUF_EMPTY, rollup_to = BUF_EMPTY;
	write_rules(p, &rules);
	write_recipients(p->digests, &digests);
	write_recipients(p->rollup_to, &rollup_to);
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, PUT);
	const char *const texts[] = { p->id, p->name_zh, p->name_en, p->doc_no, p->issuer };
	for (int i = 0; i < 5; i++)
		query_text(&q, i + 1, texts[i]);
	query_int(&q, 6, p->complete);
	query_text(&q, 7, p->note);
	query_int(&q, 8, p->window_months);
	query_text(&q, 9, p->source_name);
	query_text(&q, 10, p->sha256);
	query_text(&q, 11, buf_str(&rules));
	query_int(&q, 12, now_at);
	query_text(&q, 13, buf_str(&digests));
	query_int(&q, 14, p->rollup.weekday);
	query_int(&q, 15, p->rollup.at_s);
	query_text(&q, 16, buf_str(&rollup_to));
	enum fault fault = query_run(&q, problem);
	buf_clear(&rules);
	buf_clear(&digests);
	buf_clear(&rollup_to);
	return fault;
}

struct level_row {
	const char *id;
	const char *name_zh;
	const char *name_en;
};

static enum fault put_level(struct store *store, unsigned id, int64_t programme_key,
			    size_t position, const struct level_row *row)
{
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, id);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, row->id);
	query_int(&q, 3, (int64_t)position);
	query_text(&q, 4, row->name_zh);
	query_text(&q, 5, row->name_en);
	return query_run(&q, NULL);
}

static enum fault put_levels(struct store *store, int64_t key, const struct programme *p)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < p->n_tracks; i++)
		fault = put_level(store, TRACK_PUT, key, i,
				  &(struct level_row){ p->tracks[i].id, p->tracks[i].name_zh,
						       p->tracks[i].name_en });
	for (size_t i = 0; fault == FAULT_NONE && i < p->n_categories; i++)
		fault = put_level(store, CATEGORY_PUT, key, i,
				  &(struct level_row){ p->categories[i].id,
						       p->categories[i].name_zh,
						       p->categories[i].name_en });
	return fault;
}

static enum fault put_tasks(struct store *store, int64_t key, const struct programme *p,
			    struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < p->n_tasks; i++) {
		const struct task *task = &p->tasks[i];
		struct query q = query_begin(store, TABLE_PROGRAMME, sql, TASK_PUT);
		query_int(&q, 1, key);
		query_text(&q, 2, task->id);
		query_int(&q, 3, (int64_t)i);
		query_text(&q, 4, p->tracks[task->track].id);
		if (task->category != SIZE_MAX)
			query_text(&q, 5, p->categories[task->category].id);
		query_text(&q, 6, task->name);
		fault = query_run(&q, problem);
	}
	for (size_t i = 0; fault == FAULT_NONE && i < p->n_clauses; i++) {
		struct query q = query_begin(store, TABLE_PROGRAMME, sql, CLAUSE_PUT);
		query_int(&q, 1, key);
		query_text(&q, 2, p->clauses[i].rule);
		query_text(&q, 3, p->clauses[i].text);
		query_text(&q, 4, p->clauses[i].source);
		fault = query_run(&q, problem);
	}
	return fault;
}

/* A task that has units must not vanish from the file: their duties stand on it. */
static enum fault check_orphans(struct store *store, int64_t key, const struct programme *p,
				struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, TASK_ORPHAN);
	enum fault orphan = FAULT_NONE;
	query_int(&q, 1, key);
	while (orphan == FAULT_NONE && query_row(&q))
		if (query_col_int(&q, 1) > 0 && !programme_task(p, query_col_text(&q, 0)))
			orphan = problem_set(problem, FAULT_REFUSED,
					     "%s: task %s is gone from the file, but there are "
					     "units on it; put it back",
					     p->source_name, query_col_text(&q, 0));
	enum fault fault = query_end(&q, orphan == FAULT_NONE ? problem : NULL);
	return fault != FAULT_NONE ? fault : orphan;
}

enum fault programme_store(struct store *store, const struct programme *programme, int64_t now_at,
			   int64_t *changed, struct problem *problem)
{
	struct programme_row row = { .key = 0 };
	int64_t before = store_changes(store);
	enum fault fault = put_programme(store, programme, now_at, problem);
	if (fault == FAULT_NONE)
		fault = programme_row_get(store, programme->id, &row, problem);
	if (fault == FAULT_NONE)
		fault = check_orphans(store, row.key, programme, problem);
	if (fault == FAULT_NONE)
		fault = put_levels(store, row.key, programme);
	if (fault == FAULT_NONE)
		fault = put_tasks(store, row.key, programme, problem);
	for (size_t i = 0; fault == FAULT_NONE && i < programme->n_plan; i++) {
		const struct plan_rule *rule = &programme->plan[i];
		struct rule_new fresh = { rule, &programme->ladders[rule->ladder],
					  &programme->ladders[rule->review_ladder],
					  programme_form(programme, rule->form),
					  programme_checklist(programme, rule->materials) };
		fault = rule_freeze(store, row.key, &fresh, problem);
	}
	*changed = store_changes(store) - before;
	return fault;
}

enum fault task_rows(struct store *store, int64_t programme_key, const struct programme *programme,
		     struct task_row *out, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < programme->n_tasks; i++) {
		struct query q = query_begin(store, TABLE_PROGRAMME, sql, TASKS);
		query_int(&q, 1, programme_key);
		query_text(&q, 2, programme->tasks[i].id);
		out[i] = (struct task_row){ .key = 0 };
		if (query_row(&q)) {
			out[i].key = query_col_int(&q, 0);
			out[i].units = query_col_int(&q, 1);
		}
		fault = query_end(&q, problem);
	}
	return fault;
}

enum fault programme_set_shift(struct store *store, int64_t programme_key, int shift_months,
			       const char *window_end_on, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, SET_SHIFT);
	query_int(&q, 1, programme_key);
	query_int(&q, 2, shift_months);
	query_text(&q, 3, window_end_on);
	return query_run(&q, problem);
}

enum fault programme_set_published(struct store *store, int64_t programme_key,
				   const char *published_on, const char *window_end_on,
				   int64_t now_at, struct problem *problem)
{
	struct query q = query_begin(store, TABLE_PROGRAMME, sql, PUBLISH);
	query_int(&q, 1, programme_key);
	query_text(&q, 2, published_on);
	query_text(&q, 3, window_end_on);
	query_int(&q, 4, now_at);
	return query_run(&q, problem);
}
