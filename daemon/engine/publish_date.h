/* The date of a publication, judged by itself: what can't be, and what is more often a slip than meant. */
#ifndef JIEBANG_ENGINE_PUBLISH_DATE_H
#define JIEBANG_ENGINE_PUBLISH_DATE_H

#include "jiebang/json.h"
#include "jiebang/programme.h"

/* FAULT_UNPROCESSED at /date if the day lies before the programme's own notice. */
MUST_CHECK enum fault publish_date_check(const struct programme *programme, int32_t day,
					 struct problem *problem);
/* The member "warnings": in the future, or more than a year back; else empty. */
void publish_date_warn(int32_t day, int64_t now_at, struct jw *jw);

#endif
