/*
 * Publication (公布): the anchor of every window. All shortlisted units begin to deliver and everything they owe is
 * planned, in one transaction (P12). Saying the same date again adds nothing.
 */
#include "engine/publish_date.h"
#include "engine/tx.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/programme.h"
#include "store/unit.h"

#include <stdio.h>
#include <string.h>

struct publish {
	struct tx *tx;
	const struct programme *programme;
	struct programme_row row;
	struct publication publication;
	struct plan_row rows[PLAN_MAX];
	char window_end_on[CIVIL_DATE_BYTES];
	bool provisional;
};

/* The first instant after which the ladder has something to say. */
static int64_t first_step(const struct ladder *ladder, const struct calendar *calendar,
			  const struct planned *planned)
{
	struct step step;
	struct step_dates dates = { planned->opens_on, planned->due_on };
	return reminder_next(ladder, calendar, &dates, INT64_MIN / 2, &step) ? step.at : 0;
}

static enum fault plan(struct publish *publish, struct problem *problem)
{
	struct tx *tx = publish->tx;
	const struct programme *programme = publish->programme;
	static struct planned planned[PLAN_MAX]; /* the writer thread's alone */
	size_t n = programme_plan(programme, tx->calendar, publish->publication.anchor_on, planned);
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < n; i++) {
		const struct plan_rule *rule = &programme->plan[planned[i].rule];
		struct plan_row *row = &publish->rows[i];
		*row = (struct plan_row){ .n = planned[i].n,
					  .months = planned[i].months,
					  .opens_on = planned[i].opens_on,
					  .last_day_on = planned[i].last_day_on,
					  .due_on = planned[i].due_on,
					  .provisional = planned[i].provisional };
		row->first_step_at =
			first_step(&programme->ladders[rule->ladder], tx->calendar, &planned[i]);
		publish->provisional |= row->provisional;
		fault = rule_key_get(tx->store, publish->row.key, rule->id, &row->rule_key,
				     problem);
	}
	publish->publication.rows = publish->rows;
	publish->publication.n_rows = n;
	return fault;
}

static void write_reply(const struct publish *publish, const char *date, bool dry_run,
			struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "programme", publish->programme->id);
	jw_kv_str(&jw, "published_on", date);
	jw_kv_str(&jw, "window_ends_on", publish->window_end_on);
	jw_kv_int(&jw, "units", publish->publication.units);
	jw_kv_int(&jw, "obligations", publish->publication.obligations);
	jw_kv_bool(&jw, "provisional", publish->provisional);
	jw_kv_bool(&jw, "dry_run", dry_run);
	publish_date_warn(publish->publication.anchor_on, publish->tx->now_at, &jw);
	jw_object_end(&jw);
}

static enum fault apply(struct publish *publish, const char *date, const char *note,
			struct problem *problem)
{
	struct tx *tx = publish->tx;
	struct publication *publication = &publish->publication;
	publication->window_end_on = programme_window_end(
		publish->programme, tx->calendar, publication->anchor_on, &publish->provisional);
	civil_write(publication->window_end_on, publish->window_end_on);
	enum fault fault = plan(publish, problem);
	if (fault == FAULT_NONE)
		fault = publication_apply(tx->store, publication, problem);
	if (fault == FAULT_NONE && publication->units == 0)
		return problem_set(problem, FAULT_REFUSED,
				   "%s has no shortlisted unit; import the shortlist first",
				   publish->programme->id);
	if (fault == FAULT_NONE)
		fault = programme_set_published(tx->store, publish->row.key, date,
						publish->window_end_on, tx->now_at, problem);
	tx_tally(tx, publish->row.key, "obligation:", "scheduled", publication->obligations);
	if (fault != FAULT_NONE)
		return fault;
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "published_on", date);
	jw_kv_str(&jw, "window_ends_on", publish->window_end_on);
	jw_kv_int(&jw, "units", publication->units);
	jw_kv_int(&jw, "obligations", publication->obligations);
	jw_kv_str(&jw, "note", note);
	jw_object_end(&jw);
	struct event_row event = { "programme.published", publish->row.key, 0, 0, buf_str(&data) };
	fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "publish", publish->programme->id, &data, problem);
	buf_clear(&data);
	tx_stir(tx);
	return fault;
}

/* Everything that falls due, rolled over a holiday too, must be a day that can be written and read again. */
static bool window_is_writable(const struct programme *programme, int32_t anchor_on)
{
	int32_t last = 0;
	INVARIANT(civil_from_ymd(CIVIL_YEAR_MAX, 12, 31, &last));
	return civil_add_months(anchor_on, programme->window_months + 1) <= last;
}

static enum fault check(struct publish *publish, const struct verb *verb, const char *date,
			struct problem *problem)
{
	const struct programme *programme = publish->programme;
	if (!civil_parse(date, &publish->publication.anchor_on)) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "date must be a day as YYYY-MM-DD, not \"%.32s\"", date);
		text_copy(problem->pointer, sizeof(problem->pointer), "/date");
		return FAULT_UNPROCESSED;
	}
	if (programme->window_months == 0)
		return tx_refuse(programme, "window", problem,
				 "%s: its file does not know the length of the window (%s); "
				 "nothing can be planned",
				 programme->id,
				 programme->note[0] ? programme->note : "incomplete");
	if (!window_is_writable(programme, publish->publication.anchor_on)) {
		problem_set(problem, FAULT_UNPROCESSED,
			    "a window that begins on %s ends after the year %d", date,
			    CIVIL_YEAR_MAX);
		text_copy(problem->pointer, sizeof(problem->pointer), "/date");
		return FAULT_UNPROCESSED;
	}
	enum fault fault = publish_date_check(programme, publish->publication.anchor_on, problem);
	if (fault == FAULT_NONE)
		fault = programme_row_get(publish->tx->store, verb->name, &publish->row, problem);
	if (fault == FAULT_NONE && publish->row.published_on[0] &&
	    strcmp(publish->row.published_on, date) != 0)
		return tx_refuse(programme, "publication", problem,
				 "%s was published on %s already; correcting the date is a change, "
				 "which this version does not make",
				 programme->id, publish->row.published_on);
	return fault;
}

static enum fault run_publish(struct tx *tx, struct verb *verb)
{
	static const char *const known[] = { "date", "note", NULL };
	struct publish publish = { .tx = tx };
	char date[64], note[512];
	if (!body_known(verb, known, &verb->problem) ||
	    !body_text(verb, "date", date, sizeof(date), &verb->problem) ||
	    !body_text(verb, "note", note, sizeof(note), &verb->problem))
		return verb->problem.fault;
	publish.programme = tx_programme(tx, verb->name, &verb->problem);
	if (!publish.programme)
		return FAULT_NOT_FOUND;
	enum fault fault = check(&publish, verb, date, &verb->problem);
	if (fault != FAULT_NONE)
		return fault;
	publish.publication.programme_key = publish.row.key;
	if (publish.row.published_on[0])
		text_copy(publish.window_end_on, sizeof(publish.window_end_on),
			  publish.row.window_end_on);
	else
		fault = apply(&publish, date, note, &verb->problem);
	if (fault == FAULT_NONE)
		write_reply(&publish, date, verb->dry_run, &verb->reply);
	return fault;
}

const struct verb_kind verb_publish = { "publish", run_publish, true };
