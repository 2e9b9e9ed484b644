/*
 * What a robot is told: bodies to the octet, with keyword and those who are called; and texts of every length, which come
 * out whole, in parts that fit, cut at the ends of rows.
 */
#include "jiebang/robot.h"

#include "jiebang/fault.h"
#include "jiebang/json.h"
#include "jiebang/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct endpoint_options options_of(const char *text)
{
	struct endpoint_options options;
	assert_int_equal(endpoint_options_read(text, strlen(text), &options, NULL), FAULT_NONE);
	return options;
}

static const struct body_case {
	enum endpoint_format format;
	const char *options, *text, *body;
} bodies[] = {
	{ FORMAT_WECOM, "{}", "一\n\"二\"",
	  "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"一\\n\\\"二\\\"\"}}" },
	{ FORMAT_DINGTALK, "{}", "一\n\"二\"",
	  "{\"msgtype\":\"markdown\",\"markdown\":{\"text\":\"一  "
	  "\\n\\\"二\\\"\",\"title\":\"一\"},"
	  "\"at\":{\"atMobiles\":[],\"atUserIds\":[],\"isAtAll\":false}}" },
	{ FORMAT_FEISHU, "{}", "一\n\"二\"",
	  "{\"msg_type\":\"text\",\"content\":{\"text\":\"一\\n\\\"二\\\"\"}}" },
	{ FORMAT_WECOM, "{\"plain_text\":true}", "一",
	  "{\"msgtype\":\"text\",\"text\":{\"content\":\"一\"}}" },
	{ FORMAT_DINGTALK, "{\"plain_text\":true}", "一\n二",
	  "{\"msgtype\":\"text\",\"text\":{\"content\":\"一\\n二\"},\"at\":{\"atMobiles\":[],"
	  "\"atUserIds\":[],\"isAtAll\":false}}" },
	/* nobody is called by a name of a shortlist */
	{ FORMAT_FEISHU, "{}", "<at user_id=\"all\"></at>",
	  "{\"msg_type\":\"text\",\"content\":{\"text\":\"＜at user_id=\\\"all\\\">＜/at>\"}}" },
	/* the keyword: only if it is not there */
	{ FORMAT_WECOM, "{\"keyword\":\"揭榜\"}", "一",
	  "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"【揭榜】\\n一\"}}" },
	{ FORMAT_WECOM, "{\"keyword\":\"揭榜\"}", "揭榜挂帅",
	  "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"揭榜挂帅\"}}" },
	/* mentions */
	{ FORMAT_WECOM, "{\"mentions\":\"zhang,li\"}", "一",
	  "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"一\\n<@zhang><@li>\"}}" },
	{ FORMAT_WECOM, "{\"mentions\":\"zhang,13800001111,all\"}", "一",
	  "{\"msgtype\":\"text\",\"text\":{\"content\":\"一\",\"mentioned_list\":[\"zhang\",\"@"
	  "all\"],"
	  "\"mentioned_mobile_list\":[\"13800001111\"]}}" },
	{ FORMAT_DINGTALK, "{\"mentions\":\"zhang,13800001111\"}", "一",
	  "{\"msgtype\":\"markdown\",\"markdown\":{\"text\":\"一  \\n@zhang @13800001111 "
	  "\",\"title\":"
	  "\"一\"},\"at\":{\"atMobiles\":[\"13800001111\"],\"atUserIds\":[\"zhang\"],\"isAtAll\":"
	  "false}}" },
	{ FORMAT_DINGTALK, "{\"mentions\":\"all\",\"plain_text\":true}", "一",
	  "{\"msgtype\":\"text\",\"text\":{\"content\":\"一\\n\"},\"at\":{\"atMobiles\":[],"
	  "\"atUserIds\":[],\"isAtAll\":true}}" },
	{ FORMAT_FEISHU, "{\"mentions\":\"ou_1,all\"}", "一",
	  "{\"msg_type\":\"text\",\"content\":{\"text\":\"一\\n<at user_id=\\\"ou_1\\\"></at><at "
	  "user_id=\\\"all\\\"></at>\"}}" },
	{ FORMAT_WECOM, "{}", "", "{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"\"}}" },
};

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		struct robot_parts parts;
		struct endpoint_options options = options_of(bodies[i].options);
		robot_write(bodies[i].format, &options, bodies[i].text, &parts);
		assert_int_equal(parts.n, 1);
		assert_string_equal(buf_str(&parts.bodies[0]), bodies[i].body);
		robot_parts_clear(&parts);
	}
}

/* ---- parts ---- */

static const char *const styles[] = {
	"{}",
	"{\"plain_text\":true}",
	"{\"keyword\":\"揭榜\",\"mentions\":\"zhang,all\"}",
	"{\"language\":\"en\",\"mentions\":\"13800001111,zhang\"}",
	"{\"mentions\":\"zhang,li\",\"keyword\":\"逾期提醒\"}",
};

/* The limits of DOMAIN.md, written down once more: octets of the text, or of the body. */
static size_t taken_of(enum endpoint_format format, const char *content, const struct buf *body)
{
	return format == FORMAT_WECOM ? strlen(content) : body->len;
}

static size_t limit_of(enum endpoint_format format, const struct jr_value *root)
{
	if (format == FORMAT_WECOM)
		return strcmp(jr_string(jr_member(root, "msgtype")), "text") == 0 ? 2048 : 4096;
	return format == FORMAT_DINGTALK ? 20000 : 20480 - 85; /* a signature is still to come */
}

static const char *content_of(const struct jr_value *root)
{
	static const char *const ways[][2] = { { "markdown", "content" },
					       { "markdown", "text" },
					       { "text", "content" },
					       { "content", "text" } };
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		const char *found = jr_string(jr_member(jr_member(root, ways[i][0]), ways[i][1]));
		if (found)
			return found;
	}
	fail_msg("no text in the body");
	return "";
}

/* Every row of the text stands in a part, in order: rows are told apart by their numbers. */
static int find_rows(const char *content, int next, int n_rows)
{
	char row[32];
	for (; next < n_rows; next++) {
		(void)snprintf(row, sizeof(row), "#%d#", next);
		const char *found = strstr(content, row);
		if (!found)
			break;
		content = found;
	}
	return next;
}

static int check_part(enum endpoint_format format, const struct robot_parts *parts, size_t i,
		      int next, int n_rows)
{
	struct jr_doc *doc;
	char number[2][32];
	const struct buf *body = &parts->bodies[i];
	assert_int_equal(jr_read(body->data, body->len, &doc, NULL), FAULT_NONE);
	const struct jr_value *root = jr_root(doc);
	const char *content = content_of(root);
	assert_true(text_utf8_valid(content, strlen(content)));
	assert_null(strstr(content, "\xEF\xBF\xBD"));
	assert_in_range(taken_of(format, content, body), 1, limit_of(format, root));
	(void)snprintf(number[0], sizeof(number[0]), "第 %zu/%zu 条", i + 1, parts->n);
	(void)snprintf(number[1], sizeof(number[1]), "Part %zu of %zu", i + 1, parts->n);
	bool numbered =
		strstr(content, number[0]) == content || strstr(content, number[1]) == content;
	assert_int_equal(numbered, parts->n > 1);
	next = find_rows(content, next, n_rows);
	jr_free(doc);
	return next;
}

/* Rows of a length that changes, so that the ends of parts fall everywhere. */
static void write_rows(struct buf *text, int n_rows)
{
	buf_reset(text);
	for (int i = 0; i < n_rows; i++) {
		buf_addf(text, "%s#%d#", i ? "\n" : "", i);
		for (int j = 0; j < i % 37; j++)
			buf_adds(text, j % 3 == 0 ? "期" : j % 3 == 1 ? "\"" : "<");
	}
}

static size_t check_text(enum endpoint_format format, const struct endpoint_options *options,
			 const struct buf *text, int n_rows)
{
	struct robot_parts parts;
	int next = 0;
	robot_write(format, options, buf_str(text), &parts);
	for (size_t i = 0; i < parts.n; i++)
		next = check_part(format, &parts, i, next, n_rows);
	size_t n = parts.n;
	assert_true(next == n_rows || n == ROBOT_PARTS_MAX);
	robot_parts_clear(&parts);
	return n;
}

static void test_parts(void **state)
{
	struct buf text = BUF_EMPTY;
	(void)state;
	for (int format = FORMAT_WECOM; format <= FORMAT_FEISHU; format++) {
		size_t most = 0;
		for (size_t i = 0; i < COUNT_OF(styles); i++) {
			struct endpoint_options options = options_of(styles[i]);
			for (int n_rows = 1; n_rows < 1200; n_rows += n_rows < 60 ? 1 : 97) {
				write_rows(&text, n_rows);
				size_t n = check_text((enum endpoint_format)format, &options, &text,
						      n_rows);
				most = n > most ? n : most;
			}
		}
		assert_true(most > 1);
	}
	buf_clear(&text);
}

/* 4096 octets fit, with a character of three octets at the very end; one more, and there are two. */
static void test_the_very_limit(void **state)
{
	struct buf text = BUF_EMPTY;
	struct robot_parts parts;
	struct endpoint_options options = options_of("{}");
	(void)state;
	buf_adds(&text, "a\n");
	while (text.len < 4093)
		buf_addc(&text, 'b');
	buf_adds(&text, "期");
	assert_int_equal(text.len, 4096);
	for (size_t n = 1; n <= 2; n++) {
		robot_write(FORMAT_WECOM, &options, buf_str(&text), &parts);
		if (n == 1)
			assert_int_equal(parts.n, 1);
		else /* the first row alone, and the second, which is too long for one, in two */
			assert_int_equal(parts.n, 3);
		robot_parts_clear(&parts);
		buf_addc(&text, 'c');
	}
	buf_clear(&text);
}

static void test_one_long_row(void **state)
{
	struct buf text = BUF_EMPTY;
	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_adds(&text, "期");
	for (int format = FORMAT_WECOM; format <= FORMAT_FEISHU; format++)
		for (size_t i = 0; i < COUNT_OF(styles); i++) {
			struct endpoint_options options = options_of(styles[i]);
			assert_in_range(
				check_text((enum endpoint_format)format, &options, &text, 0), 3,
				ROBOT_PARTS_MAX);
		}
	buf_clear(&text);
}

static void test_more_than_anybody_reads(void **state)
{
	struct buf text = BUF_EMPTY;
	struct robot_parts parts;
	struct endpoint_options options = options_of("{}");
	(void)state;
	write_rows(&text, 9000);
	robot_write(FORMAT_WECOM, &options, buf_str(&text), &parts);
	assert_int_equal(parts.n, ROBOT_PARTS_MAX);
	int next = 0;
	for (size_t i = 0; i < parts.n; i++)
		next = check_part(FORMAT_WECOM, &parts, i, next, 9000);
	char said[64];
	(void)snprintf(said, sizeof(said), "\\n……另有 %d 行未列出\"}}", 9000 - next);
	assert_non_null(strstr(buf_str(&parts.bodies[ROBOT_PARTS_MAX - 1]), said));
	robot_parts_clear(&parts);
	buf_clear(&text);
}

static void test_a_title_ends_at_a_character(void **state)
{
	struct buf text = BUF_EMPTY;
	struct robot_parts parts;
	struct jr_doc *doc;
	struct endpoint_options options = options_of("{}");
	(void)state;
	buf_adds(&text, "ab");
	for (int i = 0; i < 50; i++)
		buf_adds(&text, "期");
	robot_write(FORMAT_DINGTALK, &options, buf_str(&text), &parts);
	assert_int_equal(jr_read(parts.bodies[0].data, parts.bodies[0].len, &doc, NULL),
			 FAULT_NONE);
	const char *title = jr_string(jr_member(jr_member(jr_root(doc), "markdown"), "title"));
	assert_int_equal(strlen(title), 2 + 39 * 3);
	jr_free(doc);
	robot_parts_clear(&parts);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_the_very_limit),
		cmocka_unit_test(test_one_long_row),
		cmocka_unit_test(test_more_than_anybody_reads),
		cmocka_unit_test(test_a_title_ends_at_a_character),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
