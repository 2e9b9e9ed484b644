/*
 * The ladder of the 2023 programme step by step, escalation across National Day, adjoining ranges as a property over
 * random ladders and random cuts (the seed is printed, JIEBANG_SEED repeats it), and the frozen JSON with all that
 * it must refuse.
 */
#include "jiebang/reminder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain_days.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define HOUR_S      3600
#define DAY_S       86400

static struct calendar *calendar;

static const struct ladder ladder_2023 = {
	.id = "standard",
	.before_days = { 60, 30, 15, 7, 3, 1, 0 },
	.n_before = 7,
	.after_days = { 1, 3, 7 },
	.n_after = 3,
	.then_every_days = 7,
	.send_at_s = 9 * HOUR_S + 20 * 60,
	.jitter_s = 180,
	.escalations = { { RECIPIENT_RECOMMENDER, 3 }, { RECIPIENT_OFFICE, 7 } },
	.n_escalations = 2,
};

static int setup(void **state)
{
	(void)state;
	calendar = calendar_shipped();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	calendar_free(calendar);
	return 0;
}

struct expected {
	const char *at;
	const char *key;
	enum step_kind kind;
	enum recipient to;
	int offset;
};

static void check_steps(const struct step *steps, size_t n, const struct expected *expected,
			size_t n_expected)
{
	for (size_t i = 0; i < n && i < n_expected; i++) {
		char at[CIVIL_INSTANT_BYTES];
		civil_instant_write(steps[i].at, at);
		assert_string_equal(steps[i].key, expected[i].key);
		assert_string_equal(at, expected[i].at);
		assert_int_equal(steps[i].day, civil_day_of(steps[i].at));
		assert_int_equal(steps[i].kind, expected[i].kind);
		assert_int_equal(steps[i].to, expected[i].to);
		assert_int_equal(steps[i].offset, expected[i].offset);
	}
	assert_int_equal(n, n_expected);
}

#define U RECIPIENT_UNIT

/* R1, R2: due on 2025-09-30, the eve of eight days off; 10-11 is a make-up Saturday. Days off move no step. */
static void test_ladder_across_national_day(void **state)
{
	static const struct expected expected[] = {
		{ "2025-08-01T09:20:00+08:00", "before-60", STEP_BEFORE, U, 60 },
		{ "2025-08-31T09:20:00+08:00", "before-30", STEP_BEFORE, U, 30 }, /* Sunday */
		{ "2025-09-15T00:00:00+08:00", "open", STEP_OPEN, U, 0 },
		{ "2025-09-15T09:20:00+08:00", "before-15", STEP_BEFORE, U, 15 },
		{ "2025-09-23T09:20:00+08:00", "before-7", STEP_BEFORE, U, 7 },
		{ "2025-09-27T09:20:00+08:00", "before-3", STEP_BEFORE, U, 3 }, /* Saturday */
		{ "2025-09-29T09:20:00+08:00", "before-1", STEP_BEFORE, U, 1 },
		{ "2025-09-30T09:20:00+08:00", "due", STEP_DUE, U, 0 },
		{ "2025-10-01T09:20:00+08:00", "after-1", STEP_AFTER, U, 1 }, /* holidays */
		{ "2025-10-03T09:20:00+08:00", "after-3", STEP_AFTER, U, 3 },
		{ "2025-10-07T09:20:00+08:00", "after-7", STEP_AFTER, U, 7 },
		/* Working days after the due day: 10-09, 10-10, 10-11. */
		{ "2025-10-11T09:20:00+08:00", "recommender+3w", STEP_ESCALATION,
		  RECIPIENT_RECOMMENDER, 3 },
		{ "2025-10-14T09:20:00+08:00", "repeat-1", STEP_REPEAT, U, 1 },
		/* … 10-13, 14, 15, 16. */
		{ "2025-10-16T09:20:00+08:00", "office+7w", STEP_ESCALATION, RECIPIENT_OFFICE, 7 },
		{ "2025-10-21T09:20:00+08:00", "repeat-2", STEP_REPEAT, U, 2 },
		{ "2025-10-28T09:20:00+08:00", "repeat-3", STEP_REPEAT, U, 3 },
		{ "2025-11-04T09:20:00+08:00", "repeat-4", STEP_REPEAT, U, 4 },
		{ "2025-11-11T09:20:00+08:00", "repeat-5", STEP_REPEAT, U, 5 },
		{ "2025-11-18T09:20:00+08:00", "repeat-6", STEP_REPEAT, U, 6 },
		{ "2025-11-25T09:20:00+08:00", "repeat-7", STEP_REPEAT, U, 7 },
	};
	struct step_dates dates = { day_of("2025-09-15"), day_of("2025-09-30") };
	struct step steps[64];
	(void)state;
	/* Sixty days past due, never submitted. */
	size_t n = reminder_steps(&ladder_2023, calendar, &dates, INT64_MIN,
				  civil_end_at(dates.due_on + 60), steps, COUNT_OF(steps));
	check_steps(steps, n, expected, COUNT_OF(expected));
	/* The first seven only, when there is no room for more. */
	n = reminder_steps(&ladder_2023, calendar, &dates, 0, INT64_MAX, steps, 7);
	check_steps(steps, n, expected, 7);
	assert_int_equal(reminder_steps(&ladder_2023, calendar, &dates, 0, INT64_MAX, steps, 0), 0);
}

/* Both ends of a range belong to it. */
static void test_range_is_inclusive(void **state)
{
	struct step_dates dates = { day_of("2025-09-15"), day_of("2025-09-30") };
	int64_t due_at = civil_start_at(dates.due_on) + ladder_2023.send_at_s;
	struct step step;
	(void)state;
	assert_int_equal(reminder_steps(&ladder_2023, calendar, &dates, due_at, due_at, &step, 1),
			 1);
	assert_string_equal(step.key, "due");
	assert_int_equal(
		reminder_steps(&ladder_2023, calendar, &dates, due_at + 1, due_at + 2, &step, 1),
		0);
	assert_int_equal(
		reminder_steps(&ladder_2023, calendar, &dates, due_at, due_at - 1, &step, 1), 0);
	assert_true(reminder_next(&ladder_2023, calendar, &dates, due_at, &step));
	assert_string_equal(step.key, "due");
	assert_true(reminder_next(&ladder_2023, calendar, &dates, due_at + 1, &step));
	assert_string_equal(step.key, "after-1");
}

/* An obligation open from publication on: what lies before the opening is announced all the same. */
static void test_opening_orders(void **state)
{
	static const struct expected late[] = {
		{ "2025-09-23T00:00:00+08:00", "before-7", STEP_BEFORE, U, 7 },
		{ "2025-09-29T00:00:00+08:00", "open", STEP_OPEN, U, 0 },
		{ "2025-09-29T00:00:00+08:00", "before-1", STEP_BEFORE, U, 1 },
	};
	static const struct expected same_day[] = {
		{ "2025-09-23T00:00:00+08:00", "before-7", STEP_BEFORE, U, 7 },
		{ "2025-09-29T00:00:00+08:00", "before-1", STEP_BEFORE, U, 1 },
		{ "2025-09-30T00:00:00+08:00", "open", STEP_OPEN, U, 0 },
	};
	struct ladder ladder = { .before_days = { 7, 1 }, .n_before = 2 };
	struct step_dates dates = { day_of("2025-09-29"), day_of("2025-09-30") };
	struct step steps[8];
	(void)state;
	size_t n = reminder_steps(&ladder, calendar, &dates, 0, INT64_MAX, steps, COUNT_OF(steps));
	check_steps(steps, n, late, COUNT_OF(late));
	dates.opens_on = dates.due_on;
	n = reminder_steps(&ladder, calendar, &dates, 0, INT64_MAX, steps, COUNT_OF(steps));
	check_steps(steps, n, same_day, COUNT_OF(same_day));
	/* No repeats: after the last there is none, and asking from there says so. */
	struct step step;
	assert_true(reminder_next(&ladder, calendar, &dates, steps[2].at, &step));
	assert_false(reminder_next(&ladder, calendar, &dates, steps[2].at + 1, &step));
}

/* Same instant: kind, then offset, then recipient decide. */
static void test_ties(void **state)
{
	static const struct expected expected[] = {
		{ "2026-03-02T08:00:00+08:00", "due", STEP_DUE, U, 0 },
		{ "2026-03-03T08:00:00+08:00", "after-1", STEP_AFTER, U, 1 },
		{ "2026-03-03T08:00:00+08:00", "recommender+1w", STEP_ESCALATION,
		  RECIPIENT_RECOMMENDER, 1 },
		{ "2026-03-03T08:00:00+08:00", "office+1w", STEP_ESCALATION, RECIPIENT_OFFICE, 1 },
		{ "2026-03-04T08:00:00+08:00", "repeat-1", STEP_REPEAT, U, 1 },
		{ "2026-03-04T08:00:00+08:00", "unit+2w", STEP_ESCALATION, U, 2 },
	};
	const struct ladder ladder = {
		.before_days = { 0 },
		.n_before = 1,
		.after_days = { 1 },
		.n_after = 1,
		.then_every_days = 1,
		.send_at_s = 8 * HOUR_S,
		.escalations = { { RECIPIENT_OFFICE, 1 }, { U, 2 }, { RECIPIENT_RECOMMENDER, 1 } },
		.n_escalations = 3,
	};
	struct step_dates dates = { day_of("2026-01-01"), day_of("2026-03-02") };
	struct step steps[8];
	(void)state;
	size_t n = reminder_steps(&ladder, calendar, &dates, civil_start_at(dates.due_on),
				  civil_end_at(dates.due_on + 2) - 1, steps, COUNT_OF(steps));
	check_steps(steps, n, expected, COUNT_OF(expected));
}

/* Years of downtime cost one division, and the row ends with the civil years instead of overflowing. */
static void test_far_repeats(void **state)
{
	struct step_dates dates = { day_of("2025-09-15"), day_of("2025-09-30") };
	int64_t far_at = civil_start_at(day_of("2199-01-01"));
	const struct ladder bare = { .then_every_days = 10 };
	struct step step;
	(void)state;
	assert_true(reminder_next(&ladder_2023, calendar, &dates, far_at, &step));
	assert_int_equal(step.kind, STEP_REPEAT);
	assert_int_equal(step.day, day_of("2025-10-07") + 7 * step.offset);
	assert_in_range(step.at - far_at, 0, 7 * DAY_S - 1);
	/* Without a rung after the due day the repeats count from it. */
	assert_true(reminder_next(&bare, calendar, &dates, civil_end_at(dates.due_on), &step));
	assert_string_equal(step.key, "repeat-1");
	assert_int_equal(step.day, dates.due_on + 10);
	assert_true(reminder_next(&bare, calendar, &dates, civil_start_at(day_of("2200-12-20")),
				  &step));
	assert_false(
		reminder_next(&bare, calendar, &dates, civil_end_at(day_of("2200-12-31")), &step));
	assert_false(reminder_next(&bare, calendar, &dates, INT64_MAX, &step));
}

struct asked {
	int n;
	int take; /* says yes to this one, counted from 1; 0: to none */
	struct step last;
};

static bool take_nth(const struct step *step, void *arg)
{
	struct asked *asked = arg;
	asked->last = *step;
	return ++asked->n == asked->take;
}

/* Asked in order, and no further than the one that is taken. */
static void test_find(void **state)
{
	struct step_dates dates = { day_of("2025-03-29"), day_of("2025-09-29") };
	struct step all[64], step;
	(void)state;
	size_t n = reminder_steps(&ladder_2023, calendar, &dates, 0, INT64_MAX, all, COUNT_OF(all));
	assert_int_equal(n, COUNT_OF(all));
	for (int i = 1; i <= (int)n; i++) {
		struct asked asked = { .take = i };
		assert_true(
			reminder_find(&ladder_2023, calendar, &dates, 0, take_nth, &asked, &step));
		assert_int_equal(asked.n, i);
		assert_string_equal(step.key, all[i - 1].key);
		assert_int_equal(step.at, all[i - 1].at);
	}
	struct asked later = { .take = 1 }, none = { .take = 0 };
	assert_true(reminder_find(&ladder_2023, calendar, &dates, all[3].at + 1, take_nth, &later,
				  &step));
	assert_true(step.at > all[3].at);
	const struct ladder finite = { .before_days = { 7, 1 }, .n_before = 2 };
	assert_false(reminder_find(&finite, calendar, &dates, 0, take_nth, &none, &step));
	assert_int_equal(none.n, 3);
	assert_string_equal(none.last.key, "before-1");
}

/* ---- adjoining ranges ---- */

static uint64_t random_state;

/* splitmix64: good enough to choose cuts, and the same everywhere. */
static uint32_t random_below(uint32_t n)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ (z >> 31)) % n);
}

static struct ladder random_ladder(void)
{
	struct ladder ladder = { .then_every_days = (int)random_below(15) };
	int days = 70;
	while (ladder.n_before < LADDER_RUNGS_MAX && days > 0) {
		days -= 1 + (int)random_below(30);
		if (days >= 0)
			ladder.before_days[ladder.n_before++] = days;
	}
	days = 0;
	for (uint32_t n = random_below(6); n > 0; n--)
		ladder.after_days[ladder.n_after++] = days += 1 + (int)random_below(4);
	int workdays = 0;
	for (uint32_t n = random_below(8); n > 0; n--) {
		struct escalation *up = &ladder.escalations[ladder.n_escalations++];
		up->to = (enum recipient)random_below(RECIPIENT_COUNT);
		up->after_workdays = workdays += 1 + (int)random_below(3);
	}
	/* Often midnight: the opening then ties with a rung. */
	ladder.send_at_s = random_below(3) == 0 ? 0 : (int)random_below(DAY_S);
	ladder.days_off = (enum days_off)random_below(DAYS_OFF_COUNT);
	ladder.jitter_s = (int)random_below(LADDER_JITTER_MAX_S + 1);
	return ladder;
}

static bool same_step(const struct step *a, const struct step *b)
{
	return a->kind == b->kind && a->to == b->to && a->offset == b->offset && a->day == b->day &&
	       a->at == b->at && strcmp(a->key, b->key) == 0;
}

static bool in_order(const struct step *a, const struct step *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	if (a->day != b->day)
		return a->day < b->day;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->offset != b->offset ? a->offset < b->offset : a->to < b->to;
}

static void check_splits(const struct ladder *ladder, const struct step_dates *dates)
{
	struct step whole[256], part[256];
	int64_t from_at = civil_start_at(dates->due_on - 80);
	int64_t until_at = civil_start_at(dates->due_on + 100);
	size_t n =
		reminder_steps(ladder, calendar, dates, from_at, until_at, whole, COUNT_OF(whole));
	size_t seen = 0;
	assert_true(n < COUNT_OF(whole));
	for (size_t i = 1; i < n; i++)
		assert_true(in_order(&whole[i - 1], &whole[i]));
	for (int64_t at = from_at; at <= until_at;) {
		/* Half of the cuts fall on a step's own second or right after it. */
		int64_t to_at = at + random_below(20 * DAY_S);
		if (seen < n && random_below(2) == 0)
			to_at = whole[seen].at - random_below(2);
		if (to_at < at)
			to_at = at;
		if (to_at > until_at)
			to_at = until_at;
		size_t k = reminder_steps(ladder, calendar, dates, at, to_at, part, COUNT_OF(part));
		for (size_t i = 0; i < k; i++, seen++)
			assert_true(seen < n && same_step(&part[i], &whole[seen]));
		at = to_at + 1;
	}
	assert_int_equal(seen, n);
}

/* Walking by reminder_next, as the planner does, meets the same steps; ties are taken by asking for the instant. */
static void check_walk(const struct ladder *ladder, const struct step_dates *dates)
{
	struct step whole[256], next;
	int64_t from_at = civil_start_at(dates->due_on - 80);
	int64_t until_at = civil_start_at(dates->due_on + 100);
	size_t n =
		reminder_steps(ladder, calendar, dates, from_at, until_at, whole, COUNT_OF(whole));
	size_t seen = 0;
	while (reminder_next(ladder, calendar, dates, from_at, &next) && next.at <= until_at) {
		assert_true(same_step(&next, &whole[seen]));
		from_at = next.at + 1;
		while (seen < n && whole[seen].at == next.at)
			seen++;
	}
	assert_int_equal(seen, n);
}

static void test_adjoining_ranges(void **state)
{
	const char *given = getenv("JIEBANG_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	(void)state;
	print_message("JIEBANG_SEED=%" PRIu64 "\n", seed);
	random_state = seed;
	for (int round = 0; round < 2000; round++) {
		struct ladder ladder = random_ladder();
		struct step_dates dates = { .due_on = day_of("2023-03-01") +
						      (int32_t)random_below(1200) };
		dates.opens_on = dates.due_on - (int32_t)random_below(40);
		check_splits(&ladder, &dates);
		check_walk(&ladder, &dates);
	}
}

/* ---- JSON ---- */

#define JSON_2023                                                                                  \
	"{\"id\":\"standard\",\"before_days\":[60,30,15,7,3,1,0],\"after_days\":[1,3,7],"          \
	"\"then_every_days\":7,\"send_at_s\":33600,\"days_off\":\"send\",\"jitter_s\":180,"        \
	"\"escalations\":[{"                                                                       \
	"\"to\":\"recommender\","                                                                  \
	"\"after_workdays\":3},{\"to\":\"office\",\"after_workdays\":7}]}"

static bool same_ladder(const struct ladder *a, const struct ladder *b)
{
	bool same = strcmp(a->id, b->id) == 0 && a->n_before == b->n_before &&
		    a->n_after == b->n_after && a->then_every_days == b->then_every_days &&
		    a->send_at_s == b->send_at_s && a->days_off == b->days_off &&
		    a->jitter_s == b->jitter_s && a->n_escalations == b->n_escalations;
	for (size_t i = 0; same && i < a->n_before; i++)
		same = a->before_days[i] == b->before_days[i];
	for (size_t i = 0; same && i < a->n_after; i++)
		same = a->after_days[i] == b->after_days[i];
	for (size_t i = 0; same && i < a->n_escalations; i++)
		same = a->escalations[i].to == b->escalations[i].to &&
		       a->escalations[i].after_workdays == b->escalations[i].after_workdays;
	return same;
}

static void test_json_round_trip(void **state)
{
	struct buf text = BUF_EMPTY;
	struct ladder back;
	(void)state;
	ladder_write(&ladder_2023, &text);
	assert_string_equal(buf_str(&text), JSON_2023);
	assert_int_equal(ladder_read(text.data, text.len, &back, NULL), FAULT_NONE);
	assert_true(same_ladder(&ladder_2023, &back));
	random_state = 2023;
	for (int i = 0; i < 200; i++) {
		struct ladder ladder = random_ladder();
		buf_reset(&text);
		ladder_write(&ladder, &text);
		assert_int_equal(ladder_read(text.data, text.len, &back, NULL), FAULT_NONE);
		assert_true(same_ladder(&ladder, &back));
	}
	buf_clear(&text);
}

#define LADDER(id, before, after, every, at, up)                                                   \
	"{\"id\":" id ",\"before_days\":" before ",\"after_days\":" after                          \
	",\"then_every_days\":" every ",\"send_at_s\":" at                                         \
	",\"days_off\":\"send\",\"jitter_s\":0,\"escalations\":" up "}"
#define LADDER_JITTER(jitter)                                                                      \
	"{\"id\":\"x\",\"before_days\":[],\"after_days\":[],\"then_every_days\":0,\"send_at_s\":"  \
	"0,"                                                                                       \
	"\"days_off\":\"send\",\"jitter_s\":" jitter ",\"escalations\":[]}"
#define UP(to, days) "{\"to\":" to ",\"after_workdays\":" days "}"
#define FIVE_TO_ONE  "5,4,3,2,1"

static const struct {
	const char *text;
	const char *detail; /* a part of it */
} bad_json[] = {
	{ "", "not valid JSON" },
	{ "[]", "a ladder is an object" },
	{ "null", "not valid JSON" },
	{ "{}", "id must be" },
	{ LADDER("7", "[]", "[]", "0", "0", "[]"), "id must be" },
	{ LADDER("\"01234567890123456789012345678901\"", "[]", "[]", "0", "0", "[]"),
	  "id must be text of at most 31 bytes" },
	{ LADDER("\"x\"", "7", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "{}", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "[1,3]", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "[3,3]", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "[0,0]", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "[-1]", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "[3661]", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"", "[1.5]", "[]", "0", "0", "[]"), "before_days must be" },
	{ LADDER("\"x\"",
		 "[25,24,23,22,21,20,19,18,17,16,15,14,13,12,11,10,9,8,7,6," FIVE_TO_ONE "]", "[]",
		 "0", "0", "[]"),
	  "before_days must be" },
	{ LADDER("\"x\"", "[]", "[0]", "0", "0", "[]"), "after_days must be" },
	{ LADDER("\"x\"", "[]", "[3,1]", "0", "0", "[]"), "after_days must be" },
	{ LADDER("\"x\"", "[]", "[3,3]", "0", "0", "[]"), "after_days must be" },
	{ LADDER("\"x\"", "[]", "[3661]", "0", "0", "[]"), "after_days must be" },
	{ LADDER("\"x\"", "[]", "[\"1\"]", "0", "0", "[]"), "after_days must be" },
	{ LADDER("\"x\"", "[]", "[]", "-7", "0", "[]"), "then_every_days must be" },
	{ LADDER("\"x\"", "[]", "[]", "4294967303", "0", "[]"), "then_every_days must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "86400", "[]"), "send_at_s must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "-1", "[]"), "send_at_s must be" },
	{ "{\"id\":\"x\",\"before_days\":[],\"after_days\":[],\"then_every_days\":0,\"send_at_s\":"
	  "0,"
	  "\"days_off\":\"never\",\"escalations\":[]}",
	  "days_off must be send, before or after" },
	{ "{\"id\":\"x\",\"before_days\":[],\"after_days\":[],\"then_every_days\":0,\"send_at_s\":"
	  "0,"
	  "\"escalations\":[]}",
	  "days_off must be send, before or after" },
	{ LADDER_JITTER("-1"), "jitter_s must be seconds, 0 to 3600" },
	{ LADDER_JITTER("3601"), "jitter_s must be seconds, 0 to 3600" },
	{ LADDER_JITTER("\"3m\""), "jitter_s must be" },
	{ LADDER_JITTER("null"), "jitter_s must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "{}"), "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[3]"), "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[" UP("\"boss\"", "3") "]"),
	  "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[" UP("7", "3") "]"), "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[" UP("\"office\"", "-1") "]"),
	  "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[" UP("\"office\"", "3661") "]"),
	  "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[{\"to\":\"office\"}]"), "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0",
		 "[" UP("\"office\"", "3") "," UP("\"office\"", "3") "]"),
	  "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[" UP("\"office\"", "3,\"cc\":1") "]"),
	  "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0",
		 "[" UP("\"unit\"", "1") "," UP("\"unit\"", "2") "," UP("\"unit\"", "3") "," UP(
			 "\"unit\"",
			 "4") "," UP("\"unit\"",
				     "5") "," UP("\"unit\"",
						 "6") "," UP("\"unit\"",
							     "7") "," UP("\"unit\"",
									 "8") "," UP("\"unit\"",
										     "9") "]"),
	  "escalations must be" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[],\"more\":1"), "not known" },
	{ LADDER("\"x\"", "[]", "[]", "0", "0", "[],\"id\":\"y\""), "not valid JSON" },
};

static void test_json_refused(void **state)
{
	static const char good[] = LADDER("\"x\"", "[3660,0]", "[1,3660]", "3660", "86399",
					  "[" UP("\"unit\"", "0") "," UP("\"office\"", "0") "]");
	struct ladder ladder;
	struct problem problem;
	(void)state;
	assert_int_equal(ladder_read(good, strlen(good), &ladder, &problem), FAULT_NONE);
	for (size_t i = 0; i < COUNT_OF(bad_json); i++) {
		memset(&problem, 0, sizeof(problem));
		assert_int_equal(
			ladder_read(bad_json[i].text, strlen(bad_json[i].text), &ladder, &problem),
			FAULT_INVALID);
		if (!strstr(problem.detail, bad_json[i].detail))
			fail_msg("%s: %s", bad_json[i].text, problem.detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ladder_across_national_day),
		cmocka_unit_test(test_range_is_inclusive),
		cmocka_unit_test(test_opening_orders),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_far_repeats),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_adjoining_ranges),
		cmocka_unit_test(test_json_round_trip),
		cmocka_unit_test(test_json_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
