/*
 * Civil dates, proleptic Gregorian, and their instants in Beijing time (fixed UTC+8, whatever the server's zone).
 * A day is a `int32_t` count of days since 1970-01-01; an instant is unix seconds. Valid years: 1900..2200.
 *
 * Why our own: strptime accepts 2025-02-31, SQLite's date('2024-02-29','+2 years') is 1 March, a bad TZ is silently UTC.
 */
#ifndef JIEBANG_CIVIL_H
#define JIEBANG_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_YEAR_MIN      1900
#define CIVIL_YEAR_MAX      2200
#define CIVIL_UTC_OFFSET_S  (8 * 3600)
#define CIVIL_DATE_BYTES    11 /* "2024-09-02" */
#define CIVIL_INSTANT_BYTES 26 /* "2024-09-02T00:00:00+08:00" */

/* False if there is no such day or the year is out of range. */
bool civil_from_ymd(int year, int month, int day_of_month, int32_t *day);
void civil_to_ymd(int32_t day, int *year, int *month, int *day_of_month);
/* 0 if there is no such month. */
int civil_month_length(int year, int month);
/* 0 = Monday … 6 = Sunday. */
int civil_weekday(int32_t day);

/* Strictly "YYYY-MM-DD", and the day exists. */
bool civil_parse(const char *s, int32_t *day);
void civil_write(int32_t day, char out[CIVIL_DATE_BYTES]);

/*
 * The corresponding day `months` later (or earlier); where the month has none, its last day (民法典 art. 202).
 * Always from the anchor, never chained: 31 August + 6 = 28 February, + 12 = 31 August. May leave the valid years.
 */
int32_t civil_add_months(int32_t day, int months);

/* The instant the day begins and ends (D 24:00) in Beijing; the Beijing day of an instant. */
int64_t civil_start_at(int32_t day);
int64_t civil_end_at(int32_t day);
int32_t civil_day_of(int64_t at);

/* RFC 3339 with any offset or Z, seconds resolution (a fraction is refused). Also a bare date: its start in Beijing. */
bool civil_instant_parse(const char *s, int64_t *at);
/* In Beijing time, "2024-09-02T00:00:00+08:00". Like civil_write it fits any number, with years cut to 0000..9999. */
void civil_instant_write(int64_t at, char out[CIVIL_INSTANT_BYTES]);

#endif
