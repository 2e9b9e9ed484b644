/*
 * The doors for dates: civil_parse, civil_instant_parse, retry_after_parse as C strings, calendar_read_csv as bytes.
 * Beside not crashing: what was taken writes back as the same, and a calendar that was taken is in order.
 */
#include "jiebang/calendar.h"
#include "jiebang/civil.h"
#include "jiebang/retry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOW_AT 1772236800

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_date(const char *text)
{
	int32_t day;
	char out[CIVIL_DATE_BYTES];
	if (!civil_parse(text, &day))
		return;
	civil_write(day, out);
	INVARIANT(strcmp(out, text) == 0);
}

static void try_instant(const char *text)
{
	int64_t at, again;
	char out[CIVIL_INSTANT_BYTES];
	if (!civil_instant_parse(text, &at))
		return;
	civil_instant_write(at, out);
	/* The very ends of the civil years leave them when their offset is taken off. */
	if (civil_instant_parse(out, &again))
		INVARIANT(again == at);
}

static void try_calendar(const char *text, size_t len)
{
	struct calendar *calendar;
	int32_t day, last = INT32_MIN;
	enum day_kind kind;
	const char *name;
	if (calendar_read_csv(text, len, "fuzz", &calendar, NULL) != FAULT_NONE) {
		INVARIANT(calendar == NULL);
		return;
	}
	for (size_t i = 0; calendar_entry(calendar, i, &day, &kind, &name); i++) {
		bool provisional = false;
		INVARIANT(day > last && kind != DAY_PLAIN);
		INVARIANT(calendar_is_off(calendar, day, &provisional) == (kind == DAY_HOLIDAY));
		last = day;
	}
	calendar_free(calendar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	INVARIANT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	try_date(text);
	try_instant(text);
	INVARIANT(retry_after_parse(text, NOW_AT) >= -1);
	try_calendar(text, size);
	free(text);
	return 0;
}
