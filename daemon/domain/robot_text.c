/*
 * What a robot is told. A message's text is rows; in front of them may stand the part's number and the keyword that the
 * group wants to see, and behind those of the first part whoever is to be called. First it is found where the parts
 * begin, with room kept for all that; then each is written, so that no part is ever measured twice.
 *
 * Names come from shortlists, and a "<" in one would call people or colour the text: it is shown full-width.
 */
#include "jiebang/robot.h"

#include "jiebang/fault.h"
#include "jiebang/json.h"

#include <string.h>

#define TITLE_BYTES     120
#define NUMBERED_BYTES  64  /* the part's number, and how many rows are left out */
#define SIGNATURE_BYTES 128 /* Feishu's, in the body */

struct telling;
typedef void write_fn(const struct telling *telling, const struct buf *text, struct jw *jw);

static const struct dialect {
	const char *newline;
	size_t max_bytes;
	bool whole_body; /* counted with JSON and all; else only the text */
	write_fn *write;
} dialects[FORMAT_COUNT][2];

struct telling {
	enum endpoint_format format;
	const struct dialect *dialect;
	const struct endpoint_options *options;
	bool english;
	bool calls; /* this part calls those who are to be called */
	char title[TITLE_BYTES + 1];
};

/* ---- whom it calls ---- */

struct called {
	const char *name;
	size_t len;
};

static bool next_called(const char **at, struct called *out)
{
	if (!**at)
		return false;
	*out = (struct called){ *at, strcspn(*at, ",") };
	*at += out->len + ((*at)[out->len] == ',');
	return true;
}

static bool is_all(const struct called *called)
{
	return called->len == 3 && memcmp(called->name, "all", 3) == 0;
}

static bool is_mobile(const struct called *called)
{
	return called->len == 11 && strspn(called->name, "0123456789") >= called->len;
}

/* WeCom's markdown can call neither everybody nor a telephone number: its text can. */
static bool needs_text(const char *mentions)
{
	struct called called;
	while (next_called(&mentions, &called))
		if (is_all(&called) || is_mobile(&called))
			return true;
	return false;
}

enum who { WHO_NAME, WHO_MOBILE };

/* The names of one sort, as an array. */
static void write_called(const struct telling *telling, const char *key, enum who who,
			 struct jw *jw)
{
	const char *at = telling->calls ? telling->options->mentions : "";
	struct called called;
	jw_key(jw, key);
	jw_array(jw);
	while (next_called(&at, &called)) {
		if (is_mobile(&called) != (who == WHO_MOBILE))
			continue;
		if (!is_all(&called))
			jw_str_n(jw, called.name, called.len);
		else if (telling->format == FORMAT_WECOM)
			jw_str(jw, "@all");
	}
	jw_array_end(jw);
}

static void add_call(const struct telling *telling, const struct called *called, struct buf *out)
{
	if (telling->format == FORMAT_FEISHU) {
		buf_adds(out, "<at user_id=\"");
		buf_add(out, called->name, called->len);
		buf_adds(out, "\"></at>");
	} else if (telling->format == FORMAT_WECOM) {
		buf_adds(out, "<@");
		buf_add(out, called->name, called->len);
		buf_addc(out, '>');
	} else if (!is_all(called)) {
		buf_addc(out, '@');
		buf_add(out, called->name, called->len);
		buf_addc(out, ' ');
	}
}

/* Those who are called by what stands in the text. WeCom's text has a list for them instead. */
static void add_calls(const struct telling *telling, struct buf *out)
{
	const char *at = telling->options->mentions;
	struct called called;
	bool listed = telling->dialect == &dialects[FORMAT_WECOM][1];
	if (!at[0] || !telling->calls || listed)
		return;
	buf_adds(out, telling->dialect->newline);
	while (next_called(&at, &called))
		add_call(telling, &called, out);
}

/* ---- bodies ---- */

static void write_content(const char *kind_key, const char *kind, const char *text_key,
			  const struct buf *text, struct jw *jw)
{
	jw_kv_str(jw, kind_key, kind);
	jw_key(jw, strcmp(kind_key, "msg_type") == 0 ? "content" : kind);
	jw_object(jw);
	jw_key(jw, text_key);
	jw_str_n(jw, text->data, text->len);
}

static void write_wecom(const struct telling *telling, const struct buf *text, struct jw *jw)
{
	(void)telling;
	write_content("msgtype", "markdown", "content", text, jw);
	jw_object_end(jw);
}

static void write_wecom_text(const struct telling *telling, const struct buf *text, struct jw *jw)
{
	write_content("msgtype", "text", "content", text, jw);
	if (telling->options->mentions[0]) {
		write_called(telling, "mentioned_list", WHO_NAME, jw);
		write_called(telling, "mentioned_mobile_list", WHO_MOBILE, jw);
	}
	jw_object_end(jw);
}

static void write_at(const struct telling *telling, struct jw *jw)
{
	const char *at = telling->calls ? telling->options->mentions : "";
	struct called called;
	bool all = false;
	jw_key(jw, "at");
	jw_object(jw);
	write_called(telling, "atMobiles", WHO_MOBILE, jw);
	write_called(telling, "atUserIds", WHO_NAME, jw);
	while (next_called(&at, &called))
		all |= is_all(&called);
	jw_kv_bool(jw, "isAtAll", all);
	jw_object_end(jw);
}

static void write_dingtalk(const struct telling *telling, const struct buf *text, struct jw *jw)
{
	write_content("msgtype", "markdown", "text", text, jw);
	jw_kv_str(jw, "title", telling->title);
	jw_object_end(jw);
	write_at(telling, jw);
}

static void write_dingtalk_text(const struct telling *telling, const struct buf *text,
				struct jw *jw)
{
	write_content("msgtype", "text", "content", text, jw);
	jw_object_end(jw);
	write_at(telling, jw);
}

static void write_feishu(const struct telling *telling, const struct buf *text, struct jw *jw)
{
	(void)telling;
	write_content("msg_type", "text", "text", text, jw);
	jw_object_end(jw);
}

/* Markdown, and plain text. DingTalk's markdown ends a row where two blanks stand before the LF. */
static const struct dialect dialects[FORMAT_COUNT][2] = {
	[FORMAT_WECOM] = { { "\n", 4096, false, write_wecom },
			   { "\n", 2048, false, write_wecom_text } },
	[FORMAT_DINGTALK] = { { "  \n", 20000, true, write_dingtalk },
			      { "\n", 20000, true, write_dingtalk_text } },
	[FORMAT_FEISHU] = { { "\n", 20480 - SIGNATURE_BYTES, true, write_feishu },
			    { "\n", 20480 - SIGNATURE_BYTES, true, write_feishu } },
};

static void write_body(const struct telling *telling, const struct buf *text, struct buf *out)
{
	struct jw jw;
	jw_init(&jw, out);
	jw_object(&jw);
	telling->dialect->write(telling, text, &jw);
	jw_object_end(&jw);
}

/* ---- how much fits ---- */

/* Octets that one takes, at most. */
static size_t cost_of(const struct telling *telling, char c)
{
	if (c == '<')
		return 3;
	if (!telling->dialect->whole_body)
		return 1;
	if (c == '"' || c == '\\' || c == '\n')
		return 2;
	return (unsigned char)c < 0x20 || c == 0x7f ? 6 : 1;
}

static size_t cost(const struct telling *telling, const char *s, size_t len)
{
	size_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += cost_of(telling, s[i]);
	return sum;
}

static size_t cost_text(const struct telling *telling, const char *s)
{
	return cost(telling, s, strlen(s));
}

/* What is left for rows beside all that may stand around them. */
static size_t room_for_rows(const struct telling *telling, bool numbered)
{
	struct buf nothing = BUF_EMPTY;
	struct telling most = *telling;
	struct buf around = BUF_EMPTY;
	size_t taken = numbered ? NUMBERED_BYTES : 0;
	const char *keyword = telling->options->keyword;
	most.calls = true;
	add_calls(&most, &around);
	taken += cost_text(telling, buf_str(&around));
	if (keyword[0])
		taken += cost_text(telling, "【】") + cost_text(telling, keyword) +
			 cost_text(telling, telling->dialect->newline);
	buf_reset(&around);
	write_body(&most, &nothing, &around);
	if (telling->dialect->whole_body)
		taken += around.len;
	buf_clear(&around);
	INVARIANT(taken + NUMBERED_BYTES < telling->dialect->max_bytes);
	return telling->dialect->max_bytes - taken;
}

/* An octet that goes on with a character of UTF-8. */
static bool goes_on(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* A row that is too long by itself ends at a character. */
static size_t cut_row(const struct telling *telling, const char *text, size_t room)
{
	size_t at = 0, used = 0;
	while (text[at]) {
		size_t next = at + 1;
		while (goes_on(text[next]))
			next++;
		used += cost(telling, text + at, next - at);
		if (used > room)
			break;
		at = next;
	}
	return at;
}

/* Where the next part begins. */
static size_t cut(const struct telling *telling, const char *text, size_t room)
{
	size_t at = 0, used = 0, newline = cost_text(telling, telling->dialect->newline);
	while (text[at]) {
		size_t row = strcspn(text + at, "\n");
		used += cost(telling, text + at, row) + (at > 0 ? newline : 0);
		if (used > room)
			break;
		at += row + (text[at + row] == '\n');
	}
	return at > 0 ? at : cut_row(telling, text, room);
}

/* ---- the parts ---- */

struct cuts {
	size_t begin[ROBOT_PARTS_MAX + 1]; /* of each part, and of what is left out */
	size_t n;
};

static void find_cuts(const struct telling *telling, const char *text, bool numbered,
		      struct cuts *out)
{
	size_t room = room_for_rows(telling, numbered);
	size_t at = 0;
	out->n = 0;
	out->begin[0] = 0;
	do {
		at += cut(telling, text + at, room);
		out->begin[++out->n] = at;
	} while (text[at] && out->n < ROBOT_PARTS_MAX);
}

static void add_rows(const struct telling *telling, const char *text, size_t len, struct buf *out)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			buf_adds(out, telling->dialect->newline);
		else if (text[i] == '<')
			buf_adds(out, "＜");
		else
			buf_addc(out, text[i]);
	}
}

static void add_left_out(const struct telling *telling, const char *rest, struct buf *out)
{
	int rows = 1;
	for (size_t i = 0; rest[i]; i++)
		rows += rest[i] == '\n' && rest[i + 1];
	buf_adds(out, telling->dialect->newline);
	if (telling->english)
		buf_addf(out, "… %d more rows", rows);
	else
		buf_addf(out, "……另有 %d 行未列出", rows);
}

static void add_number(const struct telling *telling, size_t i, size_t n, struct buf *out)
{
	if (telling->english)
		buf_addf(out, "Part %zu of %zu", i, n);
	else
		buf_addf(out, "第 %zu/%zu 条", i, n);
	buf_adds(out, telling->dialect->newline);
}

static void add_part(struct telling *telling, const char *text, const struct cuts *cuts, size_t i,
		     struct robot_parts *out)
{
	struct buf rows = BUF_EMPTY, words = BUF_EMPTY;
	const char *newline = telling->dialect->newline, *keyword = telling->options->keyword;
	telling->calls = i == 0;
	add_rows(telling, text + cuts->begin[i], cuts->begin[i + 1] - cuts->begin[i], &rows);
	if (cuts->n > 1)
		add_number(telling, i + 1, cuts->n, &words);
	if (keyword[0] && !strstr(buf_str(&rows), keyword))
		buf_addf(&words, "【%s】%s", keyword, newline);
	buf_adds(&words, buf_str(&rows));
	if (i + 1 == cuts->n && text[cuts->begin[cuts->n]])
		add_left_out(telling, text + cuts->begin[cuts->n], &words);
	add_calls(telling, &words);
	write_body(telling, &words, &out->bodies[i]);
	buf_clear(&rows);
	buf_clear(&words);
}

static void take_title(struct telling *telling, const char *text)
{
	size_t len = strcspn(text, "\n");
	if (len > TITLE_BYTES)
		for (len = TITLE_BYTES; len > 0 && goes_on(text[len]);)
			len--;
	memcpy(telling->title, text, len);
	telling->title[len] = '\0';
}

void robot_write(enum endpoint_format format, const struct endpoint_options *options,
		 const char *text, struct robot_parts *out)
{
	struct telling telling = { .format = format, .options = options };
	struct cuts cuts;
	bool plain =
		options->plain_text || (format == FORMAT_WECOM && needs_text(options->mentions));
	telling.dialect = &dialects[format][plain];
	telling.english = strcmp(options->language, "en") == 0;
	take_title(&telling, text);
	find_cuts(&telling, text, false, &cuts);
	if (cuts.n > 1)
		find_cuts(&telling, text, true, &cuts);
	*out = (struct robot_parts){ .n = cuts.n };
	for (size_t i = 0; i < cuts.n; i++)
		add_part(&telling, text, &cuts, i, out);
}

void robot_parts_clear(struct robot_parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		buf_clear(&parts->bodies[i]);
	parts->n = 0;
}
