/*
 * Who hears that dates have moved: each unit of its own dates, each recommender of all its units at once, the office of
 * the whole. One message a recipient and operation, be it five dates or five thousand.
 */
#include "engine/replan.h"

#include "engine/notice.h"
#include "jiebang/civil.h"
#include "jiebang/json.h"
#include "jiebang/text.h"
#include "jiebang/wire.h"

#include <stdlib.h>
#include <string.h>

/* In one message; the others are counted, and it says where all are. */
#define LISTED       30
#define LISTED_BYTES 3000

/* One unit's stretch of the moved dates. */
struct told {
	int64_t programme_key;
	int64_t unit_key;
	size_t n[RECIPIENT_COUNT]; /* how many each is told of: a reviewer's date is none of the unit's */
	char *lead;
	char *recommender;
};

struct telling {
	struct replan *replan;
	const char *change;
	struct told *units;
	size_t n;
	struct buf data;
};

static int by_unit(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	if (x->unit_key != y->unit_key)
		return x->unit_key < y->unit_key ? -1 : 1;
	return (x->obligation_key > y->obligation_key) - (x->obligation_key < y->obligation_key);
}

static int by_recommender(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	if (x->programme_key != y->programme_key)
		return x->programme_key < y->programme_key ? -1 : 1;
	int order = strcmp(x->recommender, y->recommender);
	return order ? order : (x->unit_key > y->unit_key) - (x->unit_key < y->unit_key);
}

static void begin_data(struct telling *telling, struct jw *jw)
{
	buf_reset(&telling->data);
	jw_init(jw, &telling->data);
	jw_object(jw);
	jw_kv_str(jw, "cause", telling->replan->cause);
	jw_kv_str(jw, "change", telling->change);
}

/* null: it was not owed before, or is not from now on. */
static void kv_day(struct jw *jw, const char *key, int32_t day)
{
	char text[CIVIL_DATE_BYTES];
	if (day)
		civil_write(day, text);
	jw_kv_str(jw, key, day ? text : NULL);
}

/* How many were not listed, and where all are. */
static void end_data(struct jw *jw, size_t more, const char *by, const char *id)
{
	struct buf place = BUF_EMPTY;
	if (more > 0) {
		jw_kv_int(jw, "more", (int64_t)more);
		jw_key(jw, "see");
		jw_object(jw);
		buf_addf(&place, "/v1/obligations?%s=%s", by, id);
		jw_kv_str(jw, "path", buf_str(&place));
		buf_reset(&place);
		buf_addf(&place, "jiebangctl obligation list --%s %s", by, id);
		jw_kv_str(jw, "command", buf_str(&place));
		jw_object_end(jw);
	}
	jw_object_end(jw);
	buf_clear(&place);
}

/* Of the n dates, those of the unit itself. */
static void write_dates(struct telling *telling, const struct moved *moved, size_t n)
{
	struct jw jw;
	char id[TEXT_ID_BYTES];
	size_t own = 0;
	begin_data(telling, &jw);
	jw_key(&jw, "obligations");
	jw_array(&jw);
	for (size_t i = 0; i < n; i++) {
		if (moved[i].of != RECIPIENT_UNIT || own++ >= LISTED)
			continue;
		jw_object(&jw);
		jw_kv_id(&jw, "id", WIRE_ID_OBLIGATION, moved[i].obligation_key);
		kv_day(&jw, "old_due_on", moved[i].old_due_on);
		kv_day(&jw, "due_on", moved[i].due_on);
		jw_kv_bool(&jw, "provisional", moved[i].provisional);
		jw_object_end(&jw);
	}
	jw_array_end(&jw);
	text_id_write(id, WIRE_ID_UNIT, moved->unit_key);
	end_data(&jw, own > LISTED ? own - LISTED : 0, "unit", id);
}

/* What concerns `to` of these units; how many dates that is. */
static size_t write_units(struct telling *telling, const struct told *units, size_t n,
			  enum recipient to)
{
	struct jw jw;
	size_t dates = 0, concerned = 0, listed = 0;
	for (size_t i = 0; i < n; i++) {
		dates += units[i].n[to];
		concerned += units[i].n[to] > 0;
	}
	begin_data(telling, &jw);
	jw_kv_int(&jw, "units", (int64_t)concerned);
	jw_kv_int(&jw, "obligations", (int64_t)dates);
	jw_key(&jw, "unit_list");
	jw_array(&jw);
	for (size_t i = 0; i < n; i++) {
		if (units[i].n[to] == 0)
			continue;
		if (listed == LISTED || telling->data.len > LISTED_BYTES)
			break;
		listed++;
		jw_object(&jw);
		jw_kv_id(&jw, "id", WIRE_ID_UNIT, units[i].unit_key);
		jw_kv_str(&jw, "lead", units[i].lead);
		jw_kv_int(&jw, "obligations", (int64_t)units[i].n[to]);
		jw_object_end(&jw);
	}
	jw_array_end(&jw);
	const struct programme *programme =
		tx_programme_of(telling->replan->tx, units->programme_key);
	end_data(&jw, programme ? concerned - listed : 0, "programme",
		 programme ? programme->id : "");
	return dates;
}

static struct notice notice_to(const struct telling *telling, enum recipient to)
{
	return (struct notice){ to, "obligation.rescheduled", telling->change,
				buf_str(&telling->data) };
}

/* The unit that `moved` begins with, of whose dates there are n. */
static enum fault tell_unit(struct telling *telling, const struct moved *moved, size_t n,
			    struct problem *problem)
{
	struct tx *tx = telling->replan->tx;
	struct unit_row unit;
	enum fault fault = unit_get(tx->store, moved->unit_key, &unit, problem);
	if (fault != FAULT_NONE)
		return fault;
	struct told *told = &telling->units[telling->n++];
	*told = (struct told){ .programme_key = moved->programme_key,
			       .unit_key = moved->unit_key,
			       .lead = xstrdup(unit.lead),
			       .recommender = xstrdup(unit.recommender) };
	for (size_t i = 0; i < n; i++)
		for (int to = 0; to < RECIPIENT_COUNT; to++)
			told->n[to] += moved[i].of == RECIPIENT_UNIT || (int)moved[i].of == to;
	if (told->n[RECIPIENT_UNIT] == 0)
		return FAULT_NONE;
	write_dates(telling, moved, n);
	struct notice notice = notice_to(telling, RECIPIENT_UNIT);
	return notice_about_unit(tx, moved->unit_key, &notice, problem);
}

static enum fault tell_units(struct telling *telling, struct problem *problem)
{
	struct replan *replan = telling->replan;
	enum fault fault = FAULT_NONE;
	qsort(replan->moved, replan->n_moved, sizeof(*replan->moved), by_unit);
	for (size_t i = 0, n; fault == FAULT_NONE && i < replan->n_moved; i += n) {
		const struct moved *first = &replan->moved[i];
		for (n = 1; i + n < replan->n_moved && first[n].unit_key == first->unit_key; n++)
			;
		fault = tell_unit(telling, first, n, problem);
	}
	return fault;
}

static bool same_group(const struct told *a, const struct told *b, enum recipient to)
{
	return a->programme_key == b->programme_key &&
	       (to == RECIPIENT_OFFICE || strcmp(a->recommender, b->recommender) == 0);
}

static enum fault tell_groups(struct telling *telling, enum recipient to, struct problem *problem)
{
	enum fault fault = FAULT_NONE;
	for (size_t i = 0, n; fault == FAULT_NONE && i < telling->n; i += n) {
		const struct told *first = &telling->units[i];
		for (n = 1; i + n < telling->n && same_group(first, &first[n], to); n++)
			;
		if (to == RECIPIENT_RECOMMENDER && !first->recommender[0])
			continue;
		if (write_units(telling, first, n, to) == 0)
			continue;
		struct notice notice = notice_to(telling, to);
		fault = notice_about_programme(telling->replan->tx, first->programme_key,
					       first->recommender, &notice, problem);
	}
	return fault;
}

enum fault replan_tell(struct replan *replan, const char *change, struct problem *problem)
{
	struct telling telling = { .replan = replan, .change = change };
	if (replan->n_moved == 0)
		return FAULT_NONE;
	telling.units = xcalloc(replan->n_moved, sizeof(*telling.units));
	enum fault fault = tell_units(&telling, problem);
	if (telling.n > 0)
		qsort(telling.units, telling.n, sizeof(*telling.units), by_recommender);
	if (fault == FAULT_NONE)
		fault = tell_groups(&telling, RECIPIENT_RECOMMENDER, problem);
	if (fault == FAULT_NONE)
		fault = tell_groups(&telling, RECIPIENT_OFFICE, problem);
	for (size_t i = 0; i < telling.n; i++) {
		free(telling.units[i].lead);
		free(telling.units[i].recommender);
	}
	free(telling.units);
	buf_clear(&telling.data);
	return fault;
}
