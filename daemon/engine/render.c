/*
 * What a reminder says, for machines and, in Chinese and English, for the one tired clerk who reads it
 * (wording.c, and the files of conf/templates).
 */
#include "engine/render.h"

#include "engine/wording.h"
#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DETAIL_MAX_BYTES 4000

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

static bool many_steps(const struct message_context *context)
{
	return strchr(context->steps, ',') != NULL;
}

static void write_text(const struct templates *templates, const struct message_context *context,
		       int days, struct jw *jw)
{
	struct wording wording;
	wording_fill(&wording, context);
	wording_count(&wording, days);
	wording.values.text[TEMPLATE_VAR_MERGED] = many_steps(context) ? "1" : NULL;
	enum template_text before =
		is_review(context) ? TEMPLATE_REVIEW_BEFORE : TEMPLATE_REMINDER_BEFORE;
	wording_write(&wording, templates, template_by_days(before, days), jw);
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
	if (context->programme_id) {
		jw_key(jw, "programme");
		jw_object(jw);
		jw_kv_str(jw, "id", context->programme_id);
		render_names(jw, "name", context->programme_name_zh, context->programme_name_en);
		jw_object_end(jw);
	}
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

static void write_reminder(const struct templates *templates, const struct message_context *context,
			   int64_t now_at, struct jw *jw)
{
	int days = render_days_left(context, now_at);
	write_parties(context, jw);
	write_obligation(context, now_at, jw);
	jw_kv_str(jw, "step", context->step);
	jw_key(jw, "steps");
	jw_raw(jw, context->steps, strlen(context->steps));
	jw_kv_at(jw, "nominal_at", context->nominal_at);
	jw_kv_int(jw, "days_left", days);
	write_text(templates, context, days, jw);
}

static void write_test(const struct templates *templates, const struct message_context *context,
		       struct jw *jw)
{
	struct wording wording;
	wording_fill(&wording, context);
	jw_kv_bool(jw, "test", true);
	wording_write(&wording, templates, TEMPLATE_TEST, jw);
}

void render_body(const struct templates *templates, const struct message_context *context,
		 int64_t now_at, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", context->type);
	jw_kv_at(&jw, "timestamp", context->created_at);
	jw_key(&jw, "data");
	jw_object(&jw);
	if (context->obligation_key)
		write_reminder(templates, context, now_at, &jw);
	else
		write_test(templates, context, &jw);
	jw_object_end(&jw);
	jw_object_end(&jw);
}

/* ---- notices ---- */

static void write_notice_text(const struct templates *templates,
			      const struct message_context *context, struct jw *jw)
{
	struct wording wording;
	wording_fill(&wording, context);
	wording.values.what = template_text_of_notice(context->type);
	wording_write(&wording, templates, TEMPLATE_NOTICE, jw);
}

void render_notice(const struct templates *templates, const struct message_context *context,
		   const char *detail, int64_t now_at, struct buf *out)
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
	render_detail(detail ? detail : "{}", DETAIL_MAX_BYTES, &jw);
	write_notice_text(templates, context, &jw);
	jw_object_end(&jw);
	jw_object_end(&jw);
}
