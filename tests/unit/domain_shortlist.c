/*
 * The shortlist reader: everything it says is written into one transcript, so that a test is an input and the exact
 * transcript, and so that "splitting the input changes nothing" is one comparison.
 */
#include "jiebang/shortlist.h"

#include "jiebang/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA JIEBANG_SOURCE_DIR "/tests/data/"

struct said {
	struct buf text;
	size_t rows;
	size_t errors;
	enum fault fault;
	struct problem problem;
};

static void on_row(void *arg, const struct shortlist_row *row)
{
	struct said *said = arg;
	said->rows++;
	buf_addf(&said->text, "%zu:", row->line);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_addf(&said->text, "|%s", i == COLUMN_PARTNERS ? "" : row->cell[i]);
	for (size_t i = 0; i < row->n_partners; i++)
		buf_addf(&said->text, "+%s", row->partner[i]);
	buf_addc(&said->text, '\n');
}

static void on_error(void *arg, const struct shortlist_error *error)
{
	struct said *said = arg;
	said->errors++;
	buf_addf(&said->text, "%zu! %s %s: %s\n", error->line,
		 error->column == COLUMN_COUNT ? "row" : shortlist_column_name(error->column),
		 error->rule, error->detail);
}

/* Feeds pieces of the lengths that `next` gives. */
static void hear(struct said *said, const char *data, size_t len, size_t (*next)(size_t at),
		 size_t first)
{
	struct shortlist_sink sink = { on_row, on_error, said };
	struct shortlist *list = shortlist_new(&sink);
	memset(said, 0, sizeof(*said));
	for (size_t at = 0; at < len && said->fault == FAULT_NONE;) {
		size_t n = next ? next(at) : at == 0 && first ? first : len - at;
		n = n > len - at ? len - at : n;
		/* Of the piece's exact size, so that the sanitizer sees a read past it. */
		char *piece = malloc(n);
		memcpy(piece, data + at, n);
		said->fault = shortlist_feed(list, piece, n, &said->problem);
		free(piece);
		at += n;
	}
	if (said->fault == FAULT_NONE)
		said->fault = shortlist_finish(list, &said->problem);
	if (said->fault != FAULT_NONE)
		buf_addf(&said->text, "fault %s %s %s\n", fault_name(said->fault),
			 said->problem.rule, said->problem.detail);
	shortlist_free(list);
}

static char *slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	char *data = malloc(1 << 20);
	*len = fread(data, 1, 1 << 20, file);
	assert_true(*len > 0 && *len < 1 << 20);
	(void)fclose(file);
	return data;
}

/* ---- exact transcripts ---- */

#define HEAD "任务,项目名称,牵头单位\n"

static const struct given {
	const char *what;
	const char *input;
	size_t len; /* 0: strlen */
	const char *expect;
} table[] = {
	{ "the three required columns", HEAD "智能芯片,P,L\n", 0, "2:|||智能芯片|P|L||||\n" },
	{ "no line end at the end", HEAD "t,p,l", 0, "2:|||t|p|l||||\n" },
	{ "CR LF", "任务,项目名称,牵头单位\r\nt,p,l\r\nu,q,m\r\n", 0,
	  "2:|||t|p|l||||\n3:|||u|q|m||||\n" },
	{ "CR alone", "任务,项目名称,牵头单位\rt,p,l\ru,q,m\r", 0,
	  "2:|||t|p|l||||\n3:|||u|q|m||||\n" },
	{ "a CR inside quotes is a line as well", HEAD "t,p,\"l\r\"\nu,q,m\n", 0,
	  "2:|||t|p|l||||\n4:|||u|q|m||||\n" },
	{ "byte order mark", "\xef\xbb\xbf" HEAD "t,p,l\n", 0, "2:|||t|p|l||||\n" },
	{ "byte order mark before a quoted header",
	  "\xef\xbb\xbf\"任务\",\"项目名称\",\"牵头单位\"\nt,p,l\n", 0, "2:|||t|p|l||||\n" },
	{ "identifiers, any case and order", "LEAD,task,Project,class\nl,t,p,potential\n", 0,
	  "2:|||t|p|l||||potential\n" },
	{ "every official name",
	  "序号,揭榜方向,细分领域,项目名称,申报单位（牵头单位）,联合体单位,推荐单位,所属地区,"
	  "名单类别\n"
	  "1,d,t,p,l,a；b、c;d,r,g,c\n",
	  0, "2:|1|d|t|p|l||r|g|c+a+b+c+d\n" },
	{ "spellings of a header",
	  "\"揭榜\n任务\", 项 目 名 称 *,申报单位(牵头单位),联合单位（不超过4家）,　地区　,备注\n"
	  "t,p,l,,g,note\n",
	  0, "3:|||t|p|l|||g|\n" },
	{ "partners: blanks between, line breaks, none",
	  "task,project,lead,partners\nt,p,l,\" a ;; b\nc、\"\nt,p,l,无\nt,p,l,/\nt,p,l,——\n", 0,
	  "2:|||t|p|l||||+a+b+c\n4:|||t|p|l||||\n5:|||t|p|l||||\n6:|||t|p|l||||\n" },
	{ "quoted cells with commas, quotes, breaks; the line is where the row begins",
	  HEAD "\"a,b\",\"say \"\"x\"\"\",\"one\ntwo\"\n\nt,p,l\n", 0,
	  "2:|||a,b|say \"x\"|one two||||\n5:|||t|p|l||||\n" },
	{ "white space around, also U+3000", HEAD " t ,　p　,\"  l \"\n", 0, "2:|||t|p|l||||\n" },
	{ "tabs and line breaks inside cells",
	  "task,project,lead,partners\nt,\"a\tb \r\nc\",l,\"x\ty\"\n", 0,
	  "2:|||t|a b c|l||||+x y\n" },
	{ "blank rows and a spreadsheet's empty tail",
	  "task,project,lead,,\n,,,,\nt,p,l,,\n,,,,\n   \n", 0, "3:|||t|p|l||||\n" },
	{ "title lines", "附件1\n2023年入围揭榜单位名单,,\n\n（公示稿）\n" HEAD "t,p,l\n", 0,
	  "6:|||t|p|l||||\n" },
	{ "a fourth title line is a header that is not understood", "a\nb\nc\nd\n" HEAD "t,p,l\n",
	  0,
	  "4! row header: unknown column \"d\"; known: "
	  "序号、揭榜方向、细分领域、项目名称、申报单位、联合体单位、推荐单位、所属地区、名单类别\n"
	  "4! row header: the column 细分领域 is missing\n"
	  "4! row header: the column 项目名称 is missing\n"
	  "4! row header: the column 申报单位 is missing\n"
	  "fault invalid header line 4: the header is not understood: unknown column d\n" },
	{ "unknown column with a suggestion", "taks,project,lead\nt,p,l\n", 0,
	  "1! row header: unknown column \"taks\", did you mean task?; known: "
	  "序号、揭榜方向、细分领域、项目名称、申报单位、联合体单位、推荐单位、所属地区、名单类别\n"
	  "1! row header: the column 细分领域 is missing\n"
	  "fault invalid header line 1: the header is not understood: unknown column taks\n" },
	{ "a column twice under two names", "任务,细分领域,项目名称,牵头单位\nt,t,p,l\n", 0,
	  "1! row header: the column 细分领域 stands twice, as \"细分领域\" too\n"
	  "fault invalid header line 1: the header is not understood: the column 细分领域 "
	  "stands twice, as \"细分领域\" too\n" },
	{ "a remark that names another column", "任务,项目名称,牵头单位（联合体单位）\nt,p,l\n", 0,
	  "1! row header: unknown column \"牵头单位（联合体单位）\"; "
	  "known: "
	  "序号、揭榜方向、细分领域、项目名称、申报单位、联合体单位、推荐单位、所属地区、名单类别\n"
	  "1! row header: the column 申报单位 is missing\n"
	  "fault invalid header line 1: the header is not understood: unknown column "
	  "牵头单位（联合体单位）\n" },
	{ "a required column missing", "任务,项目名称\nt,p\n", 0,
	  "1! row header: the column 申报单位 is missing\n"
	  "fault invalid header line 1: the header is not understood: the column 申报单位 is "
	  "missing\n" },
	{ "tabs", "任务\t项目名称\t牵头单位\nt\tp\tl\n", 0,
	  "fault invalid header line 1: the header is not understood: the cells are separated by "
	  "tabs; save as comma-separated CSV\n" },
	{ "semicolons", "任务;项目名称;牵头单位\nt;p;l\n", 0,
	  "fault invalid header line 1: the header is not understood: the cells are separated by "
	  ";, save as comma-separated CSV\n" },
	{ "too few and too many cells; reading goes on", HEAD "t,p\nt,p,l,x\nt,p,l,\nt,p,l\n", 0,
	  "2! row columns: 2 cells, the header has 3\n"
	  "3! row columns: 4 cells, the header has 3\n"
	  "4:|||t|p|l||||\n5:|||t|p|l||||\n" },
	{ "a cell under a nameless column", "task,project,lead,\nt,p,l,x\n", 0,
	  "2! row columns: a cell under a column without a name\n" },
	{ "required cells empty: each one told", HEAD ",,l\n无,p,　\n", 0,
	  "2! 细分领域 required: 细分领域 is empty\n"
	  "2! 项目名称 required: 项目名称 is empty\n"
	  "3! 申报单位 required: 申报单位 is empty\n" },
	{ "NUL and other control bytes", HEAD "t\0t,p,l\nt,p,l\x1b[2J\n", 51,
	  "2! 细分领域 encoding: holds a NUL or another control character\n"
	  "3! 申报单位 encoding: holds a NUL or another control character\n" },
	{ "a quote inside a cell", HEAD "t,p,l\nt,say \"x\",l\nt,p,l\n", 0,
	  "2:|||t|p|l||||\n"
	  "fault invalid columns line 3: a quote stands inside a cell: quote the whole cell and "
	  "double the quotes in it\n" },
	{ "text after a closing quote", HEAD "t,\"p\"x,l\n", 0,
	  "fault invalid columns line 2: a quote stands inside a cell: quote the whole cell and "
	  "double the quotes in it\n" },
	{ "a quote never closed", HEAD "t,p,l\nt,p,\n t,\"p,l\nx\n\n", 0,
	  "2:|||t|p|l||||\n3! 申报单位 required: 申报单位 is empty\n"
	  "fault invalid columns line 4: the quoted cell that begins here is never closed\n" },
	{ "empty", "", 0, "fault invalid header line 1: the file is empty\n" },
	{ "only a byte order mark", "\xef\xbb\xbf", 0,
	  "fault invalid header line 1: the file is empty\n" },
	{ "only blank lines", "\n\n ,,\n", 0, "fault invalid header line 4: the file is empty\n" },
	{ "only a title", "附件1\n", 0, "fault invalid header line 2: only a title, no header\n" },
	{ "no rows", HEAD, 0, "fault invalid header line 2: no rows below the header\n" },
	{ "a workbook", "PK\x03\x04rest", 0,
	  "fault invalid encoding line 1, byte 1 of the file: an Excel workbook (.xlsx), not "
	  "CSV\n" },
	{ "UTF-16", "\xff\xfe\xfb\x4e", 0,
	  "fault invalid encoding line 1, byte 1 of the file: UTF-16 text\n" },
	{ "GBK", "task,project,lead\n\xd6\xc7\xc4\xdc,p,l\n", 0, "2:|||智能|p|l||||\n" },
	{ "a character of four bytes, beyond GBK", "task,project,lead\n\x90\x30\x81\x30,p,l\n", 0,
	  "2:|||\xf0\x90\x80\x80|p|l||||\n" },
	{ "GBK that happens to be UTF-8 of two-byte letters",
	  "task,project,lead\nt,p,\xc7\xa3\xcd\xb7\n", 0, "2:|||t|p|牵头||||\n" },
	{ "neither: UTF-8 that breaks off", "task,project,lead\nt,p,l\n智\xe6\x99,p,l\n", 0,
	  "2:|||t|p|l||||\nfault invalid encoding line 3, byte 29 of the file: neither UTF-8 nor "
	  "GB18030\n" },
	{ "the file ends inside a character", "\xef\xbb\xbf" HEAD "t,p,\xe6\x99", 0,
	  "fault invalid encoding line 2, byte 41 of the file: the file ends inside a "
	  "character\n" },
	{ "broken after a byte order mark", "\xef\xbb\xbf" HEAD "t,p,l\nt,\xff,l\n", 0,
	  "2:|||t|p|l||||\nfault invalid encoding line 3, byte 45 of the file: not UTF-8, as the "
	  "file was up to here\n" },
};

static size_t length_of(const struct given *given)
{
	return given->len ? given->len : strlen(given->input);
}

static void test_transcripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct said said;
		hear(&said, table[i].input, length_of(&table[i]), NULL, 0);
		if (strcmp(buf_str(&said.text), table[i].expect) != 0)
			fail_msg("%s:\n%s--- expected:\n%s", table[i].what, buf_str(&said.text),
				 table[i].expect);
		buf_clear(&said.text);
	}
}

static size_t one_byte(size_t at)
{
	(void)at;
	return 1;
}

/* Every place where the input can be cut in two, and byte by byte. */
static void test_splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t len = length_of(&table[i]);
		for (size_t first = 0; first <= len; first++) {
			struct said said;
			hear(&said, table[i].input, len, first ? NULL : one_byte, first);
			if (strcmp(buf_str(&said.text), table[i].expect) != 0)
				fail_msg("%s, cut at %zu:\n%s", table[i].what, first,
					 buf_str(&said.text));
			buf_clear(&said.text);
		}
	}
}

/* ---- files ---- */

static size_t uneven(size_t at)
{
	return 1 + (at * 2654435761U >> 7) % 97;
}

static void test_full_list(void **state)
{
	(void)state;
	static const char *const files[] = { "shortlist-2023.csv", "shortlist-2023-bom-crlf.csv",
					     "shortlist-2023-gb18030.csv" };
	size_t (*const cuts[])(size_t) = { NULL, one_byte, uneven };
	struct buf first = BUF_EMPTY;
	for (size_t i = 0; i < 9; i++) {
		struct said said;
		size_t len;
		char path[512];
		(void)snprintf(path, sizeof(path), DATA "%s", files[i / 3]);
		char *data = slurp(path, &len);
		hear(&said, data, len, cuts[i % 3], 0);
		assert_int_equal(said.fault, FAULT_NONE);
		assert_int_equal(said.rows, 260);
		assert_int_equal(said.errors, 0);
		if (i == 0)
			buf_adds(&first, buf_str(&said.text));
		assert_string_equal(buf_str(&said.text), buf_str(&first));
		free(data);
		buf_clear(&said.text);
	}
	assert_non_null(
		strstr(buf_str(&first), "261:|260|通用人工智能|面向信息安全领域的典型应用|"));
	assert_non_null(strstr(buf_str(&first), "+示例联合单位001-1+示例联合单位001-2"));
	buf_clear(&first);
}

static const struct file_case {
	const char *file;
	size_t rows;
	size_t errors;
	const char *holds; /* in the transcript */
} files[] = {
	{ "shortlist-titled.csv", 5, 0, "6:|1|元宇宙|基于Linux内核的XR操作系统|" },
	{ "shortlist-ids.csv", 5, 0, "|示例单位001||||potential\n" },
	{ "shortlist-bad-rows.csv", 1, 5,
	  "3! 项目名称 required: 项目名称 is empty\n"
	  "4! row columns: 7 cells, the header has 8\n"
	  "5! 项目名称 too_long: longer than 511 bytes: "
	  "\"长长长长长长长长长长长长长长长长长长长长长…\"\n"
	  "6! 申报单位 required: 申报单位 is empty\n"
	  "7! 联合体单位 partners: more than 32 partners\n" },
	{ "known-ai-2018.csv", 2, 0, "中国科学院长春光学精密机械与物理研究所" },
	{ "known-aimd-2021.csv", 2, 0, "BrainCo强脑科技" },
	{ "known-aimd-2025.csv", 1, 0, "+陆军军医大学第一附属医院+武汉大学中南医院" },
	{ "known-biomat-2022.csv", 6, 0, "稳健医疗" },
};

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct said said;
		size_t len;
		char path[512];
		(void)snprintf(path, sizeof(path), DATA "%s", files[i].file);
		char *data = slurp(path, &len);
		hear(&said, data, len, uneven, 0);
		if (said.fault != FAULT_NONE || said.rows != files[i].rows ||
		    said.errors != files[i].errors || !strstr(buf_str(&said.text), files[i].holds))
			fail_msg("%s:\n%s", files[i].file, buf_str(&said.text));
		free(data);
		buf_clear(&said.text);
	}
}

/* ---- sizes ---- */

/* A list of more than one window: `tail` decides whether the far end is still judged by what the window decided. */
static struct buf long_list(const char *cell, const char *tail)
{
	struct buf list = BUF_EMPTY;
	buf_adds(&list, "task,project,lead\n");
	while (list.len < 200 * 1024)
		buf_addf(&list, "t,p,%s\n", cell);
	buf_adds(&list, tail);
	return list;
}

static void test_past_the_window(void **state)
{
	(void)state;
	static const struct {
		const char *cell, *tail, *end;
	} cases[] = {
		{ "牵头", "t,p,\xd6\xc7\n", "not UTF-8, as the file was up to here\n" },
		{ "\xc7\xa3\xcd\xb7", "t,p,\xff\n", "not GB18030, as the file was up to here\n" },
		{ "\xc7\xa3\xcd\xb7", "t,p,\xd6\xc7\n", "|||t|p|智||||\n" },
		{ "ascii", "t,p,\xd6\xc7\n", "|||t|p|智||||\n" },
		{ "ascii", "t,p,智\n", "|||t|p|智||||\n" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf list = long_list(cases[i].cell, cases[i].tail);
		struct said whole, cut;
		hear(&whole, list.data, list.len, NULL, 0);
		hear(&cut, list.data, list.len, uneven, 0);
		const char *text = buf_str(&whole.text);
		size_t len = strlen(cases[i].end);
		assert_true(whole.text.len > len);
		assert_string_equal(text + whole.text.len - len, cases[i].end);
		assert_string_equal(buf_str(&cut.text), text);
		assert_true(whole.rows > 1000);
		buf_clear(&list);
		buf_clear(&whole.text);
		buf_clear(&cut.text);
	}
}

/* A missing quote must not take the rest of a large file into one cell. */
static void test_endless_cell(void **state)
{
	(void)state;
	struct buf list = BUF_EMPTY;
	buf_adds(&list, "task,project,lead\nt,p,l\nt,\"p,l\n");
	while (list.len < 300 * 1024)
		buf_adds(&list, "t,p,l\n");
	struct said said;
	hear(&said, list.data, list.len, uneven, 0);
	assert_string_equal(buf_str(&said.text),
			    "2:|||t|p|l||||\nfault invalid too_long line 3: the cell that begins "
			    "here has no end: a closing quote is missing\n");
	buf_clear(&said.text);
	buf_clear(&list);
}

static void test_wide_rows(void **state)
{
	(void)state;
	struct buf list = BUF_EMPTY;
	buf_adds(&list, "task,project,lead\nt,p,l");
	for (int i = 0; i < 200; i++)
		buf_adds(&list, ",");
	buf_adds(&list, "\nt,p,l");
	for (int i = 0; i < 200; i++)
		buf_adds(&list, ",x");
	struct said said;
	hear(&said, list.data, list.len, NULL, 0);
	assert_string_equal(buf_str(&said.text), "2:|||t|p|l||||\n3! row columns: 203 cells, the "
						 "header has 3\n");
	buf_clear(&said.text);
	hear(&said, list.data + 26, list.len - 26, NULL, 0);
	assert_int_equal(said.fault, FAULT_INVALID);
	buf_clear(&said.text);
	buf_clear(&list);
}

/* After a fault nothing more is read, and the same is said again. */
static void test_fault_stays(void **state)
{
	(void)state;
	struct said said = { .rows = 0 };
	struct shortlist_sink sink = { on_row, on_error, &said };
	struct shortlist *list = shortlist_new(&sink);
	struct problem problem, again;
	static const char bad[] = "task,project,lead\nt,\"p\"x,l\n";
	static const char good[] = "t,p,l\n";
	assert_int_equal(shortlist_feed(list, bad, sizeof(bad) - 1, &problem), FAULT_INVALID);
	assert_string_equal(problem.pointer, "line:2");
	assert_int_equal(shortlist_feed(list, good, sizeof(good) - 1, &again), FAULT_INVALID);
	assert_string_equal(again.detail, problem.detail);
	assert_int_equal(shortlist_finish(list, NULL), FAULT_INVALID);
	assert_int_equal(said.rows, 0);
	shortlist_free(list);
	shortlist_free(NULL);
	buf_clear(&said.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transcripts),     cmocka_unit_test(test_splits),
		cmocka_unit_test(test_full_list),       cmocka_unit_test(test_files),
		cmocka_unit_test(test_past_the_window), cmocka_unit_test(test_endless_cell),
		cmocka_unit_test(test_wide_rows),       cmocka_unit_test(test_fault_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
