/*
 * What an attempt's end means, when to try again, and the Retry-After header. Pure: now and randomness are handed in.
 */
#include "jiebang/retry.h"

#include "jiebang/civil.h"

#include <string.h>

#define COUNT_OF(a)       (sizeof(a) / sizeof((a)[0]))
#define RETRY_AFTER_MAX_S (24 * 3600)

static const char *const end_names[ATTEMPT_END_COUNT] = {
	[ATTEMPT_ANSWERED] = "answered",   [ATTEMPT_UNKNOWN] = "unknown",
	[ATTEMPT_REFUSED] = "refused",     [ATTEMPT_DNS] = "dns",
	[ATTEMPT_CONNECT] = "connect",     [ATTEMPT_TLS] = "tls",
	[ATTEMPT_TIMEOUT] = "timeout",     [ATTEMPT_BROKEN] = "broken",
	[ATTEMPT_TOO_LARGE] = "too_large", [ATTEMPT_DEFERRED] = "deferred",
	[ATTEMPT_REJECTED] = "rejected",   [ATTEMPT_THROTTLED] = "throttled",
	[ATTEMPT_DISOWNED] = "disowned",   [ATTEMPT_NOT_BEGUN] = "not_begun",
};

/* Standard Webhooks, "Delivery": these statuses mean more than "not now". */
static const struct {
	int status;
	enum verdict verdict;
} special[] = {
	{ 410, VERDICT_GONE },
	{ 429, VERDICT_THROTTLE },
	{ 502, VERDICT_THROTTLE },
	{ 504, VERDICT_THROTTLE },
};

const struct retry_schedule retry_schedule_default = {
	.wait_s = { 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600,
		    24 * 3600 },
	.n = 9,
};

const char *attempt_end_name(enum attempt_end end)
{
	return end_names[end];
}

bool attempt_end_parse(const char *s, enum attempt_end *end)
{
	for (size_t i = 0; i < ATTEMPT_END_COUNT; i++) {
		if (strcmp(s, end_names[i]) == 0) {
			*end = (enum attempt_end)i;
			return true;
		}
	}
	return false;
}

static bool is_success(int status)
{
	return status >= 200 && status <= 299;
}

static enum verdict answer_verdict(int status)
{
	if (is_success(status))
		return VERDICT_DELIVERED;
	for (size_t i = 0; i < COUNT_OF(special); i++)
		if (special[i].status == status)
			return special[i].verdict;
	return VERDICT_RETRY;
}

enum verdict retry_verdict(enum attempt_end end, int status)
{
	switch (end) {
	case ATTEMPT_ANSWERED:
		return answer_verdict(status);
	case ATTEMPT_TOO_LARGE:
		return is_success(status) ? VERDICT_DELIVERED : VERDICT_RETRY;
	case ATTEMPT_REFUSED:
		return VERDICT_REFUSED;
	case ATTEMPT_REJECTED:
		return VERDICT_REJECTED;
	case ATTEMPT_THROTTLED:
		return VERDICT_THROTTLE;
	case ATTEMPT_DISOWNED:
		return VERDICT_DISOWNED;
	case ATTEMPT_NOT_BEGUN:
		return VERDICT_RELEASED;
	case ATTEMPT_UNKNOWN:
	case ATTEMPT_DNS:
	case ATTEMPT_CONNECT:
	case ATTEMPT_TLS:
	case ATTEMPT_TIMEOUT:
	case ATTEMPT_BROKEN:
	case ATTEMPT_DEFERRED:
	case ATTEMPT_END_COUNT:
		break;
	}
	return VERDICT_RETRY;
}

int64_t retry_wait_s(const struct retry_schedule *schedule, unsigned attempt, int64_t retry_after_s,
		     uint32_t random)
{
	/* A count that was set back while its attempt was under way starts the schedule, and stops no daemon. */
	if (attempt == 0)
		attempt = 1;
	if (attempt > schedule->n)
		return -1;
	int64_t wait_s = schedule->wait_s[attempt - 1];
	/* Whole seconds 0 … wait/5, each as likely: the high half of a 32 × 32 bit product needs no division. */
	uint64_t choices = (uint64_t)wait_s / 5 + 1;
	wait_s += (int64_t)((random * choices) >> 32);
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	return retry_after_s > wait_s ? retry_after_s : wait_s;
}

/* ---- Retry-After ---- */

static const char *const days_short[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", NULL };
static const char *const days_long[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
					 "Friday", "Saturday", "Sunday",    NULL };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
				      "Aug", "Sep", "Oct", "Nov", "Dec", NULL };

/*
 * The three forms of RFC 9110 §5.6.7. Letters are parts of a date, everything else stands for itself:
 * a A weekday, d two digits, e the same padded with a space, b month, Y y year of four and two digits, t time of day, Z "GMT".
 */
static const char *const date_forms[] = {
	"a, d b Y t Z", /* Sun, 06 Nov 1994 08:49:37 GMT */
	"A, d-b-y t Z", /* Sunday, 06-Nov-94 08:49:37 GMT */
	"a b e t Y",    /* Sun Nov  6 08:49:37 1994 */
};

struct http_date {
	int year;
	bool short_year;
	int month;
	int day_of_month;
	int second; /* of the day */
};

/* Exactly `digits` digits. */
static bool take_number(const char **s, int digits, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

/* One of `words`, in their exact letters; *index is its place. */
static bool take_word(const char **s, const char *const *words, int *index)
{
	for (int i = 0; words[i]; i++) {
		size_t len = strlen(words[i]);
		if (strncmp(*s, words[i], len) == 0) {
			*s += len;
			*index = i;
			return true;
		}
	}
	return false;
}

static bool take_padded_day(const char **s, int *out)
{
	if (**s != ' ')
		return take_number(s, 2, out);
	(*s)++;
	return take_number(s, 1, out);
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool take_time(const char **s, int *second)
{
	int hh, mm, ss;
	if (!take_number(s, 2, &hh) || !take_char(s, ':') || !take_number(s, 2, &mm) ||
	    !take_char(s, ':') || !take_number(s, 2, &ss))
		return false;
	*second = hh * 3600 + mm * 60 + ss;
	/* 60 is a leap second in that grammar; it is the next minute's first here. */
	return hh <= 23 && mm <= 59 && ss <= 60;
}

static bool take_part(const char **s, char part, struct http_date *date)
{
	static const char *const zone[] = { "GMT", NULL };
	int ignored;
	switch (part) {
	case 'a':
		return take_word(s, days_short, &ignored);
	case 'A':
		return take_word(s, days_long, &ignored);
	case 'b':
		return take_word(s, months, &date->month);
	case 'd':
		return take_number(s, 2, &date->day_of_month);
	case 'e':
		return take_padded_day(s, &date->day_of_month);
	case 'Y':
		return take_number(s, 4, &date->year);
	case 'y':
		date->short_year = true;
		return take_number(s, 2, &date->year);
	case 't':
		return take_time(s, &date->second);
	case 'Z':
		return take_word(s, zone, &ignored);
	default:
		return take_char(s, part);
	}
}

static bool date_matches(const char *s, const char *form, struct http_date *date)
{
	*date = (struct http_date){ 0 };
	for (; *form; form++)
		if (!take_part(&s, *form, date))
			return false;
	return *s == '\0';
}

static bool date_at(const struct http_date *date, int year, int64_t *at)
{
	int32_t day;
	if (!civil_from_ymd(year, date->month + 1, date->day_of_month, &day))
		return false;
	*at = (int64_t)day * 86400 + date->second;
	return true;
}

/*
 * Two digits name the century that puts the date at most 50 years ahead of now, as RFC 9110 §5.6.7 wants it. The
 * year of now is good enough: an error of hours at the edge of half a century changes no wait, which ends at a day.
 */
static int full_year(int two_digits, int64_t now_at)
{
	int now_year, month, day_of_month;
	civil_to_ymd(civil_day_of(now_at), &now_year, &month, &day_of_month);
	int year = now_year - now_year % 100 + two_digits;
	if (year > now_year + 50)
		year -= 100;
	else if (year <= now_year - 50)
		year += 100;
	return year;
}

static int64_t date_wait_s(const char *s, int64_t now_at)
{
	struct http_date date;
	for (size_t i = 0; i < COUNT_OF(date_forms); i++) {
		int64_t at;
		if (!date_matches(s, date_forms[i], &date))
			continue;
		if (!date_at(&date, date.short_year ? full_year(date.year, now_at) : date.year,
			     &at))
			return -1;
		return at > now_at ? at - now_at : 0;
	}
	return -1;
}

static int64_t delta_s(const char *s)
{
	int64_t sum = 0;
	for (; *s >= '0' && *s <= '9'; s++)
		sum = sum > (INT64_MAX - 9) / 10 ? INT64_MAX : sum * 10 + (*s - '0');
	return *s == '\0' ? sum : -1;
}

int64_t retry_after_parse(const char *value, int64_t now_at)
{
	if (*value >= '0' && *value <= '9')
		return delta_s(value);
	return date_wait_s(value, now_at);
}
