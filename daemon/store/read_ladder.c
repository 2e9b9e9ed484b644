/*
 * A page of the schedule sees the same few rules again and again; reading their JSON once keeps it cheap.
 */
#include "store/read_ladder.h"

#include "jiebang/reminder.h"

#include <stdlib.h>
#include <string.h>

static struct ladder *ladder_parse(const char *text, bool of_review)
{
	struct ladder *ladder = xcalloc(1, sizeof(*ladder));
	if (ladder_read(text, strlen(text), ladder, NULL) != FAULT_NONE) {
		free(ladder);
		return NULL;
	}
	ladder->of_review = of_review;
	return ladder;
}

const struct ladder *ladder_of(struct ladders *ladders, int64_t rule_key, bool of_review,
			       const char *text)
{
	for (size_t i = 0; i < ladders->n; i++)
		if (ladders->items[i].rule_key == rule_key &&
		    ladders->items[i].of_review == of_review)
			return ladders->items[i].ladder;
	if (ladders->n == LADDERS_MAX)
		ladders_clear(ladders);
	ladders->items[ladders->n].rule_key = rule_key;
	ladders->items[ladders->n].of_review = of_review;
	ladders->items[ladders->n].ladder = ladder_parse(text, of_review);
	return ladders->items[ladders->n++].ladder;
}

void ladders_clear(struct ladders *ladders)
{
	for (size_t i = 0; i < ladders->n; i++)
		free(ladders->items[i].ladder);
	ladders->n = 0;
}
