/*
 * The weekly report of many units: a few recipients a transaction, so that nobody waits long for the writer (R11; contract
 * 3, 4).
 */
#include "engine_weekly_kit.h"

/* Units that owe nothing, of a recommender with an endpoint. */
static void many_units(int n, const char *recommender)
{
	char sql[640], url[80], owner[80];
	(void)snprintf(
		sql, sizeof(sql),
		"WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < %d) "
		"INSERT INTO unit (programme_key, task_key, batch_key, seq, project, lead, "
		"recommender, region, class, owes, state, anchor_on, window_end_on, created_at) "
		"SELECT programme_key, task_key, batch_key, '', project || n, lead || '%s', '%s', "
		"region, class, 0, 'delivering', anchor_on, window_end_on, 0 FROM unit, i WHERE "
		"unit_key = 1",
		n, recommender, recommender);
	execute(sql);
	(void)snprintf(sql, sizeof(sql), "UPDATE tally SET count = count + %d WHERE what = 'units'",
		       n);
	execute(sql);
	(void)snprintf(url, sizeof(url), "http://%d.example/", n);
	(void)snprintf(owner, sizeof(owner), "recommender:%s", recommender);
	(void)endpoint_for(owner, url);
}

#define PART                                                                                       \
	"SELECT coalesce(rollup_part_on, '-') || ' ' || rollup_part_key || ' ' || "                \
	"rollup_part_told FROM programme WHERE programme_key = 1"

/*
 * Whoever waits for the writer waits for one part: the office, or so many recommenders as have two thousand units. A
 * stop in between loses nobody, and nobody gets it twice.
 */
static void a_large_one_goes_out_in_parts(void **state)
{
	(void)state;
	stage_weekly();
	(void)endpoint_for("office", "http://office.example/");
	many_units(2100, "大厅");
	many_units(1500, "中厅");
	many_units(700, "次厅");
	many_units(10, "小厅");
	plan_to("2024-09-09T09:19:59+08:00");
	int64_t before = number(REPORTS),
		events = number("SELECT count(*) FROM event WHERE type = 'report.weekly'");
	set_clock("2024-09-09T09:20:00+08:00");
	assert_true(plan_once().more);
	assert_number(REPORTS, before + 1);
	assert_text(PART, "2024-09-09 0 1");
	assert_true(plan_once().more);
	assert_number(REPORTS, before + 2);
	assert_text(PART, "2024-09-09 2 2");
	assert_true(
		plan_once()
			.more); /* the second and the third, which go over two thousand together */
	assert_number(REPORTS, before + 4);
	assert_text(PART, "2024-09-09 4 4");
	assert_number("SELECT count(*) FROM event WHERE type = 'report.weekly'", events);
	/* The rest a day later, after a stop. */
	set_clock("2024-09-10T10:00:00+08:00");
	assert_false(plan_once().more);
	assert_number(REPORTS, before + 5);
	assert_text(PART, "- 4 4");
	assert_text("SELECT data FROM event WHERE type = 'report.weekly' ORDER BY seq DESC LIMIT 1",
		    "{\"week_on\":\"2024-09-09\",\"missed\":0,\"recipients\":5}");
	assert_text(TIMER, "2024-09-16 09:20:00");
	assert_number(
		"SELECT count(DISTINCT id) - count(*) FROM message WHERE type = 'report.weekly'",
		0);
	/* Over the week's end it begins anew: nobody gets a report of a week that is past. */
	set_clock("2024-09-16T09:20:00+08:00");
	assert_true(plan_once().more);
	assert_text(PART, "2024-09-16 0 1");
	plan_to("2024-09-23T10:00:00+08:00");
	assert_text("SELECT data FROM event WHERE type = 'report.weekly' ORDER BY seq DESC LIMIT 1",
		    "{\"week_on\":\"2024-09-23\",\"missed\":1,\"recipients\":5}");
	assert_number(REPORTS, before + 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_large_one_goes_out_in_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
