/*
 * What a digest says: how much there is, the rows with the oldest deadlines, how many more there are and where to see
 * them. It is written by the first claim from what is still to be told then, and stays under the 20 kB that receivers
 * may be asked to take (Standard Webhooks), however many items it has and however long their names.
 */
#include "engine/render.h"
#include "engine/tx.h"
#include "engine/wording.h"
#include "jiebang/json.h"
#include "jiebang/robot.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "store/digest.h"

#include <inttypes.h>
#include <string.h>

#define DETAIL_MAX_BYTES 1500 /* of one notice: others are to be told as well */
#define NAME_MAX_BYTES   91   /* of a name in a line of text, thirty characters */

static const struct limits {
	int64_t rows;
	size_t rows_bytes; /* as JSON */
	size_t text_bytes; /* in each language; escaping at most doubles it */
} limits_one = { 30, 9000, 2000 },
  /* A robot is told in parts, and of the rows only the text: as many as a person will read. */
	limits_parts = { 300, 1 << 20, 1 << 20 };

struct digest_text {
	const struct templates *templates;
	const struct limits *limits;
	struct wording wording; /* of the row in hand */
	struct buf rows, said[TEMPLATE_LANGS];
	struct jw jw;
	int64_t shown;
	bool full;
};

static void write_row(const struct digest_rows *rows, int64_t now_at, struct jw *jw)
{
	const struct message_context *row = &rows->row;
	jw_object(jw);
	jw_kv_str(jw, "type", row->type);
	jw_kv_str(jw, "programme", row->programme_id);
	if (row->unit_key) {
		jw_kv_id(jw, "unit", WIRE_ID_UNIT, row->unit_key);
		jw_kv_str(jw, "lead", row->lead);
		jw_kv_str(jw, "project", row->project);
	}
	if (row->obligation_key) {
		jw_kv_id(jw, "obligation", WIRE_ID_OBLIGATION, row->obligation_key);
		jw_kv_str(jw, "kind", row->kind);
		render_names(jw, "name", row->rule_name_zh, row->rule_name_en);
		jw_kv_int(jw, "n", row->n);
		jw_kv_str(jw, "due_on", row->due_on);
		if (row->review_due_on[0])
			jw_kv_str(jw, "review_due_on", row->review_due_on);
		jw_kv_int(jw, "days_left", render_days_left(row, now_at));
		jw_kv_int(jw, "revision", row->revision);
	}
	jw_kv_at(jw, "nominal_at", row->nominal_at);
	if (row->step[0]) {
		jw_kv_str(jw, "step", row->step);
		jw_key(jw, "steps");
		jw_raw(jw, row->steps, strlen(row->steps));
	} else {
		render_detail(rows->data, DETAIL_MAX_BYTES, jw);
	}
	jw_object_end(jw);
}

static void add_line(struct digest_text *text, int lang)
{
	struct buf line = BUF_EMPTY;
	buf_addc(&line, '\n');
	wording_say(&text->wording, text->templates, (enum template_lang)lang, TEMPLATE_DIGEST_ROW,
		    &line);
	if (text->said[lang].len + line.len <= text->limits->text_bytes)
		buf_add(&text->said[lang], line.data, line.len);
	buf_clear(&line);
}

static void add_lines(struct digest_text *text, const struct message_context *row, int64_t now_at)
{
	char lead[NAME_MAX_BYTES], project[NAME_MAX_BYTES];
	struct wording *wording = &text->wording;
	wording_fill(wording, row);
	if (row->unit_key) {
		(void)text_copy(lead, sizeof(lead), row->lead);
		(void)text_copy(project, sizeof(project), row->project);
		wording->values.text[TEMPLATE_VAR_LEAD] = lead;
		wording->values.text[TEMPLATE_VAR_PROJECT] = project;
	}
	wording->values.what = template_text_of_notice(row->type);
	if (row->step[0]) {
		wording_count(wording, render_days_left(row, now_at));
		wording->values.what = wording->values.when;
	}
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++)
		add_line(text, lang);
}

static void add_row(struct digest_text *text, const struct digest_rows *rows, int64_t now_at)
{
	struct buf row = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &row);
	write_row(rows, now_at, &jw);
	text->full = text->shown == text->limits->rows ||
		     text->rows.len + row.len > text->limits->rows_bytes;
	if (!text->full) {
		jw_raw(&text->jw, row.data, row.len);
		add_lines(text, &rows->row, now_at);
		text->shown++;
	}
	buf_clear(&row);
}

/* The first line and the last ones. */
static void add_frame(struct digest_text *text, const struct digest_counts *counts, const char *id,
		      enum template_text which)
{
	const struct {
		enum template_var var;
		int64_t n;
	} numbers[] = {
		{ TEMPLATE_VAR_ITEMS, counts->items },
		{ TEMPLATE_VAR_UNITS, counts->units },
		{ TEMPLATE_VAR_OVERDUE, counts->overdue },
		{ TEMPLATE_VAR_DUE_SOON, counts->due_soon },
		{ TEMPLATE_VAR_NOTICES, counts->notices },
		{ TEMPLATE_VAR_MORE, counts->items - text->shown },
	};
	char digits[sizeof(numbers) / sizeof(numbers[0])][TEXT_INT_BYTES];
	struct wording wording = { .n = "" };
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		wording_number(&wording, numbers[i].var, numbers[i].n, digits[i]);
	wording.values.text[TEMPLATE_VAR_MESSAGE] = id;
	for (int lang = 0; lang < TEMPLATE_LANGS; lang++) {
		if (text->said[lang].len > 0)
			buf_addc(&text->said[lang], '\n');
		wording_say(&wording, text->templates, (enum template_lang)lang, which,
			    &text->said[lang]);
	}
}

static void write_counts(struct jw *jw, const struct digest_counts *counts)
{
	jw_key(jw, "counts");
	jw_object(jw);
	jw_kv_int(jw, "items", counts->items);
	jw_kv_int(jw, "units", counts->units);
	jw_kv_int(jw, "overdue", counts->overdue);
	jw_kv_int(jw, "due_soon", counts->due_soon);
	jw_kv_int(jw, "notices", counts->notices);
	jw_object_end(jw);
}

static void write_whole(const struct message_context *context, const struct digest_counts *counts,
			const struct digest_text *text, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "type", context->type);
	jw_kv_at(&jw, "timestamp", context->created_at);
	jw_key(&jw, "data");
	jw_object(&jw);
	jw_kv_at(&jw, "slot_at", counts->slot_at);
	write_counts(&jw, counts);
	jw_key(&jw, "items");
	jw_raw(&jw, text->rows.data, text->rows.len);
	jw_kv_int(&jw, "more", counts->items - text->shown);
	jw_key(&jw, "see");
	jw_object(&jw);
	struct buf place = BUF_EMPTY;
	buf_addf(&place, "/v1/messages/%s/items", context->id);
	jw_kv_str(&jw, "path", buf_str(&place));
	buf_reset(&place);
	buf_addf(&place, "jiebangctl message items %s", context->id);
	jw_kv_str(&jw, "command", buf_str(&place));
	buf_clear(&place);
	jw_object_end(&jw);
	const char *zh = buf_str(&text->said[TEMPLATE_ZH]), *en = buf_str(&text->said[TEMPLATE_EN]);
	if (text->limits == &limits_parts)
		render_names(&jw, "text", zh,
			     en); /* none of it is left out: robot_body.c cuts it */
	else
		wording_text(&jw, zh, en);
	jw_object_end(&jw);
	jw_object_end(&jw);
}

enum fault render_digest(struct tx *tx, const struct message_context *context, struct buf *out,
			 struct problem *problem)
{
	struct digest_counts counts;
	struct digest_rows rows;
	struct digest_text text = {
		.templates = tx->templates,
		.limits = robot_is(context->format) ? &limits_parts : &limits_one,
	};
	enum fault fault = digest_count(tx->store, context, &counts, problem);
	if (fault != FAULT_NONE)
		return fault;
	jw_init(&text.jw, &text.rows);
	jw_array(&text.jw);
	add_frame(&text, &counts, context->id, TEMPLATE_DIGEST_HEAD);
	digest_rows_begin(tx->store, context, &rows);
	while (!text.full && digest_rows_next(&rows))
		add_row(&text, &rows, tx->now_at);
	fault = digest_rows_end(&rows, problem);
	jw_array_end(&text.jw);
	add_frame(&text, &counts, context->id, TEMPLATE_DIGEST_TAIL);
	if (fault == FAULT_NONE)
		write_whole(context, &counts, &text, out);
	buf_clear(&text.rows);
	buf_clear(&text.said[TEMPLATE_ZH]);
	buf_clear(&text.said[TEMPLATE_EN]);
	return fault;
}
