/*
 * Dates as people read them: the date, and beside it how far it is ("2025-03-03 · in 15 days"). What "today" is says
 * the server, whose clock may be simulated; it is asked once, and only when a date is shown to a person.
 */
#ifndef CLIENT_WHEN_H
#define CLIENT_WHEN_H

#include "jiebang/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Who knows the instant. Until set, or when it returns false, the local clock counts. */
void when_set_source(bool (*now)(void *arg, int64_t *now_at), void *arg);
/* The day may have changed: the source is asked again. */
void when_forget(void);
/* Tells the instant, when an answer happened to bring it. */
void when_set_now(int64_t now_at);
int32_t when_today(void);

/* "in 15 days", "today", "3 days ago"; with `overdue` "3 days overdue". */
void when_relative(struct buf *out, int32_t day, bool overdue);
/* "2025-03-03 · in 15 days"; what is no date is shown cleaned as it is. */
void when_date(struct buf *out, const char *date, bool overdue);
/* "2025-03-03 09:05", Beijing time; with `relative` as above. */
void when_instant(struct buf *out, const char *instant, bool relative);

#endif
