/*
 * The leaking bucket. Where the clock went back, what is remembered lies further ahead than any rest or burst reaches,
 * and is forgotten: an operator who sets the time right must not silence a robot for as long as it was wrong.
 */
#include "jiebang/pace.h"

#define WINDOW_MS   65000
#define BELIEVED_MS (3600 * INT64_C(1000))

struct pace pace_of(int per_minute, int at_once_max)
{
	int64_t at_once = per_minute / 4;
	if (at_once_max > 0 && at_once > at_once_max)
		at_once = at_once_max;
	if (at_once < 1)
		at_once = 1;
	int64_t follow = per_minute - at_once + 1;
	return (struct pace){ (WINDOW_MS + follow - 1) / follow, at_once };
}

static int64_t ahead_ms(const struct pace *pace, int64_t empty_ms, int64_t now_at)
{
	int64_t ahead = empty_ms - now_at * 1000;
	return ahead < 0 || ahead > BELIEVED_MS + pace->step_ms * pace->at_once ? 0 : ahead;
}

unsigned pace_room(const struct pace *pace, int64_t empty_ms, int64_t now_at)
{
	int64_t ahead = ahead_ms(pace, empty_ms, now_at);
	int64_t in_it = (ahead + pace->step_ms - 1) / pace->step_ms;
	return in_it >= pace->at_once ? 0 : (unsigned)(pace->at_once - in_it);
}

int64_t pace_next_at(const struct pace *pace, int64_t empty_ms, int64_t now_at)
{
	int64_t wait_ms = ahead_ms(pace, empty_ms, now_at) - (pace->at_once - 1) * pace->step_ms;
	return wait_ms > 0 ? now_at + (wait_ms + 999) / 1000 : now_at;
}

int64_t pace_took(const struct pace *pace, int64_t empty_ms, int64_t now_at, unsigned n)
{
	return now_at * 1000 + ahead_ms(pace, empty_ms, now_at) + (int64_t)n * pace->step_ms;
}

int64_t pace_rest(const struct pace *pace, int64_t empty_ms, int64_t until_at)
{
	int64_t full_ms = until_at * 1000 + (pace->at_once - 1) * pace->step_ms;
	return full_ms > empty_ms ? full_ms : empty_ms;
}
