/*
 * What is asked of a unit beside the plan (O1), and the unit's own plan: weights, dates, percent, and the obligations
 * that are tied to milestones (O11).
 */
#include "engine_course_kit.h"

#define THREE                                                                                      \
	"{\"milestones\":[{\"name\":\"样机\",\"weight\":30,\"planned_on\":\"2025-03-31\"},"      \
	"{\"name\":\"中试\",\"weight\":50,\"planned_on\":\"2025-12-31\"},"                       \
	"{\"name\":\"验证\",\"weight\":20,\"planned_on\":\"2026-06-30\"}]}"
#define TIED                                                                                       \
	"SELECT group_concat(o.n || ':' || o.due_on || o.state, ' ') FROM obligation AS o JOIN "   \
	"rule AS r USING (rule_key) WHERE r.id = 'milestone'"

/* ---- by hand ---- */

static void two_are_added_to_the_four_of_the_plan(void **state)
{
	(void)state;
	stage_reviewed();
	(void)endpoint_for("unit:un_1", "https://unit.example/");
	struct jr_doc *doc = answer(&(struct ask)POST_(
		verb_obligation_add, 1, "{\"name\":\"现场检查材料\",\"due_on\":\"2024-10-12\"}"));
	expect(doc, "rule", "\"ad-hoc\"");
	expect(doc, "kind", "\"ad_hoc\"");
	expect(doc, "name", "{\"zh\":\"现场检查材料\",\"en\":\"现场检查材料\"}");
	expect(doc, "opens_on", "\"2024-09-02\"");
	expect(doc, "due_on",
	       "\"2024-10-12\""); /* a Saturday: a day that a person gives never rolls */
	expect(doc, "state", "\"open\"");
	expect(doc, "n", "1");
	jr_free(doc);
	answer_with(
		&(struct ask)POST_(
			verb_obligation_add, 1,
			"{\"name\":\"专报\",\"name_en\":\"Special "
			"report\",\"due_on\":\"2025-01-31\","
			"\"opens_on\":\"2025-01-01\",\"kind\":\"material\",\"like\":\"progress\"}"),
		"n", "2");
	assert_number("SELECT count(*) FROM obligation WHERE unit_key = 1", 7);
	walk_to("2024-10-14T10:00:00+08:00");
	assert_steps(6, 1, "before-7=sent before-1=sent due=sent after-1=sent");
	/* Removed: its steps end. */
	succeed(&(struct ask)POST_(verb_cancel, 6, BECAUSE));
	walk_to("2025-06-01T10:00:00+08:00");
	assert_steps(6, 1,
		     "before-7=cancelled(cancelled) before-1=cancelled(cancelled) "
		     "due=cancelled(cancelled) after-1=cancelled(cancelled)");
	/* Like the progress report: reviewed, and not before it opens. */
	assert_text("SELECT reviewer || name_en FROM rule WHERE name_zh = '专报'",
		    "recommenderSpecial report");
	/* The same again for another unit is the same rule. */
	int64_t rules = number("SELECT count(*) FROM rule");
	succeed(&(struct ask)POST_(
		verb_obligation_add, 2,
		"{\"name\":\"专报\",\"name_en\":\"Special report\",\"due_on\":\"2025-07-31\","
		"\"opens_on\":\"2025-07-01\",\"kind\":\"material\",\"like\":\"progress\"}"));
	assert_number("SELECT count(*) FROM rule", rules);
}

static void a_programme_that_is_loaded_again_keeps_what_was_added(void **state)
{
	(void)state;
	stage_reviewed();
	succeed(&(struct ask)POST_(verb_obligation_add, 1,
				   "{\"name\":\"专报\",\"due_on\":\"2025-01-31\"}"));
	succeed(&(struct ask){ &verb_programmes_load, .input = set_by_hand() });
	answer_with(&(struct ask){ &verb_calendar_import, .text = calendar_text }, "days", "0");
	assert_text("SELECT due_on FROM obligation WHERE obligation_key = 6", "2025-01-31");
}

#define ASKED(body_, where, what)                                                                  \
	{                                                                                          \
		.ask = POST_(verb_obligation_add, 1, body_), .fault = FAULT_UNPROCESSED,           \
		.pointer = where, .detail = what                                                   \
	}

static const struct refusal not_asked[] = {
	ASKED("{\"due_on\":\"2025-01-31\"}", "/name", "an obligation needs a name"),
	ASKED("{\"name\":\"x\"}", "/due_on", "due_on must be a day"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-09-01\"}", "/due_on",
	      "the due date is past already"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2044-09-01\"}", "/due_on", "more than ten years ahead"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-10-01\",\"opens_on\":\"2024-10-02\"}", "/opens_on",
	      "it can't open after it is due"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-10-01\",\"opens_on\":\"x\"}", "/opens_on",
	      "opens_on must be a day"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-10-01\",\"opens_on\":\"2001-01-01\"}", "/opens_on",
	      "more than ten years before"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-10-01\",\"kind\":\"acceptance_request\"}", "/kind",
	      "kind must be ad_hoc"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-10-01\",\"like\":\"progres\"}", "/like",
	      "future-1 has no rule progres; did you mean progress?"),
	ASKED("{\"name\":\"x\",\"due_on\":\"2024-10-01\",\"unit\":\"un_1\"}", "/unit",
	      "unknown member"),
	{ .ask = POST_(verb_obligation_add, 99, "{\"name\":\"x\",\"due_on\":\"2024-10-01\"}"),
	  .fault = FAULT_NOT_FOUND,
	  .detail = "there is no unit un_99" },
};

static void what_is_asked_wrongly_is_refused(void **state)
{
	static const struct refusal gone = {
		.ask = POST_(verb_obligation_add, 1, "{\"name\":\"x\",\"due_on\":\"2024-10-01\"}"),
		.fault = FAULT_REFUSED,
		.rule = "state",
		.detail = "un_1 is withdrawn: nothing can be asked of it",
	};
	(void)state;
	stage_reviewed();
	REFUSE_ALL(not_asked);
	execute("UPDATE unit SET state = 'withdrawn' WHERE unit_key = 1");
	verb_free(refused(&gone));
}

/* ---- milestones ---- */

static void milestones_weigh_against_the_time(void **state)
{
	(void)state;
	stage_reviewed();
	struct jr_doc *doc = answer(&(struct ask)POST_(verb_milestones_set, 1, THREE));
	expect(doc, "progress", "{\"reached_percent\":0,\"elapsed_percent\":0}");
	expect(doc, "milestones.1",
	       "{\"n\":2,\"name\":\"中试\",\"weight\":50,\"percent\":0,\"planned_on\":\"2025-12-"
	       "31\",\"actual_on\":null}");
	jr_free(doc);
	/* A year of two: half the time, 30 + 20 of the weight, the second a third done: 16.5 is 16. */
	plan_to("2025-09-02T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_milestone_update, 1,
				   "{\"n\":1,\"actual_on\":\"2025-04-02\"}"));
	doc = answer(&(struct ask)POST_(verb_milestone_update, 1, "{\"n\":2,\"percent\":33}"));
	expect(doc, "progress", "{\"reached_percent\":46,\"elapsed_percent\":50}");
	expect(doc, "milestones.0.percent", "100");
	expect(doc, "milestones.0.actual_on", "\"2025-04-02\"");
	jr_free(doc);
	/* All of it, today; and back, when that was too early. */
	answer_with(&(struct ask)POST_(verb_milestone_update, 1, "{\"n\":3,\"percent\":100}"),
		    "milestones.2.actual_on", "\"2025-09-02\"");
	answer_with(&(struct ask)POST_(verb_milestone_update, 1, "{\"n\":3,\"percent\":90}"),
		    "milestones.2.actual_on", "null");
}

static void what_is_tied_to_a_milestone_follows_it(void **state)
{
	(void)state;
	stage_reviewed();
	succeed(&(struct ask)POST_(verb_milestones_set, 1, THREE));
	/* Ten days after the planned day; the tenth of January 2026 is a Saturday. */
	assert_text(TIED, "1:2025-04-10scheduled 2:2026-01-12scheduled 3:2026-07-10scheduled");
	walk_to("2025-04-03T10:00:00+08:00");
	assert_text("SELECT state FROM obligation WHERE milestone = 1", "open");
	/* Its planned day moves: due by another day, under a new revision. */
	succeed(&(struct ask)POST_(verb_milestone_update, 1,
				   "{\"n\":1,\"planned_on\":\"2025-04-20\"}"));
	assert_text("SELECT due_on || revision || last_day_on FROM obligation WHERE milestone = 1",
		    "2025-04-3022025-04-30");
	assert_text("SELECT data FROM event WHERE type = 'obligation.rescheduled'",
		    "{\"cause\":\"milestone\",\"old_due_on\":\"2025-04-10\",\"due_on\":\"2025-04-"
		    "30\"}");
	assert_steps(6, 1, "before-7=suppressed(no_endpoint)");
	/* Progress alone moves nothing. */
	succeed(&(struct ask)POST_(verb_milestone_update, 1, "{\"n\":1,\"percent\":60}"));
	assert_number("SELECT revision FROM obligation WHERE milestone = 1", 2);
	/* What was filed keeps its date, and is returned by the new one. */
	succeed(&(struct ask)POST_(verb_submit, 6, FILED));
	succeed(&(struct ask)POST_(verb_milestone_update, 1,
				   "{\"n\":1,\"planned_on\":\"2025-05-20\"}"));
	assert_text("SELECT due_on || state FROM obligation WHERE milestone = 1",
		    "2025-04-30submitted");
	succeed(&(struct ask)POST_(verb_return, 6, "{\"comment\":\"x\"}"));
	assert_text("SELECT due_on || state FROM obligation WHERE milestone = 1",
		    "2025-05-30returned");
}

/* A day that a milestone, a return or an extension moves is missed by the calendar at once, or not any more (T3). */
static void what_moves_refreshes_the_missing_calendars(void **state)
{
	static const char gaps[] = "SELECT coalesce(group_concat(year || ' ' || first_on, ', '), "
				   "'none') FROM calendar_gap";
	(void)state;
	stage_reviewed();
	assert_text(gaps, "none");
	succeed(&(struct ask)POST_(verb_milestones_set, 1, THREE));
	assert_text(gaps, "none");
	succeed(&(struct ask)POST_(verb_milestone_update, 1,
				   "{\"n\":3,\"planned_on\":\"2027-03-21\"}"));
	assert_text(gaps, "2027 2027-03-31");
	assert_number("SELECT count(*) FROM timer WHERE kind = 'calendar_warning' AND key = 2027",
		      1);
	/* A person's word needs no calendar. */
	succeed(&(struct ask)POST_(verb_extend, 8, "{\"due_on\":\"2027-04-30\",\"reason\":\"x\"}"));
	assert_text(gaps, "none");
	succeed(&(struct ask)POST_(verb_milestone_update, 1,
				   "{\"n\":2,\"planned_on\":\"2027-03-21\"}"));
	assert_text(gaps, "2027 2027-03-31");
	succeed(&(struct ask)POST_(verb_milestone_update, 1,
				   "{\"n\":2,\"planned_on\":\"2026-01-02\"}"));
	assert_text(gaps, "none");
	/* Filed in December, returned in its last days: the working days of the correction go into a year unknown. */
	walk_to("2026-12-30T10:00:00+08:00");
	succeed(&(struct ask)POST_(verb_submit, 1, FILED));
	succeed(&(struct ask)POST_(verb_return, 1, "{\"comment\":\"x\"}"));
	assert_text("SELECT due_on || provisional FROM obligation WHERE obligation_key = 1",
		    "2027-01-041");
	assert_number("SELECT count(*) FROM calendar_gap", 1);
}

/* The second is dropped, the others stay, one comes: numbers are never given twice. */
static void a_plan_that_is_set_anew_keeps_what_it_names(void **state)
{
	(void)state;
	stage_reviewed();
	succeed(&(struct ask)POST_(verb_milestones_set, 1, THREE));
	succeed(&(struct ask)POST_(verb_milestone_update, 1, "{\"n\":1,\"percent\":40}"));
	struct jr_doc *doc = answer(&(struct ask)POST_(
		verb_milestones_set, 1,
		"{\"milestones\":[{\"n\":1,\"name\":\"样机\",\"weight\":40,\"planned_on\":\"2025-"
		"03-31\"},"
		"{\"n\":3,\"name\":\"验证\",\"weight\":20,\"planned_on\":\"2026-06-30\"},"
		"{\"name\":\"量产\",\"weight\":40,\"planned_on\":\"2026-08-01\"}]}"));
	expect(doc, "milestones.0.percent", "40");
	expect(doc, "milestones.2.n", "4");
	jr_free(doc);
	assert_text(TIED, "1:2025-04-10scheduled 2:2026-01-12cancelled 3:2026-07-10scheduled "
			  "4:2026-08-11scheduled");
	assert_text("SELECT kind || reason || approver FROM ruling",
		    "cancelits milestone is in the unit's plan no moreuid:0");
	/* The same again changes no date. */
	int64_t revisions = number("SELECT sum(revision) FROM obligation");
	succeed(&(struct ask)POST_(
		verb_milestones_set, 1,
		"{\"milestones\":[{\"n\":1,\"name\":\"样机\",\"weight\":40,\"planned_on\":\"2025-"
		"03-31\"},"
		"{\"n\":3,\"name\":\"验证\",\"weight\":20,\"planned_on\":\"2026-06-30\"},"
		"{\"n\":4,\"name\":\"量产\",\"weight\":40,\"planned_on\":\"2026-08-01\"}]}"));
	assert_number("SELECT sum(revision) FROM obligation", revisions);
}

static void who_owes_nothing_owes_nothing_for_milestones(void **state)
{
	(void)state;
	stage_reviewed();
	succeed(&(struct ask)POST_(verb_milestones_set, 2, THREE));
	assert_number("SELECT count(*) FROM obligation WHERE unit_key = 2", 0);
}

#define SET(list, where, what)                                                                     \
	{                                                                                          \
		.ask = POST_(verb_milestones_set, 1, "{\"milestones\":" list "}"),                 \
		.fault = FAULT_UNPROCESSED, .pointer = where, .detail = what                       \
	}
#define ONE(rest) "[{\"name\":\"x\",\"weight\":100,\"planned_on\":\"2025-03-31\"" rest "}]"
#define MOVE(body_, where, what)                                                                   \
	{                                                                                          \
		.ask = POST_(verb_milestone_update, 1, body_), .fault = FAULT_UNPROCESSED,         \
		.pointer = where, .detail = what                                                   \
	}

static const struct refusal wrong_plans[] = {
	SET("[{\"name\":\"x\",\"weight\":60,\"planned_on\":\"2025-03-31\"},{\"name\":\"y\","
	    "\"weight\":39,\"planned_on\":\"2025-03-31\"}]",
	    "/milestones", "the weights come to 99; they must come to 100"),
	SET("[{\"name\":\"x\",\"weight\":60,\"planned_on\":\"2025-03-31\"},{\"name\":\"y\","
	    "\"weight\":41,\"planned_on\":\"2025-03-31\"}]",
	    "/milestones", "the weights come to 101"),
	SET("[]", "/milestones", "a list of 1 to 64"),
	SET("7", "/milestones", "a list of 1 to 64"),
	SET("[7]", "/milestones/0", "name must be a text"),
	SET("[{\"weight\":100,\"planned_on\":\"2025-03-31\"}]", "/milestones/0",
	    "name must be a text"),
	SET("[{\"name\":\" \",\"weight\":100,\"planned_on\":\"2025-03-31\"}]", "/milestones/0",
	    "name must be a text"),
	SET("[{\"name\":\"x\",\"weight\":0,\"planned_on\":\"2025-03-31\"}]", "/milestones/0",
	    "weight must be a number from 1 to 100"),
	SET("[{\"name\":\"x\",\"weight\":\"100\",\"planned_on\":\"2025-03-31\"}]", "/milestones/0",
	    "weight must be a number"),
	SET("[{\"name\":\"x\",\"weight\":100,\"planned_on\":\"2025-02-30\"}]", "/milestones/0",
	    "planned_on must be a day"),
	SET("[{\"name\":\"x\",\"weight\":100,\"planned_on\":\"2145-01-01\"}]", "/milestones/0",
	    "within 20 years"),
	SET(ONE(",\"n\":9"), "/milestones/0", "n is the number of a milestone that the plan has"),
	SET("[{\"n\":1,\"name\":\"x\",\"weight\":50,\"planned_on\":\"2025-03-31\"},{\"n\":1,"
	    "\"name\":\"x\",\"weight\":50,\"planned_on\":\"2025-03-31\"}]",
	    "/milestones/1", "this milestone stands twice"),
	MOVE("{\"percent\":5}", "/n", "n must be the number of one of the 3 milestones of un_1"),
	MOVE("{\"n\":4,\"percent\":5}", "/n", "n must be the number of one of"),
	MOVE("{\"n\":1,\"percent\":101}", "/percent", "a number from 0 to 100"),
	MOVE("{\"n\":1,\"percent\":\"5\"}", "/percent", "a number from 0 to 100"),
	MOVE("{\"n\":1,\"percent\":99,\"actual_on\":\"2024-09-02\"}", "/percent",
	     "is at 100 percent"),
	MOVE("{\"n\":1,\"actual_on\":\"2024-09-03\"}", "/actual_on", "not to come"),
	MOVE("{\"n\":1,\"planned_on\":\"soon\"}", "/planned_on", "planned_on must be a day"),
	MOVE("{\"n\":1,\"weight\":5}", "/weight", "unknown member"),
};

static void wrong_plans_are_refused(void **state)
{
	static const struct refusal gone = { .ask = POST_(verb_milestones_set, 2, THREE),
					     .fault = FAULT_REFUSED,
					     .rule = "state",
					     .detail =
						     "un_2 is withdrawn: it has no plan to keep" };
	(void)state;
	stage_reviewed();
	succeed(&(struct ask)POST_(verb_milestones_set, 1, THREE));
	REFUSE_ALL(wrong_plans);
	execute("UPDATE unit SET state = 'withdrawn' WHERE unit_key = 2");
	verb_free(refused(&gone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_are_added_to_the_four_of_the_plan),
		TEST(a_programme_that_is_loaded_again_keeps_what_was_added),
		TEST(what_is_asked_wrongly_is_refused),
		TEST(milestones_weigh_against_the_time),
		TEST(what_is_tied_to_a_milestone_follows_it),
		TEST(what_moves_refreshes_the_missing_calendars),
		TEST(a_plan_that_is_set_anew_keeps_what_it_names),
		TEST(who_owes_nothing_owes_nothing_for_milestones),
		TEST(wrong_plans_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
