/* A window that ends on another day: an extension, a resumption, a decided date. */
#ifndef JIEBANG_ENGINE_LENGTHEN_H
#define JIEBANG_ENGINE_LENGTHEN_H

#include "engine/act.h"
#include "engine/replan.h"
#include "store/unit.h"

/* What a body asks for: so many months more, or a day. Neither: months is 0 and to_day false. */
struct lengthen {
	int64_t months;
	bool to_day;
	int32_t ends_on;
};
#define LENGTHEN_MEMBERS "months", "ends_on"
/* FAULT_UNPROCESSED if both are given. */
MUST_CHECK enum fault lengthen_read(const struct verb *verb, struct lengthen *lengthen,
				    struct problem *problem);

/*
 * Whether the programme lets a window end later: its extension policy, with limit, count and clause in the refusal. A
 * document number stands above the policy.
 */
MUST_CHECK enum fault lengthen_allowed(struct tx *tx, const struct programme *programme,
				       const struct unit_row *unit, const struct lengthen *lengthen,
				       const struct act *act, struct problem *problem);

/*
 * Moves the end of the unit's window, its timer, and what falls due with its last day; records a change of this kind,
 * 'extension' or 'window'. `unit` follows; *change_key is the row. Who is to be told of what moved is the caller's.
 */
MUST_CHECK enum fault lengthen_window(struct replan *replan, const struct programme *programme,
				      struct unit_row *unit, const struct lengthen *lengthen,
				      const struct act *act, int64_t *change_key,
				      struct problem *problem);

#endif
