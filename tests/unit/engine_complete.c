/*
 * A window that moves leaves the unit owing what a publication with that window would have given it: rows at the far end
 * come, rows outside go, what is done stays, and everyone hears of it once (P13, P15, O1).
 */
#include "engine_kit.h"

#define SIGNED "\"reason\":\"x\",\"approver\":\"y\",\"doc_no\":\"z\"}"
/* What unit 1 owes or has done, by rule and day. */
#define OWED                                                                                       \
	"SELECT group_concat(line, char(10)) FROM (SELECT r.id || ' ' || o.opens_on || ' ' || "    \
	"o.last_day_on || ' ' || o.due_on || ' ' || o.months AS line FROM obligation AS o JOIN "   \
	"rule AS r USING (rule_key) WHERE o.unit_key = 1 AND o.state <> 'cancelled' ORDER BY "     \
	"r.id, o.last_day_on)"

static int (*days_of(const int *days, size_t n))[2]
{
	int(*out)[2] = xcalloc(n, sizeof(*out));
	memcpy(out, days, n * sizeof(*out));
	return out;
}

/* Half-yearly and monthly by the calendar, half-yearly from the anchor, an official day, and one after the window. */
static struct programme_set *mixed_set(void)
{
	static const int half_years[] = { 1, 5, 7, 5 };
	struct programme_set *set = set_by_hand();
	struct programme *p = set->items[0];
	p->plan = xrealloc(p->plan, 6 * sizeof(*p->plan));
	p->plan[2] = rule_of("half", KIND_PROGRESS_REPORT);
	p->plan[2].every_year_on = days_of(half_years, 2);
	p->plan[2].n_every_year_on = 2;
	p->plan[2].opens_before_days = 14;
	p->plan[2].skip_when_younger_than_months = 3;
	p->plan[3] = rule_of("monthly", KIND_MATERIAL);
	p->plan[3].every_month_on = 25;
	p->plan[3].opens_before_days = 5;
	p->plan[3].roll = ROLL_NEXT_WORKDAY;
	p->plan[4] = rule_of("official", KIND_MATERIAL);
	p->plan[4].on_dates = xcalloc(1, sizeof(int32_t));
	p->plan[4].n_on_dates = 1;
	INVARIANT(civil_parse("2025-10-18", &p->plan[4].on_dates[0]));
	p->plan[5] = rule_of("after", KIND_MATERIAL);
	p->plan[5].after_window_months = 6;
	p->n_plan = 6;
	p->window_roll = ROLL_NEXT_WORKDAY;
	return set;
}

static void stage_at(const char *date)
{
	char body[80];
	succeed(&(struct ask){ &verb_programmes_load, .input = mixed_set() });
	import_rows(ROW_1 ROW_3);
	(void)snprintf(body, sizeof(body), "{\"date\":\"%s\"}", date);
	succeed(&(struct ask){ &verb_publish, .name = "future-1", .body = body });
}

static struct jr_doc *correct_to(const char *date)
{
	char body[120];
	(void)snprintf(body, sizeof(body), "{\"date\":\"%s\",\"correct\":true,\"reason\":\"r\"}",
		       date);
	return answer(&(struct ask){ &verb_publish, .name = "future-1", .body = body });
}

static void shift(const char *months)
{
	char body[160];
	(void)snprintf(body, sizeof(body), "{\"months\":%s," SIGNED, months);
	succeed(&(struct ask){ &verb_programme_shift, .name = "future-1", .body = body });
}

/* A new engine in place of the one that the test has. */
static void begin_again(void **state)
{
	assert_int_equal(teardown(state), 0);
	assert_int_equal(setup(state), 0);
}

static const struct {
	const char *from, *to;
	const char *shift; /* months, before the correction; NULL: none */
} corrections[] = {
	{ "2024-09-02", "2024-09-20", NULL }, /* within a month: nothing but the days moves */
	{ "2024-09-02", "2024-09-26", NULL }, /* over a 25th */
	{ "2024-09-02", "2025-02-10", NULL }, /* over a half-year: one goes, one comes */
	{ "2024-09-02", "2026-01-20", NULL }, /* over the official day as well */
	{ "2025-02-10", "2024-09-02", NULL }, /* and back */
	{ "2024-08-31", "2024-10-03", NULL }, { "2024-10-03", "2024-01-31", NULL },
	{ "2024-09-02", "2025-02-10", "6" },  { "2025-02-10", "2024-06-30", "3" },
};

static void a_corrected_date_owes_what_a_publication_would(void **state)
{
	for (size_t i = 0; i < COUNT_OF(corrections); i++) {
		if (i > 0)
			begin_again(state);
		stage_at(corrections[i].to);
		if (corrections[i].shift)
			shift(corrections[i].shift);
		char *expected = xstrdup(text(OWED));
		begin_again(state);
		stage_at(corrections[i].from);
		if (corrections[i].shift)
			shift(corrections[i].shift);
		jr_free(correct_to(corrections[i].to));
		assert_text(OWED, expected);
		jr_free(correct_to(corrections[i].from));
		jr_free(correct_to(corrections[i].to));
		assert_text(OWED, expected);
		free(expected);
	}
}

static void who_is_told_and_what_stays(void **state)
{
	(void)state;
	stage_at("2024-09-02");
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	/* Filed: history, though it lies before the new date. Cancelled by a person: it never comes back. */
	succeed(&(struct ask){ &verb_submit,
			       .key = number("SELECT min(obligation_key) FROM obligation JOIN rule "
					     "USING (rule_key) WHERE id = 'monthly'"),
			       .body = FILED });
	int64_t last = number("SELECT obligation_key FROM obligation JOIN rule USING (rule_key) "
			      "WHERE id = 'half' AND last_day_on = '2025-01-05' AND unit_key = 1");
	succeed(&(struct ask){ &verb_cancel, .key = last, .body = "{\"reason\":\"r\"}" });
	struct jr_doc *doc = correct_to("2025-02-10");
	expect(doc, "obligations",
	       "12"); /* six: a half-year, five months of monthly ones; two units */
	expect(doc, "dropped_obligations",
	       "10"); /* those before the new date, of both; but what is filed and cancelled */
	jr_free(doc);
	assert_number("SELECT count(*) FROM obligation JOIN rule USING (rule_key) WHERE id = "
		      "'monthly' AND unit_key = 1 AND last_day_on < '2025-02-10' AND state <> "
		      "'cancelled'",
		      1);
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.rescheduled'", 1);
	/* What comes and what goes is named with what moves. */
	assert_number("SELECT count(*) FROM message_body WHERE instr(body, "
		      "'\"old_due_on\":null') > 0 AND instr(body, '\"due_on\":null') > 0",
		      1);
	assert_number("SELECT count(*) FROM event WHERE type = 'obligation.added'", 12);
	assert_text("SELECT DISTINCT data FROM event WHERE type = 'obligation.added'",
		    "{\"cause\":\"publication\"}");
	jr_free(correct_to("2024-09-02"));
	assert_number("SELECT count(*) FROM obligation JOIN rule USING (rule_key) WHERE id = "
		      "'half' AND last_day_on = '2025-01-05' AND unit_key = 1",
		      1);
	/* What was added is reminded of like everything else. */
	assert_number("SELECT count(*) FROM obligation WHERE state IN ('scheduled', 'open') AND "
		      "next_step_at IS NULL",
		      0);
}

static void change(const char *body)
{
	succeed(&(struct ask){ &verb_unit_change, .key = 1, .body = body });
}

/* Of the rules by the calendar: what a programme with a window of that length plans. */
#define BY_CALENDAR                                                                                \
	"SELECT group_concat(line, char(10)) FROM (SELECT r.id || ' ' || o.opens_on || ' ' || "    \
	"o.due_on AS line FROM obligation AS o JOIN rule AS r USING (rule_key) WHERE o.unit_key "  \
	"= 1 AND o.state <> 'cancelled' AND r.id IN ('half', 'monthly', 'official', 'after') "     \
	"ORDER BY r.id, o.last_day_on)"
#define BY_ANCHOR                                                                                  \
	"SELECT group_concat(o.last_day_on, ' ') FROM (SELECT * FROM obligation JOIN rule USING "  \
	"(rule_key) WHERE unit_key = 1 AND state <> 'cancelled' AND id = 'progress' ORDER BY "     \
	"last_day_on) AS o"

static void a_window_of_another_length(void **state)
{
	struct programme_set *longer = mixed_set();
	longer->items[0]->window_months = 33;
	succeed(&(struct ask){ &verb_programmes_load, .input = longer });
	import_rows(ROW_1);
	publish();
	char *expected = xstrdup(text(BY_CALENDAR));
	begin_again(state);
	stage_at(PUBLISHED);
	change("{\"kind\":\"extension\",\"months\":9," SIGNED);
	assert_text(BY_CALENDAR, expected);
	/* The final report is due with the window's end, wherever it is. */
	assert_text(BY_ANCHOR, "2025-03-02 2025-09-02 2026-03-02 2027-06-02");
	/* Shorter: what lies behind the new end goes, the final report comes along. */
	change("{\"kind\":\"window\",\"ends_on\":\"2026-05-10\"," SIGNED);
	assert_text(BY_ANCHOR, "2025-03-02 2025-09-02 2026-03-02 2026-05-10");
	assert_text("SELECT max(last_day_on) FROM obligation JOIN rule USING (rule_key) WHERE "
		    "unit_key = 1 AND state <> 'cancelled' AND id = 'monthly'",
		    "2026-04-25");
	assert_text("SELECT max(last_day_on) FROM obligation JOIN rule USING (rule_key) WHERE "
		    "unit_key = 1 AND state <> 'cancelled' AND id = 'after'",
		    "2026-11-10");
	free(expected);
	/* Nothing of it is the other unit's. */
	assert_text("SELECT max(last_day_on) FROM obligation JOIN rule USING (rule_key) WHERE "
		    "unit_key = 2 AND state <> 'cancelled' AND id = 'monthly'",
		    "2026-08-25");
}

/* Reports "every half year" that go on as long as the window does: the one at the old end is not the last any more. */
static void a_rule_that_goes_on_past_the_old_end(void **state)
{
	struct programme_set *set = mixed_set();
	(void)state;
	set->items[0]->plan[0].times = 20;
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	import_rows(ROW_1);
	publish();
	change("{\"kind\":\"extension\",\"months\":12," SIGNED);
	assert_text(BY_ANCHOR, "2025-03-02 2025-09-02 2026-03-02 2026-09-02 2027-03-02 2027-09-02");
	/* Back to a day on which one is due anyway: it is not owed twice. */
	change("{\"kind\":\"window\",\"ends_on\":\"2026-09-02\"," SIGNED);
	assert_text(BY_ANCHOR, "2025-03-02 2025-09-02 2026-03-02 2026-09-02");
}

/* The window ends on Friday 2026-09-25 until that becomes a holiday: then it ends on the Monday after. */
static void a_calendar_lets_a_day_in(void **state)
{
	(void)state;
	struct programme_set *set = mixed_set();
	set->items[0]->plan[3].every_month_on = 28;
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	import_rows(ROW_1);
	succeed(&(struct ask){ &verb_publish, .name = "future-1",
			       .body = "{\"date\":\"2024-09-25\"}" });
	static const char last[] =
		"SELECT max(last_day_on) FROM obligation JOIN rule USING (rule_key) WHERE id = "
		"'monthly' AND state <> 'cancelled'";
	assert_text(last, "2026-08-28");
	succeed(&(struct ask){
		&verb_calendar_import,
		.text = "date,kind,name\n2026-09-25,holiday,示例\n2026-10-01,holiday,国庆节\n" });
	assert_text(last, "2026-09-28");
	succeed(&(struct ask){ &verb_calendar_import,
			       .text = "date,kind,name\n2026-10-01,holiday,国庆节\n" });
	assert_text(last, "2026-08-28");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_corrected_date_owes_what_a_publication_would),
		TEST(who_is_told_and_what_stays),
		TEST(a_window_of_another_length),
		TEST(a_rule_that_goes_on_past_the_old_end),
		TEST(a_calendar_lets_a_day_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
