/*
 * Checking what was filed against its form. Each type has one judge that says yes or no; what the field takes is told
 * by form_limit, the same words that the form shows to whoever fills it in, so that no mistake needs a text of its own.
 */
#include "jiebang/form.h"

#include "jiebang/civil.h"
#include "jiebang/text.h"

#include <string.h>

#define GIVEN_BYTES   96
#define POINTER_BYTES 256
#define AMOUNT_MAX    1e11 /* what a double still holds to four decimals */

/* The walk through one content. */
struct check {
	struct jw errors;
	size_t n;
	char first[sizeof(((struct problem *)0)->pointer)]; /* where the first mistake is */
	struct buf pointer;                                 /* where we are */
};

/* ---- telling ---- */

/* What was given, short enough to be told; a text by its length where that is what is wrong. */
static void given_write(const struct jr_value *value, const struct form_field *field,
			struct buf *out)
{
	char cut[GIVEN_BYTES];
	const char *text = value ? jr_string(value) : NULL;
	struct buf whole = BUF_EMPTY;
	if (!value || jr_type(value) == JR_NULL) {
		buf_adds(out, "nothing");
		return;
	}
	size_t chars = text ? text_chars(text) : 0;
	if (field && form_type_has_chars(field->type) && chars > (size_t)field->max_chars) {
		buf_addf(out, "%zu characters", chars);
		return;
	}
	if (field && (field->type == FORM_TEXTS || field->type == FORM_ROWS) &&
	    jr_type(value) == JR_ARRAY) {
		buf_addf(out, "%zu entries", jr_count(value));
		return;
	}
	jr_write(value, &whole);
	bool complete = text_copy(cut, sizeof(cut), buf_str(&whole));
	buf_adds(out, cut);
	if (!complete)
		buf_adds(out, "…");
	buf_clear(&whole);
}

static void write_words(struct jw *jw, const char *key, const struct buf *zh, const struct buf *en)
{
	jw_key(jw, key);
	jw_object(jw);
	jw_kv_str(jw, "zh", buf_str(zh));
	jw_kv_str(jw, "en", buf_str(en));
	jw_object_end(jw);
}

struct words {
	struct buf zh, en;
};

static void words_clear(struct words *words)
{
	buf_clear(&words->zh);
	buf_clear(&words->en);
}

/* One mistake: `limit` is what would be right, `text` the sentence. Both are taken and cleared. */
static void tell(struct check *check, const char *field, struct words *limit, const char *given,
		 struct words *text)
{
	struct jw *jw = &check->errors;
	if (check->n == 0)
		(void)text_copy(check->first, sizeof(check->first), buf_str(&check->pointer));
	if (check->n++ < FORM_ERRORS_LISTED) {
		jw_object(jw);
		jw_kv_str(jw, "pointer", buf_str(&check->pointer));
		jw_kv_str(jw, "field", field);
		write_words(jw, "limit", &limit->zh, &limit->en);
		jw_kv_str(jw, "given", given);
		jw_kv_str(jw, "detail", buf_str(&text->en));
		jw_kv_str(jw, "detail_zh", buf_str(&text->zh));
		jw_object_end(jw);
	}
	words_clear(limit);
	words_clear(text);
}

static void tell_field(struct check *check, const struct form_field *field,
		       const struct jr_value *value)
{
	struct words limit = { BUF_EMPTY, BUF_EMPTY }, text = { BUF_EMPTY, BUF_EMPTY };
	struct buf given = BUF_EMPTY;
	form_limit(field, "zh", &limit.zh);
	form_limit(field, "en", &limit.en);
	given_write(value, field, &given);
	bool nothing = !value || jr_type(value) == JR_NULL;
	const char *required = nothing ? "required, " : "";
	buf_addf(&text.en, "%s: %s%s wanted, %s given", field->id, required, buf_str(&limit.en),
		 buf_str(&given));
	buf_addf(&text.zh, "%s（%s）：%s应为%s，收到的是 %s", field->name_zh, field->id,
		 nothing ? "必填，" : "", buf_str(&limit.zh), nothing ? "空" : buf_str(&given));
	tell(check, field->id, &limit, buf_str(&given), &text);
	buf_clear(&given);
}

static void tell_unknown(struct check *check, const struct form_field *fields, size_t n,
			 const char *key, const struct jr_value *value)
{
	const char *known[FORM_FIELDS_MAX + 1] = { NULL };
	struct words limit = { BUF_EMPTY, BUF_EMPTY }, text = { BUF_EMPTY, BUF_EMPTY };
	struct buf given = BUF_EMPTY;
	char name[64];
	for (size_t i = 0; i < n && i < FORM_FIELDS_MAX; i++)
		known[i] = fields[i].id;
	const char *near = text_suggest(key, known);
	(void)text_copy(name, sizeof(name), key);
	given_write(value, NULL, &given);
	buf_adds(&limit.en, "a field of the form");
	buf_adds(&limit.zh, "表中的字段");
	buf_addf(&text.en, "%s: the form has no such field%s%s%s", name,
		 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	buf_addf(&text.zh, "%s：表中没有此字段%s%s%s", name, near ? "，是否指 " : "",
		 near ? near : "", near ? "？" : "");
	tell(check, name, &limit, buf_str(&given), &text);
	buf_clear(&given);
}

/* ---- the place ---- */

/* Appends "/name", escaped as RFC 6901 wants it. Returns where the pointer ended, for leave(). */
static size_t enter(struct check *check, const char *name)
{
	size_t was = check->pointer.len;
	buf_addc(&check->pointer, '/');
	for (; *name && check->pointer.len < POINTER_BYTES; name++) {
		if (*name == '~')
			buf_adds(&check->pointer, "~0");
		else if (*name == '/')
			buf_adds(&check->pointer, "~1");
		else
			buf_addc(&check->pointer, *name);
	}
	return was;
}

static size_t enter_index(struct check *check, size_t i)
{
	size_t was = check->pointer.len;
	buf_addf(&check->pointer, "/%zu", i);
	return was;
}

static void leave(struct check *check, size_t was)
{
	check->pointer.len = was;
	check->pointer.data[was] = '\0';
}

/* ---- the judges ---- */

static bool in_bounds(const struct form_field *field, double number)
{
	return (!field->has_min || number >= field->min) &&
	       (!field->has_max || number <= field->max);
}

static bool judge_text(const struct form_field *field, const struct jr_value *value)
{
	const char *text = jr_string(value);
	return text && text_chars(text) <= (size_t)field->max_chars;
}

static bool judge_integer(const struct form_field *field, const struct jr_value *value)
{
	int64_t number;
	return jr_integer(value, &number) && in_bounds(field, (double)number);
}

static bool judge_number(const struct form_field *field, const struct jr_value *value)
{
	double number;
	return jr_number(value, &number) && in_bounds(field, number);
}

/* Amounts are counted, not measured: what is finer than a yuan is a slip of the pen. */
static bool judge_money(const struct form_field *field, const struct jr_value *value)
{
	double number;
	if (!jr_number(value, &number) || !in_bounds(field, number) || number > AMOUNT_MAX ||
	    number < -AMOUNT_MAX)
		return false;
	double finest = number * 10000.0; /* FORM_MONEY_DECIMALS */
	double rest = finest - (double)(int64_t)(finest + (finest < 0 ? -0.5 : 0.5));
	return rest < 1e-3 && rest > -1e-3;
}

static bool judge_date(const struct form_field *field, const struct jr_value *value)
{
	int32_t day;
	const char *text = jr_string(value);
	(void)field;
	return text && civil_parse(text, &day);
}

static bool judge_choice(const struct form_field *field, const struct jr_value *value)
{
	const char *text = jr_string(value);
	for (size_t i = 0; text && i < field->n_choices; i++)
		if (strcmp(field->choices[i].id, text) == 0)
			return true;
	return false;
}

static bool judge_boolean(const struct form_field *field, const struct jr_value *value)
{
	(void)field;
	return jr_type(value) == JR_BOOL;
}

/* A list by its length; what stands in it is looked at afterwards, one by one. */
static bool judge_list(const struct form_field *field, const struct jr_value *value)
{
	return jr_type(value) == JR_ARRAY && in_bounds(field, (double)jr_count(value)) &&
	       jr_count(value) <= FORM_ENTRIES_MAX;
}

static bool (*const judges[FORM_TYPE_COUNT])(const struct form_field *field,
					     const struct jr_value *value) = {
	[FORM_TEXT] = judge_text,      [FORM_INTEGER] = judge_integer,
	[FORM_DECIMAL] = judge_number, [FORM_PERCENT] = judge_number,
	[FORM_MONEY] = judge_money,    [FORM_DATE] = judge_date,
	[FORM_CHOICE] = judge_choice,  [FORM_BOOLEAN] = judge_boolean,
	[FORM_TEXTS] = judge_list,     [FORM_ROWS] = judge_list,
};

static bool is_blank(const struct jr_value *value)
{
	const char *text = jr_string(value);
	size_t len = text ? strlen(text) : 0;
	if (text)
		(void)text_trim(text, &len);
	return text && len == 0;
}

/* Nothing was said: absent, null, or for a required field only blanks, a skeleton's list of them among others. */
static bool is_nothing(const struct form_field *field, const struct jr_value *value)
{
	if (!value || jr_type(value) == JR_NULL)
		return true;
	if (!field->required || jr_type(value) != JR_ARRAY)
		return field->required && is_blank(value);
	size_t i = 0;
	while (i < jr_count(value) && is_blank(jr_item(value, i)))
		i++;
	return i == jr_count(value);
}

/* ---- the walk ---- */

static void check_object(struct check *check, const struct form_field *fields, size_t n,
			 const struct jr_value *object);

static void check_entry(struct check *check, const struct form_field *field,
			const struct jr_value *entry)
{
	if ((field->type == FORM_TEXTS && !judge_text(field, entry)) ||
	    (field->type == FORM_ROWS && jr_type(entry) != JR_OBJECT))
		tell_field(check, field, entry);
	else if (field->type == FORM_ROWS)
		check_object(check, field->columns, field->n_columns, entry);
}

static void check_field(struct check *check, const struct form_field *field,
			const struct jr_value *value)
{
	bool list = field->type == FORM_TEXTS || field->type == FORM_ROWS;
	if (is_nothing(field, value)) {
		if (field->required)
			tell_field(check, field, NULL);
		return;
	}
	if (!judges[field->type](field, value)) {
		tell_field(check, field, value);
		return;
	}
	for (size_t i = 0; list && i < jr_count(value); i++) {
		size_t was = enter_index(check, i);
		check_entry(check, field, jr_item(value, i));
		leave(check, was);
	}
}

static const struct form_field *find(const struct form_field *fields, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].id, id) == 0)
			return &fields[i];
	return NULL;
}

const struct form_field *form_field(const struct form *form, const char *id)
{
	return find(form->fields, form->n_fields, id);
}

/* The walk is bounded by the form: members beyond those that can be told are only counted. */
static void check_unknown(struct check *check, const struct form_field *fields, size_t n,
			  const struct jr_value *object)
{
	const char *key;
	const struct jr_value *value;
	size_t unknown = jr_count(object), told = 0;
	for (size_t i = 0; i < n; i++)
		unknown -= jr_member(object, fields[i].id) ? 1 : 0;
	for (size_t i = 0;
	     told < unknown && told < FORM_ERRORS_LISTED && (value = jr_member_at(object, i, &key));
	     i++) {
		if (find(fields, n, key))
			continue;
		size_t was = enter(check, key);
		tell_unknown(check, fields, n, key, value);
		leave(check, was);
		told++;
	}
	check->n += unknown - told;
}

static void check_object(struct check *check, const struct form_field *fields, size_t n,
			 const struct jr_value *object)
{
	for (size_t i = 0; i < n; i++) {
		size_t was = enter(check, fields[i].id);
		check_field(check, &fields[i], jr_member(object, fields[i].id));
		leave(check, was);
	}
	if (object)
		check_unknown(check, fields, n, object);
}

enum fault form_check(const struct form *form, const struct jr_value *content, struct buf *errors,
		      struct problem *problem)
{
	struct check check = { .pointer = BUF_EMPTY };
	if (!content && form->optional)
		return FAULT_NONE;
	if (content && jr_type(content) != JR_OBJECT)
		return problem_set(problem, FAULT_UNPROCESSED, "content must be a JSON object");
	jw_init(&check.errors, errors);
	jw_object(&check.errors);
	jw_key(&check.errors, "errors");
	jw_array(&check.errors);
	buf_adds(&check.pointer, "/content");
	check_object(&check, form->fields, form->n_fields, content);
	jw_array_end(&check.errors);
	jw_kv_int(&check.errors, "error_count", (int64_t)check.n);
	jw_object_end(&check.errors);
	buf_clear(&check.pointer);
	if (check.n == 0) {
		buf_reset(errors);
		return FAULT_NONE;
	}
	enum fault fault = problem_set(problem, FAULT_UNPROCESSED,
				       "the content does not fit the form %s: mistakes: %zu, the "
				       "first one at %s",
				       form->id, check.n, check.first);
	if (problem)
		(void)text_copy(problem->pointer, sizeof(problem->pointer), check.first);
	return fault;
}
