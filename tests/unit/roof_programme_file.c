/*
 * Programme files: the shipped ones against the notice's data, and one deliberate mistake at a time, each with the
 * line, the key and the hint that a person needs.
 */
#include "programme_file.h"

#include "cfg.h"
#include "jiebang/buf.h"
#include "jiebang/civil.h"
#include "jiebang/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOURCE        JIEBANG_SOURCE_DIR
#define CFG_TOO_LARGE (CFG_FILE_MAX_BYTES + 1)

static struct programme *shipped(const char *name)
{
	struct programme *programme = NULL;
	struct problem problem = { FAULT_NONE, "", "", "", "", "" };
	struct buf path = BUF_EMPTY;
	buf_addf(&path, SOURCE "/%s", name);
	if (programme_file_load(buf_str(&path), &programme, &problem) != FAULT_NONE)
		fail_msg("%s (%s)", problem.detail, problem.hint);
	buf_clear(&path);
	return programme;
}

/* ---- the shipped 2023 programme ---- */

static void test_2023_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *track;
		size_t tasks;
	} tracks[] = { { "metaverse", 11 }, { "humanoid", 19 }, { "bci", 10 }, { "agi", 12 } };
	struct programme *p = shipped("conf/programmes/future-2023.conf");
	assert_string_equal(p->id, "future-2023");
	assert_string_equal(p->doc_no, "工信厅科函〔2023〕235号");
	assert_string_equal(p->notice_on, "2023-09-14");
	assert_true(p->complete);
	assert_int_equal(p->n_tracks, 4);
	assert_int_equal(p->n_categories, 4);
	assert_int_equal(p->n_tasks, 52);
	for (size_t t = 0; t < 4; t++) {
		size_t n = 0;
		assert_string_equal(p->tracks[t].id, tracks[t].track);
		for (size_t i = 0; i < p->n_tasks; i++)
			n += p->tasks[i].track == t;
		assert_int_equal(n, tracks[t].tasks);
	}
	assert_int_equal(p->n_clauses, 14);
	assert_int_equal(p->n_quotas, 5);
	assert_string_equal(p->level_names[0], "赛道");
	assert_string_equal(p->application_closes_on, "2023-11-10");
	assert_string_equal(p->recommendation_closes_on, "2023-11-30");
	programme_free(p);
}

static void test_2023_rules(void **state)
{
	(void)state;
	struct programme *p = shipped("conf/programmes/future-2023.conf");
	assert_int_equal(p->shortlist_cap.level, CAP_LEVEL_TASK);
	assert_int_equal(p->shortlist_cap.limit, 5);
	assert_false(p->shortlist_cap.hard);
	assert_int_equal(p->winner_cap.limit, 3);
	assert_false(p->winner_cap.hard);
	assert_string_equal(programme_clause(p, p->shortlist_cap.rule)->text,
			    "入围揭榜单位名单 (每个揭榜方向原则上不超过5家)");
	assert_string_equal(programme_clause(p, p->window_rule)->source, "四、3.遴选及公布要求");
	assert_int_equal(p->partners_max, 4);
	assert_string_equal(programme_clause(p, p->partners_rule)->text,
			    "牵头单位为1家，联合参与单位不超过4家");
	assert_int_equal(p->window_months, 24);
	assert_int_equal(p->window_roll, ROLL_NONE);
	assert_int_equal(p->n_classes, 2);
	assert_string_equal(p->classes[0].id, "assigned");
	assert_true(p->classes[0].owes);
	assert_false(p->classes[1].owes);
	assert_int_equal(p->quotas[0].limit, 15);
	assert_string_equal(p->quotas[2].via, "province");
	assert_true(p->quotas[2].outside_province);
	const struct ladder *ladder = &p->ladders[0];
	static const int before[] = { 60, 30, 15, 7, 3, 1, 0 }, after[] = { 1, 3, 7 };
	assert_int_equal(ladder->n_before, 7);
	assert_memory_equal(ladder->before_days, before, sizeof(before));
	assert_int_equal(ladder->n_after, 3);
	assert_memory_equal(ladder->after_days, after, sizeof(after));
	assert_int_equal(ladder->then_every_days, 7);
	assert_int_equal(ladder->send_at_s, 9 * 3600 + 5 * 60);
	assert_int_equal(ladder->n_escalations, 2);
	assert_int_equal(ladder->escalations[0].to, RECIPIENT_RECOMMENDER);
	assert_int_equal(ladder->escalations[1].after_workdays, 7);
	programme_free(p);
}

/* From the end of a month, and from days whose T+24 is off: always 4 + 1 + 1, the last report never clipped. */
static void test_2023_plan(void **state)
{
	(void)state;
	static const struct {
		const char *anchor;
		const char *last_report; /* due */
		const char *acceptance;
	} rows[] = {
		{ "2024-09-02", "2026-09-02", "2026-09-02" },
		{ "2024-08-31", "2026-08-31", "2026-08-31" },
		{ "2024-05-10", "2026-05-11", "2026-05-10" }, /* a Sunday: the report rolls */
		{ "2024-02-29", "2026-02-28", "2026-02-28" },
	};
	struct programme *p = shipped("conf/programmes/future-2023.conf");
	struct calendar *calendar = calendar_new();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct planned planned[PLAN_MAX];
		int32_t anchor;
		char due[CIVIL_DATE_BYTES];
		assert_true(civil_parse(rows[i].anchor, &anchor));
		assert_int_equal(programme_plan(p, calendar, anchor, planned), 6);
		assert_string_equal(p->plan[planned[3].rule].id, "progress");
		assert_int_equal(planned[3].n, 4);
		if (strcmp(rows[i].anchor, "2024-02-29") != 0) {
			civil_write(planned[3].due_on, due);
			assert_string_equal(due, rows[i].last_report);
		}
		assert_string_equal(p->plan[planned[4].rule].id, "midterm");
		assert_int_equal(planned[4].months, 12);
		assert_string_equal(p->plan[planned[5].rule].id, "acceptance");
		civil_write(planned[5].due_on, due);
		assert_string_equal(due, rows[i].acceptance);
		assert_int_equal(planned[5].opens_on, civil_add_months(anchor, 18));
	}
	calendar_free(calendar);
	programme_free(p);
}

static void test_sha256(void **state)
{
	(void)state;
	struct buf text = BUF_EMPTY;
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_BYTES];
	struct programme *p = shipped("conf/programmes/future-2025.conf");
	FILE *file = fopen(SOURCE "/conf/programmes/future-2025.conf", "rb");
	int c;
	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		buf_addc(&text, (char)c);
	(void)fclose(file);
	digest_sha256(text.data, text.len, digest);
	digest_hex(digest, sizeof(digest), hex);
	assert_string_equal(p->sha256, hex);
	assert_string_equal(p->source_name, "future-2025.conf");
	buf_clear(&text);
	programme_free(p);
}

static void test_2025_is_incomplete(void **state)
{
	(void)state;
	struct programme *p = shipped("conf/programmes/future-2025.conf");
	assert_false(p->complete);
	assert_true(p->note[0] != '\0');
	assert_int_equal(p->n_tracks, 3);
	assert_string_equal(p->tracks[1].name_zh, "原子级制造");
	assert_int_equal(p->n_tasks, 0);
	assert_int_equal(p->window_months, 0);
	assert_int_equal(p->partners_max, -1);
	assert_int_equal(p->shortlist_cap.level, CAP_LEVEL_NONE);
	assert_int_equal(p->n_plan, 0);
	programme_free(p);
}

static void test_folders(void **state)
{
	(void)state;
	static const struct {
		const char *dir;
		size_t n;
		const char *first;
	} rows[] = { { SOURCE "/conf/programmes", 2, "future-2023" },
		     { SOURCE "/tests/data/programmes-known", 4, "ai-2018" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct programme **list = NULL;
		size_t n = 0;
		struct problem problem;
		if (programme_dir_load(rows[i].dir, &list, &n, &problem) != FAULT_NONE)
			fail_msg("%s", problem.detail);
		assert_int_equal(n, rows[i].n);
		assert_string_equal(list[0]->id, rows[i].first);
		programme_list_free(list, n);
	}
}

/* ---- one mistake at a time ---- */

#define HEAD    "id = \"p\";\nname = { zh = \"N\"; };\nissuer = \"I\";\ncomplete = true;\n"
#define CLAUSES "clauses = ( { rule = \"window\"; text = \"T\"; source = \"S\"; } );\n"
#define TRACKS  "tracks = ( { id = \"a\"; zh = \"A\"; } );\n"
#define TASKS   "tasks = ( { id = \"a-1\"; track = \"a\"; name = \"X\"; } );\n"
#define CLASSES "classes = ( { id = \"assigned\"; zh = \"Z\"; owes = true; } );\n"
#define WINDOW  "window = { months = 24; roll = \"none\"; rule = \"window\"; };\n"
#define LADDERS "ladders = ( { id = \"d\"; before = [ 7, 0 ]; send_at = \"09:05\"; } );\n"
#define BASE    HEAD CLAUSES TRACKS TASKS CLASSES WINDOW LADDERS /* ten lines */
#define RULE(more)                                                                                 \
	"obligations = ( { id = \"r\"; kind = \"material\"; zh = \"M\"; satisfied_by = "           \
	"\"acceptance\"; "                                                                         \
	"ladder = \"d\"; clause = \"ours\"; " more " } );\n"
#define EVERY "every_months = 6; times = 4; "

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

static struct programme *parsed(const char *text)
{
	struct programme *programme = NULL;
	struct problem problem;
	if (programme_file_parse(text, strlen(text), "x.conf", &programme, &problem) != FAULT_NONE)
		fail_msg("%s (%s)", problem.detail, problem.hint);
	return programme;
}

/* The text that the mistakes vary is itself fine, and every anchor arrives. */
static void test_anchors(void **state)
{
	(void)state;
	struct programme *p = parsed(BASE);
	assert_int_equal(p->n_plan, 0);
	programme_free(p);
	p = parsed(BASE RULE("on_dates = [ \"2025-06-30\", \"2030-01-05\" ]; roll = \"none\";"));
	assert_int_equal(p->plan[0].n_on_dates, 2);
	assert_int_equal(p->plan[0].opens_months, -1);
	programme_free(p);
	p = parsed(
		BASE RULE("every_year_on = ( \"01-05\", \"11-30\" ); roll = \"previous_workday\"; "
			  "opens_before_days = 14; skip_when_younger_than_months = 3;"));
	assert_int_equal(p->plan[0].n_every_year_on, 2);
	assert_int_equal(p->plan[0].every_year_on[1][0], 11);
	assert_int_equal(p->plan[0].every_year_on[1][1], 30);
	assert_int_equal(p->plan[0].roll, ROLL_PREVIOUS_WORKDAY);
	assert_int_equal(p->plan[0].opens_before_days, 14);
	assert_int_equal(p->plan[0].skip_when_younger_than_months, 3);
	assert_int_equal(p->plan[0].satisfied_by, SATISFIED_BY_ACCEPTANCE);
	programme_free(p);
	p = parsed(BASE "shortlist_cap = { level = \"track\"; limit = 2; softness = \"hard\"; rule "
			"= \"window\"; };\n");
	assert_int_equal(p->shortlist_cap.level, CAP_LEVEL_TRACK);
	assert_true(p->shortlist_cap.hard);
	programme_free(p);
}

/* PLAN_MAX is what the planner's array holds: 128 fit, one more is refused. */
static void test_plan_max(void **state)
{
	(void)state;
	for (int extra = 0; extra <= 1; extra++) {
		struct buf text = BUF_EMPTY;
		struct programme *programme = NULL;
		struct problem problem;
		buf_adds(&text, HEAD CLAUSES TRACKS TASKS CLASSES LADDERS
			 "window = { months = 600; };\nobligations = (\n");
		for (int i = 0; i < 2 + extra; i++)
			buf_addf(&text,
				 "%s{ id = \"r%d\"; kind = \"ad_hoc\"; zh = \"M\"; every_months = "
				 "1; times = %d; "
				 "satisfied_by = \"submission\"; ladder = \"d\"; clause = "
				 "\"ours\"; roll = \"none\"; }",
				 i ? ",\n" : "", i, i < 2 ? PLAN_MAX / 2 : 1);
		buf_adds(&text, " );\n");
		enum fault fault = programme_file_parse(buf_str(&text), text.len, "x.conf",
							&programme, &problem);
		assert_int_equal(fault, extra ? FAULT_INVALID : FAULT_NONE);
		if (extra)
			assert_non_null(strstr(problem.detail, "up to 129 obligations"));
		programme_free(programme);
		buf_clear(&text);
	}
}

static void test_files_that_are_none(void **state)
{
	(void)state;
	struct programme *programme = NULL;
	struct programme **list = NULL;
	size_t n = 0;
	struct problem problem;
	assert_int_equal(programme_file_load(SOURCE "/no/such.conf", &programme, &problem),
			 FAULT_NOT_FOUND);
	assert_non_null(strstr(problem.detail, "/no/such.conf"));
	assert_int_equal(programme_file_load(SOURCE, &programme, &problem), FAULT_IO);
	assert_int_equal(programme_file_load("/dev/zero", &programme, &problem), FAULT_IO);
	assert_int_equal(programme_dir_load(SOURCE "/no/such", &list, &n, &problem),
			 FAULT_NOT_FOUND);
	char *large = malloc(CFG_TOO_LARGE);
	memset(large, ' ', CFG_TOO_LARGE);
	assert_int_equal(programme_file_parse(large, CFG_TOO_LARGE, "x", &programme, &problem),
			 FAULT_TOO_LARGE);
	free(large);
	static const char nul[] = "id = \"p\";\n\0";
	assert_int_equal(programme_file_parse(nul, sizeof(nul) - 1, "x", &programme, &problem),
			 FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "x:2: the line holds a NUL byte"));
}

/* ---- folders ---- */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *file = fopen(path, "wb");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void remove_files(const char *dir, const char *const *names)
{
	char path[512];
	for (; *names; names++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, *names);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void test_twins(void **state)
{
	(void)state;
	static const char *const names[] = { "b.conf", "a.conf", ".hidden.conf", "note.txt", NULL };
	char dir[] = "/tmp/jiebang-programmes-XXXXXX";
	struct programme **list = NULL;
	size_t n = 7;
	struct problem problem;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(programme_dir_load(dir, &list, &n, &problem), FAULT_NONE);
	assert_int_equal(n, 0);
	programme_list_free(list, n);
	write_file(dir, "b.conf", BASE);
	write_file(dir, ".hidden.conf", "broken");
	write_file(dir, "note.txt", "broken");
	write_file(dir, "a.conf", BASE "note = \"a\";\n");
	assert_int_equal(programme_dir_load(dir, &list, &n, &problem), FAULT_INVALID);
	assert_non_null(
		strstr(problem.detail, "/b.conf: id: \"p\" is also the programme of a.conf"));
	write_file(dir, "a.conf", "id = ;");
	assert_int_equal(programme_dir_load(dir, &list, &n, &problem), FAULT_INVALID);
	assert_non_null(strstr(problem.detail, "/a.conf:1: syntax error"));
	remove_files(dir, names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_2023_numbers),
		cmocka_unit_test(test_2023_rules),
		cmocka_unit_test(test_2023_plan),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_2025_is_incomplete),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_plan_max),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_twins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
