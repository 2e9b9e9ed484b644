/*
 * Everything counts from the date, so it is looked at twice: a list can't be public before the notice that asked for it, and
 * a day to come, or one more than a year back, is allowed (the past is entered after the fact) but said.
 */
#include "engine/publish_date.h"

#include "jiebang/chinese.h"
#include "jiebang/civil.h"
#include "jiebang/text.h"

enum fault publish_date_check(const struct programme *programme, int32_t day,
			      struct problem *problem)
{
	int32_t notice;
	char date[CIVIL_DATE_BYTES];
	if (!civil_parse(programme->notice_on, &notice) || day >= notice)
		return FAULT_NONE;
	civil_write(day, date);
	(void)problem_set(problem, FAULT_UNPROCESSED,
			  "date %s is before the notice of %s, which is of %s", date, programme->id,
			  programme->notice_on);
	if (problem)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), "/date");
	return FAULT_UNPROCESSED;
}

static void warn(struct jw *jw, const char *detail)
{
	struct buf zh = BUF_EMPTY;
	jw_object(jw);
	jw_kv_str(jw, "rule", "publication");
	jw_kv_str(jw, "detail", detail);
	if (chinese_of(detail, &zh))
		jw_kv_str(jw, "detail_zh", buf_str(&zh));
	jw_object_end(jw);
	buf_clear(&zh);
}

void publish_date_warn(int32_t day, int64_t now_at, struct jw *jw)
{
	int32_t today = civil_day_of(now_at);
	jw_key(jw, "warnings");
	jw_array(jw);
	if (day > today)
		warn(jw, "the date is in the future: reminders count from it");
	if (day < civil_add_months(today, -12))
		warn(jw,
		     "the date is more than a year back: what has come due since is said at once");
	jw_array_end(jw);
}
