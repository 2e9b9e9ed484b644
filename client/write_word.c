/*
 * The words for identifiers: what the wire calls "progress_report" a person reads as 进度汇报, and some of them are good
 * or bad news.
 */
#include "write.h"

#include <string.h>

static const struct {
	const char *identifier;
	const char *zh;
	enum tone tone;
} vocabulary[] = {
	/* obligations */
	{ "scheduled", "未开始", TONE_DIM },
	{ "open", "待提交", TONE_WARN },
	{ "submitted", "已提交", TONE_PLAIN },
	{ "returned", "已退回", TONE_BAD },
	{ "accepted", "审核通过", TONE_GOOD },
	{ "waived", "已豁免", TONE_DIM },
	{ "cancelled", "已取消", TONE_DIM },
	{ "overdue", "逾期", TONE_BAD },
	{ "progress_report", "进度汇报", TONE_PLAIN },
	{ "midterm_review", "中期评估", TONE_PLAIN },
	{ "material", "材料报送", TONE_PLAIN },
	{ "acceptance_request", "验收申请", TONE_PLAIN },
	{ "evaluation", "测评", TONE_PLAIN },
	/* units */
	{ "applied", "已申报", TONE_PLAIN },
	{ "recommended", "已推荐", TONE_PLAIN },
	{ "shortlisted", "已入围", TONE_PLAIN },
	{ "delivering", "攻关中", TONE_PLAIN },
	{ "acceptance_requested", "已申请验收", TONE_PLAIN },
	{ "under_evaluation", "测评中", TONE_PLAIN },
	{ "passed", "通过", TONE_GOOD },
	{ "not_passed", "未通过", TONE_BAD },
	{ "winner", "优胜", TONE_GOOD },
	{ "pending_decision", "待决定", TONE_WARN },
	{ "withdrawn", "已退出", TONE_DIM },
	{ "terminated", "已终止", TONE_BAD },
	{ "revoked", "已撤销", TONE_BAD },
	{ "low", "低", TONE_GOOD },
	{ "medium", "中", TONE_WARN },
	{ "high", "高", TONE_BAD },
	{ "assigned", "揭榜单位", TONE_PLAIN },
	{ "potential", "潜力单位", TONE_PLAIN },
	{ "covered", "已有", TONE_GOOD },
	{ "missing", "缺少", TONE_BAD },
	/* changes */
	{ "publication", "公布日期更正", TONE_PLAIN },
	{ "addition", "增补单位", TONE_PLAIN },
	{ "shift", "整体顺延", TONE_PLAIN },
	{ "lead", "牵头单位变更", TONE_PLAIN },
	{ "partner", "联合体变更", TONE_PLAIN },
	{ "contact", "联系方式变更", TONE_PLAIN },
	{ "content", "内容变更", TONE_PLAIN },
	{ "extension", "延期", TONE_PLAIN },
	{ "state", "状态变更", TONE_PLAIN },
	{ "resume", "恢复", TONE_PLAIN },
	{ "terminate", "终止", TONE_PLAIN },
	{ "revoke", "撤销", TONE_PLAIN },
	{ "withdraw", "退出", TONE_PLAIN },
	{ "request_acceptance", "已申请验收", TONE_PLAIN },
	/* groups of messages */
	{ "reminder", "提醒", TONE_PLAIN },
	{ "digest", "汇总", TONE_PLAIN },
	{ "report", "简报", TONE_PLAIN },
	{ "notice", "通知", TONE_PLAIN },
	{ "endpoint", "接收端", TONE_PLAIN },
	{ "test", "测试", TONE_PLAIN },
	/* endpoints, deliveries, attempts, steps */
	{ "enabled", "已启用", TONE_GOOD },
	{ "disabled", "已停用", TONE_BAD },
	{ "paused", "已暂停", TONE_BAD },
	{ "doubted", "偶有失败", TONE_WARN },
	{ "failing", "持续失败", TONE_BAD },
	{ "healthy", "正常", TONE_GOOD },
	{ "due", "待发送", TONE_PLAIN },
	{ "sending", "发送中", TONE_PLAIN },
	{ "delivered", "已送达", TONE_GOOD },
	{ "held", "已搁置", TONE_WARN },
	{ "dead", "已失败", TONE_BAD },
	{ "superseded", "已被取代", TONE_DIM },
	{ "sent", "已发出", TONE_GOOD },
	{ "coalesced", "已合并", TONE_DIM },
	{ "suppressed", "已抑制", TONE_DIM },
	{ "planned", "已计划", TONE_PLAIN },
	{ "will be suppressed", "将不发出", TONE_DIM },
	{ "acknowledged", "已知悉", TONE_PLAIN },
	{ "snoozed", "稍后提醒", TONE_PLAIN },
	{ "answered", "已应答", TONE_PLAIN },
	{ "unknown", "不明", TONE_WARN },
	{ "refused", "被拒绝", TONE_BAD },
	{ "dns", "域名解析失败", TONE_BAD },
	{ "connect", "连接失败", TONE_BAD },
	{ "tls", "TLS 失败", TONE_BAD },
	{ "timeout", "超时", TONE_BAD },
	{ "broken", "连接中断", TONE_BAD },
	{ "failed", "失败", TONE_BAD },
	{ "throttled", "被限流", TONE_WARN },
	{ "gone", "已不存在", TONE_BAD },
	{ "not needed", "无需", TONE_DIM },
	{ "too_large", "应答过大", TONE_WARN },
	{ "unit", "揭榜单位", TONE_PLAIN },
	{ "recommender", "推荐单位", TONE_PLAIN },
	{ "reviewer", "审核人", TONE_PLAIN },
	{ "evaluator", "第三方专业机构", TONE_PLAIN },
	{ "office", "项目办", TONE_PLAIN },
	{ "waive", "豁免", TONE_PLAIN },
	{ "hold", "暂缓", TONE_PLAIN },
	{ "extend", "延期", TONE_PLAIN },
	/* rules */
	{ "next_workday", "顺延至工作日", TONE_PLAIN },
	{ "previous_workday", "提前至工作日", TONE_PLAIN },
	{ "none", "不变", TONE_PLAIN },
	{ "submission", "提交", TONE_PLAIN },
	{ "acceptance", "审核通过", TONE_PLAIN },
	{ "ours", "本系统设定", TONE_PLAIN },
	{ "self", "自行报送", TONE_PLAIN },
	{ "province", "经省级报送", TONE_PLAIN },
	{ "programme", "批次", TONE_PLAIN },
	{ "track", "赛道", TONE_PLAIN },
	{ "task", "任务", TONE_PLAIN },
	{ "ad_hoc", "专项", TONE_PLAIN },
	/* events */
	{ "programme.published", "名单公布", TONE_PLAIN },
	{ "unit.imported", "名单导入", TONE_PLAIN },
	{ "unit.withdrawn", "单位退出", TONE_PLAIN },
	{ "unit.terminated", "单位终止", TONE_PLAIN },
	{ "unit.revoked", "单位撤销", TONE_PLAIN },
	{ "obligation.opened", "事项开放", TONE_PLAIN },
	{ "obligation.due_soon", "到期提醒", TONE_PLAIN },
	{ "obligation.overdue", "逾期提醒", TONE_PLAIN },
	{ "obligation.submitted", "已提交", TONE_PLAIN },
	{ "material.added", "材料已提交", TONE_PLAIN },
	{ "material.removed", "材料已撤回", TONE_PLAIN },
	{ "missing", "丢失", TONE_BAD },
	{ "unreadable", "无法读取", TONE_BAD },
	{ "size", "大小不符", TONE_BAD },
	{ "content", "内容已变", TONE_BAD },
	{ "obligation.returned", "已退回", TONE_PLAIN },
	{ "obligation.accepted", "审核通过", TONE_PLAIN },
	{ "obligation.cancelled", "事项取消", TONE_PLAIN },
	{ "obligation.rescheduled", "日期变动", TONE_PLAIN },
	{ "obligation.closed", "催办了结", TONE_PLAIN },
	{ "obligation.acknowledged", "已知悉", TONE_PLAIN },
	{ "obligation.snoozed", "稍后提醒", TONE_PLAIN },
	{ "silence.added", "静默添加", TONE_PLAIN },
	{ "silence.expired", "静默结束", TONE_PLAIN },
	{ "endpoint.added", "接收端添加", TONE_PLAIN },
	{ "endpoint.enabled", "接收端启用", TONE_PLAIN },
	{ "endpoint.tested", "接收端测试", TONE_PLAIN },
	{ "endpoint.disabled", "接收端停用", TONE_PLAIN },
	{ "endpoint.exhausted", "投递失败", TONE_PLAIN },
	{ "endpoint.test", "测试消息", TONE_PLAIN },
	{ "calendar.imported", "日历导入", TONE_PLAIN },
	{ "calendar.warning", "日历缺失", TONE_PLAIN },
	{ "clock.hold", "时钟暂停", TONE_PLAIN },
	{ "schedule.missed", "停机期间错过提醒", TONE_PLAIN },
	{ "clock.accepted", "时钟确认", TONE_PLAIN },
	{ "invariant.broken", "数据异常", TONE_PLAIN },
	/* clock */
	{ "real", "真实", TONE_PLAIN },
	{ "simulated", "模拟", TONE_WARN },
	{ "true", "是", TONE_PLAIN },
	{ "false", "否", TONE_PLAIN },
};

static size_t vocabulary_find(const char *identifier)
{
	size_t n = sizeof(vocabulary) / sizeof(vocabulary[0]);

	for (size_t i = 0; i < n; i++)
		if (strcmp(vocabulary[i].identifier, identifier) == 0)
			return i;
	return SIZE_MAX;
}

const char *write_word(const char *identifier)
{
	size_t i = vocabulary_find(identifier);

	return i == SIZE_MAX || say_language() == LANG_EN ? identifier : vocabulary[i].zh;
}

enum tone write_word_tone(const char *identifier)
{
	size_t i = vocabulary_find(identifier);

	return i == SIZE_MAX ? TONE_PLAIN : vocabulary[i].tone;
}
