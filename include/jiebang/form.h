/*
 * Forms: what a report must hold, as a programme's file says. A form is frozen as JSON with the rule version that an
 * obligation was planned by, and what is filed is checked against that one, whole: every mistake at once, each with
 * the field's JSON pointer, its limit and what was given. Pure.
 */
#ifndef JIEBANG_FORM_H
#define JIEBANG_FORM_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"
#include "jiebang/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum form_type {
	FORM_TEXT = 0,
	FORM_INTEGER,
	FORM_DECIMAL,
	FORM_PERCENT, /* a number from 0 to 100, unless min and max say otherwise */
	FORM_MONEY,   /* a number in `unit`, at most FORM_MONEY_DECIMALS after the point */
	FORM_DATE,
	FORM_CHOICE,
	FORM_BOOLEAN,
	FORM_TEXTS, /* a list of texts; min and max count its entries */
	FORM_ROWS,  /* a list of objects, whose members are the columns; min and max count them */
	FORM_TYPE_COUNT
};

#define FORM_FIELDS_MAX        64
#define FORM_ENTRIES_MAX       200 /* of a list that says no max */
#define FORM_MAX_CHARS_DEFAULT 2000
#define FORM_MONEY_DECIMALS    4 /* of 万元: one yuan */
#define FORM_ERRORS_LISTED     50

const char *form_type_name(enum form_type type); /* "percent" */
bool form_type_parse(const char *s, enum form_type *type);
/* Whether min and max mean something, and whether max_chars does. */
bool form_type_counts(enum form_type type);
bool form_type_has_chars(enum form_type type);

struct form_choice {
	char *id;
	char *name_zh;
	char *name_en;
};

struct form_field {
	char *id; /* the member's name in the content */
	char *name_zh;
	char *name_en; /* "" when absent */
	enum form_type type;
	char *unit; /* "万元"; "" when absent */
	bool required;
	bool has_min, has_max;
	double min, max;
	int max_chars; /* of a text, or of each of a list; counted in characters, not bytes */
	struct form_choice *choices;
	size_t n_choices;
	struct form_field *columns; /* of FORM_ROWS; none of them is FORM_ROWS */
	size_t n_columns;
};

struct form {
	char *id;
	char *name_zh;
	char *name_en;
	bool optional; /* a filing may come without content, for instance with a receipt of the official system alone */
	struct form_field *fields;
	size_t n_fields;
};

void form_fields_free(struct form_field *fields, size_t n);
/* The content of the struct, not the struct. */
void form_clear(struct form *form);
/* Content and struct; NULL is fine. */
void form_free(struct form *form);
/* NULL if there is none. */
const struct form_field *form_field(const struct form *form, const char *id);

/* As JSON: what is frozen, and what is shown. With `limits` each field also tells its limit as {"zh","en"}. */
void form_write(const struct form *form, bool limits, struct buf *out);
/* Heap; FAULT_INVALID if it is no form. */
MUST_CHECK enum fault form_read(const char *text, size_t len, struct form **out,
				struct problem *problem);
/* An empty content to fill in: {"stage_goals_planned":[""],"percent_complete":null,…}. */
void form_skeleton(const struct form *form, struct buf *out);
/* What a field takes, in words: "a number from 0 to 100", "0 到 100 的数". lang: "zh" or "en". */
void form_limit(const struct form_field *field, const char *lang, struct buf *out);

/*
 * Checks a content, which must be an object (NULL: there is none). FAULT_NONE, or FAULT_UNPROCESSED with the first
 * mistake's place in `problem` and all of them in `errors` as {"errors":[{"pointer","field","limit":{zh,en},"given",
 * "detail","detail_zh"}],"error_count"}; at most FORM_ERRORS_LISTED are listed, all are counted.
 */
MUST_CHECK enum fault form_check(const struct form *form, const struct jr_value *content,
				 struct buf *errors, struct problem *problem);

#endif
