/*
 * The one way to stdout. Results are gathered and written in pieces; a failure (disk full, closed pipe) is remembered,
 * so that no command reports success for output that nobody got.
 */
#ifndef CLIENT_OUT_H
#define CLIENT_OUT_H

#include <stdbool.h>
#include <stddef.h>

void out_write(const void *data, size_t len);
void out_str(const char *s);
void out_line(const char *s);
/* Hands over to the system what was gathered; false once a write has failed. */
bool out_flush(void);
bool out_failed(void);
/* Flushes and closes stdout. Returns `code`, or 1 with a message when the output could not be written whole. */
int out_finish(int code);

#endif
