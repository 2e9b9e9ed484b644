/*
 * One value of a row: taken from the file or from the row's preset, checked, and stored. Used by cfg.c only.
 */
#ifndef JIEBANG_CFG_VALUE_H
#define JIEBANG_CFG_VALUE_H

#include "cfg.h"

enum cfg_kind { CFG_KIND_OTHER = 0, CFG_KIND_TEXT, CFG_KIND_INTEGER, CFG_KIND_BOOL, CFG_KIND_LIST };

struct cfg_value {
	const struct cfg_node *node; /* for lists; NULL for presets */
	enum cfg_kind kind;
	const char *text;
	int64_t integer;
	bool truth;
};

/* Stores at into + row->offset. False with the reason in `why` (no punctuation). */
bool cfg_value_take(const struct cfg_row *row, const struct cfg_value *value, void *into,
		    struct buf *why);
/* A preset that can't be stored is our bug. Lists: "[a, b]" is written as items separated by a space. */
void cfg_value_preset(const struct cfg_row *row, void *into);
/* Sets the hint about a value that was refused or is missing: the nearest word, or how such a value is written. */
void cfg_value_explain(const struct cfg_row *row, const struct cfg_value *value,
		       struct problem *problem);

#endif
