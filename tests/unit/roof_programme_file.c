/*
 * Programme files: the shipped ones against the notice's data, what each way of writing becomes, and folders of them.
 * Mistakes are in roof_programme_mistakes.c.
 */
#include "programme_file.h"

#include "cfg.h"
#include "jiebang/buf.h"
#include "jiebang/civil.h"
#include "jiebang/digest.h"
#include "roof_programme_text.h"

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

static void read_whole(const char *name, struct buf *out)
{
	struct buf path = BUF_EMPTY;
	int c;
	buf_addf(&path, SOURCE "%s", name);
	FILE *file = fopen(buf_str(&path), "rb");
	assert_non_null(file);
	while ((c = fgetc(file)) != EOF)
		buf_addc(out, (char)c);
	(void)fclose(file);
	buf_clear(&path);
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
	assert_int_equal(ladder->days_off, DAYS_OFF_BEFORE);
	assert_int_equal(ladder->jitter_s, 0);
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
		{ "2024-02-29", "2026-02-28", "2026-02-28" }, /* a Saturday, made a working day */
	};
	struct programme *p = shipped("conf/programmes/future-2023.conf");
	struct buf csv = BUF_EMPTY;
	struct calendar *calendar = NULL;
	struct problem problem;
	read_whole("/conf/calendars/cn.csv", &csv);
	assert_int_equal(calendar_read_csv(csv.data, csv.len, "cn.csv", &calendar, &problem),
			 FAULT_NONE);
	buf_clear(&csv);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct planned planned[PLAN_MAX];
		int32_t anchor;
		char due[CIVIL_DATE_BYTES];
		assert_true(civil_parse(rows[i].anchor, &anchor));
		assert_int_equal(programme_plan(p, calendar, anchor, planned), 6);
		assert_string_equal(p->plan[planned[3].rule].id, "progress");
		assert_int_equal(planned[3].n, 4);
		civil_write(planned[3].due_on, due);
		assert_string_equal(due, rows[i].last_report);
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
	read_whole("/conf/programmes/future-2025.conf", &text);
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

/* ---- texts ---- */

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

/* The words of the file are those that the rest of the program writes. */
static void test_words(void **state)
{
	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct buf text = BUF_EMPTY;
		buf_addf(&text,
			 BASE "obligations = ( { id = \"r\"; kind = \"%s\"; zh = \"M\"; at_months "
			      "= [ 6 ]; "
			      "roll = \"%s\"; satisfied_by = \"%s\"; ladder = \"d\"; clause = "
			      "\"ours\"; } );\n"
			      "winner_cap = { level = \"%s\"; limit = 3; };\n",
			 obligation_kind_name((enum obligation_kind)kind),
			 roll_name((enum roll)(kind % 3)),
			 satisfied_by_name((enum satisfied_by)(kind % 2)),
			 cap_level_name((enum cap_level)(1 + kind % 3)));
		struct programme *p = parsed(buf_str(&text));
		assert_int_equal(p->plan[0].kind, kind);
		assert_int_equal(p->plan[0].roll, kind % 3);
		assert_int_equal(p->plan[0].satisfied_by, kind % 2);
		assert_int_equal(p->winner_cap.level, 1 + kind % 3);
		programme_free(p);
		buf_clear(&text);
	}
}

/* Monthly by the 25th, in a programme whose window is not known: nothing can be published, so nothing is too much. */
static void test_a_plan_without_a_window(void **state)
{
	(void)state;
	static const char text[] =
		INCOMPLETE RULE("every_year_on = [ \"01-25\", \"02-25\", \"03-25\", \"04-25\", "
				"\"05-25\", \"06-25\", \"07-25\", \"08-25\", \"09-25\", "
				"\"10-25\", \"11-25\", \"12-25\" ]; roll = \"none\";");
	struct programme *programme = NULL;
	struct problem problem;
	if (programme_file_parse(text, strlen(text), "p.conf", &programme, &problem) != FAULT_NONE)
		fail_msg("%s", problem.detail);
	assert_int_equal(programme->plan[0].n_every_year_on, 12);
	programme_free(programme);
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
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_plan_max),
		cmocka_unit_test(test_a_plan_without_a_window),
		cmocka_unit_test(test_files_that_are_none),
		cmocka_unit_test(test_twins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
