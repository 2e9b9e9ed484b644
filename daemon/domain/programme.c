/*
 * A programme as a value: freeing it, finding things in it, and the words for its enums. Lists are short (52 tasks),
 * so a look-up is a scan; what a person may type, an id or the Chinese name, is decided here.
 */
#include "jiebang/programme.h"

#include <stdlib.h>
#include <string.h>

static const char *const cap_level_names[] = {
	[CAP_LEVEL_NONE] = "none",
	[CAP_LEVEL_PROGRAMME] = "programme",
	[CAP_LEVEL_TRACK] = "track",
	[CAP_LEVEL_TASK] = "task",
};

static const char *const kind_names[KIND_COUNT] = {
	[KIND_PROGRESS_REPORT] = "progress_report",
	[KIND_MIDTERM_REVIEW] = "midterm_review",
	[KIND_MATERIAL] = "material",
	[KIND_ACCEPTANCE_REQUEST] = "acceptance_request",
	[KIND_EVALUATION] = "evaluation",
	[KIND_AD_HOC] = "ad_hoc",
};

static const char *const satisfied_by_names[] = {
	[SATISFIED_BY_SUBMISSION] = "submission",
	[SATISFIED_BY_ACCEPTANCE] = "acceptance",
};

static const char *const recipient_names[RECIPIENT_COUNT] = {
	[RECIPIENT_UNIT] = "unit",
	[RECIPIENT_RECOMMENDER] = "recommender",
	[RECIPIENT_OFFICE] = "office",
	[RECIPIENT_REVIEWER] = "reviewer",
};

/* Index of `s` in `names`, or `n`. */
static size_t index_of(const char *s, const char *const *names, size_t n)
{
	size_t i = 0;
	while (i < n && strcmp(s, names[i]) != 0)
		i++;
	return i;
}

const char *cap_level_name(enum cap_level level)
{
	return cap_level_names[level];
}

const char *obligation_kind_name(enum obligation_kind kind)
{
	return kind_names[kind];
}

bool obligation_kind_parse(const char *s, enum obligation_kind *kind)
{
	size_t i = index_of(s, kind_names, KIND_COUNT);
	if (i == KIND_COUNT)
		return false;
	*kind = (enum obligation_kind)i;
	return true;
}

const char *satisfied_by_name(enum satisfied_by how)
{
	return satisfied_by_names[how];
}

const char *recipient_name(enum recipient recipient)
{
	return recipient_names[recipient];
}

bool recipient_parse(const char *s, enum recipient *recipient)
{
	size_t i = index_of(s, recipient_names, RECIPIENT_COUNT);
	if (i == RECIPIENT_COUNT)
		return false;
	*recipient = (enum recipient)i;
	return true;
}

static const char *const days_off_names[DAYS_OFF_COUNT] = {
	[DAYS_OFF_SEND] = "send",
	[DAYS_OFF_BEFORE] = "before",
	[DAYS_OFF_AFTER] = "after",
};

const char *days_off_name(enum days_off days_off)
{
	return days_off_names[days_off];
}

bool days_off_parse(const char *s, enum days_off *days_off)
{
	size_t i = index_of(s, days_off_names, DAYS_OFF_COUNT);
	if (i == DAYS_OFF_COUNT)
		return false;
	*days_off = (enum days_off)i;
	return true;
}

/* ---- freeing ---- */

static void free_hierarchy(struct programme *p)
{
	for (size_t i = 0; i < p->n_tracks; i++) {
		free(p->tracks[i].id);
		free(p->tracks[i].name_zh);
		free(p->tracks[i].name_en);
	}
	for (size_t i = 0; i < p->n_categories; i++) {
		free(p->categories[i].id);
		free(p->categories[i].name_zh);
		free(p->categories[i].name_en);
	}
	for (size_t i = 0; i < p->n_tasks; i++) {
		free(p->tasks[i].id);
		free(p->tasks[i].name);
	}
	free(p->tracks);
	free(p->categories);
	free(p->tasks);
}

static void free_rules(struct programme *p)
{
	for (size_t i = 0; i < p->n_clauses; i++) {
		free(p->clauses[i].rule);
		free(p->clauses[i].text);
		free(p->clauses[i].source);
	}
	for (size_t i = 0; i < p->n_classes; i++) {
		free(p->classes[i].id);
		free(p->classes[i].name_zh);
		free(p->classes[i].name_en);
	}
	for (size_t i = 0; i < p->n_quotas; i++) {
		free(p->quotas[i].class_id);
		free(p->quotas[i].name_zh);
		free(p->quotas[i].via);
		free(p->quotas[i].rule);
	}
	free(p->clauses);
	free(p->classes);
	free(p->quotas);
}

static void free_plan(struct programme *p)
{
	for (size_t i = 0; i < p->n_plan; i++) {
		struct plan_rule *rule = &p->plan[i];
		free(rule->id);
		free(rule->name_zh);
		free(rule->name_en);
		free(rule->at_months);
		free(rule->on_dates);
		free(rule->every_year_on);
		free(rule->clause);
		free(rule->form);
		free(rule->materials);
	}
	for (size_t i = 0; i < p->n_forms; i++)
		form_clear(&p->forms[i]);
	for (size_t i = 0; i < p->n_checklists; i++)
		checklist_clear(&p->checklists[i]);
	free(p->forms);
	free(p->checklists);
	free(p->plan);
	free(p->ladders);
}

static void free_texts(struct programme *p)
{
	char *const texts[] = {
		p->id,
		p->name_zh,
		p->name_en,
		p->doc_no,
		p->issuer,
		p->notice_on,
		p->note,
		p->level_names[0],
		p->level_names[1],
		p->level_names[2],
		p->shortlist_cap.rule,
		p->winner_cap.rule,
		p->partners_rule,
		p->window_rule,
		p->extension.rule,
		p->application_closes_on,
		p->recommendation_closes_on,
		p->source_name,
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
}

void programme_free(struct programme *programme)
{
	if (!programme)
		return;
	free_hierarchy(programme);
	free_rules(programme);
	free_plan(programme);
	free_texts(programme);
	free(programme);
}

/* ---- finding ---- */

const struct clause *programme_clause(const struct programme *programme, const char *rule)
{
	for (size_t i = 0; i < programme->n_clauses; i++)
		if (strcmp(programme->clauses[i].rule, rule) == 0)
			return &programme->clauses[i];
	return NULL;
}

const struct task *programme_task(const struct programme *programme, const char *id)
{
	for (size_t i = 0; i < programme->n_tasks; i++)
		if (strcmp(programme->tasks[i].id, id) == 0)
			return &programme->tasks[i];
	return NULL;
}

const struct form *programme_form(const struct programme *programme, const char *id)
{
	for (size_t i = 0; id && i < programme->n_forms; i++)
		if (strcmp(programme->forms[i].id, id) == 0)
			return &programme->forms[i];
	return NULL;
}

const struct checklist *programme_checklist(const struct programme *programme, const char *id)
{
	for (size_t i = 0; id && i < programme->n_checklists; i++)
		if (strcmp(programme->checklists[i].id, id) == 0)
			return &programme->checklists[i];
	return NULL;
}

/* What a person may call an item of a list. */
struct called {
	const char *id;
	const char *name;
};

static struct called task_called(const struct programme *p, size_t i)
{
	return (struct called){ p->tasks[i].id, p->tasks[i].name };
}

static struct called track_called(const struct programme *p, size_t i)
{
	return (struct called){ p->tracks[i].id, p->tracks[i].name_zh };
}

static struct called class_called(const struct programme *p, size_t i)
{
	return (struct called){ p->classes[i].id, p->classes[i].name_zh };
}

/* An id wins at once, since ids are unique; a name that two items bear names neither. */
static size_t find(const struct programme *p, size_t n, const char *id_or_name,
		   struct called (*called)(const struct programme *, size_t))
{
	size_t found = SIZE_MAX;
	size_t bearers = 0;
	if (id_or_name[0] == '\0')
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		struct called item = called(p, i);
		if (strcmp(item.id, id_or_name) == 0)
			return i;
		if (strcmp(item.name, id_or_name) == 0) {
			found = i;
			bearers++;
		}
	}
	return bearers == 1 ? found : SIZE_MAX;
}

size_t programme_task_find(const struct programme *programme, const char *id_or_name)
{
	return find(programme, programme->n_tasks, id_or_name, task_called);
}

size_t programme_track_find(const struct programme *programme, const char *id_or_name)
{
	return find(programme, programme->n_tracks, id_or_name, track_called);
}

size_t programme_class_find(const struct programme *programme, const char *id_or_name)
{
	return find(programme, programme->n_classes, id_or_name, class_called);
}
