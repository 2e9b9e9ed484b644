/*
 * What a reminder says, for machines and, in Chinese and English, for the one tired clerk who reads it.
 */
#include "engine/render.h"

#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_review(const struct message_context *context)
{
	return context->review_due_on && context->review_due_on[0];
}

/* The day that the reminder counts to: the unit's, or the reviewer's. */
static const char *deadline_of(const struct message_context *context)
{
	return is_review(context) ? context->review_due_on : context->due_on;
}

int render_days_left(const struct message_context *context, int64_t now_at)
{
	int32_t due_on = 0;
	INVARIANT(civil_parse(deadline_of(context), &due_on));
	return due_on - civil_day_of(now_at);
}

static void add_int(struct buf *out, int64_t value)
{
	char digits[TEXT_INT_BYTES];
	buf_add(out, digits, text_int_write(digits, value));
}

/* The pieces one after the other, up to NULL: a tenth of what printf costs, for every reminder that leaves. */
static void add_all(struct buf *out, const char *const *pieces)
{
	for (; *pieces; pieces++)
		buf_adds(out, *pieces);
}

static void when_zh(int days, struct buf *out)
{
	buf_adds(out, days > 0 ? "还有 " : days == 0 ? "今天到期" : "逾期 ");
	if (days == 0)
		return;
	add_int(out, days > 0 ? days : -days);
	buf_adds(out, " 天");
}

static void when_en(int days, struct buf *out)
{
	if (days == 0) {
		buf_adds(out, "due today");
		return;
	}
	if (days > 0)
		buf_adds(out, "due in ");
	add_int(out, days > 0 ? days : -days);
	buf_adds(out, days == 1 || days == -1 ? " day" : " days");
	if (days < 0)
		buf_adds(out, " overdue");
}

void render_when(int days, bool zh, struct buf *out)
{
	if (zh)
		when_zh(days, out);
	else
		when_en(days, out);
}

static bool many_steps(const struct message_context *context)
{
	return strchr(context->steps, ',') != NULL;
}

static void write_text(const struct message_context *context, int days, struct jw *jw)
{
	struct buf text = BUF_EMPTY;
	char n[TEXT_INT_BYTES];
	buf_reserve(&text, 500);
	jw_key(jw, "text");
	jw_object(jw);
	text_int_write(n, context->n);
	add_all(&text,
		(const char *[]){ "【", context->programme_name_zh, "】", context->lead, "“",
				  context->project, "”：第 ", n, " 次", context->rule_name_zh,
				  is_review(context) ? "已提交，待审核，审核截止 " : "，截止 ",
				  deadline_of(context), " 24:00（北京时间），", NULL });
	when_zh(days, &text);
	buf_adds(&text, context->provisional ? "。日期待当年放假安排公布后确认。" : "。");
	if (many_steps(context))
		buf_adds(&text, "（本条合并了此前未能发出的提醒。）");
	jw_kv_str(jw, "zh", buf_str(&text));
	buf_reset(&text);
	add_all(&text,
		(const char *[]){ "[", context->programme_name_en, "] ", context->lead, ", \"",
				  context->project, "\": ", context->rule_name_en, " no. ", n,
				  is_review(context) ? ", filed and to be reviewed by the end of "
						     : ", due by the end of ",
				  deadline_of(context), " (Beijing), ", NULL });
	when_en(days, &text);
	buf_adds(&text,
		 context->provisional
			 ? ". The date is provisional until that year's holidays are published."
			 : ".");
	if (many_steps(context))
		buf_adds(&text,
			 " This message stands for earlier reminders that could not be sent.");
	jw_kv_str(jw, "en", buf_str(&text));
	jw_object_end(jw);
	buf_clear(&text);
}

void render_names(struct jw *jw, const char *key, const char *zh, const char *en)
{
	jw_key(jw, key);
	jw_object(jw);
	jw_kv_str(jw, "zh", zh);
	jw_kv_str(jw, "en", en);
	jw_object_end(jw);
}

static void write_parties(const struct message_context *context, struct jw *jw)
{
	jw_key(jw, "programme");
	jw_object(jw);
	jw_kv_str(jw, "id", context->programme_id);
	render_names(jw, "name", context->programme_name_zh, context->programme_name_en);
	jw_object_end(jw);
	if (!context->unit_key)
		return;
	jw_key(jw, "unit");
	jw_object(jw);
	jw_kv_id(jw, "id", WIRE_ID_UNIT, context->unit_key);
	jw_kv_str(jw, "lead", context->lead);
	jw_kv_str(jw, "project", context->project);
	jw_kv_str(jw, "task", context->task_id);
	jw_kv_str(jw, "task_name", context->task_name);
	jw_kv_str(jw, "recommender", context->recommender);
	jw_object_end(jw);
}

static void write_obligation(const struct message_context *context, int64_t now_at, struct jw *jw)
{
	jw_key(jw, "obligation");
	jw_object(jw);
	jw_kv_id(jw, "id", WIRE_ID_OBLIGATION, context->obligation_key);
	jw_kv_str(jw, "kind", context->kind);
	jw_kv_str(jw, "rule", context->rule_id);
	render_names(jw, "name", context->rule_name_zh, context->rule_name_en);
	jw_kv_int(jw, "n", context->n);
	jw_kv_str(jw, "due_on", context->due_on);
	jw_kv_at(jw, "due_at", context->due_at);
	jw_kv_bool(jw, "provisional", context->provisional);
	jw_kv_int(jw, "revision", context->revision);
	jw_kv_bool(jw, "overdue", !is_review(context) && now_at >= context->due_at);
	if (is_review(context))
		jw_kv_str(jw, "review_due_on", context->review_due_on);
	jw_object_end(jw);
}

static void write_reminder(const struct message_context *context, int64_t now_at, struct jw *jw)
{
	int days = render_days_left(context, now_at);
	write_parties(context, jw);
	write_obligation(context, now_at, jw);
	jw_kv_str(jw, "step", context->step);
	jw_key(jw, "steps");
	jw_raw(jw, context->steps, strlen(context->steps));
	jw_kv_at(jw, "nominal_at", context->nominal_at);
	jw_kv_int(jw, "days_left", days);
	write_text(context, days, jw);
}

void render_body(const struct message_context *context, int64_t now_at, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", context->type);
	jw_kv_at(&jw, "timestamp", context->created_at);
	jw_key(&jw, "data");
	jw_object(&jw);
	if (context->obligation_key)
		write_reminder(context, now_at, &jw);
	else
		jw_kv_bool(&jw, "test", true);
	jw_object_end(&jw);
	jw_object_end(&jw);
}

/* ---- notices ---- */

/* What has happened, in two words; an event that is not listed is told by its name. */
static const struct {
	const char *type, *zh, *en;
} happenings[] = {
	{ "obligation.returned", "已退回，请按意见修改后重新报送", "returned for correction" },
	{ "obligation.rescheduled", "截止日期有变动", "the due date has moved" },
	{ "obligation.closed", "此前催办的事项已办结", "what you were told to chase is settled" },
	{ "decision.opened", "攻关期已满，未申请验收，请作出决定",
	  "the window ended without an acceptance request: a decision is wanted" },
	{ "unit.withdrawn", "单位已退出", "the unit has withdrawn" },
	{ "unit.terminated", "任务已终止", "the task was terminated" },
	{ "unit.revoked", "资格已撤销", "the unit was revoked" },
	{ "unit.resumed", "经决定继续攻关", "it was decided that the unit goes on" },
	{ "unit.changed", "单位信息有变更", "something about the unit has changed" },
	{ "unit.acceptance_requested", "已申请验收", "acceptance was requested" },
	{ "unit.under_evaluation", "已进入测评", "the unit is under evaluation" },
	{ "unit.passed", "测评通过", "the unit has passed the evaluation" },
	{ "unit.not_passed", "测评未通过", "the unit has not passed the evaluation" },
	{ "unit.winner", "已评为优胜单位", "the unit is a winner" },
	{ "calendar.missing", "所需年度的放假安排尚未导入，相关日期为暂定",
	  "the holidays of a year that dates wait for are not imported yet" },
};

const char *render_happening(const char *type, bool zh)
{
	for (size_t i = 0; i < sizeof(happenings) / sizeof(happenings[0]); i++)
		if (strcmp(happenings[i].type, type) == 0)
			return zh ? happenings[i].zh : happenings[i].en;
	return type;
}

static void write_notice_text(const struct message_context *context, struct jw *jw)
{
	struct buf zh = BUF_EMPTY, en = BUF_EMPTY;
	buf_addf(&zh, "【%s】", context->programme_name_zh);
	buf_addf(&en, "[%s] ", context->programme_name_en);
	if (context->unit_key) {
		buf_addf(&zh, "%s“%s”：", context->lead, context->project);
		buf_addf(&en, "%s, \"%s\": ", context->lead, context->project);
	}
	if (context->obligation_key) {
		buf_addf(&zh, "第 %d 次%s，截止 %s 24:00（北京时间）：", context->n,
			 context->rule_name_zh, context->due_on);
		buf_addf(&en, "%s no. %d, due by the end of %s (Beijing): ", context->rule_name_en,
			 context->n, context->due_on);
	}
	buf_addf(&zh, "%s。", render_happening(context->type, true));
	buf_addf(&en, "%s.", render_happening(context->type, false));
	render_names(jw, "text", buf_str(&zh), buf_str(&en));
	buf_clear(&zh);
	buf_clear(&en);
}

void render_notice(const struct message_context *context, const char *detail, int64_t now_at,
		   struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", context->type);
	jw_kv_at(&jw, "timestamp", context->created_at);
	jw_key(&jw, "data");
	jw_object(&jw);
	write_parties(context, &jw);
	if (context->obligation_key)
		write_obligation(context, now_at, &jw);
	jw_key(&jw, "detail");
	jw_raw(&jw, detail ? detail : "{}", detail ? strlen(detail) : 2);
	write_notice_text(context, &jw);
	jw_object_end(&jw);
	jw_object_end(&jw);
}
