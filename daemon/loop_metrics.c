/*
 * What the roof knows in numbers, as Prometheus text: what has passed since the start, and what is under way.
 */
#include "loop_inside.h"

#include "courier/figures.h"
#include "courier/pump.h"
#include "http/api.h"

#include <inttypes.h>

/* Steps of the figures in pairs of doublings: few series, and a mistake of a factor of two is none here. */
static void latency_metric(const struct figures_sum *sum, struct buf *out)
{
	static const char name[] = "jiebang_attempt_duration_seconds";
	int64_t n = 0;
	buf_addf(out,
		 "# HELP %s Time of attempts that were answered, since start.\n# TYPE %s "
		 "histogram\n",
		 name, name);
	for (size_t step = 0; step < LATENCY_STEPS; step++) {
		n += sum->latency.count[step];
		if (step % 8 == 7)
			buf_addf(out, "%s_bucket{le=\"%.3f\"} %" PRId64 "\n", name,
				 (double)(1 << (step / 4 + 2)) / 1000, n);
	}
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %" PRId64 "\n", name, n);
	buf_addf(out, "%s_sum %.3f\n%s_count %" PRId64 "\n", name, (double)sum->elapsed_ms / 1000,
		 name, n);
}

void loop_metrics(void *arg, struct buf *out)
{
	struct loop *loop = arg;
	struct pump_counts counts = pump_counts(loop->pump);
	const struct {
		const char *name, *type, *help;
		int64_t value;
	} rows[] = {
		{ "jiebang_steps_total", "counter", "Reminder steps decided since start.",
		  counts.steps },
		{ "jiebang_attempts_total", "counter", "Delivery attempts begun since start.",
		  counts.attempts },
		{ "jiebang_delivered_total", "counter", "Attempts answered with 2xx since start.",
		  counts.delivered },
		{ "jiebang_courier_jobs", "gauge", "Attempts waiting or under way.",
		  courier_load(loop->courier) },
		{ "jiebang_writer_verbs", "gauge", "Verbs waiting for the writer thread.",
		  engine_load(loop->engine) },
		{ "jiebang_connections", "gauge", "Open client connections.",
		  front_connections(loop->front) },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", rows[i].name,
			 rows[i].help, rows[i].name, rows[i].type, rows[i].name, rows[i].value);
	latency_metric(pump_figures(loop->pump), out);
}
