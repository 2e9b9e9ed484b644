/* What the daemon is told by files: programmes, calendars and texts, read from their folders. */
#ifndef JIEBANG_SOURCES_H
#define JIEBANG_SOURCES_H

#include "conf.h"
#include "engine/engine.h"
#include "jiebang/template.h"

/* A fresh parse of the programme folder; the caller frees it with programme_set_free. */
MUST_CHECK enum fault sources_programmes(const struct conf *conf, struct programme_set **out,
					 struct problem *problem);

/* Calls `each` for every *.csv of the calendar folder in the order of names; stops at the first fault. */
struct sources_calendar {
	char *text; /* the callee may take it and set NULL */
	size_t len;
	const char *name;
};
MUST_CHECK enum fault sources_calendars(const struct conf *conf,
					enum fault (*each)(void *arg,
							   struct sources_calendar *calendar,
							   struct problem *problem),
					void *arg, struct problem *problem);

/* The texts of messages; the caller frees them. Every mistake in them is logged with its line. */
MUST_CHECK enum fault sources_templates(const struct conf *conf, struct templates **out,
					struct problem *problem);

/* Everything parses: for --check and before a reload takes anything. */
MUST_CHECK enum fault sources_check(const struct conf *conf, struct problem *problem);

/* Imports calendars, loads programmes and texts, waiting for each verb: before the loop runs, and in simulation. */
MUST_CHECK enum fault sources_load(const struct conf *conf, struct engine *engine,
				   struct problem *problem);

#endif
