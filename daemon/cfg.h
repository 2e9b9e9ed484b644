/*
 * A thin layer over libconfig for the two loaders (conf.c, programme_file*.c); the only header of theirs that knows
 * nodes, and cfg.c the only file that includes libconfig. It adds what libconfig 1.5 lacks: integers out of range
 * are refused instead of wrapping at 32 bits, unknown keys are found and get a "did you mean", every error names
 * file, line and key, durations and sizes carry units, and a table of rows fills a struct.
 */
#ifndef JIEBANG_CFG_H
#define JIEBANG_CFG_H

#include "jiebang/buf.h"
#include "jiebang/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CFG_FILE_MAX_BYTES (1024 * 1024)
#define CFG_DEPTH_MAX      8
#define CFG_ID_BYTES       32  /* an id: a-z, 0-9, - and _, beginning with a letter or digit */
#define CFG_TEXT_BYTES     256 /* a text whose row says no `max` */

struct cfg;      /* one parsed text */
struct cfg_node; /* one setting in it; borrowed from its struct cfg */

/* A list of strings, as a CFG_TEXTS row stores it. */
struct cfg_texts {
	char **item;
	size_t n;
};

void cfg_texts_clear(struct cfg_texts *texts);

/* What a row's value is in the file, and what it becomes in the struct. */
enum cfg_type {
	CFG_TEXT = 0, /* string           → char *, at most `max` bytes */
	CFG_PATH,     /* string           → char *; who fills it resolves it */
	CFG_ID,       /* string           → char * */
	CFG_ID_BUF,   /* string           → char[CFG_ID_BYTES] */
	CFG_BOOL,     /* true, false      → bool */
	CFG_INT,      /* number           → int, within [min, max] */
	CFG_UINT,     /* number           → unsigned, within [min, max] */
	CFG_SECONDS,  /* "20s", "1h30m"   → int, within [min, max] */
	CFG_BYTES,    /* "64KiB"          → int64_t, within [min, max] */
	CFG_DATE,     /* "2024-09-02"     → char *, the same text */
	CFG_TIME,     /* "09:05"          → int, seconds after 00:00 */
	CFG_WORD,     /* one of `words`   → int or enum */
	CFG_SWITCH,   /* one of `words`   → bool */
	CFG_TEXTS,    /* list of strings  → struct cfg_texts, at most `max` of them */
	CFG_NODE,     /* anything: only made known here, read by the caller with cfg_member */
	CFG_TYPE_COUNT
};

struct cfg_word {
	const char *name; /* NULL ends the table */
	int value;
};

struct cfg_row {
	const char *name; /* "timeout", or dotted into groups: "courier.timeout" */
	enum cfg_type type;
	size_t offset; /* into the struct that is filled */
	/* The default as it would be written, without quotes; NULL: the key is required. */
	const char *preset;
	int64_t min, max;
	const struct cfg_word *words;
	bool reload;      /* takes effect on SIGHUP */
	const char *help; /* one sentence; the hint of every error about this key */
};

/*
 * Reads a whole file into `text`. FAULT_NOT_FOUND, FAULT_TOO_LARGE (over CFG_FILE_MAX_BYTES), FAULT_IO, each naming
 * the file.
 */
MUST_CHECK enum fault cfg_read_file(const char *path, struct buf *text, struct problem *problem);

/*
 * What libconfig would swallow: NUL, broken UTF-8, integers past 32 bits (64 with L), @include, strings that run over
 * the end of their line, nesting past CFG_DEPTH_MAX; and Chinese punctuation, of which it would say no more than "syntax
 * error". `name` is the file's name for messages.
 */
MUST_CHECK enum fault cfg_scan(const char *text, size_t len, const char *name,
			       struct problem *problem);

/* A byte order mark, as some editors put in front of UTF-8: 3 or 0. */
size_t cfg_bom_bytes(const char *text, size_t len);

/* Scans and parses. `text` must be NUL-terminated at len. */
MUST_CHECK enum fault cfg_parse(const char *text, size_t len, const char *name, struct cfg **out,
				struct problem *problem);
void cfg_free(struct cfg *cfg);

const struct cfg_node *cfg_root(const struct cfg *cfg);
/* By dotted path; NULL if absent. */
const struct cfg_node *cfg_member(const struct cfg_node *group, const char *path);
/* Elements of a group, list or array; 0 for a scalar. */
size_t cfg_length(const struct cfg_node *node);
const struct cfg_node *cfg_element(const struct cfg_node *node, size_t i);
bool cfg_is_group(const struct cfg_node *node);
bool cfg_is_list(const struct cfg_node *node); /* ( … ) or [ … ] */
/* NULL if it is no string. */
const char *cfg_string(const struct cfg_node *node);
bool cfg_integer(const struct cfg_node *node, int64_t *value);
/* Whether a string may be shown to people: UTF-8 and without control characters, which an escape could bring in. */
bool cfg_text_is_plain(const char *text);

/*
 * Fills `into` from the group by the rows: refuses unknown keys (rows of dotted names make their groups known), wrong
 * types, values out of bounds, missing required keys; applies presets. Allocated members belong to `into`, also after
 * a fault; what was not reached keeps its value, so start from zeroes.
 */
MUST_CHECK enum fault cfg_fill(const struct cfg *cfg, const struct cfg_node *group,
			       const struct cfg_row *rows, size_t n_rows, void *into,
			       struct problem *problem);
/* Fills from the presets alone. A required row is left at zero. */
void cfg_fill_presets(const struct cfg_row *rows, size_t n_rows, void *into);

/*
 * FAULT_INVALID with "file:line: path.to.key: …". `key` (may be NULL) is a member of `at` that is meant, present or
 * not.
 */
enum fault cfg_problem(const struct cfg *cfg, const struct cfg_node *at, const char *key,
		       struct problem *problem, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Sets the hint, if `problem` is there. */
void cfg_hint(struct problem *problem, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The hint `did you mean "x"?`, or all that is known if nothing is near. `known` ends with NULL. */
void cfg_suggest(struct problem *problem, const char *word, const char *const *known);

#endif
