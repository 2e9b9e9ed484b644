/* What ends with a unit's part in the programme. */
#ifndef JIEBANG_ENGINE_LEAVE_H
#define JIEBANG_ENGINE_LEAVE_H

#include "engine/tx.h"

/* Not owed any more: cancelled, its reminders stop, with this reason in the rows. */
MUST_CHECK enum fault close_duty(struct tx *tx, int64_t obligation_key, const char *reason,
				 struct problem *problem);
/*
 * The unit owes nothing any more: what is owed or was filed and needs an acceptance is cancelled, messages that wait
 * are cancelled, and the rows say why. What was satisfied stays as it is, and nobody is reminded to review it.
 */
MUST_CHECK enum fault close_duties(struct tx *tx, int64_t unit_key, const char *reason,
				   struct problem *problem);

#endif
