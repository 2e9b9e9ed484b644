/*
 * Civil dates as day numbers. A year is taken to begin in March, so that the leap day is its last one and months are
 * a straight line; 400 years are an era of 146097 days (H. Hinnant, "chrono-compatible low-level date algorithms").
 * Text is read by fixed positions and nothing else: what is not exactly a date is refused, never repaired.
 */
#include "jiebang/civil.h"

#include <string.h>

#define DAY_S          86400
#define ERA_DAYS       146097
#define EPOCH_DAY      719468 /* 1970-01-01, counted from 0000-03-01 */
#define DATE_CHARS     10     /* "2024-09-02" */
#define WRITE_YEAR_MAX 9999

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;
	return a % b < 0 ? q - 1 : q;
}

static bool leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_month_length(int year, int month)
{
	static const int lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (month < 1 || month > 12)
		return 0;
	return lengths[month - 1] + (month == 2 && leap(year));
}

/* Any year that fits, no range check. */
static int64_t day_number(int64_t year, int month, int day_of_month)
{
	int64_t march_year = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(march_year, 400);
	int64_t year_of_era = march_year - era * 400;
	int64_t march_month = (month + 9) % 12;
	int64_t day_of_year = (153 * march_month + 2) / 5 + day_of_month - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * ERA_DAYS + day_of_era - EPOCH_DAY;
}

bool civil_from_ymd(int year, int month, int day_of_month, int32_t *day)
{
	if (year < CIVIL_YEAR_MIN || year > CIVIL_YEAR_MAX)
		return false;
	if (day_of_month < 1 || day_of_month > civil_month_length(year, month))
		return false;
	*day = (int32_t)day_number(year, month, day_of_month);
	return true;
}

void civil_to_ymd(int32_t day, int *year, int *month, int *day_of_month)
{
	int64_t z = (int64_t)day + EPOCH_DAY;
	int64_t era = floor_div(z, ERA_DAYS);
	int64_t day_of_era = z - era * ERA_DAYS;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;
	*day_of_month = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
	*month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2));
}

int civil_weekday(int32_t day)
{
	/* 1970-01-01 was a Thursday. */
	int64_t shifted = (int64_t)day + 3;
	return (int)(shifted - floor_div(shifted, 7) * 7);
}

/* Exactly `digits` digits; -1 if there is anything else. */
static int number_at(const char *s, int digits)
{
	int value = 0;
	for (int i = 0; i < digits; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (s[i] - '0');
	}
	return value;
}

/* `s` has at least DATE_CHARS characters; only those are looked at. */
static bool date_at(const char *s, int32_t *day)
{
	int year = number_at(s, 4);
	int month = number_at(s + 5, 2);
	int day_of_month = number_at(s + 8, 2);
	if (s[4] != '-' || s[7] != '-')
		return false;
	return civil_from_ymd(year, month, day_of_month, day);
}

bool civil_parse(const char *s, int32_t *day)
{
	return strlen(s) == DATE_CHARS && date_at(s, day);
}

static void put_number(char *out, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		out[i] = (char)('0' + value % 10);
}

void civil_write(int32_t day, char out[CIVIL_DATE_BYTES])
{
	int year, month, day_of_month;
	civil_to_ymd(day, &year, &month, &day_of_month);
	/* Four digits are all there is: a day that no parser lets in shows as the nearest year that can be written. */
	year = year < 0 ? 0 : year > WRITE_YEAR_MAX ? WRITE_YEAR_MAX : year;
	put_number(out, year, 4);
	put_number(out + 5, month, 2);
	put_number(out + 8, day_of_month, 2);
	out[4] = out[7] = '-';
	out[DATE_CHARS] = '\0';
}

int32_t civil_add_months(int32_t day, int months)
{
	int year, month, day_of_month;
	civil_to_ymd(day, &year, &month, &day_of_month);
	int64_t total = (int64_t)year * 12 + (month - 1) + months;
	int64_t to_year = floor_div(total, 12);
	int to_month = (int)(total - to_year * 12) + 1;
	/* Leap years repeat every 400, so the length may be asked of any year of the same place in its era. */
	int length = civil_month_length((int)(to_year - floor_div(to_year, 400) * 400), to_month);
	int64_t sum = day_number(to_year, to_month, day_of_month < length ? day_of_month : length);
	return sum < INT32_MIN ? INT32_MIN : sum > INT32_MAX ? INT32_MAX : (int32_t)sum;
}

int64_t civil_start_at(int32_t day)
{
	return (int64_t)day * DAY_S - CIVIL_UTC_OFFSET_S;
}

int64_t civil_end_at(int32_t day)
{
	return civil_start_at(day) + DAY_S;
}

int32_t civil_day_of(int64_t at)
{
	int64_t day = floor_div(at, DAY_S);
	int64_t second = at % DAY_S;
	if (second < 0)
		second += DAY_S;
	/* Beijing is ahead: the last hours of a day of UTC are the next day. `at` itself may be too far out to be shifted. */
	if (second >= DAY_S - CIVIL_UTC_OFFSET_S)
		day++;
	return day < INT32_MIN ? INT32_MIN : day > INT32_MAX ? INT32_MAX : (int32_t)day;
}

/* "T08:49:37" behind the date, as seconds of the day; -1 if malformed. A leap second has no unix second: refused. */
static int64_t time_at(const char *s)
{
	int hour = number_at(s + 1, 2);
	int minute = number_at(s + 4, 2);
	int second = number_at(s + 7, 2);
	if ((s[0] != 'T' && s[0] != 't') || s[3] != ':' || s[6] != ':')
		return -1;
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return -1;
	return (int64_t)hour * 3600 + minute * 60 + second;
}

/* "Z", "z", "+08:00", "-00:30": the whole rest of the text. */
static bool offset_at(const char *s, int64_t *offset_s)
{
	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0) {
		*offset_s = 0;
		return true;
	}
	if (strlen(s) != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return false;
	int hour = number_at(s + 1, 2);
	int minute = number_at(s + 4, 2);
	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return false;
	*offset_s = (s[0] == '-' ? -1 : 1) * ((int64_t)hour * 3600 + minute * 60);
	return true;
}

bool civil_instant_parse(const char *s, int64_t *at)
{
	enum { TIME_CHARS = 9 };
	size_t len = strlen(s);
	int32_t day;
	int64_t offset_s;
	if (len < DATE_CHARS || !date_at(s, &day))
		return false;
	if (len == DATE_CHARS) {
		*at = civil_start_at(day);
		return true;
	}
	if (len <= DATE_CHARS + TIME_CHARS || !offset_at(s + DATE_CHARS + TIME_CHARS, &offset_s))
		return false;
	int64_t time_s = time_at(s + DATE_CHARS);
	if (time_s < 0)
		return false;
	*at = (int64_t)day * DAY_S + time_s - offset_s;
	return true;
}

void civil_instant_write(int64_t at, char out[CIVIL_INSTANT_BYTES])
{
	int32_t day = civil_day_of(at);
	int64_t second = at - civil_start_at(day);
	/* Only an instant beyond all days can lie outside its own. */
	second = second < 0 ? 0 : second >= DAY_S ? DAY_S - 1 : second;
	civil_write(day, out);
	out[10] = 'T';
	put_number(out + 11, (int)(second / 3600), 2);
	put_number(out + 14, (int)(second / 60 % 60), 2);
	put_number(out + 17, (int)(second % 60), 2);
	out[13] = out[16] = ':';
	memcpy(out + 19, "+08:00", 7);
}
