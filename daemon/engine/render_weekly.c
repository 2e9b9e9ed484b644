/*
 * The report's JSON: counts, the rows that are latest, how many more there are and where to see them. Like a digest it
 * stays under the 20 kB that receivers may be asked to take, however long the names are.
 */
#include "engine/render_weekly.h"

#include "engine/render.h"
#include "engine/wording.h"
#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/rollup.h"
#include "jiebang/wire.h"

#include <string.h>

#define ROWS_MAX_BYTES 7000

/* ---- counts ---- */

struct member {
	const char *name;
	int64_t value;
};

/* "key":{…}, up to the member without a name. */
static void write_group(struct jw *jw, const char *key, const struct member *members)
{
	jw_key(jw, key);
	jw_object(jw);
	for (; members->name; members++)
		jw_kv_int(jw, members->name, members->value);
	jw_object_end(jw);
}

static void write_units(struct jw *jw, const struct weekly_counts *counts)
{
	jw_key(jw, "units");
	jw_object(jw);
	jw_kv_int(jw, "total", counts->units);
	jw_kv_int(jw, "left", counts->left);
	for (int state = 0; state < UNIT_STATE_COUNT; state++)
		jw_kv_int(jw, unit_state_name((enum unit_state)state), counts->state[state]);
	jw_object_end(jw);
}

static void write_counts(struct jw *jw, const struct weekly_counts *counts)
{
	write_units(jw, counts);
	write_group(jw, "obligations",
		    (const struct member[]){ { "overdue", counts->overdue },
					     { "overdue_units", counts->overdue_units },
					     { "due_this_week", counts->due_this_week },
					     { "due_next_week", counts->due_next_week },
					     { NULL, 0 } });
	write_group(jw, "review",
		    (const struct member[]){ { "recommender", counts->review_recommender },
					     { "office", counts->review_office },
					     { "overdue", counts->review_overdue },
					     { NULL, 0 } });
	write_group(jw, "decisions",
		    (const struct member[]){ { "open", counts->decisions }, { NULL, 0 } });
	write_group(jw, "past_week",
		    (const struct member[]){ { "filed", counts->filed },
					     { "accepted", counts->accepted },
					     { "returned", counts->returned },
					     { NULL, 0 } });
	write_group(jw, "deliveries",
		    (const struct member[]){ { "endpoints_disabled", counts->disabled },
					     { "endpoints_failing", counts->failing },
					     { "dead", counts->dead },
					     { NULL, 0 } });
}

/* ---- rows ---- */

static int days_late(const struct weekly_rows *row, int64_t at)
{
	int32_t last_on = 0;
	INVARIANT(civil_parse(row->last_on, &last_on));
	return civil_day_of(at) - last_on;
}

static void write_row(struct jw *jw, const struct weekly_rows *row, int late)
{
	jw_object(jw);
	jw_kv_id(jw, "unit", WIRE_ID_UNIT, row->unit_key);
	jw_kv_str(jw, "lead", row->lead);
	jw_kv_str(jw, "project", row->project);
	jw_kv_id(jw, "obligation", WIRE_ID_OBLIGATION, row->obligation_key);
	jw_kv_str(jw, "rule", row->rule_id);
	render_names(jw, "name", row->name_zh, row->name_en);
	jw_kv_int(jw, "n", row->n);
	jw_kv_str(jw, "due_on", row->last_on);
	jw_kv_int(jw, "days_late", late);
	jw_kv_str(jw, "turn", row->turn);
	jw_object_end(jw);
}

/* The rows that fit, as JSON and as lines of text: returns how many. */
static enum fault write_late(struct store *store, const struct weekly_ask *ask, struct jw *jw,
			     struct weekly_text *text, int64_t *shown, struct problem *problem)
{
	struct weekly_rows rows;
	struct buf row = BUF_EMPTY;
	size_t bytes = 0;
	*shown = 0;
	jw_key(jw, "late");
	jw_array(jw);
	weekly_rows_begin(store, ask, WEEKLY_ROWS_MAX, &rows);
	while (weekly_rows_next(&rows)) {
		struct jw one;
		int late = days_late(&rows, ask->at);
		buf_reset(&row);
		jw_init(&one, &row);
		write_row(&one, &rows, late);
		bytes += row.len;
		if (bytes > ROWS_MAX_BYTES)
			break;
		jw_raw(jw, row.data, row.len);
		weekly_text_row(text, &rows, late);
		(*shown)++;
	}
	jw_array_end(jw);
	buf_clear(&row);
	return weekly_rows_end(&rows, problem);
}

/* ---- where the rest is ---- */

/* As a part of a query (RFC 3986). */
static void add_encoded(struct buf *out, const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	for (; *text; text++)
		if (strchr(plain, *text))
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
}

/* As one word of a shell. */
static void add_quoted(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *text);
	buf_addc(out, '\'');
}

static void say_where(const struct weekly_about *about, const struct weekly_ask *ask,
		      struct buf *path, struct buf *command)
{
	if (!ask->recommender) {
		buf_addf(path, "/v1/obligations?programme=%s&overdue=1", about->id);
		buf_addf(command, "jiebangctl obligation list --programme %s --overdue", about->id);
		return;
	}
	buf_addf(path, "/v1/units?programme=%s&recommender=", about->id);
	add_encoded(path, ask->recommender);
	buf_addf(command, "jiebangctl unit list --programme %s --recommender ", about->id);
	add_quoted(command, ask->recommender);
}

/* ---- the whole ---- */

static void write_head(struct jw *jw, const struct weekly_about *about,
		       const struct weekly_report *report)
{
	char day[CIVIL_DATE_BYTES];
	int32_t monday = rollup_week_at(report->ask.at);
	jw_key(jw, "programme");
	jw_object(jw);
	jw_kv_str(jw, "id", about->id);
	render_names(jw, "name", about->name_zh, about->name_en);
	jw_object_end(jw);
	jw_kv_str(jw, "recommender", report->ask.recommender);
	jw_kv_at(jw, "as_of", report->ask.at);
	jw_key(jw, "week");
	jw_object(jw);
	civil_write(monday, day);
	jw_kv_str(jw, "from_on", day);
	civil_write(monday + 6, day);
	jw_kv_str(jw, "to_on", day);
	jw_object_end(jw);
	jw_kv_int(jw, "missed", report->missed);
}

static void write_tail(struct jw *jw, const struct weekly_about *about,
		       const struct weekly_report *report, struct weekly_text *text, int64_t more)
{
	struct buf path = BUF_EMPTY, command = BUF_EMPTY;
	say_where(about, &report->ask, &path, &command);
	jw_kv_int(jw, "limit", WEEKLY_ROWS_MAX);
	jw_kv_int(jw, "more", more);
	jw_key(jw, "see");
	jw_object(jw);
	jw_kv_str(jw, "path", buf_str(&path));
	jw_kv_str(jw, "command", buf_str(&command));
	jw_object_end(jw);
	weekly_text_end(text, more, buf_str(&command));
	wording_text(jw, buf_str(&text->said[TEMPLATE_ZH]), buf_str(&text->said[TEMPLATE_EN]));
	buf_clear(&path);
	buf_clear(&command);
}

static enum fault write_report(struct store *store, const struct weekly_about *about,
			       struct weekly_report *report, struct buf *out,
			       struct problem *problem)
{
	struct jw jw;
	struct weekly_counts counts;
	struct weekly_text text = { .templates = report->templates };
	int64_t shown = 0;
	enum fault fault = weekly_count(store, &report->ask, &counts, problem);
	report->units = counts.units;
	if (fault != FAULT_NONE)
		return fault;
	jw_init(&jw, out);
	jw_object(&jw);
	write_head(&jw, about, report);
	write_counts(&jw, &counts);
	weekly_text_begin(&text, about, report, &counts);
	fault = write_late(store, &report->ask, &jw, &text, &shown, problem);
	write_tail(&jw, about, report, &text, counts.overdue + counts.review_overdue - shown);
	jw_object_end(&jw);
	weekly_text_clear(&text);
	return fault;
}

enum fault render_weekly(struct store *store, struct weekly_report *report, struct buf *out,
			 struct problem *problem)
{
	struct weekly_about about;
	enum fault fault = weekly_about_begin(store, report->ask.programme_key, &about, problem);
	if (fault != FAULT_NONE)
		return fault;
	fault = write_report(store, &about, report, out, problem);
	enum fault ended = weekly_about_end(&about, fault == FAULT_NONE ? problem : NULL);
	return fault != FAULT_NONE ? fault : ended;
}

enum fault read_weekly(struct store *store, const struct read_args *args, struct buf *out,
		       struct problem *problem)
{
	const struct read_value *filter = args->filter;
	struct weekly_report report = {
		.ask = { .programme_key = filter[READ_PROGRAMME].number,
			 .recommender = filter[READ_RECOMMENDER].set ? filter[READ_RECOMMENDER].text
								     : NULL,
			 .at = filter[READ_AT].set ? filter[READ_AT].number : args->now_at },
		.templates = args->templates,
	};
	enum fault fault = FAULT_NONE;
	if (report.ask.recommender)
		fault = weekly_recommender_check(store, &report.ask, problem);
	return fault == FAULT_NONE ? render_weekly(store, &report, out, problem) : fault;
}
