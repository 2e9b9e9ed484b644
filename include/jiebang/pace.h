/*
 * So many a minute, in any minute: a bucket that leaks (GCRA). What is remembered is one instant, at which it would be empty,
 * so it fits in a row and survives a restart. Pure.
 *
 * A few may go at once, and the others follow one by one, such that those few and what follows never exceed the rate: a
 * bucket of 20 that fills at 20 a minute would let 39 through in one. Five seconds are added to the minute for
 * what is held up on its way and arrives bunched.
 */
#ifndef JIEBANG_PACE_H
#define JIEBANG_PACE_H

#include <stdint.h>

#define PACE_PER_MINUTE_MAX 6000

struct pace {
	int64_t step_ms; /* between those that follow one another */
	int64_t at_once; /* and so many first */
};

/* A quarter of them at once, or `at_once_max` if that is fewer (0: no matter). */
struct pace pace_of(int per_minute, int at_once_max);
/* How many may begin now. `empty_ms` is what was remembered, at first 0. */
unsigned pace_room(const struct pace *pace, int64_t empty_ms, int64_t now_at);
/* The first second in which one may begin: now, or later. */
int64_t pace_next_at(const struct pace *pace, int64_t empty_ms, int64_t now_at);
/* What is to be remembered once `n` have begun, */
int64_t pace_took(const struct pace *pace, int64_t empty_ms, int64_t now_at, unsigned n);
/* or if none may begin before `until_at`, and then one. */
int64_t pace_rest(const struct pace *pace, int64_t empty_ms, int64_t until_at);

#endif
