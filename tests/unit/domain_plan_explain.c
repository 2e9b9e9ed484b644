/*
 * The sentence that explains a due date, in both languages: every way a last day comes about, and every way it is
 * rolled, or not.
 */
#include "jiebang/programme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain_days.h"

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct calendar *calendar;

static int setup(void **state)
{
	(void)state;
	calendar = calendar_shipped();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	calendar_free(calendar);
	return 0;
}

static const struct {
	const char *anchor;
	int months; /* 0: the official date 2025-11-15, -1: yearly on 10-03 */
	enum roll roll;
	const char *clause;
	const char *en;
	const char *zh;
} sentences[] = {
	{ "2024-08-31", 6, ROLL_NEXT_WORKDAY, "none",
	  "2024-08-31 + 6 months = 2025-02-28 (民法典 202: no corresponding day, the month's last "
	  "day), "
	  "Friday, a working day, no roll; due 2025-02-28 24:00 Beijing time, opens 2025-02-13.",
	  "2024-08-31 + 6 个月 = "
	  "2025-02-28（民法典第二百零二条：没有对应日，取月末日），星期五，工作日，不顺延；"
	  "截止 2025-02-28 24:00（北京时间），开放 2025-02-13。" },
	{ "2024-02-29", 24, ROLL_NEXT_WORKDAY, "ours",
	  "2024-02-29 + 24 months = 2026-02-28 (民法典 202: no corresponding day, the month's last "
	  "day), "
	  "Saturday, a make-up working day (春节), no roll; due 2026-02-28 24:00 Beijing time, "
	  "opens "
	  "2026-02-13; a default of ours, the notice is silent.",
	  "2024-02-29 + 24 个月 = "
	  "2026-02-28（民法典第二百零二条：没有对应日，取月末日），星期六，调休上班日（春节），"
	  "不顺延；截止 2026-02-28 24:00（北京时间），开放 "
	  "2026-02-13；本系统默认值，通知未作规定。" },
	{ "2023-05-01", 24, ROLL_NEXT_WORKDAY, "window",
	  "2023-05-01 + 24 months = 2025-05-01, Thursday, a day off (劳动节), rolled to "
	  "2025-05-06, "
	  "Tuesday (民法典 203); due 2025-05-06 24:00 Beijing time, opens 2025-04-21; by "
	  "名单公布之日起不超过2年 (四、3).",
	  "2023-05-01 + 24 个月 = 2025-05-01，星期四，休息日（劳动节），顺延至 2025-05-06，星期二"
	  "（民法典第二百零三条）；截止 2025-05-06 24:00（北京时间），开放 2025-04-21；依据："
	  "名单公布之日起不超过2年（四、3）。" },
	{ "2025-09-04", 1, ROLL_PREVIOUS_WORKDAY, "none",
	  "2025-09-04 + 1 month = 2025-10-04, Saturday, a day off (国庆节), brought forward to "
	  "2025-09-30, Tuesday; due 2025-09-30 24:00 Beijing time, opens 2025-09-15.",
	  "2025-09-04 + 1 个月 = 2025-10-04，星期六，休息日（国庆节），提前至 2025-09-30，星期二；"
	  "截止 2025-09-30 24:00（北京时间），开放 2025-09-15。" },
	{ "2025-11-04", 36, ROLL_NEXT_WORKDAY, "none",
	  "2025-11-04 + 36 months = 2028-11-04, Saturday, a day off, rolled to 2028-11-06, Monday "
	  "(民法典 203); due 2028-11-06 24:00 Beijing time, opens 2028-10-22; provisional, no "
	  "calendar "
	  "for 2028.",
	  "2025-11-04 + 36 个月 = 2028-11-04，星期六，休息日，顺延至 "
	  "2028-11-06，星期一（民法典第二百零三条）；"
	  "截止 2028-11-06 24:00（北京时间），开放 2028-10-22；暂定，尚无日历：2028。" },
	{ "2022-08-31", 4, ROLL_NEXT_WORKDAY, "none",
	  "2022-08-31 + 4 months = 2022-12-31, Saturday, a day off (元旦), rolled to 2023-01-03, "
	  "Tuesday (民法典 203); due 2023-01-03 24:00 Beijing time, opens 2022-12-19; provisional, "
	  "no calendar for 2022.",
	  "2022-08-31 + 4 个月 = 2022-12-31，星期六，休息日（元旦），顺延至 "
	  "2023-01-03，星期二（民法典第二百零三条）；"
	  "截止 2023-01-03 24:00（北京时间），开放 2022-12-19；暂定，尚无日历：2022。" },
	{ "2022-12-01", 1, ROLL_PREVIOUS_WORKDAY, "none",
	  "2022-12-01 + 1 month = 2023-01-01, Sunday, a day off (元旦), brought forward to "
	  "2022-12-30, "
	  "Friday; due 2022-12-30 24:00 Beijing time, opens 2022-12-15; provisional, no calendar "
	  "for "
	  "2022.",
	  "2022-12-01 + 1 个月 = 2023-01-01，星期日，休息日（元旦），提前至 2022-12-30，星期五；"
	  "截止 2022-12-30 24:00（北京时间），开放 2022-12-15；暂定，尚无日历：2022。" },
	{ "2024-05-10", 24, ROLL_NONE, "none",
	  "2024-05-10 + 24 months = 2026-05-10, not rolled by its rule; due 2026-05-10 24:00 "
	  "Beijing "
	  "time, opens 2026-04-25.",
	  "2024-05-10 + 24 个月 = 2026-05-10，按规则不顺延；截止 2026-05-10 "
	  "24:00（北京时间），开放 "
	  "2026-04-25。" },
	{ "2024-05-10", 0, ROLL_NEXT_WORKDAY, "none",
	  "official date 2025-11-15, an official date is never rolled; due 2025-11-15 24:00 "
	  "Beijing "
	  "time, opens 2025-10-31.",
	  "规定日期 2025-11-15，规定日期不顺延；截止 2025-11-15 24:00（北京时间），开放 "
	  "2025-10-31。" },
	{ "2024-10-05", -1, ROLL_NEXT_WORKDAY, "none",
	  "yearly date 2025-10-03, Friday, a day off (国庆节), rolled to 2025-10-09, Thursday "
	  "(民法典 "
	  "203); due 2025-10-09 24:00 Beijing time, opens 2025-09-24.",
	  "每年固定日期 2025-10-03，星期五，休息日（国庆节），顺延至 "
	  "2025-10-09，星期四（民法典第二百零三条）；"
	  "截止 2025-10-09 24:00（北京时间），开放 2025-09-24。" },
};

static void check_sentence(size_t i, const char *lang, const char *expected)
{
	struct clause window = { (char[]){ "window" }, (char[]){ "名单公布之日起不超过2年" },
				 (char[]){ "四、3" } };
	int months = sentences[i].months, yearly[1][2] = { { 10, 3 } };
	int32_t date = day_of("2025-11-15");
	char clause[16];
	struct plan_rule rule = { .opens_months = -1, .roll = sentences[i].roll };
	struct planned out[PLAN_MAX];
	struct buf text = BUF_EMPTY;
	(void)snprintf(clause, sizeof(clause), "%s", sentences[i].clause);
	rule.clause = clause;
	rule.opens_before_days = 15;
	rule.at_months = &months;
	rule.n_at_months = months > 0;
	rule.on_dates = &date;
	rule.n_on_dates = months == 0;
	rule.every_year_on = yearly;
	rule.n_every_year_on = months < 0;
	struct programme programme = {
		.plan = &rule, .n_plan = 1, .window_months = 36, .clauses = &window, .n_clauses = 1
	};
	int32_t anchor_on = day_of(sentences[i].anchor);
	assert_true(programme_plan(&programme, calendar, anchor_on, out) >= 1);
	programme_explain(&programme, calendar, anchor_on, &out[0], lang, &text);
	assert_string_equal(buf_str(&text), expected);
	buf_clear(&text);
}

static void test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sentences); i++) {
		check_sentence(i, "en", sentences[i].en);
		check_sentence(i, "zh", sentences[i].zh);
	}
}

/* The anchors that count from elsewhere than publication, and what a person moved. */
static void test_other_anchors(void **state)
{
	static char ours[] = "";
	static const struct {
		struct plan_rule rule;
		const char *en, *zh; /* how it begins */
	} anchors[] = {
		{ { .every_month_on = 31, .opens_months = -1, .clause = ours },
		  "monthly date 2024-09-30, not rolled",
		  "每月固定日期 2024-09-30，按规则不顺延" },
		{ { .after_window_months = 6, .opens_months = -1, .clause = ours },
		  "the window's last day 2026-08-31 + 6 months = 2027-02-28, not rolled",
		  "攻关期末日 2026-08-31 + 6 个月 = 2027-02-28，按规则不顺延" },
		{ { .on_milestones = true, .days_after = 10, .opens_months = -1, .clause = ours },
		  "planned day of milestone 2, 2025-03-31 + 10 days = 2025-04-10, not rolled",
		  "里程碑 2 的计划日期 2025-03-31 + 10 天 = 2025-04-10，按规则不顺延" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(anchors); i++) {
		struct plan_rule rule = anchors[i].rule;
		struct programme programme = { .plan = &rule, .n_plan = 1, .window_months = 24 };
		struct planned out[PLAN_MAX];
		struct buf en = BUF_EMPTY, zh = BUF_EMPTY;
		int32_t anchor_on = day_of("2024-08-31");
		if (programme_plan(&programme, calendar, anchor_on, out) == 0)
			programme_plan_milestone(&rule, 0, calendar, anchor_on, 2,
						 day_of("2025-03-31"), &out[0]);
		programme_explain(&programme, calendar, anchor_on, &out[0], "en", &en);
		programme_explain(&programme, calendar, anchor_on, &out[0], "zh", &zh);
		if (strncmp(en.data, anchors[i].en, strlen(anchors[i].en)) != 0 ||
		    strncmp(zh.data, anchors[i].zh, strlen(anchors[i].zh)) != 0)
			fail_msg("%s %s", en.data, zh.data);
		buf_clear(&en);
		buf_clear(&zh);
	}
}

static void test_by_hand_and_moved(void **state)
{
	struct programme programme = { .n_plan = 0 };
	struct planned planned = { .rule = SIZE_MAX,
				   .n = 1,
				   .opens_on = day_of("2024-09-02"),
				   .last_day_on = day_of("2024-10-12"),
				   .due_on = day_of("2024-10-12") };
	struct buf text = BUF_EMPTY;
	(void)state;
	programme_explain_ad_hoc(&programme, calendar, day_of("2024-09-02"), &planned, "en", &text);
	programme_explain_moved(day_of("2024-11-01"), day_of("2024-11-20"), "en", &text);
	assert_string_equal(
		buf_str(&text),
		"a day set by hand, 2024-10-12, not rolled by its rule; due 2024-10-12 "
		"24:00 Beijing time, opens 2024-09-02. Extended to 2024-11-01. Returned: "
		"to be corrected by 2024-11-20.");
	buf_reset(&text);
	programme_explain_moved(0, 0, "en", &text);
	programme_explain_moved(day_of("2024-11-01"), day_of("2024-11-20"), "zh", &text);
	assert_string_equal(buf_str(&text),
			    "已延期至 2024-11-01。已退回，须改正并重新提交，截止 2024-11-20。");
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_other_anchors),
		cmocka_unit_test(test_by_hand_and_moved),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
