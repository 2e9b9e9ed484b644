/*
 * Windows that a calendar moves: where a programme's file rolls the end of its windows, a calendar that comes late or is
 * corrected moves it, with what counts from it, once and on record; what a person set and what is over stands (T3, P15).
 */
#include "engine_kit.h"

#define DAYS "date,kind,name\n"
/* Wednesday 2026-09-02, the last day of two years from PUBLISHED, becomes a holiday, and the day after. */
#define LATE DAYS "2026-09-02,holiday,示例\n2026-09-03,holiday,示例\n2026-10-01,holiday,国庆节\n"
/* It was a mistake: only the first of them. */
#define CORRECTED  DAYS "2026-09-02,holiday,示例\n2026-10-01,holiday,国庆节\n"
#define ENDS(unit) "SELECT window_end_on FROM unit WHERE unit_key = " #unit
#define DUE                                                                                        \
	"SELECT last_day_on || '/' || due_on || '/' || revision FROM obligation JOIN rule USING "  \
	"(rule_key) WHERE id = 'acceptance' AND unit_key = "

/* Windows roll; an acceptance request is due six months after their end. */
static void stage(const char *rows)
{
	struct programme_set *set = set_by_hand();
	set->items[0]->window_roll = ROLL_NEXT_WORKDAY;
	set->items[0]->plan[1].n_at_months = 0;
	set->items[0]->plan[1].after_window_months = 6;
	succeed(&(struct ask){ &verb_programmes_load, .input = set });
	import_rows(rows);
	publish();
}

static void change(int64_t unit, const char *body)
{
	succeed(&(struct ask){ &verb_unit_change, .key = unit, .body = body });
}

static void import(const char *days, const char *windows)
{
	answer_with(&(struct ask){ &verb_calendar_import, .text = days }, "windows_moved", windows);
}

static void the_end_of_the_window_follows_a_late_calendar(void **state)
{
	(void)state;
	stage(ROW_1 ROW_3);
	(void)endpoint_for("unit:un_1", "http://unit.example/");
	(void)endpoint_for("office", "http://office.example/");
	assert_text(DUE "1", "2027-03-02/2027-03-02/1");
	jr_free(dry(&(struct ask){ &verb_calendar_import, .text = LATE }));
	struct jr_doc *doc = answer(&(struct ask){ &verb_calendar_import, .text = LATE });
	expect(doc, "windows_moved", "2");
	/* The requests of both units, and the last reports, which roll by themselves. */
	expect(doc, "moved", "4");
	jr_free(doc);
	assert_text(ENDS(1), "2026-09-04");
	assert_text(ENDS(2), "2026-09-04");
	assert_text("SELECT window_end_on FROM programme WHERE id = 'future-1'", "2026-09-04");
	assert_int_equal(number("SELECT at FROM timer WHERE kind = 'window_end' AND key = 1"),
			 instant("2026-09-05T00:00:00+08:00"));
	assert_text(DUE "1", "2027-03-04/2027-03-04/2");
	/* One recorded operation, and one notice to each who listens. */
	assert_text("SELECT kind || coalesce(unit_key, '') || old || new || effective_on FROM "
		    "change",
		    "window{\"window_ends_on\":\"2026-09-02\"}{\"window_ends_on\":\"2026-09-04\","
		    "\"cause\":\"calendar\"}2024-09-02");
	assert_number("SELECT count(*) FROM change", 1);
	assert_number("SELECT count(*) FROM event WHERE type = 'programme.changed'", 1);
	assert_number("SELECT count(*) FROM audit WHERE verb = 'programme.changed'", 1);
	assert_number("SELECT count(*) FROM message WHERE type = 'obligation.rescheduled'", 2);
	/* The same days again change nothing. */
	import(LATE, "0");
	assert_number("SELECT count(*) FROM change", 1);
	/* A corrected calendar moves it again. */
	import(CORRECTED, "2");
	assert_text(ENDS(1), "2026-09-03");
	assert_text(DUE "1", "2027-03-03/2027-03-03/3");
	/* And the window ends on that day. */
	plan_to("2026-09-03T23:59:59+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "delivering");
	plan_to("2026-09-04T00:00:00+08:00");
	assert_text("SELECT state FROM unit WHERE unit_key = 1", "pending_decision");
}

static void what_a_person_set_and_what_is_over_stands(void **state)
{
	(void)state;
	stage(ROW_1 ROW_3);
	change(1, "{\"kind\":\"window\",\"ends_on\":\"2026-09-02\",\"reason\":\"x\",\"approver\":"
		  "\"y\",\"doc_no\":\"z\"}");
	succeed(&(struct ask){ &verb_unit_move, .key = 2,
			       .body = "{\"move\":\"withdraw\",\"reason\":\"x\"}" });
	import(LATE, "0");
	assert_text(ENDS(1), "2026-09-02");
	assert_text(ENDS(2), "2026-09-02");
	/* The programme's own end has moved: for whom is published late. */
	assert_text("SELECT window_end_on FROM programme WHERE id = 'future-1'", "2026-09-04");
	plan_to("2026-09-06T00:00:00+08:00");
	import(CORRECTED, "0");
	assert_text("SELECT window_end_on FROM programme WHERE id = 'future-1'", "2026-09-04");
	assert_text(ENDS(1), "2026-09-02");
}

/* One whose window is longer than the programme's: its own row in the register. */
static void a_window_of_its_own_is_recorded_by_itself(void **state)
{
	(void)state;
	stage(ROW_1 ROW_3);
	change(1, "{\"kind\":\"extension\",\"months\":6,\"reason\":\"x\",\"approver\":\"y\",\"doc_"
		  "no\":\"z\"}");
	assert_text(ENDS(1), "2027-03-02");
	import(DAYS "2027-03-02,holiday,示例\n2027-10-01,holiday,国庆节\n", "1");
	assert_text(ENDS(1), "2027-03-03");
	assert_text(ENDS(2), "2026-09-02");
	assert_text("SELECT kind || unit_key || old || new FROM change ORDER BY change_key DESC "
		    "LIMIT 1",
		    "window1{\"window_ends_on\":\"2027-03-02\"}{\"window_ends_on\":\"2027-03-03\","
		    "\"cause\":\"calendar\"}");
	assert_number("SELECT count(*) FROM event WHERE type = 'programme.changed'", 0);
}

/* What counts from the window's end does so after a shift too, and after an extension that follows the shift. */
static void a_shifted_window_takes_along_what_counts_from_its_end(void **state)
{
	(void)state;
	stage(ROW_1);
	succeed(&(struct ask){ &verb_programme_shift, .name = "future-1",
			       .body = "{\"months\":6,\"reason\":\"x\",\"approver\":\"y\",\"doc_"
				       "no\":\"z\"}" });
	assert_text(ENDS(1), "2027-03-02");
	assert_text(DUE "1", "2027-09-02/2027-09-02/2");
	import_rows(ROW_3);
	publish();
	assert_text(DUE "2", "2027-09-02/2027-09-02/1");
	change(1, "{\"kind\":\"extension\",\"months\":3,\"reason\":\"x\",\"approver\":\"y\",\"doc_"
		  "no\":\"z\"}");
	assert_text(ENDS(1), "2027-06-02");
	assert_text(DUE "1", "2027-12-02/2027-12-02/3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_end_of_the_window_follows_a_late_calendar),
		TEST(what_a_person_set_and_what_is_over_stands),
		TEST(a_window_of_its_own_is_recorded_by_itself),
		TEST(a_shifted_window_takes_along_what_counts_from_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
