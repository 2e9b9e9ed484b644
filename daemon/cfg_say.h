/*
 * The one way of saying where a file is wrong. Used by cfg*.c only; what others call is in cfg.h.
 */
#ifndef JIEBANG_CFG_SAY_H
#define JIEBANG_CFG_SAY_H

#include "jiebang/fault.h"

/* FAULT_INVALID, told to `problem` (which may be NULL) as "name:line: place: words"; `place` may be "". */
enum fault cfg_say(struct problem *problem, const char *name, unsigned line, const char *place,
		   const char *words);

#endif
