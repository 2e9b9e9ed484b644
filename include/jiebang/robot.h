/*
 * Chat robots: WeCom 企业微信, DingTalk 钉钉, Feishu 飞书. What a message looks like to each, how it is signed, what an
 * answer means, how often one may be asked. Pure: now is handed in.
 *
 * They answer HTTP 200 on failure: delivered is 2xx *and* the code 0 in the answer's body. What they say with other codes
 * is a table; a code that is not in it is never success.
 */
#ifndef JIEBANG_ROBOT_H
#define JIEBANG_ROBOT_H

#include "jiebang/buf.h"
#include "jiebang/endpoint_format.h"
#include "jiebang/endpoint_options.h"
#include "jiebang/pace.h"
#include "jiebang/retry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool robot_is(enum endpoint_format format);

/* ---- what it is given ---- */

/* NULL, or why this is no URL of such a robot: fixed words. */
const char *robot_url_refusal(enum endpoint_format format, const char *url);
/* The URL without its key, for people: https://host/path?key=…abcd. A standard endpoint's stays as it is. */
void robot_mask_url(enum endpoint_format format, const char *url, struct buf *out);
/* Blanks the key of `url` wherever it stands in `text`: what answers may echo what it was asked. */
void robot_hide_key(enum endpoint_format format, const char *url, char *text);
/* NULL, or why these octets are no secret of it. WeCom has none: its key is in the URL. */
const char *robot_secret_refusal(enum endpoint_format format, const char *secret);
/* Whether it can do what is asked of it. A refusal names the option and its limit. */
MUST_CHECK enum fault robot_options_suit(enum endpoint_format format,
					 const struct endpoint_options *options,
					 struct problem *problem);

/* ---- what is said to it ---- */

#define ROBOT_PARTS_MAX 40

struct robot_parts {
	struct buf bodies[ROBOT_PARTS_MAX];
	size_t n;
};
/*
 * The bodies of a message, each a JSON object: markdown, or text where the robot has nothing else or the options ask for it.
 * What is longer than the robot takes, counted in octets of UTF-8, is cut at the ends of its rows and each part says
 * which it is (第 2/3 条); a row that is too long by itself is cut at a character. What would need more than
 * ROBOT_PARTS_MAX ends with the number of rows left out. The title is the text's first row: what a telephone shows.
 */
void robot_write(enum endpoint_format format, const struct endpoint_options *options,
		 const char *text, struct robot_parts *out);
void robot_parts_clear(struct robot_parts *parts);

/*
 * The signature is made afresh for each attempt, around the frozen content: DingTalk's is a piece of query
 * ("timestamp=…&sign=…", percent-encoded), Feishu's two members of the body ("timestamp":"…","sign":"…"). Nothing is
 * written for one that does not sign.
 */
void robot_sign(enum endpoint_format format, const void *secret, size_t secret_len, int64_t at_ms,
		struct buf *out);

/* ---- what it answers ---- */

#define ROBOT_REASON_BYTES 96

struct robot_answer {
	enum attempt_end end; /* what retry_verdict is to be asked with */
	int64_t wait_s;       /* at least so long before the next attempt; -1: it does not say */
	char reason[ROBOT_REASON_BYTES]; /* fixed words with the code; "" if it was delivered */
};
/* Of a complete answer: `body` must be all of it, else its end is unknown and it is no success. */
void robot_judge(enum endpoint_format format, int status, const char *body, size_t len,
		 struct robot_answer *out);

/* ---- when it may be asked ---- */

/* Attempts a minute: as the option says, else as many as it takes; of a standard endpoint 0, without bounds. */
int robot_per_minute(enum endpoint_format format, const struct endpoint_options *options);
/* … and how they may bunch. */
struct pace robot_pace(enum endpoint_format format, int per_minute);
/* The first instant at or after `now_at` that is not in a minute in which the robot is not to be asked. */
int64_t robot_quiet_until(enum endpoint_format format, int64_t now_at);

#endif
