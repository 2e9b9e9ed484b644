/*
 * The rate of an endpoint, where messages are claimed: what may not begin yet stays in the outbox, so that nothing waits
 * in the courier against its time-out. It counts by the engine's clock, as retries do.
 */
#include "engine/tempo.h"

#include "jiebang/robot.h"

static struct pace pace_of_row(const struct pace_row *row)
{
	return robot_pace(row->format, row->per_minute);
}

/* The first second at which it may be asked. */
static int64_t next_at(const struct pace_row *row, int64_t now_at)
{
	struct pace pace = pace_of_row(row);
	return robot_quiet_until(row->format, pace_next_at(&pace, row->empty_ms, now_at));
}

enum fault tempo_look(struct tx *tx, int64_t endpoint_key, struct tempo *out,
		      struct problem *problem)
{
	*out = (struct tempo){ .endpoint_key = endpoint_key };
	return pace_get(tx->store, endpoint_key, &out->row, problem);
}

void tempo_cut(struct tempo *tempo, int64_t now_at, unsigned load, struct outbox_ready *ready)
{
	const struct pace_row *row = &tempo->row;
	struct pace pace = pace_of_row(row);
	size_t room = pace_room(&pace, row->empty_ms, now_at);
	int64_t at = next_at(row, now_at);
	if (at > now_at)
		room = 0;
	/* Parts of a message are read in their order; the end of the one under way asks again. */
	else if (robot_is(row->format))
		room = load == 0;
	tempo->cut = ready->n + ready->more > room;
	if (!tempo->cut)
		return;
	if (ready->n > room)
		ready->n = room;
	ready->more = false;
	ready->later = at > now_at ? at : INT64_MAX;
}

enum fault tempo_took(struct tx *tx, const struct tempo *tempo, struct outbox_ready *ready,
		      struct problem *problem)
{
	struct pace_row row = tempo->row;
	struct pace pace = pace_of_row(&row);
	row.empty_ms = pace_took(&pace, row.empty_ms, tx->now_at, (unsigned)ready->n);
	int64_t at = next_at(&row, tx->now_at);
	if (tempo->cut && at > tx->now_at && at < ready->later)
		ready->later = at;
	return pace_set(tx->store, tempo->endpoint_key, row.empty_ms, problem);
}

enum fault tempo_rest(struct tx *tx, int64_t endpoint_key, int64_t wait_s, struct problem *problem)
{
	struct pace_row row;
	enum fault fault = pace_get(tx->store, endpoint_key, &row, problem);
	if (fault != FAULT_NONE || !robot_is(row.format) || row.per_minute == 0)
		return fault;
	struct pace pace = pace_of_row(&row);
	return pace_set(tx->store, endpoint_key,
			pace_rest(&pace, row.empty_ms, tx->now_at + wait_s), problem);
}
