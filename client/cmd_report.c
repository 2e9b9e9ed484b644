/*
 * Reports: the form to fill in, filing one, and what was filed. The content is
 * judged by the server; here it is only put together, so that a field's type is asked of the form and never guessed.
 */
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jiebang/text.h"
#include "jiebang/wire.h"
#include "out.h"

#define FIELD_ID_BYTES 64

static const struct column submission_columns[] = {
	{ "id", { "ID", "提交" }, CELL_TEXT, 0 },
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "version", { "VERSION", "版本" }, CELL_COUNT, COL_RIGHT },
	{ "filed_at", { "FILED", "提交时间" }, CELL_INSTANT, 0 },
	{ "late", { "LATE", "迟交" }, CELL_WORD, 0 },
	{ "author", { "AUTHOR", "提交人" }, CELL_TEXT, 0 },
	{ "receipt", { "RECEIPT", "回执号" }, CELL_TEXT, 0 },
	{ "summary", { "SUMMARY", "摘要" }, CELL_TEXT, COL_TRUNC },
	{ "content", { "CONTENT", "内容" }, CELL_TEXT, COL_ONCE },
	{ .path = NULL },
};

const struct table table_submission = { "id", submission_columns, NULL };

static const struct column field_columns[] = {
	{ "id", { "FIELD", "字段" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "required", { "REQUIRED", "必填" }, CELL_WORD, 0 },
	{ "limit", { "TAKES", "填写要求" }, CELL_NAME, COL_TRUNC },
	{ .path = NULL },
};

static const struct table table_field = { "id", field_columns, NULL };

static const struct section form_sections[] = {
	{ "form.fields", { "fields", "字段" }, &table_field },
	{ .path = NULL },
};

static const struct column form_columns[] = {
	{ "obligation", { "OBLIGATION", "义务事项" }, CELL_TEXT, 0 },
	{ "name", { "NAME", "名称" }, CELL_NAME, 0 },
	{ "rule", { "RULE", "规则" }, CELL_TEXT, 0 },
	{ "version", { "RULE VERSION", "规则版本" }, CELL_COUNT, 0 },
	{ "form.id", { "FORM", "表单" }, CELL_TEXT, 0 },
	{ "form.optional", { "CONTENT OPTIONAL", "内容可省略" }, CELL_WORD, 0 },
	{ .path = NULL },
};

const struct table table_form = { "obligation", form_columns, form_sections };

/* ---- the form ---- */

int ask_of_obligation(struct client *client, const char *obligation, const char *what,
		      struct jr_doc **doc)
{
	struct buf target = BUF_EMPTY;
	int code;

	buf_adds(&target, "/v1/obligations/");
	call_encode(&target, obligation);
	buf_adds(&target, what);
	code = ask_get(client, buf_str(&target), doc);
	buf_clear(&target);
	return code;
}

static void print_skeleton(const struct jr_value *form)
{
	const struct jr_value *skeleton = write_at(form, "skeleton");
	struct buf text = BUF_EMPTY;

	if (skeleton != NULL)
		write_json_pretty(&text, skeleton);
	else
		buf_adds(&text, "{}");
	out_line(buf_str(&text));
	buf_clear(&text);
}

int cmd_report_form(struct client *client, const struct invocation *invocation)
{
	struct jr_doc *doc = NULL;
	int code =
		ask_of_obligation(client, option_value(invocation, "--obligation"), "/form", &doc);

	if (code != CODE_OK || doc == NULL)
		return code;
	if (option_value(invocation, "--skeleton") != NULL) {
		print_skeleton(jr_root(doc));
	} else {
		show_document(client, &table_form, doc);
		if (client->writer->is_text && write_at(jr_root(doc), "form") == NULL) {
			out_line(say_text(TEXT_NO_FORM));
		} else if (client->writer->is_text) {
			out_str("\n");
			out_line(say_text(TEXT_SKELETON));
			print_skeleton(jr_root(doc));
		}
	}
	jr_free(doc);
	return code;
}

/* ---- the content ---- */

/* Reads at most one byte more than a body may have, so that too much is noticed. */
static int read_file(const char *path, struct buf *out)
{
	char piece[8192];
	int fd = open_input(path);
	ssize_t n = -1;

	if (fd < 0)
		return CODE_USAGE;
	do {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			buf_add(out, piece, (size_t)n);
	} while ((n > 0 && out->len <= WIRE_BODY_MAX_BYTES) || (n < 0 && errno == EINTR));
	if (n < 0)
		say(TEXT_NO_FILE, path, strerror(errno));
	if (fd != STDIN_FILENO)
		close(fd);
	return n < 0 ? CODE_USAGE : CODE_OK;
}

static int too_large(const char *path)
{
	char limit[16];

	(void)snprintf(limit, sizeof(limit), "%d", WIRE_BODY_MAX_BYTES);
	say(TEXT_FILE_TOO_LARGE, path, limit);
	return CODE_USAGE;
}

/* The content is checked here as well: a slip is told with the file's name, before anything is sent. */
int read_json_file(const char *path, struct jr_doc **doc)
{
	struct buf text = BUF_EMPTY;
	struct problem problem;
	int code = read_file(path, &text);

	if (code == CODE_OK && text.len > WIRE_BODY_MAX_BYTES)
		code = too_large(path);
	if (code == CODE_OK && jr_read(buf_str(&text), text.len, doc, &problem) != FAULT_NONE) {
		say(TEXT_CONTENT_BROKEN, path, problem.detail);
		code = CODE_USAGE;
	}
	if (code == CODE_OK && jr_type(jr_root(*doc)) != JR_OBJECT) {
		say(TEXT_CONTENT_NOT_OBJECT, path);
		code = CODE_USAGE;
	}
	buf_clear(&text);
	return code;
}

/* ---- --field id=value ---- */

/* The id before '='; false if there is none. */
static bool field_id(const char *word, char id[FIELD_ID_BYTES])
{
	size_t len = strcspn(word, "=");

	return word[len] == '=' && len > 0 && text_copy_n(id, FIELD_ID_BYTES, word, len);
}

static const char *field_type(const struct jr_value *form, const char *id)
{
	const struct jr_value *fields = write_at(form, "form.fields");

	for (size_t i = 0; fields != NULL && i < jr_count(fields); i++)
		if (strcmp(write_string_at(jr_item(fields, i), "id"), id) == 0)
			return write_string_at(jr_item(fields, i), "type");
	return "text";
}

static void add_json_string(struct buf *out, const char *text)
{
	struct buf quoted = BUF_EMPTY;
	struct jw json;

	jw_init(&json, &quoted);
	jw_str(&json, text);
	buf_add(out, quoted.data, quoted.len);
	buf_clear(&quoted);
}

static const char *truth_of(const char *value)
{
	static const struct {
		const char *word, *json;
	} words[] = {
		{ "true", "true" },   { "yes", "true" }, { "是", "true" },
		{ "false", "false" }, { "no", "false" }, { "否", "false" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, value) == 0)
			return words[i].json;
	return NULL;
}

/* Whether the text is JSON of that type as it stands. */
static bool is_json(const char *value, bool number)
{
	struct buf wrapped = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	bool good;

	buf_addf(&wrapped, "[%s]", value);
	good = jr_read(buf_str(&wrapped), wrapped.len, &doc, NULL) == FAULT_NONE &&
	       jr_count(jr_root(doc)) == 1;
	if (good) {
		enum jr_type type = jr_type(jr_item(jr_root(doc), 0));
		good = number ? type == JR_INTEGER || type == JR_REAL : type == JR_ARRAY;
	}
	jr_free(doc);
	buf_clear(&wrapped);
	return good;
}

/* As the form's type wants it; what does not fit goes as the text it is, and the server says what is wrong with it. */
static void add_value(struct buf *out, const char *type, const char *value)
{
	static const char *const numbers[] = { "integer", "decimal", "percent", "money" };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(type, numbers[i]) == 0 && is_json(value, true)) {
			buf_adds(out, value);
			return;
		}
	if (strcmp(type, "boolean") == 0 && truth_of(value) != NULL)
		buf_adds(out, truth_of(value));
	else if (strcmp(type, "rows") == 0 && is_json(value, false))
		buf_adds(out, value);
	else
		add_json_string(out, value);
}

static bool is_list(const char *type)
{
	return strcmp(type, "texts") == 0;
}

/* All values of one field: a list takes each, any other the one that there is. */
static void add_values(struct buf *out, const struct invocation *invocation, const char *id,
		       const char *type)
{
	bool first = true;

	if (is_list(type))
		buf_addc(out, '[');
	for (size_t i = 0; i < invocation->n_many; i++) {
		const char *word = invocation->many[i];
		size_t len = strcspn(word, "=");

		if (strlen(id) != len || strncmp(word, id, len) != 0)
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		add_value(out, type, word + len + 1);
	}
	if (is_list(type))
		buf_addc(out, ']');
}

/* The first --field of this id. */
static size_t first_of(const struct invocation *invocation, const char *id)
{
	char other[FIELD_ID_BYTES];
	size_t i = 0;

	while (i < invocation->n_many &&
	       !(field_id(invocation->many[i], other) && strcmp(other, id) == 0))
		i++;
	return i;
}

static int check_fields(const struct invocation *invocation, const struct jr_value *form)
{
	char id[FIELD_ID_BYTES];

	for (size_t i = 0; i < invocation->n_many; i++) {
		if (!field_id(invocation->many[i], id)) {
			say(TEXT_BAD_VALUE, "--field", invocation->many[i],
			    say_text(TEXT_EXPECT_FIELD));
			return CODE_USAGE;
		}
		if (first_of(invocation, id) != i && !is_list(field_type(form, id))) {
			say(TEXT_FIELD_TWICE, id);
			return CODE_USAGE;
		}
	}
	return CODE_OK;
}

static void add_member(struct buf *out, const char *key)
{
	if (out->len > 1)
		buf_addc(out, ',');
	add_json_string(out, key);
	buf_addc(out, ':');
}

/* What the file says, with the fields of the command line in the place of its own. */
static void merge_content(struct buf *out, const struct invocation *invocation,
			  const struct jr_doc *file, const struct jr_value *form)
{
	const struct jr_value *value;
	char id[FIELD_ID_BYTES];
	const char *key;

	buf_addc(out, '{');
	for (size_t i = 0; file != NULL && (value = jr_member_at(jr_root(file), i, &key)); i++) {
		if (first_of(invocation, key) < invocation->n_many)
			continue;
		add_member(out, key);
		jr_write(value, out);
	}
	for (size_t i = 0; i < invocation->n_many; i++) {
		if (!field_id(invocation->many[i], id) || first_of(invocation, id) != i)
			continue;
		add_member(out, id);
		add_values(out, invocation, id, field_type(form, id));
	}
	buf_addc(out, '}');
}

/* ---- filing ---- */

static int put_content(struct client *client, const struct invocation *invocation, struct buf *out)
{
	const char *path = option_value(invocation, "--file");
	struct jr_doc *file = NULL, *form = NULL;
	int code = path != NULL ? read_json_file(path, &file) : CODE_OK;

	if (code == CODE_OK && invocation->n_many > 0)
		code = ask_of_obligation(client, option_value(invocation, "--obligation"), "/form",
					 &form);
	if (code == CODE_OK && form != NULL)
		code = check_fields(invocation, jr_root(form));
	if (code == CODE_OK && form != NULL)
		merge_content(out, invocation, file, jr_root(form));
	else if (code == CODE_OK && file != NULL)
		jr_write(jr_root(file), out);
	jr_free(file);
	jr_free(form);
	return code;
}

static void report_body(struct buf *body, const struct invocation *invocation,
			const struct buf *content)
{
	struct jw json;

	jw_init(&json, body);
	jw_object(&json);
	command_members(&json, invocation);
	if (content->len > 0) {
		jw_key(&json, "content");
		jw_raw(&json, content->data, content->len);
	}
	jw_object_end(&json);
}

static int send_report(struct client *client, const struct invocation *invocation,
		       const struct buf *body)
{
	struct buf target = BUF_EMPTY;
	struct jr_doc *doc = NULL;
	int code;

	command_target(&target, invocation);
	code = ask_post(client, buf_str(&target), buf_str(body), &doc);
	if (code == CODE_OK)
		show_document(client, invocation->command->table, doc);
	jr_free(doc);
	buf_clear(&target);
	return code;
}

int cmd_report_submit(struct client *client, const struct invocation *invocation)
{
	const char *path = option_value(invocation, "--file");
	struct buf content = BUF_EMPTY, body = BUF_EMPTY;
	int code = put_content(client, invocation, &content);

	if (code == CODE_OK) {
		report_body(&body, invocation, &content);
		if (body.len > WIRE_BODY_MAX_BYTES)
			code = too_large(path != NULL ? path : "--summary");
	}
	if (code == CODE_OK)
		code = send_report(client, invocation, &body);
	buf_clear(&content);
	buf_clear(&body);
	return code;
}
