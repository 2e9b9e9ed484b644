/*
 * Reminder ladders: before (descending, 0 is the due day), after (ascending), a repeat until satisfied, and the
 * escalations. The order is checked rather than made: a ladder out of order is more often a slip of the pen.
 */
#include "programme_file_parts.h"

#include <stdlib.h>
#include <string.h>

#define LADDER_DAYS_MAX    1000
#define ESCALATION_DAY_MAX 250

static const struct cfg_word recipient_words[] = {
	{ "unit", RECIPIENT_UNIT },
	{ "recommender", RECIPIENT_RECOMMENDER },
	{ "office", RECIPIENT_OFFICE },
	{ NULL, 0 },
};

static const struct cfg_word days_off_words[] = {
	{ "send", DAYS_OFF_SEND },
	{ "before", DAYS_OFF_BEFORE },
	{ "after", DAYS_OFF_AFTER },
	{ NULL, 0 },
};

static const struct cfg_row ladder_rows[] = {
	{ "id", CFG_ID_BUF, .offset = offsetof(struct ladder, id) },
	{ "before", .type = CFG_NODE },
	{ "after", .type = CFG_NODE },
	{ "then_every_days", CFG_INT, offsetof(struct ladder, then_every_days), "0", .min = 0,
	  .max = 366 },
	{ "send_at", CFG_TIME, .offset = offsetof(struct ladder, send_at_s) },
	{ "days_off", CFG_WORD, offsetof(struct ladder, days_off), "before",
	  .words = days_off_words },
	{ "jitter", CFG_SECONDS, offsetof(struct ladder, jitter_s), "0s", .min = 0,
	  .max = LADDER_JITTER_MAX_S,
	  .help = "how much later than its step a message may leave, \"0s\" to \"60m\"" },
	{ "escalations", .type = CFG_NODE },
};

static const struct cfg_row escalation_rows[] = {
	{ "to", CFG_WORD, offsetof(struct escalation, to), NULL, .words = recipient_words },
	{ "after_workdays", CFG_INT, offsetof(struct escalation, after_workdays), NULL, .min = 1,
	  .max = ESCALATION_DAY_MAX },
};

/* Copies the list under `key` into a ladder's array, strictly falling (step -1) or rising (+1). */
static enum fault load_days(const struct load *load, const struct cfg_node *node, const char *key,
			    int step, int *out, size_t *n)
{
	struct load_range range = { step > 0 ? 1 : 0, LADDER_DAYS_MAX, LADDER_RUNGS_MAX };
	int *days = NULL;
	enum fault fault = load_numbers(load, node, key, &range, &days, n);
	for (size_t i = 1; fault == FAULT_NONE && i < *n; i++)
		if ((days[i] - days[i - 1]) * step <= 0)
			fault = load_refuse(load, node, key,
					    step > 0 ? "write [ 1, 3, 7 ]" : "write [ 30, 7, 0 ]",
					    "%d stands after %d: days must %s", days[i],
					    days[i - 1], step > 0 ? "rise" : "fall");
	if (fault == FAULT_NONE && *n > 0)
		memcpy(out, days, *n * sizeof(*out));
	free(days);
	return fault;
}

static enum fault load_escalation(const struct load *load, const struct cfg_node *node,
				  struct ladder *ladder)
{
	struct escalation *escalation = &ladder->escalations[ladder->n_escalations];
	enum fault fault = cfg_fill(load->cfg, node, escalation_rows,
				    sizeof(escalation_rows) / sizeof(escalation_rows[0]),
				    escalation, load->problem);
	if (fault != FAULT_NONE)
		return fault;
	for (size_t i = 0; i < ladder->n_escalations; i++)
		if (ladder->escalations[i].to == escalation->to &&
		    ladder->escalations[i].after_workdays == escalation->after_workdays)
			return load_refuse(load, node, NULL, "remove one",
					   "the same escalation stands twice");
	ladder->n_escalations++;
	return FAULT_NONE;
}

static enum fault load_escalations(const struct load *load, const struct cfg_node *node,
				   struct ladder *ladder)
{
	const struct cfg_node *list = cfg_member(node, "escalations");
	const size_t max = sizeof(ladder->escalations) / sizeof(ladder->escalations[0]);
	if (!list)
		return FAULT_NONE;
	if (!cfg_is_list(list) || cfg_length(list) > max)
		return load_refuse(load, list, NULL,
				   "write ( { to = \"recommender\"; after_workdays = 3; } )",
				   "must be a list of at most %zu escalations", max);
	enum fault fault = FAULT_NONE;
	for (size_t i = 0; fault == FAULT_NONE && i < cfg_length(list); i++)
		fault = load_escalation(load, cfg_element(list, i), ladder);
	return fault;
}

/* Everybody's timers go off on the full and the half hour, and the robots of chat programs refuse then. */
static int uncrowded(int send_at_s)
{
	return send_at_s % 1800 < 60 ? send_at_s + 60 : send_at_s;
}

static enum fault ladder_finish(struct load *load, const struct cfg_node *node, void *item)
{
	struct ladder *ladder = item;
	ladder->send_at_s = uncrowded(ladder->send_at_s);
	enum fault fault =
		load_days(load, node, "before", -1, ladder->before_days, &ladder->n_before);
	if (fault == FAULT_NONE)
		fault = load_days(load, node, "after", 1, ladder->after_days, &ladder->n_after);
	if (fault == FAULT_NONE)
		fault = load_escalations(load, node, ladder);
	if (fault == FAULT_NONE &&
	    ladder->n_before + ladder->n_after + ladder->n_escalations == 0 &&
	    ladder->then_every_days == 0)
		fault = load_refuse(load, node, NULL, "write before = [ 30, 7, 0 ]",
				    "the ladder has no rungs: nobody would be reminded");
	return fault;
}

const struct load_list programme_ladders = {
	"ladders",
	sizeof(struct ladder),
	offsetof(struct programme, ladders),
	offsetof(struct programme, n_ladders),
	0,
	32,
	ladder_rows,
	sizeof(ladder_rows) / sizeof(ladder_rows[0]),
	"id",
	ladder_finish,
};

enum fault load_ladders(struct load *load)
{
	return load_list(load, &programme_ladders);
}
