/*
 * The second language: values stay, words of ours are translated inside, the special row comes before the general one,
 * and what has no row says so.
 */
#include "jiebang/chinese.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const struct {
	const char *en;
	const char *zh; /* NULL: not known */
} rows[] = {
	{ "the file is empty", "文件是空的" },
	{ "An upload takes no parameters.", "上传不接受参数" },
	{ "ob_1 is submitted: submit is not possible; possible: return, accept",
	  "ob_1 当前为“已提交”，不能“提交”；可执行：退回、审核通过" },
	{ "ob_2 is accepted: return is not possible; possible: nothing",
	  "ob_2 当前为“审核通过”，不能“退回”；没有可执行的操作" },
	{ "5 units are on this task already; the soft cap is 5; it can be passed with a recorded "
	  "reason "
	  "(--reason)",
	  "该任务已有 5 个揭榜单位；软性上限为 5 个；说明理由（--reason）并记录后可以超过" },
	{ "5 units are on this track already; the hard cap is 5",
	  "该赛道已有 5 个揭榜单位；硬性上限为 5 个" },
	{ "the programme has no task 甲; did you mean 乙?", "本批次没有任务“甲”；是否指“乙”？" },
	{ "the programme has no task a; b; did you mean c?", "本批次没有任务“a; b”；是否指“c”？" },
	{ "the programme has no task 甲 on track 元宇宙", "本批次赛道“元宇宙”没有任务“甲”" },
	{ "there is no programme x; did you mean future-2023?",
	  "没有批次 x；是否指 future-2023？" },
	{ "there is no programme x", "没有批次 x" },
	{ "the endpoint's URL is refused: loopback address", "接收端地址被拒绝：回环地址" },
	{ "the endpoint's URL is refused: something new", "接收端地址被拒绝：something new" },
	{ "line 3: the cell that begins here has no end: a closing quote is missing",
	  "第 3 行：从此处开始的单元格没有结束：缺少右引号" },
	{ "limit: must be a number from 1 to 1000", "limit 必须是 1 到 1000 之间的数" },
	{ "项目名称 is empty", "项目名称 是空的" },
	{ "the checklist c has no item \"requst\"; did you mean \"request\"?; its items: request, "
	  "b",
	  "材料清单 c 没有项目“requst”；是否指“request”？项目有：request, b" },
	{ "ob_7 can't be accepted: 2 required items of the checklist c have no file: a, b",
	  "ob_7 不能审核通过：材料清单 c 中有 2 项必需材料没有文件：a, b" },
	{ "", NULL },
	{ "a sentence of a newer daemon", NULL },
	{ "the file is empty and more", NULL },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_EMPTY;
		bool known = chinese_of(rows[i].en, &out);
		if (known != (rows[i].zh != NULL) ||
		    strcmp(buf_str(&out), rows[i].zh ? rows[i].zh : "") != 0)
			fail_msg("%s\n→ %s\nexpected %s", rows[i].en, buf_str(&out), rows[i].zh);
		buf_clear(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
