/*
 * Chat robots, one row each, and their codes. Sources: the three vendors' pages on custom robots, as DOMAIN.md "Chat
 * robots" gathers them.
 */
#include "jiebang/robot.h"

#include "jiebang/fault.h"
#include "jiebang/json.h"
#include "jiebang/secret.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct robot_row {
	const char *code; /* the member of its answer; NULL: this format is no robot's */
	int per_minute, at_once_max;
	bool quiet;          /* not to be asked in the minutes :00 and :30 */
	bool signs;          /* if it is given a secret */
	const char *key_at;  /* what stands before the key in the URL */
	const char *refusal; /* of a URL without that */
} rows[FORMAT_COUNT] = {
	[FORMAT_WECOM] = { "errcode", 20, 0, false, false, "key=",
			   "the URL of a wecom robot has its key: …/cgi-bin/webhook/send?key=…" },
	[FORMAT_DINGTALK] = { "errcode", 20, 0, false, true, "access_token=",
			      "the URL of a dingtalk robot has its token: "
			      "…/robot/send?access_token=…" },
	/* Besides 5 a second: three at once, and the others two thirds of a second apart. */
	[FORMAT_FEISHU] = { "code", 100, 3, true, true, "/hook/",
			    "the URL of a feishu robot ends in its key: …/bot/v2/hook/…" },
};

bool robot_is(enum endpoint_format format)
{
	return rows[format].code != NULL;
}

/* ---- what it is given ---- */

/* Where the key begins; NULL if there is none. */
static const char *key_of(enum endpoint_format format, const char *url)
{
	const char *mark = strstr(url, rows[format].key_at);
	const char *key = mark ? mark + strlen(rows[format].key_at) : NULL;
	return key && *key && *key != '&' ? key : NULL;
}

const char *robot_url_refusal(enum endpoint_format format, const char *url)
{
	return !robot_is(format) || key_of(format, url) ? NULL : rows[format].refusal;
}

#define MASK_SHOWS    4
#define MASK_HIDES_AT 12 /* a shorter key is hidden whole */

void robot_mask_url(enum endpoint_format format, const char *url, struct buf *out)
{
	const char *key = robot_is(format) ? key_of(format, url) : NULL;
	if (!key) {
		/* One that has lost its key is shown to nobody: what it has instead is not known. */
		buf_adds(out, robot_is(format) ? "…" : url);
		return;
	}
	buf_add(out, url, (size_t)(key - url));
	buf_adds(out, "…");
	if (strlen(key) >= MASK_HIDES_AT)
		buf_adds(out, key + strlen(key) - MASK_SHOWS);
}

void robot_hide_key(enum endpoint_format format, const char *url, char *text)
{
	const char *key = robot_is(format) ? key_of(format, url) : NULL;
	size_t len = key ? strcspn(key, "&#") : 0;
	for (char *c = text; len > 0 && *c; c++)
		if (strncmp(c, key, len) == 0)
			memset(c, '*', len);
}

const char *robot_secret_refusal(enum endpoint_format format, const char *secret)
{
	if (!rows[format].signs)
		return "a wecom robot takes no secret: its key is in the URL";
	if (strlen(secret) > SECRET_WORD_MAX_BYTES)
		return "the secret of a robot has at most 80 bytes";
	for (const char *c = secret; *c; c++)
		if (*c <= ' ' || *c > '~')
			return "the secret of a robot is ASCII without blanks, as the group's page "
			       "shows it";
	return NULL;
}

enum fault robot_options_suit(enum endpoint_format format, const struct endpoint_options *options,
			      struct problem *problem)
{
	const struct {
		const char *name;
		bool set;
	} own[] = {
		{ "keyword", options->keyword[0] != '\0' },
		{ "mentions", options->mentions[0] != '\0' },
		{ "plain_text", options->plain_text },
	};
	const struct robot_row *row = &rows[format];
	const char *name = NULL;
	for (size_t i = 0; !robot_is(format) && !name && i < COUNT_OF(own); i++)
		if (own[i].set)
			name = own[i].name;
	if (name)
		problem_set(problem, FAULT_UNPROCESSED,
			    "%s is for the robots of groups: wecom, dingtalk, feishu", name);
	if (!name && robot_is(format) && options->rate_per_minute > row->per_minute) {
		name = "rate_per_minute";
		problem_set(problem, FAULT_UNPROCESSED,
			    "rate_per_minute of a %s robot is at most %d: it refuses more",
			    endpoint_format_name(format), row->per_minute);
	}
	if (!name)
		return FAULT_NONE;
	if (problem)
		(void)snprintf(problem->pointer, sizeof(problem->pointer), "/options/%s", name);
	return FAULT_UNPROCESSED;
}

/* ---- what it answers ---- */

/*
 * What is wrong with the robot itself (a key that is unknown, a signature, a keyword, an address that it does not know)
 * goes on failing for every message: the endpoint is disabled and its messages are held, so that none is lost. What is
 * wrong with one message (too long, malformed) is that message's end.
 */
static const struct code {
	enum endpoint_format format;
	int code;
	enum attempt_end end;
	int wait_s; /* -1: by the schedule */
	const char *words;
} codes[] = {
	{ FORMAT_WECOM, -1, ATTEMPT_DEFERRED, -1, "the system is busy" },
	{ FORMAT_WECOM, 45009, ATTEMPT_THROTTLED, 60, "asked too often" },
	{ FORMAT_WECOM, 93000, ATTEMPT_DISOWNED, -1, "unknown key, or the robot was removed" },
	{ FORMAT_WECOM, 40058, ATTEMPT_REJECTED, -1, "the message is too long or malformed" },
	{ FORMAT_DINGTALK, -1, ATTEMPT_DEFERRED, -1, "the system is busy" },
	{ FORMAT_DINGTALK, 130101, ATTEMPT_THROTTLED, 600,
	  "asked too often, blocked for ten minutes" },
	{ FORMAT_DINGTALK, 410100, ATTEMPT_THROTTLED, 60, "asked too often" },
	{ FORMAT_DINGTALK, 310000, ATTEMPT_DISOWNED, -1, "keyword, signature or address" },
	{ FORMAT_DINGTALK, 300005, ATTEMPT_DISOWNED, -1, "unknown token" },
	{ FORMAT_DINGTALK, 300001, ATTEMPT_DISOWNED, -1, "no token" },
	{ FORMAT_DINGTALK, 400101, ATTEMPT_DISOWNED, -1, "unknown token" },
	{ FORMAT_DINGTALK, 400013, ATTEMPT_DISOWNED, -1, "the group is dissolved" },
	{ FORMAT_DINGTALK, 400102, ATTEMPT_DISOWNED, -1, "the robot is stopped" },
	{ FORMAT_DINGTALK, 400106, ATTEMPT_DISOWNED, -1, "there is no such robot" },
	{ FORMAT_DINGTALK, 460101, ATTEMPT_REJECTED, -1, "the message is too long" },
	{ FORMAT_FEISHU, 11232, ATTEMPT_THROTTLED, 60, "asked too often" },
	{ FORMAT_FEISHU, 19021, ATTEMPT_DISOWNED, -1, "signature or clock" },
	{ FORMAT_FEISHU, 19022, ATTEMPT_DISOWNED, -1, "this machine is not on its list" },
	{ FORMAT_FEISHU, 19024, ATTEMPT_DISOWNED, -1, "the keyword is missing" },
	{ FORMAT_FEISHU, 9499, ATTEMPT_REJECTED, -1, "the message is malformed or too long" },
};

static const struct code *code_find(enum endpoint_format format, int64_t code)
{
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (codes[i].format == format && codes[i].code == code)
			return &codes[i];
	return NULL;
}

/* False if there is none: not JSON, cut short, another shape. */
static bool read_code(enum endpoint_format format, const char *body, size_t len, int64_t *out)
{
	struct jr_doc *doc;
	if (jr_read(body, len, &doc, NULL) != FAULT_NONE)
		return false;
	bool found = jr_integer(jr_member(jr_root(doc), rows[format].code), out);
	jr_free(doc);
	return found;
}

#define THROTTLED_S 60

/* Its word counts with whatever status it comes, but none is believed to be a success without 2xx. */
void robot_judge(enum endpoint_format format, int status, const char *body, size_t len,
		 struct robot_answer *out)
{
	int64_t number = 0;
	bool good = status >= 200 && status <= 299;
	bool said = read_code(format, body, len, &number);
	const struct code *code = said && status != 410 ? code_find(format, number) : NULL;
	*out = (struct robot_answer){ .end = ATTEMPT_ANSWERED, .wait_s = -1 };
	if (code) {
		out->end = code->end;
		out->wait_s = code->wait_s;
		(void)snprintf(out->reason, sizeof(out->reason), "code %d: %s", code->code,
			       code->words);
	} else if (status == 429) {
		out->end = ATTEMPT_THROTTLED;
		out->wait_s = THROTTLED_S;
		(void)snprintf(out->reason, sizeof(out->reason), "status 429");
	} else if (!good) {
		(void)snprintf(out->reason, sizeof(out->reason), "status %d", status);
	} else if (!said) {
		out->end = ATTEMPT_DEFERRED;
		(void)snprintf(out->reason, sizeof(out->reason), "no code in the answer");
	} else if (number != 0) {
		out->end = ATTEMPT_DEFERRED;
		(void)snprintf(out->reason, sizeof(out->reason), "code %" PRId64 ": unknown",
			       number);
	}
}

/* ---- when ---- */

#define HALF_HOUR_S 1800

int robot_per_minute(enum endpoint_format format, const struct endpoint_options *options)
{
	return options->rate_per_minute ? options->rate_per_minute : rows[format].per_minute;
}

struct pace robot_pace(enum endpoint_format format, int per_minute)
{
	return pace_of(per_minute, rows[format].at_once_max);
}

int64_t robot_quiet_until(enum endpoint_format format, int64_t now_at)
{
	/* UTC+8 and UTC have the same minutes. */
	int64_t second = now_at % HALF_HOUR_S;
	return rows[format].quiet && second < 60 ? now_at + 60 - second : now_at;
}
