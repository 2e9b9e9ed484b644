/*
 * The check of the calendars: a year that is missing while dates wait for it is a failure of the check, so that a job
 * that runs it every morning is heard.
 */
#include "commands.h"

#include <string.h>

#include "out.h"

static const struct column check_columns[] = {
	{ "year", { "YEAR", "年份" }, CELL_COUNT, 0 },
	{ "state", { "CALENDAR", "日历" }, CELL_WORD, 0 },
	{ "first_needed_on", { "FIRST NEEDED", "最早所需日期" }, CELL_DATE, 0 },
	{ "provisional", { "PROVISIONAL DATES", "暂定日期数" }, CELL_ALARM, COL_RIGHT },
	{ "warned_at", { "WARNED", "已提示" }, CELL_INSTANT, COL_WIDE },
	{ .path = NULL },
};

const struct table table_calendar_check = { "year", check_columns, NULL };

int cmd_calendar_check(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *doc = NULL;
	const struct jr_value *data;
	struct sheet sheet;
	bool missing = false;
	int code = ask_get(client, invocation->command->path, &doc);

	if (code != CODE_OK || doc == NULL)
		return code;
	data = write_at(jr_root(doc), "data");
	sheet_init(&sheet, client->writer, invocation->command->table, client->header);
	sheet_begin(&sheet);
	for (size_t i = 0; data != NULL && i < jr_count(data); i++) {
		const struct jr_value *year = jr_item(data, i);

		missing |= strcmp(write_string_at(year, "state"), "missing") == 0;
		sheet_row(&sheet, year);
	}
	sheet_end(&sheet);
	jr_free(doc);
	return missing ? CODE_FAILED : CODE_OK;
}
