/*
 * The messages, both languages side by side, and the way they reach stderr: one write a line, never a control byte.
 */
#include "say.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "term.h"

#define VALUES_MAX 6

static enum lang language;

static const struct words texts[] = {
	[TEXT_UNKNOWN_NOUN] = { "there is no command \"%1\"", "没有命令“%1”" },
	[TEXT_UNKNOWN_VERB] = { "\"%1\" has no verb \"%2\"", "“%1”没有动作“%2”" },
	[TEXT_VERB_MISSING] = { "\"%1\" wants a verb: %2", "“%1”需要一个动作：%2" },
	[TEXT_UNKNOWN_OPTION] = { "unknown option %1", "未知选项 %1" },
	[TEXT_DID_YOU_MEAN] = { "did you mean \"%1\"?", "是否想输入“%1”？" },
	[TEXT_OPTION_WANTS_VALUE] = { "option %1 wants a value: %2", "选项 %1 需要一个值：%2" },
	[TEXT_OPTION_NO_VALUE] = { "option %1 takes no value", "选项 %1 不带值" },
	[TEXT_OPTION_REQUIRED] = { "%1 is required", "缺少必需的 %1" },
	[TEXT_ARGUMENT_MISSING] = { "the argument %1 is missing", "缺少参数 %1" },
	[TEXT_ARGUMENT_EXTRA] = { "unexpected argument \"%1\"", "多余的参数“%1”" },
	[TEXT_BAD_VALUE] = { "%1: \"%2\" is not %3", "%1：“%2”不是%3" },
	[TEXT_EXPECT_DATE] = { "a date (YYYY-MM-DD)", "日期（YYYY-MM-DD）" },
	[TEXT_EXPECT_INSTANT] = { "an instant (2025-03-03T09:00:00+08:00, or a date)",
				  "时刻（2025-03-03T09:00:00+08:00，或日期）" },
	[TEXT_EXPECT_DURATION] = { "a duration (30d, 6h, 90s)", "时长（30d、6h、90s）" },
	[TEXT_EXPECT_NUMBER] = { "a number from %1 to %2", "%1 到 %2 之间的数" },
	[TEXT_EXPECT_CHOICE] = { "one of %1", "%1 之一" },
	[TEXT_EXPECT_SERVER] = { "a server (unix:PATH, http://HOST:PORT, https://HOST:PORT)",
				 "服务器地址（unix:路径、http://主机:端口、https://主机:端口）" },
	[TEXT_EXPECT_KEY] = { "a key of 1 to 64 letters, digits, '-' and '_'",
			      "由 1 到 64 个字母、数字、“-”“_”组成的键" },
	[TEXT_EXPECT_UTF8] = { "valid UTF-8", "有效的 UTF-8 文本" },
	[TEXT_EXPECT_FILLED] = { "a value: it is empty", "有效值：不能为空" },
	[TEXT_EXPECT_FIELD] = { "FIELD=VALUE", "“字段=值”" },
	[TEXT_FIELD_TWICE] = { "--field %1 is given twice, and takes one value",
			       "--field %1 出现了两次，该字段只能有一个值" },
	[TEXT_NO_FORM] = { "there is no form: any JSON object is taken",
			   "没有表单：任何 JSON 对象均可" },
	[TEXT_SKELETON] = { "to fill in (null: nothing yet):", "填写模板（null 表示尚未填写）：" },
	[TEXT_NOT_A_FILE] = { "%1 must be a plain file: its size and hash go ahead of it",
			      "%1 须为普通文件：上传前需要其大小和哈希" },
	[TEXT_UPLOAD_RESUMED] = { "going on at byte %1 of %2", "从第 %1 字节继续，共 %2 字节" },
	[TEXT_UPLOAD_GAVE_UP] = { "the same command goes on where the upload stopped",
				  "再次执行同一命令即可从中断处继续上传" },
	[TEXT_NO_OUTPUT] = { "cannot write %1: %2", "无法写入 %1：%2" },
	[TEXT_FILE_EXISTS] = { "%1 exists; name another file with --to",
			       "%1 已存在；请用 --to 指定其他文件" },
	[TEXT_FILE_DAMAGED] = { "what came is not %1: its SHA-256 differs; nothing was kept",
				"收到的不是 %1：SHA-256 不符；未保存" },
	[TEXT_MATERIALS_DAMAGED] = { "%1 files are damaged or missing", "%1 个文件已损坏或丢失" },
	[TEXT_ONE_OF_TWO] = { "either %1 or %2 is needed", "需要 %1 或 %2" },
	[TEXT_NOT_BOTH] = { "%1 and %2 exclude each other", "%1 与 %2 不能同时使用" },
	[TEXT_SEE_HELP] = { "see \"jiebangctl help%1\"", "参见“jiebangctl help%1”" },
	[TEXT_NO_FILE] = { "cannot read %1: %2", "无法读取 %1：%2" },
	[TEXT_FILE_TOO_LARGE] = { "%1 is larger than the %2 bytes that the server takes",
				  "%1 超过服务器接受的 %2 字节" },
	[TEXT_FILE_EMPTY] = { "%1 is empty", "%1 是空文件" },
	[TEXT_CONTENT_NOT_OBJECT] = { "%1 must hold one JSON object", "%1 必须是一个 JSON 对象" },
	[TEXT_CONTENT_BROKEN] = { "%1 is not JSON: %2", "%1 不是有效的 JSON：%2" },
	[TEXT_URL_EMPTY] = { "%1 holds no usable URL", "%1 中没有可用的地址" },
	[TEXT_TOKEN_EMPTY] = { "%1 holds no usable token", "%1 中没有可用的令牌" },
	[TEXT_TOKEN_READABLE] = { "warning: others can read the secret in %1 (chmod 600 helps)",
				  "警告：其他用户可以读取 %1 中的密钥（请 chmod 600）" },
	[TEXT_TOKEN_IN_CLEAR] = { "warning: the token goes to %1 unencrypted",
				  "警告：令牌将以明文发往 %1" },
	[TEXT_UNREACHABLE] = { "cannot reach the daemon at %1: %2", "无法连接 %1 上的服务：%2" },
	[TEXT_IS_IT_RUNNING] = { "is jiebangd running? look with: systemctl status jiebangd; "
				 "another "
				 "address: --server",
				 "jiebangd 是否在运行？请用 systemctl status jiebangd "
				 "查看；其他地址用 "
				 "--server 指定" },
	[TEXT_IS_IT_LISTENING] = { "is jiebangd running there, and does it listen on that address "
				   "(listen "
				   "in jiebangd.conf)?",
				   "那里的 jiebangd 是否在运行，并监听该地址（jiebangd.conf 的 "
				   "listen）？" },
	[TEXT_MAY_NOT_CONNECT] = { "only root and the daemon's own user may use this socket: try "
				   "sudo",
				   "只有 root 和服务自身的用户可以使用该套接字：请用 sudo" },
	[TEXT_WANTS_TOKEN] = { "give a token with --token-file FILE or JIEBANG_TOKEN; on the "
			       "server, "
			       "jiebangctl token add NAME makes one",
			       "请用 --token-file 文件 或 JIEBANG_TOKEN 提供令牌；在服务器上用 "
			       "jiebangctl token add 名称 创建" },
	[TEXT_BROKEN] = { "the connection to %1 broke off before the answer was complete: %2",
			  "与 %1 的连接在应答完成前中断：%2" },
	[TEXT_TIMED_OUT] = { "no complete answer from %1 in time: %2", "%1 未在时限内应答：%2" },
	[TEXT_GARBAGE] = { "the answer from %1 is not understood: %2", "无法理解 %1 的应答：%2" },
	[TEXT_LOCAL] = { "the request failed: %1", "请求失败：%1" },
	[TEXT_MAYBE_DONE] = { "whether the change was made is not known; repeat it safely with "
			      "--idempotency-key %1",
			      "无法确定更改是否已生效；加上 --idempotency-key %1 可安全重试" },
	[TEXT_MAYBE_MOVED] = { "whether the clock was moved is not known; look with clock show "
			       "before you move it again",
			       "无法确定时钟是否已推进；再次推进前请先用 clock show 查看" },
	[TEXT_HTTP_STATUS] = { "the server answered with HTTP status %1",
			       "服务器返回 HTTP 状态 %1" },
	[TEXT_NOT_A_LIST] = { "the answer has no list \"data\"", "应答中没有列表“data”" },
	[TEXT_LIST_STUCK] = { "the list does not move on: the same cursor came twice",
			      "列表没有前进：两次收到相同的游标" },
	[TEXT_WHERE] = { "where:  %1", "位置：%1" },
	[TEXT_RULE] = { "rule:   %1", "规则：%1" },
	[TEXT_CLAUSE] = { "clause: %1", "条款：%1" },
	[TEXT_HINT] = { "hint:   %1", "提示：%1" },
	[TEXT_PLACE_PROBLEM] = { "%1: %2", "%1：%2" },
	[TEXT_ROW_PROBLEM] = { "%1:%2: %3%4%5", "%1:%2：%3%4%5" },
	[TEXT_MORE_PROBLEMS] = { "and %1 more", "另有 %1 处" },
	[TEXT_WARNINGS] = { "accepted, with warnings:", "已接受，但有警告：" },
	[TEXT_NOTHING_FOUND] = { "nothing found", "没有找到" },
	[TEXT_WRITE_FAILED] = { "cannot write the output: %1", "无法写出结果：%1" },
	[TEXT_ONE_UNIT] = { "1 unit", "1 个揭榜单位" },
	[TEXT_SOME_UNITS] = { "%1 units", "%1 个揭榜单位" },
	[TEXT_IMPORTED] = { "imported %1 into %2, which now has %3",
			    "已向 %2 导入 %1，现共 %3 个" },
	[TEXT_IMPORT_CHECKED] = { "%1 would be imported into %2 (it would then have %3); nothing "
				  "was "
				  "kept",
				  "可向 %2 导入 %1（届时共 %3 个）；未保存任何内容" },
	[TEXT_DRY_RUN] = { "dry run: everything was checked, nothing was kept",
			   "试运行：已全部检查，未保存任何内容" },
	[TEXT_UPLOADING] = { "uploading", "上传中" },
	[TEXT_CHECKING] = { "uploaded; the server is checking …", "已上传；服务器正在检查…" },
	[TEXT_KEEP_SECRET] = { "keep the %1 now: it is not shown again",
			       "请立即保存 %1：之后不再显示" },
	[TEXT_SECRET_GONE] = { "the %1 was shown when it was made, and is not shown again",
			       "%1 仅在创建时显示，之后不再显示" },
	[TEXT_FOLLOW_LOST] = { "connection lost, trying again …", "连接中断，正在重试…" },
	[TEXT_TEST_WAITS] = { "no answer yet; look later: jiebangctl delivery show %1",
			      "尚无应答；稍后查看：jiebangctl delivery show %1" },
	[TEXT_NO_STREAM] = { "what came is no stream of events", "收到的不是事件流" },
	[TEXT_FOLLOW_BACK] = { "connected again", "已重新连接" },
	[TEXT_NEXT_CURSOR] = { "to go on from here: --cursor %1", "从此处继续：--cursor %1" },
	[TEXT_AUDIT_BROKEN] = { "the audit chain is broken at entry %1", "审计链在第 %1 条处断裂" },
	[TEXT_EXPORT_CSV_ONLY] = { "the export is CSV; -o %1 is not possible",
				   "导出只有 CSV 格式；不支持 -o %1" },
	[TEXT_TODAY] = { "today", "今天" },
	[TEXT_IN_DAY] = { "in 1 day", "还有 1 天" },
	[TEXT_IN_DAYS] = { "in %1 days", "还有 %1 天" },
	[TEXT_DAY_AGO] = { "1 day ago", "1 天前" },
	[TEXT_DAYS_AGO] = { "%1 days ago", "%1 天前" },
	[TEXT_OVERDUE_DAY] = { "1 day overdue", "逾期 1 天" },
	[TEXT_OVERDUE_DAYS] = { "%1 days overdue", "逾期 %1 天" },
	[TEXT_OVERDUE] = { "overdue", "逾期" },
	[TEXT_WATCH_READS] = { "--watch is for reads; this command changes something or follows by "
			       "itself",
			       "--watch 仅用于读取；该命令会更改数据或自行持续输出" },
	[TEXT_CALENDAR_MISSING] = { "no calendar of %1 yet: dates from %2 on are provisional; "
				    "import it (calendar import)",
				    "尚无 %1 年日历：%2 起的日期为暂定；请导入（calendar "
				    "import）" },
	[TEXT_NONE_PUBLISHED] = { "no programme is published yet: there is nothing to report",
				  "没有已公布的批次，无可汇报" },
	[TEXT_WHICH_PROGRAMME] = { "several programmes are published, name one: %1",
				   "已公布的批次不止一个，请指明：%1" },
	[TEXT_MORE_ROWS] = { "… %1 more: %2", "…… 另有 %1 项：%2" },
};
_Static_assert(sizeof(texts) / sizeof(texts[0]) == TEXT_COUNT, "every message has its row");

static const char *locale_of_messages(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return "en";
}

void say_set_language(const char *lang)
{
	if (lang == NULL)
		lang = locale_of_messages();
	language = strncmp(lang, "zh", 2) == 0 ? LANG_ZH : LANG_EN;
}

enum lang say_language(void)
{
	return language;
}

const char *say_word(const struct words *words)
{
	return language == LANG_ZH ? words->zh : words->en;
}

const char *say_text(enum text id)
{
	return say_word(&texts[id]);
}

/* The strings up to the NULL that ends them; the list stays the caller's. */
static void collect(const char *value[VALUES_MAX], va_list *args)
{
	const char *next = va_arg(*args, const char *);

	for (size_t n = 0; next != NULL && n < VALUES_MAX; n++) {
		value[n] = next;
		next = va_arg(*args, const char *);
	}
}

static void fill(struct buf *out, enum text id, const char *const value[VALUES_MAX])
{
	for (const char *p = say_text(id); *p != '\0'; p++) {
		bool placeholder = p[0] == '%' && p[1] >= '1' && p[1] < '1' + VALUES_MAX;

		if (!placeholder) {
			buf_addc(out, *p);
			continue;
		}
		p++;
		if (value[*p - '1'] != NULL)
			term_clean(out, value[*p - '1']);
	}
}

void say_fill_list(struct buf *out, enum text id, ...)
{
	const char *value[VALUES_MAX] = { NULL };
	va_list args;

	va_start(args, id);
	collect(value, &args);
	va_end(args);
	fill(out, id, value);
}

/* stderr that can't be written leaves nowhere to complain; the exit code still tells. */
static void emit(struct buf *line)
{
	size_t done = 0;

	buf_addc(line, '\n');
	while (done < line->len) {
		ssize_t n = write(STDERR_FILENO, line->data + done, line->len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	buf_clear(line);
}

void say_list(enum text id, ...)
{
	const char *value[VALUES_MAX] = { NULL };
	struct buf line = BUF_EMPTY;
	va_list args;

	va_start(args, id);
	collect(value, &args);
	va_end(args);
	buf_adds(&line, "jiebangctl: ");
	fill(&line, id, value);
	emit(&line);
}

void say_more_list(enum text id, ...)
{
	const char *value[VALUES_MAX] = { NULL };
	struct buf line = BUF_EMPTY;
	va_list args;

	va_start(args, id);
	collect(value, &args);
	va_end(args);
	buf_adds(&line, "  ");
	fill(&line, id, value);
	emit(&line);
}

void say_line(const char *text)
{
	struct buf line = BUF_EMPTY;

	buf_adds(&line, "jiebangctl: ");
	term_clean(&line, text);
	emit(&line);
}
