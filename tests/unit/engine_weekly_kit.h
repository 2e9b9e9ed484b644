/* What the tests of the weekly report begin with. */
#ifndef JIEBANG_TESTS_ENGINE_WEEKLY_KIT_H
#define JIEBANG_TESTS_ENGINE_WEEKLY_KIT_H

#include "engine_kit.h"

#define REPORTS "SELECT count(*) FROM message WHERE type = 'report.weekly'"
#define TIMER   "SELECT datetime(at, 'unixepoch', '+8 hours') FROM timer WHERE kind = 'weekly'"

static inline void weekly_on(int weekday, const char *to)
{
	struct query q = look("UPDATE programme SET rollup_weekday = $1, rollup_at_s = 33600, "
			      "rollup_to = $2 WHERE id = 'future-1'");
	query_int(&q, 1, weekday);
	query_text(&q, 2, to);
	assert_int_equal(query_run(&q, NULL), FAULT_NONE);
}

/* Publishing is what arms it; the programmes of the kit have none by themselves. */
static inline void stage_weekly(void)
{
	import_rows(ROW_1 ROW_2 ROW_3);
	weekly_on(1, "recommender office");
	publish();
}

#endif
