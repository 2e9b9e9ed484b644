/*
 * jiebangd simulate: a dry run of what lies ahead (T7). It reads a copy of the state, opens no socket, runs the real
 * planner and the real delivery states with a sender that answers every message with 200, and prints every step and
 * message. Twice is byte-identical.
 */
#ifndef JIEBANG_SIMULATE_H
#define JIEBANG_SIMULATE_H

/* argv[0] is "simulate". Returns the exit code. */
int simulate_main(int argc, char **argv);

#endif
