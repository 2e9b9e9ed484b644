/*
 * One deliberate mistake at a time in a programme file, each with the line, the key and the hint that a person needs.
 */
#include "programme_file.h"
#include "roof_programme_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define FORM(field) "forms = ( { id = \"f\"; zh = \"F\"; fields = ( { " field " } ); } );\n"
#define LIST(item)  "checklists = ( { id = \"c\"; zh = \"C\"; items = ( { " item " } ); } );\n"

static const struct mistake {
	const char *text;
	const char *at;     /* "line: key" in the detail */
	const char *detail; /* words in the detail */
	const char *hint;   /* words in the hint */
} mistakes[] = {
	{ "id = ;", "1: ", "syntax error", "look at this line" },
	{ HEAD "id = \"q\";\n", "5: ", "duplicate setting name", "each key once" },
	{ BASE "windw = 3;\n", "11: windw", "unknown key", "did you mean \"window\"?" },
	{ HEAD CLAUSES TRACKS TASKS CLASSES "window = { month = 24; };\n", "9: window.month",
	  "unknown key", "did you mean \"months\"?" },
	{ HEAD "window = 24;\n", "5: window", "must be a group", "window = { … };" },
	{ "id = \"P 1\";\n", "1: id", "\"P 1\" is no id", "future-2023" },
	{ "id = \"a-very-long-identifier-of-a-programme\";\n", "1: id", "1 to 31", "" },
	{ "id = 5;\n", "1: id", "must be a string, not a number", "" },
	{ "id = \"p\";\nissuer = \"I\";\n", "1: name.zh", "is missing", "write it as \"text\"" },
	{ HEAD "notice_on = \"2025-02-31\";\n", "5: notice_on", "no date \"2025-02-31\"",
	  "\"2024-09-02\"" },
	{ HEAD TRACKS CLASSES "window = { months = 4294967320; };\n",
	  "7: ", "4294967320 does not fit in 32 bits", "durations and sizes are strings" },
	{ HEAD "window = { months = 0x100000018; };\n", "5: ", "would wrap", "" },
	{ HEAD "window = { months = 99999999999999999999L; };\n", "5: ", "would wrap", "" },
	{ HEAD "window = { months = 4294967320L; };\n", "5: window.months",
	  "4294967320 is outside 1 to 600", "" },
	{ HEAD "window = { months = 24; } x = 4294967320y = 1;\n", "5: ", "would wrap", "" },
	{ HEAD "window = { months = 24.5; };\n", "5: window.months", "must be a number", "" },
	{ HEAD "@include \"other.conf\"\n", "5: ", "@include is not supported", "" },
	{ HEAD "note = \"open\nend\";\n", "5: ", "does not end on its line", "joined" },
	{ HEAD "note = \"a\\x00b\";\n", "5: ", "NUL", "" },
	{ HEAD "note = \"a\\xffb\";\n", "5: note", "is not UTF-8", "" },
	{ HEAD "note = \"a\\nb\";\n", "5: note", "control character", "" },
	{ HEAD "# \xff\n", "5: ", "not UTF-8", "save the file as UTF-8" },
	{ HEAD "/* open\n\n", "5: ", "never closed", "" },
	{ HEAD "x = ((((((((((1))))))))));\n", "5: ", "nested deeper than 8", "" },
	{ HEAD "level_names = [ \"a\", \"b\" ];\n", "5: level_names", "list of 3", "赛道" },
	{ HEAD "level_names = [ \"a\", \"b\\xff\", \"c\" ];\n", "5: level_names",
	  "element 1 must be a name", "赛道" },
	{ HEAD "note = \"a\"；\n", "5: ", "not ASCII stands outside", "plain ASCII" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"txt\";"), "11: forms[0].fields[0].type",
	  "unknown word \"txt\"", "did you mean \"text\"?" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"text\"; min = 1;"),
	  "11: forms[0].fields[0].min", "means nothing for a field of type text", "leave it out" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"choice\";"), "11: forms[0].fields[0].choices",
	  "has 0 elements, from 2 to 64", "" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"percent\"; min = 200;"),
	  "11: forms[0].fields[0].max", "is below min", "exchange" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"integer\"; max = \"1.2.3\";"),
	  "11: forms[0].fields[0].max", "\"1.2.3\" is no number", "in quotes" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"integer\"; max = 1.5;"),
	  "11: forms[0].fields[0].max", "must be a number", "\"0.5\" in quotes" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"texts\"; max = 1000;"),
	  "11: forms[0].fields[0].max", "must be from 1 to 200", "" },
	{ BASE FORM(
		  "id = \"a\"; zh = \"A\"; type = \"rows\"; columns = ( { id = \"b\"; zh = \"B\"; "
		  "type = \"rows\"; columns = ( { id = \"c\"; zh = \"C\"; type = \"date\"; } ); } "
		  ");"),
	  "11: forms[0].fields[0].columns[0].type", "a table can't stand in a table", "" },
	{ BASE FORM("id = \"a\"; zh = \"A\"; type = \"date\"; }, { id = \"a\"; zh = \"B\"; type = "
		    "\"date\";"),
	  "11: forms[0].fields", "\"a\" stands twice", "its own id" },
	{ BASE LIST("id = \"a\"; zh = \"A\"; max_size = \"0B\";"),
	  "11: checklists[0].items[0].max_size", "is outside 1 to", "of one file" },
	{ BASE LIST("id = \"a\"; zh = \"A\"; types = [ \".pdf\" ];"),
	  "11: checklists[0].items[0].types", "element 0 is no ending", "lower case" },
	{ BASE LIST("id = \"a\"; zh = \"A\";") RULE(EVERY "roll = \"none\"; materials = \"cc\";"),
	  "12: obligations[0].materials", "no \"cc\" in checklists", "did you mean \"c\"?" },
	{ BASE RULE(EVERY "roll = \"none\"; form = \"f\";"), "11: obligations[0].form",
	  "no \"f\" in forms", "" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = 1;\n", "12: rollup", "must be a group",
	  "" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 8; at = \"09:20\"; to = [ "
					      "\"office\" ]; };\n",
	  "12: rollup.weekday", "8 is outside 1 to 7", "1 is Monday" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 1; at = \"9\"; to = [ "
					      "\"office\" ]; };\n",
	  "12: rollup.at", "", "" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 1; to = [ \"office\" ]; };\n",
	  "12: rollup.at", "is missing", "09:20" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 1; at = \"09:20\"; };\n",
	  "12: rollup.to", "is missing", "recommender" },
	{ BASE RULE(EVERY
		    "roll = \"none\";") "rollup = { weekday = 1; at = \"09:20\"; to = [ ]; };\n",
	  "12: rollup.to", "one or two recipients", "office" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 1; at = \"09:20\"; to = [ "
					      "\"unit\" ]; };\n",
	  "12: rollup.to", "element 0 must be \"office\" or \"recommender\"", "" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 1; at = \"09:20\"; to = [ "
					      "\"office\", \"office\" "
					      "]; };\n",
	  "12: rollup.to", "\"office\" stands twice", "remove one" },
	{ BASE RULE(EVERY "roll = \"none\";") "rollup = { weekday = 1; at = \"09:20\"; to = [ "
					      "\"office\" ]; day = 2; "
					      "};\n",
	  "12: rollup.day", "unknown key", "" },
	{ HEAD CLAUSES, "1: tracks", "has 0 elements, from 1 to 64", "" },
	{ HEAD "tracks = { id = 1; };\n", "5: tracks", "must be a list", "" },
	{ HEAD "tracks = ( 5 );\n", "5: tracks[0]", "must be a group", "" },
	{ HEAD "tracks = ( { id = \"a\"; zh = \"A\"; },\n{ id = \"a\"; zh = \"B\"; } );\n",
	  "6: tracks[1].id", "\"a\" stands twice (also in tracks[0])", "its own" },
	{ HEAD TRACKS "tasks = ( { id = \"a-1\"; track = \"aa\"; name = \"X\"; } );\n",
	  "6: tasks[0].track", "no \"aa\" in tracks", "did you mean \"a\"?" },
	{ HEAD TRACKS "tasks = ( { id = \"a-1\"; name = \"X\"; } );\n", "6: tasks[0].track",
	  "is missing", "" },
	{ HEAD TRACKS
	  "tasks = ( { id = \"a-1\"; track = \"a\"; category = \"c\"; name = \"X\"; } );\n",
	  "6: tasks[0].category", "has no categories", "" },
	{ HEAD TRACKS
	  "categories = ( { id = \"core\"; zh = \"C\"; } );\n"
	  "tasks = ( { id = \"a-1\"; track = \"a\"; category = \"cor\"; name = \"X\"; } );\n",
	  "7: tasks[0].category", "no \"cor\" in categories", "did you mean \"core\"?" },
	{ HEAD TRACKS "tasks = ( { id = \"a-1\"; track = \"a\"; name = \"X\"; },\n"
		      "{ id = \"a-2\"; track = \"a\"; name = \"X\"; } );\n",
	  "7: tasks[1].name", "also the name of task a-1", "" },
	{ HEAD TRACKS TASKS, "1: classes", "has 0 elements", "" },
	{ HEAD "clauses = ( { rule = \"ours\"; text = \"T\"; source = \"S\"; } );\n",
	  "5: clauses[0].rule", "rules on which the notice is silent", "" },
	{ HEAD CLAUSES TRACKS TASKS CLASSES "window = { months = 24; rule = \"windows\"; };\n",
	  "9: window.rule", "no clause \"windows\"", "did you mean \"window\"?" },
	{ BASE "consortium = { partners_max = 4; rule = \"x\"; };\n", "11: consortium.rule",
	  "no clause \"x\"", "known: window, ours" },
	{ BASE "shortlist_cap = { level = \"tasks\"; limit = 5; };\n", "11: shortlist_cap.level",
	  "unknown word \"tasks\"", "did you mean \"task\"?" },
	{ BASE "shortlist_cap = { level = \"task\"; };\n", "11: shortlist_cap.limit",
	  "both a level and a limit", "limit = 5" },
	{ BASE "winner_cap = { limit = 3; };\n", "11: winner_cap.level", "both a level", "" },
	{ BASE "winner_cap = { softness = \"hard\"; };\n", "11: winner_cap.limit", "both a level",
	  "" },
	{ BASE "winner_cap = { level = \"task\"; limit = 0; };\n", "11: winner_cap.limit",
	  "0 is outside 1 to 100000", "" },
	{ BASE "winner_cap = { level = \"task\"; limit = 3; softness = \"sofd\"; };\n",
	  "11: winner_cap.softness", "unknown word \"sofd\"", "did you mean \"soft\"?" },
	{ BASE "quotas = ( { class = \"x\"; zh = \"X\"; limit = 3; softness = \"soft\"; via = "
	       "\"provinc\"; rule = \"ours\"; } );\n",
	  "11: quotas[0].via", "unknown word \"provinc\"", "did you mean \"province\"?" },
	{ BASE "quotas = ( { class = \"x\"; zh = \"X\"; limit = 3; softness = \"soft\"; rule = "
	       "\"q\"; } );\n",
	  "11: quotas[0].rule", "no clause \"q\"", "" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; before = [ 1, 7 ]; send_at = \"09:05\"; } );\n",
	  "7: ladders[0].before", "7 stands after 1: days must fall", "[ 30, 7, 0 ]" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; after = [ 3, 3 ]; send_at = \"09:05\"; } );\n",
	  "7: ladders[0].after", "days must rise", "" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; after = [ 0 ]; send_at = \"09:05\"; } );\n",
	  "7: ladders[0].after", "element 0 is outside 1 to 1000", "" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; before = [ \"7\" ]; send_at = \"09:05\"; } );\n",
	  "7: ladders[0].before", "element 0 must be a whole number", "" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; before = [ 7 ]; send_at = \"9:05\"; } );\n",
	  "7: ladders[0].send_at", "no time of day", "\"09:05\"" },
	{ HEAD TRACKS CLASSES "ladders = ( { id = \"d\"; before = [ 7 ]; send_at = \"09:05\"; "
			      "days_off = \"befor\"; } );\n",
	  "7: ladders[0].days_off", "unknown word \"befor\"", "did you mean \"before\"?" },
	{ HEAD TRACKS CLASSES "ladders = ( { id = \"d\"; before = [ 7 ]; send_at = \"09:05\"; "
			      "jitter = \"5\"; } );\n",
	  "7: ladders[0].jitter", "\"5\" is no duration", "how much later" },
	{ HEAD TRACKS CLASSES "ladders = ( { id = \"d\"; before = [ 7 ]; send_at = \"09:05\"; "
			      "jitter = \"61m\"; } );\n",
	  "7: ladders[0].jitter", "outside 0 s to 3600 s", "\"60m\"" },
	{ HEAD TRACKS CLASSES "ladders = ( { id = \"d\"; before = [ 7 ]; send_at = \"09:05\"; "
			      "jitter = 5; } );\n",
	  "7: ladders[0].jitter", "must be a", "how much later" },
	{ HEAD TRACKS CLASSES "ladders = ( { id = \"d\"; send_at = \"09:05\"; } );\n",
	  "7: ladders[0]", "has no rungs", "" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; before = [ 7 ]; send_at = \"24:00\"; } );\n",
	  "7: ladders[0].send_at", "no time of day", "" },
	{ HEAD TRACKS CLASSES "ladders = ( { id = \"d\"; send_at = \"09:05\"; escalations = ( { to "
			      "= \"ofice\"; after_workdays = 3; } ); } );\n",
	  "7: ladders[0].escalations[0].to", "unknown word", "did you mean \"office\"?" },
	{ HEAD TRACKS CLASSES
	  "ladders = ( { id = \"d\"; send_at = \"09:05\"; escalations = ( { to = \"office\"; "
	  "after_workdays = 3; }, { to = \"office\"; after_workdays = 3; } ); } );\n",
	  "7: ladders[0].escalations[1]", "stands twice", "" },
	{ BASE RULE("roll = \"none\";"), "11: obligations[0]", "no anchor", "every_months" },
	{ BASE RULE(EVERY "at_months = [ 6 ]; roll = \"none\";"), "11: obligations[0].at_months",
	  "stands beside every_months", "use one of" },
	{ BASE RULE("every_months = 6; roll = \"none\";"), "11: obligations[0].times",
	  "go together", "" },
	{ BASE RULE("at_months = [ 6 ]; times = 3; roll = \"none\";"),
	  "11: obligations[0].every_months", "go together", "" },
	{ BASE RULE("at_months = []; roll = \"none\";"), "11: obligations[0].at_months", "is empty",
	  "" },
	{ BASE RULE("at_months = [ 12, 6 ]; roll = \"none\";"), "11: obligations[0].at_months",
	  "months must rise", "" },
	{ BASE RULE("every_months = 6; times = 5; roll = \"none\";"), "11: obligations[0].times",
	  "30 months after publication, is past the window of 24", "" },
	{ BASE RULE("at_months = [ 25 ]; roll = \"none\";"), "11: obligations[0].at_months",
	  "past the window", "" },
	{ BASE RULE(EVERY), "11: obligations[0].roll", "is missing", "" },
	{ BASE RULE(EVERY "roll = \"next_wrokday\";"), "11: obligations[0].roll", "unknown word",
	  "did you mean \"next_workday\"?" },
	{ BASE RULE("on_dates = [ \"2025-06-30\" ]; roll = \"next_workday\";"),
	  "11: obligations[0].roll", "official date is never rolled", "" },
	{ BASE RULE("on_dates = [ \"2025-06-31\" ]; roll = \"none\";"),
	  "11: obligations[0].on_dates", "no date \"2025-06-31\"", "" },
	{ BASE RULE("on_dates = [ \"2025-06-30\", \"2025-06-30\" ]; roll = \"none\";"),
	  "11: obligations[0].on_dates", "does not come after", "" },
	{ BASE RULE("every_year_on = [ \"02-29\" ]; roll = \"none\";"),
	  "11: obligations[0].every_year_on", "no day of every year", "" },
	{ BASE RULE("every_year_on = [ \"11-30\", \"06-30\" ]; roll = \"none\";"),
	  "11: obligations[0].every_year_on", "does not come after", "" },
	{ BASE RULE(EVERY "opens_months = 6; roll = \"none\";"), "11: obligations[0].opens_months",
	  "not before the first due date", "" },
	{ BASE RULE(EVERY "opens_months = 3; opens_before_days = 15; roll = \"none\";"),
	  "11: obligations[0].opens_months", "beside opens_before_days", "" },
	{ BASE RULE("every_year_on = [ \"11-30\" ]; opens_months = 3; roll = \"none\";"),
	  "11: obligations[0].opens_months", "the due dates don't", "" },
	{ BASE RULE("at_months = [ 6 ]; skip_when_younger_than_months = 7; roll = \"none\";"),
	  "11: obligations[0].skip_when_younger_than_months", "skips every", "" },
	{ BASE RULE(EVERY "every_month_on = 25; roll = \"none\";"),
	  "11: obligations[0].every_month_on", "stands beside every_months", "on_milestones" },
	{ BASE RULE("every_month_on = 32; roll = \"none\";"), "11: obligations[0].every_month_on",
	  "32 is outside 1 to 31", "" },
	{ BASE RULE("on_milestones = false; roll = \"none\";"), "11: obligations[0].on_milestones",
	  "false is no anchor", "use one of" },
	{ BASE RULE(EVERY "days_after = 5; roll = \"none\";"), "11: obligations[0].days_after",
	  "counts from milestones", "remove it" },
	{ BASE RULE("after_window_months = 6; opens_months = 30; roll = \"none\";"),
	  "11: obligations[0].opens_months", "30 is not before the first due date, 30 months", "" },
	{ BASE RULE(EVERY "roll = \"none\"; review_ladder = \"d\";"),
	  "11: obligations[0].review_ladder", "nobody reviews", "review = {" },
	{ BASE RULE(EVERY "roll = \"none\"; review = 5;"), "11: obligations[0].review",
	  "must be a group", "review = {" },
	{ BASE RULE(EVERY "roll = \"none\"; review = { workdays = 5; };"),
	  "11: obligations[0].review.by", "is missing", "" },
	{ BASE RULE(EVERY "roll = \"none\"; review = { by = \"ofice\"; workdays = 5; };"),
	  "11: obligations[0].review.by", "unknown word \"ofice\"", "did you mean \"office\"?" },
	{ BASE RULE(EVERY "roll = \"none\"; review = { by = \"unit\"; workdays = 5; };"),
	  "11: obligations[0].review.by", "unknown word \"unit\"", "" },
	{ BASE RULE(EVERY "roll = \"none\"; review = { by = \"office\"; };"),
	  "11: obligations[0].review", "how long?", "workdays = 5" },
	{ BASE RULE(EVERY
		    "roll = \"none\"; review = { by = \"office\"; workdays = 5; days_after_due "
		    "= 2; };"),
	  "11: obligations[0].review.days_after_due", "stands beside workdays", "" },
	{ BASE RULE(EVERY "roll = \"none\"; review = { by = \"office\"; workdays = 0; };"),
	  "11: obligations[0].review.workdays", "0 is outside 1 to 366", "" },
	{ BASE RULE(EVERY "roll = \"none\"; review = { by = \"office\"; workdays = 5; }; "
			  "review_ladder = \"e\";"),
	  "11: obligations[0].review_ladder", "no \"e\" in ladders", "did you mean \"d\"?" },
	{ BASE RULE(EVERY "roll = \"none\"; correction = 5;"), "11: obligations[0].correction",
	  "must be a group", "" },
	{ BASE RULE(EVERY "roll = \"none\"; correction = { };"), "11: obligations[0].correction",
	  "how long?", "until_review" },
	{ BASE RULE(EVERY "roll = \"none\"; correction = { workdays = 5; days = 5; };"),
	  "11: obligations[0].correction.days", "stands beside workdays", "" },
	{ BASE RULE(EVERY "roll = \"none\"; correction = { until_review = true; };"),
	  "11: obligations[0].correction.until_review", "nobody reviews",
	  "give the rule a review" },
	{ BASE "obligations = ( { id = \"ad-hoc\"; kind = \"material\"; zh = \"M\"; satisfied_by = "
	       "\"acceptance\"; ladder = \"d\"; clause = \"ours\"; at_months = [ 6 ]; roll = "
	       "\"none\"; } );\n",
	  "11: obligations[0].id", "kept for obligations that are added by hand",
	  "choose another" },
	{ BASE "obligations = ( { id = \"r\"; kind = \"materiel\"; zh = \"M\"; } );\n",
	  "11: obligations[0].kind", "unknown word", "did you mean \"material\"?" },
	{ BASE "obligations = ( { id = \"r\"; kind = \"material\"; zh = \"M\"; satisfied_by = "
	       "\"acceptance\"; "
	       "ladder = \"e\"; clause = \"ours\"; at_months = [ 6 ]; roll = \"none\"; } );\n",
	  "11: obligations[0].ladder", "no \"e\" in ladders", "did you mean \"d\"?" },
	{ BASE "obligations = ( { id = \"r\"; kind = \"material\"; zh = \"M\"; satisfied_by = "
	       "\"acceptance\"; "
	       "ladder = \"d\"; clause = \"our\"; at_months = [ 6 ]; roll = \"none\"; } );\n",
	  "11: obligations[0].clause", "no clause \"our\"", "did you mean \"ours\"?" },
	{ HEAD CLAUSES TRACKS TASKS CLASSES LADDERS, "1: window.months", "is missing",
	  "complete = false" },
	{ HEAD CLAUSES TRACKS CLASSES WINDOW, "1: tasks", "is missing", "" },
	{ "id = \"p\";\nname = { zh = \"N\"; };\nissuer = \"I\";\ncomplete = false;\n" TRACKS
		  CLASSES,
	  "1: note", "must say what is missing", "" },
	{ BASE
	  "application_closes_on = \"2023-11-30\";\nrecommendation_closes_on = \"2023-11-10\";\n",
	  "12: recommendation_closes_on", "is before application_closes_on", "" },
	{ BASE "notice_on = \"2023-11-11\";\napplication_closes_on = \"2023-11-10\";\n",
	  "12: application_closes_on", "is before notice_on, 2023-11-11", "" },
	{ INCOMPLETE RULE("every_months = 60; times = 11; roll = \"none\";"),
	  "9: obligations[0].times", "660 months after publication, is later than 600", "" },
};

static void expect_mistake(const struct mistake *mistake)
{
	struct programme *programme = NULL;
	struct problem problem;
	memset(&problem, 0, sizeof(problem));
	char at[128];
	(void)snprintf(at, sizeof(at), "dir/bad.conf:%s", mistake->at);
	enum fault fault = programme_file_parse(mistake->text, strlen(mistake->text),
						"dir/bad.conf", &programme, &problem);
	if (fault != FAULT_INVALID || strncmp(problem.detail, at, strlen(at)) != 0 ||
	    !strstr(problem.detail, mistake->detail) || !strstr(problem.hint, mistake->hint) ||
	    problem.hint[0] == '\0' || strncmp(problem.pointer, "dir/bad.conf:", 13) != 0)
		fail_msg("%s\n→ %s\n  hint: %s\n  expected %s … %s … %s", mistake->text,
			 problem.detail, problem.hint, at, mistake->detail, mistake->hint);
	assert_null(programme);
	/* The same without anybody to tell. */
	assert_int_equal(programme_file_parse(mistake->text, strlen(mistake->text), "bad.conf",
					      &programme, NULL),
			 FAULT_INVALID);
}

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		expect_mistake(&mistakes[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mistakes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
