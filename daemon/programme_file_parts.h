/*
 * The parts of the programme loader, used by programme_file*.c only.
 */
#ifndef JIEBANG_PROGRAMME_FILE_PARTS_H
#define JIEBANG_PROGRAMME_FILE_PARTS_H

#include "cfg.h"
#include "jiebang/programme.h"

struct load {
	const struct cfg *cfg;
	struct programme *programme; /* half built; programme_free takes it at any time */
	struct problem *problem;
};

#define PROGRAMME_OURS "ours" /* the clause of a rule on which the notice is silent */

extern const struct cfg_word programme_roll_words[];
extern const struct cfg_word programme_softness_words[];

/* Refuses with the rule's place, words and hint; returns the fault. `key` may be NULL. */
enum fault load_refuse(const struct load *load, const struct cfg_node *at, const char *key,
		       const char *hint, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* tracks, categories, tasks, clauses, classes, quotas (programme_file_lists.c), then ladders and the plan. */
MUST_CHECK enum fault load_lists(struct load *load);
MUST_CHECK enum fault load_ladders(struct load *load);
MUST_CHECK enum fault load_plan(struct load *load);
/* forms and checklists (programme_file_forms.c), before the plan, whose rows name them. */
MUST_CHECK enum fault load_forms(struct load *load);
MUST_CHECK enum fault load_rule_forms(const struct load *load, const struct cfg_node *node);
MUST_CHECK enum fault load_reminders(struct load *load);
/* The weekly report (programme_file_rollup.c). */
MUST_CHECK enum fault load_rollup(struct load *load);

/* A list of groups, each filled by rows into an element of an array that `programme` owns from the start. */
struct load_list {
	const char *key;
	size_t size;     /* of an element */
	size_t items_at; /* offsets of the array's pointer and count in struct programme */
	size_t n_at;
	size_t min, max;
	const struct cfg_row *rows;
	size_t n_rows;
	const char *id_key; /* the key that must be unique; its row gives the offset */
	/* What the rows alone can't say; may be NULL. */
	enum fault (*finish)(struct load *load, const struct cfg_node *node, void *item);
};

extern const struct load_list programme_ladders;

MUST_CHECK enum fault load_list(struct load *load, const struct load_list *list);

/* Index of the element of `list` whose id is the text of node's member `key`; refused with a suggestion. */
MUST_CHECK enum fault load_reference(const struct load *load, const struct load_list *list,
				     const struct cfg_node *node, const char *key, size_t *index);
/* That `rule` (the text of `at`'s member `key`) is "ours" or names a clause. */
MUST_CHECK enum fault load_check_clause(const struct load *load, const struct cfg_node *at,
					const char *key, const char *rule);

/* A rule's review, correction and reviewer's ladder (programme_file_review.c). */
MUST_CHECK enum fault load_review(const struct load *load, const struct cfg_node *node,
				  struct plan_rule *rule);

/* Numbers allowed in a list. */
struct load_range {
	int min, max;
	size_t max_n;
};

/* The list of whole numbers under `key`; none if absent. `*out` is the caller's to free, also after a fault. */
MUST_CHECK enum fault load_numbers(const struct load *load, const struct cfg_node *at,
				   const char *key, const struct load_range *range, int **out,
				   size_t *n);

#endif
