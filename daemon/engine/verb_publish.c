/*
 * Publication (公布): the anchor of every window. All shortlisted units begin to deliver and everything they owe is
 * planned, in one transaction (P12). Saying the same date again plans what was added to the shortlist since, and
 * otherwise adds nothing; another date is a correction, and says so (P13).
 */
#include "engine/correct.h"
#include "engine/gap.h"
#include "engine/publish_date.h"
#include "engine/reach.h"
#include "engine/tx.h"
#include "engine/weekly.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"
#include "store/programme.h"
#include "store/rule.h"
#include "store/unit.h"

#include <stdio.h>
#include <string.h>

struct publish {
	struct tx *tx;
	const struct programme *programme;
	struct programme_row row;
	struct publication publication;
	struct plan_row rows[PLAN_MAX];
	struct act act;
	char note[512];
	char date[64];
	int32_t day;     /* of `date` */
	bool correct;    /* another date than the one we were told */
	bool own_anchor; /* of the units that are added now */
	int64_t moved_units, moved_obligations, dropped_obligations;
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

/* What was planned from the anchor, later by the shifts of the whole programme. */
static void shift(const struct publish *publish, const struct plan_rule *rule,
		  struct planned *planned, struct plan_row *row)
{
	int months = publish->row.shift_months;
	struct plan_rule shifted = *rule;
	if (months == 0)
		return;
	row->based = planned->months == 0 && rule->after_window_months == 0;
	row->base_on = planned->last_day_on;
	if (rule->after_window_months > 0)
		planned->last_day_on = civil_add_months(publish->publication.window_end_on,
							rule->after_window_months);
	else
		planned->last_day_on = row->based ? civil_add_months(planned->last_day_on, months)
						  : civil_add_months(publish->publication.anchor_on,
								     planned->months + months);
	if (shifted.opens_months >= 0)
		shifted.opens_months += months;
	programme_replan(&shifted, publish->tx->calendar, publish->publication.anchor_on, planned);
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
		*row = (struct plan_row){ .n = planned[i].n, .months = planned[i].months };
		shift(publish, rule, &planned[i], row);
		row->opens_on = planned[i].opens_on;
		row->last_day_on = planned[i].last_day_on;
		row->due_on = planned[i].due_on;
		row->provisional = planned[i].provisional;
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

static void write_reply(const struct publish *publish, bool dry_run, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	jw_kv_str(&jw, "programme", publish->programme->id);
	jw_kv_str(&jw, "published_on", publish->date);
	jw_kv_str(&jw, "window_ends_on", publish->row.window_end_on);
	jw_kv_int(&jw, "units", publish->publication.units);
	jw_kv_int(&jw, "obligations", publish->publication.obligations);
	jw_kv_int(&jw, "moved_units", publish->moved_units);
	jw_kv_int(&jw, "moved_obligations", publish->moved_obligations);
	jw_kv_int(&jw, "dropped_obligations", publish->dropped_obligations);
	jw_kv_bool(&jw, "provisional", publish->provisional);
	jw_kv_bool(&jw, "dry_run", dry_run);
	publish_date_warn(publish->day, publish->tx->now_at, &jw);
	jw_object_end(&jw);
}

/* Where the windows that begin with `anchor_on` end. */
static int32_t window_end(struct publish *publish, int32_t anchor_on)
{
	return calendar_roll(publish->tx->calendar,
			     civil_add_months(anchor_on, publish->publication.window_months),
			     publish->programme->window_roll, &publish->provisional);
}

/* The units that stand shortlisted: all of them, or those that were added since. */
static enum fault plan_units(struct publish *publish, struct problem *problem)
{
	struct tx *tx = publish->tx;
	struct publication *publication = &publish->publication;
	publication->programme_key = publish->row.key;
	publication->shift_months = publish->row.shift_months;
	publication->window_months = publish->programme->window_months + publish->row.shift_months;
	publication->window_end_on = window_end(publish, publication->anchor_on);
	enum fault fault = plan(publish, problem);
	if (fault == FAULT_NONE && publication->n_rows > 0)
		fault = reach_publication(tx, publish->row.key, problem);
	if (fault == FAULT_NONE)
		fault = publication_apply(tx->store, publication, problem);
	tx_tally(tx, publish->row.key, "obligation:", "scheduled", publication->obligations);
	/* Each unit that owes owes every row of the plan. */
	for (size_t i = 0; i < publication->n_rows; i++)
		tx_tally_owed(tx, publish->row.key, civil_end_at(publication->rows[i].due_on),
			      publication->obligations / (int64_t)publication->n_rows);
	tx_stir(tx);
	return fault;
}

/* ---- the first time ---- */

static enum fault record_first(const struct publish *publish, struct problem *problem)
{
	struct tx *tx = publish->tx;
	struct buf data = BUF_EMPTY;
	struct jw jw;
	jw_init(&jw, &data);
	jw_object(&jw);
	jw_kv_str(&jw, "published_on", publish->date);
	jw_kv_str(&jw, "window_ends_on", publish->row.window_end_on);
	jw_kv_int(&jw, "units", publish->publication.units);
	jw_kv_int(&jw, "obligations", publish->publication.obligations);
	jw_kv_str(&jw, "note", publish->note);
	jw_object_end(&jw);
	struct event_row event = { "programme.published", publish->row.key, 0, 0, buf_str(&data) };
	enum fault fault = event_append(tx->store, tx->now_at, &event, problem);
	if (fault == FAULT_NONE)
		fault = tx_audit(tx, "publish", publish->programme->id, &data, problem);
	buf_clear(&data);
	return fault;
}

static enum fault publish_first(struct publish *publish, struct problem *problem)
{
	struct tx *tx = publish->tx;
	enum fault fault = plan_units(publish, problem);
	if (fault == FAULT_NONE && publish->publication.units == 0)
		return problem_set(problem, FAULT_REFUSED,
				   "%s has no shortlisted unit; import the shortlist first",
				   publish->programme->id);
	civil_write(publish->publication.window_end_on, publish->row.window_end_on);
	if (fault == FAULT_NONE)
		fault = programme_set_published(tx->store, publish->row.key, publish->date,
						publish->row.window_end_on, tx->now_at, problem);
	return fault == FAULT_NONE ? record_first(publish, problem) : fault;
}

/* ---- units added late ---- */

static enum fault record_late(const struct publish *publish, struct problem *problem)
{
	char anchor_on[CIVIL_DATE_BYTES], end_on[CIVIL_DATE_BYTES];
	struct buf was = BUF_EMPTY, is = BUF_EMPTY;
	int64_t change_key;
	civil_write(publish->publication.anchor_on, anchor_on);
	civil_write(publish->publication.window_end_on, end_on);
	buf_adds(&was, "{\"units\":0}");
	buf_addf(&is, "{\"units\":%lld,\"anchor_on\":\"%s\",\"window_ends_on\":\"%s\"}",
		 (long long)publish->publication.units, anchor_on, end_on);
	struct change_what what = { "addition", "programme.extended",   publish->row.key,
				    0,          publish->programme->id, &was,
				    &is };
	enum fault fault = act_record(publish->tx, &what, &publish->act, &change_key, problem);
	buf_clear(&was);
	buf_clear(&is);
	return fault;
}

static enum fault publish_late(struct publish *publish, struct problem *problem)
{
	enum fault fault = plan_units(publish, problem);
	if (fault == FAULT_NONE && publish->publication.units == 0)
		return FAULT_NONE;
	return fault == FAULT_NONE ? record_late(publish, problem) : fault;
}

/* ---- another date ---- */

static enum fault correct(struct publish *publish, struct problem *problem)
{
	struct operation operation = { .programme = publish->programme,
				       .row = publish->row,
				       .act = publish->act };
	enum fault fault = publication_correct(publish->tx, &operation, publish->day, problem);
	publish->row = operation.row;
	publish->moved_units = operation.units;
	publish->moved_obligations = operation.obligations;
	publish->dropped_obligations = operation.dropped;
	publish->publication.obligations = operation.added;
	return fault;
}

/* ---- what is asked ---- */

static bool read_flag(const struct verb *verb, const char *member, bool *out,
		      struct problem *problem)
{
	const struct jr_value *value = verb->body ? jr_member(jr_root(verb->body), member) : NULL;
	*out = false;
	if (!value || jr_boolean(value, out))
		return true;
	(void)member_wrong(problem, member, "%s must be true or false", member);
	return false;
}

static enum fault read_ask(struct publish *publish, const struct verb *verb,
			   struct problem *problem)
{
	static const char *const known[] = {
		"date", "note", "correct", "anchor", ACT_MEMBERS, NULL
	};
	if (!body_known(verb, known, problem) ||
	    !body_text(verb, "date", publish->date, sizeof(publish->date), problem) ||
	    !body_text(verb, "note", publish->note, sizeof(publish->note), problem) ||
	    !read_flag(verb, "correct", &publish->correct, problem) ||
	    !body_day_if(verb, "anchor", &publish->own_anchor, &publish->publication.anchor_on,
			 problem))
		return problem->fault;
	if (!civil_parse(publish->date, &publish->day))
		return member_wrong(problem, "date",
				    "date must be a day as YYYY-MM-DD, not \"%.32s\"",
				    publish->date);
	if (!publish->own_anchor)
		publish->publication.anchor_on = publish->day;
	if (publish->publication.anchor_on < publish->day)
		return member_wrong(problem, "anchor",
				    "a unit's own window begins after the publication, not before "
				    "it");
	return act_read(publish->tx, verb, publish->correct ? ACT_REASON : 0, &publish->act,
			problem);
}

static enum fault check_window(const struct publish *publish, struct problem *problem)
{
	const struct programme *programme = publish->programme;
	if (programme->window_months == 0)
		return tx_refuse(programme, "window", problem,
				 "%s: its file does not know the length of the window (%s); "
				 "nothing can be planned",
				 programme->id,
				 programme->note[0] ? programme->note : "incomplete");
	if (!window_is_writable(programme, publish->publication.anchor_on,
				publish->row.shift_months))
		return member_wrong(problem, publish->own_anchor ? "anchor" : "date",
				    "a window that begins on %s ends after the year %d",
				    publish->date, CIVIL_YEAR_MAX);
	return FAULT_NONE;
}

static enum fault check(struct publish *publish, struct problem *problem)
{
	const struct programme *programme = publish->programme;
	const char *published_on = publish->row.published_on;
	bool same = strcmp(published_on, publish->date) == 0;
	enum fault fault = check_window(publish, problem);
	if (fault == FAULT_NONE)
		fault = publish_date_check(programme, publish->day, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (publish->correct && !published_on[0])
		return tx_refuse(programme, "publication", problem,
				 "%s is not published: there is no date to correct", programme->id);
	if (publish->own_anchor && !published_on[0])
		return member_wrong(problem, "anchor",
				    "only units that are added to a published list have an anchor "
				    "of their own; publish the list first");
	if (publish->correct && publish->own_anchor)
		return member_wrong(
			problem, "anchor",
			"a correction moves the publication; a unit's own anchor stays");
	if (published_on[0] && !same && !publish->correct)
		return tx_refuse(
			programme, "publication", problem,
			"%s was published on %s already; if that date is wrong, correct it "
			"with its reason (--correct --reason)",
			programme->id, published_on);
	return FAULT_NONE;
}

static enum fault run_publish(struct tx *tx, struct verb *verb)
{
	static struct publish publish; /* large; the writer thread's alone */
	struct problem *problem = &verb->problem;
	publish = (struct publish){ .tx = tx };
	enum fault fault = read_ask(&publish, verb, problem);
	if (fault != FAULT_NONE)
		return fault;
	publish.programme = tx_programme(tx, verb->name, problem);
	if (!publish.programme)
		return FAULT_NOT_FOUND;
	fault = programme_row_get(tx->store, verb->name, &publish.row, problem);
	if (fault == FAULT_NONE)
		fault = check(&publish, problem);
	if (fault != FAULT_NONE)
		return fault;
	if (!publish.row.published_on[0])
		fault = publish_first(&publish, problem);
	else if (strcmp(publish.row.published_on, publish.date) == 0)
		fault = publish_late(&publish, problem);
	else
		fault = correct(&publish, problem);
	if (fault == FAULT_NONE)
		fault = gaps_refresh(tx, problem);
	if (fault == FAULT_NONE)
		fault = weekly_arm(tx, publish.row.key, problem);
	if (fault == FAULT_NONE)
		write_reply(&publish, verb->dry_run, &verb->reply);
	return fault;
}

const struct verb_kind verb_publish = { "publish", run_publish, true };
