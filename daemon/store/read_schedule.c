/*
 * What will be said if nothing changes. The agenda has one row an obligation: its next step; the steps after it are
 * computed from the ladder. A page keeps only the earliest steps it needs and stops reading the agenda where no
 * later obligation can have an earlier one.
 */
#include "store/read.h"

#include "jiebang/civil.h"
#include "jiebang/endpoint_filter.h"
#include "jiebang/reminder.h"
#include "jiebang/text.h"
#include "jiebang/unit.h"
#include "jiebang/wire.h"
#include "store/read_inside.h"
#include "store/read_ladder.h"
#include "store/read_quiet.h"
#include "store/silence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGENDA, AGENDA_OF_UNIT, ONE, OWNER_ENDPOINTS };

/* Columns after those of an obligation. */
enum {
	SC_NEXT_AT = OB_COLUMNS,
	SC_RULE_KEY,
	SC_LADDER,
	SC_RECOMMENDER,
	SC_UNIT_STATE,
	SC_AT,
	SC_TRACK,
	SC_REGION
};
#define SC_SELECT                                                                                  \
	OB_SELECT ", o.next_step_at, o.rule_key, " OB_LADDER                                       \
		  ", u.recommender, u.state, coalesce(o.held_until_at, o.next_step_at), "          \
		  "(SELECT t.track_id FROM task AS t WHERE t.task_key = u.task_key), u.region"

#define DAYS_DEFAULT         30
#define STEPS_PER_OBLIGATION 1200 /* a daily repeat for as many days as may be asked */

static const char *const sql[] = {
	[AGENDA] = (SC_SELECT
		    " FROM agenda a JOIN obligation o ON o.obligation_key = a.obligation_key "
		    "JOIN unit u ON u.unit_key = o.unit_key JOIN rule r ON r.rule_key = o.rule_key "
		    "JOIN programme p ON p.programme_key = u.programme_key " OB_QUIET
		    "WHERE a.at <= $1 AND (CAST($2 AS BIGINT) IS NULL OR u.programme_key = $2) "
		    "ORDER BY a.at, a.obligation_key"),
	[AGENDA_OF_UNIT] = SC_SELECT OB_FROM
	"WHERE o.unit_key = $3 AND coalesce(o.held_until_at, o.next_step_at) <= $1 "
	"AND (CAST($2 AS BIGINT) IS NULL OR u.programme_key = $2) "
	"ORDER BY coalesce(o.held_until_at, o.next_step_at), o.obligation_key",
	[ONE] = SC_SELECT OB_FROM "WHERE o.obligation_key = $1",
	[OWNER_ENDPOINTS] = "SELECT endpoint_key, filtered, options FROM endpoint WHERE owner = $1 "
			    "AND state = 'enabled' ORDER BY endpoint_key",
};

/* A step of an obligation, and its place: (at, obligation, how manieth of the obligation's). */
struct planned_step {
	struct step step;
	int64_t obligation_key;
	int64_t order;
	int64_t nominal_at; /* of the step, that a hold may keep back */
};

/* The earliest `want` steps past the cursor. Gathered up to twice as many, then cut. */
struct page {
	struct planned_step *items;
	size_t n;
	size_t want;
	int64_t after[READ_CURSOR_PARTS];
	struct step *steps; /* of one obligation */
	bool full;
	struct planned_step worst; /* once full: nothing after it is needed */
};

static int compare_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_steps(const void *left, const void *right)
{
	const struct planned_step *a = left, *b = right;
	int order = compare_int(a->step.at, b->step.at);
	if (order == 0)
		order = compare_int(a->obligation_key, b->obligation_key);
	return order != 0 ? order : compare_int(a->order, b->order);
}

static void page_cut(struct page *page)
{
	qsort(page->items, page->n, sizeof(*page->items), compare_steps);
	if (page->n < page->want)
		return;
	page->n = page->want;
	page->full = true;
	page->worst = page->items[page->n - 1];
}

static void page_add(struct page *page, const struct planned_step *item)
{
	struct planned_step after = { .step.at = page->after[0],
				      .obligation_key = page->after[1],
				      .order = page->after[2] };
	if (compare_steps(item, &after) <= 0 ||
	    (page->full && compare_steps(item, &page->worst) > 0))
		return;
	page->items[page->n++] = *item;
	if (page->n == 2 * page->want)
		page_cut(page);
}

static bool reminded(const struct query *q)
{
	enum unit_state state;
	return unit_state_parse(query_col_text(q, SC_UNIT_STATE), &state) &&
	       unit_is_reminded(state);
}

/* Opening moves a state and is no reminder, so it is left out. */
static void gather(struct reader *rd, struct page *page, struct ladders *ladders,
		   const struct query *q, int64_t until_at)
{
	struct step_dates dates;
	const struct ladder *ladder = ladder_of(ladders, query_col_int(q, SC_RULE_KEY),
						ob_in_review(q), query_col_text(q, SC_LADDER));
	if (!ladder || !reminded(q) || query_col_null(q, SC_NEXT_AT) || !ob_step_dates(q, &dates))
		return;
	if (page->full && until_at > page->worst.step.at)
		until_at = page->worst.step.at;
	size_t n = reminder_steps(ladder, rd->args->calendar, &dates, query_col_int(q, SC_NEXT_AT),
				  until_at, page->steps, STEPS_PER_OBLIGATION);
	for (size_t i = 0; i < n; i++) {
		struct planned_step item = { .step = page->steps[i],
					     .obligation_key = query_col_int(q, OB_KEY),
					     .order = (int64_t)i,
					     .nominal_at = page->steps[i].at };
		/* What a hold keeps back comes when it ends. */
		if (item.step.at < query_col_int(q, SC_AT) && !query_col_null(q, OB_HELD_UNTIL_AT))
			item.step.at = query_col_int(q, SC_AT);
		if (item.step.kind != STEP_OPEN)
			page_add(page, &item);
	}
}

/* Rows come by (first step, obligation): past the page's last one nothing follows that belongs before it. */
static bool nothing_earlier(const struct page *page, const struct query *q)
{
	struct planned_step first = { .step.at = query_col_int(q, SC_AT),
				      .obligation_key = query_col_int(q, OB_KEY) };
	return page->full && compare_steps(&first, &page->worst) > 0;
}

static enum fault gather_all(struct reader *rd, struct page *page, int64_t until_at)
{
	bool by_unit = rd->args->filter[READ_UNIT].set;
	struct ladders ladders = { .n = 0 };
	struct query q =
		query_begin(rd->store, TABLE_READ_SCHEDULE, sql, by_unit ? AGENDA_OF_UNIT : AGENDA);
	query_int(&q, 1, until_at);
	bind_filter(rd, &q, 2, READ_PROGRAMME);
	if (by_unit)
		bind_filter(rd, &q, 3, READ_UNIT);
	while (query_row(&q) && !nothing_earlier(page, &q))
		gather(rd, page, &ladders, &q, until_at);
	ladders_clear(&ladders);
	return query_end(&q, rd->problem);
}

static void owner_text(char *out, size_t size, enum recipient to, const struct query *q)
{
	char id[TEXT_ID_BYTES];
	switch (to) {
	case RECIPIENT_UNIT:
		text_id_write(id, WIRE_ID_UNIT, query_col_int(q, OB_UNIT));
		(void)snprintf(out, size, "unit:%s", id);
		return;
	case RECIPIENT_RECOMMENDER:
		(void)snprintf(out, size, "recommender:%s", query_col_text(q, SC_RECOMMENDER));
		return;
	case RECIPIENT_REVIEWER:
		if (strcmp(query_col_text(q, OB_REVIEWER), "recommender") == 0)
			owner_text(out, size, RECIPIENT_RECOMMENDER, q);
		else
			owner_text(out, size, RECIPIENT_OFFICE, q);
		return;
	case RECIPIENT_OFFICE:
	case RECIPIENT_COUNT:
		(void)snprintf(out, size, "office");
		return;
	}
}

/* Whether this endpoint wants to hear of the step. */
static bool hears(struct reader *rd, const struct query *endpoint, const struct step *step,
		  const struct query *q)
{
	struct endpoint_options options;
	char unit[TEXT_ID_BYTES];
	if (query_col_int(endpoint, 1) == 0)
		return true;
	reader_fault(rd,
		     endpoint_options_read(query_col_text(endpoint, 2),
					   query_col_bytes(endpoint, 2), &options, rd->problem));
	text_id_write(unit, WIRE_ID_UNIT, query_col_int(q, OB_UNIT));
	struct endpoint_scope scope = { reminder_type(step->kind, ob_in_review(q)),
					query_col_text(q, OB_PROGRAMME),
					query_col_text(q, SC_TRACK), query_col_text(q, SC_REGION),
					unit };
	return endpoint_filter_pass(&options, &scope);
}

static void write_owner_endpoints(struct reader *rd, const struct step *step, const struct query *q)
{
	char owner[640];
	owner_text(owner, sizeof(owner), step->to, q);
	struct query endpoints = query_begin(rd->store, TABLE_READ_SCHEDULE, sql, OWNER_ENDPOINTS);
	query_text(&endpoints, 1, owner);
	jw_key(&rd->jw, "endpoints");
	jw_array(&rd->jw);
	while (query_row(&endpoints)) {
		char id[TEXT_ID_BYTES];
		if (!hears(rd, &endpoints, step, q))
			continue;
		text_id_write(id, WIRE_ID_ENDPOINT, query_col_int(&endpoints, 0));
		jw_str(&rd->jw, id);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&endpoints, rd->problem));
}

static void write_hush(struct reader *rd, const struct query *q, const struct planned_step *item)
{
	struct hush hush;
	struct step step = item->step;
	step.at = item->nominal_at;
	hush_ahead(rd, q, &step, &hush);
	hush_members(&rd->jw, &hush);
}

static void write_step(struct reader *rd, const struct planned_step *item)
{
	struct query q = query_begin(rd->store, TABLE_READ_SCHEDULE, sql, ONE);
	query_int(&q, 1, item->obligation_key);
	if (query_row(&q)) {
		struct jw *jw = &rd->jw;
		jw_object(jw);
		jw_kv_at(jw, "at", item->step.at);
		kv_key(jw, "unit", WIRE_ID_UNIT, &q, OB_UNIT);
		kv_text(jw, "lead", &q, OB_LEAD);
		kv_key(jw, "obligation", WIRE_ID_OBLIGATION, &q, OB_KEY);
		kv_text(jw, "kind", &q, OB_KIND);
		kv_names(jw, "name", &q, OB_NAME_ZH);
		jw_kv_str(jw, "step", item->step.key);
		kv_text(jw, "due_on", &q, ob_in_review(&q) ? OB_REVIEW_DUE_ON : OB_DUE_ON);
		jw_kv_str(jw, "to", recipient_name(item->step.to));
		write_hush(rd, &q, item);
		write_owner_endpoints(rd, &item->step, &q);
		jw_object_end(jw);
	}
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_page(struct reader *rd, const struct page *page)
{
	size_t limit = (size_t)rd->args->limit;
	size_t n = page->n < limit ? page->n : limit;
	char next[READ_CURSOR_PARTS * 24];
	jw_object(&rd->jw);
	jw_key(&rd->jw, "data");
	jw_array(&rd->jw);
	for (size_t i = 0; i < n && rd->fault == FAULT_NONE; i++)
		write_step(rd, &page->items[i]);
	jw_array_end(&rd->jw);
	if (n > 0)
		(void)snprintf(next, sizeof(next), "%lld.%lld.%lld",
			       (long long)page->items[n - 1].step.at,
			       (long long)page->items[n - 1].obligation_key,
			       (long long)page->items[n - 1].order);
	jw_kv_str(&rd->jw, "next", page->n > limit ? next : NULL);
	jw_object_end(&rd->jw);
}

enum fault read_schedule(struct store *store, const struct read_args *args, struct buf *out,
			 struct problem *problem)
{
	struct page page = { .want = (size_t)args->limit + 1,
			     .after = { INT64_MIN, INT64_MIN, INT64_MIN } };
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	int64_t days = args->filter[READ_DAYS].set ? args->filter[READ_DAYS].number : DAYS_DEFAULT;
	if (args->cursor) {
		enum fault fault =
			cursor_read(args->cursor, READ_CURSOR_PARTS, page.after, problem);
		if (fault != FAULT_NONE)
			return fault;
	}
	page.items = xcalloc(2 * page.want, sizeof(*page.items));
	page.steps = xcalloc(STEPS_PER_OBLIGATION, sizeof(*page.steps));
	reader_fault(&rd, gather_all(&rd, &page, args->now_at + days * 86400));
	page_cut(&page);
	write_page(&rd, &page);
	free(page.items);
	free(page.steps);
	return rd.fault;
}
