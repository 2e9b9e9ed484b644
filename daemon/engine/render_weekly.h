/*
 * The weekly report (周报), written in one place: it is the `data` of the message "report.weekly" and the answer to
 * GET /v1/reports/weekly, byte for byte (R11).
 */
#ifndef JIEBANG_ENGINE_RENDER_WEEKLY_H
#define JIEBANG_ENGINE_RENDER_WEEKLY_H

#include "jiebang/buf.h"
#include "jiebang/template.h"
#include "store/read.h"
#include "store/weekly.h"

#define WEEKLY_ROWS_MAX 20

struct weekly_report {
	struct weekly_ask ask;
	int missed; /* so many earlier weeks got no report of their own, since the daemon was not there */
	const struct templates *templates;
	int64_t units; /* result: how many were counted */
};
/* One JSON object, under 20 kB less what a message wraps around it. */
MUST_CHECK enum fault render_weekly(struct store *store, struct weekly_report *report,
				    struct buf *out, struct problem *problem);

/* GET /v1/reports/weekly */
read_fn read_weekly;

/* The report for a person, in each language (render_weekly_text.c). */
struct weekly_text {
	const struct templates *templates;
	struct buf said[TEMPLATE_LANGS];
};
void weekly_text_begin(struct weekly_text *text, const struct weekly_about *about,
		       const struct weekly_report *report, const struct weekly_counts *counts);
void weekly_text_row(struct weekly_text *text, const struct weekly_rows *row, int days_late);
void weekly_text_end(struct weekly_text *text, int64_t more, const char *command);
void weekly_text_clear(struct weekly_text *text);

#endif
