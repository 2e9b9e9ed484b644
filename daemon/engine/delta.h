/* The difference between the plans of two windows: what one has and the other has not. */
#ifndef JIEBANG_ENGINE_DELTA_H
#define JIEBANG_ENGINE_DELTA_H

#include "engine/tx.h"
#include "jiebang/programme.h"
#include "store/unit.h"

#define DELTA_MAX (4 * PLAN_MAX) /* a window may be several times as long as the file's */

/* Of two windows of one programme, as its file is now. Rows that count from the window's end are in neither: they move. */
struct delta {
	const struct programme *programme;
	int shift_months; /* of the whole programme: rows and windows are as if there had been none */
	struct plan_window old, fresh;
	struct planned plan[DELTA_MAX]; /* of the fresh window */
	struct planned add[DELTA_MAX], drop[DELTA_MAX];
	size_t n_plan, n_add, n_drop;
};

/* The unit's window as it is now. `shift_months`: of its programme. */
struct plan_window window_of(const struct programme *programme, const struct calendar *calendar,
			     const struct unit_row *unit, int shift_months);
/* From the window `old` to `fresh`. Asked again of the same two it costs nothing: most units of a programme have the same. */
void delta_find(const struct tx *tx, const struct programme *programme, int shift_months,
		const struct plan_window *old, const struct plan_window *fresh,
		struct delta *delta);
/* Whether the row is of this rule. */
bool delta_is_of(const struct delta *delta, const struct planned *planned, const char *rule_id);
/* Whether the rule goes on past the old window: then what was due with the old last day is one of many, and stays. */
bool delta_goes_on(const struct delta *delta, const char *rule_id);
/* Whether the rule has its own row on this day of the fresh window. */
bool delta_stands_on(const struct delta *delta, const char *rule_id, int32_t last_day_on);

#endif
