/*
 * The texts that messages hold for people, as an operator may write them: one file a language, in it texts by name,
 * in them {variables} and sections ({?provisional}…{/provisional} when it is there, {!one}…{/one} when it is not).
 * No more logic than that. A file is compiled once to pieces; every mistake in it is told at once, with its line. Pure:
 * who reads files is at the roof.
 */
#ifndef JIEBANG_TEMPLATE_H
#define JIEBANG_TEMPLATE_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEMPLATE_FILE_MAX_BYTES (256 * 1024)
#define TEMPLATE_TEXT_MAX_BYTES 2000 /* of one text in the file */
#define TEMPLATE_SAID_MAX_BYTES 4000 /* of what it becomes; escaping at most doubles it */
#define TEMPLATE_NAME_BYTES     48

enum template_lang { TEMPLATE_ZH = 0, TEMPLATE_EN, TEMPLATE_LANGS };

/* What a text may speak of. The table in template_words.c has the names and says what each is. */
enum template_var {
	TEMPLATE_VAR_PROGRAMME = 0,
	TEMPLATE_VAR_PROGRAMME_ID,
	TEMPLATE_VAR_UNIT,
	TEMPLATE_VAR_LEAD,
	TEMPLATE_VAR_PROJECT,
	TEMPLATE_VAR_TASK,
	TEMPLATE_VAR_TASK_ID,
	TEMPLATE_VAR_RECOMMENDER,
	TEMPLATE_VAR_OBLIGATION,
	TEMPLATE_VAR_RULE,
	TEMPLATE_VAR_N,
	TEMPLATE_VAR_DUE,
	TEMPLATE_VAR_REVIEW_DUE,
	TEMPLATE_VAR_PROVISIONAL, /* a condition */
	TEMPLATE_VAR_MERGED,      /* a condition */
	TEMPLATE_VAR_WHEN,        /* another text */
	TEMPLATE_VAR_DAYS,
	TEMPLATE_VAR_ONE,  /* a condition: of the plural */
	TEMPLATE_VAR_WHAT, /* another text */
	TEMPLATE_VAR_TYPE,
	TEMPLATE_VAR_ITEMS,
	TEMPLATE_VAR_UNITS,
	TEMPLATE_VAR_OVERDUE,
	TEMPLATE_VAR_DUE_SOON,
	TEMPLATE_VAR_NOTICES,
	TEMPLATE_VAR_MORE,
	TEMPLATE_VAR_MESSAGE,
	TEMPLATE_VAR_AS_OF,      /* a date */
	TEMPLATE_VAR_AS_OF_TIME, /* hours and minutes */
	TEMPLATE_VAR_MISSED,
	TEMPLATE_VAR_STATES, /* weekly.state for each state that a unit is in */
	TEMPLATE_VAR_STATE,
	TEMPLATE_VAR_COUNT_OF,
	TEMPLATE_VAR_FIRST, /* a condition: of the states */
	TEMPLATE_VAR_UNITS_LATE,
	TEMPLATE_VAR_DUE_THIS_WEEK,
	TEMPLATE_VAR_DUE_NEXT_WEEK,
	TEMPLATE_VAR_REVIEW_RECOMMENDER,
	TEMPLATE_VAR_REVIEW_OFFICE,
	TEMPLATE_VAR_REVIEW_OVERDUE,
	TEMPLATE_VAR_DECISIONS,
	TEMPLATE_VAR_FILED,
	TEMPLATE_VAR_ACCEPTED,
	TEMPLATE_VAR_RETURNED,
	TEMPLATE_VAR_UNDELIVERED, /* a condition: an endpoint is disabled or failing, or messages were given up */
	TEMPLATE_VAR_DISABLED,
	TEMPLATE_VAR_FAILING,
	TEMPLATE_VAR_DEAD,
	TEMPLATE_VAR_LATE, /* a condition: rows follow */
	TEMPLATE_VAR_TURN, /* another text */
	TEMPLATE_VAR_COMMAND,
	TEMPLATE_VAR_ENDPOINT,
	TEMPLATE_VAR_OWNER,
	TEMPLATE_VAR_COUNT
};

/* A new text is a member here, a row in template_words.c, and a text in conf/templates/ in each language. */
enum template_text {
	TEMPLATE_NONE = 0,
	TEMPLATE_REMINDER_BEFORE,
	TEMPLATE_REMINDER_TODAY,
	TEMPLATE_REMINDER_OVERDUE,
	TEMPLATE_REVIEW_BEFORE,
	TEMPLATE_REVIEW_TODAY,
	TEMPLATE_REVIEW_OVERDUE,
	TEMPLATE_WHEN_BEFORE,
	TEMPLATE_WHEN_TODAY,
	TEMPLATE_WHEN_OVERDUE,
	TEMPLATE_DIGEST_HEAD,
	TEMPLATE_DIGEST_ROW,
	TEMPLATE_DIGEST_TAIL,
	TEMPLATE_WEEKLY_HEAD,
	TEMPLATE_WEEKLY_STATE,
	TEMPLATE_WEEKLY_ROW,
	TEMPLATE_WEEKLY_TAIL,
	TEMPLATE_TURN_UNIT,
	TEMPLATE_TURN_RECOMMENDER,
	TEMPLATE_TURN_OFFICE,
	TEMPLATE_TEST,
	TEMPLATE_NOTICE,
	TEMPLATE_NOTICE_OTHER, /* the first of those that say {what} has happened, by the message's type */
	TEMPLATE_OBLIGATION_RETURNED,
	TEMPLATE_OBLIGATION_RESCHEDULED,
	TEMPLATE_OBLIGATION_CLOSED,
	TEMPLATE_DECISION_OPENED,
	TEMPLATE_UNIT_WITHDRAWN,
	TEMPLATE_UNIT_TERMINATED,
	TEMPLATE_UNIT_REVOKED,
	TEMPLATE_UNIT_RESUMED,
	TEMPLATE_UNIT_CHANGED,
	TEMPLATE_UNIT_ACCEPTANCE_REQUESTED,
	TEMPLATE_UNIT_UNDER_EVALUATION,
	TEMPLATE_UNIT_PASSED,
	TEMPLATE_UNIT_NOT_PASSED,
	TEMPLATE_UNIT_WINNER,
	TEMPLATE_CALENDAR_MISSING,
	TEMPLATE_ENDPOINT_FAILING,
	TEMPLATE_ENDPOINT_DISABLED,
	TEMPLATE_ENDPOINT_RECOVERED,
	TEMPLATE_ENDPOINT_DISOWNED,
	TEMPLATE_TEXT_COUNT
};

/* ---- what there is ---- */

const char *template_lang_name(enum template_lang lang);
/* "reminder.before" */
const char *template_text_name(enum template_text text);
/* When it is said, in the language. */
const char *template_text_help(enum template_text text, enum template_lang lang);
/* How long it may be in the file: TEMPLATE_TEXT_MAX_BYTES, or less for what stands around the rows of a list. */
size_t template_text_max_bytes(enum template_text text);
/* TEMPLATE_NONE if no text is called so. */
enum template_text template_text_parse(const char *name);
/* The text that says what a notice of this type tells: TEMPLATE_NOTICE_OTHER if there is none of its own. */
enum template_text template_text_of_notice(const char *type);
/* Whether the text stands in the place of {what}. */
bool template_text_is_happening(enum template_text text);
/* The nearest name, or NULL. */
const char *template_text_suggest(const char *name);
const char *template_var_name(enum template_var var);
bool template_var_allowed(enum template_text text, enum template_var var);
/* A value to show a text with. */
const char *template_var_example(enum template_var var, enum template_lang lang);

/* ---- sets of texts ---- */

struct templates;

/* The texts that come with the program. Never NULL. */
struct templates *templates_new(void);
/* Another set of the same texts: each thread that says texts has its own. */
struct templates *templates_copy(const struct templates *set);
void templates_free(struct templates *set);
/*
 * Reads a file over the set: its texts replace those of the same name in that language. Appends each mistake as a line
 * "name:line: what is wrong; what to do\n" and returns how many there are; the set may then only be freed.
 */
size_t templates_read(struct templates *set, enum template_lang lang, const char *text, size_t len,
		      const char *name, struct buf *mistakes);
/* The text as it was written, and whether a file has replaced the one that came with the program. */
const char *templates_source(const struct templates *set, enum template_lang lang,
			     enum template_text text);
bool templates_replaced(const struct templates *set, enum template_lang lang,
			enum template_text text);

/* ---- saying ---- */

/*
 * Borrowed values; NULL, "" and "0" are not there, and "0" is said all the same. {when}, {what} and {turn} are themselves
 * texts, said with the same values.
 */
struct template_values {
	const char *text[TEMPLATE_VAR_COUNT];
	enum template_text when, what, turn;
};

/* Appends the text; more than TEMPLATE_SAID_MAX_BYTES are cut between two characters, and end with "…". */
void template_say(const struct templates *set, enum template_lang lang, enum template_text text,
		  const struct template_values *values, struct buf *out);

/* The text for so many days to a deadline, out of three that follow each other: before, today, overdue. */
enum template_text template_by_days(enum template_text before, int days);

#endif
