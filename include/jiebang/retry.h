/*
 * The delivery policy, pure: what an attempt's end means, and when to try again.
 * Sources: Standard Webhooks (retry schedule, 410, 429/502/504), RFC 9110 §10.2.3 (Retry-After), §15.
 */
#ifndef JIEBANG_RETRY_H
#define JIEBANG_RETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How an attempt ended, as the transfer engine saw it. */
enum attempt_end {
	ATTEMPT_ANSWERED = 0, /* a complete response came; see status */
	ATTEMPT_UNKNOWN,      /* we died meanwhile: it may or may not have arrived */
	ATTEMPT_REFUSED,      /* our egress guard refused the address: nothing left the house */
	ATTEMPT_DNS,
	ATTEMPT_CONNECT,
	ATTEMPT_TLS,
	ATTEMPT_TIMEOUT,
	ATTEMPT_BROKEN, /* the peer broke off, or answered nonsense */
	ATTEMPT_TOO_LARGE, /* the response passed the cap; the status, if any, still counts when it is 2xx */
	ATTEMPT_DEFERRED,  /* the peer answered that it may work later, in words of its own */
	ATTEMPT_REJECTED,  /* … that it never will: sending it again is in vain */
	ATTEMPT_THROTTLED, /* … that it was asked too often */
	ATTEMPT_DISOWNED, /* … that it takes nothing from us: a key, a signature or an address is wrong */
	ATTEMPT_NOT_BEGUN, /* given back by a sender that stops: nothing left the house */
	ATTEMPT_END_COUNT
};

/* Where the time of an attempt went, in milliseconds from stage to stage; -1: it did not come to that, or needed none. */
struct attempt_times {
	bool known; /* only of tests, which are made over a connection of their own */
	int32_t lookup_ms;
	int32_t connect_ms;
	int32_t tls_ms;
	int32_t first_byte_ms; /* from the beginning */
};

const char *attempt_end_name(enum attempt_end end); /* "answered", "dns", … */
bool attempt_end_parse(const char *s, enum attempt_end *end);

enum verdict {
	VERDICT_DELIVERED = 0, /* 2xx */
	VERDICT_RETRY, /* anything else that may pass: 5xx, 4xx, 3xx (never followed), DNS, TLS, time-outs */
	VERDICT_THROTTLE, /* 429, 502, 504: retry, and go easy on the endpoint */
	VERDICT_GONE,     /* 410: the endpoint wants no more; disable it, hold its messages */
	VERDICT_RELEASED, /* not begun: due again at once, and it does not count as an attempt of the schedule */
	VERDICT_REJECTED, /* this message never arrives there: dead at once, with notice */
	VERDICT_DISOWNED, /* no message arrives there until a person mends it: disable it, hold its messages, tell */
	VERDICT_REFUSED, /* egress guard: held, an operator has to change the endpoint or the allow-list */
};

enum verdict retry_verdict(enum attempt_end end, int status);

#define RETRY_ATTEMPTS_MAX 16

struct retry_schedule {
	int64_t wait_s[RETRY_ATTEMPTS_MAX]; /* before attempt 2, 3, … */
	size_t n;                           /* attempts in all = n + 1 */
};

/* 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. */
extern const struct retry_schedule retry_schedule_default;

/*
 * Seconds to wait after attempt number `attempt` (1-based, 0 counts as 1) failed, or -1 if it was the last. Jitter: uniform in
 * [wait, wait * 1.2], drawn from `random` so that the caller owns the randomness. Retry-After (seconds, -1 if none)
 * lengthens the wait, never shortens it, and counts at most 24 h.
 */
int64_t retry_wait_s(const struct retry_schedule *schedule, unsigned attempt, int64_t retry_after_s,
		     uint32_t random);

/*
 * Retry-After of RFC 9110: delta seconds or an HTTP-date (IMF-fixdate, rfc850, asctime), relative to `now_at`: 0 if gone by.
 * -1 if malformed; the caller has trimmed it.
 */
int64_t retry_after_parse(const char *value, int64_t now_at);

#endif
