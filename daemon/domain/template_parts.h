/*
 * The inside of texts, shared by template.c (sets, saying), template_read.c (files) and template_words.c (tables).
 */
#ifndef JIEBANG_DOMAIN_TEMPLATE_PARTS_H
#define JIEBANG_DOMAIN_TEMPLATE_PARTS_H

#include "jiebang/template.h"

enum piece_kind {
	PIECE_WORDS,    /* `len` bytes at `at` of the text's words */
	PIECE_VARIABLE, /* the value of `var` */
	PIECE_IF,       /* goes on at piece `at` unless `var` is there */
	PIECE_UNLESS,   /* goes on at piece `at` if `var` is there */
};

struct piece {
	enum piece_kind kind;
	enum template_var var;
	uint32_t at, len;
};

struct template_compiled {
	struct piece *pieces;
	size_t n;
	struct buf words;
	char *source;
	bool replaced;
};

struct templates {
	struct template_compiled texts[TEMPLATE_LANGS][TEMPLATE_TEXT_COUNT];
	bool complete; /* the texts that came with the program are there: what comes now replaces */
};

void template_compiled_clear(struct template_compiled *text);

/* TEMPLATE_VAR_COUNT if none is called so. */
enum template_var template_var_parse(const char *name);
/* It says yes or no, and may only stand in {?…} and {!…}. */
bool template_var_is_condition(enum template_var var);
/* The names of those that the text may speak of, with a NULL after the last. */
size_t template_vars_allowed(enum template_text text, const char *out[TEMPLATE_VAR_COUNT + 1]);

#endif
