/*
 * What all writers share: finding members, turning them into cells, and the words for identifiers. The two sides of
 * a cell are kept apart: what a person reads (translated, with distances) and what a machine reads (as on the wire).
 */
#include "write.h"

#include <inttypes.h>
#include <string.h>

#include "jiebang/fault.h"
#include "out.h"
#include "when.h"

#define PATH_PART_BYTES 64

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
	/* endpoints, deliveries, attempts, steps */
	{ "enabled", "已启用", TONE_GOOD },
	{ "disabled", "已停用", TONE_BAD },
	{ "paused", "已暂停", TONE_BAD },
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

const struct jr_value *write_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = row;

	while (value != NULL && *path != '\0') {
		char part[PATH_PART_BYTES];
		size_t len = strcspn(path, ".");

		INVARIANT(len < sizeof(part));
		memcpy(part, path, len);
		part[len] = '\0';
		value = jr_member(value, part);
		path += path[len] == '.' ? len + 1 : len;
	}
	return value == NULL || jr_type(value) == JR_NULL ? NULL : value;
}

const char *write_string_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = write_at(row, path);
	const char *s = value != NULL ? jr_string(value) : NULL;

	return s != NULL ? s : "";
}

const char *write_said_at(const struct jr_value *row, const char *path)
{
	struct buf member = BUF_EMPTY;
	const char *said = "";

	if (say_language() == LANG_ZH) {
		buf_addf(&member, "%s_zh", path);
		said = write_string_at(row, buf_str(&member));
		buf_clear(&member);
	}
	return said[0] != '\0' ? said : write_string_at(row, path);
}

int64_t write_number_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = write_at(row, path);
	int64_t number;

	return value != NULL && jr_integer(value, &number) ? number : 0;
}

bool write_truth_at(const struct jr_value *row, const char *path)
{
	const struct jr_value *value = write_at(row, path);
	bool truth;

	return value != NULL && jr_boolean(value, &truth) && truth;
}

const char *write_name(const struct jr_value *value)
{
	static const char *const members[][2] = {
		[LANG_EN] = { "en", "zh" }, [LANG_ZH] = { "zh", "en" }
	};

	if (value == NULL)
		return "";
	for (size_t i = 0; i < 2; i++) {
		const char *s = write_string_at(value, members[say_language()][i]);

		if (s[0] != '\0')
			return s;
	}
	/* {"id","name":{…}}: a thing with a name; names don't nest deeper. */
	return jr_string(value) != NULL ? jr_string(value) : write_name(write_at(value, "name"));
}

/* Scalars as text; arrays of strings joined; a name in its language; anything deeper as JSON. */
static void add_value(struct buf *out, const struct jr_value *value)
{
	if (jr_string(value) != NULL) {
		buf_adds(out, jr_string(value));
		return;
	}
	if (jr_type(value) == JR_OBJECT && write_name(value)[0] != '\0') {
		buf_adds(out, write_name(value));
		return;
	}
	if (jr_type(value) != JR_ARRAY) {
		jr_write(value, out);
		return;
	}
	for (size_t i = 0; i < jr_count(value); i++) {
		if (i > 0)
			buf_adds(out, "; ");
		add_value(out, jr_item(value, i));
	}
}

static void add_count(struct buf *out, const struct jr_value *value)
{
	if (jr_type(value) == JR_ARRAY)
		buf_addf(out, "%zu", jr_count(value));
	else
		add_value(out, value);
}

bool write_plain(struct buf *out, const struct column *column, const struct jr_value *row)
{
	const struct jr_value *value = write_at(row, column->path);

	if (value == NULL)
		return false;
	if (column->cell == CELL_COUNT)
		add_count(out, value);
	else
		add_value(out, value);
	return jr_type(value) == JR_STRING || jr_type(value) == JR_ARRAY ||
	       jr_type(value) == JR_OBJECT;
}

/* The member that stands beside the one at `path`: for "next.due_on" it looks into "next". */
static const struct jr_value *beside(const struct jr_value *row, const char *path,
				     const char *member)
{
	const char *dot = strrchr(path, '.');
	struct buf sibling = BUF_EMPTY;
	const struct jr_value *value;

	if (dot != NULL)
		buf_add(&sibling, path, (size_t)(dot - path) + 1);
	buf_adds(&sibling, member);
	value = write_at(row, buf_str(&sibling));
	buf_clear(&sibling);
	return value;
}

static bool is_overdue(const struct jr_value *row, const char *path)
{
	const struct jr_value *overdue = beside(row, path, "overdue");
	const struct jr_value *days_left = beside(row, path, "days_left");
	int64_t days = 0;
	bool truth = false;

	if (overdue != NULL && jr_boolean(overdue, &truth))
		return truth;
	return days_left != NULL && jr_integer(days_left, &days) && days < 0;
}

static enum tone cell_due(struct buf *out, const char *path, const struct jr_value *row)
{
	const struct jr_value *provisional = beside(row, path, "provisional");
	bool overdue = is_overdue(row, path);
	bool truth = false;

	if (provisional != NULL && jr_boolean(provisional, &truth) && truth)
		buf_adds(out, "≈");
	when_date(out, write_string_at(row, path), overdue);
	return overdue ? TONE_BAD : TONE_PLAIN;
}

static enum tone cell_mark(struct buf *out, const char *path, const struct jr_value *row)
{
	static const struct {
		const char *state;
		const char *mark;
	} marks[] = {
		{ "scheduled", "·" }, { "open", "○" },   { "submitted", "◐" }, { "returned", "↺" },
		{ "accepted", "✓" },  { "waived", "–" }, { "cancelled", "×" },
	};
	const char *state = write_string_at(row, path);

	if (is_overdue(row, path)) {
		buf_addc(out, '!');
		return TONE_BAD;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strcmp(marks[i].state, state) == 0)
			buf_adds(out, marks[i].mark);
	return write_word_tone(state);
}

/* "name" where there are only "name_zh" and "name_en". */
static const char *name_beside(const char *path, const struct jr_value *row)
{
	static const char *const suffix[][2] = {
		[LANG_EN] = { "_en", "_zh" }, [LANG_ZH] = { "_zh", "_en" }
	};
	const char *name = "";

	for (size_t i = 0; i < 2 && name[0] == '\0'; i++) {
		struct buf member = BUF_EMPTY;

		buf_addf(&member, "%s%s", path, suffix[say_language()][i]);
		name = write_string_at(row, buf_str(&member));
		buf_clear(&member);
	}
	return name;
}

static enum tone cell_clean(struct buf *out, const struct column *column,
			    const struct jr_value *row)
{
	struct buf raw = BUF_EMPTY;
	enum tone tone = TONE_PLAIN;

	(void)write_plain(&raw, column, row);
	if (column->cell == CELL_WORD) {
		tone = write_word_tone(buf_str(&raw));
		term_clean(out, write_word(buf_str(&raw)));
	} else {
		term_clean(out, buf_str(&raw));
	}
	if (column->cell == CELL_ALARM && strcmp(buf_str(&raw), "0") != 0)
		tone = TONE_BAD;
	buf_clear(&raw);
	return tone;
}

/* What keeps a reminder back: "silence si_3 until 2025-03-04 00:00". */
static void cell_quiet(struct buf *out, const char *path, const struct jr_value *row)
{
	static const struct words until = { " until ", "，至 " };
	const struct jr_value *silence = beside(row, path, "silence");
	const struct jr_value *until_at = beside(row, path, "until");

	if (silence != NULL && jr_string(silence) != NULL) {
		buf_addc(out, ' ');
		term_clean(out, jr_string(silence));
	}
	if (until_at != NULL && jr_string(until_at) != NULL) {
		buf_adds(out, say_word(&until));
		when_instant(out, jr_string(until_at), false);
	}
}

enum tone write_cell(struct buf *out, const struct column *column, const struct jr_value *row)
{
	const struct jr_value *value = write_at(row, column->path);
	const char *s = value != NULL ? jr_string(value) : NULL;

	if (value == NULL && column->cell == CELL_NAME)
		term_clean(out, name_beside(column->path, row));
	if (value == NULL || (column->cell == CELL_SET && write_number_at(row, column->path) <= 0))
		return TONE_PLAIN;
	if (s == NULL)
		return cell_clean(out, column, row);
	switch (column->cell) {
	case CELL_SAID:
		term_clean(out, write_said_at(row, column->path));
		return TONE_PLAIN;
	case CELL_DATE:
		when_date(out, s, false);
		return TONE_PLAIN;
	case CELL_DUE:
		return cell_due(out, column->path, row);
	case CELL_MARK:
		return cell_mark(out, column->path, row);
	case CELL_INSTANT:
	case CELL_MOMENT:
		when_instant(out, s, column->cell == CELL_MOMENT);
		return TONE_PLAIN;
	case CELL_STEP:
		write_step(out, s);
		return TONE_PLAIN;
	case CELL_REASON:
		write_reason(out, s);
		cell_quiet(out, column->path, row);
		return TONE_PLAIN;
	case CELL_TEXT:
	case CELL_NAME:
	case CELL_WORD:
	case CELL_SET:
	case CELL_LIST:
	case CELL_COUNT:
	case CELL_ALARM:
		break;
	}
	return cell_clean(out, column, row);
}

const struct writer *writer_find(const char *name)
{
	static const struct writer *const writers[] = { &writer_text, &writer_wide, &writer_json,
							&writer_jsonl, &writer_csv };

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++)
		if (strcmp(writers[i]->name, name) == 0)
			return writers[i];
	return NULL;
}

/* -q: the ids, one a line, for the next command in a pipe. */
static void ids_row(struct sheet *sheet, const struct jr_value *row)
{
	const struct jr_value *id =
		sheet->table->id != NULL ? write_at(row, sheet->table->id) : NULL;
	struct buf raw = BUF_EMPTY;
	struct buf line = BUF_EMPTY;

	if (id == NULL)
		return;
	add_value(&raw, id);
	term_clean(&line, buf_str(&raw));
	out_line(buf_str(&line));
	buf_clear(&line);
	buf_clear(&raw);
}

static void nothing(struct sheet *sheet)
{
	(void)sheet;
}

const struct writer writer_ids = { "ids", false, nothing, ids_row, nothing, nothing, ids_row };

void sheet_init(struct sheet *sheet, const struct writer *writer, const struct table *table,
		bool header)
{
	*sheet = (struct sheet){
		.writer = writer,
		.table = table,
		.header = header,
		.wide = writer == &writer_wide,
		.width = writer == &writer_wide ? 0 : term_width(),
	};
}

void sheet_begin(struct sheet *sheet)
{
	sheet->writer->begin(sheet);
}

void sheet_row(struct sheet *sheet, const struct jr_value *row)
{
	sheet->writer->row(sheet, row);
	sheet->rows++;
}

void sheet_page(struct sheet *sheet)
{
	sheet->writer->page(sheet);
	(void)out_flush();
}

void sheet_end(struct sheet *sheet)
{
	sheet->writer->end(sheet);
}

void sheet_object(struct sheet *sheet, const struct jr_value *object)
{
	sheet->writer->object(sheet, object);
}
