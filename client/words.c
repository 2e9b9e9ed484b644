/*
 * What the daemon names in English and people read: steps of a ladder, and why a step or an attempt ended as it did.
 * The names stay as they are for those who read English (and for machines); Chinese gets words. A sentence that is not
 * known here, from a newer daemon perhaps, is shown as it came.
 */
#include "write.h"

#include <stdio.h>
#include <string.h>

#include "jiebang/text.h"

/* ---- steps ---- */

/* "before-30", "recommender+3w": what stands before the number, between which the number, and what ends it. */
static const struct step_words {
	const char *before;
	const char *after;
	const char *zh; /* %1: the number */
} steps[] = {
	{ "before-", "", "截止前 %1 天" },
	{ "after-", "", "逾期 %1 天" },
	{ "repeat-", "", "第 %1 次催办" },
	{ "recommender+", "w", "逾期 %1 个工作日报推荐单位" },
	{ "office+", "w", "逾期 %1 个工作日报项目办" },
	{ "unit+", "w", "逾期 %1 个工作日报揭榜单位" },
	{ "review+", "w", "审核期 %1 个工作日" },
	{ "review-recommender+", "w", "审核逾期 %1 个工作日报推荐单位" },
	{ "review-office+", "w", "审核逾期 %1 个工作日报项目办" },
};

static bool step_number(const struct step_words *words, const char *step, char number[24])
{
	size_t before = strlen(words->before), after = strlen(words->after), len = strlen(step);
	int64_t value;

	if (len <= before + after || strncmp(step, words->before, before) != 0 ||
	    strcmp(step + len - after, words->after) != 0 ||
	    !text_copy_n(number, 24, step + before, len - before - after))
		return false;
	return text_parse_i64(number, 0, INT32_MAX, &value);
}

static void fill_number(struct buf *out, const char *zh, const char *number)
{
	const char *mark = strstr(zh, "%1");

	buf_add(out, zh, (size_t)(mark - zh));
	buf_adds(out, number);
	buf_adds(out, mark + 2);
}

void write_step(struct buf *out, const char *step)
{
	char number[24];

	for (size_t i = 0; say_language() == LANG_ZH && i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!step_number(&steps[i], step, number))
			continue;
		fill_number(out, steps[i].zh, number);
		return;
	}
	/* "due" is a state of deliveries too, so the words of the table are not for steps. */
	if (say_language() == LANG_ZH && strcmp(step, "due") == 0)
		buf_adds(out, "截止当日");
	else if (say_language() == LANG_ZH && strcmp(step, "open") == 0)
		buf_adds(out, "开放");
	else
		term_clean(out, step);
}

/* ---- reasons ---- */

static const struct words reasons[] = {
	/* of steps and deliveries */
	{ "no_endpoint", "没有接收端" },
	{ "filtered", "接收端不收此类消息" },
	{ "satisfied", "已完成" },
	{ "silence", "静默" },
	{ "acknowledged", "已知悉" },
	{ "snoozed", "稍后提醒" },
	{ "hold", "暂缓" },
	{ "accepted", "审核通过" },
	{ "returned", "已退回" },
	{ "waived", "已豁免" },
	{ "withdrawn", "已退出" },
	{ "terminated", "已终止" },
	{ "revoked", "已撤销" },
	{ "rescheduled", "日期已变动" },
	{ "before_publication", "早于公布日期" },
	{ "outside_window", "不在攻关期内" },
	{ "cancelled", "已取消" },
	{ "endpoint_disabled", "接收端已停用" },
	{ "endpoint_paused", "接收端已暂停" },
	{ "doubted", "偶有失败" },
	{ "failing", "持续失败" },
	{ "exhausted", "重试次数已用完" },
	{ "rejected", "对方拒收" },
	{ "disowned", "机器人拒收一切消息（密钥、签名、关键词或名单）" },
	{ "quarantine", "多次中断，已隔离" },
	{ "gone", "接收端已不存在（410）" },
	{ "egress", "地址不允许访问" },
	{ "test", "测试" },
	{ "by hand", "人工停用" },
	{ "not now", "稍后再试" },
	/* of attempts: courier_reason.c */
	{ "dns: name not resolved", "域名解析失败" },
	{ "dns: the proxy's name was not resolved", "代理域名解析失败" },
	{ "timeout: name not resolved", "域名解析超时" },
	{ "timeout: no connection", "连接超时" },
	{ "timeout: no complete answer", "应答超时" },
	{ "connect: refused by the peer", "对方拒绝连接" },
	{ "connect: host unreachable", "主机不可达" },
	{ "connect: network unreachable", "网络不可达" },
	{ "connect: timed out", "连接超时" },
	{ "connect: reset by the peer", "连接被对方重置" },
	{ "connect: out of descriptors", "文件描述符用尽" },
	{ "connect: out of local ports", "本地端口用尽" },
	{ "proxy: refused the connection", "代理拒绝连接" },
	{ "request: connection broken while sending", "发送时连接中断" },
	{ "response: connection broken or malformed", "应答中断或格式错误" },
	{ "response: connection closed without an answer", "未应答即关闭连接" },
	{ "response: cut short", "应答不完整" },
	{ "response: body too large", "应答内容过大" },
	{ "response: header too large", "应答头过大" },
	{ "tls: handshake failed", "TLS 握手失败" },
	{ "tls: no common cipher", "TLS 没有共同的加密套件" },
	{ "tls: client certificate required", "对方要求客户端证书" },
	{ "tls: client certificate unusable", "客户端证书不可用" },
	{ "certificate: not verified", "证书未通过验证" },
	{ "certificate: CA file unreadable", "CA 文件无法读取" },
	{ "certificate: unknown issuer", "证书颁发者未知" },
	{ "certificate: unknown issuer (self-signed)", "自签名证书" },
	{ "certificate: status not confirmed", "证书状态未确认" },
	{ "certificate: wrong name", "证书域名不符" },
	{ "certificate: expired", "证书已过期" },
	{ "certificate: not yet valid", "证书尚未生效" },
	{ "certificate: revoked", "证书已吊销" },
	{ "certificate: issuer is no CA", "颁发者不是 CA" },
	{ "certificate: not for servers", "证书不适用于服务器" },
	{ "certificate: key too weak", "证书密钥过弱" },
	{ "certificate: digest too weak", "证书摘要算法过弱" },
	{ "not begun: the daemon is stopping", "服务停止，尚未发送" },
	{ "transfer failed", "传输失败" },
	/* of addresses: guard.c */
	{ "loopback address", "回环地址" },
	{ "private address", "内网地址" },
	{ "shared address (CGNAT)", "运营商共享地址" },
	{ "link-local address", "链路本地地址" },
	{ "site-local address", "站点本地地址" },
	{ "unspecified address", "未指定地址" },
	{ "multicast address", "组播地址" },
	{ "broadcast address", "广播地址" },
	{ "reserved address", "保留地址" },
	{ "documentation address", "文档示例地址" },
	{ "benchmarking address", "测试用地址" },
	/* of our own requests: strerror and libcurl */
	{ "Connection refused", "连接被拒绝" },
	{ "No such file or directory", "没有这个文件" },
	{ "Permission denied", "没有权限" },
	{ "No route to host", "主机不可达" },
	{ "Network is unreachable", "网络不可达" },
	{ "Connection timed out", "连接超时" },
	{ "Server returned nothing (no headers, no data)", "服务器没有返回任何内容" },
};

/* "status 503", "egress: loopback address": what is behind the mark stays. */
static const struct words openings[] = {
	{ "status ", "状态码 " },
	{ "egress: ", "不允许访问：" },
	{ "Could not resolve host: ", "无法解析主机名：" },
};

static const char *known_reason(const char *reason)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].en, reason) == 0)
			return say_word(&reasons[i]);
	return reason;
}

void write_reason(struct buf *out, const char *reason)
{
	reason = known_reason(reason);
	for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
		size_t len = strlen(openings[i].en);

		if (strncmp(reason, openings[i].en, len) != 0)
			continue;
		buf_adds(out, say_word(&openings[i]));
		reason = known_reason(reason + len);
		break;
	}
	term_clean(out, reason);
}
