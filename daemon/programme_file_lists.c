/*
 * The lists of a programme file. One loader walks a list of groups, fills each by its rows, keeps ids unique and lets
 * the list's own `finish` resolve what refers to other lists; which is why tracks come before tasks, clauses before
 * quotas.
 */
#include "programme_file_parts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const struct cfg_word programme_softness_words[] = { { "soft", 0 }, { "hard", 1 }, { NULL, 0 } };

enum fault load_refuse(const struct load *load, const struct cfg_node *at, const char *key,
		       const char *hint, const char *fmt, ...)
{
	struct buf words = BUF_EMPTY;
	va_list args;
	va_start(args, fmt);
	buf_addv(&words, fmt, args);
	va_end(args);
	enum fault fault = cfg_problem(load->cfg, at, key, load->problem, "%s", buf_str(&words));
	cfg_hint(load->problem, "%s", hint);
	buf_clear(&words);
	return fault;
}

/* ---- the walk ---- */

static const struct cfg_row *row_named(const struct load_list *list, const char *name)
{
	for (size_t i = 0; i < list->n_rows; i++)
		if (strcmp(list->rows[i].name, name) == 0)
			return &list->rows[i];
	BUG("a list without its id row");
}

/* Ids are char * or char[CFG_ID_BYTES], as their row says. */
static const char *id_of(const struct load_list *list, const void *item)
{
	const struct cfg_row *row = row_named(list, list->id_key);
	const char *at = (const char *)item + row->offset;
	return row->type == CFG_ID_BUF ? at : *(char *const *)(const void *)at;
}

static void *items_of(const struct load *load, const struct load_list *list)
{
	return *(void **)(void *)((char *)load->programme + list->items_at);
}

static size_t *count_of(const struct load *load, const struct load_list *list)
{
	return (size_t *)(void *)((char *)load->programme + list->n_at);
}

static size_t index_of(const struct load *load, const struct load_list *list, const char *id,
		       size_t n)
{
	const char *items = items_of(load, list);
	for (size_t i = 0; i < n; i++)
		if (strcmp(id_of(list, items + i * list->size), id) == 0)
			return i;
	return SIZE_MAX;
}

static enum fault load_item(struct load *load, const struct load_list *list,
			    const struct cfg_node *nodes, size_t i)
{
	const struct cfg_node *node = cfg_element(nodes, i);
	char *item = (char *)items_of(load, list) + i * list->size;
	enum fault fault = cfg_fill(load->cfg, node, list->rows, list->n_rows, item, load->problem);
	if (fault != FAULT_NONE)
		return fault;
	size_t other = index_of(load, list, id_of(list, item), i);
	if (other != SIZE_MAX)
		return load_refuse(load, node, list->id_key, "give each its own",
				   "\"%s\" stands twice (also in %s[%zu])", id_of(list, item),
				   list->key, other);
	return list->finish ? list->finish(load, node, item) : FAULT_NONE;
}

enum fault load_list(struct load *load, const struct load_list *list)
{
	const struct cfg_node *root = cfg_root(load->cfg);
	const struct cfg_node *nodes = cfg_member(root, list->key);
	size_t n = nodes && cfg_is_list(nodes) ? cfg_length(nodes) : 0;
	if (nodes && !cfg_is_list(nodes))
		return load_refuse(load, nodes, NULL, "write ( { … }, { … } )", "must be a list");
	if (n < list->min || n > list->max)
		return load_refuse(load, root, list->key, "write ( { … }, { … } )",
				   "has %zu elements, from %zu to %zu are possible", n, list->min,
				   list->max);
	if (n == 0)
		return FAULT_NONE;
	void *items = xcalloc(n, list->size);
	memcpy((char *)load->programme + list->items_at, &items, sizeof(items));
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
		*count_of(load, list) = i + 1;
		fault = load_item(load, list, nodes, i);
	}
	return fault;
}

enum fault load_reference(const struct load *load, const struct load_list *list,
			  const struct cfg_node *node, const char *key, size_t *index)
{
	const struct cfg_node *member = cfg_member(node, key);
	const char *id = member ? cfg_string(member) : NULL;
	size_t n = *count_of(load, list);
	if (!id)
		return load_refuse(load, node, key, "name one by its id",
				   member ? "must be a string" : "is missing");
	*index = index_of(load, list, id, n);
	if (*index != SIZE_MAX)
		return FAULT_NONE;
	const char **known = xcalloc(n + 1, sizeof(*known));
	for (size_t i = 0; i < n; i++)
		known[i] = id_of(list, (const char *)items_of(load, list) + i * list->size);
	enum fault fault = cfg_problem(load->cfg, member, NULL, load->problem,
				       "there is no \"%s\" in %s", id, list->key);
	cfg_suggest(load->problem, id, known);
	free(known);
	return fault;
}

enum fault load_check_clause(const struct load *load, const struct cfg_node *at, const char *key,
			     const char *rule)
{
	const struct programme *programme = load->programme;
	if (strcmp(rule, PROGRAMME_OURS) == 0)
		return FAULT_NONE;
	const char **known = xcalloc(programme->n_clauses + 2, sizeof(*known));
	bool found = false;
	for (size_t i = 0; i < programme->n_clauses; i++) {
		known[i] = programme->clauses[i].rule;
		found = found || strcmp(known[i], rule) == 0;
	}
	known[programme->n_clauses] = PROGRAMME_OURS;
	enum fault fault = FAULT_NONE;
	if (!found) {
		fault = cfg_problem(load->cfg, at, key, load->problem, "there is no clause \"%s\"",
				    rule);
		cfg_suggest(load->problem, rule, known);
	}
	free(known);
	return fault;
}

enum fault load_numbers(const struct load *load, const struct cfg_node *at, const char *key,
			const struct load_range *range, int **out, size_t *n)
{
	const struct cfg_node *node = cfg_member(at, key);
	*n = 0;
	if (!node)
		return FAULT_NONE;
	size_t count = cfg_length(node);
	if (!cfg_is_list(node) || count > range->max_n)
		return load_refuse(load, node, NULL, "write [ 1, 2, 3 ]",
				   "must be a list of at most %zu numbers", range->max_n);
	*out = xcalloc(count, sizeof(**out));
	for (size_t i = 0; i < count; i++) {
		int64_t value;
		if (!cfg_integer(cfg_element(node, i), &value))
			return load_refuse(load, node, NULL, "write [ 1, 2, 3 ]",
					   "element %zu must be a whole number", i);
		if (value < range->min || value > range->max)
			return load_refuse(load, node, NULL, "write [ 1, 2, 3 ]",
					   "element %zu is outside %d to %d", i, range->min,
					   range->max);
		(*out)[(*n)++] = (int)value;
	}
	return FAULT_NONE;
}

/* ---- the lists ---- */

#define ROWS(rows)   (rows), sizeof(rows) / sizeof((rows)[0])
#define ITEMS(field) offsetof(struct programme, field), offsetof(struct programme, n_##field)

static const struct cfg_row track_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct track, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct track, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct track, name_en), .preset = "" },
};

static const struct load_list tracks = { "tracks", sizeof(struct track), ITEMS(tracks), 1,
					 64,       ROWS(track_rows),     "id",          NULL };

static const struct cfg_row category_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct category, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct category, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct category, name_en), .preset = "" },
};

static const struct load_list categories = {
	"categories", sizeof(struct category), ITEMS(categories), 0, 64, ROWS(category_rows), "id",
	NULL
};

static const struct cfg_row task_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct task, id) },
	{ "track", .type = CFG_NODE },
	{ "category", .type = CFG_NODE },
	{ "name", CFG_TEXT, .offset = offsetof(struct task, name) },
};

/* A list finds its task by name: two of one name in a track could never be told apart. */
static enum fault task_name_unique(const struct load *load, const struct cfg_node *node,
				   const struct task *task)
{
	for (const struct task *other = load->programme->tasks; other < task; other++)
		if (other->track == task->track && strcmp(other->name, task->name) == 0)
			return load_refuse(load, node, "name", "give each task its own name",
					   "\"%s\" is also the name of task %s", task->name,
					   other->id);
	return FAULT_NONE;
}

static enum fault task_finish(struct load *load, const struct cfg_node *node, void *item)
{
	struct task *task = item;
	task->category = SIZE_MAX;
	enum fault fault = load_reference(load, &tracks, node, "track", &task->track);
	if (fault == FAULT_NONE && load->programme->n_categories > 0)
		fault = load_reference(load, &categories, node, "category", &task->category);
	else if (fault == FAULT_NONE && cfg_member(node, "category"))
		fault = load_refuse(load, node, "category", "list them in categories",
				    "the programme has no categories");
	return fault == FAULT_NONE ? task_name_unique(load, node, task) : fault;
}

static const struct load_list tasks = { "tasks", sizeof(struct task), ITEMS(tasks), 0,
					2000,    ROWS(task_rows),     "id",         task_finish };

/* The text must fit into `struct problem`, or a refusal would quote half of it. */
static const struct cfg_row clause_rows[] = {
	{ "rule", CFG_ID, .offset = offsetof(struct clause, rule) },
	{ "text", CFG_TEXT, offsetof(struct clause, text), NULL,
	  .max = sizeof(((struct problem *)0)->clause) - 1 },
	{ "source", CFG_TEXT, .offset = offsetof(struct clause, source) },
};

static enum fault clause_finish(struct load *load, const struct cfg_node *node, void *item)
{
	const struct clause *clause = item;
	if (strcmp(clause->rule, PROGRAMME_OURS) != 0)
		return FAULT_NONE;
	return load_refuse(load, node, "rule", "give the clause another name",
			   "\"ours\" stands for rules on which the notice is silent");
}

static const struct load_list clauses = {
	"clauses", sizeof(struct clause), ITEMS(clauses), 0,
	256,       ROWS(clause_rows),     "rule",         clause_finish
};

static const struct cfg_row class_rows[] = {
	{ "id", CFG_ID, .offset = offsetof(struct shortlist_class, id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct shortlist_class, name_zh) },
	{ "en", CFG_TEXT, offsetof(struct shortlist_class, name_en), .preset = "" },
	{ "owes", CFG_BOOL, .offset = offsetof(struct shortlist_class, owes) },
};

static const struct load_list classes = {
	"classes", sizeof(struct shortlist_class), ITEMS(classes), 1, 8, ROWS(class_rows), "id",
	NULL
};

static const struct cfg_row quota_rows[] = {
	{ "class", CFG_ID, .offset = offsetof(struct quota, class_id) },
	{ "zh", CFG_TEXT, .offset = offsetof(struct quota, name_zh) },
	{ "limit", CFG_INT, offsetof(struct quota, limit), NULL, .min = 1, .max = 100000 },
	{ "softness", CFG_SWITCH, offsetof(struct quota, hard), NULL,
	  .words = programme_softness_words, .help = "\"soft\" (原则上) or \"hard\"" },
	{ "outside_province", CFG_BOOL, offsetof(struct quota, outside_province),
	  .preset = "false" },
	{ "via", CFG_TEXT, offsetof(struct quota, via), .preset = "self" },
	{ "rule", CFG_TEXT, .offset = offsetof(struct quota, rule) },
};

static enum fault quota_finish(struct load *load, const struct cfg_node *node, void *item)
{
	static const char *const known[] = { "self", "province", NULL };
	const struct quota *quota = item;
	if (strcmp(quota->via, known[0]) != 0 && strcmp(quota->via, known[1]) != 0) {
		enum fault fault = cfg_problem(load->cfg, node, "via", load->problem,
					       "unknown word \"%s\"", quota->via);
		cfg_suggest(load->problem, quota->via, known);
		return fault;
	}
	return load_check_clause(load, node, "rule", quota->rule);
}

static const struct load_list quotas = {
	"quotas", sizeof(struct quota), ITEMS(quotas), 0,
	64,       ROWS(quota_rows),     "class",       quota_finish
};

enum fault load_lists(struct load *load)
{
	static const struct load_list *const order[] = { &clauses, &tracks,  &categories,
							 &tasks,   &classes, &quotas };
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < sizeof(order) / sizeof(order[0]); i++)
		fault = load_list(load, order[i]);
	return fault;
}
