/*
 * Every person-facing text exists in English and Chinese. Short ones stand beside what they name (struct words);
 * messages have a name here and a row in say.c. Placeholders are %1 … %6, so that a translation may reorder them.
 */
#ifndef CLIENT_SAY_H
#define CLIENT_SAY_H

#include "jiebang/buf.h"

enum lang { LANG_EN = 0, LANG_ZH };

struct words {
	const char *en;
	const char *zh;
};

enum text {
	TEXT_UNKNOWN_NOUN = 0,
	TEXT_UNKNOWN_VERB,
	TEXT_VERB_MISSING,
	TEXT_UNKNOWN_OPTION,
	TEXT_DID_YOU_MEAN,
	TEXT_OPTION_WANTS_VALUE,
	TEXT_OPTION_NO_VALUE,
	TEXT_OPTION_REQUIRED,
	TEXT_ARGUMENT_MISSING,
	TEXT_ARGUMENT_EXTRA,
	TEXT_BAD_VALUE,
	TEXT_EXPECT_DATE,
	TEXT_EXPECT_INSTANT,
	TEXT_EXPECT_DURATION,
	TEXT_EXPECT_NUMBER,
	TEXT_EXPECT_CHOICE,
	TEXT_EXPECT_SERVER,
	TEXT_EXPECT_KEY,
	TEXT_EXPECT_UTF8,
	TEXT_EXPECT_FILLED,
	TEXT_EXPECT_FIELD,
	TEXT_FIELD_TWICE,
	TEXT_NO_FORM,
	TEXT_SKELETON,
	TEXT_NOT_A_FILE,
	TEXT_UPLOAD_RESUMED,
	TEXT_UPLOAD_GAVE_UP,
	TEXT_NO_OUTPUT,
	TEXT_FILE_EXISTS,
	TEXT_FILE_DAMAGED,
	TEXT_MATERIALS_DAMAGED,
	TEXT_ONE_OF_TWO,
	TEXT_NOT_BOTH,
	TEXT_SEE_HELP,
	TEXT_NO_FILE,
	TEXT_FILE_TOO_LARGE,
	TEXT_FILE_EMPTY,
	TEXT_CONTENT_NOT_OBJECT,
	TEXT_CONTENT_BROKEN,
	TEXT_TOKEN_EMPTY,
	TEXT_URL_EMPTY,
	TEXT_TOKEN_READABLE,
	TEXT_TOKEN_IN_CLEAR,
	TEXT_UNREACHABLE,
	TEXT_IS_IT_RUNNING,
	TEXT_IS_IT_LISTENING,
	TEXT_MAY_NOT_CONNECT,
	TEXT_WANTS_TOKEN,
	TEXT_BROKEN,
	TEXT_TIMED_OUT,
	TEXT_GARBAGE,
	TEXT_LOCAL,
	TEXT_MAYBE_DONE,
	TEXT_MAYBE_MOVED,
	TEXT_HTTP_STATUS,
	TEXT_NOT_A_LIST,
	TEXT_LIST_STUCK,
	TEXT_WHERE,
	TEXT_RULE,
	TEXT_CLAUSE,
	TEXT_HINT,
	TEXT_ROW_PROBLEM,
	TEXT_PLACE_PROBLEM,
	TEXT_MORE_PROBLEMS,
	TEXT_WARNINGS,
	TEXT_NOTHING_FOUND,
	TEXT_WRITE_FAILED,
	TEXT_ONE_UNIT,
	TEXT_SOME_UNITS,
	TEXT_IMPORTED,
	TEXT_IMPORT_CHECKED,
	TEXT_DRY_RUN,
	TEXT_UPLOADING,
	TEXT_CHECKING,
	TEXT_KEEP_SECRET,
	TEXT_SECRET_GONE,
	TEXT_FOLLOW_LOST,
	TEXT_TEST_WAITS,
	TEXT_NO_STREAM,
	TEXT_FOLLOW_BACK,
	TEXT_NEXT_CURSOR,
	TEXT_AUDIT_BROKEN,
	TEXT_EXPORT_CSV_ONLY,
	TEXT_TODAY,
	TEXT_IN_DAY,
	TEXT_IN_DAYS,
	TEXT_DAY_AGO,
	TEXT_DAYS_AGO,
	TEXT_OVERDUE_DAY,
	TEXT_OVERDUE_DAYS,
	TEXT_OVERDUE,
	TEXT_MORE_ROWS,
	TEXT_NONE_PUBLISHED,
	TEXT_WHICH_PROGRAMME,
	TEXT_CALENDAR_MISSING,
	TEXT_WATCH_READS,
	TEXT_COUNT
};

/* `lang` "zh", "en", or NULL: LC_ALL, LC_MESSAGES, LANG in this order; zh* is Chinese, all else English. */
void say_set_language(const char *lang);
enum lang say_language(void);
const char *say_word(const struct words *words);
const char *say_text(enum text id);

/* Appends the text with its placeholders filled from the strings that follow, cleaned for the terminal. */
#define say_fill(out, ...) say_fill_list((out), __VA_ARGS__, (const char *)NULL)
/* One line on stderr: "jiebangctl: …". */
#define say(...) say_list(__VA_ARGS__, (const char *)NULL)
/* The same without the program's name, indented: a line that explains the one before. */
#define say_more(...) say_more_list(__VA_ARGS__, (const char *)NULL)

void say_fill_list(struct buf *out, enum text id, ...) __attribute__((sentinel));
void say_list(enum text id, ...) __attribute__((sentinel));
void say_more_list(enum text id, ...) __attribute__((sentinel));
/* One raw line on stderr after the program's name, cleaned. */
void say_line(const char *text);

#endif
