/*
 * A programme file as a whole: its own keys by the table below, then its lists, then what only the whole can tell.
 * A programme that is not marked complete may lack what nobody outside knows yet, and must say so in its note.
 */
#include "programme_file.h"

#include "jiebang/digest.h"
#include "programme_file_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct cfg_word level_words[] = {
	{ "none", CAP_LEVEL_NONE },
	{ "programme", CAP_LEVEL_PROGRAMME },
	{ "track", CAP_LEVEL_TRACK },
	{ "task", CAP_LEVEL_TASK },
	{ NULL, 0 },
};

#define AT(member) offsetof(struct programme, member)

static const struct cfg_row rows[] = {
	{ "id", CFG_ID, .offset = AT(id) },
	{ "name.zh", CFG_TEXT, .offset = AT(name_zh) },
	{ "name.en", CFG_TEXT, AT(name_en), .preset = "" },
	{ "doc_no", CFG_TEXT, AT(doc_no), .preset = "" },
	{ "issuer", CFG_TEXT, .offset = AT(issuer) },
	{ "notice_on", CFG_DATE, AT(notice_on), .preset = "" },
	{ "complete", CFG_BOOL, AT(complete), NULL,
	  .help = "false: only what is known is here, and shown as such" },
	{ "note", CFG_TEXT, AT(note), "", .max = 2000 },
	{ "level_names", .type = CFG_NODE },
	{ "application_closes_on", CFG_DATE, AT(application_closes_on), .preset = "" },
	{ "recommendation_closes_on", CFG_DATE, AT(recommendation_closes_on), .preset = "" },
	{ "window.months", CFG_INT, AT(window_months), "0", .min = 1, .max = 600 },
	{ "window.roll", CFG_WORD, AT(window_roll), "none", .words = programme_roll_words },
	{ "window.rule", CFG_TEXT, AT(window_rule), .preset = "ours" },
	{ "extension.allowed", CFG_BOOL, AT(extension.allowed), "false",
	  .help = "false: the window of a unit ends later only by a document number" },
	{ "extension.times", CFG_INT, AT(extension.times), "1", .min = 1, .max = 100 },
	{ "extension.max_months", CFG_INT, AT(extension.max_months), "12", .min = 1, .max = 60 },
	{ "extension.ask_before_months", CFG_INT, AT(extension.ask_before_months), "3", .min = 0,
	  .max = 60 },
	{ "extension.rule", CFG_TEXT, AT(extension.rule), .preset = "ours" },
	{ "shortlist_cap.level", CFG_WORD, AT(shortlist_cap.level), "none", .words = level_words },
	{ "shortlist_cap.limit", CFG_INT, AT(shortlist_cap.limit), "0", .min = 1, .max = 100000 },
	{ "shortlist_cap.softness", CFG_SWITCH, AT(shortlist_cap.hard), "soft",
	  .words = programme_softness_words, .help = "\"soft\" (原则上) or \"hard\"" },
	{ "shortlist_cap.rule", CFG_TEXT, AT(shortlist_cap.rule), .preset = "ours" },
	{ "winner_cap.level", CFG_WORD, AT(winner_cap.level), "none", .words = level_words },
	{ "winner_cap.limit", CFG_INT, AT(winner_cap.limit), "0", .min = 1, .max = 100000 },
	{ "winner_cap.softness", CFG_SWITCH, AT(winner_cap.hard), "soft",
	  .words = programme_softness_words, .help = "\"soft\" (原则上) or \"hard\"" },
	{ "winner_cap.rule", CFG_TEXT, AT(winner_cap.rule), .preset = "ours" },
	{ "consortium.partners_max", CFG_INT, AT(partners_max), "-1", .min = 0, .max = 32,
	  .help = "partners beside the lead; leave it out where there is no limit" },
	{ "consortium.rule", CFG_TEXT, AT(partners_rule), .preset = "ours" },
	{ "clauses", .type = CFG_NODE },
	{ "tracks", .type = CFG_NODE },
	{ "categories", .type = CFG_NODE },
	{ "tasks", .type = CFG_NODE },
	{ "classes", .type = CFG_NODE },
	{ "quotas", .type = CFG_NODE },
	{ "ladders", .type = CFG_NODE },
	{ "forms", .type = CFG_NODE },
	{ "checklists", .type = CFG_NODE },
	{ "material_quota", CFG_BYTES, AT(material_quota_bytes), "0B", .min = 0, .max = INT64_MAX,
	  .help = "of all files of the programme's units, as \"50GiB\"" },
	{ "digests", .type = CFG_NODE },
	{ "rollup.weekday", CFG_INT, AT(rollup.weekday), "0", .min = 1, .max = 7,
	  .help = "1 is Monday, 7 Sunday" },
	{ "rollup.at", CFG_TIME, AT(rollup.at_s), .preset = "00:00" },
	{ "rollup.to", .type = CFG_NODE },
	{ "obligations", .type = CFG_NODE },
};

#define LEVELS 3

static enum fault load_level_names(const struct load *load)
{
	static const char *const usual[LEVELS] = { "方向", "类别", "任务" };
	const struct cfg_node *node = cfg_member(cfg_root(load->cfg), "level_names");
	size_t n = node && cfg_is_list(node) ? cfg_length(node) : 0;
	if (node && n != LEVELS)
		return load_refuse(load, node, NULL, "write [ \"赛道\", \"类别\", \"任务\" ]",
				   "must be a list of %d names", LEVELS);
	for (size_t i = 0; i < LEVELS; i++) {
		const char *name = node ? cfg_string(cfg_element(node, i)) : usual[i];
		if (!name || name[0] == '\0' || strlen(name) >= CFG_TEXT_BYTES ||
		    !cfg_text_is_plain(name))
			return load_refuse(load, node, NULL,
					   "write [ \"赛道\", \"类别\", \"任务\" ]",
					   "element %zu must be a name", i);
		load->programme->level_names[i] = xstrdup(name);
	}
	return FAULT_NONE;
}

static enum fault check_cap(const struct load *load, const char *group, const struct cap *cap)
{
	const struct cfg_node *node = cfg_member(cfg_root(load->cfg), group);
	if (!node)
		return FAULT_NONE;
	/* A softness alone would look like a cap, and be none. */
	bool empty = cap->level == CAP_LEVEL_NONE && !cfg_member(node, "level");
	if (empty || (cap->level == CAP_LEVEL_NONE) != (cap->limit == 0))
		return load_refuse(
			load, node, cap->limit ? "level" : "limit",
			"write { level = \"task\"; limit = 5; softness = \"soft\"; rule = "
			"\"shortlist_cap\"; }",
			"a cap has both a level and a limit");
	return load_check_clause(load, node, "rule", cap->rule);
}

static enum fault check_rules(const struct load *load)
{
	const struct programme *programme = load->programme;
	const struct cfg_node *root = cfg_root(load->cfg);
	enum fault fault = check_cap(load, "shortlist_cap", &programme->shortlist_cap);
	if (fault == FAULT_NONE)
		fault = check_cap(load, "winner_cap", &programme->winner_cap);
	if (fault == FAULT_NONE)
		fault = load_check_clause(load, root, "consortium.rule", programme->partners_rule);
	if (fault == FAULT_NONE)
		fault = load_check_clause(load, root, "window.rule", programme->window_rule);
	if (fault == FAULT_NONE)
		fault = load_check_clause(load, root, "extension.rule", programme->extension.rule);
	return fault;
}

/* What a complete programme can't do without, and what an incomplete one owes the reader. */
static enum fault check_whole(const struct load *load)
{
	const struct programme *programme = load->programme;
	const struct cfg_node *root = cfg_root(load->cfg);
	const char *applied = programme->application_closes_on;
	const char *confirmed = programme->recommendation_closes_on;
	if (programme->complete && programme->window_months == 0)
		return load_refuse(load, root, "window.months", "or say complete = false",
				   "is missing: without it nothing can be published");
	if (programme->complete && programme->n_tasks == 0)
		return load_refuse(load, root, "tasks", "or say complete = false",
				   "is missing: a unit is shortlisted on a task");
	if (!programme->complete && programme->note[0] == '\0')
		return load_refuse(load, root, "note", "write note = \"…\"",
				   "must say what is missing when complete = false");
	/* ISO dates compare as text. */
	if (programme->notice_on[0] && applied[0] && strcmp(programme->notice_on, applied) > 0)
		return load_refuse(load, root, "application_closes_on",
				   "applications close after the notice is out",
				   "%s is before notice_on, %s", applied, programme->notice_on);
	if (applied[0] && confirmed[0] && strcmp(applied, confirmed) > 0)
		return load_refuse(load, root, "recommendation_closes_on",
				   "recommenders confirm after applications have closed",
				   "%s is before application_closes_on, %s", confirmed, applied);
	return FAULT_NONE;
}

static enum fault load_whole(struct load *load)
{
	enum fault fault = cfg_fill(load->cfg, cfg_root(load->cfg), rows,
				    sizeof(rows) / sizeof(rows[0]), load->programme, load->problem);
	if (fault == FAULT_NONE)
		fault = load_level_names(load);
	if (fault == FAULT_NONE)
		fault = load_lists(load);
	if (fault == FAULT_NONE)
		fault = check_rules(load);
	if (fault == FAULT_NONE)
		fault = load_ladders(load);
	if (fault == FAULT_NONE)
		fault = load_forms(load);
	if (fault == FAULT_NONE)
		fault = load_plan(load);
	if (fault == FAULT_NONE)
		fault = load_reminders(load);
	if (fault == FAULT_NONE)
		fault = load_rollup(load);
	return fault == FAULT_NONE ? check_whole(load) : fault;
}

static void stamp(struct programme *programme, const char *text, size_t len, const char *name)
{
	uint8_t digest[DIGEST_BYTES];
	const char *slash = strrchr(name, '/');
	digest_sha256(text, len, digest);
	digest_hex(digest, sizeof(digest), programme->sha256);
	programme->source_name = xstrdup(slash ? slash + 1 : name);
}

enum fault programme_file_parse(const char *text, size_t len, const char *name,
				struct programme **out, struct problem *problem)
{
	struct cfg *cfg = NULL;
	enum fault fault = cfg_parse(text, len, name, &cfg, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct load load = { cfg, xcalloc(1, sizeof(struct programme)), problem };
	stamp(load.programme, text, len, name);
	fault = load_whole(&load);
	cfg_free(cfg);
	if (fault != FAULT_NONE) {
		programme_free(load.programme);
		return fault;
	}
	*out = load.programme;
	return FAULT_NONE;
}

enum fault programme_file_load(const char *path, struct programme **out, struct problem *problem)
{
	struct buf text = BUF_EMPTY;
	enum fault fault = cfg_read_file(path, &text, problem);
	if (fault == FAULT_NONE)
		fault = programme_file_parse(buf_str(&text), text.len, path, out, problem);
	buf_clear(&text);
	return fault;
}

/* ---- a folder of them ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_programme_file(const char *name)
{
	size_t len = strlen(name);
	return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

static enum fault list_names(const char *dir, struct cfg_texts *names, struct problem *problem)
{
	DIR *stream = opendir(dir);
	if (!stream)
		return problem_set(problem, errno == ENOENT ? FAULT_NOT_FOUND : FAULT_IO, "%s: %s",
				   dir, strerror(errno));
	const struct dirent *entry;
	errno = 0;
	while ((entry = readdir(stream))) {
		if (!is_programme_file(entry->d_name))
			continue;
		names->item = xrealloc(names->item, (names->n + 1) * sizeof(*names->item));
		names->item[names->n++] = xstrdup(entry->d_name);
		errno = 0;
	}
	enum fault fault = errno == 0
				   ? FAULT_NONE
				   : problem_set(problem, FAULT_IO, "%s: %s", dir, strerror(errno));
	closedir(stream);
	if (names->n > 0)
		qsort(names->item, names->n, sizeof(*names->item), by_name);
	return fault;
}

static enum fault check_twin(struct programme *const *list, size_t n, const char *dir,
			     struct problem *problem)
{
	const struct programme *last = list[n];
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i]->id, last->id) != 0)
			continue;
		enum fault fault = problem_set(problem, FAULT_INVALID,
					       "%s/%s: id: \"%s\" is also the programme of %s", dir,
					       last->source_name, last->id, list[i]->source_name);
		cfg_hint(problem, "give each programme its own id, or remove one file");
		return fault;
	}
	return FAULT_NONE;
}

static enum fault load_names(const char *dir, const struct cfg_texts *names,
			     struct programme **list, size_t *n, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < names->n; i++) {
		struct buf path = BUF_EMPTY;
		buf_addf(&path, "%s/%s", dir, names->item[i]);
		fault = programme_file_load(buf_str(&path), &list[i], problem);
		buf_clear(&path);
		if (fault != FAULT_NONE)
			break;
		*n = i + 1;
		fault = check_twin(list, i, dir, problem);
	}
	return fault;
}

enum fault programme_dir_load(const char *dir, struct programme ***out, size_t *n,
			      struct problem *problem)
{
	struct cfg_texts names = { NULL, 0 };
	enum fault fault = list_names(dir, &names, problem);
	struct programme **list = xcalloc(names.n, sizeof(struct programme *));
	size_t loaded = 0;
	if (fault == FAULT_NONE)
		fault = load_names(dir, &names, list, &loaded, problem);
	cfg_texts_clear(&names);
	if (fault != FAULT_NONE) {
		programme_list_free(list, loaded);
		return fault;
	}
	*out = list;
	*n = loaded;
	return FAULT_NONE;
}

void programme_list_free(struct programme **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		programme_free(list[i]);
	free(list);
}
