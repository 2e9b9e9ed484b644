/* Units, their partners and the batches they came in; and the publication that plans what they owe. */
#ifndef JIEBANG_STORE_UNIT_H
#define JIEBANG_STORE_UNIT_H

#include "jiebang/programme.h"
#include "jiebang/unit.h"
#include "store/store.h"

#include <stdint.h>

struct batch_row {
	uint8_t uid[16];
	int64_t programme_key;
	const char *reason; /* NULL: no soft rule was passed */
	const char *actor;
};
MUST_CHECK enum fault batch_add(struct store *store, const struct batch_row *batch, int64_t now_at,
				int64_t *key, struct problem *problem);
/* What is known at the end of the file: how many units, and its SHA-256. */
MUST_CHECK enum fault batch_finish(struct store *store, int64_t key, int64_t units,
				   const char *sha256, struct problem *problem);

struct unit_new {
	int64_t programme_key;
	int64_t task_key;
	int64_t batch_key;
	const char *seq;
	const char *project;
	const char *lead;
	const char *recommender;
	const char *region;
	const char *class_id;
	bool owes;
	const char *const *partner;
	size_t n_partners;
};
/* Whether the same lead and project stand on this task already. */
MUST_CHECK enum fault unit_stands(struct store *store, int64_t task_key, const char *lead,
				  const char *project, bool *stands, struct problem *problem);
/* State `shortlisted`. FAULT_CONFLICT: the same lead and project stand on this task already. */
MUST_CHECK enum fault unit_add(struct store *store, const struct unit_new *unit, int64_t now_at,
			       int64_t *key, struct problem *problem);

struct unit_row {
	int64_t key;
	int64_t programme_key;
	int64_t task_key;
	enum unit_state state;
	bool owes;
	bool published;    /* it has an anchor and a window */
	int32_t anchor_on; /* 0: its window has not begun */
	int32_t window_end_on;
	int window_months; /* with extensions and shifts; 0: it ends on a fixed day */
	char programme_id[64];
	char lead[512];
	char project[512];
	char recommender[512];
};
MUST_CHECK enum fault unit_get(struct store *store, int64_t key, struct unit_row *out,
			       struct problem *problem);
MUST_CHECK enum fault unit_set_state(struct store *store, int64_t key, enum unit_state state,
				     struct problem *problem);
/* Where its window begins and ends. */
MUST_CHECK enum fault unit_set_window(struct store *store, const struct unit_row *unit,
				      struct problem *problem);
/* Keys of the programme's published units after `after_key`, at most `max`; anchor_on not NULL: only of this anchor. */
MUST_CHECK enum fault units_published(struct store *store, int64_t programme_key,
				      const int32_t *anchor_on, int64_t after_key, int64_t *keys,
				      size_t max, size_t *n, struct problem *problem);
/* How many units of the same task, track or programme as this one are in a state. */
MUST_CHECK enum fault units_beside(struct store *store, int64_t unit_key, enum cap_level level,
				   enum unit_state state, int64_t *n, struct problem *problem);
/* Whether any unit has this recommender. */
MUST_CHECK enum fault recommender_known(struct store *store, const char *name, bool *known,
					struct problem *problem);

/* One obligation of every owing unit, as planned from the anchor. */
struct plan_row {
	int64_t rule_key;
	int n;
	int months;
	bool based; /* a fixed day that a shift of the programme has moved, from base_on */
	int32_t base_on;
	int32_t opens_on;
	int32_t last_day_on;
	int32_t due_on;
	bool provisional;
	int64_t first_step_at; /* 0: its ladder says nothing */
};
struct publication {
	int64_t programme_key;
	int32_t anchor_on;
	int32_t window_end_on;
	int window_months;
	int shift_months; /* of the programme, so far: the rows have it in them */
	const struct plan_row *rows;
	size_t n_rows;
	int64_t units;       /* result: moved to `delivering` */
	int64_t obligations; /* result */
};
/*
 * Moves every shortlisted unit to `delivering` and plans what it owes: set-wise, so that a hundred thousand units
 * cost what SQLite costs, at bounded memory.
 */
MUST_CHECK enum fault publication_apply(struct store *store, struct publication *publication,
					struct problem *problem);

#endif
