/*
 * The whole at a glance: status, clock, calendars, and the counts that metrics show.
 */
#include "store/read.h"

#include "jiebang/chinese.h"
#include "jiebang/civil.h"
#include "jiebang/unit.h"
#include "store/instance.h"
#include "store/read_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PROGRAMMES, TALLY, ENDPOINTS, AGENDA_NEXT, OUTBOX_NEXT, YEARS, FEED };

static const char *const sql[] = {
	[PROGRAMMES] = "SELECT programme_key, id, name_zh, name_en, published_on, window_end_on "
		       "FROM programme ORDER BY programme_key",
	[TALLY] = "SELECT what, count FROM tally WHERE scope = 0",
	[ENDPOINTS] = "SELECT state, count(*) FROM endpoint GROUP BY state",
	[AGENDA_NEXT] =
		"SELECT min(at) FROM (SELECT * FROM (SELECT at FROM agenda ORDER BY at LIMIT 1) "
		"UNION ALL SELECT * FROM (SELECT at FROM timer ORDER BY at LIMIT 1))",
	/* From endpoint to endpoint: there are few beside the messages that wait. */
	[OUTBOX_NEXT] =
		"WITH RECURSIVE waiting(endpoint_key) AS (SELECT min(endpoint_key) FROM outbox "
		"UNION ALL SELECT (SELECT min(o.endpoint_key) FROM outbox AS o WHERE "
		"o.endpoint_key > w.endpoint_key) FROM waiting AS w WHERE w.endpoint_key IS NOT "
		"NULL) SELECT min((SELECT min(o.ready_at) FROM outbox AS o WHERE o.endpoint_key = "
		"w.endpoint_key)) FROM waiting AS w WHERE w.endpoint_key IS NOT NULL",
	[YEARS] = "SELECT substr(day, 1, 4), sum(CASE WHEN kind = 'holiday' THEN 1 ELSE 0 END), "
		  "sum(CASE WHEN kind = 'workday' THEN 1 ELSE 0 END), "
		  "max(CASE WHEN substr(day, 6) = '10-01' THEN 1 ELSE 0 END) "
		  "FROM calendar_day GROUP BY substr(day, 1, 4) ORDER BY substr(day, 1, 4)",
	[FEED] = "SELECT (SELECT coalesce(max(seq), 0) FROM event), "
		 "(SELECT coalesce(max(seq), 0) FROM audit)",
};

static const char *const delivery_states[] = { "due",  "sending",   "delivered", "held",
					       "dead", "cancelled", "superseded" };
static const char *const endpoint_states[] = { "enabled", "disabled", "paused" };

#define STATES(table) (sizeof(table) / sizeof((table)[0]))

static size_t state_index(const char *const *states, size_t n, const char *state)
{
	size_t i = 0;
	while (i < n && strcmp(states[i], state) != 0)
		i++;
	return i;
}

/* Counts by name, in the order of `states`; what is not among them is left out. */
static void count_states(struct reader *rd, unsigned id, const char *prefix,
			 const char *const *states, size_t n, int64_t *counts)
{
	struct query q = query_begin(rd->store, TABLE_READ_STATUS, sql, id);
	size_t skip = strlen(prefix);
	memset(counts, 0, n * sizeof(*counts));
	while (query_row(&q)) {
		const char *what = query_col_text(&q, 0);
		if (strncmp(what, prefix, skip) != 0)
			continue;
		size_t i = state_index(states, n, what + skip);
		if (i < n)
			counts[i] = query_col_int(&q, 1);
	}
	reader_fault(rd, query_end(&q, rd->problem));
}

static void write_states(struct reader *rd, const char *const *states, size_t n,
			 const int64_t *counts)
{
	jw_object(&rd->jw);
	for (size_t i = 0; i < n; i++)
		jw_kv_int(&rd->jw, states[i], counts[i]);
	jw_object_end(&rd->jw);
}

/* ---- the clock ---- */

static int64_t scalar(struct reader *rd, unsigned id, int64_t otherwise)
{
	struct query q = query_begin(rd->store, TABLE_READ_STATUS, sql, id);
	int64_t value = otherwise;
	if (query_row(&q) && !query_col_null(&q, 0))
		value = query_col_int(&q, 0);
	reader_fault(rd, query_end(&q, rd->problem));
	return value;
}

/* The earliest step or retry; a first attempt that waits for its turn is due now. 0: nothing. */
static int64_t next_due_at(struct reader *rd)
{
	int64_t step = scalar(rd, AGENDA_NEXT, INT64_MAX);
	int64_t send = scalar(rd, OUTBOX_NEXT, INT64_MAX);
	if (send == 0)
		send = rd->args->now_at;
	int64_t next = step < send ? step : send;
	return next == INT64_MAX ? 0 : next;
}

static void write_hold(struct reader *rd, const struct instance *instance)
{
	jw_key(&rd->jw, "hold");
	if (!instance->hold) {
		jw_null(&rd->jw);
		return;
	}
	jw_object(&rd->jw);
	jw_kv_str(&rd->jw, "reason", instance->hold_reason);
	struct buf zh = BUF_EMPTY;
	if (chinese_of(instance->hold_reason, &zh))
		jw_kv_str(&rd->jw, "reason_zh", buf_str(&zh));
	buf_clear(&zh);
	jw_kv_at(&rd->jw, "since", instance->hold_since_at);
	jw_object_end(&rd->jw);
}

enum fault read_clock(struct store *store, const struct read_args *args, struct buf *out,
		      struct problem *problem)
{
	struct reader rd;
	struct instance instance;
	reader_init(&rd, store, args, out, problem);
	enum fault fault = instance_get(store, &instance, problem);
	if (fault != FAULT_NONE)
		return fault;
	jw_object(&rd.jw);
	jw_kv_str(&rd.jw, "clock", instance.simulated ? "simulated" : "real");
	jw_kv_at(&rd.jw, "now", args->now_at);
	jw_kv_at(&rd.jw, "high_water", instance.high_water_at);
	write_hold(&rd, &instance);
	jw_kv_at(&rd.jw, "next_due_at", next_due_at(&rd));
	jw_object_end(&rd.jw);
	return rd.fault;
}

/* ---- status ---- */

static void write_programmes(struct reader *rd)
{
	struct query q = query_begin(rd->store, TABLE_READ_STATUS, sql, PROGRAMMES);
	jw_key(&rd->jw, "programmes");
	jw_array(&rd->jw);
	while (query_row(&q)) {
		jw_object(&rd->jw);
		kv_text(&rd->jw, "id", &q, 1);
		kv_names(&rd->jw, "name", &q, 2);
		kv_text(&rd->jw, "published_on", &q, 4);
		kv_text(&rd->jw, "window_ends_on", &q, 5);
		counts_members(&rd->jw, counts_of(&rd->counts, query_col_int(&q, 0)));
		jw_object_end(&rd->jw);
	}
	jw_array_end(&rd->jw);
	reader_fault(rd, query_end(&q, rd->problem));
}

enum fault read_status(struct store *store, const struct read_args *args, struct buf *out,
		       struct problem *problem)
{
	struct reader rd;
	struct instance instance;
	int64_t deliveries[STATES(delivery_states)], endpoints[STATES(endpoint_states)];
	char uid[2 * sizeof(instance.uid) + 1];
	reader_init(&rd, store, args, out, problem);
	enum fault fault = instance_get(store, &instance, problem);
	if (fault == FAULT_NONE)
		fault = counts_load(store, args->now_at, &rd.counts, problem);
	if (fault != FAULT_NONE) {
		counts_clear(&rd.counts);
		return fault;
	}
	digest_hex(instance.uid, sizeof(instance.uid), uid);
	jw_object(&rd.jw);
	jw_kv_at(&rd.jw, "now", args->now_at);
	jw_kv_str(&rd.jw, "clock", instance.simulated ? "simulated" : "real");
	write_hold(&rd, &instance);
	jw_kv_str(&rd.jw, "instance", uid);
	jw_kv_str(&rd.jw, "version", JIEBANG_VERSION);
	write_programmes(&rd);
	counts_clear(&rd.counts);
	count_states(&rd, TALLY, "delivery:", delivery_states, STATES(delivery_states), deliveries);
	jw_key(&rd.jw, "deliveries");
	write_states(&rd, delivery_states, STATES(delivery_states), deliveries);
	count_states(&rd, ENDPOINTS, "", endpoint_states, STATES(endpoint_states), endpoints);
	jw_key(&rd.jw, "endpoints");
	write_states(&rd, endpoint_states, STATES(endpoint_states), endpoints);
	jw_key(&rd.jw, "calendars");
	jw_object(&rd.jw);
	jw_key(&rd.jw, "missing");
	gaps_array(&rd);
	jw_object_end(&rd.jw);
	jw_kv_at(&rd.jw, "next_due_at", next_due_at(&rd));
	jw_object_end(&rd.jw);
	return rd.fault;
}

/* ---- calendars ---- */

enum fault read_calendars(struct store *store, const struct read_args *args, struct buf *out,
			  struct problem *problem)
{
	struct reader rd;
	reader_init(&rd, store, args, out, problem);
	struct query q = query_begin(store, TABLE_READ_STATUS, sql, YEARS);
	jw_object(&rd.jw);
	jw_key(&rd.jw, "data");
	jw_array(&rd.jw);
	while (query_row(&q)) {
		char year[8];
		jw_object(&rd.jw);
		(void)snprintf(year, sizeof(year), "%.4s", query_col_text(&q, 0));
		jw_key(&rd.jw, "year");
		jw_raw(&rd.jw, year, strlen(year));
		kv_number(&rd.jw, "holidays", &q, 1);
		kv_number(&rd.jw, "workdays", &q, 2);
		jw_kv_bool(&rd.jw, "covered", query_col_int(&q, 3) != 0);
		jw_object_end(&rd.jw);
	}
	jw_array_end(&rd.jw);
	jw_kv_str(&rd.jw, "next", NULL);
	jw_object_end(&rd.jw);
	return query_end(&q, problem);
}

/* ---- metrics ---- */

static void metric(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void label(struct buf *out, const char *value)
{
	for (const char *c = value; *c; c++) {
		if (*c == '\\' || *c == '"')
			buf_addc(out, '\\');
		if (*c == '\n')
			buf_adds(out, "\\n");
		else
			buf_addc(out, *c);
	}
}

static void sample_states(struct buf *out, const char *name, const char *const *states, size_t n,
			  const int64_t *counts)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s{state=\"%s\"} %" PRId64 "\n", name, states[i], counts[i]);
}

/* One metric of every programme: the text format wants the samples of a name together. */
static void metric_programmes(struct reader *rd, struct buf *out, const char *name,
			      void (*sample)(struct buf *out, const char *name, const char *id,
					     const struct counts *counts))
{
	struct query q = query_begin(rd->store, TABLE_READ_STATUS, sql, PROGRAMMES);
	struct buf id = BUF_EMPTY;
	while (query_row(&q)) {
		buf_reset(&id);
		label(&id, query_col_text(&q, 1));
		sample(out, name, buf_str(&id), counts_of(&rd->counts, query_col_int(&q, 0)));
	}
	reader_fault(rd, query_end(&q, rd->problem));
	buf_clear(&id);
}

static void sample_units(struct buf *out, const char *name, const char *id,
			 const struct counts *counts)
{
	buf_addf(out, "%s{programme=\"%s\"} %" PRId64 "\n", name, id, counts->units);
}

static void sample_unreachable(struct buf *out, const char *name, const char *id,
			       const struct counts *counts)
{
	buf_addf(out, "%s{programme=\"%s\"} %" PRId64 "\n", name, id, counts->unreachable);
}

static void sample_overdue(struct buf *out, const char *name, const char *id,
			   const struct counts *counts)
{
	buf_addf(out, "%s{programme=\"%s\"} %" PRId64 "\n", name, id, counts->overdue);
}

static void sample_obligations(struct buf *out, const char *name, const char *id,
			       const struct counts *counts)
{
	for (int state = 0; state < OBLIGATION_STATE_COUNT; state++)
		buf_addf(out, "%s{programme=\"%s\",state=\"%s\"} %" PRId64 "\n", name, id,
			 obligation_state_name((enum obligation_state)state), counts->state[state]);
}

static void metric_feed(struct reader *rd, struct buf *out)
{
	struct query q = query_begin(rd->store, TABLE_READ_STATUS, sql, FEED);
	if (query_row(&q)) {
		metric(out, "jiebang_events_total", "counter", "Events in the feed.");
		buf_addf(out, "jiebang_events_total %" PRId64 "\n", query_col_int(&q, 0));
		metric(out, "jiebang_audit_entries_total", "counter",
		       "Entries in the audit chain.");
		buf_addf(out, "jiebang_audit_entries_total %" PRId64 "\n", query_col_int(&q, 1));
	}
	reader_fault(rd, query_end(&q, rd->problem));
}

static void metric_clock(struct reader *rd, struct buf *out)
{
	struct instance instance;
	enum fault fault = instance_get(rd->store, &instance, rd->problem);
	reader_fault(rd, fault);
	if (fault != FAULT_NONE)
		return;
	metric(out, "jiebang_clock_hold", "gauge", "1 while an operator must accept the clock.");
	buf_addf(out, "jiebang_clock_hold %d\n", instance.hold ? 1 : 0);
	metric(out, "jiebang_next_due_timestamp_seconds", "gauge",
	       "The earliest step or retry; 0 when there is none.");
	buf_addf(out, "jiebang_next_due_timestamp_seconds %" PRId64 "\n", next_due_at(rd));
}

enum fault read_metrics(struct store *store, const struct read_args *args, struct buf *out,
			struct problem *problem)
{
	struct reader rd;
	int64_t deliveries[STATES(delivery_states)], endpoints[STATES(endpoint_states)];
	reader_init(&rd, store, args, out, problem);
	reader_fault(&rd, counts_load(store, args->now_at, &rd.counts, problem));
	metric(out, "jiebang_units", "gauge", "Units of a programme.");
	metric_programmes(&rd, out, "jiebang_units", sample_units);
	metric(out, "jiebang_units_unreachable", "gauge",
	       "Units that owe something and have no enabled endpoint.");
	metric_programmes(&rd, out, "jiebang_units_unreachable", sample_unreachable);
	metric(out, "jiebang_obligations", "gauge", "Obligations by state.");
	metric_programmes(&rd, out, "jiebang_obligations", sample_obligations);
	metric(out, "jiebang_obligations_overdue", "gauge", "Owed, and past the due instant.");
	metric_programmes(&rd, out, "jiebang_obligations_overdue", sample_overdue);
	counts_clear(&rd.counts);
	count_states(&rd, TALLY, "delivery:", delivery_states, STATES(delivery_states), deliveries);
	metric(out, "jiebang_deliveries", "gauge", "Deliveries by state; due is the outbox.");
	sample_states(out, "jiebang_deliveries", delivery_states, STATES(delivery_states),
		      deliveries);
	count_states(&rd, ENDPOINTS, "", endpoint_states, STATES(endpoint_states), endpoints);
	metric(out, "jiebang_endpoints", "gauge", "Endpoints by state.");
	sample_states(out, "jiebang_endpoints", endpoint_states, STATES(endpoint_states),
		      endpoints);
	endpoint_metrics(&rd, out);
	metric_feed(&rd, out);
	metric_clock(&rd, out);
	return rd.fault;
}
