/*
 * The loop thread: it owns every socket, signal and timer, and wires news from the rooms below to each other. It
 * never writes the database.
 */
#ifndef JIEBANG_LOOP_H
#define JIEBANG_LOOP_H

#include "conf.h"

struct loop;

/* Opens state, programmes, calendars and sockets; the daemon is ready when it returns. Exit code in *code on a fault. */
MUST_CHECK enum fault loop_new(struct conf *conf, struct loop **out, int *code,
			       struct problem *problem);
/* Runs until it is told to stop and everything under way is finished. Returns the exit code. */
int loop_run(struct loop *loop);
void loop_free(struct loop *loop);

#endif
