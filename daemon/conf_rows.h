/*
 * The option table, shared by conf.c (which reads by it) and conf_print.c (which writes and compares by it).
 */
#ifndef JIEBANG_CONF_ROWS_H
#define JIEBANG_CONF_ROWS_H

#include "cfg.h"

extern const struct cfg_row conf_rows[];
extern const size_t conf_rows_n;

#endif
