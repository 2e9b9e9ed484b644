/*
 * What is wrong with a request as such: what is not there, the clock, the body and the query. chinese.c has the rules of a row.
 */
#include "base/chinese_parts.h"

/* clang-format off */

const struct phrase chinese_request[] = {
	/* ---- what is not there ---- */
	{ "there is no programme \"%s\"", "没有批次“%1”" },
	{ "there is no programme %s; did you mean %s?", "没有批次 %1；是否指 %2？" },
	{ "there is no programme with the id given as `programme`", "没有参数 programme 所指的批次" },
	{ "there is no programme with this id", "没有这个编号的批次" },
	{ "there is no programme %s", "没有批次 %1" },
	{ "recommender: this programme has no unit that it recommended", "recommender：该批次没有其推荐的单位" },
	{ "there is no text %s", "没有名为 %1 的文字" },
	{ "the obligation is not this unit's; give one of the two",
	  "该义务事项不属于这个揭榜单位；请只给其中一个" },
	{ "there is no obligation %s", "没有义务事项 %1" },
	{ "there is no unit %s", "没有揭榜单位 %1" },
	{ "there is no submission %s", "没有提交 %1" },
	{ "there is no endpoint %s", "没有接收端 %1" },
	{ "there is no valid token %s", "没有有效的令牌 %1" },
	{ "there is no delivery with this id", "没有这个编号的投递" },
	{ "there is no message with this id", "没有这个编号的消息" },
	{ "there is no delivery %s", "没有投递 %1" },
	{ "there is no such delivery", "没有这个投递" },
	{ "there is no such message", "没有这个消息" },
	{ "there is no such unit", "没有这个揭榜单位" },
	{ "there is no such resource", "没有这个资源" },
	{ "there is nothing with this id; ids here look like %s", "没有这个编号；此处的编号形如 %1" },
	{ "there is nothing with this id", "没有这个编号" },
	{ "there is nothing to speak of under this key", "这个编号下没有内容" },
	{ "there is no rule %s", "没有规则 %1" },

	/* ---- the clock ---- */
	{ "the clock went %s by %s days %s hours; check it, then: jiebangctl clock accept",
	  "时钟&1了 %2 天 %3 小时；请检查后执行：jiebangctl clock accept" },
	{ "back", "倒退" }, { "ahead", "前跳" }, { "forward", "前跳" },
	{ "the clock is real; only a simulated clock can be advanced", "时钟是真实的；只有模拟时钟可以推进" },
	{ "this daemon runs on the real clock", "服务使用真实时钟" },
	{ "only a daemon started with clock = \"simulated:…\" can be advanced", "只有以 clock = \"simulated:…\" 启动的服务可以推进时钟" },
	{ "a simulated clock can't go back", "模拟时钟不能倒退" },
	{ "to lies before the clock; it only goes forward", "to 早于当前时钟；时钟只能前进" },
	{ "the body has an unknown member; known here: by, to, jump", "请求含有未知成员；可用：by、to、jump" },
	{ "give either by or to", "请给出 by 或 to 其中之一" },
	{ "jump must be true or false", "jump 必须是 true 或 false" },
	{ "by must be a duration like 90s, 20m, 6h, 30d or 2w", "by 必须是 90s、20m、6h、30d 或 2w 这样的时长" },
	{ "by is longer than 200 years", "by 超过 200 年" },
	{ "to must be an instant like 2024-09-02T00:00:00+08:00 or a date", "to 必须是 2024-09-02T00:00:00+08:00 这样的时刻或日期" },
	{ "the clock is being advanced already", "时钟正在推进" },
	{ "the daemon is stopping; the clock stands at %s and goes on from there", "服务正在停止；时钟停在 %1，之后从此处继续" },
	{ "the daemon is stopping", "服务正在停止" },
	{ "the daemon stopped meanwhile", "服务已停止" },

	/* ---- requests ---- */
	{ "this resource knows %s", "该资源支持 %1" },
	{ "too many failed sign-ins from this address, wait a minute", "该地址登录失败次数过多，请等一分钟" },
	{ "on this socket only root and the daemon's own user may ask", "该套接字只允许 root 和服务自身的用户使用" },
	{ "a token is wanted: Authorization: Bearer jb_…", "需要令牌：Authorization: Bearer jb_…" },
	{ "the token is unknown, revoked or expired", "令牌未知、已吊销或已过期" },
	{ "too many requests wait for events", "等待事件的请求过多" },
	{ "Idempotency-Key must be 1 to %s visible ASCII characters", "Idempotency-Key 必须是 1 到 %1 个可见的 ASCII 字符" },
	{ "this Idempotency-Key was used for a different request; take a new key",
	  "这个 Idempotency-Key 已用于另一个请求；请换一个" },
	{ "the object has changed since it was read; read it again and decide anew", "读取之后对象已经变化；请重新读取后再决定" },
	{ "the request body can't be read back", "无法读回请求内容" },
	{ "a JSON object is expected as the body", "请求内容须为 JSON 对象" },
	{ "the body must be a JSON object", "请求内容必须是 JSON 对象" },
	{ "a CSV file is expected as the body", "请求内容须为 CSV 文件" },
	{ "Content-Type must be %s", "Content-Type 必须是 %1" },
	{ "too many open files, try again", "打开的文件过多，请重试" },
	{ "the target has a malformed percent-escape, an encoded NUL or text that is not UTF-8",
	  "请求地址中的百分号转义有误，或不是 UTF-8" },
	{ "the query has an unknown parameter; known here: %s", "查询含有未知参数；可用：%1" },
	{ "the query has a parameter, and none is known here", "此处不接受查询参数" },
	{ "cursor is not one that this list gave out", "cursor 不是由这个列表给出的" },
	{ "unknown member \"%s\"; did you mean \"%s\"?", "未知成员“%1”；是否指“%2”？" },
	{ "unknown member \"%s\"", "未知成员“%1”" },
	{ "%s has %s bytes; at most %s are kept", "%1 有 %2 字节；最多保存 %3 字节" },
	{ "JSON is nested deeper than %s levels", "JSON 嵌套超过 %1 层" },
	{ "not valid JSON at line %s, column %s: %s", "第 %1 行第 %2 列不是有效的 JSON：%3" },
	{ "sort: more than %s units match, and units are ordered by risk up to that many",
	  "sort：符合条件的单位超过 %1 个，超过时不能按风险排序" },
	{ "narrow it by programme, task, recommender or state", "请按批次、任务、推荐单位或状态缩小范围" },
	{ "the export is larger than %s MiB; export one programme or unit at a time (programme=, unit=)",
	  "导出超过 %1 MiB；请按批次或单位分别导出（programme=、unit=）" },
};

/* clang-format on */

const size_t n_chinese_request = sizeof(chinese_request) / sizeof(chinese_request[0]);
