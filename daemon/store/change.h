/* Changes of units and programmes, and the decisions that wait for a person. */
#ifndef JIEBANG_STORE_CHANGE_H
#define JIEBANG_STORE_CHANGE_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct change_new {
	int64_t programme_key;
	int64_t unit_key;     /* 0: of the whole programme */
	const char *kind;     /* "lead", as the schema lists them */
	const char *old_json; /* JSON objects */
	const char *new_json;
	const char *reason; /* "" where none was asked for */
	const char *approver;
	const char *doc_no;
	int32_t effective_on;
	const char *actor;
};
MUST_CHECK enum fault change_add(struct store *store, const struct change_new *change,
				 int64_t now_at, int64_t *key, struct problem *problem);
/* How many changes of this kind the unit has had. */
MUST_CHECK enum fault change_count(struct store *store, int64_t unit_key, const char *kind,
				   int64_t *n, struct problem *problem);

/* Opens the unit's decision task about this end of its window. FAULT_CONFLICT: one is open. */
MUST_CHECK enum fault decision_open(struct store *store, int64_t unit_key, int32_t window_end_on,
				    int64_t now_at, int64_t *task_no, struct problem *problem);
struct decision_row {
	int64_t task_no; /* 0: none is open */
	int32_t window_end_on;
};
MUST_CHECK enum fault decision_of_unit(struct store *store, int64_t unit_key,
				       struct decision_row *out, struct problem *problem);
/* Closes what is open of the unit; none there: nothing happens. */
MUST_CHECK enum fault decision_close(struct store *store, int64_t unit_key, const char *resolution,
				     const char *actor, int64_t now_at, struct problem *problem);

#endif
