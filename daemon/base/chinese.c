/*
 * Sentences by pattern: a row holds the English words as they stand in the source, with %s for each value that was
 * filled in, and the Chinese, where %1 … %6 are those values as they came and &1 … &6 are values that are words of ours
 * themselves ("soft", "submitted", a reason). The first row that fits wins, so the special stands before the general.
 *
 * The alternative, a second text at each of some two hundred places that refuse, would have made every one of them
 * longer; and a sentence that has no row yet is only said in English.
 *
 * The rows stand in chinese_*.c by what they speak of; here is only what any of them may say.
 */
#include "jiebang/chinese.h"

#include "base/chinese_parts.h"

#include <stddef.h>
#include <string.h>

#define VALUES_MAX 6

/* clang-format off */

static const struct phrase general[] = {
	/* ---- trouble ---- */
	{ "database: %s (code %s)", "数据库：%1（代码 %2）" },
	{ "free space on the disk that holds state_dir; nothing was changed, and the daemon goes on by itself",
	  "请清理 state_dir 所在磁盘；没有改动任何数据，空间恢复后服务自动继续" },
	{ "the database gave the transaction up", "数据库放弃了本次事务" },
	{ "the store refuses writes", "存储暂时拒绝写入" },
	{ "clock hold: %s", "时钟暂停：&1" },
	{ "out of memory", "内存不足" },

	/* ---- general ---- */
	{ "did you mean %s?", "是否指 %1？" },
	{ "%s: must be one of %s", "%1 必须是以下之一：%2" },
	{ "%s: must be an id like %s", "%1 必须是 %2 这样的编号" },
	{ "%s: must be a number from %s to %s", "%1 必须是 %2 到 %3 之间的数" },
	{ "%s: must be 1 or 0", "%1 必须是 1 或 0" },
	{ "%s: must be an instant like 2025-01-06T09:20:00+08:00 or a date; in a query its plus is percent-encoded",
	  "%1 须为时刻，形如 2025-01-06T09:20:00+08:00，或日期；查询中的加号须按百分号编码" },
	{ "%s: must be a date that exists, as YYYY-MM-DD", "%1 必须是存在的日期，形如 YYYY-MM-DD" },
	{ "%s must be a string", "%1 必须是字符串" },
	{ "%s must be true or false", "%1 必须是 true 或 false" },
	{ "%s must be a whole number, %s to %s", "%1 必须是 %2 到 %3 之间的整数" },
	{ "%s must be a day as YYYY-MM-DD, not \"%s\"", "%1 必须是 YYYY-MM-DD 形式的日期，而不是“%2”" },
	{ "%s: is empty; leave it out to ask for all", "%1 是空的；不写即表示全部" },
	{ "%s: is empty or too long", "%1 为空或过长" },
	{ "%s: is given twice", "%1 重复" },
	{ "%s: is required", "缺少 %1" },
	{ "%s is empty", "%1 是空的" },
	{ "%s: too long", "%1 过长" },
};

/* clang-format on */

struct span {
	const char *at;
	size_t len;
};

static const char *find(const char *text, const char *literal, size_t len)
{
	for (; *text; text++)
		if (strncmp(text, literal, len) == 0)
			return text;
	return NULL;
}

/* Values are as short as they can be, so a literal is looked for from the left, and further if the rest then fails. */
static bool match(const char *pattern, const char *text, struct span *values, size_t n)
{
	size_t literal = strcspn(pattern, "%");
	if (strncmp(pattern, text, literal) != 0)
		return false;
	pattern += literal;
	text += literal;
	if (*pattern == '\0')
		return *text == '\0';
	pattern += strlen("%s");
	literal = strcspn(pattern, "%");
	if (n == VALUES_MAX)
		return false;
	values[n] = (struct span){ text, strlen(text) };
	if (*pattern == '\0')
		return true;
	for (const char *at = text; (at = find(at, pattern, literal)); at++) {
		values[n].len = (size_t)(at - text);
		if (match(pattern, at, values, n + 1))
			return true;
	}
	return false;
}

/* A word of ours, or several with commas between them; else as it came. */
static void add_words(struct buf *out, const struct span *value)
{
	struct buf word = BUF_EMPTY;
	buf_add(&word, value->at, value->len);
	const char *comma = strstr(buf_str(&word), ", ");
	bool known = chinese_of(buf_str(&word), out);
	if (!known && comma) {
		size_t first = (size_t)(comma - buf_str(&word));
		add_words(out, &(struct span){ value->at, first });
		buf_adds(out, "、");
		add_words(out, &(struct span){ value->at + first + 2, value->len - first - 2 });
	} else if (!known) {
		buf_add(out, value->at, value->len);
	}
	buf_clear(&word);
}

static void fill(struct buf *out, const char *zh, const struct span *values)
{
	for (; *zh; zh++) {
		bool value = (*zh == '%' || *zh == '&') && zh[1] >= '1' && zh[1] < '1' + VALUES_MAX;
		if (!value) {
			buf_addc(out, *zh);
			continue;
		}
		const struct span *span = &values[zh[1] - '1'];
		if (*zh == '%')
			buf_add(out, span->at, span->len);
		else
			add_words(out, span);
		zh++;
	}
}

static bool say(const struct phrase *rows, size_t n, const char *english, struct buf *out)
{
	struct span values[VALUES_MAX];
	for (size_t i = 0; i < n; i++) {
		if (!match(rows[i].en, english, values, 0))
			continue;
		fill(out, rows[i].zh, values);
		return true;
	}
	return false;
}

bool chinese_of(const char *english, struct buf *out)
{
	/* Those of HTTP have no values: nothing general may come before them; and what is general comes last. */
	return say(chinese_http, n_chinese_http, english, out) ||
	       say(chinese_import, n_chinese_import, english, out) ||
	       say(chinese_state, n_chinese_state, english, out) ||
	       say(chinese_filing, n_chinese_filing, english, out) ||
	       say(chinese_endpoint, n_chinese_endpoint, english, out) ||
	       say(chinese_request, n_chinese_request, english, out) ||
	       say(general, sizeof(general) / sizeof(general[0]), english, out);
}
